"""Who listens, and what each of them hears.

The line's one task publishes; nothing here waits. A reader that joins late, or widens its wants,
gets what is newest first and every event after it: both happen between two awaits. A reader that
is slow has its own mailbox, so nobody waits for it.

Each topic (prints or books of a symbol at a venue) has one source at a time: KIS where it has a
registration, another where KIS has none. When the source of a topic changes, what the one before
has told already is left out: the day's volume decides for prints, the exchange's time for books.
"""

import asyncio
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import msgspec

from collector.mailbox import Mailbox
from collector.slots import Key, Topic, key_of, topic_of
from collector.standing import reasons, standing
from kis_core.clock import SECOND_NS, Clock
from kis_core.feed import Heard, NoticesState, RelayEvent, Wants
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book, Gap, IndexLevel, SlotsGranted, Trade
from kis_core.market.instants import DAY_NS

NOTHING = Wants(())
KIS = "kis"
AnyTrade = Trade | FuturesTrade | OptionTrade
_encode = msgspec.msgpack.Encoder().encode


class Reader(Protocol):
    """Who listens, whatever the transport. `wants` and `told` are the relay's to set."""

    name: str
    may_hear_notices: bool
    wants: Wants
    told: SlotsGranted | None

    @property
    def waiting(self) -> int:
        """How many events wait for it."""
        ...

    @property
    def left_out(self) -> int:
        """How many it did not get for being slow."""
        ...

    def hear(self, event: msgspec.Raw, about: Hashable) -> None:
        """Take an event, encoded; a newer one about the same may replace it, if about any."""
        ...

    def begin(self, event: msgspec.Raw, about: Hashable) -> None:
        """Take the newest known of what it wants from here on."""
        ...


@dataclass(eq=False, slots=True)
class LineReader:
    """One connection. `stirred`: its mailbox has something. `mailbox_full`: it is to be cut off."""

    name: str
    may_hear_notices: bool
    mailbox: Mailbox
    wants: Wants = NOTHING
    told: SlotsGranted | None = None
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    mailbox_full: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def waiting(self) -> int:
        """How many events wait for it."""
        return len(self.mailbox)

    @property
    def left_out(self) -> int:
        """How many it did not get for being slow."""
        return self.mailbox.left_out

    def hear(self, event: msgspec.Raw, about: Hashable) -> None:
        """Let an event wait for this reader."""
        self.mailbox.put(event, about)
        self.stirred.set()
        if self.mailbox.overflowed:
            self.mailbox_full.set()

    begin = hear


