"""Which exchange members (brokers) traded a stock: a seeded split of what was traded. Pure.

Every half hour has its own weights, so the list of the busiest five moves through the day. What
all members bought, and sold, is exactly the stock's volume. Names and numbers are those of
published examples and of KIS's member file.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.path import generator

Ints = NDArray[np.int64]

SOLD, BOUGHT = 0, 1
SPAN_NS = 30 * 60 * 1_000_000_000
SPANS = 48


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
        rng = generator(seed, date, f"members {symbol}")
        weights = _USUAL * rng.standard_exponential((SPANS, 2, len(MEMBERS)))
        upto = np.cumsum(weights, axis=2)
        self._upto = upto / upto[:, :, -1:]

    def shares(self, volumes: Ints) -> Ints:
        """Return shares sold and bought by each member, of shape (side, members).

        `volumes` holds what was traded in each half hour of the day.
        """
        parts = np.floor(self._upto * volumes[:, None, None]).astype(np.int64)
        parts[:, :, -1] = volumes[:, None]
        total: Ints = np.diff(parts, axis=2, prepend=0).sum(axis=0)
        return total
