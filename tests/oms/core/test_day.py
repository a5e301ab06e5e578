"""The day: opening, closing cancel, rolling over, and what survives it."""

from collections.abc import Callable

from kis_core.clock import SECOND_NS
from oms.core import records as r
from oms.core.day import next_due_ns
from oms_client.contract import OrderState
from tests.oms.stories import SAMSUNG, Story, at, of, one

NEXT_DAY_NS = 86_400 * SECOND_NS


def test_an_unfilled_entry_is_cancelled_when_it_expires(story: Story) -> None:
    order_id = one(
        story.enter(10, expires_ns=story.now_ns + 30 * SECOND_NS), r.OrderPlanned
    ).order_id
    story.answer(order_id)
    assert next_due_ns(story.book, story.now_ns) == story.now_ns + 30 * SECOND_NS
    assert one(story.wait(30).timer(), r.CancelPlanned).why == "expired"
    assert of(story.wait(1).timer(), r.CancelPlanned) == []  # asked once


def test_an_entry_that_expires_before_its_answer_is_cancelled_when_the_answer_comes(
    story: Story,
) -> None:
    order_id = one(
        story.enter(10, expires_ns=story.now_ns + 5 * SECOND_NS), r.OrderPlanned
    ).order_id
    assert of(story.wait(6).timer(), r.CancelPlanned) == []  # it has no number yet
    assert next_due_ns(story.book, story.now_ns) > story.now_ns
    story.answer(order_id)
    assert story.book.orders[order_id].cancel.name == "SENT"


def test_an_intent_that_expired_on_its_way_is_refused(story: Story) -> None:
    outputs = story.enter(10, expires_ns=story.now_ns)
    assert one(outputs, r.IntentDecided).status == "REFUSED"


def test_a_refused_cancel_is_asked_again_only_after_the_history_shows_the_order_working(
    story: Story,
) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    story.answer(order_id)
    story.wait(120).timer()
    story.tell(
        r.CancelAnswered(at_ns=story.now_ns, order_id=order_id, answer="declined", code="40330000")
    )
    assert of(story.wait(5).timer(), r.CancelPlanned) == []
    story.history(story.row(order_id))
    assert one(story.wait(1).timer(), r.CancelPlanned).order_id == order_id


def test_a_cancel_wanted_while_a_declined_one_rests_follows_by_itself(story: Story) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    story.answer(order_id)
    for _ in range(3):
        story.operator("cancel_order", order_id=order_id)
        story.tell(r.CancelAnswered(at_ns=story.now_ns, order_id=order_id, answer="declined"))
        last = story.wait(0.5).history(story.row(order_id))
    assert of(last, r.CancelCleared) == []  # it rests: twice it was declined
    story.operator("cancel_order", order_id=order_id)
    assert of(story.told[-1][1], r.CancelPlanned) == []
    story.wait(4).history(story.row(order_id))
    assert one(story.timer(), r.CancelPlanned).order_id == order_id


