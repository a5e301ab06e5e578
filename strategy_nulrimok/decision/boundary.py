"""The step of each half hour: bars asked for, made, and looked at in order.

A position's bar is looked at as soon as it is there. Those of the others wait for one another, not
for long, so that the best ranked takes the room that is left first. A bar that comes late is
looked at all the same, as of its own time, and recorded as late.
"""

from statistics import fmean

from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from strategy_nulrimok.decision import entry, exits
from strategy_nulrimok.decision.halves import Half, halves, span
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.state import Name, State
from strategy_nulrimok.decision.watch import rotate, watched
from strategy_runtime.contract import AskMinutes, MinutesRead
from strategy_runtime.decision.outbox import Outbox

BARS = "bars"  # of a question's kind, with the number of bars that are over


def on_timer(state: State, out: Outbox, rules: Rules) -> None:
    """Notice that bars are over, ask for them, and look at those that have waited long enough."""
    ends, times = state.times.ends, state.times
    before = state.boundary
    while state.boundary < len(ends) and state.now_ns >= times.due_ns(
        ends[state.boundary], rules.bars.delay_s
    ):
        state.boundary += 1
    if state.boundary > before:
        state.batch_until_ns = state.now_ns + rules.bars.patience_s * SECOND_NS
        state.batch_open = True
    if state.boundary:
        _ask(state, out, rules)
    settle(state, out, rules)


def _ask(state: State, out: Outbox, rules: Rules) -> None:
    upto, ends = state.boundary, state.times.ends
    over = upto == len(ends)
    for name in watched(state):
        if name.first is None:
            # Bars before it was looked at teach, and decide nothing; the newest may.
            name.first = upto - 1
        if name.judged >= upto or (over and not name.trading.holds):
            continue
        kind = f"{BARS}{upto}"
        if not state.questions.may(kind, name.symbol, state.now_ns, rules.bars.retry):
            continue
        first_ns = state.times.open_ns if name.judged == 0 else ends[name.judged - 1]
        last_ns = ends[upto - 1] - (0 if over else MINUTE_NS)
        ask_id = state.questions.ask(kind, name.symbol)
        asked = span(state.day.session, first_ns, last_ns)
        out.ask(AskMinutes(ask_id, name.symbol, (asked,)))


def on_bars(state: State, read: MinutesRead, kind: str, out: Outbox, rules: Rules) -> None:
    """Take minutes: the bars they complete, in order, each as of its own time."""
    upto, ends = int(kind.removeprefix(BARS)), state.times.ends
    name = state.names[read.symbol]
    if name.judged >= upto:
        return
    day = next((day for day in read.days if day.date == state.day.date), None)
    made = {} if day is None else halves(read.symbol, day, state.day.session, rules.bars.minutes)
    newest = made.get(upto - 1)
    settled_ns = ends[upto - 1] + rules.bars.absent_s * SECOND_NS
    whole = newest is not None and newest[1] >= ends[upto - 1]
    if not whole and state.now_ns < settled_ns:
        # The last minute's row may still be on its way: so soon, its absence says nothing.
        state.questions.fail(
            kind, read.symbol, "the last minute is not there yet", state.now_ns, rules.bars.retry
        )
        return
    for number in range(name.judged, upto):
        name.judged = number + 1
        if number in made:
            _take(state, name, number, *made[number], out, rules)
        else:
            state.health.bars_skipped += 1
            out.say("30m bar skipped", name.symbol, bar=number + 1, why="no trade in it")
    settle(state, out, rules)


def _take(
    state: State, name: Name, number: int, bar: Bar, traded_ns: int, out: Outbox, rules: Rules
) -> None:
    health, sma = state.health, rules.bars.sma_bars
    name.closes.append(bar.close_krw)
    before = name.usual.closes if name.usual else ()
    closes = (*before, *name.closes)[-sma:]
    half = Half(
        bar,
        traded_ns,
        name.usual.volumes.get(number) if name.usual else None,
        fmean(closes) if len(closes) == sma else None,
    )
    name.half = half
    near = _is_near(name, bar.close_krw, rules.watch.near_bar)
    if near != name.near:
        name.near, state.listen_stale = near, True
    health.bars += 1
    teaches = name.first is not None and number < name.first
    late_s = (state.now_ns - state.times.ends[number]) / SECOND_NS
    if not teaches and late_s > rules.bars.late_s and number + 1 < len(state.times.ends):
        health.bars_late += 1
        longest = health.late_symbols.get(name.symbol, 0.0)
        health.late_symbols[name.symbol] = max(longest, round(late_s, 1))
        out.say("30m bar late", name.symbol, late_s=round(late_s, 1), bar=number + 1)
    if name.trading.holds:
        exits.on_bar(state, name, half, out, rules, decides=not teaches)
    elif not teaches:
        state.batch.setdefault(name.symbol, []).append(half)


def near_by_print(state: State, name: Name, price_krw: int, rules: Rules) -> None:
    """Notice that a print comes near the AVWAP: heard first, and not exchanged."""
    if not name.near and _is_near(name, price_krw, rules.watch.near_print):
        name.near = state.listen_stale = True


def _is_near(name: Name, price_krw: int, within: float) -> bool:
    avwap = name.candidate.avwap_ref_krw if name.candidate else None
    return avwap is not None and abs(price_krw - avwap) < within * avwap


def settle(state: State, out: Outbox, rules: Rules) -> None:
    """Look at the bars that waited for one another, best rank first; then exchange who is due."""
    if not state.batch and not state.batch_open:
        return
    waiting = state.now_ns < state.batch_until_ns and any(
        name.judged < state.boundary for name in watched(state) if not name.trading.holds
    )
    if waiting:
        return
    ranks = {symbol: rank for rank, symbol in enumerate(state.watch.active)}
    batch, state.batch = state.batch, {}
    for symbol in sorted(batch, key=lambda symbol: (ranks.get(symbol, len(ranks)), symbol)):
        name = state.names[symbol]
        for half in batch[symbol]:
            if name.trading.holds:
                exits.on_bar(state, name, half, out, rules, decides=True)
            else:
                entry.on_bar(state, name, half, out, rules)
    if state.batch_open:
        state.batch_open = False
        if state.now_ns < state.times.entry_end_ns:
            rotate(state, out, rules)
