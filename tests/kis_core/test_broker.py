"""One account at the broker: three answers to an order, whole answers to a question."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kis_core.broker import NOT_SENT, KisBroker
from kis_core.environment import Account, Environment
from kis_core.errors import NotOffered, Refused, ReplyError, Unreachable, WrongEnvironment
from kis_core.wire.account import (
    Accepted,
    BuyingPower,
    Declined,
    NewOrder,
    OrderChange,
    OrderType,
    Sellable,
    Unknown,
)
from kis_core.wire.accounts.reservations import NewReservation, Reservation, Reserved
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


async def test_a_date_has_its_order_types(desk: Desk, house: House) -> None:
    after = NewOrder("005930", "BUY", 1, OrderType.AFTER_LIMIT, 71_900)
    async with house.rest() as rest:  # on 2025-11-12, ten months too early
        outcome = await KisBroker(rest, ACCOUNT).place(after)
    assert outcome == Declined("EGW02006", "AFTER_LIMIT was not taken before 2026-09-14: use LIMIT")
    assert desk.asked == []


async def test_an_old_host_is_spoken_to_in_the_old_way(
    desk: Desk, house: House, reply_of: Sample
) -> None:
    desk.says("order-cash", TAKEN)
    desk.says("order-rvsecncl", TAKEN)
    desk.says("inquire-psbl-rvsecncl", reply_of("/trading/inquire-psbl-rvsecncl"))
    desk.says("inquire-daily-ccld", reply_of("/trading/inquire-daily-ccld"))
    elsewhere = NewOrder("005930", "BUY", 10, OrderType.LIMIT, 71_900, "SOR")
    async with house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT, old_tr_ids=True)
        assert isinstance(await broker.place(BUY), Accepted)
        assert isinstance(await broker.change(CANCEL), Accepted)
        assert isinstance(await broker.place(elsewhere), Declined)
        assert len(await broker.open_orders()) == 2
        assert len(await broker.history("2025-11-12")) == 2
    asked = [a for a in desk.asked if "/trading/" in a.path]
    assert [a.headers["tr_id"] for a in asked] == [
        "TTTC0802U",
        "TTTC0803U",
        "TTTC8036R",
        "TTTC8001R",
    ]
    assert all("EXCG_ID_DVSN_CD" not in (a.body or a.query) for a in asked)


async def test_on_paper_the_history_and_the_balance_stand_in(
    desk: Desk, paper_house: House, reply_of: Sample
) -> None:
    page = reply_of("/trading/inquire-daily-ccld")
    resting = page["output1"][0] | {"rjct_qty": "0", "rmn_qty": "10"}
    desk.says("inquire-daily-ccld", {**page, "output1": [resting, page["output1"][1]]})
    desk.says("inquire-balance", reply_of("/v1/trading/inquire-balance"))
    async with paper_house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        (order,) = await broker.open_orders()
        told = await broker.sellable("009150")
    assert (order.broker_id, order.changeable) == ("0001568197", 10)
    assert (told.shares, told.sellable) == (1_657, 1_611)
    (asked,) = desk.calls("inquire-daily-ccld")
    assert (asked.headers["tr_id"], asked.query["INQR_STRT_DT"]) == ("VTTC0081R", "20251112")


async def test_on_real_accounts_they_are_asked_for(
    desk: Desk, house: House, reply_of: Sample
) -> None:
    page = reply_of("/trading/inquire-psbl-rvsecncl")
    more = {**page, "ctx_area_nk100": "a".ljust(100), "output": page["output"][:1]}
    last = {**page, "output": page["output"][1:]}
    desk.says("inquire-psbl-rvsecncl", Said(more, tr_cont="M"), Said(last, tr_cont="E"))
    desk.says("inquire-psbl-sell", reply_of("/trading/inquire-psbl-sell"))
    async with house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        assert [order.symbol for order in await broker.open_orders()] == ["009150", "009150"]
        assert await broker.sellable("005930") == Sellable(
            "005930", "삼성전자", 1_744, 1_744, 54_388.4874
        )


async def test_a_span_over_three_months_is_one_list(
    desk: Desk, house: House, reply_of: Sample
) -> None:
    page = reply_of("/trading/inquire-daily-ccld")
    older = [row | {"ord_dt": "20250603"} for row in page["output1"]]
    desk.says("inquire-daily-ccld", {**page, "output1": older}, page)
    async with house.rest() as rest:
        rows = await KisBroker(rest, ACCOUNT).histories(date(2025, 6, 1), date(2025, 11, 12))
    assert [row.date for row in rows] == ["2025-06-03"] * 2 + ["2022-01-03"] * 2
    tr_ids = [asked.headers["tr_id"] for asked in desk.calls("inquire-daily-ccld")]
    assert tr_ids == ["CTSC9215R", "TTTC0081R"]


RESERVE = NewReservation("005930", "BUY", 3, OrderType.LIMIT, 70_000)


async def reservation_of(desk: Desk, broker: KisBroker) -> Reservation:
    row = {
        "rsvn_ord_seq": "39607",
        "rsvn_ord_ord_dt": "20251113",
        "rsvn_ord_rcit_dt": "20251112",
        "pdno": "005930",
        "sll_buy_dvsn_cd": "02",
        "ord_dvsn_cd": "00",
        "ord_rsvn_qty": "3",
        "ord_rsvn_unpr": "70000",
        "tot_ccld_qty": "0",
        "tot_ccld_amt": "0",
    }
    desk.says("order-resv-ccnl", {"rt_cd": "0", "msg_cd": "KIOK0460", "output": [row]})
    (told,) = await broker.reservations(date(2025, 11, 12), date(2025, 11, 13))
    return told


async def test_a_reservation_is_placed_changed_and_taken_back(
    desk: Desk, house: House, reply_of: Sample
) -> None:
    desk.says("order-resv", reply_of("/trading/order-resv"))
    desk.says("order-resv-rvsecncl", reply_of("/trading/order-resv-rvsecncl"))
    async with house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        assert await broker.reserve(RESERVE) == Reserved("39607")
        told = await reservation_of(desk, broker)
        assert await broker.change_reservation(told, RESERVE) == Reserved("39607")
        assert await broker.change_reservation(told) == Reserved("39607")
    tr_ids = [asked.headers["tr_id"] for asked in desk.calls("order-resv-rvsecncl")]
    assert tr_ids == ["CTSC0013U", "CTSC0009U"]


async def test_a_reservation_has_three_answers_and_is_sent_once(
    desk: Desk, house: House, paper_house: House
) -> None:
    not_done = {"rt_cd": "0", "msg_cd": "KIOK0430", "output": {"NRML_PRCS_YN": "N"}}
    desk.says("order-resv", Said(cut=0), refused("APBK0919"))
    desk.says("order-resv-rvsecncl", not_done)
    async with house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        assert isinstance(await broker.reserve(RESERVE), Unknown)
        assert await broker.reserve(RESERVE) == Declined("APBK0919", "아니오")
        told = await reservation_of(desk, broker)
        assert isinstance(await broker.change_reservation(told), Unknown)
    assert len(desk.calls("order-resv")) == 2
    async with paper_house.rest() as rest:
        outcome = await KisBroker(rest, ACCOUNT).reserve(RESERVE)
    assert isinstance(outcome, Declined)
    assert outcome.code == "EGW02006"
    assert len(desk.calls("order-resv")) == 2


async def test_statements_are_asked_page_by_page(
    desk: Desk, house: House, reply_of: Sample
) -> None:
    first, last = date(2025, 11, 1), date(2025, 11, 12)
    days = reply_of("/trading/inquire-period-profit")
    more = {**days, "ctx_area_nk100": "a".ljust(100)}
    desk.says("inquire-period-profit", Said(more, tr_cont="F"), Said(days, tr_cont="D"))
    desk.says("period-rights", reply_of("/trading/period-rights"))
    balance = reply_of("/v1/trading/inquire-balance")
    profit = {"rlzt_pfls": "7", "real_evlu_pfls": "0"}
    desk.says("inquire-balance-rlz-pl", {**balance, "output2": [balance["output2"][0] | profit]})
    desk.says("inquire-period-trade-profit", {"rt_cd": "7", "msg_cd": "KIOK0560", "msg1": ""})
    async with house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        assert len((await broker.daily_profit(first, last)).days) == 2
        assert (await broker.trade_profit(first, last)).rows == ()
        assert (await broker.realized_balance()).realized_krw == 7
        assert [right.name for right in await broker.rights(first, last)] == ["비트나인"]


async def test_paper_has_no_statements(desk: Desk, paper_house: House) -> None:
    async with paper_house.rest() as rest:
        broker = KisBroker(rest, ACCOUNT)
        days = (date(2025, 11, 1), date(2025, 11, 12))
        for ask in (
            broker.daily_profit(*days),
            broker.trade_profit(*days),
            broker.rights(*days),
            broker.realized_balance(),
            broker.assets(),
            broker.margin(),
        ):
            with pytest.raises(NotOffered, match="not offered on paper"):
                await ask
    assert desk.asked == []


async def test_an_account_of_another_environment_is_refused(house: House, tmp_path: Path) -> None:
    async with house.rest() as rest:
        with pytest.raises(WrongEnvironment):
            KisBroker(rest, Account(Environment.REAL, "12345678"))
