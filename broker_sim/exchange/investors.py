"""Who bought and who sold: persons, foreigners and institutions, share by share. Pure.

What a day's data says of the nets is met exactly at the close; where it says nothing they are
drawn. Everything traded was bought by somebody and sold by somebody, so at any instant the groups
together bought, and sold, exactly what was traded. Inside institutions a seeded split, too.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import FlowDay, PrintTape
from broker_sim.exchange.path import generator

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

PERSON, FOREIGN, INSTITUTION = range(3)
SOLD, BOUGHT = 0, 1
INSTITUTIONS = ("scrt", "ivtr", "pe_fund", "bank", "insu", "mrbn", "fund")
"""KIS's words for securities, trusts, private funds, banks, insurers, merchant banks, pensions."""

_USUAL_NET = 0.08  # of the volume, where the day's own is not known
_KNOTS = 24
_SWING = 0.5  # how much livelier or quieter a group gets through the day
_WEIGHTS = (0.32, 0.17, 0.13, 0.04, 0.07, 0.02, 0.25)


@dataclass(frozen=True, slots=True, eq=False)
class InvestorPath:
    """Shares sold and bought so far by each group, after each print."""

    at_ns: Ints
    shares: Ints  # (prints + 1, side, group); the first row is zero

    def at(self, instants_ns: Ints) -> Ints:
        """Return shares at each instant, of shape (instants, side, group)."""
        return self.shares[np.searchsorted(self.at_ns, instants_ns, side="right")]


def investor_path(
    tape: PrintTape, flow: FlowDay | None, seed: int, date: dt.date, venue: str = "KRX"
) -> InvestorPath:
    """Return who traded the prints of a venue's tape.

    `flow` is what the day's data says of the nets there.
    """
    rng = generator(seed, date, f"investors {tape.symbol} {venue}")
    volume = np.concatenate(([0], np.cumsum(tape.volume.astype(np.int64))))
    totals = _totals(int(volume[-1]), flow, rng)
    shares = np.zeros((len(volume), 2, 3), dtype=np.int64)
    if len(tape):
        for side in (SOLD, BOUGHT):
            both = totals[side, FOREIGN] + totals[side, INSTITUTION]
            room = volume[-1] / both if both else np.inf
            swing = min(_SWING, (room - 1) / (room + 1)) if np.isfinite(room) else _SWING
            for group in (FOREIGN, INSTITUTION):
                pace = _pace(tape.volume, swing, rng)
                shares[:, side, group] = (totals[side, group] * pace).astype(np.int64)
            shares[:, side, PERSON] = volume - shares[:, side].sum(axis=1)
    return InvestorPath(tape.at_ns, shares)


def united_investors(paths: Sequence[InvestorPath]) -> InvestorPath:
    """Return who traded on several venues together."""
    at_ns = np.concatenate([path.at_ns for path in paths])
    order = np.argsort(at_ns, kind="stable")
    steps = np.concatenate([np.diff(path.shares, axis=0) for path in paths])[order]
    none = np.zeros((1, 2, 3), dtype=np.int64)
    return InvestorPath(at_ns[order], np.cumsum(np.concatenate([none, steps]), axis=0))


def investor_day(symbol: str, volume: int, flow: FlowDay | None, seed: int, date: dt.date) -> Ints:
    """Return shares sold and bought by each group on a whole day, of shape (side, group)."""
    return _totals(volume, flow, generator(seed, date, f"investors {symbol} KRX"))


def institutions(shares: Ints, seed: int, date: dt.date) -> Ints:
    """Return what institutions sold and bought by kind, of shape (side, kinds).

    A day's proportions are the same in every stock, so that those of a market are its stocks'.
    """
    weights = _kinds(seed, date)
    return np.stack([split(int(shares[side]), weights[side]) for side in (SOLD, BOUGHT)])


@cache
def _kinds(seed: int, date: dt.date) -> Floats:
    rng = generator(seed, date, "institutions")
    return np.array(_WEIGHTS) * rng.uniform(0.4, 1.6, (2, len(_WEIGHTS)))


def split(total: int, weights: Floats) -> Ints:
    """Return whole parts of a total in about the given proportions. They add up to it."""
    upto = np.floor(np.cumsum(weights) / weights.sum() * total).astype(np.int64)
    upto[-1] = total
    return np.diff(upto, prepend=0)


def _totals(volume: int, flow: FlowDay | None, rng: np.random.Generator) -> Ints:
    """The whole day: nets first, then as much again on both sides of everybody."""
    drawn = rng.standard_normal(2) * _USUAL_NET * volume
    net = np.zeros(3, dtype=np.int64)
    net[FOREIGN] = flow.foreign_shares if flow else int(drawn[0])
    net[INSTITUTION] = flow.institution_shares if flow else int(drawn[1])
    net[PERSON] = -net[FOREIGN] - net[INSTITUTION]
    needed = int(np.maximum(net, 0).sum())
    if needed > volume:  # prints of the day are fewer than its official volume
        net = (net * (volume / needed)).astype(np.int64)
        net[PERSON] = -net[FOREIGN] - net[INSTITUTION]
        needed = int(np.maximum(net, 0).sum())
    weights = rng.uniform((0.5, 0.1, 0.1), (0.8, 0.3, 0.3))
    either = split(max(0, volume - needed), weights)
    return np.stack([either + np.maximum(-net, 0), either + np.maximum(net, 0)])


def _pace(volume: NDArray[np.int32], swing: float, rng: np.random.Generator) -> Floats:
    """A group's running share of its own day, from 0 to 1, a little off the market's."""
    knots = 1.0 + swing * rng.uniform(-1.0, 1.0, _KNOTS)
    mood = np.interp(np.linspace(0, _KNOTS - 1, len(volume)), np.arange(_KNOTS), knots)
    done = np.cumsum(mood * volume)
    whole = done[-1] if done[-1] > 0 else 1.0
    pace = np.concatenate(([0.0], done / whole))
    pace[-1] = 1.0
    return pace


def sides_day(symbol: str, volume: int, seed: int, date: dt.date) -> Ints:
    """Return shares of a past day with the seller, and with the buyer, as aggressor."""
    rng = generator(seed, date, f"sides {symbol}")
    bought = float(np.clip(0.5 + 0.06 * rng.standard_normal(), 0.2, 0.8))
    return split(volume, np.array([1.0 - bought, bought]))
