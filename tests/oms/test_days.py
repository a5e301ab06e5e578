"""Days in one process: an intent's answer for ever, each day compared, and nothing piles up."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kis_core.clock import SECOND_NS
from kis_core.wire.account import Balance, Holding
from oms.desk import Desk
from oms.health import Health
from oms_client.operating import DayView
from tests.oms.stories import DAY, SAMSUNG, House, at
from tests.oms.test_intake import holding, opened
from tests.oms.test_routes import KMP, OPERATOR, VIEWER, Served, enter
from tests.oms.waiting import until, while_time_passes

pytestmark = pytest.mark.anyio
DAY_S = 86_400.0


@pytest.fixture
def days(house: House) -> House:
    """A house whose days are compared with the broker's, and whose broker knows prices."""
    house.limits = msgspec.structs.replace(house.limits, day_end_s=120)
    return house


def passed(house: House, days: float, desk: Desk) -> Callable[[], bool]:
    """Let days pass; whether the book has noticed."""
    before = desk.inbox.book.date
    house.clock.move(days * DAY_S)
    return lambda: desk.inbox.book.date != before


async def test_an_intent_asked_again_days_later_has_its_answer_and_nothing_is_sent(
    days: House,
) -> None:
    async with opened(days) as served:
        first = await served.http.post("/api/v1/intents", json=enter("old"), headers=KMP)
        await until(lambda: days.broker.placed)
        for _ in range(3):
            await until(passed(days, 1, served.desk))
        assert ("KMP", "old") not in served.desk.inbox.book.results
        await _same_again(served, first.json())
    async with opened(days) as served:
        await _same_again(served, first.json())
    assert len(days.broker.placed) == 1


async def _same_again(served: Served, first: dict[str, Any]) -> None:
    again = await served.http.post("/api/v1/intents", json=enter("old"), headers=KMP)
    assert again.json() == first | {"repeated": True}
    asked = await served.http.get("/api/v1/intents/old", headers=KMP)
    assert asked.json() == first | {"repeated": True}
    batch = {"intents": [enter("old")]}
    many = await served.http.post("/api/v1/intents/batch", json=batch, headers=KMP)
    assert many.json()["items"][0]["result"] == first | {"repeated": True}


async def test_the_answer_of_one_strategy_is_not_anothers(days: House) -> None:
    async with opened(days) as served:
        await served.http.post("/api/v1/intents", json=enter("old"), headers=KMP)
        journal = served.desk.inbox.journal
        found = journal.decided("KMP", "old")
        assert found is not None
        assert (found.strategy_id, found.intent_id) == ("KMP", "old")
        assert journal.decided("KPR", "old") is None
        assert journal.decided("KMP", 'old"}') is None


async def day_of(served: Served) -> DayView:
    answer = await served.http.get("/api/v1/day", headers=VIEWER)
    assert answer.status_code == 200
    return DayView.model_validate_json(answer.text)


async def test_the_day_is_shown_and_compared_after_the_close(days: House) -> None:
    async with opened(days) as served:
        days.broker.holdings = {SAMSUNG: 10}
        await holding(served)
        told = await day_of(served)
        assert (told.date, told.session, told.reconciled) == (DAY.isoformat(), True, None)
        states = {duty.what: duty.state for duty in told.duties}
        assert (states["open"], states["baseline"], states["reconcile"]) == (
            "done",
            "done",
            "ahead",
        )
        assert (await served.http.get("/api/v1/day", headers=KMP)).status_code == 403
        assert (await served.http.get("/api/v1/day", headers=OPERATOR)).status_code == 200
        days.clock.move((at("15:32") - days.clock.now_ns()) / SECOND_NS)
        book = served.desk.inbox.book
        await while_time_passes(days.clock.move, lambda: book.reconciled is not None)
        told = await day_of(served)
        assert told.reconciled is not None
        # the history of the broker knows of no fill, and its cash has not moved
        assert {each.what for each in told.reconciled.differences} >= {"shares", "cash"}
        assert any("does not agree" in problem for problem in problems(served.desk.health))
        await _agree(days, served)


async def _agree(days: House, served: Served) -> None:
    """The broker comes round: what it says now is what the book has."""
    book = served.desk.inbox.book
    number, row = next(iter(days.broker.rows.items()))
    days.broker.rows[number] = replace(row, filled=10, filled_value_krw=700_000, remaining=0)
    (order,) = (o for o in book.orders.values() if o.side == "BUY")
    cash = 100_000_000 - order.filled_value_krw - order.cost_krw
    line = Holding(SAMSUNG, SAMSUNG, 10, 10, 70_000.0, 700_000, 70_000, 10, 0)
    total = cash + 700_000

    async def balance() -> Balance:
        return Balance((line,), 100_000_000, cash, total, total, order.cost_krw)

    days.broker.balance = balance  # type: ignore[method-assign]
    days.clock.move(600)
    agrees = lambda: book.reconciled is not None and not book.reconciled.differences  # noqa: E731
    await while_time_passes(days.clock.move, agrees)
    told = await day_of(served)
    assert told.reconciled is not None
    assert told.reconciled.agrees
    assert told.reconciled.pnl_krw == told.reconciled.broker_pnl_krw == -order.cost_krw
    assert not any("does not agree" in problem for problem in problems(served.desk.health))


def problems(health: Health) -> tuple[str, ...]:
    return health.view().problems


async def test_nothing_piles_up_from_day_to_day(days: House) -> None:
    async with opened(days) as served:
        days.broker.holdings = {SAMSUNG: 10}
        await holding(served)
        desk = served.desk
        sizes = []
        for number in range(6):
            await served.http.post(
                "/api/v1/intents", json=enter(f"{number}", symbol=f"00{number}001"), headers=KMP
            )
            days.broker.rows.clear()  # a day's history holds that day's orders
            await until(passed(days, 1, desk))
            sizes.append(_sizes(desk))
        # each day brings a symbol; one may be asked about at the moment of counting, six may not
        grown = {name for name, size in sizes[-1].items() if size > sizes[1][name] + 1}
        assert grown == set()


def _sizes(desk: Desk) -> dict[str, int]:
    """How many things each part of a running OMS keeps, by its place."""
    parts = {"book": desk.inbox.book, "quotes": desk.quotes, "executions": desk.executions}
    return {
        f"{part}.{name}": len(kept)
        for part, thing in parts.items()
        for name, kept in vars(thing).items()
        if isinstance(kept, dict | set | list)
    }
