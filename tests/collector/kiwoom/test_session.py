"""One line to Kiwoom against a server that behaves as badly as the real one is said to."""

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from collector.sources.kiwoom.groups import Group
from collector.sources.kiwoom.hearing import Answered, Asked, LineDown, LineUp
from collector.sources.kiwoom.session import Burst, Item, KiwoomSession
from kis_core.clock import SystemClock
from kis_core.errors import Unreachable

pytestmark = pytest.mark.anyio

GROUPS = (
    Group("1000", "0B", ("005930", "000660")),
    Group("1001", "0B", ("005930_NX",)),
    Group("1002", "0D", ("005930",)),
)


class Told:
    """What a session has yielded so far, and the tokens it was given."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.tokens = ["token-1", "token-2", "token-3"]
        self.refused: list[str | None] = []
        self.asked = 0

    async def token(self, refused: str | None) -> str:
        self.refused.append(refused)
        if refused is not None:
            self.tokens.remove(refused)
        return self.tokens[0]

    def of[I](self, kind: type[I]) -> list[I]:
        return [item for item in self.items if isinstance(item, kind)]

    def screens(self) -> list[str]:
        return [item.screen for item in self.of(Answered) if item.refused is None]


@asynccontextmanager
async def holding(told: Told, doors: Any, url: str, **manners: Any) -> Any:
    """Hold a line of GROUPS; everything it yields goes to `told`."""
    manners = {"silent_s": 5.0, "answer_s": 5.0, "retry_s": 5.0, "backoff_s": 0.01} | manners
    ends = doors("http://127.0.0.1:1", url)
    session = KiwoomSession("kiwoom-1", ends, SystemClock(), told.token, **manners)
    session.want(GROUPS)

    async def listen() -> None:
        async with aclosing(session.items()) as items:  # type: ignore[type-var]
            async for item in items:
                told.items.append(item)

    task = asyncio.create_task(listen())
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def told() -> Told:
    return Told()


async def test_login_then_one_group_after_another_each_answer_awaited(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    async with listening() as kiwoom, holding(told, doors, kiwoom.url):
        await until(lambda: told.screens() == ["1000", "1001", "1002"])
        assert [said["trnm"] for said in kiwoom.heard] == ["LOGIN", "REG", "REG", "REG"]
        order = [(type(i), getattr(i, "screen", "")) for i in told.items if type(i) is not Burst]
        assert order == [
            (LineUp, ""),
            (Asked, "1000"), (Answered, "1000"),
            (Asked, "1001"), (Answered, "1001"),
            (Asked, "1002"), (Answered, "1002"),
        ]  # fmt: skip
        assert len(told.of(Burst)) == 4  # raw first: every answer was handed on, too


async def test_an_answer_that_is_held_back_holds_back_the_next_group(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    held = asyncio.Event()
    async with listening(hold_answers=held) as kiwoom, holding(told, doors, kiwoom.url):
        await until(lambda: kiwoom.registered() == ["1000"])
        await kiwoom.say('{"trnm":"REAL","data":[]}')
        await until(lambda: len(told.of(Burst)) == 2)
        assert kiwoom.registered() == ["1000"]
        held.set()
        await until(lambda: told.screens() == ["1000", "1001", "1002"])


async def test_a_ping_comes_back_unchanged_even_while_an_answer_is_awaited(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    odd = '{ "trnm" : "PING", "x": [1,2] }'
    async with listening(silent_to_reg=True) as kiwoom, holding(told, doors, kiwoom.url):
        await until(lambda: kiwoom.registered() == ["1000"])
        await kiwoom.say(odd)
        await until(lambda: kiwoom.echoes == [odd])
        assert odd in [text for burst in told.of(Burst) for text in burst.texts]


async def test_a_cut_line_comes_back_and_registers_everything_again(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    async with listening() as kiwoom, holding(told, doors, kiwoom.url):
        for times in (1, 2, 3):
            await until(lambda n=times: told.screens() == ["1000", "1001", "1002"] * n)
            await kiwoom.cut()
            await until(lambda n=times: len(told.of(LineDown)) == n)
        await until(lambda: len(told.of(LineUp)) == 4)
        assert all("closed" in down.why for down in told.of(LineDown))


async def test_a_close_with_1000_instead_of_an_answer_to_login_is_waited_out(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    async with listening(close_unanswered=2) as kiwoom, holding(told, doors, kiwoom.url):
        await until(lambda: told.screens() == ["1000", "1001", "1002"])
        assert len(kiwoom.sessions) == 3
        whys = [down.why for down in told.of(LineDown)]
        assert len(whys) == 2
        assert all(why.startswith("closed without an answer to LOGIN") for why in whys)


async def test_a_group_that_is_refused_holds_up_no_other_and_is_asked_for_again(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    async with (
        listening(refuse={"1001": "[1702] full"}) as kiwoom,
        holding(told, doors, kiwoom.url, retry_s=0.05),
    ):
        await until(lambda: told.screens() == ["1000", "1002"])
        refused = [item for item in told.of(Answered) if item.refused]
        assert (refused[0].screen, refused[0].refused) == ("1001", "1: [1702] full")
        kiwoom.refuse.clear()
        await until(lambda: told.screens() == ["1000", "1002", "1001"])
        assert not told.of(LineDown)


async def test_a_group_that_is_not_answered_costs_the_line_not_the_truth(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    """A late answer would pass for the next group's, so the line is opened anew."""
    async with (
        listening(silent_to_reg=True) as kiwoom,
        holding(told, doors, kiwoom.url, answer_s=0.1),
    ):
        await until(lambda: bool(told.of(LineDown)))
        assert told.of(LineDown)[0].why == "REG of group 1000 not answered in 0.1 s"
        assert told.screens() == []
        kiwoom.silent_to_reg = False
        await until(lambda: told.screens() == ["1000", "1001", "1002"])


