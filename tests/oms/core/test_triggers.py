"""Stop-limit orders: the venue's own where it has them, held by the OMS where not."""

from typing import Any

import pytest

from oms.core import records as r
from oms.core.day import next_due_ns
from oms.core.records import Execution
from oms_client.contract import OrderState
from tests.oms.core.test_routing import book_at, entered
from tests.oms.stories import Story, of, one

BUY_STOP = Execution("STOP_LIMIT", trigger_krw=70_500)


def held(story: Story, **fields: Any) -> r.OrderPlanned:
    fields = {"execution": BUY_STOP, "limit_krw": 70_800, "stop_krw": 68_000} | fields
    outputs = entered(story, **fields)
    assert of(outputs, r.OrderSent) == []
    order: r.OrderPlanned = one(outputs, r.OrderPlanned)
    return order


def test_where_the_venue_has_stops_the_order_leaves_with_its_condition() -> None:
    story = book_at("10:00")
    outputs = entered(story, execution=BUY_STOP, limit_krw=70_800)
    order = one(outputs, r.OrderPlanned)
    assert (order.order_type, order.trigger_krw, order.held) == ("22", 70_500, False)
    assert of(outputs, r.OrderSent)


def test_a_held_stop_is_reserved_and_leaves_at_a_trade_at_its_trigger() -> None:
    story = book_at("10:00", "paper")
    order = held(story)
    assert (order.order_type, order.held, order.limit_krw) == ("00", True, 70_800)
    assert story.book.gross_krw == 10 * 70_800
    assert of(story.trade(70_400), r.OrderSent) == []
    assert one(story.wait(1).trade(70_500), r.OrderSent).order_id == order.order_id
    story.answer(order.order_id)
    assert story.book.orders[order.order_id].state is OrderState.WORKING
    assert of(story.trade(70_600), r.OrderSent) == []  # once


def test_a_held_stop_survives_a_restart_and_moves_no_timer() -> None:
    story = book_at("10:00", "paper")
    order = held(story)
    story.restart()
    assert of(story.wait(30).timer(), r.OrderSent) == []
    assert next_due_ns(story.book, story.now_ns) > story.now_ns
    story.balance()
    assert one(story.trade(70_500), r.OrderSent).order_id == order.order_id


@pytest.mark.parametrize(
    "trouble", ["old", "auction", "halted", "unsettled", "safe mode", "cooldown"]
)
def test_a_held_buy_waits_while_an_entry_would_have_to(trouble: str) -> None:
    story = book_at("10:00", "paper")
    order = held(story)
    fields: dict[str, Any] = {}
    match trouble:
        case "old":
            fields = {"at_ns": story.now_ns - 31 * 10**9}
        case "auction":
            fields = {"in_auction": True}
        case "halted":
            fields = {"halted": True}
        case "unsettled":
            story.wait(91)
            story.unknown(one(story.enter(5, "KPR"), r.OrderPlanned).order_id)
        case "safe mode":
            story.operator("safe_mode", enabled=True)
        case "cooldown":
            story.trade(70_000, halted=True)
    assert of(story.trade(70_500, **fields), r.OrderSent) == []
    assert story.book.orders[order.order_id].state is OrderState.PLANNED


@pytest.mark.parametrize("act", ["kill", "CANCEL_ORDERS", "EXIT", "flatten_all", "cancel_order"])
def test_a_held_stop_is_withdrawn_without_a_word_to_the_broker(act: str) -> None:
    story = book_at("10:00", "paper")
    order = held(story)
    match act:
        case "kill":
            outputs = story.operator("kill", enabled=True)
        case "cancel_order":
            outputs = story.operator("cancel_order", order_id=order.order_id)
        case "flatten_all":
            outputs = story.operator("flatten_all")
        case intent:
            outputs = story.ask(intent)  # type: ignore[arg-type]
    outputs += story.wait(1).timer()
    assert one(outputs, r.OrderClosed).state == "CANCELLED"
    assert of(outputs, r.CancelPlanned) == []
    assert story.book.gross_krw == 0


def test_a_refusing_gate_ends_a_held_buy() -> None:
    story = book_at("10:00", "paper")
    order = held(story)
    story.operator("pause_strategy", strategy_id="KMP")
    closed = one(story.trade(70_500), r.OrderClosed)
    assert (closed.order_id, closed.state) == (order.order_id, "CANCELLED")
    assert "paused" in closed.why


def test_a_held_sale_leaves_at_or_below_its_trigger_whatever_stops_entries() -> None:
    story = book_at("10:00", "paper")
    story.hold(10)
    stop = Execution("STOP_LIMIT", trigger_krw=69_000)
    order = one(story.ask("REDUCE", shares=4, limit_krw=68_900, execution=stop), r.OrderPlanned)
    assert order.held
    assert story.allocation().sellable == 6
    story.operator("safe_mode", enabled=True)
    assert of(story.wait(1).trade(69_100), r.OrderSent) == []
    assert one(story.trade(69_000), r.OrderSent).order_id == order.order_id


def test_a_protective_stop_takes_the_shares_of_a_held_sale() -> None:
    story = book_at("10:00", "paper")
    story.hold(10)
    stop = Execution("STOP_LIMIT", trigger_krw=67_500)
    waiting = one(story.ask("REDUCE", shares=4, limit_krw=67_400, execution=stop), r.OrderPlanned)
    outputs = story.wait(1).trade(68_000)
    assert one(outputs, r.OrderPlanned).shares == 6
    outputs = story.wait(1).timer()
    assert one(outputs, r.OrderClosed).order_id == waiting.order_id
    assert one(outputs, r.OrderPlanned).shares == 4
    assert story.allocation().sellable == 0


def test_a_trigger_is_on_the_tick_and_never_sooner_than_asked() -> None:
    story = book_at("10:00")
    between = Execution("STOP_LIMIT", trigger_krw=70_450)
    order = one(entered(story, execution=between, limit_krw=70_800), r.OrderPlanned)
    assert order.trigger_krw == 70_500
    story = book_at("10:00")
    story.hold(10)
    order = one(story.ask("EXIT", execution=between), r.OrderPlanned)
    assert (order.trigger_krw, order.limit_krw) == (70_400, 69_800)  # 100 bp below the trigger


def test_a_trigger_above_its_limit_is_refused() -> None:
    answer = one(entered(book_at("10:00"), execution=BUY_STOP), r.IntentDecided)
    assert answer.status == "REFUSED"
    assert "above the limit" in answer.message
