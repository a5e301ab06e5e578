"""Prints inside minute bars: a seeded path that gives back exactly the bars it was made from.

Each bar becomes several prints whose first is its open, last its close, highest its high, lowest
its low, and whose shares add up to its volume. Prices in between lie on the tick grid inside
[low, high]; the bar's own four prices are kept as they are, since mid-price trades are real. A
bar whose (adjusted) volume is too small for the prices it must show gets prints of 0 shares.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import PrintTape
from kis_core.market.instants import MINUTE_NS
from kis_core.market.ticks import round_down, ticks_above

AUCTION_LATEST_NS = 3 * MINUTE_NS  # a VI near the end makes the closing auction print at 15:32
_MS_NS = 1_000_000
_PRINTS_MIN = 3
_PRINTS_MAX = 16
PRINT_KRW = 20_000_000  # each further print of a bar stands for so much value traded,
FURTHER_MAX = 60  # so that the largest stocks print about once a second
_OPENING_SHARE = 0.4  # of the first minute's volume, at the auction

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BarColumns:
    """Minute bars of one symbol and day, ascending, as columns of equal length. KRW, shares."""

    start_ns: Ints
    open_krw: NDArray[Any]
    high_krw: NDArray[Any]
    low_krw: NDArray[Any]
    close_krw: NDArray[Any]
    volume: NDArray[Any]

    def __len__(self) -> int:
        return len(self.start_ns)


def generator(seed: int, date: dt.date, name: str) -> np.random.Generator:
    """Return the generator of one name on one date: the same three give the same draws."""
    return np.random.default_rng([seed, date.toordinal(), *name.encode()])


def price_grid(low_krw: int, high_krw: int) -> Ints:
    """Return all tick prices from the last at or below `low_krw` to the first above `high_krw`."""
    prices = [max(1, round_down(low_krw))]
    while prices[-1] <= high_krw:
        prices.append(ticks_above(prices[-1], 1))
    return np.array(prices, dtype=np.int64)


def walk(
    symbol: str, bars: BarColumns, date: dt.date, seed: int, open_ns: int, close_ns: int
) -> PrintTape:
    """Return the prints of one symbol's day.

    A bar that starts at `open_ns` begins with the opening auction's print; one that starts at
    `close_ns`, or within three minutes when a VI put the auction off, is the closing auction,
    printed at that instant.
    """
    if len(bars) == 0:
        return _tape(symbol, *(np.zeros(0, dtype=np.int64) for _ in range(5)))
    rng = generator(seed, date, symbol)
    opening = bars.start_ns == open_ns
    closing = (bars.start_ns >= close_ns) & (bars.start_ns < close_ns + AUCTION_LATEST_NS)
    count = _counts(bars, closing, rng)
    first = np.cumsum(count) - count
    bar = np.repeat(np.arange(len(bars)), count)
    step = np.arange(len(bar)) - first[bar]
    price = _prices(bars, count, first, bar, step, rng)
    volume = _volumes(bars.volume, count, first, bar, opening, rng)
    at_ns = _times(bars.start_ns, first, bar, step, opening, closing, rng)
    auction = (step == 0) & (opening | closing)[bar]
    return _tape(symbol, at_ns, price, volume, aggressors(price, auction, rng), auction)


def _tape(
    symbol: str, at_ns: Ints, price: Ints, volume: Ints, side: Ints, auction: Ints
) -> PrintTape:
    return PrintTape(
        symbol,
        at_ns,
        price.astype(np.int32),
        volume.astype(np.int32),
        side.astype(np.int8),
        auction.astype(np.bool_),
    )


def _inner_extremes(bars: BarColumns) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the high, and the low, must be visited between the first print and the last."""
    high = (bars.high_krw != bars.open_krw) & (bars.high_krw != bars.close_krw)
    low = (bars.low_krw != bars.open_krw) & (bars.low_krw != bars.close_krw)
    return high, low


