"""KIS over HTTP (being filled in; signatures are settled)."""

from types import TracebackType
from typing import Any

from kis_core.clock import Clock
from kis_core.environment import Credentials, Endpoints
from kis_core.net.budget import RateBudget
from kis_core.net.tokens import TokenCache


class KisRest:
    """One HTTP client of one app key. Use as an async context manager."""

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        clock: Clock,
        tokens: TokenCache,
        budget: RateBudget,
        *,
        timeout_s: float = 10.0,
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> "KisRest":
        raise NotImplementedError

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        raise NotImplementedError

    async def ask(self, request: Any) -> Any:
        """Return the whole answer of a query, all pages, or raise KisError."""
        raise NotImplementedError

    async def send(self, request: Any) -> Any:
        """Send an order once; raise Unreachable (provably not sent), Refused, OutcomeUnknown."""
        raise NotImplementedError
