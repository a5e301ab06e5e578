"""What stands between a setup and its order, in the order in which it is asked.

A gate answers with its name when it stops, None when it lets through. What is not known stops:
an unsampled market, a silent index, an unread account. Which phrase is logged for which gate is
in PHRASES, since operators grep for them.
"""

from kis_core.market.ticks import ticks_below
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.scan import would_block
from strategy_kmp.decision.state import Name, State
from strategy_runtime.contract import Fact
from strategy_runtime.decision.outbox import Outbox

PHRASES = {
    "regime": "blocked by regime gate",
    "risk_off": "blocked by risk_off",
    "surge_decay": "blocked by surge_decay",
    "spread": "blocked by spread gate",
    "rvol": "blocked by rvol gate",
    "vi": "VI blocked",
    "sector": "Sector cap reached",
    "entry_cutoff": "gate entry_cutoff",
}


def surge_min(state: State, rules: Rules, *, strict: bool = False) -> float:
    """Return what the opening surge has to be by now: weak names are shut out first."""
    switches = rules.strict if strict else rules.switches
    minutes = min(rules.gates.decay_min_max, state.times.minutes_since_entry(state.now_ns))
    return switches.min_surge_base + switches.min_surge_slope * minutes


def progress_gate(state: State, name: Name, out: Outbox, rules: Rules) -> str | None:
    """Return what keeps a symbol from going on to its next phase."""
    now_ns, gates, switches = state.now_ns, rules.gates, rules.switches
    tape, scan = name.tape, name.scan
    if state.market.risk_off(now_ns, rules.market):
        return "risk_off"
    if switches.regime_blocks_progression and not state.market.regime_ok(switches):
        return "regime"
    if now_ns < state.times.entry_ns:
        return "entry_from"
    if now_ns >= state.times.cutoff_ns:
        return "entry_cutoff"
    if state.line_down_ns is not None:
        return "feed_gap"
    if not tape.fresh(now_ns, gates.price_stale_s):
        return "price_stale"
    if tape.halted:
        return "halted"
    if scan is None or scan.surge < surge_min(state, rules):
        return "surge_decay"
    rvol = tape.rvol(now_ns, state.times.open_ns, name.baseline)
    if switches.enable_rvol_hard_gate and (rvol is None or rvol < gates.rvol_min):
        return "rvol"
    spread = tape.spread
    if spread is not None and spread > gates.spread_max:
        return "spread"
    if rules.strict.enable_rvol_hard_gate and not switches.enable_rvol_hard_gate:
        would_block(state, name, "RVOL_HARD_GATE", rvol, gates.rvol_min, out)
    would_block(state, name, "MIN_SURGE", scan.surge, surge_min(state, rules, strict=True), out)
    return None


def market_gate(state: State, rules: Rules) -> str | None:
    """Return what keeps every order back: the market, the OMS or the account."""
    now_ns = state.now_ns
    unknown = not state.market.index_known(now_ns, rules.market)
    if unknown and rules.market.index_unknown == "stop_entries":
        return "index_unknown"
    if not state.market.regime_ok(rules.switches):
        return "regime"
    account = state.account
    if not state.oms_up or not state.books_read:
        return "oms_away"
    if account is None or not account.equity_krw:
        return "equity_unknown"
    if account.safe_mode or account.halt_entries or account.flattening:
        return "oms_halted"
    if state.strategy_id in account.paused_strategies:
        return "oms_paused"
    return None


def vi_gate(state: State, name: Name, trigger_krw: int, rules: Rules) -> str | None:
    """Return "vi" during a VI and its cool-down, and too near the next static one.

    Without a reference there is no wall to be near.
    """
    if state.now_ns < name.tape.vi_until_ns:
        return "vi"
    reference = name.tape.vi_reference_krw
    if reference is None:
        return None
    wall = ticks_below(int(reference * rules.gates.vi_wall), rules.gates.vi_wall_ticks)
    return "vi" if trigger_krw >= wall else None


def stopped(state: State, name: Name, gate: str, out: Outbox, **facts: Fact) -> None:
    """Count a stop, and say it once a symbol and minute."""
    if state.funnel.stop(gate, name.symbol, state.now_ns):
        out.say(PHRASES.get(gate, f"blocked by {gate}"), name.symbol, gate=gate, **facts)
