"""An OMS of a futures account on the simulator: long, reversed, stopped, over a restart.

Orders, prints and notices go over HTTP and WebSocket; at the end the books of both sides agree to
the won.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import structlog

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from fleet.chaos.ear import Ear
from fleet.chaos.tape_loop import LoopClock, TapeLoop
from kis_core.environment import Account, Credentials, Endpoints, Environment, Secret
from kis_core.net.budget import RateBudget
from kis_core.net.rest import KisRest
from kis_core.net.stream import KisStream
from kis_core.net.tokens import TokenCache
from kis_core.wire.tr_table import NOTICES
from oms.access import Caller, Scope, Tokens
from oms.account import account_at_kis, quotes_at_kis
from oms.core.book import Book
from oms.core.limits import Budget, Limits
from oms.desk import Desk
from oms.journal import Journal
from oms.routes import make_app
from oms.running import Parts, running
from oms.settings import load_settings
from oms.verify import verify
from tests.broker_sim.indexed_day import IndexedDay
from tests.broker_sim.kis.conftest import KEYS, at
from tests.broker_sim.kis.derivatives.conftest import FRONT
from tests.oms.core.test_terms import contract_limits

CASH = 100_000_000
ACCOUNT = Account(Environment.SIM, KEYS.account_no, "03")
STEP = 12_500


class Fleet:
    """The simulator, and the OMS's lives on one journal."""

    def __init__(self, served: Served, clock: LoopClock, folder: Path, limits: Limits) -> None:
        self.served = served
        self.clock = clock
        self.folder = folder
        self.limits = limits
        self.desk: Desk | None = None
        self._life = AsyncExitStack()
        self._door: httpx.AsyncClient | None = None
        self._asked = 0

    @property
    def book(self) -> Book:
        assert self.desk is not None
        return self.desk.inbox.book

    async def live(self) -> None:
        """Start an OMS on what the one before left."""
        endpoints = Endpoints(Environment.SIM, self.served.rest_url, self.served.ws_url, "real")
        keys = Credentials(Environment.SIM, KEYS.app_key, Secret(KEYS.app_secret), KEYS.hts_id)
        tokens = TokenCache(endpoints, keys, self.clock, self.folder / "tokens")
        budget = RateBudget(endpoints, keys, self.clock, self.folder / "budget")
        self._life.callback(budget.close)
        journal = Journal.open(self.folder / "journal.db")
        self._life.callback(journal.close)
        rest = await self._life.enter_async_context(
            KisRest(endpoints, keys, self.clock, tokens, budget)
        )
        stream = KisStream(endpoints, keys, self.clock, tokens.approval_key)
        settings, _ = load_settings(name="oms_derivatives")
        parts = Parts(
            oms_id="derivatives",
            environment=Environment.SIM,
            limits=self.limits,
            rounds=settings.rounds,
            journal=journal,
            broker=account_at_kis(rest, ACCOUNT),
            line=Ear(stream, (NOTICES["real"], KEYS.hts_id), self.clock),
            asked=quotes_at_kis(rest, ACCOUNT),
            tokens=Tokens({Caller("KMP", Scope.STRATEGY): Secret("token-kmp")}),
            clock=self.clock,
            log=structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50)),
            account=ACCOUNT.number + ACCOUNT.product,
        )
        desk = self.desk = await self._life.enter_async_context(running(parts))
        self._door = await self._life.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(make_app(desk)),
                base_url="http://oms",
                headers={"Authorization": "Bearer token-kmp"},
            )
        )
        await self.until(lambda: desk.health.serving and self.book.notices_live)

    async def end(self) -> None:
        """Stop the OMS; its journal stays."""
        await self._life.aclose()
        self._life, self.desk = AsyncExitStack(), None

    async def until(self, holds: Callable[[], Any], within_s: float = 60.0) -> None:
        for _ in range(int(within_s / 0.2)):
            if holds():
                return
            await self.clock.sleep(0.2)
        raise AssertionError(f"not within {within_s} s")

    async def ask(self, intent_type: str, **fields: Any) -> dict[str, Any]:
        """Post one intent as KMP does, and return its answer."""
        assert self._door is not None
        self._asked += 1
        named = {"intent_type": intent_type, "intent_id": f"i{self._asked}", "reason": "story"}
        reply = await self._door.post("/api/v1/intents", json=named | {"symbol": FRONT} | fields)
        assert reply.status_code == 200, reply.text
        told: dict[str, Any] = reply.json()
        return told

    async def enter(self, direction: str, stop_steps: int, contracts: int = 2) -> int:
        """Cross the market; returns the stop."""
        assert self.desk is not None
        quote = await self.desk.quotes.quote(FRONT)
        assert quote is not None
        sign = 1 if direction == "LONG" else -1
        near = quote.ask_krw if sign > 0 else quote.bid_krw
        assert near is not None
        stop_krw = near - sign * stop_steps * STEP
        told = await self.ask(
            "ENTER",
            shares=contracts,
            limit_krw=near + sign * 4 * STEP,
            stop_krw=stop_krw,
            direction=direction,
        )
        assert told["status"] == "APPROVED", told
        await self.until(lambda: self.held.shares == contracts and not self.book.open_orders)
        return stop_krw

    @property
    def held(self) -> Any:
        return self.book.allocation("KMP", FRONT)


