"""One entry and all that the risk controls compare, laid side by side by `oms.core.gate`."""


class Entry:
    """One entry and everything the controls compare, KRW and shares, as plain slots."""

    at_ns: int
    strategy_id: str
    symbol: str
    shares: int  # shrunk as the controls go
    limit_krw: int
    stop_krw: int
    unit_krw: int  # what a share counts for: the dearer of limit and last trade
    # switches
    safe_mode: bool
    flattening: bool
    halted: bool
    paused: bool
    frozen: bool
    symbol_halted: bool  # by an operator
    # time
    open_ns: int | None
    close_ns: int | None
    stop_entries_ns: int | None  # working buys are cancelled from here on
    cooldown_until_ns: int
    lock_owner: str | None
    lock_until_ns: int
    # the strategy in this symbol
    held: int
    own_buying: int
    may_add: bool  # SET_TARGET adds to what it holds
    unsettled: bool
    has_budget: bool
    holding_new: bool  # the account does not hold or buy this symbol yet
    occupied_left: int
    names_left: int
    # the market
    last_krw: int | None
    quote_ns: int
    quote_fresh_from_ns: int
    market_halted: bool
    collar_krw: int
    lower_krw: int | None
    upper_krw: int | None
    spread_bp_max: float | None
    bid_ask_bp: float | None
    # the account
    equity_krw: int | None
    balance_ns: int
    balance_fresh_from_ns: int
    daily_pnl_krw: int | None
    warn_krw: int
    cash_krw: int | None
    commission_ppm: int
    # caps
    order_shares_max: int
    order_value_krw_max: int
    position_krw: int
    position_cap_krw: int
    risk_krw: int
    strategy_krw: int
    capital_krw: int
    gross_krw: int
    gross_cap_krw: int
    regime: str | None
    regime_cap_krw: int | None
    sector: str | None
    sector_blocks: bool  # an unknown sector is refused
    sector_krw: int
    sector_cap_krw: int

    __slots__ = tuple(__annotations__)  # all of the above, and nothing else
