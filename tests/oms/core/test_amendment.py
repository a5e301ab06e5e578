"""A modify of a working order: one order under one number after another."""

from typing import Any

import pytest

from kis_core.wire.account import NoticeKind, OrderRow
from oms.core import operator
from oms.core import records as r
from oms.core.order import Cancel, Modify
from oms_client.contract import OrderState
from tests.oms.stories import SAMSUNG, Story, of, one

NEW = "0000000777"


def working(story: Story, shares: int = 10, **fields: Any) -> str:
    """Enter, and have it accepted; returns the order's id."""
    order_id: str = one(story.enter(shares, **fields), r.OrderPlanned).order_id
    story.answer(order_id)
    return order_id


def amend(story: Story, order_id: str, limit_krw: int = 69_900, **fields: Any) -> Any:
    return story.operator("amend_order", order_id=order_id, limit_krw=limit_krw, **fields)


def answered(
    story: Story, order_id: str, answer: r.Answer = "accepted", broker_id: str | None = NEW
) -> list[r.AnyOutput]:
    accepted = answer == "accepted"
    return story.tell(
        r.ModifyAnswered(
            at_ns=story.now_ns,
            order_id=order_id,
            modify=story.book.orders[order_id].modifies,
            answer=answer,
            broker_id=broker_id if accepted else None,
            branch="06010" if accepted else None,
        )
    )


def confirmed(story: Story, order_id: str, limit_krw: int = 69_900) -> list[r.AnyOutput]:
    order = story.book.orders[order_id]
    return story.notice(
        NEW,
        order.remaining,
        limit_krw,
        order.side,
        kind=NoticeKind.ACCEPTED,
        original_id=order.broker_id,
        change="modify",
    )


def moved(story: Story, order_id: str, left: int, **fields: Any) -> tuple[OrderRow, OrderRow]:
    """The history's rows of an order and of a modify that took what was left of it."""
    order = story.book.orders[order_id]
    first = next(iter(order.numbers.values()))
    filled = order.shares - left
    old = story.row(order_id, first.broker_id, filled=filled, cancelled=left, remaining=0)
    values = {
        "date": old.date,
        "broker_id": NEW,
        "original_id": first.broker_id,
        "symbol": order.symbol,
        "side": order.side,
        "shares": left,
        "limit_krw": 69_900,
        "order_type": "00",
        "ordered_at": "093001",
        "filled": 0,
        "filled_value_krw": 0,
        "cancelled": 0,
        "rejected": 0,
        "remaining": left,
        "is_cancel": False,
        "branch": "06010",
    }
    return old, OrderRow(**(values | fields))


def test_a_modify_leaves_once_and_the_order_goes_on_under_its_number(story: Story) -> None:
    order_id = working(story)
    order = story.book.orders[order_id]
    first = order.broker_id
    planned = one(amend(story, order_id), r.ModifyPlanned)
    assert (planned.broker_id, planned.limit_krw, planned.modify) == (first, 69_900, 1)
    assert (order.limit_krw, order.amending) == (70_000, True)
    answered(story, order_id)
    assert (order.broker_id, order.modify) == (first, Modify.ACCEPTED)  # only taken so far
    renumbered = one(confirmed(story, order_id), r.OrderRenumbered)
    assert (renumbered.old_id, renumbered.broker_id) == (first, NEW)
    assert not renumbered.external
    assert (order.broker_id, order.limit_krw, order.amending) == (NEW, 69_900, False)
    assert (order.state, order.shares) == (OrderState.WORKING, 10)


def test_fills_are_the_sum_over_the_numbers_however_they_are_told(story: Story) -> None:
    order_id = working(story)
    order = story.book.orders[order_id]
    first = order.broker_id or ""
    story.notice(first, 2, at_text="093010")
    amend(story, order_id)
    answered(story, order_id)
    story.notice(first, 3, at_text="093011")  # it filled while the modify was on its way
    story.notice(NEW, 1, 69_900, at_text="093012", original_id=first)  # that proves it holds
    assert (order.filled, order.broker_id) == (6, NEW)
    story.notice(NEW, 1, 69_900, at_text="093012", original_id=first)  # a repeat
    old, new = moved(story, order_id, 5, filled=2, filled_value_krw=139_800, remaining=3)
    story.wait(1).history(old, new)
    assert (order.filled, order.filled_value_krw) == (7, 350_000 + 139_800)
    story.notice(first, 3, at_text="093011")
    story.history(old, new)
    assert (order.filled, order.state) == (7, OrderState.PARTIAL)
    old, new = moved(story, order_id, 5, filled=5, filled_value_krw=349_500, remaining=0)
    story.wait(1).history(old, new)
    assert (order.filled, order.state) == (10, OrderState.FILLED)
    assert story.allocation().shares == 10
    assert story.book.contradictions == 0
    assert sum(n.cost_krw for n in order.numbers.values()) == order.cost_krw > 0


