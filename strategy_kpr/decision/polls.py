"""Which minutes of a symbol are known, and how those that are not come to be.

A symbol that is heard knows each minute when it is over, up to a hole of shares that went by. Every
other one is polled: the completed minutes since the last known one, at its tier's pace. A poll that
failed is tried again after seconds and costs no interval. Each minute is looked at once, in order.
"""

from kis_core.market.bars import MissedShares
from kis_core.market.events import Bar
from kis_core.market.heard import GRACE_NS
from kis_core.market.instants import MINUTE_NS, SECOND_NS, minute_start_ns
from strategy_kpr.decision.rules import TierRules
from strategy_kpr.decision.state import Name, State
from strategy_kpr.decision.times import Times
from strategy_runtime.contract import AskMinutes, AskQuote, MinutesRead
from strategy_runtime.decision.minutes import bars_of, clock_of
from strategy_runtime.decision.outbox import Outbox

POLL = "poll"
EXACT = "exact"


def advance(state: State, name: Name) -> None:
    """Take it that time has passed: what is heard is known."""
    if not name.live or state.line.down_ns is not None:
        return
    over = minute_start_ns(state.now_ns - GRACE_NS)
    hole = name.heard.hole
    name.known_ns = max(name.known_ns, over if hole is None else min(over, hole[0]))


def unseen(name: Name) -> list[Bar]:
    """Return the known minutes that have not been looked at, oldest first."""
    found: list[Bar] = []
    for start_ns in reversed(name.heard.bars):
        if start_ns < name.looked_ns:
            break
        if start_ns < name.known_ns:
            found.append(name.heard.bars[start_ns])
    return found[::-1]


def interval_s(name: Name, now_ns: int, times: Times, rules: TierRules) -> int:
    """Return how many seconds lie between two polls of a symbol now."""
    if name.tier == "COLD":
        return rules.cold_s
    return rules.warm_micro_s if times.micro(now_ns) else rules.warm_s


def poll(state: State, name: Name, out: Outbox, rules: TierRules) -> None:
    """Ask for the minutes that are not known, when it is time."""
    now_ns = state.now_ns
    over = min(minute_start_ns(now_ns - rules.settle_s * SECOND_NS), state.times.close_ns)
    if name.known_ns >= over or name.asked is not None:
        return
    last_ns = over - MINUTE_NS
    if name.live:
        hole = name.heard.hole
        if hole is None or hole[1] > last_ns:
            return
        last_ns = hole[1]
        # Once a minute: a line that loses something every minute is the collector's trouble.
        due_ns = name.polled_ns + MINUTE_NS
    else:
        due_ns = name.polled_ns + interval_s(name, now_ns, state.times, rules) * SECOND_NS
    if now_ns < due_ns or not state.questions.may(POLL, name.symbol, now_ns, rules.retry):
        return
    state.health.polls += 1
    ask_id = state.questions.ask(POLL, name.symbol)
    name.asked = (name.known_ns, last_ns)
    span = (state.day.date, clock_of(name.known_ns), clock_of(last_ns))
    out.ask(AskMinutes(ask_id, name.symbol, (span,)))


def on_minutes(state: State, name: Name, read: MinutesRead, rules: TierRules) -> None:
    """Take the answer to a poll."""
    if name.asked is None:
        return
    first_ns, last_ns = name.asked
    name.asked = None
    name.polled_ns = state.now_ns
    state.questions.rest(POLL, name.symbol, 0)
    bars = [bar for day in read.days for bar in bars_of(read.symbol, day)]
    newest = max((bar.start_ns for bar in bars if bar.start_ns <= last_ns), default=0)
    # A minute without a row may not be finished at the broker; later it is one without a trade.
    settled = minute_start_ns(state.now_ns - rules.absent_s * SECOND_NS)
    known_ns = min(max(newest + MINUTE_NS, settled), last_ns + MINUTE_NS)
    if known_ns > first_ns:
        name.heard.on_history(bars, first_ns, known_ns - MINUTE_NS)
        name.known_ns = max(name.known_ns, known_ns)
        name.told_ns = max(name.told_ns, known_ns)


def poll_failed(state: State, name: Name, why: str, rules: TierRules) -> None:
    """Take it that a poll has failed: it is tried again soon, and the interval is not lost."""
    name.asked = None
    state.health.polls_failed += 1
    state.questions.fail(POLL, name.symbol, why, state.now_ns, rules.retry)
    if state.questions.given_up(POLL, name.symbol, rules.retry):
        pause_s = interval_s(name, state.now_ns, state.times, rules)
        state.questions.rest(POLL, name.symbol, state.now_ns + pause_s * SECOND_NS)


def on_missed(name: Name, missed: MissedShares) -> None:
    """Take it that shares went by unheard, before or between prints that are heard.

    Minutes in which nothing was heard since then were not quiet: they are looked at after all.
    """
    if missed.after_ns is not None:
        since_ns = max(minute_start_ns(missed.after_ns) + MINUTE_NS, name.told_ns)
        if since_ns < name.known_ns:
            name.known_ns = name.looked_ns = since_ns
    name.heard.on_missed(missed, name.known_ns)


def lost(name: Name) -> None:
    """Take it that a symbol is heard no more: what is known stays, the rest is polled."""
    name.live = False


def ask_exact(state: State, name: Name, out: Outbox, every_s: int) -> None:
    """Ask for the exchange's own sums, and the symbol's standing with them."""
    if state.now_ns - name.quote_asked_ns < every_s * SECOND_NS:
        return
    name.quote_asked_ns = state.now_ns
    name.quote_due = False
    out.ask(AskQuote(f"{EXACT}-{name.symbol}-{state.now_ns // SECOND_NS}", name.symbol))
