"""Minute bars of a generated session that add up to its daily bars exactly.

Volume is U-shaped, heavier at the open of a name that surges. Prices are bridges from open to
close with a common part, bent until they just reach the day's high and low.
"""

from collections.abc import Sequence

import numpy as np

from broker_sim.exchange.generated_days import Floats, Ints, Sessions, nearest
from broker_sim.exchange.path import BarColumns, generator

_AUCTION_SHARE = 0.06  # of the day's volume, at the close
_SHARES_MIN = 8  # of every minute, so that each can show its four prices


def minutes_of(
    seed: int, sessions: Sessions, row: int, starts: Sequence[int], prices: Ints
) -> BarColumns:
    """Return one session's bars: stock after stock, the bars that start at `starts` of each.

    The last start is the closing auction's.
    """
    date = sessions.dates[row]
    rng = generator(seed, date, "minutes")
    opened, closed = sessions.open_krw[row], sessions.close_krw[row]
    high, low = sessions.high_krw[row], sessions.low_krw[row]
    surge = sessions.surge[row]
    level = _levels(rng, opened, closed, surge, len(starts))
    for bound, sign in ((high, 1.0), (low, -1.0)):
        edge: Floats = np.maximum(sign * opened, sign * closed)
        level = sign * _reaching(sign * level, edge, sign * bound)
    closes = np.clip(nearest(prices, level), low[:, None], high[:, None])
    closes[:, -1] = closed
    opens = _opens(rng, closes, opened, high, low, prices)
    step = rng.integers(0, 3, (2, *closes.shape)) * (rng.random((2, *closes.shape)) < 0.6)
    highs = np.minimum(_moved(prices, np.maximum(opens, closes), step[0]), high[:, None])
    lows = np.maximum(_moved(prices, np.minimum(opens, closes), -step[1]), low[:, None])
    opens[:, -1] = highs[:, -1] = lows[:, -1] = closed
    volume = _volumes(rng, sessions.volume[row], surge, len(starts))
    start_ns = np.tile(np.array(starts, dtype=np.int64), len(opened))
    return BarColumns(
        start_ns, opens.ravel(), highs.ravel(), lows.ravel(), closes.ravel(), volume.ravel()
    )


def _levels(rng: np.random.Generator, opened: Ints, closed: Ints, surge: Ints, bars: int) -> Floats:
    """Wanted closes of each bar, KRW, from open to close."""
    stocks = len(opened)
    share = (np.arange(bars) + 1) / bars
    pace = 0.0006 * (1.0 + 1.5 * np.exp(-np.arange(bars) / 25.0))  # livelier after the open
    common = rng.standard_normal(bars) * 0.5
    steps = pace * (0.8 * rng.standard_t(5, (stocks, bars)) + common)
    walk = np.cumsum(steps, axis=1)
    walk -= share * walk[:, -1:]
    move = np.log(closed / opened)[:, None]
    soon = 1.0 - np.exp(-np.arange(1, bars + 1) / (0.06 * bars))
    hump = 0.05 * soon * (1.0 - share) * 3.0  # up early, gone by the close
    drift = np.where(surge[:, None] > 0, soon, share) * move
    shape = drift + np.where(surge[:, None] < 0, hump, 0.0)
    levels: Floats = np.exp(shape + walk) * opened[:, None]
    return levels


def _reaching(level: Floats, edge: Floats, bound: Floats) -> Floats:
    """Scale what lies beyond `edge` so that each row's furthest point is its `bound`."""
    beyond = np.maximum(level[:, :-1] - edge[:, None], 0.0)
    peak = np.argmax(level[:, :-1], axis=1)
    rows = np.arange(len(level))
    furthest = beyond[rows, peak]
    scale = np.where(furthest > 0, (bound - edge) / np.where(furthest > 0, furthest, 1.0), 0.0)
    bent = np.where(beyond > 0, edge[:, None] + beyond * scale[:, None], level[:, :-1])
    bent[rows, peak] = bound
    return np.concatenate((bent, level[:, -1:]), axis=1)


def _opens(
    rng: np.random.Generator, closes: Ints, opened: Ints, high: Ints, low: Ints, prices: Ints
) -> Ints:
    before = np.concatenate((opened[:, None], closes[:, :-1]), axis=1)
    opens = _moved(prices, before, rng.integers(-1, 2, closes.shape))
    opens = np.clip(opens, low[:, None], high[:, None])
    opens[:, 0] = opened
    return opens


def _moved(prices: Ints, price: Ints, ticks: Ints) -> Ints:
    """Each price so many ticks higher."""
    at = np.searchsorted(prices, price) + ticks
    moved: Ints = prices[np.clip(at, 0, len(prices) - 1)]
    return moved


def _volumes(rng: np.random.Generator, volume: Ints, surge: Ints, bars: int) -> Ints:
    """Split each stock's shares over the bars, all of them."""
    minute = np.arange(bars - 1)
    curve = 0.6 + 3.5 * np.exp(-minute / 18.0) + 0.8 * np.exp(-(bars - 2 - minute) / 20.0)
    early = 1.0 + 4.0 * np.exp(-minute / 15.0)
    weight = curve * np.where(surge[:, None] != 0, early, 1.0)
    weight = weight * np.exp(0.7 * rng.standard_normal(weight.shape))
    weight[:, 0] *= 2.5  # the opening auction is part of the first minute
    weight *= (1.0 - _AUCTION_SHARE) / weight.sum(axis=1, keepdims=True)
    weight = np.concatenate((weight, np.full((len(volume), 1), _AUCTION_SHARE)), axis=1)
    free = volume - _SHARES_MIN * bars
    upto = (np.cumsum(weight, axis=1) * free[:, None]).astype(np.int64)
    upto[:, -1] = free
    shares: Ints = np.diff(upto, axis=1, prepend=0) + _SHARES_MIN
    return shares
