"""Rows that say how something stands: orders, holdings, trades, the day, who is alive.

Money is int KRW, sizes are int shares, times are KST without a zone.
"""

from datetime import date, datetime

from oms.audit.tables import Standing


class Order(Standing, kw_only=True):
    """An order as it stands."""

    TABLE = "orders"
    KEY = ("order_id",)
    order_id: str
    seq: int
    account: str
    trade_date: date
    broker_id: str | None = None
    branch: str | None = None
    intent_id: str | None
    strategy_id: str
    symbol: str
    market: str | None
    side: str
    order_type: str
    shares: int
    limit_krw: int | None
    stop_krw: int | None
    price_krw: int | None
    time_horizon: str | None
    confidence: str | None
    reason: str
    state: str
    filled: int = 0
    filled_value_krw: int = 0
    cost_krw: int = 0
    cancelling: bool = False
    why: str | None = None
    refusal_code: str | None = None
    refusal_text: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    first_fill_at: datetime | None = None
    last_fill_at: datetime | None = None
    cancel_at: datetime | None
    closed_at: datetime | None = None
    venue: str = "KRX"
    time_in_force: str = "DAY"
    trigger_krw: int | None = None
    held: bool = False
    auction: str | None = None
    parent_id: str | None = None


class OrderParent(Standing, kw_only=True):
    """An intent that leaves as many orders, as it stands."""

    TABLE = "order_parents"
    KEY = ("parent_id",)
    parent_id: str
    seq: int
    account: str
    trade_date: date
    intent_id: str
    strategy_id: str
    symbol: str
    side: str
    style: str
    unfilled: str
    shares: int
    limit_krw: int | None
    slices: int
    taken: int = 0  # slices that had their turn
    missed: int = 0  # those among them without an order
    ordered: int = 0  # shares, what was ordered anew counted again
    dropped: int = 0  # shares given up
    filled: int = 0  # shares, when it closed
    reason: str
    why: str | None = None
    created_at: datetime
    ends_at: datetime
    closed_at: datetime | None = None


class Position(Standing, kw_only=True):
    """One symbol of the account, as the broker told."""

    TABLE = "positions"
    KEY = ("symbol",)
    symbol: str
    broker_shares: int | None = None
    broker_cost_krw: int | None = None
    balance_at: datetime | None = None
    price_krw: int | None = None
    price_at: datetime | None = None
    drift: int = 0
    frozen: bool = False
    lock_owner: str | None = None
    lock_until: datetime | None = None
    cooldown_until: datetime | None = None


class Allocation(Standing, kw_only=True):
    """What a strategy holds of a symbol."""

    TABLE = "allocations"
    KEY = ("strategy_id", "symbol")
    strategy_id: str
    symbol: str
    shares: int = 0
    cost_krw: int = 0
    stop_krw: int | None = None
    entered_at: datetime | None = None
    trade_id: str | None = None
    direction: str = "LONG"


class Trade(Standing, kw_only=True):
    """A round trip: from a strategy's first share of a symbol until it holds none."""

    TABLE = "trades"
    KEY = ("trade_id",)
    trade_id: str
    seq: int
    strategy_id: str
    symbol: str
    status: str = "OPEN"
    setup: str | None = None
    confidence: str | None = None
    time_horizon: str | None = None
    trade_date: date
    opened_at: datetime
    closed_at: datetime | None = None
    open_shares: int = 0
    open_cost_krw: int = 0
    entry_shares: int = 0
    entry_value_krw: int = 0
    entry_cost_krw: int = 0
    exit_shares: int = 0
    exit_value_krw: int = 0
    exit_cost_krw: int = 0
    initial_stop_krw: int | None = None
    risk_krw: int | None = None
    realised_pnl_krw: int = 0
    return_pct: float | None = None
    realised_r: float | None = None
    exit_reason: str | None = None
    entry_intent_id: str | None = None
    exit_intent_id: str | None = None
    entry_order_id: str | None = None
    exit_order_id: str | None = None
    direction: str = "LONG"


class TradeMarks(Standing, kw_only=True):
    """How far a trade went its way and against it."""

    TABLE = "trade_marks"
    KEY = ("trade_id",)
    trade_id: str
    high_krw: int
    high_at: datetime
    low_krw: int
    low_at: datetime
    marks: int = 0
    mfe_krw: int = 0
    mae_krw: int = 0
    mfe_pct: float = 0.0
    mae_pct: float = 0.0
    mfe_r: float | None = None
    mae_r: float | None = None
    capture_ratio: float | None = None
    duration_s: int = 0


class PortfolioDay(Standing, kw_only=True):
    """An account's day."""

    TABLE = "risk_daily_portfolio"
    KEY = ("trade_date",)
    trade_date: date
    baseline_krw: int | None = None
    equity_krw: int | None = None
    deposit_krw: int | None = None
    settled_d2_krw: int | None = None
    orderable_krw: int | None = None
    realised_pnl_krw: int = 0
    unrealised_pnl_krw: int | None = 0
    low_pnl_krw: int = 0
    gross_krw: int = 0
    peak_gross_krw: int = 0
    positions_count: int = 0
    orders_sent: int = 0
    fills_count: int = 0
    turnover_krw: int = 0
    cost_krw: int = 0
    halted: bool = False
    halt_reason: str | None = None
    halted_at: datetime | None = None
    safe_mode: bool = False
    flatten_triggered: bool = False
    regime: str | None = None
    regime_set_at: datetime | None = None


class StrategyDay(Standing, kw_only=True):
    """A strategy's day."""

    TABLE = "risk_daily_strategy"
    KEY = ("trade_date", "strategy_id")
    trade_date: date
    strategy_id: str
    realised_pnl_krw: int = 0
    realised_r: float = 0.0
    unrealised_pnl_krw: int | None = 0
    low_pnl_krw: int = 0
    gross_krw: int = 0
    peak_gross_krw: int = 0
    trades_opened: int = 0
    trades_closed: int = 0
    wins: int = 0
    losses: int = 0
    fills_count: int = 0
    turnover_krw: int = 0
    cost_krw: int = 0
    halted: bool = False
    halt_reason: str | None = None
    halted_at: datetime | None = None


class StrategyState(Standing, kw_only=True):
    """What a strategy last said of itself."""

    TABLE = "strategy_state"
    KEY = ("strategy_id",)
    strategy_id: str
    mode: str | None = None
    last_heartbeat_at: datetime | None = None
    symbols_hot: int | None = None
    symbols_warm: int | None = None
    symbols_cold: int | None = None
    positions: int | None = None
    paused: bool = False
    pause_reason: str | None = None
    last_intent_at: datetime | None = None
    last_fill_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    version: str | None = None


class OmsState(Standing, kw_only=True):
    """An OMS as it stands."""

    TABLE = "oms_state"
    KEY = ()
    version: str = ""
    started_at: datetime
    limits_hash: str = ""
    trade_date: date | None = None
    session_open_at: datetime | None = None
    session_close_at: datetime | None = None
    safe_mode: bool = False
    halt_entries: bool = False
    halt_reason: str | None = None
    flattening: bool = False
    regime: str | None = None
    equity_krw: int | None = None
    orderable_krw: int | None = None
    balance_at: datetime | None = None
    history_at: datetime | None = None
    notices_live: bool | None = None
    notices_at: datetime | None = None
    drift_symbols: int = 0
    query_failures: int = 0
    contradictions: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None
