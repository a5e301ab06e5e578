"""The WebSocket to KIS (being filled in; signatures are settled)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec

from kis_core.clock import Clock
from kis_core.environment import Credentials, Endpoints


class Raw(msgspec.Struct, frozen=True):
    """A text as it came: every one, control messages too, so that it can be written down first."""

    arrived_ns: int
    text: str


class Up(msgspec.Struct, frozen=True):
    """The line is open; everything wanted is being registered again."""

    at_ns: int


class Down(msgspec.Struct, frozen=True):
    """The line is lost since `at_ns`, or could not be opened. It comes back by itself."""

    at_ns: int
    why: str


class Acked(msgspec.Struct, frozen=True):
    """The answer to a registration (or its end, `registered` False). Comes after its Raw.

    `iv` and `key` open the sealed frames of this TR until it is registered again.
    """

    at_ns: int
    tr_id: str
    tr_key: str
    ok: bool
    code: str
    text: str
    registered: bool
    iv: str | None
    key: str | None


Item = Raw | Up | Down | Acked


class KisStream:
    """One WebSocket session of one app key; reconnects and registers again by itself."""

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        clock: Clock,
        approval: Callable[[str | None], Awaitable[str]],
        *,
        silent_s: float = 60.0,
        limit: int = 41,
    ) -> None:
        raise NotImplementedError

    async def set_wanted(self, wanted: Sequence[tuple[str, str]]) -> None:
        """Register these (tr_id, tr_key), most important first, and nothing else."""
        raise NotImplementedError

    def items(self) -> AsyncIterator[Item]:
        """Yield what arrives, for as long as it is iterated over. One iteration at a time."""
        raise NotImplementedError
