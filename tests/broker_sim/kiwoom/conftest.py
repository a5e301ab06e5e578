"""Kiwoom's side of a tiny day on the loopback, and a plain client that speaks to it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import structlog
from websockets.asyncio.client import ClientConnection, connect

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.kiwoom.limits import Rates
from broker_sim.kiwoom.serve import Options, Served, serve
from broker_sim.kiwoom.sockets import Manners
from broker_sim.kiwoom.tokens import draw_keys
from kis_core.clock import TapeClock
from tests.broker_sim.kis.conftest import ECOPRO as ECOPRO
from tests.broker_sim.kis.conftest import QUIET as QUIET
from tests.broker_sim.kis.conftest import SAMSUNG as SAMSUNG
from tests.broker_sim.kis.conftest import TinyDay, at

SEED = 1
MANNERS = Manners("real", ping_s=3600.0, reconnect_s=0.0)
PATIENCE_S = 20.0  # of a test, for what must come


@dataclass
class Broker:
    """Kiwoom's side of a broker that is up."""

    served: Served
    exchange: Exchange
    clock: TapeClock
    options: Options
    http: httpx.AsyncClient
    token: str = ""

    async def move(self, text: str) -> None:
        """Let the day pass up to a time, and tell whoever listens."""
        await self.clock.move_to(at(text))
        self.served.look()

    async def issue(self, **over: str) -> dict[str, Any]:
        """Ask for a token."""
        keys = self.options.keys
        body = {"grant_type": "client_credentials", "appkey": keys.app_key}
        reply = await self.http.post(
            "/oauth2/token", json={**body, "secretkey": keys.secret_key, **over}
        )
        content: dict[str, Any] = reply.json()
        return content

    async def ask(
        self, api_id: str, path: str, body: Any = None, next_key: str = "", **headers: str
    ) -> httpx.Response:
        """Call a TR."""
        paging = {"cont-yn": "Y", "next-key": next_key} if next_key else {}
        usual = {"api-id": api_id, "authorization": f"Bearer {self.token}"}
        return await self.http.post(path, json=body or {}, headers=usual | paging | headers)

    async def steer(self, page: str, body: Any = None) -> dict[str, Any]:
        """Read a page of the simulator's own, or post to it."""
        path = f"/sim/{page}"
        reply = await (self.http.get(path) if body is None else self.http.post(path, json=body))
        assert reply.status_code == 200, reply.text
        content: dict[str, Any] = reply.json()
        return content

    @contextlib.asynccontextmanager
    async def socket(self, *, logged_in: bool = True) -> AsyncIterator["Line"]:
        """Open a WebSocket session, and log in."""
        async with connect(self.served.ws_url, ping_interval=None, max_size=None) as connection:
            line = Line(connection)
            if logged_in:
                assert (await line.say(trnm="LOGIN", token=self.token))["return_code"] == 0
            yield line


@dataclass
class Line:
    """One WebSocket session, from the client's side."""

    connection: ClientConnection

    async def say(self, **message: Any) -> dict[str, Any]:
        """Send a message and return the next that comes."""
        await self.connection.send(json.dumps(message))
        return await self.hear()

    async def text(self) -> str:
        """Return the next text."""
        async with asyncio.timeout(PATIENCE_S):
            return str(await self.connection.recv())

    async def hear(self) -> dict[str, Any]:
        """Return the next message."""
        content: dict[str, Any] = json.loads(await self.text())
        return content

    async def register(
        self, items: Sequence[str], types: Sequence[str], group: str = "1", refresh: str = "1"
    ) -> dict[str, Any]:
        """Register the cross product and return the answer."""
        block = {"item": list(items), "type": list(types)}
        return await self.say(trnm="REG", grp_no=group, refresh=refresh, data=[block])

    async def remove(
        self, items: Sequence[str], types: Sequence[str], group: str = "1"
    ) -> dict[str, Any]:
        """Unregister the cross product and return the answer."""
        block = {"item": list(items), "type": list(types)}
        return await self.say(trnm="REMOVE", grp_no=group, data=[block])

    async def elements(self, count: int) -> list[dict[str, Any]]:
        """Return so many data elements as they come."""
        got: list[dict[str, Any]] = []
        while len(got) < count:
            message = await self.hear()
            assert message["trnm"] == "REAL", message
            got += message["data"]
        assert len(got) == count
        return got

    async def end(self) -> int:
        """Return the code the session is closed with; whatever else comes is skipped."""
        async with asyncio.timeout(PATIENCE_S):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code


Opens = Callable[..., contextlib.AbstractAsyncContextManager[Broker]]


@contextlib.asynccontextmanager
async def open_broker(
    start: str = "09:00:05",
    clock: Any = None,
    manners: Manners = MANNERS,
    logged_in: bool = True,
    **options: Any,
) -> AsyncIterator[Broker]:
    """Open a broker; the day is played by nobody but the test."""
    exchange = Exchange(TinyDay(), AccountRules(10_000_000, 140), SEED)
    clock = clock or TapeClock(at(start))
    keys = draw_keys(SEED, manners.dialect)
    usual = Options(keys, manners, SEED, Rates(1000, 1000, 1000), pump_s=3600.0)
    chosen = replace(usual, **options)
    log = structlog.make_filtering_bound_logger(50)(structlog.PrintLogger(), [], {})

    def catch_up() -> int:
        now_ns: int = clock.now_ns()
        exchange.advance(now_ns)
        return now_ns

    async with (
        serve(exchange, clock, chosen, log, catch_up, clock) as served,
        httpx.AsyncClient(base_url=served.rest_url) as http,
    ):
        served.look()
        broker = Broker(served, exchange, clock, chosen, http)
        if logged_in:
            broker.token = (await broker.issue())["token"]
        yield broker


@pytest.fixture
def opens() -> Opens:
    """How a test opens a broker of its own."""
    return open_broker


@pytest.fixture
async def broker(anyio_backend: str) -> AsyncIterator[Broker]:
    """A broker of the real host at 09:00:05, with a token."""
    async with open_broker() as opened:
        yield opened
