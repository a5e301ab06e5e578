"""Log lines: one JSON object each, KST, to the standard error and a file a day.

Set up once, in a composition root. Secrets never reach a log: they are `Secret`s, which print as
stars.
"""

import contextlib
import logging
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from kis_core.clock import Clock

_KEEP_DAYS = 30


class DailyFile:
    """`<service>_YYYY-MM-DD.log`, by the service's own clock; a month of them is kept."""

    def __init__(self, directory: Path, service: str, clock: Clock) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._service = service
        self._clock = clock
        self._day: date | None = None
        self._file: TextIO | None = None

    def write(self, line: str) -> None:
        """Append one line and hand it to the operating system at once."""
        today = self._clock.now().date()
        if self._file is None or today != self._day:
            if self._file:
                self._file.close()
            self._day = today
            path = self._directory / f"{self._service}_{today.isoformat()}.log"
            self._file = path.open("a", encoding="utf-8")
            for old in sorted(self._directory.glob(f"{self._service}_*.log"))[:-_KEEP_DAYS]:
                old.unlink()
        self._file.write(line + "\n")
        self._file.flush()


class _Sink:
    """What structlog writes to: the standard error and, where configured, the day's file."""

    def __init__(self, file: DailyFile | None) -> None:
        self._file = file

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError):  # a full disk must not stop who only tells of it
            sys.stderr.write(message + "\n")
        if self._file:
            with contextlib.suppress(OSError):
                self._file.write(message)

    debug = info = warning = error = critical = exception = msg


def open_log(
    service: str,
    clock: Clock,
    level: str = "info",
    directory: Path | None = None,
    beside: Sequence[Processor] = (),
) -> structlog.typing.FilteringBoundLogger:
    """Configure logging for this process and return its logger.

    `beside` see each line whole before it becomes text.
    """
    file = DailyFile(directory, service, clock) if directory else None

    def stamp(_logger: Any, _method: str, event: Any) -> Any:
        event["at"] = clock.now().isoformat(timespec="milliseconds")
        event["service"] = service
        return event

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            *beside,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            getattr(logging, level.upper(), logging.INFO)
        ),
        logger_factory=lambda *_: _Sink(file),
        cache_logger_on_first_use=True,
    )
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log
