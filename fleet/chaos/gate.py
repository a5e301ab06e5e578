"""The line from one OMS to PostgreSQL, through which its bytes pass until it breaks.

It stands on a port of the loopback and reads the client's messages one by one, so that a break
comes at the same request every time: before the server hears of it, or after the server has done
it and before the client knows.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Literal

from fleet.chaos.story import Break

_SSL_REQUEST = b"\x04\xd2\x16\x2f"
_ASKS = b"QS"  # a simple query, or the end of an extended one: the server answers
_COMMIT = b"QCOMMIT"


class Gate:
    """Passes the bytes of one OMS, and breaks where the story says so."""

    def __init__(self, host: str, port: int, breaks: tuple[Break, ...]) -> None:
        self._server_at = (host, port)
        self._breaks = {(b.cut, b.number) for b in breaks if b.cut != "away"}
        self._requests = 0
        self._commits = 0
        self._listening: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self._met_by: set[asyncio.Task[None]] = set()
        self.away: Callable[[], bool] = lambda: False
        self.kill: Callable[[], None] = lambda: None
        self.broke: Counter[str] = Counter()

    async def open(self) -> int:
        """Begin to listen; return the port."""
        self._listening = await asyncio.start_server(self._met, "127.0.0.1", 0)
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Break every line and listen no more."""
        self._reset()
        if self._listening is not None:
            self._listening.close()
        while self._met_by:
            await asyncio.wait(self._met_by)

    def mend(self) -> None:
        """Break no more."""
        self._breaks = set()
        self.away = lambda: False

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one line, both ways, until an end of it is gone."""
        task = asyncio.current_task()
        assert task is not None
        self._met_by.add(task)
        task.add_done_callback(self._met_by.discard)
        if self.away():
            self.broke["away"] += 1
            writer.transport.abort()
            return
        theirs, server = await asyncio.open_connection(*self._server_at)
        self._lines |= {writer, server}
        deaf = asyncio.Event()
        ways = (self._ask(reader, server, deaf), self._answer(theirs, writer, deaf))
        tasks = {asyncio.ensure_future(way) for way in ways}
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, server):
            each.transport.abort()
        await asyncio.wait(tasks)
        self._lines -= {writer, server}

    async def _ask(
        self, client: asyncio.StreamReader, server: asyncio.StreamWriter, deaf: asyncio.Event
    ) -> None:
        typed = False
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                message = await _message(client, typed)
                typed = typed or message[4:8] != _SSL_REQUEST
                match self._due(message):
                    case "asked":
                        return
                    case "answered":
                        deaf.set()
                server.write(message)
                await server.drain()

    def _due(self, message: bytes) -> Literal["asked", "answered"] | None:
        """Count a message, and return how the line breaks at it."""
        if message[0] not in _ASKS:
            return None
        self._requests += 1
        if message.startswith(_COMMIT[:1]) and message[5:11] == _COMMIT[1:]:
            self._commits += 1
            if ("committed", self._commits) in self._breaks:
                self.broke["committed"] += 1
                return "answered"
        if self.away():
            self.broke["away"] += 1
            return "asked"
        if ("killed", self._requests) in self._breaks:
            self.broke["killed"] += 1
            self.kill()
            return "asked"
        if ("answered", self._requests) in self._breaks:
            self.broke["answered"] += 1
            return "answered"
        if ("asked", self._requests) in self._breaks:
            self.broke["asked"] += 1
            return "asked"
        return None

    async def _answer(
        self, server: asyncio.StreamReader, client: asyncio.StreamWriter, deaf: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while heard := await server.read(65_536):
                if deaf.is_set():
                    return
                client.write(heard)
                await client.drain()

    def _reset(self) -> None:
        for line in self._lines:
            line.transport.abort()


async def _message(client: asyncio.StreamReader, typed: bool) -> bytes:
    """Read one message of PostgreSQL's protocol; the first ones of a line have no type."""
    head = await client.readexactly(5 if typed else 4)
    return head + await client.readexactly(int.from_bytes(head[-4:]) - 4)
