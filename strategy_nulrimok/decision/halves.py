"""The 30-minute bars: made of one-minute bars, and what is usual for them at this hour.

A bar is complete when its time is over, whether or not every minute had a trade; a bucket that is
still forming is never made. One without any trade is no bar at all.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from kis_core.market.bars import merged
from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS
from strategy_nulrimok.decision.rules import BarRules
from strategy_nulrimok.decision.times import bar_ends
from strategy_runtime.contract import MinuteDay, Session
from strategy_runtime.decision.minutes import bars_of, clock_of


@dataclass(frozen=True, slots=True)
class Half:
    """A completed bar and what it is judged beside. KRW and shares; None is unknown."""

    bar: Bar
    traded_ns: int  # end of its last minute with a trade
    usual: float | None  # shares in the same half hour of the last days, median
    sma_krw: float | None  # of the last closes of such bars, this one included

    @property
    def dryness(self) -> float | None:
        """The volume as a share of the usual one."""
        return self.bar.volume / self.usual if self.usual else None


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a symbol: shares by number of the bar since the open."""

    volumes: Mapping[int, float]
    closes: tuple[int, ...]  # of the newest day's bars, in order
    days: int


def halves(
    symbol: str, day: MinuteDay, session: Session, minutes: int
) -> dict[int, tuple[Bar, int]]:
    """Return a day's longer bars by number since the open, each with its last minute's end in ns.

    The closing auction's print belongs to the last one.
    """
    ends = bar_ends(session, minutes)
    parts: dict[int, list[Bar]] = {}
    for bar in sorted(bars_of(symbol, day), key=lambda bar: bar.start_ns):
        if bar.start_ns >= session.open_ns and bar.volume > 0:
            number = min(bisect_right(ends, bar.start_ns), len(ends) - 1)
            parts.setdefault(number, []).append(bar)
    return {
        number: (merged(bars, minutes), bars[-1].start_ns + MINUTE_NS)
        for number, bars in parts.items()
    }


def usual(
    symbol: str, days: Sequence[MinuteDay], past: Sequence[Session], rules: BarRules
) -> Usual | str:
    """Return what the last days made usual, or why nothing is.

    A day without a single trade was a halt and is left out; a half hour without one is none sold.
    """
    sessions = {session.date: session for session in past}
    known = sorted(
        (day for day in days if day.minutes and day.date in sessions), key=lambda day: day.date
    )[-rules.profile_days :]
    if len(known) < rules.profile_days_min:
        return f"{len(known)} days of minutes of {rules.profile_days_min}"
    traded = [halves(symbol, day, sessions[day.date], rules.minutes) for day in known]
    numbers = {number for day in traded for number in day}
    volumes = {
        number: float(median(day[number][0].volume if number in day else 0 for day in traded))
        for number in numbers
    }
    # Yesterday's alone: closes of an older day would put a hole of days into the mean.
    newest = traded[-1] if known[-1].date == past[-1].date else {}
    closes = tuple(newest[number][0].close_krw for number in sorted(newest))
    return Usual(volumes, closes, len(known))


def profile_spans(past: Sequence[Session], rules: BarRules) -> tuple[tuple[str, str, str], ...]:
    """Return the last sessions, whole, as spans to ask for."""
    return tuple(span(one, one.open_ns, one.close_ns) for one in past[-rules.profile_days :])


def span(session: Session, first_ns: int, last_ns: int) -> tuple[str, str, str]:
    """Return the minutes from one that starts at `first_ns` to one that starts at `last_ns`."""
    return (session.date, clock_of(first_ns), clock_of(last_ns))
