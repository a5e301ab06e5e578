"""A contract's minutes when KIS does not answer as hoped, and gaps once it does."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from collector.derivatives.database import Database
from collector.derivatives.ledger import ContractLedger
from collector.derivatives.minutes import MinuteRounds
from kis_core.clock import SECOND_NS
from kis_core.environment import Environment
from kis_core.errors import KisError, NotOffered, RateLimited, UnknownSymbol, Unreachable
from kis_core.market.calendar import krx_calendar
from kis_core.market.derivative_terms import terms_of
from kis_core.market.instants import MINUTE_NS, instant_ns, minute_start_ns
from kis_core.wire.derivatives.derivative_quotes import DerivativeBar
from tests.collector.derivatives.test_boards import StepClock

pytestmark = pytest.mark.anyio
DAY, CODE = date(2025, 9, 3), "101W09"
OPEN = instant_ns(DAY, time(8, 45))


@dataclass
class Chart:
    """A future that trades once a minute; answers with the errors written down first."""

    clock: StepClock
    errors: list[KisError] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    async def minute_bars(
        self, code: str, day: date, session: str, market: Any = None, since_ns: int = 0
    ) -> list[DerivativeBar]:
        self.asked.append(since_ns)
        if self.errors:
            raise self.errors.pop(0)
        price = Decimal("430.05")
        starts = range(max(OPEN, since_ns), minute_start_ns(self.clock.now_ns()), MINUTE_NS)
        return [DerivativeBar(code, at, price, price, price, price, 1, None) for at in starts]


def ledger_of() -> ContractLedger:
    terms = terms_of(CODE)
    assert terms is not None
    return ContractLedger(CODE, terms.sessions(DAY, krx_calendar())[0], 1)


async def gaps(url: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        asked = "SELECT reason, filled_at IS NOT NULL, candles_filled FROM market_gaps ORDER BY 1"
        return [tuple(row) for row in await connection.fetch(asked)]
    finally:
        await connection.close()


async def test_what_fails_stays_due_and_a_late_round_asks_for_all_of_it(
    database: str, log: Any
) -> None:
    clock = StepClock(OPEN + 10 * MINUTE_NS + 5 * SECOND_NS)
    chart = Chart(clock, [Unreachable("no route"), RateLimited("EGW00201", "", retry_after_s=3.0)])
    ledger = ledger_of()
    async with Database(database, Environment.SIM) as door:
        rounds = MinuteRounds(chart, clock, door, log)  # type: ignore[arg-type]
        await rounds.begin(ledger, "started late")
        assert [await rounds.round([ledger]) for _ in range(3)] == [False, False, True]
        assert chart.asked == [OPEN] * 3
        assert clock.at_ns == OPEN + 10 * MINUTE_NS + 8 * SECOND_NS  # waited as KIS asked
        assert (rounds.failed, rounds.candles, ledger.candles) == (2, 10, 10)
        clock.at_ns += 4 * MINUTE_NS
        assert await rounds.round([ledger])
        assert chart.asked[-1] == OPEN + 10 * MINUTE_NS
        known = await door.do(lambda store: store.candles(CODE, "day", OPEN, OPEN + 60 * MINUTE_NS))
        assert len(known) == 14
    assert await gaps(database) == [("started late", True, 10)]


async def test_a_run_that_died_leaves_its_gap_to_the_next_one(database: str, log: Any) -> None:
    clock = StepClock(OPEN + 10 * MINUTE_NS + 5 * SECOND_NS)
    async with Database(database, Environment.SIM) as door:
        first = MinuteRounds(Chart(clock), clock, door, log)  # type: ignore[arg-type]
        await first.begin(ledger_of(), "started late")  # and dies
    assert await gaps(database) == [("started late", False, None)]
    clock.at_ns += 10 * MINUTE_NS
    async with Database(database, Environment.SIM) as door:
        ledger = ledger_of()
        second = MinuteRounds(Chart(clock), clock, door, log)  # type: ignore[arg-type]
        await second.begin(ledger, "started late")
        assert await second.round([ledger])
    assert await gaps(database) == [("started late", True, 20)]


@pytest.mark.parametrize(
    ("error", "event", "well"),
    [
        (UnknownSymbol(CODE), "CONTRACT_UNKNOWN", True),
        (NotOffered("EGW02006", "not on paper"), "MINUTES_NOT_OFFERED", False),
    ],
    ids=["an unknown contract", "paper"],
)
async def test_what_will_not_come_is_asked_for_once(
    database: str, log: Any, error: KisError, event: str, well: bool
) -> None:
    clock = StepClock(OPEN + MINUTE_NS + 5 * SECOND_NS)
    chart, ledger = Chart(clock, [error]), ledger_of()
    async with Database(database, Environment.SIM) as door:
        rounds = MinuteRounds(chart, clock, door, log)  # type: ignore[arg-type]
        assert await rounds.round([ledger]) is well
        await rounds.round([ledger])
    assert len(chart.asked) == 1
    assert [said for said, _ in log.lines] == [event]
