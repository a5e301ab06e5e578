"""What KPR asks of histories before its day and during it, and what it makes of the answers.

Before the open, per symbol: daily bars, its standing, and last week's flows. During the day, for
symbols that are HOT: KIS's investor estimates when they are refreshed, and programs while they are
young. A source that answers nobody is left alone for a while.
"""

from kis_core.market.indicators import daily_atr_krw
from kis_core.market.instants import SECOND_NS
from strategy_kpr.decision.pillars import Program, daily_flow, estimate_ns
from strategy_kpr.decision.polls import ask_exact
from strategy_kpr.decision.rules import HistoryRules, Rules
from strategy_kpr.decision.state import History, Name, State
from strategy_runtime.contract import (
    AskDaily,
    AskEstimates,
    AskFlows,
    AskIndex,
    AskProgram,
    AskQuote,
    DailyRead,
    EstimatesRead,
    FlowsRead,
    ProgramRead,
    QuoteRead,
)
from strategy_runtime.decision.listing import market_of, rejection
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.timetable import days_back

DAILY, QUOTE, FLOWS = "daily", "quote", "flows"
ESTIMATES, PROGRAM = "estimates", "program"


def prepare(state: State, out: Outbox, rules: Rules) -> None:
    """Ask what is not known yet and may be asked now."""
    today, first = state.day.date, days_back(state.day.date, rules.history.daily_span_days)
    for name in state.names.values():
        symbol = name.symbol
        if name.history is None and _may(state, name, DAILY, rules):
            ask_id = state.questions.ask(DAILY, symbol)
            out.ask(AskDaily(ask_id, symbol, first, state.day.past[-1].date))
        if name.listing is None and _may(state, name, QUOTE, rules):
            out.ask(AskQuote(state.questions.ask(QUOTE, symbol), symbol))
        if name.listed and not name.flows_read and _may(state, name, FLOWS, rules):
            out.ask(AskFlows(state.questions.ask(FLOWS, symbol), symbol))
    if not state.listed_said and all(_tried(state, name) for name in state.names.values()):
        state.listed_said = True
        passed = sum(name.listed for name in state.names.values())
        rejected = {name.symbol: name.rejected for name in state.names.values() if name.rejected}
        out.say(
            f"Universe filter: {passed} passed, {len(rejected)} rejected",
            date=today,
            rejected=tuple(f"{symbol} {code}" for symbol, code in rejected.items()),
            unknown=len(state.names) - passed - len(rejected),
        )


def on_daily(state: State, name: Name, read: DailyRead, rules: Rules) -> None:
    """Take daily bars: what a symbol trades and moves in a day."""
    found = history(read, state.day.past[-1].date, rules.history, rules.listing.turnover_days)
    if isinstance(found, History):
        name.history = found
        _list(state, name, rules)
    else:
        state.questions.fail(DAILY, name.symbol, found, state.now_ns, rules.ask, final=True)


def history(read: DailyRead, last: str, rules: HistoryRules, turnover_days: int) -> History | str:
    """Return what is known before the open, or why nothing is. Today's row is not looked at."""
    days = sorted(
        (bar for bar in read.bars if bar.volume > 0 and bar.date <= last), key=lambda bar: bar.date
    )
    if not days:
        return "no daily bars"
    if days[-1].date != last:
        return f"daily bars end on {days[-1].date}, the last session was {last}"
    values = [
        day.close_krw * day.volume if day.value_krw is None else day.value_krw
        for day in days[-turnover_days:]
    ]
    enough = len(days) > rules.atr_days
    atr = daily_atr_krw(days, rules.atr_days) if enough else None
    return History(sum(values) / len(values), atr)


def on_listing(state: State, name: Name, read: QuoteRead, rules: Rules) -> None:
    """Take a symbol's standing."""
    name.listing = read.quote
    name.trading.market = market_of(read.quote)
    _list(state, name, rules)


def on_flows(state: State, name: Name, read: FlowsRead, rules: Rules) -> None:
    """Take last week's flows. What is not told is UNAVAILABLE."""
    name.flows_read = True
    sessions = [session.date for session in state.day.past[-rules.history.flow_days :]]
    name.daily_flow = daily_flow(read.days, sessions)


