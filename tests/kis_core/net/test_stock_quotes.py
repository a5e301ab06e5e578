"""A stock's trades, venues, flags and hours after the close; paper's substitutes by themselves."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kis_core.errors import NotOffered, ReplyError, UnknownSymbol
from kis_core.net.quotes import KisQuotes
from tests.kis_core.net.conftest import MORNING_NS
from tests.kis_core.net.desk import Asked, Desk, House, Said

pytestmark = pytest.mark.anyio

OK = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상"}
SECOND_NS = 1_000_000_000
MIDNIGHT_NS = MORNING_NS - 10 * 3600 * SECOND_NS


@pytest.fixture
async def quotes(house: House) -> Any:
    async with house.rest() as rest:
        yield KisQuotes(rest)


@pytest.fixture
async def paper(paper_house: House) -> Any:
    async with paper_house.rest() as rest:
        yield KisQuotes(rest)


def price_row(**changed: str) -> dict[str, str]:
    prices = dict.fromkeys(("stck_prpr", "stck_sdpr", "stck_mxpr", "stck_llam"), "100")
    return prices | {"acml_vol": "1", "acml_tr_pbmn": "100", "aspr_unit": "1"} | changed


@pytest.mark.parametrize(("venue", "code"), [("KRX", "J"), ("NXT", "NX"), ("UNIFIED", "UN")])
async def test_each_venue_has_its_code(
    desk: Desk, quotes: KisQuotes, venue: Any, code: str
) -> None:
    desk.says("inquire-price", {**OK, "output": price_row()})
    desk.says("inquire-ccnl", {**OK, "output": []})
    desk.says("inquire-daily-itemchartprice", {**OK, "output2": []})
    await quotes.price("005930", venue)
    await quotes.latest_prints("005930", venue)
    day = date(2025, 11, 11)
    await quotes.daily_bars("005930", day, day, venue=venue)
    asked = [a.query["FID_COND_MRKT_DIV_CODE"] for a in desk.asked if a.query]
    assert asked == [code] * 3


async def test_paper_knows_krx_alone(desk: Desk, paper: KisQuotes) -> None:
    with pytest.raises(NotOffered, match="use KRX"):
        await paper.price("005930", "NXT")
    assert desk.asked == []


async def test_a_book_and_bars_say_their_venue(desk: Desk, quotes: KisQuotes) -> None:
    levels = {"aspr_acpt_hour": "095959", "new_mkop_cls_code": "20", "askp1": "100"}
    output1 = levels | {"askp_rsqn1": "5"}
    desk.says("inquire-asking-price-exp-ccn", {**OK, "output1": output1, "output2": {"a": "b"}})
    assert (await quotes.book("005930", "NXT")).venue == "NXT"
    row = dict.fromkeys(("stck_prpr", "stck_oprc", "stck_hgpr", "stck_lwpr"), "100")
    row |= {"stck_bsop_date": "20251112", "stck_cntg_hour": "080000", "cntg_vol": "7"}
    desk.says("inquire-time-itemchartprice", {**OK, "output2": [row]})
    (bar,) = await quotes.minute_bars_today("005930", MORNING_NS, "NXT")
    assert (bar.venue, bar.volume) == ("NXT", 7)


@pytest.mark.parametrize(
    ("adjusted", "chart", "recent"), [(True, "0", "1"), (False, "1", "0")], ids=str
)
async def test_adjusted_means_the_opposite_in_the_two_daily_calls(
    desk: Desk, quotes: KisQuotes, adjusted: bool, chart: str, recent: str
) -> None:
    desk.says("inquire-daily-itemchartprice", {**OK, "output2": []})
    desk.says("inquire-daily-price", {**OK, "output": []})
    day = date(2025, 11, 11)
    await quotes.daily_bars("005930", day, day, adjusted=adjusted, period="W")
    await quotes.recent_days("005930", adjusted=adjusted, period="M")
    (first,) = desk.calls("inquire-daily-itemchartprice")
    (second,) = desk.calls("inquire-daily-price")
    assert (first.query["FID_ORG_ADJ_PRC"], first.query["FID_PERIOD_DIV_CODE"]) == (chart, "W")
    assert (second.query["FID_ORG_ADJ_PRC"], second.query["FID_PERIOD_DIV_CODE"]) == (recent, "M")


Print = tuple[str, int]  # when, and shares traded so far


def told(rows: list[Print], per_page: int) -> Any:
    """Answer the day's trades as the broker does: so many up to a time, newest first."""

    def answer(asked: Asked) -> Said:
        until = asked.query["FID_INPUT_HOUR_1"]
        fitting = [row for row in reversed(rows) if row[0] <= until][:per_page]
        output2 = [
            {
                "stck_cntg_hour": hhmmss,
                "stck_pbpr": "100",
                "prdy_vrss": "5",
                "prdy_vrss_sign": "5",
                "acml_vol": str(cum),
                "cnqn": "1",
            }
            for hhmmss, cum in fitting
        ]
        return Said({**OK, "output1": {}, "output2": output2})

    return answer


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(f"0930{n:02d}", n + 1) for n in range(50)], 50),
        ([("093000", n) for n in range(1, 4)] + [("093100", n) for n in range(4, 8)], 7),
        ([("093000", n) for n in range(1, 9)] + [("093100", n) for n in range(9, 12)], 8),
        ([("080000", 1), ("093000", 2)], 1),
        ([], 0),
    ],
    ids=["many", "shared seconds", "more in a second than a page", "older than asked", "none"],
)
async def test_trades_are_paged_back_to_an_instant(
    desk: Desk, quotes: KisQuotes, rows: list[Print], expected: int
) -> None:
    desk.answers_by("inquire-time-itemconclusion", told(rows, per_page=5))
    prints = await quotes.prints_since("005930", MIDNIGHT_NS + 9 * 3600 * SECOND_NS)
    volumes = [row.cum_volume for row in prints]
    assert volumes == sorted(set(volumes))
    assert len(prints) == expected
    assert {row.change_krw for row in prints} <= {-5}  # unsigned, but the sign says down


