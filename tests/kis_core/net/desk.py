"""A broker on loopback that answers what the test wrote down, byte for byte if need be."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kis_core.clock import Clock
from kis_core.environment import Credentials, Dialect, Endpoints, Environment, Secret
from kis_core.net.budget import RateBudget
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Said:
    """One answer. `cut` sends that many bytes of it and hangs up; `hang` says nothing at all."""

    body: Any = None
    status: int = 200
    tr_cont: str = ""
    cut: int | None = None
    hang: bool = False
    raw: bytes | None = None

    def encoded(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        body = text.encode()
        head = (
            f"HTTP/1.1 {self.status} X\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\ntr_cont: {self.tr_cont}\r\n\r\n"
        )
        return (head.encode() + body if self.raw is None else self.raw)[: self.cut]


@dataclass
class Desk:
    """The broker's side. Answers are taken in order; the last one of a path is repeated."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    tokens_issued: int = 0
    token_ends: str = "2025-11-13 09:00:00"
    _answering: dict[str, Callable[[Asked], Said]] = field(default_factory=dict)
    _open: list[asyncio.StreamWriter] = field(default_factory=list)
    _answers: dict[str, deque[Said]] = field(default_factory=lambda: defaultdict(deque))

    def says(self, path: str, *answers: Said | dict[str, Any]) -> None:
        """Write down the answers of a path (its last part)."""
        self._answers[path].extend(a if isinstance(a, Said) else Said(a) for a in answers)

    said = Said

    def fails(self, code: str, status: int = 500, rt_cd: str = "1") -> Said:
        """Return the answer of a gateway, or a refusal."""
        return Said({"rt_cd": rt_cd, "msg_cd": code, "msg1": f"{code} 오류"}, status)

    def calls(self, path: str) -> list[Asked]:
        """Return what was asked of a path (its last part)."""
        return [asked for asked in self.asked if asked.path.endswith("/" + path)]

    def answers_by(self, path: str, answer: Callable[[Asked], Said]) -> None:
        """Have a path (its last part) answered by what was asked."""
        self._answering[path] = answer

    def answer(self, asked: Asked) -> Said:
        name = asked.path.rpartition("/")[2]
        if answering := self._answering.get(name):
            return answering(asked)
        if answers := self._answers[name]:
            return answers.popleft() if len(answers) > 1 else answers[0]
        if name == "tokenP":
            self.tokens_issued += 1
            token = f"token-{self.tokens_issued}"
            return Said({"access_token": token, "access_token_token_expired": self.token_ends})
        return Said({"error_code": "EGW00000", "error_description": name}, 404)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while asked := await _asked(reader):
                self.asked.append(asked)
                said = self.answer(asked)
                if said.hang:
                    await reader.read()  # until the other side gives up
                    break
                writer.write(said.encoded())
                await writer.drain()
                if said.cut is not None or said.raw is not None:
                    break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def hang_up(self) -> None:
        """Close every connection."""
        for writer in self._open:
            writer.close()


async def _asked(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Asked(method, url.path, query, headers, json.loads(body) if body else None)


@dataclass
class House:
    """What a process holds at one desk."""

    endpoints: Endpoints
    credentials: Credentials
    clock: Clock
    directory: Path

    def tokens(self) -> TokenCache:
        return TokenCache(self.endpoints, self.credentials, self.clock, self.directory / "tokens")

    def budget(self) -> RateBudget:
        return RateBudget(self.endpoints, self.credentials, self.clock, self.directory / "budget")

    def rest(self, timeout_s: float = 5.0) -> KisRest:
        return KisRest(
            self.endpoints,
            self.credentials,
            self.clock,
            self.tokens(),
            self.budget(),
            timeout_s=timeout_s,
            backoff_s=0.01,
        )


def house_of(url: str, clock: Clock, directory: Path, dialect: Dialect) -> House:
    endpoints = Endpoints(Environment.SIM, url, url.replace("http", "ws"), dialect)
    secret = Secret("a-secret-of-many-characters")
    credentials = Credentials(Environment.SIM, "an-app-key", secret, "hts")
    return House(endpoints, credentials, clock, directory)
