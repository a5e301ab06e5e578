"""Who trades, and what a fund is worth, as values: members, program trading, NAV. Frozen, tagged.

`at_ns` is when KIS says it was, `arrived_ns` when it reached this fleet. An unknown is None, never
0. Flows are sums of the day so far.
"""

from decimal import Decimal

import msgspec

from kis_core.market.events import Market


class Member(msgspec.Struct, frozen=True, array_like=True):
    """One of the five exchange members that sold, or bought, most of a stock today."""

    name: str
    code: str | None
    shares: int
    change: int | None  # since the frame before
    share_pct: Decimal | None
    foreign: bool | None
    english: str | None


class MemberFlow(msgspec.Struct, frozen=True, tag="members", array_like=True):
    """The members that trade most of a stock today, biggest first. KIS gives it no time."""

    symbol: str
    venue: Market
    arrived_ns: int
    sellers: tuple[Member, ...]
    buyers: tuple[Member, ...]
    foreign_sold: int | None
    foreign_bought: int | None
    foreign_sold_change: int | None
    foreign_bought_change: int | None
    foreign_net: int | None
    foreign_sold_pct: Decimal | None
    foreign_bought_pct: Decimal | None


class ProgramFlow(msgspec.Struct, frozen=True, tag="program", array_like=True):
    """Program trading of one stock today, in shares and KRW."""

    symbol: str
    venue: Market
    at_ns: int
    arrived_ns: int
    sold: int
    sold_krw: int
    bought: int
    bought_krw: int
    net: int
    net_krw: int
    asking: int | None  # shares resting to sell
    bidding: int | None
    net_resting: int | None


class EtfNav(msgspec.Struct, frozen=True, tag="nav", array_like=True):
    """The net asset value of one share of an ETF, in KRW. KIS gives it no time."""

    symbol: str
    arrived_ns: int
    nav_krw: Decimal
    change_krw: Decimal | None
    change_pct: Decimal | None
    open_krw: Decimal | None
    high_krw: Decimal | None
    low_krw: Decimal | None


class Traded(msgspec.Struct, frozen=True, array_like=True):
    """What was sold and bought: thousands of shares, millions of KRW, as KIS rounds them."""

    sold_thousand: int | None
    sold_million_krw: int | None
    bought_thousand: int | None
    bought_million_krw: int | None


class IndexProgram(msgspec.Struct, frozen=True, tag="index_program", array_like=True):
    """Program trading of a market today: arbitrage and not, for customers and on own account."""

    index: str
    at_ns: int
    arrived_ns: int
    arbitrage_customers: Traded
    arbitrage_own: Traded
    other_customers: Traded
    other_own: Traded
    arbitrage: Traded
    other: Traded
    customers: Traded
    own: Traded
    whole: Traded
    market_thousand: int | None  # all trading of the market, not only by program
    market_million_krw: int | None
