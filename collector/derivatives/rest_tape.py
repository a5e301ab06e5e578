"""What KIS answered over REST, on a tape of its own: `<date>/kis_rest-NNNN.tape`.

One record a reply: the call's name and what was asked on the first line, the reply's text, word for
word, behind it. What a database that was away did not get is read again from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from collector import tape as tapes
from kis_core.market.instants import date_of
from kis_core.wire import tape as records
from kis_core.wire.request import Request

SOURCE = "kis_rest"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that arrived."""

    at_ns: int
    call: str  # as in the catalog
    asked: dict[str, str]
    text: str


class RestTape:
    """The tape of replies, a folder a date. `sync` may run in a thread beside `write`."""

    def __init__(self, directory: Path, day: date, segment_bytes: int) -> None:
        self.directory = directory
        self._segment_bytes = segment_bytes
        self._tape = tapes.Tape(directory, day, segment_bytes, SOURCE)
        self._over: list[tapes.Tape] = []  # of dates that are over

    def write(self, at_ns: int, request: Request, text: str) -> None:
        """Write a reply down that arrived at `at_ns`. From here on it survives this process."""
        day = date_of(at_ns)
        if day != self._tape.day:
            self._over.append(self._tape)
            self._tape = tapes.Tape(self.directory, day, self._segment_bytes, SOURCE)
        self._tape.text(at_ns, record_of(request, text))
        self._tape.flush()  # the database must not know of it before

    def sync(self) -> None:
        """Put everything on the disk. Blocks; call it from a thread."""
        while self._over:
            self._over.pop(0).close()
        self._tape.sync()

    def close(self) -> None:
        """Put everything on the disk and let go of the files."""
        self.sync()
        self._tape.close()


def record_of(request: Request, text: str) -> str:
    """Return what is written of a reply."""
    return f"{request.call.name} {_encode(dict(request.fields)).decode()}\n{text}"


def replies(directory: Path, day: date) -> Iterator[Reply | records.Damaged]:
    """Yield what a day's tape holds, in order; what cannot be read comes as `Damaged`."""
    for path in tapes.segments(directory, day, SOURCE):
        for record in tapes.heard(path):
            if isinstance(record, records.Damaged):
                yield record
            elif record.source == SOURCE:
                yield _reply(record)


def _reply(record: records.Heard) -> Reply | records.Damaged:
    head, _, text = record.text.partition("\n")
    call, _, fields = head.partition(" ")
    try:
        return Reply(record.arrived_ns, call, _decode(fields), text)
    except msgspec.MsgspecError:
        return records.Damaged(0, record.text.encode(), torn=False)
