"""What a protective stop does at the open, in a VI, in a halt and at the limit; and who has one."""

from collections.abc import Callable

import pytest

from kis_core.clock import SECOND_NS
from oms.core import records as r
from oms.core.day import next_due_ns
from oms.health import is_bare
from oms_client.contract import OrderState
from tests.oms.stories import SAMSUNG, Story, of, one


def fired(story: Story, price_krw: int, **fields: object) -> str:
    """A trade at or below the stop; return the id of the sell that left."""
    outputs = story.wait(1).trade(price_krw, **fields)
    assert of(outputs, r.StopFired)
    return str(one(outputs, r.OrderSent).order_id)


def test_a_gap_down_open_sells_at_the_market_wherever_that_is(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(base_jump_pct_max=0.30)
    story.hold(10)
    story.now_ns += 24 * 3600 * SECOND_NS - 1_800 * SECOND_NS  # 09:00
    story.timer()
    story.tell(r.BasePriceRead(at_ns=story.now_ns, symbol=SAMSUNG, base_krw=70_000))
    order = story.book.orders[fired(story, 55_000)]
    assert (order.side, order.shares, order.limit_krw) == ("SELL", 10, None)


def test_a_vi_is_sold_into_its_auction(story: Story) -> None:
    story.hold(10)
    order_id = fired(story, 67_000, in_auction=True)
    story.answer(order_id)
    for _ in range(5):  # it works through the call auction, and no second one leaves
        assert of(story.wait(30).trade(66_000, in_auction=True), r.OrderPlanned) == []
        assert of(story.timer(), r.OrderPlanned) == []
    assert story.book.orders[order_id].state is OrderState.WORKING


def test_in_a_halt_a_declined_stop_goes_again_until_it_is_taken(story: Story) -> None:
    story.hold(10)
    order_id = fired(story, 67_000, halted=True)
    sent = 1
    for _ in range(8):
        story.declined(order_id)
        story.now_ns = next_due_ns(story.book, story.now_ns)
        order_id = one(story.timer(), r.OrderPlanned).order_id
        sent += 1
        assert story.allocation().selling == 10
    story.notice(story.answer(order_id), 10, 60_000, "SELL")
    assert story.allocation().shares == 0
    assert sent == 9


def test_locked_at_the_lower_limit_the_sell_waits_in_the_queue_and_is_not_sent_again(
    story: Story,
) -> None:
    story.hold(10)
    order_id = fired(story, 49_000)
    number = story.answer(order_id)
    for _ in range(20):
        assert of(story.wait(60).trade(49_000), r.OrderPlanned) == []
        assert of(story.timer(), r.CancelPlanned) == []
    story.notice(number, 4, 49_000, "SELL")
    assert (story.allocation().shares, story.allocation().selling) == (6, 6)
    story.at("15:32").history(story.row(order_id, filled=4, remaining=6))
    allocation = story.allocation()
    assert (allocation.shares, allocation.stop_krw, allocation.exit_why) == (
        6,
        68_000,
        "stop 68000",
    )


def test_a_strategy_may_lower_its_stop_and_the_journal_says_so(story: Story) -> None:
    story.hold(10)
    outputs = story.ask("MODIFY_RISK", stop_krw=60_000, reason="wider")
    assert (one(outputs, r.StopSet).stop_krw, one(outputs, r.StopSet).why) == (60_000, "wider")
    assert of(story.wait(1).trade(67_000), r.StopFired) == []


@pytest.mark.parametrize("how", ["entry", "set target", "late fill", "reassign", "split"])
def test_every_way_to_shares_brings_a_stop(story: Story, how: str) -> None:
    match how:
        case "entry":
            story.hold(10)
        case "set target":
            asked = story.ask("SET_TARGET", shares=10, limit_krw=70_000, stop_krw=66_000)
            story.notice(story.answer(one(asked, r.OrderPlanned).order_id), 10)
        case "late fill":
            order_id = one(story.enter(10), r.OrderPlanned).order_id
            number = story.answer(order_id)
            story.history(story.row(order_id, cancelled=10, remaining=0))
            assert story.allocation().stop_krw is None
            story.notice(number, 3)
        case "reassign":
            for _ in range(2):
                story.wait(30).balance(holdings={SAMSUNG: 5})
            story.operator(
                "reassign_drift", symbol=SAMSUNG, strategy_id="KMP", shares=5, stop_krw=66_000
            )
        case "split":
            story.hold(10)
            for _ in range(2):
                story.wait(30).balance(holdings={SAMSUNG: 50})
            story.operator("split", symbol=SAMSUNG, numerator=5, denominator=1)
    assert story.allocation().shares > 0
    assert not [a for a in story.book.allocations() if is_bare(a)]


def test_an_old_order_history_or_balance_stops_entries_only(story_of: Callable[..., Story]) -> None:
    story = story_of(history_age_s_max=300)
    asked = one(story.enter(1), r.IntentDecided)
    assert [(v.control, v.reason) for v in asked.trace] == [
        ("history_age", "Order history is not read")
    ]
    story.history()
    story.hold(10)
    story.wait(301)
    trace = one(story.enter(1, "KPR"), r.IntentDecided).trace
    assert [v.control for v in trace] == ["balance_age", "history_age"]
    assert {v.verdict for v in trace} == {"defer"}
    story.answer(one(story.ask("REDUCE", shares=2), r.OrderSent).order_id)
    assert fired(story, 67_000)
    story.wait(1).balance(holdings={SAMSUNG: 10})
    story.history()
    assert one(story.enter(1, "PCIM"), r.IntentDecided).trace[0].control == "budget"


def test_shares_without_a_price_stop_every_entry_until_one_is_known(story: Story) -> None:
    """Nobody owns them and no price of them is known: their exposure is not nothing."""
    other = "000660"
    for _ in range(2):
        story.wait(15).balance(holdings={other: 7}, price_krw=0)
    assert story.book.listing(other).unallocated == 7
    decided = one(story.enter(1), r.IntentDecided)
    assert (decided.status, decided.trace[0].control) == ("DEFERRED", "unpriced")
    story.wait(15).balance(holdings={other: 7})
    assert story.book.gross_krw == 7 * 70_000
    assert one(story.enter(1), r.IntentDecided).status == "APPROVED"
