"""The program-trading overlay: which way the programs lean. Never a gate.

Net buying is cumulative and may fall; a fall is selling, not a reset of the feed. It starts over on
another day, which is another state. Each market is asked for by and by while the session is open;
while the newest question about one has failed, its lean is unknown.
"""

from dataclasses import dataclass, field
from typing import Literal

from kis_core.market.instants import SECOND_NS
from strategy_kmp.decision.rules import ProgramRules
from strategy_runtime.contract import AskFailed, AskMarketProgram, ProgramNet

Lean = Literal["strong_inflow", "outflow", "mixed"]
Market = Literal["KOSPI", "KOSDAQ"]
MARKETS: tuple[Market, ...] = ("KOSPI", "KOSDAQ")


@dataclass(slots=True)
class Poll:
    """The asking about one market."""

    open: str | None = None  # the ask's id while it is unanswered
    again_ns: int = 0
    failed: bool = False  # the newest answer was none
    failures: int = 0


def _polls() -> dict[Market, Poll]:
    return {market: Poll() for market in MARKETS}


@dataclass(slots=True)
class Program:
    """Smoothed change of program net buying, per market."""

    last_krw: dict[str, int] = field(default_factory=dict)
    last_ns: dict[str, int] = field(default_factory=dict)
    ewma_krw: dict[str, float] = field(default_factory=dict)
    polls: dict[Market, Poll] = field(default_factory=_polls)

    def asks(self, now_ns: int, rules: ProgramRules) -> list[AskMarketProgram]:
        """Return what to ask now. The session is open."""
        asked = []
        for market, poll in self.polls.items():
            if poll.open is None and now_ns >= poll.again_ns:
                poll.again_ns = now_ns + rules.poll_s * SECOND_NS
                poll.open = f"program-{market}-{now_ns // SECOND_NS}"
                asked.append(AskMarketProgram(poll.open, market))
        return asked

    def on_failed(self, failed: AskFailed, rules: ProgramRules) -> Market | None:
        """Take it that there is no answer; return of which market, None where not of these."""
        for market, poll in self.polls.items():
            if poll.open is not None and poll.open == failed.ask_id:
                poll.open, poll.failed = None, True
                poll.failures += 1
                if not failed.offered:
                    poll.again_ns = failed.at_ns + rules.refused_again_s * SECOND_NS
                return market
        return None

    def on_net(self, net: ProgramNet, rules: ProgramRules) -> None:
        """Take a reading of the cumulative net buying; one that is not newer says nothing new."""
        poll = self.polls[net.market]
        if net.ask_id is not None and net.ask_id == poll.open:
            poll.open, poll.failed = None, False
        before = self.last_krw.get(net.market)
        if before is not None and net.at_ns <= self.last_ns[net.market]:
            return
        self.last_krw[net.market], self.last_ns[net.market] = net.net_buy_krw, net.at_ns
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
        if any(poll.failed for poll in self.polls.values()):
            return "mixed"
        if kospi is None or kosdaq is None:
            return "mixed"
        if kospi > 0 and kosdaq > 0:
            return "strong_inflow"
        return "outflow" if kospi < 0 and kosdaq < 0 else "mixed"

    def mult(self, rules: ProgramRules) -> float:
        """Return what it does to size."""
        mults = {"strong_inflow": rules.inflow_mult, "outflow": rules.outflow_mult, "mixed": 1.0}
        return mults[self.lean]
