"""An OMS, running: its parts wired together, for the process, for tests and for benchmarks."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kis_core.clock import Clock
from kis_core.environment import Dialect
from oms import recover
from oms.access import Tokens
from oms.allowance import Allowance
from oms.core.broker import Broker
from oms.core.decide import RULES
from oms.core.limits import Limits
from oms.core.records import Stopping
from oms.courier import Courier
from oms.desk import Desk
from oms.diary import Diary
from oms.executions import Executions
from oms.health import Health, Shipping
from oms.inbox import Inbox
from oms.journal import Journal, JournalError
from oms.quotes import Asked, Line, Quotes
from oms.reload import LimitsFile
from oms.rounds import Rounds
from oms.settings import RoundSettings
from oms.slicing import Slicing
from oms.stream import Stream

HOME_WITHIN_S = 5.0
CHECKPOINT_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What an OMS is made of. Live, paper, simulator and tests differ in these alone."""

    oms_id: str
    environment: str
    limits: Limits
    rounds: RoundSettings
    journal: Journal
    broker: Broker
    line: Line
    asked: Asked
    tokens: Tokens
    clock: Clock
    log: Any
    account: str | None = None  # CANO and product, as order notices name it
    trail: Shipping | None = None  # None: no database is configured
    allowance: Allowance | None = None  # None: every token may ask as often as it likes
    folder: Path | None = None  # of the YAML files, watched for changed limits; None: not watched
    dialect: Dialect | None = None  # of the broker's host; None: as the environment says
    settings_name: str = "oms"  # of the file among them that is this OMS's


@asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[Desk]:
    """Recover, then run until the block ends. The desk is there at once; `health.serving` says
    when the broker has answered and intents are taken.
    """
    book = recover.folded(parts.journal, parts.oms_id, parts.environment)
    inbox = Inbox(book, parts.journal)
    quotes = Quotes(parts.line, parts.asked, inbox, parts.clock, parts.log, parts.account)
    rounds = Rounds(parts.broker, inbox, parts.clock, parts.rounds, parts.log, quotes.known)
    stream = Stream(inbox)
    executions = Executions.of(parts.journal)
    limits_file = LimitsFile(parts.folder, inbox.put, parts.clock, parts.log, parts.settings_name)
    health = Health(inbox, quotes, parts.clock, parts.trail, lambda: limits_file.problem)
    async with asyncio.TaskGroup() as tasks:
        courier = Courier(parts.broker, inbox, parts.clock, tasks, parts.log)
        slicing = Slicing(inbox, quotes, parts.clock, tasks, parts.log)
        inbox.listeners += [
            courier.committed,
            rounds.committed,
            quotes.committed,
            stream.committed,
            executions.committed,
            Diary(parts.log).committed,
        ]
        recover.take_over(
            inbox,
            parts.clock,
            parts.oms_id,
            parts.environment,
            RULES,
            parts.limits,
            parts.dialect,
        )
        deciding = tasks.create_task(_decide(inbox, parts.log))

        async def recovered() -> None:
            await recover.ask_broker(rounds, parts.log)
            health.serving = True
            async with asyncio.TaskGroup() as asking:
                asking.create_task(rounds.keep_history())
                asking.create_task(rounds.keep_balance())
                asking.create_task(rounds.keep_day_end())
                asking.create_task(slicing.keep())

        chores = [
            tasks.create_task(quotes.listen()),
            tasks.create_task(quotes.keep_wants()),
            tasks.create_task(quotes.keep_marks(parts.rounds.marks_s)),
            tasks.create_task(quotes.keep_watch(parts.rounds.pause_s)),
            tasks.create_task(quotes.keep_bases(parts.rounds.pause_s)),
            tasks.create_task(rounds.keep_time()),
            tasks.create_task(recovered()),
            tasks.create_task(limits_file.keep()),
            tasks.create_task(_keep_compact(parts.journal, parts.log)),
        ]
        try:
            yield Desk(
                inbox=inbox,
                quotes=quotes,
                stream=stream,
                health=health,
                tokens=parts.tokens,
                clock=parts.clock,
                log=parts.log,
                executions=executions,
                allowance=parts.allowance,
                room=rounds.room,
            )
            # A clean stop: working buys are withdrawn, and what was sent may still be answered.
            await inbox.ask(Stopping(at_ns=parts.clock.now_ns()))
            await courier.home(HOME_WITHIN_S)
            inbox.finish()
        finally:
            for chore in (*chores, deciding):
                chore.cancel()
            slicing.stop()
            courier.stop()


async def _decide(inbox: Inbox, log: Any) -> None:
    """Run the inbox. What is not durable may not leave, so an OMS that cannot write must end: the
    book is ahead of the journal, and only a start makes it true again."""
    try:
        await inbox.run()
    except JournalError as error:
        log.critical("JOURNAL NOT WRITABLE: no order leaves, stops are not kept", why=str(error))
        raise


async def _keep_compact(journal: Journal, log: Any) -> None:
    while True:
        await asyncio.sleep(CHECKPOINT_EVERY_S)
        try:
            await asyncio.to_thread(journal.checkpoint)
        except sqlite3.Error as error:  # a full disk: while commits still fit, trading goes on
            log.error("Journal not compacted", why=str(error))
