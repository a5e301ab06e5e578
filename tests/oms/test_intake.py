"""Intents over HTTP: many at once, one id for ever, and a haste that never stops an exit."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

import oms.inbox
from oms.allowance import Allowance
from oms.routes import make_app
from oms.running import running
from oms.verify import verify
from oms_client.client import OmsClient, OmsRefused, Unanswered
from oms_client.contract import BatchResult, Enter, Exit, IntentResult
from tests.oms.stories import HYNIX, NAVER, SAMSUNG, House
from tests.oms.test_routes import KMP, KPR, OPERATOR, VIEWER, Served, enter, served
from tests.oms.waiting import until

pytestmark = pytest.mark.anyio
__all__ = ["served"]  # the fixture


@asynccontextmanager
async def opened(house: House, **changes: Any) -> AsyncIterator[Served]:
    """An OMS in process; opening it again is a restart on the same journal."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(running(replace(house.parts(), **changes)))
        await until(lambda: desk.health.serving)
        transport = httpx.ASGITransport(make_app(desk))
        http = httpx.AsyncClient(transport=transport, base_url="http://oms")
        yield Served(house, desk, await stack.enter_async_context(http))


async def holding(served: Served, shares: int = 10) -> None:
    await served.http.post("/api/v1/intents", json=enter("first"), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    served.house.line.bring(served.house.fill_notice(1, shares))
    await until(lambda: served.desk.inbox.book.allocation("KMP", SAMSUNG).shares)


async def batch(served: Served, *intents: Any, headers: Any = KMP) -> BatchResult:
    answer = await served.http.post(
        "/api/v1/intents/batch", json={"intents": list(intents)}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    return BatchResult.model_validate_json(answer.text)


def leave(intent_id: str, symbol: str = SAMSUNG) -> dict[str, Any]:
    return {"intent_type": "EXIT", "intent_id": intent_id, "symbol": symbol, "reason": "out"}


async def test_each_intent_of_a_batch_is_answered_on_its_own_and_in_order(served: Served) -> None:
    told = await batch(
        served,
        enter("a"),
        enter("b", shares=0),
        leave("c", HYNIX),
        enter("d", symbol="999999"),
        {"intent_id": 7},
        enter("e", symbol=NAVER),
    )
    assert [item.intent_id for item in told.items] == ["a", "b", "c", "d", None, "e"]
    states = [item.result.status if item.result else item.problem for item in told.items]
    assert states[0] == states[5] == "APPROVED"
    assert states[2] == states[3] == "REFUSED"
    malformed = told.items[1].problem
    assert malformed is not None
    assert (malformed.status, malformed.type) == (422, "urn:kst:oms:malformed")
    assert "shares" in malformed.detail
    await until(lambda: len(served.house.broker.placed) == 2)
    assert [order.symbol for order in served.house.broker.placed] == [SAMSUNG, NAVER]


async def test_a_batch_is_decided_in_order_but_an_exit_waits_for_no_others_price(
    served: Served,
) -> None:
    told = await batch(
        served,
        enter("slow", symbol=HYNIX),
        leave("behind", HYNIX),
        leave("quick"),
        enter("last"),
    )
    order = [
        row.output.intent_id  # type: ignore[union-attr]
        for row in served.desk.inbox.journal.rows(direction="out")
        if row.kind == "intent_decided"
    ]
    assert order == ["quick", "slow", "behind", "last"]
    assert [item.intent_id for item in told.items] == ["slow", "behind", "quick", "last"]


async def test_an_exit_in_a_batch_leaves_while_an_entrys_price_is_not_to_be_had(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await holding(served)
    never = asyncio.Event()

    async def silent(symbol: str) -> None:
        await never.wait()

    monkeypatch.setattr(served.house.asked, "price", silent)
    asking = asyncio.create_task(batch(served, enter("in", symbol=NAVER), leave("out")))
    await until(lambda: len(served.house.broker.placed) == 2)
    assert served.house.broker.placed[1].side == "SELL"
    assert not asking.done()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def test_one_id_twice_in_a_batch_is_one_intent(served: Served) -> None:
    told = await batch(served, enter("a"), enter("a"))
    first, second = (item.result for item in told.items)
    assert first is not None
    assert second is not None
    assert (first.repeated, second.repeated) == (False, True)
    assert first.order_ids == second.order_ids
    await until(lambda: served.house.broker.placed)
    await asyncio.sleep(0.02)
    assert len(served.house.broker.placed) == 1


async def test_after_a_restart_every_intent_id_has_the_answer_it_had(house: House) -> None:
    intents = [enter("a"), leave("b", HYNIX), enter("c", limit_krw=70_050)]
    async with opened(house) as served:
        first = await batch(served, *intents)
        await until(lambda: house.broker.placed)
    async with opened(house) as served:
        again = await batch(served, *intents)
        single = await served.http.post("/api/v1/intents", json=intents[0], headers=KMP)
        looked = await served.http.get("/api/v1/intents/a", headers=KMP)
    for before, after in zip(first.items, again.items, strict=True):
        assert before.result is not None
        assert after.result == before.result.model_copy(update={"repeated": True})
    assert single.json() == looked.json() == again.model_dump(mode="json")["items"][0]["result"]
    assert len(house.broker.placed) == 1
    assert verify(house.folder / "primary.db").differences == ()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/intents/a", KMP, 200),
        ("/api/v1/intents/a", KPR, 404),
        ("/api/v1/intents/a?strategy_id=KMP", KPR, 403),
        ("/api/v1/intents/a?strategy_id=KMP", OPERATOR, 200),
        ("/api/v1/intents/a?strategy_id=KMP", VIEWER, 200),
        ("/api/v1/intents/a", OPERATOR, 404),
    ],
)
async def test_an_intents_answer_is_shown_to_whose_it_is(
    served: Served, path: str, headers: dict[str, str], status: int
) -> None:
    await served.http.post("/api/v1/intents", json=enter("a"), headers=KMP)
    assert (await served.http.get(path, headers=headers)).status_code == status


@pytest.mark.parametrize("count", [0, 101])
async def test_a_batch_of_none_or_too_many_is_not_served(served: Served, count: int) -> None:
    answer = await served.http.post(
        "/api/v1/intents/batch", json={"intents": [leave(str(n)) for n in range(count)]},
        headers=KMP,
    )  # fmt: skip
    assert answer.status_code == 422


async def test_asking_too_often_is_told_when_to_come_again_and_exits_are_not_counted(
    house: House,
) -> None:
    async with opened(house, allowance=Allowance(per_s=0.5, burst=3)) as served:
        await holding(served)
        statuses = [
            (await served.http.post("/api/v1/intents", json=enter(f"e{n}"), headers=KMP))
            for n in range(3)
        ]
        assert [answer.status_code for answer in statuses] == [200, 200, 429]
        late = statuses[-1]
        assert late.headers["retry-after"] == "2"
        assert late.headers["content-type"] == "application/problem+json"
        assert late.json()["type"] == "urn:kst:oms:too-often"
        assert (await served.http.get("/api/v1/orders", headers=KMP)).status_code == 429
        assert (await served.http.get("/api/v1/orders", headers=KPR)).status_code == 200

        told = await batch(served, enter("in"), leave("out"))
        assert told.items[0].problem is not None
        assert told.items[0].problem.status == 429
        assert told.items[1].result is not None
        assert told.items[1].result.approved_shares == 10
        for kind, more in (
            ("REDUCE", {"shares": 1}),
            ("FLATTEN", {}),
            ("CANCEL_ORDERS", {}),
            ("MODIFY_RISK", {"stop_krw": 60_000}),
            ("SET_TARGET", {"shares": 0, "limit_krw": 70_000, "stop_krw": 60_000}),
        ):
            body = leave(f"x-{kind}") | {"intent_type": kind} | more
            answer = await served.http.post("/api/v1/intents", json=body, headers=KMP)
            assert answer.status_code == 200, answer.text
        served.desk.clock.move(2.0)  # type: ignore[attr-defined]
        assert (await served.http.get("/api/v1/orders", headers=KMP)).status_code == 200
        figures = (await served.http.get("/metrics", headers=OPERATOR)).text
        assert "oms_asked_too_often_total 3.0" in figures


async def test_an_operator_who_acts_is_never_told_to_wait(house: House) -> None:
    async with opened(house, allowance=Allowance(per_s=0.01, burst=1)) as served:
        for _ in range(5):
            answer = await served.http.post(
                "/api/v1/admin/flatten-all", json={"reason": "home"}, headers=OPERATOR
            )
            assert answer.status_code == 200


async def test_a_full_queue_turns_entries_away_and_takes_exits(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await holding(served)
    monkeypatch.setattr(oms.inbox, "WAITING_MAX", 0)
    full = await served.http.post("/api/v1/intents", json=enter("e", symbol=NAVER), headers=KMP)
    assert (full.status_code, full.headers["retry-after"]) == (503, "1")
    out = await served.http.post("/api/v1/intents", json=leave("out"), headers=KMP)
    assert out.json()["status"] == "APPROVED"
    flat = await served.http.post(
        "/api/v1/admin/flatten-all", json={"reason": "home"}, headers=OPERATOR
    )
    assert flat.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"shares": 10**30},
        {"limit_krw": 10**12},
        {"stop_krw": 2**64},
        {"max_spread_bp": 1e308},
        {"expires_at": "9999-12-31T23:59:59+09:00"},
        {"expires_at": "0001-01-01T00:00:00+09:00"},
        {"reason": "null\x00byte"},
        {"signal_hash": "\x00"},
        {"reason": "half \ud800"},
    ],
    ids=str,
)
async def test_a_value_the_journal_could_not_keep_is_refused_at_the_edge(
    served: Served, changes: dict[str, Any]
) -> None:
    body = json.dumps(enter(**changes))
    kind = {"Content-Type": "application/json"}
    answer = await served.http.post("/api/v1/intents", content=body, headers=KMP | kind)
    assert answer.status_code == 422
    assert next(iter(changes)) in answer.json()["detail"]
    alive = await served.http.post("/api/v1/intents", json=enter("after"), headers=KMP)
    assert alive.json()["status"] == "APPROVED"


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
async def test_what_is_no_number_is_no_spread(served: Served, number: str) -> None:
    body = json.dumps(enter(max_spread_bp=1)).replace(
        '"max_spread_bp": 1', f'"max_spread_bp": {number}'
    )
    kind = {"Content-Type": "application/json"}
    answer = await served.http.post("/api/v1/intents", content=body, headers=KMP | kind)
    assert answer.status_code == 422


