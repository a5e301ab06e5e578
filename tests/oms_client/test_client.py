"""The client keeps away, refused and empty apart, over a network that is a function."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from kis_core.clock import KST
from oms_client import client as subject
from oms_client.client import (
    Line,
    OmsClient,
    OmsRefused,
    OmsUnreachable,
    OmsUnreadable,
    Unanswered,
)
from oms_client.contract import Exit, Heartbeat, IntentResult, OrderAccepted

pytestmark = pytest.mark.anyio
AT = datetime(2025, 9, 3, 9, 20, tzinfo=KST)
INTENT = Exit(intent_id="kmp-005930-20250903-exit-1", symbol="005930", reason="hard_stop")
Door = Callable[[httpx.Request], httpx.Response]


def result(intent_id: str = INTENT.intent_id) -> dict[str, Any]:
    return {
        "intent_id": intent_id, "status": "APPROVED", "message": "ok", "limits_hash": "h",
        "received_at": AT.isoformat(),
    }  # fmt: skip


def problem(status: int) -> httpx.Response:
    body = {"type": "about:blank", "title": "No", "status": status, "detail": "because"}
    return httpx.Response(status, json=body)


class Oms:
    """Answers in turn; keeps what it was asked. An exception is a line that broke."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def connected(door: Door) -> AsyncIterator[OmsClient]:
    transport = httpx.MockTransport(door)
    async with OmsClient.connect("http://oms", "secret", "KMP", transport) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "PAUSE_FIRST_S", 0.001)
    monkeypatch.setattr(subject, "PAUSE_MAX_S", 0.005)


LOST = httpx.ReadTimeout("lost")


@pytest.mark.parametrize(
    "answers",
    [
        [httpx.Response(200, json=result())],
        [LOST, httpx.Response(200, json=result())],
        [httpx.ConnectError("away"), problem(503), httpx.Response(200, json=result())],
    ],
    ids=["at once", "the first answer is lost", "away, then not ready"],
)
async def test_a_submit_is_repeated_under_its_own_id(
    answers: list[httpx.Response | Exception],
) -> None:
    oms = Oms(*answers)
    async with connected(oms) as client:
        answer = await client.submit(INTENT)
    assert isinstance(answer, IntentResult)
    bodies = {request.content for request in oms.asked}
    assert len(bodies) == 1
    assert json.loads(bodies.pop())["intent_id"] == INTENT.intent_id
    assert {request.headers["authorization"] for request in oms.asked} == {"Bearer secret"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("away"),
        LOST,
        problem(500),
        problem(429),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=result("another")),
    ],
    ids=["away", "lost", "broken", "busy", "not an answer", "another's answer"],
)
async def test_no_answer_is_its_own_outcome_and_never_a_refusal(
    answer: httpx.Response | Exception,
) -> None:
    async with connected(Oms(answer)) as client:
        outcome = await client.submit(INTENT)
    assert isinstance(outcome, Unanswered)
    assert outcome.intent_id == INTENT.intent_id


async def test_come_again_later_is_waited_for_as_long_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subject, "PAUSE_MAX_S", 3.0)
    busy = problem(429)
    busy.headers["Retry-After"] = "1"
    oms = Oms(busy, httpx.Response(200, json=result()))
    begun = asyncio.get_running_loop().time()
    async with connected(oms) as client:
        assert isinstance(await client.submit(INTENT), IntentResult)
    assert asyncio.get_running_loop().time() - begun >= 1.0


@pytest.mark.parametrize("status", [401, 403, 409, 422])
async def test_a_request_that_is_turned_away_is_not_repeated(status: int) -> None:
    oms = Oms(problem(status))
    async with connected(oms) as client:
        with pytest.raises(OmsRefused, match="because") as refusal:
            await client.submit(INTENT)
    assert refusal.value.status == status
    assert len(oms.asked) == 1


async def test_away_is_not_empty() -> None:
    async with connected(Oms(httpx.Response(200, json={}))) as client:
        assert await client.allocations() == {}
        assert await client.positions() == {}
    async with connected(Oms(httpx.Response(200, json=[]))) as client:
        assert await client.orders() == []
    async with connected(Oms(httpx.ConnectError("away"))) as client:
        for read in (client.allocations, client.positions, client.orders, client.account):
            with pytest.raises(OmsUnreachable):
                await read()
        with pytest.raises(OmsUnreachable):
            await client.heartbeat(Heartbeat())


async def test_an_answer_outside_the_contract_is_an_error_of_its_own() -> None:
    async with connected(Oms(httpx.Response(200, json={"oms_id": 1}))) as client:
        with pytest.raises(OmsUnreadable, match="account"):
            await client.account()


async def test_a_strategy_asks_for_its_own_share() -> None:
    oms = Oms(httpx.Response(200, json=[]))
    async with connected(oms) as client:
        await client.orders()
    assert oms.asked[0].url.params["strategy_id"] == "KMP"


def event(seq: int) -> OrderAccepted:
    return OrderAccepted(
        seq=seq, at=AT, strategy_id="KMP", symbol="005930", order_id="o", intent_id=None,
        broker_id="1",
    )  # fmt: skip


class Streams:
    """A stream door that tells some events on each connection and then closes."""

    def __init__(self, *tellings: list[int]) -> None:
        self.tellings = list(tellings)
        self.asked: list[str] = []
        self.refuse = False

    def gate(self, connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(403, "no") if self.refuse else None

    async def __call__(self, line: ServerConnection) -> None:
        assert line.request is not None
        self.asked.append(line.request.path)
        for seq in self.tellings.pop(0) if self.tellings else ():
            await line.send(event(seq).model_dump_json())


@asynccontextmanager
async def streaming(door: Streams) -> AsyncIterator[OmsClient]:
    async with serve(door, "127.0.0.1", 0, process_request=door.gate) as server:
        port = server.sockets[0].getsockname()[1]
        async with OmsClient.connect(f"http://127.0.0.1:{port}", "secret", "KMP") as client:
            yield client


async def test_the_stream_goes_on_from_the_last_event_heard() -> None:
    door = Streams([5, 6], [6, 7, 9], [9, 10])
    seqs: list[int] = []
    lines: list[bool] = []
    async with streaming(door) as client:
        async for item in client.events(4):
            if isinstance(item, Line):
                lines.append(item.up)
            else:
                seqs.append(item.seq)
            if seqs and seqs[-1] == 10:
                break
    assert seqs == [5, 6, 7, 9, 10]
    assert lines == [True, False, True, False, True]
    assert [path.split("after=")[1] for path in door.asked] == ["4", "6", "9"]


async def test_a_token_that_is_turned_away_ends_the_stream() -> None:
    door = Streams()
    door.refuse = True
    async with streaming(door) as client:
        with pytest.raises(OmsRefused):
            await anext(client.events(0))


async def test_a_stream_that_cannot_be_reached_says_so_and_goes_on_trying() -> None:
    async with OmsClient.connect("http://127.0.0.1:1", "secret", "KMP") as client:
        downs = []
        async for item in client.events(0):
            downs.append(item)
            if len(downs) == 3:
                break
    assert all(isinstance(item, Line) and not item.up for item in downs)
