"""The newest log lines, for the panel. Fed by structlog, before a line becomes text.

Whatever a line says of a secret this process knows is blotted out: a broker or a database may have
put it into the error that is being logged.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from collector.panel.facts import LogLine
from collector.panel.figures import clock_time

LINES_MAX = 200
FACTS_MAX = 400  # characters of a line
BLOT = "●●●"
_SECRET_MIN = 6  # shorter texts would blot out half of everything
_YEARS_NS = range(1_000_000_000 * 10**9, 4_000_000_000 * 10**9)  # 2001 to 2096
_OWN = ("event", "level", "at", "service")


class LogRing:
    """A bounded memory of log lines; a structlog processor."""

    def __init__(self, lines_max: int = LINES_MAX) -> None:
        self._lines: deque[LogLine] = deque(maxlen=lines_max)
        self._secrets: tuple[str, ...] = ()

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these out of every line from now on."""
        known = {secret for secret in secrets if len(secret) >= _SECRET_MIN}
        self._secrets = tuple(sorted({*self._secrets, *known}, key=len, reverse=True))

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        """Remember a line; structlog goes on with it as it was."""
        facts = " ".join(
            f"{key}={_told(value)}"
            for key, value in event.items()
            if key not in _OWN and value is not None
        )
        self._lines.append(
            LogLine(
                at=str(event.get("at", ""))[11:19],
                level=str(event.get("level", "")),
                event=self._blotted(str(event.get("event", ""))),
                facts=self._blotted(facts)[:FACTS_MAX],
            )
        )
        return event

    def _blotted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, BLOT)
        return text

    def newest(self, lines: int) -> tuple[LogLine, ...]:
        """Return the newest lines, oldest of them first."""
        return tuple(self._lines)[-lines:]


def _told(value: Any) -> str:
    """Return a fact as text; an instant in nanoseconds as a time of day."""
    return clock_time(value) if isinstance(value, int) and value in _YEARS_NS else str(value)
