"""The same faults bite on futures: their orders, their lists, their notices."""

import asyncio
from typing import Any

import httpx
import pytest

from broker_sim.exchange.fault_entries import read_faults
from broker_sim.kis.fault_script import KNOWN_CALLS
from kis_core.wire.stream.cipher import unseal
from tests.broker_sim.kis.derivatives.conftest import FRONT, FuturesBroker

pytestmark = pytest.mark.anyio


def go_wrong(broker: FuturesBroker, *faults: dict[str, Any]) -> None:
    broker.served.faults.add(read_faults(list(faults), "test", KNOWN_CALLS))


async def test_a_futures_order_is_taken_and_its_reply_lost(futures: Any) -> None:
    async with futures() as broker:
        fault = {"kind": "reply_lost", "call": "domestic_futureoption.order", "side": "BUY"}
        go_wrong(broker, {**fault, "symbol": FRONT})
        with pytest.raises(httpx.ReadError):
            await broker.futures_order("BUY", 2)
        assert (await broker.futures_order("SELL", 1))["rt_cd"] == "0"
        await broker.move("10:00:01")
        assert len((await broker.listed())["output1"]) == 2


async def test_futures_lists_lag_as_stocks_do(futures: Any) -> None:
    async with futures() as broker:
        go_wrong(
            broker,
            {"kind": "history_late", "seconds": 5},
            {"kind": "balance_stale", "seconds": 10},
        )
        held = {"call": "inquire_balance", "MGNA_DVSN": "01", "EXCC_STAT_CD": "1"}
        name = held.pop("call")
        await broker.futures_order("BUY", 2)
        seen = []
        for at in ("10:00:01", "10:00:04", "10:00:06", "10:00:12"):
            await broker.move(at)
            listed = (await broker.listed())["output1"]
            positions = (await broker.ask(name, **held))["output1"]
            seen.append((len(listed), len(positions)))
        assert seen == [(0, 0), (0, 0), (1, 0), (1, 1)]


async def test_a_futures_order_arrives_at_its_exchange_late(futures: Any) -> None:
    async with futures() as broker:
        go_wrong(broker, {"kind": "exchange_late", "call": "orders", "seconds": 30})
        assert (await broker.futures_order("BUY", 2))["rt_cd"] == "0"
        await broker.move("10:00:29")
        [row] = (await broker.listed())["output1"]
        assert row["tot_ccld_qty"] == "0"
        await broker.move("10:00:31")
        [row] = (await broker.listed())["output1"]
        assert row["tot_ccld_qty"] == "2"


async def test_a_futures_notice_is_told_twice(futures: Any) -> None:
    async with futures() as broker, broker.socket() as line:
        go_wrong(broker, {"kind": "notice_doubled", "news": "filled", "symbol": FRONT})
        chain = (await line.register("H0IFCNI0", "trader"))["body"]["output"]
        await broker.futures_order("BUY", 2)
        await broker.move("10:00:01")
        async with asyncio.timeout(5):
            told = [unseal((await line.frame())[3], chain["key"], chain["iv"]) for _ in range(3)]
        assert told[0] != told[1]
        assert told[1] == told[2]
