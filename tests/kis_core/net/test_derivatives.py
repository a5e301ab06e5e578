"""Futures and options come back whole and ascending, day and night, whatever the pages."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kis_core.clock import KST, ScaledClock, kst, ns, write_anchor
from kis_core.errors import NotOffered, ReplyError, UnknownSymbol
from kis_core.net.derivatives import KisDerivatives
from tests.kis_core.net.desk import Asked, Desk, House, Said, house_of

pytestmark = pytest.mark.anyio

OK = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상"}
HEAD = {"hts_kor_isnm": "F 202612", "futs_prpr": "1098.05"}
MONDAY, FRIDAY = date(2026, 9, 21), date(2026, 9, 18)
Rows = list[dict[str, str]]


def at(text: str) -> int:
    return ns(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=KST))


def house_at(desk: Desk, folder: Path, text: str) -> House:
    """What a process holds, at a time of its own."""
    anchor = folder / f"clock-{text[:10]}.json"
    write_anchor(anchor, at(text), 1.0, running=True)
    desk.token_ends = "2026-12-31 09:00:00"
    return house_of(desk.url, ScaledClock(anchor), folder, "real")


def minute(day: date, hhmm: str, value: int) -> dict[str, str]:
    prices = dict.fromkeys(("futs_prpr", "futs_oprc", "futs_hgpr", "futs_lwpr"), "1000.00")
    said = {"stck_bsop_date": f"{day:%Y%m%d}", "stck_cntg_hour": f"{hhmm}00", "cntg_vol": "4"}
    return prices | said | {"acml_tr_pbmn": str(value)}


def session(day: date, first: str, last: str) -> Rows:
    """A session's minutes, newest first: 4 contracts each at 1,000 points, a billion KRW."""
    begin, end = (int(text[:2]) * 60 + int(text[2:]) for text in (first, last))
    labels = [f"{m // 60:02d}{m % 60:02d}" for m in range(begin, end + 1)]
    return [minute(day, hhmm, (n + 1) * 1_000_000) for n, hhmm in enumerate(labels)][::-1]


def charts(desk: Desk, rows: Rows) -> None:
    """Answer as the broker does: 102 rows up to a time, older days behind them."""

    def answer(asked: Asked) -> Said:
        until = (asked.query["FID_INPUT_DATE_1"], asked.query["FID_INPUT_HOUR_1"])
        fitting = [r for r in rows if (r["stck_bsop_date"], r["stck_cntg_hour"]) <= until]
        return Said({**OK, "output1": HEAD, "output2": fitting[:102]})

    desk.answers_by("inquire-time-fuopchartprice", answer)


def asked_times(desk: Desk) -> list[str]:
    return [a.query["FID_INPUT_HOUR_1"] for a in desk.calls("inquire-time-fuopchartprice")]


async def test_a_days_minutes_are_paged_back_to_its_opening(desk: Desk, tmp_path: Path) -> None:
    charts(desk, session(MONDAY, "0845", "1545") + session(FRIDAY, "0845", "1545"))
    async with house_at(desk, tmp_path, "2026-09-21 20:00:00").rest() as rest:
        bars = await KisDerivatives(rest).minute_bars("A01612", MONDAY)
    assert len(bars) == 421
    assert {bar.value_krw for bar in bars} == {1_000_000_000}
    stamps = [f"{kst(bar.start_ns):%d %H:%M}" for bar in (bars[0], bars[-1])]
    assert stamps == ["21 08:45", "21 15:45"]
    assert asked_times(desk) == ["154500", "140300", "122100", "103900", "085700"]
    (market,) = {
        a.query["FID_COND_MRKT_DIV_CODE"] for a in desk.calls("inquire-time-fuopchartprice")
    }
    assert market == "F"


