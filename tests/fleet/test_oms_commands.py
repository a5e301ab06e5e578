"""`kst oms verify` from the command line: exit code, one JSON line, words in both languages."""

import asyncio
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from config.load import DIRECTORY
from fleet.__main__ import app
from infra.postgres import migrate
from tests.oms.audit.story import Story, ship


class Place:
    """A configured OMS with a day in its journal and in its database."""

    def __init__(self, folder: Path, database: str) -> None:
        self.config = folder / "config"
        shutil.copytree(DIRECTORY, self.config, ignore=shutil.ignore_patterns("*.py", "__*"))
        fleet = self.config / "fleet.yaml"
        data = f"data_dir: {folder / 'data'}"
        fleet.write_text(fleet.read_text().replace("data_dir: data", data))
        self.journal = folder / "data" / "oms" / "vps1.db"
        self.database = database
        story = Story(self.journal)
        story.whole_day()
        asyncio.run(ship(database, story))
        self.rows = story.journal.last_seq
        story.journal.close()

    def run(self, *words: str, oms_id: str = "vps1") -> Result:
        return self.command("verify", *words, oms_id=oms_id)

    def command(self, name: str, *words: str, oms_id: str = "vps1") -> Result:
        command = ["oms", name, "--config", str(self.config), "--oms-id", oms_id, *words]
        return CliRunner().invoke(app, command)

    def said(self, oms_id: str = "vps1") -> tuple[int, dict[str, Any]]:
        done = self.run("--json", oms_id=oms_id)
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return done.exit_code, said

    def change_journal(self, statement: str) -> None:
        connection = sqlite3.connect(self.journal)
        connection.executescript(statement)
        connection.close()

    def change_database(self, statement: str) -> None:
        async def change() -> None:
            connection = await asyncpg.connect(self.database)
            await connection.execute(f"SET session_replication_role = replica; {statement}")
            await connection.close()

        asyncio.run(change())


@pytest.fixture
def place(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("DATABASE_URL", database)
    return Place(tmp_path, database)


def test_two_copies_that_are_one_end_with_zero(place: Place) -> None:
    code, said = place.said()
    assert code == 0
    assert said["whole"] is True
    assert said["difference"] is None
    assert said["journal"] == said["database"]
    assert said["journal"]["rows"] == place.rows
    done = place.run()
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "vps1: 온전함 · whole"


def test_the_first_difference_ends_with_one_and_says_what_to_do(place: Place) -> None:
    place.change_database("DELETE FROM oms_events WHERE seq = 7")
    code, said = place.said()
    assert code == 1
    assert said["whole"] is False
    wrong = said["difference"]
    assert (wrong["where"], wrong["seq"], wrong["why"]) == ("database", 7, "missing")
    assert "The journal is the truth" in wrong["next"]
    done = place.run()
    assert done.exit_code == 1
    assert "PostgreSQL 7행 누락됨 · row 7 of PostgreSQL is missing" in done.stdout
    assert "조치: 저널이 원본입니다." in done.stdout
    assert "next: The journal is the truth" in done.stdout


def test_a_changed_journal_is_to_be_restored(place: Place) -> None:
    place.change_journal("UPDATE records SET payload = replace(payload, '1', '2') WHERE seq = 5")
    done = place.run()
    assert done.exit_code == 1
    assert "저널 5행 변경됨 · row 5 of the journal is changed" in done.stdout
    assert "run kst oms restore" in done.stdout


@pytest.mark.parametrize(
    ("url", "oms_id", "sentence"),
    [
        ("", "vps1", "DATABASE_URL is not set"),
        ("postgresql://me:sesame@127.0.0.1:1/trading", "vps1", "PostgreSQL cannot be read"),
        ("mysql://x/y", "vps1", "expected postgresql://"),
        (None, "vps9", "vps9.db does not exist"),
        (None, "../vps1", "is no oms_id"),
        (None, "other", "the database holds nothing of other"),
        (None, "torn", "not a usable journal"),
    ],
)
def test_what_cannot_be_checked_ends_with_two_and_says_why(
    place: Place, monkeypatch: pytest.MonkeyPatch, url: str | None, oms_id: str, sentence: str
) -> None:
    shutil.copy(place.journal, place.journal.with_name("other.db"))
    place.journal.with_name("torn.db").write_text("no database " * 100)
    if url is not None:
        monkeypatch.setenv("DATABASE_URL", url)
    code, said = place.said(oms_id)
    assert (code, said["whole"]) == (2, None)
    assert sentence in said["problem"]
    assert "sesame" not in said["problem"]
    done = place.run(oms_id=oms_id)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "확인하지 못했습니다 · not checked" in done.stderr


def test_a_database_that_was_not_migrated_cannot_be_checked(place: Place) -> None:
    asyncio.run(migrate.downgrade(place.database, "0004"))
    code, said = place.said()
    assert code == 2
    assert "python -m infra.postgres.migrate" in said["problem"]


def test_a_journal_that_was_changed_is_restored_and_whole_again(place: Place) -> None:
    place.change_journal("UPDATE records SET payload = replace(payload, '1', '2') WHERE seq = 5")
    refused = place.command("restore")
    assert refused.exit_code == 2
    assert "move it away first" in refused.stderr
    place.journal.rename(place.journal.with_suffix(".kept"))
    done = place.command("restore")
    assert done.exit_code == 0, done.stderr
    assert f"{place.rows} rows restored" in done.stdout
    assert place.said()[0] == 0


def test_a_database_that_is_not_whole_restores_nothing(place: Place) -> None:
    place.change_database("UPDATE oms_events SET payload_text = '{}' WHERE seq = 7")
    place.journal.rename(place.journal.with_suffix(".kept"))
    done = place.command("restore")
    assert done.exit_code == 2
    assert "row 7 is not what its hash was taken of" in done.stderr
    assert not place.journal.exists()
