"""A line to a server that tests can cut: bytes go through until they do not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class Line:
    """Listens on a port of its own and passes everything to the server of `url`.

    `look` is awaited with every piece before it goes on, in either direction.
    """

    def __init__(self, url: str, look: Callable[[bytes], Awaitable[None]] | None = None) -> None:
        self._look = look
        self._parts = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()

    async def join(self) -> str:
        """Open the line, again on the same port; return the URL that leads through it."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        login = f"{self._parts.username}:{self._parts.password}"
        return urlunsplit(self._parts._replace(netloc=f"{login}@127.0.0.1:{self._port}"))

    async def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._parts.hostname, self._parts.port
        far_reader, far_writer = await asyncio.open_connection(host, port)
        self._open |= {writer, far_writer}
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if self._look:
                    await self._look(data)
                writer.write(data)
                await writer.drain()
        writer.close()
