"""When what happens on a given day. Pure.

The rules give times of a normal day. On a day that opens late, what is counted from the open moves
along with it; on one that closes late, the flattening does.
"""

from dataclasses import dataclass
from datetime import date, time

from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns
from strategy_kmp.decision.rules import Rules
from strategy_runtime.contract import Session, TradingDay

NORMAL_OPEN = time(9)
NORMAL_CLOSE = time(15, 30)
CLOSING_AUCTION_NS = 10 * MINUTE_NS
OVER_NS = 5 * MINUTE_NS  # after the close nothing more can happen to a position


@dataclass(frozen=True, slots=True)
class Times:
    """Instants of one day, in ns."""

    day: date
    open_ns: int
    scan_ns: int  # the opening range is over
    ask_ns: int  # its bars can be asked for
    scan_over_ns: int  # who has not answered is late
    entry_ns: int
    cutoff_ns: int
    flatten_ns: int
    auction_ns: int  # the closing auction begins
    close_ns: int
    over_ns: int

    def minutes_since_entry(self, now_ns: int) -> float:
        """Return minutes since entries opened, 0 before."""
        return max(0.0, (now_ns - self.entry_ns) / MINUTE_NS)


def times_of(day: TradingDay, rules: Rules) -> Times:
    """Return the instants of a day under the rules."""
    on = date.fromisoformat(day.date)
    open_ns, close_ns = day.session.open_ns, day.session.close_ns
    late_open = open_ns - instant_ns(on, NORMAL_OPEN)
    late_close = close_ns - instant_ns(on, NORMAL_CLOSE)
    scan_ns = instant_ns(on, rules.scan.at) + late_open
    ask_ns = scan_ns + rules.scan.delay_s * SECOND_NS
    return Times(
        day=on,
        open_ns=open_ns,
        scan_ns=scan_ns,
        ask_ns=ask_ns,
        scan_over_ns=ask_ns + rules.scan.patience_s * SECOND_NS,
        entry_ns=instant_ns(on, rules.gates.entry_from) + late_open,
        cutoff_ns=instant_ns(on, rules.switches.entry_cutoff) + late_open,
        flatten_ns=instant_ns(on, rules.exits.flatten_at) + late_close,
        auction_ns=close_ns - CLOSING_AUCTION_NS,
        close_ns=close_ns,
        over_ns=close_ns + OVER_NS,
    )


def late_open_min(session: Session) -> int:
    """Return how many minutes after 09:00 a session opened."""
    opened = instant_ns(date.fromisoformat(session.date), NORMAL_OPEN)
    return (session.open_ns - opened) // MINUTE_NS
