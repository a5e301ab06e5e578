"""Market data comes back whole and ascending, whatever the pages of the broker look like."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kis_core.clock import kst, ns
from kis_core.errors import NotOffered, ReplyError
from kis_core.net.quotes import KisQuotes
from tests.kis_core.net.conftest import MORNING_NS
from tests.kis_core.net.desk import Asked, Desk, House, Said

pytestmark = pytest.mark.anyio

MINUTE_NS = 60_000_000_000
OK = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상"}
Rows = list[dict[str, str]]


def minute(day: str, hhmmss: str, volume: int = 10, cum_value: int = 0) -> dict[str, str]:
    prices = dict.fromkeys(("stck_prpr", "stck_oprc", "stck_hgpr", "stck_lwpr"), "100")
    said = {"stck_bsop_date": day, "stck_cntg_hour": hhmmss, "cntg_vol": str(volume)}
    return prices | said | {"acml_tr_pbmn": str(cum_value)}


def minutes(day: str, first: int, last: int) -> Rows:
    """Return a day's minutes by minute of the day, newest first, each worth 1,000 KRW."""
    rows = [
        minute(day, f"{m // 60:02d}{m % 60:02d}00", cum_value=1_000 * (m - first + 1))
        for m in range(first, last + 1)
    ]
    return rows[::-1]


def charts(desk: Desk, path: str, rows: Rows, per_page: int) -> None:
    """Answer a minute chart as the broker does: so many rows up to a time, newest first."""

    def answer(asked: Asked) -> Said:
        until = asked.query["FID_INPUT_HOUR_1"]
        day = asked.query.get("FID_INPUT_DATE_1")
        fitting = [
            row
            for row in rows
            if row["stck_cntg_hour"] <= until and day in (None, row["stck_bsop_date"])
        ]
        return Said({**OK, "output1": {}, "output2": fitting[:per_page]})

    desk.answers_by(path, answer)


@pytest.fixture
async def quotes(house: House) -> Any:
    async with house.rest() as rest:
        yield KisQuotes(rest)


def starts(bars: Any) -> list[str]:
    return [f"{kst(bar.start_ns):%H%M}" for bar in bars]


TODAY = "20251112"
SINCE_NINE = ["0900", "0930", "0959"]


async def test_todays_minutes_are_paged_back_to_the_opening(desk: Desk, quotes: KisQuotes) -> None:
    charts(desk, "inquire-time-itemchartprice", minutes(TODAY, 540, 600), 30)
    bars = await quotes.minute_bars_today("005930", MORNING_NS)
    assert len(bars) == 60
    assert starts(bars)[::30] == ["0900", "0930"]
    assert starts(bars)[-1] == "0959"
    asked = [a.query["FID_INPUT_HOUR_1"] for a in desk.calls("inquire-time-itemchartprice")]
    assert asked == ["095900", "092900"]
    assert {bar.value_krw for bar in bars} == {1_000}


async def test_the_minute_being_made_is_never_among_them(desk: Desk, quotes: KisQuotes) -> None:
    rows = minutes(TODAY, 540, 700)  # a server that shows more than it was asked for
    desk.says("inquire-time-itemchartprice", {**OK, "output2": rows})
    assert starts(await quotes.minute_bars_today("005930"))[-1] == "0959"
    until_ns = MORNING_NS - 30 * MINUTE_NS + 59_000_000_000
    assert starts(await quotes.minute_bars_today("005930", until_ns))[-1] == "0929"


async def test_the_day_before_is_not_today(desk: Desk, quotes: KisQuotes) -> None:
    rows = minutes(TODAY, 541, 595) + minutes("20251111", 540, 930)
    pages = [rows[:30], rows[30:60]]
    desk.says("inquire-time-itemchartprice", *({**OK, "output2": page} for page in pages))
    bars = await quotes.minute_bars_today("005930", MORNING_NS)
    assert (len(bars), starts(bars)[0], starts(bars)[-1]) == (55, "0901", "0955")


