"""What the lines say, as values: one fold over everything that arrives.

Pure: the live collector and `collector.verify` run the same lines, one on what arrives, the other
on the tape. There is a line for each app key; a registration is wanted on one of them, and live
once KIS has acknowledged it. What a lost line carried is a gap of each of those symbols until KIS
has answered for it again, on whichever line. While no line is up that carries anything, one gap is
open for all symbols; it closes when one line has everything it is to carry answered, so that nobody
takes a half-registered line for a whole one, and what other lines carried goes on as gaps of their
symbols.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from collector.candles import Doubted, Outcome, Settled, TickCandles, Window
from collector.journal import Doubt, Entry, FromTicks, GapNoted
from collector.slots import (
    CONTRACT_NOTICES,
    FUTURES_TR,
    NXT_TRADE_TR,
    OPTION_TR,
    TR_OF,
    TRADE_TR,
    Key,
)
from kis_core.errors import FrameError
from kis_core.feed import Heard
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book, Gap, IndexLevel, Trade
from kis_core.market.instants import DAY_NS, date_of, midnight_ns
from kis_core.wire.account import DerivativeNotice
from kis_core.wire.derivatives.per_contract import order_notice
from kis_core.wire.stream.books import books
from kis_core.wire.stream.cipher import Keyring
from kis_core.wire.stream.derivatives import futures_trades, option_trades
from kis_core.wire.stream.frames import Ack, Heartbeat, Records, Sealed, parse_frame
from kis_core.wire.stream.notices import derivative_notices, notices
from kis_core.wire.stream.trades import trades

FIRST_LINE = "default"  # of the app key without a name
NOTICE_TRS = ("H0STCNI0", "H0STCNI9")
CONTRACT_NOTICE_TRS = tuple(CONTRACT_NOTICES.values())
NOTICES_SYMBOL = "(notices)"
ALREADY = "OPSP0002"  # ALREADY IN SUBSCRIBE: it stands, which is all we asked


class LineState(msgspec.Struct, frozen=True, array_like=True):
    """What a line is like at some point."""

    line: str
    up: bool
    live: tuple[Key, ...]
    wanted: tuple[Key, ...] = ()


class DayBegun(msgspec.Struct, frozen=True, tag="day"):
    """A day of candles begins, or goes on after a restart; what the lines are like at this point.

    `up` and `live` are of the first line, `others` of the further ones.
    """

    at_ns: int
    window: tuple[int, int] | None  # KRX's; None: no session, no candles
    symbols: tuple[str, ...]  # whose candles are kept
    up: bool = False
    live: tuple[Key, ...] = ()
    gap: Gap | None = None  # open now; after a restart, since the last that an earlier run heard
    others: tuple[LineState, ...] = ()
    silent: tuple[tuple[Gap, tuple[Key, ...]], ...] = ()  # open gaps of symbols, and what they miss
    nxt_window: tuple[int, int] | None = None


class LineUp(msgspec.Struct, frozen=True, tag="up"):
    """A line is open; what is wanted on it is being registered."""

    at_ns: int
    line: str = FIRST_LINE


class LineDown(msgspec.Struct, frozen=True, tag="down"):
    """A line is lost, or could not be opened."""

    at_ns: int
    why: str
    line: str = FIRST_LINE


class Wanted(msgspec.Struct, frozen=True, tag="wanted"):
    """From now on these registrations are wanted on a line, and no others."""

    at_ns: int
    keys: tuple[Key, ...]
    line: str = FIRST_LINE


class Ticked(msgspec.Struct, frozen=True, tag="tick"):
    """The clock shows `at_ns`."""

    at_ns: int


class Polled(msgspec.Struct, frozen=True, tag="level"):
    """An index level, asked for over REST."""

    at_ns: int
    level: IndexLevel


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A text as it arrived."""

    at_ns: int
    text: str
    line: str = FIRST_LINE


