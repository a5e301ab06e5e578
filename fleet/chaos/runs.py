"""Runs: one seed played to its end, or many side by side, and what they came to."""

import asyncio
import gc
import multiprocessing
import os
import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from fleet.chaos.house import House, open_house
from fleet.chaos.invariants import INVARIANTS, Ledger
from fleet.chaos.life import Life, make_mortal
from fleet.chaos.story import Story, draw_story
from fleet.chaos.strategies import Asked, act_out, ask
from fleet.chaos.tape_loop import TapeLoop

SETTLE_S = 150.0  # of the market, without faults: lost orders are looked up, balances agree
CHUNK = 25  # seeds a process plays before a fresh one takes over
GAP_S = 1.0
ROOM = "/dev/shm" if os.path.isdir("/dev/shm") else None
"""Where journals are: what a death leaves is copied, so the disk itself has nothing to add."""


@dataclass(frozen=True)
class Violation:
    """An invariant that did not hold."""

    seed: int
    invariant: str
    what: str
    reproduce: str


@dataclass(frozen=True)
class Run:
    """What came of one seed."""

    seed: int
    faults: int
    kills: int
    orders: int
    violations: list[Violation] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


def play(seed: int, log: bool = False) -> Run:
    """Play one seed in this process."""
    random.seed(seed)
    with tempfile.TemporaryDirectory(prefix="kst-chaos-", dir=ROOM) as folder:
        dead: list[Life] = []
        with asyncio.Runner(loop_factory=TapeLoop) as runner:
            run = runner.run(_run(draw_story(seed), Path(folder), dead, log))
        forget(dead)
    return run


def forget(dead: list[Life]) -> None:
    """Let go of what the dead were doing: they would complain that nobody lets them finish."""
    heard = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with warnings.catch_warnings(action="ignore"):
            while dead:
                dead.pop().forget()
            gc.collect()
    finally:
        sys.unraisablehook = heard


async def _run(story: Story, folder: Path, dead: list[Life], log: bool) -> Run:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TapeLoop)
    make_mortal(loop)
    loop.set_exception_handler(lambda *_: None)
    asked = Asked()
    async with open_house(story, folder) as house:
        oms = asyncio.create_task(_lives(house, asked))
        await act_out(house, asked)
        violations = await oms
        bites = len(house.served.faults.plan.bites)
        orders = sum(row.change == "new" for row in house.exchange.orders())
        kills = house.kills
        dead += house.lives
        lines = house.log.lines if log or violations else []
    return Run(story.seed, bites, kills, orders, violations, lines)


async def _lives(house: House, asked: Asked) -> list[Violation]:
    """Let the OMS live and die as the story says; then settle, and look at everything."""
    story, loop = house.story, asyncio.get_running_loop()
    never, until_s = asyncio.Event(), loop.time() + story.lasting_s
    warning = asyncio.create_task(_go_wrong(house))
    for death in story.deaths:
        stop = asyncio.Event()
        living = asyncio.create_task(house.live(death, stop))
        await asyncio.wait([living], timeout=max(0.0, until_s - loop.time()))
        stop.set()
        await living
        await house.clock.sleep(death.away_s)
    if story.stops_cleanly or loop.time() < until_s:
        stop = asyncio.Event()
        living = asyncio.create_task(house.live(None, stop))
        await asyncio.wait([living], timeout=max(5.0, until_s - loop.time()))
        stop.set()
        await living
        await house.clock.sleep(GAP_S)
    await warning
    house.served.faults.plan.clear()
    last = asyncio.create_task(house.live(None, never))
    await asyncio.wait([last], timeout=SETTLE_S)
    violations = []
    if last.done():
        violations.append(_violation(story.seed, "the_oms_does_not_fall_by_itself", house.fell[-1]))
    else:
        for (strategy_id, _), intent in asked.intents.items():
            if (strategy_id, intent.intent_id) in asked.answers:
                await ask(house, strategy_id, intent, asked)
        await house.clock.sleep(GAP_S)
        desk = house.door.desk
        assert desk is not None
        house.served.pump.catch_up()
        violations += _looked_at(Ledger(house, asked, desk.inbox.book))
    never.set()
    await last
    return violations


async def _go_wrong(house: House) -> None:
    """Let the first life begin in peace: a token takes a minute to come by."""
    for _ in range(20):
        if house.door.desk is not None and house.door.desk.health.serving:
            break
        await house.clock.sleep(0.25)
    house.go_wrong()


def _looked_at(ledger: Ledger) -> list[Violation]:
    seed = ledger.house.story.seed
    return [
        _violation(seed, invariant.__name__, what)
        for invariant in INVARIANTS
        for what in invariant(ledger)
    ]


def _violation(seed: int, invariant: str, what: str) -> Violation:
    return Violation(seed, invariant, what, f"kst chaos --seed {seed} --runs 1")


def play_all(
    seeds: Sequence[int], workers: int, log: bool, tell: Callable[[Run], None]
) -> list[Run]:
    """Play seeds side by side; `tell` hears of each as it ends, the list is in their order.

    A process plays a few and is then replaced, so that nothing of one run reaches far.
    """
    runs: list[Run] = []
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, maxtasksperchild=CHUNK) as pool:
        for run in pool.imap(partial(play, log=log), seeds):
            tell(run)
            runs.append(run)
    return runs


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what runs came to, as one JSON object."""
    return {
        "runs": len(runs),
        "faults": sum(run.faults for run in runs),
        "kills": sum(run.kills for run in runs),
        "orders": sum(run.orders for run in runs),
        "violations": [asdict(each) for run in runs for each in run.violations],
    }