async def test_a_night_goes_on_past_midnight(desk: Desk, tmp_path: Path) -> None:
    charts(desk, session(FRIDAY, "1800", "3000") + session(date(2026, 9, 17), "1800", "3000"))
    async with house_at(desk, tmp_path, "2026-09-21 08:00:00").rest() as rest:
        bars = await KisDerivatives(rest).minute_bars("A01612", FRIDAY, "night")
    assert len(bars) == 721
    starts = [bar.start_ns for bar in bars]
    assert starts == list(range(starts[0], starts[-1] + 1, 60_000_000_000))
    assert f"{kst(starts[0]):%Y-%m-%d %H:%M}" == "2026-09-18 18:00"
    assert f"{kst(starts[-1]):%Y-%m-%d %H:%M}" == "2026-09-19 06:00"
    assert asked_times(desk)[:4] == ["300000", "281800", "263600", "245400"]
    first = desk.calls("inquire-time-fuopchartprice")[0]
    assert first.query["FID_COND_MRKT_DIV_CODE"] == "CM"
    assert {a.query["FID_INPUT_DATE_1"] for a in desk.calls("inquire-time-fuopchartprice")} == {
        "20260918"
    }


async def test_what_is_known_is_not_asked_for_again(desk: Desk, tmp_path: Path) -> None:
    charts(desk, session(MONDAY, "0845", "1545") + session(FRIDAY, "0845", "1545"))
    async with house_at(desk, tmp_path, "2026-09-21 14:00:30").rest() as rest:
        bars = await KisDerivatives(rest).minute_bars(
            "A01612", MONDAY, since_ns=at("2026-09-21 13:30:00")
        )
    assert [f"{kst(bar.start_ns):%H:%M}" for bar in (bars[0], bars[-1])] == ["13:30", "13:59"]
    assert len(bars) == 30
    assert {bar.value_krw for bar in bars} == {1_000_000_000}  # the one before it was on the page
    assert asked_times(desk) == ["135900"]


async def test_an_options_night_is_another_market(desk: Desk, tmp_path: Path) -> None:
    charts(desk, session(FRIDAY, "1800", "1859"))
    async with house_at(desk, tmp_path, "2026-09-21 08:00:00").rest() as rest:
        bars = await KisDerivatives(rest).minute_bars("B01610A41", FRIDAY, "night")
    assert len(bars) == 60
    first = desk.calls("inquire-time-fuopchartprice")[0]
    assert first.query["FID_COND_MRKT_DIV_CODE"] == "EU"


async def test_the_minute_being_made_is_never_among_them(desk: Desk, tmp_path: Path) -> None:
    charts(desk, session(FRIDAY, "1800", "3000"))
    async with house_at(desk, tmp_path, "2026-09-19 01:30:20").rest() as rest:
        bars = await KisDerivatives(rest).minute_bars("A01612", FRIDAY, "night")
    assert f"{kst(bars[-1].start_ns):%Y-%m-%d %H:%M}" == "2026-09-19 01:29"
    assert asked_times(desk)[0] == "252900"


async def test_before_a_session_and_where_there_is_none_nothing_is_asked(
    desk: Desk, tmp_path: Path
) -> None:
    async with house_at(desk, tmp_path, "2026-09-21 08:40:00").rest() as rest:
        derivatives = KisDerivatives(rest)
        assert await derivatives.minute_bars("A01612", MONDAY) == []
        assert await derivatives.minute_bars("A01612", date(2026, 9, 20)) == []
        assert await derivatives.minute_bars("A01612", date(2026, 9, 20), "night") == []
        assert await derivatives.minute_bars("A01612", date(2025, 6, 5), "night") == []
    assert desk.asked == []


async def test_a_failed_page_fails_the_chart(desk: Desk, tmp_path: Path) -> None:
    page = session(MONDAY, "0845", "1545")[:102]
    more = {**OK, "output1": HEAD, "output2": page}
    desk.says("inquire-time-fuopchartprice", more, Said("<html>", 200))
    async with house_at(desk, tmp_path, "2026-09-21 20:00:00").rest() as rest:
        with pytest.raises(ReplyError):
            await KisDerivatives(rest).minute_bars("A01612", MONDAY)


