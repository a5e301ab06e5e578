"""KMP and KPR want the same symbol, then the same sector: what each got, and why, in what words.

The OMS with its own configuration, at the simulated broker; both speak to it over HTTP with their
own tokens, in the shapes of their intents. What they were told is held against the journal, which
is decided again, and against the `intents` rows in PostgreSQL.
"""

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import structlog

from kis_core.clock import SECOND_NS, SystemClock, kst
from kis_core.environment import Environment
from kis_core.market.ticks import ticks_below
from kis_core.postgres import to_kst_naive
from oms.audit import AuditTrail
from oms.core.records import LockChanged
from oms.journal import Journal, JournalReader
from oms.settings import load_settings
from oms_client.client import OmsClient
from oms_client.contract import (
    Enter,
    Heartbeat,
    IntentResult,
    IntentStatus,
    OrderState,
    OrderView,
    Urgency,
)
from tests.oms.at_broker import KEYS, AtBroker, Oms, at_broker, played

SAMSUNG, HYNIX = "005930", "000660"  # both Semiconductors in sectors.yaml
KPR_TOKEN = {"Authorization": "Bearer token-kpr"}
SYMBOLS = 17  # of the generated day: both are among them
LOCKED = re.compile(r"Entry locked by (\w+) until (\d\d:\d\d:\d\d) \((\d+)s\)")
FULL = re.compile(
    r"Sector Semiconductors has ([\d,]+) of ([\d,]+) KRW taken: ([\d,]+) more do not fit "
    r"\(held: KPR ([\d,]+), KMP ([\d,]+)\)"
)


@dataclass
class Two:
    """Both strategies at one OMS, and every answer they got, in order."""

    house: AtBroker
    oms: Oms
    kmp: OmsClient
    kpr: OmsClient
    told: list[tuple[str, IntentResult]] = field(default_factory=list)

    def price_krw(self, symbol: str, ticks: int) -> int:
        """Return a price so many ticks below the best ask; none below it: to be filled at once."""
        self.house.served.pump.catch_up()
        (ask_krw, _), *_ = self.house.exchange.book(symbol, "KRX").asks
        return ticks_below(ask_krw, ticks) if ticks else ask_krw

    async def ask(self, who: str, shares: int, ticks: int, symbol: str = SAMSUNG) -> IntentResult:
        """Ask for an entry as this strategy does: KMP at a break, KPR at a reclaim."""
        limit_krw = self.price_krw(symbol, ticks)
        stop_krw = ticks_below(limit_krw, 20)
        intent_id = f"{who.lower()}-{symbol}-{len(self.told) + 1}"
        if who == "KMP":
            intent = Enter(
                intent_id=intent_id, symbol=symbol, shares=shares, limit_krw=limit_krw,
                stop_krw=stop_krw, trigger_krw=ticks_below(limit_krw, 2), urgency=Urgency.HIGH,
                expires_at=self.house.clock.now() + dt.timedelta(seconds=30),
                confidence="GREEN", max_spread_bp=40.0, reason="or_break_acceptance",
            )  # fmt: skip
        else:
            intent = Enter(
                intent_id=intent_id, symbol=symbol, shares=shares, limit_krw=limit_krw,
                stop_krw=stop_krw, reason="panic_reclaim",
                signal_hash=f"{self.house.clock.now():%H%M}_{stop_krw}",
            )  # fmt: skip
        client = {"KMP": self.kmp, "KPR": self.kpr}[who]
        await client.heartbeat(Heartbeat())
        result = await client.submit(intent)
        assert isinstance(result, IntentResult), result
        self.told.append((who, result))
        return result

    async def bought(self, who: str, symbol: str, shares: int) -> None:
        """Wait until a strategy holds so many shares and nothing of it works."""
        book = self.oms.book
        await self.oms.until(
            lambda: (
                book.allocation(who, symbol).shares == shares
                and not book.allocation(who, symbol).open_orders
            )
        )

    async def closed(self, who: str, result: IntentResult) -> OrderView:
        """Wait until the order of an answer is over, and return how the strategy sees it."""
        (order_id,) = result.order_ids
        await self.oms.until(lambda: not self.oms.book.orders[order_id].is_open, 150.0)
        orders = await {"KMP": self.kmp, "KPR": self.kpr}[who].orders()
        return next(order for order in orders if order.order_id == order_id)

    def locked_by(self, who: str, result: IntentResult) -> None:
        """See that an answer says, word by word, whose lock it met and until when."""
        listing = self.oms.book.listing(SAMSUNG)
        (mark,) = result.trace
        assert (mark.control, mark.verdict, mark.reason) == ("entry_lock", "defer", result.message)
        said = LOCKED.fullmatch(result.message)
        assert said is not None, result.message
        assert result.retry_at == kst(listing.lock_until_ns)
        left = (listing.lock_until_ns - int(result.received_at.timestamp() * 1e9)) // SECOND_NS
        assert said.groups() == (who, f"{kst(listing.lock_until_ns):%H:%M:%S}", str(left))
        assert result.status is IntentStatus.DEFERRED
        assert result.order_ids == ()

    async def until_instant(self, at: dt.datetime | None) -> None:
        assert at is not None
        await self.house.clock.sleep((at - self.house.clock.now()).total_seconds())


