"""What the line says, as values: one fold over everything that arrives.

Pure: the live collector and `collector.verify` run the same lines, one on what arrives, the other
on the tape. A registration is live once KIS has acknowledged it. While the line is down nothing
is live and one gap is open for all symbols; it closes when everything wanted has been answered
again, so that nobody takes a half-registered line for a whole one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from collector.candles import Doubted, Outcome, Settled, TickCandles, Window
from collector.journal import Doubt, Entry, FromTicks, GapNoted
from collector.slots import CONTRACT_NOTICES, FUTURES_TR, OPTION_TR, TR_OF, TRADE_TR, Key
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

NOTICE_TRS = ("H0STCNI0", "H0STCNI9")
CONTRACT_NOTICE_TRS = tuple(CONTRACT_NOTICES.values())
NOTICES_SYMBOL = "(notices)"
ALREADY = "OPSP0002"  # ALREADY IN SUBSCRIBE: it stands, which is all we asked


class DayBegun(msgspec.Struct, frozen=True, tag="day"):
    """A day of candles begins, or goes on after a restart; what the line is like at this point."""

    at_ns: int
    window: tuple[int, int] | None  # None: no session, no candles
    symbols: tuple[str, ...]  # whose candles are kept
    up: bool = False
    live: tuple[Key, ...] = ()
    gap: Gap | None = None  # open now; after a restart, since the last that an earlier run heard


class LineUp(msgspec.Struct, frozen=True, tag="up"):
    """The line is open; what is wanted is being registered."""

    at_ns: int


class LineDown(msgspec.Struct, frozen=True, tag="down"):
    """The line is lost, or could not be opened."""

    at_ns: int
    why: str


class Wanted(msgspec.Struct, frozen=True, tag="wanted"):
    """From now on these registrations are wanted, and no others."""

    at_ns: int
    keys: tuple[Key, ...]


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
_PRINTS = f"0|{TRADE_TR}|"  # candles are of KRX's own prints


class Hearing:
    """Everything known about the line. `take` is its one door."""

    def __init__(self) -> None:
        self.live: set[Key] = set()
        self.up = False
        self.heard_ns: int | None = None  # when the newest text arrived
        self._wanted: set[Key] = set()
        self._answered: set[Key] = set()
        self._parting: set[Key] = set()  # no longer wanted, its end not yet confirmed
        self._line_gap: Gap | None = None
        self._refused: dict[Key, Gap] = {}
        self._keyring = Keyring()
        self._candles: TickCandles | None = None
        self._midnight_ns = 0

    def take(self, item: Item) -> list[Said]:
        """Take what happened and return what it says, in order."""
        match item:
            case Text(at_ns, text):
                return self.texts(at_ns, (text,))
            case Ticked(at_ns):
                return list(self._candles.tick(at_ns)) if self._candles else []
            case Polled(_, level):
                return [level]
            case Wanted(at_ns, keys):
                return self._want(at_ns, frozenset(keys))
            case LineUp(at_ns):
                return self._line_up(at_ns)
            case LineDown(at_ns, why):
                return self._line_down(at_ns, why)
            case DayBegun():
                return self._begin(item)

    def texts(self, at_ns: int, texts: Iterable[str]) -> list[Said]:
        """Take texts that arrived together, as so many `Text`."""
        self.heard_ns = at_ns
        if not 0 <= at_ns - self._midnight_ns < DAY_NS:
            self._midnight_ns = midnight_ns(date_of(at_ns))
        said: list[Said] = []
        for text in texts:
            head = text[:11]
            try:
                if head == _PRINTS:
                    said += self._prints(trades(text, at_ns, self._midnight_ns))
                elif (reader := _READERS.get(head)) is not None:
                    said += reader(text, at_ns, self._midnight_ns)
                else:
                    said += self._other(at_ns, text)
            except FrameError as error:
                said.append(Quarantined(at_ns, text, error.what))
        return said

    def _prints(self, arrived: list[Trade]) -> list[Said]:
        if self._candles is None:
            return list[Said](arrived)
        said: list[Said] = []
        for trade in arrived:
            said.append(trade)
            said += self._candles.print(trade)
        return said

    def _other(self, at_ns: int, text: str) -> list[Said]:
        match parse_frame(text):
            case Sealed(tr_id, count) as sealed if tr_id in NOTICE_TRS:
                opened = notices(self._keyring.open(sealed), count)
                return [Heard(at_ns, notice) for notice in opened]
            case Sealed(tr_id, count) as sealed if tr_id in CONTRACT_NOTICE_TRS:
                told = derivative_notices(tr_id, self._keyring.open(sealed), count)
                return [_of_contract(at_ns, text, each) for each in told]
            case Ack() as ack:
                self._keyring.learn(ack)
                return self._acknowledged(at_ns, ack)
            case Heartbeat():
                return []
            case Sealed(tr_id) | Records(tr_id):
                return [Quarantined(at_ns, text, f"nobody asked for {tr_id}")]

    def _acknowledged(self, at_ns: int, ack: Ack) -> list[Said]:
        key = (ack.tr_id, ack.tr_key)
        if ack.ends:
            return self._ended(key)
        if key not in self._wanted:
            return [] if ack.ok else [_unasked(at_ns, ack)]
        self._answered.add(key)
        said: list[Said] = []
        if ack.ok or ack.code == ALREADY:
            said.extend(self._stands(at_ns, key))
        else:
            self.live.discard(key)
            said.extend(self._fell(key))
            if key not in self._refused:  # told once, however often it is tried
                why = f"registration of {ack.tr_id} refused: {ack.code} {ack.text}"
                self._refused[key] = Gap(_symbol(key), at_ns, None, why)
                said.append(self._refused[key])
        said.extend(self._close_line_gap(at_ns))
        return said

    def _ended(self, key: Key) -> list[Said]:
        self._parting.discard(key)
        if key not in self.live:
            return []
        # It was wanted again while it was on its way out: another registration follows.
        self.live.discard(key)
        self._answered.discard(key)
        return self._fell(key)

    def _stands(self, at_ns: int, key: Key) -> list[Said]:
        if key in self.live:
            return []
        self.live.add(key)
        said: list[Said] = [LiveChanged()]
        if key in self._refused:
            said.append(_closed(self._refused.pop(key), at_ns))
        if key[0] == TRADE_TR and self._candles:
            self._candles.listen(key[1], at_ns)
        return [*said, *_notices_live(key, True)]

    def _fell(self, key: Key) -> list[Said]:
        if key[0] == TRADE_TR and self._candles:
            self._candles.deafen(key[1])
        return [LiveChanged(), *_notices_live(key, False)]

    def _want(self, at_ns: int, keys: frozenset[Key]) -> list[Said]:
        said: list[Said] = []
        for key in sorted(self._wanted - keys):
            self._answered.discard(key)
            if key in self.live:
                self.live.discard(key)
                self._parting.add(key)
                said.extend(self._fell(key))
            if key in self._refused:
                said.append(_closed(self._refused.pop(key), at_ns))
        self._wanted = set(keys)
        for key in sorted(self._parting & keys):  # nobody asks KIS for what still stands
            self._parting.discard(key)
            self._answered.add(key)
            said.extend(self._stands(at_ns, key))
        if self.up:
            said.extend(self._close_line_gap(at_ns))
        return said

    def _line_up(self, at_ns: int) -> list[Said]:
        self.up = True
        self._answered.clear()
        return self._close_line_gap(at_ns)

    def _line_down(self, at_ns: int, why: str) -> list[Said]:
        was_up, self.up = self.up, False
        had = bool(self.live)
        silent = [said for key in sorted(self.live) for said in _notices_live(key, False)]
        self.live.clear()
        self._answered.clear()
        self._parting.clear()
        if self._candles:
            self._candles.deafen_all()
        said: list[Said] = []
        if self._line_gap is None and was_up:
            # What came after the newest text we cannot know, so the gap begins there.
            self._line_gap = Gap(
                None, min(self.heard_ns or at_ns, at_ns), None, f"line lost: {why}"
            )
            said.append(self._line_gap)
        if had:
            said.append(LiveChanged())
        return [*said, *silent]

    def _close_line_gap(self, at_ns: int) -> list[Said]:
        if self._line_gap is None or not self.up or self._wanted - self._answered:
            return []
        gap, self._line_gap = self._line_gap, None
        return [_closed(gap, at_ns)]

    def _begin(self, day: DayBegun) -> list[Said]:
        self.up = day.up
        self.live = set(day.live)
        if not self._wanted:
            self._wanted = set(day.live)
            self._answered = set(day.live)
        self._candles = None
        if day.window:
            self._candles = TickCandles(Window(*day.window), day.symbols, day.at_ns)
            for tr_id, symbol in sorted(self.live):
                if tr_id == TRADE_TR:
                    self._candles.listen(symbol, day.at_ns)
        if day.gap is None or self._line_gap == day.gap:
            return []
        self._line_gap = day.gap
        return [day.gap]

    @property
    def line_gap(self) -> Gap | None:
        """The gap of the whole line, while it is open."""
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
            case Settled(start_ns, bars, quiet):
                found.append(FromTicks(at_ns, start_ns, bars, quiet))
            case Doubted(symbol, first_ns, last_ns, why):
                found.append(Doubt(at_ns, symbol, first_ns, last_ns, why))
            case Gap():
                found.append(GapNoted(at_ns, what))
            case _:
                pass
    return found