async def test_quiet_minutes_have_no_bar_and_do_not_end_the_paging(
    desk: Desk, quotes: KisQuotes
) -> None:
    rows = minutes(TODAY, 540, 545)
    quiet = [minute(TODAY, f"09{m:02d}00", volume=0, cum_value=6_000) for m in range(59, 5, -1)]
    charts(desk, "inquire-time-itemchartprice", quiet + rows, 30)
    bars = await quotes.minute_bars_today("005930", MORNING_NS)
    assert starts(bars) == ["0900", "0901", "0902", "0903", "0904", "0905"]


async def test_before_the_first_minute_there_are_none(desk: Desk, quotes: KisQuotes) -> None:
    desk.says("inquire-time-itemchartprice", {**OK, "output2": []})
    assert await quotes.minute_bars_today("005930", MORNING_NS) == []


async def test_a_server_that_repeats_itself_ends_the_paging(desk: Desk, quotes: KisQuotes) -> None:
    desk.says("inquire-time-itemchartprice", {**OK, "output2": minutes(TODAY, 550, 579)})
    assert len(await quotes.minute_bars_today("005930", MORNING_NS)) == 30
    assert len(desk.calls("inquire-time-itemchartprice")) == 2


async def test_a_past_days_minutes_are_cut_to_what_was_asked(desk: Desk, quotes: KisQuotes) -> None:
    rows = minutes("20251105", 540, 919) + minutes("20251104", 540, 919)
    charts(desk, "inquire-time-dailychartprice", rows, 120)
    bars = await quotes.minute_bars_on("005930", date(2025, 11, 5), "093000", "143000")
    assert (starts(bars)[0], starts(bars)[-1], len(bars)) == ("0930", "1430", 301)
    assert {bar.value_krw for bar in bars} == {1_000}
    asked = desk.calls("inquire-time-dailychartprice")
    assert [a.query["FID_INPUT_HOUR_1"] for a in asked] == ["143000", "123000", "103000"]
    assert {a.query["FID_INPUT_DATE_1"] for a in asked} == {"20251105"}
    assert asked[0].query["FID_FAKE_TICK_INCU_YN"] == ""


async def test_past_minutes_are_not_offered_on_paper(desk: Desk, paper_house: House) -> None:
    async with paper_house.rest() as rest:
        with pytest.raises(NotOffered, match="inquire_time_itemchartprice"):
            await KisQuotes(rest).minute_bars_on("005930", date(2025, 11, 5), "090000", "153000")
    assert desk.asked == []


async def test_a_failed_page_fails_the_chart(desk: Desk, quotes: KisQuotes) -> None:
    rows = minutes(TODAY, 570, 599)
    desk.says("inquire-time-itemchartprice", {**OK, "output2": rows}, Said("<html>", 200))
    with pytest.raises(ReplyError):
        await quotes.minute_bars_today("005930", MORNING_NS)


