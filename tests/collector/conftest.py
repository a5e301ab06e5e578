"""A collector's door on the loopback, and a KIS small enough to read."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

import pytest
from prometheus_client import CollectorRegistry

from collector.histories import Histories
from collector.relay import Relay
from collector.routes import Insight, Tokens, make_app
from kis_core.clock import Clock, SystemClock, kst
from kis_core.door import bind, open_door
from kis_core.feed import Signal
from kis_core.market.calendar import Hours, TradingCalendar
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel, Trade
from kis_core.wire.quotes.flow_replies import InvestorDay, InvestorEstimate
from kis_core.wire.quotes.market_requests import Board
from kis_core.wire.quotes.program_replies import BoardProgram, StockProgram
from kis_core.wire.quotes.replies import PriceQuote
from kis_core.wire.tr_table import STREAMS

CALENDAR = TradingCalendar(
    {date(2025, 6, day): Hours(time(9), time(15, 30)) for day in (2, 3, 4, 5, 9, 10)},
    date(2025, 6, 1),
    date(2025, 6, 10),
)


@dataclass
class ScriptedQuotes:
    """What KIS would answer over REST; `asked` remembers every question."""

    minutes: dict[str, list[Bar]] = field(default_factory=dict)
    days: list[DailyBar] = field(default_factory=list)
    flows: list[InvestorDay] = field(default_factory=list)
    estimates: list[InvestorEstimate] = field(default_factory=list)
    stock_programs: list[StockProgram] = field(default_factory=list)
    market_programs: list[BoardProgram] = field(default_factory=list)
    trouble: Exception | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def _note(self, *question: object) -> None:
        self.asked.append(question)
        if self.trouble:
            raise self.trouble

    async def price(self, symbol: str) -> PriceQuote:
        self._note("price", symbol)
        return PriceQuote(
            symbol, 1, 70_000, 69_000, 89_700, 48_300, None, None, None, 0, 0, 100, "KOSPI200",
            False, False, False, "00", "N", None,
        )  # fmt: skip

    async def minute_bars_today(self, symbol: str, until_ns: int | None = None) -> list[Bar]:
        self._note("today", symbol)
        await asyncio.sleep(0)
        return [
            bar
            for bar in self.minutes.get(symbol, [])
            if until_ns is None or bar.start_ns + 60_000_000_000 <= until_ns
        ]

    async def minute_bars_on(
        self, symbol: str, day: date, from_hhmmss: str, to_hhmmss: str
    ) -> list[Bar]:
        self._note("on", symbol, day, from_hhmmss, to_hhmmss)
        return self.minutes.get(symbol, [])

    async def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        self._note("daily", symbol, first, last)
        return [bar for bar in self.days if first.isoformat() <= bar.date <= last.isoformat()]

    async def index_level(self, code: str) -> IndexLevel:
        self._note("level", code)
        pt = Decimal("2700.15")
        return IndexLevel(code, 1, 1, pt, pt, pt, pt, pt)

    async def index_days(self, code: str, first: date, last: date) -> list[IndexDay]:
        self._note("index", code, first, last)
        pt = Decimal("2700.15")
        return [IndexDay(code, first.isoformat(), pt, pt, pt, pt)]

    async def investor_days(self, symbol: str) -> list[InvestorDay]:
        self._note("flows", symbol)
        await asyncio.sleep(0)
        return self.flows

    async def investor_estimates(self, symbol: str) -> list[InvestorEstimate]:
        self._note("estimates", symbol)
        return self.estimates

    async def programs(self, symbol: str) -> list[StockProgram]:
        self._note("programs", symbol)
        return self.stock_programs

    async def board_programs(self, board: Board) -> list[BoardProgram]:
        self._note("board", board)
        return self.market_programs


@dataclass
class Door:
    """A relay that listens."""

    url: str
    relay: Relay
    quotes: ScriptedQuotes
    signals: list[Signal]


@asynccontextmanager
async def _relaying(
    events_max: int = 20_000,
    quotes: ScriptedQuotes | None = None,
    clock: Clock | None = None,
    send_bytes: int | None = None,
) -> AsyncIterator[Door]:
    """Serve a relay and histories on a free port."""
    clock = clock or SystemClock()
    quotes = quotes or ScriptedQuotes()
    relay = Relay(clock, events_max, linger_s=0)
    insight = Insight(
        slots=lambda: {"slots": []},
        gaps=lambda: [],
        status=lambda: {"frames": 0},
        not_ready=lambda: "the line is down",
        metrics=CollectorRegistry(),
    )
    histories = Histories(quotes, quotes, clock, CALENDAR, remembered_max=2)
    signals: list[Signal] = []
    tokens = Tokens("reader-token", "oms-token")
    app = make_app(relay, histories, tokens, insight, signals.extend)
    listener = bind("127.0.0.1", 0)
    if send_bytes:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_bytes)
    async with open_door(app, listener):
        yield Door(f"http://127.0.0.1:{listener.getsockname()[1]}", relay, quotes, signals)


async def _until(happened: Callable[[], bool]) -> None:
    """Wait until something has come about; a test that waits in vain fails after five seconds."""
    async with asyncio.timeout(5):
        while not happened():  # noqa: ASYNC110 - whatever it is, it has no event
            await asyncio.sleep(0.002)


@pytest.fixture
def relaying() -> Callable[..., AbstractAsyncContextManager[Door]]:
    """The function that serves a relay."""
    return _relaying


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """The function that waits for something to come about."""
    return _until


@pytest.fixture
def quotes() -> ScriptedQuotes:
    """A KIS that answers what a test puts into it."""
    return ScriptedQuotes()


@pytest.fixture
def calendar() -> TradingCalendar:
    """The first days of June 2025: Monday the 2nd to Thursday the 5th, the 9th and the 10th."""
    return CALENDAR


class SpokenLog:
    """Remembers what was logged."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    warning = error = info


@pytest.fixture
def log() -> SpokenLog:
    """A log a test can read."""
    return SpokenLog()


def _trade_text(trade: Trade) -> str:
    stream = STREAMS["H0STCNT0"]
    fields = ["0"] * stream.width_min
    for column, value in {
        "MKSC_SHRN_ISCD": trade.symbol,
        "STCK_CNTG_HOUR": f"{kst(trade.at_ns):%H%M%S}",
        "STCK_PRPR": trade.price_krw,
        "CNTG_VOL": trade.volume,
        "ACML_VOL": trade.cum_volume,
        "ACML_TR_PBMN": trade.cum_value_krw,
        "CCLD_DVSN": 1,
        "TRHT_YN": "N",
    }.items():
        fields[stream.index(column)] = str(value)
    return "0|H0STCNT0|001|" + "^".join(fields)


def _ack_text(key: tuple[str, str], code: str = "OPSP0000") -> str:
    ok = code in ("OPSP0000", "OPSP0001")
    body: dict[str, object] = {"rt_cd": "0" if ok else "1", "msg_cd": code, "msg1": "said KIS"}
    if code == "OPSP0000":
        body["output"] = {"iv": "i" * 16, "key": "k" * 32}
    header = {"tr_id": key[0], "tr_key": key[1], "encrypt": "N"}
    return json.dumps({"header": header, "body": body})


@pytest.fixture
def trade_text() -> Callable[[Trade], str]:
    """The function that writes a print as KIS would."""
    return _trade_text


@pytest.fixture
def ack_text() -> Callable[..., str]:
    """The function that answers a registration as KIS would."""
    return _ack_text
