"""Acceptance tests of collector.md, Part 4, that concern the KIS source and have no other home.

The others stand beside what they try: 1 and 2 in test_service, 4 in test_store, 7 in test_hearing;
kills of real processes in tests/fleet/test_collected_day.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from collector import tape as tapes
from collector.candles import GRACE_NS
from collector.completeness import verified
from collector.day import Day
from collector.hearing import DayBegun, Hearing, LineUp, Text, Ticked, Wanted, entries
from collector.journal import Entry, FromRest
from collector.ledger import Work
from collector.outbox import read_journal
from collector.settings import CollectorSettings
from collector.shipper import rows
from collector.slots import key_of
from collector.store import Candle, CandleStore
from config.load import load
from kis_core.clock import SECOND_NS, kst
from kis_core.environment import Environment
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import Bar, Trade
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.market.sessions import bar_session, minutes

CSAT, FIRST, USUAL = date(2025, 11, 13), date(2026, 1, 2), date(2025, 11, 14)


def settings_of(directory: Path, symbols: Sequence[str]) -> CollectorSettings:
    usual = load(CollectorSettings, "collector")
    return usual.model_copy(update={"symbols": tuple(symbols), "data_dir": directory})


@pytest.mark.anyio
@pytest.mark.parametrize("symbol", ["105560", "138040", "0001A0"])
async def test_part4_03_a_stock_code_is_a_stock_whatever_it_begins_with(
    symbol: str, database: str
) -> None:
    assert key_of("trade", symbol) == ("H0STCNT0", symbol)
    assert key_of("trade", "A01612") == ("H0IFCNT0", "A01612")
    bar = Bar(symbol, "KRX", instant_ns(USUAL, time(9)), 100, 110, 90, 105, 10)
    async with CandleStore.open(database, Environment.SIM, [symbol]) as store:
        await store.write([Candle(bar, "rest", bar.start_ns)], [])
    connection = await asyncpg.connect(database)
    table = await connection.fetchval("SELECT tableoid::regclass::text FROM stock_candles")
    contracts = await connection.fetchval("SELECT count(*) FROM futures_candles")
    await connection.close()
    assert (table, contracts) == (f"stock_candles_{symbol.lower()}", 0)


_WRITER = """
import sys
from datetime import date
from pathlib import Path
from collector.candles import MINUTE_NS
from collector.day import Day
from collector.journal import FromTicks
from collector.settings import CollectorSettings
from config.load import load
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import Bar

home = Path(sys.argv[1])
usual = load(CollectorSettings, "collector")
settings = usual.model_copy(update={"symbols": ("005930",), "data_dir": home})
day = Day(settings, date(2025, 9, 3), krx_calendar(), 0)
number = 0
while True:
    for _ in range(50):
        start_ns = day.window.first_ns + number % 381 * MINUTE_NS
        day.tape.text(number, f"text {number}")
        bar = Bar("005930", "KRX", start_ns, 1, 1, 1, 1, number)
        day.record([FromTicks(number, start_ns, (bar,), ())])
        number += 1
    day.sync()
    print(number, flush=True)
"""


@pytest.mark.parametrize("flushes", [1, 7, 23])
def test_part4_10_a_writer_killed_while_it_flushes_loses_nothing_from_before(
    flushes: int, tmp_path: Path
) -> None:
    """`flushes` are seen to end; the writer is in the middle of another one when it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        flushed = 0
        for _ in range(flushes):
            flushed = int(writer.stdout.readline())
        writer.kill()
    day = date(2025, 9, 3)
    kept = [item for item in tapes.read(tmp_path / "tape", day) if isinstance(item, Text)]
    assert [item.text for item in kept[:flushed]] == [f"text {n}" for n in range(flushed)]
    journal = read_journal(tmp_path / "collector" / f"{day}.jsonl")
    assert [entry.at_ns for entry in journal] == list(range(len(journal)))
    assert len(journal) >= flushed
    # What was journaled came from a tape that had it before.
    assert len(kept) >= len(journal)


