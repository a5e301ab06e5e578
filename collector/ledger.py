"""Which minutes of the day are settled, symbol by symbol, and what is to be asked for next.

Pure. Laws: a minute is settled by having been heard whole or by KIS's own answer given after it
was over, and by nothing else; what is not settled stays on the work list however late a round
runs; after the close the whole day of every symbol is asked for once more.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from collector.candles import MINUTE_NS, Window
from collector.journal import Doubt, Entry, FromRest, FromTicks, GapFilled, GapNoted
from kis_core.clock import SECOND_NS
from kis_core.market.events import Bar, Gap

_MISSING, _TICKS, _REST = 0, 1, 2
ANSWER_DELAY_NS = 5 * SECOND_NS  # KIS may still book a minute's last prints right after its end


@dataclass(frozen=True, slots=True)
class Pace:
    """When a symbol is asked for, in minutes of the market."""

    sweep_min: int  # the oldest missing minute may be this old; a reply holds 30 rows
    repair_min: int  # ... this old where the line hears the symbol: a hole, not a habit


@dataclass(frozen=True, slots=True)
class Work:
    """Ask for the minutes from `from_ns` of a symbol up to now. `final`: the day is over."""

    symbol: str
    from_ns: int
    final: bool


class MinuteLedger:
    """The minutes of one day for a fixed universe."""

    def __init__(
        self,
        window: Window,
        symbols: Sequence[str],
        pace: Pace,
        gaps_ns: tuple[int, int] = (0, 1 << 63),
    ) -> None:
        """`gaps_ns`: gaps that begin from..to are this ledger's to fill."""
        self.window = window
        self._gaps_ns = gaps_ns
        self._pace = pace
        self._states = {symbol: bytearray(window.count) for symbol in symbols}
        self._oldest = dict.fromkeys(symbols, 0)  # index before which nothing is missing
        self._bars: dict[str, dict[int, Bar]] = {symbol: {} for symbol in symbols}
        self._final: set[str] = set()
        self._unfilled: dict[tuple[str | None, int], Gap] = {}
        # Symbols would otherwise all fall due in the same minute and crowd out what the
        # strategies ask for.
        step_ns = pace.sweep_min * MINUTE_NS // max(1, len(symbols))
        self._head_start_ns = {symbol: i * step_ns for i, symbol in enumerate(symbols)}
        self.repaired = 0
        self.surplus = 0
        self.doubts = 0

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._states

    def has_traded(self, symbol: str) -> bool:
        """Whether the day has a candle of a symbol."""
        return bool(self._bars[symbol])

    @property
    def candles(self) -> int:
        """How many candles the day has so far."""
        return sum(len(bars) for bars in self._bars.values())

    @property
    def finished(self) -> int:
        """How many symbols KIS confirmed after the close."""
        return len(self._final)

    @property
    def unfilled(self) -> int:
        """How many gaps are over and not told as filled."""
        return len(self._unfilled)

    @property
    def complete(self) -> bool:
        """Whether the day is over and every symbol confirmed."""
        return len(self._final) == len(self._states)

    def apply(self, entry: Entry) -> None:
        """Take what the journal says. The live day and a restart come through here alike."""
        match entry:
            case FromTicks(_, start_ns, bars, quiet, "KRX"):
                for bar in bars:
                    self._settle(bar.symbol, start_ns, _TICKS)
                    self._keep(bar)
                for symbol in quiet:
                    self._settle(symbol, start_ns, _TICKS)
            case FromRest(symbol=symbol, first_ns=first_ns, last_ns=last_ns, bars=bars) if (
                symbol in self and self._touches(first_ns, last_ns)
            ):
                for index in range(self._index(first_ns), self._index(last_ns) + 1):
                    self._states[symbol][index] = _REST
                for bar in bars:
                    self._keep(bar)
                self.repaired += entry.repaired
                self.surplus += entry.surplus
                if entry.final:
                    self._final.add(symbol)
            case Doubt(_, symbol, first_ns, last_ns, _, "KRX") if symbol in self and self._touches(
                first_ns, last_ns
            ):
                self.doubts += 1
                for index in range(self._index(first_ns), self._index(last_ns) + 1):
                    self._states[symbol][index] = _MISSING
                self._oldest[symbol] = min(self._oldest[symbol], self._index(first_ns))
            case GapNoted(_, gap) if gap.to_ns is not None and self._takes(gap):
                self._unfilled[gap.symbol, gap.from_ns] = gap
            case GapFilled(gap=gap):
                self._unfilled.pop((gap.symbol, gap.from_ns), None)
            case _:
                pass

    def _takes(self, gap: Gap) -> bool:
        from_ns, to_ns = self._gaps_ns
        return from_ns <= gap.from_ns < to_ns

    def _touches(self, first_ns: int, last_ns: int) -> bool:
        """Whether minutes are of this day: an answer may come after midnight."""
        return first_ns < self.window.end_ns and last_ns >= self.window.first_ns

    def _settle(self, symbol: str, start_ns: int, how: int) -> None:
        if symbol in self and self.window.first_ns <= start_ns < self.window.end_ns:
            self._states[symbol][self._index(start_ns)] = how

    def _keep(self, bar: Bar) -> None:
        if bar.symbol in self and self.window.first_ns <= bar.start_ns < self.window.end_ns:
            self._bars[bar.symbol][bar.start_ns] = bar

    def _index(self, at_ns: int) -> int:
        """Return the minute's place in the day, the nearest one for an instant outside it."""
        index = (at_ns - self.window.first_ns) // MINUTE_NS
        return max(0, min(index, self.window.count - 1))

    def work(self, now_ns: int, heard: Collection[str]) -> list[Work]:
        """Return what is to be asked for at `now_ns`, the most urgent first.

        `heard` are the symbols the line hears now.
        """
        over = (now_ns - ANSWER_DELAY_NS - self.window.first_ns) // MINUTE_NS
        if over >= self.window.count:
            return [Work(symbol, self.window.first_ns, True) for symbol in self.unconfirmed]
        due: list[tuple[int, Work]] = []
        for symbol, states in self._states.items():
            oldest = states.find(_MISSING, self._oldest[symbol])
            self._oldest[symbol] = oldest if oldest >= 0 else len(states)
            if oldest < 0 or oldest >= over:
                continue
            from_ns = self.window.first_ns + oldest * MINUTE_NS
            age_ns = now_ns - from_ns
            limit_ns = self._pace.sweep_min * MINUTE_NS
            if symbol in heard:
                limit_ns = self._pace.repair_min * MINUTE_NS
            elif oldest == 0:
                limit_ns -= self._head_start_ns[symbol]
            if age_ns >= limit_ns:
                due.append((from_ns, Work(symbol, from_ns, False)))
        due.sort(key=lambda item: item[0])
        return [work for _, work in due]

    def compare(self, work: Work, bars: Iterable[Bar], now_ns: int) -> FromRest | None:
        """Return what KIS's answer to `work`, asked at `now_ns`, settles; None: nothing yet."""
        end_ns = min((now_ns - ANSWER_DELAY_NS) // MINUTE_NS * MINUTE_NS, self.window.end_ns)
        if end_ns <= work.from_ns:
            return None
        known = self._bars[work.symbol]
        news: list[Bar] = []
        shown: set[int] = set()
        repaired = 0
        for bar in bars:
            if not work.from_ns <= bar.start_ns < end_ns:
                continue
            shown.add(bar.start_ns)
            had = known.get(bar.start_ns)
            if had is None or _figures(had) != _figures(bar):
                news.append(bar)
                repaired += self._settled(work.symbol, bar.start_ns)
        return FromRest(
            at_ns=now_ns,
            symbol=work.symbol,
            first_ns=work.from_ns,
            last_ns=end_ns - MINUTE_NS,
            bars=tuple(news),
            repaired=repaired,
            surplus=sum(work.from_ns <= at_ns < end_ns for at_ns in known.keys() - shown),
            final=work.final,
        )

    def filled(self, now_ns: int) -> list[GapFilled]:
        """Return the gaps that are over and whose every minute is settled by now."""
        found = []
        for gap in self._unfilled.values():
            symbols = [gap.symbol] if gap.symbol else list(self._states)
            assert gap.to_ns is not None
            if gap.to_ns <= self.window.first_ns or gap.from_ns >= self.window.end_ns:
                found.append(GapFilled(now_ns, gap, 0))
                continue
            first, last = self._index(gap.from_ns), self._index(gap.to_ns)
            spans = [self._states.get(symbol, b"")[first : last + 1] for symbol in symbols]
            if any(_MISSING in span for span in spans):
                continue
            starts = range(first, last + 1)
            candles = sum(
                self.window.first_ns + index * MINUTE_NS in self._bars.get(symbol, {})
                for symbol in symbols
                for index in starts
            )
            found.append(GapFilled(now_ns, gap, candles))
        return found

    def starts(self, symbol: str) -> tuple[frozenset[int], frozenset[int]]:
        """Return the minutes of a symbol that have a candle, and those not settled yet (ns)."""
        unsettled = frozenset(
            self.window.first_ns + index * MINUTE_NS
            for index, state in enumerate(self._states[symbol])
            if state == _MISSING
        )
        return frozenset(self._bars[symbol]), unsettled

    @property
    def symbols(self) -> tuple[str, ...]:
        """Whose minutes these are."""
        return tuple(self._states)

    @property
    def unconfirmed(self) -> list[str]:
        """The symbols whose whole day KIS has not answered for."""
        return [symbol for symbol in self._states if symbol not in self._final]

    def _settled(self, symbol: str, start_ns: int) -> bool:
        return self._states[symbol][self._index(start_ns)] != _MISSING


def _figures(bar: Bar) -> tuple[int, int, int, int, int]:
    """What must agree. The value is left out: a reply of minutes holds only running sums."""
    return (bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw, bar.volume)
