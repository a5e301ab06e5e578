"""The raw tape: nothing that was flushed is lost, whatever ends the process."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from collector import tape as tapes
from collector.hearing import LineUp, Text, Wanted
from collector.tape import Quarantine, Tape
from kis_core.clock import SECOND_NS
from kis_core.wire.tape import Damaged, Heard, decode

DAY = date(2025, 6, 2)
ODD = ["0|H0STCNT0|001|a^b", "tab\there", "line\nfeed", "한글 \\n", ""]


def written(directory: Path, texts: list[str], segment_bytes: int = 1 << 20) -> None:
    tape = Tape(directory, DAY, segment_bytes)
    for number, text in enumerate(texts):
        tape.texts(number, [text])
    tape.close()


def test_texts_and_marks_come_back_in_order_word_for_word(tmp_path: Path) -> None:
    tape = Tape(tmp_path, DAY, 1 << 20)
    marks = [LineUp(2), Wanted(3, (("H0STCNT0", "005930"),))]
    for mark in marks:
        tape.mark(mark)
    for text in ODD:
        tape.texts(7, [text])
    tape.close()
    assert list(tapes.read(tmp_path, DAY)) == [*marks, *(Text(7, text) for text in ODD)]
    assert tape.synced_bytes == tape.written_bytes


def test_a_full_segment_is_followed_by_another(tmp_path: Path) -> None:
    texts = [f"text number {n}" for n in range(100)]
    written(tmp_path, texts, segment_bytes=300)
    assert len(tapes.segments(tmp_path, DAY)) > 5
    assert all(path.stat().st_size <= 300 for path in tapes.segments(tmp_path, DAY))
    assert [item.text for item in tapes.read(tmp_path, DAY) if isinstance(item, Text)] == texts


def test_a_torn_end_is_told_and_the_next_run_writes_elsewhere(tmp_path: Path) -> None:
    written(tmp_path, ["one", "two"])
    (torn,) = tapes.segments(tmp_path, DAY)
    torn.write_bytes(torn.read_bytes()[:-2])
    assert tapes.last_arrival_ns(tmp_path, DAY) == 0
    written(tmp_path, ["three"])
    first, tail, third = tapes.read(tmp_path, DAY)
    assert (first, third) == (Text(0, "one"), Text(0, "three"))
    assert isinstance(tail, Damaged)
    assert tail.torn


def test_a_segment_nobody_could_write_to_is_passed_over(tmp_path: Path) -> None:
    written(tmp_path, ["one"])
    Tape(tmp_path, DAY, 1 << 20).close()
    assert tapes.last_arrival_ns(tmp_path, DAY) == 0
    assert tapes.last_arrival_ns(tmp_path, date(2025, 6, 3)) is None


def test_only_its_owner_reads_a_tape(tmp_path: Path) -> None:
    written(tmp_path, ["one"])
    assert tapes.segments(tmp_path, DAY)[0].stat().st_mode & 0o077 == 0


def test_what_could_not_be_read_is_kept_with_the_reason(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, DAY)
    quarantine.keep(5, "12 fields", "0|H0STCNT0|001|torn")
    quarantine.keep(6, "not a frame", "line\nfeed")
    records = list(decode((tmp_path / "2025-06-02.quarantine").read_bytes()))
    assert records == [
        Heard(5, "kis", "12 fields\t0|H0STCNT0|001|torn"),
        Heard(6, "kis", "not a frame\tline\nfeed"),
    ]
    assert quarantine.count == 2


WRITER = """
import sys, threading, time
from datetime import date
from pathlib import Path
from collector.tape import Tape
tape = Tape(Path(sys.argv[1]), date(2025, 6, 2), 1 << 16)
def sync():
    while True:
        time.sleep(0.05)
        tape.sync()
threading.Thread(target=sync, daemon=True).start()
number = 0
while True:
    for _ in range(20):
        tape.texts(time.monotonic_ns(), [f"text number {number}"])
        number += 1
    time.sleep(0.001)
