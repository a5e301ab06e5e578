"""Runs: one seed played to its end, or many side by side, and what they came to."""

import asyncio
import gc
import multiprocessing
import os
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from broker_sim.exchange.fault_kinds import Kind as Fault
from broker_sim.exchange.orders import OrderRow
from fleet.chaos.house import CASH_KRW, House, open_house
from fleet.chaos.invariants import ACCOUNT, INVARIANTS
from fleet.chaos.ledger import BrokerBooks, Ledger
from fleet.chaos.life import Life, make_mortal
from fleet.chaos.operator import Done, cancel_all, clear_up, do_deeds, resolve_drift
from fleet.chaos.story import CUTS, DUTIES, HOWS, KINDS, POINTS, TRADES, Story, draw_story
from fleet.chaos.stranger import Foreigners, trade_beside, withdraw
from fleet.chaos.strategies import Asked, act_out, ask
from fleet.chaos.tape_loop import TapeLoop
from fleet.chaos.trail import unlike
from kis_core.clock import SECOND_NS
from oms.core.book import Book
from oms.core.order import UNSETTLED, Cancel
from oms.journal import JournalReader

SETTLE_S = 150.0  # of the market, without faults: lost orders are looked up, balances agree
CHUNK = 100  # seeds a process plays before a fresh one takes over
GAP_S = 1.0
CALM_TIMES = 30  # gaps at most, until what is on its way has arrived
COMPARED_S = 60.0  # after so long two balances have been compared with what was filled
RESOLVE_TIMES = 3  # the operator looks at the drift, and resolves what there is
EVERY: Mapping[str, Sequence[str]] = {
    "faults": tuple(Fault),
    "kills": POINTS,
    "intents": KINDS,
    "executions": HOWS,
    "acts": DUTIES,
    "foreign": TRADES,
    "database": CUTS,
}
"""Everything that may befall a run or be done in it."""
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
    """What came of one seed. `hits` counts, by kind, what befell it and what was done in it."""

    seed: int
    faults: int
    kills: int
    orders: int
    state: str = ""  # a hash of the journal and of the broker's books as they ended
    hits: dict[str, dict[str, int]] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


def play(seed: int, log: bool = False, url: str | None = None, postgres: bool = False) -> Run:
    """Play one seed in this process. `url`: of a migrated database for the runs that have one;
    with `postgres` every run does."""
    random.seed(seed)
    story = draw_story(seed, postgres=postgres)
    with tempfile.TemporaryDirectory(prefix="kst-chaos-", dir=ROOM) as folder:
        dead: list[Life] = []
        with asyncio.Runner(loop_factory=TapeLoop) as runner:
            run = runner.run(_run(story, Path(folder), dead, log, url))
        forget(dead)
    if postgres:
        repeat = [replace(v, reproduce=f"{v.reproduce} --postgres") for v in run.violations]
        return replace(run, violations=repeat)
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


async def _run(story: Story, folder: Path, dead: list[Life], log: bool, url: str | None) -> Run:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TapeLoop)
    make_mortal(loop)
    loop.set_exception_handler(lambda *_: None)
    asked, done, who = Asked(), Done(), Foreigners()
    async with open_house(story, folder, url) as house:
        oms = asyncio.create_task(_lives(house, asked, done, who))
        async with asyncio.TaskGroup() as acting:
            acting.create_task(act_out(house, asked))
            acting.create_task(do_deeds(house, done))
            acting.create_task(trade_beside(house, who))
        violations = await oms
        rows = house.exchange.orders()
        hits: dict[str, Mapping[str, int]] = {
            "faults": Counter(str(bite.kind) for bite in house.served.faults.plan.bites),
            "kills": Counter[str](house.deaths),
            "intents": asked.kinds,
            "executions": asked.hows,
            "acts": done.duties,
            "foreign": who.trades,
            "database": house.database.gate.broke if house.database else {},
        }
        dead += house.lives
        return Run(
            seed=story.seed,
            faults=sum(hits["faults"].values()),
            kills=house.kills,
            orders=sum(row.change == "new" for row in rows),
            state=_state(house, rows),
            hits={name: dict(kinds) for name, kinds in hits.items()},
            violations=violations,
            log=house.log.lines if log or violations else [],
        )


