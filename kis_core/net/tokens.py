"""Access tokens and approval keys, one issue per key across processes (being filled in)."""

from pathlib import Path

from kis_core.clock import Clock
from kis_core.environment import Credentials, Endpoints


class TokenCache:
    """Tokens of one app key, kept in `directory` (0600) and shared by all processes."""

    def __init__(
        self, endpoints: Endpoints, credentials: Credentials, clock: Clock, directory: Path
    ) -> None:
        raise NotImplementedError

    async def token(self, refused: str | None = None) -> str:
        """Return the access token; a new one where `refused` is the one KIS would not take."""
        raise NotImplementedError

    async def approval_key(self, refused: str | None = None) -> str:
        """Return the WebSocket key, likewise. Pass this method to KisStream."""
        raise NotImplementedError
