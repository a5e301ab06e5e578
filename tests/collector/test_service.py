"""A short day through the whole collector: a scripted line, a scripted KIS, a real database."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from collector.candles import MINUTE_NS
from collector.hearing import FIRST_LINE
from collector.histories import Histories
from collector.insight import gaps, make_insight, slots, status
from collector.minute import Minutes
from collector.outbox import read_journal
from collector.relay import LineReader, Relay
from collector.service import Collector
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from collector.verify import verify
from config.load import load
from kis_core.clock import SECOND_NS, TapeClock
from kis_core.environment import Environment
from kis_core.errors import Unreachable
from kis_core.feed import Batch, NoticesState, Priority, RelayEvent, Want, Wants
from kis_core.market.calendar import Hours, TradingCalendar
from kis_core.market.events import Bar, Gap, SlotsGranted, Trade
from kis_core.market.instants import date_of, instant_ns, midnight_ns
from kis_core.net.stream import Burst, Down, News, Up

pytestmark = pytest.mark.anyio
DAY, NEXT = date(2025, 6, 2), date(2025, 6, 3)
HOURS = Hours(time(9), time(9, 40))
CALENDAR = TradingCalendar({DAY: HOURS, NEXT: HOURS}, DAY, NEXT)
SYMBOLS = ("000660", "005930", "035720")
NOTICES = ("H0STCNI0", "me")


class Market:
    """Prints of a day, and the candles they make by plain counting."""

    def __init__(self, day: date, seed: int = 3) -> None:
        chance = random.Random(seed)
        opens = instant_ns(day, HOURS.opens)
        self.prints: list[Trade] = []
        for symbol in SYMBOLS:
            total = value = 0
            for minute in range(41):
                if 30 <= minute < 40 or chance.random() < 0.1:
                    continue  # the closing auction, and minutes without a trade
                seconds = [0] if minute == 40 else sorted(chance.sample(range(60), 4))
                for second in seconds:
                    price, volume = chance.randrange(100, 120), chance.randrange(1, 50)
                    total, value = total + volume, value + price * volume
                    at_ns = opens + minute * MINUTE_NS + second * SECOND_NS
                    sums = (price, volume, total, value)
                    flags = (1, None, None, False, False, None)
                    self.prints.append(Trade(symbol, "KRX", at_ns, at_ns, *sums, *flags))
        self.prints.sort(key=lambda trade: trade.at_ns)

    def bars(self, until_ns: int) -> dict[tuple[str, int], Bar]:
        """The candles of the prints before an instant."""
        made: dict[tuple[str, int], Bar] = {}
        for p in self.prints:
            if p.at_ns >= until_ns:
                continue
            start_ns = p.at_ns // MINUTE_NS * MINUTE_NS
            had = made.get((p.symbol, start_ns))
            price = p.price_krw
            made[p.symbol, start_ns] = Bar(
                p.symbol, "KRX", start_ns,
                had.open_krw if had else price,
                max(had.high_krw, price) if had else price,
                min(had.low_krw, price) if had else price,
                price,
                (had.volume if had else 0) + p.volume,
            )  # fmt: skip
        return made


class ScriptedKis:
    """Answers minutes from the market as far as the clock has come."""

    def __init__(self, markets: Sequence[Market], clock: TapeClock) -> None:
        self.markets = markets
        self.clock = clock
        self.asked: list[tuple[str, int]] = []
        self.failures = 0

    async def minutes(self, symbol: str, from_ns: int, until_ns: int) -> Minutes:
        self.asked.append((symbol, from_ns))
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise Unreachable("no line to KIS")
        now_ns = self.clock.now_ns() // MINUTE_NS * MINUTE_NS
        today_ns = midnight_ns(date_of(now_ns))
        bars = [
            bar
            for market in self.markets
            for (name, start_ns), bar in sorted(market.bars(now_ns).items())
            if name == symbol and start_ns >= today_ns
        ]
        told = tuple(bar for bar in bars if from_ns <= bar.start_ns < until_ns)
        return Minutes(told, traded=bool(bars))

    async def past_day(self, symbol: str, day: date, from_ns: int, until_ns: int) -> Minutes:
        self.asked.append((symbol, from_ns))
        await asyncio.sleep(0)
        bars = [
            bar
            for market in self.markets
            for (name, start_ns), bar in sorted(market.bars(until_ns).items())
            if name == symbol and start_ns >= from_ns
        ]
        return Minutes(tuple(bars), traded=bool(bars))


class ScriptedLine:
    """A session that acknowledges what is wanted while it is up."""

    def __init__(self, clock: TapeClock, ack_text: Callable[..., str], full_at: int = 41) -> None:
        self._clock = clock
        self._ack_text = ack_text
        self._full_at = full_at
        self._items: asyncio.Queue[Burst | News] = asyncio.Queue()
        self.wanted: tuple[tuple[str, str], ...] = ()
        self.up = False

    async def set_wanted(self, wanted: Sequence[tuple[str, str]]) -> None:
        before, self.wanted = set(self.wanted), tuple(wanted)
        if self.up:
            for key in sorted(before - set(wanted)):
                self._say(self._ack_text(key, "OPSP0001"))
            self._acknowledge([key for key in wanted if key not in before])

    def _acknowledge(self, keys: Sequence[tuple[str, str]]) -> None:
        for key in keys:
            over = self.wanted.index(key) >= self._full_at
            self._say(self._ack_text(key, "OPSP0008" if over else "OPSP0000"))

    def _say(self, text: str) -> None:
        self._items.put_nowait(Burst(self._clock.now_ns(), (text,)))

    def rise(self) -> None:
        self.up = True
        self._items.put_nowait(Up(self._clock.now_ns()))
        self._acknowledge(self.wanted)

    def fall(self) -> None:
        self.up = False
        self._items.put_nowait(Down(self._clock.now_ns(), "cut by the test"))

    def hear(self, text: str) -> None:
        if self.up:
            self._say(text)

    async def bursts(self) -> AsyncIterator[Burst | News]:
        while True:
            yield await self._items.get()
            self._items.task_done()

    async def quiet(self) -> None:
        await self._items.join()
        for _ in range(5):
            await asyncio.sleep(0)


@dataclass
class Fleet:
    """A running collector with everything around it."""

    clock: TapeClock
    line: ScriptedLine
    kis: ScriptedKis
    relay: Relay
    collector: Collector
    reader: LineReader
    heard: list[RelayEvent]
    histories: Histories
    second: ScriptedLine | None = None

    @property
    def lines(self) -> tuple[ScriptedLine, ...]:
        return (self.line, self.second) if self.second else (self.line,)

    async def play(self, prints: Sequence[Trade], until_ns: int, text: Any) -> None:
        """Let time pass and the market speak, in steps of at most ten seconds."""
        waiting = [p for p in prints if self.clock.now_ns() <= p.at_ns < until_ns]
        while self.clock.now_ns() < until_ns:
            step_ns = min(self.clock.now_ns() + 10 * SECOND_NS, until_ns)
            while waiting and waiting[0].at_ns < step_ns:
                trade = waiting.pop(0)
                await self.clock.move_to(trade.at_ns)
                for line in self.lines:
                    if ("H0STCNT0", trade.symbol) in line.wanted:
                        line.hear(text(trade))
            await self.clock.move_to(step_ns)
            for line in self.lines:
                await line.quiet()
            while batch := self.reader.mailbox.take():
                self.heard.extend(msgspec.msgpack.decode(batch, type=Batch).events)

    async def finish(self) -> None:
        """Let time pass after the close until everything is confirmed and in the database."""
        async with asyncio.timeout(15):
            while not status(self.collector, self.clock)["complete"]:
                await self.clock.move_to(self.clock.now_ns() + 5 * SECOND_NS)
                await asyncio.sleep(0.02)


@pytest.fixture
def settings(tmp_path: Path) -> CollectorSettings:
    usual = load(CollectorSettings, "collector")
    return usual.model_copy(update={"symbols": SYMBOLS, "data_dir": tmp_path})


@pytest.fixture
def begin(
    settings: CollectorSettings, database: str, log: Any, quotes: Any, ack_text: Any, until: Any
) -> Callable[..., Any]:
    """Start a collector at a time of the day; it is stopped the orderly way."""

    @asynccontextmanager
    async def begun(
        at: time,
        markets: Sequence[Market],
        wants: Sequence[str] = ("000660", "005930"),
        full_at: int = 41,
        places: int | None = None,  # on each of two lines; None: there is one line
    ) -> AsyncIterator[Fleet]:
        clock = TapeClock(instant_ns(DAY, at))
        line = ScriptedLine(clock, ack_text, full_at)
        second = ScriptedLine(clock, ack_text, full_at) if places else None
        lines = {FIRST_LINE: line} | ({"second": second} if second else {})
        told = settings.model_copy(update={"registrations_max": places or 41})
        kis = ScriptedKis(markets, clock)
        relay = Relay(clock, 20_000, linger_s=60)
        histories = Histories(quotes, quotes, clock, CALENDAR, 10)
        directory = settings.data_dir / "collector"
        shipper = Shipper(database, Environment.SIM, SYMBOLS, directory, log)
        collector = Collector(
            told, clock, CALENDAR, lines, NOTICES, relay, histories, kis, shipper, log
        )
        reader = relay.join("oms", True)
        asked = tuple(Want(symbol, Priority.WATCH, rank=n) for n, symbol in enumerate(wants))
        relay.want(reader, Wants(asked, ("0001",), notices=True))
        stopping = asyncio.Event()
        task = asyncio.create_task(collector.run(stopping))
        await until(lambda: collector.decision is not None)
        for each in lines.values():
            each.rise()
            await each.quiet()
        fleet = Fleet(clock, line, kis, relay, collector, reader, [], histories, second)
        try:
            yield fleet
        finally:
            stopping.set()
            await task

    return begun


def at(day: date, hour: int, minute: int, second: int = 0) -> int:
    return instant_ns(day, time(hour, minute, second))


async def stored(url: str) -> dict[tuple[str, str], tuple[int, ...]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT * FROM stock_candles")
        return {
            (row["symbol"], f"{row['ts']:%m-%d %H:%M}"): (
                row["open"], row["high"], row["low"], row["close"], row["volume"],
            )
            for row in rows
        }  # fmt: skip
    finally:
        await connection.close()


def expected(*markets: Market) -> dict[tuple[str, str], tuple[int, ...]]:
    from kis_core.clock import kst

    return {
        (symbol, f"{kst(start_ns):%m-%d %H:%M}"): (
            bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw, bar.volume,
        )
        for market in markets
        for (symbol, start_ns), bar in market.bars(1 << 62).items()
    }  # fmt: skip


async def test_whoever_asks_a_price_teaches_the_days_limits(
    begin: Callable[..., Any], trade_text: Any
) -> None:
    market = Market(DAY)
    async with begin(HOURS.opens, [market]) as fleet:
        told = await fleet.histories.quote("000660")
        await fleet.play(market.prints, instant_ns(DAY, HOURS.opens) + 5 * MINUTE_NS, trade_text)
        found = {
            f.symbol: f for f in fleet.collector.findings.totals() if f.kind == "outside_limits"
        }
    assert found.keys() == {"000660"}  # nobody asked for the other's
    assert str(told.upper_krw // 1000) in found["000660"].example


async def test_after_five_cuts_the_candles_equal_what_was_traded(
    begin: Callable[..., Any],
    settings: CollectorSettings,
    database: str,
    trade_text: Any,
    until: Any,
) -> None:
    market = Market(DAY)
    async with begin(time(8, 55), [market]) as fleet:
        cuts = [at(DAY, 9, *cut) for cut in [(1, 10), (7, 59), (8, 30), (15, 0), (39, 55)]]
        for cut in cuts:
            await fleet.play(market.prints, cut, trade_text)
            fleet.line.fall()
            await fleet.play(market.prints, cut + 25 * SECOND_NS, trade_text)
            fleet.line.rise()
            await fleet.line.quiet()
        await fleet.play(market.prints, at(DAY, 9, 45), trade_text)
        fleet.kis.failures = 1
        await fleet.finish()
        assert fleet.kis.failures == 0
        figures = status(fleet.collector, fleet.clock)
        assert figures["confirmed"] == 3
        assert (figures["repaired"], figures["surplus"], figures["doubts"]) == (0, 0, 0)
        assert len(gaps(fleet.collector)) == 5
        assert slots(fleet.collector)["live"] == ["000660", "005930"]
        measures = make_insight_text(fleet)
        assert b"collector_trades_total" in measures
        jumps = jumps_by_hand(market, cuts)
        found_wrong = figures["findings"]["kinds"]
        assert found_wrong["volume_jump"] == jumps > 3
        told_jumps = (
            f'collector_findings_total{{kind="volume_jump",source="kis",venue="KRX"}} {jumps}'
        )
        assert told_jumps.encode() in measures
    assert await stored(database) == expected(market)
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT * FROM market_gaps")
    sources = await connection.fetch("SELECT DISTINCT source FROM stock_candles ORDER BY 1")
    counted = await connection.fetch(
        "SELECT kind, sum(count)::int AS n FROM market_findings GROUP BY kind"
    )
    await connection.close()
    assert {row["kind"]: row["n"] for row in counted} == found_wrong
    assert len(rows) == 5
    assert all(row["filled_at"] is not None and row["to_at"] is not None for row in rows)
    assert [row["source"] for row in sources] == ["rest", "ticks"]
    found = verify(settings.data_dir, DAY.isoformat())
    assert found.differences == ()
    assert found.decisions > 40
    told = [e.live for e in fleet.heard if isinstance(e, NoticesState)]
    assert told == [False, True, *[False, True] * 5][: len(told)]
    assert len(told) >= 11


def jumps_by_hand(market: Market, cuts: Sequence[int]) -> int:
    """How often a print of the two live symbols tells that others before it were not heard."""
    jumps, heard, missed = 0, set(), set()
    for p in market.prints:
        if p.symbol not in ("000660", "005930"):
            continue
        if any(0 <= p.at_ns - cut < 25 * SECOND_NS for cut in cuts):
            missed.add(p.symbol)
            continue
        jumps += p.symbol in missed and p.symbol in heard
        missed.discard(p.symbol)
        heard.add(p.symbol)
    return jumps


def make_insight_text(fleet: Fleet) -> bytes:
    from prometheus_client import generate_latest

    insight = make_insight(fleet.collector, fleet.clock)
    assert insight.not_ready() is None
    return generate_latest(insight.metrics)


async def test_part4_02_five_minutes_away_are_a_gap_row_and_bars_asked_for_afterwards(
    begin: Callable[..., Any],
    settings: CollectorSettings,
    database: str,
    trade_text: Any,
    until: Any,
) -> None:
    market = Market(DAY)
    async with begin(time(8, 55), [market]) as fleet:
        await fleet.play(market.prints, at(DAY, 9, 12, 30), trade_text)
        known = fleet.collector.day.ledger.candles
    async with begin(time(9, 17, 20), [market]) as fleet:
        assert fleet.collector.day.ledger.candles >= known
        (gap,) = [e for e in fleet.collector.day.gaps.values()]
        assert gap.reason == "restart"
        await fleet.play(market.prints, at(DAY, 9, 47), trade_text)
        await fleet.finish()
    assert await stored(database) == expected(market)
    connection = await asyncpg.connect(database)
    (row,) = await connection.fetch("SELECT * FROM market_gaps")
    within = await connection.fetchval(
        "SELECT count(*) FROM stock_candles WHERE ts >= date_trunc('minute', $1::timestamp)"
        " AND ts <= $2",
        row["from_at"],
        row["to_at"],
    )
    await connection.close()
    assert (row["symbol"], row["reason"]) == ("*", "restart")
    assert row["to_at"] - row["from_at"] >= timedelta(minutes=4, seconds=50)
    assert row["filled_at"] is not None
    assert row["candles_filled"] == within > 0
    assert verify(settings.data_dir, DAY.isoformat()).differences == ()


async def test_part4_01_across_midnight_the_first_bar_of_the_second_day_is_stored(
    begin: Callable[..., Any],
    settings: CollectorSettings,
    database: str,
    trade_text: Any,
    until: Any,
) -> None:
    markets = [Market(DAY, 1), Market(NEXT, 2)]
    async with begin(time(9, 30), markets) as fleet:
        await fleet.play(markets[0].prints, at(DAY, 9, 47), trade_text)
        await fleet.finish()
        await fleet.clock.move_to(at(DAY, 23, 59, 50))
        await fleet.play([], at(NEXT, 0, 2), trade_text)
        assert fleet.collector.day.date == NEXT
        await fleet.clock.move_to(at(NEXT, 8, 59))
        await fleet.play(markets[1].prints, at(NEXT, 9, 47), trade_text)
        await fleet.finish()
    bars = await stored(database)
    assert bars == expected(*markets)
    assert min(stamp for _, stamp in bars if stamp.startswith("06-03")) == "06-03 09:00"
    for day in (DAY, NEXT):
        assert verify(settings.data_dir, day.isoformat()).differences == ()
    assert verify(settings.data_dir, NEXT.isoformat()).decisions > 40


def symbols_on(line: ScriptedLine) -> set[str]:
    return {symbol for tr_id, symbol in line.wanted if tr_id == "H0STCNT0"}


async def test_with_two_app_keys_a_lost_line_costs_its_own_symbols_alone(
    begin: Callable[..., Any], settings: CollectorSettings, database: str, trade_text: Any
) -> None:
    market = Market(DAY)
    async with begin(time(8, 55), [market], SYMBOLS, places=2) as fleet:
        assert NOTICES in fleet.line.wanted
        carried = symbols_on(fleet.line), symbols_on(fleet.second)
        assert sorted([*carried[0], *carried[1]]) == sorted(SYMBOLS)
        assert [len(each) for each in carried] == [1, 2]
        await fleet.play(market.prints, at(DAY, 9, 10, 5), trade_text)
        fleet.second.fall()
        await fleet.play(market.prints, at(DAY, 9, 11, 20), trade_text)
        told = [e for e in fleet.heard if isinstance(e, Gap)]
        assert {gap.symbol for gap in told} == carried[1]
        assert all("line second lost" in gap.reason for gap in told)
        shown = slots(fleet.collector)
        assert [(s["session"], s["up"]) for s in shown["sessions"]] == [
            ("default", True),
            ("second", False),
        ]
        assert set(shown["live"]) == carried[0]
        fleet.second.rise()
        await fleet.play(market.prints, at(DAY, 9, 47), trade_text)
        await fleet.finish()
    assert await stored(database) == expected(market)
    connection = await asyncpg.connect(database)
    gap_rows = await connection.fetch("SELECT symbol, filled_at FROM market_gaps ORDER BY 1")
    await connection.close()
    assert [row["symbol"] for row in gap_rows] == sorted(carried[1])
    assert all(row["filled_at"] for row in gap_rows)
    found = verify(settings.data_dir, DAY.isoformat())
    assert found.differences == ()
    assert found.decisions > 80


async def test_what_a_line_that_is_gone_for_long_carried_is_heard_where_there_is_room(
    begin: Callable[..., Any], settings: CollectorSettings, trade_text: Any, until: Any
) -> None:
    market = Market(DAY)
    async with begin(time(8, 55), [market], SYMBOLS, places=3) as fleet:
        lost = symbols_on(fleet.second)
        assert len(lost) == 2
        await fleet.play(market.prints, at(DAY, 9, 10, 5), trade_text)
        fleet.second.fall()
        await fleet.play(market.prints, at(DAY, 9, 14), trade_text)
        await until(lambda: len(fleet.line.wanted) == 3 and len(fleet.second.wanted) == 1)
        await fleet.play(market.prints, at(DAY, 9, 15), trade_text)
        first, second = symbols_on(fleet.line), symbols_on(fleet.second)
        assert first | second == set(SYMBOLS)
        journal = settings.data_dir / "collector" / "2025-06-02.slots.jsonl"
        assert "second has been down for long" in journal.read_text()
        fleet.second.rise()
        await fleet.play(market.prints, at(DAY, 9, 17), trade_text)
        assert (symbols_on(fleet.line), symbols_on(fleet.second)) == (first, second)
        assert all(gap["to"] for gap in gaps(fleet.collector))
    assert verify(settings.data_dir, DAY.isoformat()).differences == ()


async def test_a_refused_registration_is_told_and_its_minutes_come_over_rest(
    begin: Callable[..., Any], database: str, trade_text: Any, until: Any
) -> None:
    market = Market(DAY)
    async with begin(time(8, 55), [market], full_at=2) as fleet:
        await fleet.play(market.prints, at(DAY, 9, 47), trade_text)
        await fleet.finish()
    assert await stored(database) == expected(market)
    told = [event for event in fleet.heard if isinstance(event, SlotsGranted)]
    assert told[-1].granted == ("000660",)
    (gap,) = [event for event in fleet.heard if isinstance(event, Gap)]
    assert gap.symbol == "005930"
    assert "OPSP0008" in gap.reason


async def test_a_reader_that_comes_right_back_costs_no_registration(
    begin: Callable[..., Any], until: Any
) -> None:
    async with begin(time(8, 55), [Market(DAY)]) as fleet:
        wanted = fleet.line.wanted
        wants = fleet.reader.wants
        fleet.relay.leave(fleet.reader)
        await asyncio.sleep(0.05)
        assert fleet.line.wanted == wanted
        back = fleet.relay.join("oms", True)
        fleet.relay.want(back, wants)
        fleet.relay.leave(back)
        await fleet.clock.move_to(at(DAY, 8, 58))
        await until(lambda: not fleet.line.wanted)


async def test_a_text_that_cannot_be_read_is_quarantined(
    begin: Callable[..., Any], settings: CollectorSettings
) -> None:
    async with begin(time(8, 55), []) as fleet:
        fleet.line.hear("0|H0STCNT0|001|torn^frame")
        await fleet.line.quiet()
        assert status(fleet.collector, fleet.clock)["quarantined"] == 1
    kept = (settings.data_dir / "collector" / "2025-06-02.quarantine").read_text()
    assert "torn^frame" in kept


async def test_a_journal_that_says_otherwise_than_its_tape_is_found_out(
    begin: Callable[..., Any], settings: CollectorSettings, trade_text: Any
) -> None:
    market = Market(DAY)
    async with begin(time(8, 55), [market]) as fleet:
        await fleet.play(market.prints, at(DAY, 9, 10), trade_text)
    path = settings.data_dir / "collector" / "2025-06-02.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if b'"ticks"' in line)
    volume = str(read_journal(path)[number].bars[0].volume).encode()  # type: ignore[union-attr]
    head, tail = lines[number].rsplit(b"," + volume + b",", 1)
    lines[number] = head + b",99999," + tail
    path.write_bytes(b"".join(lines))
    found = verify(settings.data_dir, DAY.isoformat())
    assert len(found.differences) == 1
    assert "99999" in str(found.first)
