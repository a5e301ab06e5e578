"""Orders of futures and options over HTTP: by day, by night, on paper."""

from typing import Any

import pytest

from kis_core.wire.tr_table import CALLS
from tests.broker_sim.kis.derivatives.conftest import CALL, FRONT, PUT

NIGHT, NIGHT_CHANGE, SAMPLE_CHANGE = "STTN1101U", "STTN1103U", "TTTN1103U"
NIGHT_DATES = {"STRT_ORD_DT": "20250903", "END_ORD_DT": "20250904"}


def names(call: str, output: str) -> set[str]:
    return set(CALLS[f"domestic_futureoption.{call}"].outputs[output].names)


async def held(broker: Any) -> tuple[list[dict[str, str]], dict[str, str]]:
    body = await broker.ask("inquire_balance", MGNA_DVSN="01", EXCC_STAT_CD="1")
    return body["output1"], body["output2"]


@pytest.mark.anyio
async def test_a_day_s_story_bought_listed_held_and_sold(futures: Any) -> None:
    async with futures() as broker:
        possible = await broker.ask(
            "inquire_psbl_order",
            PDNO=FRONT,
            SLL_BUY_DVSN_CD="02",
            UNIT_PRICE="430",
            ORD_DVSN_CD="01",
        )
        assert int(possible["output"]["ord_psbl_qty"]) == 11
        assert possible["output"]["lqd_psbl_qty1"] == "0"
        sent = await broker.futures_order("BUY", 2)
        assert (sent["rt_cd"], sent["msg_cd"]) == ("0", "APBK0029")
        assert set(sent["output"]) == names("order", "output")
        assert (sent["output"]["ITEM_NAME"], len(sent["output"]["ODNO"])) == ("F 202509", 10)
        await broker.move("10:00:01")
        [row] = (await broker.listed())["output1"]
        assert set(row) == names("inquire_ccnl", "output1")
        assert (row["odno"], row["orgn_odno"]) == (sent["output"]["ODNO"], "")
        assert (row["tot_ccld_qty"], row["qty"], row["nmpr_type_cd"]) == ("2", "0", "02")
        assert int(row["tot_ccld_amt"]) == round(float(row["avg_idx"]) * 2 * 250_000)
        positions, money = await held(broker)
        assert [(p["shtn_pdno"], p["sll_buy_dvsn_name"], p["cblc_qty"]) for p in positions] == [
            (FRONT, "매수", "2")
        ]
        assert set(positions[0]) == names("inquire_balance", "output1")
        assert set(money) == names("inquire_balance", "output2")
        assert positions[0]["pchs_amt"] == row["tot_ccld_amt"]
        assert money["thdt_dfpa"] == positions[0]["evlu_pfls_amt"]
        assert money["dnca_cash"] == "100000000"
        assert int(money["nxdy_dnca"]) == 100_000_000 + int(money["thdt_dfpa"]) - int(money["fee"])
        assert int(money["ord_psbl_cash"]) == int(money["nxdy_dnca"]) - int(money["mgna_tota"])
        await broker.move("11:00:00")
        closed = await broker.futures_order("SELL", 2)
        assert closed["output"]["TRAD_DVSN_NAME"] == "매도"
        await broker.move("11:00:01")
        positions, money = await held(broker)
        assert (positions[0]["cblc_qty"], positions[0]["sll_buy_dvsn_name"]) == ("0", "")
        assert positions[0]["trad_pfls_amt"] == money["futr_trad_pfls_amt"] == money["thdt_dfpa"]
        assert (money["mgna_tota"], money["evlu_pfls_amt_smtl"]) == ("0", "0")


@pytest.mark.anyio
async def test_an_option_story_told_by_every_account_call(futures: Any) -> None:
    async with futures() as broker:
        await broker.futures_order("BUY", 2, code=CALL)
        await broker.futures_order("SELL", 1, code=PUT)
        await broker.move("10:30:00")
        await broker.futures_order("SELL", 1, code=CALL)
        await broker.move("10:30:01")
        _, money = await held(broker)
        day = "20250903"
        settled = await broker.ask("inquire_balance_settlement_pl", INQR_DT=day)
        valued = await broker.ask("inquire_balance_valuation_pl", MGNA_DVSN="01", EXCC_STAT_CD="2")
        deposit = (await broker.ask("inquire_deposit"))["output"]
        fees = await broker.ask("inquire_daily_amount_fee", INQR_STRT_DAY=day, INQR_END_DAY=day)
        times = {"FUOP_TR_STRT_TMD": "101500", "FUOP_TR_END_TMD": "153000"}
        fills = await broker.ask("inquire_ccnl_bstime", ORD_DT=day, **times)
        rows = {row["pdno"]: row for row in settled["output1"]}
        assert (rows[CALL]["new_qty"], rows[CALL]["mnpl_rpch_qty"]) == ("2", "1")
        assert {row["cblc_qty1"] for row in valued["output1"]} == {"1"}
        paid, got = (int(settled["output2"][f"opt_{s}_chgs"]) for s in ("buy", "sll"))
        assert int(money["opt_dfpa"]) == got - paid == int(deposit["opt_dfpa"])
        assert int(deposit["nxdy_dnca"]) == 100_000_000 + got - paid - int(deposit["brkg_fee"])
        assert fees["output2"]["buy_agrm_amt"] == str(paid)
        assert fees["output2"]["fee_smtl"] == money["fee"] == deposit["brkg_fee"]
        assert sum(int(row["tot_fee_smtl"]) for row in fees["output1"]) == int(money["fee"])
        assert [(f["pdno"], f["ccld_qty"]) for f in fills["output1"]] == [(CALL, "1")]
        assert int(fills["output2"]["tot_ccld_qty_smtl"]) == 1
        worth = int(money["prsm_dpast"])
        assert worth == int(deposit["prsm_dpast_amt"])
        assert worth - int(money["nxdy_dnca"]) == int(settled["output2"]["opt_lqd_evlu_amt"])
        other = await broker.ask("inquire_balance_settlement_pl", INQR_DT="20250902")
        assert other["output1"] == []


