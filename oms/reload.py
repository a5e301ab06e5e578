"""Limits changed while the OMS runs: a whole valid file becomes an input, anything else is told.

The book swaps them between two intents, and the journal says when; a restart takes the file as it
then is. What is not a limit (the port, how often the broker is asked) needs a restart.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.load import ConfigError
from kis_core.clock import Clock
from kis_core.settings import SECTORS
from oms.core.records import LimitsRead
from oms.settings import OmsSettings, limits_hash, load_settings

LOOK_EVERY_S = 1.0  # of the world
_LIMITS = {"risk", "orders", "budgets", "margin"}

Stamp = tuple[tuple[int, int, int] | None, ...]


class LimitsFile:
    """Watches the files that limits are written in."""

    def __init__(
        self,
        folder: Path | None,
        put: Callable[[LimitsRead], None],
        clock: Clock,
        log: Any,
        name: str = "oms",
    ) -> None:
        self._folder = folder  # None: the limits do not come from files
        self._name = name  # of the YAML file
        self._put = put
        self._clock = clock
        self._log = log
        self._seen: Stamp | None = None  # of the files last read
        self._fixed: dict[str, Any] | None = None
        self.problem: str | None = None  # why the file as it is now does not hold

    async def keep(self) -> None:
        """Look at the files every second, for ever."""
        while self._folder is not None:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Read the files if they changed, and hand the limits over if they are valid."""
        if self._folder is None or (stamp := _stamp(self._folder, self._name)) == self._seen:
            return
        try:
            settings, limits = await asyncio.to_thread(load_settings, self._folder, self._name)
            self._same_instruments(settings)
        except ConfigError as error:
            self._seen = stamp
            self.problem = f"limits not changed: {error}"
            self._log.error("Limits not changed", why=str(error))
            return
        if _stamp(self._folder, self._name) != stamp:
            return  # somebody is still writing: the next look sees the whole
        self._seen, self.problem = stamp, None
        self._tell_fixed(settings)
        at_ns = self._clock.now_ns()
        self._put(LimitsRead(at_ns=at_ns, limits=limits, limits_hash=limits_hash(limits)))

    def _same_instruments(self, settings: OmsSettings) -> None:
        if self._fixed is not None and settings.instruments != self._fixed["instruments"]:
            raise ConfigError("instruments: what the account trades does not change while it runs")

    def _tell_fixed(self, settings: OmsSettings) -> None:
        fixed = settings.model_dump(exclude=_LIMITS)
        if self._fixed is not None and fixed != self._fixed:
            self._log.warning("Settings that are no limits changed: they hold after a restart")
        self._fixed = self._fixed or fixed


def _stamp(folder: Path, name: str) -> Stamp:
    return tuple(_stamp_of(folder / file) for file in ("fleet.yaml", f"{name}.yaml", SECTORS))


def _stamp_of(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
