"""The journal among processes and on disks that fail: what was told durable is there, or nothing is
traded on it."""

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import CapturingLogger

import oms.running
from oms.core import records as r
from oms.journal import Journal, JournalError, JournalReader, Row, Turn
from oms.running import Parts, running
from tests.oms.stories import SAMSUNG, House, Story, trade_of
from tests.oms.waiting import until

pytestmark = pytest.mark.anyio

REPO = Path(__file__).resolve().parents[2]
TEARS = 24  # random ones, of each file
WRITER = (sys.executable, "-m", "tests.oms.writer")


@pytest.fixture
def day(tmp_path: Path, story: Story) -> Path:
    """A journal with a position in it, closed."""
    story.hold()
    journal = Journal.open(tmp_path / "day.db")
    journal.append([Turn(heard, outputs) for heard, outputs in story.told])
    journal.close()
    return journal.path


def killed(path: Path, after: int) -> int:
    """Let a process write, kill it once it has told so many; return the last seq it told."""
    told = 0
    with subprocess.Popen((*WRITER, str(path)), cwd=REPO, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(after):
            told = int(child.stdout.readline())
        child.kill()
        for line in child.stdout:
            told = int(line) if line.endswith(b"\n") else told
    return told


def seqs(path: Path) -> list[int]:
    """Fold a journal as a start does, then return the numbers of its rows."""
    journal = Journal.open(path)
    try:
        assert sum(1 for _ in journal.outputs()) == journal.last_seq // 2
        return [row.seq for row in journal.rows(limit=100_000)]
    finally:
        journal.close()


# One process at a time


def test_a_second_process_is_told_who_has_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    journal = Journal.open(path)
    second = subprocess.run(
        (*WRITER, str(path)), cwd=REPO, capture_output=True, text=True, timeout=30
    )
    assert second.returncode == 2
    assert f"{path} is in use by process {os.getpid()}: one OMS a journal" in second.stderr
    assert second.stdout == ""
    with pytest.raises(JournalError, match="in use by process"):
        Journal.open(path)
    journal.close()
    Journal.open(path).close()


def test_a_process_that_was_killed_leaves_no_lock_behind(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    told = killed(path, after=5)
    assert seqs(path)[-1] >= told >= 10


def test_another_journal_beside_it_is_free(tmp_path: Path) -> None:
    one, other = Journal.open(tmp_path / "one.db"), Journal.open(tmp_path / "other.db")
    one.close()
    other.close()


# A row that was changed


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE records SET payload = replace(payload, 'true', 'false') WHERE seq = 9",
            "row 9 is",
        ),
        ("UPDATE records SET payload = x'ff' WHERE seq = 9", "row 9 is not what its hash"),
        ("UPDATE records SET turn = 'x' WHERE seq = 9", "row 9 is not what its hash"),
        ("UPDATE records SET hash = NULL, prev = NULL WHERE seq = 9", "row 9 has lost its hash"),
        ("DELETE FROM records WHERE seq = 9", "row 9 is not there"),
        ("DELETE FROM records WHERE direction = 'in' AND seq > 9", "rows? .* not there"),
    ],
)
async def test_a_journal_that_was_changed_does_not_start(
    house: House, day: Path, statement: str, said: str
) -> None:
    shutil.copy(day, house.folder / "primary.db")
    connection = sqlite3.connect(house.folder / "primary.db")
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(JournalError, match=f"{said}.*kst oms restore"):
        async with running(house.parts()):
            pass
    assert house.broker.placed == []


def test_a_journal_of_a_newer_oms_does_not_start(day: Path) -> None:
    journal = Journal.open(day)
    journal.append([Turn(r.QueryFailed(at_ns=1, query="balance", error="e", text="t"), ())])
    last = journal.last_seq

    class Odd(r.Output, frozen=True, kw_only=True, tag="unheard_of"):
        """What a later version may decide."""

    journal.append(
        [Turn(r.QueryFailed(at_ns=1, query="balance", error="e", text="t"), [Odd(at_ns=1)])]  # type: ignore[list-item]
    )
    with pytest.raises(JournalError, match=f"row {last + 2} is of a newer version"):
        list(journal.outputs())
    journal.close()


# Disks that are full, or may not be written


def limited(journal: Journal, on: bool) -> None:
    """Let the file grow no further, as on a full disk; SQLite then says what it says there."""
    used = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {used if on else 2**30}")


def read_only(journal: Journal, on: bool) -> None:
    journal._connection.execute(f"PRAGMA query_only = {on}")


FAULTS = pytest.mark.parametrize(
    ("fault", "said"),
    [(limited, "disk is full"), (read_only, "readonly")],
    ids=["full", "read-only"],
)


def much(turns: int = 400) -> list[Turn]:
    failed = r.QueryFailed(at_ns=1, query="balance", error="Odd", text="x" * 200)
    return [Turn(failed, ())] * turns


@FAULTS
def test_what_cannot_be_written_is_told_and_the_chain_goes_on_after_it(
    day: Path, fault: Any, said: str
) -> None:
    journal = Journal.open(day)
    before = journal.last_seq
    fault(journal, on=True)
    for _ in range(2):
        with pytest.raises(JournalError, match=f"cannot be written .*{said}.*no order leaves"):
            journal.append(much())
    assert (journal.last_seq, len(journal.rows(limit=9999))) == (before, before)
    fault(journal, on=False)
    journal.append(much())
    assert journal.last_seq == before + 400
    assert list(journal.outputs())  # the chain holds
    journal.close()


