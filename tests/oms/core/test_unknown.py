"""Orders whose answer got lost: looked up, never sent again."""

from kis_core.clock import SECOND_NS, kst
from oms.core import records as r
from oms.core.order import NEVER_ARRIVED
from oms_client.contract import OrderState
from tests.oms.stories import Story, of, one


def lost_entry(story: Story) -> str:
    order_id: str = one(story.enter(10), r.OrderPlanned).order_id
    story.unknown(order_id)
    return order_id


def test_a_lost_answer_is_settled_from_the_history_with_its_fills(story: Story) -> None:
    order_id = lost_entry(story)
    assert story.book.orders[order_id].state is OrderState.UNKNOWN
    row = story.row(order_id, "0000000321", filled=4, ordered_at="093001")
    story.wait(4).history(row)
    order = story.book.orders[order_id]
    assert (order.state, order.broker_id) == (OrderState.PARTIAL, "0000000321")
    assert story.allocation().shares == 4


def test_while_an_order_is_unknown_no_second_buy_of_the_symbol_leaves(story: Story) -> None:
    lost_entry(story)
    again = story.enter(10)
    assert one(again, r.IntentDecided).status == "REFUSED"  # it already buys
    other = story.wait(91).enter(10, "KPR")  # the lock is over, the doubt is not
    assert one(other, r.IntentDecided).status == "DEFERRED"
    assert "certain answer" in one(other, r.IntentDecided).message


def test_an_unknown_order_is_gone_only_when_two_late_histories_agree(story: Story) -> None:
    order_id = lost_entry(story)
    assert of(story.wait(3).history(), r.OrderMissed) == []  # too early to prove anything
    assert one(story.wait(8).history(), r.OrderMissed).times == 1
    assert story.book.orders[order_id].state is OrderState.UNKNOWN
    closed = one(story.wait(3).history(), r.OrderClosed)
    assert (closed.state, closed.code) == ("REJECTED", NEVER_ARRIVED)
    assert story.book.gross_krw == 0
    assert one(story.enter(10), r.IntentDecided).status == "APPROVED"


def test_a_history_asked_before_the_settling_time_does_not_count_however_late_it_comes(
    story: Story,
) -> None:
    order_id = lost_entry(story)
    story.wait(30)
    assert of(story.history(ago_s=25), r.OrderMissed) == []
    assert story.book.orders[order_id].missed == 0


def test_an_order_like_a_lost_one_that_is_placed_minutes_later_is_somebody_elses(
    story: Story,
) -> None:
    order_id = lost_entry(story)
    story.wait(11).history()
    story.wait(3).history()
    row = story.row(order_id, "0000000321", filled=10, remaining=0, ordered_at="093105")
    outputs = story.wait(60).history(row)
    assert one(outputs, r.ExternalSeen).row.broker_id == "0000000321"
    assert story.book.orders[order_id].state is OrderState.REJECTED
    assert story.allocation().shares == 0


def test_an_order_taken_for_lost_that_turns_up_after_all_is_ours(story: Story) -> None:
    order_id = lost_entry(story)
    row = story.row(order_id, "0000000321", filled=10, ordered_at="093002")
    story.wait(11).history()
    story.wait(3).history()
    assert story.book.orders[order_id].state is OrderState.REJECTED
    story.wait(3).history(row)
    assert story.book.orders[order_id].state is OrderState.FILLED
    assert story.allocation().shares == 10


def test_another_order_with_the_same_terms_from_before_is_not_taken_for_ours(story: Story) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    story.unknown(order_id)
    earlier = story.row(order_id, "0000000111", filled=10, ordered_at="091500")
    story.wait(4).history(earlier)
    assert story.book.orders[order_id].state is OrderState.UNKNOWN
    assert story.allocation().shares == 0


def test_a_restart_makes_what_was_sent_unknown_and_sends_nothing(story: Story) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    outputs = story.wait(2).restart()
    assert story.book.orders[order_id].state is OrderState.UNKNOWN
    assert of(outputs, r.OrderSent) == []
    assert one(outputs, r.OrderAnswered).source == "restart"


