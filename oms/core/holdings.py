"""What is held and what may be bought: allocations, listings, strategies, and sums over them.

A holding has two sides. The broker says how many shares of a symbol the account holds; allocations
say whose they are. Exposure counts both: what strategies hold and reserve, and what nobody owns.
Only `Book.apply` changes these.
"""

from dataclasses import dataclass, field

from oms.core.order import Order
from oms.core.pace import MINUTE_NS, Pace
from oms.core.parent import Parent
from oms.core.words import Direction

COST_UNIT = 1_000_000


@dataclass(slots=True)
class Allocation:
    """One strategy's part of one symbol. KRW, shares: how many, whichever way they are held."""

    strategy_id: str
    symbol: str
    shares: int = 0
    cost_krw: int = 0  # paid for the shares held with commission; held short: got, less it
    stop_krw: int | None = None
    entered_ns: int | None = None
    realised_today_krw: int = 0
    selling: int = 0  # shares in open orders that close
    buying: int = 0  # shares in open orders that open
    reserved_krw: int = 0  # what those may still add to exposure
    exposure_krw: int = 0  # shares at the mark, plus reserved
    value_krw: int = 0  # shares at the mark
    gain_krw: int = 0  # that less their cost
    named: bool = False  # counted among the strategy's names
    exit_why: str | None = None  # all of it shall be sold, until it is
    exit_tries: int = 0
    exit_next_ns: int = 0
    stop_fired_ns: int | None = None
    time_horizon: str | None = None  # of the entry that opened it; None: nobody said one
    open_orders: dict[str, Order] = field(default_factory=dict)
    entries_ns: list[int] = field(default_factory=list)  # of the day
    direction: Direction = "LONG"  # of what it holds or held last
    parents: dict[str, Parent] = field(default_factory=dict)

    @property
    def sellable(self) -> int:
        """Shares held and not in an open order that closes. Never negative."""
        return max(0, self.shares - self.selling)

    @property
    def signed(self) -> int:
        """Shares as the broker counts them: negative when held short."""
        return self.shares if self.direction == "LONG" else -self.shares


@dataclass(slots=True)
class Listing:
    """One symbol as the account sees it."""

    symbol: str
    sector: str | None
    market: str | None = None
    base_krw: int | None = None  # of the book's date
    close_krw: int | None = None  # the last price known before it, of what was held over night
    mark_krw: int | None = None
    mark_ns: int = 0
    allocations: dict[str, Allocation] = field(default_factory=dict)
    unallocated: int = 0  # shares two balances agree nobody owns; negative: held short
    broker_shares: int | None = None  # negative: held short
    broker_sellable: int = 0
    final_krw: int | None = None  # what the broker says a contract that has ended is worth
    drift: int = 0  # as two balances agreed
    suspected: int = 0  # as one balance said
    frozen: bool = False
    halted: bool = False  # an operator lets no entry in
    acknowledged: int = 0  # the drift that an operator has taken as his own
    lock_owner: str | None = None
    lock_until_ns: int = 0
    cooldown_until_ns: int = 0
    last_fill_ns: int = 0
    bought_today: int = 0  # shares
    rescaled: bool = False  # its prices may be on another scale than our stops
    unpriced: bool = False  # shares nobody owns, and no price of them
    takers: set[str] = field(default_factory=set)  # strategies that took its lock over today
    exposure_krw: int = 0
    short_krw: int = 0  # of that, what is short
    occupied: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing of it is left that a later day must know."""
        known = self.occupied or self.broker_shares or self.drift or self.suspected
        marked = self.frozen or self.halted or self.acknowledged or self.unallocated
        return (
            not known
            and not marked
            and not any(a.shares or a.open_orders or a.exit_why for a in self.allocations.values())
        )

    def is_quiet(self, asked_ns: int, settle_ns: int) -> bool:
        """Whether a balance asked for then may be compared with the allocations.

        While an order works, or just after a fill, the two see different moments.
        """
        if asked_ns < self.last_fill_ns + settle_ns:
            return False
        return not any(a.open_orders for a in self.allocations.values())

    @property
    def allocated(self) -> int:
        """Shares that strategies own, long less short."""
        return sum(a.signed for a in self.allocations.values())


@dataclass(slots=True)
class Strategy:
    """Sums over one strategy's allocations, and its life signs."""

    strategy_id: str
    exposure_krw: int = 0
    names: int = 0  # symbols it holds or is buying
    paused: bool = False
    last_beat_ns: int | None = None
    mode: str | None = None
    last_error: str | None = None
    realised_today_krw: int = 0
    gain_krw: int = 0  # of what it holds: value less cost
    gain_at_open_krw: int = 0  # the same when the day was opened
    orders: Pace = field(default_factory=lambda: Pace(MINUTE_NS))
    flattened_ns: int | None = None  # when its day was ended, today

    @property
    def daily_pnl_krw(self) -> int:
        """Its profit since the day was opened, after commission and tax of what it sold."""
        return self.realised_today_krw + self.gain_krw - self.gain_at_open_krw


@dataclass(slots=True)
class PastDay:
    """The orders of an earlier day that the broker's history has not confirmed whole."""

    date: str  # YYYY-MM-DD
    orders: dict[str, Order]  # that were sent
    realised_krw: int
    tried_ns: int | None = None  # when it was last compared

    def waits_for(self, symbol: str) -> bool:
        """Whether fills of a symbol may still be unknown."""
        return self.tried_ns is None and any(o.symbol == symbol for o in self.orders.values())


@dataclass(slots=True)
class Caps:
    """The limits in KRW, worked out once per balance instead of once per intent."""

    gross_krw: int
    regime_krw: int | None  # None: the regime is not one of the limits'
    position_krw: int
    sector_krw: int
    warn_krw: int  # daily P&L at or below these stops entries
    halt_krw: int
    net_krw: int | None = None  # None: no limit
    drawdown_krw: int | None = None  # None: no tier is reached


@dataclass(frozen=True, slots=True)
class Change:
    """What one fill does to an allocation."""

    shares: int
    cost_krw: int
    realised_krw: int


def opened(
    allocation: Allocation, direction: Direction, shares: int, value_krw: int, fee_krw: int
) -> Change:
    """Return the allocation after opening more: the commission is part of what the shares cost."""
    paid = value_krw + fee_krw if direction == "LONG" else value_krw - fee_krw
    return Change(allocation.shares + shares, allocation.cost_krw + paid, 0)


def closed(allocation: Allocation, shares: int, value_krw: int, fee_krw: int) -> Change:
    """Return the allocation after closing some, and what that realised after commission and tax.

    The cost leaves in proportion, in whole KRW, so that closing everything takes everything.
    Shares beyond those held have no cost of ours: their proceeds are realised whole.
    """
    held = min(shares, allocation.shares)
    part = allocation.cost_krw * held // allocation.shares if allocation.shares else 0
    gain = value_krw - part if allocation.direction == "LONG" else part - value_krw
    return Change(allocation.shares - held, allocation.cost_krw - part, gain - fee_krw)


def with_fee_krw(value_krw: int, commission_ppm: int) -> int:
    """Return what buying for a value takes from the cash, rounded up."""
    return value_krw + -(-value_krw * commission_ppm // COST_UNIT)
