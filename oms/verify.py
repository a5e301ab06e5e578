"""Run a journal through the same decisions again, and say where it comes out differently."""

from dataclasses import dataclass
from pathlib import Path

from oms.core.book import Book
from oms.core.decide import RULES, turn
from oms.core.records import AnyOutput, Started, kind_of
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
    """What came of running a journal again. `older` counts turns that another version of the rules
    decided and ours would decide otherwise, or that were not decided again for that: no difference
    of ours, since what they say was folded as it is journaled."""

    events: int
    decisions: int
    differences: tuple[Difference, ...]
    older: int = 0
    note: str | None = None  # what there is to know of `older`


def verify(path: Path) -> Verified:
    """Decide every input of a journal anew. After a difference the journal's own outputs are
    applied, so that one change is not counted in all that follows.

    A turn of another version of the rules that comes out differently is no difference but a rule
    that changed. After some of them the rest of that version is folded and not decided again.
    """
    reader = JournalReader(path)
    book = Book()
    version = RULES
    events = decisions = 0
    differences: list[Difference] = []
    changed: list[Difference] = []
    folded: dict[str, int] = {}  # turns taken as they are, by the version that decided them
    try:
        for heard, recorded in reader.turns():
            events += 1
            decisions += len(recorded)
            if isinstance(heard, Started):
                version = heard.version
            other = version.isdecimal() and version != RULES
            if other and len(changed) >= DIFFERENCES_MAX:
                for output in recorded:
                    book.apply(output)
                folded[version] = folded.get(version, 0) + 1
                continue
            cause = _cause(_decided(book, heard), list(recorded))
            if cause is None:
                continue
            found = Difference(events, kind_of(heard), cause)
            book = _refolded(path, events)
            if other:
                changed.append(found)
                folded[version] = folded.get(version, 0) + 1
                continue
            differences.append(found)
            if len(differences) >= DIFFERENCES_MAX:
                break
    finally:
        reader.close()
    note = _note(folded, changed[0]) if changed else None
    return Verified(events, decisions, tuple(differences), sum(folded.values()), note)


def _note(folded: dict[str, int], first: Difference) -> str:
    told = ", ".join(f"{turns} of version {version}" for version, turns in folded.items())
    return (
        f"the rules changed in version {RULES}: turns {told} were folded as journaled, not held to "
        f"today's decisions; the first is turn {first.number} ({first.kind})"
    )


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
