"""What KMP asks of histories before and during its day, and what it makes of the answers.

Per symbol: daily bars, its standing, past minutes, and after 09:15 the bars of the opening range.
Symbols with a trend are asked about first; the others only count towards breadth. A question that
failed is asked again after a pause, a bounded number of times, under a new name.
"""

from kis_core.market.instants import MINUTE_NS, SECOND_NS, minute_of_day
from kis_core.wire.quotes.replies import PriceQuote
from strategy_kmp.decision.history import (
    Baseline,
    Trend,
    bars_of,
    baseline,
    opening_spans,
    spans,
    trend,
)
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.scan import scanned
from strategy_kmp.decision.state import Name, Scan, State
from strategy_runtime.contract import (
    Ask,
    AskDaily,
    AskFailed,
    AskMinutes,
    AskQuote,
    DailyRead,
    MinutesRead,
    QuoteRead,
)
from strategy_runtime.decision.listing import market_of, rejection
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.timetable import days_back


def prepare(state: State, out: Outbox, rules: Rules) -> None:
    """Ask what is not known yet and may be asked now."""
    names = state.names.values()
    for name in names:
        _pursue(state, name, "daily", out, rules)
        if name.trend is not None:
            _pursue(state, name, "quote", out, rules)
    if not state.trend_said and all(state.questions.tried("daily", name.symbol) for name in names):
        state.trend_said = True
        ok = sum(name.trend is not None and name.trend.ok for name in names)
        out.say(f"Trend anchor applied. {ok} tickers OK", ok=ok, of=len(state.names))
        out.say("Waiting for market open")
    if not state.trend_said:
        return
    looked_at = [name for name in names if _listed(name)]
    first = [name for name in looked_at if name.trend and name.trend.ok]
    for name in first:
        _pursue(state, name, "minutes", out, rules)
    if all(state.questions.tried("minutes", name.symbol) for name in first):
        for name in looked_at:
            _pursue(state, name, "minutes", out, rules)
        known = [name for name in names if name.trend is not None]
        state.prepared = all(state.questions.tried("quote", name.symbol) for name in known) and all(
            state.questions.tried("minutes", name.symbol) for name in looked_at
        )
    if state.now_ns >= state.times.ask_ns:
        for name in (*first, *looked_at):
            if name.baseline is not None and name.scan is None:
                _pursue(state, name, "opening", out, rules)
        state.settled = all(_no_more(state, name, rules) for name in names)


def unanswered(state: State, rules: Rules) -> bool:
    """Whether a symbol with a trend may still turn out a candidate."""
    return any(
        not _no_more(state, name, rules) and (name.trend is None or name.trend.ok)
        for name in state.names.values()
    )


def on_daily(state: State, read: DailyRead, rules: Rules) -> None:
    """Take daily bars: the trend anchor."""
    about = state.questions.answered(read.ask_id)
    if about is None:
        return
    name = state.names[about[1]]
    previous, today = state.day.past[-1], state.day.date
    found = trend(read.bars, previous, today, rules.history, rules.listing.turnover_days)
    if isinstance(found, Trend):
        name.trend = found
        _reject(name, rules)
    else:
        state.questions.fail(*about, found, state.now_ns, rules.asks, final=True)


def on_quote(state: State, read: QuoteRead, rules: Rules) -> None:
    """Take a symbol's standing."""
    about = state.questions.answered(read.ask_id)
    if about is not None:
        name = state.names[about[1]]
        name.quote = read.quote
        name.trading.market = market_of(read.quote)
        _reject(name, rules)


def on_minutes(state: State, read: MinutesRead, out: Outbox, rules: Rules) -> None:
    """Take minutes: a baseline, the opening range, or a hole of today."""
    about = state.questions.answered(read.ask_id)
    if about is None:
        return
    kind, symbol = about
    name = state.names[symbol]
    if kind == "minutes":
        found = baseline(symbol, read.days, state.day.past, rules.history, rules.scan)
        if isinstance(found, Baseline):
            name.baseline = found
        else:
            state.questions.fail(*about, found, state.now_ns, rules.asks, final=True)
    elif kind == "opening":
        why = scanned(state, name, read, out, rules)
        if why is not None:
            state.questions.fail(*about, why, state.now_ns, rules.asks)
    else:
        for day in read.days:
            name.heard.on_history(bars_of(symbol, day), *name.heard.hole_asked)


def on_failed(state: State, failed: AskFailed, rules: Rules) -> None:
    """Take it that there is no answer."""
    about = state.questions.answered(failed.ask_id)
    if about is not None:
        state.questions.fail(*about, failed.why, state.now_ns, rules.asks)


def fill_hole(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Ask for the minutes that went by unheard, once they are over."""
    heard, now_ns = name.heard, state.now_ns
    if heard.hole is None or not state.questions.may("hole", name.symbol, now_ns, rules.asks):
        return
    first_ns, last_ns = heard.hole
    if now_ns < last_ns + MINUTE_NS + rules.scan.delay_s * SECOND_NS:
        return
    # Once a minute at most: a line that loses something every minute is the collector's trouble.
    state.questions.rest("hole", name.symbol, now_ns + MINUTE_NS)
    heard.hole_asked = (first_ns, last_ns)
    span = (state.day.date, _clock(first_ns), _clock(last_ns))
    out.ask(AskMinutes(state.questions.ask("hole", name.symbol), name.symbol, (span,)))


def _listed(name: Name) -> bool:
    """Whether the checks of the start are passed; those whose standing is unknown are not."""
    return name.trend is not None and name.quote is not None and name.rejected is None


def _reject(name: Name, rules: Rules) -> None:
    if name.trend is not None and name.quote is not None:
        name.rejected = rejection(name.symbol, name.quote, name.trend.turnover_krw, rules.listing)


def _pursue(state: State, name: Name, kind: str, out: Outbox, rules: Rules) -> None:
    """Ask one question of a symbol, unless it is answered, open, resting or given up."""
    if _known(name, kind) is None and state.questions.may(
        kind, name.symbol, state.now_ns, rules.asks
    ):
        out.ask(_ask(state, name, kind, state.questions.ask(kind, name.symbol), rules))


def _known(name: Name, kind: str) -> Trend | PriceQuote | Baseline | Scan | None:
    """Return what a question has found out."""
    match kind:
        case "daily":
            return name.trend
        case "quote":
            return name.quote
        case "minutes":
            return name.baseline
        case _:
            return name.scan


def _ask(state: State, name: Name, kind: str, ask_id: str, rules: Rules) -> Ask:
    symbol, today = name.symbol, state.day.session
    history = rules.history
    match kind:
        case "daily":
            first = days_back(today.date, history.daily_span_days)
            return AskDaily(ask_id, symbol, first, state.day.past[-1].date)
        case "quote":
            return AskQuote(ask_id, symbol)
        case "minutes":
            days = max(history.value_days, history.volume_days)
            return AskMinutes(ask_id, symbol, spans(state.day.past, days, history.profile_min))
        case _:
            return AskMinutes(ask_id, symbol, opening_spans(today, rules.scan.opening_min))


def _no_more(state: State, name: Name, rules: Rules) -> bool:
    """Whether nothing is left to ask of a symbol before the market closes."""
    kinds = ("daily", "quote", "minutes", "opening")
    done = name.scan is not None or name.rejected is not None
    return done or any(state.questions.given_up(kind, name.symbol, rules.asks) for kind in kinds)


def _clock(at_ns: int) -> str:
    minute = minute_of_day(at_ns)
    return f"{minute // 60:02d}:{minute % 60:02d}"
