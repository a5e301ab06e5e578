"""Tokens and calls against a small Kiwoom of HTTP on the loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from collector.sources.kiwoom import listing
from collector.sources.kiwoom.environment import (
    MOCK,
    REAL,
    KiwoomCredentials,
    KiwoomEndpoints,
    require_same,
)
from collector.sources.kiwoom.rest import CallBudget, KiwoomRest
from collector.sources.kiwoom.tokens import KiwoomTokens
from kis_core.clock import SECOND_NS, TapeClock, kst
from kis_core.door import bind, open_door
from kis_core.environment import Environment, Secret
from kis_core.errors import (
    NotOffered,
    RateLimited,
    Refused,
    ReplyError,
    Unreachable,
    WrongEnvironment,
)
from kis_core.market.instants import instant_ns

pytestmark = pytest.mark.anyio
DAY = date(2026, 9, 14)
KEYS = KiwoomCredentials(Environment.SIM, "the-key", Secret("the-secret"))


class RunningClock(TapeClock):
    """A tape clock whose sleepers move it: hours pass in no time."""

    async def sleep_until(self, at_ns: int) -> None:
        if at_ns > self.now_ns():
            await self.move_to(at_ns)

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.now_ns() + int(seconds * SECOND_NS))


@dataclass
class Office:
    """Kiwoom's HTTP door: issues tokens, and answers what a test has put into it."""

    clock: TapeClock
    life_s: int = 18 * 3600
    issued: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    replies: list[tuple[int, dict[str, Any] | str, dict[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    busy: int = 0  # so many issues are refused with 1700
    url: str = ""

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_route("/{path:path}", self.answer, methods=["POST"])
        return app

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        path = request.url.path
        if path == "/oauth2/token":
            return self._issue(body)
        if path == "/oauth2/revoke":
            self.revoked.append(body["token"])
            return _json(200, {"return_code": 0, "return_msg": ""})
        headers = {k: request.headers.get(k, "") for k in ("cont-yn", "next-key", "authorization")}
        self.asked.append((path, request.headers["api-id"], headers, body))
        if headers["authorization"] != f"Bearer {self.issued[-1]}":
            return _json(
                200, {"return_code": 3, "return_msg": "인증 실패[8005:Token이 유효하지 않습니다]"}
            )
        status, reply, more = self.replies.pop(0)
        return _json(status, reply, more)

    def _issue(self, body: dict[str, str]) -> Response:
        assert body == {"grant_type": "client_credentials", "appkey": "the-key",
                        "secretkey": "the-secret"}  # fmt: skip
        if self.busy:
            self.busy -= 1
            return _json(429, {"return_code": 5, "return_msg": "[1700:허용된 요청 개수 초과]"})
        self.issued.append(f"token-{len(self.issued) + 1}")
        ends = kst(self.clock.now_ns() + self.life_s * SECOND_NS)
        said = {"expires_dt": f"{ends:%Y%m%d%H%M%S}", "token_type": "bearer"}
        return _json(200, said | {"token": self.issued[-1], "return_code": 0, "return_msg": ""})


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(text, status, headers or {}, "application/json")


def ok(more: str = "", **fields: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    paging = {"cont-yn": "Y", "next-key": more} if more else {"cont-yn": "N", "next-key": ""}
    return 200, {"return_code": 0, "return_msg": "", **fields}, paging


def no(code: int, text: str, status: int = 200) -> tuple[int, dict[str, Any], dict[str, str]]:
    return status, {"return_code": code, "return_msg": text}, {}


@dataclass
class Client:
    """One process that asks."""

    office: Office
    clock: RunningClock
    doors: KiwoomEndpoints
    folder: Path
    tokens: KiwoomTokens
    rest: KiwoomRest


@pytest.fixture
def asking(tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Client]:
        clock = RunningClock(instant_ns(DAY, time(8)))
        office = Office(clock)
        listener = bind("127.0.0.1", 0)
        async with open_door(office.app(), listener):
            office.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            doors = KiwoomEndpoints(Environment.SIM, office.url, "ws://127.0.0.1:1")
            tokens = KiwoomTokens(doors, KEYS, clock, tmp_path / "tokens")
            async with KiwoomRest(doors, clock, tokens, backoff_s=0.001) as rest:
                yield Client(office, clock, doors, tmp_path / "tokens", tokens, rest)

    return opened


# -- tokens -------------------------------------------------------------------------------------


async def test_a_token_is_asked_for_once_and_shared_through_a_file_only_its_owner_reads(
    asking: Any,
) -> None:
    async with asking() as client:
        others = [KiwoomTokens(client.doors, KEYS, client.clock, client.folder) for _ in range(5)]
        asked: list[Awaitable[str]] = [each.token() for each in (client.tokens, *others)]
        assert set(await asyncio.gather(*asked)) == {"token-1"}
        assert client.office.issued == ["token-1"]
        for file in client.folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0
            assert "the-secret" not in file.read_text()


async def test_a_token_is_renewed_ten_minutes_before_its_end(asking: Any) -> None:
    async with asking() as client:
        assert await client.tokens.token() == "token-1"
        begun = client.clock.now_ns()
        await client.clock.move_to(begun + (18 * 3600 - 602) * SECOND_NS)
        assert await client.tokens.token() == "token-1"
        await client.clock.move_to(begun + (18 * 3600 - 600) * SECOND_NS)
        assert await client.tokens.token() == "token-2"


async def test_a_refused_token_is_looked_for_in_the_file_before_another_is_asked_for(
    asking: Any,
) -> None:
    async with asking() as client:
        other = KiwoomTokens(client.doors, KEYS, client.clock, client.folder)
        assert await client.tokens.token() == await other.token() == "token-1"
        assert await other.token(refused="token-1") == "token-2"
        assert await client.tokens.token(refused="token-1") == "token-2"
        assert client.office.issued == ["token-1", "token-2"]


async def test_a_busy_office_is_asked_again_after_a_pause_and_no_more_often(asking: Any) -> None:
    async with asking() as client:
        client.office.busy = 2
        began = client.clock.now_ns()
        assert await client.tokens.token() == "token-1"
        assert client.clock.now_ns() - began >= 10 * SECOND_NS
        client.office.busy = 99
        with pytest.raises(RateLimited, match="1700"):
            await client.tokens.token(refused="token-1")
        assert client.office.busy == 95


async def test_a_torn_file_is_as_good_as_none_and_a_revoked_token_is_gone(asking: Any) -> None:
    async with asking() as client:
        await client.tokens.token()
        (file,) = client.folder.glob("*.json")
        file.write_bytes(file.read_bytes()[:10])
        again = KiwoomTokens(client.doors, KEYS, client.clock, client.folder)
        assert await again.token() == "token-2"
        await again.revoke()
        assert client.office.revoked == ["token-2"]
        assert await again.token() == "token-3"


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ({"return_code": 0, "return_msg": ""}, "au10001: no token"),
        ({"return_code": 0, "return_msg": "", "token": "x", "expires_dt": "soon"}, "'soon'"),
    ],
)
def test_an_answer_without_a_token_is_an_error(reply: dict[str, Any], says: str) -> None:
    from collector.sources.kiwoom.tokens import _token

    with pytest.raises(ReplyError, match=says):
        _token(reply)


def test_keys_and_doors_of_two_environments_do_not_meet() -> None:
    with pytest.raises(WrongEnvironment, match="mixed environments"):
        require_same(REAL, KEYS)
    with pytest.raises(WrongEnvironment, match="is not a real address"):
        KiwoomEndpoints(Environment.REAL, "http://127.0.0.1:1", REAL.ws_url)
    with pytest.raises(WrongEnvironment, match="is not a sim address"):
        KiwoomEndpoints(Environment.SIM, REAL.rest_url, "ws://127.0.0.1:1")
    with pytest.raises(WrongEnvironment, match="is not a real address"):
        KiwoomEndpoints(Environment.REAL, "https://evilkiwoom.com", REAL.ws_url)
    assert MOCK.environment is Environment.PAPER
    assert "the-secret" not in repr(KEYS)


# -- calls --------------------------------------------------------------------------------------


async def test_pages_go_on_with_the_cursor_of_the_one_before(asking: Any) -> None:
    async with asking() as client:
        client.office.replies = [ok("k1", list=[1]), ok("k2", list=[2]), ok(list=[3])]
        bodies = [body async for body in client.rest.pages("ka10099", {"mrkt_tp": "0"})]
        assert [body["list"] for body in bodies] == [[1], [2], [3]]
        paged = [(h["cont-yn"], h["next-key"]) for _, _, h, _ in client.office.asked]
        assert paged == [("N", ""), ("Y", "k1"), ("Y", "k2")]
        assert {(path, tr) for path, tr, _, _ in client.office.asked} == {
            ("/api/dostk/stkinfo", "ka10099")
        }
        client.office.replies = [ok("k1"), ok("k1")]
        with pytest.raises(ReplyError, match="the same page"):
            [body async for body in client.rest.pages("ka10099", {})]


async def test_a_refused_token_is_replaced_within_the_call(asking: Any) -> None:
    async with asking() as client:
        client.office.replies = [ok(x=1), ok(x=2)]
        assert (await client.rest.ask("ka10004", {"stk_cd": "005930"}))["x"] == 1
        client.office.issued.append("somebody else's")  # the former one is dead
        assert (await client.rest.ask("ka10004", {"stk_cd": "005930"}))["x"] == 2
        assert client.office.issued[-1] == "token-3"


@pytest.mark.parametrize(
    ("replies", "error", "code"),
    [
        ([no(3, "오류[1902:종목 정보가 없습니다]")], Refused, "1902"),
        ([no(7, "no brackets")], Refused, "7"),
        ([no(20, "[8104:모의에서 제공되지 않음]")], NotOffered, "8104"),
        ([no(20, "[RC9000] 모의투자 미제공")], NotOffered, "RC9000"),
        ([no(5, "[1700:초과]", 429)] * 6, RateLimited, "1700"),
        ([(401, {"return_code": 2, "return_msg": "[1514:필수]"}, {})], Refused, "1514"),
    ],
)
async def test_what_kiwoom_says_no_to_has_a_type_and_a_code(
    asking: Any, replies: list[Any], error: type[Refused], code: str
) -> None:
    async with asking() as client:
        client.office.replies = list(replies)
        with pytest.raises(error) as caught:
            await client.rest.ask("ka10004", {"stk_cd": "005930"})
        assert caught.value.code == code
        assert client.office.replies == []


async def test_trouble_on_the_way_is_asked_again(asking: Any) -> None:
    async with asking() as client:
        client.office.replies = [
            (500, "<html>", {}), (200, "not json", {}), no(1, "[1999:예기치 못한 에러]"), ok(x=1),
        ]  # fmt: skip
        assert (await client.rest.ask("ka10080", {}))["x"] == 1
        client.office.replies = [(502, "", {})] * 4
        with pytest.raises(Unreachable, match="HTTP 502"):
            await client.rest.ask("ka10080", {})


async def test_a_rate_refusal_pauses_everybody_and_then_goes_on(asking: Any) -> None:
    async with asking() as client:
        client.office.replies = [no(5, "[1701:전체 초과]"), no(5, "[1701:전체 초과]"), ok(x=1)]
        began = client.clock.now_ns()
        assert (await client.rest.ask("ka10004", {}))["x"] == 1
        assert client.clock.now_ns() - began >= int(1.5 * SECOND_NS)


@pytest.mark.parametrize(
    ("environment", "calls", "seconds"),
    [
        (Environment.REAL, ["ka10004"] * 2, 0),  # a burst of two
        (Environment.REAL, ["ka10004"] * 6, 4),  # then one a second
        (Environment.REAL, ["a", "b", "c", "d", "e"], 0),  # five of all in a second
        (Environment.REAL, ["a", "b", "c", "d", "e", "f"], 1),
        (Environment.PAPER, ["a", "b", "c"], 2),  # the mock takes one
    ],
)
async def test_the_budget(environment: Environment, calls: list[str], seconds: int) -> None:
    clock = RunningClock(instant_ns(DAY, time(9)))
    budget = CallBudget(clock, environment)
    began = clock.now_ns()
    for tr in calls:
        await budget.take(tr)
    assert (clock.now_ns() - began) / SECOND_NS == pytest.approx(seconds, abs=0.001)


async def test_the_universe_comes_from_all_markets(asking: Any, tmp_path: Path) -> None:
    def row(code: str, nxt: str = "Y") -> dict[str, str]:
        return {"code": code, "name": "n", "auditInfo": "정상", "orderWarning": "0",
                "nxtEnable": nxt}  # fmt: skip

    sheet = tmp_path / "u.csv"
    sheet.write_text("Symbol\n035720\n005930\n")
    async with asking() as client:
        client.office.replies = [
            ok("k", list=[row("005930")]), ok(list=[row("000660", "N")]),
            ok(list=[row("035720", "N")]), ok(list=[row("005930", "N"), row("069500", "N")]),
        ]  # fmt: skip
        universe = await listing.todays(DAY, sheet, client.rest, None)
        assert [body["mrkt_tp"] for _, _, _, body in client.office.asked] == ["0", "0", "10", "8"]
        assert universe.symbols == ("035720", "005930")
        assert universe.on_nxt == {"005930"}
        assert universe.source == "u.csv + ka10099"
