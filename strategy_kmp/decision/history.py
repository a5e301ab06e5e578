"""What is known of a symbol before the open: its trend, and what is usual at this hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from kis_core.market.baselines import MinuteBaselines
from kis_core.market.events import Bar, DailyBar
from kis_core.market.indicators import sma
from kis_core.market.instants import MINUTE_NS, midnight_ns, shifted
from strategy_kmp.decision.rules import HistoryRules, ScanRules
from strategy_kmp.decision.times import NORMAL_OPEN, late_open_min
from strategy_runtime.contract import MinuteDay, Session


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend anchor as of the previous close."""

    ok: bool
    previous_close_krw: int
    sma_fast_krw: float
    sma_slow_krw: float
    turnover_krw: float  # mean daily value of the last days


def trend(
    bars: Sequence[DailyBar],
    previous: Session,
    today: str,
    rules: HistoryRules,
    turnover_days: int,
) -> Trend | str:
    """Return the trend anchor, or why there is none.

    Days without a trade carry a close that nobody paid, and today's row is not over: both are left
    out, whatever order the rows come in.
    """
    days = sorted(
        (bar for bar in bars if bar.volume > 0 and bar.date < today), key=lambda bar: bar.date
    )
    if len(days) < rules.daily_closes_min:
        return f"{len(days)} daily closes of {rules.daily_closes_min}"
    if days[-1].date != previous.date:
        return f"daily bars end on {days[-1].date}, the last session was {previous.date}"
    closes = [day.close_krw for day in days]
    fast, slow = sma(closes, rules.sma_fast_days), sma(closes, rules.sma_slow_days)
    now, before, anchor = fast[-1], fast[-2], slow[-1]
    if now is None or before is None or anchor is None:
        return f"{len(closes)} daily closes are too few for the averages"
    values = [
        day.close_krw * day.volume if day.value_krw is None else day.value_krw
        for day in days[-turnover_days:]
    ]
    return Trend(
        ok=closes[-1] > now and now >= before and now >= anchor,
        previous_close_krw=closes[-1],
        sma_fast_krw=now,
        sma_slow_krw=anchor,
        turnover_krw=sum(values) / len(values),
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual: medians over the last days, aligned on each day's own open."""

    value_krw: float  # of the opening window
    volumes: Mapping[int, float]  # shares by minute since the open
    days: int

    def volume(self, minute: int) -> float | None:
        """Return the usual shares of a minute since the open; None where it was not profiled."""
        return self.volumes.get(minute)


def baseline(
    symbol: str,
    days: Sequence[MinuteDay],
    past: Sequence[Session],
    rules: HistoryRules,
    scan: ScanRules,
) -> Baseline | str:
    """Return the baseline of past minutes, or why there is none.

    A day without a single trade was a halt, not a quiet day, and is left out.
    """
    late = {session.date: late_open_min(session) for session in past}
    known = sorted(
        (day for day in days if day.minutes and day.date in late), key=lambda day: day.date
    )
    if len(known) < rules.days_min:
        return f"{len(known)} days of minutes of {rules.days_min}"
    volumes, values = MinuteBaselines(rules.volume_days), MinuteBaselines(rules.value_days)
    for day in known:
        bars = _aligned(symbol, day, late[day.date])
        volumes.add_day(bars)
        values.add_day(bars)
    value = values.value_krw(NORMAL_OPEN, shifted(NORMAL_OPEN, scan.opening_min))
    if not value:
        return "nothing usually trades in the opening window"
    opened = NORMAL_OPEN.hour * 60
    profile = {
        minute: usual
        for minute in range(rules.profile_min)
        if (usual := volumes.volume(opened + minute))
    }
    return Baseline(value, profile, len(known))


def _aligned(symbol: str, day: MinuteDay, late_min: int) -> list[Bar]:
    """Return a day's minutes as bars, moved to where they would be had it opened at 09:00."""
    midnight = midnight_ns(date.fromisoformat(day.date))
    return [
        Bar(symbol, "KRX", midnight + (minute - late_min) * MINUTE_NS, o, h, low, c, volume)
        for minute, o, h, low, c, volume in day.minutes
    ]


def spans(past: Sequence[Session], days: int, minutes: int) -> tuple[tuple[str, str, str], ...]:
    """Return the first minutes of the last sessions as spans to ask for."""
    return tuple((session.date, *_opening(session, minutes)) for session in past[-days:])


def _opening(session: Session, minutes: int) -> tuple[str, str]:
    opened: time = shifted(NORMAL_OPEN, late_open_min(session))
    last = shifted(opened, minutes - 1)
    return f"{opened:%H:%M}", f"{last:%H:%M}"


def opening_spans(today: Session, minutes: int) -> tuple[tuple[str, str, str], ...]:
    """Return today's opening range as a span to ask for."""
    return ((today.date, *_opening(today, minutes)),)


def bars_of(symbol: str, day: MinuteDay) -> list[Bar]:
    """Return a day's minutes as bars where they were."""
    return _aligned(symbol, day, 0)
