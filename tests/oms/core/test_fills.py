"""Fills: counted once, whatever tells of them and in whatever order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kis_core.wire.account import NoticeKind
from oms.core import records as r
from oms_client.contract import OrderState
from tests.oms.stories import SAMSUNG, Story, of, one, some_limits


def entered(story: Story, shares: int = 10, **fields: object) -> tuple[str, str]:
    order_id = one(story.enter(shares, **fields), r.OrderPlanned).order_id
    return order_id, story.answer(order_id)


def test_an_entry_is_approved_accepted_and_filled(story: Story) -> None:
    outputs = story.enter(10)
    assert one(outputs, r.IntentDecided).status == "APPROVED"
    order_id = one(outputs, r.OrderPlanned).order_id
    number = story.answer(order_id)
    outputs = story.notice(number, 10)
    assert one(outputs, r.AllocationChanged).shares == 10
    assert one(outputs, r.OrderClosed).state == "FILLED"
    assert story.allocation().cost_krw == 700_000 + 98  # 0.014 % commission
    assert story.allocation().stop_krw == 68_000
    assert story.book.gross_krw == 700_000


@pytest.mark.parametrize(
    ("steps", "filled", "value"),
    [
        ([("n", 4, "a"), ("n", 6, "b")], 10, 700_000),
        ([("n", 4, "a"), ("n", 4, "a")], 4, 280_000),
        ([("n", 4, "a"), ("h", 4), ("n", 6, "b"), ("h", 10)], 10, 700_000),
        ([("h", 4), ("n", 4, "a")], 4, 280_000),
        ([("h", 10), ("n", 4, "a"), ("n", 6, "b")], 10, 700_000),
        ([("h", 10), ("h", 4)], 10, 700_000),
        ([("n", 4, "a"), ("h", 10)], 10, 700_000),
        ([("n", 4, "a"), ("h", 0)], 4, 280_000),
    ],
    ids=[
        "two notices",
        "a notice told twice",
        "both, in turn",
        "the history first, its notice late",
        "the history is all ahead",
        "an old history after a new one",
        "a notice was lost",
        "a history asked before the fill",
    ],
)
def test_notices_and_histories_together_count_each_share_once(
    story: Story, steps: list[tuple[object, ...]], filled: int, value: int
) -> None:
    order_id, number = entered(story)
    row = story.row(order_id)
    for step in steps:
        if step[0] == "n":
            story.notice(number, int(str(step[1])), at_text=f"0930{ord(str(step[2])) - 87:02d}")
        else:
            total = int(str(step[1]))
            story.history(story.row(order_id, filled=total, remaining=10 - total))
    order = story.book.orders[order_id]
    assert (order.filled, order.filled_value_krw) == (filled, value)
    assert story.allocation().shares == filled
    assert row.broker_id == number


def test_a_fill_may_come_before_the_answer_that_names_its_order(story: Story) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    assert one(story.notice("0000000777", 10), r.NoticeKept)
    assert story.allocation().shares == 0
    story.answer(order_id, "0000000777")
    assert story.allocation().shares == 10
    assert story.book.orders[order_id].state is OrderState.FILLED


def test_order_numbers_are_compared_as_numbers(story: Story) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    story.answer(order_id, "777")  # paper answers unpadded
    story.notice("0000000777", 10)
    assert story.allocation().shares == 10


def test_11_03_a_fill_after_the_cancel_still_counts(story: Story) -> None:
    order_id, number = entered(story)
    story.ask("CANCEL_ORDERS")
    story.notice(number, 0, kind=NoticeKind.CANCELLED, original_id=number, change="cancel")
    assert story.book.orders[order_id].is_open  # nobody has said how much was left
    story.history(story.row(order_id, filled=3, cancelled=7, remaining=0))
    assert story.book.orders[order_id].state is OrderState.CANCELLED
    assert story.allocation().shares == 3
    assert story.allocation().stop_krw == 68_000


def test_11_03_a_history_that_fills_more_than_was_ordered_is_kept_and_changes_nothing(
    story: Story,
) -> None:
    order_id, _ = entered(story)
    outputs = story.history(story.row(order_id, filled=12, remaining=0))
    assert one(outputs, r.ContradictionSeen)
    assert story.allocation().shares == 0


def test_an_empty_history_does_not_close_a_working_order(story: Story) -> None:
    order_id, _ = entered(story)
    for _ in range(5):
        story.wait(20).history()
    assert story.book.orders[order_id].state is OrderState.WORKING


def test_a_query_that_failed_changes_nothing_but_its_count(story: Story) -> None:
    story.hold(10)
    before = (story.book.equity_krw, story.allocation().shares, story.book.gross_krw)
    for query in ("history", "balance", "buying_power"):
        story.tell(
            r.QueryFailed(at_ns=story.now_ns, query=query, error="Unreachable", text="refused")
        )
    assert (story.book.equity_krw, story.allocation().shares, story.book.gross_krw) == before
    assert story.book.failures["balance"] == 1


def test_an_order_that_is_not_ours_is_shown_and_never_adopted(story: Story) -> None:
    order_id, _ = entered(story)
    row = story.row(order_id, broker_id="0000009999", filled=10, remaining=0)
    outputs = story.history(row)
    assert one(outputs, r.ExternalSeen).row.broker_id == "0000009999"
    assert story.allocation().shares == 0
    story.notice("0000009999", 10)
    assert story.allocation().shares == 0


def test_an_order_that_is_not_ours_is_shown_as_it_stands(story: Story) -> None:
    order_id, _ = entered(story)

    def told(filled: int, remaining: int) -> list[r.AnyOutput]:
        row = story.row(order_id, "0000009999", filled=filled, remaining=remaining)
        return of(story.history(row), r.ExternalSeen)

    assert told(0, 10)
    assert told(0, 10) == []  # nothing new
    assert told(4, 6)
    assert told(0, 10) == []  # a list that lags behind
    assert told(4, 0)  # the rest was cancelled
    shown = story.book.externals[9999]
    assert (shown.filled, shown.remaining) == (4, 0)
    assert story.allocation().shares == 0


def test_profit_is_right_to_the_won_after_commission_and_tax(story: Story) -> None:
    story.hold(10)  # 700,000 + 98
    outputs = story.ask("EXIT")
    number = story.answer(one(outputs, r.OrderPlanned).order_id)
    story.notice(number, 3, 71_100, "SELL", at_text="093100")
    story.notice(number, 7, 71_000, "SELL", at_text="093101")
    proceeds = 3 * 71_100 + 7 * 71_000
    # 2025: no transaction tax on KOSPI, rural tax 0.15 %, each part cut to the won
    costs = proceeds * 140 // 1_000_000 + proceeds * 1_500 // 1_000_000
    assert story.book.realised_today_krw == proceeds - costs - 700_098
    assert story.allocation().cost_krw == 0
    assert sum(f.cost_krw for _, out in story.told for f in of(out, r.OrderFilled)) == 98 + costs


Told = tuple[str, int]


@st.composite
def tellings(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[Told]]:
    """Draw an order's fills, and an order in which notices and histories tell of them.

    Notices come in any order, may repeat or be lost; a history holds the fills up to some moment
    and may arrive late; the last one holds them all.
    """
    fills = draw(
        st.lists(st.tuples(st.integers(1, 9), st.integers(69_000, 70_000)), min_size=1, max_size=6)
    )
    notices = draw(st.lists(st.sampled_from(range(len(fills))), max_size=12))
    histories = draw(st.lists(st.integers(0, len(fills)), max_size=6))
    told: list[Told] = [("n", i) for i in notices] + [("h", i) for i in histories]
    return fills, draw(st.permutations(told))


@settings(max_examples=150, deadline=None)
@given(tellings(), st.booleans())
def test_11_03_in_any_order_of_arrival_no_share_is_counted_twice_and_none_is_lost(
    telling: tuple[list[tuple[int, int]], list[Told]], answer_late: bool
) -> None:
    fills, told = telling
    story = Story(some_limits(position_pct_max=1.0, order_value_krw_max=10**9)).ready()
    total = sum(shares for shares, _ in fills)
    order_id = one(story.enter(total, limit_krw=70_000), r.OrderPlanned).order_id
    number = "0000000500"
    if not answer_late:
        story.answer(order_id, number)
    order = story.book.orders[order_id]
    for kind, index in told:
        if kind == "n":
            shares, price = fills[index]
            story.notice(number, shares, price, at_text=f"0930{index:02d}")
        else:
            shares = sum(s for s, _ in fills[:index])
            value = sum(s * p for s, p in fills[:index])
            row = story.row(
                order_id, number, filled=shares, value_krw=value, remaining=total - shares
            )
            story.history(row)
        assert order.filled <= total
        assert story.allocation().shares == order.filled
    if answer_late:
        story.answer(order_id, number)
    value = sum(s * p for s, p in fills)
    story.history(story.row(order_id, number, filled=total, value_krw=value, remaining=0))
    assert (order.filled, order.filled_value_krw) == (total, value)
    assert order.state is OrderState.FILLED
    assert story.allocation().shares == total
    assert story.allocation().cost_krw == value + value * 140 // 1_000_000
    assert story.book.listing(SAMSUNG).exposure_krw == total * story.book.listing(SAMSUNG).mark_krw
