"""The regime: each component's edge, the tiers, and what happens where something is not known."""

from collections.abc import Sequence
from typing import Any

import pytest

from strategy_nulrimok.decision.artifact import Component, Regime
from strategy_nulrimok.decision.regime import realised_volatilities, regime, tier_of
from strategy_nulrimok.decision.research import FxDay
from tests.strategy_nulrimok.decision.worlds import (
    kospi_of,
    name_of,
    rules,
    sessions,
    side_by_side,
)

DATES = sessions(400)
CALM = [2000.0 + (day % 2) for day in range(60)]
UP, FLAT = [10_000] * 59 + [10_100], [10_000] * 60


def judged(
    closes: Sequence[float] = CALM,
    names: Sequence[Sequence[int]] = (UP,),
    fx: Sequence[FxDay] | None = None,
    over: dict[str, Any] | None = None,
) -> Regime:
    side = side_by_side([name_of(f"{i:06d}", "Alpha", each) for i, each in enumerate(names)])
    return regime(kospi_of(closes, DATES), side, fx, rules({"regime": over or {}}).regime, True)


def component(found: Regime, name: str) -> Component:
    return next(one for one in found.components if one.name == name)


def rates(*closes: float, until: int = 1) -> tuple[FxDay, ...]:
    dates = DATES[: len(DATES) - until + 1]
    return tuple(
        FxDay(day, close) for day, close in zip(dates[-len(closes) :], closes, strict=True)
    )


@pytest.mark.parametrize(
    ("newest", "passed"),
    [(2000.0, False), (2000.01, True), (1999.99, False)],
    ids=["on the mean", "above", "below"],
)
def test_price_must_lie_above_its_mean(newest: float, passed: bool) -> None:
    closes = [2000.0] * 59 + [newest]
    assert component(judged(closes), "price").passed is passed


@pytest.mark.parametrize(("up", "of", "passed"), [(11, 20, False), (12, 20, True), (1, 1, True)])
def test_breadth_must_exceed_its_share(up: int, of: int, passed: bool) -> None:
    found = component(judged(names=[UP] * up + [FLAT] * (of - up)), "breadth")
    assert (found.passed, found.value) == (passed, up / of)


def test_breadth_is_of_those_with_enough_closes() -> None:
    assert component(judged(names=[UP, UP[-19:], FLAT[-20:]]), "breadth").value == 0.5
    found = judged(names=[UP[-19:]])
    assert component(found, "breadth").passed is None
    assert found.unavailable == ("breadth", "fx")
    assert [one.weight for one in found.components] == [0.5, 0.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("calmer", "passed"),
    [(9, False), (8, True)],
    ids=["90 % of them are calmer", "80 %"],
)
def test_volatility_ranks_among_its_own_past(calmer: int, passed: bool) -> None:
    # Alternating moves whose size changes by day: with one-day volatilities the ranks are plain.
    sizes = [0.05] * 60 + [0.001] * calmer + [0.05] * (9 - calmer) + [0.02]
    closes = [2000.0]
    for i, size in enumerate(sizes):
        closes.append(closes[-1] * (1 + size * (-1) ** i))
    found = component(judged(closes, over={"vol_days": 1, "vol_history_days": 10}), "volatility")
    assert (found.value, found.passed) == (10 * calmer, passed)


def test_realised_volatility_is_the_root_mean_square_of_a_year() -> None:
    import numpy as np

    # +10 % and -10 %: √((.01 + .01) / 2) × √252 = 1.5874508
    found = realised_volatilities(np.array([100.0, 110.0, 99.0]), 2)
    assert found.tolist() == pytest.approx([1.587450787])


@pytest.mark.parametrize(
    ("fx", "passed", "says"),
    [
        (rates(1000, 1, 1, 1, 1, 1019.9), True, ""),
        (rates(1000, 1, 1, 1, 1, 1020), False, ""),
        (rates(9, 1000, 1, 1, 1, 1, 1019.9), True, ""),
        (None, None, "no series"),
        (rates(1, 2, 3, 4, 5), None, "5 days, 6 needed"),
        (rates(1300, 1300, 1300, 1300, 1300, 1300), None, "copied"),
        (rates(1, 2, 3, 4, 5, 6, until=3), False, ""),
        (rates(1, 2, 3, 4, 5, 6, until=4), None, "ends on"),
        (rates(0, 2, 3, 4, 5, 6), None, "not above 0"),
    ],
    ids=["just under", "on it", "only 5 days back count", "none", "short", "a copied constant",
         "three sessions old", "four sessions old", "a rate of 0"],
)  # fmt: skip
def test_the_exchange_rate(fx: Sequence[FxDay] | None, passed: bool | None, says: str) -> None:
    found = judged(fx=fx)
    assert component(found, "fx").passed is passed
    assert says in component(found, "fx").says
    assert sum(one.weight for one in found.components) == pytest.approx(1)
    assert component(found, "price").weight == (0.3125 if passed is None else 0.25)


@pytest.mark.parametrize(
    ("score", "tier", "mult"),
    [(1.0, "A", 1.0), (0.65, "B", 0.5), (0.650001, "A", 1.0), (0.40, "B", 0.5), (0.399, "C", 0.25)],
)
def test_tiers(score: float, tier: str, mult: float) -> None:
    assert tier_of(score, rules().regime, True) == (tier, mult)
    assert tier_of(score, rules().regime, False) == (tier, 0.0 if tier == "C" else mult)


@pytest.mark.parametrize(
    ("kospi", "says"),
    [
        (kospi_of(CALM[:49], DATES), "49 days of the KOSPI, 50 needed"),
        (kospi_of(CALM, DATES[:-1]), "the session before is"),
        ((*kospi_of(CALM, DATES)[:-1], *kospi_of(CALM, DATES)[-2:]), "do not ascend"),
        (kospi_of([0.0, *CALM], DATES), "not above 0"),
    ],
    ids=["too short", "stale", "a day twice", "a close of 0"],
)
def test_without_a_sound_index_nothing_is_entered(kospi: Any, says: str) -> None:
    found = regime(kospi, side_by_side([name_of("000010")]), None, rules().regime, True)
    assert (found.tier, found.score, found.risk_mult) == ("C", 0.0, 0.0)
    assert found.unavailable == ("price", "breadth", "volatility", "fx")
    assert says in found.components[0].says


def test_fifty_days_are_enough() -> None:
    assert judged(CALM[:50]).unavailable == ("fx",)