def _list(state: State, name: Name, rules: Rules) -> None:
    if name.history is None or name.listing is None:
        return
    state.funnel.reach("history", name.symbol, state.now_ns)
    turnover = name.history.turnover_krw
    name.rejected = rejection(name.symbol, name.listing, turnover, rules.listing)
    if name.rejected is None:
        state.funnel.reach("listed", name.symbol, state.now_ns)
    else:
        state.funnel.stop(name.rejected, name.symbol, state.now_ns)


def _may(state: State, name: Name, kind: str, rules: Rules) -> bool:
    return state.questions.may(kind, name.symbol, state.now_ns, rules.ask)


def _tried(state: State, name: Name) -> bool:
    return all(state.questions.tried(kind, name.symbol) for kind in (DAILY, QUOTE))


# -- during the day -------------------------------------------------------------------------------


def mind_index(state: State, out: Outbox, rules: Rules) -> None:
    """Ask for the index where the line does not bring it."""
    market, now_ns = state.market, state.now_ns
    heard_ns = market.index.arrived_ns if market.index else 0
    if now_ns - max(heard_ns, market.asked_ns) < rules.market.index_ask_s * SECOND_NS:
        return
    market.asked_ns = now_ns
    out.ask(AskIndex(f"index-{rules.market.index}-{now_ns // SECOND_NS}", rules.market.index))


def mind_pillars(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Ask for what a HOT symbol's pillars lack; and for the exchange's sums, where they are due."""
    if name.quote_due and state.now_ns >= state.times.setups_ns:
        ask_exact(state, name, out, rules.vwap.quote_every_s)
    if name.tier != "HOT" or not name.listed:
        return
    _mind_program(state, name, out, rules)
    _mind_estimates(state, name, out, rules)


def _mind_program(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    flow, now_ns, program = rules.flow, state.now_ns, name.program
    # Asked for at half its time to live, so that it does not grow stale while it is on its way.
    half_ns = flow.program_ttl_s * SECOND_NS // 2
    young = program is not None and now_ns - program.at_ns < half_ns
    if young or now_ns < state.programs.rest_ns:
        return
    if state.questions.may(PROGRAM, name.symbol, now_ns, flow.program_retry):
        out.ask(AskProgram(state.questions.ask(PROGRAM, name.symbol), name.symbol))


def _mind_estimates(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    flow, now_ns, questions = rules.flow, state.now_ns, state.questions
    due_ns = state.times.refreshed(now_ns - flow.estimate_delay_s * SECOND_NS)
    if due_ns is None or now_ns < state.estimates.rest_ns or name.estimate_ns >= due_ns:
        return
    if name.estimates_for_ns != due_ns:
        name.estimates_for_ns = due_ns
        questions.rest(ESTIMATES, name.symbol, now_ns)
    if questions.may(ESTIMATES, name.symbol, now_ns, flow.estimate_retry):
        out.ask(AskEstimates(questions.ask(ESTIMATES, name.symbol), name.symbol))


def on_program(state: State, name: Name, read: ProgramRead) -> None:
    """Take program trading; its age is counted from when it was read."""
    state.programs.answered()
    state.questions.rest(PROGRAM, name.symbol, state.now_ns)
    name.program = Program(read.at_ns, read.program)


def on_estimates(state: State, name: Name, read: EstimatesRead, rules: Rules) -> None:
    """Take today's estimates. One that is due and not told yet is asked for again."""
    state.estimates.answered()
    name.estimates = read.estimates
    name.estimate_ns = max((estimate_ns(each, state.on) for each in read.estimates), default=0)
    if name.estimate_ns < name.estimates_for_ns:
        state.questions.fail(
            ESTIMATES, name.symbol, "not told yet", state.now_ns, rules.flow.estimate_retry
        )


def source_failed(state: State, name: Name, kind: str, why: str, rules: Rules) -> None:
    """Take it that estimates or programs did not answer."""
    flow, now_ns = rules.flow, state.now_ns
    retry = flow.program_retry if kind == PROGRAM else flow.estimate_retry
    offer = state.programs if kind == PROGRAM else state.estimates
    # Who has answered today is only busy; who never has may not offer it at all.
    pause_ns = (retry.again_s if offer.answers else flow.probe_s) * SECOND_NS
    offer.failed(why, retry.tries_max, now_ns + pause_ns)
    state.questions.fail(kind, name.symbol, why, now_ns, retry)
    if kind == PROGRAM and state.questions.given_up(kind, name.symbol, retry):
        state.questions.rest(kind, name.symbol, now_ns + pause_ns)
