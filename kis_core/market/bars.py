"""Bars from trades, and longer bars from minutes.

A bar belongs to the exchange's minute of its trades and exists only once that minute is over: a
later trade of the same symbol says so, or a timer. A minute without trades has no bar. The closing
auction prints at 15:30, so its bar is that minute's by itself. What does not fit is said, never
dropped: a trade for a minute that is over is a LateTrade, and shares the exchange counted but we
never heard are MissedShares.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from kis_core.market.events import Bar, DailyBar, Market, Trade
from kis_core.market.instants import (
    DAY_NS,
    KST_OFFSET_NS,
    MINUTE_NS,
    date_of,
    minute_of_day,
    minute_start_ns,
)

MINUTES_A_DAY = 1_440


@dataclass(frozen=True, slots=True)
class LateTrade:
    """A trade of a minute that was already over. No bar holds it."""

    trade: Trade


@dataclass(frozen=True, slots=True)
class MissedShares:
    """The exchange counted `shares` between two trades we heard; the bars around lack them.

    `after_ns` None: they were traded before the first trade we heard that day.
    """

    symbol: str
    venue: Market
    after_ns: int | None
    at_ns: int
    shares: int


BarNews = Bar | LateTrade | MissedShares


@dataclass(slots=True)
class _Minute:
    """A minute being traded. `first` and `last` are cumulative shares of its edge trades."""

    start_ns: int
    open_krw: int
    high_krw: int
    low_krw: int
    close_krw: int
    first: int
    last: int
    volume: int
    value_before_krw: int | None  # the exchange's sum before this minute; None when unknown
    value_krw: int  # the exchange's sum at `last`
    heard: set[int] = field(default_factory=set)

    def take(self, trade: Trade) -> None:
        """Count a trade not heard before. Its cumulative shares say where it belongs."""
        price, cumulative = trade.price_krw, trade.cum_volume
        self.high_krw = max(self.high_krw, price)
        self.low_krw = min(self.low_krw, price)
        self.volume += trade.volume
        self.heard.add(cumulative)
        if cumulative > self.last:
            self.last, self.close_krw, self.value_krw = cumulative, price, trade.cum_value_krw
        elif cumulative < self.first:
            self.first, self.open_krw = cumulative, price


@dataclass(slots=True)
class _Heard:
    """The newest trade of a symbol, by the exchange's count, and its minute while it is open."""

    at_ns: int
    cum_volume: int
    cum_value_krw: int
    minute: _Minute | None
    over_ns: int  # minutes that start before this one are over


class MinuteBars:
    """One-minute bars of any number of symbols.

    `grace_ns` is how long after a minute's end a timer still waits for its last trades on their
    way; a live feed needs about a second, a tape none. A later trade closes a minute at once.
    """

    def __init__(self, grace_ns: int = 0) -> None:
        self._grace_ns = grace_ns
        self._symbols: dict[tuple[str, Market], _Heard] = {}
        self._over_ns = 0  # by the timer, for all symbols

    def on_trade(self, trade: Trade) -> Sequence[BarNews]:
        """Count a trade; return the bar it completes and what does not fit. Repeats do nothing."""
        key = (trade.symbol, trade.venue)
        start_ns = minute_start_ns(trade.at_ns)
        heard = self._symbols.get(key)
        if heard is None or _day(heard.at_ns) < _day(trade.at_ns):
            closed = self._close(key, heard) if heard is not None else ()
            heard = self._symbols[key] = _Heard(0, 0, 0, None, 0)
        else:
            closed = ()
        minute = heard.minute
        if trade.cum_volume == heard.cum_volume or (
            minute is not None and trade.cum_volume in minute.heard
        ):
            return closed
        if start_ns < max(heard.over_ns, self._over_ns):
            return (*closed, LateTrade(trade))

        news: list[BarNews] = list(closed)
        if minute is not None and minute.start_ns < start_ns:
            news += self._close(key, heard)
            minute = None
        shares = trade.cum_volume - trade.volume - heard.cum_volume
        if shares > 0:
            after_ns = heard.at_ns or None
            news.append(MissedShares(trade.symbol, trade.venue, after_ns, trade.at_ns, shares))
        if minute is None:
            value_before = None if shares > 0 else heard.cum_value_krw
            heard.minute = _opened(trade, start_ns, value_before)
            heard.over_ns = start_ns
        else:
            minute.take(trade)
            if shares > 0:
                minute.value_before_krw = None
        if trade.cum_volume > heard.cum_volume:
            heard.at_ns = trade.at_ns
            heard.cum_volume, heard.cum_value_krw = trade.cum_volume, trade.cum_value_krw
        return news

    def on_timer(self, at_ns: int) -> list[Bar]:
        """Return the bars of the minutes that are over now, in the order of their symbols."""
        over_ns = minute_start_ns(at_ns - self._grace_ns)
        if over_ns <= self._over_ns:
            return []
        self._over_ns = over_ns
        return [
            bar
            for key, heard in self._symbols.items()
            if heard.minute is not None and heard.minute.start_ns < over_ns
            for bar in self._close(key, heard)
        ]

    @staticmethod
    def _close(key: tuple[str, Market], heard: _Heard) -> tuple[Bar, ...]:
        minute = heard.minute
        if minute is None:
            return ()
        heard.minute = None
        heard.over_ns = minute.start_ns + MINUTE_NS
        before = minute.value_before_krw
        return (
            Bar(
                symbol=key[0],
                venue=key[1],
                start_ns=minute.start_ns,
                open_krw=minute.open_krw,
                high_krw=minute.high_krw,
                low_krw=minute.low_krw,
                close_krw=minute.close_krw,
                volume=minute.volume,
                value_krw=None if before is None else minute.value_krw - before,
            ),
        )


