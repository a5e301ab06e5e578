"""Books read from frames: as many levels as they show, and what is expected in an auction."""

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import FrameError
from kis_core.market.events import Book
from kis_core.wire.stream.books import _plans, books
from kis_core.wire.tr_table import BOOKS, STREAMS

DAY_NS = 1_686_495_600_000_000_000  # 2023-06-12 00:00 KST, the day of the sample
ARRIVED_NS = DAY_NS + 34_434_250_000_000

BOOK_2023 = Book(
    symbol="005930",
    venue="KRX",
    at_ns=DAY_NS + ((9 * 60 + 37) * 60 + 30) * 1_000_000_000,
    arrived_ns=ARRIVED_NS,
    asks=tuple(
        (71_900 + 100 * n, size)
        for n, size in enumerate(
            (91918, 117942, 92673, 79708, 106729, 141988, 176192, 113906, 134077, 104229)
        )
    ),
    bids=tuple(
        (71_800 - 100 * n, size)
        for n, size in enumerate(
            (95221, 159371, 220746, 284657, 212742, 195370, 182710, 209747, 376432, 158171)
        )
    ),
    expected_krw=None,
    expected_volume=None,
    in_auction=False,
)


def test_the_brokers_published_book_has_59_fields(frame_of: Callable[..., str]) -> None:
    assert books(frame_of("H0STASP0", 59), ARRIVED_NS, DAY_NS) == [BOOK_2023]


def test_the_live_book_has_62_fields_and_means_the_same(frame_of: Callable[..., str]) -> None:
    (live,) = books(frame_of("H0STASP0", 62), ARRIVED_NS, DAY_NS)
    assert live.asks[0] == (324_000, 34_364)
    assert live.asks[9] == (328_500, 13_243)
    assert live.bids[0] == (323_500, 28_602)
    assert live.bids[9] == (319_000, 16_282)
    (wider,) = books(frame_of("H0STASP0", 62) + "^0", ARRIVED_NS, DAY_NS)
    assert wider == live


def book_frame(**changed: str) -> str:
    columns = STREAMS[BOOKS].layouts[0]
    values = {name: "0" for name in columns} | {
        "MKSC_SHRN_ISCD": "005930",
        "BSOP_HOUR": "085930",
        "HOUR_CLS_CODE": "B",
        "ASKP1": "72000",
        "ASKP_RSQN1": "10",
        "ASKP2": "72100",
        "ANTC_CNPR": "71900",
        "ANTC_CNQN": "1234",
    }
    return "0|H0STASP0|001|" + "^".join((values | changed).values())


def test_an_auction_has_an_expected_price_and_empty_levels_are_left_out() -> None:
    (book,) = books(book_frame(), ARRIVED_NS, DAY_NS)
    assert (book.in_auction, book.expected_krw, book.expected_volume) == (True, 71_900, 1_234)
    assert book.asks == ((72_000, 10),)
    assert book.bids == ()


def test_outside_an_auction_nothing_is_expected() -> None:
    (book,) = books(book_frame(HOUR_CLS_CODE="0"), ARRIVED_NS, DAY_NS)
    assert (book.in_auction, book.expected_krw, book.expected_volume) == (False, None, None)


@pytest.mark.parametrize("column", ["ASKP1", "BSOP_HOUR", "STCK_DEAL_CLS_CODE"])
def test_a_book_that_lacks_a_column_is_an_error(column: str) -> None:
    fields = book_frame().split("|", 3)[3].split("^")
    del fields[STREAMS[BOOKS].index(column)]
    with pytest.raises(FrameError):
        books("0|H0STASP0|001|" + "^".join(fields), ARRIVED_NS, DAY_NS)


@given(
    st.one_of(
        st.text(),
        st.tuples(st.sampled_from(STREAMS[BOOKS].layouts[0]), st.text(max_size=8)).map(
            lambda change: book_frame(**{change[0]: change[1]})
        ),
        st.integers(0, 400).map(lambda cut: book_frame()[:cut] * 2),
    )
)
def test_mangled_books_raise_nothing_else(text: str) -> None:
    with suppress(FrameError):
        books(text, ARRIVED_NS, DAY_NS)


def test_a_book_written_down_before_there_were_mid_prices_is_still_read() -> None:
    old = b'["book","005930","KRX",1,2,[[71900,5]],[[71800,6]],null,null,false]'
    asks, bids = ((71_900, 5),), ((71_800, 6),)
    assert msgspec.json.decode(old, type=Book) == Book(
        "005930", "KRX", 1, 2, asks, bids, None, None, False
    )


def full_book_frame(**changed: str) -> str:
    columns = STREAMS[BOOKS].layouts[-1]
    values = dict.fromkeys(columns, "0") | {"MKSC_SHRN_ISCD": "005930", "BSOP_HOUR": "093000"}
    for n in range(1, 11):
        values |= {f"ASKP{n}": str(70_000 + 100 * n), f"BIDP{n}": str(70_100 - 100 * n)}
        values |= {f"ASKP_RSQN{n}": str(n), f"BIDP_RSQN{n}": str(100 + n)}
    return f"0|{BOOKS}|001|" + "^".join((values | changed).values())


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"ASKP10": "0", "ASKP_RSQN10": "0"},
        {"BIDP_RSQN3": "0"},
        {"BIDP_RSQN3": "0000000007"},
        {"ASKP_RSQN1": ""},
        {"ASKP_RSQN1": "1.5"},
        {"ASKP1": "-70100"},
        {"ASKP1": "[1]"},
        {"BIDP1": "1,2"},
        {"BIDP1": "1,2", "BIDP2": ""},
        {"ASKP_RSQN1": "1e3"},
        {"ASKP_RSQN1": "5.0"},
        {"ASKP_RSQN1": " 5"},
        {"BIDP1": "x"},
        {"HOUR_CLS_CODE": "A", "ANTC_CNPR": "70000", "ANTC_CNQN": "5"},
        {"HOUR_CLS_CODE": ""},
        {"BSOP_HOUR": "256199"},
        {"KMID_PRC": "70050", "KMID_TOTAL_RSQN": "12", "KMID_CLS_CODE": "1"},
        {"KMID_PRC": ""},
        {"MARKET_CLS_CODE": "0|H0STASP0|001|005930"},
        {"TOTAL_ASKP_RSQN": "1|2"},
    ],
)
def test_a_header_met_before_changes_nothing_in_what_is_read(changed: dict[str, str]) -> None:
    def outcome(text: str) -> object:
        try:
            return books(text, ARRIVED_NS, DAY_NS)
        except FrameError as error:
            return error.what

    text = full_book_frame(**changed)
    _plans.clear()
    carefully = outcome(text)
    books(full_book_frame(), ARRIVED_NS, DAY_NS)
    assert _plans
    assert outcome(text) == carefully
