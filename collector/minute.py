"""Completed minutes over REST: whatever the line did not tell, and after the close everything.

The work list comes from the ledger each round, so a late round skips nothing, and what failed is
simply still on it.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from collector.journal import Entry
from collector.ledger import MinuteLedger, Work
from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError, RateLimited
from kis_core.market.events import Bar

ROUND_S = 15.0  # of the market, between two looks at the work list
_TROUBLE_S = 1.0  # of this machine, after KIS could not be asked


class MinuteSource(Protocol):
    """Who knows today's minutes; `collector.charts.Charts` does."""

    async def minutes_since(self, symbol: str, from_ns: int) -> list[Bar]:
        """Return today's completed minutes that start at `from_ns` or later, ascending."""
        ...


class Sweep:
    """Asks for the minutes of the ledger's work list, a few at a time."""

    def __init__(
        self,
        source: MinuteSource,
        clock: Clock,
        at_once: int,
        record: Callable[[list[Entry]], None],
        log: FilteringBoundLogger,
    ) -> None:
        self._source = source
        self._clock = clock
        self._at_once = at_once
        self._record = record
        self._log = log
        self.asked = 0
        self.failed = 0
        self.waiting = 0  # on the work list now

    async def round(self, ledger: MinuteLedger, heard: Collection[str]) -> bool:
        """Do what is due now. False when KIS could not be asked for some of it."""
        work = ledger.work(self._clock.now_ns(), heard)
        self.waiting = len(work)
        queue = iter(work)
        went_well = True

        async def take() -> None:
            nonlocal went_well
            for item in queue:
                if not await self._ask(ledger, item):
                    went_well = False
                    return
                self.waiting -= 1

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._at_once, len(work))):
                group.create_task(take())
        if work:
            self._record(list(ledger.filled(self._clock.now_ns())))
        return went_well

    async def _ask(self, ledger: MinuteLedger, work: Work) -> bool:
        asked_ns = self._clock.now_ns()
        self.asked += 1
        try:
            bars = await self._source.minutes_since(work.symbol, work.from_ns)
        except RateLimited as error:
            self.failed += 1
            await asyncio.sleep(error.retry_after_s)
            return False
        except KisError as error:
            self.failed += 1
            self._log.warning("SWEEP_FAILED", symbol=work.symbol, why=str(error))
            return False
        # Minutes that were over when the question left; a later one may be half a minute.
        found = ledger.compare(work, bars, asked_ns)
        if found is not None:
            self._record([found])
            if found.repaired or found.surplus:
                self._log.warning(
                    "CANDLES_DIFFER",
                    symbol=work.symbol,
                    repaired=found.repaired,
                    surplus=found.surplus,
                )
        return True


async def sweep_forever(
    sweep: Sweep,
    clock: Clock,
    ledger: Callable[[], MinuteLedger | None],
    heard: Callable[[], Collection[str]],
) -> None:
    """Look at the work list every ROUND_S of the market, for as long as the process lives."""
    while True:
        today = ledger()
        well = await sweep.round(today, heard()) if today else True
        if not well:
            await asyncio.sleep(_TROUBLE_S)
        next_ns = clock.now_ns() + int(ROUND_S * SECOND_NS)
        await clock.sleep_until(next_ns)
