"""Law 4 on a real server that goes away in every way it can: trading goes on, the copy waits.

Entries go on too: the journal is durable without the database, which only gets the copy.
"""

import asyncio
import os
import signal
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from structlog.testing import CapturingLogger

from fleet import postgres
from infra.postgres import migrate
from kis_core.environment import Environment
from kis_core.feed import NoticesState
from oms.audit import AuditTrail
from oms.audit.compare import compare
from oms.core import records as r
from oms.desk import Desk
from oms.routes import make_app
from oms.running import running
from oms.verify import verify
from tests.oms.audit.story import ACCOUNT
from tests.oms.stories import SAMSUNG, House, trade_of
from tests.oms.waiting import until
from tests.postgres import server_directory

pytestmark = pytest.mark.anyio

PATIENCE_S = 0.4
HOUR_S = 3600.0
MEMORY_BYTES_MAX = 200_000
VIEWER = {"Authorization": "Bearer token-viewer"}


@dataclass
class Server:
    """A server of this file's own, which may be shot."""

    place: Path
    port: int
    url: str

    def pids(self) -> list[int]:
        """Return every process of the server, the postmaster first."""
        first = int((self.place / "cluster" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def start(self) -> None:
        """Start it again where it was; what was committed is there."""
        postgres.start(self.place, port=self.port, durable=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_directory() as place:
        made = postgres.start(place, durable=False)
        yield Server(place, made.port, made.url)


@pytest.fixture
async def empty(server: Server) -> str:
    """The URL of a migrated database without rows."""
    name = f"law_{time.monotonic_ns()}"
    url = await postgres.create_database(server.url, name)
    await migrate.upgrade(url)
    return url


async def ask(url: str, *questions: str) -> list[dict[str, Any]]:
    """Return what the last of the questions brings."""
    connection = await asyncpg.connect(url, timeout=10)
    rows: list[asyncpg.Record] = []
    try:
        for question in questions:
            rows = await connection.fetch(question)
        return [dict(row) for row in rows]
    finally:
        await connection.close()


class Trading:
    """An OMS that trades on a fake broker and ships to a real server."""

    def __init__(self, house: House, desk: Desk, trail: AuditTrail, log: CapturingLogger) -> None:
        self.house = house
        self.desk = desk
        self.trail = trail
        self.log = log
        self._number = 0
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(make_app(desk)), base_url="http://oms", headers=VIEWER
        )

    def shares(self) -> int:
        return self.desk.inbox.book.allocation("KMP", SAMSUNG).shares

    async def ask(self, kind: r.IntentType, shares: int | None, **fields: Any) -> r.IntentDecided:
        self._number += 1
        asked = r.Asked(kind, f"i{self._number}", "test", SAMSUNG, shares, **fields)
        quote = await self.desk.quotes.quote(SAMSUNG)
        at_ns = self.house.clock.now_ns()
        received = r.IntentReceived(at_ns=at_ns, strategy_id="KMP", asked=asked, quote=quote)
        await self.desk.inbox.ask(received)
        return self.desk.inbox.book.results["KMP", asked.intent_id]

    async def filled(self, orders: int, shares: int, side: str) -> None:
        """Wait until so many orders have reached the broker, and have it fill the last."""
        broker = self.house.broker
        await until(lambda: len(broker.placed) == orders)
        number = f"{orders:010d}"
        await until(lambda: orders in self.desk.inbox.book.by_broker)
        row = broker.rows[number]
        fields = {name: getattr(row, name) for name in row.__slots__}
        fields |= {"filled": shares, "filled_value_krw": shares * 70_000, "remaining": 0}
        broker.rows[number] = type(row)(**fields)
        held = shares if side == "BUY" else 0
        broker.holdings = {SAMSUNG: held} if held else {}
        self.house.line.bring(self.house.fill_notice(orders, shares, 70_000, side))
        await until(lambda: self.shares() == held)

    async def round_trip(self, seconds: float, *, stopped: bool = False) -> None:
        """Enter, be filled, leave by an exit or by the stop, be filled; time passes."""
        house, orders = self.house, len(self.house.broker.placed)
        entered = await self.ask("ENTER", 10, limit_krw=70_000, stop_krw=68_000)
        assert entered.status == "APPROVED", entered.message
        await self.filled(orders + 1, 10, "BUY")
        house.clock.move(seconds / 2)
        if stopped:
            house.line.bring(trade_of(SAMSUNG, 67_900, house.clock.now_ns()))
        else:
            assert (await self.ask("EXIT", None)).status == "APPROVED"
        await self.filled(orders + 2, 10, "SELL")
        house.clock.move(seconds / 2)
        house.line.bring(trade_of(SAMSUNG, 70_000, house.clock.now_ns()))
        async with asyncio.timeout(5):
            while (await self.price_krw()) != 70_000:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.001)

    async def price_krw(self) -> int | None:
        quote = await self.desk.quotes.quote(SAMSUNG)
        return quote and quote.price_krw

    async def health(self) -> dict[str, Any]:
        answer = await self.client.get("/health")
        said: dict[str, Any] = answer.json() | {"code": answer.status_code}
        return said

    async def metrics(self) -> dict[str, float]:
        lines = (await self.client.get("/metrics")).text.splitlines()
        pairs = [line.split() for line in lines if not line.startswith("#")]
        return {name: float(value) for name, value in pairs}

    def alarms(self) -> list[str]:
        return [str(call.args[0]) for call in self.log.calls if call.method_name == "error"]


async def trading(stack: AsyncExitStack, house: House, url: str) -> Trading:
    parts, log = house.parts(), CapturingLogger()
    trail = AuditTrail(
        url,
        parts.journal,
        oms_id="primary",
        environment=Environment.SIM,
        account=ACCOUNT,
        clock=house.clock,
        log=log,
        patience_s=PATIENCE_S,
    )
    await trail.agree(2.0)
    task = asyncio.create_task(trail.run())

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])
        await trail.close()

    stack.push_async_callback(stop)
    desk = await stack.enter_async_context(running(replace(parts, trail=trail)))
    await until(lambda: desk.health.serving)
    house.line.bring(NoticesState(house.clock.now_ns(), True))
    made = Trading(house, desk, trail, log)
    stack.push_async_callback(made.client.aclose)
    return made


