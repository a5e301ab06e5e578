"""A day that is over, against the broker's executions, cash, holdings and P&L, to the won."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kis_core.clock import SECOND_NS
from kis_core.wire.account import Balance, Holding
from oms.core import records as r
from oms.core.limits import Budget
from oms.core.timetable import AGAIN_NS, day_to_reconcile, timetable
from tests.oms.stories import DAY, HYNIX, SAMSUNG, Story, at, of, one

DAY_NS = 86_400 * SECOND_NS
CASH_KRW = 100_000_000
Change = Callable[["End"], None]


class End:
    """A day on which ten shares were bought at 70,000 and four of them sold at 71,000.

    What the broker says of it is kept apart from the book, so that either may be wrong.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        story.hold(10)
        sell = one(story.ask("REDUCE", shares=4), r.OrderPlanned).order_id
        story.notice(story.answer(sell), 4, 71_000, side="SELL", at_text="093100")
        orders = list(story.book.orders.values())
        self.rows = [story.row(o.order_id, value_krw=o.filled_value_krw) for o in orders]
        self.costs_krw = sum(order.cost_krw for order in orders)
        self.cash_krw = CASH_KRW - 700_000 + 284_000 - self.costs_krw
        self.held = {SAMSUNG: 6}
        self.price_krw = 70_500
        self.deposited_krw = 0

    def told(self, date: str = DAY.isoformat()) -> list[r.AnyOutput]:
        cash_krw = self.cash_krw + self.deposited_krw
        lines = tuple(
            Holding(s, s, n, n, 70_000.0, n * 70_000, self.price_krw, n, 0)
            for s, n in self.held.items()
        )
        worth = sum(n * self.price_krw for n in self.held.values())
        balance = Balance(
            lines, CASH_KRW, cash_krw, cash_krw + worth, cash_krw + worth, self.costs_krw
        )
        now_ns = self.story.now_ns
        return self.story.tell(
            r.DayEndRead(
                at_ns=now_ns, asked_ns=now_ns, date=date, rows=tuple(self.rows), balance=balance
            )
        )


@pytest.fixture
def end(story_of: Callable[..., Story]) -> End:
    return End(story_of(day_end_s=120, budgets={"KMP": Budget(8, 0.025, 0.5, 0)}))


def test_a_day_on_which_all_agrees_says_so_in_figures(end: End) -> None:
    end.story.at("15:32")
    told = one(end.told(), r.DayReconciled)
    assert told.differences == ()
    assert (told.orders, told.shares, told.external_orders) == (2, 14, 0)
    assert (told.bought_krw, told.sold_krw) == (700_000, 284_000)
    assert told.cost_krw == told.broker_cost_krw == end.costs_krw > 0
    assert told.cash_krw == told.broker_cash_krw == 284_000 - 700_000 - end.costs_krw
    assert told.pnl_krw == told.broker_pnl_krw == 284_000 + 6 * 70_500 - 700_000 - end.costs_krw
    assert told.realised_krw == end.story.book.realised_today_krw


def wrong_row(**changes: Any) -> Change:
    def change(end: End) -> None:
        end.rows[0] = replace(end.rows[0], **changes)

    return change


def wrong(**changes: Any) -> Change:
    def change(end: End) -> None:
        for name, value in changes.items():
            setattr(end, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (wrong_row(filled=9, filled_value_krw=630_000, remaining=1), {"shares"}),
        (wrong_row(filled_value_krw=700_100), {"value"}),
        (lambda end: end.rows.pop(0), {"missing"}),
        (wrong(costs_krw=1), {"costs"}),
        (wrong(deposited_krw=1), {"cash", "pnl"}),
        (wrong(held={SAMSUNG: 5}), {"holding", "pnl"}),
        (wrong(held={SAMSUNG: 6, HYNIX: 1}), {"holding", "pnl"}),
    ],
)
def test_each_won_and_each_share_that_differs_is_named(
    end: End, change: Change, kinds: set[str]
) -> None:
    end.story.at("15:32")
    change(end)
    told = one(end.told(), r.DayReconciled)
    assert {each.what for each in told.differences} == kinds


def test_a_fill_nobody_told_of_is_counted_before_the_two_are_compared(end: End) -> None:
    order_id = one(end.story.enter(5, symbol=HYNIX), r.OrderPlanned).order_id
    end.story.answer(order_id)
    end.rows.append(end.story.row(order_id, filled=5, value_krw=350_000, remaining=0))
    end.held[HYNIX] = 5
    fee = 49
    end.cash_krw -= 350_000 + fee
    end.costs_krw += fee
    end.story.at("15:32")
    assert one(end.told(), r.DayReconciled).differences == ()
    assert end.story.allocation("KMP", HYNIX).shares == 5


def test_what_others_traded_is_not_held_against_our_cash(end: End) -> None:
    other = replace(end.rows[0], broker_id="0000000999", symbol=HYNIX)
    end.rows.append(other)
    end.cash_krw -= 700_000
    end.story.at("15:32")
    told = one(end.told(), r.DayReconciled)
    assert (told.external_orders, told.broker_cash_krw, told.broker_pnl_krw) == (1, None, None)
    assert told.differences == ()


