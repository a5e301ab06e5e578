"""Starting is recovering: journal, then the broker's own answer, then serve. One path, always."""

import asyncio
from typing import Any

from kis_core.clock import Clock
from kis_core.environment import Dialect
from oms.core.book import Book
from oms.core.limits import Limits
from oms.core.records import Started
from oms.inbox import Inbox
from oms.journal import Journal, JournalError
from oms.rounds import Rounds
from oms.settings import limits_hash

ASK_AGAIN_S = 2.0  # of the world


def folded(journal: Journal, oms_id: str, environment: str) -> Book:
    """Return the book that the journal's outputs make.

    Raises JournalError for the journal of another account or environment: its orders are not here.
    """
    book = Book()
    for output in journal.outputs():
        book.apply(output)
    if book.oms_id and (book.oms_id, book.environment) != (oms_id, environment):
        raise JournalError(
            f"{journal.path} belongs to {book.oms_id} ({book.environment}), "
            f"not to {oms_id} ({environment})"
        )
    return book


def take_over(
    inbox: Inbox,
    clock: Clock,
    oms_id: str,
    environment: str,
    version: str,
    limits: Limits,
    dialect: Dialect | None = None,
) -> None:
    """Continue the journal: what had no answer is unknown now, and these limits hold."""
    inbox.put(
        Started(
            at_ns=clock.now_ns(),
            oms_id=oms_id,
            environment=environment,
            version=version,
            limits=limits,
            limits_hash=limits_hash(limits),
            dialect=dialect,
        )
    )
    inbox.drain()


async def ask_broker(rounds: Rounds, log: Any) -> None:
    """Return once the broker has told its balance, cash and history, however often it takes.

    History first: a balance can only be compared with allocations that hold every fill. What an
    earlier day may have filled unheard is asked for before that, but not waited for.
    """
    past = rounds.past_day()
    if past is not None:
        await rounds.ask_day_end(past)
    for ask in (rounds.ask_history, rounds.ask_balance, rounds.ask_buying_power):
        while not await ask():
            log.warning("the broker does not answer yet", question=ask.__name__)
            await asyncio.sleep(ASK_AGAIN_S)
    log.info("Reconcile: the book and the broker were compared")
