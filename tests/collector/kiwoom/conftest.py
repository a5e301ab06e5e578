"""Kiwoom's texts, real and made, and a Kiwoom on the loopback that a test can tell what to do."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from collector.sources.kiwoom.environment import KiwoomEndpoints
from kis_core.environment import Environment
from kis_core.market.calendar import TradingCalendar, krx_calendar


@pytest.fixture
def calendar() -> TradingCalendar:
    """The exchange's own calendar."""
    return krx_calendar()


@pytest.fixture(scope="session")
def samples(kst_data: Path) -> list[str]:
    """The captured frames, as texts, in the order they came."""
    lines = (kst_data / "broker_samples" / "kiwoom_ws_frames.jsonl").read_text("utf-8")
    frames = [json.loads(line)["frame"] for line in lines.splitlines()]
    return [json.dumps(frame, ensure_ascii=False, separators=(",", ":")) for frame in frames]


def _real(kind: str, item: str, **values: str) -> dict[str, Any]:
    return {
        "type": kind,
        "name": kind,
        "item": item,
        "values": {name.removeprefix("f"): value for name, value in values.items()},
    }


def _text(*elements: dict[str, Any]) -> str:
    return json.dumps({"trnm": "REAL", "data": list(elements)}, separators=(",", ":"))


def _trade(
    item: str, hour: str, cum: int, quantity: str = "+1", price: str = "+60300", **more: str
) -> str:
    values = {"f20": hour, "f10": price, "f15": quantity, "f13": str(cum), "f14": "12"}
    values |= {"f27": "+60400", "f28": "+60300", "f290": "2", "f9081": "KRX"}
    return _text(_real("0B", item, **(values | more)))


def _book(item: str, hour: str = "113419", **more: str) -> str:
    values = {"f21": hour, "f13": "123456"}
    for level in range(10):
        values[f"f{41 + level}"] = f"+{60300 + 100 * level}"
        values[f"f{51 + level}"] = f"-{60200 - 100 * level}"
        values[f"f{61 + level}"] = str(10 + level)
        values[f"f{71 + level}"] = str(20 + level)
    return _text(_real("0D", item, **(values | more)))


@pytest.fixture
def real() -> Callable[..., dict[str, Any]]:
    """The function that makes one element."""
    return _real


@pytest.fixture
def text() -> Callable[..., str]:
    """The function that makes a REAL frame of elements."""
    return _text


@pytest.fixture
def trade() -> Callable[..., str]:
    """The function that makes a 0B frame."""
    return _trade


@pytest.fixture
def book() -> Callable[..., str]:
    """The function that makes a 0D frame."""
    return _book


@dataclass
class Kiwoom:
    """A WebSocket server that answers as told, and remembers every word."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)
    sessions: list[ServerConnection] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {"token-1"})
    refuse: dict[str, str] = field(default_factory=dict)  # screen: return_msg
    close_unanswered: int = 0  # so many LOGINs are answered by a close with 1000
    hold_answers: asyncio.Event | None = None  # REGs are answered once it is set
    silent_to_reg: bool = False
    name_group: bool = False  # whether an answer repeats grp_no
    url: str = ""

    def registered(self) -> list[str]:
        """The groups asked for so far, in order."""
        return [said["grp_no"] for said in self.heard if said["trnm"] == "REG"]

    async def say(self, text: str) -> None:
        """Say something to the newest session."""
        await self.sessions[-1].send(text)

    async def cut(self, code: int = 1011) -> None:
        """Close the newest session."""
        await self.sessions[-1].close(code)

    async def serve(self, session: ServerConnection) -> None:
        self.sessions.append(session)
        try:
            async for text in session:
                await self._answer(session, str(text))
        except ConnectionClosed:
            pass

    async def _answer(self, session: ServerConnection, text: str) -> None:
        said = json.loads(text)
        if said["trnm"] == "PING":
            self.echoes.append(text)
            return
        self.heard.append(said)
        if said["trnm"] == "LOGIN":
            if self.close_unanswered:
                self.close_unanswered -= 1
                await session.close(1000)
                return
            known = said["token"] in self.tokens
            code, why = (
                (0, "") if known else (3, "인증에 실패했습니다[8005:Token이 유효하지 않습니다]")
            )
            await self._reply(session, "LOGIN", code, why)
            return
        if self.silent_to_reg:
            return
        if self.hold_answers is not None:
            await self.hold_answers.wait()
        why = self.refuse.get(said["grp_no"], "")
        await self._reply(session, said["trnm"], 1 if why else 0, why, said["grp_no"])

    async def _reply(
        self, session: ServerConnection, trnm: str, code: int, why: str, group: str = ""
    ) -> None:
        reply = {"trnm": trnm, "return_code": code, "return_msg": why}
        if self.name_group and group:
            reply["grp_no"] = group
        await session.send(json.dumps(reply, ensure_ascii=False))


@asynccontextmanager
async def _listening(**manners: Any) -> AsyncIterator[Kiwoom]:
    kiwoom = Kiwoom(**manners)
    async with serve(kiwoom.serve, "127.0.0.1", 0, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        kiwoom.url = f"ws://127.0.0.1:{port}"
        yield kiwoom


@pytest.fixture
def listening() -> Callable[..., Any]:
    """The function that lets a Kiwoom listen."""
    return _listening


@pytest.fixture
def doors() -> Callable[[str, str], KiwoomEndpoints]:
    """The function that makes endpoints of the simulator's environment."""
    return lambda rest, ws: KiwoomEndpoints(Environment.SIM, rest, ws)


async def _until(happened: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - whatever it is, it has no event
            await asyncio.sleep(0.002)


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """The function that waits for something to come about."""
    return _until
