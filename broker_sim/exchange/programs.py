"""Program trading nobody recorded: a seeded part of the day's prints, summed up as they pass. Pure.

Of some prints, and of every auction, one side was a program's: mostly the aggressor's. So buys and
sells together never exceed what was traded, and nothing is known of a print before it happened.
Every figure is split by basis (arbitrage or not), account (customers' or own) and side.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import PrintTape
from broker_sim.exchange.path import generator
from kis_core.market.events import DailyBar

Ints = NDArray[np.int64]

ARBITRAGE, OTHER = 0, 1  # the first axis of the figures
ENTRUSTED, OWN = 0, 1  # the second
SELL, BUY = 0, 1  # the third
SHAPE = (2, 2, 2)

_SHARE = (0.15, 0.40)  # of the prints, from stock to stock
_PART = (0.3, 1.0)  # of such a print
_WITH_THE_TAPE = 0.7
_ARBITRAGE = {"KOSPI": 0.05, "KOSDAQ": 0.01}
_OWN = 0.08


@dataclass(frozen=True, slots=True, eq=False)
class ProgramPath:
    """A stock's program trades so far, after each of them. Shares and KRW."""

    at_ns: Ints
    volume: Ints  # (trades + 1, 2, 2, 2); the first row is zero
    value_krw: Ints

    def at(self, instants_ns: Ints) -> tuple[Ints, Ints]:
        """Return shares and KRW at each instant, of shape (instants, 2, 2, 2)."""
        passed = np.searchsorted(self.at_ns, instants_ns, side="right")
        return self.volume[passed], self.value_krw[passed]


def program_path(
    tape: PrintTape, market: str, seed: int, date: dt.date, venue: str = "KRX"
) -> ProgramPath:
    """Return the program trades among the prints of a venue's tape."""
    rng = generator(seed, date, f"program {tape.symbol} {venue}")
    count = len(tape)
    share = rng.uniform(*_SHARE)
    lean = 1 if rng.random() < 0.5 else -1
    draws = rng.random((count, 5)).T  # print by print: what comes later changes nothing before
    side = np.where(draws[1] < _WITH_THE_TAPE, tape.aggressor, -tape.aggressor)
    side = np.where(tape.aggressor == 0, lean, side)
    part = _PART[0] + (_PART[1] - _PART[0]) * draws[2]
    involved = (draws[0] < share) | tape.auction  # no auction is without them
    volume = np.where(involved, tape.volume * part, 0.0).astype(np.int64)
    kind = 4 * (draws[3] >= _ARBITRAGE[market]) + 2 * (draws[4] < _OWN) + (side > 0)
    traded = np.flatnonzero(volume)
    shares = _cumulative(kind[traded], volume[traded])
    value = _cumulative(kind[traded], volume[traded] * tape.price_krw[traded])
    return ProgramPath(tape.at_ns[traded], shares, value)


def united_programs(paths: Sequence[ProgramPath]) -> ProgramPath:
    """Return the program trades of several venues together."""
    at_ns = np.concatenate([path.at_ns for path in paths])
    order = np.argsort(at_ns, kind="stable")
    none = np.zeros((1, *SHAPE), dtype=np.int64)
    volume, value = (
        np.cumsum(np.concatenate([none, np.concatenate(steps)[order]]), axis=0)
        for steps in (
            [np.diff(path.volume, axis=0) for path in paths],
            [np.diff(path.value_krw, axis=0) for path in paths],
        )
    )
    return ProgramPath(at_ns[order], volume, value)


def program_day(bar: DailyBar, market: str, seed: int) -> tuple[Ints, Ints]:
    """Return shares and KRW of program trades on a past day, of shape (2, 2, 2)."""
    rng = generator(seed, dt.date.fromisoformat(bar.date), f"program {bar.symbol} KRX")
    share = rng.uniform(*_SHARE) * (_PART[0] + _PART[1]) / 2
    bought = float(np.clip(0.5 + 0.12 * rng.standard_normal(), 0.1, 0.9))
    arbitrage = _ARBITRAGE[market]
    weights = np.einsum(
        "b,a,s->bas",
        np.array([arbitrage, 1.0 - arbitrage]),
        np.array([1.0 - _OWN, _OWN]),
        np.array([1.0 - bought, bought]),
    )
    shares = (weights * (share * bar.volume)).astype(np.int64)
    average = bar.value_krw / bar.volume if bar.value_krw and bar.volume else bar.close_krw
    return shares, (shares * average).astype(np.int64)


def _cumulative(kind: Ints, amount: Ints) -> Ints:
    rows = np.zeros((len(kind) + 1, 8), dtype=np.int64)
    rows[np.arange(1, len(kind) + 1), kind] = amount
    return np.cumsum(rows, axis=0).reshape(-1, *SHAPE)
