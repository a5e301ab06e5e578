"""The checklist of a rebuild that is equal or better: row by row of oms.md §11.

Rows that a mirror of the package shows better than a whole OMS are tested there, under their
number; test_rows.py finds them wherever they are.
"""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker_sim.exchange.orders import OrderRow
from fleet.chaos.house import URL
from kis_core.clock import SECOND_NS
from kis_core.environment import Environment
from oms.audit import AuditTrail
from oms.core import records as r
from oms.core.order import NEVER_ARRIVED, UNSETTLED, Order
from oms.core.records import UNALLOCATED
from oms.routes import make_app
from oms.running import running
from oms_client import contract as c
from oms_client.contract import IntentStatus, OrderState
from tests.oms.ancestor.process import Process, opened
from tests.oms.ancestor.world import World, played
from tests.oms.stories import SAMSUNG, House, at
from tests.oms.test_routes import KMP, Served, enter, served
from tests.oms.waiting import until, while_time_passes

__all__ = ["served"]  # the fixture
OPERATOR = {"Authorization": "Bearer token of operator"}
SETTLED = ("WORKING", "PARTIAL", "FILLED", "REJECTED")


# 1 Idempotency


async def until_ordered(process: Process, symbol: str) -> None:
    async with asyncio.timeout(10):
        while not process.at_exchange(symbol):  # noqa: ASYNC110 - the exchange has no event
            await asyncio.sleep(0.001)


@pytest.mark.fleet
@pytest.mark.anyio
async def test_11_01_a_hundred_submits_and_kill_9_make_one_broker_order(tmp_path: Path) -> None:
    """A real process, killed as they arrive, at the first answer, and while the order is out."""
    async with opened(tmp_path, 3) as process:
        await process.up()
        for moment, symbol in enumerate(sorted(process.exchange.day.instruments)):
            limit_krw = process.exchange.last_krw(symbol) * 98 // 100 // 1000 * 1000
            intent: dict[str, Any] = {
                "intent_type": "ENTER", "intent_id": f"i{moment}", "symbol": symbol, "shares": 1,
                "limit_krw": limit_krw, "stop_krw": limit_krw // 2, "reason": "test",
            }  # fmt: skip
            if moment == 2:
                process.goes_wrong({"kind": "reply_late", "call": "order_cash", "seconds": 60})
            storm = [asyncio.create_task(process.submit(intent)) for _ in range(100)]
            match moment:
                case 0:
                    await asyncio.sleep(0.03)
                case 1:
                    await asyncio.wait(storm, return_when=asyncio.FIRST_COMPLETED)
                case _:
                    await until_ordered(process, symbol)
            await process.kill()
            before = [told for told in await asyncio.gather(*storm) if told]
            await process.up()
            after = await asyncio.gather(*(process.submit(intent) for _ in range(100)))
            assert None not in after
            ((order_id,),) = {tuple(told["order_ids"]) for told in before + after if told}
            async with asyncio.timeout(15):
                while True:
                    order = await process.order(order_id)
                    if order["state"] in SETTLED:
                        break
                    await asyncio.sleep(0.05)
            # Killed between the commit and the send, it never left, and is known never to have.
            never = order["refusal_code"] == NEVER_ARRIVED
            assert process.at_exchange(symbol) == (0 if never else 1), order


STEPS = range(0, 96, 8)  # of the tasks, from the submits to the broker's answer and a little on