def test_a_notice_of_the_modify_may_come_before_its_answer(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    confirmed(story, order_id)
    order = story.book.orders[order_id]
    assert (order.broker_id, order.modify) == (NEW, Modify.NONE)
    assert answered(story, order_id) == []
    assert of(amend(story, order_id, 69_800), r.ModifyPlanned)[0].broker_id == NEW


def test_a_late_answer_to_one_modify_says_nothing_of_the_next(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    confirmed(story, order_id)
    amend(story, order_id, 69_800)
    late = r.ModifyAnswered(
        at_ns=story.now_ns, order_id=order_id, modify=1, answer="declined", code="X"
    )
    assert story.tell(late) == []
    assert story.book.orders[order_id].modify is Modify.SENT


def test_a_cancel_waits_for_the_modify_and_goes_to_the_new_number(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    outputs = story.operator("cancel_order", order_id=order_id)
    assert of(outputs, r.CancelPlanned) == []
    assert one(outputs, r.CancelWanted)
    assert of(story.wait(1).timer(), r.CancelPlanned) == []
    assert of(answered(story, order_id), r.CancelPlanned) == []
    assert one(confirmed(story, order_id), r.CancelPlanned).broker_id == NEW


def test_a_cancel_waits_no_longer_once_the_modify_is_refused(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    story.operator("cancel_order", order_id=order_id)
    planned = one(answered(story, order_id, "declined"), r.CancelPlanned)
    assert planned.broker_id is None  # the first number


def test_a_modify_does_not_leave_beside_a_cancel(story: Story) -> None:
    order_id = working(story)
    story.operator("cancel_order", order_id=order_id)
    assert of(amend(story, order_id), r.ModifyPlanned) == []


def test_a_cancel_of_a_number_that_was_just_replaced_goes_to_the_one_that_works(
    story: Story,
) -> None:
    order_id = working(story)
    story.operator("cancel_order", order_id=order_id)
    old, new = moved(story, order_id, 10)  # somebody modified it meanwhile
    story.wait(1).history(old, new)
    order = story.book.orders[order_id]
    assert (order.broker_id, order.cancel, order.changed_externally) == (NEW, Cancel.SENT, True)
    story.tell(r.CancelAnswered(at_ns=story.now_ns, order_id=order_id, answer="declined"))
    outputs = story.wait(1).history(old, new)
    assert one(outputs, r.CancelPlanned).broker_id == NEW


def test_while_a_modify_is_under_way_what_left_the_old_number_is_not_gone(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    answered(story, order_id, "unknown")
    old, new = moved(story, order_id, 10)
    story.wait(1).history(old)  # the new number is not listed yet
    order = story.book.orders[order_id]
    assert order.is_open
    story.wait(3).history(old, new)
    assert (order.broker_id, order.modify, order.changed_externally) == (NEW, Modify.NONE, False)


def test_an_unknown_modify_is_given_up_when_two_late_histories_agree(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    answered(story, order_id, "unknown")
    row = story.row(order_id)
    assert of(story.wait(3).history(row), r.ModifyMissed) == []  # too early to prove anything
    assert one(story.wait(8).history(row), r.ModifyMissed).times == 1
    assert one(story.wait(3).history(row), r.ModifySettled).answer == "absent"
    order = story.book.orders[order_id]
    assert (order.limit_krw, order.modify, order.modifies) == (70_000, Modify.NONE, 1)
    old, new = moved(story, order_id, 10)
    story.wait(3).history(old, new)  # and there it is after all
    assert (order.broker_id, order.is_open, order.changed_externally) == (NEW, True, False)


def test_an_order_cancelled_under_a_modify_that_never_arrived_is_over(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    answered(story, order_id, "unknown")
    gone = story.row(order_id, cancelled=10, remaining=0)
    story.wait(11).history(gone)
    assert story.book.orders[order_id].is_open
    assert one(story.wait(3).history(gone), r.OrderClosed).state == "CANCELLED"


@pytest.mark.parametrize("told_by", ["notice", "history"])
def test_a_modify_the_exchange_refuses_leaves_the_old_number_working(
    story: Story, told_by: str
) -> None:
    order_id = working(story)
    order = story.book.orders[order_id]
    first, row = order.broker_id, story.row(order_id)
    amend(story, order_id)
    answered(story, order_id)
    _, taken = moved(story, order_id, 10)
    story.wait(1).history(row, taken)  # listed as soon as it is taken
    assert order.broker_id == NEW
    if told_by == "notice":
        kind = NoticeKind.REJECTED
        story.notice(NEW, 10, 69_900, kind=kind, original_id=first, change="modify")
        story.history(row, taken, ago_s=1)  # asked before: the refusal stands
    _, refused = moved(story, order_id, 10, rejected=10, remaining=0)
    story.wait(1).history(row, refused)
    assert (order.broker_id, order.limit_krw, order.is_open) == (first, 70_000, True)
    assert one(amend(story, order_id, 69_800), r.ModifyPlanned).broker_id == first


def test_a_refused_modify_may_be_asked_again_once_a_history_shows_the_order_works(
    story: Story,
) -> None:
    order_id = working(story)
    amend(story, order_id)
    answered(story, order_id, "declined")
    assert of(amend(story, order_id), r.ModifyPlanned) == []
    assert one(story.wait(1).history(story.row(order_id)), r.ModifySettled).answer == "cleared"
    assert one(amend(story, order_id), r.ModifyPlanned).modify == 2


def test_a_restart_makes_a_modify_that_was_sent_unknown_and_sends_nothing(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    outputs = story.wait(2).restart()
    assert one(outputs, r.ModifySettled).answer == "unknown"
    assert of(outputs, r.ModifyPlanned) == []
    assert story.book.orders[order_id].modify is Modify.UNKNOWN


def test_somebody_elses_modify_is_followed_as_told_and_reserved(story: Story) -> None:
    order_id = working(story)
    old, new = moved(story, order_id, 10, limit_krw=71_000)
    cash = story.book.cash_krw
    assert cash is not None
    renumbered = one(story.wait(1).history(old, new), r.OrderRenumbered)
    assert renumbered.external
    order = story.book.orders[order_id]
    assert (order.limit_krw, order.unit_krw, order.changed_externally) == (71_000, 71_000, True)
    assert story.allocation().reserved_krw == 710_000
    assert story.book.cash_krw is not None
    assert story.book.cash_krw < cash
    assert story.book.externals == {}


def test_somebody_may_move_a_part_of_an_order(story: Story) -> None:
    order_id = working(story)
    order = story.book.orders[order_id]
    first = order.broker_id
    old, new = moved(story, order_id, 4)
    old = story.row(order_id, cancelled=4, remaining=6)
    story.wait(1).history(old, new)
    assert order.broker_id == NEW
    _, filled = moved(story, order_id, 4, filled=4, filled_value_krw=279_600, remaining=0)
    story.wait(1).history(old, filled)
    assert (order.filled, order.broker_id, order.is_open) == (4, first, True)
    rest = story.row(order_id, first, filled=6, cancelled=4, remaining=0, value_krw=420_000)
    story.wait(1).history(rest, filled)
    assert order.state is OrderState.FILLED


def test_an_order_cancelled_in_our_eyes_that_was_moved_is_open_again(story: Story) -> None:
    order_id = working(story)
    old, new = moved(story, order_id, 10)
    story.wait(1).history(old)  # nothing of ours is under way: it looks cancelled
    order = story.book.orders[order_id]
    assert order.state is OrderState.CANCELLED
    story.wait(3).history(old, new)
    assert (order.state, order.broker_id) == (OrderState.WORKING, NEW)
    assert story.allocation().buying == 10


def refused(story: Story, order_id: str, limit_krw: int = 69_900, **fields: Any) -> str | None:
    act = r.OperatorActed(
        at_ns=story.now_ns,
        actor="operator",
        action="amend_order",
        reason="test",
        order_id=order_id,
        limit_krw=limit_krw,
        **fields,
    )
    assert of(amend(story, order_id, limit_krw, **fields), r.ModifyPlanned) == []
    return operator.refusal(story.book, act)


def test_what_cannot_be_amended_and_why(story: Story) -> None:
    order_id = working(story)
    quotes = (story.quote(base_krw=100_000),)
    assert "approved for a limit of 70000" in (refused(story, order_id, 70_100) or "")
    assert "between two ticks" in (refused(story, order_id, 69_950) or "")
    assert "already" in (refused(story, order_id, 70_000) or "")
    assert "outside the day's limits" in (refused(story, order_id, 69_900, quotes=quotes) or "")
    amend(story, order_id)
    assert "being amended already" in (refused(story, order_id, 69_800) or "")
    confirmed(story, order_id)
    story.operator("safe_mode", enabled=True)
    assert "entries are stopped" in (refused(story, order_id, 70_000) or "")
    story.operator("cancel_order", order_id=order_id)
    assert "being cancelled" in (refused(story, order_id, 69_800) or "")
    story.notice(NEW, 10, 69_900)
    assert "is over" in (refused(story, order_id, 69_800) or "")
    sold = one(story.ask("EXIT"), r.OrderPlanned).order_id
    assert "at the market" in (refused(story, sold) or "")
    story.operator("safe_mode", enabled=False)
    sent = one(story.enter(5, symbol="000660"), r.OrderPlanned).order_id
    assert "no order number yet" in (refused(story, sent) or "")
    assert "not an order of today" in (refused(story, "20251120-9999") or "")


def test_a_sale_at_a_limit_may_be_moved_anywhere_within_the_days_limits(story: Story) -> None:
    story.hold(10)
    sold = one(story.ask("REDUCE", shares=10, limit_krw=72_000), r.OrderPlanned).order_id
    story.answer(sold)
    story.operator("safe_mode", enabled=True)  # exits are not stopped
    quotes = (story.quote(),)
    planned = one(amend(story, sold, 65_000, quotes=quotes), r.ModifyPlanned)
    assert planned.limit_krw == 65_000


def test_an_entry_that_reached_for_less_may_be_raised_to_what_was_approved(story: Story) -> None:
    outputs = story.enter(10, urgency="HIGH", limit_krw=71_000)
    planned = one(outputs, r.OrderPlanned)
    assert planned.limit_krw < 71_000
    story.answer(planned.order_id)
    cash, reserved = story.book.cash_krw, story.allocation().reserved_krw
    assert cash is not None
    assert reserved == 710_000  # at what was approved, before any modify
    one(amend(story, planned.order_id, 71_000), r.ModifyPlanned)
    assert story.book.cash_krw is not None
    assert story.book.cash_krw < cash
    assert story.allocation().reserved_krw == 710_000
    story.wait(1).cash(1_000_000)  # the broker may not have seen the raise yet
    assert story.book.cash_krw < 1_000_000


def test_modifies_count_among_the_messages(story_of: Any) -> None:
    story = story_of(messages_per_s_max=2)
    order_id = working(story)
    amend(story, order_id)
    answer = one(story.enter(1, "KPR", symbol="035420"), r.IntentDecided)
    assert (answer.status, answer.trace[0].control) == ("DEFERRED", "message_rate")
    later = one(story.wait(1.1).enter(1, "KPR", symbol="035420"), r.IntentDecided)
    assert later.status == "APPROVED"


def test_a_modify_in_flight_does_not_outlive_its_order(story: Story) -> None:
    order_id = working(story)
    amend(story, order_id)
    answered(story, order_id)
    order = story.book.orders[order_id]
    story.notice(order.broker_id or "", 10)
    assert (order.state, order.amending) == (OrderState.FILLED, False)
    kind = NoticeKind.REJECTED
    story.notice(NEW, 10, 69_900, kind=kind, original_id=order.broker_id, change="modify")
    assert (order.state, story.book.contradictions) == (OrderState.FILLED, 0)
    assert story.book.by_broker[int(NEW)] is order
    assert story.allocation(symbol=SAMSUNG).shares == 10
