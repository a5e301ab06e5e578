"""KIS's published market data replies read as values; what is missing is never 0."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import kst
from kis_core.errors import ReplyError, UnknownSymbol
from kis_core.market.events import Bar, DailyBar, IndexDay
from kis_core.wire.quotes import replies
from kis_core.wire.quotes.replies import MinuteRow, PriceQuote

Sample = Callable[[str], dict[str, Any]]
DAY_NS = 1_762_873_200_000_000_000  # 2025-11-12 00:00 KST


def test_the_brokers_price_has_the_values_it_says(reply_of: Sample) -> None:
    assert replies.price_quote(reply_of("/inquire-price"), "000660", 17) == PriceQuote(
        symbol="000660",
        at_ns=17,
        price_krw=128_500,
        base_krw=128_500,
        upper_krw=167_000,
        lower_krw=90_000,
        open_krw=128_500,
        high_krw=130_000,
        low_krw=128_500,
        cum_volume=2_669_075,
        cum_value_krw=344_570_137_500,
        tick_krw=500,
        market_name="KOSPI200",
        halted=False,
        administrative=False,
        liquidation=False,
        warning_code="00",
        vi_code="N",
        market_cap_krw=93_548_300_000_000,
    )


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"stck_oprc": "0"}, "open_krw", None),
        ({"stck_hgpr": ""}, "high_krw", None),
        ({"iscd_stat_cls_code": "58"}, "halted", True),
        ({"temp_stop_yn": "Y"}, "halted", True),
        ({"iscd_stat_cls_code": "51"}, "administrative", True),
        ({"mang_issu_cls_code": "Y"}, "administrative", True),
        ({"sltr_yn": "Y"}, "liquidation", True),
        ({"mrkt_warn_cls_code": "02"}, "warning_code", "02"),
        ({"short_over_yn": "Y"}, "overheated", True),
        ({"iscd_stat_cls_code": "59"}, "overheated", True),
        ({"vi_cls_code": "Y"}, "vi_code", "Y"),
        ({"hts_avls": ""}, "market_cap_krw", None),
        ({"stck_prpr": " 128500 "}, "price_krw", 128_500),
    ],
    ids=str,
)
def test_a_symbols_standing_is_read(
    reply_of: Sample, changed: dict[str, str], field: str, value: object
) -> None:
    body = reply_of("/inquire-price")
    body["output"] = body["output"] | changed
    assert getattr(replies.price_quote(body, "000660", 17), field) == value


@pytest.mark.parametrize(
    "changed",
    [
        {"stck_prpr": "0"},
        {"stck_prpr": ""},
        {"stck_mxpr": "0"},
        {"acml_vol": ""},
        {"acml_vol": "x"},
        {"stck_prpr": "1.5"},
        {"stck_prpr": "-1"},
        {"acml_vol": "NaN"},
        {"acml_vol": "1e400"},
    ],
    ids=str,
)
def test_a_price_that_is_not_there_is_an_error_and_never_0(
    reply_of: Sample, changed: dict[str, str]
) -> None:
    body = reply_of("/inquire-price")
    body["output"] = body["output"] | changed
    with pytest.raises(ReplyError):
        replies.price_quote(body, "000660", 17)


def test_zeros_for_price_and_base_mean_that_there_is_no_such_symbol(reply_of: Sample) -> None:
    body = reply_of("/inquire-price")
    body["output"] = body["output"] | {"stck_prpr": "0", "stck_sdpr": ""}
    with pytest.raises(UnknownSymbol, match="999999"):
        replies.price_quote(body, "999999", 17)


def book_body(**changed: str) -> dict[str, Any]:
    levels = {f"{side}p{n}": "0" for side in ("ask", "bid") for n in range(1, 11)}
    sizes = {f"{side}p_rsqn{n}": "0" for side in ("ask", "bid") for n in range(1, 11)}
    output1 = {**levels, **sizes, "aspr_acpt_hour": "100001", "new_mkop_cls_code": "20"}
    output1 |= {"askp1": "72000", "askp_rsqn1": "5", "bidp1": "71900", "bidp_rsqn1": "7"}
    return {
        "output1": output1 | changed,
        "output2": {"antc_cnpr": "71950", "antc_vol": "120"},
    }


def test_a_book_is_its_best_levels() -> None:
    book = replies.book(book_body(), "005930", DAY_NS, 17)
    assert (book.asks, book.bids) == (((72_000, 5),), ((71_900, 7),))
    assert f"{kst(book.at_ns):%Y-%m-%d %H:%M:%S}" == "2025-11-12 10:00:01"
    assert (book.in_auction, book.expected_krw, book.expected_volume) == (False, None, None)


@pytest.mark.parametrize(
    ("code", "in_auction"),
    [("20", False), ("00", True), ("10", True), ("21", True), ("30", False), ("49", False)],
)
def test_an_expected_price_counts_in_an_auction_alone(code: str, in_auction: bool) -> None:
    book = replies.book(book_body(new_mkop_cls_code=code), "005930", DAY_NS, 17)
    assert book.in_auction is in_auction
    assert book.expected_krw == (71_950 if in_auction else None)
    assert book.expected_volume == (120 if in_auction else None)


def test_the_brokers_minutes_have_the_values_they_say(reply_of: Sample) -> None:
    rows = replies.minute_rows(reply_of("/inquire-time-dailychartprice"))
    assert [row.hhmmss for row in rows] == ["140000", "135900", "120100"]
    assert rows[0] == MinuteRow(
        date="20241108",
        hhmmss="140000",
        start_ns=1_731_042_000_000_000_000,
        open_krw=57_300,
        high_krw=57_400,
        low_krw=57_200,
        close_krw=57_300,
        volume=59_047,
        cum_value_krw=538_940_180_600,
    )


def test_a_minutes_value_is_the_difference_to_the_row_before_where_it_can_be(
    reply_of: Sample,
) -> None:
    rows = replies.minute_rows(reply_of("/inquire-time-dailychartprice"))
    bars = replies.bars("005930", rows[::-1])
    # 12:01 has no row before it; between it and 13:59 rows are left out of the example.
    assert [bar.value_krw for bar in bars] == [None, None, 3_383_532_500]
    assert bars[2] == Bar(
        "005930", "KRX", rows[0].start_ns, 57_300, 57_400, 57_200, 57_300, 59_047, 3_383_532_500
    )


def test_a_minute_without_a_trade_has_no_bar() -> None:
    row = MinuteRow("20251112", "090000", DAY_NS, 100, 110, 90, 105, 10, 1_000)
    quiet = MinuteRow("20251112", "090100", DAY_NS, 0, 0, 0, 0, 0, 1_000)
    later = MinuteRow("20251112", "090200", DAY_NS, 100, 100, 100, 100, 5, 1_500)
    bars = replies.bars("005930", [row, quiet, later])
    assert [(bar.volume, bar.value_krw) for bar in bars] == [(10, 1_000), (5, 500)]


def test_a_traded_minute_without_a_price_is_an_error() -> None:
    row = MinuteRow("20251112", "090000", DAY_NS, 0, 110, 90, 105, 10, 1_000)
    with pytest.raises(ReplyError, match="090000"):
        replies.bars("005930", [row])


def day(**changed: str) -> dict[str, str]:
    plain = {"stck_bsop_date": "20251112", "stck_clpr": "103", "stck_oprc": "100"}
    plain |= {"stck_hgpr": "110", "stck_lwpr": "90", "acml_vol": "10", "acml_tr_pbmn": "1000"}
    return plain | changed


def test_a_days_bar_is_read_and_blank_rows_are_left_out() -> None:
    blank = dict.fromkeys(day(), "")
    bars = replies.daily_bars({"output2": [day(), blank, {}]}, "005930")
    assert bars == [DailyBar("005930", "2025-11-12", 100, 110, 90, 103, 10, 1_000)]


def test_a_halted_day_has_volume_0() -> None:
    halted = day(acml_vol="0", stck_oprc="0", stck_hgpr="0", stck_lwpr="0")
    assert replies.daily_bars({"output2": [halted]}, "005930")[0].volume == 0


@pytest.mark.parametrize(
    "row", [day(stck_oprc="0"), day(stck_bsop_date="20251301"), day(acml_vol="")], ids=str
)
def test_a_day_that_cannot_be_is_an_error(row: dict[str, str]) -> None:
    with pytest.raises(ReplyError):
        replies.daily_bars({"output2": [row]}, "005930")


LEVEL = {
    "bstp_nmix_prpr": "4150.39",
    "bstp_nmix_oprc": "4110.00",
    "bstp_nmix_hgpr": "4155.50",
    "bstp_nmix_lwpr": "4100.10",
}


@pytest.mark.parametrize(
    ("sign", "change", "previous"),
    [
        ("2", "50.39", "4100.00"),
        ("5", "-50.39", "4200.78"),
        ("5", "50.39", "4200.78"),
        ("3", "0.00", "4150.39"),
    ],
    ids=["up", "down", "down, unsigned", "flat"],
)
def test_an_indexs_previous_close_follows_from_its_change(
    sign: str, change: str, previous: str
) -> None:
    output = LEVEL | {"bstp_nmix_prdy_vrss": change, "prdy_vrss_sign": sign}
    level = replies.index_level({"output": output}, "0001", 17)
    assert (level.level_pt, level.open_pt) == (Decimal("4150.39"), Decimal("4110.00"))
    assert (level.high_pt, level.low_pt) == (Decimal("4155.50"), Decimal("4100.10"))
    assert level.previous_close_pt == Decimal(previous)


def test_a_charts_head_has_the_level_too() -> None:
    body = {"output1": LEVEL | {"prdy_nmix": "4100.00"}, "output2": []}
    assert replies.index_level_of_chart(body, "0001", 17).previous_close_pt == Decimal("4100.00")


def test_an_indexs_days_are_read() -> None:
    row = LEVEL | {"stck_bsop_date": "20251112"}
    (day,) = replies.index_days({"output2": [row]}, "0001")
    points = (Decimal(p) for p in ("4110.00", "4155.50", "4100.10", "4150.39"))
    assert day == IndexDay("0001", "2025-11-12", *points)


scalars = st.none() | st.text(max_size=6) | st.integers() | st.floats() | st.booleans()
names = st.sampled_from([*day(), *LEVEL, "stck_prpr", "stck_cntg_hour", "cntg_vol", "askp1"])
objects = st.dictionaries(names, scalars, max_size=8)
outputs = st.one_of(scalars, objects, st.lists(objects, max_size=3), st.lists(scalars, max_size=2))


@given(st.dictionaries(st.sampled_from(["output", "output1", "output2", "msg_cd"]), outputs))
def test_whatever_comes_nothing_else_is_raised(body: dict[str, Any]) -> None:
    readers: list[Callable[[], object]] = [
        lambda: replies.price_quote(body, "005930", 17),
        lambda: replies.book(body, "005930", DAY_NS, 17),
        lambda: replies.bars("005930", replies.minute_rows(body)),
        lambda: replies.daily_bars(body, "005930"),
        lambda: replies.index_level(body, "0001", 17),
        lambda: replies.index_level_of_chart(body, "0001", 17),
        lambda: replies.index_days(body, "0001"),
    ]
    for reader in readers:
        with suppress(ReplyError, UnknownSymbol):
            reader()
