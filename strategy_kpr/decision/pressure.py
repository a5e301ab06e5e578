"""Who presses in one minute: the aggressors of its prints, or failing that the bar's own shape."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kis_core.market.events import Bar, Trade
from kis_core.market.instants import MINUTE_NS
from strategy_kpr.decision.rules import PressureRules

NEWEST = 5  # bars that say how busy a symbol is now
Lean = Literal["ACCUMULATE", "NEUTRAL", "DISTRIBUTE"]


@dataclass(frozen=True, slots=True)
class Pressure:
    """A bar's verdict and where it comes from."""

    lean: Lean
    by: Literal["prints", "bar"]
    value: float  # the imbalance, or the close's place in its bar
    surge: bool


class Prints:
    """The newest prints with an aggressor. Auction prints have none and are left out."""

    __slots__ = ("_prints",)

    def __init__(self, most: int) -> None:
        self._prints: deque[tuple[int, int]] = deque(maxlen=most)  # (at ns, signed shares)

    def on_trade(self, trade: Trade) -> None:
        """Take a print."""
        if trade.aggressor:
            self._prints.append((trade.at_ns, trade.aggressor * trade.volume))

    def taken(self, end_ns: int) -> list[int]:
        """Return the signed shares of the prints before an instant, and forget them."""
        before = [shares for at_ns, shares in self._prints if at_ns < end_ns]
        after = [print_ for print_ in self._prints if print_[0] >= end_ns]
        self._prints.clear()
        self._prints.extend(after)
        return before


def surges(bar: Bar, before: Sequence[Bar], rules: PressureRules) -> bool:
    """Whether a bar's volume is far above the mean of the bars before it; False without any."""
    recent = before[-rules.lookback :]
    if not recent:
        return False
    return bar.volume * len(recent) >= rules.surge * sum(each.volume for each in recent)


def pressure(
    bar: Bar, before: Sequence[Bar], prints: Sequence[int], rules: PressureRules
) -> Pressure:
    """Return who pressed in a bar. `before`: the bars before it; `prints`: signed shares."""
    surge = surges(bar, before, rules)
    if len(prints) >= rules.prints_min:
        value = sum(prints) / sum(abs(shares) for shares in prints)
        return Pressure(_by_prints(value, surge, rules), "prints", value, surge)
    span = bar.high_krw - bar.low_krw
    place = (bar.close_krw - bar.low_krw) / span if span else 0.5
    return Pressure(_by_shape(bar, place, surge, rules), "bar", place, surge)


def _by_prints(value: float, surge: bool, rules: PressureRules) -> Lean:
    if value >= rules.imbalance:
        return "ACCUMULATE"
    return "DISTRIBUTE" if value <= -rules.imbalance and surge else "NEUTRAL"


def _by_shape(bar: Bar, place: float, surge: bool, rules: PressureRules) -> Lean:
    if surge and place <= rules.weak:
        return "DISTRIBUTE"
    up = bar.close_krw > bar.open_krw
    return "ACCUMULATE" if place >= rules.strong and (surge or up) else "NEUTRAL"


def activity(bars: Sequence[Bar], rules: PressureRules) -> float:
    """Return how busy a symbol is: mean volume of the newest bars over that of those before.

    0 while there are too few bars to tell. It ranks symbols, it decides nothing.
    """
    late, early = bars[-NEWEST:], bars[-NEWEST - rules.lookback : -NEWEST]
    if not early:
        return 0.0
    usual = sum(bar.volume for bar in early) / len(early)
    return sum(bar.volume for bar in late) / len(late) / usual if usual else 0.0


def expands(bars: Sequence[Bar], multiple: float, rules: PressureRules) -> bool:
    """Whether the newest bar's range is far above the mean range of the bars before it."""
    before = bars[-rules.lookback - 1 : -1]
    if not before:
        return False
    usual = sum(bar.high_krw - bar.low_krw for bar in before) / len(before)
    return usual > 0 and bars[-1].high_krw - bars[-1].low_krw >= multiple * usual


def end_ns(bar: Bar) -> int:
    """Return when a minute is over."""
    return bar.start_ns + MINUTE_NS
