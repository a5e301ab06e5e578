"""A futures and options account: three answers to an order, whole answers to a question."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kis_core.derivatives_broker import KisDerivativesBroker
from kis_core.environment import Account, Environment
from kis_core.errors import NotOffered, Refused, ReplyError, Unreachable, WrongEnvironment
from kis_core.wire.account import Accepted, Declined, Unknown
from kis_core.wire.derivatives.derivative_account import (
    DerivativeChange,
    DerivativeOrderType,
    NewDerivativeOrder,
)
from tests.kis_core.net.conftest import clock, desk, house, paper_house
from tests.kis_core.net.desk import Desk, House, Said
from tests.kis_core.wire.bodies import filled

pytestmark = pytest.mark.anyio
__all__ = ["clock", "desk", "house", "paper_house"]  # the fixtures of next door

FUOP = "domestic_futureoption"
ACCOUNT = Account(Environment.SIM, "12345678", "03")
LIMIT = DerivativeOrderType.LIMIT
BUY = NewDerivativeOrder("A01612", "BUY", 2, LIMIT, Decimal("1098.05"))
CANCEL = DerivativeChange("0000000007", "A01612", LIMIT, 2)
AT_NIGHT = NewDerivativeOrder("A01612", "SELL", 1, DerivativeOrderType.MARKET, None, "night")
DAY = date(2026, 9, 30)
OUTPUT = filled(f"{FUOP}.order", "output", ODNO="7", ORD_GNO_BRNO="06010", ORD_TMD="100501")
TAKEN: dict[str, Any] = {
    "rt_cd": "0",
    "msg_cd": "APBK0029",
    "msg1": "주문 전송 완료",
    "output": OUTPUT,
}


def refused(code: str, status: int = 200) -> Said:
    return Said({"rt_cd": "1", "msg_cd": code, "msg1": "아니오"}, status)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Said(TAKEN), Accepted("0000000007", "06010", "100501")),
        (refused("APBK0952"), Declined("APBK0952", "아니오")),
        (refused("EGW00201", 500), Declined("EGW00201", "아니오")),
        (refused("EGW00302", 500), Unknown("HTTP 500 EGW00302: 아니오")),
    ],
)
async def test_an_order_has_three_answers(
    desk: Desk, house: House, answer: Said, outcome: object
) -> None:
    desk.says("order", answer)
    desk.says("order-rvsecncl", answer)
    async with house.rest() as rest:
        broker = KisDerivativesBroker(rest, ACCOUNT)
        assert await broker.place(BUY) == outcome
        assert await broker.change(CANCEL) == outcome


@pytest.mark.parametrize(
    "answer",
    [
        Said(cut=0),
        Said("<html>", 502),
        Said({**TAKEN, "output": {}}),
        Said({**TAKEN, "output": {"ODNO": "x"}}),
    ],
    ids=["hung up", "rubbish", "no number", "not a number"],
)
async def test_an_order_whose_number_nobody_knows_is_unknown_and_sent_once(
    desk: Desk, house: House, answer: Said
) -> None:
    desk.says("order", answer)
    async with house.rest() as rest:
        assert isinstance(await KisDerivativesBroker(rest, ACCOUNT).place(BUY), Unknown)
    assert len(desk.calls("order")) == 1


async def test_an_order_that_never_left_is_declined(desk: Desk, house: House) -> None:
    desk.says("tokenP", Said({"error_code": "EGW00103", "error_description": ""}, 403))
    async with house.rest() as rest:
        outcome = await KisDerivativesBroker(rest, ACCOUNT).place(BUY)
    assert isinstance(outcome, Declined)
    assert outcome.code == "UNREACHABLE"
    assert desk.calls("order") == []


async def test_day_and_night_have_tr_ids_of_their_own(desk: Desk, house: House) -> None:
    desk.says("order", TAKEN)
    async with house.rest() as rest:
        await KisDerivativesBroker(rest, ACCOUNT).place(BUY)
        await KisDerivativesBroker(rest, ACCOUNT).place(AT_NIGHT)
        await KisDerivativesBroker(rest, ACCOUNT, old_tr_ids=True).place(AT_NIGHT)
    asked = desk.calls("order")
    assert [a.headers["tr_id"] for a in asked] == ["TTTO1101U", "STTN1101U", "JTCE1001U"]
    assert [a.body["SLL_BUY_DVSN_CD"] for a in asked] == ["02", "01", "01"]


async def test_what_paper_cannot_do_is_declined_without_asking(
    desk: Desk, paper_house: House
) -> None:
    ioc = NewDerivativeOrder("A01612", "BUY", 1, DerivativeOrderType.MARKET_IOC, None)
    all_of_it = DerivativeChange("7", "A01612", LIMIT)
    async with paper_house.rest() as rest:
        broker = KisDerivativesBroker(rest, ACCOUNT)
        outcomes = [await broker.place(AT_NIGHT), await broker.place(ioc)]
        outcomes.append(await broker.change(all_of_it))
        with pytest.raises(NotOffered, match="inquire_balance: its second output"):
            await broker.deposit()
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Declined)]
    assert codes == ["EGW02006", "EGW02006", "APMP0001"]
    assert desk.asked == []


def order_row(number: str, left: str) -> dict[str, str]:
    return filled(
        f"{FUOP}.inquire_ccnl",
        "output1",
        ord_dt="20260930",
        odno=number.rjust(10),
        orgn_odno="         0",
        sll_buy_dvsn_cd="02",
        pdno="A01612",
        ord_qty="5",
        qty=left,
    )


async def test_the_history_is_all_its_pages_and_says_what_is_open(desk: Desk, house: House) -> None:
    page = {"rt_cd": "0", "msg_cd": "KIOK0510", "output2": {}}
    more = {
        **page,
        "output1": [order_row("7", "0")],
        "ctx_area_fk200": "x".ljust(200),
        "ctx_area_nk200": "7".ljust(200),
    }
    last = {**page, "output1": [order_row("8", "5")]}
    first_page, last_page = Said(more, tr_cont="F"), Said(last, tr_cont="D")
    desk.answers_by(
        "inquire-ccnl", lambda asked: last_page if asked.headers["tr_cont"] else first_page
    )
    desk.says("inquire-ngt-ccnl", {"rt_cd": "7", "msg_cd": "KIOK0560", "msg1": ""})
    async with house.rest() as rest:
        broker = KisDerivativesBroker(rest, ACCOUNT)
        rows = await broker.history(DAY)
        still_open = await broker.open_orders(DAY)
        assert await broker.history(DAY, "night") == []
    assert [row.broker_id for row in rows] == ["0000000007", "0000000008"]
    assert [row.broker_id for row in still_open] == ["0000000008"]
    first, second = desk.calls("inquire-ccnl")[:2]
    assert (first.headers["tr_cont"], second.headers["tr_cont"]) == ("", "N")
    assert second.query["CTX_AREA_NK200"] == "7".ljust(200)
    (night,) = desk.calls("inquire-ngt-ccnl")
    assert (night.query["STRT_ORD_DT"], night.query["END_ORD_DT"]) == ("20260930", "20261001")


async def test_the_balance_the_room_and_the_deposit_are_read(desk: Desk, house: House) -> None:
    totals = filled(f"{FUOP}.inquire_balance", "output2", tot_dncl_amt="7")
    row = filled(f"{FUOP}.inquire_balance", "output1", shtn_pdno="A01612", sll_buy_dvsn_name="매수")
    desk.says("inquire-balance", {"rt_cd": "0", "msg_cd": "K", "output1": [row], "output2": totals})
    room = filled(f"{FUOP}.inquire_psbl_order", "output", tot_psbl_qty="3")
    desk.says("inquire-psbl-order", {"rt_cd": "0", "msg_cd": "K", "output": room})
    worth = filled(f"{FUOP}.inquire_deposit", "output", dnca_tota="9")
    desk.says("inquire-deposit", {"rt_cd": "0", "msg_cd": "K", "output": worth})
    async with house.rest() as rest:
        broker = KisDerivativesBroker(rest, ACCOUNT)
        balance = await broker.balance()
        assert (await broker.orderable(BUY)).total == 3
        assert (await broker.deposit()).deposit_krw == 9
    assert (balance.deposit_krw, [p.code for p in balance.positions]) == (7, ["A01612"])
    (asked,) = desk.calls("inquire-balance")
    assert (asked.query["CANO"], asked.query["ACNT_PRDT_CD"]) == ("12345678", "03")


async def test_statements_are_asked_of_real_accounts(
    desk: Desk, house: House, paper_house: House
) -> None:
    def said(call: str, *outputs: str) -> dict[str, Any]:
        told = {output: filled(f"{FUOP}.{call}", output) for output in outputs}
        return {"rt_cd": "0", "msg_cd": "K", "output1": [], **told}

    desk.says("inquire-balance-settlement-pl", said("inquire_balance_settlement_pl", "output2"))
    desk.says("inquire-balance-valuation-pl", said("inquire_balance_valuation_pl", "output2"))
    desk.says("inquire-daily-amount-fee", said("inquire_daily_amount_fee", "output2"))
    desk.says("inquire-ccnl-bstime", said("inquire_ccnl_bstime"))
    desk.says("ngt-margin-detail", said("ngt_margin_detail", "output3"))
    async with house.rest() as rest:
        broker = KisDerivativesBroker(rest, ACCOUNT)
        assert (await broker.settlement(DAY)).positions == ()
        assert (await broker.valuation()).positions == ()
        assert (await broker.fees(DAY, DAY)).days == ()
        assert await broker.fills(DAY) == []
        assert (await broker.night_margin()).deposit_krw == 0
    asked = len(desk.asked)
    async with paper_house.rest() as rest:
        broker = KisDerivativesBroker(rest, ACCOUNT)
        for ask in (
            broker.settlement(DAY),
            broker.valuation(),
            broker.fees(DAY, DAY),
            broker.fills(DAY),
            broker.night_margin(),
        ):
            with pytest.raises(NotOffered, match="not offered on paper"):
                await ask
    assert len(desk.asked) == asked


@pytest.mark.parametrize(
    ("answer", "error"),
    [(Said(cut=0), Unreachable), (refused("APAC0081"), Refused), (Said("x"), ReplyError)],
)
async def test_a_question_without_a_whole_answer_raises(
    desk: Desk, house: House, answer: Said, error: type[Exception]
) -> None:
    for path in ("inquire-ccnl", "inquire-balance", "inquire-psbl-order", "inquire-deposit"):
        desk.says(path, answer)
    async with house.rest() as rest:
        broker = KisDerivativesBroker(rest, ACCOUNT)
        for ask in (
            broker.history(DAY),
            broker.balance(),
            broker.orderable(BUY),
            broker.deposit(),
        ):
            with pytest.raises(error):
                await ask


async def test_an_account_of_another_kind_or_environment_is_refused(house: House) -> None:
    async with house.rest() as rest:
        with pytest.raises(ValueError, match="futures and options are 03"):
            KisDerivativesBroker(rest, Account(Environment.SIM, "12345678", "01"))
        with pytest.raises(WrongEnvironment):
            KisDerivativesBroker(rest, Account(Environment.REAL, "12345678", "03"))
