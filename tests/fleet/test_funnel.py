"""`kst funnel` over what two strategies shipped into a real database."""

import asyncio
import json
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from fleet.__main__ import app
from kis_core.environment import Environment
from strategy_runtime.shipper import Destination, NoteShipper
from tests.strategy_runtime.noting import Day, a_day, close_all, noting, trading_day

DAY = "2025-09-03"


@pytest.fixture
def shipped(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    async def ship() -> None:
        for name, turns in (("KMP", 8), ("KPR", 3)):
            folder = tmp_path / name
            day = Day(folder, trading_day(DAY), noting(a_day(DAY))).tell(turns).report()
            to = Destination(database, Environment.SIM, name)
            shipper = NoteShipper(to, day.toy, folder, structlog.get_logger())
            await shipper.ship()
            shipper.drop()
            await asyncio.sleep(0)
        close_all()

    asyncio.run(ship())
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def test_two_strategies_stand_side_by_side(shipped: Path) -> None:
    said = CliRunner().invoke(app, ["funnel"])
    assert said.exit_code == 0, said.output
    for text in (DAY, "KMP (sim)", "KPR (sim)", "관문 gate", "noted", "MIN_SURGE", "index unknown"):
        assert text in said.output
    line = next(line for line in said.output.splitlines() if "KMP (sim)" in line)
    assert "KPR (sim)" in line


def test_a_program_reads_the_same(shipped: Path) -> None:
    said = CliRunner().invoke(app, ["funnel", "--date", DAY, "--strategy", "kmp", "--json"])
    [day] = json.loads(said.stdout.splitlines()[-1])["days"]
    assert (day["strategy"], day["mode"], day["problems"]) == (
        "KMP", "permissive", ["index unknown"],
    )  # fmt: skip
    noted = {"gate": "noted", "reached": 9, "passed": 8, "stopped": 1}
    assert day["gates"][1].items() >= noted.items()
    assert day["would_block"] == {"MIN_SURGE": 2, "LUNCH_BLOCK": 1}
    assert day["stopped"]["spread"]["by_time"] == {"09:16": 1}


def test_the_page_has_a_chart_of_each_and_one_of_both(shipped: Path) -> None:
    page = shipped / "funnel.html"
    said = CliRunner().invoke(app, ["funnel", "--html", str(page)])
    assert said.exit_code == 0, said.output
    html = page.read_text("utf-8")
    assert html.count('"type":"funnel"') >= 4  # KMP, KPR, and both in one
    assert "https://" not in html.split("</script>")[-1]
    assert "데이터 문제" in html


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--date", "2025-09-04"], "no funnel of any strategy for 2025-09-04; the newest is of"),
        (["--strategy", "NOBODY"], "no funnel of NOBODY in the database"),
        (["--date", "yesterday"], "--date yesterday: expected YYYY-MM-DD"),
        (["--html", "/nowhere/at/all.html"], "--html /nowhere/at/all.html: No such file"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    shipped: Path, words: list[str], sentence: str
) -> None:
    said = CliRunner().invoke(app, ["funnel", *words])
    assert said.exit_code == 1
    assert sentence in said.stderr


def test_a_database_without_the_schema_or_none_at_all(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    said = CliRunner().invoke(app, ["funnel"])
    assert (said.exit_code, "infra.postgres.migrate" in said.stderr) == (1, True)
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:sesame@127.0.0.1:1/trading")
    said = CliRunner().invoke(app, ["funnel"])
    assert (said.exit_code, "cannot reach PostgreSQL" in said.stderr) == (1, True)
    assert "sesame" not in said.stderr
