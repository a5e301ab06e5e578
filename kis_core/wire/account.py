"""What is asked of an account and what it answers, as values. Pure; no dialect, no socket.

The OMS speaks in these; `kis_core.broker` turns them into KIS's dialect and back. KRW, shares.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

Side = Literal["BUY", "SELL"]


OrderVenue = Literal["KRX", "NXT", "SOR"]
"""EXCG_ID_DVSN_CD of an order. SOR: KIS picks the better of the two."""


class OrderType(StrEnum):
    """ORD_DVSN, by the field's names. Who takes which, and since when: `order_types`.

    Source: kis_api.md §4.1, krx_market.md §3.
    """

    LIMIT = "00"
    MARKET = "01"
    CONDITIONAL_LIMIT = "02"  # a market order in the closing auction
    BEST_LIMIT = "03"  # at the best of the other side
    TOP_LIMIT = "04"  # at the best of its own side
    PRE_OPEN = "05"  # at yesterday's close
    POST_CLOSE = "06"  # at today's close
    OFF_HOURS_SINGLE = "07"
    LIMIT_IOC = "11"
    LIMIT_FOK = "12"
    MARKET_IOC = "13"
    MARKET_FOK = "14"
    BEST_IOC = "15"
    BEST_FOK = "16"
    MID = "21"
    STOP_LIMIT = "22"
    MID_IOC = "23"
    MID_FOK = "24"
    GTP_LIMIT = "27"  # good till the pre-market ends
    GTP_BEST = "28"
    GTP_TOP = "29"
    AFTER_LIMIT = "41"  # KRX's after-market
    AFTER_LIMIT_IOC = "42"
    AFTER_LIMIT_FOK = "43"
    AFTER_BEST = "44"
    AFTER_BEST_IOC = "45"
    AFTER_BEST_FOK = "46"
    AFTER_TOP = "47"


class SaleType(StrEnum):
    """SLL_TYPE, of a sale. Source: kis_api.md §4.2."""

    NORMAL = "01"
    DISCRETIONARY = "02"
    BORROWED = "05"  # of borrowed stock: a short sale


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order about to be sent. `limit_krw` is None for types that have no price.

    `condition_krw` is the price that wakes a stop-limit order, and no other's.
    """

    symbol: str
    side: Side
    shares: int
    order_type: OrderType
    limit_krw: int | None
    venue: OrderVenue = "KRX"
    condition_krw: int | None = None
    sale_type: SaleType = SaleType.NORMAL


@dataclass(frozen=True, slots=True)
class OrderChange:
    """A cancel (`limit_krw` None) or a new price for `shares` of an order; None: all that is left.

    With `limit_krw` 0 it becomes a type that has no price. A futures and options account has to
    hear the symbol, and in places how many all that is left are.
    """

    broker_id: str  # ODNO as answered; compared as a number
    branch: str  # KRX_FWDG_ORD_ORGNO
    order_type: OrderType
    limit_krw: int | None = None
    venue: OrderVenue = "KRX"  # the one the order went to
    shares: int | None = None
    condition_krw: int | None = None
    symbol: str = ""
    remaining: int | None = None  # all that is left, as the sender knows it

    @property
    def is_cancel(self) -> bool:
        """Whether it takes shares out of the market and puts none back."""
        return self.limit_krw is None


@dataclass(frozen=True, slots=True)
class Accepted:
    """KIS took the order. Not a fill: the exchange may still refuse it (notice, history)."""

    broker_id: str  # ODNO, 10 digits with leading zeros
    branch: str
    accepted_at: str  # ORD_TMD, HHMMSS KST


@dataclass(frozen=True, slots=True)
class Declined:
    """KIS refused the order. It is not in the market."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The order left, nothing certain came back. Look it up in the history; never re-send."""

    why: str


