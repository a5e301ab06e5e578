"""Every table of the trail is what the journal makes of it: whatever is done to a row is named."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kis_core.environment import Environment
from oms.audit import history
from oms.audit.compare import Difference, compare
from oms.audit.reprojection import HISTORY, STANDING, misplaced
from oms.audit.shipped import Shipped
from oms.audit.tables import Row, columns
from oms.core import records as r
from oms.core.book import SECOND_NS
from oms.journal import JournalReader
from tests.oms.audit.conftest import Ask, MakeTrail
from tests.oms.audit.story import Story, ship
from tests.oms.audit.test_trail import shipped

pytestmark = pytest.mark.anyio

ALL = (*HISTORY, *STANDING)
OTHER = {
    "bigint": "COALESCE({c}, 0) + 1000003",
    "text": "COALESCE({c}, '') || 'x'",
    "boolean": "NOT COALESCE({c}, false)",
    "double precision": "COALESCE({c}, 0) + 1",
    "date": "{c} + 1",
    "timestamp": "COALESCE({c}, '2025-03-14') + interval '1 second'",
    "jsonb": """'{{"x": 1}}'""",
}


def full(story: Story) -> Story:
    """Two days in which every table gets a row, one record the database refuses among them."""
    story.whole_day()
    at_ns = story.at("14:40:00")
    stop = r.StopSet(at_ns=at_ns, strategy_id="KMP", symbol="005930", stop_krw=69_000, why="asked")
    act = r.OperatorActed(at_ns=at_ns, actor="operator", action="safe_mode", reason="test")
    story.tell("14:40:00", stop, heard=act)
    story.flag("14:41:00", "safe_mode")
    story.flag("14:41:01", "safe_mode", on=False)
    story.beat("14:42:00")
    torn = r.ContradictionSeen(at_ns=at_ns, order_id=None, symbol="005930", what="a\x00b")
    story.tell("14:43:00", torn)
    whole = r.ContradictionSeen(at_ns=at_ns, order_id=None, symbol="005930", what="told twice")
    story.tell("14:44:00", whole)
    story.tell("14:45:00", r.OrderSent(at_ns=at_ns, order_id="20250314-0099"))  # never planned
    story.tell("14:46:00", *parent(story.at("14:46:00")))
    late = story.intend("15:10:00", "ENTER", "000660", 10, 70_000, stop_krw=69_000)
    story.accept("15:10:01", late, "0000000007")
    story.close("15:30:05", late, "EXPIRED", "day over")
    story.on = "2025-03-17"
    story.start()
    story.open_day()
    story.balance("08:20:02", 100_000_000, r.HeldLine("000660", 10, 10, 700_000, 70_000))
    story.fill("08:30:00", late, 10, 70_000)  # told after its day
    return story


def parent(at_ns: int) -> tuple[r.AnyOutput, ...]:
    """An intent that leaves in two slices: one is missed, then it is closed."""
    execution = r.Execution("TWAP", over_s=600, slices=2)
    asked = r.Asked("REDUCE", "twap", "test", "005930", 10, execution=execution)
    what = {"at_ns": at_ns, "parent_id": "20250314-P001"}
    whose = {"strategy_id": "KMP", "side": "SELL", "shares": 10}
    slices = (r.Slice(at_ns, 5), r.Slice(at_ns + 300 * SECOND_NS, 10))
    return (
        r.ParentPlanned(
            **what,
            **whose,
            asked=asked,
            unit_krw=0,
            market="KOSPI",
            slices=slices,
            ends_ns=at_ns + 600 * SECOND_NS,
        ),
        r.SliceTaken(**what, index=0, order_id=None, shares=0, dropped=0, why="no price"),
        r.ParentClosed(**what, **whose, intent_id="twap", symbol="005930", filled=0, why="over"),
    )


@pytest.fixture
async def books(story: Story, database: str) -> AsyncIterator["Books"]:
    await ship(database, full(story))
    reader, connection = JournalReader(story.journal.path), await asyncpg.connect(database)
    position = await connection.fetchrow("SELECT seq, environment FROM audit_position")
    yield Books(reader, connection, Shipped(connection, "vps1", position))
    reader.close()
    await connection.close()


class Books:
    """A journal and the tables made of it, to be changed for a moment and looked at."""

    def __init__(self, reader: JournalReader, connection: Any, shipped: Shipped) -> None:
        self.reader = reader
        self.connection = connection
        self.shipped = shipped

    async def without_rules(self) -> None:
        """Take off what would keep an owner of the database from writing nonsense."""
        await self.connection.execute("SET session_replication_role = replica")
        found = await self.connection.fetch(
            "SELECT conname, conrelid::regclass::text AS relation, conrelid <> 0 AS of_table,"
            " contypid::regtype::text AS domain FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
        for row in found:
            what = f"TABLE {row['relation']}" if row["of_table"] else f"DOMAIN {row['domain']}"
            await self.connection.execute(f'ALTER {what} DROP CONSTRAINT "{row["conname"]}"')

    async def after(self, statement: str) -> Any:
        """Return what is found after a change, which is then undone."""
        undo = self.connection.transaction()
        await undo.start()
        try:
            done = await self.connection.execute(statement)
            assert int(done.rpartition(" ")[2]) > 0, f"{statement} changed nothing"
            return (await misplaced(self.reader, self.shipped))[0]
        finally:
            await undo.rollback()


def chosen(kind: type[Row]) -> str:
    """One row of a table; of the faults, one that the projection found."""
    ours = "error LIKE 'Unprojectable%'" if kind is history.Fault else "true"
    return (
        f"ctid = (SELECT ctid FROM {kind.TABLE} WHERE oms_id = 'vps1' AND {ours} "
        f"ORDER BY {'seq' if kind.HISTORY else 'updated_seq'} LIMIT 1)"
    )


async def test_slices_that_left_nothing_are_held_to_the_journal_too(
    story: Story, database: str
) -> None:
    story.start()
    story.open_day()
    story.tell("09:10:00", *parent(story.at("09:10:00")))
    await ship(database, story)
    found = await compare(database, "vps1", story.journal.path)
    assert found.difference is None


async def test_what_was_shipped_is_what_the_journal_makes(books: Books) -> None:
    assert await misplaced(books.reader, books.shipped) == (None, 1)
    for kind in ALL:
        assert await books.connection.fetchval(f"SELECT count(*) FROM {kind.TABLE}"), kind.TABLE
    named = await books.connection.fetch(
        "SELECT table_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name = 'oms_id'"
    )
    views = await books.connection.fetch(
        "SELECT table_name FROM information_schema.views WHERE table_schema = 'public'"
    )
    held = {kind.TABLE for kind in ALL} | {history.Event.TABLE, "audit_position"}
    assert {row["table_name"] for row in named} - {row["table_name"] for row in views} == held


async def test_any_column_of_any_table_that_was_changed_is_named(books: Books) -> None:
    await books.without_rules()
    unnoticed = []
    for kind in ALL:
        for column, of in (columns(kind) | {"environment": "text"}).items():
            to = OTHER[of].format(c=column) if column != "environment" else "'real'"
            change = f"UPDATE {kind.TABLE} SET {column} = {to} WHERE {chosen(kind)}"
            wrong = await books.after(change)
            if wrong is None or wrong.table != kind.TABLE:
                unnoticed.append((kind.TABLE, column, wrong))
            elif column not in (*kind.KEY, "seq"):
                if (wrong.column, wrong.why) != (column, "changed"):
                    unnoticed.append((kind.TABLE, column, wrong))
            elif f"{column}=" not in wrong.key and column != "seq":
                unnoticed.append((kind.TABLE, column, wrong))
    assert unnoticed == []


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.TABLE)
async def test_a_row_that_was_taken_away_is_missing(books: Books, kind: type[Row]) -> None:
    await books.without_rules()
    wrong = await books.after(f"DELETE FROM {kind.TABLE} WHERE {chosen(kind)}")
    assert (wrong.table, wrong.column, wrong.why) == (kind.TABLE, None, "missing"), wrong


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.KEY], ids=lambda kind: kind.TABLE)
@pytest.mark.parametrize("beyond", [False, True], ids=["within", "beyond the end"])
async def test_a_row_that_was_put_in_is_extra(books: Books, kind: type[Row], beyond: bool) -> None:
    await books.without_rules()
    key = kind.KEY[-1]
    values = dict.fromkeys(columns(kind), None)
    chosen_columns = {"oms_id": "oms_id", "environment": "environment"} | {c: c for c in values}
    chosen_columns[key] = OTHER[columns(kind)[key]].format(c=key)
    if "broker_id" in values:
        chosen_columns["broker_id"] = "'9999999999'"
    if kind.HISTORY:
        free = f"(SELECT max(seq) FROM oms_events) + {1 if beyond else 0}"
        chosen_columns["seq"] = free if key == "seq" or beyond else "seq"
        if key == "seq" and not beyond:
            chosen_columns["seq"] = "1"  # a row of the journal of which nothing is made
    names, picked = ", ".join(chosen_columns), ", ".join(chosen_columns.values())
    wrong = await books.after(
        f"INSERT INTO {kind.TABLE} ({names}) SELECT {picked} FROM {kind.TABLE} WHERE {chosen(kind)}"
    )
    assert (wrong.table, wrong.column, wrong.why) == (kind.TABLE, None, "extra"), wrong


async def test_a_row_of_another_oms_does_not_pass_for_ones_own(
    books: Books, trail: MakeTrail, tmp_path: Path
) -> None:
    other = Story(tmp_path / "vps2.db", "vps2")
    other.whole_day()
    await shipped(trail(other.write(), oms_id="vps2", environment=Environment.PAPER))
    assert await misplaced(books.reader, books.shipped) == (None, 1)
    wrong = await books.after(
        "UPDATE trades SET oms_id = 'vps1', trade_id = 'x' WHERE oms_id = 'vps2'"
    )
    assert (wrong.table, wrong.why) == ("trades", "extra")
    other.journal.close()


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_however_it_was_shipped_the_tables_are_the_same(
    story: Story, trail: MakeTrail, database: str, batch: int
) -> None:
    full(story).write()
    while await trail(batch=batch).ship():  # every batch by a trail that knows nothing
        pass
    found = await compare(database, "vps1", story.journal.path)
    assert (found.difference, found.refused) == (None, 1)


async def test_rows_not_shipped_yet_make_no_tables_yet(
    story: Story, trail: MakeTrail, database: str
) -> None:
    full(story).write()
    shipping = trail(batch=10)
    for _ in range(3):
        await shipping.ship()
    found = await compare(database, "vps1", story.journal.path)
    assert found.difference is None
    assert found.waiting > 0


async def test_verify_says_which_table_key_and_column(
    story: Story, database: str, ask: Ask
) -> None:
    await ship(database, full(story))
    await ask("UPDATE trades SET realised_pnl_krw = realised_pnl_krw + 1 WHERE status = 'CLOSED'")
    found = await compare(database, "vps1", story.journal.path)
    [trade] = await ask("SELECT trade_id, updated_seq FROM trades WHERE status = 'CLOSED'")
    assert found.difference is not None
    said = found.difference.said
    assert "realised_pnl_krw of trade_id=KMP-005930-" in said
    assert found.difference == Difference(
        "database", trade["updated_seq"], "changed", said, "trades",
        f"trade_id={trade['trade_id']}", "realised_pnl_krw",
    )  # fmt: skip
