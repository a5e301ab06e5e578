"""Nulrimok's one door: an event and the day so far in, what follows from it out.

The state is advanced in place: whoever folds owns it. What a second does, in order (`_on_timer`):
the selection, the standing and the usual volumes; positions and their stops; the open's exits; the
half hour's bars; the closing rules; entries that wait. Read setups.py for the places a setup is in,
gates.py for what stands in its way, exit_rules.py for how a position ends.
"""

from kis_core.market.events import Bar, Book, Gap, IndexLevel, SlotsGranted, Timer, Trade
from kis_core.market.instants import MINUTE_NS
from oms_client.contract import AllocationChanged, OrderAccepted
from strategy_nulrimok.decision import boundary, entry, exits, watch
from strategy_nulrimok.decision.news import on_news
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.setups import Armed, Resting
from strategy_nulrimok.decision.state import Name, State
from strategy_runtime.contract import (
    AskFailed,
    BooksRead,
    DailyRead,
    EstimatesRead,
    FlowsRead,
    IndexDaysRead,
    IndexRead,
    MinutesRead,
    OmsTold,
    OwnRead,
    ProgramNet,
    ProgramRead,
    QuoteRead,
    Step,
    StrategyEvent,
)
from strategy_runtime.decision.hearing import hear
from strategy_runtime.decision.outbox import Outbox


def decide(state: State, event: StrategyEvent, rules: Rules) -> Step[State]:
    """Take one event and return where it leads."""
    if isinstance(event, Trade):
        return _on_trade(state, event, rules)
    out = Outbox()
    match event:
        case Timer():
            _on_timer(state, event, out, rules)
        case MinutesRead() | QuoteRead() | OwnRead() | AskFailed():
            state.now_ns = max(state.now_ns, event.at_ns)
            _on_answer(state, event, out, rules)
        case Gap():
            if state.line.on_gap(event, out):
                state.desk.restarted()
        case SlotsGranted():
            state.line.on_slots(event)
        case Book():
            if (name := state.names.get(event.symbol)) is not None:
                window = (state.times.open_ns + MINUTE_NS, state.times.auction_ns)
                name.heard.on_auction(event.in_auction, event.at_ns, window, rules.vi.auction_s)
        case Bar() | IndexLevel() | ProgramNet():
            pass  # bars are asked for, and nothing here looks at an index or at programs
        case (
            DailyRead()
            | IndexRead()
            | IndexDaysRead()
            | FlowsRead()
            | EstimatesRead()
            | ProgramRead()
        ):
            raise AssertionError(f"never asked for: {event!r}")
        case _:
            _on_oms(state, event, out, rules)
    return _step(state, out, rules)


def _step(state: State, out: Outbox, rules: Rules) -> Step[State]:
    if state.listen_stale and state.begun_ns is not None:
        watch.listen(state, out, rules)
    return out.step(state)


def _on_trade(state: State, trade: Trade, rules: Rules) -> Step[State]:
    """Take a print; from most of them nothing follows."""
    state.now_ns = max(state.now_ns, trade.arrived_ns)
    name = state.names.get(trade.symbol)
    if name is None or trade.venue != "KRX":
        return Step(state)
    state.health.trades_heard += 1
    # The opening auction's print may come a little after the bell; it is no VI.
    window = (state.times.open_ns + MINUTE_NS, state.times.auction_ns)
    vi_began = name.heard.on_trade(trade, window, rules.vi.auction_s)
    boundary.near_by_print(state, name, trade.price_krw, rules)
    if not (vi_began or name.trading.holds or state.listen_stale):
        return Step(state)
    out = Outbox()
    if vi_began:
        out.say("VI seen", name.symbol, price=trade.price_krw, until_ns=name.heard.vi_until_ns)
    if name.trading.holds:
        exits.on_price(state, name, out, rules)
    return _step(state, out, rules)


def _on_timer(state: State, timer: Timer, out: Outbox, rules: Rules) -> None:
    state.now_ns = now_ns = max(state.now_ns, timer.at_ns)
    times = state.times
    if state.begun_ns is None:
        _begin(state, out)
    watch.ask_artifact(state, out, rules)
    if now_ns < times.close_ns:
        watch.prepare(state, out, rules)
    for name in state.held:
        exits.on_price(state, name, out, rules)
    if times.reversal_ns <= now_ns and not state.reversal_done:
        _at_open(state, out, rules)
    boundary.on_timer(state, out, rules)
    if times.close_from_ns <= now_ns < times.close_until_ns:
        for name in state.held:
            exits.at_close(state, name, out, rules)
    if now_ns < times.entry_end_ns:
        for name in state.names.values():
            entry.retry(state, name, out, rules)
    elif not state.entries_over_said:
        _entries_over(state, out)
    if now_ns >= times.close_ns and not state.summed_up:
        _sum_up(state, out)


