"""Exits: nothing but an empty hand stops them."""

from collections.abc import Callable

import pytest

from kis_core.clock import SECOND_NS
from kis_core.wire.account import NoticeKind
from oms.core import records as r
from oms.core.day import next_due_ns
from oms_client.contract import OrderState
from tests.oms.stories import HYNIX, SAMSUNG, Story, at, of, one


def block(story: Story, how: str) -> None:
    match how:
        case "safe mode":
            story.operator("safe_mode", enabled=True)
        case "halt":
            story.tell(
                r.MarksTaken(at_ns=story.now_ns, marks=(r.Mark(SAMSUNG, 60_000, story.now_ns + 1),))
            )
            story.balance(94_000_000, {SAMSUNG: 10})
            assert story.book.halt_entries
        case "vi":
            story.trade(70_000, in_auction=True)
            assert story.book.listing(SAMSUNG).cooldown_until_ns > story.now_ns
        case "pause":
            story.operator("pause_strategy", strategy_id="KMP")
        case "drift":
            story.wait(6).balance(holdings={SAMSUNG: 15})
            story.wait(15).balance(holdings={SAMSUNG: 15})
            assert story.book.listing(SAMSUNG).frozen
        case "failed queries":
            for _ in range(9):
                story.tell(r.QueryFailed(at_ns=story.now_ns, query="balance", error="X", text="x"))
        case "old balance":
            story.wait(3_000)


@pytest.mark.parametrize(
    "how", ["safe mode", "halt", "vi", "pause", "drift", "failed queries", "old balance"]
)
def test_an_exit_goes_out_whatever_stops_entries(story: Story, how: str) -> None:
    story.hold(10)
    story.wait(1)
    block(story, how)
    outputs = story.ask("EXIT")
    assert one(outputs, r.IntentDecided).status == "APPROVED"
    order = one(outputs, r.OrderPlanned)
    assert (order.side, order.shares, order.order_type) == ("SELL", 10, "01")
    assert one(outputs, r.OrderSent)
    assert one(story.enter(1), r.IntentDecided).status in ("DEFERRED", "REFUSED")


def test_market_sells_are_not_withdrawn_after_some_seconds(story: Story) -> None:
    story.hold(10)
    order_id = one(story.ask("EXIT"), r.OrderPlanned).order_id
    story.answer(order_id)
    for _ in range(30):
        assert of(story.wait(60).timer(), r.CancelPlanned) == []
    assert story.book.orders[order_id].state is OrderState.WORKING


def test_an_exit_while_the_entry_still_works_cancels_it_and_sells_what_it_had(
    story: Story,
) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    number = story.answer(order_id)
    story.notice(number, 4)
    outputs = story.ask("EXIT")
    assert one(outputs, r.OrderPlanned).shares == 4
    assert one(outputs, r.CancelPlanned).order_id == order_id
    late = story.notice(number, 2, at_text="093005")  # the cancel lost part of the race
    assert one(late, r.OrderPlanned).shares == 2


def test_an_exit_without_anything_is_refused_in_a_sentence(story: Story) -> None:
    decided = one(story.ask("EXIT"), r.IntentDecided)
    assert (decided.status, decided.message) == ("REFUSED", "No allocation to exit")


def test_an_exit_outside_the_session_waits_for_the_next_intake(
    story_of: Callable[..., Story],
) -> None:
    story = story_of()
    story.hold(10)
    story.at("15:31")
    decided = one(story.ask("EXIT"), r.IntentDecided)
    assert decided.status == "DEFERRED"


def test_a_limit_of_a_sell_is_rounded_up_to_the_tick(story: Story) -> None:
    story.hold(10)
    assert one(story.ask("EXIT", limit_krw=71_010), r.OrderPlanned).limit_krw == 71_100


# Protective stops


def test_a_live_trade_at_the_stop_sells_once(story: Story) -> None:
    story.hold(10)
    outputs = story.trade(68_000)
    assert one(outputs, r.StopFired).stop_krw == 68_000
    order = one(outputs, r.OrderPlanned)
    assert (order.side, order.shares, order.order_id) == (
        "SELL",
        10,
        one(outputs, r.StopFired).order_id,
    )
    assert of(story.trade(67_900), r.OrderPlanned) == []


