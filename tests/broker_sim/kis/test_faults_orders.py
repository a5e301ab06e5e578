"""Orders on a bad day: what our client makes of each fault, and that it sends nothing twice."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from broker_sim.exchange.orders import OrderState
from kis_core.broker import NOT_SENT
from kis_core.clock import SECOND_NS
from kis_core.wire.account import Accepted, Declined, OrderChange, OrderType, Outcome, Unknown
from tests.broker_sim.kis.faulty import House, house, order

pytestmark = pytest.mark.anyio

SLOW = 40  # seconds of the day that outlast the client's patience in these tests


def outcome(of: Outcome) -> str:
    return of.code if isinstance(of, Declined) else type(of).__name__.lower()


CASES = {
    "the reply is lost": ({"kind": "reply_lost"}, "unknown", 1),
    "the request is lost": ({"kind": "request_lost"}, "unknown", 0),
    "answered late": ({"kind": "reply_late", "seconds": 2}, "accepted", 1),
    "answered too late": ({"kind": "reply_late", "seconds": SLOW}, "unknown", 1),
    "arrives late": ({"kind": "request_late", "seconds": 2}, "accepted", 1),
    "time-out, taken": ({"kind": "reply_error", "code": "EGW00302"}, "unknown", 1),
    "no connection, taken": ({"kind": "reply_error", "code": "EGW00301"}, "unknown", 1),
    "HTML, taken": ({"kind": "reply_error", "form": "html", "status": 502}, "unknown", 1),
    "plain text, taken": ({"kind": "reply_error", "form": "text"}, "unknown", 1),
    "server error": ({"kind": "server_error"}, "unknown", 0),
    "HTML, not taken": ({"kind": "server_error", "form": "html"}, "unknown", 0),
    "plain text, not taken": ({"kind": "server_error", "form": "text"}, "unknown", 0),
    "an HTML page": ({"kind": "html_page"}, "unknown", 1),
    "half the JSON": ({"kind": "json_cut"}, "unknown", 1),
    "half the body": ({"kind": "body_cut"}, "unknown", 1),
    "no order number": ({"kind": "field_blank", "field": "ODNO"}, "unknown", 1),
    "too many calls": ({"kind": "throttled", "times": 2}, "accepted", 1),
    "too many of the account": ({"kind": "throttled", "code": "EGW00215"}, "accepted", 1),
    "too many for ever": ({"kind": "throttled", "times": 99}, "EGW00201", 0),
    "the token is revoked": ({"kind": "token_revoked"}, "accepted", 1),
    "the token is old": ({"kind": "token_expired"}, "accepted", 1),
    "the exchange is late": ({"kind": "exchange_late", "seconds": 5}, "accepted", 1),
    "the notice comes first": ({"kind": "notice_first"}, "accepted", 1),
}


@pytest.mark.parametrize(("fault", "said", "taken"), CASES.values(), ids=CASES)
async def test_an_order_leaves_once_whatever_comes_back(
    opens: Any, tmp_path: Path, fault: dict[str, Any], said: str, taken: int
) -> None:
    async with house(opens, tmp_path, {"call": "order_cash", **fault}, timeout_s=0.3) as ours:
        await ours.quotes.price("005930")
        # A token is renewed at most once a minute, so it must have been issued a minute ago.
        await ours.clock.sleep(61 if "token" in fault["kind"] else 0)
        result = await ours.broker.place(order())
        assert outcome(result) == said
        assert len(ours.at_exchange) == taken
        assert set(ours.bitten) == {fault["kind"]}
        if isinstance(result, Accepted):
            assert int(result.broker_id) == int(ours.at_exchange[0].odno)


@pytest.mark.parametrize(("fault", "said", "taken"), CASES.values(), ids=CASES)
async def test_a_cancel_leaves_once_whatever_comes_back(
    opens: Any, tmp_path: Path, fault: dict[str, Any], said: str, taken: int
) -> None:
    async with house(opens, tmp_path, {"call": "order_rvsecncl", **fault}, timeout_s=0.3) as ours:
        resting = await ours.broker.place(order(limit_krw=60_000))
        assert isinstance(resting, Accepted)
        await ours.clock.sleep(61 if "token" in fault["kind"] else 0)
        change = OrderChange(resting.broker_id, resting.branch, OrderType.LIMIT)
        assert outcome(await ours.broker.change(change)) == said
        assert len(ours.at_exchange) == 1 + taken


async def test_an_unknown_order_is_found_in_the_history(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "reply_lost", "call": "order_cash"}
    async with house(opens, tmp_path, fault) as ours:
        assert isinstance(await ours.broker.place(order(shares=7)), Unknown)
        (row,) = await ours.broker.history("2025-09-03")
        assert (row.symbol, row.side, row.shares) == ("005930", "BUY", 7)


async def test_an_order_on_its_way_arrives_after_we_gave_up_waiting(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "request_late", "call": "order_cash", "seconds": SLOW}
    async with house(opens, tmp_path, fault, timeout_s=0.2) as ours:
        assert isinstance(await ours.broker.place(order()), Unknown)
        assert await ours.broker.history("2025-09-03") == []
        await ours.clock.sleep(SLOW)
        assert len(await ours.broker.history("2025-09-03")) == len(ours.at_exchange) == 1


async def test_the_token_office_fails_and_no_order_leaves(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "server_error", "call": "tokens", "code": "EGW00002"}
    async with house(opens, tmp_path, fault) as ours:
        assert outcome(await ours.broker.place(order())) == NOT_SENT
        assert ours.at_exchange == []


async def test_nobody_calls_for_a_second_after_too_many_calls(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "throttled", "call": "order_cash"}
    async with house(opens, tmp_path, fault, speed=20) as ours:
        results = await asyncio.gather(*(ours.broker.place(order(n)) for n in (1, 2, 3)))
        assert [outcome(result) for result in results] == ["accepted"] * 3
        (bite,) = ours.opened.served.faults.plan.bites
        late = [row for row in ours.at_exchange if row.placed_ns > bite.at_ns]
        assert len(ours.at_exchange) == 3
        assert late
        assert min(row.placed_ns for row in late) >= bite.at_ns + SECOND_NS * 9 // 10


async def test_the_market_wins_the_race_against_a_cancel(opens: Any, tmp_path: Path) -> None:
    raced = {"kind": "change_raced", "call": "order_rvsecncl", "shares": 40}
    async with house(opens, tmp_path, raced) as ours:
        resting = await ours.broker.place(order(shares=100, limit_krw=69_800))
        assert isinstance(resting, Accepted)
        change = OrderChange(resting.broker_id, resting.branch, OrderType.LIMIT)
        assert isinstance(await ours.broker.change(change), Accepted)  # taken, and yet too late
        await ours.clock.sleep(1)
        (row, _) = await ours.broker.history("2025-09-03")
        assert (row.filled, row.cancelled, row.remaining) == (40, 60, 0)


async def filled_while_the_cancel_travels(ours: House) -> tuple[int, int]:
    """Rest 100 shares where the market will trade 30 of them, and cancel them on the way."""
    resting = await ours.broker.place(order(shares=100, limit_krw=70_000))
    assert isinstance(resting, Accepted)
    change = OrderChange(resting.broker_id, resting.branch, OrderType.LIMIT)
    assert isinstance(await ours.broker.change(change), Accepted)
    await ours.clock.sleep(60)
    original = ours.at_exchange[0]
    (row, _) = await ours.broker.history("2025-09-03")
    assert (row.filled, row.cancelled) == (original.filled, original.cancelled)
    return row.filled, row.cancelled


async def test_a_partial_fill_overtakes_the_cancel_that_is_on_its_way(
    opens: Any, tmp_path: Path
) -> None:
    # Until 09:03:00 the market trades below 70,000 once: 30 shares at 09:00:40.
    late = {"kind": "exchange_late", "call": "order_rvsecncl", "seconds": 45}
    async with house(opens, tmp_path, late, start="09:00:25", speed=40) as ours:
        filled, cancelled = await filled_while_the_cancel_travels(ours)
        assert filled == 30
        assert cancelled == 70
        assert ours.at_exchange[0].state is OrderState.CANCELLED
