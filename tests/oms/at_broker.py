"""A whole OMS at the simulated broker: HTTP and WebSocket, on a clock that passes by itself."""

import asyncio
import contextlib
import datetime as dt
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import structlog

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from broker_sim.kis.tokens import Keys
from fleet.chaos.ear import Ear
from fleet.chaos.tape_loop import LoopClock, TapeLoop
from kis_core.clock import KST, ns
from kis_core.environment import Account, Credentials, Dialect, Endpoints, Environment, Secret
from kis_core.net.budget import RateBudget
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.stream import KisStream
from kis_core.net.tokens import TokenCache
from kis_core.wire.tr_table import NOTICES
from oms.access import Caller, Scope, Tokens
from oms.account import account_at_kis
from oms.core.book import Book
from oms.core.limits import Budget, Limits
from oms.journal import Journal
from oms.routes import make_app
from oms.running import Parts, running
from oms.settings import load_settings
from oms.verify import verify
from oms_client.client import OmsClient

DAY = dt.date(2025, 11, 20)  # a Thursday with the usual hours
KEYS = Keys("APPKEY", "APPSECRET", "50001234", "01", "trader")
CASH_KRW = 1_000_000_000
TOKENS = {
    Caller("KMP", Scope.STRATEGY): Secret("token-kmp"),
    Caller("KPR", Scope.STRATEGY): Secret("token-kpr"),
    Caller("operator", Scope.OPERATOR): Secret("token-operator"),
}


def played(story: Coroutine[Any, Any, None]) -> None:
    """Run a story on a loop whose time passes when there is nothing left to do."""
    with asyncio.Runner(loop_factory=TapeLoop) as runner:
        runner.run(story)


@functools.cache
def day(symbols: int = 4) -> GeneratedDay:
    """Return the generated day of so many symbols, made once a process."""
    return GeneratedDay(DAY, 7, symbols)


def instant(text: str) -> int:
    """Return HH:MM[:SS] of the day, ns."""
    return ns(dt.datetime.combine(DAY, dt.time.fromisoformat(text), KST))


def limits_of(**changes: Any) -> Limits:
    """Return the house's own limits, wide enough for one strategy's stories."""
    _, limits = load_settings()
    values: dict[str, Any] = {
        "budgets": {"KMP": Budget(8, 0.5, 1.0, 20)},
        "unknown_sector": "allow",
        "spread_bp_max": None,
        "participation_pct_max": None,
        "position_pct_max": 0.5,
    }
    return msgspec.structs.replace(limits, **(values | changes))


@dataclass
class AtBroker:
    """A broker, and the OMS that may be alive."""

    folder: Path
    clock: LoopClock
    exchange: Exchange
    served: Served
    dialect: Dialect
    limits: Limits

    @property
    def symbol(self) -> str:
        """A symbol that both venues trade."""
        return next(s for s, one in sorted(self.exchange.day.instruments.items()) if one.nxt)

    def broker_orders(self) -> list[Any]:
        """Return the orders the broker has, cancels left out, oldest first."""
        self.served.pump.catch_up()
        return [row for row in self.exchange.orders() if row.change != "cancel"]

    @contextlib.asynccontextmanager
    async def oms(self) -> "AsyncIterator[Oms]":
        """Run an OMS until the block ends, its journal that of the one before."""
        environment = Environment.SIM
        urls = self.served.rest_url, self.served.ws_url
        endpoints = Endpoints(environment, *urls, self.dialect)
        keys = Credentials(environment, KEYS.app_key, Secret(KEYS.app_secret), KEYS.hts_id)
        clock, (ours, _) = self.clock, load_settings()
        tokens = TokenCache(endpoints, keys, clock, self.folder / "tokens")
        budget = RateBudget(endpoints, keys, clock, self.folder / "budget")
        journal = Journal.open(self.folder / "oms.db")
        try:
            async with KisRest(endpoints, keys, clock, tokens, budget) as rest:
                stream = KisStream(endpoints, keys, clock, tokens.approval_key)
                parts = Parts(
                    oms_id="primary",
                    environment=environment,
                    limits=self.limits,
                    rounds=ours.rounds,
                    journal=journal,
                    broker=account_at_kis(rest, Account(environment, KEYS.account_no)),
                    line=Ear(stream, (NOTICES[self.dialect], KEYS.hts_id), clock),
                    asked=KisQuotes(rest),
                    tokens=Tokens(TOKENS),
                    clock=clock,
                    log=structlog.get_logger(
                        wrapper_class=structlog.make_filtering_bound_logger(50)
                    ),
                    account=KEYS.account_no + KEYS.product,
                    dialect=self.dialect,
                )
                async with running(parts) as desk:
                    transport = httpx.ASGITransport(make_app(desk))
                    async with httpx.AsyncClient(
                        transport=transport, base_url="http://oms"
                    ) as http:
                        oms = Oms(self, desk.inbox.book, http, transport)
                        await oms.until(lambda: desk.health.serving)
                        yield oms
        finally:
            budget.close()
            journal.close()
        assert verify(journal.path).differences == ()  # decided again, it comes out the same


