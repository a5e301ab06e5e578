"""How much: points, multiples, caps, and the one stop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.ticks import is_on_tick
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.sizing import (
    Prices,
    Setup,
    prices,
    quality,
    quality_mult,
    size,
    time_mult,
)
from strategy_kmp.settings import load_kmp

RULES = load_kmp()[1]
GOOD = Setup(
    surge=5.0, surge_min=2.5, rvol=4.0, imbalance=0.4, spread=0.0, or_high_krw=10_000,
    retest_low_krw=10_000, breadth_ok=True, chop=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 100.0),
        ({"surge": 3.5}, 90.0),
        ({"surge": 1.0}, 80.0),
        ({"rvol": 3.0}, 95.0),
        ({"rvol": None}, 85.0),
        ({"imbalance": 0.1}, 95.0),
        ({"imbalance": None}, 85.0),
        ({"spread": 0.01}, 95.0),
        ({"spread": None}, 90.0),
        ({"retest_low_krw": 9_900}, 96.0),
        ({"breadth_ok": False}, 85.0),
        ({"chop": True}, 85.0),
    ],
    ids=[
        "everything", "a surge one above", "no surge left", "busy", "volume unknown",
        "a little pressed", "pressure unknown", "a wide spread", "spread unknown", "a retest",
        "narrow market", "chop",
    ],
)  # fmt: skip
def test_what_is_unknown_scores_nothing(changes: dict[str, object], points: float) -> None:
    setup = Setup(**({field: getattr(GOOD, field) for field in GOOD.__slots__} | changes))  # type: ignore[arg-type]
    assert sum(score for _, score in quality(setup, RULES.gates)) == pytest.approx(points)


@pytest.mark.parametrize(
    ("points", "mult"), [(29.9, 0.0), (30.0, 0.5), (59.9, 0.5), (60.0, 1.0), (79.9, 1.0), (80, 1.5)]
)
def test_quality_scales_in_steps(points: float, mult: float) -> None:
    assert quality_mult(points, 30, RULES.size) == mult


@pytest.mark.parametrize(("minutes", "mult"), [(0, 1.0), (10, 0.88), (44, 0.472), (200, 0.472)])
def test_the_hour_makes_smaller(minutes: float, mult: float) -> None:
    assert time_mult(minutes, RULES.size, RULES.gates.decay_min_max) == pytest.approx(mult)


def test_the_nearer_of_structure_and_noise_is_the_stop() -> None:
    quiet = prices(10_200, 10_150, 20.0, 10, None, RULES.entry)
    wild = prices(10_200, 10_150, 200.0, 10, None, RULES.entry)
    unknown = prices(10_200, 10_150, None, 10, None, RULES.entry)
    assert quiet == Prices(10_210, 10_180, 10_240)
    assert wild.stop_krw == 10_110  # 0.997 of the retest's low
    assert unknown.stop_krw == wild.stop_krw


def test_the_limit_leaves_room_for_the_spread_and_stays_below_the_upper_limit() -> None:
    assert prices(10_200, 10_150, 20.0, 50, None, RULES.entry).limit_krw == 10_310
    assert prices(10_200, 10_150, 20.0, 50, 10_250, RULES.entry).limit_krw == 10_250


def sized(equity: int, at: Prices, multiple: float, value: float, rules: Rules) -> int:
    return size(equity, at, multiple, value, rules.size).shares


@pytest.mark.parametrize(
    ("equity", "stop", "value", "bound_by", "shares"),
    [
        (100_000_000, 9_000, 1e12, "risk", 500),
        (100_000_000, 9_990, 1e12, "equity", 1_980),
        (100_000_000, 9_990, 1e8, "liquidity", 495),
        (1_000_000, 9_000, 1e12, "risk", 5),
        (1_000, 9_000, 1e12, "risk", 0),
        (100_000_000, 10_000, 1e12, "stop", 0),
    ],
)
def test_what_binds_is_said(
    equity: int, stop: int, value: float, bound_by: str, shares: int
) -> None:
    found = size(equity, Prices(10_000, stop, 10_100), 1.0, value, RULES.size)
    assert (found.bound_by, found.shares) == (bound_by, shares)


@given(
    high=st.integers(1_000, 900_000),
    retest=st.floats(0.97, 1.0),
    atr=st.one_of(st.none(), st.floats(0, 0.05)),
    spread=st.one_of(st.none(), st.floats(0, 0.01)),
    equity=st.integers(0, 10**11),
    multiple=st.floats(0, 1.65),
    value=st.floats(0, 1e12),
)
def test_no_size_loses_or_holds_more_than_it_may(
    high: int, retest: float, atr: float | None, spread: float | None, equity: int,
    multiple: float, value: float,
) -> None:  # fmt: skip
    at = prices(
        high,
        int(high * retest),
        None if atr is None else atr * high,
        None if spread is None else int(spread * high),
        None,
        RULES.entry,
    )
    assert is_on_tick(at.trigger_krw)
    assert is_on_tick(at.limit_krw)
    assert is_on_tick(at.stop_krw)
    assert at.stop_krw < at.trigger_krw <= at.limit_krw or at.stop_krw == at.trigger_krw
    found = size(equity, at, multiple, value, RULES.size)
    assert found.shares >= 0
    assert found.shares * at.limit_krw <= RULES.size.equity_cap * equity + 1
    assert found.shares * at.limit_krw <= RULES.size.liquidity_cap * value + 1
    risk = found.shares * (at.trigger_krw - at.stop_krw)
    assert risk <= RULES.size.base_risk * equity * multiple + 1
