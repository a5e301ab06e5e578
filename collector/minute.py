"""Completed minutes over REST: whatever the lines did not tell, and after the close everything.

A round begins as each minute is over and takes the work list of the ledgers, so a round that runs
past the next minute skips nothing: the next one starts at once with whatever is still on the list.
An answer is one of five. Bars, and no new bar, settle the minutes that were asked for. A closed
market, and a question KIS refuses, settle nothing and are looked at again in the next minute;
trouble and too many calls are tried again in this one. Nothing is settled by a question, only by
its answer.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from structlog.typing import FilteringBoundLogger

from collector.journal import Entry
from collector.ledger import ANSWER_DELAY_NS, MinuteLedger, Work
from kis_core.clock import Clock
from kis_core.errors import KisError, RateLimited, Refused
from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS

_TROUBLE_S = 1.0  # of this machine, after KIS could not be asked; longer each time
TRIES = 5  # rounds that a minute's troubles get; what is left is on the next minute's list
_TROUBLES_MAX = 3  # one after another: then the round ends, for all others would fail, too
Outcome = Literal["bars", "no_new_bar", "closed", "rate_limited", "error"]


@dataclass(frozen=True, slots=True)
class Minutes:
    """What KIS answered about minutes of a symbol: bars ascending, a minute without a trade none.

    `traded`: whether KIS showed any minute of that day at all, those not asked for included.
    """

    bars: tuple[Bar, ...]
    traded: bool


def outcome_of(answer: Minutes, market_traded: bool, symbol_traded: bool) -> Outcome:
    """Return what an answer means, where the market and the symbol are known to have traded or not.

    A symbol of which KIS shows nothing is halted or quiet while others trade; when none does, the
    market itself is closed, whatever our calendar says. Nothing of a symbol whose trades we have
    is no answer: an empty page settles nothing.
    """
    if answer.bars:
        return "bars"
    if symbol_traded and not answer.traded:
        return "error"
    return "no_new_bar" if answer.traded or market_traded else "closed"


class MinuteSource(Protocol):
    """Who knows today's minutes; `collector.charts.Charts` does."""

    async def minutes(self, symbol: str, from_ns: int, until_ns: int) -> Minutes:
        """Return today's completed minutes that start from `from_ns` to before `until_ns`."""
        ...


class Sweep:
    """Asks for the minutes of the ledgers' work list, a few at a time."""

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
        self._resting_since: dict[str, int] = {}  # not asked again in this minute
        self.outcomes: Counter[Outcome] = Counter()
        self.asked = 0
        self.waiting = 0  # on the work list now

    @property
    def failed(self) -> int:
        """How many questions have to be asked again."""
        return self.outcomes["rate_limited"] + self.outcomes["error"]

    async def round(self, ledgers: Sequence[MinuteLedger], heard: Collection[str]) -> bool:
        """Do what is due now. False when KIS could not be asked for some of it."""
        now_ns = self._clock.now_ns()
        this_minute_ns = (now_ns - ANSWER_DELAY_NS) // MINUTE_NS * MINUTE_NS
        work = [
            (ledger, item)
            for ledger in ledgers
            for item in ledger.work(now_ns, heard)
            if self._resting_since.get(item.symbol, 0) < this_minute_ns
        ]
        self.waiting = len(work)
        queue = iter(work)
        troubles = 0  # one after another
        went_well = True

        async def take() -> None:
            nonlocal troubles, went_well
            for ledger, item in queue:
                if await self._ask(ledger, item):
                    troubles = 0
                    self.waiting -= 1
                    continue
                went_well = False
                troubles += 1
                if troubles >= _TROUBLES_MAX:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._at_once, len(work))):
                group.create_task(take())
        for ledger in ledgers:  # a gap may close after its last minute was settled
            self._record(list(ledger.filled(self._clock.now_ns())))
        return went_well

    async def _ask(self, ledger: MinuteLedger, work: Work) -> bool:
        """Ask once; False when it is to be asked again in this minute."""
        asked_ns = self._clock.now_ns()
        self.asked += 1
        try:
            answer = await self._source.minutes(work.symbol, work.from_ns, ledger.window.end_ns)
        except RateLimited as error:
            self.outcomes["rate_limited"] += 1
            await asyncio.sleep(error.retry_after_s)
            return False
        except KisError as error:
            self.outcomes["error"] += 1
            self._log.warning("SWEEP_FAILED", symbol=work.symbol, why=str(error))
            if not isinstance(error, Refused):
                return False
            self._resting_since[work.symbol] = asked_ns  # it would say no again: not in this minute
            return True
        outcome = outcome_of(answer, ledger.candles > 0, ledger.has_traded(work.symbol))
        self.outcomes[outcome] += 1
        if outcome == "error":
            self._log.warning("SWEEP_FAILED", symbol=work.symbol, why="an empty page")
            return False
        if outcome == "closed" and not work.final:
            self._resting_since[work.symbol] = asked_ns
            return True
        # Minutes that were over when the question left; a later one may be half a minute.
        found = ledger.compare(work, answer.bars, asked_ns)
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
    ledgers: Callable[[], Sequence[MinuteLedger]],
    heard: Callable[[], Collection[str]],
) -> None:
    """Look at the work list as each minute of the market is over, while the process lives."""
    while True:
        began_ns = clock.now_ns()
        for number in range(TRIES):
            if await sweep.round(ledgers(), heard()):
                break
            await asyncio.sleep(_TROUBLE_S * (number + 1))
        minute = (began_ns - ANSWER_DELAY_NS) // MINUTE_NS + 1
        await clock.sleep_until(minute * MINUTE_NS + ANSWER_DELAY_NS)
