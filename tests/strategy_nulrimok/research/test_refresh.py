"""Refreshing from the collector: only what is missing, never today, always to an end."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import asyncpg
import msgspec
import pytest

from kis_core.clock import TapeClock, ns
from kis_core.errors import RateLimited, Refused, Unreachable
from kis_core.market.events import DailyBar
from strategy_nulrimok.research.refresh import Refreshed, refresh
from strategy_nulrimok.research.store import ResearchStore
from tests.strategy_nulrimok.research.told import CALENDAR, HYNIX, SAMSUNG, SECTORS, Told, at

pytestmark = pytest.mark.anyio
SESSIONS = 60


class Heard:
    """A log that keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, event: str, **_: Any) -> None:
        self.lines.append(event)

    def warning(self, event: str, **facts: Any) -> None:
        self.lines.append(f"{event} {facts}")


async def refreshed(
    store: ResearchStore,
    told: Told,
    log: Heard | None = None,
    clock: str = "07:30",
    deadline_s: float = 30,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> Refreshed:
    return await refresh(
        store, told, TapeClock(ns(at(f"{told.today} {clock}"))), CALENDAR, list(SECTORS),
        sessions=SESSIONS, deadline_s=deadline_s, log=log or Heard(), progress=progress,
    )  # fmt: skip


async def bars(store: ResearchStore, day: str, symbol: str = SAMSUNG) -> list[DailyBar]:
    return list((await store.read(date.fromisoformat(day), 90, SECTORS)).names[symbol].bars)


async def test_an_empty_store_is_filled_and_is_fresh_then(store: ResearchStore) -> None:
    told, log, seen = Told("2025-09-03"), Heard(), []
    came = await refreshed(store, told, log, progress=lambda *one: seen.append(one))
    assert (came.daily, came.flow, came.index, came.listing, came.errors) == (2, 2, 1, 2, {})
    assert log.lines == ["LRS populated: 2 OHLCV + 2 flow tickers in 0.0s (0 errors)"]
    assert [(through, of) for through, of, _ in seen] == [(n, 7) for n in range(1, 8)]
    research = await store.read(told.today, 90, SECTORS)
    name = research.names[SAMSUNG]
    assert len(name.bars) == len(research.kospi) == SESSIONS
    assert [day.date for day in name.flows] == [
        day.isoformat() for day in CALENDAR.sessions_between(date(2025, 7, 23), date(2025, 9, 2))
    ][-29:]
    assert (name.flows[-1].foreign_krw, name.flows[-1].institution_krw) == (1_000_000, -400_000)
    assert (name.market_cap_krw, name.flags) == (5 * 10**12, {"ADMINISTRATIVE", "WARNING"})
    told.asked.clear()
    again = await refreshed(store, told, log)
    assert (again.fresh, log.lines[-1], dict(told.asked)) == (True, "LRS already fresh", {})


async def test_the_next_morning_asks_for_one_day(store: ResearchStore) -> None:
    await refreshed(store, Told("2025-09-03"))
    told = Told("2025-09-04")
    await refreshed(store, told)
    day, known = date(2025, 9, 3), date(2025, 9, 2)
    asked = {(what, first, last) for what, _, first, last in told.spans if what != "quote"}
    assert asked == {
        ("daily", known, day),  # one known day before, to see whether it still says the same
        ("index", day, day),
        ("flow", told.today, told.today),
    }
    assert [bar.date for bar in await bars(store, "2025-09-04")][-2:] == [
        "2025-09-02",
        "2025-09-03",
    ]


@pytest.mark.parametrize("clock", ["07:30", "13:00", "15:39"])
async def test_today_is_never_kept_while_it_lasts(store: ResearchStore, clock: str) -> None:
    told = Told("2025-09-03")
    await refreshed(store, told, clock=clock)
    research = await store.read(date(2025, 9, 8), 90, SECTORS)
    name = research.names[SAMSUNG]
    assert {name.bars[-1].date, name.flows[-1].date, research.kospi[-1].date} == {"2025-09-02"}


async def test_after_the_close_today_is_a_day_like_others(store: ResearchStore) -> None:
    await refreshed(store, Told("2025-09-03"), clock="15:40")
    assert (await bars(store, "2025-09-04"))[-1].date == "2025-09-03"
    name = (await store.read(date(2025, 9, 4), 90, SECTORS)).names[SAMSUNG]
    assert name.flows[-1].date == "2025-09-02"  # its flow row is blank still


async def test_a_blank_flow_row_is_asked_for_again(store: ResearchStore) -> None:
    told = Told("2025-09-03")
    await refreshed(store, told, clock="15:45")
    told.asked.clear()
    assert not (await refreshed(store, told, clock="15:50")).fresh
    assert dict(told.asked) == {"flow": 2}


async def test_a_young_name_and_a_halted_day_are_not_asked_for_again(store: ResearchStore) -> None:
    told = Told("2025-09-03")
    told.first[HYNIX] = date(2025, 8, 20)
    told.halted.add((SAMSUNG, date(2025, 8, 27)))
    assert (await refreshed(store, told)).errors == {}
    assert len(await bars(store, "2025-09-03", HYNIX)) == 10
    assert len(await bars(store, "2025-09-03")) == SESSIONS - 1
    assert (await refreshed(store, told)).fresh


async def test_a_split_makes_the_whole_history_new_from_now_on(store: ResearchStore) -> None:
    await refreshed(store, Told("2025-09-03"))
    before = await bars(store, "2025-09-03")
    told = Told("2025-09-04")
    told.scale[SAMSUNG] = 5
    assert (await refreshed(store, told)).errors == {}
    after = await bars(store, "2025-09-04")
    overlap = {bar.date: bar.close_krw for bar in after}
    assert after[-1].date == "2025-09-03"
    assert [overlap[bar.date] for bar in before[1:]] == [bar.close_krw * 5 for bar in before[1:]]
    assert await bars(store, "2025-09-03") == before


async def test_a_split_seen_too_late_leaves_no_two_scales(store: ResearchStore) -> None:
    await refreshed(store, Told("2025-09-03"))
    before = await bars(store, "2025-09-03")
    told = Told("2025-09-04")
    told.scale[SAMSUNG] = 5
    await refreshed(store, told, clock="08:10")
    assert (await bars(store, "2025-09-04"))[-1] == before[
        -1
    ]  # yesterday's is not known: old scale
    assert (await bars(store, "2025-09-05"))[-1].close_krw > 5_000


async def test_a_split_is_seen_whichever_day_was_missing(store: ResearchStore) -> None:
    told = Told("2025-09-03")
    told.first[SAMSUNG] = date(2025, 8, 1)  # what lies before is not known yet
    await refreshed(store, told)
    told = Told("2025-09-04")
    told.scale[SAMSUNG] = 5
    clock = TapeClock(ns(at("2025-09-04 08:10")))
    wider = await refresh(
        store, told, clock, CALENDAR, [SAMSUNG], sessions=90, deadline_s=30, log=Heard()
    )
    assert wider.errors == {}
    assert {bar.close_krw < 5_000 for bar in await bars(store, "2025-09-04")} == {True}
    assert {bar.close_krw < 5_000 for bar in await bars(store, "2025-09-05")} == {False}


async def test_a_day_without_a_trade_is_answered(store: ResearchStore) -> None:
    class Quiet(Told):
        async def daily_bars(self, symbol: str, first: date, last: date) -> Any:
            days = await super().daily_bars(symbol, first, last)
            return [*days[:-1], msgspec.structs.replace(days[-1], volume=0)]

    told = Quiet("2025-09-03")
    assert (await refreshed(store, told)).errors == {}
    assert (await bars(store, "2025-09-03"))[-1].date == "2025-09-01"
    assert (await refreshed(store, told)).fresh


async def test_what_fails_for_a_passing_reason_is_asked_again(store: ResearchStore) -> None:
    told = Told("2025-09-03")
    told.failing[SAMSUNG] = [Unreachable("line lost"), RateLimited("EGW00201", "too many", 0.0)]
    came = await refreshed(store, told)
    assert (came.errors, came.daily, came.flow, came.listing) == ({}, 2, 2, 2)


async def test_an_error_costs_one_symbol_and_is_counted(store: ResearchStore) -> None:
    told, log = Told("2025-09-03"), Heard()
    told.failing[HYNIX] = [Refused("OPSQ0001", "no such symbol")]
    told.failing["0001"] = [Unreachable("line lost")] * 9
    came = await refreshed(store, told, log)
    assert set(came.errors.values()) == {"OPSQ0001: no such symbol", "line lost"}
    assert len(came.errors) == 2
    assert log.lines[0].endswith("(2 errors)")
    assert len(await bars(store, "2025-09-03")) == SESSIONS


async def test_a_collector_that_never_answers_ends_at_the_deadline(store: ResearchStore) -> None:
    class Silent(Told):
        async def quote(self, symbol: str) -> Any:
            await asyncio.Event().wait()

    came = await refreshed(store, Silent("2025-09-03"), deadline_s=3.0)
    assert not came.in_time
    assert came.errors == {"deadline": "2 questions unanswered after 3 s"}
    assert (came.daily, came.flow) == (2, 2)  # what was answered is kept


async def test_no_more_than_six_are_asked_at_once(store: ResearchStore) -> None:
    running = peak = 0

    class Counting(Told):
        async def daily_bars(self, symbol: str, first: date, last: date) -> Any:
            nonlocal running, peak
            running += 1
            peak = max(peak, running)
            await asyncio.sleep(0)
            running -= 1
            return await super().daily_bars(symbol, first, last)

    symbols = [f"{number:06}" for number in range(5930, 5980)]
    came = await refresh(
        store, Counting("2025-09-03"), TapeClock(ns(at("2025-09-03 07:30"))), CALENDAR, symbols,
        sessions=5, deadline_s=30, log=Heard(), listing=False,
    )  # fmt: skip
    assert came.daily == 50
    assert 1 < peak <= 6


async def test_a_lost_database_is_said_as_it_is(database: str, store: ResearchStore) -> None:
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"

    class Ending(Told):
        async def quote(self, symbol: str) -> Any:
            connection = await asyncpg.connect(database)
            await connection.execute(f"{ended} AND datname = current_database()")
            await connection.close()
            return await super().quote(symbol)

    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
        await refreshed(store, Ending("2025-09-03"))
