"""Every row of oms.md §10.2, §10.3, §10.5 and §11 is a test that bears its number.

`test_10_2_07_…` is row 7 of §10.2. Rows without a number of their own are counted from the top.
"""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
ROWS = {"10.2": 24, "10.3": 16, "10.5": 9, "11": 15}
NAME = re.compile(r"^ *(?:async )?(?:def test_|Test)(10_2|10_3|10_5|11)_(\d\d)(?=_|[A-Z])", re.M)


def numbered() -> set[tuple[str, int]]:
    """Return the rows that tests name."""
    found = set()
    for file in TESTS.rglob("test_*.py"):
        for section, number in NAME.findall(file.read_text("utf-8")):
            found.add((section.replace("_", "."), int(number)))
    return found


def test_every_row_is_a_test_and_no_test_names_a_row_that_is_not_there() -> None:
    rows = {(section, n) for section, last in ROWS.items() for n in range(1, last + 1)}
    assert (rows - numbered(), numbered() - rows) == (set(), set())


@pytest.mark.parametrize("section", ROWS)
def test_the_reference_has_as_many_rows_as_are_counted_here(kst_data: Path, section: str) -> None:
    text = (kst_data.parent / "reference" / "oms.md").read_text("utf-8")
    page = re.split(r"^#{2,3} ", text, flags=re.M)
    (table,) = [part for part in page if re.match(rf"{re.escape(section)}[. ]", part)]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert len(rows) == ROWS[section]