def _counts(bars: BarColumns, closing: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    """How many prints each bar gets: what its prices need, more in busier minutes."""
    high, low = _inner_extremes(bars)
    inner = high.astype(np.int64) + low
    flat = (bars.high_krw == bars.low_krw).astype(np.int64)
    needed = 2 + inner - flat
    busy = bars.volume / max(1.0, float(np.median(bars.volume)))
    wanted = _PRINTS_MIN + (2.0 * np.log2(1.0 + busy)).astype(np.int64)
    wanted += rng.integers(0, 2, len(bars))
    value_krw = bars.volume.astype(np.int64) * bars.close_krw
    wanted = np.minimum(wanted, _PRINTS_MAX) + np.minimum(value_krw // PRINT_KRW, FURTHER_MAX)
    wanted = np.minimum(wanted, np.maximum(bars.volume, 1))
    counts: Ints = np.maximum(np.where(closing, 1, wanted), needed)
    return counts


def _prices(
    bars: BarColumns, count: Ints, first: Ints, bar: Ints, step: Ints, rng: np.random.Generator
) -> Ints:
    opened, closed = bars.open_krw, bars.close_krw
    high_inside, low_inside = _inner_extremes(bars)
    both, one = high_inside & low_inside, high_inside ^ low_inside
    inner = count - 2
    draw = rng.random((3, len(bars)))
    # Two anchors inside the bar, where its extremes are; with one extreme they coincide, with
    # none they sit on the open.
    early = np.where(both, 1 + (draw[0] * (inner - 1)), 1 + draw[0] * inner).astype(np.int64)
    early = np.where(both | one, early, 0)
    late = np.where(both, early + 1 + (draw[1] * (inner - early)).astype(np.int64), early)
    high_first = draw[2] < np.where(closed > opened, 0.35, 0.65)
    lone = np.where(high_inside, bars.high_krw, bars.low_krw)
    early_krw = np.where(both, np.where(high_first, bars.high_krw, bars.low_krw), lone)
    late_krw = np.where(both, np.where(high_first, bars.low_krw, bars.high_krw), lone)
    early_krw = np.where(both | one, early_krw, opened)
    late_krw = np.where(both | one, late_krw, opened)

    before, between = step < early[bar], step < late[bar]
    from_step = np.where(before, 0, np.where(between, early[bar], late[bar]))
    to_step = np.where(before, early[bar], np.where(between, late[bar], (count - 1)[bar]))
    from_krw = np.where(before, opened[bar], np.where(between, early_krw[bar], late_krw[bar]))
    to_krw = np.where(before, early_krw[bar], np.where(between, late_krw[bar], closed[bar]))
    share = (step - from_step) / np.maximum(1, to_step - from_step)
    spread = (bars.high_krw - bars.low_krw)[bar]
    noise = rng.standard_normal(len(bar)) * 0.6 * spread * np.sqrt(share * (1.0 - share))
    price = _on_grid(from_krw + share * (to_krw - from_krw) + noise, bars, bar)
    price[first + late] = late_krw
    price[first + early] = early_krw
    price[first + count - 1] = closed
    price[first] = opened
    return price


def _on_grid(price: Floats, bars: BarColumns, bar: Ints) -> Ints:
    """The nearest tick price inside each bar; its low where no tick price lies inside."""
    grid = price_grid(int(bars.low_krw.min()), int(bars.high_krw.max()))
    lowest = np.searchsorted(grid, bars.low_krw, "left")
    highest = np.searchsorted(grid, bars.high_krw, "right") - 1
    above = np.clip(np.searchsorted(grid, price), 1, len(grid) - 1)
    nearest = above - (price - grid[above - 1] < grid[above] - price)
    inside = np.minimum(np.maximum(nearest, lowest[bar]), highest[bar])
    return np.where((highest < lowest)[bar], bars.low_krw[bar], grid[inside])


def _volumes(
    volume: Ints,
    count: Ints,
    first: Ints,
    bar: Ints,
    opening: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Ints:
    weight = rng.standard_exponential(len(bar)) ** 1.5 + 0.05
    at_open = first[opening & (count > 1)]
    weight[at_open] = count[bar[at_open]] * _OPENING_SHARE / (1.0 - _OPENING_SHARE) * 1.3
    share = _running_share(weight, count, first, bar)
    each = np.where(volume >= count, 1, 0)  # a share for every print, where there are enough
    upto = (share * (volume - each * count)[bar]).astype(np.int64)
    upto[first + count - 1] = volume - each * count
    before = np.roll(upto, 1)
    before[first] = 0
    shares: Ints = upto - before + each[bar]
    return shares


def _running_share(weight: Floats, count: Ints, first: Ints, bar: Ints) -> Floats:
    """Each print's running share of its bar's weight; the last is 1."""
    total = np.cumsum(weight)
    start = (total[first] - weight[first])[bar]
    whole = (total[first + count - 1] - (total[first] - weight[first]))[bar]
    share: Floats = np.minimum(1.0, (total - start) / whole)
    return share


def _times(
    start_ns: Ints,
    first: Ints,
    bar: Ints,
    step: Ints,
    opening: NDArray[np.bool_],
    closing: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Ints:
    gap = rng.standard_exponential(len(bar)) + 0.02
    after = rng.standard_exponential(len(start_ns)) + 0.02  # from the last print to the minute end
    total = np.cumsum(gap)
    elapsed = total - (total[first] - gap[first])[bar]
    whole = np.add.reduceat(gap, first) + after
    share = np.minimum(elapsed / whole[bar], 1.0)
    offset_ms = (share * (MINUTE_NS // _MS_NS - 1)).astype(np.int64)
    at_open = first[opening]
    offset_ms[at_open] = np.minimum(offset_ms[at_open], rng.integers(50, 900, len(at_open)))
    offset_ms = np.where(closing[bar], step, offset_ms)
    at_ns: Ints = start_ns[bar] + offset_ms * _MS_NS
    return at_ns


def aggressors(price: Ints, auction: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    """The tick rule; at an unchanged price mostly the side before, sometimes the other."""
    sign = np.sign(np.diff(price, prepend=price[:1]))
    fresh = rng.random(len(price))
    sign = np.where((sign == 0) & (fresh < 0.35), np.where(fresh < 0.175, 1, -1), sign)
    known = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), 0))
    side: Ints = np.where(sign[known] == 0, 1, sign[known])
    side[auction] = 0
    return side
