"""What happens on each of the days, drawn from the seed and from nothing else. Pure."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fleet.chaos.story import STRATEGIES, Act, Kind
from kis_core.market.calendar import krx_calendar

FIRST = dt.date(2025, 12, 4)
"""24 sessions from here on hold Christmas, the year's end and its late opening."""
SYMBOLS = 4
ACTS = 14
MINUTE_S = 60
DAY_S = 86_400

Way = Literal["stop", "kill"]
WAYS: tuple[Way, ...] = ("stop", "kill")
_KINDS: tuple[Kind, ...] = (
    *("enter",) * 7, *("reduce",) * 3, *("exit",) * 3, "target", "cancel", "stop",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Restart:
    """The process ends then, in order or not, and comes back after a while."""

    at_s: int  # since midnight
    way: Way
    away_s: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One trading day. The first life begins at `begins_s`, the last ends at `ends_s`."""

    number: int  # from 1
    date: dt.date
    begins_s: int  # since midnight
    looked_s: int  # when the evening's books are looked at
    ends_s: int  # beyond DAY_S it is the next day
    ends: Way
    confirms: bool  # somebody is there after the close to compare the day with the broker
    restarts: tuple[Restart, ...]
    acts: tuple[Act, ...]  # seconds since the opening
    flattens: bool  # the operator sells everything after three hours
    pauses: bool | None  # the operator halts KPR, or resumes it, after the opening


def draw_days(seed: int, days: int, first: dt.date = FIRST) -> list[DayPlan]:
    """Return so many sessions in a row from a date on."""
    calendar = krx_calendar()
    last = calendar.offset(first, days - 1)
    dates = calendar.sessions_between(first, last)
    return [_day(seed, number, date) for number, date in enumerate(dates, 1)]


def _day(seed: int, number: int, date: dt.date) -> DayPlan:
    dice = random.Random(f"day {seed} {number}")
    hours = krx_calendar().hours(date)
    opens_s, closes_s = (t.hour * 3600 + t.minute * 60 for t in (hours.opens, hours.closes))
    begins_s = opens_s - dice.randrange(20, 60) * MINUTE_S
    ends_s = closes_s + dice.randrange(12, 40) * MINUTE_S
    looked_s, ends, confirms = ends_s, dice.choice(WAYS), True
    night: tuple[Restart, ...] = ()
    restarts = [
        Restart(
            dice.randrange(opens_s - 15 * MINUTE_S, closes_s - 2 * MINUTE_S),
            dice.choice(WAYS),
            dice.choice((0, 60, 1_800, 5_400, 9_000)),
        )
        for _ in range(dice.randint(2, 3))
    ]
    match number % 4:
        case 1:  # the time to end a strategy's day passes while nobody is there
            restarts.append(Restart(closes_s - 65 * MINUTE_S, dice.choice(WAYS), 25 * MINUTE_S))
        case 2:  # dies in the closing auction and is not back before the next morning
            looked_s = ends_s = closes_s - dice.randrange(1, 9) * MINUTE_S
            ends, confirms = "kill", False
        case 3:  # is there when midnight comes
            night = (Restart(ends_s, ends, DAY_S - 10 * MINUTE_S - ends_s),)
            looked_s, ends_s = DAY_S - 5 * MINUTE_S, DAY_S + dice.randrange(2, 9) * MINUTE_S
        case _:  # dies before the opening, and just after the close
            restarts.append(Restart(opens_s - dice.randrange(10, 16) * MINUTE_S, "kill", 60))
            restarts.append(Restart(closes_s + dice.randrange(10, 200), "kill", 30))
    return DayPlan(
        number=number,
        date=date,
        begins_s=begins_s,
        looked_s=looked_s,
        ends_s=ends_s,
        ends=ends,
        confirms=confirms,
        restarts=(*_apart(restarts, closes_s), *night),
        acts=tuple(_acts(dice, number, closes_s - opens_s)),
        flattens=number % 7 == 5,
        pauses={3: True, 4: False}.get(number % 8),
    )


def _apart(restarts: list[Restart], closes_s: int) -> Iterator[Restart]:
    """Yield the restarts in order, each back soon enough for the close, and before the next."""
    free_s = 0
    for restart in sorted(restarts, key=lambda restart: restart.at_s):
        soon = restart.at_s + restart.away_s <= closes_s + 4 * MINUTE_S
        away_s = restart.away_s if soon else 20
        if restart.at_s >= free_s:
            yield Restart(restart.at_s, restart.way, away_s)
            free_s = restart.at_s + away_s + 4 * MINUTE_S


def _acts(dice: random.Random, number: int, session_s: int) -> list[Act]:
    times = sorted(dice.uniform(120, session_s - 1_800) for _ in range(ACTS))
    return [
        Act(
            at_s=at_s,
            strategy_id=dice.choice(STRATEGIES),
            intent_id=f"d{number}-{place}",
            kind="enter" if place < 4 else dice.choice(_KINDS),
            symbol=dice.randrange(SYMBOLS),
            krw=dice.choice((600_000, 2_000_000, 5_000_000)),
            limit_bp=dice.choice((-20, 20, 60, 100, 150)),
            stop_bp=dice.choice((50, 150, 400, 900)),
            part=dice.choice((0.3, 0.6, 1.0)),
            tries=dice.choice((4, 10)),
            again_s=None,
            again_id=STRATEGIES[0],
        )
        for place, at_s in enumerate(times)
    ]
