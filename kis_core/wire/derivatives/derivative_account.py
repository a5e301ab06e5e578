"""What is asked of a futures and options account and what it answers, as values. Pure.

Prices are Decimal points (KRW for a stock's futures and options), sizes contracts, money KRW.
An order's answer is one of the three of `account`: Accepted, Declined, Unknown.
Source: kis_api.md §12, §4.2.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kis_core.market.derivative_sessions import SessionName
from kis_core.wire.account import Side


class DerivativeOrderType(StrEnum):
    """ORD_DVSN_CD, by the field's names."""

    LIMIT = "01"
    MARKET = "02"
    CONDITIONAL_LIMIT = "03"
    BEST_LIMIT = "04"
    LIMIT_IOC = "10"
    LIMIT_FOK = "11"
    MARKET_IOC = "12"
    MARKET_FOK = "13"
    BEST_IOC = "14"
    BEST_FOK = "15"


@dataclass(frozen=True, slots=True)
class NewDerivativeOrder:
    """An order about to be sent. `limit` is None for types that have no price."""

    code: str
    side: Side
    contracts: int
    order_type: DerivativeOrderType
    limit: Decimal | None
    session: SessionName = "day"


@dataclass(frozen=True, slots=True)
class DerivativeChange:
    """A cancel (`limit` None) or a new price for an order; 0 for a type that has no price.

    It is of all that is left, or with `in_part` of `contracts` of it. KIS wants to hear how many
    all is on paper and at night; by day on real accounts None will do.
    """

    broker_id: str  # ODNO as answered; compared as a number
    code: str
    order_type: DerivativeOrderType
    contracts: int | None = None
    limit: Decimal | None = None
    session: SessionName = "day"
    in_part: bool = False

    @property
    def is_cancel(self) -> bool:
        """Whether it takes contracts out of the market and puts none back."""
        return self.limit is None


@dataclass(frozen=True, slots=True)
class DerivativeOrderRow:
    """One order of a session's history, fills summed. The broker's own truth."""

    date: str  # YYYY-MM-DD
    broker_id: str  # ODNO, 10 digits with leading zeros
    original_id: str | None  # set on a modify or cancel
    code: str
    name: str
    side: Side
    contracts: int
    limit: Decimal  # 0 for market orders
    type_name: str  # nmpr_type_name, KIS's words
    ordered_at: str  # HHMMSS KST
    filled: int
    average: Decimal | None  # of the fills
    filled_value_krw: int
    remaining: int
    rejected: int
    why_rejected: str  # "" where it is not
    is_spread: bool
    branch: str
    is_cancel: bool = False  # as trad_dvsn_name says

    @property
    def is_open(self) -> bool:
        """Whether something of it can still be filled."""
        return self.remaining > 0


@dataclass(frozen=True, slots=True)
class DerivativePosition:
    """One line of the balance. What was closed today stays in it with no side and none held."""

    code: str  # shtn_pdno
    isin: str  # pdno, as KIS says it
    name: str
    side: Side | None
    contracts: int
    closable: int
    average: Decimal
    settlement: Decimal  # excc_unpr
    price: Decimal  # idx_clpr
    cost_krw: int
    value_krw: int
    unrealized_krw: int
    realized_krw: int


@dataclass(frozen=True, slots=True)
class DerivativeBalance:
    """A whole balance, all pages. A partial one is never built."""

    positions: tuple[DerivativePosition, ...]
    deposit_krw: int  # tot_dncl_amt
    cash_krw: int  # dnca_cash
    margin_krw: int  # mgna_tota
    cash_margin_krw: int  # cash_mgna
    margin_call_krw: int  # add_mgna_tota
    orderable_krw: int  # ord_psbl_tota
    orderable_cash_krw: int  # ord_psbl_cash
    withdrawable_krw: int  # wdrw_psbl_tot_amt
    net_asset_krw: int  # prsm_dpast: what the account would be worth, estimated
    realized_krw: int  # trad_pfls_amt_smtl
    unrealized_krw: int  # evlu_pfls_amt_smtl
    fee_krw: int
    next_day_krw: int  # nxdy_dnca: the deposit once today is settled


@dataclass(frozen=True, slots=True)
class Orderable:
    """How many contracts an order may have."""

    total: int  # tot_psbl_qty: opening and closing
    closable: int
    opening: int  # ord_psbl_qty
    base: Decimal | None  # bass_idx


@dataclass(frozen=True, slots=True)
class DerivativeDeposit:
    """What the account is worth: inquire-deposit. Real accounts only."""

    deposit_krw: int  # dnca_tota
    margin_cash_krw: int  # brkg_mgna_cash
    margin_call_krw: int  # add_mgna_tota
    receivable_krw: int  # rcva
    orderable_krw: int  # ord_psbl_tota
    orderable_cash_krw: int
    withdrawable_krw: int
    realized_krw: int  # trad_pfls_smtl
    unrealized_krw: int  # evlu_pfls_smtl
    fee_krw: int  # brkg_fee
    net_asset_krw: int  # prsm_dpast_amt
    maintenance_pct: Decimal | None  # mtnc_rt
