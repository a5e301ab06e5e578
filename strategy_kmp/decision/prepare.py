"""What KMP asks of histories before and during its day, and what it makes of the answers.

Per symbol: daily bars, its standing, past minutes, and after 09:15 the bars of the opening range.
Symbols with a trend are asked about first; the others only count towards breadth. A question that
failed is asked again after a pause, a bounded number of times, under a new name.
"""

from kis_core.market.instants import MINUTE_NS, SECOND_NS, minute_of_day
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
from strategy_kmp.decision.state import Name, Question, State
from strategy_kmp.decision.universe import rejection
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
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.timetable import days_back


def prepare(state: State, out: Outbox, rules: Rules) -> None:
    """Ask what is not known yet and may be asked now."""
    names = state.names.values()
    for name in names:
        _pursue(state, name, "daily", out, rules)
        if name.trend is not None:
            _pursue(state, name, "quote", out, rules)
    if not state.trend_said and all(_settled(name, "daily") for name in names):
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
    if all(_settled(name, "minutes") for name in first):
        for name in looked_at:
            _pursue(state, name, "minutes", out, rules)
        known = [name for name in names if name.trend is not None]
        state.prepared = all(_settled(name, "quote") for name in known) and all(
            _settled(name, "minutes") for name in looked_at
        )
    if state.now_ns >= state.times.ask_ns:
        for name in (*first, *looked_at):
            if name.baseline is not None and name.scan is None:
                _pursue(state, name, "opening", out, rules)
        state.settled = all(_no_more(name, rules) for name in names)


def unanswered(state: State, rules: Rules) -> bool:
    """Whether a symbol with a trend may still turn out a candidate."""
    return any(
        not _no_more(name, rules) and (name.trend is None or name.trend.ok)
        for name in state.names.values()
    )


def on_daily(state: State, read: DailyRead, rules: Rules) -> None:
    """Take daily bars: the trend anchor."""
    name = _answered(state, read.symbol, "daily", read.ask_id)
    if name is None:
        return
    previous = state.day.past[-1]
    found = trend(read.bars, previous, state.day.date, rules.history, rules.universe.turnover_days)
    if isinstance(found, Trend):
        name.trend = found
        _reject(name, rules)
    else:
        _failed(state, name, "daily", found, rules, final=True)


def on_quote(state: State, read: QuoteRead, rules: Rules) -> None:
    """Take a symbol's standing."""
    name = _answered(state, read.quote.symbol, "quote", read.ask_id)
    if name is not None:
        name.quote = read.quote
        _reject(name, rules)


def on_minutes(state: State, read: MinutesRead, out: Outbox, rules: Rules) -> None:
    """Take minutes: a baseline, the opening range, or a hole of today."""
    name = state.names.get(read.symbol)
    if name is None:
        return
    if _answered(state, read.symbol, "minutes", read.ask_id):
        found = baseline(read.symbol, read.days, state.day.past, rules.history, rules.scan)
        if isinstance(found, Baseline):
            name.baseline = found
        else:
            _failed(state, name, "minutes", found, rules, final=True)
    elif _answered(state, read.symbol, "opening", read.ask_id):
        why = scanned(state, name, read, out, rules)
        if why is not None:
            _failed(state, name, "opening", why, rules)
    elif _answered(state, read.symbol, "hole", read.ask_id):
        for day in read.days:
            first_ns, last_ns = name.tape.hole_asked
            name.tape.on_history(bars_of(read.symbol, day), first_ns, last_ns)


def on_failed(state: State, failed: AskFailed, rules: Rules) -> None:
    """Take it that there is no answer."""
    if failed.symbol is None:
        return
    for kind in ("daily", "quote", "minutes", "opening", "hole"):
        name = _answered(state, failed.symbol, kind, failed.ask_id)
        if name is not None:
            _failed(state, name, kind, failed.why, rules)


def fill_hole(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Ask for the minutes that went by unheard, once they are over."""
    tape = name.tape
    question = name.questions.setdefault("hole", Question())
    if tape.hole is None or question.open is not None or state.now_ns < question.again_ns:
        return
    first_ns, last_ns = tape.hole
    if state.now_ns < last_ns + MINUTE_NS + rules.scan.delay_s * SECOND_NS:
        return
    # Once a minute at most: a line that loses something every minute is the collector's trouble.
    question.again_ns = state.now_ns + MINUTE_NS
    question.tries += 1
    question.open = _ask_id(state, name, "hole", question)
    tape.hole_asked = (first_ns, last_ns)
    span = (state.day.date, _clock(first_ns), _clock(last_ns))
    out.ask(AskMinutes(question.open, name.symbol, (span,)))


def _listed(name: Name) -> bool:
    """Whether the checks of the start are passed; those whose standing is unknown are not."""
    return name.trend is not None and name.quote is not None and name.rejected is None


def _reject(name: Name, rules: Rules) -> None:
    if name.trend is not None and name.quote is not None:
        name.rejected = rejection(name.symbol, name.quote, name.trend.turnover_krw, rules.universe)


def _pursue(state: State, name: Name, kind: str, out: Outbox, rules: Rules) -> None:
    """Ask one question of a symbol, unless it is answered, open, resting or given up."""
    question = name.questions.get(kind)
    if question is None:
        question = name.questions[kind] = Question()
    known = {"daily": name.trend, "quote": name.quote, "minutes": name.baseline}.get(kind)
    if (
        known is not None
        or question.open is not None
        or question.tries >= rules.universe.ask_tries_max
        or state.now_ns < question.again_ns
    ):
        return
    question.tries += 1
    question.open = _ask_id(state, name, kind, question)
    out.ask(_ask(state, name, kind, question.open, rules))


def _ask_id(state: State, name: Name, kind: str, question: Question) -> str:
    return f"{kind}-{name.symbol}-{state.day.date}-{question.tries}"


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


def _answered(state: State, symbol: str, kind: str, ask_id: str) -> Name | None:
    """Return the symbol whose open question this answers."""
    name = state.names.get(symbol)
    question = name.questions.get(kind) if name else None
    if question is None or question.open != ask_id:
        return None
    question.open = None
    question.why = ""
    return name


def _failed(
    state: State, name: Name, kind: str, why: str, rules: Rules, *, final: bool = False
) -> None:
    """Note that a question has no answer; `final`: asking again would not change that."""
    question = name.questions[kind]
    question.why = why
    if final:
        question.tries = rules.universe.ask_tries_max
    question.again_ns = state.now_ns + rules.universe.ask_again_s * SECOND_NS
    state.health.failed[f"{kind} {name.symbol}"] = why[:200]


def _no_more(name: Name, rules: Rules) -> bool:
    """Whether nothing is left to ask of a symbol before the market closes."""
    kinds = ("daily", "quote", "minutes", "opening")
    done = name.scan is not None or name.rejected is not None
    return done or any(_given_up(name, kind, rules) for kind in kinds)


def _given_up(name: Name, kind: str, rules: Rules) -> bool:
    question = name.questions.get(kind)
    return bool(
        question
        and question.why
        and question.open is None
        and question.tries >= rules.universe.ask_tries_max
    )


def _settled(name: Name, kind: str) -> bool:
    """Whether a question is answered, or has failed once: nobody waits for its next try."""
    known = {"daily": name.trend, "quote": name.quote, "minutes": name.baseline}[kind]
    question = name.questions.get(kind)
    return known is not None or bool(question and question.why)


def _clock(at_ns: int) -> str:
    minute = minute_of_day(at_ns)
    return f"{minute // 60:02d}:{minute % 60:02d}"
