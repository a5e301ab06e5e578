"""How often one token may ask: so many at once, so many a second after that.

For entries and for looking; what sells, withdraws, protects or comes from an operator is never
counted. Nobody's asking slows another down: each token has its own measure.
"""

from dataclasses import dataclass, field

from kis_core.clock import SECOND_NS
from oms.access import Caller


@dataclass(slots=True)
class Measure:
    """What one token may still ask, as of an instant."""

    left: float
    at_ns: int


@dataclass(slots=True)
class Allowance:
    """`burst` at once, `per_s` a second of the OMS's clock after that."""

    per_s: float
    burst: int
    refused: int = 0
    _measures: dict[Caller, Measure] = field(default_factory=dict)

    def wait_s(self, caller: Caller, now_ns: int) -> float:
        """Take one; return 0.0 where there was one, else the seconds until there is."""
        measure = self._measures.get(caller)
        if measure is None:
            measure = self._measures[caller] = Measure(float(self.burst), now_ns)
        gained = max(0, now_ns - measure.at_ns) * self.per_s / SECOND_NS
        measure.left = min(float(self.burst), measure.left + gained)
        measure.at_ns = now_ns
        if measure.left >= 1.0:
            measure.left -= 1.0
            return 0.0
        self.refused += 1
        return (1.0 - measure.left) / self.per_s
