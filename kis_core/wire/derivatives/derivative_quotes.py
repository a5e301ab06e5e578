"""What KIS says of futures and options, as values.

Prices are Decimal points (KRW for a stock's futures and options), sizes contracts, money KRW,
volatility and rates in percent. What has not come to be, such as an open before the first trade,
is None. Source: kis_api.md §11.
"""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from kis_core.market.derivatives import Kind


class Greeks(msgspec.Struct, frozen=True, array_like=True):
    """An option's sensitivities, as KIS computes them."""

    delta: Decimal
    gamma: Decimal
    vega: Decimal
    theta: Decimal
    rho: Decimal


class Underlying(msgspec.Struct, frozen=True, array_like=True):
    """An index or a stock that contracts are of."""

    code: str
    name: str
    level: Decimal
    change: Decimal  # against the day before
    change_pct: Decimal


class DerivativePrice(msgspec.Struct, frozen=True, array_like=True):
    """The current price of a contract. `at_ns` is when the reply arrived."""

    code: str
    name: str
    at_ns: int
    price: Decimal | None
    previous_close: Decimal | None
    base: Decimal | None  # the day's reference price
    upper: Decimal | None  # the limit in force now: limits come in steps
    lower: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    volume: int
    value_krw: int
    open_interest: int
    open_interest_change: int
    theoretical: Decimal | None
    basis: Decimal | None  # mrkt_basis: the future less the index
    last_trading_date: str | None  # YYYY-MM-DD
    days_left: int | None
    strike: Decimal | None  # None: not an option
    greeks: Greeks | None
    implied_pct: Decimal | None  # None where KIS has none
    historical_pct: Decimal | None
    underlying: Underlying | None
    kospi200: Underlying | None


class Level(NamedTuple):
    """One level of a book."""

    price: Decimal
    contracts: int
    orders: int


class DerivativeBook(msgspec.Struct, frozen=True, array_like=True):
    """The five best levels of each side, best first; empty levels are left out."""

    code: str
    at_ns: int
    arrived_ns: int
    asks: tuple[Level, ...]
    bids: tuple[Level, ...]
    total_ask: int  # contracts, all levels
    total_bid: int


class MinuteRow(msgspec.Struct, frozen=True, array_like=True):
    """One row of a minute chart as KIS sends it. `date` is the day its session began on."""

    date: str  # YYYYMMDD
    start_ns: int  # the instant it began, on the next day for a night's hours past midnight
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    cum_value_krw: int | None


class DerivativeBar(msgspec.Struct, frozen=True, array_like=True):
    """A completed minute in which something was traded."""

    code: str
    start_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    value_krw: int | None


class DerivativeDay(msgspec.Struct, frozen=True, array_like=True):
    """One day (week, month, year) of a contract. `date` is YYYY-MM-DD."""

    code: str
    date: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    value_krw: int | None


class OptionQuote(msgspec.Struct, frozen=True, array_like=True):
    """One row of the option board."""

    code: str
    kind: Kind
    strike: Decimal
    price: Decimal | None
    change: Decimal
    bid: Decimal | None
    ask: Decimal | None
    bid_contracts: int
    ask_contracts: int
    base: Decimal | None  # the day's reference price
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    upper: Decimal | None
    lower: Decimal | None
    volume: int
    value_krw: int
    open_interest: int
    open_interest_change: int
    greeks: Greeks
    implied_pct: Decimal | None  # None where KIS has none: it says 0.0000
    historical_pct: Decimal | None
    theoretical: Decimal | None
    intrinsic: Decimal | None
    time_value: Decimal | None
    expected: Decimal | None  # the auction's price, while there is one
    label: str  # ATM, ITM or OTM as KIS says it: its ATM has been seen steps and tens of points off


class OptionBoard(msgspec.Struct, frozen=True, array_like=True):
    """The calls and puts of an expiry, lowest strike first."""

    maturity: str  # as it was asked for
    calls: tuple[OptionQuote, ...]
    puts: tuple[OptionQuote, ...]
    is_cut: bool  # a side is as long as a side can be: strikes may be missing at its ends


class FutureQuote(msgspec.Struct, frozen=True, array_like=True):
    """One row of the futures board."""

    code: str
    name: str
    price: Decimal | None
    change: Decimal
    theoretical: Decimal | None
    volume: int
    bid: Decimal | None
    ask: Decimal | None
    high: Decimal | None
    low: Decimal | None
    open_interest: int
    days_left: int
    total_ask: int
    total_bid: int
    expected: Decimal | None


class Maturity(msgspec.Struct, frozen=True, array_like=True):
    """One expiry of options. Boards are asked for by `month`; `code` does not work there."""

    code: str  # 4 characters: 0610
    month: str  # 202610; of a weekly one year, month and week: 260904


class BoardTop(msgspec.Struct, frozen=True, array_like=True):
    """A future beside what it is of."""

    name: str
    price: Decimal | None
    change: Decimal
    underlying: Decimal
    underlying_change: Decimal
    underlying_volume: int
    days_left: tuple[int, ...]  # of the expiries listed, nearest first


class ExpectedPrice(msgspec.Struct, frozen=True, array_like=True):
    """A price that an auction was expected to make, at a time of the day."""

    hhmmss: str
    price: Decimal | None
    change: Decimal


class MarginRate(msgspec.Struct, frozen=True, array_like=True):
    """What a future of one underlying asks for."""

    underlying: str
    name: str
    entrusted_pct: Decimal  # brkg_mgna_rt
    maintenance_pct: Decimal  # tr_mgna_rt: the trading margin's
    underlying_price: Decimal
    multiplier: Decimal
    per_contract_krw: int