async def test_more_trades_than_a_hundred_pages_are_an_error_and_never_a_part(
    desk: Desk, quotes: KisQuotes
) -> None:
    rows = [(f"09{n // 60 % 60:02d}{n % 60:02d}", n + 1) for n in range(2000)]
    desk.answers_by("inquire-time-itemconclusion", told(rows, per_page=5))
    with pytest.raises(ReplyError, match="more than 100 pages"):
        await quotes.prints_since("005930", MIDNIGHT_NS)


OVERTIME = {
    "ovtm_untp_prpr": "83600",
    "ovtm_untp_prdy_vrss": "-100",
    "ovtm_untp_prdy_vrss_sign": "5",
    "ovtm_untp_vol": "3500",
    "ovtm_untp_tr_pbmn": "292600000",
    "ovtm_untp_antc_cnpr": "83500",
}


async def test_the_price_after_the_close_comes_on_paper_too(
    desk: Desk, quotes: KisQuotes, paper: KisQuotes
) -> None:
    own = OVERTIME | {"ovtm_untp_antc_cnqn": "4442"}
    head = OVERTIME | {"ovtm_untp_antc_vol": "4442"}
    desk.says("inquire-overtime-price", {**OK, "output": own})
    desk.says("inquire-time-overtimeconclusion", {**OK, "output1": head, "output2": []})
    real, substitute = await quotes.overtime_price("009150"), await paper.overtime_price("009150")
    assert (real.price_krw, real.change_krw, real.expected_volume) == (83_600, -100, 4_442)
    assert (substitute.price_krw, substitute.change_krw) == (83_600, -100)
    assert (substitute.value_krw, substitute.expected_volume) == (292_600_000, 4_442)
    assert len(desk.calls("inquire-overtime-price")) == 1


async def test_before_its_first_trade_there_is_no_price_after_the_close(
    desk: Desk, quotes: KisQuotes
) -> None:
    nothing = {"ovtm_untp_prpr": "0", "ovtm_untp_vol": "0", "ovtm_untp_tr_pbmn": "0"}
    desk.says("inquire-overtime-price", {**OK, "output": nothing})
    price = await quotes.overtime_price("009150")
    assert (price.price_krw, price.change_krw, price.open_krw, price.volume) == (None,) * 3 + (0,)


