"""Which exchange members (brokers) traded a stock: a seeded split of what was traded. Pure.

Every half hour has its own weights, so the list of the busiest five moves through the day. What
all members bought, and sold, is exactly the stock's volume. Names and numbers are those of
published examples and of KIS's member file.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.investors import split
from broker_sim.exchange.path import generator

Ints = NDArray[np.int64]

SOLD, BOUGHT = 0, 1
SPAN_NS = 30 * 60 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the exchange. `usual` is its weight among them."""

    number: str
    name: str
    foreign: bool
    usual: float


MEMBERS = tuple(
    Member(*row)
    for row in (
        ("00050", "키움증권", False, 0.20),
        ("00005", "미래에셋증권", False, 0.13),
        ("00030", "삼성증권", False, 0.09),
        ("00003", "한국증권", False, 0.10),
        ("00012", "NH투자증권", False, 0.10),
        ("00002", "신한투자", False, 0.07),
        ("00086", "BNK증권", False, 0.03),
        ("00036", "모간서울", True, 0.10),
        ("00037", "씨티그룹", True, 0.08),
        ("00035", "맥쿼리", True, 0.05),
    )
)
FOREIGN = np.array([member.foreign for member in MEMBERS])
OWN_NUMBER = "00003"  # Korea Investment & Securities itself
_USUAL = np.array([member.usual for member in MEMBERS])


class MemberSplit:
    """Splits one stock's volume of one day among the members."""

    def __init__(self, symbol: str, seed: int, date: dt.date) -> None:
        self._name = f"members {symbol}"
        self._seed = seed
        self._date = date
        self._weights: dict[int, NDArray[np.float64]] = {}

    def shares(self, by_span: dict[int, int]) -> Ints:
        """Return shares sold and bought by each member, of shape (side, members).

        `by_span` holds the volume traded in each half hour of the day, by the half hour's number.
        """
        total = np.zeros((2, len(MEMBERS)), dtype=np.int64)
        for span, volume in by_span.items():
            weights = self._weights_of(span)
            for side in (SOLD, BOUGHT):
                total[side] += split(volume, weights[side])
        return total

    def _weights_of(self, span: int) -> NDArray[np.float64]:
        known = self._weights.get(span)
        if known is None:
            rng = generator(self._seed, self._date, f"{self._name} {span}")
            known = _USUAL * rng.standard_exponential((2, len(MEMBERS)))
            self._weights[span] = known
        return known