async def test_a_silent_line_is_given_up(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    async with listening() as kiwoom, holding(told, doors, kiwoom.url, silent_s=0.2):
        await until(lambda: any("silent for 0.2 s" in down.why for down in told.of(LineDown)))
        await until(lambda: len(kiwoom.sessions) >= 2)


async def test_a_token_that_login_refuses_is_named_when_the_next_is_asked_for(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    async with listening(tokens={"token-2"}) as kiwoom, holding(told, doors, kiwoom.url):
        await until(lambda: told.screens() == ["1000", "1001", "1002"])
        assert told.refused == [None, "token-1"]
        assert "LOGIN refused: 8005" in told.of(LineDown)[0].why


async def test_no_token_is_a_lost_line_and_no_crash(doors: Any, told: Told, until: Any) -> None:
    async def token(refused: str | None) -> str:
        raise Unreachable("no door")

    told.token = token  # type: ignore[method-assign]
    async with holding(told, doors, "ws://127.0.0.1:1"):
        await until(lambda: len(told.of(LineDown)) >= 3)
        assert "Unreachable: no door" in told.of(LineDown)[0].why


async def test_groups_can_be_changed_while_the_line_stands(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    changed = Group("1001", "0B", ("000660_NX",))
    more = Group("1003", "0D", ("000660",))
    async with listening(name_group=True) as kiwoom, holding(told, doors, kiwoom.url) as session:
        await until(lambda: told.screens() == ["1000", "1001", "1002"])
        session.want((GROUPS[0], changed, more))
        await until(lambda: told.screens()[3:] == ["1001", "1003"])
        removed = [said["grp_no"] for said in kiwoom.heard if said["trnm"] == "REMOVE"]
        assert sorted(removed) == ["1001", "1002"]
        again = [s for s in kiwoom.heard if s["trnm"] == "REG" and s["grp_no"] == "1001"]
        assert again[-1]["data"] == [{"item": ["000660_NX"], "type": ["0B"]}]
        await kiwoom.cut()
        await until(lambda: told.screens()[5:] == ["1000", "1001", "1003"])


async def test_what_is_no_text_or_no_frame_goes_on_to_the_reader_or_ends_the_line(
    listening: Any, doors: Any, told: Told, until: Any
) -> None:
    async with listening() as kiwoom, holding(told, doors, kiwoom.url):
        await until(lambda: told.screens() == ["1000", "1001", "1002"])
        await kiwoom.say("{torn")
        await until(lambda: told.of(Burst)[-1].texts == ["{torn"])
        await kiwoom.sessions[-1].send(b"\xff\xfe")
        await until(lambda: bool(told.of(LineDown)))
        assert "not a text" in told.of(LineDown)[0].why
