"""A journal decided again comes out the same, and says where it does not."""

import sqlite3
from pathlib import Path

import pytest

from oms.core import records as r
from oms.core.records import MarksSet
from oms.journal import Journal, JournalError, JournalReader, Turn
from oms.verify import verify
from tests.oms.stories import SAMSUNG, Story, one


@pytest.fixture
def day(story: Story) -> Story:
    """An entry filled in two parts, a stop that fires, an exit declined and sold again."""
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    number = story.answer(order_id)
    story.notice(number, 4)
    story.history(story.row(order_id, filled=10, remaining=0))
    stop = one(story.wait(60).trade(67_900), r.OrderPlanned).order_id
    story.declined(stop)
    again = one(story.wait(5).timer(), r.OrderPlanned).order_id
    story.notice(story.answer(again), 10, 67_800, "SELL")
    story.operator("flatten_all")
    story.enter(5, limit_krw=70_050)
    return story


def written(folder: Path, story: Story) -> Path:
    path = folder / "day.db"
    journal = Journal.open(path)
    journal.append([Turn(heard, outputs) for heard, outputs in story.told])
    journal.close()
    return path


def test_a_whole_day_decided_again_is_the_same_event_by_event(tmp_path: Path, day: Story) -> None:
    found = verify(written(tmp_path, day))
    assert found.differences == ()
    assert found.events == len(day.told)
    assert found.decisions == sum(len(outputs) for _, outputs in day.told)


def test_an_output_that_was_changed_is_found_where_it_was_and_once(
    tmp_path: Path, day: Story
) -> None:
    path = written(tmp_path, day)
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE records SET payload = replace(payload, '\"shares\":6', '\"shares\":5') "
        "WHERE kind = 'allocation_changed'"
    )
    connection.execute(
        "UPDATE records SET payload = replace(payload, 'declined', 'withdrawn') "
        "WHERE kind = 'order_closed'"
    )
    connection.commit()
    connection.close()
    found = verify(path)
    assert [difference.kind for difference in found.differences] == ["broker_answered"]
    assert "withdrawn" in found.differences[0].cause


def test_the_fold_of_the_journal_is_the_book(tmp_path: Path, day: Story) -> None:
    path = written(tmp_path, day)
    reader = JournalReader(path)
    rows = reader.rows(limit=10_000)
    reader.close()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.direction == "in" for row in rows if row.kind == "started")
    day.restart()
    assert day.allocation("KMP", SAMSUNG).shares == 0


def test_a_turn_is_kept_whole_or_not_at_all(tmp_path: Path, story: Story) -> None:
    journal = Journal.open(tmp_path / "day.db")
    journal.append([Turn(heard, outputs) for heard, outputs in story.told])
    last = journal.last_seq

    class Unwritable:
        at_ns = "no number"

    with pytest.raises(TypeError):
        journal.append([Turn(story.told[0][0], [Unwritable()])])  # type: ignore[list-item]
    assert journal.last_seq == last
    heard = r.MarksTaken(at_ns=1, marks=())
    assert journal.append([Turn(heard, [MarksSet(at_ns=1, marks=())])]) == [last + 1]
    journal.close()


def test_what_was_durable_is_there_after_the_process_is_gone(tmp_path: Path, story: Story) -> None:
    path = tmp_path / "day.db"
    journal = Journal.open(path)
    journal.append([Turn(heard, outputs) for heard, outputs in story.told])
    reader = JournalReader(path)  # beside the writer, nothing was closed
    assert reader.last_seq() == journal.last_seq
    journal.checkpoint()
    assert len(list(reader.turns())) == len(story.told)
    reader.close()
    journal.close()


def test_a_journal_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="does not exist"):
        verify(tmp_path / "none.db")


def test_a_journal_of_a_later_version_is_not_traded_on(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    Journal.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 3")
    connection.close()
    with pytest.raises(JournalError, match="version 3, expected 2"):
        Journal.open(path)
