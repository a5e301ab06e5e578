"""Who leads: percentiles among peers, shrunk where there are few."""

from collections.abc import Sequence

import numpy as np
import pytest

from strategy_nulrimok.decision.leaders import returns_of, rs_percentiles, threshold_pct, verdict
from strategy_nulrimok.decision.panel import Panel
from tests.strategy_nulrimok.decision.worlds import name_of, rules, side_by_side

RULES = rules().leader


def ending(*newest: tuple[str, int]) -> Panel:
    """Names that stood at 10,000 KRW and close at `newest`, by sector."""
    return side_by_side(
        [
            name_of(f"0000{i:02d}", sector, [10_000] * 59 + [close])
            for i, (sector, close) in enumerate(newest)
        ]
    )


def test_nine_members_are_enough_to_stand_alone() -> None:
    side = ending(*(("Alpha", 10_000 + i) for i in range(9)), ("Beta", 90_000))
    assert rs_percentiles(side, RULES)[:9].tolist() == [i * 12.5 for i in range(9)]


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        # One peer of eight counts an eighth: the better of two in its sector, last but one in all.
        (ending(("A", 2), ("A", 1), ("B", 5), ("B", 5), ("B", 5)), 100 / 8 + 25 * 7 / 8),
        # No peer: the market's percentile, 3 of 4 below.
        (ending(("A", 4), ("B", 1), ("B", 2), ("B", 3), ("B", 5)), 75.0),
        (ending(("A", 4)), 50.0),
        (ending(("A", 4), ("A", 4), ("A", 4)), 0.0),
    ],
    ids=["one peer", "no peer", "alone in the world", "equals are not below"],
)
def test_few_peers_shrink_to_the_market(side: Panel, expected: float) -> None:
    assert rs_percentiles(side, RULES)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        ([100] + [200] * 59, 1.0),
        ([50, 100] + [200] * 59, 1.0),
        ([100] + [150] * 19, 0.5),
        ([100] + [150] * 18, np.nan),
    ],
    ids=["sixty closes", "no more than sixty", "twenty are enough", "nineteen are not"],
)
def test_the_return_spans_what_there_is(closes: Sequence[int], expected: float) -> None:
    side = side_by_side([name_of("000010", closes_krw=closes)])
    assert returns_of(side, RULES)[0] == pytest.approx(expected, nan_ok=True)


def test_no_older_close_than_the_span_counts() -> None:
    side = side_by_side([name_of("000010", closes_krw=[50] * 30 + [100] + [200] * 29)])
    shorter = rules({"leader": {"days": 30}}).leader
    assert returns_of(side, shorter).tolist() == [1.0]
    assert returns_of(side, RULES).tolist() == [3.0]


def test_who_has_no_return_is_nobody_s_peer() -> None:
    side = side_by_side(
        [name_of("000010"), name_of("000020", closes_krw=[1] * 19), name_of("000030")]
    )
    found = rs_percentiles(side, RULES)
    assert (found[0], np.isnan(found[1]), found[2]) == (0.0, True, 0.0)
    assert verdict(float(found[1]), 0) == "RS_UNKNOWN"


@pytest.mark.parametrize(
    ("percentile", "threshold", "why"),
    [(50, 50, None), (49.999999999, 50, "RS_PERCENTILE"), (60, 60, None)],
)
def test_the_threshold_itself_passes(percentile: float, threshold: float, why: str | None) -> None:
    assert verdict(percentile, threshold) == why


def test_each_tier_has_its_threshold() -> None:
    house = rules()
    permissive = [threshold_pct(tier, house.switches) for tier in ("A", "B", "C")]
    strict = [threshold_pct(tier, house.strict) for tier in ("A", "B", "C")]
    assert (permissive, strict) == ([50, 60, 60], [60, 70, 70])
