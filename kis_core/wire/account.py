"""What is asked of an account and what it answers, as values. Pure; no dialect, no socket.

The OMS speaks in these; `kis_core.broker` turns them into KIS's dialect and back. KRW, shares.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Side = Literal["BUY", "SELL"]


class OrderType(StrEnum):
    """ORD_DVSN, by the field's names. Source: kis_api.md §4.1."""

    LIMIT = "00"
    MARKET = "01"
    CONDITIONAL_LIMIT = "02"
    BEST_LIMIT = "03"
    TOP_LIMIT = "04"
    PRE_CLOSE = "05"
    POST_CLOSE = "06"
    OFF_HOURS_SINGLE = "07"
    LIMIT_IOC = "11"
    LIMIT_FOK = "12"
    MARKET_IOC = "13"
    MARKET_FOK = "14"
    BEST_IOC = "15"
    BEST_FOK = "16"
    MID_PRICE = "21"
    STOP_LIMIT = "22"
    MID_PRICE_IOC = "23"
    MID_PRICE_FOK = "24"
    GTP_LIMIT = "27"
    GTP_BEST = "28"
    GTP_TOP = "29"
    AFTER_LIMIT = "41"
    AFTER_LIMIT_IOC = "42"
    AFTER_LIMIT_FOK = "43"
    AFTER_BEST = "44"
    AFTER_BEST_IOC = "45"
    AFTER_BEST_FOK = "46"
    AFTER_TOP = "47"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order about to be sent. `limit_krw` is None for market orders."""

    symbol: str
    side: Side
    shares: int
    order_type: OrderType
    limit_krw: int | None
    venue: Literal["KRX", "NXT", "SOR"] = "KRX"


@dataclass(frozen=True, slots=True)
class OrderChange:
    """A cancel (`limit_krw` None) or a new limit price for all that is left of an order."""

    broker_id: str  # ODNO as answered; compared as a number
    branch: str  # KRX_FWDG_ORD_ORGNO
    order_type: OrderType
    limit_krw: int | None = None
    venue: Literal["KRX", "NXT", "SOR"] = "KRX"


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


@dataclass(frozen=True, slots=True)
class Holding:
    """One line of the balance."""

    symbol: str
    name: str
    shares: int
    sellable: int
    average_krw: float  # pchs_avg_pric, 4 decimals: a ratio, not money
    cost_krw: int
    price_krw: int
    bought_today: int
    sold_today: int


@dataclass(frozen=True, slots=True)
class Balance:
    """A whole balance, all pages. A partial one is never built."""

    holdings: tuple[Holding, ...]
    deposit_krw: int  # dnca_tot_amt
    settled_d2_krw: int  # prvs_rcdl_excc_amt
    total_krw: int  # tot_evlu_amt = securities + D+2 cash
    net_asset_krw: int  # nass_amt
    costs_today_krw: int  # thdt_tlex_amt


@dataclass(frozen=True, slots=True)
class BuyingPower:
    """inquire-psbl-order."""

    cash_krw: int  # ord_psbl_cash
    amount_krw: int  # nrcvb_buy_amt: without receivables
    shares: int  # nrcvb_buy_qty, 0 when no symbol was asked


class NoticeKind(StrEnum):
    """What an order notice tells."""

    ACCEPTED = "accepted"  # new order, modify or cancel taken by the exchange
    REJECTED = "rejected"
    FILLED = "filled"
    CANCELLED = "cancelled"  # cancel confirmed, or an IOC/FOK remainder


@dataclass(frozen=True, slots=True)
class OrderNotice:
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