@pytest.mark.parametrize("said", [True, False], ids=["said", "streamed"])
async def test_a_body_without_end_is_not_read_to_its_end(served: Served, said: bool) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    kind = {"Content-Type": "application/json"}
    content: Any = b"x" * (2 << 20) if said else endless()
    answer = await served.http.post("/api/v1/intents", content=content, headers=KMP | kind)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:kst:oms:too-large")


async def test_the_client_sends_a_batch_and_keeps_its_three_outcomes_apart(
    served: Served,
) -> None:
    out = Exit(intent_id="b", symbol=HYNIX, reason="out")
    into = Enter(
        intent_id="a", symbol=SAMSUNG, shares=10, limit_krw=70_000, stop_krw=68_000, reason="in"
    )
    async with OmsClient.connect(str(served.http.base_url), "token-kmp", "KMP") as client:
        first, second = await client.submit_batch([into, out])
        assert isinstance(first, IntentResult)
        assert isinstance(second, IntentResult)
        assert (first.status, second.status) == ("APPROVED", "REFUSED")
    async with OmsClient.connect(str(served.http.base_url), "wrong", "KMP") as client:
        with pytest.raises(OmsRefused):
            await client.submit_batch([into])
    async with OmsClient.connect("http://127.0.0.1:9", "token-kmp", "KMP") as client:
        (lost,) = await client.submit_batch([into])
        assert isinstance(lost, Unanswered)
