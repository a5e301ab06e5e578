"""One session, kept up: everything is registered in order, again after every loss, and the line
that is silent, in use, or no longer approved is told and left."""

import asyncio
import json
from contextlib import aclosing, suppress

import pytest

from kis_core.clock import ScaledClock
from kis_core.net.stream import Acked, Down, Item, Raw, Up
from tests.kis_core.net.exchange import (
    BOOK,
    FRAME,
    NOTICE,
    TRADE,
    Exchange,
    ack,
    acks,
    secrets,
    stream_to,
    until,
)

pytestmark = pytest.mark.anyio


async def test_everything_wanted_is_registered_in_order(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.set_wanted([NOTICE, TRADE, BOOK])
    items = await until(stream, lambda items: len(acks(items)) == 3)
    assert exchange.heard == [("1", *NOTICE), ("1", *TRADE), ("1", *BOOK)]
    assert exchange.paths == ["/tryitout"]
    assert set(exchange.keys) == {"approval-1"}
    assert isinstance(items[0], Up)
    told = next(item for item in items if isinstance(item, Acked))
    assert (told.ok, told.registered, told.key, told.iv) == (True, True, *secrets(1))


async def test_a_message_has_the_shape_the_broker_reads(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    await until(stream, lambda items: len(acks(items)) == 1)
    assert json.loads(exchange.texts[0]) == {
        "header": {
            "approval_key": "approval-1",
            "custtype": "P",
            "tr_type": "1",
            "content-type": "utf-8",
        },
        "body": {"input": {"tr_id": "H0STCNT0", "tr_key": "005930"}},
    }


async def test_every_text_is_handed_on_as_it_came_control_messages_too(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    sent = [FRAME, "rubbish", "{rubbish", '{"header":{"tr_id":"PINGPONG"}}', FRAME]
    seen: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            seen.append(item)
            if isinstance(item, Acked):
                for text in sent:
                    await exchange.send(text)
            if sum(isinstance(item, Raw) for item in seen) == 1 + len(sent):
                break
    raws = [item for item in seen if isinstance(item, Raw)]
    assert [raw.text for raw in raws] == [ack(*TRADE), *sent]
    assert [raw.arrived_ns for raw in raws] == sorted(raw.arrived_ns for raw in raws)
    assert isinstance(seen[seen.index(raws[0]) + 1], Acked)  # its Raw came first


async def test_11_12_a_pingpong_is_sent_back_as_text_word_for_word(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    ping = '{"header": {"tr_id":"PINGPONG","datetime":"20251112100000"}}'
    await stream.set_wanted([TRADE])
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Acked):
                await exchange.send(ping)
                await exchange.send(FRAME)
            if isinstance(item, Raw) and item.text == FRAME:
                break
    assert exchange.texts[-1] == ping


async def test_11_12_a_lost_line_is_told_and_everything_is_registered_again(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE, BOOK])
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if acks(items) == [TRADE, BOOK] and isinstance(item, Acked):
                await exchange.drop()
            if len(acks(items)) == 4:
                break
    assert [type(item) for item in items if isinstance(item, Up | Down)] == [Up, Down, Up]
    assert exchange.heard == [("1", *TRADE), ("1", *BOOK)] * 2
    assert stream.live == ()  # the socket is closed with the iteration


async def test_there_are_never_two_sockets_at_once(exchange: Exchange, clock: ScaledClock) -> None:
    stream = stream_to(exchange, clock)
    ups = 0
    async with asyncio.timeout(20), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Up):
                ups += 1
                if ups == 6:
                    break
                await exchange.opened.get()
                await exchange.drop()
    assert (exchange.sessions, exchange.most_open) == (6, 1)


async def test_what_is_wanted_may_change_while_the_line_is_up(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if isinstance(item, Acked) and len(acks(items)) == 1:
                assert stream.live == (TRADE,)
                await stream.set_wanted([BOOK])
            if len(acks(items)) == 3:
                break
    assert exchange.heard == [("1", *TRADE), ("2", *TRADE), ("1", *BOOK)]
    ended = [item for item in items if isinstance(item, Acked)][1]
    assert (ended.code, ended.registered) == ("OPSP0001", False)


async def test_11_12_a_refused_registration_is_told_and_the_line_stays(
    exchange: Exchange, clock: ScaledClock
) -> None:
    exchange.codes[TRADE] = "OPSP8992"
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE, BOOK])
    refused: tuple[tuple[str, str], ...] = ()
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Acked) and item.ok:
                refused = stream.refused
                break
    assert refused == (TRADE,)
    assert exchange.sessions == 1


