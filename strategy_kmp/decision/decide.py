"""KMP's one door: an event and the day so far in, what follows from it out.

Trades move one symbol; timers move all of them, and the market's gates on their own clock. The
state is advanced in place: whoever folds owns it. Read phases.py for the states, gates.py for what
stands between them, exits.py for how it ends.
"""

from kis_core.market.bars import LateTrade, MissedShares
from kis_core.market.events import Bar, Book, Gap, IndexLevel, SlotsGranted, Timer, Trade
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from strategy_kmp.decision.entry import cut_off, mind_entry, timed_out, wait, watch
from strategy_kmp.decision.exits import hold
from strategy_kmp.decision.news import hear_oms
from strategy_kmp.decision.phases import Candidate, WaitAcceptance, WatchBreak
from strategy_kmp.decision.prepare import (
    fill_hole,
    on_daily,
    on_failed,
    on_minutes,
    on_quote,
    prepare,
    unanswered,
)
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.scan import close_scan
from strategy_kmp.decision.slots import wanted
from strategy_kmp.decision.state import Name, State
from strategy_runtime.contract import (
    AskFailed,
    AskIndex,
    DailyRead,
    EstimatesRead,
    FlowsRead,
    IndexDaysRead,
    IndexRead,
    MinutesRead,
    OwnRead,
    ProgramNet,
    ProgramRead,
    QuoteRead,
    Step,
    StrategyEvent,
)
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import Entering, InPosition, PendingExit

_ANSWERS = (DailyRead, MinutesRead, QuoteRead, IndexRead, AskFailed)
INDEX_ASK_S = 15  # at most so often is a silent index asked for


def decide(state: State, event: StrategyEvent, rules: Rules) -> Step[State]:
    """Take one event and return where it leads."""
    if type(event) is Trade:
        return _on_trade(state, event, rules)
    out = Outbox()
    if type(event) is Timer:
        _on_timer(state, event, out, rules)
    else:
        _on_other(state, event, out, rules)
    if state.listen_stale and state.begun_ns is not None:
        _listen(state, out, rules)
    return out.step(state)


def _on_trade(state: State, trade: Trade, rules: Rules) -> Step[State]:
    state.now_ns = max(state.now_ns, trade.arrived_ns)
    name = state.names.get(trade.symbol)
    if name is None or trade.venue != "KRX":
        return Step(state)
    state.health.trades_heard += 1
    heard = name.heard
    for news in state.bars.on_trade(trade):
        _on_news(state, name, news)
    # The opening auction's print may come a little after the bell; it is no VI.
    window = (state.times.open_ns + MINUTE_NS, state.times.auction_ns)
    vi_began = heard.on_trade(trade, window, _vi_s(rules))
    if not vi_began and name.quiet:
        return Step(state)
    out = Outbox()
    if vi_began:
        out.say("VI seen", name.symbol, price=trade.price_krw, until_ns=heard.vi_until_ns)
    _move(state, name, out, rules)
    if state.listen_stale:
        _listen(state, out, rules)
    return out.step(state)


def _on_news(state: State, name: Name, news: Bar | MissedShares | LateTrade) -> None:
    match news:
        case Bar():
            name.heard.bars[news.start_ns] = news
        case MissedShares():
            known_to = state.times.scan_ns if name.scan else state.times.open_ns
            name.heard.on_missed(news, known_to)
        case LateTrade():
            state.health.late_trades += 1


