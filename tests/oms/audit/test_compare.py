"""Journal and PostgreSQL held together: whatever is done to either is found, and named."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.postgres import migrate
from kis_core.environment import Environment
from oms.audit.compare import Compared, Uncheckable, as_dict, compare
from oms.audit.restore import restore
from oms.core import records as r
from oms.core.chain import GENESIS, digest
from oms.journal import Journal, JournalError, JournalReader
from tests.oms.audit.conftest import Ask, MakeTrail
from tests.oms.audit.story import Story, ship
from tests.oms.audit.test_restore import records
from tests.oms.audit.test_trail import shipped
from tests.oms.core.test_chain import walked

pytestmark = pytest.mark.anyio

AT = 7  # the row that is tampered with
CHANGED = {
    "payload": "'[1]'",
    "kind": "'other'",
    "direction": "CASE direction WHEN 'in' THEN 'out' ELSE 'in' END",
    "turn": "turn + 1",
    "at_ns": "at_ns + 1",
    "{prev}": "hash",
    "hash": "{prev}",
}
LOST = "UPDATE {t} SET hash = NULL, {prev} = NULL WHERE {who} AND seq = 7"
MISSING = "DELETE FROM {t} WHERE {who} AND seq = 7"
CLOSED_UP = f"{MISSING}; {{moved}} seq > 7; {{back}} -seq - 1 WHERE seq < 0"
TAIL = "DELETE FROM {t} WHERE {who} AND seq > 7"
EXTRA = "{moved} seq >= 7; {back} -seq + 1 WHERE seq < 0; {copied}"
ORDER = (
    "UPDATE {t} SET seq = -1 WHERE {who} AND seq = 7; UPDATE {t} SET seq = 7 WHERE {who} AND "
    "seq = 8; UPDATE {t} SET seq = 8 WHERE {who} AND seq = -1"
)
TAMPERED = [
    *((f"UPDATE {{t}} SET {name} = {to} WHERE {{who}} AND seq = 7", AT, "changed", name)
      for name, to in CHANGED.items()),
    (LOST, AT, "changed", "its hashes lost"),
    (MISSING, AT, "missing", "taken away"),
    (CLOSED_UP, AT, "missing", "taken away and closed up"),
    (TAIL, AT + 1, "missing", "the end taken away"),
    (EXTRA, AT, "extra", "put in"),
    (ORDER, AT, "order", "two exchanged"),
]  # fmt: skip
tampered = pytest.mark.parametrize(
    ("statement", "seq", "why"), [row[:3] for row in TAMPERED], ids=[row[3] for row in TAMPERED]
)


def worded(statement: str, table: str, who: str, copied: str, prev: str) -> str:
    moved = f"UPDATE {table} SET seq = -seq WHERE {who} AND"
    back = f"UPDATE {table} SET seq ="
    return statement.format(t=table, who=who, copied=copied, prev=prev, moved=moved, back=back)


def in_journal(path: Path, statement: str) -> None:
    copied = (
        "INSERT INTO records SELECT 7, turn, at_ns, direction, kind, payload, prev, hash "
        "FROM records WHERE seq = 3"
    )
    connection = sqlite3.connect(path)
    connection.executescript(worded(statement, "records", "true", copied, "prev"))
    connection.close()


async def in_database(url: str, statement: str, oms_id: str = "vps1") -> None:
    """As the owner of the database, who can take the triggers off."""
    who = f"oms_id = '{oms_id}'"
    copied = (
        "INSERT INTO oms_events SELECT oms_id, environment, 7, turn, at, at_ns, direction, kind, "
        f"payload, payload_text, prev_hash, hash FROM oms_events WHERE {who} AND seq = 3"
    )
    words = worded(statement, "oms_events", who, copied, "prev_hash")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET session_replication_role = replica; {words}")
    finally:
        await connection.close()


@pytest.fixture
async def checked(story: Story, database: str) -> Callable[[], Awaitable[Compared]]:
    """A day in both places, and the question whether they are one."""
    story.whole_day()
    torn = r.ContradictionSeen(at_ns=1, order_id=None, symbol="005930", what="a\x00b")
    story.tell("15:00:00", torn)
    await ship(database, story)
    return lambda: compare(database, "vps1", story.journal.path)


async def test_a_journal_and_its_copy_are_one_down_to_the_last_hash(
    checked: Callable[[], Awaitable[Compared]], story: Story
) -> None:
    found = await checked()
    assert found.difference is None
    assert found.journal == found.database
    assert (found.journal.begins, found.journal.rows) == (1, story.journal.last_seq)
    assert found.journal.last_hash == (story.journal.rows(limit=10_000)[-1].hash or b"").hex()
    assert found.waiting == 0


async def test_rows_not_shipped_yet_are_counted_and_no_difference(
    checked: Callable[[], Awaitable[Compared]], story: Story
) -> None:
    story.balance("15:35:00", 99_000_000)
    before = story.journal.last_seq
    story.write()
    found = await checked()
    assert (found.difference, found.waiting) == (None, story.journal.last_seq - before)


@tampered
async def test_what_is_done_to_the_journal_is_named(
    checked: Callable[[], Awaitable[Compared]], story: Story, statement: str, seq: int, why: str
) -> None:
    in_journal(story.journal.path, statement)
    wrong = (await checked()).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("journal", seq, why), wrong.said


@tampered
async def test_what_is_done_to_the_database_is_named_and_not_restored(
    checked: Callable[[], Awaitable[Compared]],
    database: str,
    tmp_path: Path,
    statement: str,
    seq: int,
    why: str,
) -> None:
    await in_database(database, statement)
    wrong = (await checked()).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("database", seq, why), wrong.said
    with pytest.raises(JournalError, match="not whole in the database"):
        await restore(database, "vps1", tmp_path / "restored.db")
    assert not (tmp_path / "restored.db").exists()


@pytest.mark.parametrize(
    "change",
    [
        "payload_text = payload_text || ' '",
        "payload_text = NULL",
        "payload_text = 'no json'",
        "at = at + interval '1 second'",
        "environment = 'real'",
        "payload = jsonb_set(payload, ARRAY['at_ns'], '1')",
    ],
)
async def test_columns_that_only_the_database_has_are_held_too(
    checked: Callable[[], Awaitable[Compared]], database: str, change: str
) -> None:
    await in_database(database, f"UPDATE {{t}} SET {change} WHERE {{who}} AND seq = 7")
    wrong = (await checked()).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("database", AT, "changed"), wrong.said


async def test_a_row_appended_to_the_copy_is_extra_whatever_its_hash(
    checked: Callable[[], Awaitable[Compared]], story: Story, database: str
) -> None:
    last = story.journal.rows(limit=10_000)[-1]
    assert last.hash is not None
    seq, turn, at_ns = last.seq + 1, last.turn + 1, story.at("08:20:00")
    own = digest(last.hash, seq, turn, at_ns, "in", "forged", b"{}")
    connection = await asyncpg.connect(database)
    await connection.execute(
        "INSERT INTO oms_events SELECT oms_id, environment, $1, $2, at, at_ns, direction, 'forged',"
        " '{}', '{}', $3, $4 FROM oms_events WHERE seq = 1",
        *(seq, turn, last.hash, own),
    )
    await connection.close()
    wrong = (await checked()).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("database", seq, "extra")
    story.balance("15:35:00", 1)
    story.write()
    wrong = (await checked()).difference  # now the journal has a row of that number too
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("either", seq, "changed")


@pytest.mark.parametrize(
    ("statement", "beyond", "why"),
    [
        ("UPDATE audit_position SET seq = seq - 1", 0, "extra"),
        ("UPDATE audit_position SET seq = seq + 1", 1, "missing"),
    ],
)
async def test_a_position_that_was_moved_is_named(
    checked: Callable[[], Awaitable[Compared]],
    story: Story,
    database: str,
    statement: str,
    beyond: int,
    why: str,
) -> None:
    await in_database(database, statement)
    wrong = (await checked()).difference
    assert wrong is not None
    seq = story.journal.last_seq + beyond
    assert (wrong.where, wrong.seq, wrong.why) == ("database", seq, why)


async def test_a_copy_or_a_journal_that_was_emptied_lacks_its_first_row(
    checked: Callable[[], Awaitable[Compared]], story: Story, database: str
) -> None:
    in_journal(story.journal.path, "DELETE FROM {t}")
    wrong = (await checked()).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("journal", 1, "missing")
    await in_database(database, "DELETE FROM {t}")
    wrong = (await checked()).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("database", 1, "missing")


@pytest.mark.parametrize("place", ["journal", "database", "both"])
async def test_hashes_that_were_all_taken_away_are_missed(
    checked: Callable[[], Awaitable[Compared]], story: Story, database: str, place: str
) -> None:
    nothing = "UPDATE {t} SET hash = NULL, {prev} = NULL"
    if place != "database":
        in_journal(story.journal.path, nothing)
    if place != "journal":
        await in_database(database, nothing)
    wrong = (await checked()).difference
    assert wrong is not None
    named = "database" if place == "both" else place
    assert (wrong.where, wrong.seq, wrong.why) == (named, 1, "changed")


@pytest.mark.parametrize("upto", [AT, None], ids=["one row", "to the end"])
@pytest.mark.parametrize("where", ["journal", "database"])
async def test_hashes_made_to_fit_show_beside_the_other_copy(
    checked: Callable[[], Awaitable[Compared]],
    story: Story,
    database: str,
    where: str,
    upto: int | None,
) -> None:
    rows = story.journal.rows(limit=10_000)
    forged: list[tuple[Any, ...]] = []
    prev = rows[AT - 2].hash or GENESIS
    for row in rows[AT - 1 : upto]:
        payload = row.payload.replace("{", '{"x":1,', 1) if row.seq == AT else row.payload
        own = digest(prev, *row[:5], payload.encode())
        forged.append((payload, prev, own, row.seq))
        prev = own
    if where == "journal":
        connection = sqlite3.connect(story.journal.path)
        connection.executemany(
            "UPDATE records SET payload = ?, prev = ?, hash = ? WHERE seq = ?", forged
        )
        connection.commit()
        connection.close()
    else:
        server = await asyncpg.connect(database)
        await server.execute("SET session_replication_role = replica")
        await server.executemany(
            "UPDATE oms_events SET payload_text = $1, prev_hash = $2, hash = $3, payload = CASE "
            "jsonb_typeof(payload) WHEN 'string' THEN payload ELSE $1::text::jsonb END "
            "WHERE seq = $4",
            forged,
        )
        await server.close()
    wrong = (await checked()).difference
    assert wrong is not None
    named = where if upto else "either"
    assert (wrong.where, wrong.seq, wrong.why) == (named, AT, "changed"), wrong.said


async def test_one_changed_byte_of_any_shipped_payload_is_detected(
    checked: Callable[[], Awaitable[Compared]], story: Story, database: str
) -> None:
    rows = story.journal.rows(limit=10_000)
    server = await asyncpg.connect(database)
    await server.execute("SET session_replication_role = replica")
    for row in rows:
        place = (row.seq * 31) % len(row.payload)
        other = "0" if row.payload[place] != "0" else "1"
        changed = row.payload[:place] + other + row.payload[place + 1 :]
        change = "UPDATE oms_events SET payload_text = $1 WHERE seq = $2"
        await server.execute(change, changed, row.seq)
        wrong = (await checked()).difference
        assert wrong is not None
        assert (wrong.where, wrong.seq, wrong.why) == ("database", row.seq, "changed")
        await server.execute(change, row.payload, row.seq)
    await server.close()
    assert (await checked()).difference is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_one_changed_byte_of_any_journaled_payload_is_detected(
    story: Story, data: st.DataObject
) -> None:
    if story.journal.last_seq == 0:
        story.whole_day()
        story.write()
    rows = story.journal.rows(limit=10_000)
    row = data.draw(st.sampled_from(rows))
    payload = bytearray(row.payload.encode())
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    connection = sqlite3.connect(story.journal.path)
    change = "UPDATE records SET payload = CAST(? AS TEXT) WHERE seq = ?"
    reader = JournalReader(story.journal.path)
    try:
        connection.execute(change, (bytes(payload), row.seq))
        connection.commit()
        misfit = walked(reader.links(limit=10_000))[1]
        assert misfit is not None
        assert (misfit.seq, misfit.why) == (row.seq, "changed")
    finally:
        connection.execute(change, (row.payload.encode(), row.seq))
        connection.commit()
        connection.close()
        reader.close()


async def test_sql_alone_computes_the_same_hash(
    checked: Callable[[], Awaitable[Compared]], story: Story, ask: Ask
) -> None:
    del checked
    said = (
        "SELECT count(*) FROM oms_events WHERE hash = sha256(prev_hash || convert_to("
        "concat_ws('|', seq, turn, at_ns, direction, octet_length(payload_text), kind, "
        "payload_text), 'UTF8'))"
    )
    assert await ask(said) == [{"count": story.journal.last_seq}]


async def test_two_oms_on_one_database_do_not_see_each_other(
    checked: Callable[[], Awaitable[Compared]],
    trail: MakeTrail,
    database: str,
    tmp_path: Path,
) -> None:
    other = Story(tmp_path / "vps2.db", "vps2")
    other.start(environment="paper")
    other.open_day()
    other.round_trip()
    await shipped(trail(other.write(), oms_id="vps2", environment=Environment.PAPER, batch=3))
    await in_database(database, MISSING, "vps2")
    assert (await checked()).difference is None
    wrong = (await compare(database, "vps2", other.journal.path)).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("database", AT, "missing")


async def test_a_row_of_another_oms_does_not_pass_for_ones_own(
    checked: Callable[[], Awaitable[Compared]], trail: MakeTrail, database: str, tmp_path: Path
) -> None:
    other = Story(tmp_path / "vps2.db", "vps2")
    other.whole_day()
    await shipped(trail(other.write(), oms_id="vps2"))
    await in_database(
        database,
        MISSING + "; UPDATE oms_events SET oms_id = 'vps1' WHERE oms_id = 'vps2' AND seq = 7",
    )
    wrong = (await checked()).difference
    assert wrong is not None
    assert (wrong.where, wrong.seq, wrong.why) == ("database", AT, "changed")


async def test_an_oms_the_database_does_not_know_cannot_be_compared(
    story: Story, database: str
) -> None:
    story.start()
    story.write()
    with pytest.raises(Uncheckable, match="holds nothing of vps1"):
        await compare(database, "vps1", story.journal.path)
    with pytest.raises(JournalError, match="does not exist"):
        await compare(database, "vps1", story.journal.path.with_name("none.db"))


async def test_the_restored_journal_goes_on_with_the_chain(
    checked: Callable[[], Awaitable[Compared]], story: Story, database: str, tmp_path: Path
) -> None:
    del checked
    path = tmp_path / "restored.db"
    await restore(database, "vps1", path)
    again = Story(path)
    assert again.journal.rows(limit=10_000) == story.journal.rows(limit=10_000)
    again.on = "2025-03-17"
    again.open_day()
    await ship(database, again)
    found = await compare(database, "vps1", path)
    assert found.difference is None
    assert found.journal == found.database
    wrong = (await compare(database, "vps1", story.journal.path)).difference
    assert wrong is not None  # the lost journal, found again: it ends too early
    assert (wrong.where, wrong.seq) == ("journal", story.journal.last_seq + 1)
    assert wrong.why == "missing"


# Before the chain --------------------------------------------------------------------------------


def aged(path: Path) -> None:
    """Make of a journal what the version before the chain would have written."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "ALTER TABLE records DROP COLUMN prev; ALTER TABLE records DROP COLUMN hash;"
        "PRAGMA user_version = 1"
    )
    connection.close()