@pytest.mark.anyio
async def test_a_change_gets_a_number_of_its_own_and_zero_means_all(futures: Any) -> None:
    async with futures() as broker:
        sent = (await broker.futures_order("BUY", 3, "420.00"))["output"]["ODNO"]
        await broker.move("10:00:01")
        moved = await broker.futures_change(sent, "01", UNIT_PRICE="419.50")
        assert set(moved["output"]) == names("order_rvsecncl", "output")
        assert moved["output"]["ORGN_ODNO"] == sent
        await broker.move("10:00:02")
        gone = await broker.futures_change(moved["output"]["ODNO"], "02")
        await broker.move("10:00:03")
        again = await broker.futures_change(moved["output"]["ODNO"], "02")
        assert (again["rt_cd"], again["msg_cd"]) == ("7", "APBK0344")
        rows = (await broker.listed())["output1"]
        assert [row["trad_dvsn_name"] for row in rows] == ["매수", "매수정정", "매수취소"]
        assert [row["ord_idx"] for row in rows] == ["420.00", "419.50", "419.50"]
        assert [row["orgn_odno"] for row in rows] == ["", sent, moved["output"]["ODNO"]]
        assert {row["qty"] for row in rows} == {"0"}
        assert len({sent, moved["output"]["ODNO"], gone["output"]["ODNO"]}) == 3
        newest = (await broker.listed(SORT_SQN="DS", CCLD_NCCS_DVSN="00"))["output1"]
        assert newest == rows[::-1]
        assert (await broker.listed(CCLD_NCCS_DVSN="02"))["output1"] == []
        assert (await broker.listed(STRT_ORD_DT="20250901", END_ORD_DT="20250902"))["output1"] == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"ORD_QTY": "x"}, "APMP0001"),
        ({"UNIT_PRICE": "429.955"}, "APMP0001"),
        ({"SLL_BUY_DVSN_CD": "03"}, "APMP0001"),
        ({"ORD_DVSN_CD": "99"}, "APMP0001"),
        ({"SHTN_PDNO": "101S03"}, "APBK0656"),
        ({"UNIT_PRICE": "429.97"}, "APBK0506"),
        ({"UNIT_PRICE": "463.00"}, "APBK0506"),
        ({"ORD_QTY": "500"}, "APBK0952"),
    ],
)
async def test_an_order_that_cannot_be_is_refused_with_a_code(
    futures: Any, said: dict[str, str], code: str
) -> None:
    usual = {"SHTN_PDNO": FRONT, "ORD_QTY": "1", "UNIT_PRICE": "429.95", "ORD_DVSN_CD": "01"}
    async with futures() as broker:
        body = await broker.ask("order", **({"SLL_BUY_DVSN_CD": "02"} | usual | said))
        assert (body["rt_cd"], body["msg_cd"]) == ("7", code)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"ORD_DVSN_CD": "", "NMPR_TYPE_CD": "02", "KRX_NMPR_CNDT_CD": "3"}, "시장가(IOC)"),
        ({"ORD_DVSN_CD": "", "NMPR_TYPE_CD": "04", "KRX_NMPR_CNDT_CD": "0"}, "최유리지정가"),
        ({"ORD_DVSN_CD": "14"}, "최유리(IOC)"),
        ({"ORD_DVSN_CD": "", "UNIT_PRICE": "429.95"}, "지정가"),
    ],
)
async def test_the_type_may_be_said_by_kind_and_condition(
    futures: Any, said: dict[str, str], name: str
) -> None:
    async with futures() as broker:
        usual = {"SLL_BUY_DVSN_CD": "02", "SHTN_PDNO": FRONT, "ORD_QTY": "1", "UNIT_PRICE": "0"}
        body = await broker.ask("order", **(usual | said))
        assert body["rt_cd"] == "0"
        assert (await broker.listed())["output1"][0]["nmpr_type_name"] == name


