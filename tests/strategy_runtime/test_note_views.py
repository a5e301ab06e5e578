"""What the views say, against figures worked out by hand over candles written here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog

from kis_core.environment import Environment
from strategy_runtime.contract import Note
from strategy_runtime.shipper import Destination, NoteShipper
from tests.strategy_runtime.noting import (
    SYMBOL,
    Day,
    a_day,
    at_ns,
    close_all,
    entered,
    missed,
    noting,
    trading_day,
    trip,
)

pytestmark = pytest.mark.anyio

FRIDAY, MONDAY = "2025-09-05", "2025-09-08"
Candle = tuple[str, int, int, int]  # "09:21", high, low, close
House = Callable[..., Awaitable[None]]
HISTORY = (
    "strategy_rules", "market_sessions", "strategy_entries", "strategy_reductions",
    "strategy_exits", "strategy_missed", "strategy_would_block",
)  # fmt: skip
STANDING = ("strategy_journals", "strategy_funnel", "strategy_funnel_days")


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    one = await asyncpg.connect(database)
    await one.execute("SELECT ensure_candle_partition($1)", SYMBOL)
    yield one
    await one.close()


@pytest.fixture
def ship(database: str, tmp_path: Path) -> House:
    async def shipped(day: str, *notes: Note, past: tuple[str, ...] = ()) -> None:
        written = Day(tmp_path, trading_day(day, *past), noting(notes)).tell(len(notes)).report()
        to = Destination(database, Environment.SIM, "TOY")
        shipper = NoteShipper(to, written.toy, tmp_path, structlog.get_logger())
        await shipper.ship()
        shipper.drop()
        close_all()

    return shipped


async def candles(connection: asyncpg.Connection, day: str, *rows: Candle) -> None:
    for at, high, low, close in rows:
        await connection.execute(
            "INSERT INTO stock_candles VALUES ($1, 'sim', 'KRX', $2, $3, $4, $5, $3, 10, NULL,"
            " 'ticks', kst_now(), 'regular')",
            SYMBOL, datetime.fromisoformat(f"{day} {at}"), close, high, low,
        )  # fmt: skip


async def one(connection: asyncpg.Connection, view: str) -> dict[str, Any]:
    [row] = await connection.fetch(f"SELECT * FROM {view}")
    return dict(row)


def horizon(row: dict[str, Any], hours: int) -> tuple[Any, Any, Any]:
    return tuple(row[f"{what}_{hours}h_krw"] for what in ("price", "high", "low"))  # type: ignore[return-value]


async def test_a_missed_signal_and_what_came_afterwards(
    connection: asyncpg.Connection, ship: House
) -> None:
    await ship(FRIDAY, missed(FRIDAY, "09:20:30", 9_900, 10_300))
    await ship(MONDAY, past=(FRIDAY,))  # the next day's journal says when its session is
    await candles(
        connection, FRIDAY,
        ("09:20", 99_999, 1, 10_000),  # its own minute began before it
        ("09:21", 10_080, 9_950, 10_050),
        ("10:19", 10_200, 10_010, 10_100),
        ("10:20", 10_150, 10_090, 10_120),
        ("12:00", 10_250, 9_920, 10_000),
        ("13:18", 10_010, 9_990, 10_005),
        ("13:25", 10_400, 10_000, 10_300),
    )  # fmt: skip
    await candles(
        connection, MONDAY, ("09:00", 10_500, 10_350, 10_450), ("09:21", 20_000, 5_000, 9_000)
    )
    row = await one(connection, "missed_afterwards")
    assert horizon(row, 1) == (10_120, 10_200, 9_950)
    # 13:20 has no trade and lies between 13:18 and 13:25: the price is that of 13:18.
    assert horizon(row, 4) == (10_005, 10_250, 9_920)
    # Saturday 09:20 is in no session: Monday's first minute.
    assert horizon(row, 24) == (10_450, 10_500, 9_920)
    assert row["change_24h_pct"] == pytest.approx(4.5)
    assert (row["hit_first"], str(row["hit_at"])) == ("target", f"{FRIDAY} 13:25:00")


@pytest.mark.parametrize(
    ("stop", "target", "first"),
    [
        (9_950, 10_200, "stop"),  # both in one minute: the stop counts
        (9_900, 10_100, "target"),
        (9_950, None, "stop"),
        (None, 10_200, "target"),
        (9_000, 11_000, "neither"),
        (None, None, None),
    ],
)
async def test_which_of_stop_and_target_came_first(
    connection: asyncpg.Connection, ship: House, stop: int | None, target: int | None,
    first: str | None,
) -> None:  # fmt: skip
    await ship(FRIDAY, missed(FRIDAY, "09:20:30", stop, target))
    await ship(MONDAY, past=(FRIDAY,))
    await candles(
        connection, FRIDAY, ("09:20", 99_999, 1, 10_000), ("09:25", 10_200, 9_950, 10_000)
    )
    await candles(connection, MONDAY, ("09:00", 10_010, 9_990, 10_000))
    assert (await one(connection, "missed_afterwards"))["hit_first"] == first


async def test_what_is_not_known_yet_is_null_and_never_a_price(
    connection: asyncpg.Connection, ship: House
) -> None:
    await ship(FRIDAY, missed(FRIDAY, "14:50:00", 9_900, 10_300))
    row = await one(connection, "missed_afterwards")  # no candle at all
    assert [horizon(row, hours) for hours in (1, 4, 24)] == [(None, None, None)] * 3
    assert (row["hit_first"], row["change_24h_pct"]) == (None, None)
    await candles(
        connection, FRIDAY, ("14:51", 10_010, 9_990, 10_000), ("15:30", 10_100, 10_100, 10_100)
    )
    await candles(connection, MONDAY, ("09:00", 10_500, 10_350, 10_450))
    row = await one(connection, "missed_afterwards")
    # 15:50 is after the close; of a next session nothing is known, though there are candles.
    assert [horizon(row, hours) for hours in (1, 4, 24)] == [(None, None, None)] * 3
    assert row["hit_first"] is None
    await ship(MONDAY, past=(FRIDAY,))
    row = await one(connection, "missed_afterwards")
    assert [horizon(row, hours) for hours in (1, 4, 24)] == [(10_450, 10_500, 9_990)] * 3


async def test_the_newest_candle_is_not_taken_for_a_later_price(
    connection: asyncpg.Connection, ship: House
) -> None:
    await ship(FRIDAY, missed(FRIDAY, "09:20:30", 9_900, 10_300))
    await candles(connection, FRIDAY, ("09:21", 10_010, 9_990, 10_000))  # the day goes on
    row = await one(connection, "missed_afterwards")
    assert horizon(row, 1) == (None, None, None)
    assert row["hit_first"] is None


async def test_across_a_gap_that_nothing_filled_little_is_known(
    connection: asyncpg.Connection, ship: House
) -> None:
    await ship(FRIDAY, missed(FRIDAY, "09:20:30", 9_900, 10_300))
    await candles(
        connection, FRIDAY, ("09:25", 10_010, 9_990, 10_000), ("10:20", 10_010, 9_990, 10_007),
        ("13:00", 10_010, 9_990, 10_000), ("13:30", 10_400, 9_990, 10_000),
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO market_gaps (environment, source, from_at, to_at, reason)"
        " VALUES ('sim', 'kis', $1, $2, 'line down')",
        datetime.fromisoformat(f"{FRIDAY} 10:00"), datetime.fromisoformat(f"{FRIDAY} 10:10"),
    )  # fmt: skip
    row = await one(connection, "missed_afterwards")
    assert horizon(row, 1) == (10_007, None, None)  # the price is heard, the way to it is not
    assert horizon(row, 4) == (10_000, None, None)
    assert row["hit_first"] is None  # the stop may have been hit while nobody listened
    await connection.execute("UPDATE market_gaps SET filled_at = kst_now()")
    row = await one(connection, "missed_afterwards")
    assert horizon(row, 1) == (10_007, 10_010, 9_990)
    assert row["hit_first"] == "target"


async def test_paper_looks_at_the_real_market(connection: asyncpg.Connection, ship: House) -> None:
    assert await connection.fetchval("SELECT candle_environment('paper')") == "real"
    assert await connection.fetchval("SELECT candle_environment('sim')") == "sim"


async def test_an_exit_and_what_came_afterwards(
    connection: asyncpg.Connection, ship: House
) -> None:
    await ship(
        FRIDAY,
        trip(FRIDAY, "09:50:10", "TOY:1"),
        trip(FRIDAY, "09:50:10", "TOY:2", None, target_krw=10_200),
    )
    await candles(
        connection, FRIDAY, ("10:00", 10_200, 9_850, 10_100), ("10:50", 10_000, 9_790, 9_800)
    )
    rows = await connection.fetch("SELECT * FROM exits_afterwards ORDER BY trip_id")
    first, second = (dict(row) for row in rows)
    assert horizon(first, 1) == horizon(second, 1) == (9_800, 10_200, 9_790)
    assert (first["hit_first"], str(first["hit_at"])) == ("stop", f"{FRIDAY} 10:50:00")
    assert (second["hit_first"], second["target_krw"]) == ("target", 10_200)
    assert second["exit_krw"] is None


async def test_an_entry_beside_its_exit(connection: asyncpg.Connection, ship: House) -> None:
    await ship(
        FRIDAY,
        entered(FRIDAY, "09:20:00", "TOY:1"),
        entered(FRIDAY, "09:30:00", "TOY:2"),  # still held
    )
    await ship(  # sold days later, in another day's journal
        MONDAY, trip(MONDAY, "10:00:00", "TOY:1", entered_ns=at_ns(FRIDAY, "09:20:00"))
    )
    rows = await connection.fetch("SELECT * FROM entries_explained ORDER BY trip_id")
    sold, held = (dict(row) for row in rows)
    assert (sold["r_net"], sold["mfe_krw"], sold["mae_r"], sold["costs_krw"]) == (
        0.65, 200.0, -0.25, 600,
    )  # fmt: skip
    assert (sold["mfe_pct"], sold["mae_pct"]) == (pytest.approx(2.0), pytest.approx(-0.5))
    assert sold["bound_by"] == held["bound_by"] == "adtv"
    assert (held["r_net"], held["exited_at"], held["mfe_krw"]) == (None, None, None)
    assert sold["exited_at"] - sold["entered_at"] == timedelta(days=3, minutes=40)


async def test_would_block_is_summed_by_reason(connection: asyncpg.Connection, ship: House) -> None:
    await ship(FRIDAY, *a_day(FRIDAY))
    rows = await connection.fetch("SELECT * FROM would_block_daily ORDER BY reason")
    assert [(r["reason"], r["symbols"], r["named"]) for r in rows] == [
        ("LUNCH_BLOCK", 1, [SYMBOL]),
        ("MIN_SURGE", 2, ["000660", SYMBOL]),
    ]
    assert str(rows[1]["first_at"]) == f"{FRIDAY} 09:16:00"


async def test_the_gates_stand_in_their_order_with_their_shares(
    connection: asyncpg.Connection, ship: House
) -> None:
    await ship(FRIDAY, *a_day(FRIDAY)[:3])
    rows = await connection.fetch("SELECT * FROM gate_funnel ORDER BY position")
    assert [(r["gate"], r["passed"], r["stopped"]) for r in rows] == [
        ("universe", 9, 0),
        ("noted", 3, 6),
    ]
    assert rows[1]["left_pct"] == rows[1]["passed_pct"] == pytest.approx(100 / 3)


@pytest.mark.parametrize("table", [*HISTORY, *STANDING])
async def test_writers_add_and_readers_read(connection: asyncpg.Connection, table: str) -> None:
    async def may(role: str, what: str) -> bool:
        asked = "SELECT has_table_privilege($1, $2, $3)"
        return bool(await connection.fetchval(asked, role, table, what))

    assert await may("trading_writer", "INSERT")
    assert await may("trading_writer", "UPDATE") is (table in STANDING)
    assert not await may("trading_writer", "DELETE")
    assert await may("trading_reader", "SELECT")
    assert not await may("trading_reader", "INSERT")


async def test_notes_stay_as_they_were_written(connection: asyncpg.Connection, ship: House) -> None:
    await ship(FRIDAY, *a_day(FRIDAY))
    for table in HISTORY:
        for change in (f"UPDATE {table} SET environment = 'real'", f"DELETE FROM {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await connection.execute(change)
