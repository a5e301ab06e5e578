"""Restart stories: a real journal and inbox, a fake broker, a process that may die anywhere."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from kis_core.feed import NoticesState, Priority
from kis_core.wire.account import Declined, Unknown
from oms.core import records as r
from oms.journal import Journal, JournalError
from oms.routes import Desk
from oms.running import running
from oms.verify import verify
from oms_client.contract import OrderState
from tests.oms.stories import HYNIX, SAMSUNG, House, trade_of
from tests.oms.waiting import until, while_time_passes

pytestmark = pytest.mark.anyio


async def serving(stack: AsyncExitStack, house: House) -> Desk:
    desk = await stack.enter_async_context(running(house.parts()))
    await until(lambda: desk.health.serving)
    return desk


def asked(intent_id: str = "kmp-1", intent_type: r.IntentType = "ENTER") -> r.Asked:
    if intent_type == "ENTER":
        return r.Asked("ENTER", intent_id, "test", SAMSUNG, 10, 70_000, 68_000)
    return r.Asked(intent_type, intent_id, "test", SAMSUNG)


async def submit(desk: Desk, what: r.Asked) -> r.IntentDecided:
    quote = await desk.quotes.quote(SAMSUNG)
    await desk.inbox.ask(
        r.IntentReceived(at_ns=desk.clock.now_ns(), strategy_id="KMP", asked=what, quote=quote)
    )
    return desk.inbox.book.results["KMP", what.intent_id]


async def test_an_intent_becomes_an_order_a_fill_and_an_allocation(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        answer = await submit(desk, asked())
        assert answer.status == "APPROVED"
        await until(lambda: house.broker.placed)
        house.line.bring(NoticesState(house.clock.now_ns(), True), house.fill_notice(1, 10))
        await until(lambda: desk.inbox.book.allocation("KMP", SAMSUNG).shares == 10)
        wants = lambda: house.line.wanted[-1].wants  # noqa: E731
        await until(lambda: any(w.priority is Priority.HOLDING for w in wants()))
        assert house.line.wanted[-1].notices
    assert verify(house.folder / "primary.db").differences == ()


class Killed(Exception):
    """The process is gone."""


async def killed_at(house: House, point: str) -> None:
    """Run until a point inside the one order's way, and die there without a word."""
    dead = asyncio.Event()

    async def die() -> None:
        dead.set()
        await asyncio.sleep(3600)

    if point == "before the send":
        house.broker.before_place = die
    elif point == "after the broker took it":
        house.broker.after_place = die

    async def life() -> None:
        async with running(house.parts()) as desk:
            await until(lambda: desk.health.serving)
            if point == "before the commit":
                desk.inbox.journal.append = _dies(dead)  # type: ignore[method-assign]
            if point == "after the answer came back":
                house.broker.after_place = None
            asking = asyncio.create_task(submit(desk, asked()))
            if point == "after the answer came back":
                await asking
                await until(lambda: desk.inbox.book.by_broker)
                dead.set()
            await asyncio.sleep(3600)

    process = asyncio.create_task(life())
    await dead.wait()
    process.cancel()
    await asyncio.gather(process, return_exceptions=True)
    house.broker.before_place = house.broker.after_place = None


def _dies(dead: asyncio.Event) -> Any:
    def append(_turns: Any) -> list[int]:
        dead.set()
        raise Killed

    return append


@pytest.mark.parametrize(
    "point",
    ["before the commit", "after the broker took it", "after the answer came back"],
)
async def test_killed_anywhere_and_asked_again_there_is_exactly_one_order(
    house: House, point: str
) -> None:
    await killed_at(house, point)
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        assert (await submit(desk, asked())).status == "APPROVED"
        await until(lambda: house.broker.placed)
        await while_time_passes(house.clock.move, lambda: desk.inbox.book.by_broker)
        await asyncio.sleep(0.02)
        order = next(iter(desk.inbox.book.orders.values()))
        assert order.state is OrderState.WORKING
        assert order.broker_id == "0000000001"
    assert len(house.broker.placed) == 1
    assert verify(house.folder / "primary.db").differences == ()


