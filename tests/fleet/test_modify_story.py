"""Modifies over HTTP against the simulator: taken, raced, lost on the way, with a death between.

Every story ends with the books of both sides in agreement, to the won.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from broker_sim.exchange.fault_entries import read_faults
from broker_sim.exchange.orders import OrderRow
from fleet.chaos.house import URL, House, open_house
from fleet.chaos.invariants import INVARIANTS, acts_are_done_once_and_signed
from fleet.chaos.life import Life, make_mortal
from fleet.chaos.operator import Done
from fleet.chaos.runs import forget, ledger_of
from fleet.chaos.story import Story
from fleet.chaos.stranger import Foreigners
from fleet.chaos.strategies import Asked, ask
from fleet.chaos.tape_loop import TapeLoop
from kis_core.market import ticks
from oms.core.order import Modify, Order
from oms_client import contract as c
from oms_client.client import OmsRefused
from oms_client.operating import AmendOrder
from oms_client.operator import OmsOperator

SHARES = 10
STORY = Story(1, 0, 1, 10 * 3600, 300, 0.0, (), (), False)


@dataclass
class Played:
    """One OMS on one broker, with a buy that rests below the market."""

    house: House
    asked: Asked
    symbol: str = ""
    limit_krw: int = 0
    stop: asyncio.Event | None = None
    living: "asyncio.Task[None] | None" = None

    async def live(self) -> None:
        """Start a process, again on what the one before left."""
        self.stop = asyncio.Event()
        self.living = asyncio.create_task(self.house.live(None, self.stop))
        await self.until(lambda: self.house.door.desk and self.house.door.desk.health.serving)

    async def die(self) -> None:
        """End the process here and now."""
        assert self.living is not None
        self.house.lives[-1].kill()
        await self.living

    async def until(self, holds: Callable[[], Any], within_s: float = 120.0) -> None:
        for _ in range(int(within_s / 0.05)):
            if holds():
                return
            await self.house.clock.sleep(0.05)
        raise AssertionError(f"not within {within_s} s: {self.house.log.lines[-20:]}")

    async def rest(self) -> None:
        """Buy below the market."""
        self.symbol = self.house.symbols[0]
        self.limit_krw = ticks.ticks_below(self.house.exchange.last_krw(self.symbol), 40)
        intent = c.Enter(
            intent_id="rests",
            symbol=self.symbol,
            shares=SHARES,
            limit_krw=self.limit_krw,
            stop_krw=ticks.ticks_below(self.limit_krw, 20),
            reason="story",
        )
        await ask(self.house, "KMP", intent, self.asked)
        await self.until(lambda: self.order.broker_id)

    @property
    def order(self) -> Order:
        desk = self.house.door.desk
        assert desk is not None
        return next(iter(desk.inbox.book.orders.values()))

    @property
    def rows(self) -> list[OrderRow]:
        return self.house.exchange.orders()

    async def amend(self, limit_krw: int, token: str = "operator") -> c.OrderView:
        async with OmsOperator.connect(
            URL, f"token of {token}", token, self.house.door
        ) as operator:
            body = AmendOrder(reason="story", limit_krw=limit_krw)
            return await operator.amend(self.order.order_id, body)

    async def cancel(self) -> c.OrderView:
        async with OmsOperator.connect(
            URL, "token of operator", "operator", self.house.door
        ) as operator:
            return await operator.cancel(self.order.order_id, c.OperatorAction(reason="story"))

    def go_wrong(self, *faults: dict[str, Any]) -> None:
        calls = ("order_rvsecncl",)
        self.house.served.faults.add(read_faults(list(faults), "story", calls))

    def sent(self) -> int:
        return sum(not change.is_cancel for change in self.house.left.changes)

    def disagreements(self) -> list[str]:
        desk = self.house.door.desk
        assert desk is not None
        self.house.served.pump.catch_up()
        ledger = ledger_of(self.house, self.asked, Done(), Foreigners(), desk.inbox.book)
        looks = [look for look in INVARIANTS if look is not acts_are_done_once_and_signed]
        return [what for look in looks for what in look(ledger)]  # the acts here are the test's


def play(
    tell: Callable[[Played], Awaitable[None]], folder: Path, disagreements: Sequence[str] = ()
) -> None:
    """Tell a story on a loop whose time passes by itself, and compare the books at its end."""
    dead: list[Life] = []

    async def told() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, TapeLoop)
        make_mortal(loop)
        loop.set_exception_handler(lambda *_: None)
        async with open_house(STORY, folder) as house:
            played = Played(house, Asked())
            await played.live()
            await played.rest()
            await tell(played)
            await house.clock.sleep(40.0)
            assert played.disagreements() == list(disagreements)
            assert played.stop is not None
            assert played.living is not None
            played.stop.set()
            await played.living
            dead.extend(house.lives)

    with asyncio.Runner(loop_factory=TapeLoop) as runner:
        runner.run(told())
    forget(dead)


def test_a_modify_gives_another_number_and_a_cancel_goes_to_that_one(tmp_path: Path) -> None:
    async def tell(played: Played) -> None:
        first, lower_krw = played.order.broker_id, ticks.ticks_below(played.limit_krw, 2)
        shown = await played.amend(lower_krw)
        assert (shown.amending, shown.limit_krw) == (True, played.limit_krw)
        await played.until(lambda: played.order.limit_krw == lower_krw)
        assert played.order.broker_id != first
        assert len(played.order.numbers) == 2
        assert [row.change for row in played.rows] == ["new", "modify"]
        await played.amend(played.limit_krw, "KMP")  # a strategy amends its own
        await played.until(lambda: len(played.order.numbers) == 3)
        with pytest.raises(OmsRefused, match="approved for a limit"):
            await played.amend(ticks.ticks_above(played.limit_krw, 1))
        with pytest.raises(OmsRefused, match="403"):
            await played.amend(lower_krw, "KPR")
        await played.cancel()
        await played.until(lambda: not played.order.is_open)
        assert int(played.rows[-1].original or 0) == int(played.order.broker_id or 0)
        assert played.rows[-2].remaining == 0

    play(tell, tmp_path)


@pytest.mark.parametrize("shares", [3, SHARES], ids=["in part", "whole"])
def test_a_fill_may_win_the_race_against_a_modify(tmp_path: Path, shares: int) -> None:
    async def tell(played: Played) -> None:
        played.go_wrong({"kind": "change_raced", "call": "order_rvsecncl", "shares": shares})
        await played.amend(ticks.ticks_below(played.limit_krw, 2))
        await played.until(lambda: played.order.filled == shares)
        await played.until(lambda: not played.order.amending)
        if shares == SHARES:
            assert played.order.state == "FILLED"
            assert [row.rejected for row in played.rows] == [0, SHARES]
        else:
            assert [row.remaining for row in played.rows] == [0, SHARES - shares]
            assert played.order.remaining == SHARES - shares
            await played.cancel()
            await played.until(lambda: not played.order.is_open)

    play(tell, tmp_path)


@pytest.mark.parametrize("notices", ["heard", "lost"])
def test_a_modify_whose_answer_is_lost_is_found_and_not_sent_again(
    tmp_path: Path, notices: str
) -> None:
    async def tell(played: Played) -> None:
        played.go_wrong({"kind": "reply_lost", "call": "order_rvsecncl"})
        if notices == "lost":
            played.go_wrong({"kind": "notice_lost", "news": "accepted", "times": 9})
        lower_krw = ticks.ticks_below(played.limit_krw, 2)
        await played.amend(lower_krw)
        await played.until(lambda: played.order.limit_krw == lower_krw)
        assert not played.order.changed_externally
        assert played.sent() == 1
        assert len(played.order.numbers) == 2

    play(tell, tmp_path)


def test_a_modify_that_never_arrived_is_given_up_and_may_be_asked_again(tmp_path: Path) -> None:
    async def tell(played: Played) -> None:
        played.go_wrong({"kind": "request_lost", "call": "order_rvsecncl"})
        lower_krw = ticks.ticks_below(played.limit_krw, 2)
        await played.amend(lower_krw)
        await played.until(lambda: played.order.modify is Modify.UNKNOWN)
        with pytest.raises(OmsRefused, match="being amended already"):
            await played.amend(lower_krw)
        await played.until(lambda: played.order.modify is Modify.NONE)
        assert (played.order.limit_krw, len(played.rows)) == (played.limit_krw, 1)
        await played.amend(lower_krw)
        await played.until(lambda: played.order.limit_krw == lower_krw)
        assert played.sent() == 2

    play(tell, tmp_path)


def test_a_cancel_waits_for_a_modify_that_nobody_answered_even_through_a_death(
    tmp_path: Path,
) -> None:
    async def tell(played: Played) -> None:
        played.go_wrong(
            {"kind": "reply_lost", "call": "order_rvsecncl"},
            {"kind": "notice_lost", "news": "accepted", "times": 9},
        )
        await played.amend(ticks.ticks_below(played.limit_krw, 2))
        await played.until(lambda: len(played.rows) == 2)
        await played.cancel()
        assert played.order.amending
        assert len(played.house.left.changes) == 1
        await played.die()
        await played.live()
        await played.until(lambda: not played.order.is_open)
        assert (played.sent(), len(played.house.left.changes)) == (1, 2)
        assert int(played.house.left.changes[-1].broker_id) == int(played.rows[1].odno)

    play(tell, tmp_path)


def test_somebody_who_modifies_past_the_oms_is_followed_and_shown(tmp_path: Path) -> None:
    async def tell(played: Played) -> None:
        lower_krw = ticks.ticks_below(played.limit_krw, 3)
        first = played.rows[0]
        now_ns = played.house.exchange.now_ns
        played.house.exchange.modify(now_ns, first.odno, first.order_type, lower_krw)
        await played.until(lambda: played.order.limit_krw == lower_krw)
        assert played.order.changed_externally
        assert played.sent() == 0
        await played.cancel()
        await played.until(lambda: not played.order.is_open)

    # The books say of the one that never left from here that it is there.
    play(tell, tmp_path, ["a modify of (1001, 98800) is 1 times at the exchange, left 0"])
