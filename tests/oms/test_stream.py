"""The event stream over a real socket: replay, then live, each strategy its own."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

import oms.stream
from oms_client.client import Line, OmsClient
from tests.oms.stories import SAMSUNG
from tests.oms.test_routes import KMP, KPR, OPERATOR, Served, enter, served
from tests.oms.waiting import until

pytestmark = pytest.mark.anyio
__all__ = ["served"]  # the fixture


def door(served: Served, after: int = 0, extra: str = "") -> str:
    url = str(served.http.base_url).rstrip("/").replace("http", "ws")
    return f"{url}/api/v1/stream?after={after}{extra}"


async def heard(line: Any, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(5):
        return [json.loads(await line.recv()) for _ in range(count)]


async def a_filled_entry(served: Served) -> None:
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    served.house.line.bring(served.house.fill_notice(1, 10))
    await until(lambda: served.desk.inbox.book.allocation("KMP", SAMSUNG).shares)


OWN = ["intent_decided", "order_accepted", "order_filled", "allocation_changed", "order_closed"]


async def test_a_listener_hears_its_own_events_live_and_in_order(served: Served) -> None:
    after = served.desk.inbox.journal.last_seq
    async with connect(door(served, after), additional_headers=KMP, proxy=None) as line:
        await a_filled_entry(served)
        events = await heard(line, 5)
    assert [event["kind"] for event in events] == OWN
    assert [e["seq"] for e in events] == sorted({e["seq"] for e in events})


async def test_what_was_missed_is_told_again_from_where_the_listener_was(served: Served) -> None:
    after = served.desk.inbox.journal.last_seq
    await a_filled_entry(served)
    async with connect(door(served, after), additional_headers=KMP, proxy=None) as line:
        first = await heard(line, 2)
    async with connect(door(served, first[1]["seq"]), additional_headers=KMP, proxy=None) as line:
        rest = await heard(line, 3)
    assert [event["kind"] for event in first + rest] == OWN


async def test_a_strategy_hears_nothing_of_another_and_the_operator_hears_all(
    served: Served,
) -> None:
    after = served.desk.inbox.journal.last_seq
    await a_filled_entry(served)
    async with (
        connect(door(served, after), additional_headers=KPR, proxy=None) as other,
        connect(door(served, after), additional_headers=OPERATOR, proxy=None) as operator,
    ):
        assert [e["kind"] for e in await heard(operator, 5)] == OWN
        await served.http.post("/api/v1/intents", json=enter("kpr-1"), headers=KPR)
        mine = (await heard(other, 1))[0]
        assert mine["strategy_id"] == "KPR"


async def test_flags_reach_every_strategy_with_its_own_equity(served: Served) -> None:
    after = served.desk.inbox.journal.last_seq
    async with connect(door(served, after), additional_headers=KMP, proxy=None) as line:
        await served.http.post(
            "/api/v1/risk/safe-mode", json={"enabled": True, "reason": "x"}, headers=OPERATOR
        )
        event = (await heard(line, 1))[0]
    assert event["kind"] == "account_changed"
    assert event["account"]["safe_mode"] is True
    assert event["account"]["equity_krw"] == 50_000_000


async def test_the_token_may_stand_in_the_address(served: Served) -> None:
    async with connect(door(served, 0, "&token=token-viewer"), proxy=None) as line:
        assert await heard(line, 1)


@pytest.mark.parametrize("extra", ["", "&token=wrong"])
async def test_10_5_01_without_a_known_token_the_stream_tells_nothing(
    served: Served, extra: str
) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(door(served, 0, extra), proxy=None):
            pass
    assert refusal.value.response.status_code == 403


async def test_a_listener_that_does_not_read_is_let_go(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oms.stream, "WAITING_MAX", 1)
    after = served.desk.inbox.journal.last_seq
    async with connect(door(served, after), additional_headers=KMP, proxy=None) as line:
        await until(lambda: served.desk.stream.listeners)
        await a_filled_entry(served)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(line, 9)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


async def test_a_listener_that_went_away_is_forgotten(served: Served) -> None:
    async with connect(door(served), additional_headers=KMP, proxy=None):
        await until(lambda: served.desk.stream.listeners == 1)
    await until(lambda: served.desk.stream.listeners == 0)


async def test_the_houses_own_client_speaks_with_it(served: Served) -> None:
    url = str(served.http.base_url)
    async with OmsClient.connect(url, "token-kmp", "KMP") as client:
        account = await client.account()
        assert account.equity_krw == 50_000_000
        events = client.events(0)
        await a_filled_entry(served)
        kinds = []
        async with asyncio.timeout(5):
            async for event in events:
                if not isinstance(event, Line):
                    kinds.append(event.kind)
                if kinds and kinds[-1] == "order_closed":
                    break
        await events.aclose()
        assert [kind for kind in kinds if kind != "account_changed"] == OWN
        assert (await client.allocations())[SAMSUNG].shares == 10
