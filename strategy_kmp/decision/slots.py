"""What KMP wants to hear: what it holds, then what it may act on, then what only leads.

The line has few places and a registration that comes and goes costs the key its good name. So a
symbol that surged stays wanted until entries are over, at the lowest priority once it is done: it
still counts towards breadth. After that only what is held is heard.
"""

from typing import Final, Literal

from strategy_kmp.decision.phases import Candidate, WaitAcceptance, WatchBreak
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import Name, State
from strategy_runtime.contract import Hear, Listen

Wish = Literal[0, 1, 2, 3]
HELD: Final = 0
ACTIVE: Final = 1
CANDIDATE: Final = 2
WATCHED: Final = 3


def wanted(state: State, rules: Rules) -> Listen:
    """Return what to hear from now on."""
    wishes = [
        (wish, -(name.scan.value_krw if name.scan else 0), name.symbol)
        for name in state.names.values()
        if (wish := _wish(state, name, rules)) is not None
    ]
    best = sorted(wishes)[: rules.slots.symbols_max]
    hears = tuple(Hear(symbol, wish, rank) for rank, (wish, _, symbol) in enumerate(best))
    return Listen(hears, (rules.market.index,))


def _wish(state: State, name: Name, rules: Rules) -> Wish | None:
    if name.trading.engaged:
        return HELD
    if state.now_ns >= state.times.cutoff_ns:
        return None
    if isinstance(name.phase, WaitAcceptance):
        return ACTIVE
    if isinstance(name.phase, Candidate | WatchBreak):
        return CANDIDATE
    surged = name.scan is not None and name.scan.surge >= rules.switches.min_surge_base
    return WATCHED if surged else None