def real_bars(folder: Path, day: date) -> dict[str, list[Bar]]:
    """The bars of a real day, by symbol."""
    table = pq.read_table(folder / f"krx_1m_{day:%Y-%m}.parquet")
    on = pc.equal(pc.strftime(table["ts"], "%Y-%m-%d"), day.isoformat())
    found: dict[str, list[Bar]] = {}
    for row in table.filter(on).to_pylist():
        at_ns = int(row["ts"].timestamp()) * SECOND_NS
        prices = (row["open"], row["high"], row["low"], row["close"])
        bar = Bar(row["symbol"], "KRX", at_ns, *map(int, prices), int(row["volume"]))
        found.setdefault(bar.symbol, []).append(bar)
    return found


@pytest.mark.parametrize(
    ("day", "opens", "closes", "silent"),
    [
        (CSAT, time(10), time(16, 30), 50),  # this data is cut at 15:30, and that is seen
        (FIRST, time(10), time(15, 30), 0),
        (USUAL, time(9), time(15, 30), 0),
    ],
    ids=["the day of the entrance exam", "the first session of a year", "a usual day"],
)
def test_part4_11_a_day_is_verified_against_the_slots_of_that_very_day(
    day: date, opens: time, closes: time, silent: int, kst_data: Path, tmp_path: Path
) -> None:
    market = real_bars(kst_data / "bars_1m", day)
    calendar = krx_calendar()
    late_ns = instant_ns(day, time(20, 1))
    kept = Day(settings_of(tmp_path, sorted(market)), day, calendar, late_ns)
    assert kept.ledger is not None
    for symbol, bars in market.items():
        assert kept.verified is None
        work = Work(symbol, kept.ledger.window.first_ns, True)
        answer = kept.ledger.compare(work, bars, late_ns)
        assert answer is not None
        kept.record([answer])
    told = kept.verified
    kept.close()
    assert told is not None
    assert told.complete
    assert (kst(told.opens_ns).time(), kst(told.closes_ns).time()) == (opens, closes)
    slots = set(minutes(day, calendar))
    for row in told.symbols:
        inside = sum(bar.start_ns in slots for bar in market[row.symbol])
        assert (row.slots, row.candles) == (len(slots), inside)
        assert row.quiet == row.slots - inside
        assert row.outside == len(market[row.symbol]) - inside
        assert row.unsettled == 0
    assert told.silent == silent  # slots of the calendar in which nobody traded


@pytest.mark.parametrize("day", [CSAT, FIRST, date(2026, 11, 19)])
def test_part4_11_a_shifted_day_with_a_candle_in_each_slot_is_whole(
    day: date, tmp_path: Path
) -> None:
    calendar = krx_calendar()
    slots = minutes(day, calendar)
    kept = Day(settings_of(tmp_path, ("005930",)), day, calendar, 0)
    ledger = kept.ledger
    assert ledger is not None
    bars = tuple(Bar("005930", "KRX", at_ns, 1, 1, 1, 1, 1) for at_ns in slots)
    last_ns = ledger.window.end_ns - MINUTE_NS
    kept.record([FromRest(last_ns, "005930", slots[0], last_ns, bars, 0, 0, True)])
    told = kept.verified
    kept.close()
    assert told is not None
    (row,) = told.symbols
    assert (row.slots, row.candles, row.quiet, row.outside) == (len(slots), len(slots), 0, 0)
    assert (row.state, told.silent) == ("complete", 0)


def test_part4_11_what_nobody_answered_for_is_told(tmp_path: Path) -> None:
    calendar = krx_calendar()
    day = Day(settings_of(tmp_path, ("005930", "000660", "035720")), CSAT, calendar, 0)
    ledger, slots = day.ledger, minutes(CSAT, calendar)
    assert ledger is not None
    bars = tuple(Bar("005930", "KRX", at_ns, 1, 1, 1, 1, 1) for at_ns in slots[:100])
    last_ns = ledger.window.end_ns - MINUTE_NS
    ledger.apply(FromRest(0, "005930", slots[0], slots[99], bars, 0, 0, False))
    ledger.apply(FromRest(0, "000660", slots[0], last_ns, (), 0, 0, True))
    told = {row.symbol: row for row in verified(ledger, slots, 0).symbols}
    day.close()
    assert (told["005930"].state, told["005930"].unsettled) == ("incomplete", 281)
    assert (told["000660"].state, told["000660"].quiet_run) == ("halted", 380)
    assert (told["035720"].state, told["035720"].candles) == ("incomplete", 0)


AFTER_DAY = date(2026, 11, 20)  # after the reform of 2026-09-14


