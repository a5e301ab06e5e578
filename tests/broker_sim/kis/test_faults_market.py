"""The market stops: what our client sees of it, and what becomes of its orders."""

from pathlib import Path
from typing import Any

import pytest

from broker_sim.exchange.fault_entries import FaultError
from broker_sim.exchange.faults import FaultPlan
from broker_sim.exchange.interruptions import CircuitBreaker, Halt, LimitLock, Vi
from broker_sim.kis.fault_market import interruption
from broker_sim.kis.fault_script import read_script
from kis_core.errors import UnknownSymbol
from kis_core.wire.account import Accepted, Declined, OrderChange, OrderType
from kis_core.wire.tr_table import BOOKS, TRADES
from tests.broker_sim.kis.faulty import ECOPRO, SAMSUNG, house, listen, order

pytestmark = pytest.mark.anyio

HALTED = "APBK0656"


async def test_a_vi_is_an_auction_and_takes_orders_for_it(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "vi", "symbol": SAMSUNG}
    async with house(opens, tmp_path, fault, start="09:00:45", speed=90) as ours:
        assert (await ours.quotes.price(SAMSUNG)).vi_code == "Y"
        assert (await ours.quotes.price(ECOPRO)).vi_code == "N"
        heard = await listen(ours, lambda h: bool(h.books), (BOOKS, SAMSUNG))
        assert heard.books[0].in_auction
        assert isinstance(await ours.broker.place(order(limit_krw=71_000)), Accepted)
        assert ours.opened.exchange.fills() == []
        await ours.clock.sleep(180)
        # Filled where the auction found its price.
        assert (await ours.quotes.price(SAMSUNG)).vi_code == "N"
        (row,) = await ours.broker.history("2025-09-03")
        assert row.filled == 1


async def test_a_halted_issue_refuses_orders_and_lets_cancels_through(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "halt", "symbol": SAMSUNG, "at": "09:01"}
    async with house(opens, tmp_path, fault, start="09:00:45", speed=20) as ours:
        resting = await ours.broker.place(order(limit_krw=60_000))
        assert isinstance(resting, Accepted)
        assert not (await ours.quotes.price(SAMSUNG)).halted
        await ours.clock.sleep(20)
        assert (await ours.quotes.price(SAMSUNG)).halted
        assert not (await ours.quotes.price(ECOPRO)).halted
        refused = await ours.broker.place(order())
        assert isinstance(refused, Declined)
        assert refused.code == HALTED
        change = OrderChange(resting.broker_id, resting.branch, OrderType.LIMIT)
        assert isinstance(await ours.broker.change(change), Accepted)


async def test_a_circuit_breaker_halts_every_issue_of_its_market(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "circuit_breaker", "market": "KOSPI", "stage": 1}
    async with house(opens, tmp_path, fault, start="09:00:45", speed=500) as ours:
        assert (await ours.quotes.price(SAMSUNG)).halted
        assert not (await ours.quotes.price(ECOPRO)).halted  # KOSDAQ goes on
        refused = await ours.broker.place(order())
        assert isinstance(refused, Declined)
        assert refused.code == HALTED
        await ours.clock.sleep(20 * 60)  # then ten minutes of auction
        heard = await listen(ours, lambda h: bool(h.books), (BOOKS, SAMSUNG))
        assert heard.books[0].in_auction
        assert isinstance(await ours.broker.place(order(limit_krw=60_000)), Accepted)


@pytest.mark.parametrize(
    ("kind", "limit_krw", "empty"), [("limit_up", 91_000, "asks"), ("limit_down", 49_000, "bids")]
)
async def test_a_locked_issue_has_one_side_and_no_room_for_us(
    opens: Any, tmp_path: Path, kind: str, limit_krw: int, empty: str
) -> None:
    fault = {"kind": kind, "symbol": SAMSUNG}
    async with house(opens, tmp_path, fault, start="09:00:45", slow_start=True) as ours:
        wanted = ((TRADES, SAMSUNG), (BOOKS, SAMSUNG))
        heard = await listen(ours, lambda h: bool(h.trades) and len(h.books) > 1, *wanted)
        assert heard.trades[0].price_krw == limit_krw
        assert getattr(heard.books[-1], empty) == ()
        quote = await ours.quotes.price(SAMSUNG)
        assert quote.price_krw == limit_krw in (quote.upper_krw, quote.lower_krw)
        if kind == "limit_up":
            assert isinstance(await ours.broker.place(order()), Accepted)
            await ours.clock.sleep(5)
            assert ours.opened.exchange.fills() == []  # the queue ahead never moves


async def test_a_delisted_symbol_is_unknown_and_refused(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, start="09:00:45") as ours:
        assert (await ours.quotes.price(SAMSUNG)).price_krw > 0
        script = f'faults: [{{kind: delisted, symbol: "{SAMSUNG}"}}]'  # by request, as it runs
        assert (await ours.opened.http.post("/sim/faults", content=script)).status_code == 200
        with pytest.raises(UnknownSymbol):
            await ours.quotes.price(SAMSUNG)
        refused = await ours.broker.place(order())
        assert isinstance(refused, Declined)
        assert refused.code == HALTED  # the same code as for a halt: 해당종목정보가 없습니다
        assert (await ours.quotes.price(ECOPRO)).price_krw > 0


async def test_an_issue_of_another_day_cannot_be_struck(opens: Any) -> None:
    script = 'faults: [{kind: halt, symbol: "999999"}]'
    async with opens() as broker:
        reply = await broker.http.post("/sim/faults", content=script)
        assert reply.status_code == 400
        assert reply.json()["error"].startswith("halt.symbol: '999999', expected an issue of 2025")
        assert (await broker.http.get("/sim/faults")).json()["faults"] == []
    plan = FaultPlan(read_script(script, "script").faults)
    with pytest.raises(FaultError, match="999999"):
        async with opens(faults=plan):
            pass


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ('vi, symbol: "005930"', Vi("005930")),
        ('vi, symbol: "005930", trigger: dynamic, venue: NXT', Vi("005930", "dynamic", "NXT")),
        ('halt, symbol: "005930", seconds: 600', Halt("005930", 600)),
        ("circuit_breaker", CircuitBreaker()),
        ("circuit_breaker, market: KOSDAQ, stage: 3", CircuitBreaker("KOSDAQ", 3)),
        ('limit_down, symbol: "005930", seconds: 60', LimitLock("005930", "lower", 60)),
    ],
)
async def test_an_interruption_is_what_was_written(words: str, what: object) -> None:
    (fault,) = read_script(f"faults: [{{kind: {words}}}]", "script").faults
    assert interruption(fault) == what
