"""The price a position is judged by: one that is too old decides nothing, and is asked for."""

from dataclasses import dataclass, field

from kis_core.market.heard import Heard
from kis_core.market.instants import SECOND_NS
from strategy_runtime.contract import AskQuote
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.shape import PriceRules


@dataclass(slots=True)
class Silences:
    """Which positions' feeds are silent. Advanced in place by the fold that owns it."""

    since_ns: dict[str, int] = field(default_factory=dict)  # by symbol
    count: int = 0

    def price_of(
        self, symbol: str, heard: Heard, now_ns: int, out: Outbox, rules: PriceRules
    ) -> int | None:
        """Return the price a position is judged by; None where it is too old, asking over REST."""
        if heard.fresh(now_ns, rules.quote_after_s):
            if not heard.by_quote:  # a price that had to be asked for ends no silence
                self.since_ns.pop(symbol, None)
            return heard.price_krw
        if symbol not in self.since_ns:
            self.since_ns[symbol] = now_ns
            self.count += 1
            age_s = heard.age_s(now_ns)
            out.warn("Price feed silent, asking over REST", symbol, age_s=age_s)
        if now_ns - heard.quote_asked_ns >= rules.quote_every_s * SECOND_NS:
            heard.quote_asked_ns = now_ns
            out.ask(AskQuote(f"price-{symbol}-{now_ns // SECOND_NS}", symbol))
        return None
