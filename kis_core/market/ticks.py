"""Price steps and daily limits of the Korean market, in KRW.

The one tick table of the house: KOSPI, KOSDAQ and KONEX stocks since 2023-01-25, ETF, ETN and ELW
since December 2023; NXT has the same. Order prices must be on this grid; prices of trades need not
be, since mid-price orders trade between two ticks. Source: krx_market.md §4.
"""

from bisect import bisect_right
from typing import Literal, NamedTuple

Grid = Literal["STOCK", "ETF"]
"""Which tick table. ETF stands for ETF, ETN and ELW."""

_BANDS: dict[Grid, tuple[tuple[int, int], ...]] = {  # (first price of the band, tick), KRW
    "STOCK": (
        (0, 1),
        (2_000, 5),
        (5_000, 10),
        (20_000, 50),
        (50_000, 100),
        (200_000, 500),
        (500_000, 1_000),
    ),
    "ETF": ((0, 1), (2_000, 5)),
}
_EDGES: dict[Grid, list[int]] = {
    grid: [low for low, _ in bands[1:]] for grid, bands in _BANDS.items()
}
_TICKS: dict[Grid, list[int]] = {
    grid: [tick for _, tick in bands] for grid, bands in _BANDS.items()
}

_EDGE_TICKS = 10  # how far beyond an edge a bid from below it may still pull the middle
BAND_PERCENT = 30  # the day's band each side of the base price, since 2015-06-15


class Limits(NamedTuple):
    """The day's lowest and highest price, KRW, both of them tradable."""

    lower_krw: int
    upper_krw: int


def tick_krw(price_krw: int, grid: Grid = "STOCK") -> int:
    """Return the tick at a price, in KRW.

    A price on a band's edge belongs to the band above: at 50,000 the tick is already 100.
    """
    if price_krw < 0:
        raise ValueError(f"price {price_krw} KRW is negative")
    return _TICKS[grid][bisect_right(_EDGES[grid], price_krw)]


def is_on_tick(price_krw: int, grid: Grid = "STOCK") -> bool:
    """Whether an order may carry this price. A trade may have happened at it all the same."""
    return price_krw > 0 and price_krw % tick_krw(price_krw, grid) == 0


