"""A host of master files on loopback that gives what the test put on its shelf."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Page:
    """One answer. `cut` sends that many bytes of the body and hangs up; `hang` says nothing."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    hang: bool = False

    def encoded(self) -> bytes:
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        # A 304 has no body, whatever its length says.
        length = "" if self.status == 304 else f"Content-Length: {len(self.body)}\r\n"
        head = f"HTTP/1.1 {self.status} X\r\n{length}{lines}Connection: close\r\n\r\n"
        return head.encode() + self.body[: self.cut]


@dataclass
class Shelf:
    """Files by their names. Answers are taken in order; the last one of a name is repeated."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _pages: dict[str, deque[Page]] = field(default_factory=dict)

    def put(self, name: str, *pages: Page) -> None:
        """Let a file be answered so from now on."""
        self._pages[name] = deque(pages)

    def names(self) -> list[str]:
        """Return the names that were asked for, in order."""
        return [name for name, _ in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        name = head[0].split()[1].rpartition("/")[2]
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        self.asked.append((name, {key.lower(): value for key, value in headers.items()}))
        pages = self._pages.get(name, deque([Page(b"not here", 404)]))
        page = pages.popleft() if len(pages) > 1 else pages[0]
        if page.hang:
            await reader.read()
        else:
            writer.write(page.encoded())
            await writer.drain()
        writer.close()
        await writer.wait_closed()
