"""What may go of the tape, what stays, and where a second copy lies."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector import dayfile, retention, tape, upkeep
from collector.retention import Held, Rules, plan
from collector.settings import TapeSettings
from collector.tape import Tape
from kis_core.clock import KST, TapeClock, ns

TODAY = date(2025, 9, 30)
RULES = Rules(segments_days=7, segments_days_max=60, days=400, free_bytes_min=100)
TEXT = '{"trnm":"REAL","data":[{"type":"0D","name":"b","item":"005930","values":{"41":"+5"}}]}'


def held(kind: str, age: int, safe: bool, size: int = 10) -> Held:
    return Held(Path(f"{kind}-{age}"), kind, TODAY - timedelta(age), size, safe)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("files", "free", "gone"),
    [
        ([held("segment", 6, True), held("segment", 7, True)], 1_000, ["segment-7"]),
        ([held("segment", 59, False), held("segment", 60, False)], 1_000, ["segment-60"]),
        ([held("day", 399, False), held("day", 400, False)], 1_000, ["day-400"]),
        ([held("segment", 1, True), held("segment", 2, True)], 95, ["segment-2"]),
        ([held("segment", 0, True), held("segment", 3, False)], 0, []),
        ([held("day", 2, True), held("segment", 1, True)], 95, ["segment-1"]),
        ([held("day", 2, True), held("day", 3, False)], 0, ["day-2"]),
        ([held("segment", 8, True, 50), held("segment", 2, True)], 60, ["segment-8"]),
    ],
    ids=[
        "a segment in a day file goes after its days",
        "one in no day file goes past the hard limit alone",
        "a day file goes after its days",
        "short of disk: the oldest, and no more than needed",
        "short of disk: neither today's nor what no file holds",
        "short of disk: segments before day files",
        "short of disk: a day file goes if the second place has it",
        "what goes anyway counts as free",
    ],
)
def test_what_goes(files: list[Held], free: int, gone: list[str]) -> None:
    assert [str(removal.held.path) for removal in plan(files, TODAY, RULES, free)] == gone


def taped(data_dir: Path, day: date, count: int = 3) -> None:
    one = Tape(data_dir / "tape", day, 1 << 20, "kiwoom")
    for number in range(count):
        one.text(number, TEXT)
    one.close()


def settings(**changed: Any) -> TapeSettings:
    known: dict[str, Any] = {
        "fsync_s": 1.0, "segment_mb": 64, "segment_min": 15, "compact_at": "20:20",
        "keep_segments_days": 7, "keep_segments_days_max": 60, "keep_days": 400,
        "free_gb_min": 0, "second_dir": None,
    }  # fmt: skip
    return TapeSettings.model_validate(known | changed)


def names(said: list[dict[str, object]]) -> list[object]:
    return [event["event"] for event in said]


def test_a_round_puts_days_away_copies_them_and_deletes_what_is_old(tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    taped(tmp_path, TODAY - timedelta(10))
    taped(tmp_path, TODAY)
    said = list(upkeep.look_after(tmp_path, TODAY, settings(second_dir=second)))
    assert names(said) == ["COMPACTED", "COMPACTED", "SECOND_COPY", "SECOND_COPY", "TAPE_DELETED"]
    assert not any(event["trouble"] for event in said)
    assert tape.days(tmp_path / "tape") == [TODAY]
    assert len(dayfile.day_paths(tmp_path / "days")) == len(dayfile.day_paths(second)) == 2
    assert upkeep.waiting(tmp_path, TODAY) == []
    assert list(upkeep.look_after(tmp_path, TODAY, settings(second_dir=second))) == []


def test_a_segment_whose_day_file_is_damaged_stays(tmp_path: Path) -> None:
    taped(tmp_path, TODAY - timedelta(10), 500)
    made = dayfile.compact(tmp_path / "tape", tmp_path / "days", "kiwoom", TODAY - timedelta(10))
    assert made is not None
    content = bytearray(made.path.read_bytes())
    content[30:40] = b"x" * 10
    made.path.write_bytes(content)
    said = list(upkeep.look_after(tmp_path, TODAY, settings()))
    assert "DAY_FILE_WRONG" in names(said)
    assert "TAPE_DELETED" not in names(said)
    assert tape.days(tmp_path / "tape") == [TODAY - timedelta(10)]


def test_another_segment_of_the_same_name_is_not_taken_for_the_one_put_away(
    tmp_path: Path,
) -> None:
    day = TODAY - timedelta(10)
    taped(tmp_path, day)
    first = dayfile.compact(tmp_path / "tape", tmp_path / "days", "kiwoom", day)
    (segment,) = tape.segments(tmp_path / "tape", day, "kiwoom")
    segment.write_bytes(segment.read_bytes().replace(b"+5", b"+6"))
    kept, _ = retention.survey(tmp_path / "tape", tmp_path / "days", None)
    assert [one.safe for one in kept if one.kind == "segment"] == [False]
    second = dayfile.compact(tmp_path / "tape", tmp_path / "days", "kiwoom", day)
    assert first is not None
    assert second is not None
    assert second.summary.part == 2


@pytest.mark.parametrize("linked", [True, False], ids=["the same disk", "another disk"])
def test_the_second_copy_is_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    taped(tmp_path, TODAY)
    made = dayfile.compact(tmp_path / "tape", tmp_path / "days", "kiwoom", TODAY)
    assert made is not None
    second = tmp_path / "second"
    second.mkdir()
    if not linked:

        def refused(*_: object) -> None:
            raise OSError(18, "another disk")

        monkeypatch.setattr(os, "link", refused)
    (event,) = retention.copy_to(second, [made.path])
    assert event.facts["how"] == ("linked" if linked else "copied")
    (copy,) = dayfile.day_paths(second)
    assert copy.read_bytes() == made.path.read_bytes()
    assert copy.samefile(made.path) is linked
    copy.unlink()
    copy.write_bytes(b"something else")
    (event,) = retention.copy_to(second, [made.path])
    assert (event.name, event.trouble) == ("SECOND_COPY_WRONG", True)
    assert copy.read_bytes() == b"something else"


def test_a_second_place_that_is_away_is_said_and_blocks_nothing(tmp_path: Path) -> None:
    taped(tmp_path, TODAY - timedelta(10))
    said = list(upkeep.look_after(tmp_path, TODAY, settings(second_dir=tmp_path / "unplugged")))
    assert names(said) == ["COMPACTED", "SECOND_COPY_FAILED", "TAPE_DELETED"]
    assert not (tmp_path / "unplugged").exists()


def test_a_disk_that_stays_short_is_said(tmp_path: Path) -> None:
    taped(tmp_path, TODAY)
    said = list(upkeep.look_after(tmp_path, TODAY, settings(free_gb_min=1 << 20)))
    assert names(said) == ["COMPACTED", "DISK_SHORT"]


def test_the_hard_limit_is_not_before_the_soft_one() -> None:
    with pytest.raises(ValueError, match="below keep_segments_days"):
        settings(keep_segments_days_max=6)


def test_the_next_time_is_the_next_on_the_clock() -> None:
    at = datetime(2025, 9, 30, 20, 19, 59, tzinfo=KST)
    assert upkeep.next_time(at, settings()) == datetime(2025, 9, 30, 20, 20, tzinfo=KST)
    at = datetime(2025, 9, 30, 20, 20, tzinfo=KST)
    assert upkeep.next_time(at, settings()) == datetime(2025, 10, 1, 20, 20, tzinfo=KST)


@pytest.mark.anyio
async def test_the_collector_goes_round_in_a_process_of_its_own(tmp_path: Path, log: Any) -> None:
    clock = TapeClock(ns(datetime(2025, 9, 30, 20, 20, tzinfo=KST)))
    live = Tape(tmp_path / "tape", TODAY, 1 << 20, "kiwoom")
    live.text(1, TEXT)
    keeper = upkeep.Upkeep(settings(), tmp_path, clock, log)
    await keeper.once([live])
    live.text(2, TEXT)
    await keeper.once([live])
    live.close()
    assert [(name, facts["rows"]) for name, facts in log.lines] == [("COMPACTED", 1)] * 2
    assert (keeper.rounds, keeper.troubles) == (2, 0)
    paths = dayfile.parts(tmp_path / "days", "kiwoom", TODAY)
    arrived = [n for piece in dayfile.read(paths, ["arrived_ns"]) for n in piece[0].to_pylist()]
    assert arrived == [1, 2]