def _begin(state: State, out: Outbox) -> None:
    state.begun_ns = state.now_ns
    for symbol in state.sectors:
        state.funnel.reach("universe", symbol, state.now_ns)
    out.say("Starting Nulrimok", date=state.day.date, universe=len(state.sectors))
    if state.health.carried_fault is not None:
        out.warn(
            "Carried positions cannot be read, adopting what the OMS holds",
            why=state.health.carried_fault,
        )
        state.health.last_error = state.health.carried_fault[:200]


def _at_open(state: State, out: Outbox, rules: Rules) -> None:
    """Leave what smart money left, within the open's window, once."""
    last = state.now_ns >= state.times.reversal_end_ns
    in_time = state.now_ns < state.times.reversal_end_ns + MINUTE_NS
    if in_time:
        for name in state.held:
            exits.at_open(state, name, out, rules, last=last)
    if not last:
        return
    state.reversal_done = True
    gone = tuple(name.symbol for name in state.names.values() if name.reversal_ns is not None)
    told = state.desk.books_read and not state.desk.carried
    state.health.reversal_judged = state.artifact is not None and in_time and told
    if gone:
        out.say("Flow reversal exits executed", symbols=gone)
    if (state.held or not told) and not state.health.reversal_judged:
        why = state.health.artifact_why or ("late" if told else "the OMS has not said what is held")
        out.warn("Flow reversal not judged at the open", why=why)


def _entries_over(state: State, out: Outbox) -> None:
    state.entries_over_said = state.listen_stale = True
    out.say("Entries are over for today", cutoff=True)
    for name in state.names.values():
        if isinstance(name.setup, Armed):
            state.funnel.stop("entry_cutoff", name.symbol, state.now_ns)


def _sum_up(state: State, out: Outbox) -> None:
    state.summed_up = True
    state.would_block.sum_up(out)
    unjudged = [one.symbol for one in state.held if not one.closing_judged]
    if unjudged:
        state.health.last_error = f"closing rules not asked: {', '.join(unjudged)}"
        out.warn("Held overnight without the closing rules", symbols=tuple(unjudged))
    trips = state.desk.trips
    out.say(
        "Day is over",
        round_trips=len(trips),
        realised=sum(trip.realised_krw for trip in trips),
        held=tuple(one.symbol for one in state.held),
    )


# -- answers -------------------------------------------------------------------------------------


def _on_answer(
    state: State,
    event: MinutesRead | QuoteRead | OwnRead | AskFailed,
    out: Outbox,
    rules: Rules,
) -> None:
    about = state.questions.answered(event.ask_id)
    match event, about:
        case OwnRead(), (watch.ARTIFACT, _):
            watch.on_artifact(state, event, out, rules)
        case MinutesRead(), (watch.PROFILE, _):
            watch.on_profile(state, event, rules)
        case MinutesRead(), (kind, _):
            boundary.on_bars(state, event, kind, out, rules)
        case QuoteRead(), None:
            _on_price(state, event, out, rules)
        case QuoteRead(), _:
            watch.on_standing(state, event, rules)
        case AskFailed(), (watch.ARTIFACT, _):
            watch.refused(state, event.why, out, rules)
        case AskFailed(), (kind, subject):
            asks = rules.bars.retry if kind.startswith(boundary.BARS) else rules.ask
            state.questions.fail(kind, subject, event.why, state.now_ns, asks)
        case _:
            pass  # of a question that nobody waits for any more


def _on_price(state: State, read: QuoteRead, out: Outbox, rules: Rules) -> None:
    """Take a price that was asked for because its feed is silent."""
    name = state.names.get(read.quote.symbol)
    if name is None or read.quote.price_krw <= 0:
        return
    name.heard.on_quote(read.quote.price_krw, read.quote.at_ns)
    if name.trading.holds:
        exits.on_price(state, name, out, rules)
    elif isinstance(name.setup, Armed):
        entry.retry(state, name, out, rules)


# -- the OMS's side ------------------------------------------------------------------------------


def _on_oms(state: State, event: OmsTold, out: Outbox, rules: Rules) -> None:
    match event:
        case BooksRead():
            # What is held counts whether or not anybody looks at it today.
            for allocation in event.allocations or ():
                if allocation.shares > 0:
                    state.name(allocation.symbol)
            for order in event.orders or ():
                if order.side == "BUY":
                    state.name(order.symbol)
        case AllocationChanged():
            if event.shares > 0:
                state.name(event.symbol)
        case OrderAccepted():
            if (name := state.names.get(event.symbol)) is not None and _is_ours(name, event):
                state.funnel.reach("accepted", event.symbol, state.now_ns)
        case _:
            pass
    now_ns = state.now_ns
    for trading, news in hear(state.desk, event, now_ns, out):
        on_news(state, state.name(trading.symbol), news, out, rules)
    for name in state.names.values():
        _mind_orders(name)


def _mind_orders(name: Name) -> None:
    """Keep what rests in step with what the OMS has open: it may know an order that we do not."""
    working = name.trading.entries_open
    if not working:
        name.resting = None
    elif name.resting is None or name.resting.intent_id not in working:
        name.resting = Resting(next(iter(working)))


def _is_ours(name: Name, event: OrderAccepted) -> bool:
    return event.intent_id in name.trading.entries_open
