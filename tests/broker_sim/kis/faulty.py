"""The house's own client against a broker that goes wrong: what a test of a fault holds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from broker_sim.exchange.fault_entries import read_faults
from broker_sim.exchange.orders import OrderRow
from broker_sim.kis.fault_script import KNOWN_CALLS
from kis_core.broker import KisBroker
from kis_core.clock import KST, ScaledClock, ns, write_anchor
from kis_core.environment import Account, Credentials, Dialect, Endpoints, Environment, Secret
from kis_core.errors import FrameError
from kis_core.market.events import Book, Trade
from kis_core.net.budget import RateBudget
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.stream import Acked, Down, KisStream, Raw, Up
from kis_core.net.tokens import TokenCache
from kis_core.wire.account import NewOrder, OrderNotice, OrderType, Side
from kis_core.wire.stream import rows
from kis_core.wire.stream.cipher import unseal
from kis_core.wire.tr_table import BOOKS, NOTICES, TRADES
from tests.broker_sim.kis.conftest import Broker

SAMSUNG, ECOPRO = "005930", "247540"
DAY = date(2025, 9, 3)
MIDNIGHT_NS = ns(datetime(2025, 9, 3, tzinfo=KST))


def order(shares: int = 1, side: Side = "BUY", limit_krw: int | None = None) -> NewOrder:
    """Return an order: at the market unless it has a price."""
    kind = OrderType.LIMIT if limit_krw else OrderType.MARKET
    return NewOrder(SAMSUNG, side, shares, kind, limit_krw=limit_krw)


class PacedClock(ScaledClock):
    """A day that starts at the world's pace, until somebody is ready to hear of it."""

    def __init__(self, file: Path, start_ns: int, speed: float, slow_start: bool) -> None:
        self._file = file
        self._wanted = speed
        write_anchor(file, start_ns, 1.0 if slow_start else speed, running=True)
        super().__init__(file)

    def go(self) -> None:
        """Run at full speed from now on."""
        if self.speed != self._wanted:
            write_anchor(self._file, self.now_ns(), self._wanted, running=True)
            self._read()


@dataclass
class House:
    """A process of ours, and the broker it talks to."""

    quotes: KisQuotes
    broker: KisBroker
    stream: KisStream
    clock: PacedClock
    opened: Broker

    def goes_wrong(self, *faults: dict[str, Any]) -> None:
        """Have these faults bite from now on."""
        read = read_faults(list(faults), "test", KNOWN_CALLS)
        self.opened.served.faults.add(read)

    @property
    def bitten(self) -> list[str]:
        """Return the kinds that bit, in order."""
        return [str(bite.kind) for bite in self.opened.served.faults.plan.bites]

    @property
    def at_exchange(self) -> list[OrderRow]:
        """Return every order number the exchange knows."""
        return self.opened.exchange.orders()


@contextlib.asynccontextmanager
async def house(
    opens: Any,
    folder: Path,
    *faults: dict[str, Any],
    start: str = "09:00:05",
    dialect: Dialect = "real",
    speed: float = 60.0,
    slow_start: bool = False,
    timeout_s: float = 5.0,
    silent_s: float = 60.0,
    **options: Any,
) -> AsyncIterator[House]:
    """Open a broker whose day runs at `speed`, with faults, and our client pointed at it.

    After a slow start the day runs at that speed once all registrations are answered.
    """
    at = datetime.combine(DAY, datetime.strptime(start, "%H:%M:%S").time(), KST)  # noqa: DTZ007
    clock = PacedClock(folder / "clock.json", ns(at), speed, slow_start)
    async with opens(clock=clock, dialect=dialect, logged_in=False, **options) as opened:
        served = opened.served
        endpoints = Endpoints(Environment.SIM, served.rest_url, served.ws_url, dialect)
        keys = Credentials(Environment.SIM, "APPKEY", Secret("APPSECRET"), "trader")
        tokens = TokenCache(endpoints, keys, clock, folder / "tokens")
        budget = RateBudget(endpoints, keys, clock, folder / "budget")
        lasting = {"timeout_s": timeout_s, "backoff_s": 0.01}
        async with KisRest(endpoints, keys, clock, tokens, budget, **lasting) as rest:
            stream = KisStream(
                endpoints, keys, clock, tokens.approval_key, silent_s=silent_s, backoff_s=0.01
            )
            broker = KisBroker(rest, Account(Environment.SIM, "50001234"))
            ours = House(KisQuotes(rest), broker, stream, clock, opened)
            ours.goes_wrong(*faults)
            yield ours
        budget.close()


@dataclass
class Heard:
    """Everything a reader of the stream took down, and what it made of it."""

    raw: list[str] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    books: list[Book] = field(default_factory=list)
    notices: list[OrderNotice] = field(default_factory=list)
    unreadable: list[FrameError] = field(default_factory=list)
    lines: list[Up | Down] = field(default_factory=list)
    acks: list[Acked] = field(default_factory=list)
    since_up: list[Acked] = field(default_factory=list)
    _keys: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def story(self) -> str:
        """Return the ups and downs of the line in words: up down up."""
        return " ".join("up" if isinstance(item, Up) else "down" for item in self.lines)

    def take(self, item: Raw | Up | Down | Acked) -> None:
        """Take one item of the stream down, as a collector does: raw first, then read."""
        match item:
            case Raw():
                self.raw.append(item.text)
                if not item.text.startswith("{"):
                    self._read(item)
            case Acked():
                self.acks.append(item)
                self.since_up.append(item)
                if item.key and item.iv:
                    self._keys[item.tr_id] = (item.key, item.iv)
            case Up():
                self.lines.append(item)
                self.since_up.clear()
            case _:
                self.lines.append(item)

    def _read(self, raw: Raw) -> None:
        try:
            tr_id, _, rest = raw.text[2:].partition("|")
            if tr_id == TRADES:
                self.trades += rows.trades(raw.text, raw.arrived_ns, MIDNIGHT_NS)
            elif tr_id == BOOKS:
                self.books += rows.books(raw.text, raw.arrived_ns, MIDNIGHT_NS)
            elif tr_id in NOTICES.values():
                self.notices += rows.notices(unseal(rest.split("|")[1], *self._keys[tr_id]))
            else:
                raise FrameError("a TR nobody wanted", raw.text)
        except FrameError as error:
            self.unreadable.append(error)


async def listen(ours: House, until: Callable[[Heard], bool], *wanted: tuple[str, str]) -> Heard:
    """Listen to the stream until a condition holds. Trades of Samsung unless told otherwise."""
    heard = Heard()
    wanted = wanted or ((TRADES, SAMSUNG),)
    await ours.stream.set_wanted(wanted)
    async with asyncio.timeout(20), contextlib.aclosing(ours.stream.items()) as items:
        async for item in items:
            heard.take(item)
            if len(heard.acks) == len(wanted):
                ours.clock.go()
            if until(heard):
                break
    return heard
