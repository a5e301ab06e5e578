"""Daily bars of a generated market: one seeded walk from a fixed first session.

Market, sector and own moves with fat tails, gaps overnight, trends that last for days in some
names, and days on which a name surges at the open and then runs on or falls back. Each session
draws from its own generator, so the past of one date is the same whichever later date is played.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.path import generator, price_grid
from broker_sim.exchange.roster import Member

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_TAILS = 4  # degrees of freedom of the t distribution
_MARKET_VOL = 0.010  # a day
_KOSDAQ_VOL = 0.006  # on top of it
_SECTOR_VOL = 0.006
_GAP_SHARE = 0.35  # of a day's movement that happens overnight
_TREND_KEPT = 0.9  # from day to day
_SURGE_CHANCE = 0.05  # of a name on a day
_BAND = 0.295  # inside the ±30 % limits whatever their rounding
_HIGHEST_KRW = 6_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Daily bars: one row a session, one column a stock. KRW, shares.

    `surge` is 0 on ordinary days, 1 where an opening surge ran on, -1 where it fell back.
    """

    dates: tuple[dt.date, ...]
    open_krw: Ints
    high_krw: Ints
    low_krw: Ints
    close_krw: Ints
    volume: Ints
    foreign_shares: Ints
    institution_shares: Ints
    surge: Ints


def grid() -> Ints:
    """Return every tick price a generated stock can have."""
    return price_grid(1, _HIGHEST_KRW)


def nearest(prices: Ints, wanted: Floats) -> Ints:
    """Return the tick price nearest to each wanted one."""
    above = np.clip(np.searchsorted(prices, wanted), 1, len(prices) - 1)
    down = wanted - prices[above - 1] < prices[above] - wanted
    found: Ints = prices[above - down]
    return found


def walk_days(seed: int, members: Sequence[Member], dates: Sequence[dt.date]) -> Sessions:
    """Return the sessions of all dates; the first date must be the walk's own first session."""
    prices = grid()
    fixed = generator(seed, dt.date.min, "stocks")
    count = len(members)
    own_vol = fixed.uniform(0.010, 0.024, count)
    beta = fixed.uniform(0.6, 1.4, count)
    kosdaq = np.array([member.market == "KOSDAQ" for member in members])
    sectors = sorted({member.sector for member in members})
    sector = np.array([sectors.index(member.sector) for member in members])
    start = np.array([member.start_krw for member in members], dtype=np.float64)
    usual = np.array([member.usual_thousands * 1_000 for member in members], dtype=np.float64)
    close = nearest(prices, start)
    trend = np.zeros(count)
    heat = 1.0
    rows: list[tuple[Ints, ...]] = []
    for date in dates:
        rng = generator(seed, date, "day")
        market = rng.standard_t(_TAILS, 2) * _MARKET_VOL * heat / np.sqrt(2)
        heat = float(np.clip(0.92 * heat + 0.08 * (0.4 + 55.0 * abs(market.sum())), 0.6, 2.5))
        small = rng.standard_t(_TAILS, 2) * _KOSDAQ_VOL / np.sqrt(2)
        group = rng.standard_t(_TAILS, (2, len(sectors))) * _SECTOR_VOL / np.sqrt(2)
        own = rng.standard_t(_TAILS, (2, count)) * own_vol / np.sqrt(2)
        common = market[:, None] * beta + small[:, None] * kosdaq + group[:, sector]
        trend = _TREND_KEPT * trend + 0.15 * own_vol * rng.standard_normal(count)
        pull = -0.01 * np.log(close / start)  # far from where it began, a walk turns back
        surging = rng.random(count) < _SURGE_CHANCE
        surge = np.where(surging, np.where(rng.random(count) < 0.6, 1, -1), 0)
        lift = np.where(surging, rng.uniform(0.02, 0.09, count), 0.0)
        gap = _GAP_SHARE * (common[0] + own[0]) + 0.3 * lift
        intraday = common[1] + own[1] + trend + pull + np.where(surge > 0, lift, -0.4 * lift)
        opened = _within(prices, close, close * np.exp(gap))
        closed = _within(prices, close, opened * np.exp(intraday))
        reach = own_vol * (0.2 + rng.standard_exponential((2, count)) * 0.45)
        top = np.maximum(opened, closed) * np.exp(reach[0] + np.where(surge < 0, lift, 0.0))
        bottom = np.minimum(opened, closed) * np.exp(-reach[1])
        high = np.maximum(_within(prices, close, top), np.maximum(opened, closed))
        low = np.minimum(_within(prices, close, bottom), np.minimum(opened, closed))
        moved = np.abs(np.log(closed / close)) + np.log(high / low)
        busy = np.exp(0.3 * rng.standard_normal(count)) * (0.55 + 9.0 * moved)
        volume = (usual * busy * np.where(surging, rng.uniform(1.5, 4.0, count), 1.0)).astype(
            np.int64
        )
        volume = np.maximum(volume, 5_000)
        lean = np.tanh(np.log(closed / close) / 0.03)
        foreign = 0.10 * lean + 0.08 * rng.standard_normal(count)
        institution = 0.06 * lean + 0.07 * rng.standard_normal(count)
        rows.append(
            (
                opened,
                high,
                low,
                closed,
                volume,
                (np.clip(foreign, -0.45, 0.45) * volume).astype(np.int64),
                (np.clip(institution, -0.45, 0.45) * volume).astype(np.int64),
                surge,
            )
        )
        close = closed
    return Sessions(tuple(dates), *(np.stack(column) for column in zip(*rows, strict=True)))


def _within(prices: Ints, base: Ints, wanted: Floats) -> Ints:
    """The tick price nearest to each wanted one inside the day's limits."""
    lowest = prices[np.searchsorted(prices, base * (1.0 - _BAND), "left")]
    highest = prices[np.searchsorted(prices, base * (1.0 + _BAND), "right") - 1]
    inside: Ints = np.clip(nearest(prices, wanted), lowest, highest)
    return inside
