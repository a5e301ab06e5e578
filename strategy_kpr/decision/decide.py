"""KPR's one door: an event and the day so far in, what follows from it out.

At every second, in this order: minutes that are over are closed; histories are asked; the index and
the OMS are minded; each symbol's known minutes are looked at, its missing ones polled, its position
followed; tiers are given; pillars are asked for. A print moves one symbol. The state is advanced in
place: whoever folds owns it. Read phases.py for the setup, entry.py and exits.py for what is done.
"""

from kis_core.market.bars import LateTrade, MissedShares
from kis_core.market.events import Bar, Book, Gap, IndexLevel, SlotsGranted, Timer, Trade
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from oms_client.contract import OrderAccepted
from strategy_kpr.decision.entry import follow, mind_entry
from strategy_kpr.decision.exits import on_close, watch
from strategy_kpr.decision.gates import NO_VI, window_gate
from strategy_kpr.decision.news import on_news
from strategy_kpr.decision.order import try_entry
from strategy_kpr.decision.phases import Accepting, Idle
from strategy_kpr.decision.polls import (
    EXACT,
    POLL,
    advance,
    lost,
    on_minutes,
    on_missed,
    poll,
    poll_failed,
    unseen,
)
from strategy_kpr.decision.prepare import (
    DAILY,
    ESTIMATES,
    FLOWS,
    PROGRAM,
    QUOTE,
    mind_index,
    mind_pillars,
    on_daily,
    on_estimates,
    on_flows,
    on_listing,
    on_program,
    prepare,
    source_failed,
)
from strategy_kpr.decision.pressure import NEWEST, activity, end_ns, expands, pressure
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.setups import detect
from strategy_kpr.decision.state import Name, State
from strategy_kpr.decision.tiers import classify, classify_due, wanted
from strategy_runtime.contract import (
    AskFailed,
    BooksRead,
    DailyRead,
    EstimatesRead,
    FlowsRead,
    IndexRead,
    MinutesRead,
    ProgramRead,
    QuoteRead,
    Step,
    StrategyEvent,
)
from strategy_runtime.decision.hearing import hear
from strategy_runtime.decision.outbox import Outbox

_ANSWERS = (
    DailyRead, FlowsRead, EstimatesRead, ProgramRead, MinutesRead, QuoteRead, IndexRead, AskFailed,
)  # fmt: skip
_MARKET = (Book, Bar, IndexLevel, Gap, SlotsGranted, *_ANSWERS)


def decide(state: State, event: StrategyEvent, rules: Rules) -> Step[State]:
    """Take one event and return where it leads."""
    if type(event) is Trade:
        return _on_trade(state, event, rules)
    out = Outbox()
    if type(event) is Timer:
        _on_timer(state, event, out, rules)
    elif isinstance(event, _MARKET):
        _on_market(state, event, out, rules)
    else:
        _on_oms(state, event, out, rules)
    if state.listen_stale and state.begun_ns is not None:
        _listen(state, out, rules)
    return out.step(state)


# -- prints ---------------------------------------------------------------------------------------


def _on_trade(state: State, trade: Trade, rules: Rules) -> Step[State]:
    state.now_ns = max(state.now_ns, trade.arrived_ns)
    name = state.names.get(trade.symbol)
    if name is None or trade.venue != "KRX":
        return Step(state)
    state.health.trades_heard += 1
    for news in state.bars.on_trade(trade):
        match news:
            case Bar():
                name.heard.bars[news.start_ns] = news
            case MissedShares():
                on_missed(name, news)
            case LateTrade():
                state.health.late_trades += 1
    # A straggler of a symbol that has lost its place is no feed.
    name.live = state.line.hears(trade.symbol) is not False
    # The opening auction's print may come a little after the bell; it is no VI.
    window = (state.times.open_ns + MINUTE_NS, state.times.auction_ns)
    vi_began = name.heard.on_trade(trade, window, rules.vi.auction_s + rules.vi.cooldown_s)
    name.exact_ns = max(name.exact_ns, trade.at_ns)
    name.extremes.on_price(trade.price_krw, trade.at_ns)
    name.prints.on_trade(trade)
    if not vi_began and not name.trading.holds:
        return Step(state)
    out = Outbox()
    if vi_began:
        out.say("VI seen", name.symbol, price=trade.price_krw, until_ns=name.heard.vi_until_ns)
    if name.trading.holds and not trade.in_auction:
        watch(state, name, out, rules)
    if state.listen_stale:
        _listen(state, out, rules)
    return out.step(state)


# -- time -----------------------------------------------------------------------------------------


def _on_timer(state: State, timer: Timer, out: Outbox, rules: Rules) -> None:
    state.now_ns = now_ns = max(state.now_ns, timer.at_ns)
    times = state.times
    if state.begun_ns is None:
        _begin(state, out)
    for bar in state.bars.on_timer(now_ns):
        state.names[bar.symbol].heard.bars[bar.start_ns] = bar
    if now_ns < times.entries_over_ns:
        prepare(state, out, rules)
    trading = times.open_ns <= now_ns < times.close_ns
    if trading:
        mind_index(state, out, rules)
    _mind_drift(state, out)
    for name in state.names.values():
        advance(state, name)
        _look(state, name, out, rules)
        if trading or name.trading.engaged:
            _mind(state, name, out, rules)
    if trading and now_ns < times.entries_over_ns and classify_due(state, rules.tiers):
        state.classified_ns = now_ns
        classify(state, rules)
    _mind_clock(state, out)