@pytest.mark.anyio
async def test_part4_14_an_after_market_print_is_tagged_and_leaves_the_regular_day_alone(
    database: str, tmp_path: Path, trade_text: Any, ack_text: Any
) -> None:
    symbol, calendar = "005930", krx_calendar()
    opens_ns = instant_ns(AFTER_DAY, time(9))
    day = Day(settings_of(tmp_path, (symbol,)), AFTER_DAY, calendar, opens_ns)
    hearing, key = Hearing(), ("H0STCNT0", symbol)
    hearing.take(DayBegun(opens_ns - MINUTE_NS, day.span, (symbol,)))
    hearing.take(LineUp(opens_ns - MINUTE_NS))
    hearing.take(Wanted(opens_ns - MINUTE_NS, (key,)))
    hearing.take(Text(opens_ns - MINUTE_NS, ack_text(key)))
    total = value = 0
    found: list[Entry] = []
    for at, price, volume in [
        (time(15, 19, 30), 70_000, 10),
        (time(15, 30, 2), 70_100, 500),
        (time(16, 5, 10), 69_000, 3),
        (time(19, 59, 50), 69_500, 4),
    ]:
        at_ns = instant_ns(AFTER_DAY, at)
        total, value = total + volume, value + volume * price
        print_ = Trade(
            symbol, "KRX", at_ns, at_ns, price, volume, total, value, 1, None, None, False, False,
            None,
        )  # fmt: skip
        found += entries(hearing.take(Text(at_ns, trade_text(print_))), at_ns)
    end_ns = instant_ns(AFTER_DAY, time(20)) + GRACE_NS
    found += entries(hearing.take(Ticked(end_ns)), end_ns)
    day.record(found)
    candles, _, _ = rows(found)
    async with CandleStore.open(database, Environment.SIM, [symbol]) as store:
        await store.write(candles, [])
    connection = await asyncpg.connect(database)
    stored = await connection.fetch(
        "SELECT ts, close, volume, session FROM stock_candles ORDER BY ts"
    )
    close, volume = await connection.fetchrow(
        "SELECT (array_agg(close ORDER BY ts DESC))[1], sum(volume) FROM stock_candles"
        " WHERE session IN ('regular', 'opening_auction', 'closing_auction')"
    )
    await connection.close()

    def stamp(hour: int, minute: int) -> datetime:
        return datetime.combine(AFTER_DAY, time(hour, minute))

    assert [tuple(row) for row in stored] == [
        (stamp(15, 19), 70_000, 10, "regular"),
        (stamp(15, 30), 70_100, 500, "closing_auction"),
        (stamp(16, 5), 69_000, 3, "after"),
        (stamp(19, 59), 69_500, 4, "after"),
    ]
    assert (close, volume) == (70_100, 510)
    assert day.ledger is not None
    assert day.after is not None
    assert (day.ledger.candles, day.after.candles) == (2, 2)
    day.close()


@pytest.mark.parametrize(
    ("venue", "day", "at", "session"),
    [
        ("KRX", USUAL, time(8, 59), "opening_auction"),
        ("KRX", USUAL, time(9), "regular"),
        ("KRX", USUAL, time(15, 19), "regular"),
        ("KRX", USUAL, time(15, 20), "closing_auction"),
        ("KRX", USUAL, time(15, 30), "closing_auction"),
        ("KRX", USUAL, time(15, 32), "closing_auction"),
        ("KRX", USUAL, time(15, 45), "after_close"),
        ("KRX", USUAL, time(16, 10), "after"),
        ("KRX", AFTER_DAY, time(16), "after"),
        ("KRX", CSAT, time(9, 20), "pre"),
        ("KRX", CSAT, time(15, 30), "regular"),
        ("KRX", CSAT, time(16, 30), "closing_auction"),
        ("KRX", date(2025, 11, 15), time(10), "regular"),
        ("NXT", USUAL, time(8, 10), "pre"),
        ("NXT", USUAL, time(9), "regular"),
        ("NXT", USUAL, time(15, 30), "after"),
        ("NXT", USUAL, time(19, 59), "after"),
    ],
)
def test_part4_14_a_minute_has_the_session_of_its_venue_time_and_day(
    venue: Any, day: date, at: time, session: str
) -> None:
    assert bar_session(venue, instant_ns(day, at)) == session
