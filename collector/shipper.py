"""The journal's way into PostgreSQL. A database that is away delays it and loses nothing."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import asyncpg
from structlog.typing import FilteringBoundLogger

from collector.journal import (
    DayVerified,
    Entry,
    FindingsCounted,
    FromRest,
    FromTicks,
    GapFilled,
    GapNoted,
    SignalsHeard,
)
from collector.outbox import Outbox, unsent_days
from collector.store import SOURCE, Candle, CandleStore, GapRow
from kis_core.environment import Environment
from kis_core.market.calendar import TradingCalendar

PAUSE_S = 0.5  # of this machine: between two looks for something to ship
_RETRY_FIRST_S = 0.5
_RETRY_MAX_S = 30.0


class Shipper:
    """Writes what waits in the outboxes, oldest day first."""

    def __init__(
        self,
        url: str,
        environment: Environment,
        symbols: Sequence[str],
        directory: Path,
        log: FilteringBoundLogger,
        calendar: TradingCalendar | None = None,
        source: str = SOURCE,
    ) -> None:
        """Without `calendar`, KRX's own says whose session a candle is."""
        self._url = url
        self._environment = environment
        self._symbols = symbols
        self._directory = directory
        self._log = log
        self._calendar = calendar
        self._earlier = True
        self._source = source
        self.connected = False
        self.candles = 0
        self.failures = 0

    def know(self, symbols: Sequence[str]) -> None:
        """Take note of the symbols whose candles may come from now on."""
        self._symbols = symbols

    async def run(self, today: Callable[[], Outbox], stopping: asyncio.Event) -> None:
        """Ship until `stopping`, then what is left, once."""
        delay_s = _RETRY_FIRST_S
        while True:
            try:
                async with CandleStore.open(
                    self._url, self._environment, self._symbols, self._calendar, self._source
                ) as store:
                    self.connected = True
                    delay_s = _RETRY_FIRST_S
                    await self._ship_forever(store, today, stopping)
                    return
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self.connected = False
                self.failures += 1
                self._log.warning("DATABASE_LOST", why=f"{type(error).__name__}: {error}")
            if await _happened(stopping, delay_s):
                return  # what waits is in the files, and goes with the next start
            delay_s = min(delay_s * 2, _RETRY_MAX_S)

    def look_back(self) -> None:
        """Earlier days have something to ship, too."""
        self._earlier = True

    async def _ship_forever(
        self, store: CandleStore, today: Callable[[], Outbox], stopping: asyncio.Event
    ) -> None:
        day: date | None = None
        ensured = self._symbols
        while True:
            last_round = stopping.is_set()
            if self._symbols is not ensured:
                ensured = self._symbols
                await store.ensure(ensured)
            outbox = today()
            if self._earlier or outbox.day != day:  # at the start: what earlier days left behind
                self._earlier = False
                for earlier in unsent_days(self._directory, outbox.day):
                    left = Outbox(self._directory, earlier)
                    await self._ship(store, left)
                    left.close()
                day = outbox.day
            await self._ship(store, outbox)
            if last_round:
                return
            await _happened(stopping, PAUSE_S)

    async def _ship(self, store: CandleStore, outbox: Outbox) -> None:
        while outbox.unsent_bytes:
            entries, offset = outbox.unsent()
            candles, gaps, days = rows(entries)
            if candles or gaps or days:
                await store.write(candles, gaps, days)
            counted = [entry for entry in entries if isinstance(entry, FindingsCounted)]
            if counted:
                await store.write_findings(outbox.day, counted)
            heard = [entry for entry in entries if isinstance(entry, SignalsHeard)]
            if heard:
                await store.write_signals(heard)
            await asyncio.to_thread(outbox.sent, offset)  # its file may wait for the disk
            self.candles += len(candles)


def rows(entries: Sequence[Entry]) -> tuple[list[Candle], list[GapRow], list[DayVerified]]:
    """Return what the database is to know of these entries."""
    candles: list[Candle] = []
    gaps: list[GapRow] = []
    days: list[DayVerified] = []
    for entry in entries:
        match entry:
            case FromTicks(at_ns=at_ns, bars=bars):
                candles.extend(Candle(bar, "ticks", at_ns) for bar in bars)
            case FromRest(at_ns=at_ns, bars=bars, final=final):
                source = "verified" if final else "rest"
                candles.extend(Candle(bar, source, at_ns) for bar in bars)
            case GapNoted(gap=gap):
                gaps.append(GapRow(gap))
            case GapFilled(at_ns, gap, filled):
                gaps.append(GapRow(gap, at_ns, filled))
            case DayVerified():
                days.append(entry)
            case _:
                pass
    return candles, gaps, days


async def _happened(event: asyncio.Event, within_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within_s)
    except TimeoutError:
        return False
    return True
