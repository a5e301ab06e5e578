"""The tape's upkeep: after the close, days become Parquet, are copied, and what is old goes.

It runs in a process of its own, so that the collector neither holds its memory nor waits for it:
`python -m collector.upkeep DATA_DIR DATE SETTINGS` prints one JSON object a line of what it did.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from structlog.typing import FilteringBoundLogger

from collector import tape
from collector.settings import TapeSettings
from collector.tape import Tape
from kis_core.clock import Clock, ns

if TYPE_CHECKING:
    from collector.retention import Event

_NICE = 10
_SAID_MAX = 1 << 20


class Upkeep:
    """Looks after the tape once a day, and at the start when an earlier day was left lying."""

    def __init__(
        self, settings: TapeSettings, data_dir: Path, clock: Clock, log: FilteringBoundLogger
    ) -> None:
        self._settings = settings
        self._data_dir = data_dir
        self._clock = clock
        self._log = log
        self.rounds = 0
        self.troubles = 0

    async def run(self, tapes: Callable[[], Sequence[Tape]]) -> None:
        """Go round for ever. `tapes` are those being written; they begin new segments first."""
        if waiting(self._data_dir, self._clock.now().date()):
            await self.once(tapes())
        while True:
            await self._clock.sleep_until(ns(next_time(self._clock.now(), self._settings)))
            await self.once(tapes())

    async def once(self, tapes: Sequence[Tape]) -> None:
        """Go round now. Nothing that fails here ends the collector: it is logged."""
        for one in tapes:
            one.turn()
        for one in tapes:
            await asyncio.to_thread(one.sync)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "collector.upkeep",
            str(self._data_dir), self._clock.now().date().isoformat(),
            self._settings.model_dump_json(),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, limit=_SAID_MAX,
        )  # fmt: skip
        try:
            said, wrong = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()  # the day turns again; what is half written is cleared away then
                await process.wait()
        for line in said.splitlines():
            self._say(msgspec.json.decode(line))
        if process.returncode:
            self.troubles += 1
            last = wrong.decode(errors="replace").strip().rpartition("\n")[2]
            self._log.error("UPKEEP_FAILED", code=process.returncode, why=last)
        self.rounds += 1

    def _say(self, event: dict[str, object]) -> None:
        name, trouble = str(event.pop("event")), event.pop("trouble")
        if trouble:
            self.troubles += 1
            self._log.warning(name, **event)
        else:
            self._log.info(name, **event)


def waiting(data_dir: Path, today: date) -> list[date]:
    """Return the earlier days that have a tape and no day file."""
    return [
        day
        for day in tape.days(data_dir / "tape")
        if day < today and not any((data_dir / "days").glob(f"*/market_data_{day:%Y%m%d}.parquet"))
    ]


def next_time(now: datetime, settings: TapeSettings) -> datetime:
    """Return when the tape is looked after next, after `now`."""
    today = now.replace(
        hour=settings.compact_at.hour, minute=settings.compact_at.minute, second=0, microsecond=0
    )
    return today if today > now else today + timedelta(days=1)


def look_after(data_dir: Path, today: date, settings: TapeSettings) -> Iterable[dict[str, object]]:
    """Put away every day there is, copy, delete; yield what was done, each as plain values."""
    # Loaded here: the collector itself needs no Parquet.
    from collector import dayfile
    from collector.retention import Rules, copy_to, sweep

    tapes, folder = data_dir / "tape", data_dir / "days"
    for day in tape.days(tapes):
        for source in tape.sources(tapes, day):
            yield from _put_away(tapes, folder, source, day)
    if settings.second_dir:
        for event in copy_to(settings.second_dir, dayfile.day_paths(folder)):
            yield _plain(event)
    rules = Rules(
        settings.keep_segments_days,
        settings.keep_segments_days_max,
        settings.keep_days,
        settings.free_gb_min << 30,
    )
    for event in sweep(tapes, folder, settings.second_dir, today, rules):
        yield _plain(event)


def _put_away(tapes: Path, folder: Path, source: str, day: date) -> Iterable[dict[str, object]]:
    from collector import dayfile

    try:
        made = dayfile.compact(tapes, folder, source, day)
    except (dayfile.DayFileError, OSError) as error:
        facts = {"source": source, "date": day.isoformat(), "why": str(error)}
        yield {"event": "NOT_COMPACTED", "trouble": True, **facts}
        return
    if made:
        one = made.summary
        figures = {"rows": one.rows, "unread": one.unread, "damaged": one.damaged}
        trouble = bool(one.unread or one.damaged)
        yield {"event": "COMPACTED", "trouble": trouble, "path": str(made.path), **figures}


def _plain(event: "Event") -> dict[str, object]:
    return {"event": event.name, "trouble": event.trouble, **event.facts}


def main(arguments: Sequence[str]) -> int:
    """Go round once. Returns 0; trouble is told line by line."""
    os.nice(_NICE)
    data_dir, today, settings = arguments
    for said in look_after(
        Path(data_dir), date.fromisoformat(today), TapeSettings.model_validate_json(settings)
    ):
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
