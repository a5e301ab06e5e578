"""Notes into a real database: each once, whatever breaks on the way."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog

from config.load import ConfigError
from kis_core.clock import TapeClock
from kis_core.environment import Environment
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import Timer
from kis_core.market.instants import SECOND_NS
from strategy_runtime import run as run_module
from strategy_runtime import shipper as subject
from strategy_runtime.contract import Lenient
from strategy_runtime.journal import read
from strategy_runtime.restore import rules_hash, rules_text
from strategy_runtime.run import Edges, run
from strategy_runtime.shipper import Destination, NoteShipper, shipping
from strategy_runtime.turns import Turn, turn_of
from tests.oms.audit.line import Line
from tests.strategy_runtime.noting import (
    SYMBOL,
    Day,
    Noting,
    a_day,
    at_ns,
    close_all,
    later,
    noting,
    trading_day,
)
from tests.strategy_runtime.toys import ToyFeed, ToyOms

pytestmark = pytest.mark.anyio

TODAY = "2025-09-03"
TABLES = {
    "strategy_entries": 1,
    "strategy_reductions": 1,
    "strategy_exits": 1,
    "strategy_missed": 1,
    "strategy_would_block": 3,
}
Ask = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def ask(database: str) -> AsyncIterator[Ask]:
    connection = await asyncpg.connect(database)

    async def asked(question: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(question, *values)]

    yield asked
    await connection.close()


MADE: list[NoteShipper] = []


@pytest.fixture(autouse=True)
async def _let_go() -> AsyncIterator[None]:
    yield
    while MADE:
        MADE.pop().drop()
    close_all()
    await asyncio.sleep(0)  # the transports close


def shipper(url: str, folder: Path, toy: Noting, day: str | None = TODAY) -> NoteShipper:
    to = Destination(url, Environment.SIM, "TOY")
    made = NoteShipper(to, toy, folder, structlog.get_logger())
    made.day = day
    MADE.append(made)
    return made


def a_journal(folder: Path, day: str = TODAY) -> Day:
    return Day(folder, trading_day(day, later(day, -1)), noting(a_day(day)))


async def content(ask: Ask) -> dict[str, list[dict[str, Any]]]:
    tables = (*TABLES, "strategy_funnel", "strategy_funnel_days", "market_sessions")
    return {each: await ask(f"SELECT * FROM {each} t ORDER BY t::text") for each in tables}


async def until(true: Callable[[], bool | Awaitable[bool]], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)


async def test_each_note_becomes_a_row_with_its_reasons(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    day = a_journal(tmp_path).tell(12).report()
    assert await shipper(database, tmp_path, day.toy).ship() == sum(TABLES.values())
    for table, count in TABLES.items():
        assert len(await ask(f"SELECT FROM {table}")) == count, table
    [entry] = await ask("SELECT * FROM strategy_entries")
    turns = [r for r in read(day.files.journal) if isinstance(r, Turn)]
    assert turns[entry["seq"]].output is not None
    assert turns[entry["seq"]].output.notes[entry["place"]] == a_day(TODAY)[4]  # type: ignore[union-attr]
    assert (entry["strategy_id"], entry["environment"]) == ("TOY", "sim")
    assert str(entry["at"]) == "2025-09-03 09:20:00"
    assert entry["rules_hash"] == rules_hash(rules_text(day.toy))
    assert json.loads(entry["factors"]) == [
        {"name": "surge", "value": 3.5, "threshold": 2.5, "weight": 0.4}
    ]
    assert json.loads(entry["filters"])[0]["margin_pct"] == 75.0
    assert json.loads(entry["latency_ms"]) == {"answered": 12.5, "filled": None}
    [missed] = await ask("SELECT * FROM strategy_missed")
    assert json.loads(missed["blocking"]) == ["000660", "042700"]
    unknown = await ask("SELECT actual, strict FROM strategy_would_block WHERE actual IS NULL")
    assert unknown == [{"actual": None, "strict": "3.0"}]
    [rules] = await ask("SELECT * FROM strategy_rules")
    assert json.loads(rules["rules"]) == {"every": 3}
    sessions = await ask("SELECT trade_date::text, opens::text FROM market_sessions ORDER BY 1")
    assert [s["opens"] for s in sessions] == ["2025-09-02 09:00:00", "2025-09-03 09:00:00"]


async def test_the_funnel_grows_and_its_newest_word_stands(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    day = a_journal(tmp_path).tell(2).report()
    shipping_it = shipper(database, tmp_path, day.toy)
    await shipping_it.ship()
    seen = "SELECT gate, position, reached, passed, stopped, problems FROM gate_funnel ORDER BY 2"
    assert [row["passed"] for row in await ask(seen)] == [9, 2]
    day.tell(3).report()
    await shipping_it.ship()
    rows = await ask(seen)
    assert [(r["gate"], r["reached"], r["passed"], r["stopped"]) for r in rows] == [
        ("universe", 9, 9, 0),
        ("noted", 9, 5, 4),
    ]
    assert json.loads(rows[0]["problems"]) == ["index unknown"]
    [word] = await ask("SELECT * FROM strategy_funnel_days")
    assert (word["mode"], word["seq"], str(word["as_of"])) == (
        "permissive", 5, "2025-09-03 09:00:05",
    )  # fmt: skip
    assert json.loads(word["stopped"])["spread"]["by_time"] == {"09:16": 1}


async def test_shipping_twice_gives_the_same_rows(database: str, tmp_path: Path, ask: Ask) -> None:
    day = a_journal(tmp_path).tell(12).report()
    await shipper(database, tmp_path, day.toy).ship()
    once = await content(ask)
    assert await shipper(database, tmp_path, day.toy).ship() == 0
    await ask("UPDATE strategy_journals SET bytes = 0, seq = -1, funnel_seq = NULL")
    assert await shipper(database, tmp_path, day.toy).ship() == sum(TABLES.values())  # all again
    assert await content(ask) == once


async def test_a_torn_tail_waits_until_it_is_whole(database: str, tmp_path: Path, ask: Ask) -> None:
    day = a_journal(tmp_path).tell(2)
    whole = day.files.journal.read_bytes()
    day.tell(1)
    longer = day.files.journal.read_bytes()
    shipping_it = shipper(database, tmp_path, day.toy)
    for end in range(len(whole), len(longer)):
        day.files.journal.write_bytes(longer[:end])
        await shipping_it.ship()
        [at] = await ask("SELECT bytes, seq FROM strategy_journals")
        assert at == {"bytes": len(whole), "seq": 1}
    day.files.journal.write_bytes(longer)
    assert await shipping_it.ship() == 1
    assert len(await ask("SELECT FROM strategy_would_block")) == 2


async def test_damage_before_the_end_costs_that_day_alone(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    broken = a_journal(tmp_path, "2025-09-01").tell(12)
    data = bytearray(broken.files.journal.read_bytes())
    data[len(data) // 2] ^= 0xFF
    broken.files.journal.write_bytes(data)
    day = a_journal(tmp_path).tell(12)
    await shipper(database, tmp_path, day.toy).ship()
    dates = await ask("SELECT DISTINCT trade_date::text AS on FROM strategy_exits")
    assert dates == [{"on": TODAY}]


async def test_a_database_that_is_away_delays_and_loses_nothing(
    database: str, tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "POLL_S", 0.01)
    monkeypatch.setattr(subject, "_BACKOFF_S", 0.01)
    monkeypatch.setattr(subject, "_BACKOFF_S_MAX", 0.05)
    line = Line(database)
    many = [Lenient(f"{n:06d}", at_ns(TODAY, "10:00:00"), "R", n, 0) for n in range(2_000)]
    day = Day(tmp_path, trading_day(TODAY), noting(many))
    shipping_it = shipper(await line.join(), tmp_path, day.toy)
    async with shipping(shipping_it):
        day.tell(100).report()

        async def there(count: int) -> bool:
            return len(await ask("SELECT FROM strategy_would_block")) >= count

        await until(lambda: there(100))
        for _ in range(3):  # away, back for a moment, away again
            await line.cut()
            day.tell(600)  # the strategy goes on
            await until(lambda: shipping_it.problem is not None)
            await line.join()
            await until(lambda: shipping_it.problem is None)
        await line.cut()
        day.tell(100).report()
        await until(lambda: shipping_it.problem is not None)
        await line.join()
        await until(lambda: there(2_000))
    await line.cut()
    [sums] = await ask(
        "SELECT count(*) AS rows, count(DISTINCT symbol) AS symbols, sum((actual)::int) AS sum"
        " FROM strategy_would_block"
    )
    assert sums == {"rows": 2_000, "symbols": 2_000, "sum": sum(range(2_000))}
    [at] = await ask("SELECT bytes, seq, funnel_seq FROM strategy_journals")
    size = day.files.journal.stat().st_size
    assert at == {"bytes": size, "seq": 1_999, "funnel_seq": 2_000}


async def test_an_answer_that_never_came_ships_nothing_twice(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    """The commit is in the database; the process was not told so."""
    day = a_journal(tmp_path).tell(3)
    commits = 0

    async def look(data: bytes) -> None:
        nonlocal commits
        commits += b"COMMIT\x00" in data
        if b"COMMIT\x00" in data and commits == 1:
            raise ConnectionResetError("cut")

    line = Line(database, look)
    shipping_it = shipper(await line.join(), tmp_path, day.toy)
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await shipping_it.ship()
    assert commits == 1
    shipping_it.drop()
    day.tell(9)
    await shipping_it.ship()
    for table, count in TABLES.items():
        assert len(await ask(f"SELECT FROM {table}")) == count, table
    shipping_it.drop()
    await line.cut()


async def test_a_stop_in_the_middle_of_a_transaction_ends_and_ships_the_rest(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    held, released = asyncio.Event(), asyncio.Event()

    async def look(data: bytes) -> None:
        if b"strategy_exits" in data and not released.is_set():
            held.set()
            await released.wait()

    line = Line(database, look)
    day = a_journal(tmp_path).tell(12).report()
    shipping_it = shipper(await line.join(), tmp_path, day.toy)
    async with asyncio.timeout(20):
        async with shipping(shipping_it):
            await held.wait()
            released.set()
    for table, count in TABLES.items():
        assert len(await ask(f"SELECT FROM {table}")) == count, table
    await line.cut()


async def test_a_day_that_ended_unshipped_goes_at_the_next_start_with_its_last_word(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    died = a_journal(tmp_path, "2025-09-02").tell(2).report().tell(10)  # kill -9 before the report
    today = a_journal(tmp_path).tell(1).report()
    await shipper(database, tmp_path, today.toy).ship()
    old = "SELECT seq, health FROM strategy_funnel_days WHERE trade_date = '2025-09-02'"
    [word] = await ask(old)  # the toy of today tells other notes, the funnel counts the same
    assert word["seq"] == died.turns == 12
    passed = await ask(
        "SELECT passed FROM gate_funnel WHERE trade_date = '2025-09-02' ORDER BY position"
    )
    assert [row["passed"] for row in passed] == [9, 8]
    exits = await ask("SELECT trade_date::text AS on FROM strategy_exits")
    assert exits == [{"on": "2025-09-02"}]


async def test_under_other_rules_the_last_word_is_what_the_day_wrote(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    a_journal(tmp_path, "2025-09-02").tell(2).report().tell(10)
    changed = noting(a_day(TODAY), every=4)
    today = Day(tmp_path, trading_day(TODAY), changed).tell(1)
    await shipper(database, tmp_path, today.toy).ship()
    [word] = await ask("SELECT seq FROM strategy_funnel_days WHERE trade_date = '2025-09-02'")
    assert word["seq"] == 2
    hashes = await ask("SELECT rules_hash FROM strategy_rules")
    assert len({row["rules_hash"] for row in hashes}) == 2


async def test_another_journal_of_the_same_day_is_not_mixed_in(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    day = a_journal(tmp_path / "one").tell(12)
    await shipper(database, tmp_path / "one", day.toy).ship()
    before = await content(ask)
    other = Day(tmp_path / "two", trading_day(TODAY), day.toy)
    other.files.journal.unlink()
    moved = trading_day(TODAY)
    other = Day(
        tmp_path / "two",
        type(moved)(
            type(moved.session)(TODAY, moved.session.open_ns + SECOND_NS, moved.session.close_ns),
            (),
        ),
        noting(a_day(TODAY)),
    ).tell(12)
    refused = shipper(database, tmp_path / "two", other.toy)
    assert await refused.ship() == 0
    assert await content(ask) == before


async def test_a_note_that_the_database_refuses_costs_no_other(
    database: str, tmp_path: Path, ask: Ask
) -> None:
    notes = [
        Lenient(SYMBOL, at_ns(TODAY, "09:16:00"), "A", 1, 2),
        Lenient(SYMBOL, at_ns(TODAY, "09:16:00"), "B\x00", 1, 2),  # no text of PostgreSQL
        Lenient(SYMBOL, at_ns(TODAY, "09:16:00"), "C", 1, 2),
    ]
    day = Day(tmp_path, trading_day(TODAY), noting(notes)).tell(5)
    await shipper(database, tmp_path, day.toy).ship()
    rows = await ask("SELECT reason FROM strategy_would_block ORDER BY 1")
    assert [row["reason"] for row in rows] == ["A", "C"]
    [at] = await ask("SELECT seq FROM strategy_journals")
    assert at["seq"] == 4


async def test_a_record_longer_than_a_piece_is_read(
    database: str, tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "CHUNK_BYTES", 16)
    day = a_journal(tmp_path).tell(12)
    await shipper(database, tmp_path, day.toy).ship()
    for table, count in TABLES.items():
        assert len(await ask(f"SELECT FROM {table}")) == count, table


async def test_a_strategy_runs_with_a_database_and_its_day_is_there_at_the_end(
    database: str, tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "POLL_S", 0.01)
    monkeypatch.setattr(run_module, "BOOKS_PAUSE_S", 0.001)
    toy = noting(a_day(TODAY))
    clock = TapeClock(at_ns(TODAY, "08:59:50"))
    to = Destination(database, Environment.SIM, "TOY")
    edges = Edges(ToyFeed(), ToyOms(), clock, structlog.get_logger(), tmp_path, notes_to=to)
    from datetime import time

    running = asyncio.create_task(run(toy, edges, krx_calendar(), prepare_at=time(8, 30), past=2))

    async def all_there() -> bool:
        await clock.move_to(clock.now_ns() + SECOND_NS)
        return bool(await ask("SELECT FROM strategy_exits"))

    await until(all_there)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    for table, count in TABLES.items():
        assert len(await ask(f"SELECT FROM {table}")) == count, table
    assert len(await ask("SELECT FROM market_sessions")) == 3
    [word] = await ask(
        "SELECT d.seq, j.seq AS last FROM strategy_funnel_days d"
        " JOIN strategy_journals j USING (strategy_id, environment, trade_date)"
    )
    assert word["seq"] == word["last"] + 1  # the last word saw every turn


async def test_an_address_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected postgresql://"):
        shipper("mysql://x/y", tmp_path, noting(()))


async def test_a_glance_reads_what_a_turn_says() -> None:
    from strategy_runtime.turns import Output, packed

    turn = turn_of(7, Timer(1), Output(notes=(a_day(TODAY)[4],)))
    glance = subject._glance.decode(packed(turn))
    assert (glance.seq, glance.output) == (turn.seq, turn.output)  # type: ignore[union-attr]
