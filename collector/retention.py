"""What of the tape may go, and a second place for the day files.

`plan` decides and is pure. A segment goes once a day file holds it, checked, and it has been kept
for as long as was asked; one that no day file holds goes only past the hard limit. When the disk
runs short, the oldest that may go go earlier; today's never do, and a day file only if the second
place has it. `sweep` does it, and says what it did.
"""

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from collector import dayfile, tape
from collector.dayfile import DayFile, DayFileError


@dataclass(frozen=True, slots=True)
class Rules:
    """How long, in days since the trading date, and how much of the disk stays free."""

    segments_days: int  # of segments that a day file holds
    segments_days_max: int  # of any: the hard limit
    days: int  # of day files
    free_bytes_min: int


@dataclass(frozen=True, slots=True)
class Held:
    """A file of the tape. `safe`: another file holds all of it, checked."""

    path: Path
    kind: Literal["segment", "day"]
    day: date
    bytes: int
    safe: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """A file that may go, and why."""

    held: Held
    why: str


def plan(held: Sequence[Held], today: date, rules: Rules, free_bytes: int) -> list[Removal]:
    """Return what goes, oldest first."""
    found: list[Removal] = []
    rest: list[Held] = []
    for one in sorted(held, key=lambda h: (h.day, h.kind == "day", h.path.name)):
        age = (today - one.day).days
        if one.kind == "day" and age >= rules.days:
            found.append(Removal(one, f"{age} days old, kept for {rules.days}"))
        elif one.kind == "segment" and one.safe and age >= rules.segments_days:
            found.append(Removal(one, f"in a day file and {age} days old"))
        elif one.kind == "segment" and age >= rules.segments_days_max:
            why = f"in no day file, {age} days old: past the hard limit of"
            found.append(Removal(one, f"{why} {rules.segments_days_max}"))
        elif one.safe and age > 0:
            rest.append(one)
    free_bytes += sum(removal.held.bytes for removal in found)
    for one in sorted(rest, key=lambda h: (h.kind == "day", h.day)):  # segments are kept twice
        if free_bytes >= rules.free_bytes_min:
            break
        found.append(Removal(one, "the disk runs short"))
        free_bytes += one.bytes
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done or could not be: its name, and the facts."""

    name: str
    facts: dict[str, object]
    trouble: bool = False


def sweep(
    tape_directory: Path, folder: Path, second: Path | None, today: date, rules: Rules
) -> Iterable[Event]:
    """Delete what may go; yield what was deleted, and what stands against it."""
    held, troubles = survey(tape_directory, folder, second)
    yield from troubles
    free_bytes = shutil.disk_usage(_existing(folder)).free
    for removal in plan(held, today, rules, free_bytes):
        one = removal.held
        try:
            one.path.unlink()
            if one.kind == "day":
                one.path.with_suffix(".quarantine").unlink(missing_ok=True)
            elif not any(one.path.parent.iterdir()):
                one.path.parent.rmdir()
        except OSError as error:
            yield Event("TAPE_NOT_DELETED", {"path": str(one.path), "why": str(error)}, True)
        else:
            facts = {"path": str(one.path), "bytes": one.bytes, "why": removal.why}
            yield Event("TAPE_DELETED", facts, one.kind == "segment" and not one.safe)
    free_bytes = shutil.disk_usage(_existing(folder)).free
    if free_bytes < rules.free_bytes_min:
        facts = {"free_bytes": free_bytes, "wanted": rules.free_bytes_min}
        yield Event("DISK_SHORT", facts, True)


def survey(
    tape_directory: Path, folder: Path, second: Path | None
) -> tuple[list[Held], list[Event]]:
    """Return every file of the tape, and the day files that are not what they should be.

    A day file of which anything is wrong makes no segment safe.
    """
    held: list[Held] = []
    troubles: list[Event] = []
    sound: list[DayFile] = []
    taped = set(tape.days(tape_directory))
    for path in dayfile.day_paths(folder):
        day = dayfile.day_of(path)
        problems: list[str] = []
        try:
            one = dayfile.load(path)
            # Every page, while segments still hang on it; years of files are not read each night.
            problems = dayfile.check(one, tape_directory) if day in taped else []
        except DayFileError as error:
            problems = [str(error)]
        else:
            if not problems:
                sound.append(one)
        troubles.extend(Event("DAY_FILE_WRONG", {"why": why}, True) for why in problems)
        copied = not problems and second is not None and _alike(path, second / _place(path))
        held.append(Held(path, "day", day, path.stat().st_size, copied))
    for day in tape.days(tape_directory):
        files = [one for one in sound if one.summary.date == day.isoformat()]
        for source in tape.sources(tape_directory, day):
            mine = [one for one in files if one.summary.source == source]
            for path in tape.segments(tape_directory, day, source):
                if path.suffix != tape.OPEN:
                    safe = any(dayfile.holds(one, path) for one in mine)
                    held.append(Held(path, "segment", day, path.stat().st_size, safe))
    return held, troubles


def copy_to(second: Path, paths: Sequence[Path]) -> Iterable[Event]:
    """Bring day files to a second place, checked; what fails is said, and the rest goes on."""
    for path in paths:
        aim = second / _place(path)
        try:
            if aim.exists():
                if not _alike(path, aim):
                    why = f"is not what {path} is; left as it is"
                    yield Event("SECOND_COPY_WRONG", {"path": str(aim), "why": why}, True)
                continue
            if not second.is_dir():  # a disk that is not mounted must not be made a folder of
                raise NotADirectoryError(f"{second} is not there")
            how = _copied(path, aim)
        except OSError as error:
            yield Event("SECOND_COPY_FAILED", {"path": str(aim), "why": str(error)}, True)
        else:
            yield Event("SECOND_COPY", {"path": str(aim), "how": how})


def _copied(path: Path, aim: Path) -> str:
    aim.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, aim)
    except OSError:  # another disk
        draft = aim.with_suffix(".draft")
        with path.open("rb") as source, draft.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        if not _same(path, draft):
            draft.unlink()
            raise OSError(f"the copy of {path} is not what it was copied from") from None
        draft.rename(aim)
        how = "copied"
    else:
        how = "linked"
    tape.sync_directory(aim.parent)
    return how


def _alike(path: Path, copy: Path) -> bool:
    """Return whether a copy is there, as long as what it was made of: its bytes were compared."""
    return copy.exists() and copy.stat().st_size == path.stat().st_size


def _same(one: Path, other: Path) -> bool:
    """Return whether two files hold the same bytes."""
    if not other.exists() or one.stat().st_size != other.stat().st_size:
        return False
    if one.samefile(other):
        return True
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(1 << 20):
            if piece != second.read(1 << 20):
                return False
    return True


def _place(path: Path) -> Path:
    return Path(path.parent.name) / path.name


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
