"""A desk of the broker on loopback, and what a process of ours holds there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from kis_core.clock import ScaledClock, write_anchor
from tests.kis_core.net.desk import Desk, House, house_of
from tests.kis_core.net.exchange import Exchange
from tests.kis_core.net.shelf import Shelf

MORNING_NS = 1_762_909_200_000_000_000  # 2025-11-12 10:00:00 KST


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    desk = Desk()
    server = await asyncio.start_server(desk.serve, "127.0.0.1", 0)
    desk.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield desk
    server.close()
    desk.hang_up()
    await server.wait_closed()


@pytest.fixture
async def shelf(anyio_backend: str) -> AsyncIterator[Shelf]:
    shelf = Shelf()
    server = await asyncio.start_server(shelf.serve, "127.0.0.1", 0)
    shelf.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield shelf
    server.close()
    await server.wait_closed()


@pytest.fixture
def clock(tmp_path: Path) -> ScaledClock:
    """2025-11-12 from 10:00 on, two hundred times as fast."""
    write_anchor(tmp_path / "clock.json", MORNING_NS, 200.0, running=True)
    return ScaledClock(tmp_path / "clock.json")


@pytest.fixture
def house(desk: Desk, clock: ScaledClock, tmp_path: Path) -> House:
    return house_of(desk.url, clock, tmp_path, "real")


@pytest.fixture
def paper_house(desk: Desk, clock: ScaledClock, tmp_path: Path) -> House:
    return house_of(desk.url, clock, tmp_path, "paper")


@pytest.fixture
async def exchange(anyio_backend: str) -> AsyncIterator[Exchange]:
    exchange = Exchange()
    async with serve(exchange.serve, "127.0.0.1", 0, compression=None) as server:
        exchange.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield exchange
