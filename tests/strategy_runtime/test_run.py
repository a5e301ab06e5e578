"""The shell with a toy in it: what is journaled, what leaves, and starting over."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kis_core.clock import TapeClock
from kis_core.errors import Refused
from kis_core.feed import Batch
from kis_core.market.events import Gap, Timer
from kis_core.market.instants import SECOND_NS
from oms_client.client import Line
from oms_client.contract import IntentDecided
from strategy_runtime import run as subject
from strategy_runtime import submissions
from strategy_runtime.contract import OmsLine
from strategy_runtime.journal import JournalError, read
from strategy_runtime.run import run_day
from strategy_runtime.turns import Head, Turn, event_of
from strategy_runtime.verify import verify
from tests.strategy_runtime.toys import (
    AT,
    DAY,
    OPEN_NS,
    Counted,
    Toy,
    ToyFeed,
    ToyOms,
    approved,
    edges,
    trade,
)

pytestmark = pytest.mark.anyio
Until = Callable[[], bool]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "PAUSE_FIRST_S", 0.001)
    monkeypatch.setattr(subject, "BOOKS_PAUSE_S", 0.001)


class House:
    """A toy's shell on a clock that the test moves."""

    def __init__(self, folder: Path, feed: ToyFeed, oms: ToyOms, toy: Toy | None = None) -> None:
        self.folder = folder
        self.feed = feed
        self.oms = oms
        self.toy = toy or Toy()
        self.clock = TapeClock(OPEN_NS)
        self.journal = folder / "strategies/toy/2025-09-03.journal"

    def turns(self) -> list[Turn]:
        return [record for record in read(self.journal) if isinstance(record, Turn)]

    async def play(self, until: Until) -> Counted:
        """Run until something holds, then let the day end."""
        day = asyncio.create_task(
            run_day(self.toy, DAY, edges(self.feed, self.oms, self.clock, self.folder))
        )
        await self._pass_time(until, day)
        await self.clock.move_to(OPEN_NS + 61 * SECOND_NS)
        return await asyncio.wait_for(day, 5)

    async def crash(self, until: Until) -> None:
        """Run until something holds, then die."""
        day = asyncio.create_task(
            run_day(self.toy, DAY, edges(self.feed, self.oms, self.clock, self.folder))
        )
        await self._pass_time(until, day)
        day.cancel()
        with pytest.raises(asyncio.CancelledError):
            await day

    async def _pass_time(self, until: Until, day: "asyncio.Task[Any]") -> None:
        for step in range(400):
            if until():
                return
            if day.done():
                day.result()
            if step % 10 == 9 and self.clock.now_ns() < OPEN_NS + 50 * SECOND_NS:
                await self.clock.move_to(self.clock.now_ns() + SECOND_NS)
            await asyncio.sleep(0.001)
        raise AssertionError("it never came to hold")


@pytest.fixture
def house(tmp_path: Path) -> Callable[..., House]:
    return lambda feed, oms=None, **more: House(tmp_path, feed, oms or ToyOms(), **more)


async def test_what_is_heard_is_decided_journaled_and_let_out(house: Callable[..., House]) -> None:
    here = house(ToyFeed([trade(1), trade(2)], [trade(3)]))
    state = await here.play(lambda: bool(here.oms.submitted) and bool(here.feed.wants))
    assert (state.trades, state.sold, state.daily, state.books >= 1) == (3, 1, 1, True)
    assert [intent.intent_id for intent in here.oms.submitted] == ["toy-005930-1"]
    assert state.answered == ["toy-005930-1"]
    assert here.feed.asked == ["daily 005930"]
    assert [want.symbol for want in here.feed.wants[0].wants] == ["005930"]
    assert here.oms.beats
    assert here.oms.followed == [41]  # the OMS's seq, read before its books
    shown = json.loads((here.folder / "strategies/toy/2025-09-03.funnel.json").read_text())
    assert shown["trades"] == 3
    assert shown["shell"]["turns"] == len(here.turns())
    found = verify(here.journal, Toy)
    assert (found.differences, found.first) == (0, None)
    assert found.events == len(here.turns())


async def test_nothing_leaves_before_its_turn_is_in_the_journal(
    house: Callable[..., House],
) -> None:
    here = house(ToyFeed([trade(1), trade(2), trade(3)]))
    seen: list[int] = []
    submit = here.oms.submit

    async def look(intent: Any) -> Any:
        seen.append(sum(turn.output is not None for turn in here.turns()))
        return await submit(intent)

    here.oms.submit = look  # type: ignore[method-assign]
    await here.play(lambda: bool(seen))
    assert seen[0] >= 1


