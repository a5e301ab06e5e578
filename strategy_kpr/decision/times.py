"""When what happens on a given day. Pure.

The rules give times of a normal day. On a day that opens late, what is counted from the open moves
along with it; on one that closes late, the ends do: of setups, of entries, and the flattening.
Lunch and KIS's estimates go by the clock.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, time

from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns
from strategy_kpr.decision.rules import Rules
from strategy_runtime.contract import TradingDay

NORMAL_OPEN = time(9)
NORMAL_CLOSE = time(15, 30)
CLOSING_AUCTION_NS = 10 * MINUTE_NS
OVER_NS = 5 * MINUTE_NS  # after the close nothing more can happen to a position


@dataclass(frozen=True, slots=True)
class Times:
    """Instants of one day, in ns."""

    open_ns: int
    setups_ns: int
    late_ns: int  # no setup is found from here on, and what is entered is late
    entries_over_ns: int
    lunch_ns: tuple[int, int]
    hours: tuple[tuple[int, int, float], ...]  # from, to, multiple
    estimates_ns: tuple[int, ...]
    micro_ns: int  # length of a micro-window
    flatten_ns: int
    auction_ns: int  # the closing auction begins
    close_ns: int
    over_ns: int

    def lunch(self, at_ns: int) -> bool:
        """Whether an instant is in the lunch hours."""
        return self.lunch_ns[0] <= at_ns < self.lunch_ns[1]

    def late(self, at_ns: int) -> bool:
        """Whether an entry is late."""
        return at_ns >= self.late_ns

    def micro(self, at_ns: int) -> bool:
        """Whether investor estimates have just been refreshed."""
        newest = self.refreshed(at_ns)
        return newest is not None and at_ns < newest + self.micro_ns

    def refreshed(self, at_ns: int) -> int | None:
        """Return when estimates were refreshed last; None before the first time."""
        place = bisect_right(self.estimates_ns, at_ns)
        return self.estimates_ns[place - 1] if place else None


def times_of(day: TradingDay, rules: Rules) -> Times:
    """Return the instants of a day under the rules."""
    on = date.fromisoformat(day.date)
    open_ns, close_ns = day.session.open_ns, day.session.close_ns
    late_open = open_ns - instant_ns(on, NORMAL_OPEN)
    late_close = close_ns - instant_ns(on, NORMAL_CLOSE)

    def at(clock: time) -> int:
        return instant_ns(on, clock) + late_open

    def until(clock: time) -> int:
        return instant_ns(on, clock) + late_close

    windows, flow = rules.windows, rules.flow
    return Times(
        open_ns=open_ns,
        setups_ns=at(windows.setups_from),
        late_ns=until(windows.setups_to),
        entries_over_ns=until(windows.entries_to),
        lunch_ns=(instant_ns(on, windows.lunch_from), instant_ns(on, windows.lunch_to)),
        hours=tuple((at(hour.begins), at(hour.ends), hour.mult) for hour in rules.size.hours),
        estimates_ns=tuple(instant_ns(on, each) for each in flow.estimate_times),
        micro_ns=rules.tiers.micro_s * SECOND_NS,
        flatten_ns=until(rules.exits.flatten_at),
        auction_ns=close_ns - CLOSING_AUCTION_NS,
        close_ns=close_ns,
        over_ns=close_ns + OVER_NS,
    )
