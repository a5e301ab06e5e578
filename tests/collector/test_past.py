"""Days before today: their journals are the work list, the chart of past days the source."""

import asyncio
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from collector.day import ledgers_of, window_of
from collector.journal import DayVerified, Entry, FromRest, FromTicks, GapFilled, GapNoted
from collector.minute import Minutes
from collector.outbox import Outbox, read_journal
from collector.past import NOT_RUNNING, PastDays, holes, told_whole
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from config.load import load
from kis_core.clock import TapeClock
from kis_core.environment import Environment
from kis_core.errors import KisError, NotOffered, Unreachable
from kis_core.market.calendar import TradingCalendar, krx_calendar
from kis_core.market.events import Bar, Gap
from kis_core.market.instants import MINUTE_NS, instant_ns

pytestmark = pytest.mark.anyio
MONDAY, TUESDAY, WEDNESDAY = date(2025, 6, 2), date(2025, 6, 3), date(2025, 6, 4)
SYMBOLS = ("000660", "005930")


def bars(symbol: str, day: date, count: int = 381) -> tuple[Bar, ...]:
    opens_ns = instant_ns(day, time(9))
    return tuple(
        Bar(symbol, "KRX", opens_ns + minute * MINUTE_NS, 100, 110, 90, 105, minute + 1)
        for minute in range(count)
    )


class PastKis:
    """A broker that has every minute of every day, unless it is told otherwise."""

    def __init__(self) -> None:
        self.asked: list[tuple[date, str]] = []
        self.trouble: list[KisError] = []
        self.nothing: set[str] = set()

    async def past_day(self, symbol: str, day: date, from_ns: int, until_ns: int) -> Minutes:
        self.asked.append((day, symbol))
        if self.trouble:
            raise self.trouble.pop(0)
        told = () if symbol in self.nothing else bars(symbol, day)
        return Minutes(told, traded=bool(told))


class Away:
    """A collector that comes back on Wednesday morning."""

    def __init__(self, home: Path, calendar: TradingCalendar, log: Any) -> None:
        usual = load(CollectorSettings, "collector")
        update = {"symbols": SYMBOLS, "data_dir": home, "backfill_days": 2}
        self.settings = usual.model_copy(update=update)
        self.calendar = calendar
        self.kis = PastKis()
        self.clock = TapeClock(instant_ns(WEDNESDAY, time(8)))
        self.recorded = 0
        self.past = PastDays(
            self.settings, self.kis, self.clock, calendar, lambda: False, self._count, log
        )

    def _count(self) -> None:
        self.recorded += 1

    def journal(self, day: date) -> list[Entry]:
        return read_journal(self.settings.data_dir / "collector" / f"{day.isoformat()}.jsonl")

    def wrote(self, day: date, entries: Sequence[Entry]) -> None:
        outbox = Outbox(self.settings.data_dir / "collector", day)
        outbox.append(entries)
        outbox.close()

    async def run(self) -> None:
        """Run to the end; pauses of the market's time take none of the world's."""
        task = asyncio.create_task(self.past.run())
        async with asyncio.timeout(10):
            while not task.done():
                await asyncio.sleep(0.002)
                await self.clock.move_to(self.clock.now_ns() + MINUTE_NS)
        await task


@pytest.fixture
def away(tmp_path: Path, calendar: TradingCalendar, log: Any) -> Away:
    return Away(tmp_path, calendar, log)


async def test_days_without_a_journal_are_gaps_that_are_filled_newest_first(away: Away) -> None:
    await away.run()
    assert away.kis.asked == [(day, symbol) for day in (TUESDAY, MONDAY) for symbol in SYMBOLS]
    for day in (MONDAY, TUESDAY):
        journal = away.journal(day)
        noted = [entry for entry in journal if isinstance(entry, GapNoted)]
        (filled,) = [entry for entry in journal if isinstance(entry, GapFilled)]
        (told,) = [entry for entry in journal if isinstance(entry, DayVerified)]
        assert noted[0].gap == filled.gap
        assert (filled.gap.symbol, filled.gap.reason) == (None, NOT_RUNNING)
        assert filled.candles == 2 * 381
        assert {row.state for row in told.symbols} == {"complete"}
    assert away.past.days_left == 0
    assert away.recorded


async def test_a_day_that_is_whole_is_not_asked_for_again(away: Away) -> None:
    await away.run()
    asked = list(away.kis.asked)
    before = [away.journal(day) for day in (MONDAY, TUESDAY)]
    await away.run()
    assert away.kis.asked == asked
    assert [away.journal(day) for day in (MONDAY, TUESDAY)] == before
    directory = away.settings.data_dir / "collector"
    assert told_whole(directory, TUESDAY, SYMBOLS)
    assert not told_whole(directory, TUESDAY, (*SYMBOLS, "035720"))


