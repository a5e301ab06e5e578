"""What stands between an accepted setup and its order, in the order in which it is asked.

A gate answers with its name when it stops, None when it lets through. What is not known stops: a
silent index, an unread account. Which phrase is logged for which gate is in PHRASES, since
operators grep for them. A live setup that is stopped is noted once per setup and gate.
"""

from dataclasses import dataclass
from typing import Literal

from kis_core.market.instants import MINUTE_NS, SECOND_NS
from kis_core.market.ticks import round_up
from strategy_kpr.decision.phases import Accepting, Setup
from strategy_kpr.decision.rules import ExitRules, Rules
from strategy_kpr.decision.state import Name, State
from strategy_runtime.contract import Fact, Filter, Missed
from strategy_runtime.decision.outbox import Outbox

PHRASES = {
    "drift": "drift monitor active",
    "equity_unknown": "OMS equity=0",
    "oms_halted": "halt_new_entries active",
    "sector": "Sector cap reached",
    "spread": "blocked by spread gate",
    "vi": "VI blocked",
    "risk_off": "blocked by risk_off",
    "lunch": "blocked by lunch block",
}
NO_VI = frozenset(("", "0", "N"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gates' answer: what stopped, if anything, and every gate with its figures."""

    gate: str | None
    filters: tuple[Filter, ...]
    blocking: tuple[str, ...] = ()


def window_gate(state: State, at_ns: int, rules: Rules) -> str | None:
    """Return what the time of day keeps from going on."""
    if at_ns < state.times.setups_ns:
        return "early"
    if at_ns >= state.times.entries_over_ns:
        return "entries_over"
    return "lunch" if rules.switches.enable_lunch_block and state.times.lunch(at_ns) else None


def oms_gate(state: State) -> str | None:
    """Return what the OMS or the account keeps back."""
    gate = state.desk.stops_entries()
    return "drift" if gate == "oms_away" else gate


def order_gates(
    state: State, name: Name, setup: Setup, price_krw: int, bar_end_ns: int, rules: Rules
) -> Verdict:
    """Ask every gate between an accepted setup and its order; the first that stops is named."""
    now_ns, gates, heard = state.now_ns, rules.gates, name.heard
    drop = state.market.drop(now_ns, rules.market)
    unknown_stops = rules.market.index_unknown == "stop_entries"
    age_s = (now_ns - bar_end_ns) / SECOND_NS
    spread = heard.spread if name.live else None
    standing = name.quote or name.listing
    lower = standing.lower_krw if standing else None
    upper = standing.upper_krw if standing else None
    room = None if lower is None else (price_krw - lower) / lower
    same = blocking(state, name)
    oms = oms_gate(state)
    filters = (
        Filter("oms", None, oms, oms is None),
        Filter("index_unknown", None, drop is not None, drop is not None or not unknown_stops),
        _below("risk_off", drop, rules.market.risk_off_drop, unknown=True),
        Filter("line_down", None, state.line.down_ns is not None, state.line.down_ns is None),
        _below("bar_stale", age_s, gates.bar_stale_s, unknown=False),
        _price(state, name, rules),
        _above_stop(name, setup.stop_krw),
        Filter("halted", False, _halted(name), not _halted(name)),
        Filter("vi", None, now_ns < heard.vi_until_ns, now_ns >= heard.vi_until_ns),
        # Where it is not heard, the OMS looks at it: the order carries its limit.
        _below("spread", spread, gates.spread_max, unknown=True),
        _above("lower_limit", room, gates.limit_room),
        Filter("upper_limit", upper, price_krw, upper is not None and price_krw < upper),
        Filter("sector", gates.max_per_sector, len(same), len(same) < gates.max_per_sector),
    )  # fmt: skip
    failed = next((each for each in filters if not each.passed), None)
    if failed is None:
        return Verdict(None, filters)
    gate = oms if failed.name == "oms" else failed.name
    return Verdict(gate, filters, same if gate == "sector" else ())


def blocking(state: State, name: Name) -> tuple[str, ...]:
    """Return the symbols of the same sector that are held or being bought."""
    return tuple(
        each.symbol
        for each in state.desk.symbols.values()
        if each.sector == name.trading.sector and each.engaged and each.symbol != name.symbol
    )


def _price(state: State, name: Name, rules: Rules) -> Filter:
    """The newest price must be young; one that is polled is as old as its quote may be."""
    allowed_s = rules.price.stale_s if name.live else rules.gates.quote_stale_s
    heard, now_ns = name.heard, state.now_ns
    return Filter("price_stale", allowed_s, heard.age_s(now_ns), heard.fresh(now_ns, allowed_s))


def _halted(name: Name) -> bool:
    """Whether trading is halted, by the newest word: a print's or a quote's."""
    heard, quote = name.heard, name.quote
    by_print = not heard.by_rest and heard.price_krw is not None
    if quote is None or (by_print and heard.price_ns > quote.at_ns):
        return heard.halted
    return quote.halted


def _above_stop(name: Name, stop_krw: int) -> Filter:
    """What has fallen to its stop since its minute closed would be bought to be sold."""
    price = name.heard.price_krw
    return Filter("stop_touched", stop_krw, price, price is not None and price > stop_krw)


def _below(gate: str, actual: float | None, limit: float, *, unknown: bool) -> Filter:
    passed = unknown if actual is None else actual < limit
    margin = None if actual is None else round(100 * (limit - actual) / limit, 2)
    return Filter(gate, limit, None if actual is None else round(actual, 6), passed, margin)


def _above(gate: str, actual: float | None, limit: float) -> Filter:
    if actual is None:
        return Filter(gate, limit, None, False)
    margin = round(100 * (actual - limit) / limit, 2)
    return Filter(gate, limit, round(actual, 6), actual > limit, margin)


def full_target_r(name: Name, entry_krw: float, rules: ExitRules) -> float:
    """Return how many R the whole position aims at, by what the symbol moves in a day."""
    atr = name.history.atr_krw if name.history else None
    if atr is None:
        return rules.usual_r
    ratio = atr / entry_krw
    if ratio >= rules.wild_atr:
        return rules.wild_r
    return rules.calm_r if ratio <= rules.calm_atr else rules.usual_r


def stopped(
    state: State,
    name: Name,
    setup: Setup,
    gate: str,
    out: Outbox,
    rules: Rules,
    *,
    reason: str = "",
    strength: float | None = None,
    filters: tuple[Filter, ...] = (),
    blocked_by: tuple[str, ...] = (),
    **facts: Fact,
) -> None:
    """Count a stop, say it once a symbol and minute, note it once per setup and gate."""
    phrase = PHRASES.get(gate, f"blocked by {gate}")
    if state.funnel.stop(gate, name.symbol, state.now_ns):
        out.say(phrase, name.symbol, gate=gate, setup=setup.kind, **facts)
    if gate in name.missed:
        return
    name.missed[gate] = None
    price = name.heard.price_krw or setup.reclaim_krw
    risk = max(0, price - setup.stop_krw)
    target = round_up(round(price + full_target_r(name, price, rules.exits) * risk))
    out.note(
        Missed(
            symbol=name.symbol,
            at_ns=state.now_ns,
            setup=setup.kind,
            blocked_by=gate,
            reason=reason or phrase,
            maturity=maturity(name),
            strength=strength,
            price_krw=price,
            stop_krw=setup.stop_krw,
            target_krw=target,
            filters=filters,
            blocking=blocked_by,
        )
    )


def maturity(name: Name) -> Literal["early", "mid", "late"]:
    """Return how far a setup has come."""
    phase = name.phase
    if not isinstance(phase, Accepting):
        return "early"
    return "late" if phase.closes >= phase.required else "mid"


def minutes_between(first_ns: int, last_ns: int) -> float:
    """Return a span in minutes."""
    return (last_ns - first_ns) / MINUTE_NS
