"""A whole simulated broker on this machine: REST, WebSocket and the pump, in one event loop.

Nothing is read from configuration or the environment here: tests, `python -m broker_sim` and
whoever else wants a broker hand in an exchange, a clock and keys.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from websockets.asyncio.server import serve as serve_websockets

from broker_sim.doors import http, listening, url
from broker_sim.exchange.derivatives.exchange import derivatives_of
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.faults import FaultPlan
from broker_sim.kis.book_frames import BookFrames
from broker_sim.kis.control import Control
from broker_sim.kis.derivative_channel import DerivativeChannel
from broker_sim.kis.desk import Desk
from broker_sim.kis.fault_desk import FaultDesk
from broker_sim.kis.fault_lines import Line
from broker_sim.kis.gateway import Gateway
from broker_sim.kis.layouts import Layout
from broker_sim.kis.notices import Notices
from broker_sim.kis.pump import Pump
from broker_sim.kis.rest import RestApp
from broker_sim.kis.screens import feeds_of
from broker_sim.kis.sockets import Sockets
from broker_sim.kis.stock_channels import stock_channels
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.throttle import Throttle
from broker_sim.kis.tokens import Keys, TokenDesk
from broker_sim.kis.trade_frames import TradeFrames
from broker_sim.kis.venue_channels import VenueBooks, VenueExpected, VenueTrades
from broker_sim.kis.yearly import Yearly
from kis_core.clock import Clock, SystemClock
from kis_core.environment import Dialect
from kis_core.wire.tr_table import NOTICES

MESSAGE_BYTES_MAX = 64_000  # of one WebSocket message from a client


@dataclass(frozen=True, slots=True)
class Options:
    """How a broker is served. Ports may be 0: any that is free."""

    keys: Keys
    dialect: Dialect
    seed: int
    layout: Layout
    calls_per_second: int
    throttle_window_s: int = 1
    host: str = "127.0.0.1"
    rest_port: int = 0
    ws_port: int = 0
    pump_s: float = 0.005
    unread_bytes_max: int = 4 * 2**20
    faults: FaultPlan | None = None  # what goes wrong; None: nothing, until somebody says so
    implied_sigma: float | None = None  # of real options about the day, a year; None: not known
    margin_cash_krw: int | None = None  # of the futures account; None: as much as the stock one


@dataclass(frozen=True, slots=True)
class Served:
    """A broker that is up."""

    rest_url: str
    ws_url: str
    sockets: Sockets
    pump: Pump
    app: RestApp
    faults: FaultDesk


@contextlib.asynccontextmanager
async def serve(
    exchange: Exchange,
    clock: Clock,
    options: Options,
    log: structlog.typing.FilteringBoundLogger,
    world: Clock | None = None,
) -> AsyncIterator[Served]:
    """Serve a broker for as long as the context lasts. Raises PortTaken.

    `clock` moves the day; `world` is the clock that clients live by (None: this machine's).
    """
    day, seed = exchange.day, options.seed
    cash_krw, implied = options.margin_cash_krw, options.implied_sigma
    derivatives = derivatives_of(day, exchange.rules, seed, cash_krw, implied)
    desk = Desk(exchange, options.keys, options.dialect, derivatives)
    tokens = TokenDesk(options.keys, seed, for_others=options.dialect == "paper")
    tapes, yearly = Tapes(day), Yearly(day)
    feeds = feeds_of(exchange, tapes, yearly)
    mishaps = FaultDesk(options.faults or FaultPlan(seed=seed), desk, clock)
    limits = (seed, options.unread_bytes_max)
    sockets = Sockets(tokens, options.dialect, clock, *limits, mishaps.sockets, log)
    pump = Pump(
        clock,
        exchange,
        sockets,
        TradeFrames(exchange, tapes, yearly, options.layout),
        BookFrames(exchange, options.layout),
        Notices(day, options.keys, options.dialect, desk.manners, options.layout),
        NOTICES[options.dialect],
        options.keys.hts_id,
        channels=[
            VenueTrades(exchange, tapes, yearly, options.layout),
            VenueBooks(exchange, options.layout),
            VenueExpected(exchange),
            *stock_channels(feeds),
            *([DerivativeChannel(desk, derivatives)] if derivatives else []),
        ],
        faults=mishaps.sockets,
    )
    throttle = Throttle(options.calls_per_second, options.throttle_window_s)

    def figures() -> dict[str, float]:
        return {
            "rest_calls_total": app.served,
            "ws_sessions": sockets.count,
            "ws_messages_total": sockets.frames_sent,
            "ws_dropped_total": sockets.dropped,
            "prints_total": pump.prints,
        }

    faults = mishaps.calls(lambda of: Gateway(of, tokens, throttle, feeds), tokens, pump.catch_up)
    control = Control(exchange, figures, mishaps.page)
    world_ns = (world or SystemClock()).now_ns
    app = RestApp(faults.gateway, control, pump.catch_up, world_ns, faults)
    async with contextlib.AsyncExitStack() as stack:
        rest_socket = stack.enter_context(listening(options.host, options.rest_port))
        ws_socket = stack.enter_context(listening(options.host, options.ws_port))
        await stack.enter_async_context(http(app, rest_socket))
        await stack.enter_async_context(
            serve_websockets(
                sockets.serve,
                sock=ws_socket,
                create_connection=Line,
                process_request=mishaps.porter(faults).greet,
                compression=None,
                ping_interval=None,
                max_size=MESSAGE_BYTES_MAX,
                server_header=None,
                close_timeout=1,
            )
        )
        stack.callback(faults.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        chores = (
            tasks.create_task(pump.run(options.pump_s)),
            tasks.create_task(sockets.keep_alive()),
        )
        try:
            urls = (url("http", rest_socket), url("ws", ws_socket))
            yield Served(*urls, sockets, pump, app, mishaps)
        finally:
            for chore in chores:
                chore.cancel()
