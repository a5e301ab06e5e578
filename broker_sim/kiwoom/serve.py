"""Kiwoom's side of a simulated broker: REST, WebSocket and what is sent, in one event loop.

Nothing is read from configuration or the environment here. The exchange belongs to whoever hands
it in, and so does playing it: `catch_up` does, and says how far.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import structlog
from websockets.asyncio.server import serve as serve_websockets

from broker_sim.doors import http, listening, url
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.fault_lines import Line
from broker_sim.kiwoom.captures import Capture
from broker_sim.kiwoom.control import Control
from broker_sim.kiwoom.gateway import Gateway
from broker_sim.kiwoom.limits import Limits, Rates
from broker_sim.kiwoom.lists import Lists
from broker_sim.kiwoom.load import Load
from broker_sim.kiwoom.market import Market
from broker_sim.kiwoom.mishaps import Mishaps
from broker_sim.kiwoom.player import Player
from broker_sim.kiwoom.rest import RestApp
from broker_sim.kiwoom.sockets import PATH, Manners, Sockets
from broker_sim.kiwoom.tokens import SECOND_NS, Keys, TokenDesk
from kis_core.clock import Clock, SystemClock

MESSAGE_BYTES_MAX = 2**20  # of one WebSocket message from a client


@dataclass(frozen=True, slots=True)
class Options:
    """How it is served. Ports may be 0: any that is free."""

    keys: Keys
    manners: Manners
    seed: int
    rates: Rates
    slack_s: int = 0
    token_life_s: int = 24 * 3600
    issue_every_s: float = 1.0
    list_rows: int = 100
    host: str = "127.0.0.1"
    rest_port: int = 0
    ws_port: int = 0
    pump_s: float = 0.02
    capture: Capture | None = None  # played instead of the market
    start_when_registered: int | None = None  # None: when all of its streams are
    mishaps: Mishaps = field(default_factory=Mishaps)


@dataclass(frozen=True, slots=True)
class Served:
    """Kiwoom's side of a broker that is up."""

    rest_url: str
    ws_url: str
    sockets: Sockets
    app: RestApp
    player: Player | None
    look: Callable[[], int]
    """Plays the exchange up to now, tells who listens, and returns that instant."""


@contextlib.asynccontextmanager
async def serve(
    exchange: Exchange,
    clock: Clock,
    options: Options,
    log: structlog.typing.FilteringBoundLogger,
    catch_up: Callable[[], int],
    world: Clock | None = None,
) -> AsyncIterator[Served]:
    """Serve for as long as the context lasts. Raises PortTaken.

    `world` is the clock that clients live by (None: this machine's).
    """
    dialect, mishaps = options.manners.dialect, options.mishaps
    tokens = TokenDesk(
        options.keys,
        dialect,
        options.seed,
        life_ns=options.token_life_s * SECOND_NS,
        issue_every_ns=int(options.issue_every_s * SECOND_NS),
    )
    sockets = Sockets(tokens, clock, options.manners, mishaps, log)
    capture = options.capture
    player: Player | None = None
    if capture is not None:
        player = Player(capture, sockets, clock, options.start_when_registered, log)
    market = Market(exchange, sockets)
    items = {item for item, _ in capture.streams()} if capture is not None else set()

    load = Load(sockets, clock, log)

    def look() -> int:
        now_ns = catch_up()
        if load.running:
            market.skip(now_ns)  # its cumulative volumes are not the market's
        elif player is None:
            market.tell(now_ns)
            sockets.write_out()
        return now_ns

    limits = Limits(options.rates, options.slack_s)
    lists = Lists(exchange, items, options.list_rows)
    gateway = Gateway(exchange, tokens, limits, lists, mishaps, dialect)
    control = Control(sockets, tokens, mishaps, load, player)
    app = RestApp(gateway, control, catch_up, (world or SystemClock()).now_ns)
    async with contextlib.AsyncExitStack() as stack:
        rest_socket = stack.enter_context(listening(options.host, options.rest_port))
        ws_socket = stack.enter_context(listening(options.host, options.ws_port))
        await stack.enter_async_context(http(app, rest_socket))
        await stack.enter_async_context(
            serve_websockets(
                sockets.serve,
                sock=ws_socket,
                create_connection=Line,
                process_request=sockets.greet,
                compression=None,
                ping_interval=None,
                max_size=MESSAGE_BYTES_MAX,
                server_header=None,
                close_timeout=1,
            )
        )
        stack.push_async_callback(load.stop)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        chores = [
            tasks.create_task(sockets.keep_alive()),
            tasks.create_task(_every(options.pump_s, look) if player is None else player.run()),
        ]
        try:
            urls = (url("http", rest_socket), url("ws", ws_socket) + PATH)
            yield Served(*urls, sockets, app, player, look)
        finally:
            for chore in chores:
                chore.cancel()


async def _every(seconds: float, look: Callable[[], int]) -> None:
    while True:
        await asyncio.sleep(seconds)
        look()
