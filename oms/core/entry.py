"""One entry and all that the risk controls compare, laid side by side by `oms.core.gate`."""

from oms.core.terms import Terms


class Entry:
    """One entry and everything the controls compare, KRW and shares, as plain slots."""

    at_ns: int
    strategy_id: str
    symbol: str
    terms: Terms | None  # None: not established
    shares: int  # shrunk as the controls go
    limit_krw: int
    stop_krw: int
    risk_unit_krw: int  # what a share loses from the limit to the stop
    unit_krw: int  # what a share counts for: the dearer of limit and last trade
    cash_unit_krw: int | None  # what a share takes of the cash; None: not known
    # switches
    switched: bool  # any of them is on
    killed: bool
    safe_mode: bool
    flattening: bool
    halted: bool
    paused: bool
    frozen: bool
    symbol_halted: bool  # by an operator
    short: bool  # it opens short
    on_margin: bool
    held_against: bool  # the strategy holds the symbol the other way
    rescaled: bool  # the scale of its prices is in doubt
    unpriced: int  # symbols of unknown exposure
    crosses: bool  # an order of our own on the other side
    makes_way: str | None  # whose buy is on its way out for this strategy
    # a margin account; read on one alone
    margin_call_krw: int | None
    margin_room_krw: int | None  # cash above what must stay free; None: no cap
    contracts_room: int | None  # of the symbol; None: no cap
    openable: int | None  # what the broker lets open; None: not asked, or no answer
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
    free_ns: int  # the paces of orders, messages and repeats allow one more from here on
    orders_free_ns: int
    own_orders_free_ns: int
    messages_free_ns: int
    repeats_free_ns: int
    beat_ns: int
    beat_fresh_from_ns: int
    has_budget: bool
    holding_new: bool  # the account does not hold or buy this symbol yet
    occupied_left: int
    names_left: int
    # the market
    last_krw: int | None
    quote_ns: int
    quote_fresh_from_ns: int
    market_halted: bool
    in_auction: bool  # a VI: the call auctions of the day are outside the session
    states: tuple[str, ...]
    blocked_states: tuple[str, ...]
    collar_krw: int
    lower_krw: int | None
    upper_krw: int | None
    spread_bp_max: float | None
    bid_ask_bp: float | None
    # the account
    equity_krw: int | None
    balance_ns: int
    balance_fresh_from_ns: int
    history_ns: int
    history_fresh_from_ns: int
    daily_pnl_krw: int | None
    warn_krw: int
    strategy_pnl_krw: int
    strategy_floor_krw: int | None
    cash_krw: int | None
    commission_ppm: int
    # caps
    order_shares_max: int
    volume_room: int | None  # shares; None: nothing was said of the volume
    participates: bool  # the volume limits the order
    order_value_krw_max: int
    position_krw: int
    position_cap_krw: int
    risk_krw: int
    strategy_krw: int
    capital_krw: int
    gross_krw: int
    gross_cap_krw: int
    net_krw: int
    net_cap_krw: int | None
    drawdown_cap_krw: int | None
    regime: str | None
    regime_cap_krw: int | None
    sector: str | None
    sector_blocks: bool  # an unknown sector is refused
    sector_krw: int
    sector_cap_krw: int

    __slots__ = tuple(__annotations__)  # all of the above, and nothing else
