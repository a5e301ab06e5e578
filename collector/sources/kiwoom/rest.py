"""Kiwoom over HTTP: one call a second and TR, five a second in all, pages, and what may go wrong.

Only questions are asked here, so a call that failed on its way is repeated. Time-outs guard this
machine and are in the world's seconds; waits for Kiwoom's limits are in the clock's.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from collector.sources.kiwoom.envelope import (
    TOKEN_REFUSED,
    Envelope,
    read_envelope,
    trouble,
)
from collector.sources.kiwoom.environment import KiwoomEndpoints
from collector.sources.kiwoom.tokens import KiwoomTokens
from kis_core.clock import SECOND_NS, Clock
from kis_core.environment import Environment
from kis_core.errors import RateLimited, ReplyError, Unreachable
from kis_core.net.certificates import trusted

PATHS: Mapping[str, str] = {
    "ka10004": "/api/dostk/mrkcond",
    "ka10080": "/api/dostk/chart",
    "ka10099": "/api/dostk/stkinfo",
}
PAGES_MAX = 100
ASK_TRIES = 4  # calls in all, after trouble on the way
RATE_TRIES = 6  # ... when Kiwoom says too many
_BACKOFF_S = 0.2
_ALL = {Environment.REAL: 5, Environment.SIM: 5, Environment.PAPER: 1}
"""Calls a second of all TRs together; the mock allows one."""
_BURST = {Environment.REAL: 2, Environment.SIM: 2, Environment.PAPER: 1}


class CallBudget:
    """When calls may leave: `burst` of a TR at once and one a second, and so many of all a second.

    Of one process: the collector alone asks Kiwoom.
    """

    def __init__(self, clock: Clock, environment: Environment) -> None:
        self._clock = clock
        self._all = _ALL[environment]
        self._burst = _BURST[environment]
        self._left: deque[int] = deque(maxlen=self._all)
        self._tokens: dict[str, tuple[float, int]] = {}  # by TR: how many, as of when
        self._turn = asyncio.Lock()
        self._closed_ns = 0

    async def take(self, tr: str) -> None:
        """Wait until a call of this TR may leave, and count it as leaving."""
        async with self._turn:
            while (free_ns := self._try(tr)) is not None:
                await self._clock.sleep_until(free_ns)

    def exhausted(self, pause_s: float) -> None:
        """Take note that Kiwoom said too many: nobody calls for a while."""
        self._closed_ns = self._clock.now_ns() + int(pause_s * SECOND_NS)

    def _try(self, tr: str) -> int | None:
        """Count one call as leaving now, or return when to try again."""
        now_ns = self._clock.now_ns()
        if now_ns < self._closed_ns:
            return self._closed_ns
        if len(self._left) == self._all and now_ns - self._left[0] < SECOND_NS:
            return self._left[0] + SECOND_NS
        had, as_of_ns = self._tokens.get(tr, (float(self._burst), now_ns))
        had = min(float(self._burst), had + (now_ns - as_of_ns) / SECOND_NS)
        if had < 1.0:
            return now_ns + int((1.0 - had) * SECOND_NS) + 1
        self._tokens[tr] = (had - 1.0, now_ns)
        self._left.append(now_ns)
        return None


class KiwoomRest:
    """One HTTP client of one app key. Use as an async context manager."""

    def __init__(
        self,
        endpoints: KiwoomEndpoints,
        clock: Clock,
        tokens: KiwoomTokens,
        *,
        timeout_s: float = 10.0,
        backoff_s: float = _BACKOFF_S,
    ) -> None:
        self.budget = CallBudget(clock, endpoints.environment)
        self._tokens = tokens
        self._backoff_s = backoff_s
        self._client = httpx.AsyncClient(
            base_url=endpoints.rest_url,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 5.0)),
            trust_env=False,
            verify=trusted(),
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def ask(self, tr: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the body of a TR's first page. Raises Unreachable, Refused, ReplyError."""
        body, _ = await self._ask_page(tr, fields, "")
        return body

    async def pages(self, tr: str, fields: Mapping[str, str]) -> AsyncGenerator[Mapping[str, Any]]:
        """Yield the bodies of all pages, asking for each when it is wanted."""
        cursor = ""
        for _ in range(PAGES_MAX):
            body, following = await self._ask_page(tr, fields, cursor)
            yield body
            if not following:
                return
            if following == cursor:
                raise ReplyError(f"{tr}: the next page is the same page", str(body))
            cursor = following
        raise ReplyError(f"{tr}: more than {PAGES_MAX} pages", "")

    async def _ask_page(
        self, tr: str, fields: Mapping[str, str], cursor: str
    ) -> tuple[Mapping[str, Any], str]:
        """Return a page's body and the cursor of the next one, "" behind the last."""
        refused: str | None = None
        failures, throttled = 1, 0
        while True:
            token = await self._tokens.token(refused)
            await self.budget.take(tr)
            error: Exception
            try:
                said, following = await self._call(tr, fields, cursor, token)
            except httpx.HTTPError as lost:
                error = Unreachable(f"{tr}: {type(lost).__name__}: {lost}")
            except ReplyError as unread:
                error = unread
            else:
                if said.ok:
                    return said.body, following
                if said.code in TOKEN_REFUSED and refused is None:
                    refused = token
                    continue
                error = trouble(said, throttled + 1)
                if isinstance(error, RateLimited) and throttled < RATE_TRIES - 1:
                    throttled += 1
                    self.budget.exhausted(error.retry_after_s)
                    continue
                if not isinstance(error, Unreachable):
                    raise error
            if failures == ASK_TRIES:
                raise error
            await asyncio.sleep(self._backoff_s * 2**failures * random.uniform(0.5, 1.0))
            failures += 1

    async def _call(
        self, tr: str, fields: Mapping[str, str], cursor: str, token: str
    ) -> tuple[Envelope, str]:
        headers = {
            "api-id": tr,
            "authorization": f"Bearer {token}",
            "content-type": "application/json;charset=UTF-8",
            "cont-yn": "Y" if cursor else "N",
            "next-key": cursor,
        }
        reply = await self._client.post(PATHS[tr], json=dict(fields), headers=headers)
        said = read_envelope(reply.status_code, reply.text)
        more = reply.headers.get("cont-yn", "").strip() == "Y"
        following = reply.headers.get("next-key", "").strip() if more else ""
        if more and not following:
            raise ReplyError(f"{tr}: more pages, but no next-key", reply.text)
        return said, following
