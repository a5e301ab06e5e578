"""Duplicate, lost and orphan orders: what the ancestor did, row by row of oms.md §10.2."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from broker_sim.exchange.orders import OrderState as AtExchange
from broker_sim.exchange.orders import Placed, Ticket
from fleet.chaos.house import KEYS
from kis_core.clock import SECOND_NS
from kis_core.environment import Account, Credentials, Endpoints, Environment, Secret
from kis_core.errors import KisError
from kis_core.net.budget import RateBudget
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache
from kis_core.wire.account import NoticeKind, OrderType
from oms.account import account_at_kis
from oms.core import records as r
from oms.core.day import next_due_ns
from oms_client import contract as c
from oms_client.contract import IntentStatus, OrderState
from tests.oms.ancestor.world import World, played
from tests.oms.core.test_risk import told_by
from tests.oms.stories import SAMSUNG, Story, of, one


@played
async def test_10_2_01_identical_submits_in_parallel_reach_the_broker_once(world: World) -> None:
    """The key was looked up before the lock and not inside it: both repeats were sent."""
    intent = world.enter()
    answers = await asyncio.gather(*(world.answer(intent) for _ in range(20)))
    await world.until(lambda: world.order().state is OrderState.FILLED)
    assert len({answer.order_ids for answer in answers}) == 1
    assert [answer.repeated for answer in answers].count(False) == 1
    assert len(world.at_exchange) == len(world.house.left.orders) == 1
    world.sound()


@pytest.mark.parametrize("when", ["in order", "killed", "killed before the answer"])
@played
async def test_10_2_02_the_same_intent_after_a_restart_is_not_sent_again(
    world: World, when: str
) -> None:
    """The answers were kept in memory alone."""
    intent = world.enter(bp=-50)
    if when == "killed before the answer":
        world.goes_wrong({"kind": "reply_late", "call": "order_cash", "seconds": 3})
    first = await world.answer(intent)
    await world.until(lambda: world.at_exchange)
    await (world.down() if when == "in order" else world.kill())
    await world.up()
    again = await world.answer(intent)
    assert again == first.model_copy(update={"repeated": True})
    await world.until(lambda: world.order().broker_id)
    await world.sleep(30)
    assert len(world.at_exchange) == len(world.house.left.orders) == 1
    world.sound()


NO_ANSWER: dict[str, dict[str, Any]] = {
    "the reply is lost": {"kind": "reply_lost"},
    "the reply is too late": {"kind": "reply_late", "seconds": 60},
    "an HTTP error, though taken": {"kind": "reply_error", "code": "EGW00302"},
    "half the JSON": {"kind": "json_cut"},
    "an HTML page": {"kind": "html_page"},
}


@pytest.mark.parametrize("fault", NO_ANSWER.values(), ids=NO_ANSWER)
@played
async def test_10_2_03_an_order_without_an_answer_is_looked_up_and_never_called_rejected(
    world: World, fault: dict[str, Any]
) -> None:
    """A time-out or an error was told as REJECTED while the order was live and nobody's."""
    world.goes_wrong({"call": "order_cash", **fault})
    assert (await world.answer(world.enter())).status is IntentStatus.APPROVED
    await world.until(lambda: world.order().state is OrderState.UNKNOWN)
    await world.until(lambda: world.order().state is OrderState.FILLED)
    assert world.order().broker_id == world.at_exchange[0].odno
    assert world.book.allocation("KMP", world.symbol).shares == world.held == 10
    assert len(world.at_exchange) == 1
    assert fault["kind"] in world.bitten
    world.sound()


@played
async def test_10_2_04_a_business_refusal_carries_the_brokers_code_and_text(world: World) -> None:
    """A refusal looked like no answer: its reason reached neither log nor result."""
    await world.hold()
    world.goes_wrong({"kind": "halt", "symbol": world.symbol, "seconds": 5})
    await world.sleep(1)
    await world.answer(c.Exit(intent_id="x", symbol=world.symbol, reason="out"))
    await world.until(lambda: world.order(1).state is OrderState.REJECTED)
    refused = world.order(1)
    assert refused.refusal_code
    assert refused.refusal_text
    (declined,) = [told for told in world.records("order_closed") if "REJECTED" in told]
    assert refused.refusal_code in declined
    assert refused.refusal_text in declined
    await world.until(lambda: world.order().state is OrderState.WORKING)  # again, once it may
    assert world.order() is not refused


