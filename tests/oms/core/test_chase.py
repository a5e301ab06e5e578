"""A resting order that goes after the market, step by step, to an end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market import ticks
from kis_core.wire.account import NoticeKind
from oms.core import chase
from oms.core import records as r
from oms.core.day import next_due_ns
from oms.core.order import Modify, Order
from oms.core.terms import STOCK
from tests.oms.stories import SAMSUNG, Story, of, one, some_limits

EVERY = r.Chase(every_s=5, steps=2, step_ticks=1, then="GIVE_UP")
CROSS = r.Chase(every_s=5, steps=1, step_ticks=1, then="CROSS")
PEG = r.Chase(every_s=5, steps=2, step_ticks=0, then="GIVE_UP")


def chased(story: Story, how: r.Chase = EVERY, **fields: Any) -> str:
    """Plan an order that chases, and have it accepted; returns its id."""
    values: dict[str, Any] = {
        "at_ns": story.now_ns,
        "order_id": f"20251120-{story.book.orders_today + 1:04d}",
        "intent_id": None,
        "strategy_id": "KMP",
        "symbol": SAMSUNG,
        "side": "BUY",
        "shares": 10,
        "order_type": "00",
        "limit_krw": 69_500,
        "unit_krw": 70_000,
        "cancel_at_ns": None,
        "stop_krw": 68_000,
        "market": "KOSPI",
        "reason": "test",
        "price_krw": 70_000,
        "chase": how,
        "worst_krw": 70_000,
    }
    planned = r.OrderPlanned(**(values | fields))
    outputs: list[r.AnyOutput] = [
        planned,
        r.OrderSent(at_ns=story.now_ns, order_id=planned.order_id),
    ]
    for output in outputs:
        story.book.apply(output)
    story.told.append((r.TimerFired(at_ns=story.now_ns), outputs))
    story.answer(planned.order_id)
    return planned.order_id


def timer(story: Story, *quotes: r.Quote) -> list[r.AnyOutput]:
    return story.tell(r.TimerFired(at_ns=story.now_ns, quotes=quotes))


def held(story: Story, order_id: str, number: int) -> None:
    """The exchange says that the modify under way holds, under this number."""
    order = story.book.orders[order_id]
    story.notice(
        f"{number:010d}",
        order.remaining,
        order.modify_limit_krw or 0,
        order.side,
        kind=NoticeKind.ACCEPTED,
        original_id=order.broker_id,
        change="modify",
    )


def test_a_step_follows_a_pause_and_moves_toward_the_other_side(story: Story) -> None:
    order_id = chased(story)
    assert timer(story.wait(4), story.quote(bid_krw=69_900)) == []
    planned = one(timer(story.wait(1), story.quote(bid_krw=69_900)), r.ModifyPlanned)
    assert (planned.limit_krw, planned.step) == (69_600, 1)
    assert timer(story.wait(9), story.quote()) == []  # one at a time
    held(story, order_id, 501)
    planned = one(timer(story.wait(1), story.quote()), r.ModifyPlanned)
    assert (planned.limit_krw, planned.step, planned.broker_id) == (69_700, 2, "0000000501")


def test_after_the_last_step_and_one_more_pause_it_gives_up(story: Story) -> None:
    order_id = chased(story)
    for number in (501, 502):
        timer(story.wait(5), story.quote())
        held(story, order_id, number)
    assert timer(story.wait(4), story.quote()) == []
    cancel = one(timer(story.wait(1)), r.CancelPlanned)  # for that no quote is needed
    assert (cancel.broker_id, cancel.why) == ("0000000502", "chase given up")


def test_or_it_crosses_once_within_its_limit(story: Story) -> None:
    order_id = chased(story, CROSS)
    timer(story.wait(5), story.quote())
    held(story, order_id, 501)
    quote = story.wait(5).quote(price_krw=69_800, ask_krw=69_800, bid_krw=69_700)
    planned = one(timer(story, quote), r.ModifyPlanned)
    assert planned.limit_krw == 70_000  # 20 bp above the ask would be 69,940: the tick above
    held(story, order_id, 502)
    assert timer(story.wait(60), story.quote()) == []  # it rests there until its life ends
    assert story.book.orders[order_id].is_open


def test_a_buy_never_goes_above_what_was_approved(story: Story) -> None:
    order_id = chased(story, CROSS, worst_krw=69_600)
    assert one(timer(story.wait(5), story.quote()), r.ModifyPlanned).limit_krw == 69_600
    held(story, order_id, 501)
    stepped = one(timer(story.wait(5), story.quote()), r.ChaseStepped)
    assert stepped.step == 2  # there is nowhere to cross to
    assert story.book.orders[order_id].limit_krw == 69_600


def test_a_sale_never_goes_below_its_floor(story: Story) -> None:
    story.hold(10)
    fields = {"side": "SELL", "unit_krw": 0, "limit_krw": 70_500, "worst_krw": 70_100}
    order_id = chased(story, CROSS, **fields, stop_krw=None)
    assert one(timer(story.wait(5), story.quote()), r.ModifyPlanned).limit_krw == 70_400
    held(story, order_id, 501)
    assert one(timer(story.wait(5), story.quote()), r.ModifyPlanned).limit_krw == 70_100


@pytest.mark.parametrize(
    ("bid_krw", "limit_krw"), [(69_800, 69_800), (69_300, None), (70_300, 70_000)]
)
def test_without_ticks_it_joins_the_best_of_its_own_side_and_never_turns_back(
    story: Story, bid_krw: int, limit_krw: int | None
) -> None:
    chased(story, PEG)
    outputs = timer(story.wait(5), story.quote(price_krw=70_300, ask_krw=70_400, bid_krw=bid_krw))
    assert [o.limit_krw for o in of(outputs, r.ModifyPlanned)] == ([limit_krw] if limit_krw else [])
    assert len(of(outputs, r.ChaseStepped)) == (limit_krw is None)


def test_on_a_stale_quote_without_one_or_in_a_halt_it_waits(story: Story) -> None:
    chased(story)
    old = story.quote()
    story.wait(40)
    assert timer(story) == []
    assert timer(story, old) == []
    assert timer(story, story.quote(halted=True)) == []
    assert timer(story, story.quote(in_auction=True)) == []
    assert timer(story, story.quote(at_ns=story.now_ns - 31 * 10**9)) == []
    assert one(timer(story, story.quote()), r.ModifyPlanned).step == 1


def test_while_entries_are_stopped_a_buy_waits_and_a_sale_goes_on(story: Story) -> None:
    story.hold(10)
    fields = {"side": "SELL", "unit_krw": 0, "limit_krw": 70_500, "worst_krw": 70_000}
    chased(story)
    sale = chased(story, **fields, stop_krw=None)
    story.operator("safe_mode", enabled=True)
    planned = one(timer(story.wait(5), story.quote()), r.ModifyPlanned)
    assert planned.order_id == sale


def test_steps_done_survive_a_restart_and_none_is_taken_twice(story: Story) -> None:
    order_id = chased(story)
    timer(story.wait(5), story.quote())
    story.restart()
    order = story.book.orders[order_id]
    assert (order.chased, order.modify) == (1, Modify.UNKNOWN)
    assert timer(story.wait(5), story.quote()) == []
    held(story, order_id, 501)
    assert one(timer(story, story.quote()), r.ModifyPlanned).step == 2


def test_a_modify_that_came_to_nothing_was_a_step_all_the_same(story: Story) -> None:
    order_id = chased(story)
    timer(story.wait(5), story.quote())
    row = story.row(order_id)
    answer = {"order_id": order_id, "modify": 1, "answer": "declined"}
    story.tell(r.ModifyAnswered(at_ns=story.now_ns, **answer))  # type: ignore[arg-type]
    story.wait(5).history(row)
    planned = one(timer(story, story.quote()), r.ModifyPlanned)
    assert (planned.step, planned.limit_krw) == (2, 69_600)


def test_whoever_amends_a_chasing_order_says_where_it_stays(story: Story) -> None:
    order_id = chased(story)
    story.operator("amend_order", order_id=order_id, limit_krw=69_000)
    held(story, order_id, 501)
    assert timer(story.wait(60), story.quote()) == []
    assert story.book.orders[order_id].limit_krw == 69_000


def test_a_step_is_due_and_the_shell_is_told_when(story: Story) -> None:
    order_id = chased(story)
    order = story.book.orders[order_id]
    due = chase.due_ns(order)
    assert due == story.now_ns + 5 * 10**9
    assert next_due_ns(story.book, story.now_ns) == due
    timer(story.wait(5), story.quote())
    assert chase.due_ns(order) is None  # while its modify is under way


PRICES = st.integers(1_000, 800_000)


@given(
    side=st.sampled_from(["BUY", "SELL"]),
    limit=PRICES,
    worst=PRICES,
    bid=st.none() | PRICES,
    ask=st.none() | PRICES,
    price=PRICES,
    step_ticks=st.integers(0, 5),
    bp=st.integers(0, 500),
)
def test_every_step_is_on_the_tick_toward_the_other_side_and_within_the_limit(
    side: Any, limit: int, worst: int, bid: Any, ask: Any, price: int, step_ticks: int, bp: int
) -> None:
    limit = ticks.round_down(limit)
    how = r.Chase(5, 3, step_ticks, "CROSS")
    order = Order(
        order_id="1", intent_id=None, strategy_id="KMP", symbol=SAMSUNG, side=side, shares=1,
        order_type="00", limit_krw=limit, unit_krw=0, cancel_at_ns=None, stop_krw=None, market=None,
        reason="", created_ns=0, date="", opens=side == "BUY", cash_unit_krw=0, worst_krw=worst,
        chase=how,
    )  # fmt: skip
    quote = r.Quote(SAMSUNG, price, 0, 0, ask_krw=ask, bid_krw=bid)
    for found in (
        chase.step_krw(order, quote, STOCK),
        chase.crossing_krw(order, quote, some_limits(high_urgency_bp=bp), STOCK),
    ):
        assert ticks.is_on_tick(found)
        if side == "BUY":
            assert limit <= found <= max(limit, worst)
        else:
            assert limit >= found >= min(limit, worst)
