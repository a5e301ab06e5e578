"""How whole the research store is, and whether the next trade date can be served from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from kis_core.market.calendar import TradingCalendar
from strategy_nulrimok.research.missing import Coverage, completed_sessions, coverage
from strategy_nulrimok.research.rows import KOSPI
from strategy_nulrimok.research.store import ResearchMissing, ResearchStore

READY_BARS, PARTIAL_BARS = 280, 50  # of KOSPI: a year of volatility percentiles; the average of 50
FLOWS_MIN = 10  # sessions of flow that a name needs

Readiness = Literal["READY", "PARTIAL", "MISSING"]


@dataclass(frozen=True, slots=True)
class Health:
    """The store as it would be read for a trade date. `why_not` empty: it can be served."""

    trade_date: date
    first: date  # first and last session that the coverage is about
    last: date
    counts: Mapping[str, int]
    regime: Readiness
    kospi: Coverage
    daily: tuple[Coverage, ...]
    flow: tuple[Coverage, ...]
    current: int  # symbols that have the last session's bar, and flows enough with its own
    fx_days: int
    listed: int  # symbols with a market cap
    why_not: tuple[str, ...]

    @property
    def gaps(self) -> tuple[tuple[str, Coverage], ...]:
        """Return what has holes, the dataset with each."""
        parts = [("daily", one) for one in self.daily] + [("flow", one) for one in self.flow]
        return tuple((name, one) for name, one in [("index", self.kospi), *parts] if one.holes)


def readiness(bars: int) -> Readiness:
    """Return whether so many days of KOSPI make a regime."""
    return "READY" if bars >= READY_BARS else "PARTIAL" if bars >= PARTIAL_BARS else "MISSING"


async def health(
    store: ResearchStore,
    calendar: TradingCalendar,
    trade_date: date,
    days: int,
    sectors: Mapping[str, str],
    share_min: float,
    first: date | None = None,
) -> Health:
    """Return how whole the store is for a trade date, `days` calendar days back.

    `first`: no earlier than that. `share_min`: of the symbols that must be current for it to be
    served, 0 to 1. Raises CalendarError.
    """
    last = calendar.previous(trade_date)
    counts = await store.counts()
    try:
        research = await store.read(trade_date, days, sectors)
    except ResearchMissing as missing:
        nothing = coverage(KOSPI, (), ())
        why = (str(missing),)
        return Health(trade_date, last, last, counts, "MISSING", nothing, (), (), 0, 0, 0, why)
    asked = map(_day, research.calendar)
    sessions = tuple(day for day in asked if first is None or day >= first)
    kospi = coverage(KOSPI, sessions, {_day(day.date) for day in research.kospi})
    daily, flow, current, listed = [], [], 0, 0
    for symbol, name in research.names.items():
        bars = {_day(bar.date) for bar in name.bars}
        flows = {_day(day.date) for day in name.flows if day.foreign_krw is not None}
        daily.append(coverage(symbol, sessions, bars))
        flow.append(coverage(symbol, sessions, flows))
        current += last in bars and last in flows and len(flows) >= FLOWS_MIN
        listed += name.market_cap_krw is not None
    regime = readiness(len(research.kospi))
    why_not = []
    if regime == "MISSING":
        why_not.append(f"KOSPI has {len(research.kospi)} days: expected {PARTIAL_BARS} at least")
    elif kospi.last != last:
        why_not.append(f"KOSPI ends on {kospi.last}: expected the last session, {last}")
    if current < share_min * len(sectors):
        why_not.append(
            f"{current} of {len(sectors)} symbols have bars and flows up to {last}:"
            f" expected {share_min:.0%} at least"
        )
    return Health(
        trade_date, sessions[0] if sessions else last, last, counts, regime, kospi, tuple(daily),
        tuple(flow), current, len(research.fx or ()), listed, tuple(why_not),
    )  # fmt: skip


def next_trade_date(calendar: TradingCalendar, now: datetime) -> date:
    """Return the session whose research comes next: the one after the last completed one."""
    return calendar.next(completed_sessions(calendar, now, 1)[0])


def as_json(found: Health) -> dict[str, Any]:
    """Return it as plain JSON values."""
    return {
        "trade_date": found.trade_date.isoformat(),
        "servable": not found.why_not,
        "why_not": list(found.why_not),
        "regime": found.regime,
        "kospi": _coverage(found.kospi),
        "sessions": [found.first.isoformat(), found.last.isoformat()],
        "counts": dict(found.counts),
        "symbols": len(found.daily),
        "current": found.current,
        "listed": found.listed,
        "fx_days": found.fx_days,
        "gaps": [{"dataset": name} | _coverage(one) for name, one in found.gaps],
    }


def _coverage(one: Coverage) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "expected": one.expected,
        "there": one.there,
        "first": one.first and one.first.isoformat(),
        "last": one.last and one.last.isoformat(),
        "holes": [[first.isoformat(), last.isoformat()] for first, last in one.holes],
    }


def _day(text: str) -> date:
    return date.fromisoformat(text)
