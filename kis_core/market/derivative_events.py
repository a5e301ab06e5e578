"""What happens in futures and options, as values. Frozen, tagged.

Prices are Decimal, in what the contract is quoted in: points for indices (never KRW), KRW for
single stocks, each commodity's own. Sizes are int contracts. `at_ns` is when the exchange says it
was: a night session goes on after midnight, and so do its instants. An unknown is None, never 0.
"""

from decimal import Decimal
from typing import Literal

import msgspec

Session = Literal["day", "night"]


class DerivativeLevel(msgspec.Struct, frozen=True, array_like=True):
    """One level of a book."""

    price: Decimal
    contracts: int
    orders: int | None


class DerivativeBook(msgspec.Struct, frozen=True, tag="derivative_book", array_like=True):
    """The five or ten best levels of each side, best first; empty levels are left out."""

    symbol: str
    session: Session
    at_ns: int
    arrived_ns: int
    asks: tuple[DerivativeLevel, ...]
    bids: tuple[DerivativeLevel, ...]
    total_asks: int | None  # contracts of all levels, shown or not
    total_bids: int | None
    total_ask_orders: int | None
    total_bid_orders: int | None


class ExpectedContract(msgspec.Struct, frozen=True, tag="expected_contract", array_like=True):
    """What a call auction of a contract would print if it ended now."""

    symbol: str
    session: Session
    at_ns: int
    arrived_ns: int
    price: Decimal | None
    change: Decimal | None  # since the previous close
    change_pct: Decimal | None
    phase: str | None  # ANTC_MKOP_CLS_CODE as it is
    contracts: int | None  # None where the feed does not say (single-stock options)


class Contract(msgspec.Struct, frozen=True, array_like=True):
    """What one print of a future and of an option have in common."""

    symbol: str
    session: Session
    at_ns: int
    arrived_ns: int
    price: Decimal
    contracts: int  # of this print
    cum_contracts: int  # this session, this print included
    cum_value_thousand_krw: int | None
    change: Decimal | None  # since the previous close
    change_pct: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    ask: Decimal | None  # best, after the print
    bid: Decimal | None
    ask_contracts: int | None
    bid_contracts: int | None
    total_asks: int | None
    total_bids: int | None
    open_interest: int | None
    open_interest_change: int | None
    theoretical: Decimal | None
    basis: Decimal | None  # to the underlying as it stands
    theoretical_basis: Decimal | None
    disparity_pct: Decimal | None
    sold: int | None  # contracts today at the seller's initiative
    bought: int | None
    strength_pct: Decimal | None
    upper: Decimal | None  # the dynamic price limits
    lower: Decimal | None
    limited: str | None  # DYNM_PRC_LIMT_YN as it is
    block_contracts: int | None  # negotiated outside the book


class FuturesTrade(Contract, frozen=True, tag="futures_trade", array_like=True):
    """One print of a future: of an index, of a single stock, of a commodity."""

    near: Decimal | None = None  # prices of a spread's two legs, and of the spread
    far: Decimal | None = None
    spread: Decimal | None = None


class OptionTrade(Contract, frozen=True, tag="option_trade", array_like=True):
    """One print of an option, with KIS's greeks."""

    premium: Decimal | None = None
    intrinsic: Decimal | None = None
    time_value: Decimal | None = None
    delta: Decimal | None = None
    gamma: Decimal | None = None
    vega: Decimal | None = None
    theta: Decimal | None = None
    rho: Decimal | None = None
    implied_pct: Decimal | None = None  # volatility
    historical_pct: Decimal | None = None
    average_pct: Decimal | None = None