def play(
    tell: Callable[[Two], Awaitable[None]], folder: Path, start: str, **limits: Any
) -> list[tuple[str, IntentResult]]:
    """Tell a story; return what was answered. The OMS's own limits hold but for `limits`."""
    answers: list[tuple[str, IntentResult]] = []
    _, ours = load_settings()

    async def told() -> None:
        usual = {"budgets": ours.budgets, "unknown_sector": "block", "position_pct_max": 0.15}
        async with (
            at_broker(folder, start, symbols=SYMBOLS, **(usual | limits)) as house,
            house.oms() as oms,
            oms.client("KMP") as kmp,
            oms.client("KPR") as kpr,
        ):
            two = Two(house, oms, kmp, kpr, answers)
            await tell(two)

    played(told())  # and the journal was decided again without a difference
    return answers


def rows_of(folder: Path, database: str) -> list[dict[str, Any]]:
    """Ship the journal, and return the rows of the intents, in order."""

    async def shipped() -> list[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            journal = Journal.open(folder / "oms.db")
            stack.callback(journal.close)
            trail = AuditTrail(
                database, journal, oms_id="primary", environment=Environment.SIM,
                account=KEYS.account_no, clock=SystemClock(), log=structlog.get_logger(),
            )  # fmt: skip
            stack.push_async_callback(trail.close)
            while await trail.ship():
                pass
            connection = await asyncpg.connect(database)
            stack.push_async_callback(connection.close)
            assert await connection.fetchval("SELECT count(*) FROM audit_faults") == 0
            found = await connection.fetch("SELECT * FROM intents ORDER BY seq")
            return [dict(row) for row in found]

    return asyncio.run(shipped())


def the_rows_say(answers: list[tuple[str, IntentResult]], rows: list[dict[str, Any]]) -> None:
    """See that the rows of the database are the answers, word by word."""
    assert len(rows) == len(answers)
    for (who, told), row in zip(answers, rows, strict=True):
        assert (row["strategy_id"], row["intent_id"]) == (who, told.intent_id)
        assert (row["status"], row["message"]) == (told.status, told.message)
        assert row["approved_shares"] == told.approved_shares
        retry_at = told.retry_at and to_kst_naive(int(told.retry_at.timestamp()) * SECOND_NS)
        assert (row["retry_at"] and row["retry_at"].replace(microsecond=0)) == retry_at
        trace = [(v["control"], v["reason"]) for v in msgspec.json.decode(row["trace"])]
        assert trace == [(mark.control, mark.reason) for mark in told.trace]
        shape = (
            ("HIGH", "GREEN", None) if who == "KMP" else ("NORMAL", "YELLOW", row["signal_hash"])
        )
        assert (row["urgency"], row["confidence"], row["signal_hash"]) == shape
        assert (row["trigger_krw"] is None) == (who == "KPR")


@pytest.mark.parametrize(
    ("start", "first"),
    [("09:20", "KMP"), ("10:05", "KMP"), ("10:05", "KPR")],
    ids=["in its hours", "KMP first", "KPR first"],
)
def test_scenario_24_whoever_is_first_has_the_symbol_the_other_is_told_when_to_come_again(
    tmp_path: Path, database: str, start: str, first: str
) -> None:
    second = "KPR" if first == "KMP" else "KMP"

    async def tell(two: Two) -> None:
        won = await two.ask(first, 30, ticks=30)  # rests: the market is far above it
        lost = await two.ask(second, 20, ticks=0)
        assert (won.status, won.message, won.trace) == (IntentStatus.APPROVED, "approved", ())
        two.locked_by(first, lost)
        lock_s = {"KMP": 90, "KPR": 180}[first]
        assert lost.retry_at is not None
        assert abs((lost.retry_at - won.received_at).total_seconds() - lock_s) < 2
        await two.until_instant(lost.retry_at)
        ended = await two.closed(first, won)
        assert (ended.state, ended.filled) == (OrderState.CANCELLED, 0)
        again = await two.ask(second, 20, ticks=0)
        assert (again.status, again.message) == (IntentStatus.APPROVED, "approved")
        await two.bought(second, SAMSUNG, 20)
        assert two.oms.book.allocation(first, SAMSUNG).shares == 0

    answers = play(tell, tmp_path, start)
    assert [who for who, _ in answers] == [first, second, second]
    the_rows_say(answers, rows_of(tmp_path, database))


def test_scenario_24_in_its_hours_kmp_takes_the_lock_of_a_buy_that_has_no_fill(
    tmp_path: Path, database: str
) -> None:
    async def tell(two: Two) -> None:
        lower = await two.ask("KPR", 30, ticks=30)
        taking = await two.ask("KMP", 20, ticks=0)
        assert taking.status is IntentStatus.DEFERRED
        assert taking.message == "Takes the entry lock over from KPR, whose buy is withdrawn first"
        assert [LOCKED.fullmatch(mark.reason) is not None for mark in taking.trace] == [True]
        assert "Entry locked by KPR until" in taking.trace[0].reason
        assert taking.retry_at == taking.received_at + dt.timedelta(seconds=1)
        shown = (await two.kmp.positions())[SAMSUNG]
        assert shown.lock_owner == "KMP"
        way = await two.closed("KPR", lower)
        assert (way.state, way.filled) == (OrderState.CANCELLED, 0)
        reply = await two.oms.http.get("/api/v1/events?after=0", headers=KPR_TOKEN)
        (over,) = [e for e in reply.json()["events"] if e["kind"] == "order_closed"]
        assert (over["order_id"], over["why"]) == (way.order_id, "makes way for KMP")
        two.locked_by("KMP", await two.ask("KPR", 30, ticks=0))
        taken = await two.ask("KMP", 20, ticks=0)
        while taken.status is IntentStatus.DEFERRED:  # evidence of the withdrawal may take a while
            assert taken.message == "The buy of KPR is being withdrawn"
            await two.house.clock.sleep(1)
            taken = await two.ask("KMP", 20, ticks=0)
        assert (taken.status, taken.message) == (IntentStatus.APPROVED, "approved")
        await two.bought("KMP", SAMSUNG, 20)
        late = await two.ask("KPR", 30, ticks=0)  # the lock ended with KMP's entry
        assert (late.status, late.message) == (IntentStatus.APPROVED, "approved")
        await two.bought("KPR", SAMSUNG, 30)

    answers = play(tell, tmp_path, "09:20")
    rows = rows_of(tmp_path, database)
    the_rows_say(answers, rows)
    assert [(row["strategy_id"], row["status"]) for row in rows][:3] == [
        ("KPR", "APPROVED"),
        ("KMP", "DEFERRED"),
        ("KPR", "DEFERRED"),
    ]
    taken = [lock for lock in locks_of(tmp_path) if lock.taken_from]
    assert [(lock.symbol, lock.owner, lock.taken_from) for lock in taken] == [
        (SAMSUNG, "KMP", "KPR")
    ]


def locks_of(folder: Path) -> list[LockChanged]:
    """Return every lock the journal has, in order."""
    reader = JournalReader(folder / "oms.db")
    try:
        return [
            output
            for _, outputs in reader.turns()
            for output in outputs
            if isinstance(output, LockChanged)
        ]
    finally:
        reader.close()


def test_a_full_sector_refuses_and_says_who_fills_it_and_a_full_symbol_shrinks(
    tmp_path: Path, database: str
) -> None:
    async def tell(two: Two) -> None:
        book = two.oms.book
        await two.ask("KMP", 20, ticks=0)
        await two.bought("KMP", SAMSUNG, 20)
        shrunk = await two.ask("KPR", 10_000, ticks=0, symbol=HYNIX)
        fits = shrunk.approved_shares
        assert fits is not None
        assert 0 < fits < 10_000
        assert shrunk.status is IntentStatus.APPROVED
        assert shrunk.message == f"Scaled from 10000 to {fits} for position limit"
        await two.bought("KPR", HYNIX, fits)
        unit_krw = two.price_krw(SAMSUNG, 0)
        assert book.caps is not None
        room_krw = book.caps.sector_krw - book.sector_krw["Semiconductors"]
        full = await two.ask("KPR", room_krw // unit_krw + 2, ticks=0)
        assert (full.status, full.retry_at, full.order_ids) == (IntentStatus.REFUSED, None, ())
        (mark,) = full.trace
        assert (mark.control, mark.verdict, mark.reason) == ("sector_cap", "refuse", full.message)
        says_who_fills_it(two, full.message, room_krw // unit_krw + 2)
        less = await two.ask("KPR", room_krw // unit_krw - 2, ticks=0)
        assert (less.status, less.message) == (IntentStatus.APPROVED, "approved")

    answers = play(tell, tmp_path, "09:40", sector_pct_max=0.01, position_pct_max=0.006)
    rows = rows_of(tmp_path, database)
    the_rows_say(answers, rows)
    assert FULL.fullmatch(rows[2]["message"])


def says_who_fills_it(two: Two, message: str, shares: int) -> None:
    """See that a sector's refusal has the figures of the book, and that they add up."""
    said = FULL.fullmatch(message)
    assert said is not None, message
    taken, cap, more, held_kpr, held_kmp = (int(text.replace(",", "")) for text in said.groups())
    book = two.oms.book
    assert book.caps is not None
    assert (cap, taken) == (book.caps.sector_krw, book.sector_krw["Semiconductors"])
    assert book.holders("Semiconductors") == [("KPR", held_kpr), ("KMP", held_kmp)]
    assert held_kpr + held_kmp == taken <= cap < taken + more
    assert more % shares == 0
