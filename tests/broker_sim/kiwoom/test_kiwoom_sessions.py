"""Kiwoom's WebSocket as a dialogue: LOGIN, PING, REG and REMOVE, and what ends a session."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from broker_sim.kiwoom.sockets import head
from tests.broker_sim.kiwoom.conftest import ECOPRO, MANNERS, SAMSUNG, Broker, Opens

pytestmark = pytest.mark.anyio

HUNDRED = [f"{number:06d}" for number in range(900_000, 900_100)]


async def test_login_answers_with_sor(broker: Broker) -> None:
    async with broker.socket(logged_in=False) as line:
        told = await line.say(trnm="LOGIN", token=broker.token)
        assert told == {"trnm": "LOGIN", "return_code": 0, "return_msg": "", "sor_yn": "Y"}


async def test_login_with_a_dead_token_is_8005_and_may_be_tried_again(broker: Broker) -> None:
    async with broker.socket(logged_in=False) as line:
        told = await line.say(trnm="LOGIN", token="nobody's")
        assert (told["trnm"], told["return_code"]) == ("LOGIN", 8005)
        assert "[8005:" in told["return_msg"]
        assert (await line.say(trnm="LOGIN", token=broker.token))["return_code"] == 0


async def test_nothing_is_registered_before_login(broker: Broker) -> None:
    async with broker.socket(logged_in=False) as line:
        told = await line.register([SAMSUNG], ["0B"])
        assert told["trnm"] == "REG"
        assert told["return_code"] != 0
        assert broker.served.sockets.listeners == {}


async def test_only_its_own_path_is_a_websocket(broker: Broker) -> None:
    root = broker.served.ws_url.removesuffix("/api/dostk/websocket")
    with pytest.raises(InvalidStatus):
        await connect(root + "/somewhere")


async def test_who_echoes_ping_stays_and_who_does_not_is_closed(opens: Opens) -> None:
    async with opens(manners=replace(MANNERS, ping_s=0.1)) as broker:
        async with broker.socket() as echoing, broker.socket() as silent:
            for _ in range(5):
                text = await echoing.text()
                assert text == '{"trnm":"PING"}'
                await echoing.connection.send(text)
            assert await silent.end() == 1000
            state = await broker.steer("state")
        assert [session["logged_in"] for session in state["sessions"]] == [True]
        assert state["sessions"][0]["echoes"] >= 4


async def test_a_ping_that_comes_back_changed_is_no_echo(opens: Opens) -> None:
    async with opens(manners=replace(MANNERS, ping_s=0.1)) as broker, broker.socket() as line:
        await line.text()
        await line.connection.send('{"trnm": "PING"}')
        assert await line.end() == 1000


async def test_reg_is_the_cross_product_of_each_block(broker: Broker) -> None:
    async with broker.socket() as line:
        blocks = [
            {"item": [SAMSUNG, ECOPRO], "type": ["0B", "0D"]},
            {"item": [f"{SAMSUNG}_NX"], "type": ["0C"]},
        ]
        told = await line.say(trnm="REG", grp_no="b001", refresh="1", data=blocks)
        assert told == {"trnm": "REG", "return_code": 0, "return_msg": ""}
        keys = {(item, kind) for item in (SAMSUNG, ECOPRO) for kind in ("0B", "0D")}
        assert set(broker.served.sockets.listeners) == keys | {(f"{SAMSUNG}_NX", "0C")}


async def test_refresh_0_empties_the_group_and_1_adds_to_it(broker: Broker) -> None:
    listeners = broker.served.sockets.listeners
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"], "1")
        await line.register([ECOPRO], ["0B"], "2")
        await line.register(["000660"], ["0B"], "1", refresh="1")
        assert {item for item, _ in listeners} == {SAMSUNG, ECOPRO, "000660"}
        await line.register(["035720"], ["0B"], "1", refresh="0")
        assert {item for item, _ in listeners} == {"035720", ECOPRO}


async def test_remove_takes_away_what_it_names_and_keeps_other_groups(broker: Broker) -> None:
    listeners = broker.served.sockets.listeners
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B", "0D"], "1")
        await line.register([SAMSUNG], ["0B"], "2")
        assert (await line.remove([SAMSUNG], ["0B", "0D"], "1"))["return_code"] == 0
        assert set(listeners) == {(SAMSUNG, "0B")}
        assert (await line.remove([SAMSUNG], ["0B"], "2"))["return_code"] == 0
        assert (await line.remove([SAMSUNG], ["0B"], "2"))["return_code"] == 0
        assert listeners == {}


async def test_a_group_takes_a_hundred_items_and_refuses_the_next(broker: Broker) -> None:
    listeners = broker.served.sockets.listeners
    async with broker.socket() as line:
        assert (await line.register(HUNDRED[:99], ["0B", "0D"]))["return_code"] == 0
        assert (await line.register(HUNDRED[:100], ["0B", "0D"]))["return_code"] == 0
        assert (await line.register([SAMSUNG, HUNDRED[0]], ["0C"]))["return_code"] == 1
        assert len(listeners) == 200  # a REG is taken whole or not at all
        assert (await line.register([SAMSUNG], ["0B"], "2"))["return_code"] == 0
        assert (await line.register([*HUNDRED, SAMSUNG], ["0B"], "3"))["return_code"] == 1
        assert len(listeners) == 201


async def test_a_house_limit_of_registrations_refuses_what_is_beyond(opens: Opens) -> None:
    manners = replace(MANNERS, session_items_max=150)
    async with opens(manners=manners) as broker, broker.socket() as line, broker.socket() as other:
        assert (await line.register(HUNDRED, ["0B"], "1"))["return_code"] == 0
        assert (await line.register(HUNDRED, ["0D"], "2"))["return_code"] == 1
        assert (await line.register(HUNDRED[:50], ["0D"], "2"))["return_code"] == 0
        assert (await other.register(HUNDRED, ["0D"], "1"))["return_code"] == 0


@pytest.mark.parametrize(
    "over",
    [
        {"grp_no": ""},
        {"grp_no": "12345"},
        {"grp_no": 1},
        {"refresh": "2"},
        {"refresh": None},
        {"data": []},
        {"data": "005930"},
        {"data": ["005930"]},
        {"data": [{"item": [SAMSUNG]}]},
        {"data": [{"type": ["0B"]}]},
        {"data": [{"item": SAMSUNG, "type": ["0B"]}]},
        {"data": [{"item": [5930], "type": ["0B"]}]},
        {"data": [{"item": [SAMSUNG], "type": ["9Z"]}]},
        {"data": [{"item": ["0" * 101], "type": ["0B"]}]},
        {"data": [{"item": [""], "type": ["0B"]}]},
    ],
)
async def test_a_reg_that_makes_no_sense_is_refused_and_registers_nothing(
    broker: Broker, over: dict[str, Any]
) -> None:
    usual = {"trnm": "REG", "grp_no": "1", "refresh": "1"}
    block = {"item": [SAMSUNG], "type": ["0B"]}
    async with broker.socket() as line:
        told = await line.say(**{**usual, "data": [block], **over})
        assert (told["trnm"], told["return_code"]) == ("REG", 1)
        assert told["return_msg"]
        assert broker.served.sockets.listeners == {}
        assert (await line.register([SAMSUNG], ["0B"]))["return_code"] == 0


async def test_the_mock_host_registers_no_nxt(opens: Opens) -> None:
    manners = replace(MANNERS, dialect="paper")
    async with opens(manners=manners) as broker, broker.socket() as line:
        for item in (f"{SAMSUNG}_NX", f"{SAMSUNG}_AL"):
            told = await line.register([item], ["0B"])
            assert told["return_code"] == 1
            assert "RC9000" in told["return_msg"]
        assert (await line.register([SAMSUNG], ["0B"]))["return_code"] == 0


async def test_registrations_die_with_the_connection(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
    async with broker.socket() as line:
        assert broker.served.sockets.listeners == {}
        await broker.move("09:00:45")
        # Nothing comes by itself: what is heard next is the answer to what is asked.
        assert (await line.register([SAMSUNG], ["0C"]))["trnm"] == "REG"


async def test_a_quick_reconnect_is_closed_with_1000_and_no_answer(opens: Opens) -> None:
    async with opens(manners=replace(MANNERS, reconnect_s=0.3)) as broker:
        async with broker.socket():
            pass
        async with broker.socket(logged_in=False) as line:
            await line.connection.send(json.dumps({"trnm": "LOGIN", "token": broker.token}))
            with pytest.raises(ConnectionClosed):
                await line.text()
            assert line.connection.close_code == 1000
        async with asyncio.timeout(10):
            while not await logs_in(broker):
                pass


async def logs_in(broker: Broker) -> bool:
    """Try once to log in."""
    async with broker.socket(logged_in=False) as line:
        try:
            return (await line.say(trnm="LOGIN", token=broker.token))["return_code"] == 0
        except ConnectionClosed:
            return False


async def test_a_third_session_of_a_token_ends_the_first(broker: Broker) -> None:
    async with broker.socket() as first, broker.socket() as second, broker.socket() as third:
        assert (await first.hear())["trnm"] == "SYSTEM"
        assert await first.end() == 1000
        for line in (second, third):
            assert (await line.register([SAMSUNG], ["0B"]))["return_code"] == 0


# Enemies


@pytest.mark.parametrize(
    "text",
    ["", "garbage", "{", "[]", "null", '{"trnm":', "[" * 100_000, '{"trnm":{"a":1}}', "\x00"],
)
async def test_what_cannot_be_read_is_answered_and_the_session_lives(
    broker: Broker, text: str
) -> None:
    async with broker.socket() as line:
        await line.connection.send(text)
        told = await line.hear()
        assert told["trnm"] == "SYSTEM" or told["return_code"] != 0
        assert (await line.register([SAMSUNG], ["0B"]))["return_code"] == 0


@pytest.mark.parametrize("trnm", ["SUBSCRIBE", "reg", "", "CNSRLST", "X" * 10_000])
async def test_a_trnm_nobody_knows_is_refused(broker: Broker, trnm: str) -> None:
    async with broker.socket() as line:
        told = await line.say(trnm=trnm)
        assert told["return_code"] == 1
        assert len(told["trnm"]) <= 40


async def test_ten_megabytes_end_their_own_session_and_no_other(broker: Broker) -> None:
    async with broker.socket() as good, by_hand(broker) as (reader, writer):
        await good.register([SAMSUNG], ["0C"])
        say_by_hand(writer, b"x" * 10_000_000)
        first, size = await reader.readexactly(2)
        assert (first, (await reader.readexactly(size))[:2]) == (0x88, (1009).to_bytes(2))
        broker.served.look()
        assert (await good.elements(1))[0]["item"] == SAMSUNG


async def test_bytes_that_are_no_text_are_refused(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.connection.send(b"\xff\xfe\x00")
        assert (await line.hear())["trnm"] == "SYSTEM"


async def test_a_client_that_does_not_read_is_dropped_and_no_other_waits(opens: Opens) -> None:
    manners = replace(MANNERS, unread_bytes_max=65_536)
    async with opens(manners=manners) as broker, broker.socket() as good:
        await good.register([SAMSUNG], ["0C"])
        broker.served.look()
        await good.elements(1)
        block = {"item": [ECOPRO], "type": ["0D"]}
        async with by_hand(broker) as (reader, writer):  # and reads no more than two answers
            for message in (
                {"trnm": "LOGIN", "token": broker.token},
                {"trnm": "REG", "grp_no": "1", "refresh": "1", "data": [block]},
            ):
                say_by_hand(writer, json.dumps(message).encode())
                _, size = await reader.readexactly(2)
                assert b'"return_code":0' in await reader.readexactly(size)
            sockets = broker.served.sockets
            async with asyncio.timeout(20):
                while not sockets.dropped:
                    for _ in range(200):
                        sockets.post((ECOPRO, "0D"), b"x" * 1000)
                    sockets.write_out()
                    await asyncio.sleep(0)
        assert (await good.register([ECOPRO], ["0C"]))["return_code"] == 0


@contextlib.asynccontextmanager
async def by_hand(
    broker: Broker,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a WebSocket without a library, which would read and answer by itself."""
    host, _, port = broker.served.ws_url.split("/")[2].partition(":")
    reader, writer = await asyncio.open_connection(host, port, limit=1024)
    request = (
        "GET /api/dostk/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    )
    writer.write(request.encode())
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def say_by_hand(writer: asyncio.StreamWriter, payload: bytes) -> None:
    """Send a text as a client does: masked, here with nothing."""
    opening = bytearray(head(len(payload)))
    opening[1] |= 0x80
    writer.write(bytes(opening) + b"\0\0\0\0" + payload)


# Faults


async def test_a_line_can_be_cut_with_a_code(broker: Broker) -> None:
    for code in ("1000", "1001", "1006", "rst"):
        async with broker.socket() as line:
            told = await broker.steer("faults", {"kind": "line_cut", "code": code})
            assert await line.end() == (int(code) if code in ("1000", "1001") else 1006)
    assert told["bites"] == {"line_cut": 4}


async def test_a_silent_line_says_nothing_for_a_while(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG], ["0B"])
        await broker.steer("faults", {"kind": "line_silent", "seconds": 0.2})
        await broker.move("09:00:45")  # its prints are lost
        async with asyncio.timeout(20):
            while (await broker.steer("state"))["sessions"][0]["silent"]:
                pass
        await broker.move("09:01:05")
        assert [e["values"]["13"] for e in await line.elements(1)] == ["1560"]