@pytest.mark.anyio
async def test_paper_writes_numbers_its_own_way_and_pages_by_fifteen(futures: Any) -> None:
    async with futures(dialect="paper", cash_krw=10**9) as broker:
        sent = await broker.futures_order("SELL", 1, "450.00")
        assert sent["msg_cd"] == "40590000"
        number = sent["output"]["ODNO"]
        assert number == "0000500001"
        for _ in range(15):
            assert (await broker.futures_order("BUY", 1, "399.00"))["msg_cd"] == "40600000"
        await broker.move("10:00:01")
        body = await broker.listed()
        assert [len(body["output1"]), broker.reply.headers["tr_cont"]] == [15, "F"]
        assert (body["output1"][0]["odno"], body["output1"][0]["orgn_odno"]) == (
            "    500001",
            "         0",
        )
        cursor = {name.upper(): body[name] for name in ("ctx_area_fk200", "ctx_area_nk200")}
        rest = await broker.listed(**cursor, tr_cont="N")
        assert [len(rest["output1"]), broker.reply.headers["tr_cont"]] == [1, "D"]
        whole = await broker.futures_change(number, "02")
        assert (whole["rt_cd"], whole["msg_cd"]) == ("1", "APMP0001")
        told = await broker.futures_change(number, "02", ORD_QTY="1")
        assert told["msg_cd"] == "40630000"
        ioc = await broker.futures_order("BUY", 1, "430.00", kind="10")
        assert ioc["msg_cd"] == "90000000"
        assert (await broker.futures_order("BUY", 1, tr_id="VTCE1001U"))["msg_cd"] == "EGW02006"
        assert (await broker.futures_order("BUY", 1, tr_id=NIGHT))["msg_cd"] == "EGW02006"


@pytest.mark.anyio
@pytest.mark.parametrize("order_tr", [NIGHT, "JTCE1001U"])
@pytest.mark.parametrize("change_tr", [NIGHT_CHANGE, SAMPLE_CHANGE, "JTCE1002U"])
async def test_a_night_s_story_under_every_name_of_its_trs(
    futures: Any, order_tr: str, change_tr: str
) -> None:
    async with futures("17:00:00") as broker:
        early = await broker.futures_order("BUY", 1, tr_id=order_tr)
        assert early["msg_cd"] == "APBK0918"
        await broker.move("18:30:00")
        bought = await broker.futures_order("BUY", 1, tr_id=order_tr)
        assert bought["rt_cd"] == "0"
        low = (
            await broker.ask("inquire_price", FID_COND_MRKT_DIV_CODE="CM", FID_INPUT_ISCD=FRONT)
        )["output1"]["futs_llam"]
        rests = (await broker.futures_order("BUY", 2, low, tr_id=order_tr))["output"]["ODNO"]
        await broker.after_midnight("00:30:00")
        whole = await broker.futures_change(rests, "02", tr_id=change_tr)
        assert whole["msg_cd"] == "APMP0001"  # at night the quantity must be said
        gone = await broker.futures_change(
            rests, "02", tr_id=change_tr, ORD_QTY="2", FUOP_ITEM_DVSN_CD="01"
        )
        assert gone["rt_cd"] == "0"
        await broker.after_midnight("00:30:01")
        rows = (await broker.ask("inquire_ngt_ccnl", SORT_SQN="AS", **NIGHT_DATES))["output1"]
        assert set(rows[0]) == names("inquire_ngt_ccnl", "output1")
        assert [(r["tot_ccld_qty"], r["qty"]) for r in rows] == [("1", "0"), ("0", "0"), ("0", "0")]
        assert rows[1]["ord_idx4"] == low
        same_day = NIGHT_DATES | {"END_ORD_DT": "20250903"}
        assert (await broker.ask("inquire_ngt_ccnl", **same_day))["output1"] == []
        options = await broker.ask("inquire_ngt_ccnl", **NIGHT_DATES, FUOP_DVSN_CD="02")
        assert options["output1"] == []
        assert (await broker.listed())["output1"] == []  # the day's list is another
        balance = await broker.ask("inquire_ngt_balance", MGNA_DVSN="01", EXCC_STAT_CD="1")
        assert [row["sll_buy_dvsn_cd"] for row in balance["output1"]] == ["02"]
        detail = await broker.ask("ngt_margin_detail", MGNA_DVSN_CD="01")
        assert detail["output3"]["brkg_mgna_tot_amt"] == balance["output2"]["mgna_tota"] != "0"
        asked = {"PDNO": FRONT, "SLL_BUY_DVSN_CD": "01", "UNIT_PRICE": "0", "ORD_DVSN_CD": "02"}
        possible = await broker.ask("inquire_psbl_ngt_order", PRDT_TYPE_CD="301", **asked)
        assert possible["output"]["lqd_psbl_qty"] == "1"


@pytest.mark.anyio
async def test_another_product_than_03_is_not_this_account(futures: Any) -> None:
    async with futures() as broker:
        body = await broker.ask("inquire_balance", ACNT_PRDT_CD="01")
        assert (body["rt_cd"], body["msg_cd"]) == ("2", "OPSQ2000")
