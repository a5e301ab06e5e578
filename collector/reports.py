"""The daily quality report, written after the last market of the day, in a process of its own.

It needs the day's Parquet, polars and Plotly in memory; the collector itself needs none of them.
"""

import asyncio
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from kis_core.clock import Clock, ns

REPORT_AT = time(20, 40)  # KST, after the day's file has been made of the tape
DAYS_BACK_MAX = 7  # a collector that was away for longer does not report on all of it


class Reports:
    """Writes what is due, once a day, and at the start what earlier days left behind."""

    def __init__(self, data_dir: Path, clock: Clock, log: FilteringBoundLogger) -> None:
        self.written = 0
        self.failures = 0
        self._data_dir = data_dir
        self._clock = clock
        self._log = log

    async def run(self) -> None:
        """Go on for ever."""
        today = self._clock.now().date()
        for day in unreported(self._data_dir, today)[-DAYS_BACK_MAX:]:
            await self.write(day)
        while True:
            due = _next(self._clock.now())
            await self._clock.sleep_until(ns(due))
            await self.write(due.date())

    async def write(self, day: date) -> None:
        """Write the report of a day. What fails here is logged, and ends nothing."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "collector.quality_report",
            str(self._data_dir), day.isoformat(),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, wrong = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            self.failures += 1
            why = wrong.decode(errors="replace").strip().rpartition("\n")[2]
            self._log.error("REPORT_FAILED", date=day.isoformat(), why=why)
        else:
            self.written += 1
            self._log.info("REPORT", date=day.isoformat())


def unreported(data_dir: Path, before: date) -> list[date]:
    """Return the earlier days with a journal and no report, oldest first."""
    journals = sorted((data_dir / "collector").glob("????-??-??.jsonl"))
    days = [date.fromisoformat(path.stem) for path in journals]
    return [day for day in days if day < before and not report_path(data_dir, day, "json").exists()]


def report_path(data_dir: Path, day: date, ending: str) -> Path:
    """Return where a day's report is."""
    return data_dir / "reports" / f"quality-{day.isoformat()}.{ending}"


def _next(now: datetime) -> datetime:
    today = datetime.combine(now.date(), REPORT_AT, now.tzinfo)
    return today if today > now else today + timedelta(days=1)
