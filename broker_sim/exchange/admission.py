"""Whether an order gets in: what the broker checks at once, and the exchange when it arrives.

Each question returns the order to be sent, or the reason it is refused. Faults that refuse orders
belong here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import replace

from broker_sim.exchange.account import Dialect
from broker_sim.exchange.day import Instrument
from broker_sim.exchange.ledger import Ledger
from broker_sim.exchange.live import (
    AUCTION_TYPES,
    MARKET_TYPES,
    OFFERED_TYPES,
    PAPER_TYPES,
    PRICED_BY_BOOK,
    LiveOrder,
)
from broker_sim.exchange.orders import OrderState, Refusal, Ticket
from broker_sim.exchange.venue import Phase
from kis_core.market.ticks import is_on_tick
from kis_core.wire.account import OrderType, Side

Quotes = tuple[int, int]
"""Best ask and best bid, KRW; 0 where there is none."""


class Admission:
    """The door. It looks at the ledger and changes nothing but `leaving` of an original."""

    def __init__(
        self, instruments: Mapping[str, Instrument], dialect: Dialect, ledger: Ledger
    ) -> None:
        self._instruments = instruments
        self._offered = OFFERED_TYPES if dialect == "real" else PAPER_TYPES
        self._ledger = ledger

    def new_order(
        self, ticket: Ticket, phase: Phase, quotes: Quotes, number: int, now_ns: int
    ) -> LiveOrder | Refusal:
        """Return the new order, or why not."""
        instrument = self._instruments.get(ticket.symbol)
        if instrument is None:
            return Refusal.UNKNOWN_ISSUE
        if instrument.halted:
            return Refusal.HALTED
        if ticket.shares <= 0:
            return Refusal.BAD_SHARES
        if refusal := self._of_type(ticket.order_type, phase):
            return refusal
        limit_krw = self._limit_krw(
            instrument, ticket.side, ticket.order_type, ticket.limit_krw, quotes
        )
        if isinstance(limit_krw, Refusal):
            return limit_krw
        order = LiveOrder(
            number=number,
            original=None,
            change="new",
            symbol=ticket.symbol,
            side=ticket.side,
            order_type=ticket.order_type,
            limit_krw=limit_krw,
            worst_krw=limit_krw or instrument.upper_krw,
            shares=ticket.shares,
            placed_ns=now_ns,
        )
        if order.side == "SELL" and order.shares > self._ledger.sellable(order.symbol):
            return Refusal.NOT_SELLABLE
        if (
            order.side == "BUY"
            and self._ledger.needed_krw(order, order.shares) > self._ledger.orderable_krw()
        ):
            return Refusal.NO_CASH
        return order

    def cancel(
        self,
        original: LiveOrder | None,
        shares: int | None,
        phase: Phase,
        number: int,
        now_ns: int,
    ) -> LiveOrder | Refusal:
        """Return the cancel as an order of its own, or why not."""
        free = self._changeable(original, shares, phase)
        if isinstance(free, Refusal):
            return free
        assert original is not None
        original.leaving += free
        return _change_of(original, "cancel", free, number, now_ns)

    def modify(
        self,
        original: LiveOrder | None,
        wish: tuple[OrderType, int | None, int | None],
        phase: Phase,
        quotes: Quotes,
        number: int,
        now_ns: int,
    ) -> LiveOrder | Refusal:
        """Return the modify (type, limit, shares wished) as an order of its own, or why not."""
        order_type, limit_krw, shares = wish
        free = self._changeable(original, shares, phase)
        if isinstance(free, Refusal):
            return free
        assert original is not None
        if refusal := self._of_type(order_type, phase):
            return refusal
        instrument = self._instruments[original.symbol]
        limit = self._limit_krw(instrument, original.side, order_type, limit_krw, quotes)
        if isinstance(limit, Refusal):
            return limit
        order = _change_of(original, "modify", free, number, now_ns)
        order.order_type = order_type
        order.limit_krw = limit
        order.worst_krw = limit or instrument.upper_krw
        if order.side == "BUY":
            order.hold_krw = self._ledger.hold_for_change_krw(original, order)
            if order.hold_krw > self._ledger.orderable_krw():
                return Refusal.NO_CASH
        original.leaving += free
        return order

    def at_exchange(
        self, order: LiveOrder, original: LiveOrder | None, phase: Phase
    ) -> Refusal | None:
        """Return why the exchange refuses what the broker took, None when it does not."""
        if phase is Phase.CLOSED:
            return Refusal.AFTER_CLOSE
        if original is not None and (not original.in_play or original.remaining == 0):
            return Refusal.NOTHING_LEFT
        return None if order.change == "cancel" else self._of_type(order.order_type, phase)

    def _of_type(self, order_type: OrderType, phase: Phase) -> Refusal | None:
        if order_type not in self._offered:
            return Refusal.BAD_TYPE
        if phase is Phase.BEFORE:
            return Refusal.BEFORE_OPEN
        if phase is Phase.CLOSED:
            return Refusal.AFTER_CLOSE
        if phase is not Phase.CONTINUOUS and order_type not in AUCTION_TYPES:
            return Refusal.TYPE_NOW
        return None

    def _limit_krw(
        self,
        instrument: Instrument,
        side: Side,
        order_type: OrderType,
        limit_krw: int | None,
        quotes: Quotes,
    ) -> int | Refusal:
        """The price the order carries, 0 for market types."""
        if order_type in MARKET_TYPES:
            return 0
        if order_type in PRICED_BY_BOOK:
            ask, bid = quotes
            opposite, own = (ask, bid) if side == "BUY" else (bid, ask)
            price = opposite if order_type is OrderType.BEST_LIMIT else own
            return price or Refusal.TYPE_NOW
        if not limit_krw or not is_on_tick(limit_krw):
            return Refusal.OFF_TICK
        if not instrument.lower_krw <= limit_krw <= instrument.upper_krw:
            return Refusal.OUTSIDE_LIMITS
        return limit_krw

    def _changeable(
        self, original: LiveOrder | None, shares: int | None, phase: Phase
    ) -> int | Refusal:
        """How many shares a change may take out of an order."""
        if original is None or not original.in_play:
            return Refusal.NOTHING_LEFT
        free = original.remaining - original.leaving
        if free <= 0:
            return Refusal.NOTHING_LEFT
        if phase is Phase.CLOSED:
            return Refusal.AFTER_CLOSE
        if shares is None:
            return free
        if shares <= 0 or shares > free:
            return Refusal.BAD_SHARES if shares <= 0 else Refusal.NOTHING_LEFT
        return shares


def _change_of(
    original: LiveOrder, change: str, shares: int, number: int, now_ns: int
) -> LiveOrder:
    return replace(
        original,
        number=number,
        original=original.number,
        change="cancel" if change == "cancel" else "modify",
        shares=shares,
        placed_ns=now_ns,
        state=OrderState.SENT,
        filled=0,
        value_krw=0,
        cancelled=0,
        rejected=0,
        cost_krw=0,
        accepted_ns=None,
        queue_ahead=0,
        swept=False,
        leaving=0,
        hold_krw=0,
    )