def _move(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Let a symbol look at what is known now."""
    match name.stage:
        case WatchBreak():
            watch(state, name, out, rules)
        case WaitAcceptance():
            wait(state, name, out, rules)
        case Entering():
            mind_entry(state, name, out, rules)
        case InPosition() | PendingExit():
            hold(state, name, out, rules)
        case _:
            pass


def _on_timer(state: State, timer: Timer, out: Outbox, rules: Rules) -> None:
    state.now_ns = now_ns = max(state.now_ns, timer.at_ns)
    times, market = state.times, state.market
    if state.begun_ns is None:
        _begin(state, out)
    for bar in state.bars.on_timer(now_ns):
        state.names[bar.symbol].heard.bars[bar.start_ns] = bar
    if not state.settled and now_ns < times.cutoff_ns:
        _prepare_and_scan(state, out, rules)
    if times.open_ns <= now_ns < times.close_ns:
        _mind_index(state, out, rules)
        out.asks += state.program.asks(now_ns, rules.program)
    if state.scanned and now_ns < times.flatten_ns:
        sampled, every = market.sampled_ns, rules.market.sample_s * SECOND_NS
        if now_ns // every != sampled // every:
            _sample(state, out, rules)
    late = now_ns >= times.cutoff_ns
    if late and not state.cutoff_said:
        state.cutoff_said = state.listen_stale = True
        out.say("Entries are over for today", cutoff=True)
    if now_ns >= times.flatten_ns and not state.flatten_said:
        state.flatten_said = True
        out.say("Flatten time reached", held=len(state.desk.held))
    for name in state.names.values():
        if name.quiet and not (late and type(name.phase) is Candidate):
            continue
        stage = name.stage
        fill_hole(state, name, out, rules)
        if late and not name.holds:
            cut_off(state, name, out, rules)
        elif isinstance(stage, WaitAcceptance):
            timed_out(state, name, out, rules)  # a reclaim is a trade, not a passing of time
        elif not isinstance(stage, WatchBreak):  # and so is a break
            _move(state, name, out, rules)
    if now_ns >= times.close_ns and not state.summed_up:
        _sum_up(state, out)


def _begin(state: State, out: Outbox) -> None:
    state.begun_ns = state.now_ns
    for symbol in state.names:
        state.funnel.reach("universe", symbol, state.now_ns)
    out.say("Starting KMP", date=state.day.date, universe=len(state.names))


def _prepare_and_scan(state: State, out: Outbox, rules: Rules) -> None:
    if state.now_ns >= state.times.ask_ns and not state.scanning:
        state.scanning = True
        state.health.scan_started_ns = state.now_ns
        out.say("Running 09:15 scan...", scan_at_ns=state.times.scan_ns)
    prepare(state, out, rules)
    if state.scanning and state.trend_said and not state.scanned:
        assert state.begun_ns is not None
        patient_ns = max(
            state.times.scan_over_ns, state.begun_ns + rules.scan.late_start_s * SECOND_NS
        )
        if state.now_ns >= patient_ns or not unanswered(state, rules):
            close_scan(state, out, rules)


def _mind_index(state: State, out: Outbox, rules: Rules) -> None:
    """Ask for the index where the line does not bring it."""
    market, now_ns = state.market, state.now_ns
    index = market.index
    heard_ns = index.arrived_ns if index else 0
    if now_ns - max(heard_ns, market.index_asked_ns) < INDEX_ASK_S * SECOND_NS:
        return
    market.index_asked_ns = now_ns
    code = rules.market.index
    out.ask(AskIndex(f"index-{code}-{now_ns // SECOND_NS}", code))


def _sample(state: State, out: Outbox, rules: Rules) -> None:
    market, switches = state.market, rules.switches
    leading = (_leads(state, name, rules) for name in state.names.values())
    market.sample(state.now_ns, leading, rules.market, switches)
    every = rules.market.log_every_s * SECOND_NS
    if state.now_ns // every == market.logged_ns // every or state.now_ns >= state.times.cutoff_ns:
        return
    market.logged_ns = state.now_ns
    out.say(
        f"regime gate: regime_ok={market.regime_ok(switches)} breadth={market.breadth} "
        f"is_chop={market.chop} risk_off={market.risk_off(state.now_ns, rules.market)}",
        unheard=market.unheard,
        candidates=tuple(_candidate(state, name) for name in _watched(state)),
    )


def _leads(state: State, name: Name, rules: Rules) -> bool | None:
    """Whether a symbol leads; None where it surged and is not heard."""
    scan, heard = name.scan, name.heard
    if scan is None or scan.surge < rules.switches.min_surge_base:
        return False
    vwap, price = heard.vwap.krw, heard.price_krw
    rvol = name.rvol(state.now_ns, state.times.open_ns)
    fresh = heard.fresh(state.now_ns, rules.market.index_stale_s)
    if not fresh or price is None or vwap is None or rvol is None:
        return None
    return rvol >= rules.market.leader_rvol_min and price >= vwap


def _watched(state: State) -> list[Name]:
    stages = (WatchBreak, WaitAcceptance, Entering)
    return [name for name in state.names.values() if isinstance(name.stage, stages)]


def _candidate(state: State, name: Name) -> str:
    heard = name.heard
    rvol = name.rvol(state.now_ns, state.times.open_ns)
    price, vwap = heard.price_krw, heard.vwap.krw
    above = "?" if price is None or vwap is None else price >= vwap
    surge = f"{name.scan.surge:.1f}" if name.scan else "?"
    return f"{name.symbol}({surge}, {'?' if rvol is None else f'{rvol:.1f}'}, {above})"


def _sum_up(state: State, out: Outbox) -> None:
    state.summed_up = True
    state.would_block.sum_up(out)
    held = [trading.symbol for trading in state.desk.held]
    if held:
        state.health.last_error = f"not flat at the close: {', '.join(held)}"
        out.warn("Not flat at the close", held=tuple(held))
    out.say(
        "Day is over",
        round_trips=len(state.desk.trips),
        realised=sum(trip.realised_krw for trip in state.desk.trips),
    )


def _on_other(state: State, event: StrategyEvent, out: Outbox, rules: Rules) -> None:
    """Take what comes rarely."""
    if isinstance(event, _ANSWERS):
        state.now_ns = max(state.now_ns, event.at_ns)
    match event:
        case IndexLevel():
            state.now_ns = max(state.now_ns, event.arrived_ns)
            if event.index == rules.market.index:
                state.market.on_index(event)
        case IndexRead(level=level):
            if level.index == rules.market.index:
                state.market.on_index(level)
        case Gap():
            if state.line.on_gap(event, out):
                state.desk.restarted()
        case SlotsGranted():
            state.line.on_slots(event)
        case Book():
            if (name := state.names.get(event.symbol)) is not None:
                window = (state.times.open_ns + MINUTE_NS, state.times.auction_ns)
                name.heard.on_auction(event.in_auction, event.at_ns, window, _vi_s(rules))
        case Bar():
            if (name := state.names.get(event.symbol)) is not None and event.minutes == 1:
                name.heard.bars.setdefault(event.start_ns, event)
        case ProgramNet():
            state.program.on_net(event, rules.program)
        case DailyRead():
            on_daily(state, event, rules)
        case QuoteRead():
            on_quote(state, event, rules)
            _on_price(state, event, out, rules)
        case MinutesRead():
            on_minutes(state, event, out, rules)
        case AskFailed():
            market = state.program.on_failed(event, rules.program)
            if market is not None:
                state.questions.failed[f"program {market}"] = event.why[:200]
            on_failed(state, event, rules)
        case Trade() | Timer():
            raise AssertionError("taken before")
        case IndexDaysRead() | FlowsRead() | EstimatesRead() | ProgramRead() | OwnRead():
            raise AssertionError(f"KMP does not ask for it: {event!r}")
        case _:
            hear_oms(state, event, out, rules)


def _on_price(state: State, read: QuoteRead, out: Outbox, rules: Rules) -> None:
    """Let a position see a price that was asked for because its feed is silent."""
    name = state.names.get(read.quote.symbol)
    if name is not None and name.holds and read.quote.price_krw > 0:
        name.heard.on_quote(read.quote.price_krw, read.quote.at_ns)
        hold(state, name, out, rules)


def _vi_s(rules: Rules) -> int:
    return rules.vi.auction_s + rules.vi.cooldown_s


def _listen(state: State, out: Outbox, rules: Rules) -> None:
    state.listen_stale = False
    listen = wanted(state, rules)
    if listen != state.listen:
        state.listen = out.listen = listen
