"""The ledger of streams: requested, acknowledged, first heard. Pure.

Kiwoom's yes says nothing about a single item: the old logger had 314 of 712 symbols acknowledged
and never heard. So a stream counts as standing only when it has been heard, and one that is silent
while the same symbol trades on the other venue is an alarm.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from collector.sources.kiwoom.events import parse_item
from collector.sources.kiwoom.groups import Group, sibling
from kis_core.market.events import Market
from kis_core.postgres import to_kst_naive

SHOWN_MAX = 200


class Stream(msgspec.Struct, gc=False):
    """One (line, group, type, item) and what has become of it. Times are ns, None: not yet."""

    line: str
    screen: str
    type: str
    item: str
    requested_ns: int
    acknowledged_ns: int | None = None
    first_ns: int | None = None
    last_ns: int | None = None
    messages: int = 0
    refused: str | None = None
    # of the look before: what had come, since when nothing has, what its sibling told since
    looked_messages: int = 0
    silent_since_ns: int | None = None
    sibling_messages: int = 0
    alarmed: bool = False

    @property
    def standing(self) -> bool:
        """Whether Kiwoom has said yes and has not taken it back."""
        return self.acknowledged_ns is not None and self.refused is None


class Silent(msgspec.Struct, frozen=True):
    """A stream that is silent (`over`: no longer) while its sibling venue trades."""

    line: str
    screen: str
    type: str
    item: str
    since_ns: int
    sibling_messages: int
    over: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of stream_registrations; its times are naive KST, as the database keeps them."""

    line: str
    grp: str
    type: str
    item: str
    requested_at: datetime
    acknowledged_at: datetime | None
    first_message_at: datetime | None
    last_message_at: datetime | None
    messages: int
    refused: str | None


