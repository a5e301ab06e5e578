"""How to ask the OMS: the client of its HTTP API and of its event stream.

Three laws. Away is not empty: a read returns what the OMS said or raises `OmsUnreachable`. Away is
not a refusal: an intent that got no answer comes back as `Unanswered`, and it may or may not have
arrived. And a submit is repeated only because the OMS answers the same `intent_id` with the same
result for ever. Timeouts here guard this machine's lines, so they are in the world's seconds.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from oms_client.contract import (
    AccountView,
    AllocationView,
    BatchItem,
    BatchResult,
    HealthView,
    Heartbeat,
    Intent,
    IntentResult,
    OmsEvent,
    OrderView,
    PositionView,
    Problem,
)


class OmsError(Exception):
    """Anything between us and the OMS.

    OmsError
    ├── OmsUnreachable  no whole answer came: nothing is known, ask again
    ├── OmsRefused      it answered that it will not serve this request as it stands
    └── OmsUnreadable   it answered something that is not in the contract
    """


class OmsUnreachable(OmsError):
    """No answer, or only "not now" (429, 5xx). Nothing is known from it."""


class OmsRefused(OmsError):
    """The request itself was turned away (4xx): token, shape, permission."""

    def __init__(self, status: int, detail: str, following: str | None = None) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.next = following  # what the OMS says can be done about it


class OmsUnreadable(OmsError):
    """An answer that is not what the contract says."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer to a submit. The intent may have arrived: ask again under the same id."""

    intent_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """The event stream's line went up or down. An item of the stream, not an exception."""

    up: bool
    why: str


CONNECT_S = 3.0
SUBMIT_S = 10.0  # an intent waits for an fsync and a live quote, not for the broker
READ_S = 5.0
SUBMIT_TRIES = 3
READ_TRIES = 2
PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 3.0
MESSAGE_BYTES_MAX = 1 << 20
_RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})

_EVENT: TypeAdapter[OmsEvent] = TypeAdapter(OmsEvent)
_RESULT = TypeAdapter(IntentResult)
_ALLOCATIONS = TypeAdapter(dict[str, AllocationView])
_POSITIONS = TypeAdapter(dict[str, PositionView])
_ORDERS = TypeAdapter(list[OrderView])