async def test_killed_between_the_commit_and_the_send_the_order_is_looked_up_and_never_sent(
    house: House,
) -> None:
    await killed_at(house, "before the send")
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        order = next(iter(desk.inbox.book.orders.values()))
        assert order.state is OrderState.UNKNOWN
        await submit(desk, asked())
        state = lambda: order.state  # noqa: E731
        await while_time_passes(house.clock.move, lambda: state() is not OrderState.UNKNOWN)
        assert order.state is OrderState.REJECTED
        assert house.broker.placed == []
        again = await submit(desk, asked("kmp-2"))  # the strategy decides whether it still wants it
        assert again.status == "APPROVED"
        await until(lambda: house.broker.placed)
    assert len(house.broker.placed) == 1


async def test_a_lost_answer_is_settled_from_the_history_without_a_second_order(
    house: House,
) -> None:
    house.broker.outcomes = [Unknown("read timeout")]
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        await while_time_passes(house.clock.move, lambda: desk.inbox.book.by_broker)
        order = next(iter(desk.inbox.book.orders.values()))
        assert order.state is OrderState.WORKING
    assert len(house.broker.placed) == 1


async def test_a_refusal_carries_the_brokers_code(house: House) -> None:
    house.broker.outcomes = [Declined("APBK0952", "주문가능금액을 초과 했습니다")]
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        orders = desk.inbox.book.orders
        await until(lambda: next(iter(orders.values())).state is OrderState.REJECTED)
        order = next(iter(orders.values()))
        assert (order.refusal_code, order.refusal_text) == (
            "APBK0952",
            "주문가능금액을 초과 했습니다",
        )


async def test_until_the_broker_has_answered_nothing_is_served_and_nothing_is_lost(
    house: House,
) -> None:
    house.broker.down = True
    async with running(house.parts()) as desk:
        await until(lambda: desk.inbox.book.failures.get("history"))
        assert desk.health.unready() is not None
        assert desk.inbox.book.equity_krw is None


async def test_a_fill_that_happened_while_we_were_away_is_found_at_the_start(
    house: House,
) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        await until(lambda: desk.inbox.book.by_broker)
    row = house.broker.rows["0000000001"]
    fields = {name: getattr(row, name) for name in row.__slots__}
    fields |= {"filled": 10, "filled_value_krw": 699_000, "remaining": 0}
    house.broker.rows["0000000001"] = type(row)(**fields)
    house.broker.holdings = {SAMSUNG: 10}
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        allocation = desk.inbox.book.allocation("KMP", SAMSUNG)
        assert (allocation.shares, allocation.stop_krw) == (10, 68_000)
        assert allocation.cost_krw == 699_000 + 97
        assert not desk.inbox.book.listing(SAMSUNG).frozen