@played(symbols=4)
async def test_11_01_killed_at_await_points_an_intent_is_one_order_or_known_to_be_none(
    world: World,
) -> None:
    """One life a point, all along the way; `kst chaos` dies at any."""
    found = 0
    for number, steps in enumerate(STEPS):
        strategy = ("KMP", "KPR", "NULRIMOK")[number % 3]
        symbol = world.house.symbols[number // 3]
        intent = world.enter(f"i{number}", 1, bp=-200, symbol=symbol)
        asking = [asyncio.create_task(asked(world, intent, strategy)) for _ in range(3)]
        await world.dies_in(steps)
        await world.up()
        await asyncio.gather(*asking)
        answer = await world.answer(intent, strategy)
        assert answer.status is IntentStatus.APPROVED, answer
        (order_id,) = answer.order_ids
        order = world.book.orders[order_id]
        await until_settled(world, order)
        never = order.refusal_code == NEVER_ARRIVED
        there = [row for row in world.at_exchange if row.symbol == symbol and row.remaining]
        assert len(there) == (0 if never else 1)
        found += not never
        out = c.CancelOrders(intent_id=f"c{number}", symbol=symbol, reason="test")
        await world.answer(out, strategy)
        await until_over(world, order)
    assert world.house.kills == len(STEPS)
    assert found >= len(STEPS) * 3 // 4
    world.sound()


async def asked(world: World, intent: c.Intent, strategy: str) -> None:
    await world.ask(intent, strategy)


async def until_settled(world: World, order: Order) -> None:
    await world.until(lambda: order.state not in UNSETTLED)


async def until_over(world: World, order: Order) -> None:
    await world.until(lambda: not order.is_open)


# 2 Unknown outcome


@pytest.mark.parametrize("death", [False, True], ids=["lives on", "restarted"])
@played
async def test_11_02_a_lost_answer_stays_unknown_until_the_history_settles_it(
    world: World, death: bool
) -> None:
    """Meanwhile no second order of its kind leaves; afterwards the shares are whose they are."""
    world.goes_wrong({"kind": "reply_lost", "call": "order_cash"})
    world.goes_wrong({"kind": "history_late", "seconds": 8, "lasting": 600})
    world.goes_wrong({"kind": "notice_lost", "lasting": 600})
    intent = world.enter()
    await world.answer(intent)
    await world.until(lambda: world.order().state is OrderState.UNKNOWN)
    if death:
        await world.kill()
        await world.up()
    assert world.held == 10  # it is there, and nobody has said so
    assert world.order().state is OrderState.UNKNOWN
    same = await world.answer(intent)
    assert (same.repeated, len(world.at_exchange)) == (True, 1)
    other = await world.answer(world.enter("other", 3), "KPR")
    assert other.status is IntentStatus.DEFERRED
    assert "unsettled" in {mark.control for mark in other.trace}
    await world.until(lambda: world.order().state is OrderState.FILLED)
    held = world.book.allocation("KMP", world.symbol)
    assert (held.shares, held.stop_krw) == (10, intent.stop_krw)
    assert len(world.at_exchange) == 1
    world.sound()


# 3 Fills


TOLD: dict[str, list[dict[str, Any]]] = {
    "as it should be": [],
    "no notice comes": [{"kind": "notice_lost", "lasting": 600}],
    "fills are told after the cancel": [{"kind": "notice_late", "news": "filled", "seconds": 25}],
    "everything twice": [{"kind": "notice_doubled", "lasting": 600}],
    "in another order": [{"kind": "notice_overtaken", "news": "filled"}],
}


@pytest.mark.parametrize("faults", TOLD.values(), ids=TOLD)
@played
async def test_11_03_a_partial_fill_that_races_the_cancel_is_the_strategys_at_its_price(
    world: World, faults: list[dict[str, Any]]
) -> None:
    """However and whenever it is told: the broker's shares, the right strategy, the real price."""
    await world.answer(world.enter("theirs", 6), "KPR")
    await world.until(lambda: world.order().state is OrderState.FILLED)
    await world.answer(world.enter("ours", 10, bp=-200))
    await world.until(lambda: world.order().state is OrderState.WORKING)
    world.goes_wrong(*faults, {"kind": "change_raced", "call": "order_rvsecncl", "shares": 4})
    await world.answer(c.CancelOrders(intent_id="c", symbol=world.symbol, reason="no more"))
    await world.until(lambda: world.order().state is OrderState.CANCELLED)
    await world.sleep(30)
    ours: OrderRow = world.at_exchange[1]
    assert (world.order().filled, ours.filled) == (4, 4)
    assert world.order().filled_value_krw == ours.filled_value_krw
    assert world.book.allocation("KMP", world.symbol).cost_krw == (
        ours.filled_value_krw + ours.cost_krw
    )
    assert world.book.allocation("KPR", world.symbol).shares == 6
    assert world.held == 10
    world.sound()


# 4 Failed queries


async def seen(world: World, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=world.house.door, base_url=URL) as http:
        return await http.get(path, headers=OPERATOR)


@pytest.mark.parametrize("kind", ["server_error", "request_lost"])
@played
async def test_11_04_failed_queries_change_nothing_are_seen_and_stop_entries_alone(
    world: World, kind: str
) -> None:
    """Nothing is believed of what was not answered; after a while entries wait, exits never."""
    await world.hold()
    before = (world.book.equity_krw, world.book.gross_krw, world.book.cash_krw)
    world.goes_wrong({"kind": kind, "call": "questions", "lasting": 900})
    failures = world.book.failures
    await world.until(lambda: failures.get("history", 0) >= 2 <= failures.get("balance", 0), 200)
    assert (world.book.equity_krw, world.book.cash_krw) == (before[0], before[2])
    assert world.book.allocation("KMP", world.symbol).shares == 10
    await world.sleep(200)
    health = (await seen(world, "/api/v1/health")).json()
    assert health["balance_age_s"] > 180
    assert "balance is old: entries wait" in health["problems"]
    late = await world.answer(world.enter("late", 1, symbol=world.house.symbols[1]), "KPR")
    assert late.status is IntentStatus.DEFERRED
    assert {"balance_age"} <= {mark.control for mark in late.trace}
    await world.answer(c.Exit(intent_id="x", symbol=world.symbol, reason="out"))
    await world.until(lambda: world.order().state is OrderState.FILLED)
    assert world.held == 0
    assert world.book.contradictions == 0


# 5 Exits: any state, in tests/oms/core/test_exits_unblocked.py


@pytest.mark.anyio
async def test_11_05_an_exit_leaves_while_the_database_is_away(served: Served) -> None:
    """The audit waits; what sells does not."""
    away = AuditTrail(
        "postgresql://kst_writer:x@127.0.0.1:1/trading",
        served.desk.inbox.journal,
        oms_id="primary",
        environment=Environment.SIM,
        account="1234567801",
        clock=served.desk.clock,
        log=served.desk.log,
    )
    shipping = asyncio.create_task(away.run())
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    served.house.line.bring(served.house.fill_notice(1, 10))
    await until(lambda: served.desk.inbox.book.allocation("KMP", SAMSUNG).shares)
    await until(lambda: away.problem not in (None, "not connected yet"))
    out = {"intent_type": "EXIT", "intent_id": "x", "symbol": SAMSUNG, "reason": "out"}
    answer = await served.http.post("/api/v1/intents", json=out, headers=KMP)
    assert answer.json()["status"] == "APPROVED"
    await until(lambda: [order.side for order in served.house.broker.placed] == ["BUY", "SELL"])
    assert away.shipped_seq is None
    shipping.cancel()
    await asyncio.gather(shipping, return_exceptions=True)


# 6 Flatten


@played(carried=7)
async def test_11_06_flatten_withdraws_buys_sells_everybodys_shares_and_ends_by_itself(
    world: World,
) -> None:
    """In safe mode, what nobody owns too, and again when it is asked again."""
    first, second = world.house.symbols
    await world.hold()
    await world.answer(world.enter("resting", 5, bp=-200, symbol=second), "KPR")
    await world.until(lambda: world.order().state is OrderState.WORKING)
    await world.until(lambda: world.book.listing(first).unallocated == 7)
    async with httpx.AsyncClient(
        transport=world.house.door, base_url=URL, headers=OPERATOR
    ) as http:
        on = {"enabled": True, "reason": "test"}
        assert (await http.post("/api/v1/risk/safe-mode", json=on)).status_code == 200
        assert world.book.listing(second).unallocated == 0  # not compared while an order works
        done = await http.post("/api/v1/admin/flatten-all", json={"reason": "home"})
        assert done.json()["flattening"] is True
        kinds = [row.kind for row in world.rows() if row.seq > 0]
        assert kinds.index("cancel_planned") < len(kinds) - kinds[::-1].index("order_planned")
        await world.until(lambda: not world.book.flattening)
        assert [line.shares for line in world.house.exchange.holdings()] in ([], [0, 0])
        assert all(row.remaining == 0 for row in world.at_exchange)
        assert {o.strategy_id for o in world.book.orders.values() if o.side == "SELL"} == {
            "KMP", UNALLOCATED,
        }  # fmt: skip
        again = await http.post("/api/v1/admin/flatten-all", json={"reason": "again"})
        assert again.json()["flattening"] is False  # there is nothing, and it says so
    world.sound()


# 8 Day roll


@pytest.mark.anyio
async def test_11_08_the_day_rolls_by_the_oms_own_clock_and_nobody_calls_for_it(
    house: House,
) -> None:
    """Baseline before the open, closing cancel, flags down at midnight in Seoul."""
    async with running(house.parts()) as desk:
        book = desk.inbox.book
        await until(lambda: desk.health.serving)
        quote = await desk.quotes.quote(SAMSUNG)
        assert quote is not None
        asked = r.Asked("ENTER", "i1", "test", SAMSUNG, 10, 70_000, 68_000, expires_ns=at("15:30"))
        await desk.inbox.ask(
            r.IntentReceived(at_ns=desk.clock.now_ns(), strategy_id="KMP", asked=asked, quote=quote)
        )
        await until(lambda: book.by_broker)
        house.broker.equity_krw = 94_000_000
        await while_time_passes(house.clock.move, lambda: book.halt_entries)
        house.clock.move((at("15:19") - house.clock.now_ns()) / SECOND_NS)
        await until(lambda: house.broker.changed)  # the working buy, before the closing auction
        house.clock.move((at("23:59:59") - house.clock.now_ns()) / SECOND_NS)
        assert book.halt_entries
        assert book.date == "2025-11-20"
        house.clock.move(2)
        await until(lambda: book.date == "2025-11-21")
        assert not book.halt_entries
        await while_time_passes(house.clock.move, lambda: book.baseline_krw == 94_000_000)
        assert book.daily_pnl_krw == 0
        assert book.open_ns == at("09:00") + 86_400 * SECOND_NS


# 14 Health


@played
async def test_11_14_readyz_says_when_positions_cannot_be_protected_and_livez_that_it_lives(
    world: World,
) -> None:
    """A supervisor restarts what does not live; what cannot protect calls a person."""
    assert (await seen(world, "/readyz")).status_code == 200
    await world.hold()
    world.goes_wrong(
        {"kind": "server_error", "call": "questions", "lasting": 600},
        {"kind": "handshake_refused", "lasting": 600},
        {"kind": "socket_reset"},
    )
    await world.sleep(150)
    blind = await seen(world, "/readyz")
    assert blind.status_code == 503
    assert f"no price of {world.symbol}" in blind.text
    assert (await seen(world, "/health")).status_code == 503
    assert (await seen(world, "/livez")).status_code == 200


@pytest.mark.anyio
async def test_11_14_until_the_broker_was_heard_it_lives_and_is_not_ready(house: House) -> None:
    """Equity was 0 and entries were served."""
    house.broker.down = True
    async with running(house.parts()) as desk:
        transport = httpx.ASGITransport(make_app(desk))
        async with httpx.AsyncClient(transport=transport, base_url=URL, headers=KMP) as http:
            assert (await http.get("/livez")).status_code == 200
            assert (await http.get("/readyz")).status_code == 503
            refused = await http.post("/api/v1/intents", json=enter())
            assert (refused.status_code, refused.json()["status"]) == (503, 503)
            house.broker.down = False
            await while_time_passes(house.clock.move, lambda: desk.health.serving)
            assert (await http.get("/readyz")).status_code == 200