def may_print(price_krw: int, grid: Grid = "STOCK") -> bool:
    """Whether a trade may have happened at a price: on the grid, or midway between two quotes.

    A mid-price order trades at the mean of the best bid and ask, cut to whole KRW (2,502 between
    2,500 and 2,505). Where bid and ask lie on two sides of a band's edge, the finer tick counts.
    """
    if price_krw <= 0:
        return False
    band = bisect_right(_EDGES[grid], price_krw)
    tick = _TICKS[grid][band]
    if price_krw % tick in (0, tick // 2):
        return True
    if band == 0:
        return False
    above, finer = price_krw - _EDGES[grid][band - 1], _TICKS[grid][band - 1]
    return above < _EDGE_TICKS * tick and above % finer in (0, finer // 2)


def round_down(price_krw: int, grid: Grid = "STOCK") -> int:
    """Return the highest grid price not above `price_krw`; 0 below 1 KRW, which is no price."""
    return price_krw - price_krw % tick_krw(price_krw, grid)


def round_up(price_krw: int, grid: Grid = "STOCK") -> int:
    """Return the lowest grid price not below `price_krw`.

    Going up never skips a band's edge: every edge is a multiple of the tick below it.
    """
    return price_krw + -price_krw % tick_krw(price_krw, grid)


def ticks_above(price_krw: int, ticks: int, grid: Grid = "STOCK") -> int:
    """Return the grid price so many ticks above, changing steps at every band's edge.

    From between two ticks the first step leads to the next grid price. With 0 ticks it is the
    lowest grid price not below `price_krw`, so that a buy limit made from a trade still reaches it.
    """
    _require_steps(ticks)
    if ticks == 0:
        return round_up(price_krw, grid)
    at = round_down(price_krw, grid)
    for _ in range(ticks):
        at += tick_krw(at, grid)
    return at


def ticks_below(price_krw: int, ticks: int, grid: Grid = "STOCK") -> int:
    """Return the grid price so many ticks below, or 1 KRW where the grid ends.

    The step below a band's edge is the lower band's. From between two ticks the first step leads
    to the grid price below; with 0 ticks it is the highest grid price not above `price_krw`.
    """
    _require_steps(ticks)
    if ticks == 0:
        return max(1, round_down(price_krw, grid))
    at = round_up(price_krw, grid)
    for _ in range(ticks):
        if at <= 1:
            return 1
        at -= tick_krw(at - 1, grid)
    return at


def _require_steps(ticks: int) -> None:
    if ticks < 0:
        raise ValueError(f"{ticks} ticks: go the other way by name")


def ticks_between(low_krw: int, high_krw: int, grid: Grid = "STOCK") -> int:
    """Return how many ticks lie from one price up to another; both are first rounded down.

    Negative when `high_krw` is the lower one, so a spread in ticks is
    `ticks_between(bid_krw, ask_krw)`.
    """
    if high_krw < low_krw:
        return -ticks_between(high_krw, low_krw, grid)
    return _rank(high_krw, grid) - _rank(low_krw, grid)


def _rank(price_krw: int, grid: Grid) -> int:
    """Count the grid prices from 0 up to a price."""
    rank = 0
    bands = _BANDS[grid]
    for (low, tick), end in zip(bands, (*_EDGES[grid], price_krw), strict=True):
        if price_krw < low:
            break
        rank += (min(price_krw, end) - low) // tick
    return rank


def limits(base_krw: int, grid: Grid = "STOCK", *, leverage: int = 1) -> Limits:
    """Return the day's price limits from its base price, in KRW.

    The width is 30 % of the base, cut down to the tick of the base's band; the upper limit is cut
    to the tick at its own level. `leverage` is an ETF's multiple (2 for a 2× or -2× fund). Where
    the broker gives the limits take the broker's: the base of an ex-rights day is the exchange's
    to compute, and liquidation trading, ELW and warrants have no limit at all.
    """
    if base_krw <= 0 or leverage < 1:
        raise ValueError(f"no limits from a base of {base_krw} KRW, leverage {leverage}")
    width = base_krw * BAND_PERCENT * leverage // 100
    width -= width % tick_krw(base_krw, grid)
    lower = max(1, base_krw - width)
    return Limits(round_up(lower, grid), round_down(base_krw + width, grid))


def listing_day_limits(offering_krw: int, grid: Grid = "STOCK") -> Limits:
    """Return the limits of a stock's first day: 60 % to 400 % of its offering price, in KRW.

    Since 2023-06-26; not on KONEX. Ends that fall between two ticks are cut inwards.
    """
    if offering_krw <= 0:
        raise ValueError(f"no limits from an offering price of {offering_krw} KRW")
    lower = -(-offering_krw * 60 // 100)
    return Limits(round_up(lower, grid), round_down(offering_krw * 4, grid))


def order_price_krw(
    side: Literal["BUY", "SELL"], limit_krw: int, within: Limits | None = None, grid: Grid = "STOCK"
) -> int:
    """Return a limit on the grid that is never worse than asked: a buy's down, a sell's up.

    `within` brings a price outside the day's band to its nearer end first, where a sell below the
    band or a buy above it still means the same; otherwise the order could only be refused.
    Raises ValueError for a buy below 1 KRW, a buy below the band or a sell above it.
    """
    rounded = round_down(limit_krw, grid) if side == "BUY" else round_up(limit_krw, grid)
    if rounded < 1:
        raise ValueError(f"{side} limit of {limit_krw} KRW is no price")
    if within is None:
        return rounded
    beyond = rounded < within.lower_krw if side == "BUY" else rounded > within.upper_krw
    if beyond:
        raise ValueError(f"{side} limit of {rounded} KRW is outside {within} and could never fill")
    return min(max(rounded, within.lower_krw), within.upper_krw)


def stop_price_krw(stop_krw: int, grid: Grid = "STOCK") -> int:
    """Return a long position's stop on the grid, rounded up.

    Rounded down it would risk more than the position was sized for.
    """
    return round_up(stop_krw, grid)
