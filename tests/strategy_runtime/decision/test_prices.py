"""A silent feed is told once, however often its price has to be asked for."""

from kis_core.market.events import Trade
from kis_core.market.heard import Heard
from kis_core.market.imbalance import Imbalance
from kis_core.market.instants import SECOND_NS
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.prices import Silences
from strategy_runtime.decision.shape import PriceRules

RULES = PriceRules(stale_s=60, quote_after_s=20, quote_every_s=5)


def test_a_price_that_was_asked_for_ends_no_silence_and_a_print_does() -> None:
    heard, silences, said, asked = Heard(Imbalance(60)), Silences(), 0, 0
    for second in range(100, 400):
        out = Outbox()
        price = silences.price_of("005930", heard, second * SECOND_NS, out, RULES)
        said, asked = said + len(out.notes), asked + len(out.asks)
        if out.asks:
            assert price is None
            heard.on_quote(10_000, second * SECOND_NS)
    assert (said, silences.count) == (1, 1)
    assert 10 <= asked <= 20
    at_ns = 400 * SECOND_NS
    heard.on_trade(
        Trade("005930", "KRX", at_ns, at_ns, 9_990, 1, 1, 9_990, 1, None, None, False, False, None),
        (0, 2 * at_ns),
        120,
    )
    assert silences.price_of("005930", heard, at_ns, Outbox(), RULES) == 9_990
    assert not silences.since_ns