class OmsClient:
    """One strategy's line to its OMS."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str, name: str) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._token = token
        self._name = name

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, url: str, token: str, name: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> "AsyncIterator[Self]":
        """Return a client of the OMS at `url`, acting as strategy `name`.

        Nothing is sent until the first request; `transport` replaces the network in tests.
        """
        async with httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            transport=transport,
            trust_env=False,
        ) as http:
            yield cls(http, url, token, name)

    @property
    def name(self) -> str:
        """The strategy's id at the OMS."""
        return self._name

    async def submit(self, intent: Intent) -> IntentResult | Unanswered:
        """Return the OMS's decision, or `Unanswered` where none came after a few tries.

        Raises OmsRefused where the request itself is turned away: no decision was made.
        """
        body = intent.model_dump_json()
        try:
            text = await self._ask("POST", "/api/v1/intents", SUBMIT_S, SUBMIT_TRIES, body=body)
            result = read(_RESULT, text, "intents")
        except (OmsUnreachable, OmsUnreadable) as error:
            return Unanswered(intent.intent_id, str(error))
        if result.intent_id != intent.intent_id:
            return Unanswered(intent.intent_id, f"the answer is for {result.intent_id}")
        return result

    async def submit_batch(
        self, intents: Sequence[Intent]
    ) -> list[IntentResult | Unanswered | OmsRefused]:
        """Return the OMS's decision of each, in order; `Unanswered` where none came.

        An intent that was turned away is an `OmsRefused` in its place; raises it where the whole
        request was.
        """
        body = json.dumps({"intents": [intent.model_dump(mode="json") for intent in intents]})
        path = "/api/v1/intents/batch"
        try:
            text = await self._ask("POST", path, SUBMIT_S, SUBMIT_TRIES, body=body)
            items = read(TypeAdapter(BatchResult), text, "batch").items
        except (OmsUnreachable, OmsUnreadable) as error:
            return [Unanswered(intent.intent_id, str(error)) for intent in intents]
        if [item.intent_id for item in items] != [intent.intent_id for intent in intents]:
            return [Unanswered(i.intent_id, "the answers are for others") for i in intents]
        return [_outcome(item) for item in items]

    async def account(self) -> AccountView:
        """Return the account, its equity times this strategy's share of the capital."""
        text = await self._get("/api/v1/state/account", strategy_id=self._name)
        return read(TypeAdapter(AccountView), text, "account")

    async def allocations(self) -> dict[str, AllocationView]:
        """Return what this strategy holds, by symbol."""
        text = await self._get(f"/api/v1/allocations/{quote(self._name)}")
        return read(_ALLOCATIONS, text, "allocations")

    async def positions(self) -> dict[str, PositionView]:
        """Return the account's positions, by symbol."""
        return read(_POSITIONS, await self._get("/api/v1/positions"), "positions")

    async def orders(self) -> list[OrderView]:
        """Return today's orders of this strategy."""
        text = await self._get("/api/v1/orders", strategy_id=self._name)
        return read(_ORDERS, text, "orders")

    async def health(self) -> HealthView:
        """Return how the OMS says it is."""
        return read(TypeAdapter(HealthView), await self._get("/health"), "health")

    async def heartbeat(self, beat: Heartbeat) -> None:
        """Say that this strategy lives. Not repeated when unanswered: the next one will do."""
        path = f"/api/v1/strategies/{quote(self._name)}/heartbeat"
        await self._ask("POST", path, READ_S, 1, body=beat.model_dump_json())

    async def events(self, after_seq: int) -> AsyncGenerator[OmsEvent | Line]:
        """Yield this strategy's events after `after_seq`, in order, for as long as one listens.

        A lost line is a `Line(up=False)` in the stream; the client connects again by itself and
        asks for what came after the last event it handed out. What arrives twice is left out.
        Raises OmsRefused where the token is turned away.
        """
        seen = after_seq
        pause_s = 0.0
        while True:
            await asyncio.sleep(pause_s)
            pause_s = min(max(pause_s * 2, PAUSE_FIRST_S), PAUSE_MAX_S)
            try:
                line = await self._listen(seen)
            except (OSError, TimeoutError, InvalidHandshake) as error:
                yield Line(False, f"{type(error).__name__}: {error}")
                continue
            async with line:
                yield Line(True, f"listening after {seen}")
                while True:
                    try:
                        text = await line.recv()
                    except ConnectionClosed as closed:
                        yield Line(False, str(closed))
                        break
                    event = read(_EVENT, text, "stream")
                    if event.seq > seen:
                        seen = event.seq
                        pause_s = 0.0
                        yield event

    async def _listen(self, after_seq: int) -> ClientConnection:
        parts = urlsplit(self._url)
        scheme = {"http": "ws", "https": "wss"}[parts.scheme]
        url = urlunsplit(
            (scheme, parts.netloc, parts.path + "/api/v1/stream", f"after={after_seq}", "")
        )
        try:
            return await connect(
                url,
                additional_headers={"Authorization": f"Bearer {self._token}"},
                open_timeout=CONNECT_S,
                max_size=MESSAGE_BYTES_MAX,
                compression=None,
                proxy=None,
            )
        except InvalidStatus as refusal:
            status = refusal.response.status_code
            if status in (401, 403, 404):
                raise OmsRefused(status, "the OMS does not give this token its stream") from None
            raise

    async def _get(self, path: str, **query: str) -> bytes:
        return await self._ask("GET", path, READ_S, READ_TRIES, query=query)

    async def _ask(
        self,
        method: str,
        path: str,
        timeout_s: float,
        tries: int,
        *,
        body: str | None = None,
        query: dict[str, str] | None = None,
    ) -> bytes:
        """Return the body of a 2xx answer; repeat what went unanswered up to `tries` times."""
        why, come_again_s = "", 0.0
        headers = {"Content-Type": "application/json"} if body is not None else {}
        for attempt in range(tries):
            if attempt:
                pause_s = max(PAUSE_FIRST_S * 2**attempt, come_again_s)
                await asyncio.sleep(min(pause_s, PAUSE_MAX_S))
            try:
                reply = await self._http.request(
                    method,
                    path,
                    params=query,
                    content=body,
                    headers=headers,
                    timeout=httpx.Timeout(timeout_s, connect=CONNECT_S),
                )
            except httpx.TransportError as error:
                why = f"{type(error).__name__}: {error}"
                continue
            if reply.is_success:
                return reply.content
            why = f"{reply.status_code}: {_detail(reply)}"
            told = reply.headers.get("retry-after", "")
            come_again_s = float(told) if told.isdecimal() and len(told) < 6 else 0.0
            if reply.status_code not in _RETRY_STATUS:
                raise OmsRefused(reply.status_code, _detail(reply), _next(reply))
        raise OmsUnreachable(f"{method} {path}: {why}")


def _outcome(item: BatchItem) -> IntentResult | Unanswered | OmsRefused:
    """Return what became of one intent of a batch: "not now" is no answer, as it is alone."""
    if item.result is not None:
        return item.result
    if item.problem is None:
        return Unanswered(item.intent_id or "", "the item is empty")
    if item.problem.status in _RETRY_STATUS:
        return Unanswered(item.intent_id or "", f"{item.problem.status}: {item.problem.detail}")
    return OmsRefused(item.problem.status, item.problem.detail)


def _detail(reply: httpx.Response) -> str:
    """Return what a problem says, or the start of the text where it is none."""
    try:
        problem = Problem.model_validate_json(reply.content)
    except ValidationError:
        return reply.text[:300]
    return f"{problem.title}: {problem.detail}"


def _next(reply: httpx.Response) -> str | None:
    try:
        return Problem.model_validate_json(reply.content).next
    except ValidationError:
        return None


def read[T: BaseModel | dict[str, Any] | list[Any]](
    shape: TypeAdapter[T], text: bytes | str, what: str
) -> T:
    """Return an answer as the contract shapes it. Raises OmsUnreadable."""
    try:
        return shape.validate_json(text)
    except ValidationError as error:
        raise OmsUnreadable(f"{what}: {error.error_count()} faults: {error.errors()[0]}") from None