async def test_a_live_trade_at_the_stop_sells_even_in_safe_mode(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        await until(lambda: house.broker.placed)
        house.line.bring(house.fill_notice(1, 10))
        await until(lambda: desk.inbox.book.allocation("KMP", SAMSUNG).shares == 10)
        await desk.inbox.ask(
            r.OperatorActed(
                at_ns=desk.clock.now_ns(),
                actor="operator",
                action="safe_mode",
                reason="test",
                enabled=True,
            )
        )
        house.line.bring(trade_of(SAMSUNG, 67_900, house.clock.now_ns()))
        await until(lambda: len(house.broker.placed) == 2)
        assert house.broker.placed[1].side == "SELL"
        house.line.bring(trade_of(SAMSUNG, 67_800, house.clock.now_ns()))
        await asyncio.sleep(0.02)
    assert len(house.broker.placed) == 2


async def test_a_silent_symbol_with_a_stop_is_asked_for_and_sold_at_it(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        await until(lambda: house.broker.placed)
        house.line.bring(house.fill_notice(1, 10))
        await until(lambda: desk.inbox.book.allocation("KMP", SAMSUNG).shares == 10)
        house.asked.prices[SAMSUNG] = 67_500
        await while_time_passes(house.clock.move, lambda: len(house.broker.placed) == 2)
        assert house.broker.placed[1].side == "SELL"


async def test_notices_of_another_account_on_a_shared_key_are_not_ours(house: House) -> None:
    async with AsyncExitStack() as stack:
        parts = replace(house.parts(), account="9999999901")
        desk = await stack.enter_async_context(running(parts))
        await until(lambda: desk.health.serving)
        await submit(desk, asked())
        await until(lambda: desk.inbox.book.by_broker)
        house.line.bring(house.fill_notice(1, 10), NoticesState(house.clock.now_ns(), True))
        await until(lambda: desk.inbox.book.notices_live)
        assert desk.inbox.book.allocation("KMP", SAMSUNG).shares == 0


async def test_held_symbols_are_wanted_first_and_asked_ones_after_them(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await desk.quotes.quote(HYNIX)
        await submit(desk, asked())
        await until(lambda: house.line.wanted and len(house.line.wanted[-1].wants) == 2)
        ranks = {want.symbol: want.priority for want in house.line.wanted[-1].wants}
        assert ranks == {SAMSUNG: Priority.HOLDING, HYNIX: Priority.ACTIVE}


async def test_a_price_that_nobody_knows_defers_the_entry(house: House) -> None:
    house.asked.prices.clear()
    house.asked.answers = False
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        answer = await submit(desk, asked())
        assert (answer.status, answer.message) == (
            "DEFERRED",
            "Price unavailable for risk check",
        )


async def test_many_askers_for_one_unheard_symbol_are_one_question(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await asyncio.gather(*(desk.quotes.quote(SAMSUNG) for _ in range(50)))
        assert house.asked.calls == 1


async def test_marks_enter_the_journal_for_what_is_held(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        await until(lambda: house.broker.placed)
        house.line.bring(house.fill_notice(1, 10), trade_of(SAMSUNG, 71_000, house.clock.now_ns()))
        await until(lambda: desk.inbox.book.allocation("KMP", SAMSUNG).shares == 10)
        await while_time_passes(house.clock.move, lambda: desk.inbox.book.gross_krw == 710_000)


async def test_a_clean_stop_withdraws_working_buys_and_leaves_sells(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        await until(lambda: house.broker.placed)
        house.line.bring(NoticesState(house.clock.now_ns(), True), house.fill_notice(1, 4))
        await until(lambda: desk.inbox.book.allocation("KMP", SAMSUNG).shares == 4)
    (withdrawn,) = house.broker.changed
    assert withdrawn.limit_krw is None
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked("kmp-exit", "EXIT"))
        await until(lambda: len(house.broker.placed) == 2)
    assert len(house.broker.changed) == 1
    assert verify(house.folder / "primary.db").differences == ()


async def test_a_journal_of_another_account_is_not_traded_on(house: House) -> None:
    async with AsyncExitStack() as stack:
        await serving(stack, house)
    parts = house.parts()
    journal = parts.journal
    with pytest.raises(JournalError, match="belongs to primary"):
        async with running(_renamed(parts)):
            pass
    assert journal.last_seq > 0


def _renamed(parts: Any) -> Any:
    return replace(parts, oms_id="second")


async def test_a_file_that_is_no_journal_stops_the_start(house: House) -> None:
    path = house.folder / "broken.db"
    path.write_bytes(b"not a database at all, certainly not one of SQLite's" * 20)
    with pytest.raises(JournalError, match="not a usable journal"):
        Journal.open(path)


async def test_the_timer_brings_the_last_quote_to_what_chases(house: House) -> None:
    async with AsyncExitStack() as stack:
        desk = await serving(stack, house)
        await submit(desk, asked())
        await until(lambda: desk.inbox.book.by_broker)
        order = next(iter(desk.inbox.book.orders.values()))
        order.chase, order.worst_krw = r.Chase(5, 2, 1, "GIVE_UP"), 71_000
        house.clock.move(6)
        await asyncio.sleep(0.02)
        assert house.broker.changed == []  # nothing was heard of the symbol yet
        house.line.bring(trade_of(SAMSUNG, 71_000, house.clock.now_ns()))
        await while_time_passes(house.clock.move, lambda: house.broker.changed)
        (change,) = house.broker.changed
        assert (change.limit_krw, int(change.broker_id)) == (70_100, 1)
        rows = desk.inbox.journal.rows(direction="in")
        fired = [r.decode_input(row.payload) for row in rows if row.kind == "timer_fired"]
        assert [q.symbol for one in fired for q in one.quotes] == [SAMSUNG]  # type: ignore[union-attr]
