"""The shell of parents: when a slice's turn comes, its quote is had and the book is told.

A buy's quote may have to be asked for; that one waits for it alone. A sale takes what is at hand.
"""

import asyncio
from typing import Any

from kis_core.clock import Clock
from oms.core import records as r
from oms.core.parent import Parent
from oms.inbox import Inbox
from oms.quotes import Quotes

_STEP_S = 1.0  # market seconds between two looks at what is due


class Slicing:
    """Watches the parents of one book."""

    def __init__(
        self, inbox: Inbox, quotes: Quotes, clock: Clock, tasks: asyncio.TaskGroup, log: Any
    ) -> None:
        self._inbox = inbox
        self._quotes = quotes
        self._clock = clock
        self._tasks = tasks
        self._log = log
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def keep(self) -> None:
        """Give every parent its turn when it is due, for ever."""
        while True:
            await self._clock.sleep(_STEP_S)
            now_ns = self._clock.now_ns()
            for parent in list(self._inbox.book.parents.values()):
                due_ns = parent.due_ns
                if due_ns is None or due_ns > now_ns or parent.parent_id in self._under_way:
                    continue
                turn = self._tasks.create_task(self._turn(parent))
                self._under_way[parent.parent_id] = turn

    def stop(self) -> None:
        """End the turns under way; what they were for is due again at the next start."""
        for turn in self._under_way.values():
            turn.cancel()

    async def _turn(self, parent: Parent) -> None:
        try:
            quote = self._quotes.at_hand(parent.symbol)
            if parent.side == "BUY":
                limits = self._inbox.book.limits
                default = limits.default_venue if limits else None
                wish = parent.asked.venue or default or "KRX"
                quote = await self._quotes.quote(parent.symbol, wish)
            due = r.SliceDue(at_ns=self._clock.now_ns(), parent_id=parent.parent_id, quote=quote)
            for output in await self._inbox.ask(due, always=True):
                if isinstance(output, r.SliceTaken):
                    self._log.info(
                        "Slice",
                        parent=parent.parent_id,
                        index=output.index,
                        shares=output.shares,
                        why=output.why,
                    )
        finally:
            self._under_way.pop(parent.parent_id, None)
