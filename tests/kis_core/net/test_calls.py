"""Any call of the catalog is asked by its name; its pages come back as one typed answer."""

from datetime import date
from typing import Any

import pytest

from kis_core.errors import NotOffered, Refused, ReplyError
from kis_core.net.calls import KisCalls
from tests.kis_core.net.desk import Desk, House, Said

pytestmark = pytest.mark.anyio

OK = {"rt_cd": "0", "msg_cd": "KIOK0510", "msg1": "조회가 완료되었습니다"}


@pytest.fixture
async def calls(house: House) -> Any:
    async with house.rest() as rest:
        yield KisCalls(rest)


async def test_a_call_is_asked_with_all_of_its_keys(desk: Desk, calls: KisCalls) -> None:
    row = {"hts_kor_isnm": "삼성전자", "mksc_shrn_iscd": "005930", "acml_vol": "17"}
    desk.says("volume-rank", {**OK, "output": [row]})
    reply = await calls.ask("domestic_stock.volume_rank", FID_INPUT_ISCD="0000")
    assert (reply.rows[0]["mksc_shrn_iscd"], reply.rows[0]["acml_vol"]) == ("005930", 17)
    assert reply.rows[0]["avrg_vol"] is None
    (asked,) = desk.calls("volume-rank")
    assert (asked.method, asked.path) == ("GET", "/uapi/domestic-stock/v1/quotations/volume-rank")
    assert asked.headers["tr_id"] == "FHPST01710000"
    assert asked.query["FID_COND_SCR_DIV_CODE"] == "20171"  # always that screen
    assert asked.query["FID_INPUT_ISCD"] == "0000"
    assert asked.query["FID_TRGT_EXLS_CLS_CODE"] == ""  # there, and blank
    assert len(asked.query) == 11


@pytest.mark.parametrize(
    ("style", "name", "path", "field"),
    [
        ("100", "domestic_stock.inquire_period_profit", "inquire-period-profit", "trad_dt"),
        ("200", "domestic_stock.order_resv_ccnl", "order-resv-ccnl", "rsvn_ord_ord_dt"),
        ("", "domestic_stock.chk_holiday", "chk-holiday", "bass_dt"),
    ],
)
async def test_pages_of_each_style_are_joined(
    desk: Desk, calls: KisCalls, style: str, name: str, path: str, field: str
) -> None:
    output = "output1" if style == "100" else "output"
    for number, flag in ((1, "F"), (2, "M"), (3, "D")):
        cursor = {f"ctx_area_fk{style}": "who^ ", f"ctx_area_nk{style}": f"{number}  "}
        body = {**OK, **cursor, output: [{field: f"2026010{number}"}]}
        if style == "100":
            body["output2"] = {"tot_qty": str(number)}
        desk.says(path, Said(body, tr_cont=flag))
    reply = await calls.ask(name)
    assert [row[field] for row in reply.rows] == [date(2026, 1, day) for day in (1, 2, 3)]
    if style == "100":
        assert reply.row["tot_qty"] == 3  # the sums stand at the end
    asked = desk.calls(path)
    assert [a.headers["tr_cont"] for a in asked] == ["", "N", "N"]
    assert [a.query[f"CTX_AREA_NK{style}"] for a in asked] == ["", "1  ", "2  "]
    assert asked[1].query[f"CTX_AREA_FK{style}"] == "who^ "


async def test_what_paper_lacks_is_refused_before_anything_is_sent(
    desk: Desk, paper_house: House
) -> None:
    async with paper_house.rest() as rest:
        with pytest.raises(NotOffered, match="rank the master file's symbols"):
            await KisCalls(rest).ask("domestic_stock.volume_rank")
    assert desk.asked == []


async def test_what_paper_has_is_asked_with_its_id(desk: Desk, paper_house: House) -> None:
    desk.says("inquire-psbl-order", {**OK, "output": {"ord_psbl_cash": "17"}})
    async with paper_house.rest() as rest:
        reply = await KisCalls(rest).ask("domestic_stock.inquire_psbl_order", CANO="12345678")
    assert reply.row["ord_psbl_cash"] == 17
    assert desk.calls("inquire-psbl-order")[0].headers["tr_id"] == "VTTC8908R"


@pytest.mark.parametrize(
    ("name", "keys", "told"),
    [
        ("domestic_stock.inquire_pirce", {}, "domestic_stock.inquire_price"),
        ("domestic_stock.inquire_price", {"SYMBOL": "005930"}, "FID_INPUT_ISCD"),
        ("domestic_stock.order_cash", {}, "orders go through the OMS"),
        ("domestic_futureoption.order_rvsecncl", {}, "orders go through the OMS"),
        ("auth.auth_token", {}, "TokenCache"),
    ],
)
async def test_what_is_no_question_of_the_catalog_is_told_so(
    desk: Desk, calls: KisCalls, name: str, keys: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        await calls.ask(name, **keys)
    assert desk.asked == []


async def test_a_refusal_can_be_told_by_its_code(desk: Desk, calls: KisCalls) -> None:
    late = {"rt_cd": "2", "msg_cd": "OPSQ2001", "msg1": "ERROR : TIME LIMIT 00:00 ~ 15:40"}
    desk.says("investor-trade-by-stock-daily", Said(late))
    with pytest.raises(Refused, match="TIME LIMIT") as refused:
        await calls.ask("domestic_stock.investor_trade_by_stock_daily")
    assert refused.value.code == "OPSQ2001"


async def test_a_page_that_is_not_what_is_documented_fails_the_whole(
    desk: Desk, calls: KisCalls
) -> None:
    cursor = {"ctx_area_fk": "", "ctx_area_nk": "1"}
    good = Said({**OK, **cursor, "output": [{"bass_dt": "20260101"}]}, tr_cont="F")
    bad = Said({**OK, **cursor, "output": [{"bass_dt": "yesterday"}]}, tr_cont="D")
    desk.says("chk-holiday", good, bad)
    with pytest.raises(ReplyError, match="chk_holiday output row 1: bass_dt 'yesterday'"):
        await calls.ask("domestic_stock.chk_holiday")
