"""Living through the days: one journal, one account, and whatever the plan says happens to both."""

import asyncio
import datetime as dt
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import structlog

from broker_sim.exchange.faults import FaultPlan
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, serve
from fleet.chaos.house import CASH_KRW, KEYS, House, Left, Log, settings
from fleet.chaos.life import make_mortal
from fleet.chaos.runs import forget
from fleet.chaos.story import Story
from fleet.chaos.tape_loop import LoopClock, TapeLoop
from fleet.days.checks import Evening, Figures, Tally, grown
from fleet.days.day import Day
from fleet.days.market import Market, Remembering, few_bars
from fleet.days.plan import DAY_S, FIRST, DayPlan, draw_days
from kis_core.clock import SECOND_NS, kst
from kis_core.market.instants import midnight_ns
from oms import recover
from oms.core.limits import Limits
from oms.journal import Journal
from oms.settings import OmsSettings
from oms.verify import verify

PUMP_S = 5.0
ROOM = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
ROUNDS = {"history_s": 20.0, "history_idle_s": 150.0, "balance_s": 120.0, "marks_s": 60.0}
LOSS_PCT = 0.0015  # of the day's start: small enough that some days are halted
MEASURED_FROM = 4  # the first day that memory is compared with: caches are warm


@dataclass
class Days:
    """What came of the days."""

    seed: int
    dates: list[str] = field(default_factory=list)
    restarts: int = 0
    kills: int = 0
    orders: int = 0
    halts: int = 0
    ended: int = 0  # strategies' days
    stops_fired: int = 0
    reconciled: int = 0  # days that agreed with the broker to the won
    late: int = 0  # of them, confirmed on a later day
    pnl_krw: int = 0
    figures: list[Figures] = field(default_factory=list)
    journal_rows: int = 0
    fold_us: float = 0.0  # per output
    folded_s: float = 0.0
    violations: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return asdict(self)


def means() -> tuple[OmsSettings, Limits]:
    """Return the house's settings: asked less often, halted sooner, KMP flat before the close."""
    ours, limits = settings()
    budgets = dict(limits.budgets)
    budgets["KMP"] = msgspec.structs.replace(budgets["KMP"], flatten_s=59 * 60)
    rounds = ours.rounds.model_copy(update=ROUNDS)
    changed = msgspec.structs.replace(
        limits, budgets=budgets, daily_loss_warn_pct=LOSS_PCT, daily_loss_halt_pct=LOSS_PCT
    )
    return ours.model_copy(update={"rounds": rounds}), changed


def live_through(
    seed: int,
    days: int,
    data: Path | None = None,
    first: dt.date = FIRST,
    tell: Callable[[str], None] = lambda _: None,
) -> Days:
    """Live through so many trading days in this process; `data` is the folder of real data."""
    random.seed(seed)
    with tempfile.TemporaryDirectory(prefix="kst-days-", dir=ROOM) as folder:
        home = Path(folder)
        bars = few_bars(data, home / "data") if data is not None else None
        with asyncio.Runner(loop_factory=TapeLoop) as runner:
            return runner.run(_Run(seed, home, bars, tell).through(draw_days(seed, days, first)))


class _Run:
    """The journal and the account that go on from day to day."""

    def __init__(
        self, seed: int, folder: Path, bars: Path | None, tell: Callable[[str], None]
    ) -> None:
        self._came = Days(seed)
        self._folder = folder
        self._market = Market(seed, bars)
        self._tally = Tally()
        self._tell = tell
        self._ends = 0  # lives over; the next one goes on in their last folder
        self._oms_id = ""
        self._before: Evening | None = None
        self._dice = random.Random(f"days {seed}")

    async def through(self, plans: list[DayPlan]) -> Days:
        """Play the days; then read the whole journal again."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, TapeLoop)
        make_mortal(loop)
        loop.set_exception_handler(lambda *_: None)
        clock = LoopClock(loop, midnight_ns(plans[0].date))
        for plan in plans:
            await self._day(plan, clock)
        self._look_back(len(plans))
        return self._came

    def _wrong(self, when: str, what: str) -> None:
        self._came.violations.append(f"{when}: {what}")
        self._tell(f"{when}: {what}")

    async def _day(self, plan: DayPlan, clock: LoopClock) -> None:
        midnight, market, seed = midnight_ns(plan.date), self._market, self._came.seed
        await clock.sleep_until(midnight + plan.begins_s * SECOND_NS)
        exchange = market.open(plan.date)
        options = Options(
            KEYS, "real", seed, Layout.MID, 18, pump_s=PUMP_S, faults=FaultPlan(seed=seed)
        )
        quiet = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
        async with serve(exchange, clock, options, quiet, clock) as served:
            house = House(
                Story(seed, seed, 0, 0, 0, 0.0, plan.acts, (), stops_cleanly=True),
                self._folder,
                clock,
                exchange,
                served,
                Left(),
                Log(clock),
                self._dice,
                ends=self._ends,
                means=means(),
                account_of=lambda account: Remembering(account, market.past),
            )
            shutil.rmtree(house.home / "tokens", ignore_errors=True)  # another broker's by now
            date = plan.date.isoformat()
            day = Day(
                plan,
                house,
                market,
                self._tally,
                self._before,
                midnight,
                lambda what: self._wrong(date, what),
            )
            await day.play()
            exchange.advance(midnight + (DAY_S - 1) * SECOND_NS)
            market.close(exchange)
        self._keep(day)
        forget(house.lives)

    def _keep(self, day: Day) -> None:
        """Take over what the next day needs of this one."""
        came = self._came
        came.dates.append(day.plan.date.isoformat())
        came.restarts += day.restarts
        came.kills += day.house.kills
        if day.figures is not None:
            came.figures.append(day.figures)
        self._ends, self._before = day.house.ends, day.evening
        self._oms_id = day.house.oms_id
        self._tell(f"{came.dates[-1]}: {day.restarts} lives, {day.figures}")

    def _look_back(self, days: int) -> None:
        """Say what the days came to, and hold the whole journal against itself."""
        came, tally = self._came, self._tally
        path = self._folder / f"{self._ends}" / "journal.db"
        tally.read(path)
        came.journal_rows, came.orders = tally.seq, len(tally.sent)
        came.halts, came.stops_fired = tally.halts, tally.stops_fired
        came.ended = len(tally.ended)
        agreed = [told for told in tally.reconciled.values() if not told.differences]
        came.reconciled = len(agreed)
        came.late = sum(kst(told.at_ns).date().isoformat() > told.date for told in agreed)
        if self._before is not None:
            came.pnl_krw = self._before.equity_krw - CASH_KRW
        for difference in verify(path).differences:
            self._wrong("journal", f"turn {difference.number}: {difference.cause}")
        journal = Journal.open(path)
        try:
            outputs = sum(1 for _ in journal.outputs())
            began = time.perf_counter()
            recover.folded(journal, self._oms_id, "sim")
            took_s = time.perf_counter() - began
        finally:
            journal.close()
        came.folded_s = round(took_s, 3)
        came.fold_us = round(took_s / max(1, outputs) * 1e6, 2)
        for what in grown(came.figures, MEASURED_FROM, days):
            self._wrong("memory", what)
