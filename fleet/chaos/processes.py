"""Runs in which the OMS is a process of its own, killed by the kernel.

`python -m oms`, its relay and the broker simulator talk over the loopback; a supervisor starts the
OMS again on the same journal. What is asked, what goes wrong and when it is killed come from the
seed. The moments themselves are the machine's: the same seed tries the same again, it does not
take the same steps.
"""

import asyncio
import contextlib
import datetime as dt
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.orders import OrderRow
from fleet.chaos.house import CASH_KRW, DAY
from fleet.chaos.ledger import BrokerBooks, Ledger
from fleet.chaos.mishaps import mishaps
from fleet.chaos.operator import Done, cancel_all, clear_up, do_deeds
from fleet.chaos.runs import Run, Violation, looked_at, violation
from fleet.chaos.scene import token_of
from fleet.chaos.story import STRATEGIES, Story, draw_story
from fleet.chaos.strategies import Asked, act_out, ask
from fleet.chaos.trail import unlike
from fleet.overlay import Places, overlay
from fleet.rundir import Run as Folder
from fleet.rundir import draw_secrets, free_ports, write_config
from fleet.supervisor import ChildSpec, Supervisor
from kis_core.clock import KST, SECOND_NS, ScaledClock, ns, write_anchor
from oms.core.book import Book
from oms.journal import JournalError, JournalReader
from oms_client.client import OmsClient, OmsError
from oms_client.contract import Heartbeat

SPEED = 30.0
LASTING_S = 180  # of the market
SETTLE_S = 90.0
BEAT_S = 20.0
LOOKS = 12  # at what has settled, some seconds apart: the last one counts
KILLS_MAX = 4
FLAGS = " --processes"


@dataclass
class Street:
    """What is seen of a run from outside. Fits `fleet.chaos.scene.Scene`."""

    story: Story
    folder: Folder
    clock: ScaledClock
    url: str
    sim_url: str
    oms_id: str
    market: Exchange  # the same day as the simulator plays, without an account
    door: None = None
    killed: list[float] = field(default_factory=list)

    @cached_property
    def symbols(self) -> list[str]:
        """Return the symbols that are traded."""
        return sorted(self.market.day.instruments)[: self.story.symbols]

    @property
    def journal(self) -> Path:
        """Return where the OMS keeps its journal."""
        return self.folder.home / "oms" / f"{self.oms_id}.db"

    def last_krw(self, symbol: str) -> int:
        """Return the last price, in KRW."""
        self.market.advance(self.clock.now_ns())
        return self.market.last_krw(symbol)

    def book(self) -> Book | None:
        """Return the book that the journal makes, read beside the OMS."""
        try:
            reader = JournalReader(self.journal)
        except JournalError:
            return None
        book, after = Book(), 0
        try:
            while rows := reader.rows(after=after, direction="out"):
                for row in rows:
                    book.apply(row.output)
                after = rows[-1].seq
        finally:
            reader.close()
        return book

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the simulator's own door."""
        async with httpx.AsyncClient(base_url=self.sim_url, trust_env=False, timeout=20) as http:
            return (await http.request(method, path, json=body)).raise_for_status().json()


def play_processes(seed: int, url: str) -> Run:
    """Play one seed with processes; `url` is of a migrated database. Raises FleetError."""
    story = _shortened(draw_story(seed))
    with tempfile.TemporaryDirectory(prefix="kst-chaos-") as home:
        return asyncio.run(_run(story, Path(home), url))


def _shortened(story: Story) -> Story:
    """Return a story in less time: these runs take the world's."""
    part = LASTING_S / story.lasting_s
    return replace(
        story,
        host="real",
        lasting_s=LASTING_S,
        acts=tuple(replace(act, at_s=act.at_s * part) for act in story.acts),
        deeds=tuple(replace(deed, at_s=deed.at_s * part) for deed in story.deeds),
    )


async def _run(story: Story, home: Path, url: str) -> Run:
    asked, done = Asked(), Done()
    async with _street(story, home, url) as (street, supervisor):
        await street.sim("POST", "/sim/faults", {"faults": _written(street)})
        async with asyncio.TaskGroup() as acting:
            beating = acting.create_task(_beat(street))
            living = (act_out(street, asked), do_deeds(street, done), _kill(street, supervisor))
            await asyncio.gather(*living)
            bitten = await street.sim("DELETE", "/sim/faults")
            await _settle(street, asked, done)
            violations = await _settled(street, asked, done, supervisor)
            beating.cancel()
        await supervisor.stop()
        ledger = await _ledger(street, asked, done, supervisor)
    account = street.folder.secrets["SIM_ACCOUNT_NO"].partition("-")[0]
    for what in await unlike(url, street.oms_id, account, street.journal, ledger.rows):
        violations.append(violation(story.seed, "postgresql_is_the_journal", what, FLAGS))
    faults = Counter(str(bite["kind"]) for bite in bitten["bites"])
    return Run(
        seed=story.seed,
        faults=sum(faults.values()),
        kills=len(street.killed),
        orders=len(ledger.at_broker),
        state=sha256(ledger.rows[-1].hash or b"").hexdigest()[:16],
        hits={
            "faults": dict(faults),
            "kills": {"SIGKILL": len(street.killed)},
            "intents": dict(asked.kinds),
            "executions": dict(asked.hows),
            "acts": dict(done.duties),
        },
        violations=violations,
        log=_log(home) if violations else [],
    )


def _written(street: Street) -> list[dict[str, Any]]:
    symbols = street.symbols
    return [fault.told() for fault in mishaps(street.story, symbols)]


