"""A split changes nothing by guess: stops are held, entries wait, and an operator says what it was.

The factors are those of real ones: Samsung Electronics 50:1 (2018), Kakao 5:1 (2021), bonus issues
of 1 for 1 and 0.2 for 1, and merges of 10 and 5 into 1.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import SECOND_NS
from kis_core.market.ticks import is_on_tick
from oms.core import operator, splits
from oms.core import records as r
from oms.core.decide import turn
from oms.core.drift import evidence
from oms.core.holdings import Allocation, Listing
from tests.oms.stories import KOSDAQ150, SAMSUNG, Story, of, one

DAY_NS = 24 * 3600 * SECOND_NS
FACTORS = [(50, 1), (5, 1), (2, 1), (6, 5), (1, 10), (1, 5)]
NAMES = ["Samsung 2018", "Kakao 2021", "bonus 1:1", "bonus 0.2:1", "merge 10:1", "merge 5:1"]


@pytest.fixture
def watched(story_of: Callable[..., Story]) -> Story:
    return overnight(story_of(base_jump_pct_max=0.30))


def overnight(story: Story, kmp: int = 100, kpr: int = 50) -> Story:
    """Two strategies hold shares at 70,000, stopped at 68,000, and the next day has begun."""
    story.hold(kmp, "KMP")
    if kpr:
        story.wait(91).hold(kpr, "KPR")
    story.now_ns += DAY_NS - int(1.5 * 3600 * SECOND_NS)  # 08:00 and a bit
    story.timer()
    return story


def base(story: Story, krw: int) -> list[r.AnyOutput]:
    return story.wait(1).tell(r.BasePriceRead(at_ns=story.now_ns, symbol=SAMSUNG, base_krw=krw))


def agree(story: Story, shares: int) -> list[r.AnyOutput]:
    told: list[r.AnyOutput] = []
    for _ in range(2):
        told += story.wait(15).balance(holdings={SAMSUNG: shares} if shares else {})
    return told


def split(story: Story, numerator: int, denominator: int, **fields: Any) -> list[r.AnyOutput]:
    return story.operator(
        "split", symbol=SAMSUNG, numerator=numerator, denominator=denominator, **fields
    )


def why_not(story: Story, numerator: int, denominator: int, **fields: Any) -> str | None:
    act = r.OperatorActed(
        at_ns=story.now_ns,
        actor="operator",
        action="split",
        reason="x",
        symbol=story.symbol,
        numerator=numerator,
        denominator=denominator,
        **fields,
    )
    return operator.refusal(story.book, act)


def test_a_base_price_beyond_a_days_reach_holds_the_stops_and_entries(watched: Story) -> None:
    flag = one(base(watched, 14_000), r.FlagChanged)
    assert (flag.flag, flag.on, flag.subject) == ("rescaled", True, SAMSUNG)
    watched.wait(3600)
    assert watched.trade(14_000) == []
    controls = [v.control for v in one(watched.enter(1), r.IntentDecided).trace]
    assert "rescaled" in controls
    assert one(watched.ask("EXIT"), r.IntentDecided).status == "APPROVED"  # a person's own wish


@pytest.mark.parametrize("krw", [70_000, 49_000, 91_000])
def test_a_base_price_within_a_days_reach_holds_nothing(watched: Story, krw: int) -> None:
    assert of(base(watched, krw), r.FlagChanged) == []
    watched.wait(3600)
    assert len(of(watched.trade(krw - 3_000 if krw < 70_000 else 67_000), r.StopFired)) == 2


def test_before_the_base_price_is_known_a_price_beyond_reach_fires_no_stop(
    watched: Story,
) -> None:
    watched.wait(3600)
    assert watched.trade(14_000) == []
    base(watched, 60_000)  # it was a crash, after all
    assert len(of(watched.trade(42_100), r.StopFired)) == 2


def test_the_hold_survives_a_restart_and_the_next_day(watched: Story) -> None:
    base(watched, 14_000)
    watched.restart()
    watched.now_ns += DAY_NS
    watched.timer()
    base(watched, 14_000)
    assert watched.wait(3600).trade(14_000) == []


@pytest.mark.parametrize(("numerator", "denominator"), FACTORS, ids=NAMES)
def test_a_real_factor_scales_shares_stops_and_the_mark_and_keeps_the_cost(
    watched: Story, numerator: int, denominator: int
) -> None:
    factor = Fraction(numerator, denominator)
    cost = watched.allocation("KMP").cost_krw
    base(watched, int(70_000 / factor))
    agree(watched, int(150 * factor))
    assert f"looks like a split {denominator}:{numerator}" in evidence(
        watched.book, watched.book.listing(SAMSUNG)
    )
    split(watched, numerator, denominator)
    kmp, kpr = watched.allocation("KMP"), watched.allocation("KPR")
    listing = watched.book.listing(SAMSUNG)
    assert (kmp.shares, kpr.shares) == (int(100 * factor), int(50 * factor))
    assert kmp.cost_krw == cost
    stop = kmp.stop_krw
    assert stop is not None
    assert stop >= Fraction(68_000) / factor
    assert is_on_tick(stop)
    assert (listing.drift, listing.frozen, listing.rescaled) == (0, False, False)
    assert abs(listing.mark_krw / (70_000 / factor) - 1) < 0.01
    assert watched.book.gross_krw == (kmp.shares + kpr.shares) * listing.mark_krw
    watched.wait(3600)
    assert of(watched.trade(int(70_000 / factor)), r.StopFired) == []
    assert len(of(watched.trade(stop - 1), r.StopFired)) == 2


@given(
    kmp=st.integers(1, 10_000),
    kpr=st.integers(0, 10_000),
    mine=st.integers(0, 500),
    numerator=st.integers(1, 60),
    denominator=st.integers(1, 60),
)
def test_the_parts_add_up_to_what_the_account_has_and_nobody_is_a_share_off(
    kmp: int, kpr: int, mine: int, numerator: int, denominator: int
) -> None:
    listing = Listing(SAMSUNG, None, acknowledged=mine)
    for strategy, shares in (("KMP", kmp), ("KPR", kpr)):
        listing.allocations[strategy] = Allocation(strategy, SAMSUNG, shares=shares)
    listing.acknowledged = mine
    factor = Fraction(numerator, denominator)
    made = splits.shares_after(listing, factor)
    assert sum(made.values()) == int((kmp + kpr + mine) * factor)
    for name, held in (("KMP", kmp), ("KPR", kpr), (None, mine)):
        assert abs(made.get(name, 0) - held * factor) < 1


def test_a_merge_of_one_holders_shares_is_not_taken_for_a_sale(
    story_of: Callable[..., Story],
) -> None:
    story = overnight(story_of(base_jump_pct_max=0.30), kpr=0)
    told = agree(story, 10)  # the balance is there before the day's base price is
    assert of(told, r.AllocationChanged) == []
    listing = story.book.listing(SAMSUNG)
    assert listing.frozen
    assert "may be a merge" in evidence(story.book, listing)[0]
    base(story, 700_000)
    assert of(agree(story, 10), r.AllocationChanged) == []
    split(story, 1, 10)
    kmp = story.allocation()
    assert (kmp.shares, kmp.stop_krw, kmp.cost_krw) == (10, 680_000, 7_000_980)
    assert not listing.frozen


def test_shares_sold_elsewhere_over_night_shrink_a_holder_once_the_base_price_is_known(
    story_of: Callable[..., Story],
) -> None:
    story = overnight(story_of(base_jump_pct_max=0.30), kpr=0)
    agree(story, 40)
    assert story.allocation().shares == 100
    base(story, 70_000)
    agree(story, 40)
    assert story.allocation().shares == 40
    assert not story.book.listing(SAMSUNG).frozen


def test_prices_move_at_the_ex_date_and_shares_when_they_come(watched: Story) -> None:
    """A bonus issue: the price halves, the shares are delivered three weeks later."""
    base(watched, 35_000)
    split(watched, 2, 1, scale="prices")
    kmp = watched.allocation("KMP")
    assert (kmp.shares, kmp.stop_krw) == (100, 34_000)
    assert not watched.book.listing(SAMSUNG).rescaled
    agree(watched, 150)
    watched.now_ns += 21 * DAY_NS
    watched.timer()
    base(watched, 36_000)
    agree(watched, 300)
    split(watched, 2, 1, scale="shares")
    assert (kmp.shares, kmp.stop_krw, watched.book.listing(SAMSUNG).drift) == (200, 34_000, 0)


def test_one_for_one_says_that_there_was_no_split(watched: Story) -> None:
    base(watched, 40_000)
    agree(watched, 150)
    split(watched, 1, 1)
    watched.wait(3600)
    assert len(of(watched.trade(40_000), r.StopFired)) == 2
    assert watched.allocation("KMP").shares == 100


def test_the_operators_own_shares_are_split_with_the_others(watched: Story) -> None:
    agree(watched, 157)
    watched.operator("acknowledge_drift", symbol=SAMSUNG)
    base(watched, 14_000)
    agree(watched, 785)
    split(watched, 5, 1)
    listing = watched.book.listing(SAMSUNG)
    assert (listing.drift, listing.acknowledged, listing.frozen) == (35, 35, False)
    assert watched.allocation("KMP").shares == 500


def test_a_fraction_goes_to_the_largest_remainder_and_the_rest_is_cash(
    story_of: Callable[..., Story],
) -> None:
    story = overnight(story_of(base_jump_pct_max=0.30), kmp=17, kpr=8)
    base(story, 700_000)
    agree(story, 2)  # 25 shares become 2.5
    split(story, 1, 10)
    assert (story.allocation("KMP").shares, story.allocation("KPR").shares) == (1, 1)
    assert story.book.listing(SAMSUNG).drift == 0


def test_a_strategy_left_without_a_share_has_no_cost_stop_or_profit(
    story_of: Callable[..., Story],
) -> None:
    story = overnight(story_of(base_jump_pct_max=0.30), kmp=20, kpr=3)
    base(story, 700_000)
    agree(story, 2)
    outputs = split(story, 1, 10)
    kpr = story.allocation("KPR")
    assert (kpr.shares, kpr.cost_krw, kpr.stop_krw) == (0, 0, None)
    assert sum(change.realised_krw for change in of(outputs, r.AllocationChanged)) == 0


@pytest.mark.parametrize(
    ("numerator", "denominator", "fields", "why"),
    [
        (5, 1, {}, "makes 750 shares of 005930, the broker has 150"),
        (0, 1, {}, "0 for 1 is no split"),
        (5, 1, {"force": True}, None),
        (5, 1, {"scale": "prices"}, None),
        (1, 1, {}, None),
    ],
)
def test_a_split_must_make_the_brokers_shares(
    watched: Story, numerator: int, denominator: int, fields: dict[str, Any], why: str | None
) -> None:
    agree(watched, 150)
    told = why_not(watched, numerator, denominator, **fields)
    assert told is None if why is None else why in (told or "")


def test_a_split_waits_for_orders_to_end_and_needs_shares(watched: Story) -> None:
    agree(watched, 150)
    watched.wait(3600).ask("REDUCE", shares=1, limit_krw=90_000)
    assert "orders of 005930 work" in (why_not(watched, 1, 1) or "")
    watched.book.listings.clear()
    assert why_not(watched, 1, 1) == "nobody holds 005930"


@pytest.mark.parametrize(
    ("shares", "base_krw", "close_krw", "factor"),
    [
        (500, 14_000, 70_000, Fraction(5)),
        (500, 14_600, 70_000, Fraction(5)),  # our last price was not the close
        (120, 58_300, 70_000, Fraction(6, 5)),
        (10, 700_000, 70_000, Fraction(1, 10)),
        (105, 70_000, 70_000, None),  # bought by hand
        (120, 70_000, 70_000, None),
        (500, 70_000, 70_000, None),
        (100, 14_000, 70_000, None),  # not delivered yet
        (501, 14_000, 70_000, None),
        (500, None, 70_000, None),
    ],
)
def test_only_shares_and_prices_together_look_like_a_split(
    shares: int, base_krw: int | None, close_krw: int, factor: Fraction | None
) -> None:
    listing = Listing(SAMSUNG, None, base_krw=base_krw, close_krw=close_krw, broker_shares=shares)
    listing.allocations["KMP"] = Allocation("KMP", SAMSUNG, shares=100)
    assert splits.looks_like(listing) == factor


def test_a_split_moves_no_days_profit(watched: Story) -> None:
    """The account is worth what it was: no loss limit may take the new price for a loss."""
    watched.balance(100_000_000, {SAMSUNG: 150})
    before = watched.book.unrealised_krw
    base(watched, 14_000)
    mark = r.Mark(SAMSUNG, 14_000, watched.now_ns + 1)
    watched.wait(1).tell(r.MarksTaken(at_ns=watched.now_ns, marks=(mark,)))
    assert watched.book.daily_pnl_krw == 0
    agree(watched, 750)
    split(watched, 5, 1)
    assert watched.book.unrealised_krw == before
    assert not watched.book.halt_entries
    for strategy in ("KMP", "KPR"):
        assert watched.book.strategy(strategy).daily_pnl_krw == 0


def test_a_split_is_decided_the_same_again(watched: Story) -> None:
    base(watched, 14_000)
    agree(watched, 750)
    split(watched, 5, 1)
    again = Story(watched.limits)
    for heard, outputs in watched.told:
        assert turn(again.book, r.decode_input(r.encode(heard))) == outputs


def test_a_contract_may_move_by_any_factor_and_its_stop_fires(
    story_of: Callable[..., Story],
) -> None:
    of_contracts = {"instruments": "derivatives", "margin_pct": 0.2, "unknown_sector": "allow"}
    story = overnight(story_of(symbol=KOSDAQ150, base_jump_pct_max=0.30, **of_contracts))
    story.wait(3600)
    assert len(of(story.trade(14_000), r.StopFired)) == 2
    assert "contracts are not split" in (why_not(story, 5, 1) or "")