# The ways to go away: each returns the way back


async def stopped(server: Server, url: str) -> Callable[[], Any]:
    await asyncio.to_thread(postgres.stop, server.place)
    return server.start


async def shot(server: Server, url: str) -> Callable[[], Any]:
    os.kill(server.pids()[0], signal.SIGKILL)
    return server.start


async def hanging(server: Server, url: str) -> Callable[[], Any]:
    """Connections are accepted, and nothing answers."""
    pids = server.pids()
    tell(pids, signal.SIGSTOP)
    return lambda: tell(pids, signal.SIGCONT)


def tell(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # a worker that was on its way out
            os.kill(pid, number)


async def full(server: Server, url: str) -> Callable[[], Any]:
    """The server says at each write what it says on a full disk."""
    await ask(
        url,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
    )
    trigger = (
        "TRIGGER full_disk BEFORE INSERT ON oms_events FOR EACH ROW EXECUTE FUNCTION full_disk()"
    )
    await ask(url, f"CREATE {trigger}")
    return lambda: ask(url, "DROP TRIGGER full_disk ON oms_events")


async def forbidden(server: Server, url: str) -> Callable[[], Any]:
    """The table is no longer ours to write."""
    await ask(url, "ALTER TABLE oms_events RENAME TO taken_away")
    return lambda: ask(url, "ALTER TABLE taken_away RENAME TO oms_events")


async def read_only(server: Server, url: str) -> Callable[[], Any]:
    """A standby, or a server that was set so: sessions from now on may not write."""
    name = url.rpartition("/")[2]
    await ask(url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    ours = "FROM pg_stat_activity WHERE application_name = 'oms-audit'"
    await ask(url, f"SELECT pg_terminate_backend(pid) {ours}")
    back = f'ALTER DATABASE "{name}" RESET ALL'
    return lambda: ask(url, "SET default_transaction_read_only = off", back)


WAYS: dict[str, tuple[Callable[[Server, str], Awaitable[Callable[[], Any]]], str]] = {
    "stopped": (stopped, "Connect|connection|closed"),
    "shot": (shot, "Connect|connection|closed"),
    "hanging": (hanging, "no answer|Timeout"),
    "full": (full, "DiskFullError"),
    "forbidden": (forbidden, "UndefinedTableError"),
    "read only": (read_only, "ReadOnlySQLTransactionError"),
}


async def come_back(back: Callable[[], Any]) -> None:
    done = await asyncio.to_thread(back)
    if asyncio.iscoroutine(done):
        await done


async def holds(one: Trading, url: str, trips: int) -> None:
    """Everything arrived, once, in order; the copy is the journal and the views show it."""
    journal = one.desk.inbox.journal
    await until(lambda: one.trail.lag == 0 and one.trail.problem is None, within_s=40)
    last = one.trail.shipped_seq
    assert await ask(
        url, f"SELECT count(*), min(seq), max(seq) FROM oms_events WHERE seq <= {last}"
    ) == [{"count": last, "min": 1, "max": last}]
    found = await compare(url, "primary", journal.path)
    assert found.difference is None, found.difference
    assert await ask(url, "SELECT * FROM audit_faults") == []
    await ask(url, f"ALTER DATABASE \"{url.rpartition('/')[2]}\" SET kst.now = '2025-11-20 11:00'")
    assert await ask(url, "SELECT count(*) FROM v_recent_trades") == [{"count": trips}]
    assert await ask(url, "SELECT count(*) FROM v_working_orders") == [{"count": 0}]
    assert await ask(url, "SELECT count(*) FROM v_live_allocations") == [{"count": 0}]
    fills = await ask(url, "SELECT count(*), count(DISTINCT order_id) AS orders FROM executions")
    assert fills == [{"count": 2 * trips, "orders": 2 * trips}]


@pytest.mark.parametrize("way", WAYS)
async def test_trading_goes_on_while_the_database_is_away(
    house: House, server: Server, empty: str, way: str
) -> None:
    go_away, why = WAYS[way]
    async with AsyncExitStack() as stack:
        one = await trading(stack, house, empty)
        await one.round_trip(2)
        await until(lambda: one.trail.lag == 0 and one.trail.problem is None)
        well = await one.health()
        assert (well["code"], well["audit_lag"]) == (200, 0)
        back = await go_away(server, empty)
        try:
            for number in range(4):
                await one.round_trip(2, stopped=number % 2 == 1)
            known = lambda: any(part in (one.trail.problem or "") for part in why.split("|"))  # noqa: E731
            await until(known, within_s=10)
            await one.round_trip(2)
            away = await one.health()
            metrics = await one.metrics()
            ready = await one.client.get("/readyz")
            alarms = one.alarms()
        finally:
            await come_back(back)
        assert (away["code"], away["status"], ready.status_code) == (200, "warn", 200)
        [said] = [each for each in away["problems"] if each.startswith("audit trail delayed by")]
        assert said.endswith("; trading goes on")
        assert any(part in said for part in why.split("|")), said
        assert away["audit_lag"] > 50
        assert metrics["oms_audit_lag"] > 50
        assert (metrics["oms_audit_away"], metrics["oms_ready"]) == (1, 1)
        assert metrics["oms_audit_seq"] == away["audit_seq"]
        assert "Audit trail delayed" in alarms
        await holds(one, empty, trips=6)
        assert (await one.metrics())["oms_audit_away"] == 0
        assert (await one.health())["audit_lag"] == 0
    assert len(house.broker.placed) == 12
    assert verify(house.folder / "primary.db").differences == ()


async def test_an_hour_of_trading_without_a_server_is_drained_in_order_and_costs_no_memory(
    house: House, server: Server, empty: str
) -> None:
    trips = 60
    async with AsyncExitStack() as stack:
        one = await trading(stack, house, empty)
        await one.round_trip(2)
        await until(lambda: one.trail.lag == 0 and one.trail.problem is None)
        back = await shot(server, empty)
        tracemalloc.start()
        ours = tracemalloc.Filter(True, "*/oms/audit/*"), tracemalloc.Filter(True, "*/asyncpg/*")
        try:
            held = []
            for number in range(trips):
                await one.round_trip(HOUR_S / trips, stopped=number % 3 == 0)
                if number in (trips // 4, trips - 1):
                    taken = tracemalloc.take_snapshot().filter_traces(ours)
                    held.append(sum(line.size for line in taken.statistics("filename")))
        finally:
            tracemalloc.stop()
            await come_back(back)
        early, late = held
        assert late - early < MEMORY_BYTES_MAX, held
        lag = one.trail.lag or 0
        assert lag > trips * 20
        await holds(one, empty, trips + 1)
    assert verify(house.folder / "primary.db").differences == ()


async def test_a_clean_stop_does_not_wait_for_a_server_that_hangs(
    house: House, server: Server, empty: str
) -> None:
    async with AsyncExitStack() as stack:
        one = await trading(stack, house, empty)
        await until(lambda: one.trail.lag == 0 and one.trail.problem is None)
        back = await hanging(server, empty)
        try:
            await one.round_trip(2)
            began = time.monotonic()
            assert await one.trail.finish(within_s=0.5) is False
            assert time.monotonic() - began < 2
        finally:
            await come_back(back)


@pytest.mark.parametrize("way", ["hanging", "stopped"])
async def test_a_start_does_not_wait_for_a_server_that_is_away(
    house: House, server: Server, empty: str, way: str
) -> None:
    back = await WAYS[way][0](server, empty)
    try:
        async with AsyncExitStack() as stack:
            began = time.monotonic()
            one = await trading(stack, house, empty)
            assert time.monotonic() - began < 4
            await one.round_trip(2)
            assert (await one.health())["audit_lag"] is None
    finally:
        await come_back(back)
