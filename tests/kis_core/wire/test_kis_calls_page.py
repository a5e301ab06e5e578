"""docs/kis_calls.md says of every call how it is offered, and says what is."""

import dataclasses

import pytest

from kis_core.wire.tr_table import CALLS, SUBSTITUTES
from scripts import make_kis_calls


def test_the_page_is_what_the_script_writes() -> None:
    written = make_kis_calls.PAGE.read_text(encoding="utf-8")
    assert written == make_kis_calls.page(make_kis_calls.offers())


def test_every_call_is_offered_by_what_exists_or_left_out_with_a_reason() -> None:
    assert list(make_kis_calls.problems(make_kis_calls.offers())) == []


def test_the_page_names_every_call_its_ids_and_what_paper_does() -> None:
    page = make_kis_calls.PAGE.read_text(encoding="utf-8")
    for name, call in CALLS.items():
        (row,) = [line for line in page.splitlines() if f"`{call.path}`" in line]
        assert name.partition(".")[2] in row
        ids = [*call.tr_real.values(), *call.tr_paper.values(), *call.tr_old.values()]
        assert all(tr_id in row for tr_id in ids), name
        if instead := SUBSTITUTES.get(name):
            assert instead.rpartition("; ")[2] in row, name


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        ({"domestic_stock.inquire_price": ["KisQuotes.prize"]}, "there is no KisQuotes.prize"),
        ({"domestic_stock.news_title": ["KisQuotes.price"]}, "left out 2 times"),
        ({"domestic_stock.no_such_call": []}, "is no call of the catalog"),
    ],
    ids=["a function that is not there", "offered and left out", "an unknown call"],
)
def test_a_wrong_entry_is_found(offered: dict[str, list[str]], told: str) -> None:
    said = make_kis_calls.offers()
    wrong = dataclasses.replace(said, offered={**said.offered, **offered})
    assert any(told in problem for problem in make_kis_calls.problems(wrong))
