"""What the panel shows and lets be done, as plain values, and what a source offers for it.

Pure. A source of market data fits by having a name, telling how it stands, and carrying out the
acts it offers. Whoever has one more source writes one more `Source`; pages and routes stay.
"""

from typing import Literal, Protocol

import msgspec

from kis_core.market.events import Gap

Language = Literal["ko", "en"]
ActName = Literal["connect", "disconnect", "register", "start", "stop", "backfill", "compact"]
"""`start` and `stop` are of logging."""


class Text(msgspec.Struct, frozen=True):
    """The same words in both languages."""

    ko: str
    en: str

    def to(self, language: Language) -> str:
        """Return the words in one language."""
        return self.ko if language == "ko" else self.en


def same(text: str) -> Text:
    """Return words that are what they are in both languages: a name, a broker's own answer."""
    return Text(text, text)


class Act(msgspec.Struct, frozen=True):
    """A button. Without `why_not` it may be pressed; with `confirm` it is asked about first."""

    name: ActName
    why_not: Text | None = None
    confirm: Text | None = None  # what stops, and what that costs


class Answer(msgspec.Struct, frozen=True):
    """What came of an act: what happened, and what to do next."""

    done: bool
    said: Text
    then: Text | None = None


class Preview(msgspec.Struct, frozen=True):
    """What loading a file of symbols would register."""

    file: str
    symbols: int | None  # None: not known before the broker is asked
    streams: int | None
    bad: tuple[str, ...]  # rows that cannot be used, each with its place and reason
    first: tuple[str, ...]  # some of the symbols, as registered
    trouble: Text | None = None  # why nothing can be loaded


class Session(msgspec.Struct, frozen=True):
    """One connection to a broker."""

    name: str
    up: bool
    since_ns: int | None  # up since; None while down
    registered: int
    limit: int | None


class Group(msgspec.Struct, frozen=True):
    """Registrations that go together: a channel, or a screen of a broker."""

    name: str
    kind: str  # a word or channel of `words.KINDS`
    requested: int
    acknowledged: int
    heard: int  # registrations that said something today
    venue: str = ""
    refused: str | None = None  # the broker's own words


class Silent(msgspec.Struct, frozen=True):
    """A registration that is live and says nothing."""

    symbol: str
    venue: str
    kind: str
    heard_ns: int | None  # None: never


class Counter(msgspec.Struct, frozen=True):
    """How many records came of one venue and kind since the process began."""

    venue: str
    kind: str
    records: int


class Figure(msgspec.Struct, frozen=True):
    """Two counts that belong together; the second is what went wrong, or has to be done yet."""

    label: Text
    count: int
    left: int


class SourceShown(msgspec.Struct, frozen=True):
    """How a source stands. `todo`: it is not configured, and what to do about it."""

    name: str
    title: Text
    todo: Text | None = None
    heard_ns: int | None = None
    sessions: tuple[Session, ...] = ()
    groups: tuple[Group, ...] = ()
    silent: tuple[Silent, ...] = ()
    trouble: str | None = None  # what goes wrong now, in the words of whoever noticed
    logging: bool | None = None  # None where it cannot be switched
    buffered: int = 0  # bytes that are not on the disk yet
    written: int = 0  # bytes of today's tape by this run
    figures: tuple[Figure, ...] = ()  # of a source that is asked, and has no line
    gaps: tuple[Gap, ...] = ()  # of today
    database: bool | None = None  # whether it is connected; None where it writes to none
    unsent: int = 0  # bytes that the database does not have yet
    universe: Text | None = None  # which symbols, in words


class Source(Protocol):
    """A source of market data, or the house itself (`collector`), as the panel knows it."""

    @property
    def name(self) -> str:
        """Return a short name of lower-case letters: it stands in addresses."""
        ...

    def shown(self) -> SourceShown:
        """Return how it stands now, for somebody who looks."""
        ...

    def counters(self) -> tuple[Counter, ...]:
        """Return its counters, whether anybody looks or not: once a second, cheap."""
        ...

    def acts(self) -> tuple[Act, ...]:
        """Return its buttons, in order."""
        ...

    async def preview(self) -> Preview | None:
        """Return what `register` would load; None where there is no file of symbols."""
        ...

    async def perform(self, act: ActName, by: str) -> Answer:
        """Carry out one of the acts that is offered, for whom. Never raises for what may go wrong
        with a broker, a file or a database: that is an Answer that is not `done`.
        """
        ...


class NotConfigured:
    """A source this house knows and this configuration does not name."""

    def __init__(self, name: str, title: Text, todo: Text) -> None:
        self.name = name
        self._shown = SourceShown(name, title, todo)

    def shown(self) -> SourceShown:
        return self._shown

    def counters(self) -> tuple[Counter, ...]:
        return ()

    def acts(self) -> tuple[Act, ...]:
        return ()

    async def preview(self) -> Preview | None:
        return None

    async def perform(self, act: ActName, by: str) -> Answer:
        """Say once more what is missing."""
        assert self._shown.todo is not None
        return Answer(False, self._shown.todo)