def _state(house: House, rows: Sequence[OrderRow]) -> str:
    reader = JournalReader(house.journal_path)
    try:
        last = reader.rows(after=reader.last_seq() - 1)
    finally:
        reader.close()
    told = sha256(last[0].hash or b"" if last else b"")
    told.update(msgspec.json.encode(rows))
    return told.hexdigest()[:16]


async def _lives(house: House, asked: Asked, done: Done, who: Foreigners) -> list[Violation]:
    """Let the OMS live and die as the story says; then settle, and look at everything."""
    story, loop = house.story, asyncio.get_running_loop()
    assert isinstance(loop, TapeLoop)
    never, until_s = asyncio.Event(), loop.time() + story.lasting_s
    warning = asyncio.create_task(_go_wrong(house))
    for death in story.deaths:
        stop = asyncio.Event()
        living = asyncio.create_task(house.live(death, stop))
        await asyncio.wait([living], timeout=max(0.0, until_s - loop.time()))
        stop.set()
        await living
        await house.clock.sleep(death.away_s)
    while story.stops_cleanly or loop.time() < until_s:
        stop = asyncio.Event()
        living = asyncio.create_task(house.live(None, stop))
        await asyncio.wait([living], timeout=max(5.0, until_s - loop.time()))
        stop.set()
        await living
        await house.clock.sleep(GAP_S)
        if loop.time() >= until_s:
            break
    await warning
    house.served.faults.plan.clear()
    if house.database is not None:
        house.database.gate.mend()
    last = asyncio.create_task(house.live(None, never))
    settling = asyncio.create_task(_settle(house, asked, done, who))
    await asyncio.wait([last, settling], return_when=asyncio.FIRST_COMPLETED)
    violations: list[Violation] = []
    if last.done():
        settling.cancel()
        why = house.fell[-1] if house.fell else "ended"
        violations.append(violation(story.seed, "the_oms_does_not_fall_by_itself", why))
        await asyncio.wait([settling])
        return violations
    await settling
    book = house.book()
    assert book is not None
    violations += looked_at(story.seed, ledger_of(house, asked, done, who, book))
    never.set()
    await last
    if house.database is not None:
        ledger = ledger_of(house, asked, done, who, None)
        database = (house.database.url, house.oms_id, ACCOUNT, ledger.path, ledger.rows)
        for what in loop.outside(unlike(*database)):
            violations.append(violation(story.seed, "postgresql_is_the_journal", what))
    return violations


async def _settle(house: House, asked: Asked, done: Done, who: Foreigners) -> None:
    """Let everything come to rest: the operator clears up, strangers go, strategies ask again."""
    end_ns = house.clock.now_ns() + int(SETTLE_S * SECOND_NS)
    await house.clock.sleep(SETTLE_S / 10)
    withdraw(house, who)
    await clear_up(house, done)
    if who.symbols:
        await house.clock.sleep(SETTLE_S / 10)
        await cancel_all(house, who.symbols, done)
        for _ in range(RESOLVE_TIMES):
            await house.clock.sleep(SETTLE_S / 5)
            await resolve_drift(house, done)
    await house.clock.sleep_until(end_ns)
    for (strategy_id, _), intent in asked.intents.items():
        if (strategy_id, intent.intent_id) in asked.answers:
            await ask(house, strategy_id, intent, asked)
    for _ in range(RESOLVE_TIMES):
        if _is_settled(house, who.symbols):
            break
        await house.clock.sleep(COMPARED_S)
        await resolve_drift(house, done)
    for _ in range(CALM_TIMES):
        await house.clock.sleep(GAP_S)
        if _is_calm(house.book()):
            break
    house.served.pump.catch_up()


