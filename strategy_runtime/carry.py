"""What a strategy takes along from one day to the next: the last word of the newest day before.

A strategy's days are folds of their own. What outlives one (a position, its history) is a text that
the strategy makes of its last state; it stands at the head of the next day's journal, so that every
journal is whole by itself. The text is kept beside the journal it was made of, with that journal's
length; where the process died in between, the journal is folded again.
"""

import json
import os
from pathlib import Path

from strategy_runtime.contract import Strategy
from strategy_runtime.journal import JournalError, sound_bytes
from strategy_runtime.journal import read as read_journal
from strategy_runtime.restore import restore
from strategy_runtime.turns import Head


def keep(journal: Path, text: str | None) -> None:
    """Write what the next day has to know beside the journal it was made of."""
    content = json.dumps({"journal_bytes": sound_bytes(journal), "carried": text})
    draft = _place(journal).with_suffix(".draft")
    draft.write_text(content, encoding="utf-8")
    os.replace(draft, _place(journal))


def carried_from[S](strategy: Strategy[S], folder: Path, date: str) -> str | None:
    """Return what the newest day before `date` (YYYY-MM-DD) left; None where there was none.

    Raises JournalError where that day's journal is damaged.
    """
    journals = sorted(path for path in folder.glob("*.journal") if path.stem < date)
    if not journals:
        return None
    newest = journals[-1]
    known = _kept(newest)
    return known[0] if known is not None else _folded(strategy, newest)


def _kept(journal: Path) -> tuple[str | None] | None:
    """Return what was kept, in a tuple of its own; None where it is not of this journal."""
    try:
        content = json.loads(_place(journal).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    match content:
        case {"journal_bytes": int(size), "carried": str() | None as text}:
            return (text,) if size == sound_bytes(journal) else None
        case _:
            return None


def _folded[S](strategy: Strategy[S], journal: Path) -> str | None:
    head = next(read_journal(journal), None)
    if head is None:  # killed before it began: it had what it was given, which nobody wrote down
        return carried_from(strategy, journal.parent, journal.stem)
    if not isinstance(head, Head):
        raise JournalError(f"{journal}: turn {head.seq} stands before any head")
    return strategy.carried(restore(strategy, head.day, read_journal(journal)).state)


def _place(journal: Path) -> Path:
    return journal.with_suffix(".carried.json")