def _begin(state: State, out: Outbox) -> None:
    state.begun_ns = state.now_ns
    for symbol in state.names:
        state.funnel.reach("universe", symbol, state.now_ns)
    out.say("Starting KPR", date=state.day.date, universe=len(state.names))


def _mind(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Poll, follow and ask for one symbol; after the entries only where it is held or bought."""
    may_buy = name.rejected is None and state.now_ns < state.times.entries_over_ns
    if may_buy or name.trading.engaged:
        poll(state, name, out, rules.tiers)
        mind_pillars(state, name, out, rules)
    if name.trading.holds:
        watch(state, name, out, rules)
    else:
        mind_entry(state, name, out, rules)


def _look(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Look at the minutes that have become known, each once, in order."""
    for bar in unseen(name):
        before = name.recent(rules.pressure.lookback)
        name.looked_ns = end_ns(bar)
        state.health.minutes_looked_at += 1
        name.extremes.on_bar(bar)
        name.heard.vwap.on_bar(bar)
        if not name.live:
            name.heard.on_quote(bar.close_krw, min(end_ns(bar), state.now_ns))
        name.pressure = pressure(bar, before, name.prints.taken(end_ns(bar)), rules.pressure)
        _unanswered(state, name, out, rules)
        _rank(name, rules)
        position = name.trading.position
        if position is not None:
            if end_ns(bar) > position.entered_ns:
                on_close(state, name, bar.close_krw, out, rules)
        elif name.listed:
            follow(state, name, bar, out, rules)
    name.looked_ns = max(name.looked_ns, name.known_ns)


def _unanswered(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Forget a minute that waited for a quote; where none came, that is what kept it back."""
    every_ns = rules.vwap.quote_every_s * SECOND_NS
    waited = name.waiting is not None and state.now_ns - name.waiting_ns >= every_ns
    name.waiting = None
    if waited and state.funnel.stop("quote_missing", name.symbol, state.now_ns):
        out.say("blocked by quote_missing", name.symbol)


def _rank(name: Name, rules: Rules) -> None:
    """Keep what tiers are given by: it changes with a minute, and is asked for more often."""
    bars = name.recent(rules.pressure.lookback + NEWEST)
    name.busy = activity(bars, rules.pressure)
    name.expanding = expands(bars, rules.tiers.expand_multiple, rules.pressure)


def _mind_drift(state: State, out: Outbox) -> None:
    """Block entries while what is held is not the OMS's word; nothing of ours is wiped."""
    desk = state.desk
    why = None if desk.up and desk.books_read else "OMS away" if not desk.up else "books unread"
    if why is not None and state.drift is None:
        state.health.drifts += 1
        out.warn(f"Drift detected: {why}", held=len(desk.held))
    elif why is None and state.drift is not None:
        out.say("Drift cleared after reconciliation", held=len(desk.held))
    state.drift = why


def _mind_clock(state: State, out: Outbox) -> None:
    now_ns, times = state.now_ns, state.times
    if now_ns >= times.entries_over_ns and not state.late_said:
        state.late_said = state.listen_stale = True
        out.say("Entries are over for today")
    if now_ns >= times.flatten_ns and not state.flatten_said:
        state.flatten_said = True
        out.say("Flatten time reached", held=len(state.desk.held))
    if now_ns >= times.close_ns and not state.summed_up:
        state.summed_up = True
        state.would_block.sum_up(out)
        held = tuple(trading.symbol for trading in state.desk.held)
        if held:
            state.health.last_error = f"not flat at the close: {', '.join(held)}"
            out.warn("Not flat at the close", held=held)
        trips = state.desk.trips
        out.say(
            "Day is over", round_trips=len(trips), realised=sum(trip.realised_krw for trip in trips)
        )


# -- what comes rarely ----------------------------------------------------------------------------


def _on_market(state: State, event: StrategyEvent, out: Outbox, rules: Rules) -> None:
    if isinstance(event, _ANSWERS):
        state.now_ns = max(state.now_ns, event.at_ns)
    match event:
        case IndexLevel() | IndexRead():
            level = event.level if isinstance(event, IndexRead) else event
            state.now_ns = max(state.now_ns, level.arrived_ns)
            if level.index == rules.market.index:
                state.market.on_index(level)
        case Gap():
            _on_gap(state, event, out)
        case SlotsGranted():
            _on_slots(state, event, out)
        case Book():
            if (name := state.names.get(event.symbol)) is not None:
                window = (state.times.open_ns + MINUTE_NS, state.times.auction_ns)
                vi_s = rules.vi.auction_s + rules.vi.cooldown_s
                name.heard.on_auction(event.in_auction, event.at_ns, window, vi_s)
        case QuoteRead():
            _on_quote(state, event, out, rules)
        case AskFailed():
            _on_failed(state, event, rules)
        case DailyRead() | FlowsRead() | EstimatesRead() | ProgramRead() | MinutesRead():
            _on_answer(state, event, out, rules)
        case _:
            pass  # bars that others made: ours come from prints and polls


def _on_answer(
    state: State,
    read: DailyRead | FlowsRead | EstimatesRead | ProgramRead | MinutesRead,
    out: Outbox,
    rules: Rules,
) -> None:
    name, about = state.names.get(read.symbol), state.questions.answered(read.ask_id)
    if name is None or about is None:
        return
    match read:
        case DailyRead():
            on_daily(state, name, read, rules)
        case FlowsRead():
            on_flows(state, name, read, rules)
        case EstimatesRead():
            on_estimates(state, name, read, rules)
        case ProgramRead():
            on_program(state, name, read)
        case MinutesRead():
            on_minutes(state, name, read, rules.tiers)
            _look(state, name, out, rules)


def _on_quote(state: State, read: QuoteRead, out: Outbox, rules: Rules) -> None:
    """Take a symbol's standing, its price where it is not heard, and the exchange's sums."""
    quote, about = read.quote, state.questions.answered(read.ask_id)
    name = state.names.get(quote.symbol)
    if name is None:
        return
    name.quote = quote
    heard, now_ns = name.heard, state.now_ns
    stale = not name.live or not heard.fresh(now_ns, rules.price.stale_s)
    if stale and quote.price_krw > 0:  # no price is not a price of nothing
        heard.on_quote(quote.price_krw, quote.at_ns)
    # Before the first prints KIS still tells yesterday's sums.
    today = quote.at_ns >= state.times.open_ns + MINUTE_NS and quote.open_krw is not None
    if today and quote.cum_volume > 0 and quote.cum_value_krw > 0:
        heard.vwap.on_sums(quote.at_ns, quote.cum_volume, quote.cum_value_krw)
        name.exact_ns = max(name.exact_ns, quote.at_ns)
    if quote.vi_code not in NO_VI:
        vi_ns = (rules.vi.auction_s + rules.vi.cooldown_s) * SECOND_NS
        heard.vi_until_ns = max(heard.vi_until_ns, quote.at_ns + vi_ns)
    if about is not None:
        on_listing(state, name, read, rules)
    if name.trading.holds:
        watch(state, name, out, rules)
    _resume(state, name, out, rules)


def _resume(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Look again at a minute whose meaning waited for the exchange's sums."""
    bar = name.waiting
    if bar is None or not name.listed or name.trading.holds:
        return
    if window_gate(state, end_ns(bar), rules) is not None:
        return
    if isinstance(name.phase, Idle) and end_ns(bar) < state.times.late_ns:
        detect(state, name, bar, out, rules)
    elif isinstance(name.phase, Accepting):
        try_entry(state, name, bar, out, rules)


def _on_failed(state: State, failed: AskFailed, rules: Rules) -> None:
    about = state.questions.answered(failed.ask_id)
    if about is None:
        name = state.names.get(failed.symbol or "")
        if name is not None and failed.ask_id.startswith(EXACT):
            name.quote_due = True
        return
    kind, symbol = about
    name = state.names[symbol]
    if kind == POLL:
        poll_failed(state, name, failed.why, rules.tiers)
    elif kind in (ESTIMATES, PROGRAM):
        source_failed(state, name, kind, failed.why, rules)
    elif kind in (DAILY, QUOTE, FLOWS):
        state.questions.fail(kind, symbol, failed.why, state.now_ns, rules.ask)


def _on_gap(state: State, gap: Gap, out: Outbox) -> None:
    if gap.symbol is not None:
        if (name := state.names.get(gap.symbol)) is not None:
            lost(name)
        return
    if state.line.on_gap(gap, out):
        state.desk.restarted()
    for name in state.names.values():
        lost(name)
        name.quote_due |= gap.to_ns is not None and name.rejected is None


def _on_slots(state: State, slots: SlotsGranted, out: Outbox) -> None:
    state.line.on_slots(slots)
    granted = frozenset(slots.granted)
    for name in state.names.values():
        if name.live and name.symbol not in granted:
            lost(name)
    if slots.granted and not state.connected_said:
        state.connected_said = True
        out.say("KPR WebSocket connected for HOT tier", granted=len(slots.granted))
    if slots.refused:
        out.say("No place on the line", refused=slots.refused)


def _on_oms(state: State, event: StrategyEvent, out: Outbox, rules: Rules) -> None:
    for trading, news in hear(state.desk, event, state.now_ns, out):  # type: ignore[arg-type]
        on_news(state, state.names[trading.symbol], news, out, rules)
    if isinstance(event, OrderAccepted) and event.symbol in state.names:
        state.funnel.reach("accepted", event.symbol, state.now_ns)
    if isinstance(event, BooksRead) or state.drift is not None:
        _mind_drift(state, out)


def _listen(state: State, out: Outbox, rules: Rules) -> None:
    state.listen_stale = False
    listen = wanted(state, rules)
    if listen != state.listen:
        state.listen = out.listen = listen
