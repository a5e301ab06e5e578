"""The journal: what was written is read, a torn tail is cut, damage stops the start."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.events import Timer
from strategy_runtime.journal import MAGIC, Journal, JournalError, read, sound_bytes
from strategy_runtime.turns import FORMAT, Head, Record, Turn
from tests.strategy_runtime.toys import DAY

RECORDS: list[Record] = [
    Head(FORMAT, "toy", DAY, "{}", 7),
    *(Turn(seq, Timer(seq), None, None) for seq in range(5)),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("journal") / "whole.journal"
    written(path, RECORDS)
    return path.read_bytes()


def written(path: Path, records: list[Record]) -> None:
    journal = Journal.open(path)
    for record in records:
        journal.append(record)
    journal.close()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.journal"
    written(path, RECORDS[:3])
    written(path, RECORDS[3:])
    assert list(read(path)) == RECORDS


def test_nothing_is_there_before_a_flush_and_all_of_it_after(tmp_path: Path) -> None:
    path = tmp_path / "t.journal"
    journal = Journal.open(path)
    journal.append(RECORDS[0])
    assert list(read(path)) == []
    journal.flush()
    assert list(read(path)) == RECORDS[:1]  # no close: a killed process leaves this
    journal.close()


@given(cut=st.integers(0, 400))
def test_a_tail_torn_anywhere_is_cut_off_and_written_over(
    cut: int, whole: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("torn") / "t.journal"
    cut = min(cut, len(whole))
    path.write_bytes(whole[:cut])
    journal = Journal.open(path)
    kept = list(read(path))
    assert kept == RECORDS[: len(kept)]
    assert cut < len(whole) or kept == RECORDS
    for record in RECORDS[len(kept) :]:
        journal.append(record)
    journal.close()
    assert list(read(path)) == RECORDS


def test_a_tail_of_rubbish_is_cut_off(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "t.journal"
    path.write_bytes(whole + b"\x09\x00\x00\x00")
    assert sound_bytes(path) == len(whole)


def test_a_broken_record_before_the_end_is_damage(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "t.journal"
    broken = bytearray(whole)
    broken[len(MAGIC) + 12] ^= 0xFF
    path.write_bytes(broken)
    with pytest.raises(JournalError, match="byte 6: a broken record before the end"):
        Journal.open(path)


def test_another_file_is_not_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "t.journal"
    path.write_bytes(b"PAR1 and so on")
    with pytest.raises(JournalError, match="not a strategy journal"):
        list(read(path))