def _opened(trade: Trade, start_ns: int, value_before_krw: int | None) -> _Minute:
    price = trade.price_krw
    return _Minute(
        start_ns=start_ns,
        open_krw=price,
        high_krw=price,
        low_krw=price,
        close_krw=price,
        first=trade.cum_volume,
        last=trade.cum_volume,
        volume=trade.volume,
        value_before_krw=value_before_krw,
        value_krw=trade.cum_value_krw,
        heard={trade.cum_volume},
    )


def _day(at_ns: int) -> int:
    return (at_ns + KST_OFFSET_NS) // DAY_NS


@dataclass(frozen=True, slots=True)
class LateBar:
    """A minute whose longer bar was already given out, or that was told before."""

    bar: Bar


class LongerBars:
    """Bars of `minutes` minutes from one-minute bars, counted from midnight.

    A minute belongs to the longer bar that starts at its minute of the day rounded down to a
    multiple of `minutes`, whether or not that divides an hour; the day's last one ends at midnight.
    A longer bar is complete with its last minute, with a minute of a later one, or by a timer:
    hand a timer to MinuteBars first, its bars to this, and then the timer. Use the same grace.
    """

    def __init__(self, minutes: int, grace_ns: int = 0) -> None:
        if not 1 <= minutes <= MINUTES_A_DAY:
            raise ValueError(f"bars of {minutes} minutes")
        self._minutes = minutes
        self._grace_ns = grace_ns
        self._open: dict[tuple[str, Market], list[Bar]] = {}
        self._over_ns: dict[tuple[str, Market], int] = {}  # minutes before are done
        self._timer_ns = 0  # the minute of the newest timer

    def on_bar(self, bar: Bar) -> Sequence[Bar | LateBar]:
        """Add a one-minute bar; return the longer bars it completes, at most two."""
        _require_minute(bar)
        key = (bar.symbol, bar.venue)
        if bar.start_ns < self._over_ns.get(key, 0):
            return (LateBar(bar),)
        news: list[Bar | LateBar] = []
        parts = self._open.get(key)
        start_ns, end_ns = bucket_ns(bar.start_ns, self._minutes)
        if parts and parts[0].start_ns < start_ns:
            news.append(merged(self._open.pop(key), self._minutes))
            parts = None
        if parts is None:
            parts = self._open[key] = []
        parts.append(bar)
        self._over_ns[key] = bar.start_ns + MINUTE_NS
        if bar.start_ns + MINUTE_NS == end_ns:
            news.append(merged(self._open.pop(key), self._minutes))
        return news

    def on_timer(self, at_ns: int) -> list[Bar]:
        """Return the longer bars that are over now, in the order their symbols began them."""
        over_ns = minute_start_ns(at_ns - self._grace_ns)
        if over_ns <= self._timer_ns:
            return []
        self._timer_ns = over_ns
        done = [
            key
            for key, parts in self._open.items()
            if bucket_ns(parts[0].start_ns, self._minutes)[1] <= over_ns
        ]
        for key in done:
            self._over_ns[key] = bucket_ns(self._open[key][0].start_ns, self._minutes)[1]
        return [merged(self._open.pop(key), self._minutes) for key in done]


def bucket_ns(at_ns: int, minutes: int) -> tuple[int, int]:
    """Return start and end of the longer bar an instant belongs to; midnight ends the last one."""
    minute = minute_of_day(at_ns)
    first = minute - minute % minutes
    last = min(first + minutes, MINUTES_A_DAY)
    start_ns = minute_start_ns(at_ns) - (minute - first) * MINUTE_NS
    return start_ns, start_ns + (last - first) * MINUTE_NS


def aggregated(bars: Iterable[Bar], minutes: int) -> list[Bar]:
    """Return the longer bars of one symbol's history of one-minute bars, ascending in time.

    The history must be complete to the end of its last longer bar; nothing here can tell.
    """
    by_bucket = groupby(bars, key=lambda bar: bucket_ns(bar.start_ns, minutes)[0])
    return [merged(list(parts), minutes) for _, parts in by_bucket]


def merged(parts: Sequence[Bar], minutes: int) -> Bar:
    """Return the longer bar made of these one-minute bars, which are ascending in time."""
    for part in parts:
        _require_minute(part)
    first = parts[0]
    values = [part.value_krw for part in parts]
    known = [value for value in values if value is not None]
    return Bar(
        symbol=first.symbol,
        venue=first.venue,
        start_ns=bucket_ns(first.start_ns, minutes)[0],
        open_krw=first.open_krw,
        high_krw=max(part.high_krw for part in parts),
        low_krw=min(part.low_krw for part in parts),
        close_krw=parts[-1].close_krw,
        volume=sum(part.volume for part in parts),
        value_krw=sum(known) if len(known) == len(values) else None,
        minutes=minutes,
    )


def day_of(parts: Sequence[Bar]) -> DailyBar:
    """Return the trading day made of its regular session's bars, ascending in time."""
    whole = merged(parts, MINUTES_A_DAY)
    return DailyBar(
        symbol=whole.symbol,
        date=date_of(whole.start_ns).isoformat(),
        open_krw=whole.open_krw,
        high_krw=whole.high_krw,
        low_krw=whole.low_krw,
        close_krw=whole.close_krw,
        volume=whole.volume,
        value_krw=whole.value_krw,
    )


def _require_minute(bar: Bar) -> None:
    if bar.minutes != 1:
        raise ValueError(f"a bar of {bar.minutes} minutes where one-minute bars are added up")
