"""What an account has earned, is worth and is owed, as values. Pure. Real accounts only.

KRW and shares; rates in percent. Source: kis_api.md §5.7.
"""

from dataclasses import dataclass
from decimal import Decimal

from kis_core.wire.account import Balance


@dataclass(frozen=True, slots=True)
class RealizedBalance:
    """The balance and what came of it: inquire-balance-rlz-pl."""

    balance: Balance
    realized_krw: int  # rlzt_pfls, today
    realized_pct: Decimal | None
    unrealized_krw: int  # real_evlu_pfls
    unrealized_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class ProfitDay:
    """One day's buys, sells and what was made of them: inquire-period-profit."""

    date: str  # YYYY-MM-DD
    bought: int  # shares
    bought_krw: int
    sold: int  # shares
    sold_krw: int
    realized_krw: int
    fee_krw: int
    tax_krw: int
    loan_interest_krw: int
    profit_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class SymbolProfit:
    """One day's trading in one symbol: inquire-period-trade-profit."""

    date: str  # YYYY-MM-DD
    symbol: str
    name: str
    held: int  # shares left
    cost_krw: Decimal  # of a share
    bought: int
    bought_krw: int
    sold: int
    sold_at_krw: Decimal  # of a share
    sold_krw: int
    realized_krw: int
    fee_krw: int
    tax_krw: int
    loan_interest_krw: int
    profit_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class ProfitTotals:
    """The sums of a period."""

    bought: int
    bought_krw: int
    sold: int
    sold_krw: int
    realized_krw: int
    fee_krw: int
    tax_krw: int


@dataclass(frozen=True, slots=True)
class DailyProfit:
    """A period by day, all pages."""

    days: tuple[ProfitDay, ...]
    totals: ProfitTotals


@dataclass(frozen=True, slots=True)
class TradeProfit:
    """A period by symbol and day, all pages."""

    rows: tuple[SymbolProfit, ...]
    totals: ProfitTotals


@dataclass(frozen=True, slots=True)
class AssetLine:
    """One class of assets. KIS gives it no name: the place in the list is what it is."""

    place: int  # from 1
    cost_krw: int
    value_krw: int
    profit_krw: int
    loan_krw: int
    net_krw: int
    share_pct: Decimal


@dataclass(frozen=True, slots=True)
class Assets:
    """All that an account holds: inquire-account-balance."""

    lines: tuple[AssetLine, ...]
    total_krw: int  # tot_asst_amt
    net_krw: int  # nass_tot_amt
    cost_krw: int
    value_krw: int
    profit_krw: int
    loan_krw: int
    deposit_krw: int  # dncl_amt
    total_deposit_krw: int  # tot_dncl_amt: CMA and the like included


@dataclass(frozen=True, slots=True)
class Margin:
    """What stock orders may use: intgr-margin. Fractions of a KRW are cut off."""

    cash_krw: int  # stck_cash_objt_amt
    used_krw: int  # stck_cash_use_amt
    orderable_krw: int  # stck_cash_ord_psbl_amt
    orderable_by_rate_krw: dict[int, int]  # by margin rate, %: 20 30 40 50 60 100
    receivable_krw: int  # rcvb_amt


@dataclass(frozen=True, slots=True)
class Right:
    """One corporate action an account takes part in: period-rights."""

    symbol: str  # short code
    name: str
    kind: str  # rght_type_cd: 01 is a rights issue
    base_date: str  # YYYY-MM-DD
    held: int  # shares
    allotted: int  # tot_alct_qty, shares
    allotted_krw: int  # last_alct_amt
    price_krw: Decimal | None  # sbsc_unpr, to subscribe at
    subscribe_until: str | None  # YYYY-MM-DD
    requested: int
    requested_krw: int
    refunded_krw: int
    tax_krw: int
    listed_on: str | None  # YYYY-MM-DD
    paid_on: str | None  # YYYY-MM-DD