def days_of(asked: Asked, row: Callable[[date], dict[str, str]], per_page: int) -> Said:
    first, last = (
        date.fromisoformat(asked.query[key]) for key in ("FID_INPUT_DATE_1", "FID_INPUT_DATE_2")
    )
    days = [last - timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [row(day) for day in days if day.weekday() < 5]
    return Said({**OK, "output1": {}, "output2": rows[:per_page]})


def stock_day(day: date) -> dict[str, str]:
    prices = dict.fromkeys(("stck_clpr", "stck_oprc", "stck_hgpr", "stck_lwpr"), "100")
    volume = "0" if day == date(2025, 6, 2) else "10"
    return prices | {"stck_bsop_date": f"{day:%Y%m%d}", "acml_vol": volume, "acml_tr_pbmn": "1000"}


async def test_days_are_paged_back_to_the_first(desk: Desk, quotes: KisQuotes) -> None:
    desk.answers_by("inquire-daily-itemchartprice", lambda a: days_of(a, stock_day, 100))
    bars = await quotes.daily_bars("005930", date(2025, 1, 1), date(2025, 11, 11))
    dates = [bar.date for bar in bars]
    assert dates == sorted(set(dates))
    assert (dates[0], dates[-1], len(dates)) == ("2025-01-01", "2025-11-11", 224)
    assert "2025-06-02" not in dates  # halted: no bar
    assert [a.query["FID_ORG_ADJ_PRC"] for a in desk.calls("inquire-daily-itemchartprice")] == (
        ["0"] * 3
    )


async def test_a_short_page_is_the_last(desk: Desk, quotes: KisQuotes) -> None:
    desk.answers_by("inquire-daily-itemchartprice", lambda a: days_of(a, stock_day, 100))
    assert len(await quotes.daily_bars("005930", date(2025, 11, 1), date(2025, 11, 11))) == 7
    assert len(desk.calls("inquire-daily-itemchartprice")) == 1


LEVEL = {
    "bstp_nmix_prpr": "4150.39",
    "bstp_nmix_oprc": "4110.00",
    "bstp_nmix_hgpr": "4155.50",
    "bstp_nmix_lwpr": "4100.10",
}


async def test_an_indexs_days_come_by_fifty(desk: Desk, quotes: KisQuotes) -> None:
    def row(day: date) -> dict[str, str]:
        return LEVEL | {"stck_bsop_date": f"{day:%Y%m%d}"}

    desk.answers_by("inquire-daily-indexchartprice", lambda a: days_of(a, row, 50))
    days = await quotes.index_days("0001", date(2025, 7, 1), date(2025, 11, 11))
    assert (days[0].date, days[-1].date, len(days)) == ("2025-07-01", "2025-11-11", 96)
    assert len(desk.calls("inquire-daily-indexchartprice")) == 2


async def test_an_index_has_a_level_on_the_real_host(desk: Desk, quotes: KisQuotes) -> None:
    output = LEVEL | {"bstp_nmix_prdy_vrss": "50.39", "prdy_vrss_sign": "2"}
    desk.says("inquire-index-price", {**OK, "output": output})
    level = await quotes.index_level("0001")
    assert (level.level_pt, level.previous_close_pt) == (Decimal("4150.39"), Decimal("4100.00"))


async def test_an_index_has_a_level_on_paper_too(desk: Desk, paper_house: House) -> None:
    output = LEVEL | {"prdy_nmix": "4100.00"}
    desk.says("inquire-daily-indexchartprice", {**OK, "output1": output, "output2": []})
    async with paper_house.rest() as rest:
        level = await KisQuotes(rest).index_level("0001")
    assert (level.level_pt, level.previous_close_pt) == (Decimal("4150.39"), Decimal("4100.00"))
    (asked,) = desk.calls("inquire-daily-indexchartprice")
    assert asked.query["FID_INPUT_DATE_1"] == asked.query["FID_INPUT_DATE_2"] == TODAY


async def test_a_price_and_a_book_carry_the_time_they_came(desk: Desk, quotes: KisQuotes) -> None:
    prices = dict.fromkeys(("stck_prpr", "stck_sdpr", "stck_mxpr", "stck_llam"), "100")
    said = {"acml_vol": "1", "acml_tr_pbmn": "100", "aspr_unit": "1"}
    desk.says("inquire-price", {**OK, "output": prices | said})
    levels = {f"{side}p{n}": "0" for side in ("ask", "bid") for n in range(1, 11)}
    output1 = levels | {"aspr_acpt_hour": "095959", "new_mkop_cls_code": "20"}
    desk.says(
        "inquire-asking-price-exp-ccn", {**OK, "output1": output1, "output2": {"antc_cnpr": "0"}}
    )
    price, book = await quotes.price("005930"), await quotes.book("005930")
    assert MORNING_NS < price.at_ns < book.arrived_ns
    assert book.at_ns == ns(kst(MORNING_NS)) - 1_000_000_000