def test_it_is_asked_for_after_the_close_and_again_until_it_agrees(end: End) -> None:
    story, book = end.story, end.story.book
    assert day_to_reconcile(book, at("15:31:59")) is None
    assert day_to_reconcile(book, at("15:32")) == DAY.isoformat()
    story.at("15:32")
    end.deposited_krw = 5
    end.told()
    assert day_to_reconcile(book, story.now_ns + AGAIN_NS - 1) is None
    assert day_to_reconcile(book, story.now_ns + AGAIN_NS) == DAY.isoformat()
    end.deposited_krw = 0
    story.wait(600)
    end.told()
    assert day_to_reconcile(book, at("23:59")) is None
    done = [duty for duty in timetable(book, story.now_ns) if duty.what == "reconcile"]
    assert [(duty.state, duty.done_ns) for duty in done] == [("done", story.now_ns)]


@pytest.mark.parametrize("days", [1, 4, 9])
def test_a_day_that_ended_unheard_is_confirmed_at_the_next_start(end: End, days: int) -> None:
    """A sell works when the process dies; the exchange fills it in the closing auction."""
    story = end.story
    sell = one(story.at("15:15").ask("REDUCE", shares=6, limit_krw=70_000), r.OrderPlanned)
    row = story.row(sell.order_id)
    number = story.answer(sell.order_id)
    story.now_ns = at("08:10") + days * DAY_NS
    story.restart()
    book = story.book
    assert book.past is not None
    assert day_to_reconcile(book, story.now_ns) == DAY.isoformat()
    filled = replace(row, broker_id=number, filled=6, filled_value_krw=423_000, remaining=0)
    end.rows.append(filled)
    end.held = {}
    outputs = end.told()
    assert one(outputs, r.OrderFilled).shares == 6
    change = one(outputs, r.AllocationChanged)
    assert (change.shares, change.stop_krw) == (0, None)
    told = one(outputs, r.DayReconciled)
    assert (told.date, told.shares, told.differences) == (DAY.isoformat(), 20, ())
    assert book.past is None
    assert day_to_reconcile(book, story.now_ns) is None
    assert end.told() == []


def test_until_then_shares_that_moved_unheard_are_no_drift(end: End) -> None:
    story = end.story
    sell = one(story.at("15:15").ask("REDUCE", shares=6, limit_krw=70_000), r.OrderPlanned)
    story.answer(sell.order_id)
    story.now_ns = at("08:10") + DAY_NS
    story.restart()
    for _ in range(3):
        outputs = story.wait(20).balance()
        assert of(outputs, r.DriftSeen) == of(outputs, r.AllocationChanged) == []
    assert story.allocation().shares == 6


def test_an_order_without_an_answer_is_found_among_yesterdays_or_never_arrived(end: End) -> None:
    story = end.story
    story.at("15:15").balance(holdings={SAMSUNG: 6})
    found = one(story.enter(3, symbol=HYNIX), r.OrderPlanned).order_id
    story.unknown(found)
    row = story.row(
        found, "0000000777", filled=3, value_krw=210_000, remaining=0, ordered_at="151501"
    )
    lost = one(story.enter(2, symbol="035420"), r.OrderPlanned).order_id
    story.unknown(lost)
    story.now_ns = at("08:10") + DAY_NS
    story.restart()
    end.rows.append(row)
    end.held[HYNIX] = 3
    outputs = end.told()
    assert one(outputs, r.OrderAnswered).broker_id == "0000000777"
    assert one(outputs, r.DayReconciled).differences == ()
    assert story.allocation("KMP", HYNIX).stop_krw == 68_000
    assert story.book.by_broker == {}  # today's numbers are not yesterday's


def test_a_number_of_today_is_not_taken_for_yesterdays(end: End) -> None:
    story = end.story
    first = end.rows[0].broker_id
    story.now_ns = at("09:30") + DAY_NS
    story.restart()
    story.balance(holdings={SAMSUNG: 6})
    story.cash()
    order_id = one(story.enter(7, symbol=HYNIX), r.OrderPlanned).order_id
    story.answer(order_id, first)
    end.told()
    assert story.book.by_broker[int(first)].order_id == order_id
    assert story.book.orders[order_id].filled == 0


def test_what_a_later_day_needs_no_more_is_let_go(end: End) -> None:
    story = end.story
    sell = one(story.ask("REDUCE", shares=6), r.OrderPlanned).order_id
    story.notice(story.answer(sell), 6, 71_000, side="SELL", at_text="093200")
    day_one = set(story.book.results)
    for days in (1, 2):
        story.now_ns = at("08:10") + days * DAY_NS
        story.restart()
        kept = day_one <= set(story.book.results)
        assert kept is (days == 1)  # one day more, for who asks again across midnight
    assert story.book.listings == {}
    assert story.book.results == {}


def test_without_the_limit_nothing_of_it_happens(story: Story) -> None:
    """Journals older than the comparison decide as they did."""
    story.hold(10)
    assert day_to_reconcile(story.book, at("16:00")) is None
    story.now_ns = at("08:10") + DAY_NS
    story.restart()
    assert story.book.past is None
    assert story.book.results
