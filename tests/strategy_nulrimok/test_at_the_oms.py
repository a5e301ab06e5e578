"""What Nulrimok takes for granted of the OMS, asked of the real one's core."""

import pytest

from kis_core.market.instants import SECOND_NS
from oms.core import records as r
from oms.core.day import next_due_ns
from tests.oms.stories import SAMSUNG, Story, at, of, one, some_limits

STRATEGY = "KMP"  # these stories' budgets know it
ENTRIES_END = "15:10"


@pytest.fixture
def story() -> Story:
    return Story(some_limits(), "09:30", SAMSUNG).ready()


def test_a_low_limit_rests_until_it_expires_and_not_for_its_urgency_s_life(story: Story) -> None:
    """Two minutes is the life of a LOW entry that does not say when it expires."""
    outputs = story.enter(10, STRATEGY, urgency="LOW", limit_krw=69_000, expires_ns=at(ENTRIES_END))
    order_id = one(outputs, r.OrderPlanned).order_id
    story.answer(order_id)
    while story.now_ns < at("15:09:50"):
        story.wait(600 if story.now_ns < at("14:50") else 10)
        if story.now_ns < at(ENTRIES_END):
            assert of(story.timer(), r.CancelPlanned) == []
    assert next_due_ns(story.book, story.now_ns) == at(ENTRIES_END)
    story.wait((at(ENTRIES_END) - story.now_ns) / SECOND_NS)
    assert one(story.timer(), r.CancelPlanned).why == "expired"


def test_without_an_end_of_its_own_it_would_live_two_minutes(story: Story) -> None:
    outputs = story.enter(10, STRATEGY, urgency="LOW", limit_krw=69_000)
    story.answer(one(outputs, r.OrderPlanned).order_id)
    story.wait(121)
    assert one(story.timer(), r.CancelPlanned).why == "expired"


def test_a_limit_that_was_taken_back_leaves_its_shares_for_the_next_exit(story: Story) -> None:
    """The exit at a limit rests; only when its end is told is it asked for at the market."""
    story.hold(10, STRATEGY)
    story.wait(10)
    rests = one(story.ask("EXIT", STRATEGY, limit_krw=71_000), r.OrderPlanned)
    assert rests.limit_krw == 71_000
    broker_id = story.answer(rests.order_id)
    assert of(story.ask("CANCEL_ORDERS", STRATEGY, side="SELL"), r.CancelPlanned)
    ended = story.history(story.row(rests.order_id, broker_id, cancelled=10, remaining=0))
    closed = one(ended, r.OrderClosed)
    assert (closed.state, closed.intent_id) == ("CANCELLED", rests.intent_id)
    sold = one(story.ask("EXIT", STRATEGY), r.OrderPlanned)
    assert (sold.side, sold.shares, sold.limit_krw) == ("SELL", 10, None)