def _is_settled(house: House, symbols: Iterable[str]) -> bool:
    """Whether the shares of symbols that strangers trade too are compared and explained."""
    book = house.book()
    assert book is not None
    held = {line.symbol: line.shares for line in house.exchange.holdings()}
    for listing in map(book.listing, symbols):
        known = held.get(listing.symbol, 0) == listing.allocated + listing.drift
        if not known or listing.frozen or listing.drift not in (0, listing.acknowledged):
            return False
    return True


def _is_calm(book: Book | None) -> bool:
    """Whether nothing is between us and the broker: a stop may fire at any moment, this one too."""
    assert book is not None
    return not any(
        order.state in UNSETTLED
        or order.cancel is not Cancel.NONE
        or order.amending
        or order.limit_krw is None  # it fills at any moment, and is told of a little later
        for order in book.open_orders.values()
    )


async def _go_wrong(house: House) -> None:
    """Let the first life begin in peace: a token takes a minute to come by."""
    for _ in range(20):
        if house.door.desk is not None and house.door.desk.health.serving:
            break
        await house.clock.sleep(0.25)
    house.go_wrong()


def ledger_of(house: House, asked: Asked, done: Done, who: Foreigners, book: Book | None) -> Ledger:
    exchange = house.exchange
    holdings = {line.symbol: line.shares for line in exchange.holdings() if line.shares}
    return Ledger(
        path=house.journal_path,
        asked=asked,
        done=done,
        broker=BrokerBooks(exchange.orders(), holdings, CASH_KRW, exchange.cash().settled_krw),
        left=house.left.orders,
        changed=house.left.changes,
        strangers=frozenset(who.numbers),
        book=book,
        fell=house.fell + house.door.failed,
    )


def looked_at(seed: int, ledger: Ledger, flags: str = "") -> list[Violation]:
    """Return what does not hold; `flags` are those of the command that plays the run again."""
    return [
        violation(seed, invariant.__name__, what, flags)
        for invariant in INVARIANTS
        for what in invariant(ledger)
    ]


def violation(seed: int, invariant: str, what: str, flags: str = "") -> Violation:
    """Return a violation, with the command that plays its run again."""
    return Violation(seed, invariant, what, f"kst chaos --seed {seed} --runs 1{flags}")


def play_all(
    seeds: Sequence[int],
    workers: int,
    log: bool,
    tell: Callable[[Run], None],
    url: str | None = None,
    postgres: bool = False,
) -> list[Run]:
    """Play seeds side by side; `tell` hears of each as it ends, the list is in their order.

    A process plays a few and is then replaced, so that nothing of one run reaches far.
    """
    runs: list[Run] = []
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, gc.freeze, maxtasksperchild=CHUNK) as pool:
        for run in pool.imap(partial(play, log=log, url=url, postgres=postgres), seeds):
            tell(run)
            runs.append(run)
    return runs


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what runs came to, as one JSON object: `kinds` counts what befell them by kind,
    `dead` names the kinds that none of them met."""
    kinds = {name: Counter[str]() for name in EVERY}
    for run in runs:
        for name, hits in run.hits.items():
            kinds[name].update(hits)
    return {
        "runs": len(runs),
        "faults": sum(run.faults for run in runs),
        "kills": sum(run.kills for run in runs),
        "orders": sum(run.orders for run in runs),
        "violations": [asdict(each) for run in runs for each in run.violations],
        "kinds": {name: dict(sorted(found.items())) for name, found in kinds.items()},
        "dead": [
            f"{name}: {kind}" for name, every in EVERY.items() for kind in every
            if not kinds[name][kind]
        ],
        "state": sha256("".join(run.state for run in runs).encode()).hexdigest()[:16],
    }  # fmt: skip
