"""The account's real-only calls: profits, assets, what can be sold, credit, pensions."""

from typing import Any

import pytest

from broker_sim.exchange.account import OpeningHolding
from tests.broker_sim.kis import official

HELD = (OpeningHolding("005930", 100, 65_000.0),)
TODAY, YESTERDAY = "20250903", "20250902"


async def one(broker: Any, name: str, **over: str) -> Any:
    answer = await official.ask(broker, f"domestic_stock.{name}", **over)
    assert answer.ok, answer.body
    assert answer.body.msg1 == answer.body.msg1.rstrip().ljust(len(answer.body.msg1))
    return answer.body


async def traded(broker: Any) -> None:
    """Buy 10 at 70,100 and sell 30 at 70,000 of what cost 65,000."""
    await broker.move("09:00:15")
    await broker.order("BUY", 10)
    await broker.move("09:00:25")
    await broker.order("SELL", 30)
    await broker.move("09:00:30")


@pytest.mark.anyio
async def test_profits_of_a_day_are_those_of_its_fills(opens: Any) -> None:
    async with opens(holdings=HELD, start="09:00:05") as broker:
        await traded(broker)
        body = await one(broker, "inquire_period_trade_profit")
        fills = broker.exchange.fills()
        sold_krw = sum(f.shares * f.price_krw for f in fills if f.side == "SELL")
        bought_krw = sum(f.shares * f.price_krw for f in fills if f.side == "BUY")
        (row,) = body.output1
        assert (row["pdno"], row["buy_qty"], row["sll_qty"]) == ("005930", "10", "30")
        assert (int(row["buy_amt"]), int(row["sll_amt"])) == (bought_krw, sold_krw)
        assert int(row["fee"]) + int(row["tl_tax"]) == sum(f.cost_krw for f in fills)
        (held,) = broker.exchange.holdings()
        cost = 100 * 65_000 + bought_krw - held.cost_krw
        assert cost == pytest.approx((100 * 65_000 + bought_krw) * 30 / 110, abs=5)
        sell_cost = sum(f.cost_krw for f in fills if f.side == "SELL")
        assert int(row["rlzt_pfls"]) == sold_krw - cost - sell_cost
        assert body.output2["tot_rlzt_pfls"] == row["rlzt_pfls"]
        by_day = await one(broker, "inquire_period_profit")
        (day,) = by_day.output1
        assert (day["trad_dt"], day["rlzt_pfls"]) == (TODAY, row["rlzt_pfls"])
        balance = await one(broker, "inquire_balance_rlz_pl", INQR_DVSN="00")
        assert balance.output2[0]["rlzt_pfls"] == row["rlzt_pfls"]


@pytest.mark.anyio
async def test_other_days_and_other_stocks_have_no_profits(opens: Any) -> None:
    async with opens(holdings=HELD, start="09:00:05") as broker:
        await traded(broker)
        for over in ({"INQR_END_DT": YESTERDAY}, {"PDNO": "000660"}):
            body = await one(broker, "inquire_period_trade_profit", **over)
            assert (body.output1, body.output2["tot_qty"]) == ([], "0")
            assert body.msg_cd == "KIOK0560"


@pytest.mark.anyio
async def test_assets_stand_at_their_place_and_add_up(opens: Any) -> None:
    async with opens(holdings=HELD, start="09:00:05") as broker:
        await traded(broker)
        body = await one(broker, "inquire_account_balance")
        assert len(body.output1) == 20
        stocks, deposit, whole = (int(body.output1[at]["evlu_amt"]) for at in (0, 17, 19))
        assert stocks + deposit == whole == int(body.output2["tot_asst_amt"])
        balance = await broker.balance()
        assert balance.json()["output2"][0]["tot_evlu_amt"] == str(whole)
        weights = [float(body.output1[at]["whol_weit_rt"]) for at in (0, 17)]
        assert sum(weights) == pytest.approx(100)


@pytest.mark.anyio
async def test_what_can_be_sold_is_less_what_is_being_sold(opens: Any) -> None:
    async with opens(holdings=HELD, start="09:00:05") as broker:
        await broker.order("SELL", 40, 80_000)
        await broker.move("09:00:06")
        body = await one(broker, "inquire_psbl_sell", PDNO="005930")
        assert (body.output["cblc_qty"], body.output["ord_psbl_qty"]) == ("100", "60")
        assert body.output["pchs_avg_pric"] == "65000.0000"
        other = await one(broker, "inquire_psbl_sell", PDNO="000660")
        assert other.output["ord_psbl_qty"] == "0"


@pytest.mark.anyio
async def test_orderable_money_is_the_same_everywhere(broker: Any) -> None:
    await broker.order("BUY", 10, 69_000)
    await broker.move("09:00:06")
    margin = (await one(broker, "intgr_margin")).output
    power = (await one(broker, "inquire_psbl_order", PDNO="005930")).output
    credit = (await one(broker, "inquire_credit_psamount", PDNO="005930")).output
    assert margin["stck_cash_ord_psbl_amt"] == power["ord_psbl_cash"] + ".0000"
    assert credit["ord_psbl_cash"] == power["ord_psbl_cash"]
    assert credit["max_buy_qty"] == "0"


@pytest.mark.anyio
async def test_nothing_is_bought_on_credit(broker: Any) -> None:
    reply = await broker.post(
        "order-credit",
        "TTTC0052U",
        PDNO="005930",
        CRDT_TYPE="21",
        LOAN_DT=TODAY,
        ORD_DVSN="00",
        ORD_QTY="1",
        ORD_UNPR="70000",
    )
    assert (reply.json()["rt_cd"], reply.json()["msg_cd"]) == ("7", "APAC0081")
    assert broker.exchange.orders() == []


@pytest.mark.anyio
async def test_a_stock_account_is_no_pension(broker: Any) -> None:
    answer = await official.ask(broker, "domestic_stock.pension_inquire_balance", ACNT_PRDT_CD="29")
    assert (answer.body.rt_cd, answer.body.msg_cd) == ("2", "OPSQ2000")


@pytest.mark.anyio
async def test_business_days_surround_today_and_holidays_are_marked(broker: Any) -> None:
    times = (await one(broker, "market_time")).output1
    assert [times[f"date{n}"] for n in range(1, 6)] == [
        "20250901", "20250902", "20250903", "20250904", "20250905",
    ]  # fmt: skip
    assert (times["time"], times["s_time"], times["e_time"]) == ("090005", "084500", "154500")
    days = {
        row["bass_dt"]: row
        async for answer in official.pages(broker, "domestic_stock.chk_holiday")
        for row in answer.rows("output")
    }
    assert len(days) == 100
    assert (days["20251003"]["opnd_yn"], days["20251003"]["wday_dvsn_cd"]) == ("N", "06")
    assert (days["20250907"]["opnd_yn"], days["20250907"]["wday_dvsn_cd"]) == ("N", "01")
    assert days["20250903"]["opnd_yn"] == "Y"