def test_a_late_answer_after_the_history_settled_it_changes_nothing(story: Story) -> None:
    order_id = lost_entry(story)
    story.wait(4).history(story.row(order_id, "0000000321", filled=10, ordered_at="093001"))
    story.answer(order_id, "0000000321")
    assert story.allocation().shares == 10
    assert story.book.contradictions == 0


def test_notices_of_a_lost_order_wait_until_the_history_gives_it_its_number(story: Story) -> None:
    order_id = lost_entry(story)
    story.notice("0000000321", 6)
    story.wait(4).history(story.row(order_id, "0000000321", filled=0, ordered_at="093001"))
    assert story.allocation().shares == 6


def test_an_exit_behind_an_unknown_one_is_planned_and_follows_when_it_is_settled(
    story: Story,
) -> None:
    story.hold(10, "KMP")
    story.wait(91)
    story.hold(5, "KPR")
    first = one(story.ask("EXIT", "KMP"), r.OrderPlanned).order_id
    story.unknown(first)
    outputs = story.ask("EXIT", "KPR")
    second = one(outputs, r.OrderPlanned).order_id
    assert of(outputs, r.OrderSent) == []
    assert one(outputs, r.IntentDecided).status == "APPROVED"
    row = story.row(first, "0000000400", ordered_at="093131")
    released = one(story.wait(4).history(row), r.OrderSent)
    assert released.order_id == second


def test_an_exit_that_never_arrived_is_sold_again(story: Story) -> None:
    story.hold(10)
    first = one(story.ask("EXIT"), r.OrderPlanned).order_id
    story.unknown(first)
    story.wait(11).history()
    story.wait(3).history()
    assert story.book.orders[first].state is OrderState.REJECTED
    outputs = story.wait(5).timer()
    again = one(outputs, r.OrderPlanned)
    assert (again.side, again.shares) == ("SELL", 10)
    assert story.book.at_ns >= story.book.orders[first].created_ns + 10 * SECOND_NS


def test_what_appears_once_a_sale_was_sent_again_is_somebody_elses(story: Story) -> None:
    story.hold(10)
    lost = one(story.ask("EXIT"), r.OrderPlanned).order_id
    story.unknown(lost)
    story.wait(11).history()
    story.wait(3).history()
    again = one(story.wait(5).timer(), r.OrderPlanned).order_id
    number = story.answer(again)
    story.notice(number, 10)
    assert story.allocation().shares == 0
    sent_ns = story.book.orders[lost].sent_ns
    at = f"{kst(sent_ns + 20 * SECOND_NS):%H%M%S}"
    row = story.row(lost, "0000000777", filled=10, remaining=0, ordered_at=at)
    outputs = story.wait(3).history(row)
    assert one(outputs, r.ExternalSeen).row.broker_id == "0000000777"
    assert story.book.orders[lost].broker_id is None
    assert story.book.contradictions == 0


def test_what_appears_while_a_later_order_is_under_way_is_not_the_one_given_up(
    story: Story,
) -> None:
    given_up = lost_entry(story)
    story.wait(11).history()
    story.wait(3).history()
    assert story.book.orders[given_up].refusal_code == NEVER_ARRIVED
    story.wait(80)
    later = one(story.enter(10, "KPR"), r.OrderPlanned).order_id
    # The history shows it before its answer is here: the same terms as the one given up.
    row = story.row(later, "0000000321", filled=10, ordered_at="093134")
    story.wait(1).history(row)
    assert story.book.orders[given_up].broker_id is None
    story.answer(later, "0000000321")
    story.wait(3).history(row)
    assert story.allocation("KPR").shares == 10
    assert story.allocation("KMP").shares == 0
    assert story.book.contradictions == 0


def test_what_appears_is_first_the_order_still_looked_for(story: Story) -> None:
    given_up = lost_entry(story)
    story.wait(11).history()
    story.wait(3).history()
    story.wait(80)
    later = one(story.enter(10, "KPR"), r.OrderPlanned).order_id
    story.unknown(later)
    story.wait(3).history(story.row(later, "0000000321", filled=10, ordered_at="093134"))
    assert story.book.orders[later].broker_id == "0000000321"
    assert story.book.orders[given_up].broker_id is None
    assert story.allocation("KPR").shares == 10
