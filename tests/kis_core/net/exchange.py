"""A server of real-time data that does what a test says, and a stream to it."""

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing, suppress
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from kis_core.clock import ScaledClock
from kis_core.environment import Credentials, Endpoints, Environment, Secret
from kis_core.net.stream import Acked, Item, KisStream

FRAME = "0|H0STCNT0|001|005930^100000^71900"
TRADE, BOOK, NOTICE = ("H0STCNT0", "005930"), ("H0STASP0", "005930"), ("H0STCNI0", "hts")


def ack(tr_id: str, tr_key: str, code: str = "OPSP0000", session: int = 1) -> str:
    """Return the answer to a registration. Its key is another on every line, as KIS's is."""
    names = {"OPSP0000": "SUBSCRIBE SUCCESS", "OPSP0001": "UNSUBSCRIBE SUCCESS"}
    body: dict[str, Any] = {
        "rt_cd": "0" if code in names else "1",
        "msg_cd": code,
        "msg1": names.get(code, "no"),
    }
    if code in names:
        body["output"] = dict(zip(("key", "iv"), secrets(session), strict=True))
    header = {"tr_id": tr_id, "tr_key": tr_key, "encrypt": "N"}
    return json.dumps({"header": header, "body": body})


def secrets(session: int) -> tuple[str, str]:
    """Return key and iv of a session's registrations."""
    return f"{session:k>32}", "i" * 16


class Exchange:
    """The server's side of the line. `greets` is sent when a session opens."""

    def __init__(self) -> None:
        self.url = ""
        self.sessions = 0
        self.opened: asyncio.Queue[int] = asyncio.Queue()
        self.open = 0
        self.most_open = 0
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.heard: list[tuple[str, str, str]] = []  # (tr_type, tr_id, tr_key)
        self.texts: list[str] = []
        self.codes: dict[tuple[str, str], str] = {}
        self.mute: set[tuple[str, str]] = set()
        self.places: int | None = None  # how many registrations there are
        self.held: set[tuple[str, str]] = set()  # on the line that is open
        self.line: ServerConnection | None = None
        self.silenced: list[ServerConnection] = []

    async def serve(self, line: ServerConnection) -> None:
        self.sessions += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self.line = line
        self.held.clear()
        self.opened.put_nowait(self.sessions)
        assert line.request
        self.paths.append(line.request.path)
        with suppress(ConnectionClosed):
            async for text in line:
                await self._take(line, str(text))
        self.open -= 1

    async def _take(self, line: ServerConnection, text: str) -> None:
        self.texts.append(text)
        message = json.loads(text)
        if message["header"].get("tr_id") == "PINGPONG":
            return
        said = message["body"]["input"]
        key = (said["tr_id"], said["tr_key"])
        tr_type = message["header"]["tr_type"]
        self.keys.append(message["header"]["approval_key"])
        self.heard.append((tr_type, *key))
        if key not in self.mute:
            await line.send(ack(*key, self._code(tr_type, key), self.sessions))

    def _code(self, tr_type: str, key: tuple[str, str]) -> str:
        if tr_type == "2":
            self.held.discard(key)
            return "OPSP0001"
        if key not in self.codes and self.places is not None and len(self.held) >= self.places:
            return "OPSP0008"
        self.held.add(key)
        return self.codes.get(key, "OPSP0000")

    async def send(self, text: str) -> None:
        assert self.line
        await self.line.send(text)

    async def say_goodbye(self) -> None:
        """Close the line as the protocol has it."""
        assert self.line
        await self.line.close()

    async def drop(self) -> None:
        """Break the line without a goodbye."""
        assert self.line
        self.line.transport.abort()


class Approvals:
    """Hands out approval keys; a refused one is replaced."""

    def __init__(self) -> None:
        self.given = 1

    async def __call__(self, refused: str | None) -> str:
        if refused == f"approval-{self.given}":
            self.given += 1
        return f"approval-{self.given}"


def stream_to(exchange: Exchange, clock: ScaledClock, **options: Any) -> KisStream:
    endpoints = Endpoints(Environment.SIM, "http://127.0.0.1:1", exchange.url, "real")
    credentials = Credentials(Environment.SIM, "key", Secret("s"), "hts")
    return KisStream(endpoints, credentials, clock, Approvals(), backoff_s=0.01, **options)


async def until(stream: KisStream, done: Callable[[list[Item]], bool]) -> list[Item]:
    """Take items until enough has come."""
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if done(items):
                break
    return items


def acks(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.tr_id, item.tr_key) for item in items if isinstance(item, Acked)]
