"""The exchange and the one account on it: a day's prints, our orders among them.

Pure and sans-I/O: time is what the caller says it is. `advance(to_ns)` plays the day up to an
instant and returns what happened; `place`, `modify` and `cancel` answer at once what the broker
would answer, and the exchange's own answer follows as a happening. The same seed and the same
calls at the same times give the same happenings, byte for byte.
"""

from collections.abc import Sequence
from enum import StrEnum

from broker_sim.exchange.account import (
    AccountRules,
    BuyingPowerView,
    CashView,
    HoldingView,
)
from broker_sim.exchange.day import DaySource
from broker_sim.exchange.happenings import Happening
from broker_sim.exchange.orders import Declined, FillRow, OrderRow, Placed, Ticket
from broker_sim.exchange.quote import Quote
from kis_core.market.events import Book
from kis_core.wire.account import OrderType


class Phase(StrEnum):
    """What the market does at an instant."""

    BEFORE = "before"  # no orders yet
    OPENING_AUCTION = "opening auction"
    CONTINUOUS = "continuous"
    CLOSING_AUCTION = "closing auction"
    CLOSED = "closed"


class Exchange:
    """One day, one account.

    Time never runs backwards: an instant before `now_ns` counts as `now_ns`. `place`, `modify`
    and `cancel` at a later instant play the day up to it first; what happened meanwhile is
    returned by the next `advance`.
    """

    def __init__(self, day: DaySource, account: AccountRules, seed: int) -> None:
        raise NotImplementedError

    @property
    def day(self) -> DaySource:
        """Return the day played."""
        raise NotImplementedError

    @property
    def rules(self) -> AccountRules:
        """Return the account's rules."""
        raise NotImplementedError

    @property
    def now_ns(self) -> int:
        """Return how far the day has been played."""
        raise NotImplementedError

    def phase(self, at_ns: int | None = None) -> Phase:
        """Return the market's phase at an instant (None: now)."""
        raise NotImplementedError

    def advance(self, to_ns: int) -> Sequence[Happening]:
        """Play up to and including `to_ns`; return what happened since the last call, in order."""
        raise NotImplementedError

    def place(self, now_ns: int, ticket: Ticket) -> Placed | Declined:
        """Place an order."""
        raise NotImplementedError

    def cancel(self, now_ns: int, odno: str, shares: int | None = None) -> Placed | Declined:
        """Cancel an order, or `shares` of it (None: all that is left). Numbers compare as ints."""
        raise NotImplementedError

    def modify(
        self,
        now_ns: int,
        odno: str,
        order_type: OrderType,
        limit_krw: int | None,
        shares: int | None = None,
    ) -> Placed | Declined:
        """Give an order (or `shares` of it) a new price and type. It loses its place in the queue."""
        raise NotImplementedError

    def orders(self) -> list[OrderRow]:
        """Return every order number of the day, in the order placed."""
        raise NotImplementedError

    def order(self, odno: str) -> OrderRow | None:
        """Return one order number's row. Numbers compare as ints."""
        raise NotImplementedError

    def fills(self) -> list[FillRow]:
        """Return every fill of the day, in time order."""
        raise NotImplementedError

    def holdings(self) -> list[HoldingView]:
        """Return what is or was held today, by symbol."""
        raise NotImplementedError

    def cash(self) -> CashView:
        """Return the account's money."""
        raise NotImplementedError

    def buying_power(
        self, symbol: str | None, order_type: OrderType, limit_krw: int | None
    ) -> BuyingPowerView:
        """Return what could be bought now. Market types are reckoned at the upper limit."""
        raise NotImplementedError

    def book(self, symbol: str) -> Book:
        """Return the ten best levels a side, as of now. Deterministic; KeyError if unknown."""
        raise NotImplementedError

    def quote(self, symbol: str) -> Quote:
        """Return the symbol's day as of now; KeyError if unknown."""
        raise NotImplementedError

    def last_krw(self, symbol: str) -> int:
        """Return the last price; the base price before the first print; KeyError if unknown."""
        raise NotImplementedError
