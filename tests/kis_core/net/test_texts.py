"""Texts from a WebSocket, cut in whatever way the network pleases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from kis_core.net.texts import MESSAGE_BYTES_MAX, WAITING_MAX, TextConnection, open_texts

pytestmark = pytest.mark.anyio
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def frame(text: str, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, text.encode(), fin).serialize(mask=False)


@asynccontextmanager
async def talking(talk: Talk, behind_the_answer: bytes = b"") -> AsyncIterator[TextConnection]:
    """A server that shakes hands, with something in the same breath, and then says its piece."""
    done: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done.append(asyncio.current_task())
        protocol = ServerProtocol()
        protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (request,) = protocol.events_received()
        protocol.send_response(protocol.accept(request))  # type: ignore[arg-type]
        writer.write(b"".join(protocol.data_to_send()) + behind_the_answer)
        try:
            await talk(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ticks = count(1)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    line = await open_texts(
        url, lambda: next(ticks), compression=None, ping_interval=None, close_timeout=0.2
    )
    try:
        yield line
    finally:
        await line.close()
        server.close()
        await server.wait_closed()
        await asyncio.gather(*(task for task in done if task), return_exceptions=True)


async def read(line: TextConnection, how_many: int) -> list[str]:
    found: list[str] = []
    async with asyncio.timeout(5):
        while len(found) < how_many:
            found += (await line.texts())[1]
    return found


SAID = ["", "a", "x" * 125, "y" * 126, "삼성전자" * 40, "z" * 70_000, '{"header":{}}', "the end"]


@pytest.mark.parametrize("step", [1, 3, 127, 1 << 20])
async def test_texts_of_all_lengths_come_whole_however_they_are_cut(step: int) -> None:
    wire = b"".join(frame(text) for text in SAID)

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for at in range(0, min(len(wire), 2000), step):
            writer.write(wire[at : min(at + step, 2000)])
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(wire[2000:])
        await writer.drain()

    async with talking(talk) as line:
        assert await read(line, len(SAID)) == SAID


async def test_what_comes_with_the_handshakes_answer_is_read_too() -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame("two")[2:] + frame("three"))

    async with talking(talk, frame("one") + frame("two")[:2]) as line:
        assert await read(line, 3) == ["one", "two", "three"]


async def test_pings_are_answered_and_fragments_put_together_in_their_place() -> None:
    pongs: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            frame("one")
            + frame("tw", fin=False)
            + frame("hello", Opcode.PING)
            + frame("o", Opcode.CONT)
            + frame("three")
        )
        pongs.append(await reader.readexactly(11))

    async with talking(talk) as line:
        assert await read(line, 3) == ["one", "two", "three"]
        with pytest.raises(ConnectionClosed):
            await read(line, 1)
    assert pongs[0][0] == 0x80 | Opcode.PONG


async def test_what_came_before_the_end_is_read_before_the_end_is_told() -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        goodbye = Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=False)
        writer.write(frame("one") + goodbye + frame("after the end"))

    async with talking(talk) as line:
        assert await read(line, 1) == ["one"]
        with pytest.raises(ConnectionClosed, match="1000"):
            await read(line, 1)


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (b"\x81\x02\xff\xfe", UnicodeDecodeError),
        (b"\x81\x81\x00\x00\x00\x00a", ConnectionClosed),
        (b"\xf1\x01a", ConnectionClosed),
        (b"\x81\x7f" + (MESSAGE_BYTES_MAX + 1).to_bytes(8), ConnectionClosed),
    ],
    ids=["not UTF-8", "masked by a server", "reserved bits", "too long"],
)
async def test_what_breaks_the_protocol_ends_the_line(wire: bytes, error: type[Exception]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame("good") + wire)
        await reader.read()

    async with talking(talk) as line:
        assert await read(line, 1) == ["good"]
        with pytest.raises(error):
            await read(line, 1)


async def test_texts_of_one_read_share_its_time_and_later_ones_have_a_later() -> None:
    more = asyncio.Event()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame("a") + frame("b"))
        await more.wait()
        writer.write(frame("c"))
        await writer.drain()

    async with talking(talk) as line:
        first_ns, first = await line.texts()
        more.set()
        second_ns, second = await line.texts()
    assert (first, second) == (["a", "b"], ["c"])
    assert first_ns < second_ns


async def test_a_slow_reader_lets_the_socket_wait_and_loses_nothing() -> None:
    total = 60 * WAITING_MAX
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for begin in range(0, total, 256):
            writer.write(b"".join(frame(f"{n:0200}") for n in range(begin, begin + 256)))
            await writer.drain()
            sent = begin + 256
        await reader.read()

    async with talking(talk) as line:
        before = -1
        async with asyncio.timeout(10):
            while sent != before or not sent:  # until the pipe is full
                before = sent
                await asyncio.sleep(0.1)
        assert sent < total
        assert await read(line, total) == [f"{n:0200}" for n in range(total)]
