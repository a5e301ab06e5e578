"""Law 4: exits are never blocked. Whatever the state, what is held can be sold at once."""

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core import records as r
from oms.core.limits import Budget, Tier
from oms.settings import limits_hash
from tests.oms.stories import SAMSUNG, Story, at, of, one, some_limits

Way = Literal["EXIT", "REDUCE", "FLATTEN", "SET_TARGET", "stop", "flatten_all"]
WAYS: tuple[Way, ...] = ("EXIT", "REDUCE", "FLATTEN", "SET_TARGET", "stop", "flatten_all")

TIGHT = some_limits(
    gross_pct_max=1e-9,
    net_pct_max=1e-9,
    position_pct_max=1e-9,
    sector_pct_max=1e-9,
    positions_max=1,
    regime_caps={},
    collar_bp=1,
    spread_bp_max=0.1,
    balance_age_s_max=0.1,
    order_value_krw_max=1,
    order_shares_max=1,
    drawdown_tiers=(Tier(1e-9, 0.0),),
    participation_pct_max=1e-9,
    orders_per_min_max=1,
    messages_per_s_max=1,
    repeats_max=1,
    repeats_s=10**6,
    blocked_states=("risk",),
    budgets={"KMP": Budget(1, 1e-9, 1e-9, 10**6, 1e-9, 1, 1, "hold")},
    sectors={},
)
"""Under these no entry passes any control that has a number."""


def safe_mode(story: Story) -> None:
    story.operator("safe_mode", enabled=True)


def killed(story: Story) -> None:
    story.operator("kill", enabled=True)


def paused(story: Story) -> None:
    story.operator("pause_strategy", strategy_id="KMP")


def unknown_regime(story: Story) -> None:
    story.operator("regime", regime="PANIC")


def lost_half(story: Story) -> None:
    story.wait(1).balance(50_000_000, {SAMSUNG: 10})


def no_total(story: Story) -> None:
    story.wait(1).balance(0, {SAMSUNG: 10})


def queries_fail(story: Story) -> None:
    for query in ("balance", "history", "buying_power", "quote"):
        for _ in range(9):
            failed = r.QueryFailed(
                at_ns=story.now_ns,
                query=query,  # type: ignore[arg-type]  # each of them is one
                error="Unreachable",
                text="no",
            )
            story.tell(failed)


def volatility(story: Story) -> None:
    story.trade(70_000, in_auction=True)


def halted(story: Story) -> None:
    story.trade(70_000, halted=True)


def frozen(story: Story) -> None:
    for _ in range(2):
        story.wait(6).balance(holdings={SAMSUNG: 17})


def silent(story: Story) -> None:
    story.wait(3_600)


def without_budget(story: Story) -> None:
    limits = some_limits(budgets={})
    story.tell(r.LimitsRead(at_ns=story.now_ns, limits=limits, limits_hash=limits_hash(limits)))


def tight(story: Story) -> None:
    story.tell(r.LimitsRead(at_ns=story.now_ns, limits=TIGHT, limits_hash=limits_hash(TIGHT)))


def notices_gone(story: Story) -> None:
    story.tell(r.NoticesChanged(at_ns=story.now_ns, live=False))


def restarted(story: Story) -> None:
    story.restart()


def locked_by_another(story: Story) -> None:
    story.wait(91).enter(1, "KPR")


TROUBLES = (
    safe_mode, killed, paused, unknown_regime, lost_half, no_total, queries_fail, volatility,
    halted, frozen, silent, without_budget, tight, notices_gone, restarted, locked_by_another,
)  # fmt: skip


def leave(story: Story, way: Way) -> list[r.AnyOutput]:
    if way == "stop":
        return story.trade(68_000)
    if way == "flatten_all":
        return story.operator("flatten_all")
    asked: dict[str, Any] = {"REDUCE": {"shares": 10}, "SET_TARGET": {"shares": 0}}
    return story.ask(way, quote=None, **asked.get(way, {}))


def sold(outputs: list[r.AnyOutput]) -> int:
    """Return the shares of KMP's that left for the exchange."""
    sent = {o.order_id for o in of(outputs, r.OrderSent)}
    orders = [o for o in of(outputs, r.OrderPlanned) if o.strategy_id == "KMP"]
    assert all(o.side == "SELL" for o in orders)
    return sum(o.shares for o in orders if o.order_id in sent)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(TROUBLES), max_size=6),
    st.sampled_from(WAYS),
    st.sampled_from(["09:00", "09:30", "15:19:45", "15:25"]),
)
def test_11_05_in_any_state_what_is_held_leaves_at_once(
    troubles: list[Any], way: Way, when: str
) -> None:
    story = Story(some_limits(), "08:50").ready()
    story.at("09:00").balance()
    story.hold(10)
    for trouble in troubles:
        trouble(story)
    story.now_ns = max(story.now_ns, at(when))
    assert sold(leave(story, way)) == 10
    assert story.allocation().selling == 10


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("way", WAYS)
def test_11_05_each_trouble_alone_blocks_no_way_out(trouble: Any, way: Way) -> None:
    story = Story(some_limits()).ready()
    story.hold(10)
    trouble(story)
    assert sold(leave(story, way)) == 10


def test_the_troubles_do_stop_entries() -> None:
    """Otherwise the tests above would show nothing."""
    for trouble in TROUBLES:
        story = Story(some_limits()).ready()
        story.hold(10)
        trouble(story)
        if trouble in (notices_gone, queries_fail, restarted):
            continue  # these are told, and stop entries once the balance is old
        wider = story.ask("SET_TARGET", shares=11, limit_krw=70_000, stop_krw=68_000)
        assert one(wider, r.IntentDecided).status in ("REFUSED", "DEFERRED"), trouble
    story = Story(some_limits()).ready()
    story.hold(10)
    wider = story.ask("SET_TARGET", shares=11, limit_krw=70_000, stop_krw=68_000)
    assert one(wider, r.IntentDecided).status == "APPROVED"
