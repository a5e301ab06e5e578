"""What a futures and options account settled, paid and filled, as values. Pure. Real accounts only.

Sizes contracts, money KRW. Source: kis_api.md §12.
"""

from dataclasses import dataclass
from decimal import Decimal

from kis_core.wire.account import Side


@dataclass(frozen=True, slots=True)
class SettledPosition:
    """One contract of a day's settlement."""

    code: str  # pdno
    name: str
    side: Side | None  # None where nothing is held
    held_before: int  # the evening before
    opened: int
    closed: int
    held: int
    held_krw: int
    value_krw: int
    realized_krw: int
    unrealized_krw: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a day came to, all pages: inquire-balance-settlement-pl."""

    positions: tuple[SettledPosition, ...]
    cash_krw: int  # dnca_cash
    next_day_krw: int  # nxdy_dnca
    margin_krw: int  # brkg_mgna_tota
    maintenance_krw: int  # mmga_tota
    options_bought_krw: int
    options_sold_krw: int
    variation_today_krw: int  # thdt_dfpa: futures marked from the price they were traded at
    variation_held_krw: int  # rnwl_dfpa: those held before, from the day before's settlement
    fee_krw: int


@dataclass(frozen=True, slots=True)
class FeeDay:
    """One day's trading in one contract and what it cost: inquire-daily-amount-fee."""

    date: str  # YYYY-MM-DD
    code: str  # pdno
    name: str
    sold_krw: int
    sold_fee_krw: int
    bought_krw: int
    bought_fee_krw: int
    fee_krw: int
    realized_krw: int


@dataclass(frozen=True, slots=True)
class Fees:
    """A period's trading and what it cost, all pages."""

    days: tuple[FeeDay, ...]
    traded_krw: int
    fee_krw: int
    realized_krw: int


@dataclass(frozen=True, slots=True)
class DerivativeFill:
    """One fill: inquire-ccnl-bstime, the only list that tells them apart."""

    code: str  # pdno
    name: str
    broker_id: str  # ODNO, 10 digits with leading zeros
    kind: str  # tr_type_name, KIS's words
    price: Decimal
    contracts: int
    value_krw: int
    fee_krw: int
    filled_at: str  # HHMMSS KST


@dataclass(frozen=True, slots=True)
class NightMargin:
    """What the account may use at night: ngt-margin-detail, its totals."""

    deposit_krw: int  # dnca_tota
    orderable_krw: int
    orderable_cash_krw: int
    withdrawable_krw: int
    margin_krw: int  # brkg_mgna_tot_amt
    margin_cash_krw: int
    margin_call_krw: int
    fee_krw: int
    net_asset_krw: int  # prsm_dpast_amt
