"""When what happens on a given day. Pure.

The rules give times of a normal day. What is counted from the open moves with a late open, what
leads to the close with a late close; the selection is asked for at its hour whatever the session.
"""

from dataclasses import dataclass
from datetime import date, time

from kis_core.market.bars import bucket_ns
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns
from strategy_nulrimok.decision.rules import Rules
from strategy_runtime.contract import Session, TradingDay

NORMAL_OPEN = time(9)
NORMAL_CLOSE = time(15, 30)
CLOSING_AUCTION_NS = 10 * MINUTE_NS
CLOSING_PRINT_NS = 3 * MINUTE_NS  # an auction that a VI extends prints at 15:32
OVER_NS = 10 * MINUTE_NS  # after the close nothing more can happen to a position


@dataclass(frozen=True, slots=True)
class Times:
    """Instants of one day, in ns. `ends` are those of the session's 30-minute bars, ascending."""

    day: date
    artifact_ns: int
    open_ns: int
    close_ns: int
    entry_ns: int
    entry_end_ns: int
    reversal_ns: int
    reversal_end_ns: int
    close_from_ns: int
    close_until_ns: int
    auction_ns: int
    over_ns: int
    ends: tuple[int, ...]

    def due_ns(self, end_ns: int, delay_s: int) -> int:
        """Return from when on the bar that ends then can be asked for."""
        wait_ns = CLOSING_PRINT_NS if end_ns >= self.close_ns else 0
        return end_ns + wait_ns + delay_s * SECOND_NS


def times_of(day: TradingDay, rules: Rules) -> Times:
    """Return the instants of a day under the rules."""
    on = date.fromisoformat(day.date)
    open_ns, close_ns = day.session.open_ns, day.session.close_ns
    late_open = open_ns - instant_ns(on, NORMAL_OPEN)
    late_close = close_ns - instant_ns(on, NORMAL_CLOSE)
    return Times(
        day=on,
        artifact_ns=instant_ns(on, rules.artifact.since),
        open_ns=open_ns,
        close_ns=close_ns,
        entry_ns=instant_ns(on, rules.entry.since) + late_open,
        entry_end_ns=instant_ns(on, rules.entry.until) + late_close,
        reversal_ns=open_ns + rules.reversal.after_open_s * SECOND_NS,
        reversal_end_ns=open_ns + rules.reversal.until_open_s * SECOND_NS,
        close_from_ns=instant_ns(on, rules.exits.close_from) + late_close,
        close_until_ns=instant_ns(on, rules.exits.close_until) + late_close,
        auction_ns=close_ns - CLOSING_AUCTION_NS,
        over_ns=close_ns + OVER_NS,
        ends=bar_ends(day.session, rules.bars.minutes),
    )


def bar_ends(session: Session, minutes: int) -> tuple[int, ...]:
    """Return when a session's longer bars end; the last one with the session itself."""
    ends: list[int] = []
    at_ns = session.open_ns
    while at_ns < session.close_ns:
        at_ns = min(bucket_ns(at_ns, minutes)[1], session.close_ns)
        ends.append(at_ns)
    return tuple(ends)


def sessions_held(entered: date, day: TradingDay) -> int:
    """Return how many sessions have begun since the one of the entry: 0 on its own day.

    A session further back than those known counts as the oldest known one's eve.
    """
    if entered.isoformat() >= day.date:
        return 0
    return 1 + sum(session.date > entered.isoformat() for session in day.past)
