"""Who listens, and what each of them hears.

The line's one task publishes; nothing here waits. A reader that joins late, or widens its wants,
gets what is newest first and every event after it: both happen between two awaits. A reader that
is slow has its own mailbox, so nobody waits for it.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from collector.mailbox import Mailbox
from collector.slots import TRADE_TRS, Key, standing
from kis_core.clock import SECOND_NS, Clock
from kis_core.feed import Heard, Kind, NoticesState, RelayEvent, Wants
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book, Gap, IndexLevel, SlotsGranted, Trade

NOTHING = Wants(())


@dataclass(eq=False, slots=True)
class Reader:
    """One connection. `stirred`: its mailbox has something. `mailbox_full`: it is to be cut off."""

    name: str
    may_hear_notices: bool
    mailbox: Mailbox
    wants: Wants = NOTHING
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    mailbox_full: asyncio.Event = field(default_factory=asyncio.Event)
    told: SlotsGranted | None = None

    def hear(self, event: RelayEvent) -> None:
        """Let an event wait for this reader."""
        self.mailbox.put(event)
        self.stirred.set()
        if self.mailbox.overflowed:
            self.mailbox_full.set()


class Relay:
    """All readers, and the newest of everything for those that come late."""

    def __init__(self, clock: Clock, mailbox_bound: int, linger_s: float) -> None:
        self._clock = clock
        self._linger_ns = int(linger_s * SECOND_NS)
        self._departed: dict[str, tuple[int, Wants]] = {}  # name: until when, what it wanted
        self._bound = mailbox_bound
        self._readers: list[Reader] = []
        self._listeners: dict[tuple[Kind, str], list[Reader]] = {}
        self._trades: dict[str, Trade | FuturesTrade | OptionTrade] = {}
        self._books: dict[str, Book] = {}
        self._gaps: dict[str | None, Gap] = {}  # those that are open now
        self._live: Collection[Key] = ()
        self._chosen: Collection[Key] = ()
        self._notices = {False: False, True: False}  # of contracts or not: whether they are heard
        self.levels: dict[str, IndexLevel] = {}
        self.wants_changed = asyncio.Event()

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Who is connected now."""
        return tuple(self._readers)

    def wants(self) -> dict[str, Wants]:
        """The wants of all readers, and of those that left a moment ago and may be back.

        Two connections of one name stay apart.
        """
        here = {f"{r.name}#{i}" if i else r.name: r.wants for i, r in self._numbered()}
        return {name: wants for name, (_, wants) in self._departed.items()} | here

    def _numbered(self) -> list[tuple[int, Reader]]:
        seen: dict[str, int] = {}
        numbered = []
        for reader in self._readers:
            numbered.append((seen.get(reader.name, 0), reader))
            seen[reader.name] = seen.get(reader.name, 0) + 1
        return numbered

    def indices(self) -> tuple[str, ...]:
        """The indices somebody wants, in order."""
        return tuple(sorted({index for r in self._readers for index in r.wants.indices}))

    def newest_ns(self, prints: bool, symbol: str) -> int | None:
        """Return when the newest print (else book) of a symbol arrived; None: none is known."""
        newest = self._trades.get(symbol) if prints else self._books.get(symbol)
        return newest.arrived_ns if newest else None

    def join(self, name: str, may_hear_notices: bool) -> Reader:
        """Take in a reader; it hears nothing before it says what it wants."""
        reader = Reader(name, may_hear_notices, Mailbox(self._bound))
        self._readers.append(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader; what it wanted stays registered a while: most come back at once."""
        self._readers.remove(reader)
        if reader.wants is not NOTHING:
            self._departed[reader.name] = (self._clock.now_ns() + self._linger_ns, reader.wants)
        self._index()
        self.wants_changed.set()

    def forget_departed(self, now_ns: int) -> None:
        """Give up what nobody has come back for."""
        gone = [name for name, (until_ns, _) in self._departed.items() if until_ns <= now_ns]
        for name in gone:
            del self._departed[name]
        if gone:
            self.wants_changed.set()

    def want(self, reader: Reader, wants: Wants) -> None:
        """Replace a reader's wants; what is new to it starts with the newest known of it."""
        before = reader.wants
        self._departed.pop(reader.name, None)
        notices = wants.notices and reader.may_hear_notices
        reader.wants = wants = Wants(wants.wants, wants.indices, notices, wants.contracts)
        self._index()
        had = _heard_kinds(before)
        for kind, symbol in sorted(_heard_kinds(wants) - had):
            newest = self._trades.get(symbol) if kind == "trade" else self._books.get(symbol)
            if newest is not None:
                reader.hear(newest)
        for index in wants.indices:
            if index not in before.indices and index in self.levels:
                reader.hear(self.levels[index])
        if notices and (not before.notices or before.contracts != wants.contracts):
            live = self._notices[wants.contracts]
            reader.hear(NoticesState(self._clock.now_ns(), live))
        known = {symbol for _, symbol in had}
        asked = {want.symbol for want in wants.wants}
        for gap in self._gaps.values():
            news = gap.symbol in asked and gap.symbol not in known
            if news or (gap.symbol is None and before is NOTHING):
                reader.hear(gap)
        self._tell_slots(reader)
        self.wants_changed.set()

    def _index(self) -> None:
        self._listeners = {}
        for reader in self._readers:
            for pair in _heard_kinds(reader.wants):
                self._listeners.setdefault(pair, []).append(reader)

    def trade(self, trade: Trade | FuturesTrade | OptionTrade) -> None:
        """Relay a print."""
        self._trades[trade.symbol] = trade
        for reader in self._listeners.get(("trade", trade.symbol), ()):
            reader.hear(trade)

    def book(self, book: Book) -> None:
        """Relay an order book."""
        self._books[book.symbol] = book
        for reader in self._listeners.get(("book", book.symbol), ()):
            reader.hear(book)

    def level(self, level: IndexLevel) -> None:
        """Relay an index level."""
        self.levels[level.index] = level
        for reader in self._readers:
            if level.index in reader.wants.indices:
                reader.hear(level)

    def heard(self, heard: Heard) -> None:
        """Relay an order notice to those who may hear it."""
        for reader in self._readers:
            if reader.wants.notices and reader.wants.contracts == heard.contracts:
                reader.hear(heard)

    def notices_state(self, live: bool, contracts: bool = False) -> None:
        """Say whether order notices are being heard, when that has changed."""
        if live == self._notices[contracts]:
            return
        self._notices[contracts] = live
        for reader in self._readers:
            if reader.wants.notices and reader.wants.contracts == contracts:
                reader.hear(NoticesState(self._clock.now_ns(), live))

    def gap(self, gap: Gap) -> None:
        """Relay a gap to everyone it concerns."""
        if gap.to_ns is None:
            self._gaps[gap.symbol] = gap
        else:
            self._gaps.pop(gap.symbol, None)
        for reader in self._readers:
            wanted = any(want.symbol == gap.symbol for want in reader.wants.wants)
            if gap.symbol is None or wanted:
                reader.hear(gap)

    def slots(self, live: Collection[Key], chosen: Collection[Key]) -> None:
        """Tell each reader whose symbols' standing has changed."""
        for tr_id, symbol in set(self._live) - set(live):
            # What is newest of a symbol that is no longer heard grows old: nobody gets it first.
            newest: dict[str, Any] = self._trades if tr_id in TRADE_TRS else self._books
            newest.pop(symbol, None)
        self._live, self._chosen = frozenset(live), frozenset(chosen)
        for reader in self._readers:
            self._tell_slots(reader)

    def _tell_slots(self, reader: Reader) -> None:
        stands = standing(reader.wants, self._live, self._chosen)
        granted = tuple(symbol for symbol, how in stands.items() if how == "granted")
        refused = tuple(symbol for symbol, how in stands.items() if how == "refused")
        told = reader.told
        if told and (told.granted, told.refused) == (granted, refused):
            return
        if told is None and not stands:
            return
        reader.told = SlotsGranted(self._clock.now_ns(), granted, refused)
        reader.hear(reader.told)


def _heard_kinds(wants: Wants) -> set[tuple[Kind, str]]:
    return {(kind, want.symbol) for want in wants.wants for kind in want.kinds}
