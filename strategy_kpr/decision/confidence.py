"""How much the pillars agree: GREEN, YELLOW or RED. The first row that matches decides.

    any pillar that is there distributes                 RED
    investors in conflict                                RED where the switch says so, else YELLOW
    programs unavailable (two pillars)                   GREEN if investors are STRONG and the
                                                         prints accumulate, else YELLOW
    programs there, or stale (three pillars)             GREEN if two of three are positive, else
                                                         YELLOW; a stale one is not positive

Afterwards a stale investor estimate makes GREEN YELLOW.
"""

from typing import Literal

from strategy_kpr.decision.pillars import Investors, ProgramLean
from strategy_kpr.decision.pressure import Lean
from strategy_kpr.decision.rules import ConfidenceRules

Colour = Literal["GREEN", "YELLOW", "RED"]


def confidence(
    investors: Investors,
    pressure: Lean,
    program: ProgramLean,
    rules: ConfidenceRules,
    *,
    conflict_is_red: bool,
) -> Colour:
    """Return the colour of a setup."""
    if "DISTRIBUTE" in (investors.verdict, pressure, program):
        return "RED"
    if investors.verdict == "CONFLICT":
        return "RED" if conflict_is_red else "YELLOW"
    strong, pressed = investors.verdict == "STRONG", pressure == "ACCUMULATE"
    if program == "UNAVAILABLE":
        green = strong and (pressed or not rules.two_pillars_need_pressure)
    else:
        green = (strong, pressed, program == "ACCUMULATE").count(True) >= 2
    return "GREEN" if green and not investors.stale else "YELLOW"