async def test_a_server_that_repeats_itself_ends_the_paging(desk: Desk, tmp_path: Path) -> None:
    page = session(MONDAY, "0845", "1545")[:102]
    desk.says("inquire-time-fuopchartprice", {**OK, "output1": HEAD, "output2": page})
    async with house_at(desk, tmp_path, "2026-09-21 20:00:00").rest() as rest:
        bars = await KisDerivatives(rest).minute_bars("A01612", MONDAY)
    assert len(bars) == 102
    assert len(asked_times(desk)) == 2


@pytest.mark.parametrize("code", ["101W09", "A01603"])
async def test_a_code_kis_knows_nothing_of_is_unknown(desk: Desk, house: House, code: str) -> None:
    nothing = {**OK, "output1": {}, "output2": []}
    for path in ("inquire-price", "inquire-daily-fuopchartprice", "inquire-time-fuopchartprice"):
        desk.says(path, nothing)
    desk.says("inquire-asking-price", {**OK, "output1": {}, "output2": {}})
    async with house.rest() as rest:
        derivatives = KisDerivatives(rest)
        for ask in (
            derivatives.price(code),
            derivatives.book(code),
            derivatives.minute_bars(code, date(2025, 11, 12)),
            derivatives.daily_bars(code, date(2025, 11, 1), date(2025, 11, 12)),
        ):
            with pytest.raises(UnknownSymbol):
                await ask


def day_rows(asked: Asked, since: date) -> Said:
    """Answer a daily chart of weekdays since a date: the newest 100 of the range."""
    first, last = (
        date.fromisoformat(asked.query[key]) for key in ("FID_INPUT_DATE_1", "FID_INPUT_DATE_2")
    )
    days = [last - timedelta(days=n) for n in range((last - max(first, since)).days + 1)]
    prices = dict.fromkeys(("futs_prpr", "futs_oprc", "futs_hgpr", "futs_lwpr"), "1000.00")
    rows = [
        prices
        | {
            "stck_bsop_date": f"{day:%Y%m%d}",
            "acml_vol": "0" if day == date(2026, 3, 2) else "7",
            "acml_tr_pbmn": "1750000",
        }
        for day in days
        if day.weekday() < 5
    ]
    return Said({**OK, "output1": HEAD, "output2": rows[:100]})


async def test_days_are_paged_back_and_ascend(desk: Desk, house: House) -> None:
    since = date(2026, 1, 5)
    desk.answers_by("inquire-daily-fuopchartprice", lambda asked: day_rows(asked, since))
    async with house.rest() as rest:
        derivatives = KisDerivatives(rest)
        days = await derivatives.daily_bars("A01612", date(2026, 1, 1), date(2026, 9, 18))
    assert (days[0].date, days[-1].date) == ("2026-01-05", "2026-09-18")
    assert [day.date for day in days] == sorted(day.date for day in days)
    assert "2026-03-02" not in {day.date for day in days}
    assert len(days) == 184
    assert days[0].value_krw == 1_750_000_000
    lasts = [a.query["FID_INPUT_DATE_2"] for a in desk.calls("inquire-daily-fuopchartprice")]
    assert lasts == ["20260918", "20260503"]


async def test_a_month_is_asked_for_from_the_month_before(desk: Desk, house: House) -> None:
    desk.answers_by("inquire-daily-fuopchartprice", lambda asked: day_rows(asked, MONDAY))
    async with house.rest() as rest:
        derivatives = KisDerivatives(rest)
        await derivatives.daily_bars("A01612", date(2026, 9, 10), MONDAY, "M")
    (asked,) = desk.calls("inquire-daily-fuopchartprice")
    assert (asked.query["FID_INPUT_DATE_1"], asked.query["FID_PERIOD_DIV_CODE"]) == (
        "20260831",
        "M",
    )


