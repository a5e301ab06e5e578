"""The load for benchmarks: as many frames as asked, each stream's volume rising by one."""

import asyncio
import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from broker_sim.kiwoom.load import FIRST_VOLUME
from tests.broker_sim.kiwoom.conftest import ECOPRO, SAMSUNG, Broker, Line

pytestmark = pytest.mark.anyio

ITEMS = [SAMSUNG, f"{SAMSUNG}_NX", ECOPRO]


async def volumes(line: Line, frames: int) -> dict[str, list[int]]:
    """Return the cumulative volumes of so many frames, stream by stream."""
    heard: dict[str, list[int]] = defaultdict(list)
    for _ in range(frames):
        for element in (await line.hear())["data"]:
            key = f"{element['item']} {element['type']}"
            heard[key].append(int(element["values"]["13"]))
    return heard


async def ended(broker: Broker) -> dict[str, Any]:
    """Return the load's state once it is over."""
    async with asyncio.timeout(30):
        while True:
            state = await broker.steer("load")
            if not state["running"]:
                return state


@pytest.mark.parametrize("elements", [1, 3])
async def test_every_frame_arrives_and_each_volume_is_one_more(
    broker: Broker, elements: int
) -> None:
    async with broker.socket() as line:
        await line.register(ITEMS, ["0B", "0C", "0D"])
        order = {"rate": 5_000, "seconds": 0.4, "elements": elements}
        await broker.steer("load", order)
        heard = await volumes(line, 2_000)
        state = await ended(broker)
        assert (state["frames"], state["elements"]) == (2_000, 2_000 * elements)
        assert (await line.register([SAMSUNG], ["0B"]))["trnm"] == "REG"  # and no frame more
    assert set(heard) == {f"{item} {kind}" for item in ITEMS for kind in ("0B", "0D")}
    for key, numbers in heard.items():
        assert all(after - before == 1 for before, after in pairwise(numbers))
        assert [numbers[0], numbers[-1]] == state["by_item"][key]
        assert numbers[0] == FIRST_VOLUME


async def test_sessions_hear_their_own_items(broker: Broker) -> None:
    async with broker.socket() as first, broker.socket() as second:
        await first.register([SAMSUNG], ["0B"])
        await second.register([ECOPRO, f"{ECOPRO}_NX", f"{SAMSUNG}_NX"], ["0B"])
        await broker.steer("load", {"rate": 4_000, "seconds": 0.1, "types": ["0B"]})
        assert set(await volumes(first, 100)) == {f"{SAMSUNG} 0B"}
        assert len(await volumes(second, 300)) == 3


async def test_a_frame_of_the_load_reads_like_any_other(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B", "0D"])
        broker.served.look()
        (book,) = await line.elements(1)
        await broker.move("09:00:10")
        trade, _ = await line.elements(2)
        await broker.steer("load", {"rate": 100, "seconds": 0.02})
        made = {e["type"]: e for e in await line.elements(2)}
    assert made["0B"]["values"].keys() == trade["values"].keys()
    assert made["0D"]["values"].keys() < book["values"].keys()
    assert made["0B"]["values"]["20"] == "090010"


async def test_a_session_that_comes_back_hears_the_rest(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
        await broker.steer("load", {"rate": 1_000, "seconds": 60})
        before = (await volumes(line, 10))[f"{SAMSUNG} 0B"][-1]
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
        after = (await volumes(line, 10))[f"{SAMSUNG} 0B"]
    assert after[0] > before
    assert (await broker.http.delete("/sim/load")).json()["running"] is False


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("x", "JSON"),
        ({}, "rate"),
        ({"rate": 0, "seconds": 1}, "rate"),
        ({"rate": True, "seconds": 1}, "rate"),
        ({"rate": 10, "seconds": -1}, "seconds"),
        ({"rate": 10, "seconds": 1, "types": ["0C"]}, "types"),
        ({"rate": 10, "seconds": 1, "types": []}, "types"),
        ({"rate": 10, "seconds": 1, "elements": 0}, "elements"),
        ({"rate": 10, "seconds": 1, "colour": "red"}, "colour"),
        ({"rate": 10, "seconds": 1}, "nobody has registered"),
    ],
)
async def test_a_load_that_cannot_be_made_is_refused_by_name(
    broker: Broker, body: Any, word: str
) -> None:
    reply = await broker.http.post("/sim/load", content=json.dumps(body))
    assert reply.status_code == 400
    assert word in reply.json()["error"]


async def test_there_is_one_load_at_a_time(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
        await broker.steer("load", {"rate": 1, "seconds": 60})
        reply = await broker.http.post("/sim/load", json={"rate": 1, "seconds": 1})
        assert reply.status_code == 400
        assert "running" in reply.json()["error"]