def test_11_08_working_buys_are_cancelled_before_the_closing_auction_and_sells_are_not(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(start="15:18")
    story.hold(10, symbol="000660")
    sell = one(story.ask("REDUCE", symbol="000660", shares=5, limit_krw=75_000), r.OrderPlanned)
    story.answer(sell.order_id)
    buy = one(story.enter(10), r.OrderPlanned).order_id
    story.answer(buy)
    assert next_due_ns(story.book, story.now_ns) == at("15:19")
    story.at("15:19:00.7")
    assert next_due_ns(story.book, story.now_ns) == story.now_ns  # late, and still due
    cancel = one(story.timer(), r.CancelPlanned)
    assert (cancel.order_id, cancel.why) == (buy, "closing")
    assert next_due_ns(story.book, story.now_ns) > story.now_ns


def test_11_08_a_buy_that_is_accepted_after_the_closing_cancel_is_cancelled_too(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(start="15:18:59")
    buy = one(story.enter(10), r.OrderPlanned).order_id
    story.at("15:19:02").timer()
    story.answer(buy)
    assert next_due_ns(story.book, story.now_ns) == story.now_ns
    assert one(story.timer(), r.CancelPlanned).order_id == buy


def test_11_08_midnight_is_due_until_the_day_was_rolled(story: Story) -> None:
    story.now_ns = at("00:00:00.4") + NEXT_DAY_NS
    assert next_due_ns(story.book, story.now_ns) == story.now_ns
    assert one(story.timer(), r.DayOpened).date == "2025-11-21"
    assert next_due_ns(story.book, story.now_ns) > story.now_ns


def test_after_the_close_what_the_history_still_shows_as_open_is_over(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(start="15:10")
    story.hold(10)
    order_id = one(story.ask("REDUCE", shares=5, limit_krw=75_000), r.OrderPlanned).order_id
    story.answer(order_id)
    story.at("15:30:30").history(story.row(order_id))
    assert story.book.orders[order_id].state is OrderState.WORKING
    story.at("15:31:30").history(story.row(order_id))
    assert story.book.orders[order_id].state is OrderState.EXPIRED
    assert story.allocation().selling == 0


def test_an_exit_that_did_not_fill_by_the_close_is_sold_at_the_next_opening(
    story_of: Callable[..., Story],
) -> None:
    hold = story_of(start="15:10")
    hold.hold(10)
    order_id = one(hold.at("15:25").ask("EXIT"), r.OrderPlanned).order_id
    hold.answer(order_id)
    hold.at("15:32").history(hold.row(order_id))
    assert hold.allocation().exit_why == "test"
    hold.now_ns = at("08:30") + NEXT_DAY_NS
    assert one(hold.timer(), r.OrderPlanned).shares == 10


def test_11_08_a_new_day_resets_the_daily_flags_and_sums_and_keeps_the_rest(story: Story) -> None:
    story.hold(10)
    story.operator("safe_mode", enabled=True)
    story.operator("pause_strategy", strategy_id="KPR")
    story.operator("regime", regime="WEAK")
    story.wait(1).balance(90_000_000, {SAMSUNG: 10})
    assert story.book.halt_entries
    order_id = one(story.ask("REDUCE", shares=3, limit_krw=75_000), r.OrderPlanned).order_id
    story.answer(order_id)
    story.now_ns = at("00:00:01") + NEXT_DAY_NS
    outputs = story.timer()
    assert one(outputs, r.DayOpened).date == "2025-11-21"
    assert one(outputs, r.OrderClosed).state == "EXPIRED"
    book = story.book
    assert (book.halt_entries, book.realised_today_krw, book.baseline_krw) == (False, 0, None)
    assert (book.safe_mode, book.regime, book.strategy("KPR").paused) == (True, "WEAK", True)
    assert story.allocation().shares == 10
    assert story.allocation().stop_krw == 68_000
    assert story.book.by_broker == {}


def test_order_numbers_that_start_again_the_next_day_are_new_orders(story: Story) -> None:
    first = one(story.enter(10), r.OrderPlanned).order_id
    story.answer(first, "0000000001")
    story.notice("0000000001", 10)
    story.now_ns = at("09:30") + NEXT_DAY_NS
    story.balance()
    story.cash()
    outputs = story.enter(10, "KPR", symbol="000660")
    second = one(outputs, r.OrderPlanned).order_id
    story.answer(second, "0000000001")
    story.notice("0000000001", 10, symbol="000660")
    assert story.allocation("KPR", "000660").shares == 10
    assert story.allocation().shares == 10


def test_rolling_the_day_lets_nothing_leave_that_was_only_planned(story: Story) -> None:
    story.hold(10, "KMP")
    story.wait(91)
    story.hold(5, "KPR")
    story.unknown(one(story.ask("EXIT", "KMP"), r.OrderPlanned).order_id)
    story.ask("EXIT", "KPR")  # waits behind it
    story.now_ns = at("00:00:01") + NEXT_DAY_NS
    outputs = story.timer()
    assert len(of(outputs, r.OrderClosed)) == 2
    assert of(outputs, r.OrderSent) == []


def test_11_08_the_baseline_follows_the_balance_until_the_open_and_then_stands(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(start="08:00")
    story.at("08:50").balance(99_000_000)
    assert story.book.baseline_krw == 99_000_000
    story.at("09:10").balance(98_000_000)
    assert story.book.baseline_krw == 99_000_000


def test_on_a_holiday_nothing_is_open_and_nothing_is_due_before_midnight(
    blank: Callable[..., Story],
) -> None:
    story = blank()
    story.now_ns += 2 * NEXT_DAY_NS  # a Saturday
    story.start()
    story.balance()
    story.cash()
    assert one(story.enter(), r.IntentDecided).status == "DEFERRED"
    assert next_due_ns(story.book, story.now_ns) == at("00:00") + 3 * NEXT_DAY_NS


def test_a_timer_that_fired_leaves_nothing_due_at_once(story: Story) -> None:
    story.hold(10)
    order_id = one(story.ask("EXIT"), r.OrderPlanned).order_id
    story.unknown(order_id)
    story.enter(5, symbol="000660")
    for _ in range(50):
        due = next_due_ns(story.book, story.now_ns)
        assert due > story.now_ns
        story.now_ns = due
        story.timer()
