"""Completed minutes of contracts over REST, day and night: the work that their ledgers say is due.

What fails stays due. A minute is settled only once the database has it, so nothing has to be
remembered across a restart: a session that is under way is asked for from its opening again.
"""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from collector.derivatives.database import Away, Database, Unfit
from collector.derivatives.ledger import Answer, ContractLedger, Work, end_ns
from collector.derivatives.store import ContractCandle
from collector.store import GapRow
from kis_core.clock import Clock
from kis_core.errors import KisError, NotOffered, RateLimited, UnknownSymbol
from kis_core.market.derivative_sessions import SessionName
from kis_core.market.events import Gap
from kis_core.market.instants import MINUTE_NS, minute_start_ns
from kis_core.wire.derivatives.derivative_quote_requests import Market
from kis_core.wire.derivatives.derivative_quotes import DerivativeBar

AT_ONCE = 2  # questions under way


class ContractMinutes(Protocol):
    """Who knows contracts' minutes; `kis_core.net.derivatives.KisDerivatives` does."""

    async def minute_bars(
        self,
        code: str,
        day: date,
        session: SessionName = "day",
        market: Market | None = None,
        since_ns: int = 0,
    ) -> list[DerivativeBar]:
        """Return a session's completed minutes from `since_ns` on, ascending."""
        ...


class MinuteRounds:
    """Asks, compares, writes."""

    def __init__(
        self,
        source: ContractMinutes,
        clock: Clock,
        database: Database,
        log: FilteringBoundLogger,
    ) -> None:
        self._source = source
        self._clock = clock
        self._database = database
        self._log = log
        self._gaps: dict[ContractLedger, list[Gap]] = {}  # that await filling
        self._unknown: set[ContractLedger] = set()  # of contracts that KIS does not know
        self.refused = False  # the environment does not offer minutes at all
        self.asked = 0
        self.failed = 0
        self.candles = 0

    async def begin(self, ledger: ContractLedger, late: str) -> None:
        """Note what was left out of a session that has begun, now or by an earlier run.

        `late` says why where nothing at all is known of it; else an earlier run ended. Raises Away.
        """
        now_ns, last_ns = self._clock.now_ns(), ledger.last_ns
        code, session = ledger.code, ledger.session
        span = (session.opens_ns, end_ns(session))
        gaps = await self._database.do(lambda store: store.unfilled(code, *span))
        from_ns = session.opens_ns if last_ns is None else last_ns + MINUTE_NS
        to_ns = min(minute_start_ns(now_ns), session.closes_ns)
        if to_ns - from_ns > MINUTE_NS:  # else that one is only just over
            gap = Gap(code, from_ns, to_ns, late if last_ns is None else "restart")
            await self._database.do(lambda store: store.write_gaps([GapRow(gap)]))
            gaps = [*(known for known in gaps if known.from_ns != from_ns), gap]
        self._gaps[ledger] = gaps

    def forget(self, ledger: ContractLedger) -> None:
        """A session is long over."""
        self._gaps.pop(ledger, None)
        self._unknown.discard(ledger)

    async def round(self, ledgers: Iterable[ContractLedger]) -> bool:
        """Do what is due now. False when some of it could not be done."""
        now_ns = self._clock.now_ns()
        due = [
            (ledger, work)
            for ledger in ledgers
            if ledger not in self._unknown and (work := ledger.due(now_ns)) is not None
        ]
        queue = iter(due)
        well = True

        async def take() -> None:
            nonlocal well
            for ledger, work in queue:
                if self.refused or not await self._one(ledger, work):
                    well = False
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(due))):
                group.create_task(take())
        return well

    async def _one(self, ledger: ContractLedger, work: Work) -> bool:
        asked_ns = self._clock.now_ns()
        self.asked += 1
        session = ledger.session
        try:
            bars = await self._source.minute_bars(
                ledger.code, session.starts_on, session.name, since_ns=work.from_ns
            )
        except RateLimited as error:
            self.failed += 1
            await self._clock.sleep(error.retry_after_s)
            return False
        except NotOffered as error:
            self.refused = True
            self._log.warning("MINUTES_NOT_OFFERED", why=str(error))
            return False
        except UnknownSymbol as error:
            self._unknown.add(ledger)
            self._log.warning("CONTRACT_UNKNOWN", contract=ledger.code, why=str(error))
            return True
        except KisError as error:
            self.failed += 1
            self._log.warning("MINUTES_FAILED", contract=ledger.code, why=str(error))
            return False
        answer = ledger.compare(work, bars, asked_ns)
        if answer is None:
            return True
        try:
            await self._write(ledger, answer, asked_ns)
        except Away as error:
            self._log.warning("DATABASE_LOST", why=str(error))
            return False
        except Unfit as error:
            self.failed += 1
            self._log.error("CANDLES_REFUSED", contract=ledger.code, why=str(error))
            return True
        return True

    async def _write(self, ledger: ContractLedger, answer: Answer, asked_ns: int) -> None:
        session, source = ledger.session.name, "verified" if answer.final else "rest"
        candles = [ContractCandle(bar, session, source, asked_ns) for bar in answer.news]
        if candles:
            await self._database.do(lambda store: store.write_candles(candles))
        ledger.stored(answer)
        self.candles += len(candles)
        if answer.repaired or answer.surplus:
            self._log.warning(
                "CANDLES_DIFFER",
                contract=ledger.code,
                session=session,
                repaired=answer.repaired,
                surplus=answer.surplus,
            )
        filled = [
            GapRow(gap, asked_ns, ledger.count(gap.from_ns, gap.to_ns))
            for gap in self._gaps.get(ledger, [])
            if gap.to_ns is not None and gap.to_ns <= ledger.settled_ns
        ]
        if filled:
            await self._database.do(lambda store: store.write_gaps(filled))
            done = [row.gap for row in filled]
            self._gaps[ledger] = [gap for gap in self._gaps[ledger] if gap not in done]
