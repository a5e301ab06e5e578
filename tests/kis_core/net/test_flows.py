"""Who trades is told in shares and KRW, whatever KIS counts in; what is blank is None."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kis_core.clock import kst
from kis_core.errors import NotOffered, Refused, TooEarly
from kis_core.net.flows import KisFlows
from kis_core.wire.quotes.flow_replies import Flow
from tests.kis_core.net.desk import Asked, Desk, House, Said

pytestmark = pytest.mark.anyio

OK = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상"}
DAY = {"stck_clpr": "100", "prdy_vrss": "1", "prdy_vrss_sign": "2", "acml_vol": "50"}


@pytest.fixture
async def flows(house: House) -> Any:
    async with house.rest() as rest:
        yield KisFlows(rest)


@pytest.fixture
async def paper(paper_house: House) -> Any:
    async with paper_house.rest() as rest:
        yield KisFlows(rest)


def side(token: str, net: str = "-5", money: str = "-3") -> dict[str, str]:
    told = {"ntby_qty": net, "shnu_vol": "10", "seln_vol": "15"}
    told |= {"ntby_tr_pbmn": money, "shnu_tr_pbmn": "7", "seln_tr_pbmn": "10"}
    return {f"{token}_{name}": value for name, value in told.items()}


async def test_todays_investors_are_none_until_the_close(desk: Desk, flows: KisFlows) -> None:
    blank = {key: "" for token in ("prsn", "frgn", "orgn") for key in side(token)}
    full = side("prsn") | side("frgn", "0", "0") | side("orgn")
    rows = [
        DAY | blank | {"stck_bsop_date": "20251112"},
        DAY | full | {"stck_bsop_date": "20251111"},
    ]
    desk.says("inquire-investor", {**OK, "output": rows})
    yesterday, today = await flows.investor_days("005930", "UNIFIED")
    assert (today.date, today.individual, today.foreign, today.institution) == (
        "2025-11-12",
        None,
        None,
        None,
    )
    assert yesterday.individual == Flow(-5, -3_000_000, 10, 15, 7_000_000, 10_000_000)
    assert yesterday.foreign is not None
    assert (yesterday.foreign.net, yesterday.foreign.net_krw) == (0, 0)
    assert desk.calls("inquire-investor")[0].query["FID_COND_MRKT_DIV_CODE"] == "UN"


async def test_investors_come_on_paper_too(desk: Desk, paper: KisFlows) -> None:
    row = DAY | side("prsn") | {"stck_bsop_date": "20251111"}
    desk.says("inquire-investor", {**OK, "output": [row]})
    (told,) = await paper.investor_days("005930")
    assert told.individual is not None
    assert (told.individual.net, told.foreign) == (-5, None)


def by_group(day: str) -> dict[str, str]:
    prices = dict.fromkeys(("stck_oprc", "stck_hgpr", "stck_lwpr"), "100")
    private = {"pe_fund_ntby_vol": "9", "pe_fund_ntby_tr_pbmn": "2"}
    registered = {"frgn_reg_ntby_qty": "4", "frgn_reg_ntby_pbmn": "1", "frgn_reg_askp_qty": "6"}
    return (
        DAY
        | prices
        | side("prsn")
        | private
        | registered
        | {
            "stck_bsop_date": day,
            "acml_tr_pbmn": "12",
        }
    )


async def test_all_groups_of_a_span_are_paged_back(desk: Desk, flows: KisFlows) -> None:
    days = [f"202511{n:02d}" for n in (11, 10, 7, 6, 5, 4, 3)]

    def answer(asked: Asked) -> Said:
        fitting = [day for day in days if day <= asked.query["FID_INPUT_DATE_1"]]
        return Said({**OK, "output1": {}, "output2": [by_group(day) for day in fitting[:3]]})

    desk.answers_by("investor-trade-by-stock-daily", answer)
    told = await flows.investor_days_by_group("005930", date(2025, 11, 5), date(2025, 11, 11))
    assert [day.date[-2:] for day in told] == ["05", "06", "07", "10", "11"]
    assert told[0].value_krw == 12_000_000
    assert told[0].flows.keys() == {"individual", "private_fund", "foreign_registered"}
    assert told[0].flows["private_fund"] == Flow(9, 2_000_000)
    assert told[0].flows["foreign_registered"] == Flow(4, 1_000_000, None, 6)
    asked = desk.calls("investor-trade-by-stock-daily")
    assert [a.query["FID_INPUT_DATE_1"] for a in asked] == ["20251111", "20251106"]
    assert (asked[0].query["FID_ETC_CLS_CODE"], asked[0].query["FID_ORG_ADJ_PRC"]) == ("1", "")


async def test_before_the_evening_today_is_too_early(desk: Desk, flows: KisFlows) -> None:
    late = {"rt_cd": "2", "msg_cd": "OPSQ2001", "msg1": "ERROR : TIME LIMIT 00:00 ~ 15:40  "}
    desk.says("investor-trade-by-stock-daily", Said(late))
    with pytest.raises(TooEarly, match="15:40") as refused:
        await flows.investor_days_by_group("005930", date(2025, 11, 12), date(2025, 11, 12))
    assert refused.value.code == "OPSQ2001"
    other = late | {"msg1": "ERROR INPUT FIELD NOT FOUND [FID_INPUT_ISCD]"}
    desk.says("inquire-investor", Said(other))
    with pytest.raises(Refused) as plain:
        await flows.investor_days("005930")
    assert not isinstance(plain.value, TooEarly)


async def test_estimates_carry_their_times(desk: Desk, flows: KisFlows) -> None:
    rows = [
        {"bsop_hour_gb": slot, "frgn_fake_ntby_qty": "-10", "orgn_fake_ntby_qty": "30"}
        | {"sum_fake_ntby_qty": "20"}
        for slot in ("3", "1")
    ]
    desk.says("investor-trend-estimate", {**OK, "output2": rows})
    first, later = await flows.investor_estimates("005930")
    assert (first.time, later.time) == ("09:30", "11:20")
    assert (first.foreign, first.institution, first.total) == (-10, 30, 20)
    assert desk.calls("investor-trend-estimate")[0].query == {"MKSC_SHRN_ISCD": "005930"}


async def test_who_buys_most_is_ranked(desk: Desk, flows: KisFlows) -> None:
    row = {"hts_kor_isnm": "삼성전자", "mksc_shrn_iscd": "005930", "ntby_qty": "100"}
    row |= {"frgn_ntby_qty": "60", "frgn_ntby_tr_pbmn": "6", "etc_corp_ntby_vol": "-1"}
    desk.says("foreign-institution-total", {**OK, "output": [row]})
    (first,) = await flows.net_buyers("foreign", sold=True, scope="KOSDAQ")
    assert (first.rank, first.symbol, first.net) == (1, "005930", 100)
    assert first.flows == {"foreign": Flow(60, 6_000_000), "other_corporation": Flow(-1, None)}
    (asked,) = desk.calls("foreign-institution-total")
    assert dict(asked.query) == {
        "FID_COND_MRKT_DIV_CODE": "V",
        "FID_COND_SCR_DIV_CODE": "16449",
        "FID_INPUT_ISCD": "1001",
        "FID_DIV_CLS_CODE": "1",
        "FID_RANK_SORT_CLS_CODE": "1",
        "FID_ETC_CLS_CODE": "1",
    }


@pytest.mark.parametrize(
    ("segment", "keys", "net"),
    [
        ("KOSPI", ("KSP", "0001"), -5_000),
        ("ETF", ("ETF", "T000"), -5_000),
        ("KOSPI200_FUTURES", ("K2I", "F001"), -5),
        ("KOSDAQ150_PUTS", ("KQI", "OP03"), -5),
    ],
)
async def test_a_segment_counts_in_thousands_of_shares_or_in_contracts(
    desk: Desk, flows: KisFlows, segment: Any, keys: tuple[str, str], net: int
) -> None:
    desk.says("inquire-investor-time-by-market", {**OK, "output": [side("frgn")]})
    told = await flows.segment_flows(segment)
    assert told.flows["foreign"].net == net
    assert told.flows["foreign"].net_krw == -3_000_000
    (asked,) = desk.calls("inquire-investor-time-by-market")
    assert (asked.query["FID_INPUT_ISCD"], asked.query["FID_INPUT_ISCD_2"]) == keys


async def test_a_segment_without_rows_has_no_flows(desk: Desk, flows: KisFlows) -> None:
    desk.says("inquire-investor-time-by-market", {**OK, "output": []})
    assert (await flows.segment_flows("KOSPI")).flows == {}


async def test_a_boards_days_are_read(desk: Desk, flows: KisFlows) -> None:
    row = side("orgn") | {"stck_bsop_date": "20251111", "bstp_nmix_prpr": "4150.39"}
    desk.says("inquire-investor-daily-by-market", {**OK, "output": [row]})
    (told,) = await flows.board_days("KOSDAQ", date(2025, 11, 11), date(2025, 11, 11))
    assert (told.close_pt, told.flows["institution"].net) == (Decimal("4150.39"), -5_000)
    asked = desk.calls("inquire-investor-daily-by-market")[0].query
    assert (asked["FID_INPUT_ISCD"], asked["FID_INPUT_ISCD_1"]) == ("1001", "KSQ")
    assert asked["FID_INPUT_DATE_1"] == asked["FID_INPUT_DATE_2"] == "20251111"


def program(token: str) -> dict[str, str]:
    return {f"{token}_{way}_tr_pbmn": n for way, n in (("seln", "3"), ("shnu", "5"), ("ntby", "2"))}


async def test_a_stocks_programmes_are_in_krw_as_they_come(desk: Desk, flows: KisFlows) -> None:
    row = DAY | program("whol_smtn") | {"stck_prpr": "100", "bsop_hour": "095900"}
    row |= {"whol_smtn_seln_vol": "30", "whol_smtn_shnu_vol": "50", "whol_smtn_ntby_qty": "20"}
    desk.says("program-trade-by-stock", {**OK, "output": [row | {"whol_ntby_vol_icdc": "-1"}]})
    (told,) = await flows.programs("005930", "NXT")
    assert f"{kst(told.at_ns):%Y%m%d %H%M%S}" == "20251112 095900"
    assert (told.sold, told.bought, told.net, told.net_change) == (30, 50, 20, -1)
    assert (told.flow.sold_krw, told.flow.bought_krw, told.flow.net_krw) == (3, 5, 2)
    assert desk.calls("program-trade-by-stock")[0].query["FID_COND_MRKT_DIV_CODE"] == "NX"


async def test_a_stocks_programme_days_are_asked_with_two_zeros(
    desk: Desk, flows: KisFlows
) -> None:
    rows = [DAY | program("whol_smtn") | {"stck_bsop_date": f"2025111{n}"} for n in (1, 0)]

    def answer(asked: Asked) -> Said:
        until = asked.query["FID_INPUT_DATE_1"].removeprefix("00")
        return Said({**OK, "output": [r for r in rows if r["stck_bsop_date"] <= until][:1]})

    desk.answers_by("program-trade-by-stock-daily", answer)
    told = await flows.program_days("005930", date(2025, 11, 1), date(2025, 11, 11))
    assert [day.date for day in told] == ["2025-11-10", "2025-11-11"]
    assert (told[0].flow.net_krw, told[0].value_krw, told[0].change_krw) == (2, None, 1)
    asked = desk.calls("program-trade-by-stock-daily")
    assert asked[0].query["FID_INPUT_DATE_1"] == "0020251111"


async def test_a_markets_programmes_are_in_millions(desk: Desk, flows: KisFlows) -> None:
    both = program("arbt_smtn") | program("nabt_smtn")
    now = both | {"bsop_hour": "100000", "whol_smtn_ntby_tr_pbmn": "4"}
    desk.says("comp-program-trade-today", {**OK, "output": [now | {"bstp_nmix_prpr": "4150.39"}]})
    (told,) = await flows.board_programs("KOSDAQ")
    assert (told.arbitrage.net_krw, told.other.sold_krw) == (2_000_000, 3_000_000)
    assert (told.net_krw, told.index_pt) == (4_000_000, Decimal("4150.39"))
    asked = desk.calls("comp-program-trade-today")[0].query
    assert (asked["FID_MRKT_CLS_CODE"], asked["FID_SCTN_CLS_CODE"]) == ("Q", "")
    day = both | program("whol_smtn") | {"stck_bsop_date": "20251111"}
    desk.says("comp-program-trade-daily", {**OK, "output": [day]})
    (past,) = await flows.board_program_days("KOSPI", date(2025, 11, 3), date(2025, 11, 11))
    assert (past.date, past.total.bought_krw) == ("2025-11-11", 5_000_000)


async def test_programmes_by_investor_are_read(desk: Desk, flows: KisFlows) -> None:
    amounts = {"all_seln_amt": "3", "all_shnu_amt": "5", "all_ntby_amt": "2", "arbt_ntby_amt": "1"}
    row = amounts | {"invr_cls_code": "4000", "invr_cls_name": "외국인"}
    desk.says("investor-program-trade-today", {**OK, "output1": [row]})
    (told,) = await flows.programs_by_investor("KOSPI")
    assert (told.investor, told.total.net_krw, told.arbitrage.net_krw) == (
        "외국인",
        2_000_000,
        1_000_000,
    )
    assert told.other.net_krw is None
    asked = desk.calls("investor-program-trade-today")[0].query
    assert dict(asked) == {"MRKT_DIV_CLS_CODE": "1", "EXCH_DIV_CLS_CODE": "J"}


async def test_what_paper_cannot_tell_is_refused_at_once(desk: Desk, paper: KisFlows) -> None:
    day = date(2025, 11, 11)
    for asking in (
        paper.investor_days_by_group("005930", day, day),
        paper.investor_estimates("005930"),
        paper.net_buyers(),
        paper.segment_flows("KOSPI"),
        paper.board_days("KOSPI", day, day),
        paper.programs("005930"),
        paper.program_days("005930", day, day),
        paper.board_programs("KOSPI"),
        paper.board_program_days("KOSPI", day, day),
        paper.programs_by_investor("KOSPI"),
    ):
        with pytest.raises(NotOffered, match="not offered on paper"):
            await asking
    assert desk.asked == []
