"""Many symbols at once, rankings, halts and days; paper's substitutes have the same shape."""

from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from kis_core.clock import kst
from kis_core.errors import NotOffered, Refused, ReplyError, UnknownSymbol
from kis_core.net.market import KisMarket
from kis_core.wire.quotes.ranking_sheets import RANKINGS, Ranking
from kis_core.wire.tr_table import CALLS
from tests.kis_core.net.desk import Asked, Desk, House, Said

pytestmark = pytest.mark.anyio

OK = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상"}


@pytest.fixture
async def market(house: House) -> Any:
    async with house.rest() as rest:
        yield KisMarket(rest)


@pytest.fixture
async def paper(paper_house: House) -> Any:
    async with paper_house.rest() as rest:
        yield KisMarket(rest)


def multi(asked: Asked) -> Said:
    """Answer the multi-quote: 999999 is a symbol that KIS does not know."""
    rows = []
    for n in range(1, 31):
        if symbol := asked.query[f"FID_INPUT_ISCD_{n}"]:
            price = "0" if symbol == "999999" else "100"
            prices = dict.fromkeys(("inter2_prpr", "inter2_sdpr", "inter2_mxpr"), price)
            more = {"inter_shrn_iscd": symbol, "inter_kor_isnm": "이름", "inter2_llam": price}
            rows.append(prices | more | {"acml_vol": "7", "acml_tr_pbmn": "700"})
    return Said({**OK, "output": rows})


async def test_symbols_are_asked_thirty_at_a_time(desk: Desk, market: KisMarket) -> None:
    desk.answers_by("intstock-multprice", multi)
    symbols = [f"{n:06d}" for n in range(1, 65)] + ["999999", "000001"]
    found = await market.snapshots(symbols)
    assert list(found) == symbols[:64]
    assert (found["000064"].price_krw, found["000064"].name) == (100, "이름")
    assert (found["000064"].open_krw, found["000064"].cum_volume) == (None, 7)
    asked = desk.calls("intstock-multprice")
    filled = [sum(bool(v) for k, v in a.query.items() if "ISCD" in k) for a in asked]
    assert filled == [30, 30, 5]
    assert {len(a.query) for a in asked} == {60}
    assert asked[2].query["FID_COND_MRKT_DIV_CODE_5"] == "J"
    assert asked[2].query["FID_COND_MRKT_DIV_CODE_6"] == ""


async def test_paper_asks_them_one_by_one(desk: Desk, paper: KisMarket) -> None:
    def price(asked: Asked) -> Said:
        value = "0" if asked.query["FID_INPUT_ISCD"] == "999999" else "100"
        output = dict.fromkeys(("stck_prpr", "stck_sdpr", "stck_mxpr", "stck_llam"), value)
        return Said(
            {**OK, "output": output | {"acml_vol": "7", "acml_tr_pbmn": "700", "aspr_unit": "1"}}
        )

    desk.answers_by("inquire-price", price)
    found = await paper.snapshots(["000001", "999999"])
    assert list(found) == ["000001"]
    snapshot = found["000001"]
    assert (snapshot.price_krw, snapshot.cum_value_krw) == (100, 700)
    assert (snapshot.name, snapshot.ask_krw, snapshot.bid_shares) == (None, None, None)
    assert len(desk.calls("inquire-price")) == 2


async def test_a_ranking_says_what_it_ranks_by(desk: Desk, market: KisMarket) -> None:
    row = {
        "mksc_shrn_iscd": "005930",
        "data_rank": "1",
        "hts_kor_isnm": "삼성전자",
        "stck_prpr": "70000",
        "prdy_vrss": "500",
        "prdy_vrss_sign": "5",
        "prdy_ctrt": "-0.71",
        "acml_vol": "12",
        "lstn_stcn": "5969782550",
        "stck_avls": "4178848",
        "mrkt_whol_avls_rlim": "19.51",
    }
    desk.says("market-cap", {**OK, "output": [row]})
    (first,) = await market.ranking("market_cap", "KOSPI", "NXT")
    assert (first.rank, first.symbol, first.change_krw) == (1, "005930", -500)
    assert first.measures == {
        "market_cap_krw": 417_884_800_000_000,
        "market_share_pct": Decimal("19.51"),
        "listed_shares": 5_969_782_550,
    }
    (asked,) = desk.calls("market-cap")
    assert (asked.query["fid_input_iscd"], asked.query["fid_cond_mrkt_div_code"]) == ("0001", "NX")
    assert (asked.query["fid_cond_scr_div_code"], asked.query["fid_vol_cnt"]) == ("20174", "")


