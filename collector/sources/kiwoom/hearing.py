"""What Kiwoom's lines say, as values: one fold over everything that arrives and is done.

Pure: a tape run through it again says the same. While a line is down one gap is open for it, from
its last text until every group of it has been answered again. A group that is refused leaves a gap
for each of its items. One bad element costs itself alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date

import msgspec

from collector.candles import Doubted, Settled, TickCandles
from collector.hearing import Quarantined
from collector.sources.kiwoom import fids
from collector.sources.kiwoom.events import (
    BestQuote,
    Depth,
    Event,
    Interruption,
    MarketTime,
    Print,
    Reader,
    Untold,
)
from collector.sources.kiwoom.frames import (
    Answer,
    Element,
    Ping,
    Real,
    System,
    Unknown,
    parse,
    unknown_fids,
)
from collector.sources.kiwoom.groups import Group
from collector.sources.kiwoom.registry import Registry, Silent
from collector.sources.kiwoom.sessions import VENUES, trades_continuously, windows
from kis_core.clock import SECOND_NS
from kis_core.errors import FrameError
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap, Market, Venue
from kis_core.market.instants import date_of

NAMES_MAX = 1_000  # of unknown things that are counted by name


class DayBegun(msgspec.Struct, frozen=True, tag="kiwoom_day"):
    """A calendar day begins, or goes on after a restart."""

    at_ns: int
    date: str  # YYYY-MM-DD
    krx: tuple[str, ...]  # whose candles are made of KRX's trades
    nxt: tuple[str, ...]


class Planned(msgspec.Struct, frozen=True, tag="kiwoom_plan"):
    """From now on a line is to hold these groups: (screen, type, items)."""

    at_ns: int
    line: str
    groups: tuple[tuple[str, str, tuple[str, ...]], ...]


class Unheard(msgspec.Struct, frozen=True, tag="kiwoom_unheard"):
    """Nothing was heard of a line since `from_ns`, and nothing is yet."""

    at_ns: int
    line: str
    from_ns: int
    why: str


class LineUp(msgspec.Struct, frozen=True, tag="kiwoom_up"):
    """A line is open and logged in; its groups are being asked for."""

    at_ns: int
    line: str


class LineDown(msgspec.Struct, frozen=True, tag="kiwoom_down"):
    """A line is lost, could not be opened, or was ended."""

    at_ns: int
    line: str
    why: str


class Asked(msgspec.Struct, frozen=True, tag="kiwoom_asked"):
    """A group is being asked for."""

    at_ns: int
    line: str
    screen: str


class Answered(msgspec.Struct, frozen=True, tag="kiwoom_answered"):
    """Kiwoom has answered for a group; `refused` says why not, None: it stands."""

    at_ns: int
    line: str
    screen: str
    refused: str | None


class Ticked(msgspec.Struct, frozen=True, tag="kiwoom_tick"):
    """The clock shows `at_ns`."""

    at_ns: int


Mark = DayBegun | Planned | Unheard | LineUp | LineDown | Asked | Answered | Ticked
Said = Event | Gap | Settled | Doubted | Silent | Quarantined | System


class _Line:
    """What is known of one line."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.groups: dict[str, Group] = {}
        self.answered: set[str] = set()
        self.up = False
        self.up_since_ns: int | None = None  # None while it is down
        self.gap: Gap | None = None


