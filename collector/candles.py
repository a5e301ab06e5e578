"""One-minute candles from the prints of the line, and which minutes were heard whole.

Pure. Laws: a minute of a symbol counts as heard only when its registration stood from before the
minute began until it was closed; a minute is closed by the line's own time (a print of any symbol
`LAG_NS` past its end: the line is in order) or, when the line is quiet, by a timer; a print that
comes later, and a jump in the day's volume, put the minutes they touch in doubt. Whatever is not
heard whole, or is in doubt, is asked for over REST; nothing is guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kis_core.clock import SECOND_NS
from kis_core.market.events import Bar, Trade, Venue

MINUTE_NS = 60 * SECOND_NS
LAG_NS = 2 * SECOND_NS  # how far prints of different symbols may overtake one another on the line
GRACE_NS = 30 * SECOND_NS  # after this much of quiet the clock closes a minute


@dataclass(frozen=True, slots=True)
class Window:
    """The minutes of a day that have candles: those starting from `first_ns` to before `end_ns`."""

    first_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        assert self.first_ns % MINUTE_NS == 0
        assert self.end_ns % MINUTE_NS == 0
        assert self.first_ns < self.end_ns

    @property
    def count(self) -> int:
        """How many minutes."""
        return (self.end_ns - self.first_ns) // MINUTE_NS


@dataclass(frozen=True, slots=True)
class Settled:
    """A minute was heard whole for these symbols: their candles, and those that did not trade."""

    start_ns: int
    bars: tuple[Bar, ...]
    quiet: tuple[str, ...]
    venue: Venue = "KRX"


@dataclass(frozen=True, slots=True)
class Doubted:
    """Minutes first..last of a symbol, both starts included, must be asked for over REST."""

    symbol: str
    first_ns: int
    last_ns: int
    why: str
    venue: Venue = "KRX"


Outcome = Settled | Doubted


class _Forming:
    """The candle of one symbol's minute while it forms."""

    __slots__ = ("close", "high", "low", "open", "start_ns", "value", "volume")

    def __init__(self, start_ns: int, price_krw: int) -> None:
        self.start_ns = start_ns
        self.open = self.high = self.low = self.close = price_krw
        self.volume = 0
        self.value: int | None = 0


class TickCandles:
    """The candles of one day on one venue, from prints, of the symbols whose candles are kept."""

    def __init__(
        self, window: Window, symbols: Iterable[str], now_ns: int, venue: Venue = "KRX"
    ) -> None:
        self.window = window
        self._venue = venue
        self._symbols = frozenset(symbols)
        self._next_ns = max(window.first_ns, now_ns // MINUTE_NS * MINUTE_NS)  # oldest open minute
        self._close_at_ns = self._next_ns + MINUTE_NS + LAG_NS
        self._since_ns: dict[str, int] = {}
        self._forming: dict[str, list[_Forming]] = {}
        self._cum: dict[str, tuple[int, int, int]] = {}  # volume, value, time of the newest print
        self._doubted: dict[str, int] = {}  # newest minute in doubt

    def listen(self, symbol: str, at_ns: int) -> None:
        """The registration of a symbol stands since `at_ns`."""
        if symbol in self._symbols:
            self._since_ns.setdefault(symbol, at_ns)

    def deafen(self, symbol: str) -> None:
        """The registration of a symbol no longer stands; its open minutes are not whole."""
        self._since_ns.pop(symbol, None)
        self._forming.pop(symbol, None)
        self._cum.pop(symbol, None)
        self._doubted.pop(symbol, None)

    def print(self, trade: Trade) -> list[Outcome]:
        """Take a print and return what it completes or puts in doubt."""
        outcomes: list[Outcome] = []
        if trade.at_ns >= self._close_at_ns:
            outcomes = self._close(trade.at_ns - LAG_NS)
        symbol = trade.symbol
        if symbol not in self._since_ns or not (
            self.window.first_ns <= trade.at_ns < self.window.end_ns
        ):
            return outcomes
        start_ns = trade.at_ns // MINUTE_NS * MINUTE_NS
        known = self._cum.get(symbol)
        if known is not None and trade.cum_volume <= known[0]:
            return outcomes  # told twice, or an expected price: nothing was traded
        if known is not None and trade.cum_volume - trade.volume != known[0]:
            first_ns = min(known[2], start_ns)
            why = f"day's volume went from {known[0]} to {trade.cum_volume} with {trade.volume}"
            outcomes.append(Doubted(symbol, first_ns, start_ns, why, self._venue))
            self._doubted[symbol] = max(start_ns, self._doubted.get(symbol, 0))
        value = trade.cum_value_krw - known[1] if known is not None else None
        self._cum[symbol] = (trade.cum_volume, trade.cum_value_krw, start_ns)
        if start_ns < self._next_ns:
            why = "a print after its minute closed"
            outcomes.append(Doubted(symbol, start_ns, start_ns, why, self._venue))
            return outcomes
        self._add(symbol, start_ns, trade, value)
        return outcomes

    def _add(self, symbol: str, start_ns: int, trade: Trade, value: int | None) -> None:
        price = trade.price_krw
        waiting = self._forming.setdefault(symbol, [])
        if not waiting or waiting[-1].start_ns < start_ns:
            waiting.append(_Forming(start_ns, price))
        candle = waiting[-1]
        if candle.start_ns != start_ns:  # within the lag, an older minute may still be told
            candle = next((c for c in waiting if c.start_ns == start_ns), candle)
            if candle.start_ns != start_ns:
                candle = _Forming(start_ns, price)
                waiting.append(candle)
                waiting.sort(key=lambda c: c.start_ns)
        candle.close = price
        if price > candle.high:
            candle.high = price
        if price < candle.low:
            candle.low = price
        candle.volume += trade.volume
        candle.value = None if candle.value is None or value is None else candle.value + value

    def tick(self, now_ns: int) -> list[Outcome]:
        """The clock shows `now_ns`: close what a quiet line has left open."""
        return self._close(now_ns - GRACE_NS)

    def _close(self, over_ns: int) -> list[Outcome]:
        """Close the minutes that end at or before `over_ns`."""
        outcomes: list[Outcome] = []
        while self._next_ns + MINUTE_NS <= min(over_ns, self.window.end_ns):
            minute = self._settle(self._next_ns)
            if minute.bars or minute.quiet:
                outcomes.append(minute)
            self._next_ns += MINUTE_NS
        self._close_at_ns = self._next_ns + MINUTE_NS + LAG_NS
        return outcomes

    def _settle(self, start_ns: int) -> Settled:
        bars: list[Bar] = []
        quiet: list[str] = []
        for symbol, since_ns in self._since_ns.items():
            waiting = self._forming.get(symbol)
            candle = waiting.pop(0) if waiting and waiting[0].start_ns == start_ns else None
            if since_ns > start_ns or self._doubted.get(symbol, 0) >= start_ns:
                continue
            if candle is None:
                quiet.append(symbol)
            else:
                bars.append(_bar(symbol, self._venue, candle))
        return Settled(start_ns, tuple(bars), tuple(quiet), self._venue)


def _bar(symbol: str, venue: Venue, candle: _Forming) -> Bar:
    return Bar(
        symbol,
        venue,
        candle.start_ns,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.value,
    )
