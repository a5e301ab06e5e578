"""The five levels a side of a contract's book, drawn around its best quotes.

Sizes are a function of seed, code, price and second alone, redrawn every few seconds.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.prints import Limits
from kis_core.market.instants import SECOND_NS

LEVELS = 5
_DRAWS = 4_096  # a power of two
_STEADY_S = 3
_DEEPER = 0.25  # each level further out is larger by this share


@dataclass(frozen=True, slots=True)
class Level:
    """One price of a book: hundredths, contracts, orders."""

    price_h: int
    quantity: int
    orders: int


@dataclass(frozen=True, slots=True)
class Book:
    """Best first. In an auction `expected_h` is the price it would find now, else 0."""

    code: str
    at_ns: int
    asks: tuple[Level, ...]
    bids: tuple[Level, ...]
    expected_h: int


class Levels:
    """Draws books."""

    def __init__(self, seed: int) -> None:
        draws = np.random.default_rng([seed, 0xF0]).standard_exponential(_DRAWS)
        self._draws = [float(draw) for draw in 0.4 + 1.6 * draws]

    def book(
        self,
        contract: Contract,
        limits: Limits,
        best: tuple[int, int],
        usual: float,
        at_ns: int,
        expected_h: int,
    ) -> Book:
        """Return the book around the best bid and ask, 0 where a side is empty."""
        bid_h, ask_h = best
        block = at_ns // SECOND_NS // _STEADY_S
        key = zlib.crc32(contract.code.encode()) % 1_000_003
        tick_h = contract.product.tick_h
        asks: list[Level] = []
        while ask_h and ask_h <= limits.upper_h and len(asks) < LEVELS:
            asks.append(self._level(ask_h, len(asks), usual, block, key))
            ask_h += tick_h(ask_h)
        bids: list[Level] = []
        while bid_h >= max(limits.lower_h, 1) and len(bids) < LEVELS:
            bids.append(self._level(bid_h, len(bids), usual, block, key))
            bid_h -= tick_h(bid_h - 1)
        return Book(contract.code, at_ns, tuple(asks), tuple(bids), expected_h)

    def _level(self, price_h: int, away: int, usual: float, block: int, key: int) -> Level:
        draw = self._draws[(price_h * 7_919 + block * 104_729 + key) & (_DRAWS - 1)]
        quantity = 1 + int(usual * 3.0 * draw * (1.0 + _DEEPER * away))
        return Level(price_h, quantity, 1 + quantity // 4)