@pytest.mark.parametrize("heard", ["by notice", "by history alone"])
@played
async def test_10_2_05_an_order_filled_whole_is_filled_and_its_position_has_its_stop(
    world: World, heard: str
) -> None:
    """What had left the list of open orders was booked as cancelled with nothing filled."""
    if heard == "by history alone":
        world.goes_wrong({"kind": "notice_lost", "lasting": 600})
    intent = world.enter()
    await world.answer(intent)
    await world.until(lambda: world.order().state is OrderState.FILLED)
    order, held = world.order(), world.book.allocation("KMP", world.symbol)
    assert order.filled_value_krw == world.at_exchange[0].filled_value_krw
    assert (held.shares, held.stop_krw) == (10, intent.stop_krw)
    await world.sleep(60)
    assert not world.book.listing(world.symbol).frozen
    world.sound()


@played
async def test_10_2_06_a_failed_question_about_orders_is_not_an_answer_that_there_are_none(
    world: World,
) -> None:
    """Live orders were dropped when the list could not be read."""
    intent = world.enter(bp=-200, expires_at=world.house.clock.now().replace(hour=15, minute=0))
    await world.answer(intent)
    await world.until(lambda: world.order().state is OrderState.WORKING)
    world.goes_wrong({"kind": "server_error", "call": "questions", "lasting": 40})
    await world.until(lambda: world.book.failures.get("history", 0) >= 2)
    assert world.order().state is OrderState.WORKING
    assert world.book.listing(world.symbol).exposure_krw > 0  # still reserved
    await world.until(lambda: not world.book.failures.get("history"), within_s=300)
    assert world.order().state is OrderState.WORKING
    assert world.at_exchange[0].remaining == 10
    world.sound()


@played(dialect="paper")
async def test_10_2_07_on_paper_a_resting_order_is_followed_to_its_end(world: World) -> None:
    """Paper has no list of open orders: a limit order was forgotten after ten seconds."""
    await world.answer(world.enter(bp=-200))
    await world.until(lambda: world.order().state is OrderState.WORKING)
    await world.sleep(100)
    assert world.order().state is OrderState.WORKING
    assert world.at_exchange[0].remaining == 10
    await world.until(lambda: world.order().state is OrderState.CANCELLED)  # after its 120 s
    assert world.at_exchange[0].state is AtExchange.CANCELLED
    world.sound()


@pytest.mark.parametrize("kind", ["server_error", "request_lost", "json_cut"])
@played
async def test_10_2_08_a_failed_balance_wipes_nothing(world: World, kind: str) -> None:
    """It was read as no money and no shares: allocations were deleted, the database's too."""
    await world.hold()
    equity_krw = world.book.equity_krw
    read = world.book.balance_ns
    world.goes_wrong({"kind": kind, "call": "inquire_balance", "lasting": 60})
    await world.until(lambda: world.book.failures.get("balance", 0) >= 2)
    assert world.book.equity_krw == equity_krw
    assert world.book.allocation("KMP", world.symbol).shares == 10
    assert world.book.allocation("KMP", world.symbol).stop_krw
    await world.until(
        lambda: (
            (world.book.balance_ns or 0) > (read or 0) and not world.book.failures.get("balance")
        )
    )
    assert not world.book.listing(world.symbol).frozen
    assert world.records("drift_seen") == []
    world.sound()


PAGE_TWO = {
    "fails": {"kind": "page_failed"},
    "is empty": {"kind": "page_empty"},
    "is page one again": {"kind": "page_repeated"},
}


@pytest.mark.parametrize("fault", PAGE_TWO.values(), ids=PAGE_TWO)
@played(dialect="paper", symbols=25, carried=7)
async def test_10_2_09_a_balance_without_its_second_page_is_no_balance(
    world: World, fault: dict[str, Any]
) -> None:
    """What came before the error was taken for all there was."""
    await world.sleep(40)
    held = {s: i.broker_shares for s, i in world.book.listings.items()}
    assert held == dict.fromkeys(world.house.symbols, 7)
    read = world.book.balance_ns
    world.goes_wrong({**fault, "call": "inquire_balance", "lasting": 60})
    await world.until(lambda: world.book.failures.get("balance"))
    assert world.book.balance_ns == read
    assert {s: i.broker_shares for s, i in world.book.listings.items()} == held
    assert fault["kind"] in world.bitten