class Registry:
    """All streams of all lines."""

    def __init__(self) -> None:
        self._streams: dict[str, dict[str, Stream]] = {}  # by type, then item
        self._groups: dict[tuple[str, str], tuple[Stream, ...]] = {}  # by line and screen
        self.unasked = 0  # messages of streams nobody asked for
        self._unasked: dict[tuple[str, str], int] = {}

    def request(self, line: str, group: Group, at_ns: int) -> None:
        """A group is being asked for, the first time or again on a new line."""
        of_type = self._streams.setdefault(group.type, {})
        streams = []
        for item in group.items:
            known = of_type.get(item)
            if known is None or (known.line, known.screen) != (line, group.screen):
                known = Stream(line, group.screen, group.type, item, at_ns)
                of_type[item] = known
            known.acknowledged_ns = None
            known.refused = None
            streams.append(known)
        self._groups[line, group.screen] = tuple(streams)

    def answer(self, line: str, screen: str, at_ns: int, refused: str | None) -> None:
        """Kiwoom has answered for a group: yes, or why not."""
        for stream in self._groups.get((line, screen), ()):
            stream.acknowledged_ns = at_ns if refused is None else None
            stream.refused = refused

    def lost(self, line: str) -> None:
        """A line is down: nothing of it stands."""
        for (of_line, _), streams in self._groups.items():
            if of_line == line:
                for stream in streams:
                    stream.acknowledged_ns = None
                    stream.refused = None

    def drop(self, line: str, screen: str) -> None:
        """A group is given up for good."""
        for stream in self._groups.pop((line, screen), ()):
            of_type = self._streams[stream.type]
            if of_type.get(stream.item) is stream:  # or else it stands in another group by now
                del of_type[stream.item]

    def begin_day(self) -> None:
        """Count anew; what stands goes on standing."""
        for stream in self.streams():
            stream.first_ns = stream.last_ns = None
            stream.messages = stream.looked_messages = 0
            self._rest(stream)
        self.unasked = 0
        self._unasked.clear()

    def hear(self, type_: str, item: str, at_ns: int) -> None:
        """A message of a stream has come."""
        of_type = self._streams.get(type_)
        stream = of_type.get(item) if of_type else None
        if stream is None:
            self.unasked += 1
            if len(self._unasked) < SHOWN_MAX or (type_, item) in self._unasked:
                self._unasked[type_, item] = self._unasked.get((type_, item), 0) + 1
            return
        if stream.first_ns is None:
            stream.first_ns = at_ns
        stream.last_ns = at_ns
        stream.messages += 1

    def look(
        self, now_ns: int, trading: Collection[Market], silent_ns: int, sibling_min: int
    ) -> list[Silent]:
        """Return the alarms that begin or end now.

        A stream is silent when it stands and nothing has come for `silent_ns` while its sibling
        told `sibling_min` messages or more. Where one of the two venues is not `trading`
        continuously, the silence does not count.
        """
        news: list[Silent] = []
        told = {
            (s.type, s.item): s.messages - s.looked_messages for s in self.streams()
        }  # since the look before
        for stream in self.streams():
            other = sibling(stream.item)
            heard = told[stream.type, stream.item]
            stream.looked_messages = stream.messages
            counts = (
                other is not None
                and (stream.type, other) in told
                and stream.standing
                and parse_item(stream.item)[1] in trading
                and parse_item(other)[1] in trading
            )
            if heard or not counts:
                if stream.alarmed and heard:
                    news.append(_silent(stream, now_ns, over=True))
                self._rest(stream)
                continue
            assert other is not None, "it counts"
            if stream.silent_since_ns is None:
                stream.silent_since_ns = stream.last_ns or stream.acknowledged_ns or now_ns
            stream.sibling_messages += told[stream.type, other]
            if (
                not stream.alarmed
                and now_ns - stream.silent_since_ns >= silent_ns
                and stream.sibling_messages >= sibling_min
            ):
                stream.alarmed = True
                news.append(_silent(stream, now_ns, over=False))
        return news

    @staticmethod
    def _rest(stream: Stream) -> None:
        stream.silent_since_ns = None
        stream.sibling_messages = 0
        stream.alarmed = False

    def streams(self) -> Iterable[Stream]:
        """Return all streams, type by type, in the order they were asked for."""
        return (stream for of_type in self._streams.values() for stream in of_type.values())

    def of_line(self, line: str) -> list[Stream]:
        """Return the streams of one line."""
        return [stream for stream in self.streams() if stream.line == line]

    def standing(self) -> list[Stream]:
        """Return the streams that Kiwoom has said yes to."""
        return [stream for stream in self.streams() if stream.standing]

    def rows(self) -> list[Row]:
        """Return the ledger as rows of stream_registrations."""
        return [
            Row(
                s.line,
                s.screen,
                s.type,
                s.item,
                to_kst_naive(s.requested_ns),
                _naive(s.acknowledged_ns),
                _naive(s.first_ns),
                _naive(s.last_ns),
                s.messages,
                s.refused,
            )
            for s in self.streams()
        ]

    def counts(self) -> dict[str, int]:
        """Return how many streams were requested, acknowledged, heard, refused and are silent."""
        streams = list(self.streams())
        return {
            "requested": len(streams),
            "acknowledged": sum(s.standing for s in streams),
            "heard": sum(s.messages > 0 for s in streams),
            "refused": sum(s.refused is not None for s in streams),
            "silent": sum(s.alarmed for s in streams),
            "unasked": self.unasked,
        }

    def screens(self) -> list[dict[str, object]]:
        """Return each group with its counts, as the panel shows them."""
        return [
            {
                "line": line,
                "screen": screen,
                "type": streams[0].type,
                "venue": _venue(streams),
                "items": len(streams),
                "acknowledged": sum(s.standing for s in streams),
                "heard": sum(s.messages > 0 for s in streams),
                "messages": sum(s.messages for s in streams),
                "refused": streams[0].refused,
            }
            for (line, screen), streams in sorted(self._groups.items())
        ]

    def silent(self) -> list[str]:
        """Return "type item" of the streams whose alarm is on, the first of them."""
        return [f"{s.type} {s.item}" for s in self.streams() if s.alarmed][:SHOWN_MAX]

    def unheard(self) -> list[str]:
        """Return "type item" of the streams that stand and never told anything today."""
        return [f"{s.type} {s.item}" for s in self.streams() if s.standing and not s.messages][
            :SHOWN_MAX
        ]


def _venue(streams: Sequence[Stream]) -> str:
    return parse_item(streams[0].item)[1] if streams[0].item else ""


def _silent(stream: Stream, now_ns: int, *, over: bool) -> Silent:
    since_ns = stream.silent_since_ns if stream.silent_since_ns is not None else now_ns
    sums = (since_ns, stream.sibling_messages)
    return Silent(stream.line, stream.screen, stream.type, stream.item, *sums, over)


def _naive(at_ns: int | None) -> datetime | None:
    return None if at_ns is None else to_kst_naive(at_ns)
