"""Whether the market can be heard: gaps of the line, and the places it has for symbols."""

from dataclasses import dataclass

from kis_core.market.events import Gap, SlotsGranted
from kis_core.market.instants import SECOND_NS
from strategy_runtime.contract import RESTARTED
from strategy_runtime.decision.outbox import Outbox, seconds


@dataclass(slots=True)
class Line:
    """What is known of the line. Advanced in place by the fold that owns it."""

    down_ns: int | None = None  # since when nothing is heard
    gaps: int = 0
    gap_ns: int = 0
    slots: SlotsGranted | None = None

    @property
    def gap_s(self) -> float:
        """How long nothing was heard today, in seconds."""
        return round(self.gap_ns / SECOND_NS, 1)

    @property
    def refused(self) -> tuple[str, ...]:
        """The symbols that found no place on the line."""
        return self.slots.refused if self.slots else ()

    def hears(self, symbol: str) -> bool | None:
        """Whether a symbol has a place on the line; None before the line has said so."""
        return None if self.slots is None else symbol in self.slots.granted

    def on_slots(self, slots: SlotsGranted) -> None:
        """Take who is heard now."""
        self.slots = slots

    def on_gap(self, gap: Gap, out: Outbox) -> bool:
        """Take a gap; return whether it is that this process began anew.

        A gap of one symbol changes nothing here: what went by unheard shows in the exchange's own
        count of shares.
        """
        if gap.symbol is not None:
            return False
        if gap.to_ns is None:
            self.down_ns = gap.from_ns
            self.gaps += 1
            out.warn("Market data line down", why=gap.reason)
            return False
        self.down_ns = None
        self.gap_ns += max(0, gap.to_ns - gap.from_ns)
        if gap.reason == RESTARTED:
            out.say("Going on from the journal", away_s=seconds(gap.to_ns - gap.from_ns))
            return True
        out.say("Market data line back", reason=gap.reason)
        return False
