"""The calls per second of one app key, shared by its processes (being filled in)."""

from enum import IntEnum
from pathlib import Path

from kis_core.clock import Clock
from kis_core.environment import Credentials, Endpoints


class RateBudget:
    """Calls per second of one app key, in a small shared file in `directory`."""

    def __init__(
        self, endpoints: Endpoints, credentials: Credentials, clock: Clock, directory: Path
    ) -> None:
        raise NotImplementedError

    async def take(self, lane: IntEnum) -> None:
        """Wait until a call of this lane may leave, and count it as leaving."""
        raise NotImplementedError
