"""Where institutions' cost basis begins, and the volume-weighted price they have paid since.

Two kinds of anchor: the first day of the newest live run of net buying, and the newest impulse day.
A price counts as accepted where a bar after the anchor day came back to the anchored VWAP; the
anchor's own bar touches its own average and proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from kis_core.market.events import DailyBar
from kis_core.market.indicators import daily_atr_krw
from kis_core.market.vwap import anchored_vwap_krw
from strategy_nulrimok.decision.artifact import Anchor
from strategy_nulrimok.decision.dse_rules import AnchorRules


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchor and its VWAP up to the session before the trade date, in KRW."""

    kind: Anchor
    date: str
    avwap_krw: float
    accepted: bool


def anchored(
    bars: Sequence[DailyBar],
    smart_krw: Sequence[float],
    sessions: Sequence[str],
    rules: AnchorRules,
) -> Anchored | None:
    """Return the newest anchor whose price was accepted, else the newest, else None.

    `smart_krw` is the smart money of each of `sessions` (NaN: not told), of which the last
    `window_sessions` may hold an anchor and the one before tells where a run began.
    """
    found: list[tuple[str, Anchor]] = []
    run = run_start(smart_krw, rules)
    if run is not None and run >= len(sessions) - rules.window_sessions:
        found.append((sessions[run], "FLOW_RUN"))
    impulse = impulse_day(bars, sessions[-rules.window_sessions], rules)
    if impulse is not None:
        found.append((impulse, "IMPULSE"))
    # Newest first; of one date the run, which says who bought.
    tried: list[Anchored] = []
    for date, kind in sorted(found, reverse=True):
        avwap = anchored_vwap_krw(bars, date)
        if avwap is not None:
            tried.append(Anchored(kind, date, avwap, is_accepted(bars, date, avwap, rules)))
    return next((one for one in tried if one.accepted), tried[0] if tried else None)


def run_start(smart_krw: Sequence[float], rules: AnchorRules) -> int | None:
    """Return where the newest live run of net-bought sessions began; None where none lives.

    A run lives while its last session is recent enough and no run of net-sold sessions has
    followed it. A session not told, or with nothing bought on balance, ends a run.
    """
    length = sold = sold_most = 0
    newest: tuple[int, int] | None = None  # first and last session
    for i, smart in enumerate(smart_krw):
        length = length + 1 if smart > 0 else 0
        sold = sold + 1 if smart < 0 else 0
        sold_most = max(sold_most, sold)
        if length >= rules.run_days_min:
            newest, sold_most = (i - length + 1, i), 0
    if newest is None or sold_most >= rules.reversal_days:
        return None
    age = len(smart_krw) - newest[1]  # 1: the session before the trade date
    return newest[0] if age <= rules.run_age_sessions_max else None


def impulse_day(bars: Sequence[DailyBar], first: str, rules: AnchorRules) -> str | None:
    """Return the newest day from `first` on that rose on volume; None without one.

    Its volume exceeds a multiple of the mean of the days before it (itself left out), and it
    closed above the middle of its range.
    """
    days = rules.impulse_mean_days
    for i in range(len(bars) - 1, days - 1, -1):
        bar = bars[i]
        if bar.date < first:
            return None
        before = sum(one.volume for one in bars[i - days : i])
        rose = 2 * bar.close_krw > bar.high_krw + bar.low_krw
        if rose and bar.volume * days > rules.impulse_volume * before:
            return bar.date
    return None


def is_accepted(
    bars: Sequence[DailyBar], anchor: str, avwap_krw: float, rules: AnchorRules
) -> bool:
    """Whether some bar after the anchor day traded near the anchored VWAP."""
    near = rules.acceptance
    return any(
        bar.low_krw <= (1 + near) * avwap_krw and bar.high_krw >= (1 - near) * avwap_krw
        for bar in bars
        if bar.date > anchor and bar.volume > 0
    )


def proximity(close_krw: int, avwap_krw: float) -> float:
    """Return 1 less the distance of a close from the AVWAP, as a ratio of the AVWAP."""
    return 1 - abs(close_krw - avwap_krw) / avwap_krw


def atr30m_krw(bars: Sequence[DailyBar], rules: AnchorRules) -> float | None:
    """Return the range expected of a 30-minute bar, in KRW, from the days' true ranges.

    A range grows with the square root of time. None with fewer than two traded days.
    """
    traded = [bar for bar in bars[-rules.atr_days * 2 :] if bar.volume > 0]
    daily = daily_atr_krw(traded, rules.atr_days)
    return None if daily is None else daily / sqrt(rules.atr_bars_a_day)