async def grown(story: Story, url: str) -> Story:
    """A day shipped before there was a chain to a database without one, then a day with it."""
    story.whole_day()
    await ship(url, story)
    journal = story.journal
    journal.close()
    aged(journal.path)
    await migrate.downgrade(url, "0004")
    await migrate.upgrade(url)
    again = Story(journal.path)
    again.on = "2025-03-17"
    again.start()
    again.open_day()
    await ship(url, again)
    return again


async def test_a_journal_of_before_the_chain_is_read_and_its_chain_begins_behind(
    story: Story, database: str, tmp_path: Path
) -> None:
    again = await grown(story, database)
    old = again.journal.last_seq - 4
    found = await compare(database, "vps1", again.journal.path)
    assert found.difference is None
    assert found.journal == found.database
    assert found.journal.begins == old + 1
    assert as_dict(found)["journal"]["chain_begins"] == old + 1
    path = tmp_path / "restored.db"
    assert await restore(database, "vps1", path) == again.journal.last_seq
    restored = Journal.open(path)
    assert records(restored) == records(again.journal)
    restored.close()


@pytest.mark.parametrize(
    "change",
    ["at_ns = at_ns + 1", "kind = 'other'", "payload = jsonb_set(payload, ARRAY['at_ns'], '1')",
     "turn = turn + 1"],
)  # fmt: skip
async def test_rows_older_than_the_chain_are_held_together_by_their_content(
    story: Story, database: str, change: str
) -> None:
    again = await grown(story, database)
    await in_database(database, f"UPDATE {{t}} SET {change} WHERE {{who}} AND seq = 7")
    wrong = (await compare(database, "vps1", again.journal.path)).difference
    assert wrong is not None
    assert (wrong.seq, wrong.why) == (AT, "changed")


async def test_an_old_journal_beside_the_process_that_writes_it_is_readable(story: Story) -> None:
    story.whole_day()
    path = story.write().path
    story.journal.close()
    aged(path)
    reader = JournalReader(path)
    assert {row.hash for row in reader.rows()} == {None}
    assert {link.prev for link in reader.links()} == {None}
    assert len(list(reader.turns())) > 1
    reader.close()


async def test_an_old_journal_that_is_shipped_anew_stays_older_than_the_chain(
    story: Story, database: str, tmp_path: Path
) -> None:
    story.whole_day()
    torn = r.ContradictionSeen(at_ns=1, order_id=None, symbol="005930", what="a\x00b")
    story.tell("15:00:00", torn)
    path = story.write().path
    old = story.journal.last_seq
    story.journal.close()
    aged(path)
    again = Story(path)
    again.balance("15:35:00", 99_000_000)
    await ship(database, again)
    found = await compare(database, "vps1", path)
    assert found.difference is None
    assert found.journal == found.database
    assert found.journal.begins == old + 1
    await restore(database, "vps1", tmp_path / "restored.db")
    restored = Journal.open(tmp_path / "restored.db")
    assert records(restored) == records(again.journal)
    restored.close()
