"""The off-hours single price: an auction every ten minutes after the close, until 2026-09-11. Pure.

Nobody's bars hold these auctions, so they are drawn from the seed around the day's close, inside
10 % of it and inside the day's limits. Source: krx_market.md §1.2.
"""

import datetime as dt

import numpy as np

from broker_sim.exchange.day import Instrument, PrintTape
from broker_sim.exchange.path import generator, price_grid
from kis_core.market.instants import MINUTE_NS
from kis_core.market.sessions import Phase, session_plan
from kis_core.market.ticks import round_down, round_up

EVERY_NS = 10 * MINUTE_NS
BAND = 0.10
_TRADES = 0.85  # chance that an auction finds a price
_SHARE = 0.0008  # of the day's volume an auction trades, on average


def auctions_ns(date: dt.date) -> tuple[int, ...]:
    """Return the instants of a date's auctions; none where the date has no such session."""
    span = session_plan(date).span(Phase.OFF_HOURS_SINGLE)
    if span is None:
        return ()
    return tuple(range(span.start_ns + EVERY_NS, span.end_ns + 1, EVERY_NS))


def band_krw(instrument: Instrument, close_krw: int) -> tuple[int, int]:
    """Return the lowest and the highest price of the session."""
    lowest = round_up(int(np.ceil(close_krw * (1 - BAND))))
    highest = round_down(int(close_krw * (1 + BAND)))
    return max(instrument.lower_krw, lowest), min(instrument.upper_krw, highest)


def off_hours_tape(
    instrument: Instrument, close_krw: int, day_volume: int, seed: int, date: dt.date
) -> PrintTape:
    """Return the auctions' prints of one stock. One that did not trade today has none."""
    rng = generator(seed, date, f"off-hours {instrument.symbol}")
    at_ns = np.array(auctions_ns(date) if day_volume else (), dtype=np.int64)
    lowest, highest = band_krw(instrument, close_krw)
    grid = price_grid(lowest, highest)
    grid = grid[(grid >= lowest) & (grid <= highest)]
    steps = np.cumsum(rng.integers(-1, 2, len(at_ns)))
    start = int(np.searchsorted(grid, close_krw))
    price = grid[np.clip(start + steps, 0, len(grid) - 1)] if len(grid) else steps + close_krw
    volume = (rng.standard_exponential(len(at_ns)) * _SHARE * day_volume).astype(np.int64) + 1
    found = rng.random(len(at_ns)) < _TRADES
    count = int(found.sum())
    return PrintTape(
        instrument.symbol,
        at_ns[found],
        price[found].astype(np.int32),
        volume[found].astype(np.int32),
        np.zeros(count, dtype=np.int8),
        np.ones(count, dtype=np.bool_),
    )