async def test_a_key_in_use_elsewhere_is_waited_for(
    exchange: Exchange, clock: ScaledClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kis_core.net.stream._IN_USE_PAUSE_S", 0.3)
    exchange.codes[TRADE] = "OPSP8996"
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    loop = asyncio.get_running_loop()
    times: list[float] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Up):
                times.append(loop.time())
            if isinstance(item, Down):
                assert "OPSP8996" in item.why
                exchange.codes.clear()
            if isinstance(item, Acked) and item.ok:
                break
    assert times[1] - times[0] >= 0.3
    assert exchange.most_open == 1


@pytest.mark.parametrize("code", ["OPSP0011", "OPSP0010"])
async def test_11_12_a_refused_approval_key_is_replaced(
    exchange: Exchange, clock: ScaledClock, code: str
) -> None:
    exchange.codes[TRADE] = code
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Down):
                exchange.codes.clear()
            if isinstance(item, Acked) and item.ok:
                break
    assert exchange.keys == ["approval-1", "approval-2"]


async def test_a_line_that_is_silent_and_answers_no_ping_is_given_up(
    clock: ScaledClock,
) -> None:
    holes: list[asyncio.StreamWriter] = []

    async def black_hole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Shake hands, then never say anything."""
        from websockets.server import ServerProtocol

        holes.append(writer)
        protocol = ServerProtocol()
        protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (request,) = protocol.events_received()
        protocol.send_response(protocol.accept(request))  # type: ignore[arg-type]
        writer.write(b"".join(protocol.data_to_send()))

    server = await asyncio.start_server(black_hole, "127.0.0.1", 0)
    exchange = Exchange()
    exchange.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    stream = stream_to(exchange, clock, silent_s=0.1)
    items = await until(stream, lambda items: isinstance(items[-1], Down))
    assert isinstance(items[-1], Down)
    assert items[-1].why == "silent for 0.1 s"
    for writer in holes:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_a_quiet_line_that_answers_pings_is_kept(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock, silent_s=0.05)
    await stream.set_wanted([TRADE])
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Acked):
                await asyncio.sleep(0.4)  # eight times its silence
                await exchange.send(FRAME)
            if isinstance(item, Raw) and item.text == FRAME:
                break
    assert exchange.sessions == 1


async def test_a_registration_that_is_not_answered_costs_the_line(
    exchange: Exchange, clock: ScaledClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kis_core.net.stream._ANSWER_S", 0.1)
    exchange.mute.add(TRADE)
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    items = await until(stream, lambda items: isinstance(items[-1], Down))
    assert isinstance(items[-1], Down)
    assert "not answered" in items[-1].why


async def test_a_door_that_is_closed_is_told_and_tried_again(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    stream._url = "ws://127.0.0.1:1/tryitout"
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if len(items) == 3:
                stream._url = exchange.url
            if isinstance(item, Up):
                break
    assert [type(item) for item in items] == [Down, Down, Down, Up]
    assert "cannot open" in items[0].why  # type: ignore[union-attr]


async def test_one_iteration_at_a_time(exchange: Exchange, clock: ScaledClock) -> None:
    stream = stream_to(exchange, clock)
    async with aclosing(stream.items()) as first:
        assert isinstance(await anext(first), Up)
        with pytest.raises(AssertionError, match="one iteration"):
            await anext(stream.items())


async def test_cancelling_the_reader_closes_the_socket(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    up = asyncio.Event()

    async def read() -> None:
        async for _ in stream.items():
            up.set()

    task = asyncio.create_task(read())
    await asyncio.wait_for(up.wait(), 10)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    for _ in range(200):
        if exchange.open == 0:
            break
        await asyncio.sleep(0.01)
    assert exchange.open == 0


async def test_a_line_that_is_hung_up_stays_closed_until_it_is_picked_up(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    items: asyncio.Queue[Item] = asyncio.Queue()

    async def read() -> None:
        async for item in stream.items():
            items.put_nowait(item)

    async def first(kind: type[Item]) -> Item:
        while not isinstance(item := await items.get(), kind):
            pass
        return item

    task = asyncio.create_task(read())
    async with asyncio.timeout(10):
        up = await first(Up)
        await first(Acked)
        assert (stream.hung_up, stream.up_since_ns) == (False, up.at_ns)  # type: ignore[union-attr]
        assert await exchange.opened.get() == 1
        await stream.hang_up("kim said so")
        assert (await first(Down)).why == "kim said so"  # type: ignore[union-attr]
        assert (stream.hung_up, stream.up_since_ns, stream.live) == (True, None, ())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(exchange.opened.get(), 0.3)
        stream.pick_up()
        assert await exchange.opened.get() == 2
        await first(Acked)
        assert (stream.hung_up, stream.live) == (False, (TRADE,))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_line_may_be_hung_up_before_there_is_one(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.hang_up("not today")
    async with aclosing(stream.items()) as arriving:
        waiting = asyncio.ensure_future(anext(arriving))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(exchange.opened.get(), 0.3)
        stream.pick_up()
        assert isinstance(await asyncio.wait_for(waiting, 10), Up)
