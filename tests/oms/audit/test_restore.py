"""A lost journal comes back from the database, row for row."""

from pathlib import Path

import pytest

from oms.audit.restore import restore
from oms.core import records as r
from oms.core.book import Book
from oms.journal import Journal, JournalError
from tests.oms.audit.conftest import Ask
from tests.oms.audit.story import Story, ship

pytestmark = pytest.mark.anyio


async def test_the_journal_comes_back_row_for_row(
    story: Story, database: str, tmp_path: Path
) -> None:
    story.whole_day()
    torn = r.ContradictionSeen(
        at_ns=story.at("15:00:00"), order_id=None, symbol="005930", what="a\x00b"
    )
    story.tell("15:00:00", torn)
    await ship(database, story)
    path = tmp_path / "restored.db"
    assert await restore(database, "vps1", path) == story.journal.last_seq
    restored = Journal.open(path)
    assert records(restored) == records(story.journal)
    assert folded(restored).realised_today_krw == folded(story.journal).realised_today_krw != 0
    restored.close()


async def test_shipping_goes_on_from_the_restored_journal(
    story: Story, database: str, tmp_path: Path, ask: Ask
) -> None:
    story.whole_day()
    await ship(database, story)
    path = tmp_path / "restored.db"
    await restore(database, "vps1", path)
    again = Story(path)
    again.on = "2025-03-17"
    again.open_day()
    await ship(database, again)
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": again.journal.last_seq}]


async def test_a_journal_that_exists_is_never_written_over(story: Story, database: str) -> None:
    with pytest.raises(JournalError, match="exists"):
        await restore(database, "vps1", story.journal.path)


async def test_what_the_database_does_not_hold_leaves_no_file(
    database: str, tmp_path: Path
) -> None:
    path = tmp_path / "nothing.db"
    with pytest.raises(JournalError, match="holds nothing of vps9"):
        await restore(database, "vps9", path)
    assert not path.exists()


async def test_a_hole_in_the_database_is_not_restored_over(
    story: Story, database: str, tmp_path: Path, ask: Ask
) -> None:
    story.whole_day()
    await ship(database, story)
    await ask("SELECT set_config('kst.retention', 'on', false)")
    await ask("DELETE FROM oms_events WHERE seq = 5")
    with pytest.raises(JournalError, match="row 5 is not there"):
        await restore(database, "vps1", tmp_path / "holed.db")


def records(journal: Journal) -> list[tuple[object, ...]]:
    decode = {"in": r.decode_input, "out": r.decode_output}
    return [
        (*row._replace(payload=""), decode[row.direction](row.payload))
        for row in journal.rows(limit=10_000)
    ]


def folded(journal: Journal) -> Book:
    book = Book()
    for output in journal.outputs():
        book.apply(output)
    return book
