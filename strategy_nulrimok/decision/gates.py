"""What stands between a setup and its order, in the order in which it is asked.

A gate answers with its name when it stops, None when it lets through. What is not known stops.
Money is compared with the equity that the OMS gives the strategy, for every ratio: the sector's,
the gross exposure and the open risk.
"""

from kis_core.market.instants import SECOND_NS
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.state import Name, State
from strategy_runtime.decision.trading import Signal

PHRASES = {
    "risk_budget": "daily risk budget exhausted",
    "sector": "sector cap reached",
    "headroom": "exposure headroom exhausted",
    "exposure_unknown": "exposure unknown",
    "vi": "VI blocked",
    "entry_cutoff": "gate entry_cutoff",
}


def portfolio_gate(state: State, name: Name, rules: Rules) -> str | None:
    """Return what keeps a symbol from being looked at: the day, the risk at work, its sector."""
    if state.artifact is None:
        return "no_artifact"
    if state.artifact.regime.risk_mult <= 0:
        return "regime_tier"
    if name.candidate is None or not name.candidate.tradable:
        return "not_tradable"
    if name.rejected is not None:
        return "listing"
    if name.quote is None:
        return "standing_unknown"
    if not equity_krw(state):
        return "equity_unknown"
    if room_risk_krw(state, rules) <= 0:
        return "risk_budget"
    return "sector" if room_sector_krw(state, name, rules) <= 0 else None


def market_gate(state: State, name: Name, limit_krw: int, rules: Rules) -> str | None:
    """Return what keeps an order back now: the hour, the OMS, the line, the symbol's own state."""
    now_ns, heard, quote = state.now_ns, name.heard, name.quote
    if now_ns < state.times.entry_ns:
        return "entry_from"
    if now_ns >= state.times.entry_end_ns:
        return "entry_cutoff"
    if (why := state.desk.stops_entries()) is not None:
        return why
    if state.line.down_ns is not None:
        return "feed_gap"
    if quote is None:
        return "standing_unknown"
    if heard.halted:
        return "halted"
    if heard.vi_until_ns and now_ns < heard.vi_until_ns + rules.vi.cooldown_s * SECOND_NS:
        return "vi"
    age_s = price_age_s(state, name)
    if age_s is None or age_s > rules.price.stale_s:
        return "price_stale"
    within = quote.lower_krw < limit_krw <= quote.upper_krw
    fallen = heard.price_krw is not None and heard.price_krw <= quote.lower_krw
    return None if within and not fallen else "price_limit"


def price_age_s(state: State, name: Name) -> float | None:
    """Return how old the newest price known is: a print, REST, or the newest bar's last minute."""
    known_ns = name.heard.price_ns if name.heard.price_krw is not None else 0
    if name.half is not None:
        known_ns = max(known_ns, name.half.traded_ns)
    return (state.now_ns - known_ns) / SECOND_NS if known_ns else None


# -- money ---------------------------------------------------------------------------------------


def equity_krw(state: State) -> int | None:
    """Return the equity that is sized on; None where it is not known, which leaves no room."""
    account = state.desk.account
    return account.equity_krw if account else None


def on_its_way(name: Name) -> tuple[int, Signal | None]:
    """Return how many shares an entry may still bring, and what it was asked for with."""
    trading = name.trading
    signal = trading.signal if trading.entries_open else None
    return (0, None) if signal is None else (max(0, signal.shares - trading.bought.shares), signal)


def open_risk_krw(state: State) -> float:
    """Return what is lost if every stop is hit, entries on their way included."""
    risk = 0.0
    for name in state.names.values():
        position = name.trading.position
        if position is not None:
            risk += position.shares * max(position.entry_krw - position.guard_krw, 0)
        shares, signal = on_its_way(name)
        if signal is not None:
            risk += shares * max(signal.price_krw - signal.stop_krw, 0)
    return risk


def room_risk_krw(state: State, rules: Rules) -> float:
    """Return how much more may be at risk today."""
    equity = equity_krw(state)
    if state.artifact is None or equity is None:
        return 0.0
    budget = rules.exposure.open_risk_max * state.artifact.regime.risk_mult
    return budget * equity - open_risk_krw(state)


def exposure_krw(state: State, sector: str | None = None) -> float:
    """Return what is held or on its way, of a sector or of all, at what it is worth."""
    total = 0.0
    for name in state.names.values():
        if sector is not None and name.sector != sector:
            continue
        position = name.trading.position
        if position is not None:
            total += position.shares * (name.heard.price_krw or position.entry_krw)
        shares, signal = on_its_way(name)
        if signal is not None:
            total += shares * signal.price_krw
    return total


def room_sector_krw(state: State, name: Name, rules: Rules) -> float:
    """Return how much more of a symbol's sector may be held."""
    equity = equity_krw(state)
    if equity is None:
        return 0.0
    return rules.exposure.sector_max * equity - exposure_krw(state, name.sector)


def headroom_krw(state: State, rules: Rules) -> float:
    """Return how much more may be held in all: 0 where less than the least worth it is left.

    The regime's cap binds the account as a whole too: what others hold of it leaves no room either.
    """
    exposure, account = rules.exposure, state.desk.account
    cap = exposure.regime_caps.get(account.regime) if account else None
    equity = equity_krw(state)
    if account is None or cap is None or account.gross_exposure_pct is None or equity is None:
        return 0.0
    cap = min(cap, exposure.gross_max)
    if cap - account.gross_exposure_pct <= exposure.headroom_min:
        return 0.0
    room = cap * equity - exposure_krw(state)
    return room if room > exposure.headroom_min * equity else 0.0


def exposure_known(state: State, rules: Rules) -> bool:
    """Whether the account's exposure and the cap of its regime are known."""
    account = state.desk.account
    known = account is not None and account.gross_exposure_pct is not None
    return known and account is not None and account.regime in rules.exposure.regime_caps


def blocking(state: State, gate: str, name: Name) -> tuple[str, ...]:
    """Return whose positions stand in the way."""
    if gate not in ("risk_budget", "sector", "headroom"):
        return ()
    held = (one for one in state.names.values() if one.trading.engaged)
    return tuple(
        sorted(one.symbol for one in held if gate != "sector" or one.sector == name.sector)
    )