def test_10_2_10_an_exit_that_ended_unfilled_can_be_asked_for_again(story: Story) -> None:
    """The same reason and size was answered from a cache, and nothing was sold."""
    story.hold(10)
    first = one(story.ask("EXIT", intent_id="x1", reason="stop"), r.OrderPlanned).order_id
    number = story.answer(first)
    story.notice(
        number, 0, side="SELL", kind=NoticeKind.CANCELLED, original_id=number, change="cancel"
    )
    story.history(story.row(first, filled=0, cancelled=10, remaining=0))
    outputs = story.ask("EXIT", intent_id="x2", reason="stop")
    assert one(outputs, r.OrderPlanned).shares == 10


def test_10_2_11_what_is_left_of_a_partly_filled_exit_is_sold_once_it_ends(story: Story) -> None:
    """The remainder had the key of the first: it could not be sold at all."""
    story.hold(10)
    order_id = one(story.ask("EXIT"), r.OrderPlanned).order_id
    number = story.answer(order_id)
    story.notice(number, 4, side="SELL")
    story.history(story.row(order_id, filled=4, cancelled=6, remaining=0))
    outputs = story.wait(5).timer()
    assert one(outputs, r.OrderPlanned).shares == 6


def test_10_2_12_an_exit_refused_again_and_again_is_tried_for_as_long_as_it_takes(
    story: Story,
) -> None:
    """The fifth refusal was kept as the answer for the rest of the day."""
    story.hold(10)
    order_id = one(story.ask("EXIT"), r.OrderPlanned).order_id
    pauses = []
    for _ in range(12):
        story.declined(order_id, "EGW00201")
        due = next_due_ns(story.book, story.now_ns)
        pauses.append((due - story.now_ns) // SECOND_NS)
        story.now_ns = due
        order_id = one(story.timer(), r.OrderPlanned).order_id
    assert pauses == [5, 10, 20, 40] + [60] * 8
    story.notice(story.answer(order_id), 10, side="SELL")
    assert story.allocation().shares == 0


def test_10_2_13_two_exits_with_different_reasons_sell_what_is_held_once(story: Story) -> None:
    """Working sells were not subtracted: the second sold another strategy's shares."""
    story.hold(10)
    story.wait(91)
    story.hold(50, "KPR")
    story.ask("EXIT", reason="stall")
    again = story.ask("EXIT", reason="stop")
    assert of(again, r.OrderPlanned) == []
    assert "already selling 10" in one(again, r.IntentDecided).message
    assert story.allocation("KPR").selling == 0


def test_10_2_14_a_reduce_never_exceeds_what_the_strategy_holds_less_what_it_sells(
    story: Story,
) -> None:
    """It was capped by the shares of all strategies together, or not at all."""
    story.hold(10, "KMP")
    story.wait(91)
    story.hold(50, "KPR")
    assert one(story.ask("REDUCE", shares=7), r.OrderPlanned).shares == 7
    assert one(story.ask("REDUCE", shares=7), r.IntentDecided).approved_shares == 3
    assert one(story.ask("REDUCE", shares=7), r.IntentDecided).status == "DONE"


def test_10_2_15_a_strategy_that_buys_or_holds_a_symbol_does_not_enter_it_again(
    story: Story,
) -> None:
    """Another signal hash while the first order worked made a second buy."""
    story.enter(10, signal_hash="a")
    assert told_by(story.enter(10, signal_hash="b"))["duplicate"] == "refuse"
    story.restart()
    assert told_by(story.enter(10, signal_hash="c"))["duplicate"] == "refuse"


@pytest.mark.parametrize("told", ["notices come", "notices are lost"])
@played
async def test_10_2_16_a_fill_just_before_the_cancel_is_the_strategys(
    world: World, told: str
) -> None:
    """What filled between the last look and the cancel was lost to nobody's account."""
    intent = world.enter(bp=-200)
    await world.answer(intent)
    await world.until(lambda: world.order().state is OrderState.WORKING)
    if told == "notices are lost":
        world.goes_wrong({"kind": "notice_lost", "lasting": 600})
    world.goes_wrong({"kind": "change_raced", "call": "order_rvsecncl", "shares": 4})
    await world.answer(c.CancelOrders(intent_id="c", symbol=world.symbol, reason="no more"))
    await world.until(lambda: world.order().state is OrderState.CANCELLED)
    held = world.book.allocation("KMP", world.symbol)
    assert (world.order().filled, held.shares, world.held) == (4, 4, 4)
    assert held.stop_krw == intent.stop_krw
    world.sound()


def test_10_2_17_no_allocation_shrinks_to_what_one_balance_alone_says(story: Story) -> None:
    """One reply that said less was enough."""
    story.hold(10)
    for held in ({}, {SAMSUNG: 10}, {SAMSUNG: 4}, {}, {SAMSUNG: 10}):
        story.wait(15).balance(holdings=held)
        assert story.allocation().shares == 10
    story.wait(15).balance(holdings={SAMSUNG: 4})
    assert story.allocation().shares == 10
    changed = one(story.wait(15).balance(holdings={SAMSUNG: 4}), r.AllocationChanged)
    assert (changed.shares, changed.realised_krw) == (4, 0)  # two that agree


@played
async def test_10_2_18_each_fill_is_its_own_orders_and_a_hand_trade_is_nobodys(
    world: World,
) -> None:
    """Position changes were handed to missing orders in list order, hand trades included."""
    world.goes_wrong({"kind": "notice_lost", "lasting": 900})
    await world.answer(world.enter("a", 10, bp=-200))
    await world.until(lambda: world.order().state is OrderState.WORKING)
    await world.sleep(25)  # KMP's entry lock ends
    await world.answer(world.enter("b", 6), "KPR")
    by_hand = Ticket(world.symbol, "BUY", 10, OrderType.MARKET)
    assert isinstance(world.house.exchange.place(world.house.clock.now_ns(), by_hand), Placed)
    await world.until(lambda: world.book.allocation("KPR", world.symbol).shares == 6)
    await world.until(lambda: world.book.listing(world.symbol).drift == 10, within_s=300)
    assert world.book.allocation("KMP", world.symbol).shares == 0
    assert world.order(0).filled == 0
    (external,) = world.book.externals.values()
    assert (external.symbol, external.side, external.filled) == (world.symbol, "BUY", 10)
    assert world.book.listing(world.symbol).frozen  # shown, and no more bought until explained


def test_10_2_19_a_lost_order_takes_no_other_order_for_itself(story: Story) -> None:
    """What was adopted matched by symbol and size alone; every side read as a buy."""
    story.hold(10, "KPR")
    story.wait(91)
    theirs = one(story.ask("EXIT", "KPR"), r.OrderPlanned).order_id
    story.answer(theirs, "0000000301")
    ours = one(story.enter(10, "KMP"), r.OrderPlanned).order_id
    story.unknown(ours)
    sell = story.row(theirs, ordered_at="093131")
    hours_ago = story.row(ours, "0000000201", filled=10, ordered_at="091500")
    another_size = replace(story.row(ours, "0000000202", ordered_at="093132"), shares=11)
    another_price = replace(story.row(ours, "0000000203", ordered_at="093132"), limit_krw=69_900)
    story.wait(4).history(sell, hours_ago, another_size, another_price)
    assert story.book.orders[ours].state is OrderState.UNKNOWN
    assert story.book.orders[theirs].broker_id == "0000000301"
    found = story.row(ours, "0000000204", ordered_at="093132")
    story.wait(4).history(sell, hours_ago, found)
    assert story.book.orders[ours].broker_id == "0000000204"


@pytest.mark.parametrize("fault", [{"kind": "field_blank", "field": "ODNO"}], ids=["blank"])
@played
async def test_10_2_20_an_acceptance_without_an_order_number_is_looked_up(
    world: World, fault: dict[str, Any]
) -> None:
    """It was a success whose order had no number."""
    world.goes_wrong({**fault, "call": "order_cash"})
    await world.answer(world.enter(bp=-50))
    await world.until(lambda: world.order().state is OrderState.UNKNOWN)
    await world.until(lambda: world.order().broker_id)
    assert world.order().broker_id == world.at_exchange[0].odno
    assert len(world.at_exchange) == 1
    world.sound()


@pytest.mark.parametrize("number", [None, "", "n/a", "A1"])
def test_10_2_20_a_number_that_is_none_is_no_number(story: Story, number: str | None) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    story.tell(
        r.BrokerAnswered(
            at_ns=story.now_ns, order_id=order_id, answer="accepted", broker_id=number, branch="1"
        )
    )
    assert story.book.orders[order_id].state is OrderState.UNKNOWN


@played
async def test_10_2_21_no_answer_of_the_broker_is_told_twice(world: World) -> None:
    """Balance and orders came out of a cache of seconds; error bodies stayed in it for minutes."""
    served, keys, clock = world.house.served, KEYS, world.house.clock
    doors = Endpoints(Environment.SIM, served.rest_url, served.ws_url, "real")
    key = Credentials(Environment.SIM, keys.app_key, Secret(keys.app_secret), keys.hts_id)
    home = world.house.home
    tokens = TokenCache(doors, key, clock, home / "tokens")
    budget = RateBudget(doors, key, clock, home / "budget")
    async with KisRest(doors, key, clock, tokens, budget) as rest:
        account = account_at_kis(rest, Account(Environment.SIM, keys.account_no))
        assert (await account.balance()).holdings == ()
        await world.answer(world.enter())
        await world.until(lambda: world.held == 10, within_s=1)
        assert [line.shares for line in (await account.balance()).holdings] == [10]
        assert [row.filled for row in await account.history("2025-11-20")] == [10]
        world.goes_wrong({"kind": "reply_error", "call": "questions", "lasting": 10})
        with pytest.raises(KisError):
            await account.balance()
        await world.sleep(11)
        assert [line.shares for line in (await account.balance()).holdings] == [10]
    budget.close()


@played
async def test_10_2_22_a_cancel_is_done_when_the_exchange_says_so(world: World) -> None:
    """It counted as done once the request was taken, and its branch was a guess."""
    await world.answer(world.enter(bp=-200))
    await world.until(lambda: world.order().state is OrderState.WORKING)
    world.goes_wrong({"kind": "exchange_late", "call": "order_rvsecncl", "seconds": 20})
    await world.answer(c.CancelOrders(intent_id="c", symbol=world.symbol, reason="no more"))
    await world.until(lambda: world.records("cancel_settled"))
    assert world.order().state is OrderState.WORKING
    assert world.book.listing(world.symbol).exposure_krw > 0
    await world.until(lambda: world.order().state is OrderState.CANCELLED)
    (change,) = world.house.left.changes
    assert change.branch == world.order().branch
    world.sound()


@played
async def test_10_2_22_a_cancel_refused_because_the_order_filled_is_not_asked_again(
    world: World,
) -> None:
    """It was asked again in every round."""
    world.goes_wrong({"kind": "notice_lost", "lasting": 600})
    await world.answer(world.enter())
    await world.until(lambda: world.order().broker_id)
    await world.answer(c.CancelOrders(intent_id="c", symbol=world.symbol, reason="no more"))
    await world.until(lambda: world.order().state is OrderState.FILLED)
    await world.sleep(60)
    assert len(world.house.left.changes) <= 1
    assert world.book.allocation("KMP", world.symbol).shares == 10
    world.sound()


@played
async def test_10_2_23_a_market_exit_is_not_withdrawn_while_a_vi_holds_the_market(
    world: World,
) -> None:
    """After five seconds it was cancelled, and never sent again."""
    await world.hold()
    world.goes_wrong({"kind": "vi", "symbol": world.symbol})
    await world.sleep(1)
    await world.answer(c.Exit(intent_id="x", symbol=world.symbol, reason="stop"))
    await world.until(lambda: world.order(1).state is OrderState.WORKING)
    await world.sleep(60)
    assert world.order(1).state is OrderState.WORKING
    await world.until(lambda: world.order(1).state is OrderState.FILLED, within_s=300)
    assert world.house.left.changes == []
    assert len(world.at_exchange) == 2
    world.sound()


@played
async def test_10_2_24_what_was_cancelled_elsewhere_did_not_fill(world: World) -> None:
    """Ordered less cancellable counted as filled, whatever had become of it."""
    await world.answer(world.enter(bp=-200))
    await world.until(lambda: world.order().state is OrderState.WORKING)
    number = world.order().broker_id or ""
    by_hand = world.house.exchange.cancel(world.house.clock.now_ns(), number)
    assert isinstance(by_hand, Placed)
    await world.until(lambda: world.order().state is OrderState.CANCELLED)
    assert world.order().filled == 0
    assert world.book.allocation("KMP", world.symbol).shares == world.held == 0
    world.sound()
