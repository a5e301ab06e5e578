"""python -m oms: what stops the start is told in one sentence, with exit code 2."""

import asyncio
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from config.load import DIRECTORY
from oms.journal import Journal
from tests.oms.audit.story import Story, ship

REPO = DIRECTORY.parent
SECRETS = {
    "SIM_APP_KEY": "PS" + "0" * 34,
    "SIM_APP_SECRET": "0" * 180,
    "SIM_ACCOUNT_NO": "50000001-01",
    "SIM_HTS_ID": "kstsim",
    "RELAY_TOKEN_OMS": "relay",
    "OMS_TOKEN_KMP": "kmp",
    "OMS_TOKEN_OPERATOR": "operator",
    "OMS_TOKEN_VIEWER": "viewer",
}


def start(
    folder: Path, before: Callable[[], None] | None = None, *more: str, **secrets: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "oms", "--config", str(folder), *more],
        preexec_fn=before,
        cwd=REPO,
        env=kept | secrets,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_11_09_a_missing_limit_stops_the_start_with_its_name(tmp_path: Path) -> None:
    for file in DIRECTORY.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    oms = tmp_path / "oms.yaml"
    kept = [line for line in oms.read_text().splitlines() if "gross_pct_max" not in line]
    oms.write_text("\n".join(kept))
    ended = start(tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == (
        "oms: oms.yaml: risk.gross_pct_max is missing; write it down, there is no default\n"
    )


def test_10_5_07_a_typo_in_the_paper_switch_stops_the_start(tmp_path: Path) -> None:
    ended = start(DIRECTORY, KIS_IS_PAPER="yes")
    assert ended.returncode == 2
    assert "KIS_IS_PAPER must be true or false" in ended.stderr


class Place:
    """An OMS configured for a simulator that is not there, with a day in its journal."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        shutil.copytree(DIRECTORY, self.config, ignore=shutil.ignore_patterns("*.py", "__*"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        nowhere = {"rest_url": "http://127.0.0.1:1", "ws_url": "ws://127.0.0.1:1"}
        words = {
            "broker": "sim",
            "simulator": nowhere | {"dialect": "real"},
            "clock": {"kind": "system", "file": None},
            "log": {"level": "info", "directory": None},
            "data_dir": str(folder / "data"),
            "strategies": [],
            "relay_url": "http://127.0.0.1:1",
            "oms_url": f"http://127.0.0.1:{port}",
        }
        (self.config / "fleet.yaml").write_text(yaml.safe_dump(words))
        self.journal = folder / "data" / "oms" / "primary.db"
        self.story = Story(self.journal, "primary")
        self.story.whole_day()
        self.story.write()
        self.story.journal.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def refused(
    place: Place, *said: str, before: Callable[[], None] | None = None, **more: str
) -> None:
    """Start, and see it end with one sentence that says all of this."""
    ended = start(place.config, before, **SECRETS, **more)
    sentence = ended.stderr.splitlines()[-1]
    assert ended.returncode == 2, ended.stderr
    assert sentence.startswith("oms: ")
    assert "Traceback" not in ended.stderr
    for part in said:
        assert part in sentence


def test_a_journal_that_another_process_has_is_not_traded_on(place: Place) -> None:
    journal = Journal.open(place.journal)
    refused(place, f"is in use by process {os.getpid()}: one OMS a journal")
    journal.close()


def test_a_journal_that_was_changed_is_not_traded_on(place: Place) -> None:
    connection = sqlite3.connect(place.journal)
    connection.execute("UPDATE records SET payload = replace(payload, '1', '2') WHERE seq = 5")
    connection.commit()
    connection.close()
    refused(place, "row 5 is not what its hash was taken of", "run kst oms restore")


def test_a_journal_that_cannot_be_written_is_not_traded_on(place: Place) -> None:
    journal = Journal.open(place.journal)
    last = journal.last_seq
    journal.close()

    def without_room() -> None:  # no file may grow: SQLite opens the journal and cannot commit
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    refused(place, f"{place.journal} cannot be written", "no order leaves", before=without_room)
    journal = Journal.open(place.journal)
    assert journal.last_seq == last
    journal.close()


def test_a_journal_whose_copy_is_anothers_is_not_traded_on(place: Place, database: str) -> None:
    other = Story(place.journal.with_name("other.db"), "primary")
    other.whole_day()
    other.balance("15:35:00", 1)
    asyncio.run(ship(database, other))
    rows = other.journal.last_seq
    other.journal.close()
    said = f"the database holds {rows} rows of another journal of primary"
    refused(place, said, "no other OMS runs as primary", DATABASE_URL=database)


def test_an_account_of_stocks_is_no_account_of_contracts(tmp_path: Path) -> None:
    for file in DIRECTORY.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    keys = {"KIS_PAPER_APP_KEY": "K", "KIS_PAPER_APP_SECRET": "S", "KIS_HTS_ID": "trader"}
    ended = start(
        tmp_path,
        None,
        "--settings",
        "oms_derivatives",
        KIS_IS_PAPER="true",
        KIS_PAPER_ACCOUNT_NO="12345678-01",
        **keys,
    )
    assert ended.returncode == 2
    assert ended.stderr.endswith(
        "oms: instruments: derivatives, but an account of product 01 holds stocks\n"
    )
