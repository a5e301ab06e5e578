"""The program-trading overlay: which way the programs lean. Never a gate.

Net buying is cumulative and may fall; a fall is selling, not a reset of the feed. It starts over on
another day, which is another state.
"""

from dataclasses import dataclass, field
from typing import Literal

from strategy_kmp.decision.rules import ProgramRules
from strategy_runtime.contract import ProgramNet

Lean = Literal["strong_inflow", "outflow", "mixed"]


@dataclass(slots=True)
class Program:
    """Smoothed change of program net buying, per market."""

    last_krw: dict[str, int] = field(default_factory=dict)
    ewma_krw: dict[str, float] = field(default_factory=dict)

    def on_net(self, net: ProgramNet, rules: ProgramRules) -> None:
        """Take a reading of the cumulative net buying."""
        before = self.last_krw.get(net.market)
        self.last_krw[net.market] = net.net_buy_krw
        if before is None:
            return
        delta = net.net_buy_krw - before
        weight = rules.ewma_weight
        self.ewma_krw[net.market] = weight * delta + (1 - weight) * self.ewma_krw.get(
            net.market, 0.0
        )

    @property
    def lean(self) -> Lean:
        """Which way both markets lean; mixed while either is unknown."""
        kospi, kosdaq = self.ewma_krw.get("KOSPI"), self.ewma_krw.get("KOSDAQ")
        if kospi is None or kosdaq is None:
            return "mixed"
        if kospi > 0 and kosdaq > 0:
            return "strong_inflow"
        return "outflow" if kospi < 0 and kosdaq < 0 else "mixed"

    def mult(self, rules: ProgramRules) -> float:
        """Return what it does to size."""
        mults = {"strong_inflow": rules.inflow_mult, "outflow": rules.outflow_mult, "mixed": 1.0}
        return mults[self.lean]