Mark = DayBegun | LineUp | LineDown | Wanted | Ticked | Polled
Item = Mark | Text


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A text that could not be read, and why. The tape has it too."""

    at_ns: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class LiveChanged:
    """What is live has changed; ask `Hearing.live`."""


@dataclass(frozen=True, slots=True)
class NoticesLive:
    """Whether order notices are being heard, of stocks or of contracts."""

    live: bool
    contracts: bool = False


Said = (
    Trade
    | FuturesTrade
    | OptionTrade
    | Book
    | IndexLevel
    | Heard
    | Gap
    | Outcome
    | Quarantined
    | LiveChanged
    | NoticesLive
)


_READERS: Mapping[str, Callable[[str, int, int], Sequence[Said]]] = {
    f"0|{FUTURES_TR}|": futures_trades,
    f"0|{OPTION_TR}|": option_trades,
    **{f"0|{tr}|": trades if kind == "trade" else books for (kind, _), tr in TR_OF.items()},
}
_PRINTS = f"0|{TRADE_TR}|"  # candles are of a venue's own prints
_NXT_PRINTS = f"0|{NXT_TRADE_TR}|"


class _Line:
    """One session with KIS."""

    __slots__ = ("answered", "heard_ns", "live", "name", "parting", "up", "wanted")

    def __init__(self, name: str) -> None:
        self.name = name
        self.up = False
        self.heard_ns: int | None = None  # when the newest text arrived
        self.wanted: set[Key] = set()
        self.answered: set[Key] = set()
        self.live: set[Key] = set()
        self.parting: set[Key] = set()  # no longer wanted, its end not yet confirmed


class Hearing:
    """Everything known about the lines. `take` is its one door."""

    def __init__(self) -> None:
        self.live: set[Key] = set()  # on whichever line
        self.heard_ns: int | None = None  # when the newest text arrived
        self._lines: dict[str, _Line] = {}
        self._line_gap: Gap | None = None
        self._silent: dict[str, tuple[Gap, set[Key]]] = {}  # by symbol, and what is to be answered
        self._refused: dict[Key, tuple[Gap, str]] = {}  # with what KIS said
        self._keyring = Keyring()
        self._candles: TickCandles | None = None
        self._nxt: TickCandles | None = None
        self._midnight_ns = 0

    def take(self, item: Item) -> list[Said]:
        """Take what happened and return what it says, in order."""
        match item:
            case Text(at_ns, text, line):
                return self.texts(at_ns, (text,), line)
            case Ticked(at_ns):
                krx = self._candles.tick(at_ns) if self._candles else []
                return [*krx, *(self._nxt.tick(at_ns) if self._nxt else ())]
            case Polled(_, level):
                return [level]
            case Wanted(at_ns, keys, line):
                return self._want(self._line(line), at_ns, frozenset(keys))
            case LineUp(at_ns, line):
                return self._line_up(self._line(line), at_ns)
            case LineDown(at_ns, why, line):
                return self._line_down(self._line(line), at_ns, why)
            case DayBegun():
                return self._begin(item)

    def texts(self, at_ns: int, texts: Iterable[str], name: str = FIRST_LINE) -> list[Said]:
        """Take texts that arrived together on a line, as so many `Text`."""
        line = self._lines.get(name) or self._line(name)
        self.heard_ns = line.heard_ns = at_ns
        if not 0 <= at_ns - self._midnight_ns < DAY_NS:
            self._midnight_ns = midnight_ns(date_of(at_ns))
        said: list[Said] = []
        for text in texts:
            head = text[:11]
            try:
                if head == _PRINTS:
                    said += self._prints(trades(text, at_ns, self._midnight_ns), self._candles)
                elif head == _NXT_PRINTS:
                    said += self._prints(trades(text, at_ns, self._midnight_ns), self._nxt)
                elif (reader := _READERS.get(head)) is not None:
                    said += reader(text, at_ns, self._midnight_ns)
                else:
                    said += self._other(line, at_ns, text)
            except FrameError as error:
                said.append(Quarantined(at_ns, text, error.what))
        return said

    def _line(self, name: str) -> _Line:
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = _Line(name)
        return line

    def _prints(self, arrived: list[Trade], candles: TickCandles | None) -> list[Said]:
        if candles is None:
            return list[Said](arrived)
        said: list[Said] = []
        for trade in arrived:
            said.append(trade)
            said += candles.print(trade)
        return said

    def _other(self, line: _Line, at_ns: int, text: str) -> list[Said]:
        match parse_frame(text):
            case Sealed(tr_id, count) as sealed if tr_id in NOTICE_TRS:
                opened = notices(self._keyring.open(sealed), count)
                return [Heard(at_ns, notice) for notice in opened]
            case Sealed(tr_id, count) as sealed if tr_id in CONTRACT_NOTICE_TRS:
                told = derivative_notices(tr_id, self._keyring.open(sealed), count)
                return [_of_contract(at_ns, text, each) for each in told]
            case Ack() as ack:
                self._keyring.learn(ack)
                return self._acknowledged(line, at_ns, ack)
            case Heartbeat():
                return []
            case Sealed(tr_id) | Records(tr_id):
                return [Quarantined(at_ns, text, f"nobody asked for {tr_id}")]

    def _acknowledged(self, line: _Line, at_ns: int, ack: Ack) -> list[Said]:
        key = (ack.tr_id, ack.tr_key)
        if ack.ends:
            return self._ended(line, key)
        if key not in line.wanted:
            return [] if ack.ok else [_unasked(at_ns, ack)]
        line.answered.add(key)
        said: list[Said] = []
        if ack.ok or ack.code == ALREADY:
            said.extend(self._stands(line, at_ns, key))
        else:
            line.live.discard(key)
            said.extend(self._fell(key))
            if key not in self._refused:  # told once, however often it is tried
                why = f"registration of {ack.tr_id} refused: {ack.code} {ack.text}"
                gap = Gap(_symbol(key), at_ns, None, why)
                self._refused[key] = gap, f"{ack.code} {ack.text}"
                said.append(gap)
        said.extend(self._close_gaps(at_ns))
        return said

    def _ended(self, line: _Line, key: Key) -> list[Said]:
        line.parting.discard(key)
        if key not in line.live:
            return []
        # It was wanted again while it was on its way out: another registration follows.
        line.live.discard(key)
        line.answered.discard(key)
        return self._fell(key)

    def _stands(self, line: _Line, at_ns: int, key: Key) -> list[Said]:
        if key in line.live:
            return []
        line.live.add(key)
        self.live.add(key)
        said: list[Said] = [LiveChanged()]
        if key in self._refused:
            said.append(_closed(self._refused.pop(key)[0], at_ns))
        if candles := self._candles_of(key):
            candles.listen(key[1], at_ns)
        return [*said, *_notices_live(key, True)]

    def _fell(self, key: Key) -> list[Said]:
        """Take note that a line carries a registration no longer; another one still may."""
        if any(key in line.live for line in self._lines.values()):
            return []
        self.live.discard(key)
        if candles := self._candles_of(key):
            candles.deafen(key[1])
        return [LiveChanged(), *_notices_live(key, False)]

    def _candles_of(self, key: Key) -> TickCandles | None:
        if key[0] == TRADE_TR:
            return self._candles
        return self._nxt if key[0] == NXT_TRADE_TR else None

    def _want(self, line: _Line, at_ns: int, keys: frozenset[Key]) -> list[Said]:
        said: list[Said] = []
        gone = sorted(line.wanted - keys)
        line.wanted = set(keys)
        for key in gone:
            line.answered.discard(key)
            if key in line.live:
                line.live.discard(key)
                line.parting.add(key)
                said.extend(self._fell(key))
            if key in self._refused and not self._is_wanted(key):
                said.append(_closed(self._refused.pop(key)[0], at_ns))
        for key in sorted(line.parting & keys):  # nobody asks KIS for what still stands
            line.parting.discard(key)
            line.answered.add(key)
            said.extend(self._stands(line, at_ns, key))
        said.extend(self._close_gaps(at_ns))
        return said

    def _is_wanted(self, key: Key) -> bool:
        return any(key in line.wanted for line in self._lines.values())

    def _line_up(self, line: _Line, at_ns: int) -> list[Said]:
        line.up = True
        line.answered.clear()
        return self._close_gaps(at_ns)

    def _line_down(self, line: _Line, at_ns: int, why: str) -> list[Said]:
        was_up, line.up = line.up, False
        carried = sorted(line.live)
        line.live.clear()
        line.answered.clear()
        line.parting.clear()
        fallen = [said for key in carried for said in self._fell(key)]
        silent = [said for said in fallen if isinstance(said, NoticesLive)]
        said: list[Said] = []
        if self._line_gap is None and was_up:
            # What came after the newest text we cannot know, so the gap begins there.
            from_ns = min(line.heard_ns or at_ns, at_ns)
            if self._others_carry(line):
                for key in carried:
                    if key not in self.live:
                        why_here = f"line {line.name} lost: {why}"
                        said.extend(self._fall_silent(key, from_ns, why_here))
            else:
                self._line_gap = Gap(None, from_ns, None, f"line lost: {why}")
                said.append(self._line_gap)
        if carried:
            said.append(LiveChanged())
        return [*said, *silent]

    def _others_carry(self, line: _Line) -> bool:
        """Whether another line is up that counts: one that carries something."""
        others = (each for each in self._lines.values() if each is not line)
        return any(each.up and (each.wanted or not line.wanted) for each in others)

    def _fall_silent(self, key: Key, from_ns: int, why: str) -> list[Said]:
        symbol = _symbol(key)
        if symbol in self._silent:
            self._silent[symbol][1].add(key)
            return []
        gap = Gap(symbol, from_ns, None, why)
        self._silent[symbol] = (gap, {key})
        return [gap]

    def _close_gaps(self, at_ns: int) -> list[Said]:
        """Close the gaps of symbols that are answered for, and of all lines if one is whole."""
        said: list[Said] = []
        for symbol, (gap, keys) in sorted(self._silent.items()):
            if not any(keys & (line.wanted - line.answered) for line in self._lines.values()):
                del self._silent[symbol]
                said.append(_closed(gap, at_ns))
        if self._line_gap is None or not self._one_is_whole():
            return said
        gap, self._line_gap = self._line_gap, None
        said.append(_closed(gap, at_ns))
        for line in self._lines.values():
            for key in sorted(line.wanted - line.answered):
                said.extend(self._fall_silent(key, gap.from_ns, f"{gap.reason} ({line.name})"))
        return said

    def _one_is_whole(self) -> bool:
        idle = not any(line.wanted for line in self._lines.values())
        return any(
            line.up and (idle or (bool(line.wanted) and line.wanted <= line.answered))
            for line in self._lines.values()
        )

    def _begin(self, day: DayBegun) -> list[Said]:
        self.live = set()
        for state in (LineState(FIRST_LINE, day.up, day.live), *day.others):
            line = self._line(state.line)
            line.up = state.up
            line.live = set(state.live)
            if not line.wanted:
                line.wanted = {*state.live, *state.wanted}
                line.answered = set(state.live)
            self.live |= line.live
        self._silent = {str(gap.symbol): (gap, set(keys)) for gap, keys in day.silent}
        self._candles = self._nxt = None
        if day.window:
            self._candles = TickCandles(Window(*day.window), day.symbols, day.at_ns)
        if day.nxt_window:
            self._nxt = TickCandles(Window(*day.nxt_window), day.symbols, day.at_ns, "NXT")
        for key in sorted(self.live):
            if candles := self._candles_of(key):
                candles.listen(key[1], day.at_ns)
        if day.gap is None or self._line_gap == day.gap:
            return []
        self._line_gap = day.gap
        return [day.gap]

    @property
    def up(self) -> bool:
        """Whether any line is open."""
        return any(line.up for line in self._lines.values())

    @property
    def lines(self) -> tuple[LineState, ...]:
        """Return what each line is like now, the first one first."""
        return tuple(
            LineState(line.name, line.up, tuple(sorted(line.live)), tuple(sorted(line.wanted)))
            for line in sorted(
                self._lines.values(), key=lambda each: (each.name != FIRST_LINE, each.name)
            )
        )

    @property
    def silent(self) -> tuple[tuple[Gap, tuple[Key, ...]], ...]:
        """Return the open gaps of symbols whose line was lost, with what each of them misses."""
        return tuple((gap, tuple(sorted(keys))) for _, (gap, keys) in sorted(self._silent.items()))

    @property
    def denied(self) -> dict[Key, str]:
        """Return the registrations that KIS did not take, and why not, in words."""
        return {
            key: f"KIS refused its registration: {said}" for key, (_, said) in self._refused.items()
        }

    @property
    def line_gap(self) -> Gap | None:
        """The gap of all lines, while it is open."""
        return self._line_gap


def _closed(gap: Gap, at_ns: int) -> Gap:
    return Gap(gap.symbol, gap.from_ns, max(at_ns, gap.from_ns), gap.reason)


def _symbol(key: Key) -> str:
    """Whom a refusal concerns. A gap without a symbol would say that nothing at all is heard."""
    return NOTICES_SYMBOL if _notices_live(key, False) else key[1]


def _notices_live(key: Key, live: bool) -> list[Said]:
    """Return the news that notices are heard or not, where the registration is one of notices."""
    if key[0] in NOTICE_TRS:
        return [NoticesLive(live)]
    return [NoticesLive(live, contracts=True)] if key[0] in CONTRACT_NOTICE_TRS else []


def _of_contract(at_ns: int, text: str, told: DerivativeNotice) -> Said:
    notice = order_notice(told)
    if notice is None:
        return Quarantined(at_ns, text, f"notice of {told.symbol}, whose terms are not established")
    return Heard(at_ns, notice, contracts=True)


def _unasked(at_ns: int, ack: Ack) -> Quarantined:
    return Quarantined(at_ns, ack.text, f"{ack.code} for {ack.tr_id or '?'}, which nobody asked")


def entries(said: Iterable[Said], at_ns: int) -> list[Entry]:
    """Return what of all this belongs into the day's journal."""
    found: list[Entry] = []
    for what in said:
        match what:
            case Settled(start_ns, bars, quiet, venue):
                found.append(FromTicks(at_ns, start_ns, bars, quiet, venue))
            case Doubted(symbol, first_ns, last_ns, why, venue):
                found.append(Doubt(at_ns, symbol, first_ns, last_ns, why, venue))
            case Gap():
                found.append(GapNoted(at_ns, what))
            case _:
                pass
    return found
