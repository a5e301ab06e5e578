"""What Kiwoom's WebSocket tells of the simulated market: 0B, 0C, 0D, 0H, 0s, 1h, NXT and both."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from broker_sim.exchange.interruptions import Vi
from tests.broker_sim.kiwoom.conftest import ECOPRO, SAMSUNG, Broker, Opens, at

pytestmark = pytest.mark.anyio


@pytest.fixture
def captured(kst_data: Path) -> list[dict[str, Any]]:
    """Every 0B element of the captured frames."""
    text = (kst_data / "broker_samples/kiwoom_ws_frames.jsonl").read_text()
    frames = [json.loads(line)["frame"] for line in text.splitlines()]
    return [e for frame in frames for e in frame["data"] if e["type"] == "0B"]


async def test_a_trade_has_the_shape_of_the_captured_ones(
    broker: Broker, captured: list[dict[str, Any]]
) -> None:
    assert len(captured) == 21
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
        await broker.move("09:00:20")
        bought, sold = await line.elements(2)
    for sample in captured:
        aggressor = sample["values"]["15"][0]
        ours = bought if aggressor == "+" else sold
        assert list(ours) == list(sample)
        assert list(ours["values"]) == list(sample["values"])  # the same FIDs in the same order
        assert (ours["type"], ours["name"]) == (sample["type"], sample["name"])
        for fid in ("15", "1313", "1314", "1315", "1316"):  # signed by the side, blank and all
            assert ours["values"][fid][0] == sample["values"][fid][0], fid


async def test_figures_of_a_trade_follow_from_each_other_as_in_the_capture(
    broker: Broker, captured: list[dict[str, Any]]
) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
        await broker.move("10:00:00")
        ours = await line.elements(7)
    for elements in (captured, ours):
        for before, after in pairwise(e["values"] for e in elements):
            traded = int(after["15"])
            assert int(after["13"]) - int(before["13"]) == abs(traded)
            side = "1031" if traded > 0 else "1030"
            assert int(after[side]) - int(before[side]) == abs(traded)
        for values in (e["values"] for e in elements):
            price, shares = abs(int(values["10"])), abs(int(values["15"]))
            assert abs(int(values["1313"])) == price * shares // 1000
            assert int(values["32"]) == int(price * 0.00231)
            assert int(values["26"]) < 0 or values["30"].startswith("+")


async def test_prints_of_an_item_share_a_frame_and_prices_carry_their_direction(
    broker: Broker,
) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
        await broker.move("09:01:06")
        frame = await line.hear()
    first, *_, last = (e["values"] for e in frame["data"])
    assert len(frame["data"]) == 5
    told = {"20": "090010", "10": "+70100", "11": "+100", "12": "+0.14", "15": "+10", "13": "1010"}
    told |= {"16": "70000", "17": "+70100", "18": "70000", "25": "2", "9081": "KRX", "290": "2"}
    assert told.items() <= first.items()
    told = {"20": "090106", "10": "+70300", "15": "+500", "17": "+70300", "18": "-69900"}
    told |= {"1890": "090000", "1891": "090106", "1892": "090040"}
    assert told.items() <= last.items()


async def test_a_book_comes_at_registration_and_after_each_print(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([ECOPRO], ["0D"])
        broker.served.look()
        first = (await line.elements(1))[0]["values"]
        await broker.move("09:01:05")
        second = (await line.elements(1))[0]["values"]
    assert not {"10", "11", "12", "27", "28"} & first.keys()  # a book carries none of them
    wanted = {21, 13, 121, 122, 125, 126, 23, 24, 128, 129, 138, 139, 200, 201, 238, 299, 215, 216}
    wanted |= {*range(41, 101), *range(291, 296), *range(621, 641), *range(6044, 6088)}
    assert {str(fid) for fid in wanted} <= first.keys()
    book = broker.exchange.book(ECOPRO)
    for at_level, (price, shares) in enumerate(book.asks):
        assert second[str(41 + at_level)] == f"+{price}"
        assert second[str(61 + at_level)] == str(shares)
        assert second[str(6044 + at_level)] == str(shares)  # KRX's; none of NXT's
        assert second[str(6066 + at_level)] == "0"
    assert second["121"] == str(sum(shares for _, shares in book.asks))
    assert (first["13"], second["13"]) == ("50", "55")
    changed = int(second["121"]) - int(first["121"])
    assert int(second["122"]) == changed


async def test_a_best_quote_is_told_when_it_differs_and_has_two_figures(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([ECOPRO], ["0B", "0C"])
        broker.served.look()
        assert (await line.elements(1))[0]["values"].keys() == {"27", "28"}
        await broker.move("09:01:05")
        both = await line.elements(2)
        broker.served.look()
        assert (await line.register([ECOPRO], ["0B"]))["trnm"] == "REG"  # nothing came between
    assert [e["type"] for e in both] == ["0B", "0C"]
    assert both[0]["values"]["27"] == both[1]["values"]["27"]


async def test_nxt_is_told_where_it_trades_and_silent_where_not(broker: Broker) -> None:
    async with broker.socket() as line:
        items = [f"{SAMSUNG}_NX", f"{ECOPRO}_NX", "999999"]
        assert (await line.register(items, ["0B", "0D"]))["return_code"] == 0
        await broker.move("09:03:00")
        prints = broker.exchange.printed(SAMSUNG, "NXT", at("09:00:05"))
        told = await line.elements(len(prints) + 1)
    assert prints, "the day must have something to tell on NXT"
    assert {e["item"] for e in told} == {f"{SAMSUNG}_NX"}
    trades = [e["values"] for e in told if e["type"] == "0B"]
    assert [v["13"] for v in trades] == [str(p.cum_volume) for p in prints]
    assert {v["9081"] for v in trades} == {"NXT"}
    (book,) = (e["values"] for e in told if e["type"] == "0D")
    assert book["6044"] == "0"
    assert book["6066"] == book["61"]


async def test_both_venues_are_told_as_one_with_the_venue_of_each_print(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([f"{SAMSUNG}_AL"], ["0B", "0D"])
        await broker.move("09:03:00")
        since = at("09:00:05")
        by_venue = {v: broker.exchange.printed(SAMSUNG, v, since) for v in ("KRX", "NXT")}
        count = sum(len(prints) for prints in by_venue.values())
        told = await line.elements(count + 1)
    trades = [e["values"] for e in told if e["type"] == "0B"]
    for venue, prints in by_venue.items():
        theirs = [v["15"].lstrip("+-") for v in trades if v["9081"] == venue]
        assert sorted(theirs) == sorted(str(p.volume) for p in prints)
    volumes = [int(v["13"]) for v in trades]
    assert volumes == sorted(volumes)
    (book,) = (e["values"] for e in told if e["type"] == "0D")
    krx, nxt = (broker.exchange.book(SAMSUNG, venue) for venue in ("KRX", "NXT"))
    best = abs(int(book["41"]))
    shares = dict(krx.asks).get(best, 0), dict(nxt.asks).get(best, 0)
    assert (int(book["6044"]), int(book["6066"])) == shares
    assert int(book["61"]) == sum(shares)


async def test_an_auction_tells_what_it_expects(opens: Opens) -> None:
    async with opens(start="08:40:00") as broker, broker.socket() as line:
        await line.register([SAMSUNG], ["0H", "0D"])
        broker.served.look()
        told = {e["type"]: e["values"] for e in await line.elements(2)}
        expected = broker.exchange.book(SAMSUNG).expected_krw
        assert expected is not None
        assert told["0H"]["10"].lstrip("+-") == str(expected)
        assert told["0H"].keys() == {"20", "10", "11", "12", "15", "13", "25"}
        assert told["0D"]["23"] == told["0H"]["10"]


async def test_the_hours_are_announced_with_what_remains(opens: Opens) -> None:
    async with opens(start="08:58:30") as broker, broker.socket() as line:
        block = {"item": [""], "type": ["0s"]}
        told = await line.say(trnm="REG", grp_no="1", refresh="1", data=[block])
        assert told["return_code"] == 0
        await broker.move("09:00:00")
        states = [e["values"] for e in await line.elements(2)]
        assert [(s["215"], s["20"], s["214"]) for s in states] == [
            ("0", "085900", "000100"),
            ("3", "090000", "000000"),
        ]
        await broker.move("15:29:59")
        codes = [(await line.elements(1))[0]["values"]["215"] for _ in range(12)]
        assert codes == ["R", "2", "S", *["2"] * 9]  # NXT's main market among KRX's notices
        await broker.move("15:30:00")
        codes = [(await line.elements(1))[0]["values"]["215"] for _ in range(3)]
        assert codes == ["4", "8", "T"]


async def test_a_volatility_interruption_is_told_when_it_begins_and_ends(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG, ECOPRO], ["1h"])
        await broker.move("09:01:06")
        broker.exchange.interrupt(at("09:01:06"), Vi(SAMSUNG, "static"))
        await broker.move("09:01:07")
        begun = (await line.elements(1))[0]
        assert (begun["item"], begun["values"]["9068"]) == (SAMSUNG, "1")
        assert (begun["values"]["1223"], begun["values"]["1224"]) == ("090106", "000000")
        await broker.move("09:04:00")
        ended = (await line.elements(1))[0]["values"]
        assert (ended["9068"], ended["1221"]) == ("2", "+70300")
        assert ended["1224"] > "090306"
