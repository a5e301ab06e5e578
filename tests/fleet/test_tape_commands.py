"""`kst tape`: listed, put away, checked, read and exported from files."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from collector.tape import Tape
from fleet.__main__ import app

DAY = date(2025, 9, 9)


def text(item: str, ask: int) -> str:
    element = {"type": "0D", "name": "주식호가잔량", "item": item, "values": {"41": f"-{ask}"}}
    return json.dumps({"trnm": "REAL", "data": [element]}, ensure_ascii=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one day of Kiwoom's tape: two symbols, three texts each."""
    one = Tape(tmp_path / "tape", DAY, 1 << 20, "kiwoom")
    for number in range(6):
        one.text(number, text(("005930", "000660_NX")[number % 2], 100 + number))
    one.close()
    return tmp_path


def kst(data: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["tape", *words, "--data", str(data)])


def last(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    told: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return told


def test_a_day_is_put_away_once_and_listed(data: Path) -> None:
    before = last(kst(data, "list", "--json"))["days"][0]  # type: ignore[index]
    assert (before["segments"], before["open"], before["files"]) == (1, 0, [])
    (made,) = last(kst(data, "compact", "--json"))["made"]  # type: ignore[misc]
    assert (made["rows"], made["source"], made["segments"]) == (6, "kiwoom", ["kiwoom-0001.tape"])
    assert last(kst(data, "compact", "--json")) == {"made": []}
    (row,) = last(kst(data, "list", "--json", "--date", "2025-09-09"))["days"]  # type: ignore[misc]
    assert (row["rows"], row["files"]) == (6, ["market_data_20250909.parquet"])
    assert "행 rows 6" in kst(data, "list").stdout
    assert last(kst(data, "list", "--json", "--date", "2025-09-10")) == {"days": []}


def test_what_is_wrong_with_a_file_is_named(data: Path) -> None:
    kst(data, "compact")
    assert last(kst(data, "check", "--json")) == {"files": 1, "sound": True, "problems": []}
    (segment,) = (data / "tape" / "2025-09-09").iterdir()
    segment.write_bytes(segment.read_bytes()[:-1] + b"?")
    result = kst(data, "check")
    assert result.exit_code == 1
    assert "kiwoom-0001.tape" in result.stdout


def test_rows_are_printed_and_what_is_left_is_said(data: Path) -> None:
    kst(data, "compact")
    words = ("read", "--date", "2025-09-09", "--symbol", "000660", "--columns", "venue,ask_krw_1")
    whole = kst(data, *words)
    assert [json.loads(line) for line in whole.stdout.splitlines()] == [
        {"venue": "NXT", "ask_krw_1": krw} for krw in (101, 103, 105)
    ]
    assert whole.stderr == ""
    cut = kst(data, *words, "--limit", "1")
    assert len(cut.stdout.splitlines()) == 1
    assert "2 rows more" in cut.stderr


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl"])
def test_rows_are_exported_to_a_file_that_is_new(data: Path, tmp_path: Path, name: str) -> None:
    kst(data, "compact")
    out = tmp_path / name
    words = ("export", str(out), "--date", "2025-09-09", "--columns", "arrived_ns,ask_krw_1")
    assert last(kst(data, *words, "--json")) == {"path": str(out), "rows": 6}
    readers = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".jsonl": pl.read_ndjson}
    assert readers[out.suffix](out)["ask_krw_1"].to_list() == list(range(100, 106))
    again = kst(data, *words)
    assert again.exit_code == 2
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--date", "today"), "expected YYYY-MM-DD"),
        (("compact", "--source", "kiwom", "--date", "2025-09-09"), "expected one of kis, kiwoom"),
        (("read", "--date", "2025-09-10"), "no day file of 2025-09-10"),
        (("export", "out.xls", "--date", "2025-09-09"), "ends in .csv, .parquet, .jsonl"),
        (("read", "--date", "2025-09-09", "--columns", "prize"), "no column prize"),
    ],
    ids=["no date", "no source", "no file", "no format", "no column"],
)
def test_a_question_that_cannot_be_answered_ends_in_one_sentence(
    data: Path, words: tuple[str, ...], said: str
) -> None:
    kst(data, "compact")
    result = kst(data, *words)
    assert result.exit_code != 0
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