@pytest.mark.parametrize("stale", ["at_ns", "arrived_ns"])
def test_a_stale_price_fires_no_stop(story: Story, stale: str) -> None:
    story.hold(10)
    assert story.trade(60_000, **{stale: story.now_ns - 31 * SECOND_NS}) == []


def test_a_stop_sells_what_is_held_less_what_is_selling(story: Story) -> None:
    story.hold(10)
    story.answer(one(story.ask("REDUCE", shares=4), r.OrderPlanned).order_id)
    assert one(story.trade(67_000), r.OrderPlanned).shares == 6


def test_a_stop_takes_a_working_limit_sell_back_and_sells_it_at_the_market(story: Story) -> None:
    story.hold(10)
    limit = one(story.ask("EXIT", limit_krw=75_000), r.OrderPlanned).order_id
    number = story.answer(limit)
    outputs = story.trade(67_000)
    assert one(outputs, r.CancelPlanned).order_id == limit
    taken_back(story, number, 10)
    done = story.history(story.row(limit, filled=0, cancelled=10, remaining=0))
    order = one(done, r.OrderPlanned)
    assert (order.shares, order.order_type) == (10, "01")


def taken_back(story: Story, number: str, shares: int) -> list[r.AnyOutput]:
    """The exchange says that a sell is cancelled."""
    return story.notice(
        "0000009001",
        shares,
        side="SELL",
        kind=NoticeKind.CANCELLED,
        original_id=number,
        change="cancel",
    )


def test_a_sell_taken_back_is_followed_by_what_the_history_leaves_of_it(story: Story) -> None:
    # its fill notice was lost: were 10 sold now, 4 would be somebody else's
    story.hold(10)
    limit = one(story.ask("EXIT", limit_krw=75_000), r.OrderPlanned).order_id
    number = story.answer(limit)
    story.trade(67_000)
    assert of(taken_back(story, number, 6), r.OrderPlanned) == []
    done = story.history(story.row(limit, filled=4, cancelled=6, remaining=0))
    assert one(done, r.OrderPlanned).shares == 6
    assert story.allocation().shares == 6


def test_a_balance_between_a_cancel_and_the_history_shrinks_nothing(story: Story) -> None:
    story.hold(10)
    limit = one(story.ask("EXIT", limit_krw=75_000), r.OrderPlanned).order_id
    number = story.answer(limit)
    story.ask("CANCEL_ORDERS")
    taken_back(story, number, 6)
    for _ in range(3):
        story.wait(15).balance(holdings={SAMSUNG: 6})
    assert story.allocation().shares == 10
    story.history(story.row(limit, filled=4, cancelled=6, remaining=0))
    assert story.allocation().shares == 6


def test_a_moved_stop_holds_for_the_shares_that_fill_later(story: Story) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    number = story.answer(order_id)
    story.notice(number, 4)
    story.ask("MODIFY_RISK", stop_krw=69_000)
    story.notice(number, 6, at_text="093001")
    assert story.allocation().stop_krw == 69_000


def test_a_stop_survives_a_restart(story: Story) -> None:
    story.hold(10)
    story.wait(5).restart()
    story.wait(1)
    assert one(story.trade(67_900), r.OrderPlanned).shares == 10


def test_a_stop_reached_while_the_market_is_closed_sells_at_the_next_intake(
    story: Story,
) -> None:
    story.hold(10)
    story.at("15:30:05")
    outputs = story.trade(67_000)
    assert of(outputs, r.OrderPlanned) == []
    story.at("23:59").now_ns += at("00:02") - at("00:00")
    story.timer()
    assert story.book.date == "2025-11-21"
    story.now_ns = next_due_ns(story.book, story.now_ns)
    assert story.now_ns == at("08:30") + 86_400 * SECOND_NS
    assert one(story.timer(), r.OrderPlanned).shares == 10


# Flatten


