"""What positions must be backed with, and what trading costs: the one place for these rates.

Rates of the exchange as of 2026-07 (krx_market.md §8.2); brokers ask for more. What a sold option
must be backed with is a simplification of the exchange's scenarios: its price and the index's
margin by its delta, never less than a tenth of that. Fees are those of a discount account, ppm of
the traded value.
"""

from dataclasses import dataclass

from broker_sim.exchange.derivatives.contracts import Contract
from kis_core.market.costs import DerivativeRates, derivative_order_cost_krw

MILLION = 1_000_000
INITIAL_PPM, MAINTENANCE_PPM = 81_000, 54_000
DELTA_MIN_PPM = 100_000
FEES = DerivativeRates(futures_ppm=30, options_ppm=1_400)


@dataclass(frozen=True, slots=True)
class Marked:
    """What the market says of a contract: its price, its index, how it follows it."""

    price_h: int
    index_h: int
    delta: float


def fee_krw(contract: Contract, value_krw: int) -> int:
    """Return the fee of an order that traded so much."""
    return derivative_order_cost_krw(contract.is_option, value_krw, FEES)


def unit_margin_krw(contract: Contract, mark: Marked, ppm: int = INITIAL_PPM) -> int:
    """Return what one contract of an open future or sold option must be backed with."""
    if not contract.is_option:
        return contract.product.value_krw(mark.price_h, 1) * ppm // MILLION
    share_ppm = max(int(abs(mark.delta) * MILLION), DELTA_MIN_PPM)
    risk = contract.product.value_krw(mark.index_h, 1) * ppm // MILLION * share_ppm // MILLION
    return contract.product.value_krw(mark.price_h, 1) + risk