class Relay:
    """All readers, and the newest of everything for those that come late."""

    def __init__(self, clock: Clock, mailbox_bound: int, linger_s: float) -> None:
        self._clock = clock
        self._linger_ns = int(linger_s * SECOND_NS)
        self._departed: dict[str, tuple[int, Wants]] = {}  # name: until when, what it wanted
        self._bound = mailbox_bound
        self._readers: list[Reader] = []
        self._listeners: dict[Topic, list[Reader]] = {}
        self._newest: dict[Topic, AnyTrade | Book] = {}
        self._gaps: dict[str | None, Gap] = {}  # those that are open now
        self._live: frozenset[Key] = frozenset()
        self._chosen: frozenset[Key] = frozenset()
        self._refused: Mapping[Key, str] = {}  # what cannot be had, and why not
        self._offered: dict[str, frozenset[Key]] = {}  # what sources besides KIS are hearing
        self._elsewhere: dict[Topic, str] = {}  # topics whose newest is not from KIS: from whom
        self._floors: dict[
            Topic, tuple[str, AnyTrade | Book]
        ] = {}  # a source's last, to go on from
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

    def newest_ns(self, topic: Topic) -> int | None:
        """Return when the newest event of a topic arrived; None: none is known."""
        newest = self._newest.get(topic)
        return newest.arrived_ns if newest else None

    def join(self, name: str, may_hear_notices: bool) -> LineReader:
        """Take in a connection; it hears nothing before it says what it wants."""
        reader = LineReader(name, may_hear_notices, Mailbox(self._bound))
        self.take_in(reader)
        return reader

    def take_in(self, reader: Reader) -> None:
        """Take in a reader of any transport."""
        self._readers.append(reader)

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
        had = topics_of(before)
        for topic in sorted(topics_of(wants) - had):
            if (newest := self._newest.get(topic)) is not None:
                reader.begin(_raw(newest), topic)
        for index in wants.indices:
            if index not in before.indices and index in self.levels:
                reader.begin(_raw(self.levels[index]), ("level", index))
        if notices and (not before.notices or before.contracts != wants.contracts):
            live = self._notices[wants.contracts]
            _tell(reader, NoticesState(self._clock.now_ns(), live))
        known = {symbol for _, _, symbol in had}
        asked = {want.symbol for want in wants.wants}
        for gap in self._gaps.values():
            news = gap.symbol in asked and gap.symbol not in known
            if news or (gap.symbol is None and before is NOTHING):
                _tell(reader, gap)
        self._tell_slots(reader)
        self.wants_changed.set()

    def _index(self) -> None:
        self._listeners = {}
        for reader in self._readers:
            for topic in topics_of(reader.wants):
                self._listeners.setdefault(topic, []).append(reader)

    def trade(self, trade: AnyTrade, source: str = KIS) -> None:
        """Relay a print, if `source` is the one its topic has."""
        venue = trade.venue if isinstance(trade, Trade) else "KRX"
        self._publish(("trade", venue, trade.symbol), trade, source)

    def book(self, book: Book, source: str = KIS) -> None:
        """Relay an order book, if `source` is the one its topic has."""
        self._publish(("book", book.venue, book.symbol), book, source)

    def _publish(self, topic: Topic, event: AnyTrade | Book, source: str) -> None:
        sole = source == KIS and topic not in self._elsewhere and topic not in self._floors
        if not sole and not self._passes(topic, event, source):
            return
        self._newest[topic] = event
        readers = self._listeners.get(topic)
        if readers:
            raw = _raw(event)
            for reader in readers:
                reader.hear(raw, topic)

    def _passes(self, topic: Topic, event: AnyTrade | Book, source: str) -> bool:
        """Whether an event of this source is to be told, and whether nobody told it before."""
        registered = key_of(topic[0], topic[2], topic[1]) in self._live
        if source != KIS and registered:
            return False
        if source == KIS and topic in self._elsewhere and not registered:
            return False  # the last words of a registration that has ended
        before = self._elsewhere.get(topic, KIS)
        if before != source:
            if topic in self._newest:
                self._floors[topic] = (before, self._newest[topic])
            self._elsewhere.pop(topic, None)
            if source != KIS:
                self._elsewhere[topic] = source
        told_by, newest = self._floors.get(topic, (source, event))
        if told_by != source and not _goes_on(event, newest):
            return False
        self._floors.pop(topic, None)
        return True

    def level(self, level: IndexLevel) -> None:
        """Relay an index level."""
        self.levels[level.index] = level
        raw = _raw(level)
        for reader in self._readers:
            if level.index in reader.wants.indices:
                reader.hear(raw, ("level", level.index))

    def heard(self, heard: Heard) -> None:
        """Relay an order notice to those who may hear it."""
        for reader in self._readers:
            if reader.wants.notices and reader.wants.contracts == heard.contracts:
                _tell(reader, heard)

    def notices_state(self, live: bool, contracts: bool = False) -> None:
        """Say whether order notices are being heard, when that has changed."""
        if live == self._notices[contracts]:
            return
        self._notices[contracts] = live
        for reader in self._readers:
            if reader.wants.notices and reader.wants.contracts == contracts:
                _tell(reader, NoticesState(self._clock.now_ns(), live))

    def gap(self, gap: Gap) -> None:
        """Relay a gap to everyone it concerns."""
        if gap.to_ns is None:
            self._gaps[gap.symbol] = gap
        else:
            self._gaps.pop(gap.symbol, None)
        for reader in self._readers:
            wanted = any(want.symbol == gap.symbol for want in reader.wants.wants)
            if gap.symbol is None or wanted:
                _tell(reader, gap)

    def slots(
        self,
        live: Collection[Key],
        chosen: Collection[Key],
        refused: Mapping[Key, str] = MappingProxyType({}),
    ) -> None:
        """Take what KIS has registered, and why it has not what else is wanted.

        Each reader whose symbols' standing has changed is told, or the reasons of it.
        """
        self._forget_unheard(self._live - frozenset(live))
        self._live, self._chosen, self._refused = frozenset(live), frozenset(chosen), refused
        for reader in self._readers:
            self._tell_slots(reader)

    def offer(self, source: str, topics: Collection[Topic]) -> None:
        """Take what another source is hearing now: granted too, and served where KIS is not."""
        before = self._offered.get(source, frozenset())
        now = frozenset(key_of(kind, symbol, venue) for kind, venue, symbol in topics)
        self._offered[source] = now
        self._forget_unheard(before - now)
        for reader in self._readers:
            self._tell_slots(reader)

    def _forget_unheard(self, keys: Collection[Key]) -> None:
        """What is newest of a topic that is no longer heard grows old: nobody gets it first.

        Whoever serves the topic next goes on from there.
        """
        for key in keys:
            topic = topic_of(key)
            if topic is not None and topic in self._newest:
                told_by = self._elsewhere.get(topic, KIS)
                self._floors[topic] = (told_by, self._newest.pop(topic))

    def _tell_slots(self, reader: Reader) -> None:
        offered = frozenset().union(*self._offered.values())
        known = (reader.wants, self._live | offered, self._chosen, self._refused)
        stands = standing(*known)
        granted = tuple(symbol for symbol, how in stands.items() if how == "granted")
        why = reasons(*known)
        told = reader.told
        if told and (told.granted, told.reasons) == (granted, why):
            return
        if told is None and not stands:
            return
        refused = tuple(symbol for symbol, _ in why)
        reader.told = SlotsGranted(self._clock.now_ns(), granted, refused, why)
        _tell(reader, reader.told)


def topics_of(wants: Wants) -> set[Topic]:
    """Return what a reader wants to hear of the market, indices apart."""
    return {(kind, want.venue, want.symbol) for want in wants.wants for kind in want.kinds}


def _raw(event: RelayEvent) -> msgspec.Raw:
    return msgspec.Raw(_encode(event))


def _tell(reader: Reader, event: RelayEvent) -> None:
    """Tell a reader what must not be left out, however slow it is."""
    reader.hear(_raw(event), None)


def _goes_on(event: AnyTrade | Book, before: AnyTrade | Book) -> bool:
    """Whether `event` comes after what another source told. A new day begins again."""
    if event.at_ns - before.at_ns > DAY_NS // 4:
        return True
    if isinstance(event, Book):
        return event.at_ns >= before.at_ns
    return _day_volume(event) > _day_volume(before)


def _day_volume(trade: AnyTrade | Book) -> int:
    match trade:
        case Trade(cum_volume=volume):
            return volume
        case FuturesTrade(cum_contracts=volume) | OptionTrade(cum_contracts=volume):
            return volume
        case _:
            return 0