class Hearing:
    """Everything known about the lines. `take` and `text` are its doors."""

    def __init__(
        self, calendar: TradingCalendar, silent_s: float = 300.0, sibling_min: int = 20
    ) -> None:
        self.registry = Registry()
        self.records: Counter[tuple[str, str]] = Counter()  # (venue, type): elements
        self.frames = 0
        self.bad = 0
        self.pings = 0
        self.unknown_frames: Counter[str] = Counter()
        self.unknown_fids: Counter[str] = Counter()  # "type fid"
        self.untold: Counter[str] = Counter()  # types we do not interpret
        self.disagreements: Counter[str] = Counter()  # of Kiwoom's session with the clock's
        self.market_state: str | None = None  # the newest FID 215 of 0s
        self._calendar = calendar
        self._silent_ns = int(silent_s * SECOND_NS)
        self._sibling_min = sibling_min
        self._lines: dict[str, _Line] = {}
        self._heard_ns: dict[str, int] = {}
        self._refused: dict[tuple[str, str], list[Gap]] = {}
        self._moving: dict[tuple[str, str], Gap] = {}  # by type and item, from group to group
        self._reader: Reader | None = None
        self._candles: dict[Market, tuple[TickCandles, ...]] = {}
        self._day: date | None = None

    # -- texts ---------------------------------------------------------------------------------

    def text(self, at_ns: int, text: str, line: str) -> list[Said]:
        """Take one text of a line and return what it says, in order."""
        self.frames += 1
        self._heard_ns[line] = at_ns
        try:
            frame = parse(text)
        except FrameError as error:
            self.bad += 1
            return [Quarantined(at_ns, text, error.what)]
        if type(frame) is Real:
            return self._real(at_ns, text, frame)
        return self._control(frame)

    def _control(self, frame: Answer | Ping | System | Unknown | Real) -> list[Said]:
        match frame:
            case Ping():
                self.pings += 1
            case System():
                return [frame]
            case Unknown(trnm):
                _count(self.unknown_frames, trnm)
            case _:
                pass  # an answer: whoever asked takes it, and says so with Answered
        return []

    def _real(self, at_ns: int, text: str, frame: Real) -> list[Said]:
        assert self._reader is not None, "a day begins before anything is heard"
        said: list[Said] = []
        read, hear = self._reader.read, self.registry.hear
        for element in frame.data:
            kind = element.type
            try:
                event = read(element, at_ns)
            except FrameError as error:
                self.bad += 1
                said.append(Quarantined(at_ns, text, error.what))
                continue
            hear(kind, element.item, at_ns)
            if type(element) is Element:
                self._look_closely(element, event)
            said.append(event)
            if type(event) is Print:
                self.records[event.trade.venue, kind] += 1
                self._print(event, said)
            else:
                self.records[_venue(event), kind] += 1
        for strange in frame.strange:
            self.bad += 1
            said.append(
                Quarantined(at_ns, text, f"REAL: an element without values: {strange[:80]}")
            )
        return said

    def _look_closely(self, element: Element, event: Event) -> None:
        for fid in unknown_fids(element):
            _count(self.unknown_fids, f"{element.type} {fid}")
        if isinstance(event, Untold):
            _count(self.untold, event.real_type)
        elif isinstance(event, MarketTime):
            self.market_state = event.state

    def _print(self, told: Print, said: list[Said]) -> None:
        assert self._reader is not None
        words = self._reader.disagrees(told)
        if words is not None:
            _count(self.disagreements, words)
        trade = told.trade
        for candles in self._candles.get(trade.venue, ()):
            if candles.window.first_ns <= trade.at_ns < candles.window.end_ns:
                said.extend(candles.print(trade))

    # -- what was done --------------------------------------------------------------------------

    def take(self, mark: Mark) -> list[Said]:
        """Take what happened to the lines and return what it says, in order."""
        match mark:
            case DayBegun():
                return self._begin(mark)
            case Planned(at_ns, line, groups):
                return self._plan(at_ns, line, [Group(*group) for group in groups])
            case Unheard(_, line, from_ns, why):
                return self._open_gap(self._line(line), from_ns, why)
            case LineUp(at_ns, line):
                known = self._line(line)
                known.up, known.up_since_ns = True, at_ns
                known.answered.clear()
                return self._close_gap(known, at_ns)
            case LineDown(at_ns, line, why):
                return self._down(at_ns, self._line(line), why)
            case Asked(at_ns, line, screen):
                group = self._line(line).groups.get(screen)
                if group is not None:
                    self.registry.request(line, group, at_ns)
                return []
            case Answered(at_ns, line, screen, refused):
                return self._answer(at_ns, self._line(line), screen, refused)
            case Ticked(at_ns):
                return self._tick(at_ns)

    def _line(self, name: str) -> _Line:
        return self._lines.setdefault(name, _Line(name))

    def _begin(self, begun: DayBegun) -> list[Said]:
        day = date.fromisoformat(begun.date)
        symbols: dict[Venue, tuple[str, ...]] = {"KRX": begun.krx, "NXT": begun.nxt}
        if day == self._day:  # other symbols: what is forming goes on forming
            for venue in VENUES:
                for candles in self._candles[venue]:
                    candles.follow(symbols[venue])
        else:
            self._day = day
            self.registry.begin_day()
            self._reader = Reader(day, self._calendar)
            self._candles = {
                venue: tuple(
                    TickCandles(window, symbols[venue], begun.at_ns, venue)
                    for window in windows(day, venue, self._calendar)
                )
                for venue in VENUES
            }
        for stream in self.registry.streams():
            if stream.standing:
                self._listen(stream.type, stream.item, begun.at_ns)
        return []

    def _plan(self, at_ns: int, name: str, groups: list[Group]) -> list[Said]:
        line = self._line(name)
        said: list[Said] = []
        wanted = {group.screen: group for group in groups}
        items = {(group.type, item) for group in groups for item in group.items}
        for screen, group in line.groups.items():
            following = wanted.get(screen)
            if following == group:
                continue
            line.answered.discard(screen)
            said += self._close_refused(at_ns, name, screen)
            if following is not None and following.extends(group):
                continue
            self.registry.drop(name, screen)
            self._deafen(group.type, group.items)
            for item in group.items:
                if line.up and (group.type, item) in items:
                    gap = Gap(item or f"({group.type})", at_ns, None, "registered anew")
                    self._moving[group.type, item] = gap
                    said.append(gap)
        line.groups = wanted
        if not wanted:
            del self._lines[name]
        return said

    def _answer(self, at_ns: int, line: _Line, screen: str, refused: str | None) -> list[Said]:
        group = line.groups.get(screen)
        if group is None:
            return []
        self.registry.answer(line.name, screen, at_ns, refused)
        line.answered.add(screen)
        said: list[Said] = []
        for item in group.items:
            moved = self._moving.pop((group.type, item), None)
            if moved is not None:
                said.append(_closed(moved, at_ns))
            if refused is None:
                self._listen(group.type, item, at_ns)
        if refused is None:
            said += self._close_refused(at_ns, line.name, screen)
        elif (line.name, screen) not in self._refused:  # told once, however often it is tried
            why = f"registration of {group.type} refused: {refused}"
            gaps = [Gap(item or f"({group.type})", at_ns, None, why) for item in group.items]
            self._refused[line.name, screen] = gaps
            said += gaps
        said += self._close_gap(line, at_ns)
        return said

    def _down(self, at_ns: int, line: _Line, why: str) -> list[Said]:
        was_up, line.up, line.up_since_ns = line.up, False, None
        line.answered.clear()
        self.registry.lost(line.name)
        for group in line.groups.values():
            self._deafen(group.type, group.items)
        if not was_up:
            return []
        moved = [(g.type, item) for g in line.groups.values() for item in g.items]
        gone = [self._moving.pop(key) for key in moved if key in self._moving]
        # What came after the newest text nobody can know, so the gap begins there.
        from_ns = min(self._heard_ns.get(line.name, at_ns), at_ns)
        lost = self._open_gap(line, from_ns, f"line lost: {why}")
        return [*(_closed(gap, at_ns) for gap in gone), *lost]

    def _open_gap(self, line: _Line, from_ns: int, why: str) -> list[Said]:
        if line.gap is not None:
            return []
        # Without a symbol a gap would say that nothing at all is heard.
        symbol = None if len(self._lines) == 1 else f"({line.name})"
        line.gap = Gap(symbol, from_ns, None, why)
        return [line.gap]

    def _close_gap(self, line: _Line, at_ns: int) -> list[Said]:
        if line.gap is None or not line.up or line.groups.keys() - line.answered:
            return []
        gap, line.gap = line.gap, None
        return [_closed(gap, at_ns)]

    def _close_refused(self, at_ns: int, line: str, screen: str) -> list[Said]:
        return [_closed(gap, at_ns) for gap in self._refused.pop((line, screen), [])]

    def _listen(self, kind: str, item: str, at_ns: int) -> None:
        if kind == fids.TRADE and self._reader is not None:
            symbol, venue = self._reader.parsed(item)
            for candles in self._candles.get(venue, ()):
                candles.listen(symbol, at_ns)

    def _deafen(self, kind: str, items: Iterable[str]) -> None:
        if kind != fids.TRADE or self._reader is None:
            return
        for item in items:
            symbol, venue = self._reader.parsed(item)
            for candles in self._candles.get(venue, ()):
                candles.deafen(symbol)

    def _tick(self, at_ns: int) -> list[Said]:
        said: list[Said] = []
        for of_venue in self._candles.values():
            for candles in of_venue:
                said.extend(candles.tick(at_ns))
        trading = self._trading(at_ns)
        said.extend(self.registry.look(at_ns, trading, self._silent_ns, self._sibling_min))
        return said

    def _trading(self, at_ns: int) -> Collection[Venue]:
        day = self._day
        if day is None or date_of(at_ns) != day:
            return ()
        return [v for v in VENUES if trades_continuously(v, at_ns, day, self._calendar)]

    # -- what is known --------------------------------------------------------------------------

    @property
    def open_gaps(self) -> list[Gap]:
        """The gaps of whole lines that are open now."""
        return [line.gap for line in self._lines.values() if line.gap is not None]

    @property
    def up(self) -> dict[str, bool]:
        """Which lines are logged in."""
        return {name: line.up for name, line in sorted(self._lines.items())}

    @property
    def up_since_ns(self) -> dict[str, int | None]:
        """Since when each line is logged in; None while it is not."""
        return {name: line.up_since_ns for name, line in sorted(self._lines.items())}

    @property
    def heard_ns(self) -> int | None:
        """When the newest text of any line came."""
        return max(self._heard_ns.values(), default=None)


def _venue(event: Event) -> str:
    match event:
        case Depth(book=book):
            return book.venue
        case BestQuote(venue=venue) | Interruption(venue=venue):
            return venue
        case _:
            return ""


def _count(names: Counter[str], name: str) -> None:
    if name in names or len(names) < NAMES_MAX:
        names[name] += 1
    else:
        names["(others)"] += 1


def _closed(gap: Gap, at_ns: int) -> Gap:
    return Gap(gap.symbol, gap.from_ns, max(at_ns, gap.from_ns), gap.reason)