def test_11_06_flatten_cancels_buys_first_then_sells_everything_and_ends_by_itself(
    story: Story,
) -> None:
    story.hold(10, "KMP")
    story.hold(5, "KPR", symbol=HYNIX)
    buy = one(story.wait(1).enter(3, "KPR", symbol="035420"), r.OrderPlanned).order_id
    buy_number = story.answer(buy)
    story.operator("safe_mode", enabled=True)
    outputs = story.operator("flatten_all")
    kinds = [type(o) for o in outputs if isinstance(o, r.CancelPlanned | r.OrderPlanned)]
    assert kinds == [r.CancelPlanned, r.OrderPlanned, r.OrderPlanned]
    assert story.book.flattening
    for order in of(outputs, r.OrderPlanned):
        number = story.answer(order.order_id)
        story.notice(number, order.shares, side="SELL", symbol=order.symbol)
    assert story.book.flattening  # the buy is not gone yet
    story.notice(
        "0000009001", 3, kind=NoticeKind.CANCELLED, original_id=buy_number, change="cancel"
    )
    story.history(story.row(buy, filled=0, cancelled=3, remaining=0))
    assert not story.book.flattening
    assert story.book.halt_entries  # until somebody resumes, or the day is over


def test_a_fill_that_comes_after_the_flatten_is_sold_too(story: Story) -> None:
    number = story.answer(one(story.enter(10), r.OrderPlanned).order_id)
    story.operator("flatten_all")
    assert one(story.notice(number, 10), r.OrderPlanned).side == "SELL"


def test_flatten_sells_shares_that_no_strategy_owns(story: Story) -> None:
    story.wait(1).balance(holdings={HYNIX: 7})
    story.wait(15).balance(holdings={HYNIX: 7})
    outputs = story.operator("flatten_all")
    order = one(outputs, r.OrderPlanned)
    assert (order.strategy_id, order.shares) == (r.UNALLOCATED, 7)
    assert of(story.operator("flatten_all"), r.OrderPlanned) == []  # repeatable, never twice
    story.notice(story.answer(order.order_id), 7, side="SELL", symbol=HYNIX)
    assert story.book.flattening  # until the broker says that they are gone
    story.wait(6).balance()
    assert not story.book.flattening


def test_11_06_a_flatten_waits_for_what_could_not_be_compared_while_orders_worked(
    story: Story,
) -> None:
    number = story.answer(one(story.enter(3, symbol=HYNIX), r.OrderPlanned).order_id)
    for _ in range(2):
        story.wait(15).balance(holdings={HYNIX: 7})
    buy = story.book.by_broker[int(number)].order_id
    assert story.book.listing(HYNIX).unallocated == 0
    story.operator("flatten_all")
    story.history(story.row(buy, filled=0, cancelled=3, remaining=0))
    assert story.book.flattening
    for _ in range(2):
        story.wait(15).balance(holdings={HYNIX: 7})
    assert next_due_ns(story.book, story.now_ns) == story.now_ns
    sale = one(story.timer(), r.OrderPlanned)
    assert (sale.strategy_id, sale.shares) == (r.UNALLOCATED, 7)
    assert next_due_ns(story.book, story.now_ns) > story.now_ns


def test_11_06_a_second_flatten_the_same_day_sells_again(story: Story) -> None:
    story.hold(10)
    first = one(story.operator("flatten_all"), r.OrderPlanned)
    story.notice(story.answer(first.order_id), 10, side="SELL")
    story.operator("resume_entries")
    story.hold(10)
    assert one(story.operator("flatten_all"), r.OrderPlanned).shares == 10


def test_a_strategys_own_flatten_leaves_the_other_strategy_alone(story: Story) -> None:
    story.hold(10, "KMP")
    story.wait(91)
    story.hold(5, "KPR")
    outputs = story.ask("FLATTEN", "KMP", symbol=None)
    assert one(outputs, r.OrderPlanned).strategy_id == "KMP"
    assert one(outputs, r.IntentDecided).order_ids == (one(outputs, r.OrderPlanned).order_id,)
    assert story.allocation("KPR").exit_why is None
