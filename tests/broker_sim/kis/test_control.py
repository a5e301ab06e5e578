"""The simulator's own pages: what really happened, for this machine only."""

from typing import Any

import pytest

from broker_sim.exchange.account import OpeningHolding
from broker_sim.kis.control import Control


@pytest.mark.anyio
async def test_the_state_is_the_exchanges_own(opens: Any) -> None:
    async with opens("09:00:20", holdings=(OpeningHolding("005930", 100, 68_000.0),)) as broker:
        await broker.order("SELL", 10)
        await broker.order("BUY", 1, 50_000)
        await broker.move("09:00:41")
        state = (await broker.http.get("/sim/state")).json()
        fills = (await broker.http.get("/sim/fills")).json()["fills"]
        sold = sum(fill["shares"] * fill["price_krw"] for fill in fills)
        costs = sum(fill["cost_krw"] for fill in fills)
        assert state["date"] == "2025-09-03"
        assert state["now"] == "2025-09-03T09:00:41.000+09:00"
        assert state["phase"] == "continuous"
        assert state["holdings"] == {"005930": 90}
        assert state["fills_count"] == len(fills) > 0
        assert state["filled_krw"] == sold
        assert state["cash_krw"] == 10_000_000 + sold - costs
        assert state["costs_krw"] == costs
        assert state["pnl_krw"] == sold - costs + 90 * 69_900 - 100 * 70_000
        assert [order["state"] for order in state["orders"]] == ["filled", "working"]
        assert state["reserved_krw"] > 0


@pytest.mark.anyio
async def test_the_bars_that_are_over_are_counted(broker: Any) -> None:
    bars = (await broker.http.get("/sim/bars")).json()
    assert set(bars["bars"]) == {"000660", "005930", "247540"}
    assert bars["total"] == sum(bars["bars"].values())


@pytest.mark.anyio
async def test_health_and_figures_are_open_to_all(broker: Any) -> None:
    await broker.move("09:00:45")
    assert (await broker.http.get("/livez")).json()["status"] == "ok"
    assert (await broker.http.get("/readyz")).status_code == 200
    figures = await broker.http.get("/metrics")
    assert "broker_sim_prints_total 5" in figures.text
    assert figures.headers["content-type"].startswith("text/plain")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "client", "status"),
    [
        ("GET", "/sim/state", ("127.0.0.1", 1), 200),
        ("GET", "/sim/state/", ("::1", 1), 200),
        ("GET", "/sim/state", ("192.168.0.5", 1), 403),
        ("GET", "/sim/state", None, 403),
        ("POST", "/sim/state", ("127.0.0.1", 1), 405),
        ("GET", "/sim/nothing", ("127.0.0.1", 1), 404),
        ("GET", "/livez", ("192.168.0.5", 1), 200),
    ],
)
async def test_only_this_machine_may_look(
    broker: Any, method: str, path: str, client: tuple[str, int] | None, status: int
) -> None:
    control = Control(broker.exchange, dict)
    reply = control.answer(method, path, client, broker.clock.now_ns())
    assert reply is not None
    assert reply.status == status


@pytest.mark.anyio
async def test_kis_paths_are_not_the_simulators_own(broker: Any) -> None:
    control = Control(broker.exchange, dict)
    assert control.answer("GET", "/oauth2/tokenP", ("127.0.0.1", 1), 0) is None