Outcome = Accepted | Declined | Unknown


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the day's history (inquire-daily-ccld), fills summed. The broker's own truth."""

    date: str  # YYYY-MM-DD
    broker_id: str  # ODNO, 10 digits with leading zeros
    original_id: str | None  # set on a modify or cancel
    symbol: str
    side: Side
    shares: int
    limit_krw: int  # 0 for market orders, as KIS says it
    order_type: str  # ORD_DVSN
    ordered_at: str  # HHMMSS KST
    filled: int
    filled_value_krw: int
    cancelled: int
    rejected: int
    remaining: int
    is_cancel: bool  # cncl_yn
    branch: str
    venue: str = ""  # excg_id_dvsn_Cd; "" where KIS does not say
    condition_krw: int | None = None  # of a stop-limit order


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order of which something can still be modified or cancelled."""

    broker_id: str  # ODNO, 10 digits with leading zeros
    original_id: str | None  # the order it modified
    symbol: str
    side: Side
    shares: int
    limit_krw: int  # 0 for market orders
    order_type: str  # ORD_DVSN
    ordered_at: str  # HHMMSS KST
    filled: int
    filled_value_krw: int
    changeable: int  # shares
    branch: str
    venue: str = ""  # "" where KIS does not say
    condition_krw: int | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """One line of the balance: a symbol and how it was bought. Sold out lines stay until D+2.

    Of futures and options, shares are contracts, negative where they are held short, and prices
    are KRW per contract.
    """

    symbol: str
    name: str
    shares: int
    sellable: int  # how many an order may close; never negative
    average_krw: float  # pchs_avg_pric, 4 decimals: a ratio, not money
    cost_krw: int  # of what is held, signed like it
    price_krw: int
    bought_today: int | None  # None where the broker does not say
    sold_today: int | None
    loan_date: str | None = None  # YYYY-MM-DD, of a line bought on credit


@dataclass(frozen=True, slots=True)
class Balance:
    """A whole balance, all pages. A partial one is never built."""

    holdings: tuple[Holding, ...]
    deposit_krw: int  # dnca_tot_amt
    settled_d2_krw: int  # prvs_rcdl_excc_amt
    total_krw: int  # tot_evlu_amt = securities + D+2 cash
    net_asset_krw: int  # nass_amt
    costs_today_krw: int  # thdt_tlex_amt
    margin_krw: int | None = None  # what positions are backed with; None: no margin account
    margin_call_krw: int | None = None  # what is missing to the margin
    orderable_krw: int | None = None  # what may back new orders


@dataclass(frozen=True, slots=True)
class BuyingPower:
    """inquire-psbl-order."""

    cash_krw: int  # ord_psbl_cash
    amount_krw: int  # nrcvb_buy_amt: without receivables
    shares: int  # nrcvb_buy_qty, 0 when no symbol was asked


@dataclass(frozen=True, slots=True)
class Sellable:
    """What can be sold of a symbol now. Nothing held: zeros, and no average."""

    symbol: str
    name: str
    shares: int  # held
    sellable: int  # less what is already being sold
    average_krw: float | None  # what a share cost, a ratio


class NoticeKind(StrEnum):
    """What an order notice tells."""

    ACCEPTED = "accepted"  # new order, modify or cancel taken by the exchange
    REJECTED = "rejected"
    FILLED = "filled"
    CANCELLED = "cancelled"  # cancel confirmed, or an IOC/FOK remainder


class OrderNotice(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """H0STCNI0 / H0STCNI9, decrypted. May repeat, come late, or overtake the REST answer.

    For FILLED, `shares` and `price_krw` are of this fill alone; otherwise of the order.
    """

    kind: NoticeKind
    account: str  # 10 digits: CANO and product
    broker_id: str  # ODNO, 10 digits with leading zeros
    original_id: str | None
    symbol: str
    side: Side
    shares: int
    price_krw: int
    order_shares: int
    change: Literal["new", "modify", "cancel"]
    at: str  # HHMMSS KST
    venue: Literal["KRX", "NXT"] | None = None  # None where the narrow layout does not say
    session: Literal["day", "night"] | None = None  # of futures and options


class DerivativeNotice(msgspec.Struct, frozen=True, tag="derivative_notice"):
    """H0IFCNI0, H0IFCNI9, H0MFCNI0 or H0EUCNI0, decrypted: an order for a future or an option.

    For FILLED, `contracts` and `price` are of this fill alone; otherwise of the order. The price
    is None where there is none (a market order).
    """

    kind: NoticeKind
    account: str  # 10 digits: CANO and product
    broker_id: str  # ODNO, 10 digits with leading zeros
    original_id: str | None
    symbol: str
    side: Side
    contracts: int
    price: Decimal | None
    order_contracts: int
    change: Literal["new", "modify", "cancel"]
    at: str  # HHMMSS KST; of a night session, before noon is the next day
    session: Literal["day", "night"]
    order_price: Decimal | None = None  # None where the night's layout does not say