async def test_trades_and_days_after_the_close_are_read(desk: Desk, quotes: KisQuotes) -> None:
    row = {
        "stck_cntg_hour": "161000",
        "stck_prpr": "100",
        "prdy_vrss": "1",
        "prdy_vrss_sign": "2",
        "askp": "101",
        "bidp": "0",
        "acml_vol": "10",
        "cntg_vol": "4",
    }
    desk.says("inquire-time-overtimeconclusion", {**OK, "output2": [row]})
    (made,) = await quotes.overtime_prints("009150")
    assert (made.volume, made.cum_volume, made.ask_krw, made.bid_krw) == (4, 10, 101, None)
    day = {"ovtm_untp_prpr": "0", "ovtm_untp_vol": "", "stck_clpr": "100", "acml_vol": "9"}
    days = [day | {"stck_bsop_date": f"2025111{n}"} for n in (1, 0)]
    desk.says("inquire-daily-overtimeprice", {**OK, "output2": days})
    older, newer = await quotes.overtime_days("009150")
    assert (older.date, newer.date) == ("2025-11-10", "2025-11-11")
    assert (older.price_krw, older.volume, older.day_volume) == (None, None, 9)


async def test_the_book_after_the_close_is_not_on_paper(desk: Desk, paper: KisQuotes) -> None:
    with pytest.raises(NotOffered, match="inquire_time_overtimeconclusion"):
        await paper.overtime_book("009150")
    assert desk.asked == []


async def test_the_standing_comes_on_paper_from_the_price(
    desk: Desk, quotes: KisQuotes, paper: KisQuotes
) -> None:
    flags = {"trht_yn": "Y", "mang_issu_yn": "Y", "short_over_yn": "Y", "flng_cls_name": "배당락 "}
    desk.says("inquire-price-2", {**OK, "output": price_row(**flags)})
    status = {"iscd_stat_cls_code": "58", "mang_issu_cls_code": "Y", "short_over_yn": "Y"}
    desk.says("inquire-price", {**OK, "output": price_row(**status)})
    real, substitute = await quotes.standing("005930"), await paper.standing("005930")
    for standing in (real, substitute):
        assert (standing.halted, standing.administrative, standing.overheated) == (True,) * 3
    assert (real.ex_rights, substitute.ex_rights) == ("배당락", None)
    desk.says("inquire-price-2", {**OK, "output": price_row(stck_prpr="0", stck_sdpr="0")})
    await quotes.standing("005930")
    with pytest.raises(UnknownSymbol):
        await quotes.standing("999999")


async def test_todays_minutes_of_a_day_come_on_paper_by_the_days_chart(
    desk: Desk, paper: KisQuotes
) -> None:
    rows = []
    for m in range(600 - 1, 540 - 1, -1):
        prices = dict.fromkeys(("stck_prpr", "stck_oprc", "stck_hgpr", "stck_lwpr"), "100")
        at = {"stck_bsop_date": "20251112", "stck_cntg_hour": f"{m // 60:02d}{m % 60:02d}00"}
        rows.append(prices | at | {"cntg_vol": "10"})

    def answer(asked: Asked) -> Said:
        until = asked.query["FID_INPUT_HOUR_1"]
        return Said({**OK, "output2": [r for r in rows if r["stck_cntg_hour"] <= until][:30]})

    desk.answers_by("inquire-time-itemchartprice", answer)
    bars = await paper.minute_bars_on("005930", date(2025, 11, 12), "093500", "095500")
    assert len(bars) == 21
    assert len(desk.calls("inquire-time-itemchartprice")) == 1  # one page holds them
    with pytest.raises(NotOffered):
        await paper.minute_bars_on("005930", date(2025, 11, 11), "090000", "153000")


async def test_short_sales_are_read_by_day(desk: Desk, quotes: KisQuotes) -> None:
    row = {
        "stck_clpr": "100",
        "acml_vol": "1000",
        "ssts_cntg_qty": "50",
        "ssts_vol_rlim": "5.00",
        "ssts_tr_pbmn": "5000",
        "ssts_tr_pbmn_rlim": "",
    }
    rows = [row | {"stck_bsop_date": f"2025110{n}"} for n in (7, 6)]

    def answer(asked: Asked) -> Said:
        until = asked.query["FID_INPUT_DATE_2"]
        return Said({**OK, "output2": [r for r in rows if r["stck_bsop_date"] <= until][:1]})

    desk.answers_by("daily-short-sale", answer)
    days = await quotes.short_sales("005930", date(2025, 11, 1), date(2025, 11, 11))
    assert [day.date for day in days] == ["2025-11-06", "2025-11-07"]
    assert (days[0].shorted, days[0].shorted_krw, days[0].shorted_volume_pct) == (
        50,
        5_000,
        Decimal("5.00"),
    )
    assert days[0].shorted_value_pct is None
