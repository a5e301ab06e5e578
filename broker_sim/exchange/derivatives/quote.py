"""A contract's session as it stands at an instant, for quote replies and frames."""

from dataclasses import dataclass

from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.prints import Limits


@dataclass(frozen=True, slots=True)
class Quote:
    """A contract's session so far. Prices in hundredths; open, high and low 0 before a print."""

    contract: Contract
    night: bool
    at_ns: int  # of the last print; of the question before the first
    limits: Limits
    last_h: int  # the base price before the first print
    open_h: int
    high_h: int
    low_h: int
    last_quantity: int
    quantity: int
    value_krw: int
    bid_h: int
    ask_h: int
    buy_quantity: int
    sell_quantity: int
    buy_count: int
    sell_count: int
    open_interest: int
    open_interest_change: int
    open_interest_step: int  # by the last print alone
    previous_quantity: int  # contracts traded the session before
    prints: int
