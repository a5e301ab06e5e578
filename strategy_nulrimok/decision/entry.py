"""From the band to the order: dip on dry volume, confirm, rest at the AVWAP.

Bars that confirm nothing are counted; a confirmation that a gate stops uses none up, and is tried
again until the next bar judges anew. The order is a limit at the AVWAP that rests until it fills,
the band breaks, it has waited long enough, or entries are over: its end is asked for here, and the
OMS is told when it is the latest.
"""

from dataclasses import replace

from kis_core.market.instants import SECOND_NS
from kis_core.market.ticks import order_price_krw
from oms_client.contract import Urgency
from strategy_nulrimok.decision.artifact import Candidate
from strategy_nulrimok.decision.gates import (
    PHRASES,
    blocking,
    equity_krw,
    exposure_known,
    headroom_krw,
    market_gate,
    portfolio_gate,
    room_risk_krw,
    room_sector_krw,
)
from strategy_nulrimok.decision.halves import Half
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.setups import (
    Armed,
    Confirmation,
    Idle,
    PendingFill,
    Resting,
    Shut,
)
from strategy_nulrimok.decision.sizing import Plan, Room, limit_of, plan, stop_of
from strategy_nulrimok.decision.state import Name, State
from strategy_runtime.contract import AskQuote, Fact, Factor, Filter, Missed
from strategy_runtime.decision.asking import cancel_entry, enter
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import EntryDeferred, EntryMissed, EntryRefused, Flat, Signal


def on_bar(state: State, name: Name, half: Half, out: Outbox, rules: Rules) -> None:
    """Look at a completed bar of a symbol that is not held."""
    if name.resting is not None:
        mind_resting(state, name, half, out, rules)
    setup, searching = name.setup, isinstance(name.trading.standing, Flat)
    if not isinstance(setup, Idle | Armed) or not searching or name.trading.traded:
        return
    if isinstance(setup, Armed) and _invalid(name, half, rules):
        name.setup = Idle()
        state.listen_stale = True
        stopped(state, name, "band_broken", out, "Entry invalidated", close=half.bar.close_krw)
        return
    gate = portfolio_gate(state, name, rules)
    if isinstance(setup, Armed):
        _confirm(state, name, setup, half, gate, out, rules)
    elif gate is None:
        _arm(state, name, half, out, rules)
    elif all(one.passed for one in _dip(name, half, rules)):
        missed(state, name, half, gate, out, rules)
    else:
        state.funnel.stop(gate, name.symbol, state.now_ns)


def mind_resting(state: State, name: Name, half: Half, out: Outbox, rules: Rules) -> None:
    """End a resting order whose band has broken or whose time is up; shares of it stay held."""
    resting = name.resting
    assert resting is not None
    resting = name.resting = replace(resting, waited=resting.waited + 1)
    if _invalid(name, half, rules):
        _end_resting(state, name, "band_broken", "Entry invalidated", out)
    elif resting.waited >= rules.entry.fill_wait_bars:
        _end_resting(state, name, "fill_timeout", "Fill timeout, resetting", out)


def _end_resting(state: State, name: Name, why: str, text: str, out: Outbox) -> None:
    assert name.resting is not None
    out.say(text, name.symbol, intent_id=name.resting.intent_id, waited_bars=name.resting.waited)
    state.funnel.stop(why, name.symbol, state.now_ns)
    cancel_entry(state.desk, name.trading, why, out)