def test_every_ranking_names_fields_and_keys_its_call_has() -> None:
    assert set(RANKINGS) == set(get_args(Ranking))
    for kind, sheet in RANKINGS.items():
        call = CALLS[sheet.call]
        keys = {*sheet.said, *sheet.scope_keys, *sheet.venue_keys}
        assert keys <= set(call.params), kind
        names = set(call.outputs[sheet.output].names)
        assert {measure.field for measure in sheet.measures.values()} <= names, kind
        assert all(
            name.endswith(("_krw", "_pct", "_shares", "_volume", "volume"))
            or name in ("days_rising", "days_falling", "buys", "sells", "watchers")
            for name in sheet.measures
        ), kind


async def test_every_ranking_can_be_asked(desk: Desk, market: KisMarket) -> None:
    for kind, sheet in RANKINGS.items():
        row = {"mksc_shrn_iscd": "005930", "stck_prpr": "100"}
        path = CALLS[sheet.call].path.rpartition("/")[2]
        desk.says(path, {**OK, sheet.output: [row, row]})
        ranked = await market.ranking(kind)
        assert [(r.rank, r.symbol) for r in ranked] == [(1, "005930"), (2, "005930")]
        assert ranked[0].measures == dict.fromkeys(sheet.measures)
        assert desk.asked[-1].path == CALLS[sheet.call].path


async def test_a_ranking_of_all_symbols_takes_no_market(desk: Desk, market: KisMarket) -> None:
    with pytest.raises(ValueError, match="viewed"):
        await market.ranking("viewed", "KOSDAQ")
    assert desk.asked == []


VI = {
    "hts_kor_isnm": "삼성전자",
    "mksc_shrn_iscd": "005930",
    "vi_cls_code": "N",
    "bsop_date": "20251112",
    "cntg_vi_hour": "091003",
    "vi_cncl_hour": "091203",
    "vi_kind_code": "1",
    "vi_prc": "77000",
    "vi_stnd_prc": "70000",
    "vi_dprt": "10.00",
    "vi_dmc_stnd_prc": "0",
    "vi_dmc_dprt": "",
    "vi_count": "2",
}


async def test_volatility_interruptions_are_read(desk: Desk, market: KisMarket) -> None:
    running = VI | {"vi_cls_code": "Y", "vi_cncl_hour": "000000", "vi_kind_code": "3"}
    desk.says("inquire-vi-status", {**OK, "output": [running, VI]})
    active, over = await market.vi_events(date(2025, 11, 12), board="KOSDAQ")
    assert (active.active, active.released, active.kind) == (True, None, "both")
    assert f"{kst(over.at_ns):%Y%m%d %H%M%S}" == "20251112 091003"
    assert (over.active, over.released, over.kind, over.count) == (False, "09:12:03", "static", 2)
    assert (over.static_reference_krw, over.static_deviation_pct) == (70_000, Decimal("10.00"))
    assert (over.dynamic_reference_krw, over.dynamic_deviation_pct) == (None, None)
    (asked,) = desk.calls("inquire-vi-status")
    assert (asked.query["FID_MRKT_CLS_CODE"], asked.query["FID_INPUT_DATE_1"]) == ("Q", "20251112")
    assert asked.query["FID_COND_SCR_DIV_CODE"] == "20139"


async def test_what_a_stock_is(desk: Desk, market: KisMarket) -> None:
    output = {
        "pdno": "00000A000660",
        "prdt_name": "에스케이하이닉스보통주",
        "prdt_abrv_name": "SK하이닉스",
        "std_pdno": "KR7000660001",
        "mket_id_cd": "STK",
        "scty_grp_id_cd": "ST",
        "stck_kind_cd": "101",
        "lstg_stqt": "728002365",
        "papr": "5000",
        "cpta": "3657652050000",
        "kospi200_item_yn": "Y",
        "scts_mket_lstg_dt": "19961226",
        "lstg_abol_dt": "",
        "tr_stop_yn": "N",
        "cptt_trad_tr_psbl_yn": "Y",
        "nxt_tr_stop_yn": "N",
        "thdt_clpr": "0",
        "bfdy_clpr": "557000",
    }
    desk.says("search-stock-info", {**OK, "output": output})
    info = await market.stock_info("000660")
    assert (info.symbol, info.isin, info.name) == ("000660", "KR7000660001", "SK하이닉스")
    assert (info.listed_on, info.delisted_on, info.kospi200) == ("1996-12-26", None, True)
    assert (info.nxt_tradable, info.nxt_halted, info.halted) == (True, False, False)
    assert (info.close_krw, info.previous_close_krw) == (None, 557_000)
    assert (info.listed_shares, info.face_krw) == (728_002_365, Decimal(5000))
    (asked,) = desk.calls("search-stock-info")
    assert asked.query == {"PRDT_TYPE_CD": "300", "PDNO": "000660"}


