"""A toy that notes whatever a trade's price says, and a day of its journal."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, ClassVar

from kis_core.market.events import Timer, Trade
from kis_core.market.instants import SECOND_NS, instant_ns
from strategy_runtime.contract import (
    Entered,
    Factor,
    Filter,
    Lenient,
    Missed,
    Note,
    Reduced,
    RoundTrip,
    Said,
    Session,
    Step,
    StrategyEvent,
    TradingDay,
)
from strategy_runtime.journal import Journal
from strategy_runtime.report import DayFiles
from strategy_runtime.restore import rules_text
from strategy_runtime.turns import FORMAT, Head, output_of, turn_of
from tests.strategy_runtime.toys import Counted, Toy

SYMBOL = "005930"


def session(day: str) -> Session:
    on = date.fromisoformat(day)
    return Session(day, instant_ns(on, time(9)), instant_ns(on, time(15, 30)))


def trading_day(day: str, *past: str) -> TradingDay:
    return TradingDay(session(day), tuple(session(each) for each in past))


def at_ns(day: str, at: str) -> int:
    return instant_ns(date.fromisoformat(day), time.fromisoformat(at))


def entered(day: str, at: str, trip: str, entry_krw: float = 10_000.0) -> Entered:
    return Entered(
        trip, SYMBOL, "반도체", "dip", at_ns(day, at), 30, entry_krw, 9_800, "toy-1", 0.75, False,
        (Factor("surge", 3.5, 2.5, 0.4),),
        (Filter("spread", 0.004, 0.001, True, 75.0), Filter("lunch", None, "12:10", True)),
        (("base_risk", 0.01), ("size_mult", 0.8), ("raw", 42), ("final", 30), ("cap", "adtv")),
        (("equity_krw", 100_000_000), ("drawdown", "full")),
        (("answered", 12.5), ("filled", None)),
    )  # fmt: skip


def trip(day: str, at: str, trip_id: str, exit_krw: float | None = 10_150.0, **more: Any) -> Any:
    return RoundTrip(
        trip_id, SYMBOL, "반도체", "dip", more.pop("entered_ns", at_ns(day, "09:20:00")),
        at_ns(day, at), 30, 10_000.0, exit_krw, more.pop("stop_krw", 9_800), "dip", "stall", 600,
        3_900, 6_000, 0.65, 200.0, -50.0, 1.0, -0.25, (("bound_by", "adtv"), *more.items()),
    )  # fmt: skip


def missed(day: str, at: str, stop: int | None, target: int | None, price: int = 10_000) -> Missed:
    return Missed(
        SYMBOL, at_ns(day, at), "dip", "sector", "two are held", "late", 0.6, price, stop, target,
        (Filter("sector", 2, 2, False, 0.0),), ("000660", "042700"),
    )  # fmt: skip


def a_day(day: str) -> list[Note]:
    """One note of each kind, and a line for the log."""
    return [
        Said("Starting"),
        Lenient(SYMBOL, at_ns(day, "09:16:00"), "MIN_SURGE", 2.6, 3.0),
        Lenient("000660", at_ns(day, "09:17:00"), "MIN_SURGE", None, 3.0),
        Lenient(SYMBOL, at_ns(day, "11:30:00"), "LUNCH_BLOCK", "11:30", "11:20"),
        entered(day, "09:20:00", f"TOY:{day}:1"),
        Reduced(f"TOY:{day}:1", SYMBOL, at_ns(day, "09:40:00"), 10, 20, "target"),
        missed(day, "09:20:30", 9_900, 10_200),
        trip(day, "09:50:10", f"TOY:{day}:1"),
    ]


class Noting(Toy):
    """Tells the next of its notes at every timer."""

    notes: Sequence[Note] = ()

    def decide(self, state: Counted, event: StrategyEvent) -> Step[Counted]:
        if isinstance(event, Timer) and state.timers < len(self.notes):
            state.timers += 1
            state.now_ns = event.at_ns
            return Step(state, notes=(Said("next"), self.notes[state.timers - 1]))
        if isinstance(event, Timer):
            state.timers += 1
        return super().decide(state, event) if isinstance(event, Trade) else Step(state)

    def funnel(self, state: Counted) -> Mapping[str, Any]:
        told = min(state.timers, len(self.notes))
        return {
            "date": "whenever",
            "mode": "permissive",
            "gates": [
                {"gate": "universe", "reached": 9, "passed": 9, "stopped": 0},
                {"gate": "noted", "reached": 9, "passed": told, "stopped": 9 - told},
            ],
            "stopped": {"spread": {"symbols": 1, "by_time": {"09:16": 1}}},
            "health": {"problems": ["index unknown"], "trades_heard": state.trades},
        }


def noting(notes: Sequence[Note], every: int = 3) -> Noting:
    toy = Noting(every)
    object.__setattr__(toy, "notes", tuple(notes))  # what it does, not what it decides by
    return toy


class Day:
    """A day's journal, written as the shell writes it. `made` are those to be closed."""

    made: ClassVar[list["Day"]] = []

    def __init__(self, folder: Path, day: TradingDay, toy: Noting) -> None:
        self.toy, self.day = toy, day
        self.files = DayFiles(folder, toy.name, day.date)
        self.state = toy.open(day)
        self.journal = Journal.open(self.files.journal)
        self.turns = 0
        begun = day.session.open_ns
        self.journal.append(Head(FORMAT, toy.name, day, rules_text(toy), begun, None))
        self.journal.flush()
        self.made.append(self)

    def tell(self, count: int = 1) -> "Day":
        for _ in range(count):
            event = Timer(self.day.session.open_ns + (self.turns + 1) * SECOND_NS)
            step = self.toy.decide(self.state, event)
            self.journal.append(turn_of(self.turns, event, output_of(step)))
            self.turns += 1
        self.journal.flush()
        return self

    def report(self) -> "Day":
        at = self.day.session.open_ns + self.turns * SECOND_NS
        self.files.write(self.toy, self.state, at, {"turns": self.turns})
        return self


def close_all() -> None:
    while Day.made:
        Day.made.pop().journal.close()


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
