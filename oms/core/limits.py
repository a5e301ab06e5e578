"""The limits one OMS trades under, as values. Written down in config/oms.yaml; none has a default.

They travel in the journal (`Started`, `LimitsRead`), so that yesterday's decisions can be checked
against yesterday's limits. A limit that came later is None in journals older than it, and limits
nothing there; the file has to say every one. Percentages are fractions of equity, `_bp` basis
points, `_s` seconds of market time, `_ppm` millionths.
"""

from typing import Literal

import msgspec

from oms.core.words import VenueWish

Instruments = Literal["stocks", "derivatives"]
"""What an account trades: shares that are paid for, or futures and options on margin."""


class Budget(msgspec.Struct, frozen=True):
    """What one strategy may use."""

    positions_max: int
    risk_pct_max: float  # (entry - stop) x shares of one entry, of equity
    capital_pct: float  # its own exposure, of equity; also the equity it is shown
    lock_s: int  # how long its entry keeps other strategies out of the symbol
    daily_loss_pct_max: float | None = None  # its own loss today, of the account's baseline
    orders_per_min_max: int | None = None
    heartbeat_s_max: int | None = None  # entries wait when its last heartbeat is older
    on_silence: Literal["hold", "flatten"] = "hold"  # what becomes of its shares then
    flatten_s: int | None = None  # its day positions are sold this long before the close
    priority: int = 0  # over other strategies' entries into a symbol; the higher goes first
    priority_since_s: int = 0  # seconds of the KST day from and until which it has it
    priority_until_s: int = 86_400


class Tier(msgspec.Struct, frozen=True):
    """How much may be held once equity is so far below its highest start of a day."""

    drawdown_pct: float
    exposure_pct_max: float


class Limits(msgspec.Struct, frozen=True):
    """Every number and switch a decision of the OMS depends on."""

    daily_loss_warn_pct: float
    daily_loss_halt_pct: float
    gross_pct_max: float
    position_pct_max: float
    positions_max: int
    sector_pct_max: float
    unknown_sector: Literal["block", "allow"]
    regime_caps: dict[str, float]
    regime_at_start: str
    spread_bp_max: float | None  # of every entry, besides what the intent itself says
    vi_cooldown_s: int
    collar_bp: int  # how far an order's price may lie from the last trade
    quote_age_s_max: float
    balance_age_s_max: float  # entries wait when equity is older
    order_value_krw_max: int
    order_shares_max: int
    commission_ppm: int
    entry_life_s: dict[str, int]  # by urgency: after this an unfilled entry is cancelled
    high_urgency_bp: int  # how far above the last trade a HIGH entry may go, within its limit
    unknown_settle_s: int  # a history counts as evidence of absence this long after sending
    fill_settle_s: int  # a balance is compared with allocations this long after a fill
    exit_retry_s: int  # first pause before an exit that ended unfilled is sent again
    exit_retry_s_max: int
    closing_cancel_s: int  # working buys are cancelled this long before the closing auction
    budgets: dict[str, Budget]
    sectors: dict[str, str]
    net_pct_max: float | None = None
    drawdown_tiers: tuple[Tier, ...] = ()  # the deepest one reached holds
    participation_pct_max: float | None = None  # of what the symbol traded today
    orders_per_min_max: int | None = None  # of the account, sells counted
    messages_per_s_max: int | None = None  # orders and cancels sent
    repeats_max: int | None = None  # entries of one strategy into one symbol
    repeats_s: int = 0  # within so long
    blocked_states: tuple[str, ...] = ()  # of `Quote.states`
    instruments: Instruments = "stocks"  # what the account trades
    margin_pct: float = 1.0  # of a future's price that opening it takes of the cash
    day_end_s: int | None = None  # the day is compared with the broker's this long after the close
    history_age_s_max: float | None = None  # entries wait when the order history is older
    crossing_wait_s: int | None = None  # an exit waits so long for own orders it would meet
    base_jump_pct_max: float | None = None  # base price against the last price of the day before
    default_venue: VenueWish | None = None  # where an intent goes that names no venue; None: KRX
    stops_on_nxt: bool = False  # whether NXT's prints fire stops, which then sell there, too
    exit_reach_bp: int = 100  # how far below the last trade a sale goes where it needs a limit
    auction_settle_s: int = 30  # an order for the opening auction is cancelled so long after it
    options_commission_ppm: int | None = None  # None: as futures, by `commission_ppm`
    margin_pct_max: float | None = None  # of equity that may back positions and orders
    contracts_max: int | None = None  # of one symbol, held and being opened
    expiry_flatten_s: int | None = None  # a contract is closed so long before its end; None: never
