"""The one account: its rules, and what it holds. KRW and shares."""

from dataclasses import dataclass
from typing import Literal

import msgspec

Dialect = Literal["real", "paper"]


@dataclass(frozen=True, slots=True)
class OpeningHolding:
    """Shares carried in from before the day."""

    symbol: str
    shares: int
    average_krw: float


@dataclass(frozen=True, slots=True)
class OpeningContracts:
    """Contracts of the margin account carried in from before the day. Hundredths of a point."""

    code: str
    quantity: int  # negative when sold
    cost_h: int  # price times contracts, signed like it: of a future, at the last settlement


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What the account starts with and what trading costs it."""

    cash_krw: int
    commission_ppm: int  # of traded value, both sides
    dialect: Dialect = "real"  # whose codes a refusal carries
    latency_ns: int = 20_000_000  # from the broker's answer to the exchange's acknowledgement
    holdings: tuple[OpeningHolding, ...] = ()
    contracts: tuple[OpeningContracts, ...] = ()  # of the margin account


class CashView(msgspec.Struct, frozen=True):
    """The account's money. Costs are commission and taxes."""

    deposit_krw: int  # at the start of the day: nothing of today has settled
    settled_krw: int  # deposit with all of today's trades and costs in it (D+2)
    reserved_krw: int  # held back for working buys
    orderable_krw: int  # settled less reserved, never negative; sale proceeds count at once
    bought_krw: int  # value of today's buys, without costs
    sold_krw: int
    costs_krw: int


class HoldingView(msgspec.Struct, frozen=True):
    """One line of the balance. A line sold out today stays, with 0 shares."""

    symbol: str
    shares: int
    sellable: int  # shares less what working sells hold
    average_krw: float  # of what is held, without costs; a ratio, not money
    cost_krw: int  # what the held shares cost, rounded
    opening_shares: int
    bought_today: int
    sold_today: int
    last_krw: int


class BuyingPowerView(msgspec.Struct, frozen=True):
    """What could be bought now, and at which price it was reckoned (0 when no symbol was given)."""

    cash_krw: int
    price_krw: int
    shares: int
