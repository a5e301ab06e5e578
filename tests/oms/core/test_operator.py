"""What an operator may do to the book: halts that hold, drift resolved, nothing by halves."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from oms.core import operator
from oms.core import records as r
from oms.core.decide import turn
from tests.oms.stories import HYNIX, SAMSUNG, Story, at, of, one


def drifting(story: Story, shares: int = 5) -> Story:
    """A story in which two balances agree on shares that nobody bought."""
    story.wait(30).balance(holdings={SAMSUNG: shares})
    story.wait(30).balance(holdings={SAMSUNG: shares})
    assert story.book.listing(SAMSUNG).drift == shares - story.book.listing(SAMSUNG).allocated
    return story


def missing(story: Story, shares: int) -> Story:
    """A story in which two strategies hold ten each and the broker says it has fewer."""
    story.hold(10, "KMP", SAMSUNG)
    story.wait(200).balance(holdings={SAMSUNG: 10})
    story.cash()
    story.hold(10, "KPR", SAMSUNG)
    for _ in range(2):
        story.wait(30).balance(holdings={SAMSUNG: 20 - shares})
    assert story.book.listing(SAMSUNG).drift == -shares
    return story


def reassign(story: Story, strategy: str, shares: int, **fields: Any) -> list[r.AnyOutput]:
    return story.operator(
        "reassign_drift", symbol=SAMSUNG, strategy_id=strategy, shares=shares, **fields
    )


def status(outputs: list[r.AnyOutput]) -> tuple[str, str]:
    decided = one(outputs, r.IntentDecided)
    return decided.status, decided.message


def reasons(outputs: list[r.AnyOutput]) -> list[str]:
    return [verdict.reason for verdict in one(outputs, r.IntentDecided).trace]


@pytest.mark.parametrize(
    ("act", "undo", "fields", "message"),
    [
        ("halt_portfolio", "resume_portfolio", {}, "OMS in safe mode"),
        ("pause_strategy", "resume_strategy", {"strategy_id": "KMP"}, "Strategy KMP is paused"),
        ("halt_symbol", "resume_symbol", {"symbol": SAMSUNG}, "005930 is halted by an operator"),
    ],
)
def test_a_halt_stops_entries_never_exits_and_holds_until_it_is_resumed(
    story: Story, act: r.Action, undo: r.Action, fields: dict[str, Any], message: str
) -> None:
    story.hold(10)
    story.operator(act, **fields)
    assert message in reasons(story.enter())
    story.restart()
    story.wait(1)
    assert message in reasons(story.enter())
    assert status(story.ask("REDUCE", shares=3))[0] == "APPROVED"
    story.operator(undo, **fields)
    assert message not in reasons(story.enter())


def test_a_portfolio_halt_outlives_the_day_and_a_daily_halt_does_not(story: Story) -> None:
    story.operator("halt_portfolio")
    story.operator("flatten_all")
    assert story.book.halt_entries
    next_day = story.now_ns + 24 * 3600 * 10**9
    turn(story.book, r.TimerFired(at_ns=next_day))
    assert (story.book.safe_mode, story.book.halt_entries) == (True, False)
    assert list(story.book.flags) == [("safe_mode", None)]


def test_a_halted_symbol_keeps_out_its_own_entries_alone(story: Story) -> None:
    story.operator("halt_symbol", symbol=SAMSUNG)
    assert status(story.enter(symbol=HYNIX))[0] == "APPROVED"


def test_who_turned_a_flag_and_why_is_known_until_it_is_down(story: Story) -> None:
    story.operator("halt_symbol", symbol=SAMSUNG)
    up = story.book.flags["halted", SAMSUNG]
    assert (up.actor, up.reason, up.at_ns) == ("operator", "test", at("09:30"))
    story.operator("resume_symbol", symbol=SAMSUNG)
    assert story.book.flags == {}


def test_acknowledged_drift_lets_entries_in_while_it_stays_as_it_is(story: Story) -> None:
    drifting(story, 5)
    assert "frozen" in status(story.enter())[1]
    story.operator("acknowledge_drift", symbol=SAMSUNG)
    listing = story.book.listing(SAMSUNG)
    assert (listing.frozen, listing.drift, listing.unallocated) == (False, 5, 5)
    story.wait(30).balance(holdings={SAMSUNG: 5})
    assert not story.book.listing(SAMSUNG).frozen
    assert status(story.enter())[0] == "APPROVED"


def test_another_number_of_shares_is_no_longer_what_was_acknowledged(story: Story) -> None:
    drifting(story, 5)
    story.operator("acknowledge_drift", symbol=SAMSUNG)
    drifting(story, 7)
    assert story.book.listing(SAMSUNG).frozen


def test_an_acknowledgement_survives_a_restart(story: Story) -> None:
    drifting(story, 5)
    story.operator("acknowledge_drift", symbol=SAMSUNG)
    story.restart()
    story.wait(30).balance(holdings={SAMSUNG: 5})
    assert not story.book.listing(SAMSUNG).frozen


def test_shares_nobody_owns_are_given_to_a_strategy_with_cost_and_stop(story: Story) -> None:
    drifting(story, 5)
    outputs = reassign(story, "KMP", 5, price_krw=69_000, stop_krw=66_000)
    change = one(outputs, r.AllocationChanged)
    assert (change.shares, change.cost_krw, change.stop_krw) == (5, 345_000, 66_000)
    assert change.why == "reassigned by operator: test"
    listing = story.book.listing(SAMSUNG)
    assert (listing.drift, listing.frozen, listing.unallocated) == (0, False, 0)
    story.wait(30).balance(holdings={SAMSUNG: 5})
    assert story.book.listing(SAMSUNG).drift == 0
    assert status(story.ask("EXIT"))[0] == "APPROVED"


def test_a_part_may_be_reassigned_and_the_rest_stays_unexplained(story: Story) -> None:
    drifting(story, 5)
    reassign(story, "KMP", 2, price_krw=70_000, stop_krw=66_000)
    listing = story.book.listing(SAMSUNG)
    assert (listing.drift, listing.frozen, listing.unallocated) == (3, True, 3)
    assert listing.exposure_krw == 5 * 70_000


def test_what_the_broker_misses_is_taken_from_the_strategy_the_operator_names(
    story: Story,
) -> None:
    missing(story, 4)
    outputs = reassign(story, "KPR", 4)
    change = one(outputs, r.AllocationChanged)
    assert (change.strategy_id, change.shares, change.delta) == ("KPR", 6, -4)
    assert change.realised_krw == 0
    assert story.allocation("KMP").shares == 10
    assert (story.book.listing(SAMSUNG).drift, story.book.listing(SAMSUNG).frozen) == (0, False)


@pytest.mark.parametrize(
    ("tale", "action", "fields", "why"),
    [
        (drifting, "reassign_drift", {"shares": 6}, "a drift of \\+5: 6 shares cannot"),
        (drifting, "reassign_drift", {"shares": 0}, "a drift of \\+5: 0 shares cannot"),
        (drifting, "reassign_drift", {"strategy_id": "GHOST"}, "GHOST has no budget"),
        (drifting, "reassign_drift", {"stop_krw": None}, "KMP has no stop in 005930"),
        (drifting, "reassign_drift", {"symbol": HYNIX}, "a drift of \\+0"),
        (drifting, "acknowledge_drift", {"symbol": HYNIX}, "000660 has no drift"),
        (drifting, "amend_stop", {}, "KMP holds no 005930"),
        (drifting, "cancel_order", {"order_id": "20251120-0009"}, "20251120-0009 is over"),
        (lambda s: missing(s, 4), "acknowledge_drift", {}, "4 shares of 005930 are missing"),
        (lambda s: missing(s, 4), "reassign_drift", {"shares": 5}, "a drift of -4: 5 shares"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    story: Story,
    tale: Callable[[Story], Story],
    action: r.Action,
    fields: dict[str, Any],
    why: str,
) -> None:
    tale(story)
    values: dict[str, Any] = {
        "symbol": SAMSUNG, "strategy_id": "KMP", "shares": 5, "stop_krw": 66_000,
    }  # fmt: skip
    act = r.OperatorActed(
        at_ns=story.now_ns, actor="operator", action=action, reason="x", **(values | fields)
    )
    told = operator.refusal(story.book, act)
    assert told is not None
    assert re.search(why, told)
    assert story.tell(act) == []


def test_shares_that_are_being_sold_are_not_reassigned(story: Story) -> None:
    drifting(story, 5)
    story.operator("flatten_all")
    assert reassign(story, "KMP", 5, price_krw=70_000, stop_krw=66_000) == []


def test_an_operator_moves_a_stop_and_the_next_trade_at_it_sells(story: Story) -> None:
    story.hold(10)
    story.operator("amend_stop", strategy_id="KMP", symbol=SAMSUNG, stop_krw=69_500)
    assert story.allocation().stop_krw == 69_500
    outputs = story.wait(1).trade(69_400)
    assert of(outputs, r.StopFired)


def test_every_act_is_decided_the_same_again(story: Story) -> None:
    drifting(story, 5)
    story.operator("halt_symbol", symbol=HYNIX)
    story.operator("halt_portfolio")
    reassign(story, "KMP", 3, price_krw=70_000, stop_krw=66_000)
    story.operator("acknowledge_drift", symbol=SAMSUNG)
    story.operator("resume_portfolio")
    again = Story(story.limits)
    for heard, outputs in story.told:
        assert turn(again.book, r.decode_input(r.encode(heard))) == outputs