def play(tell: Callable[[Fleet], Awaitable[None]], folder: Path, limits: Limits) -> None:
    """Tell a story on a loop whose time passes by itself."""

    async def told() -> None:
        clock = LoopClock(asyncio.get_running_loop(), at("09:20:00"))
        exchange = Exchange(IndexedDay(), AccountRules(1_000_000, 140), 1)
        options = Options(KEYS, "real", 1, Layout.MID, 18, pump_s=0.1, margin_cash_krw=CASH)
        quiet = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
        async with serve(exchange, clock, options, quiet, clock) as served:
            fleet = Fleet(served, clock, folder, limits)
            await fleet.live()
            try:
                await tell(fleet)
            finally:
                await fleet.end()

    with asyncio.Runner(loop_factory=TapeLoop) as runner:
        runner.run(told())


def test_a_position_is_reversed_and_its_short_stopped_while_the_strategy_is_silent(
    tmp_path: Path,
) -> None:
    limits = contract_limits(
        budgets={"KMP": Budget(8, 0.05, 20.0, 0)}, contracts_max=4, margin_pct_max=0.9
    )

    async def tell(fleet: Fleet) -> None:
        await fleet.enter("LONG", 150)
        assert (fleet.held.signed, fleet.book.margin_call_krw) == (2, 0)
        assert (await fleet.ask("EXIT"))["status"] == "APPROVED"
        await fleet.until(lambda: fleet.held.shares == 0 and not fleet.book.open_orders)
        stop_krw = await fleet.enter("SHORT", 12)
        assert fleet.held.signed == -2
        await fleet.end()
        await fleet.live()
        assert (fleet.held.signed, fleet.held.stop_krw) == (-2, stop_krw)
        await fleet.until(lambda: fleet.held.shares == 0, within_s=1_800.0)
        await fleet.clock.sleep(60.0)
        book, listing = fleet.book, fleet.book.listing(FRONT)
        assert (listing.broker_shares, listing.allocated, listing.drift) == (0, 0, 0)
        assert (listing.frozen, book.contradictions, len(book.open_orders)) == (False, 0, 0)
        orders = sorted(book.orders.values(), key=lambda order: order.order_id)
        assert [o.side for o in orders] == ["BUY", "SELL", "SELL", "BUY"]
        assert orders[-1].reason == f"stop {stop_krw}"
        assert book.strategy("KMP").realised_today_krw == (book.equity_krw or 0) - CASH
        assert book.cash_krw == book.equity_krw

    play(tell, tmp_path, limits)
    assert verify(tmp_path / "journal.db").differences == ()
