"""Each column stands where the reference says, and nowhere else."""

from datetime import date
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from kis_core.wire.masters import codes, contracts, stocks
from kis_core.wire.masters.files import Layout, read_master
from tests.kis_core.wire.masters import specs
from tests.kis_core.wire.masters.made import columns_of, line_of

FIXED = [
    (stocks.KOSPI, specs.KOSPI, 288, 73),
    (stocks.KOSDAQ, specs.KOSDAQ, 282, 67),
    (stocks.KONEX, specs.KONEX, 245, 41),
    (stocks.NXT_KOSPI, specs.KOSPI, 288, 73),
    (stocks.NXT_KOSDAQ, specs.KOSDAQ, 282, 67),
    (contracts.NIGHT_FUTURES, specs.CONTRACTS, 121, 9),
    (contracts.NIGHT_OPTIONS, specs.CONTRACTS, 121, 9),
    (contracts.COMMODITY_CONTRACTS, specs.COMMODITIES, 116, 10),
    (codes.INDICES, specs.INDICES, 45, 3),
    (codes.THEMES, specs.THEMES, 52, 3),
    (codes.MEMBERS, specs.MEMBERS, 26, 3),
]
PIPED = [contracts.INDEX_CONTRACTS, contracts.STOCK_CONTRACTS]


def whole_row(layout: Layout[Any], line: bytes) -> dict[str, Any]:
    file = read_master(layout, line + b"\n")
    assert file.bad == ()
    return msgspec.structs.asdict(file.rows[0])


def told(layout: Layout[Any], name: str, width: int) -> tuple[bytes, Any]:
    """Return bytes that fill a column from edge to edge, and what they mean."""
    kind = get_args(layout.row.__annotations__[name])[0]
    if kind == bool | None:
        return b"Y", True
    if kind == int | None:
        return b"8" * width, int("8" * width)
    if kind == Decimal | None:
        return b"7" * (width - 3) + b".25", Decimal("7" * (width - 3) + ".25")
    if kind == date | None:
        return b"20260309", date(2026, 3, 9)
    letters = ("XYZ" * width)[:width]
    return letters.encode(), letters


@pytest.mark.parametrize(
    ("layout", "spec", "width", "count"), FIXED, ids=[layout.file for layout, *_ in FIXED]
)
def test_each_column_fills_its_own_field_and_no_other(
    layout: Layout[Any], spec: str, width: int, count: int
) -> None:
    columns = list(columns_of(spec))
    assert [name for name, _ in columns] == list(layout.columns)
    assert (sum(wide for _, wide in columns), len(columns)) == (width, count)
    nothing = whole_row(layout, line_of(spec))
    for name, wide in columns:
        piece, value = told(layout, name, wide)
        line = line_of(spec, **{name: piece})
        assert (len(piece), len(line)) == (wide, width)
        assert whole_row(layout, line) == {**nothing, name: value}


@pytest.mark.parametrize("layout", PIPED, ids=lambda layout: layout.file)
def test_each_field_between_separators_fills_its_own(layout: Layout[Any]) -> None:
    line = b"B|D0160301|KR4D01630010|SP 2603-2606|3|00745.50|7|3003|KSQ150|what is new"
    assert whole_row(layout, line) == {
        "info_type": "B",
        "shrn_iscd": "D0160301",
        "stnd_iscd": "KR4D01630010",
        "kor_name": "SP 2603-2606",
        "atm_cls_code": "3",
        "acpr": Decimal("745.50"),
        "mmsc_cls_code": "7",
        "unas_shrn_iscd": "3003",
        "unas_kor_name": "KSQ150",
    }


def test_a_column_is_cut_by_bytes_and_a_korean_letter_is_two_of_them() -> None:
    line = "0009제약".encode("cp949").ljust(44)
    row = whole_row(codes.INDICES, b"0" + line)
    assert row == {"idx_div": "0", "idx_code": "0009", "idx_name": "제약"}
    full = "가나다라마바사아자차카타파하가나다라마바"
    assert whole_row(codes.INDICES, b"00009" + full.encode("cp949"))["idx_name"] == full


@pytest.mark.parametrize("name", ["", "미래에셋증권", "A" * 30])
def test_a_members_name_is_as_long_as_its_line_leaves_room(name: str) -> None:
    row = whole_row(codes.MEMBERS, b"00005" + name.encode("cp949") + b"1")
    assert row == {"mbcr_no": "00005", "mbcr_name": name, "glob_yn": "1"}


@pytest.mark.parametrize(
    ("piece", "value"),
    [(b"-00000255", -255), (b"000000000", 0), (b"         ", None), (b"     1234", 1234)],
)
def test_a_number_may_be_negative_padded_or_blank(piece: bytes, value: int | None) -> None:
    line = line_of(specs.KOSPI, bsop_prfi=piece)
    assert whole_row(stocks.KOSPI, line)["bsop_prfi"] == value