@contextlib.asynccontextmanager
async def _street(story: Story, home: Path, url: str) -> AsyncIterator[tuple[Street, Supervisor]]:
    """Start the broker and the relay, then the OMS; yield what is seen, and who minds the OMS."""
    day = GeneratedDay(DAY, story.day_seed)
    sim, sim_ws, relay, oms = free_ports(4)
    begins_ns = ns(dt.datetime.combine(DAY, dt.time(), KST)) + story.start_s * SECOND_NS
    here, anchor = "127.0.0.1", home / "clock.json"
    logs = home / "logs"
    places = Places(here, sim, sim_ws, here, relay, here, oms, here, home, anchor, logs)
    values = {
        name: dict(keys) for name, keys in overlay(places, day, begins_ns, SPEED, None).items()
    }
    oms_id = f"process_{story.seed}"
    values["collector"]["symbols"] = sorted(day.instruments)[: story.symbols]
    risk = {"unknown_sector": "allow", "vi_cooldown_s": 20, "spread_bp_max": None}
    values["oms"] |= {"oms_id": oms_id, "risk": risk}
    tokens = {f"OMS_TOKEN_{name}": token_of(name) for name in STRATEGIES}
    tokens["OMS_TOKEN_OPERATOR"] = token_of("operator")
    folder = Folder(home, home / "config", draw_secrets() | tokens)
    write_config(folder.config, values)
    write_anchor(anchor, begins_ns, SPEED, running=False)
    env = {**folder.secrets, "DATABASE_URL": url}
    async with AsyncExitStack() as stack:
        beside, minding = Supervisor(home / "beside", _silent), Supervisor(home, _silent)
        stack.push_async_callback(beside.stop)
        stack.push_async_callback(minding.stop)
        for name, package, port, by in (
            ("sim", "broker_sim", sim, beside),
            ("collector", "collector", relay, beside),
            ("oms", "oms", oms, minding),
        ):
            argv = folder.argv(sys.executable, package)
            await by.start(ChildSpec(name, argv, f"http://{here}:{port}/livez", env))
        write_anchor(anchor, begins_ns, SPEED, running=True)
        yield (
            Street(
                story,
                folder,
                ScaledClock(anchor),
                f"http://{here}:{oms}",
                f"http://{here}:{sim}",
                oms_id,
                Exchange(day, AccountRules(CASH_KRW, 140), day.seed),
            ),
            minding,
        )


def _silent(_: str) -> None:
    """Say nothing: what happened to the processes stands in the supervisor's events."""


async def _beat(street: Street) -> None:
    """Say for every strategy that it lives."""
    while True:
        for name in STRATEGIES:
            async with OmsClient.connect(street.url, token_of(name), name) as client:
                with contextlib.suppress(OmsError):
                    await client.heartbeat(Heartbeat())
        await street.clock.sleep(BEAT_S)


async def _kill(street: Street, supervisor: Supervisor) -> None:
    """Kill the OMS at the seed's moments, whatever it is doing then."""
    dice = random.Random(f"kill {street.story.seed}")
    times = sorted(dice.uniform(3, LASTING_S) for _ in range(dice.randint(1, KILLS_MAX)))
    begin_ns = street.clock.now_ns()
    for at_s in times:
        await street.clock.sleep_until(begin_ns + int(at_s * SECOND_NS))
        process = supervisor.children[0].process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # its `kill` would take the watcher's news
                street.killed.append(at_s)


async def _settle(street: Street, asked: Asked, done: Done) -> None:
    """Let everything come to rest: the operator clears up, strategies ask again."""
    async with httpx.AsyncClient(base_url=street.url, trust_env=False) as http:
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if (await http.get("/readyz")).status_code == 200:
                    break
            await asyncio.sleep(0.1)
    await clear_up(street, done)
    await street.clock.sleep(SETTLE_S / 2)
    await cancel_all(street, set(street.symbols), done)
    for (strategy_id, _), intent in asked.intents.items():
        if (strategy_id, intent.intent_id) in asked.answers:
            await ask(street, strategy_id, intent, asked)
    await street.clock.sleep(SETTLE_S / 2)


async def _settled(
    street: Street, asked: Asked, done: Done, supervisor: Supervisor
) -> list[Violation]:
    """Look until everything holds, or long enough: time goes on while somebody looks."""
    violations: list[Violation] = []
    for _ in range(LOOKS):
        ledger = await _ledger(street, asked, done, supervisor)
        violations = looked_at(street.story.seed, ledger, FLAGS)
        if not violations:
            break
        await street.clock.sleep(SETTLE_S / 6)
    return violations


async def _ledger(street: Street, asked: Asked, done: Done, supervisor: Supervisor) -> Ledger:
    state = await street.sim("GET", "/sim/state")
    told = [{**row, "accepted_ns": None, "updated_ns": row["placed_ns"]} for row in state["orders"]]
    books = BrokerBooks(
        msgspec.convert(told, list[OrderRow]),
        dict(state["holdings"]),
        state["start_cash_krw"],
        state["cash_krw"],
    )
    return Ledger(street.journal, asked, done, books, fell=_fell(supervisor))


def _fell(supervisor: Supervisor) -> list[str]:
    """Return how the OMS ended otherwise than by our hand."""
    told = [str(event["what"]) for event in supervisor.events]
    return [what for what in told if what.startswith("died") and "signal 9" not in what]


def _log(home: Path) -> list[str]:
    lines: list[str] = []
    for file in sorted((home / "logs").glob("oms*")):
        lines += file.read_text(errors="replace").splitlines()[-2_000:]
    return lines