"""


def killed(directory: Path) -> tuple[list[Text], int]:
    """Kill a writer in full swing; return what its tape holds and when it was killed."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(directory)])
    try:
        deadline = time.monotonic() + 20
        while len(tapes.segments(directory, DAY)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        killed_ns = time.monotonic_ns()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return [item for item in tapes.read(directory, DAY) if isinstance(item, Text)], killed_ns


def test_part4_10_kill_9_costs_at_most_what_came_since_the_last_sync(tmp_path: Path) -> None:
    items, killed_ns = killed(tmp_path)
    assert [item.text for item in items] == [f"text number {n}" for n in range(len(items))]
    lost_s = (killed_ns - items[-1].at_ns) / 1e9
    assert lost_s < 0.5  # the sync every 50 ms, and a busy machine


def test_part4_10_what_a_killed_writer_left_open_is_finished_by_the_next(tmp_path: Path) -> None:
    items, _ = killed(tmp_path)
    assert tapes.segments(tmp_path, DAY)[-1].suffix == ".open"
    tape = Tape(tmp_path, DAY, 1 << 16)
    tape.text(0, "after it")
    tape.close()
    assert all(path.suffix == ".tape" for path in tapes.segments(tmp_path, DAY))
    again = [item for item in tapes.read(tmp_path, DAY) if isinstance(item, Text)]
    assert again == [*items, Text(0, "after it")]


def test_a_segment_has_its_name_once_it_is_on_the_disk(tmp_path: Path) -> None:
    tape = Tape(tmp_path, DAY, 1 << 20)
    tape.text(1, "one")
    assert [path.name for path in tapes.segments(tmp_path, DAY)] == ["kis-0001.tape.open"]
    tape.turn()
    tape.text(2, "two")
    tape.sync()
    assert [path.name for path in tapes.segments(tmp_path, DAY)] == [
        "kis-0001.tape",
        "kis-0002.tape.open",
    ]
    assert list(tapes.read(tmp_path, DAY)) == [Text(1, "one"), Text(2, "two")]
    tape.close()
    assert all(path.suffix == ".tape" for path in tapes.segments(tmp_path, DAY))


def test_a_segment_grows_no_older_than_told_by_what_arrives(tmp_path: Path) -> None:
    tape = Tape(tmp_path, DAY, 1 << 20, segment_s=60)
    for second in (0, 59, 60, 300, 301):
        tape.text(second * SECOND_NS, f"at {second}")
    tape.close()
    held = [len(path.read_bytes().splitlines()) for path in tapes.segments(tmp_path, DAY)]
    assert held == [2, 1, 2]


def test_sources_keep_segments_of_their_own(tmp_path: Path) -> None:
    for source in ("kis", "kiwoom"):
        tape = Tape(tmp_path, DAY, 1 << 20, source)
        tape.text(1, f"of {source}")
        tape.close()
    assert tapes.sources(tmp_path, DAY) == ["kis", "kiwoom"]
    assert tapes.days(tmp_path) == [DAY]
    assert list(tapes.read(tmp_path, DAY, "kiwoom")) == [Text(1, "of kiwoom")]
    assert tapes.last_arrival_ns(tmp_path, DAY, "kiwoom") == 1


def test_what_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    tape = Tape(tmp_path, DAY, 1 << 20)
    tape.text(1, "one")
    tape.flush()
    (path,) = tapes.segments(tmp_path, DAY)
    assert tapes.finish_left_open(tmp_path, DAY) == [path]
    assert path.exists()
    tape.close()
    assert tapes.finish_left_open(tmp_path, DAY) == []


def test_a_segment_is_read_in_pieces_as_it_would_be_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, [*ODD, "x" * 200, *ODD])
    (path,) = tapes.segments(tmp_path, DAY)
    path.write_bytes(path.read_bytes() + b"damaged\n12\tkis\tto")
    whole = list(decode(path.read_bytes()))
    monkeypatch.setattr(tapes, "_BLOCK_BYTES", 64)
    assert list(tapes.heard(path)) == whole
    assert [type(record) for record in whole[-2:]] == [Damaged, Damaged]
