"""A split over night, from the broker's balance to an operator's word and the stop that holds."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from kis_core.clock import SECOND_NS
from kis_core.door import bind, open_door
from oms.core import records as r
from oms.routes import make_app
from oms.running import running
from oms.verify import verify
from oms_client.operating import DriftView
from tests.oms.stories import SAMSUNG, House, at, some_limits, trade_of
from tests.oms.test_intake import holding
from tests.oms.test_routes import OPERATOR, VIEWER, Served
from tests.oms.waiting import until, while_time_passes

pytestmark = pytest.mark.anyio
WHY = {"reason": "1:5, disclosed on 16 March", "actor": "kim"}
NEXT_DAY_NS = 24 * 3600 * SECOND_NS


async def open_in(stack: AsyncExitStack, house: House) -> Served:
    desk = await stack.enter_async_context(running(house.parts()))
    await until(lambda: desk.health.serving)
    url = await stack.enter_async_context(open_door(make_app(desk), bind("127.0.0.1", 0)))
    http = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
    return Served(house, desk, http)


@pytest.fixture
async def morning(tmp_path: Path) -> AsyncIterator[Served]:
    """Ten shares were bought yesterday; it is 08:25, and they have become fifty."""
    house = House(tmp_path, some_limits(base_jump_pct_max=0.30))
    async with AsyncExitStack() as stack:
        await holding(await open_in(stack, house))
    house.clock.move((at("08:25") + NEXT_DAY_NS - house.clock.now_ns()) / SECOND_NS)
    house.broker.rows.clear()
    house.broker.holdings = {SAMSUNG: 50}
    house.asked.prices[SAMSUNG] = 14_000
    async with AsyncExitStack() as stack:
        yield await open_in(stack, house)
    house.close()


async def split(served: Served, **body: Any) -> httpx.Response:
    path = f"/api/v1/drift/{SAMSUNG}/split"
    return await served.http.post(path, json=WHY | body, headers=OPERATOR)


async def drift(served: Served) -> DriftView:
    answer = await served.http.get("/api/v1/drift", headers=VIEWER)
    return DriftView.model_validate(answer.json())


async def test_stops_are_held_until_an_operator_says_what_happened(morning: Served) -> None:
    book, clock = morning.desk.inbox.book, morning.house.clock
    listing = book.listings[SAMSUNG]
    await while_time_passes(clock.move, lambda: listing.rescaled and listing.drift)
    (line,) = (await drift(morning)).drift
    assert (line.drift, line.frozen, line.stops_held) == (40, True, True)
    assert line.evidence[0] == "looks like a split 1:5"
    ready = await morning.http.get("/readyz")
    assert ready.status_code == 503
    assert "stops of 005930 are held" in ready.text
    assert (await split(morning, numerator=4)).status_code == 409
    answer = await split(morning, numerator=5)
    assert answer.status_code == 200, answer.text
    assert DriftView.model_validate(answer.json()).drift == ()
    assert (await morning.http.get("/readyz")).status_code == 200
    clock.move((at("09:30") + NEXT_DAY_NS - clock.now_ns()) / SECOND_NS)
    morning.house.line.bring(trade_of(SAMSUNG, 14_000, clock.now_ns()))
    before = len(morning.house.broker.placed)
    morning.house.line.bring(trade_of(SAMSUNG, 13_590, clock.now_ns()))
    await until(lambda: len(morning.house.broker.placed) == before + 1)
    sold = morning.house.broker.placed[-1]
    assert (sold.side, sold.shares) == ("SELL", 50)
    rows = morning.desk.inbox.journal.rows(direction="in")
    acts = [r.decode_input(row.payload) for row in rows if row.kind == "operator_acted"]
    assert [(a.actor, a.reason) for a in acts if isinstance(a, r.OperatorActed)] == [
        ("operator:kim", WHY["reason"])
    ]
    assert verify(morning.house.folder / "primary.db").differences == ()


async def test_while_stops_are_held_no_trade_of_the_new_scale_enters_the_journal(
    morning: Served,
) -> None:
    clock, book = morning.house.clock, morning.desk.inbox.book
    await while_time_passes(clock.move, lambda: book.listings[SAMSUNG].rescaled)
    clock.move((at("09:30") + NEXT_DAY_NS - clock.now_ns()) / SECOND_NS)
    for _ in range(20):
        morning.house.line.bring(trade_of(SAMSUNG, 14_000, clock.now_ns()))
    await until(lambda: morning.desk.quotes.last(SAMSUNG))
    rows = morning.desk.inbox.journal.rows(direction="in")
    assert "quote_seen" not in {row.kind for row in rows}
    assert len(morning.house.broker.placed) == 1


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"numerator": 0}, 422, "numerator"),
        ({"numerator": 5, "scale": "half"}, 422, "scale"),
        ({}, 422, "numerator"),
        ({"numerator": 5, "reason": ""}, 422, "reason"),
    ],
)
async def test_a_split_that_cannot_be_read_is_told(
    morning: Served, body: dict[str, Any], status: int, says: str
) -> None:
    answer = await split(morning, **body)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


async def test_only_an_operator_says_that_there_was_a_split(morning: Served) -> None:
    path = f"/api/v1/drift/{SAMSUNG}/split"
    body = WHY | {"numerator": 5}
    assert (await morning.http.post(path, json=body, headers=VIEWER)).status_code == 403
    assert (await morning.http.post(path, json=body)).status_code == 401
