"""Trades, books and notices read from frames, whatever their width, and however mangled."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.environment import Account, Environment
from kis_core.errors import FrameError
from kis_core.market.events import Book, Trade
from kis_core.wire.account import NoticeKind, OrderNotice
from kis_core.wire.rows import books, is_for, notices, trades
from kis_core.wire.tr_table import BOOKS, STREAMS, TRADES

DAY_NS = 1_686_495_600_000_000_000  # 2023-06-12 00:00 KST, the day of the sample
ARRIVED_NS = DAY_NS + 34_434_250_000_000

# KIS's published example, as a mapping of its columns.
PUBLISHED = (
    "005930^093354^71900^5^-100^-0.14^72023.83^72100^72400^71700^71900^71800^1^3052507"
    "^219853241700^5105^6937^1832^84.90^1366314^1159996^1^0.39^20.28^090020^5^-200^090820"
    "^5^-500^092619^2^200^20230612^20^N^65945^216924^1118750^2199206^0.05^2424142^125.92"
    "^0^^72100"
)
TRADE = dict(zip(STREAMS[TRADES].layouts[0], PUBLISHED.split("^"), strict=True))


def row(**changed: str) -> str:
    return "^".join({**TRADE, **changed}.values())


def frame(*rows: str) -> str:
    return f"0|H0STCNT0|{len(rows):03d}|" + "^".join(rows)


def read(text: str) -> list[Trade]:
    return trades(text, ARRIVED_NS, DAY_NS)


def test_the_brokers_trade_has_the_values_it_says(frame_of: Callable[..., str]) -> None:
    assert read(frame_of("H0STCNT0")) == [
        Trade(
            symbol="005930",
            venue="KRX",
            at_ns=DAY_NS + ((9 * 60 + 33) * 60 + 54) * 1_000_000_000,
            arrived_ns=ARRIVED_NS,
            price_krw=71_900,
            volume=1,
            cum_volume=3_052_507,
            cum_value_krw=219_853_241_700,
            aggressor=1,
            ask_krw=71_900,
            bid_krw=71_800,
            in_auction=False,
            halted=False,
            vi_reference_krw=72_100,
        )
    ]


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"CCLD_DVSN": "5"}, "aggressor", -1),
        ({"CCLD_DVSN": "3"}, "aggressor", 0),
        ({"CCLD_DVSN": ""}, "aggressor", 0),
        ({"CCLD_DVSN": "9"}, "aggressor", 0),
        ({"HOUR_CLS_CODE": "C"}, "in_auction", True),
        ({"HOUR_CLS_CODE": "X"}, "in_auction", True),
        ({"HOUR_CLS_CODE": ""}, "in_auction", False),
        ({"TRHT_YN": "Y"}, "halted", True),
        ({"TRHT_YN": ""}, "halted", False),
        ({"ASKP1": "0"}, "ask_krw", None),
        ({"BIDP1": ""}, "bid_krw", None),
        ({"VI_STND_PRC": "(null)"}, "vi_reference_krw", None),
        ({"MRKT_TRTM_CLS_CODE": "(null)"}, "price_krw", 71_900),
        ({"STCK_PRPR": "071900"}, "price_krw", 71_900),
        ({"STCK_PRPR": "3702"}, "price_krw", 3_702),
        ({"STCK_CNTG_HOUR": "000000"}, "at_ns", DAY_NS),
        ({"MKSC_SHRN_ISCD": "0001A0"}, "symbol", "0001A0"),
    ],
    ids=str,
)
def test_each_column_is_read(changed: dict[str, str], field: str, value: object) -> None:
    for _ in range(2):  # once with care, once from memory
        assert getattr(read(frame(row(**changed)))[0], field) == value


@pytest.mark.parametrize(
    "changed",
    [
        {"MKSC_SHRN_ISCD": ""},
        {"MKSC_SHRN_ISCD": "00593"[:4]},
        {"MKSC_SHRN_ISCD": "삼성전자우"},
        {"STCK_CNTG_HOUR": "240000"},
        {"STCK_CNTG_HOUR": "093360"},
        {"STCK_CNTG_HOUR": "93354"},
        {"STCK_CNTG_HOUR": "٠٩٣٣٥٤"},
        {"STCK_PRPR": "0"},
        {"STCK_PRPR": ""},
        {"STCK_PRPR": "(null)"},
        {"STCK_PRPR": "-71900"},
        {"STCK_PRPR": "71900.5"},
        {"CNTG_VOL": "-1"},
        {"CNTG_VOL": ""},
        {"CNTG_VOL": "9" * 5000},
        {"ACML_VOL": "(null)"},
        {"ACML_VOL": "-5"},
        {"ACML_TR_PBMN": "x"},
        {"ASKP1": "7l900"},
        {"TRHT_YN": "65945"},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_an_error(changed: dict[str, str]) -> None:
    good = row()
    read(frame(good, good))  # everything around it is remembered by now
    for text in (frame(row(**changed)), frame(good, row(**changed)), frame(row(**changed), good)):
        with pytest.raises(FrameError):
            read(text)


@pytest.mark.parametrize("extra", ["", "^1", "^1^2^3"], ids=["46", "47", "49"])
@pytest.mark.parametrize("count", [1, 2, 11, 20])
def test_appended_columns_change_nothing(extra: str, count: int) -> None:
    rows = [row(CNTG_VOL=str(n), STCK_CNTG_HOUR=f"0933{n:02d}") + extra for n in range(count)]
    plain = [read(frame(row(CNTG_VOL=str(n), STCK_CNTG_HOUR=f"0933{n:02d}"))) for n in range(count)]
    for _ in range(2):
        assert read(frame(*rows)) == [trade for one in plain for trade in one]


@pytest.mark.parametrize("column", list(TRADE))
def test_a_missing_column_is_an_error(column: str) -> None:
    short = "^".join(value for name, value in TRADE.items() if name != column)
    read(frame(row()))
    for text in (frame(short), frame(short, short), frame(row(), short)):
        with pytest.raises(FrameError):
            read(text)


@pytest.mark.parametrize("count", ["0", "000", "002", "", "1 ", "٠٠١", "-01", "1000000"])
def test_a_count_that_does_not_fit_is_an_error(count: str) -> None:
    with pytest.raises(FrameError):
        read(f"0|H0STCNT0|{count}|{row()}")


@pytest.mark.parametrize("head", ["1|H0STCNT0", "0|H0STASP0", "|", "0|H0STCNT"])
def test_another_frame_is_an_error(head: str) -> None:
    with pytest.raises(FrameError):
        read(f"{head}|001|{row()}")


def test_a_count_of_one_digit_is_read_as_well() -> None:
    for _ in range(2):
        assert len(read(f"0|H0STCNT0|2|{row()}^{row()}")) == 2
        assert len(read(f"0|H0STCNT0|1|{row()}")) == 1


good = frame(row(), row(CNTG_VOL="7"))
mangled = st.one_of(
    st.text(),
    st.tuples(st.integers(0, len(good)), st.integers(0, len(good))).map(
        lambda cut: good[: cut[0]] + good[cut[1] :]
    ),
    st.lists(st.sampled_from([*TRADE.values(), "^", "|", "0|H0STCNT0|001|"])).map("".join),
    st.tuples(st.sampled_from(list(TRADE)), st.text(max_size=8)).map(
        lambda change: frame(row(**{change[0]: change[1]}))
    ),
)


@given(mangled)
def test_mangled_text_raises_nothing_else_and_reads_the_same_twice(text: str) -> None:
    outcomes: list[object] = []
    for _ in range(2):
        try:
            outcomes.append(read(text))
        except FrameError as error:
            outcomes.append(error.what)
    assert outcomes[0] == outcomes[1]


# --- books

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


# --- notices

FILL = (
    "HTSID^1234567801^0000002891^^02^0^00^0^136480^0000000001^000003190^094941^0^2^2^06010"
    "^000000001^name^item^10^^item^000000000"
)


def notice(**changed: str) -> str:
    columns = STREAMS["H0STCNI9"].layouts[0]
    return "^".join((dict(zip(columns, FILL.split("^"), strict=True)) | changed).values())


def test_the_brokers_notice_is_a_fill(frame_of: Callable[..., str]) -> None:
    (told,) = notices(frame_of("H0STCNI0"))
    assert told == OrderNotice(
        kind=NoticeKind.FILLED,
        account="1234567801",
        broker_id="0000002891",
        original_id=None,
        symbol="136480",
        side="BUY",
        shares=1,
        price_krw=3_190,
        order_shares=1,
        change="new",
        at="094941",
    )


def test_the_26_column_layout_tells_the_same() -> None:
    narrow = FILL.split("^")
    wide = [*narrow[:18], "0", "1", "N", "", *narrow[19:23]]
    assert len(wide) == 26
    assert notices("^".join(wide)) == notices(FILL)


def test_a_frame_may_bring_several_notices() -> None:
    assert [n.shares for n in notices(f"{FILL}^{notice(CNTG_QTY='0000000004')}", 2)] == [1, 4]


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"CNTG_YN": "1", "ACPT_YN": "1"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "2"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "1", "RCTF_CLS": "2"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "2", "RCTF_CLS": "2"}, NoticeKind.CANCELLED),
        ({"CNTG_YN": "1", "ACPT_YN": "2", "RCTF_CLS": "1"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "3"}, NoticeKind.CANCELLED),
        ({"CNTG_YN": "1", "RFUS_YN": "1", "ACPT_YN": "1"}, NoticeKind.REJECTED),
        ({"CNTG_YN": "2"}, NoticeKind.FILLED),
    ],
    ids=str,
)
def test_three_flags_say_what_is_told(changed: dict[str, str], kind: NoticeKind) -> None:
    assert notices(notice(**changed))[0].kind is kind


def test_order_numbers_are_compared_as_numbers() -> None:
    (told,) = notices(notice(ODER_NO="2892", OODER_NO="2891", RCTF_CLS="2", SELN_BYOV_CLS="01"))
    assert (told.broker_id, told.original_id) == ("0000002892", "0000002891")
    assert (told.side, told.change) == ("SELL", "cancel")


@pytest.mark.parametrize(
    ("number", "product", "ours"),
    [("12345678", "01", True), ("12345678", "03", False), ("87654321", "01", False)],
)
def test_a_notice_belongs_to_one_account(number: str, product: str, ours: bool) -> None:
    account = Account(Environment.SIM, number, product)
    assert is_for(notices(FILL)[0], account) is ours


@pytest.mark.parametrize(
    "payload",
    [
        "",
        FILL.rpartition("^")[0],
        notice(ACNT_NO="123"),
        notice(ODER_NO=""),
        notice(ODER_NO="0000000000"),
        notice(ODER_NO="12345678901"),
        notice(SELN_BYOV_CLS="03"),
        notice(RCTF_CLS="7"),
        notice(CNTG_YN="3"),
        notice(CNTG_QTY="-1"),
        notice(STCK_CNTG_HOUR="noon"),
        notice(STCK_SHRN_ISCD=""),
    ],
)
def test_a_notice_that_cannot_be_read_is_an_error(payload: str) -> None:
    with pytest.raises(FrameError):
        notices(payload)


@given(
    st.one_of(
        st.text(),
        st.tuples(st.sampled_from(STREAMS["H0STCNI9"].layouts[0]), st.text(max_size=6)).map(
            lambda change: notice(**{change[0]: change[1]})
        ),
        st.integers(0, len(FILL)).map(lambda cut: FILL[:cut] * 2),
    ),
    st.integers(-1, 3),
)
def test_mangled_notices_raise_nothing_else(payload: str, count: int) -> None:
    with suppress(FrameError):
        notices(payload, count)
