"""One account at the broker: three answers to an order, whole answers to a question."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kis_core.broker import NOT_SENT, KisBroker
from kis_core.environment import Account, Environment
from kis_core.errors import Refused, ReplyError, Unreachable, WrongEnvironment
from kis_core.wire.account import (
    Accepted,
    BuyingPower,
    Declined,
    NewOrder,
    OrderChange,
    OrderType,
    Unknown,
)
from oms.core.broker import Broker
from tests.kis_core.net.conftest import clock, desk, house, paper_house
from tests.kis_core.net.desk import Desk, House, Said
from tests.kis_core.wire.conftest import reply_of

pytestmark = pytest.mark.anyio
__all__ = ["clock", "desk", "house", "paper_house", "reply_of"]  # the fixtures of next door

ACCOUNT = Account(Environment.SIM, "12345678", "01")
BUY = NewOrder("005930", "BUY", 10, OrderType.LIMIT, 71_900)
CANCEL = OrderChange("0000000007", "06010", OrderType.LIMIT)
TAKEN: dict[str, Any] = {
    "rt_cd": "0",
    "msg_cd": "APBK0013",
    "msg1": "주문 전송 완료",
    "output": {"KRX_FWDG_ORD_ORGNO": "06010", "ODNO": "7", "ORD_TMD": "100000"},
}
Sample = Callable[[str], dict[str, Any]]


def refused(code: str, status: int = 200) -> Said:
    return Said({"rt_cd": "1", "msg_cd": code, "msg1": "아니오"}, status)


def nameless(**output: str) -> Said:
    return Said({**TAKEN, "output": output})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Said(TAKEN), Accepted("0000000007", "06010", "100000")),
        (refused("APBK0952"), Declined("APBK0952", "아니오")),
        (refused("EGW00103", 403), Declined("EGW00103", "아니오")),
        (refused("EGW00201", 500), Declined("EGW00201", "아니오")),
        (refused("EGW00302", 500), Unknown("HTTP 500 EGW00302: 아니오")),
    ],
)
async def test_an_order_has_three_answers(
    desk: Desk, house: House, answer: Said, outcome: object
) -> None:
    desk.says("order-cash", answer)
    desk.says("order-rvsecncl", answer)
    async with house.rest() as rest:
        broker: Broker = KisBroker(rest, ACCOUNT)
        assert await broker.place(BUY) == outcome
        assert await broker.change(CANCEL) == outcome


@pytest.mark.parametrize(
    "answer",
    [Said(cut=0), Said("<html>", 502), nameless(), nameless(ODNO=""), nameless(ODNO="x")],
    ids=["hung up", "rubbish", "no number", "a blank number", "not a number"],
)
async def test_an_order_whose_number_nobody_knows_is_unknown_and_sent_once(
    desk: Desk, house: House, answer: Said
) -> None:
    desk.says("order-cash", answer)
    async with house.rest() as rest:
        assert isinstance(await KisBroker(rest, ACCOUNT).place(BUY), Unknown)
    assert len(desk.calls("order-cash")) == 1


async def test_an_order_that_never_left_is_declined(desk: Desk, house: House) -> None:
    desk.says("tokenP", Said({"error_code": "EGW00103", "error_description": ""}, 403))
    async with house.rest() as rest:
        outcome = await KisBroker(rest, ACCOUNT).place(BUY)
    assert isinstance(outcome, Declined)
    assert outcome.code == NOT_SENT == "UNREACHABLE"
    assert desk.calls("order-cash") == []


async def test_what_paper_cannot_do_is_declined_without_asking(
    desk: Desk, paper_house: House
) -> None:
    async with paper_house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        ioc = NewOrder("005930", "SELL", 10, OrderType.MARKET_IOC, None)
        placed = await broker.place(ioc)
        changed = await broker.change(OrderChange("7", "06010", OrderType.LIMIT, 1, venue="NXT"))
    assert isinstance(placed, Declined)
    assert isinstance(changed, Declined)
    assert (placed.code, changed.code) == ("EGW02006", "EGW02006")
    assert desk.asked == []


async def test_a_cancel_names_the_order_and_its_branch(desk: Desk, house: House) -> None:
    desk.says("order-rvsecncl", TAKEN)
    async with house.rest() as rest:
        await KisBroker(rest, ACCOUNT).change(CANCEL)
    (asked,) = desk.calls("order-rvsecncl")
    assert asked.headers["tr_id"] == "TTTC0013U"
    assert (asked.body["ORGN_ODNO"], asked.body["KRX_FWDG_ORD_ORGNO"]) == ("0000000007", "06010")
    assert (asked.body["RVSE_CNCL_DVSN_CD"], asked.body["QTY_ALL_ORD_YN"]) == ("02", "Y")


async def test_the_history_of_a_day_is_all_its_pages(
    desk: Desk, house: House, reply_of: Sample
) -> None:
    page = reply_of("/trading/inquire-daily-ccld")
    more = {**page, "ctx_area_nk100": "a".ljust(100), "output1": page["output1"][:1]}
    last = {**page, "output1": page["output1"][1:]}
    desk.says("inquire-daily-ccld", Said(more, tr_cont="F"), Said(last, tr_cont="D"))
    async with house.rest() as rest:
        rows = await KisBroker(rest, ACCOUNT).history("2025-11-12")
    assert [row.broker_id for row in rows] == ["0001568197", "0001568196"]
    first, second = desk.calls("inquire-daily-ccld")
    assert first.query["INQR_STRT_DT"] == first.query["INQR_END_DT"] == "20251112"
    assert (first.query["CANO"], first.query["ACNT_PRDT_CD"]) == ("12345678", "01")
    assert second.headers["tr_cont"] == "N"


@pytest.mark.parametrize(
    ("answer", "error"),
    [(Said(cut=0), Unreachable), (refused("APAC0081"), Refused), (Said("x"), ReplyError)],
)
async def test_a_question_without_a_whole_answer_raises(
    desk: Desk, house: House, answer: Said, error: type[Exception]
) -> None:
    for path in ("inquire-daily-ccld", "inquire-balance", "inquire-psbl-order"):
        desk.says(path, answer)
    async with house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        for ask in (broker.history("2025-11-12"), broker.balance(), broker.buying_power()):
            with pytest.raises(error):
                await ask


async def test_the_balance_and_the_buying_power_are_read(
    desk: Desk, house: House, reply_of: Sample
) -> None:
    desk.says("inquire-balance", reply_of("/v1/trading/inquire-balance"))
    desk.says("inquire-psbl-order", reply_of("/v1/trading/inquire-psbl-order"))
    async with house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        assert (await broker.balance()).total_krw == 2_106_055
        assert await broker.buying_power("005930", 70_000, OrderType.LIMIT) == BuyingPower(
            741_191_178, 107_177_377, 1_531
        )
    (asked,) = desk.calls("inquire-psbl-order")
    assert (asked.query["PDNO"], asked.query["ORD_UNPR"]) == ("005930", "70000")


async def test_an_account_of_another_environment_is_refused(house: House, tmp_path: Path) -> None:
    async with house.rest() as rest:
        with pytest.raises(WrongEnvironment):
            KisBroker(rest, Account(Environment.REAL, "12345678"))