async def test_a_restart_goes_on_where_the_journal_ends(house: Callable[..., House]) -> None:
    first = house(ToyFeed([trade(1), trade(2), trade(3)]))
    first.oms.to_tell = [
        Line(True, "up"),
        IntentDecided(
            seq=77, at=AT, strategy_id="toy", symbol="005930", result=approved("toy-005930-1")
        ),
    ]
    await first.crash(lambda: len(first.feed.asked) == 1 and len(first.oms.submitted) == 1)
    second = house(ToyFeed([trade(4), trade(5), trade(6)]))
    state = await second.play(lambda: len(second.oms.submitted) >= 1)
    assert state.trades == 6
    assert [intent.intent_id for intent in second.oms.submitted] == ["toy-005930-2"]
    assert second.oms.followed == [77]
    assert second.feed.wants  # what was heard is wanted again
    gaps = [e for turn in second.turns() if isinstance(e := event_of(turn), Gap)]
    assert [gap.reason for gap in gaps] == ["restarted"]
    heads = [record for record in read(second.journal) if isinstance(record, Head)]
    assert len(heads) == 2
    assert verify(second.journal, Toy).differences == 0


async def test_an_intent_without_an_answer_is_sent_again_after_a_restart(
    house: Callable[..., House],
) -> None:
    first = house(ToyFeed([trade(1), trade(2), trade(3)]), ToyOms(away=10**6))
    await first.crash(lambda: len(first.oms.submitted) > 2)
    assert {intent.intent_id for intent in first.oms.submitted} == {"toy-005930-1"}
    second = house(ToyFeed())
    state = await second.play(lambda: bool(second.oms.submitted))
    assert [intent.intent_id for intent in second.oms.submitted] == ["toy-005930-1"]
    assert state.answered == ["toy-005930-1"]
    assert state.unanswered == ["toy-005930-1"]  # told once, however often it was tried


async def test_a_torn_tail_costs_one_turn_and_no_more(house: Callable[..., House]) -> None:
    first = house(ToyFeed([trade(1), trade(2)]))
    await first.crash(lambda: first.journal.exists() and len(first.turns()) > 3)
    whole = first.journal.read_bytes()
    first.journal.write_bytes(whole[:-3])
    before = len(first.turns())
    second = house(ToyFeed())
    await second.play(lambda: bool(second.oms.followed))
    assert [turn.seq for turn in second.turns()][: before + 1] == list(range(before + 1))
    assert verify(second.journal, Toy).differences == 0


async def test_rules_that_changed_between_two_starts_are_said_and_verified(
    house: Callable[..., House],
) -> None:
    first = house(ToyFeed([trade(1), trade(2), trade(3)]))
    await first.crash(lambda: bool(first.oms.submitted))
    second = house(ToyFeed([trade(4)]), toy=Toy(every=2))
    state = await second.play(lambda: second.journal.exists() and state_of(second) >= 4)
    assert state.trades == 4
    assert verify(second.journal, Toy).differences == 0


def state_of(here: House) -> int:
    return sum(type(event_of(turn)).__name__ == "Trade" for turn in here.turns())


async def test_a_changed_decision_is_found_by_its_turn(house: Callable[..., House]) -> None:
    here = house(ToyFeed([trade(1), trade(2), trade(3)]))
    await here.play(lambda: bool(here.oms.submitted))

    class Otherwise:
        @staticmethod
        def strategy(rules: Any) -> Toy:
            return Toy(every=2)

    found = verify(here.journal, Otherwise)
    assert found.differences == 2
    assert found.first is not None
    assert "toy-005930-1" in found.first.decided
    assert str(found.first).startswith(f"turn {found.first.seq}")


async def test_rules_of_another_version_are_said_to_be_so(house: Callable[..., House]) -> None:
    here = house(ToyFeed([trade(1)]))
    await here.play(lambda: bool(here.oms.followed))

    class Older:
        @staticmethod
        def strategy(rules: Any) -> Toy:
            return Toy(**rules, shares=1)

    with pytest.raises(JournalError, match="rules are of another version"):
        verify(here.journal, Older)


async def test_an_oms_that_is_away_at_the_start_is_waited_for(
    house: Callable[..., House],
) -> None:
    here = house(ToyFeed([trade(1)]), ToyOms(away_reads=3))
    state = await here.play(lambda: bool(here.oms.followed))
    assert state.trades == 1  # the market goes on meanwhile
    lines = [e for turn in here.turns() if isinstance(e := event_of(turn), OmsLine)]
    assert [line.up for line in lines] == [False]


async def test_a_relay_that_does_not_know_the_token_ends_the_process(
    house: Callable[..., House],
) -> None:
    class Shut(ToyFeed):
        async def __aiter__(self) -> Any:
            raise Refused("403", "the relay does not know this token")
            yield Batch(0, ())

    here = house(Shut())
    with pytest.raises(Refused):
        await here.play(lambda: False)
    assert isinstance(next(read(here.journal)), Head)  # and the journal is whole


async def test_timers_are_whole_seconds_and_collapse_when_late(
    house: Callable[..., House],
) -> None:
    here = house(ToyFeed())
    await here.play(lambda: bool(here.feed.wants))
    marks = [e.at_ns for turn in here.turns() if isinstance(e := event_of(turn), Timer)]
    assert all(mark % SECOND_NS == 0 for mark in marks)
    assert marks == sorted(set(marks))
    assert marks[-1] >= OPEN_NS + 60 * SECOND_NS  # told the newest, not sixty of them
    assert len(marks) < 60
