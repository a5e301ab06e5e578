"""A connection to a NATS server that keeps trying, and how to sign in to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client

from config.load import secret_or_none

_CONNECT_S = 5.0
_RETRY_S = 0.2
_PING_S = 2.0  # two pings without an answer, and the line is lost


class Names:
    """The subjects and the stream of one relay, from its URL: nats://host:port/prefix."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        prefix = parts.path.strip("/") or "kst"
        if not prefix.replace("_", "").isalnum():
            raise ValueError(f"{url}: expected letters and digits behind the last /")
        self.server = f"{parts.scheme}://{parts.netloc}"
        self.stream = f"{prefix}-relay"
        self.hello = f"{prefix}.hello"
        self.all = f"{prefix}.relay.>"
        self.market = f"{prefix}.relay.market"
        self._prefix = prefix

    def to(self, session: str) -> str:
        """Return the subject of one reader."""
        return f"{self._prefix}.relay.to.{session}"


class NatsLine:
    """A client that connects when it can, and again whenever it must."""

    def __init__(
        self, server: str, reconnected: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.client = Client()
        self.trouble: Exception | None = None  # the newest
        self.sign_in_refused = False
        options: dict[str, Any] = {
            "error_cb": self._note,
            "reconnected_cb": reconnected,
            "max_reconnect_attempts": -1,
            "reconnect_time_wait": _RETRY_S,
            "connect_timeout": _CONNECT_S,
            "ping_interval": _PING_S,
            "max_outstanding_pings": 2,
            **_sign_in(),
        }
        self._connecting = asyncio.create_task(self.client.connect(server, **options))

    async def _note(self, error: Exception) -> None:
        self.trouble = error
        if (
            isinstance(error, nats.errors.AuthorizationError)
            or "authorization" in str(error).lower()
        ):
            self.sign_in_refused = True

    @property
    def up(self) -> bool:
        """Whether the server is there."""
        return bool(self.client.is_connected)

    async def connected(self) -> None:
        """Wait until it was connected for the first time."""
        await asyncio.shield(self._connecting)

    async def close(self) -> None:
        """Let go of the server."""
        self._connecting.cancel()
        await asyncio.gather(self._connecting, return_exceptions=True)
        await self.client.close()


def _sign_in() -> dict[str, str]:
    """Return NATS_TOKEN, or NATS_USER and NATS_PASSWORD, where they are set."""
    names = {"token": "NATS_TOKEN", "user": "NATS_USER", "password": "NATS_PASSWORD"}
    found = {option: secret_or_none(name) for option, name in names.items()}
    return {option: value for option, value in found.items() if value is not None}