def retry(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Try a confirmed entry again that something stopped; until the next bar."""
    armed = name.setup
    if not isinstance(armed, Armed) or armed.confirmed is None or armed.half is None:
        return
    if state.now_ns < armed.retry_ns or not isinstance(name.trading.standing, Flat):
        return
    gate = portfolio_gate(state, name, rules)
    if gate is None:
        _enter(state, name, armed, armed.half, armed.confirmed, out, rules)
    else:
        _wait(state, name, armed, armed.half, gate, out, rules)


# -- the setup -----------------------------------------------------------------------------------


def _invalid(name: Name, half: Half, rules: Rules) -> bool:
    lower = name.candidate.band_lower_krw if name.candidate else None
    return lower is not None and half.bar.close_krw < rules.entry.disarm * lower


def _dip(name: Name, half: Half, rules: Rules) -> tuple[Filter, ...]:
    """Return the three conditions of a dip, with what they saw; what is unknown does not pass."""
    candidate, bar, entry = name.candidate, half.bar, rules.entry
    lower = candidate.band_lower_krw if candidate else None
    upper = candidate.band_upper_krw if candidate else None
    known = lower is not None and upper is not None
    in_band = known and bar.low_krw <= (upper or 0) and bar.high_krw >= (lower or 0)
    dip = half.sma_krw is not None and bar.close_krw < half.sma_krw
    dry = half.dryness
    room = None if dry is None else round(100 * (entry.dry - dry) / entry.dry, 2)
    band = f"{_rounded(lower)}..{_rounded(upper)}"
    return (
        Filter("in_band", band, f"{bar.low_krw}..{bar.high_krw}", bool(in_band)),
        Filter("dip", _rounded(half.sma_krw), bar.close_krw, dip),
        Filter(
            "volume_dry", entry.dry, _rounded(dry, 4), dry is not None and dry < entry.dry, room
        ),
    )


def _arm(state: State, name: Name, half: Half, out: Outbox, rules: Rules) -> None:
    filters = _dip(name, half, rules)
    facts: dict[str, Fact] = {
        "close": half.bar.close_krw, "sma": _rounded(half.sma_krw),
        "dryness": _rounded(half.dryness, 3),
    }  # fmt: skip
    if all(one.passed for one in filters):
        name.setup = Armed(state.now_ns, half.bar.low_krw)
        state.funnel.reach("armed", name.symbol, state.now_ns)
        state.listen_stale = True
        out.say("Armed for entry", name.symbol, **facts)
        return
    names = ("not_in_band", "no_dip", "vol_high" if half.dryness is not None else "vol_unknown")
    why = [
        f"{code}({one.actual} vs {one.threshold})"
        for code, one in zip(names, filters, strict=True)
        if not one.passed
    ]
    first = next(c for c, one in zip(names, filters, strict=True) if not one.passed)
    stopped(state, name, first, out, f"Entry conditions not met — {', '.join(why)}", **facts)


def confirmation(
    candidate: Candidate, armed: Armed, half: Half, rules: Rules
) -> Confirmation | None:
    """Return what a bar confirms: the AVWAP regained, or a higher low within the band."""
    bar, avwap = half.bar, candidate.avwap_ref_krw
    lower, upper = candidate.band_lower_krw, candidate.band_upper_krw
    if avwap is None or lower is None or upper is None:
        return None
    if bar.close_krw > avwap:
        return "RECLAIM"
    within = rules.entry.disarm * lower <= bar.close_krw <= rules.entry.top * upper
    return "HIGHER_LOW" if bar.low_krw > armed.low_krw and within else None


def _confirm(
    state: State,
    name: Name,
    armed: Armed,
    half: Half,
    gate: str | None,
    out: Outbox,
    rules: Rules,
) -> None:
    """Take a bar after the arming one. One that confirms nothing is used up unless `gate` stops."""
    candidate, low_krw = name.candidate, min(armed.low_krw, half.bar.low_krw)
    found = None if candidate is None else confirmation(candidate, armed, half, rules)
    if found is None:
        used = armed.used + (gate is None)
        name.setup = Armed(armed.since_ns, low_krw, used)
        if gate is not None:
            missed(state, name, half, gate, out, rules)
        elif used >= rules.switches.confirm_bars:
            name.setup = Idle()
            state.listen_stale = True
            stopped(state, name, "confirm_window", out, "Confirmation window expired")
        return
    name.setup = armed = Armed(armed.since_ns, low_krw, armed.used, found, half)
    state.funnel.reach("confirmed", name.symbol, state.now_ns)
    if armed.used >= rules.strict.confirm_bars:
        strict = rules.strict.confirm_bars
        state.would_block.note(
            "CONFIRM_BARS", name.symbol, armed.used + 1, strict, state.now_ns, out
        )
    if gate is None:
        _enter(state, name, armed, half, found, out, rules)
    else:
        _wait(state, name, armed, half, gate, out, rules)


# -- the order -----------------------------------------------------------------------------------


def _enter(
    state: State,
    name: Name,
    armed: Armed,
    half: Half,
    found: Confirmation,
    out: Outbox,
    rules: Rules,
) -> None:
    """Ask for a confirmed entry, or let it wait for what stops it."""
    candidate = name.candidate
    assert candidate is not None
    assert name.quote is not None
    gate = "entry_open" if name.trading.entries_open else None
    limit = limit_of(candidate)
    gate = gate or ("avwap_unknown" if limit is None else market_gate(state, name, limit, rules))
    room = Room(
        room_risk_krw(state, rules),
        room_sector_krw(state, name, rules),
        headroom_krw(state, rules),
    )
    if gate is None and room.exposure_krw <= 0:
        gate = "headroom" if exposure_known(state, rules) else "exposure_unknown"
    dryness = half.dryness
    if gate is None and dryness is None:
        gate = "volume_unknown"
    if gate is not None or dryness is None:
        _wait(state, name, armed, half, gate or "volume_unknown", out, rules)
        return
    equity = equity_krw(state)
    assert equity is not None, "an entry passed its gates without an equity to size on"
    planned = plan(candidate, half.bar.close_krw, dryness, equity, room, rules.entry)
    if isinstance(planned, str):
        _wait(state, name, armed, half, planned, out, rules)
        return
    state.funnel.reach("gates", name.symbol, state.now_ns)
    signal = _signal(state, candidate, planned, half, found, room, equity, rules)
    name.bound_by = planned.bound_by
    intent_id = enter(
        state.desk,
        name.trading,
        signal,
        state.now_ns,
        out,
        limit_krw=order_price_krw("BUY", planned.limit_krw),
        expires_ns=state.times.entry_end_ns,
        urgency=Urgency.LOW,
        horizon="SWING",
        confidence="GREEN" if candidate.acceptance_pass else "YELLOW",
        signal_hash=f"{candidate.anchor_date}:{found}:{half.bar.start_ns // SECOND_NS}",
    )
    name.setup = PendingFill(armed)
    name.resting = Resting(intent_id)
    state.listen_stale = True
    state.funnel.reach("intent", name.symbol, state.now_ns)
    out.say(
        f"Entry asked for, qty={planned.shares}",
        name.symbol,
        confirmation=found,
        limit=planned.limit_krw,
        stop=planned.stop_krw,
        entry_px=half.bar.close_krw,
        bound_by=planned.bound_by,
        intent_id=intent_id,
    )


def _signal(
    state: State,
    candidate: Candidate,
    planned: Plan,
    half: Half,
    found: Confirmation,
    room: Room,
    equity: int,
    rules: Rules,
) -> Signal:
    dryness = half.dryness
    return Signal(
        setup="AVWAP_PULLBACK",
        reason=f"avwap_{found.lower()}",
        at_ns=state.now_ns,
        price_krw=planned.price_krw,
        stop_krw=planned.stop_krw,
        shares=planned.shares,
        strength=candidate.daily_rank,
        bound_by=planned.bound_by,
        factors=(
            Factor("flow_score", candidate.flow_score),
            Factor("flow_persistence", candidate.flow_persistence),
            Factor("rs_percentile", candidate.rs_percentile),
            Factor("sector_rank_weight", candidate.sector_rank_weight),
            Factor("avwap_proximity", candidate.avwap_proximity),
            Factor("dryness", _rounded(dryness, 4), rules.entry.dry),
            Factor("regime_score", candidate.regime_score),
        ),
        filters=(
            Filter("flow", None, candidate.flow_score, candidate.flow_pass),
            Filter("leader", None, candidate.rs_percentile, candidate.leader_pass),
            Filter("trend", _rounded(candidate.sma50_krw), candidate.close_krw,
                   candidate.trend_pass),
            Filter("acceptance", None, candidate.acceptance_pass, candidate.acceptance_pass),
            Filter("confirmation", "RECLAIM or HIGHER_LOW", found, True),
        ),
        sizing=planned.sizing(candidate, equity, room),
        facts=(
            ("regime_tier", candidate.regime_tier),
            ("anchor_date", candidate.anchor_date),
            ("anchor", candidate.setup_type),
            ("avwap_krw", _rounded(candidate.avwap_ref_krw)),
            ("confirmation", found),
            ("config_hash", rules.config_hash),
        ),
    )  # fmt: skip


def _wait(
    state: State, name: Name, armed: Armed, half: Half, gate: str, out: Outbox, rules: Rules
) -> None:
    """Let a confirmed entry wait: no bar is used up, and it is tried again before the next."""
    retry_ns = state.now_ns + rules.entry.retry_s * SECOND_NS
    told = armed.stopped_by
    name.setup = replace(armed, retry_ns=retry_ns, stopped_by=told | {gate})
    if gate in told:
        state.funnel.stop(gate, name.symbol, state.now_ns)
    else:
        missed(state, name, half, gate, out, rules)
    if gate == "price_stale":
        heard = name.heard
        if state.now_ns - heard.quote_asked_ns >= rules.price.quote_every_s * SECOND_NS:
            heard.quote_asked_ns = state.now_ns
            out.ask(AskQuote(f"price-{name.symbol}-{state.now_ns // SECOND_NS}", name.symbol))


# -- what becomes of it --------------------------------------------------------------------------


def on_deferred(state: State, name: Name, news: EntryDeferred) -> None:
    """Stay armed: the confirmation stands until the next bar."""
    if isinstance(name.setup, PendingFill):
        name.setup = replace(name.setup.armed, retry_ns=news.retry_ns)
    state.funnel.stop("oms_deferred", name.symbol, state.now_ns)
    state.listen_stale = True


def on_refused(state: State, name: Name, news: EntryRefused, out: Outbox, rules: Rules) -> None:
    """Stay armed, no bar used up; after too many refusals the symbol is left alone."""
    signal = news.signal
    limit = None if name.candidate is None else limit_of(name.candidate)
    out.say(
        f"OMS returned {news.why} [qty={signal.shares}, limit={limit}, stop={signal.stop_krw}, "
        f"entry_px={signal.price_krw}]",
        name.symbol,
        controls=news.controls,
    )
    name.refusals += 1
    state.funnel.stop("oms_refused", name.symbol, state.now_ns)
    state.listen_stale = True
    if news.frozen or name.refusals >= rules.entry.refusals_max:
        name.setup = Shut(news.why)
        out.say("No more entries today", name.symbol, refusals=name.refusals, why=news.why)
    elif isinstance(name.setup, PendingFill):
        name.setup = replace(name.setup.armed, confirmed=None, half=None)


def on_missed(state: State, name: Name, news: EntryMissed, out: Outbox) -> None:
    """Begin anew: the order ended unfilled."""
    signal = news.signal
    if isinstance(name.setup, PendingFill):
        name.setup = Idle()
    state.funnel.stop("missed_fill", name.symbol, state.now_ns)
    state.listen_stale = True
    out.note(
        Missed(
            name.symbol, state.now_ns, signal.setup, "unfilled", news.why, "late", signal.strength,
            signal.price_krw, signal.stop_krw, None, signal.filters,
        )
    )  # fmt: skip


def stopped(state: State, name: Name, gate: str, out: Outbox, text: str, **facts: Fact) -> None:
    """Count a stop, and say it once a symbol and minute."""
    if state.funnel.stop(gate, name.symbol, state.now_ns):
        out.say(text, name.symbol, gate=gate, **facts)


def missed(state: State, name: Name, half: Half, gate: str, out: Outbox, rules: Rules) -> None:
    """Record that a gate stopped a live setup, once a symbol and minute."""
    if not state.funnel.stop(gate, name.symbol, state.now_ns):
        return
    armed, candidate = name.setup, name.candidate
    confirmed = isinstance(armed, Armed) and armed.confirmed is not None
    out.say(PHRASES.get(gate, f"blocked by {gate}"), name.symbol, gate=gate)
    out.note(
        Missed(
            symbol=name.symbol,
            at_ns=state.now_ns,
            setup="AVWAP_PULLBACK",
            blocked_by=gate,
            reason=PHRASES.get(gate, gate),
            maturity="late" if confirmed else "mid" if isinstance(armed, Armed) else "early",
            strength=candidate.daily_rank if candidate else None,
            price_krw=half.bar.close_krw,
            stop_krw=stop_of(candidate, rules.entry) if candidate else None,
            target_krw=None,
            filters=_dip(name, half, rules),
            blocking=blocking(state, gate, name),
        )
    )


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)