async def test_a_run_that_ended_in_the_day_leaves_the_rest_of_it_as_work(away: Away) -> None:
    opens_ns = instant_ns(TUESDAY, time(9))
    heard = [
        FromTicks(
            opens_ns + (minute + 1) * MINUTE_NS,
            opens_ns + minute * MINUTE_NS,
            (bars("005930", TUESDAY)[minute],),
            (),
        )
        for minute in range(60)
    ]
    last_ns = opens_ns + 60 * MINUTE_NS
    lost = Gap(None, last_ns, None, "line lost: cut")
    away.wrote(TUESDAY, [*heard, GapNoted(last_ns, lost)])
    await away.run()
    journal = away.journal(TUESDAY)
    window = window_of(TUESDAY, away.calendar)
    assert window is not None
    (closed,) = [e.gap for e in journal if isinstance(e, GapNoted) and e.gap.to_ns]
    assert closed == Gap(None, last_ns, window.end_ns, "line lost: cut")
    assert any(isinstance(e, GapFilled) and e.gap == closed for e in journal)
    answers = {e.symbol: e for e in journal if isinstance(e, FromRest)}
    assert len(answers["005930"].bars) == 381 - 60  # what was heard agrees and is not told again
    assert len(answers["000660"].bars) == 381


async def test_trouble_is_tried_again_and_what_is_not_offered_ends_it(away: Away) -> None:
    away.kis.trouble = [Unreachable("cut")]
    away.kis.nothing = {"000660"}
    await away.run()
    told = [e for e in away.journal(TUESDAY) if isinstance(e, DayVerified)]
    states = {row.symbol: row.state for row in told[-1].symbols}
    assert states == {"000660": "halted", "005930": "complete"}
    assert away.kis.asked.count((TUESDAY, "000660")) == 2


async def test_on_paper_past_days_stay_open_gaps(away: Away, log: Any) -> None:
    away.kis.trouble = [NotOffered("EGW02006", "not on paper")]
    await away.run()
    assert log.lines[-1][0] == "PAST_NOT_OFFERED"
    assert [type(entry) for entry in away.journal(TUESDAY)] == [GapNoted]


async def test_a_day_of_which_the_broker_knows_nothing_stays_incomplete(away: Away) -> None:
    away.kis.nothing = set(SYMBOLS)
    await away.run()
    journal = away.journal(TUESDAY)
    (told,) = [entry for entry in journal if isinstance(entry, DayVerified)]
    assert not told.complete
    assert not any(isinstance(entry, GapFilled) for entry in journal)
    (ledger,) = ledgers_of(TUESDAY, away.settings, away.calendar)
    for entry in journal:
        ledger.apply(entry)
    assert ledger.unconfirmed == list(SYMBOLS)


def test_a_hole_is_noted_once(calendar: TradingCalendar) -> None:
    window = window_of(MONDAY, calendar)
    assert window is not None
    found = holes(window, [], 1)
    assert [type(entry) for entry in found] == [GapNoted]
    assert holes(window, found, 2) == []
    after = FromRest(window.end_ns, "005930", window.first_ns, window.first_ns, (), 0, 0, True)
    assert holes(window, [after], 3) == []


async def test_what_was_filled_reaches_the_database_while_the_day_goes_on(
    away: Away, database: str, log: Any, until: Any
) -> None:
    directory = away.settings.data_dir / "collector"
    shipper = Shipper(database, Environment.SIM, SYMBOLS, directory, log, away.calendar)
    today = Outbox(directory, WEDNESDAY)
    stopping = asyncio.Event()
    task = asyncio.create_task(shipper.run(lambda: today, stopping))
    await until(lambda: shipper.connected)
    await away.run()
    shipper.look_back()
    stopping.set()
    await task
    today.close()
    connection = await asyncpg.connect(database)
    candles = await connection.fetch(
        "SELECT ts::date AS day, source, count(*) AS n FROM stock_candles GROUP BY 1, 2 ORDER BY 1"
    )
    gaps = await connection.fetch("SELECT * FROM market_gaps")
    days = await connection.fetch("SELECT DISTINCT trade_date, state, slots FROM verified_days")
    await connection.close()
    assert [tuple(row) for row in candles] == [
        (MONDAY, "verified", 762),
        (TUESDAY, "verified", 762),
    ]
    assert [(row["reason"], row["candles_filled"]) for row in gaps] == [(NOT_RUNNING, 762)] * 2
    assert sorted(tuple(row) for row in days) == [
        (MONDAY, "complete", 381),
        (TUESDAY, "complete", 381),
    ]


async def test_of_a_day_with_an_after_market_both_are_asked_for(tmp_path: Path, log: Any) -> None:
    away = Away(tmp_path, krx_calendar(), log)
    away.settings = away.settings.model_copy(update={"backfill_days": 1})
    away.clock = TapeClock(instant_ns(date(2026, 11, 23), time(8)))
    friday = date(2026, 11, 20)
    evening = Gap(None, instant_ns(friday, time(17)), None, "line lost: cut")
    away.wrote(friday, [GapNoted(evening.from_ns, evening)])
    away.past = PastDays(
        away.settings, away.kis, away.clock, away.calendar, lambda: False, lambda: None, log
    )
    await away.run()
    assert away.kis.asked == [(friday, symbol) for _ in range(2) for symbol in SYMBOLS]
    journal = away.journal(friday)
    answers = [(e.symbol, len(e.bars), e.final) for e in journal if isinstance(e, FromRest)]
    assert answers == [(s, 381, True) for s in SYMBOLS] + [(s, 0, True) for s in SYMBOLS]
    filled = [e for e in journal if isinstance(e, GapFilled)]
    assert [(e.gap.from_ns, e.candles) for e in filled] == [(evening.from_ns, 0)]
    assert filled[0].gap.to_ns == instant_ns(friday, time(20))