async def until_the_disk_is_full(house: House, parts: Parts, fault: Any, what: str) -> None:
    """Run until something is to be sent that cannot be journaled, and a little longer."""
    async with running(parts) as desk:
        await until(lambda: desk.health.serving)
        quote = await desk.quotes.quote(SAMSUNG)
        enter = r.Asked("ENTER", "i1", "test", SAMSUNG, 10, 70_000, 68_000)
        received = {"at_ns": house.clock.now_ns(), "strategy_id": "KMP"}
        if what != "entry":
            await desk.inbox.ask(r.IntentReceived(**received, asked=enter, quote=quote))
            await until(lambda: house.broker.placed)
            house.line.bring(house.fill_notice(1, 10))
            await until(lambda: desk.inbox.book.allocation("KMP", SAMSUNG).shares == 10)
        fault(parts.journal, on=True)
        for turn in much():  # whatever room there was
            desk.inbox.put(turn.heard)
        match what:
            case "entry":
                desk.inbox.put(r.IntentReceived(**received, asked=enter, quote=quote))
            case "exit":
                sell = r.Asked("EXIT", "i2", "test", SAMSUNG)
                desk.inbox.put(r.IntentReceived(**received, asked=sell, quote=None))
            case _:
                house.line.bring(trade_of(SAMSUNG, 67_900, house.clock.now_ns()))
        await asyncio.sleep(2)


@FAULTS
@pytest.mark.parametrize("what", ["entry", "exit", "stop"])
async def test_without_durability_nothing_is_sent_and_the_oms_ends_with_an_alarm(
    house: House, fault: Any, said: str, what: str
) -> None:
    log = CapturingLogger()
    parts = replace(house.parts(), log=log)
    with pytest.raises(ExceptionGroup) as ended:
        await until_the_disk_is_full(house, parts, fault, what)
    assert ended.group_contains(JournalError, match=f"cannot be written .*{said}")
    alarms = [call for call in log.calls if call.method_name == "critical"]
    assert [call.args for call in alarms] == [
        ("JOURNAL NOT WRITABLE: no order leaves, stops are not kept",)
    ]
    assert len(house.broker.placed) == (what != "entry")
    async with running(house.parts()) as desk:  # there is room again
        await until(lambda: desk.health.serving)
        assert len(desk.inbox.book.orders) == (what != "entry")
        if what != "entry":
            assert desk.inbox.book.allocation("KMP", SAMSUNG).shares == 10
            house.line.bring(trade_of(SAMSUNG, 67_900, house.clock.now_ns()))
            await until(lambda: len(house.broker.placed) == 2)  # its stop is kept


async def test_an_oms_whose_journal_cannot_be_compacted_trades_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    parts = replace(house.parts(), log=log)
    monkeypatch.setattr(oms.running, "CHECKPOINT_EVERY_S", 0.01)

    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    parts.journal.checkpoint = full  # type: ignore[method-assign]
    async with running(parts) as desk:
        await until(lambda: desk.health.serving)
        said = ("Journal not compacted",)
        await until(lambda: any(call.args == said for call in log.calls), within_s=10)
        quote = await desk.quotes.quote(SAMSUNG)
        enter = r.Asked("ENTER", "i1", "test", SAMSUNG, 10, 70_000, 68_000)
        at_ns = house.clock.now_ns()
        await desk.inbox.ask(
            r.IntentReceived(at_ns=at_ns, strategy_id="KMP", asked=enter, quote=quote)
        )
        await until(lambda: house.broker.placed)


def test_a_process_whose_disk_ends_keeps_every_row_it_told(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    ended = subprocess.run(
        (*WRITER, str(path), "300000"), cwd=REPO, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert f"{path} cannot be written" in ended.stderr
    told = int(ended.stdout.split()[-1])
    assert told > 100
    assert seqs(path) == list(range(1, told + 1))
    assert killed(path, after=5) > told  # with room again it goes on


def test_a_start_on_a_disk_without_room_says_so(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    ended = subprocess.run(
        (*WRITER, str(path), "100"), cwd=REPO, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert f"{path} cannot be written" in ended.stderr
    assert ended.stdout == ""


# Torn files


def damaged(path: Path, folder: Path, dice: random.Random) -> Iterator[Path]:
    """Copies of a journal, each with one file cut or one of its bits turned."""
    wal = path.with_name(f"{path.name}-wal")
    for number in range(TEARS):
        for suffix in ("", "-wal"):
            for way in ("cut", "turned"):
                copy = folder / f"{number}{suffix}{way}.db"
                shutil.copy(path, copy)
                shutil.copy(wal, f"{copy}-wal")
                with Path(f"{copy}{suffix}").open("r+b") as file:
                    size = file.seek(0, os.SEEK_END)
                    at = dice.randrange(size)
                    if way == "cut":
                        file.truncate(at)
                    else:
                        file.seek(at)
                        bit = bytes([file.read(1)[0] ^ 1 << dice.randrange(8)])
                        file.seek(at)
                        file.write(bit)
                yield copy


def test_a_torn_journal_is_its_own_beginning_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    told = killed(path, after=130)
    kept = tmp_path / "kept"
    kept.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", kept / f"day.db{suffix}")
    reader = JournalReader(path)
    rows = reader.rows(limit=100_000)
    reader.close()
    assert len(rows) >= told
    copies = list(damaged(kept / "day.db", tmp_path, random.Random(5)))
    found = [content(copy) for copy in copies]
    assert all(one is None or one == rows[: len(one)] for one in found)
    assert None in found
    assert any(one is not None and len(one) < len(rows) for one in found)


def content(path: Path) -> list[Row] | None:
    """What a start would trade on; None when it refuses."""
    try:
        journal = Journal.open(path)
    except JournalError:
        return None
    try:
        list(journal.outputs())
        return journal.rows(limit=100_000)
    except JournalError:
        return None
    finally:
        journal.close()