async def test_a_stocks_contract_has_its_market_said(desk: Desk, house: House) -> None:
    price = HEAD | {
        "futs_prpr": "71800",
        "acml_vol": "10",
        "acml_tr_pbmn": "7180",
        "hts_otst_stpl_qty": "5",
        "otst_stpl_qty_icdc": "0",
    }
    desk.says("inquire-price", {**OK, "output1": price, "output2": {}, "output3": {}})
    async with house.rest() as rest:
        derivatives = KisDerivatives(rest)
        told = await derivatives.price("A11610", market="JF")
        with pytest.raises(ValueError, match="say its market"):
            await derivatives.price("A11610")
    assert (told.price, told.value_krw) == (Decimal(71_800), 7_180_000)
    (asked,) = desk.calls("inquire-price")
    assert asked.query["FID_COND_MRKT_DIV_CODE"] == "JF"
    assert asked.headers["tr_id"] == "FHMIF10000000"


async def test_margin_rates_are_turned_by_the_key_alone(desk: Desk, house: House) -> None:
    def page(number: int, key: str) -> dict[str, Any]:
        names = ("brkg_mgna_rt", "tr_mgna_rt", "bast_pric", "tr_mtpl_idx", "ctrt_per_futr_mgna")
        row = dict.fromkeys(names, "1") | {"bast_id": f"{number}", "bast_name": "지수"}
        return {**OK, "output": [row], "ctx_area_nk200": key.ljust(200)}

    desk.says("margin-rate", page(1, "a"), page(2, "b"), page(2, "b"))
    async with house.rest() as rest:
        rates = await KisDerivatives(rest).margin_rates(MONDAY)
    assert [rate.underlying for rate in rates] == ["1", "2"]
    asked = desk.calls("margin-rate")
    assert [a.query["CTX_AREA_NK200"].strip() for a in asked] == ["", "a", "b"]
    assert [a.headers["tr_cont"] for a in asked] == ["", "N", "N"]


async def test_paper_has_prices_books_and_days_and_no_more(desk: Desk, paper_house: House) -> None:
    desk.answers_by("inquire-daily-fuopchartprice", lambda asked: day_rows(asked, FRIDAY))
    async with paper_house.rest() as rest:
        derivatives = KisDerivatives(rest)
        assert len(await derivatives.daily_bars("A01612", FRIDAY, MONDAY)) == 2
        asked = len(desk.asked)
        for ask in (
            derivatives.minute_bars("A01612", date(2025, 11, 11)),
            derivatives.option_board("202610"),
            derivatives.futures_board(),
            derivatives.maturities(),
            derivatives.board_top("A01612"),
            derivatives.expected_prices("A01612"),
            derivatives.margin_rates(MONDAY),
        ):
            with pytest.raises(NotOffered, match="not offered on paper"):
                await ask
    assert len(desk.asked) == asked


async def test_boards_and_expiries_are_asked_in_turn(desk: Desk, house: House) -> None:
    desk.says(
        "display-board-option-list",
        {**OK, "output": [{"mtrt_yymm_code": "0610", "mtrt_yymm": "202610"}]},
    )
    desk.says("display-board-callput", {**OK, "output1": [], "output2": []})
    desk.says("display-board-futures", {**OK, "output": []})
    async with house.rest() as rest:
        derivatives = KisDerivatives(rest)
        (maturity,) = await derivatives.maturities()
        board = await derivatives.option_board(maturity.month, "MKI")
        assert await derivatives.futures_board("KQI") == []
    assert (board.maturity, board.is_cut) == ("202610", False)
    (asked,) = desk.calls("display-board-callput")
    assert (asked.query["FID_MTRT_CNT"], asked.query["FID_COND_MRKT_CLS_CODE"]) == ("202610", "MKI")