async def test_an_unknown_stock_is_said_to_be_unknown(desk: Desk, market: KisMarket) -> None:
    desk.says("search-stock-info", {**OK, "output": {"pdno": "", "prdt_name": " "}})
    with pytest.raises(UnknownSymbol, match="999999"):
        await market.stock_info("999999")
    desk.says("search-info", desk.fails("KIOK0001", 200, "7"))
    with pytest.raises(Refused):
        await market.product_info("999999")


async def test_a_products_names_are_read(desk: Desk, market: KisMarket) -> None:
    output = {"shtn_pdno": "005930", "prdt_abrv_name": "삼성전자", "prdt_type_cd": "300"}
    desk.says("search-info", {**OK, "output": output})
    info = await market.product_info("005930")
    assert (info.symbol, info.name, info.type_code) == ("005930", "삼성전자", "300")


def day(text: str, opens: str) -> dict[str, str]:
    return {
        "bass_dt": text,
        "opnd_yn": opens,
        "bzdy_yn": opens,
        "tr_day_yn": opens,
        "sttl_day_yn": "N",
    }


async def test_days_are_paged_no_further_than_asked(desk: Desk, market: KisMarket) -> None:
    for first in (1, 11, 21):
        rows = [day(f"202510{n:02d}", "Y" if n > 9 else "N") for n in range(first, first + 10)]
        body = {**OK, "ctx_area_fk": "f", "ctx_area_nk": f"{first}", "output": rows}
        desk.says("chk-holiday", Said(body, tr_cont="F" if first == 1 else "M"))
    days = await market.market_days(date(2025, 10, 2), date(2025, 10, 12))
    assert (days[0].date, days[-1].date, len(days)) == ("2025-10-02", "2025-10-12", 11)
    assert (days[0].opens, days[-1].opens, days[-1].settles) == (False, True, False)
    assert len(desk.calls("chk-holiday")) == 2
    assert desk.calls("chk-holiday")[0].query["BASS_DT"] == "20251002"


async def test_paper_reads_them_from_our_own_calendar(desk: Desk, paper: KisMarket) -> None:
    days = await paper.market_days(date(2025, 10, 2), date(2025, 10, 13))
    opens = [day.date[-2:] for day in days if day.opens]
    assert opens == ["02", "10", "13"]  # a week of holidays, and a weekend
    assert {day.settles for day in days} == {None}
    with pytest.raises(NotOffered, match="covers"):
        await paper.market_days(date(1950, 1, 1), date(1950, 1, 2))
    assert desk.asked == []


async def test_market_hours_are_read(desk: Desk, market: KisMarket) -> None:
    dates = {f"date{n}": f"2025111{n}" for n in range(5)}
    output = {**dates, "date5": "", "today": "20251112", "time": "100001"}
    hours = {"s_time": "084500", "e_time": "154500"}
    desk.says("market-time", {**OK, "output1": output | hours})
    told = await market.market_hours()
    assert told.business_days == ("2025-11-11", "2025-11-12", "2025-11-13", "2025-11-14")
    assert (told.today, told.time) == ("2025-11-12", "10:00:01")
    assert (told.opens, told.closes) == ("08:45:00", "15:45:00")
    desk.says("market-time", {**OK, "output1": output | {"s_time": "8:45", "e_time": "154500"}})
    await market.market_hours()
    with pytest.raises(ReplyError, match="s_time '8:45', expected HHMMSS"):
        await market.market_hours()


async def test_what_paper_cannot_tell_is_refused_at_once(desk: Desk, paper: KisMarket) -> None:
    for asking, told in (
        (paper.ranking("volume"), "master file"),
        (paper.vi_events(), "vi_cls_code"),
        (paper.stock_info("005930"), "kospi_code.mst"),
        (paper.product_info("005930"), "kospi_code.mst"),
        (paper.market_hours(), "calendar"),
    ):
        with pytest.raises(NotOffered, match=told):
            await asking
    assert desk.asked == []
