"""Order notices on a bad day. They repeat, come late, early, out of order or not at all."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kis_core.wire.account import Accepted, NoticeKind, OrderNotice, Outcome
from kis_core.wire.tr_table import NOTICES, TRADES
from tests.broker_sim.kis.faulty import SAMSUNG, Heard, House, house, order

pytestmark = pytest.mark.anyio

ACCEPTED, FILLED = NoticeKind.ACCEPTED, NoticeKind.FILLED
MINE = [(NOTICES["real"], "trader")]


async def traded(
    ours: House, until: Callable[[Heard], bool], orders: int = 1
) -> tuple[Heard, list[Outcome]]:
    """Place market orders one after the other once notices are registered, and listen."""
    heard = Heard()
    results: list[Outcome] = []
    await ours.stream.set_wanted(MINE)
    async with asyncio.timeout(20), contextlib.aclosing(ours.stream.items()) as items:
        async for item in items:
            heard.take(item)
            if len(heard.acks) == 1 and not results:
                results += [await ours.broker.place(order(n + 1)) for n in range(orders)]
            if results and until(heard):
                break
    return heard, results


def kinds(notices: list[OrderNotice]) -> list[NoticeKind]:
    return [notice.kind for notice in notices]


async def test_a_doubled_notice_is_the_same_value_twice(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "notice_doubled", "news": "filled"}
    async with house(opens, tmp_path, fault, start="09:00:45") as ours:
        heard, _ = await traded(ours, lambda h: len(h.notices) == 3)
        assert kinds(heard.notices) == [ACCEPTED, FILLED, FILLED]
        assert heard.notices[1] == heard.notices[2]
        # Told twice or once, the history says how much was filled.
        (row,) = await ours.broker.history("2025-09-03")
        assert row.filled == heard.notices[1].shares == 1


async def test_a_lost_notice_is_told_by_the_history(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "notice_lost", "news": "filled"}
    async with house(opens, tmp_path, fault, start="09:00:45") as ours:
        heard, _ = await traded(ours, lambda h: len(h.notices) == 3, orders=2)
        assert kinds(heard.notices) == [ACCEPTED, ACCEPTED, FILLED]
        rows = await ours.broker.history("2025-09-03")
        assert sorted(row.filled for row in rows) == [1, 2]


async def test_a_late_notice_says_when_it_happened(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "notice_late", "news": "filled", "seconds": 30}
    async with house(opens, tmp_path, fault, start="09:00:45", speed=30) as ours:
        heard, _ = await traded(ours, lambda h: FILLED in kinds(h.notices))
        (fill,) = (n for n in heard.notices if n.kind is FILLED)
        (at,) = (f.at_ns for f in ours.opened.exchange.fills())
        assert ours.clock.now_ns() >= at + 30 * 10**9
        assert fill.at.startswith("0900")  # when it was filled, not when it was told


async def test_notices_out_of_order_are_each_whole(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "notice_overtaken", "news": "accepted"}
    async with house(opens, tmp_path, fault, start="09:00:45") as ours:
        heard, (result,) = await traded(ours, lambda h: len(h.notices) == 2)
        assert kinds(heard.notices) == [FILLED, ACCEPTED]  # the fill overtook the acceptance
        assert isinstance(result, Accepted)
        assert {int(n.broker_id) for n in heard.notices} == {int(result.broker_id)}


async def test_a_notice_overtaken_by_nothing_is_told_all_the_same(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "notice_overtaken", "news": "filled", "seconds": 5}
    async with house(opens, tmp_path, fault, start="09:00:45") as ours:
        heard, _ = await traded(ours, lambda h: len(h.notices) == 2)
        assert kinds(heard.notices) == [ACCEPTED, FILLED]


async def test_a_notice_before_the_reply_can_be_read(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "notice_first", "call": "order_cash", "seconds": 20}
    async with house(opens, tmp_path, fault, start="09:00:45", speed=40) as ours:
        heard = Heard()
        await ours.stream.set_wanted(MINE)
        placing: asyncio.Task[Outcome] | None = None
        async with asyncio.timeout(20), contextlib.aclosing(ours.stream.items()) as items:
            async for item in items:
                heard.take(item)
                if heard.acks and placing is None:
                    placing = asyncio.create_task(ours.broker.place(order()))
                if len(heard.notices) == 2:
                    break
        assert placing is not None
        assert not placing.done()
        result = await placing
        assert isinstance(result, Accepted)
        assert int(heard.notices[0].broker_id) == int(result.broker_id)


async def test_a_sealed_notice_that_is_cut_is_kept_and_the_next_is_read(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "frame_cut", "tr_id": NOTICES["real"]}
    async with house(opens, tmp_path, fault, start="09:00:45") as ours:
        heard, _ = await traded(ours, lambda h: len(h.notices) == 1)
        assert kinds(heard.notices) == [FILLED]
        assert len(heard.unreadable) == 1
        assert any(text.startswith("1|H0STCNI0") for text in heard.raw)


async def test_trades_come_through_while_notices_do_not(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "notice_lost", "times": 99}
    async with house(opens, tmp_path, fault, start="09:00:05", slow_start=True) as ours:
        heard = Heard()
        await ours.stream.set_wanted([*MINE, (TRADES, SAMSUNG)])
        async with asyncio.timeout(20), contextlib.aclosing(ours.stream.items()) as items:
            async for item in items:
                heard.take(item)
                if len(heard.acks) == 2 and not ours.at_exchange:
                    ours.clock.go()
                    await ours.broker.place(order())
                if len(heard.trades) >= 3:
                    break
        assert heard.notices == []
        assert set(ours.bitten) == {"notice_lost"}
