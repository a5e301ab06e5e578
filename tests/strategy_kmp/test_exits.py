"""The exit rules in their order, the trail, and R after costs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.instants import MINUTE_NS
from strategy_kmp.decision.exits import exit_reason, trail_krw
from strategy_kmp.decision.state import State
from strategy_kmp.settings import load_kmp
from strategy_runtime.decision.position import Position, seen, trailed
from tests.strategy_kmp.stories import HIGH, SYMBOL, Story

RULES = load_kmp()[1]
HELD = Position(
    trip_id="t", shares=10, bought=10, entry_krw=10_220.0, stop_krw=10_120, cost_ratio=0.0018,
    entered_ns=0, entry_reason="e", setup="s", best_krw=10_220.0, worst_krw=10_220.0,
    trail_krw=10_120.0, guard_krw=10_120,
)  # fmt: skip


@pytest.fixture(scope="module")
def market() -> State:
    """A market at 09:40 in which the symbol's opening high is 10,200 and its VWAP below that."""
    told = Story(RULES).ready()
    told.trade("09:39:55", HIGH + 20)
    told.until("09:40:00")
    return told.state


@pytest.mark.parametrize(
    ("minutes", "price", "changes", "reason"),
    [
        (5, 10_120, {}, "hard_stop"),
        (5, 10_130, {}, None),  # under the opening high, but not under VWAP
        (5, 10_130, {"vwap": True}, "acceptance_failure"),
        (16, 10_400, {}, None),
        (16, 10_130, {"vwap": True}, "stall_scratch"),
        (7.9, 10_280, {}, None),
        (8, 10_280, {}, "stall_scratch"),
        (8, 10_288, {}, "stall_scratch"),  # +0.68 R before costs, +0.496 after
        (8, 10_289, {}, None),
        (7, 10_300, {"best_krw": 10_400.0, "trail_krw": 10_310.0}, "trailing_stop"),
        (7, 10_300, {"best_krw": 10_220.0, "trail_krw": 10_310.0}, None),  # never was better
        (7, None, {}, None),
    ],
    ids=[
        "at the stop", "holds VWAP", "under both", "far enough", "no failure but a stall",
        "not yet eight minutes", "eight minutes", "costs count", "more than costs", "the trail",
        "no trail without gain", "no price",
    ],
)  # fmt: skip
def test_the_first_rule_that_matches(
    market: State, minutes: float, price: int | None, changes: dict[str, float], reason: str | None
) -> None:
    name = market.names[SYMBOL]
    raised = changes.get("vwap")
    position = replace(
        HELD,
        entered_ns=market.now_ns - int(minutes * MINUTE_NS),
        **{key: value for key, value in changes.items() if key != "vwap"},  # type: ignore[arg-type]
    )
    vwap = name.heard.vwap
    if raised:
        from kis_core.market.vwap import SessionVwap

        name.heard.vwap = SessionVwap()
        name.heard.vwap.on_sums(1, 1, 10_150)
    try:
        assert exit_reason(market, name, position, price, RULES) == reason
    finally:
        name.heard.vwap = vwap


def test_r_counts_what_the_round_trip_costs() -> None:
    assert HELD.r_net(10_220) == pytest.approx(-0.0018 * 10_220 / 100)
    assert replace(HELD, stop_krw=10_300).r_net(10_220) is None


@pytest.mark.parametrize(
    ("minutes", "pressed", "share"),
    [(1, False, 0.5), (15, False, 0.5), (20, False, 0.5835), (60, False, 0.75), (1, True, 0.7)],
)
def test_the_trail_tightens_with_time_and_pressure(
    minutes: float, pressed: bool, share: float
) -> None:
    best = seen(HELD, 10_420)
    trail = trail_krw(best, int(minutes * MINUTE_NS), RULES.exits, pressed=pressed)
    assert trailed(best, trail).trail_krw == pytest.approx(10_220 + share * 200)


@given(st.lists(st.tuples(st.integers(9_000, 12_000), st.booleans()), max_size=40))
def test_a_trail_never_falls_and_never_lies_under_the_stop(
    prints: list[tuple[int, bool]],
) -> None:
    position = HELD
    for minute, (price, pressed) in enumerate(prints):
        before = position.trail_krw
        position = seen(position, price)
        trail = trail_krw(position, minute * MINUTE_NS, RULES.exits, pressed=pressed)
        position = trailed(position, trail)
        assert position.trail_krw >= before >= position.stop_krw
        assert position.worst_krw <= price <= position.best_krw
