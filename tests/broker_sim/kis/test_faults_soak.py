"""An hour on which everything goes wrong: our client trades through it, and nothing goes twice."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from broker_sim.exchange.faults import FaultPlan
from kis_core.broker import KisBroker
from kis_core.clock import Clock
from kis_core.errors import KisError
from kis_core.wire.account import Accepted, Declined, OrderChange, OrderType, Outcome, Unknown
from kis_core.wire.tr_table import BOOKS, NOTICES, TRADES
from tests.broker_sim.kis.faulty import SAMSUNG, Heard, House, house, order

pytestmark = pytest.mark.anyio

HOUR_S = 3600
DAY = "2025-09-03"
TRADERS = 3


@dataclass
class Trader:
    """Sends orders at random, each of its own size, and remembers what it was told."""

    broker: KisBroker
    clock: Clock
    number: int
    random: random.Random
    placed: dict[int, Outcome] = field(default_factory=dict)  # by shares
    cancelled: dict[str, Outcome] = field(default_factory=dict)  # by order number
    failed: list[KisError] = field(default_factory=list)

    async def trade(self, until_ns: int) -> None:
        while self.clock.now_ns() < until_ns:
            await self._act(self.random.random())
            await self.clock.sleep(self.random.uniform(0, 20))

    async def _act(self, lot: float) -> None:
        open_orders = [
            said
            for said in self.placed.values()
            if isinstance(said, Accepted) and said.broker_id not in self.cancelled
        ]
        if lot < 0.5:
            shares = self.number + TRADERS * (len(self.placed) + 1)
            limit_krw = self.random.choice((60_000, 69_900, 71_000))
            self.placed[shares] = await self.broker.place(order(shares, limit_krw=limit_krw))
        elif lot < 0.7 and open_orders:
            which = self.random.choice(open_orders)
            change = OrderChange(which.broker_id, which.branch, OrderType.LIMIT)
            self.cancelled[which.broker_id] = await self.broker.change(change)
        else:
            try:
                await (self.broker.history(DAY) if lot < 0.9 else self.broker.balance())
            except KisError as error:
                self.failed.append(error)


async def listening(ours: House, heard: Heard) -> None:
    """Listen for as long as one is let."""
    await ours.stream.set_wanted([(NOTICES["real"], "trader"), (TRADES, SAMSUNG), (BOOKS, SAMSUNG)])
    async for item in ours.stream.items():
        heard.take(item)


async def an_hour(ours: House) -> tuple[list[Trader], Heard]:
    """Trade for an hour of the day; then let everything that is on its way arrive."""
    until_ns = ours.clock.now_ns() + HOUR_S * 10**9
    traders = [Trader(ours.broker, ours.clock, n, random.Random(n)) for n in range(TRADERS)]
    heard = Heard()
    ear = asyncio.create_task(listening(ours, heard))
    await asyncio.gather(*(trader.trade(until_ns) for trader in traders))
    ours.opened.served.faults.plan.clear()
    await ours.clock.sleep(30)
    ear.cancel()
    await asyncio.gather(ear, return_exceptions=True)
    return traders, heard


async def test_an_hour_of_faults_sends_no_order_twice_and_leaves_none_unexplained(
    opens: Any, tmp_path: Path
) -> None:
    drawn = FaultPlan.drawn(4, 20)
    options = {"faults": drawn, "cash_krw": 10**12}
    async with house(opens, tmp_path, speed=400, timeout_s=0.5, **options) as ours:
        traders, heard = await an_hour(ours)
        said = {shares: of for trader in traders for shares, of in trader.placed.items()}
        new = [row for row in ours.at_exchange if row.change == "new"]
        there = Counter(row.shares for row in new)
        # Each size was sent once: twice at the exchange would be an order sent twice.
        assert set(there.values()) == {1}
        accepted = {n for n, of in said.items() if isinstance(of, Accepted)}
        declined = {n for n, of in said.items() if isinstance(of, Declined)}
        unknown = {n for n, of in said.items() if isinstance(of, Unknown)}
        assert accepted <= set(there)
        assert not declined & set(there)
        assert len(new) == len(accepted) + len(unknown & set(there))
        numbers = {row.shares: int(row.odno) for row in new}
        assert all(int(of.broker_id) == numbers[n] for n, of in said.items() if n in accepted)  # type: ignore[union-attr]

        # The history explains every unknown one, and what became of all of them.
        history = await ours.broker.history(DAY)
        rows = {row.shares: row for row in history if row.original_id is None}
        assert set(rows) == set(there)
        assert all(rows[row.shares].filled == row.filled for row in new)

        # A cancel was sent once, too.
        cancels = Counter(int(r.original or 0) for r in ours.at_exchange if r.change == "cancel")
        assert set(cancels.values()) <= {1}
        asked = {int(number) for trader in traders for number in trader.cancelled}
        assert set(cancels) <= asked

        # And it was a bad hour.
        bitten = set(ours.bitten)
        assert {"reply_lost", "request_lost", "throttled", "reply_error"} <= bitten
        assert len(bitten) >= 15
        assert min(len(accepted), len(unknown), len(unknown & set(there))) > 0
        assert any(trader.failed for trader in traders)
        assert heard.raw
        assert "down up" in heard.story