@dataclass
class Oms:
    """A running OMS, spoken to over its own HTTP API."""

    house: AtBroker
    book: Book
    http: httpx.AsyncClient
    door: httpx.ASGITransport

    def client(self, strategy_id: str) -> AbstractAsyncContextManager[OmsClient]:
        """Return a strategy's own client, with its token."""
        token = f"token-{strategy_id.lower()}"
        return OmsClient.connect("http://oms", token, strategy_id, self.door)

    async def ask(self, intent_type: str, **fields: Any) -> dict[str, Any]:
        """Submit an intent of KMP's and return the answer."""
        body = {"intent_type": intent_type, "symbol": self.house.symbol, "reason": "story"}
        body |= {"intent_id": f"i{len(self.book.results)}"} | fields
        reply = await self.http.post(
            "/api/v1/intents", json=body, headers={"Authorization": "Bearer token-kmp"}
        )
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    async def enter(self, shares: int, limit_krw: int, **fields: Any) -> dict[str, Any]:
        """Ask for an entry with a stop a tenth below its limit."""
        return await self.ask(
            "ENTER", shares=shares, limit_krw=limit_krw, stop_krw=limit_krw * 9 // 10, **fields
        )

    async def alive(self) -> None:
        """Say that KMP lives: entries of a silent strategy wait."""
        reply = await self.http.post(
            "/api/v1/strategies/KMP/heartbeat",
            json={},
            headers={"Authorization": "Bearer token-kmp"},
        )
        assert reply.status_code == 204, reply.text

    async def act(self, path: str, **body: Any) -> None:
        """Act as the operator."""
        reply = await self.http.post(
            f"/api/v1/{path}",
            json={"reason": "story"} | body,
            headers={"Authorization": "Bearer token-operator"},
        )
        assert reply.status_code in (200, 202, 204), reply.text

    async def orders(self) -> list[dict[str, Any]]:
        """Return the day's orders as the OMS shows them."""
        reply = await self.http.get("/api/v1/orders", headers={"Authorization": "Bearer token-kmp"})
        listed: list[dict[str, Any]] = reply.json()
        return listed

    async def until(self, holds: Callable[[], Any], within_s: float = 90.0) -> None:
        """Let the market pass until something holds, at most so many of its seconds."""
        clock = self.house.clock
        ends_ns = clock.now_ns() + int(within_s * 1e9)
        while not holds():
            assert clock.now_ns() < ends_ns, "it never came to hold"
            await clock.sleep(0.1)

    def ask_krw(self) -> tuple[int, int]:
        """Return the best ask of KRX and the shares displayed there."""
        self.house.served.pump.catch_up()
        (best, *_) = self.house.exchange.book(self.house.symbol, "KRX").asks
        return best


@contextlib.asynccontextmanager
async def at_broker(
    folder: Path,
    start: str,
    dialect: Dialect = "real",
    pump_s: float = 0.05,
    symbols: int = 4,
    **limits: Any,
) -> AsyncIterator[AtBroker]:
    """Open a broker at a time of the day."""
    clock = LoopClock(asyncio.get_running_loop(), instant(start))
    exchange = Exchange(day(symbols), AccountRules(CASH_KRW, 140), 7)
    options = Options(KEYS, dialect, 7, Layout.MID, 18, pump_s=pump_s)
    quiet = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
    async with serve(exchange, clock, options, quiet, clock) as served:
        yield AtBroker(folder, clock, exchange, served, dialect, limits_of(**limits))
