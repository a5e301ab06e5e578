"""The balance against the allocations: two must agree before anything changes."""

from oms.core import records as r
from tests.oms.stories import HYNIX, SAMSUNG, Story, of, one


def agree(story: Story, held: dict[str, int], times: int = 2) -> list[r.AnyOutput]:
    told: list[r.AnyOutput] = []
    for _ in range(times):
        told += story.wait(15).balance(holdings=held)
    return told


def test_shares_nobody_bought_are_shown_and_freeze_entries_only(story: Story) -> None:
    outputs = agree(story, {HYNIX: 7})
    assert one(outputs, r.DriftSeen).drift == 7
    assert one(outputs, r.FlagChanged).subject == HYNIX
    assert one(story.enter(symbol=HYNIX), r.IntentDecided).status == "REFUSED"
    assert story.book.gross_krw == 7 * 70_000  # and they count as exposure


def test_drift_that_goes_away_unfreezes(story: Story) -> None:
    agree(story, {HYNIX: 7})
    agree(story, {})
    assert not story.book.listing(HYNIX).frozen
    assert story.book.gross_krw == 0
    assert one(story.enter(symbol=HYNIX), r.IntentDecided).status == "APPROVED"


def test_a_single_holders_missing_shares_are_taken_off_after_two_balances(story: Story) -> None:
    story.hold(10)
    outputs = agree(story, {SAMSUNG: 4})
    changed = one(outputs, r.AllocationChanged)
    assert (changed.shares, changed.realised_krw) == (4, 0)
    assert story.allocation().stop_krw == 68_000
    assert not story.book.listing(SAMSUNG).frozen


def test_missing_shares_of_several_holders_are_not_handed_out_by_guess(story: Story) -> None:
    story.hold(10, "KMP")
    story.wait(91)
    story.hold(5, "KPR")
    outputs = agree(story, {SAMSUNG: 4})
    assert of(outputs, r.AllocationChanged) == []
    assert story.book.listing(SAMSUNG).frozen
    assert story.book.listing(SAMSUNG).drift == -11


def test_while_an_order_works_or_just_filled_balance_and_book_are_not_compared(
    story: Story,
) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    number = story.answer(order_id)
    assert of(agree(story, {SAMSUNG: 10}), r.DriftSeen) == []  # filled, and not told yet
    story.notice(number, 10)
    assert of(story.wait(3).balance(holdings={}), r.DriftSuspected) == []
    assert of(agree(story, {SAMSUNG: 10}), r.DriftSeen) == []


def test_an_older_balance_that_comes_late_is_left_alone(story: Story) -> None:
    story.wait(15).balance(98_000_000)
    assert story.balance(50_000_000, ago_s=10) == []
    assert story.book.equity_krw == 98_000_000
