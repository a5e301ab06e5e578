"""What the simulator tells on each real-time TR, read back by the house's own reader.

A real day, from the first session of the morning to the end of the night, over a real WebSocket.
Everything that is fed on that day is registered, and what nobody feeds is written down here.
"""

import asyncio
import contextlib
import datetime as dt
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from broker_sim.days import open_day
from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, serve
from kis_core.clock import KST, SECOND_NS, TapeClock, ns
from kis_core.environment import Dialect
from kis_core.wire.stream.cipher import Keyring
from kis_core.wire.stream.frames import parse_control, parse_frame
from kis_core.wire.tr_table import STREAMS
from tests.broker_sim.kis.conftest import KEYS
from tests.broker_sim.kis.derivatives.conftest import FuturesBroker
from tests.kis_core.wire.every_tr import read_any

DATE = dt.date(2025, 9, 3)
MIDNIGHT_NS = ns(dt.datetime.combine(DATE, dt.time(), KST))
SAMSUNG, FUTURE, CALL, INDEX = "005930", "101W09", "201W09430", "0001"
LATE_S = 60  # what is told once a minute
# (from, to, seconds a step): where something is told that is told at no other time
WINDOWS = (
    ("08:00:00", "08:01:00", 5),
    ("08:29:00", "08:46:00", 30),
    ("08:58:00", "09:02:00", 2),
    ("15:19:00", "15:47:00", 30),
    ("15:58:00", "16:12:00", 30),
    ("17:49:00", "18:02:00", 30),
    ("20:00:00", "20:01:00", 30),
    ("29:49:00", "30:01:00", 30),
)
# Taken and silent: no ETF, ELW, single-stock or commodity contract is played.
SILENT = {
    "H0STNAV0",
    *(f"H0{of}{kind}0" for of in ("EW", "ZF", "ZO") for kind in ("CNT", "ASP", "ANC")),
    *("H0CFCNT0", "H0CFASP0"),
}


def fed(dialect: Dialect) -> list[str]:
    """Return the TRs that a dialect offers and the day feeds."""
    on_paper = dialect == "paper"
    return [
        tr_id
        for tr_id, stream in STREAMS.items()
        if tr_id not in SILENT
        and not tr_id.endswith("CNI0" if on_paper else "CNI9")
        and (stream.paper or not on_paper)
    ]


def key_of(tr_id: str, off_nxt: str) -> str:
    """Return something to register: a stock, an index, a contract, or whose notices.

    What NXT trades has no off-hours auctions at KRX: there `off_nxt` is asked of.
    """
    if tr_id in ("H0STOUP0", "H0STOAC0", "H0STOAA0"):
        return off_nxt
    match STREAMS[tr_id].tr_key:
        case "hts_id":
            return KEYS.hts_id
        case "index_code_4":
            return INDEX
        case "stock_code":
            return SAMSUNG
        case _:
            return CALL if tr_id[2:4] in ("IO", "EU") else FUTURE


@contextlib.asynccontextmanager
async def broker_of(data: Path, dialect: Dialect, layout: Layout) -> AsyncIterator[FuturesBroker]:
    day = open_day(data / "bars_1m", DATE, 1)
    exchange = Exchange(day, AccountRules(1_000_000_000, 140, dialect), 1)
    clock = TapeClock(MIDNIGHT_NS + 7 * 3600 * SECOND_NS)
    # hours are told at once here: a client of the same loop cannot read meanwhile
    options = Options(KEYS, dialect, 1, layout, 1000, pump_s=60.0, unread_bytes_max=2**30)
    log = structlog.make_filtering_bound_logger(50)(structlog.PrintLogger(), [], {})
    async with (
        serve(exchange, clock, options, log, clock) as served,
        httpx.AsyncClient(base_url=served.rest_url) as http,
    ):
        broker = FuturesBroker(served, exchange, clock, options, http)
        await broker.log_in()
        yield broker


async def trade(broker: FuturesBroker, at: str) -> None:
    """Buy a share and a contract by day, a future and an option by night."""
    night = {"tr_id": "STTN1101U"}
    if at == "09:01:00":
        await broker.order("BUY", 1)
        await broker.futures_order("BUY", 1, code=FUTURE)
    if at == "18:01:30" and broker.options.dialect == "real":
        await broker.futures_order("SELL", 1, code=FUTURE, **night)
        await broker.futures_order("BUY", 1, code=CALL, **night)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("dialect", "layout"),
    [
        ("real", Layout.LEGACY),
        ("real", Layout.MID),
        ("real", Layout.CURRENT),
        ("paper", Layout.MID),
    ],
)
async def test_the_house_reads_every_tr_of_a_real_day(
    kst_data: Path, dialect: Dialect, layout: Layout
) -> None:
    keyring, told, late = Keyring(), Counter[str](), Counter[str]()
    async with broker_of(kst_data, dialect, layout) as broker, broker.socket() as line:
        stocks = broker.exchange.day.instruments
        off_nxt = next(symbol for symbol, stock in stocks.items() if not stock.nxt)
        known = (SAMSUNG, off_nxt, FUTURE, CALL, INDEX, None)
        for tr_id in fed(dialect):
            message = line.message(tr_id, key_of(tr_id, off_nxt))
            await line.connection.send(json.dumps(message))
            answer = parse_control(str(await line.connection.recv()))
            assert answer.ok, answer
            keyring.learn(answer)
        ear = Ear(line)
        listening = asyncio.create_task(ear.listen())
        before_ns = MIDNIGHT_NS
        for begins, ends, step in WINDOWS:
            for second in range(seconds(begins), seconds(ends) + 1, step):
                now_ns = MIDNIGHT_NS + second * SECOND_NS
                await broker.clock.move_to(now_ns)
                await trade(broker, clock_text(second))
                broker.served.pump.catch_up()
                for text in await ear.heard():
                    if text.startswith("{"):
                        continue
                    tr_id = parse_frame(text).tr_id
                    for event in read_any(text, keyring, MIDNIGHT_NS, now_ns):
                        told[tr_id] += 1
                        assert whose(event) in known, event
                        at_ns = getattr(event, "at_ns", now_ns)
                        assert at_ns <= now_ns, f"{tr_id} tells of what is to come"
                        late[tr_id] += at_ns < before_ns - LATE_S * SECOND_NS
                before_ns = now_ns
        listening.cancel()
    assert set(told) == set(fed(dialect)), "each TR told something"
    assert not +late, "an instant is that of what happened, to the second"


def whose(event: Any) -> str | None:
    """Return whose event it is; one venue's united status names nobody."""
    return next((getattr(event, n) for n in ("symbol", "index") if hasattr(event, n)), None)


def seconds(text: str) -> int:
    hours, minutes, second = map(int, text.split(":"))
    return (hours * 60 + minutes) * 60 + second


def clock_text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


class Ear:
    """Takes what comes as it comes; a ping that is answered says that it was all."""

    def __init__(self, line: Any) -> None:
        self._connection = line.connection
        self._texts: list[str] = []

    async def listen(self) -> None:
        async for text in self._connection:
            self._texts.append(str(text))

    async def heard(self) -> list[str]:
        await (await self._connection.ping())
        await asyncio.sleep(0)
        texts, self._texts = self._texts, []
        return texts
