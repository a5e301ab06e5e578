"""The pillars of confidence: investors, by day and within it, and programs.

The investor pillar has two parts. (a) The daily flow: foreigners' and institutions' net shares of
T-1 to T-5, known before the open. (b) KIS's estimate of today's, used from its own time on; its age
is the time since that. What today's says goes before what last week's said:

    estimate      daily            verdict
    none          any              the daily one
    NEUTRAL       any              the daily one
    STRONG        DISTRIBUTE       CONFLICT: today's buyers stand against the week's sellers
    any other     any              the estimate's

With neither it is UNAVAILABLE. Only an estimate grows stale; the daily flow is of yesterday by its
nature, and having no estimate is not the same as having an old one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from kis_core.market.instants import SECOND_NS, instant_ns
from kis_core.wire.quotes.flow_replies import InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import StockProgram
from strategy_kpr.decision.rules import FlowRules

Flow = Literal["STRONG", "NEUTRAL", "CONFLICT", "DISTRIBUTE", "UNAVAILABLE"]
ProgramLean = Literal["ACCUMULATE", "NEUTRAL", "DISTRIBUTE", "STALE", "UNAVAILABLE"]


@dataclass(frozen=True, slots=True)
class Investors:
    """The investor pillar as of an instant."""

    verdict: Flow
    daily: Flow
    estimate: Flow
    age_s: float | None  # since the estimate's own time; None without one
    stale: bool


def verdict(foreign: int | None, institution: int | None) -> Flow:
    """Return what net shares of the two groups say.

    One group alone says nothing about agreement: NEUTRAL.
    """
    if foreign is None and institution is None:
        return "UNAVAILABLE"
    if foreign is None or institution is None:
        return "NEUTRAL"
    if foreign > 0 and institution > 0:
        return "STRONG"
    if foreign < 0 and institution < 0:
        return "DISTRIBUTE"
    return "CONFLICT" if foreign * institution < 0 else "NEUTRAL"


def daily_flow(days: Sequence[InvestorDay], sessions: Sequence[str]) -> Flow:
    """Return what the last sessions' flows say; `sessions` are their dates, T-1 last.

    A session that is not told makes the sum unknown: UNAVAILABLE. Today's row is not looked at.
    """
    known = {day.date: day for day in days}
    foreign = institution = 0
    for session in sessions:
        day = known.get(session)
        if day is None or day.foreign is None or day.institution is None:
            return "UNAVAILABLE"
        if day.foreign.net is None or day.institution.net is None:
            return "UNAVAILABLE"
        foreign += day.foreign.net
        institution += day.institution.net
    return verdict(foreign, institution) if sessions else "UNAVAILABLE"


def estimate_ns(estimate: InvestorEstimate, on: date) -> int:
    """Return when an estimate is of, in ns."""
    return instant_ns(on, time.fromisoformat(estimate.time))


def investors(
    daily: Flow, estimates: Sequence[InvestorEstimate], on: date, now_ns: int, rules: FlowRules
) -> Investors:
    """Return the investor pillar as of an instant. An estimate of a later time is not known yet."""
    told = [each for each in estimates if estimate_ns(each, on) <= now_ns]
    if not told:
        return Investors(daily, daily, "UNAVAILABLE", None, False)
    newest = max(told, key=lambda each: each.time)
    today = verdict(newest.foreign, newest.institution)
    age_s = (now_ns - estimate_ns(newest, on)) / SECOND_NS
    return Investors(
        combined(daily, today), daily, today, age_s, stale=age_s > rules.estimate_stale_s
    )


def combined(daily: Flow, estimate: Flow) -> Flow:
    """Return the verdict of both parts, as the table above says."""
    if estimate in ("UNAVAILABLE", "NEUTRAL"):
        return daily if daily != "UNAVAILABLE" else estimate
    return "CONFLICT" if estimate == "STRONG" and daily == "DISTRIBUTE" else estimate


@dataclass(frozen=True, slots=True)
class Program:
    """What was read of a symbol's program trading. `row` None: there was none today."""

    at_ns: int
    row: StockProgram | None


def program_lean(program: Program | None, now_ns: int, rules: FlowRules) -> ProgramLean:
    """Return which way programs lean: their net shares over all shares traded today.

    Never read is UNAVAILABLE; read, but longer ago than its time to live, is STALE.
    """
    if program is None:
        return "UNAVAILABLE"
    if now_ns - program.at_ns > rules.program_ttl_s * SECOND_NS:
        return "STALE"
    row = program.row
    if row is None:
        return "NEUTRAL"
    if row.net is None or row.cum_volume <= 0:
        return "UNAVAILABLE"
    share = row.net / row.cum_volume
    if share >= rules.program_lean:
        return "ACCUMULATE"
    return "DISTRIBUTE" if share <= -rules.program_lean else "NEUTRAL"
