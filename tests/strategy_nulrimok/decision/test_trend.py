"""The trend filter's edges."""

from collections.abc import Sequence

import pytest

from strategy_nulrimok.decision.trend import Trend, above_sma, sma_krw, trends
from tests.strategy_nulrimok.decision.worlds import name_of, rules, side_by_side


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        (range(10_000, 10_055), Trend.PASSES),
        (range(10_000, 10_054), Trend.UNKNOWN),
        ([10_000] * 60, Trend.BELOW),
        ([10_000] * 59 + [10_001], Trend.PASSES),
        ([10_000] * 59 + [9_999], Trend.BELOW),
        # The mean loses five days at 10,100 and gains one at 10,500: even; at 10,499 it falls.
        ([10_100] * 10 + [10_000] * 49 + [10_500], Trend.PASSES),
        ([10_100] * 10 + [10_000] * 49 + [10_499], Trend.FALLING),
        ([20_000] * 10 + [10_000] * 48 + [15_000, 16_000], Trend.FALLING),
    ],
    ids=["55 closes", "54 are too few for the slope", "on the mean", "just above", "just below",
         "a level mean", "a mean that falls by a won", "above a falling mean"],
)  # fmt: skip
def test_a_close_above_a_mean_that_does_not_fall(closes: Sequence[int], expected: Trend) -> None:
    side = side_by_side([name_of("000010", closes_krw=list(closes))])
    assert trends(side, rules().trend) == (expected,)


def test_only_the_last_closes_count() -> None:
    side = side_by_side([name_of("000010", closes_krw=[90_000] + [10_000] * 19 + [10_020])])
    above, known = above_sma(side, 20)
    assert (above.tolist(), known.tolist()) == ([True], [True])
    assert sma_krw(side, 0, 20) == 10_001
    assert above_sma(side, 22)[1].tolist() == [False]
