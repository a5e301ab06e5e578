"""KIS over HTTP: tokens, calls per second, retries, pages, and the three answers of an order.

A question is asked again when that may help: at most three times after trouble on the way, a few
more when KIS says that there were too many calls. An order is sent once. It is sent again only
when KIS itself said, before it took it, that there were too many calls or that the token was old.
Time-outs guard this machine and are in the world's seconds; waits for KIS's limits are in the
clock's.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from kis_core.clock import Clock
from kis_core.environment import Credentials, Endpoints, require_same
from kis_core.errors import (
    NotOffered,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ReplyError,
    TooEarly,
    Unreachable,
)
from kis_core.net.budget import RateBudget
from kis_core.net.certificates import trusted
from kis_core.net.tokens import TokenCache
from kis_core.wire import envelope as envelopes
from kis_core.wire.envelope import Envelope, may_pass, order_verdict, read_envelope
from kis_core.wire.request import Request, next_page

ASK_RETRIES = 3
RATE_TRIES = 5  # calls in all, when KIS says too many
PAGES_MAX = 200
_BACKOFF_S = 0.2  # of the world's time, doubled each time, with jitter

# Failures before a connection stood: nothing of the request can have left.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One HTTP answer that could be read."""

    envelope: Envelope
    more: bool  # tr_cont F or M: there are more pages


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
        backoff_s: float = _BACKOFF_S,
        heard: Callable[[Request, str], None] | None = None,
    ) -> None:
        """`heard` is told every answer's text, word for word, before anybody reads it."""
        require_same(endpoints, credentials)
        self._heard = heard
        self.endpoints = endpoints
        self.clock = clock
        self._credentials = credentials
        self._tokens = tokens
        self._budget = budget
        self._timeout_s = timeout_s
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

    async def ask(self, request: Request) -> Mapping[str, Any]:
        """Return the body of a one-page query. Raises Unreachable, Refused, ReplyError."""
        return (await self._ask_page(request)).envelope.body

    async def ask_all(self, request: Request) -> list[Mapping[str, Any]]:
        """Return the bodies of all pages. One page that fails fails the whole query."""
        return [body async for body in self.pages(request)]

    async def pages(self, request: Request) -> AsyncGenerator[Mapping[str, Any]]:
        """Yield the bodies of all pages, asking for each when it is wanted."""
        for number in range(1, PAGES_MAX + 1):
            answer = await self._ask_page(request)
            body = answer.envelope.body
            # A page that was promised and comes without rows is not the end of the list, unless
            # KIS says in so many words that there is nothing more.
            ended = answer.envelope.code == envelopes.NO_ROWS
            if number > 1 and not ended and not _any_rows(request, body):
                raise ReplyError(f"{request.call.name}: page {number} is empty", str(body))
            yield body
            if not answer.more or request.call.cursor is None:
                return
            following = next_page(request, *_cursor(request, body))
            if following.fields == request.fields:
                raise ReplyError(f"{request.call.name}: the next page is the same page", str(body))
            request = following
        raise ReplyError(f"{request.call.name}: more than {PAGES_MAX} pages", "")

    async def send(self, request: Request) -> Mapping[str, Any]:
        """Send an order once and return KIS's answer to it.

        Raises Unreachable when it provably did not leave, Refused when KIS said no before taking
        it, and OutcomeUnknown for everything else.
        """
        assert request.is_order, f"{request.call.name} is a question: ask it"
        refused_token: str | None = None
        throttled = 0
        while True:
            token = await self._token_for_order(refused_token)
            await self._budget.take(request.lane)
            try:
                answer = await self._call(request, token)
            except _NOT_SENT as error:
                raise Unreachable(f"not sent: {type(error).__name__}: {error}") from None
            except (httpx.HTTPError, ReplyError) as error:
                raise OutcomeUnknown(f"{type(error).__name__}: {error}") from None
            said = answer.envelope
            match order_verdict(said):
                case "taken":
                    return said.body
                case "unknown":
                    raise OutcomeUnknown(f"HTTP {said.status} {said.code}: {said.text}")
                case _ if said.code in envelopes.TOKEN_REFUSED and refused_token is None:
                    refused_token = token
                case _ if said.code in envelopes.RATE_LIMITED and throttled < RATE_TRIES - 1:
                    throttled += 1
                    self._budget.exhausted()
                case _:
                    raise _refusal(said)

    async def _token_for_order(self, refused: str | None) -> str:
        """Return a token soon, or raise Unreachable: an order must not leave minutes late."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._tokens.token(refused)
        except TimeoutError:
            raise Unreachable("not sent: no token in time") from None
        except (Refused, ReplyError) as error:
            raise Unreachable(f"not sent, no token: {error}") from None

    async def _ask_page(self, request: Request) -> _Answer:
        refused_token: str | None = None
        failures, throttled = 0, 0
        while True:
            token = await self._tokens.token(refused_token)
            await self._budget.take(request.lane)
            trouble: Unreachable | ReplyError
            try:
                answer = await self._call(request, token)
            except httpx.HTTPError as error:
                trouble = Unreachable(f"{request.call.name}: {type(error).__name__}: {error}")
            except ReplyError as error:
                trouble = error
            else:
                said = answer.envelope
                if said.ok or said.code == envelopes.NO_ROWS:
                    return answer
                if said.code in envelopes.TOKEN_REFUSED and refused_token is None:
                    refused_token = token
                    continue
                if said.code in envelopes.RATE_LIMITED and throttled < RATE_TRIES - 1:
                    throttled += 1
                    self._budget.exhausted()
                    continue
                if not may_pass(said):
                    raise _refusal(said)
                trouble = Unreachable(f"{request.call.name}: {said.code}: {said.text}")
            if failures == ASK_RETRIES:
                raise trouble
            await asyncio.sleep(self._backoff_s * 2**failures * random.uniform(0.5, 1.0))
            failures += 1

    async def _call(self, request: Request, token: str) -> _Answer:
        """Make one call. Raises httpx's errors, or ReplyError for what cannot be read."""
        headers = {
            "content-type": "application/json; charset=utf-8",
            "authorization": f"Bearer {token}",
            "appkey": self._credentials.app_key,
            "appsecret": self._credentials.app_secret.reveal(),
            "tr_id": request.tr_id,
            "tr_cont": "N" if request.next_page else "",
            "custtype": "P",
        }
        call = request.call
        if call.method == "GET":
            reply = await self._client.get(call.path, params=dict(request.fields), headers=headers)
        else:
            reply = await self._client.post(call.path, json=dict(request.fields), headers=headers)
        if self._heard is not None:
            self._heard(request, reply.text)
        envelope = read_envelope(reply.status_code, reply.text)
        return _Answer(envelope, reply.headers.get("tr_cont", "").strip() in ("F", "M"))


def _any_rows(request: Request, body: Mapping[str, Any]) -> bool:
    """Whether a page has rows: the first list of its outputs, the others are totals."""
    lists = [name for name, output in request.call.outputs.items() if output.kind == "array"]
    return bool(lists) and bool(body.get(lists[0]))


def _cursor(request: Request, body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the cursor as KIS said it, padding and all."""
    cursor = request.call.cursor
    said = [body.get(f"ctx_area_{part}{cursor}") for part in ("fk", "nk")]
    fk, nk = ("" if part is None else str(part) for part in said)
    if not nk.strip():
        raise ReplyError(f"{request.call.name}: more pages, but no cursor", str(body))
    return fk, nk


def _refusal(said: Envelope) -> Refused:
    if said.code in envelopes.RATE_LIMITED:
        return RateLimited(said.code, said.text, retry_after_s=1.0)
    if said.code in envelopes.NOT_OFFERED:
        return NotOffered(said.code, said.text)
    if envelopes.is_too_early(said):
        return TooEarly(said.code, said.text)
    return Refused(said.code, said.text)
