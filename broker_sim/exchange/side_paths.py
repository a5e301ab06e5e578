"""Prints beside KRX's regular session: NXT, KRX's after-market and its off-hours markets.

Nobody recorded them, so they are drawn: from the seed, the date and the symbol, around the prints
KRX's regular session really had, and inside its price limits. They change nothing of KRX's
candles. Times and rules: krx_market.md §1 and §2.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from broker_sim.exchange.day import Instrument, PrintTape
from broker_sim.exchange.off_hours import off_hours_tape
from broker_sim.exchange.path import Floats, Ints, aggressors, generator, price_grid
from broker_sim.exchange.venue import Timetable
from kis_core.market.sessions import Phase as Planned
from kis_core.wire.account import OrderType

_MS_NS = 1_000_000
_FOLLOWED = 0.55  # of KRX's prints have one on NXT soon after
_LAG_MS = (15, 900)
_PRE_SHARE, _NXT_EVENING_SHARE, _KRX_EVENING_SHARE = 0.03, 0.05, 0.03  # of KRX's day
_FIXED_SHARE = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A stretch of prints, columns of equal length."""

    at_ns: Ints
    price_krw: Ints
    volume: Ints
    auction: bool = False


def nxt_tape(
    instrument: Instrument, krx: PrintTape, hours: Timetable, date: dt.date, seed: int
) -> PrintTape:
    """Return NXT's prints of one issue; none where KRX has none.

    Before the open a path from the base towards KRX's opening price, then prints after KRX's own,
    a tick beside them at most, from 15:40 on a walk around KRX's close.
    """
    if not len(krx):
        return joined(instrument.symbol, (), generator(seed, date, "none"))
    rng = generator(seed, date, f"{instrument.symbol} NXT")
    grid = _grid(instrument)
    shares = int(krx.volume.sum())
    close_krw = int(krx.price_krw[-1])
    parts: list[_Part] = []
    if pre := hours.plan.span(Planned.NXT_PRE):
        count = _count(rng, 60, 160, shares)
        at_ns = _moments(rng, count, pre.start_ns, pre.end_ns)
        price = _bridge(rng, grid, instrument.base_krw, int(krx.price_krw[0]), count)
        parts.append(_Part(at_ns, price, _volumes(rng, count, int(shares * _PRE_SHARE))))
    if main := hours.plan.span(Planned.NXT_MAIN):
        parts.append(_followed(rng, grid, krx, main.start_ns, main.end_ns))
    if evening := hours.plan.span(Planned.NXT_AFTER):
        first = np.array([evening.start_ns], dtype=np.int64)
        opening = _nearest(grid, np.array([float(close_krw)]))
        volume = _volumes(rng, 1, max(1, shares // 200))
        parts.append(_Part(first, opening, volume, auction=True))
        total = int(shares * _NXT_EVENING_SHARE)
        parts.append(_evening(rng, grid, close_krw, total, evening.start_ns, evening.end_ns))
    return joined(instrument.symbol, parts, rng)


def after_market_tape(
    instrument: Instrument, krx: PrintTape, hours: Timetable, date: dt.date, seed: int
) -> PrintTape:
    """Return the prints of KRX's after-market; none on a day, or of an issue, without one."""
    rng = generator(seed, date, f"{instrument.symbol} after")
    span = hours.plan.span(Planned.AFTER_MARKET)
    if span is None or instrument.fund or not len(krx):
        return joined(instrument.symbol, (), rng)
    total = int(int(krx.volume.sum()) * _KRX_EVENING_SHARE)
    close_krw = int(krx.price_krw[-1])
    part = _evening(rng, _grid(instrument), close_krw, total, span.start_ns, span.end_ns)
    return joined(instrument.symbol, (part,), rng)


def off_hours_prints(
    instrument: Instrument, krx: PrintTape, hours: Timetable, date: dt.date, seed: int
) -> PrintTape:
    """Return the prints at the base price before the open, at the close after it, and those of
    the ten-minute auctions, which the issues on NXT do not have."""
    rng = generator(seed, date, f"{instrument.symbol} off hours")
    regular = krx.at_ns < hours.life(OrderType.LIMIT)[1]
    if not regular.any():
        return joined(instrument.symbol, (), rng)
    shares, close_krw = int(krx.volume[regular].sum()), int(krx.price_krw[regular][-1])
    parts: list[_Part] = []
    fixed = ((Planned.PRE_OPEN, instrument.base_krw), (Planned.POST_CLOSE, close_krw))
    for phase, price_krw in fixed:
        if span := hours.plan.span(phase):
            count = _count(rng, 5, 20, shares)
            at_ns = _moments(rng, count, span.start_ns, span.end_ns)
            price = np.full(count, price_krw, dtype=np.int64)
            volume = _volumes(rng, count, int(shares * _FIXED_SHARE))
            parts.append(_Part(at_ns, price, volume, auction=True))
    tape = joined(instrument.symbol, parts, rng)
    if instrument.nxt or instrument.fund:
        return tape
    return merged(
        instrument.symbol, (tape, off_hours_tape(instrument, close_krw, shares, seed, date))
    )


def joined(symbol: str, parts: Sequence[_Part], rng: np.random.Generator) -> PrintTape:
    """Return stretches of prints as one tape, in time order."""
    empty = np.zeros(0, dtype=np.int64)
    at_ns = np.concatenate([empty, *(part.at_ns for part in parts)])
    order = np.argsort(at_ns, kind="stable")
    price = np.concatenate([empty, *(part.price_krw for part in parts)])[order]
    volume = np.concatenate([empty, *(part.volume for part in parts)])[order]
    flags = [np.full(len(part.at_ns), part.auction) for part in parts]
    auction = np.concatenate([np.zeros(0, dtype=np.bool_), *flags])[order]
    side = aggressors(price, auction, rng) if len(order) else empty
    return PrintTape(
        symbol,
        at_ns[order],
        price.astype(np.int32),
        volume.astype(np.int32),
        side.astype(np.int8),
        auction,
    )


def merged(symbol: str, tapes: Sequence[PrintTape]) -> PrintTape:
    """Return the prints of several tapes in one order of time; at one instant the first's first."""
    order = np.argsort(np.concatenate([tape.at_ns for tape in tapes]), kind="stable")
    return PrintTape(
        symbol,
        np.concatenate([tape.at_ns for tape in tapes])[order],
        np.concatenate([tape.price_krw for tape in tapes])[order],
        np.concatenate([tape.volume for tape in tapes])[order],
        np.concatenate([tape.aggressor for tape in tapes])[order],
        np.concatenate([tape.auction for tape in tapes])[order],
    )


def _followed(
    rng: np.random.Generator, grid: Ints, krx: PrintTape, start_ns: int, end_ns: int
) -> _Part:
    """NXT's main market: some of KRX's prints again, a moment later, a tick beside at most."""
    chosen = ((krx.at_ns >= start_ns) & (krx.at_ns < end_ns) & ~krx.auction & (krx.volume > 0)) & (
        rng.random(len(krx)) < _FOLLOWED
    )
    lag_ns = rng.integers(*_LAG_MS, len(krx))[chosen] * _MS_NS
    at_ns = krx.at_ns[chosen] + lag_ns
    beside = rng.choice((-1, 0, 1), len(at_ns), p=(0.1, 0.8, 0.1))
    place = _place(grid, krx.price_krw[chosen].astype(np.float64)) + beside
    price = grid[np.clip(place, 0, len(grid) - 1)]
    volume = np.maximum(1, (krx.volume[chosen] * rng.uniform(0.4, 1.0, len(at_ns))).astype(int))
    inside = at_ns < end_ns
    at_ns, price, volume = at_ns[inside], price[inside], volume[inside]
    before = int(np.searchsorted(krx.at_ns, start_ns, "right"))
    if before:  # its first print is made the moment it opens, at what KRX trades at
        first_krw = _nearest(grid, krx.price_krw[before - 1 : before].astype(np.float64))
        at_ns = np.concatenate([[start_ns], at_ns])
        price = np.concatenate([first_krw, price])
        volume = np.concatenate([_volumes(rng, 1, int(krx.volume[before - 1])), volume])
    return _Part(at_ns, price, volume.astype(np.int64))


def _evening(
    rng: np.random.Generator, grid: Ints, close_krw: int, total: int, start_ns: int, end_ns: int
) -> _Part:
    count = _count(rng, 80, 200, total)
    at_ns = _moments(rng, count, start_ns, end_ns)
    return _Part(at_ns, _walk(rng, grid, close_krw, count), _volumes(rng, count, total))


def _count(rng: np.random.Generator, low: int, high: int, shares: int) -> int:
    return max(1, min(int(rng.integers(low, high)), shares))


def _moments(rng: np.random.Generator, count: int, start_ns: int, end_ns: int) -> Ints:
    """Instants inside a span, on whole milliseconds, denser at its start."""
    spread = np.sort(rng.random(count) ** 1.4)
    last_ms = (end_ns - start_ns) // _MS_NS - 1
    at_ns: Ints = start_ns + (spread * last_ms).astype(np.int64) * _MS_NS
    return at_ns


def _volumes(rng: np.random.Generator, count: int, total: int) -> Ints:
    """Shares of each print, one at least, about `total` together."""
    weight = rng.standard_exponential(count) ** 1.5 + 0.05
    shares: Ints = np.maximum(1, (weight / weight.sum() * total).astype(np.int64))
    return shares


def _bridge(rng: np.random.Generator, grid: Ints, from_krw: int, to_krw: int, count: int) -> Ints:
    """Prices that leave one and come near the other."""
    share = np.arange(count) / max(1, count - 1)
    reach = rng.uniform(0.5, 0.95)
    width = max(abs(to_krw - from_krw) * 0.25, from_krw * 0.002)
    noise = rng.standard_normal(count).cumsum() / np.sqrt(count) * width
    return _nearest(grid, from_krw + (to_krw - from_krw) * reach * share + noise * share)


def _walk(rng: np.random.Generator, grid: Ints, around_krw: int, count: int) -> Ints:
    """Prices that stray from one, a tick or so at a time, and come back to it."""
    away = np.zeros(count)
    step = rng.standard_normal(count) * 0.9
    at = 0.0
    for row in range(count):
        at += step[row] - 0.03 * at
        away[row] = at
    place = _place(grid, np.array([float(around_krw)]))[0] + np.rint(away).astype(np.int64)
    price: Ints = grid[np.clip(place, 0, len(grid) - 1)]
    return price


def _grid(instrument: Instrument) -> Ints:
    prices = price_grid(instrument.lower_krw, instrument.upper_krw)
    inside: Ints = prices[(prices >= instrument.lower_krw) & (prices <= instrument.upper_krw)]
    return inside


def _nearest(grid: Ints, price: Floats) -> Ints:
    nearest: Ints = grid[_place(grid, price)]
    return nearest


def _place(grid: Ints, price: Floats) -> Ints:
    """Where on the grid the prices nearest to some are."""
    above = np.clip(np.searchsorted(grid, price), 1, len(grid) - 1)
    place: Ints = above - (price - grid[above - 1] < grid[above] - price)
    return place
