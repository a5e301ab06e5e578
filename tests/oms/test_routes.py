"""The HTTP API over a real server: who may ask what, and what bad requests are told."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import httpx
import pytest

from kis_core.door import bind, open_door
from kis_core.wire.account import Declined
from oms.routes import Desk, make_app
from oms.running import running
from oms_client.contract import AccountView, HealthView, IntentResult, OrderView, PositionView
from tests.oms.stories import SAMSUNG, House
from tests.oms.waiting import until

pytestmark = pytest.mark.anyio
KMP = {"Authorization": "Bearer token-kmp"}
KPR = {"Authorization": "Bearer token-kpr"}
OPERATOR = {"Authorization": "Bearer token-operator"}
VIEWER = {"Authorization": "Bearer token-viewer"}


class Served(NamedTuple):
    house: House
    desk: Desk
    http: httpx.AsyncClient


@pytest.fixture
async def served(house: House) -> AsyncIterator[Served]:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(running(house.parts()))
        await until(lambda: desk.health.serving)
        url = await stack.enter_async_context(open_door(make_app(desk), bind("127.0.0.1", 0)))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        yield Served(house, desk, http)


def enter(intent_id: str = "kmp-1", **changes: Any) -> dict[str, Any]:
    body = {
        "intent_type": "ENTER",
        "intent_id": intent_id,
        "symbol": SAMSUNG,
        "shares": 10,
        "limit_krw": 70_000,
        "stop_krw": 68_000,
        "reason": "breakout",
    }
    return body | changes


async def test_an_intent_is_answered_and_its_repeat_says_that_it_is_one(served: Served) -> None:
    first = await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    assert first.status_code == 200
    result = IntentResult.model_validate_json(first.text)
    assert (result.status, result.approved_shares, result.repeated) == ("APPROVED", 10, False)
    second = await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    repeat = IntentResult.model_validate_json(second.text)
    assert repeat == result.model_copy(update={"repeated": True})
    await until(lambda: served.house.broker.placed)
    assert len(served.house.broker.placed) == 1


async def test_two_strategies_may_use_one_intent_id_without_seeing_each_other(
    served: Served,
) -> None:
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    other = await served.http.post("/api/v1/intents", json=enter(symbol="000660"), headers=KPR)
    assert IntentResult.model_validate_json(other.text).repeated is False
    mine = (await served.http.get("/api/v1/orders", headers=KPR)).json()
    assert [order["strategy_id"] for order in mine] == ["KPR"]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/api/v1/positions", None, {}, 401),
        ("GET", "/api/v1/positions", None, {"Authorization": "Bearer wrong"}, 401),
        ("GET", "/api/v1/positions", None, {"Authorization": "Basic token-kmp"}, 401),
        ("POST", "/api/v1/intents", enter(), {"Authorization": "Bearer token-kmp2"}, 401),
        ("POST", "/api/v1/intents", enter(), OPERATOR, 403),
        ("POST", "/api/v1/intents", enter(), VIEWER, 403),
        ("POST", "/api/v1/admin/flatten-all", {"reason": "x"}, KMP, 403),
        ("POST", "/api/v1/admin/kill-switch", {"enabled": True, "reason": "x"}, KMP, 403),
        ("POST", "/api/v1/admin/reset-peak", {"reason": "x"}, VIEWER, 403),
        ("POST", "/api/v1/admin/flatten-all", {"reason": "x"}, VIEWER, 403),
        ("POST", "/api/v1/risk/safe-mode", {"enabled": True, "reason": "x"}, KMP, 403),
        ("POST", "/api/v1/risk/regime", {"regime": "WEAK", "reason": "x"}, VIEWER, 403),
        ("GET", "/api/v1/allocations/KPR", None, KMP, 403),
        ("GET", "/api/v1/state/account?strategy_id=KPR", None, KMP, 403),
        ("POST", "/api/v1/strategies/KPR/heartbeat", {}, KMP, 403),
        ("GET", "/api/v1/positions/999999", None, KMP, 404),
        ("GET", "/api/v1/nothing", None, KMP, 404),
        ("POST", "/api/v1/orders/20251120-9999/cancel", {"reason": "x"}, OPERATOR, 404),
        ("POST", "/api/v1/admin/pause-strategy/GHOST", {"reason": "x"}, OPERATOR, 404),
        ("GET", "/api/v1/intents", None, KMP, 405),
        ("POST", "/api/v1/intents", {}, KMP, 422),
        ("POST", "/api/v1/intents", enter(shares=0), KMP, 422),
        ("POST", "/api/v1/intents", enter(shares=-5), KMP, 422),
        ("POST", "/api/v1/intents", enter(symbol="samsung"), KMP, 422),
        ("POST", "/api/v1/intents", enter(intent_type="BUY"), KMP, 422),
        ("POST", "/api/v1/intents", enter(price=1), KMP, 422),
        ("POST", "/api/v1/intents", enter(expires_at="2025-11-20T09:31:00"), KMP, 422),
        ("POST", "/api/v1/risk/regime", {"regime": "normal", "reason": "x"}, OPERATOR, 422),
        ("POST", "/api/v1/risk/safe-mode?enabled=false", None, OPERATOR, 422),
    ],
)
async def test_what_is_not_served_is_told_as_a_problem(
    served: Served, method: str, path: str, body: Any, headers: dict[str, str], status: int
) -> None:
    answer = await served.http.request(method, path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert served.house.broker.placed == []


async def test_a_malformed_intent_is_told_the_place_and_what_was_expected(served: Served) -> None:
    answer = await served.http.post("/api/v1/intents", json=enter(shares="ten"), headers=KMP)
    assert "shares" in answer.json()["detail"]
    assert "ten" in answer.json()["detail"]
    kind = {"Content-Type": "application/json"}
    broken = await served.http.post("/api/v1/intents", content=b"{", headers=KMP | kind)
    assert broken.status_code == 422
    assert "not valid JSON at character 1" in broken.json()["detail"]


async def test_an_off_tick_limit_is_refused_with_the_nearest_price(served: Served) -> None:
    answer = await served.http.post("/api/v1/intents", json=enter(limit_krw=70_050), headers=KMP)
    result = IntentResult.model_validate_json(answer.text)
    assert result.status == "REFUSED"
    assert "70,000" in result.message
    assert result.trace[0].control == "tick"


async def test_a_symbol_the_broker_does_not_know_is_refused(served: Served) -> None:
    answer = await served.http.post("/api/v1/intents", json=enter(symbol="999999"), headers=KMP)
    assert answer.json()["status"] == "REFUSED"
    assert answer.json()["message"] == "999999: the broker knows no such symbol"
    assert served.house.broker.placed == []
    await served.http.get("/api/v1/positions/123456", headers=KMP)
    assert "123456" not in served.desk.inbox.book.listings  # looking does not create


async def test_an_unknown_regime_never_means_the_whole_cap(served: Served) -> None:
    await served.http.post(
        "/api/v1/risk/regime", json={"regime": "CRISIS", "reason": "test"}, headers=OPERATOR
    )
    account = AccountView.model_validate_json(
        (await served.http.get("/api/v1/state/account", headers=VIEWER)).text
    )
    assert account.regime == "CRISIS"


async def test_a_strategy_is_shown_the_equity_it_may_size_on(served: Served) -> None:
    own = (await served.http.get("/api/v1/state/account?strategy_id=KMP", headers=KMP)).json()
    whole = (await served.http.get("/api/v1/state/account", headers=VIEWER)).json()
    assert (own["equity_krw"], whole["equity_krw"]) == (50_000_000, 100_000_000)


async def test_positions_orders_and_allocations_show_the_way_of_an_entry(served: Served) -> None:
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    working = (await served.http.get("/api/v1/orders?working=true", headers=VIEWER)).json()
    assert OrderView.model_validate(working[0]).state == "WORKING"
    served.house.line.bring(served.house.fill_notice(1, 10))
    await until(lambda: served.desk.inbox.book.allocation("KMP", SAMSUNG).shares)
    held = (await served.http.get("/api/v1/allocations/KMP", headers=KMP)).json()
    assert held[SAMSUNG]["shares"] == 10
    position = (await served.http.get(f"/api/v1/positions/{SAMSUNG}", headers=KMP)).json()
    assert PositionView.model_validate(position).allocations[0].stop_krw == 68_000
    assert list((await served.http.get("/api/v1/positions", headers=KMP)).json()) == [SAMSUNG]


async def test_an_operator_cancels_one_order(served: Served) -> None:
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    order_id = next(iter(served.desk.inbox.book.orders))
    answer = await served.http.post(
        f"/api/v1/orders/{order_id}/cancel", json={"reason": "manual"}, headers=OPERATOR
    )
    assert answer.json()["cancelling"] is True
    await until(lambda: served.house.broker.changed)


async def test_pause_and_flatten_are_journaled_with_who_did_it(served: Served) -> None:
    await served.http.post(
        "/api/v1/admin/pause-strategy/KMP", json={"reason": "news"}, headers=OPERATOR
    )
    refused = await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    assert refused.json()["message"] == "Strategy KMP is paused"
    await served.http.post(
        "/api/v1/admin/resume-strategy/KMP", json={"reason": "over"}, headers=OPERATOR
    )
    flat = await served.http.post(
        "/api/v1/admin/flatten-all", json={"reason": "home"}, headers=OPERATOR
    )
    assert (flat.json()["halt_entries"], flat.json()["flattening"]) == (True, False)
    resumed = await served.http.post(
        "/api/v1/admin/resume-entries", json={"reason": "back"}, headers=OPERATOR
    )
    assert resumed.json()["halt_entries"] is False
    acts = [row for row in served.desk.inbox.journal.rows() if row.kind == "operator_acted"]
    assert len(acts) == 4
    assert all('"actor":"operator"' in act.payload for act in acts)


async def test_the_kill_switch_withdraws_buys_and_refuses_entries_until_it_is_taken_off(
    served: Served,
) -> None:
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    path = "/api/v1/admin/kill-switch"
    on = await served.http.post(path, json={"enabled": True, "reason": "news"}, headers=OPERATOR)
    assert AccountView.model_validate_json(on.text).killed
    await until(lambda: served.house.broker.changed)
    refused = await served.http.post("/api/v1/intents", json=enter("kmp-2"), headers=KPR)
    assert refused.json()["message"] == "The kill switch is on"
    off = await served.http.post(path, json={"enabled": False, "reason": "ok"}, headers=OPERATOR)
    assert off.json()["killed"] is False
    peak = await served.http.post(
        "/api/v1/admin/reset-peak", json={"reason": "withdrawn"}, headers=OPERATOR
    )
    assert peak.status_code == 200
    assert served.desk.inbox.book.peak_krw == served.desk.inbox.book.equity_krw


async def test_health_liveness_readiness_and_figures(served: Served) -> None:
    assert (await served.http.get("/livez")).text == "ok"
    assert (await served.http.get("/readyz")).status_code == 200
    for path in ("/health", "/api/v1/health"):
        answer = await served.http.get(path, headers=VIEWER)
        health = HealthView.model_validate_json(answer.text)
        assert health.status == "warn"  # no order notices are heard yet
        assert health.audit_lag is None
    assert "oms_journal_seq" in (await served.http.get("/metrics", headers=VIEWER)).text


async def test_11_14_held_stops_without_market_data_make_the_oms_unready(served: Served) -> None:
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    served.house.line.bring(served.house.fill_notice(1, 10))
    await until(lambda: served.desk.inbox.book.allocation("KMP", SAMSUNG).shares)
    served.house.asked.prices.clear()
    served.house.clock.move(120)
    ready = await served.http.get("/readyz")
    assert ready.status_code == 503
    assert f"1 stops are unwatched: no price of {SAMSUNG}" in ready.text
    assert (await served.http.get("/health", headers=VIEWER)).status_code == 503


async def test_a_heartbeat_is_seen_in_the_health(served: Served) -> None:
    answer = await served.http.post(
        "/api/v1/strategies/KMP/heartbeat", json={"mode": "RUNNING"}, headers=KMP
    )
    assert answer.status_code == 204
    health = (await served.http.get("/health", headers=VIEWER)).json()
    assert health["strategies"]["KMP"] < 5


async def test_11_09_the_limits_in_force_are_shown_with_the_hash_that_decisions_carry(
    served: Served,
) -> None:
    shown = (await served.http.get("/api/v1/limits", headers=VIEWER)).json()
    answer = await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    assert shown["limits_hash"] == answer.json()["limits_hash"]
    assert shown["limits"]["gross_pct_max"] == 0.9


async def test_a_refusal_of_the_broker_reaches_the_strategys_orders(served: Served) -> None:
    served.house.broker.outcomes = [Declined("APBK0656", "상한가")]
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    orders = served.desk.inbox.book.orders
    await until(lambda: next(iter(orders.values())).refusal_code)
    order = (await served.http.get("/api/v1/orders", headers=KMP)).json()[0]
    assert (order["state"], order["refusal_code"]) == ("REJECTED", "APBK0656")


async def test_the_contract_is_published(served: Served) -> None:
    openapi = (await served.http.get("/openapi.json", headers=VIEWER)).json()
    assert {"Enter", "IntentResult", "AccountView"} <= set(openapi["components"]["schemas"])
