"""Sessions on a bad day: a loss is told, the line comes back, and all is registered again."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kis_core.net import stream
from kis_core.net.stream import Down
from kis_core.wire.account import Accepted, NoticeKind, Outcome
from kis_core.wire.tr_table import BOOKS, NOTICES, TRADES
from tests.broker_sim.kis.faulty import ECOPRO, SAMSUNG, Heard, House, house, listen, order

pytestmark = pytest.mark.anyio

WANTED = ((NOTICES["real"], "trader"), (TRADES, SAMSUNG), (BOOKS, SAMSUNG), (TRADES, ECOPRO))
KEYS = [*WANTED]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's own patience, shortened: its waits are of the world, and tests are short."""
    monkeypatch.setattr(stream, "_CONNECT_S", 0.4)
    monkeypatch.setattr(stream, "_ANSWER_S", 0.8)
    monkeypatch.setattr(stream, "_IN_USE_PAUSE_S", 0.1)


def back_up(times: int = 2) -> Callable[[Heard], bool]:
    """Whether the line came up so often, and everything was answered on the last one."""

    def look(heard: Heard) -> bool:
        ups = heard.story.split().count("up")
        return ups >= times and len(answered(heard)) >= len(WANTED)

    return look


def answered(heard: Heard) -> list[tuple[str, str]]:
    """Return what was registered since the line came up last, in that order."""
    last = heard.since_up
    return [(ack.tr_id, ack.tr_key) for ack in last if ack.ok and ack.registered]


LOSSES = {
    "closed": {"kind": "socket_closed"},
    "going away": {"kind": "socket_closed", "code": 1001},
    "without a word": {"kind": "socket_closed", "code": 1006},
    "server error": {"kind": "socket_closed", "code": "1011"},
    "reset": {"kind": "socket_reset"},
    "silent": {"kind": "socket_silent"},
}


async def broken(ours: House, fault: dict[str, Any]) -> Heard:
    """Listen until everything is registered, break the line, and listen until it is back."""
    armed = False

    def until(heard: Heard) -> bool:
        nonlocal armed
        if not armed and back_up(1)(heard):
            armed = True
            ours.goes_wrong(fault)
        return armed and back_up(2)(heard)

    return await listen(ours, until, *WANTED)


@pytest.mark.parametrize("fault", LOSSES.values(), ids=LOSSES)
async def test_a_lost_line_is_told_and_registered_again_in_order(
    opens: Any, tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with house(opens, tmp_path, silent_s=0.3, slow_start=True) as ours:
        heard = await broken(ours, fault)
        assert heard.story == "up down up"
        assert answered(heard) == KEYS
        assert ours.bitten == [fault["kind"]]
        (down,) = (item for item in heard.lines if isinstance(item, Down))
        assert down.why
        assert heard.lines[0].at_ns < down.at_ns < heard.lines[2].at_ns  # the gap has two ends
        await ours.broker.place(order())  # the REST side never noticed
        assert len(ours.at_exchange) == 1


async def test_a_silent_line_says_that_it_was_silent(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, silent_s=0.3, slow_start=True) as ours:
        heard = await broken(ours, {"kind": "socket_silent"})
        (down,) = (item for item in heard.lines if isinstance(item, Down))
        assert "silent" in down.why


async def test_a_line_may_break_at_a_frame(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "socket_reset", "tr_id": TRADES, "after": 2}
    async with house(opens, tmp_path, fault, slow_start=True, speed=20) as ours:
        heard = await listen(ours, lambda h: h.story == "up down up" and len(h.trades) > 3)
        assert [trade.price_krw for trade in heard.trades[:2]] == [70_100, 70_000]
        assert ours.bitten == ["socket_reset"]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "handshake_hung", "seconds": 600}, {"kind": "handshake_refused"}],
    ids=["half-open", "refused"],
)
async def test_a_handshake_that_fails_is_tried_again(
    opens: Any, tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with house(opens, tmp_path, {**fault, "times": 2}) as ours:
        heard = await listen(ours, back_up(1), *WANTED)
        assert heard.story == "down down up"
        assert all("cannot open" in i.why for i in heard.lines if isinstance(i, Down))
        assert answered(heard) == KEYS


async def test_a_refused_approval_key_is_replaced(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "registration_refused", "code": "OPSP0011"}
    async with house(opens, tmp_path, fault) as ours:
        # A fault that does nothing marks each issue of a key.
        ours.goes_wrong({"kind": "reply_late", "call": "auth_ws_token", "seconds": 0, "times": 9})
        heard = await listen(ours, back_up(2), *WANTED)
        assert heard.story == "up down up"
        assert ours.bitten == ["reply_late", "registration_refused", "reply_late"]
        assert answered(heard) == KEYS


@pytest.mark.parametrize("code", ["OPSP0007", "OPSP0009"])
async def test_a_refusal_that_passes_is_asked_again_on_the_same_line(
    opens: Any, tmp_path: Path, code: str
) -> None:
    fault = {"kind": "registration_refused", "code": code, "tr_id": BOOKS}
    async with house(opens, tmp_path, fault) as ours:
        heard = await listen(ours, back_up(1), *WANTED)
        assert heard.story == "up"
        assert set(answered(heard)) == set(KEYS)


async def test_a_registration_nobody_answers_costs_the_line(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "registration_unanswered", "tr_id": BOOKS}
    async with house(opens, tmp_path, fault) as ours:
        heard = await listen(ours, back_up(2), *WANTED)
        assert heard.story == "up down up"
        assert answered(heard) == KEYS


async def test_a_session_that_lingers_is_waited_out(opens: Any, tmp_path: Path) -> None:
    lingers = {"kind": "in_use_lingers", "seconds": 30}  # half a second of the world
    async with house(opens, tmp_path, lingers) as ours:
        armed = False

        def until(heard: Heard) -> bool:
            nonlocal armed
            if not armed and back_up(1)(heard):
                armed = True
                ours.goes_wrong({"kind": "socket_reset"})
            return armed and back_up(3)(heard)

        heard = await listen(ours, until, *WANTED)
        assert "OPSP8996" in {ack.code for ack in heard.acks}
        assert heard.story.startswith("up down up down")
        assert heard.story.endswith("up")
        assert answered(heard) == KEYS


async def test_a_fill_in_a_gap_is_in_the_history(opens: Any, tmp_path: Path) -> None:
    # The line breaks when the order is accepted; nobody gets in before its fill at 09:00:40.
    faults = (
        {"kind": "socket_reset", "tr_id": NOTICES["real"]},
        {"kind": "handshake_refused", "after": 1, "until": "09:00:50"},
    )
    start = {"start": "09:00:25", "speed": 30, "slow_start": True}
    async with house(opens, tmp_path, *faults, **start) as ours:
        placing: asyncio.Task[Outcome] | None = None

        def until(heard: Heard) -> bool:
            nonlocal placing
            if placing is None and back_up(1)(heard):
                placing = asyncio.create_task(ours.broker.place(order(limit_krw=70_000)))
            return back_up(2)(heard)

        heard = await listen(ours, until, *WANTED)
        assert placing is not None
        assert isinstance(await placing, Accepted)
        assert [notice.kind for notice in heard.notices] == [NoticeKind.ACCEPTED]
        (row,) = await ours.broker.history("2025-09-03")
        assert row.filled == 1