async def test_a_silent_item_is_quiet_while_its_neighbour_speaks(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([SAMSUNG, ECOPRO], ["0B"])
        fault = {"kind": "item_silent", "items": [SAMSUNG], "seconds": 3600}
        await broker.steer("faults", fault)
        await broker.move("09:01:05")
        assert {e["item"] for e in await line.elements(1)} == {ECOPRO}
        assert (await broker.http.delete("/sim/faults")).json()["faults"] == []
        await broker.move("09:01:06")
        assert (await line.elements(1))[0]["item"] == SAMSUNG


async def test_a_late_reg_is_answered_after_its_seconds(broker: Broker) -> None:
    loop = asyncio.get_running_loop()
    async with broker.socket() as line:
        await broker.steer("faults", {"kind": "reg_late", "seconds": 0.2})
        began = loop.time()
        assert (await line.register([SAMSUNG], ["0B"]))["return_code"] == 0
        assert loop.time() - began >= 0.2
        assert (await broker.steer("faults"))["faults"] == []


async def test_a_group_can_be_refused(broker: Broker) -> None:
    async with broker.socket() as line:
        await broker.steer("faults", {"kind": "group_refused", "groups": ["7"], "times": 2})
        assert (await line.register([SAMSUNG], ["0B"], "1"))["return_code"] == 0
        assert (await line.register([SAMSUNG], ["0B"], "7"))["return_code"] == 1
        assert (await line.register([SAMSUNG], ["0B"], "7"))["return_code"] == 1
        assert (await line.register([SAMSUNG], ["0B"], "7"))["return_code"] == 0


async def test_frames_can_be_doubled_garbled_and_lost(broker: Broker) -> None:
    async with broker.socket() as line:
        await line.register([ECOPRO], ["0B"])
        await broker.steer("faults", {"kind": "frame_doubled", "items": [ECOPRO]})
        await broker.move("09:01:05")
        twice = [await line.text() for _ in range(2)]
        assert twice[0] == twice[1]
        await line.register([SAMSUNG], ["0B"])
        await broker.steer("faults", {"kind": "frame_garbled"})
        await broker.move("09:01:06")
        garbled = await line.text()
        with pytest.raises(json.JSONDecodeError):
            json.loads(garbled)
        await broker.steer("faults", {"kind": "frame_lost"})
        await broker.move("09:03:00")
        await broker.move("10:00:00")
        assert [e["values"]["15"] for e in await line.elements(1)] == ["-900"]


async def test_a_killed_token_opens_nothing_while_its_session_lives(broker: Broker) -> None:
    async with broker.socket() as line:
        await broker.steer("faults", {"kind": "token_killed"})
        reply = await broker.ask("ka10001", "/api/dostk/stkinfo", {"stk_cd": SAMSUNG})
        assert "[8005:" in reply.json()["return_msg"]
        async with broker.socket(logged_in=False) as other:
            told = await other.say(trnm="LOGIN", token=broker.token)
            assert told["return_code"] == 8005
        assert (await line.register([SAMSUNG], ["0B"]))["return_code"] == 0


async def test_calls_can_be_throttled(broker: Broker) -> None:
    async def ask() -> httpx.Response:
        return await broker.ask("ka10001", "/api/dostk/stkinfo", {"stk_cd": SAMSUNG})

    await broker.steer("faults", {"kind": "throttled", "times": 2})
    assert [(await ask()).status_code for _ in range(3)] == [429, 429, 200]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"nonsense", "JSON"),
        (b"[]", "JSON"),
        (b'{"kind":"earthquake"}', "kind"),
        (b'{"kind":["line_cut"]}', "kind"),
        (b'{"kind":"line_cut","seconds":1}', "seconds"),
        (b'{"kind":"reg_late"}', "seconds"),
        (b'{"kind":"reg_late","seconds":-1}', "seconds"),
        (b'{"kind":"reg_late","seconds":true}', "seconds"),
        (b'{"kind":"frame_lost","times":0}', "times"),
        (b'{"kind":"frame_lost","items":"005930"}', "items"),
        (b'{"kind":"line_cut","code":"9"}', "code"),
    ],
)
async def test_a_fault_that_cannot_be_read_is_refused_by_name(
    broker: Broker, body: bytes, word: str
) -> None:
    reply = await broker.http.post("/sim/faults", content=body)
    assert reply.status_code == 400
    assert word in reply.json()["error"]
