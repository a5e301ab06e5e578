"""Run a journal through the same decisions again, and say where it comes out differently."""

from dataclasses import dataclass
from pathlib import Path

from oms.core.book import Book
from oms.core.decide import turn
from oms.core.records import AnyOutput, kind_of
from oms.journal import JournalReader

DIFFERENCES_MAX = 10


@dataclass(frozen=True, slots=True)
class Difference:
    """One turn that decides differently now. `cause` names the first output that differs."""

    number: int  # of the turn, from 1
    kind: str  # of its input
    cause: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of running a journal again."""

    events: int
    decisions: int
    differences: tuple[Difference, ...]


def verify(path: Path) -> Verified:
    """Decide every input of a journal anew. After a difference the journal's own outputs are
    applied, so that one change is not counted in all that follows."""
    reader = JournalReader(path)
    book = Book()
    events = decisions = 0
    differences: list[Difference] = []
    try:
        for heard, recorded in reader.turns():
            events += 1
            decisions += len(recorded)
            cause = _cause(_decided(book, heard), list(recorded))
            if cause is not None:
                differences.append(Difference(events, kind_of(heard), cause))
                if len(differences) >= DIFFERENCES_MAX:
                    break
                book = _refolded(path, events)
    finally:
        reader.close()
    return Verified(events, decisions, tuple(differences))


def _decided(book: Book, heard: object) -> list[AnyOutput] | str:
    try:
        return turn(book, heard)  # type: ignore[arg-type]
    except (AssertionError, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _cause(now: list[AnyOutput] | str, then: list[AnyOutput]) -> str | None:
    if isinstance(now, str):
        return now
    if now == then:
        return None
    for place, (one, other) in enumerate(zip(now, then, strict=False)):
        if one != other:
            return f"output {place + 1}: now {one}, journaled {other}"
    return f"{len(now)} outputs now, {len(then)} journaled"


def _refolded(path: Path, turns: int) -> Book:
    """Return the book after so many turns as they were journaled."""
    reader = JournalReader(path)
    book = Book()
    try:
        for number, (_, outputs) in enumerate(reader.turns(), 1):
            for output in outputs:
                book.apply(output)
            if number == turns:
                break
    finally:
        reader.close()
    return book
