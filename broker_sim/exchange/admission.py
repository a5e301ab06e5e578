"""Whether an order gets in: what the broker checks at once, and the exchange when it arrives.

Each question returns the order to be sent, or the reason it is refused. Faults that refuse orders
belong here and nowhere else.
"""

from dataclasses import dataclass, replace

from broker_sim.exchange.account import Dialect
from broker_sim.exchange.day import Instrument
from broker_sim.exchange.floor import Floor
from broker_sim.exchange.ledger import Ledger
from broker_sim.exchange.live import BoardName, LiveOrder
from broker_sim.exchange.off_hours import band_krw
from broker_sim.exchange.order_types import (
    AFTER_TYPES,
    AUCTION_TYPES,
    KINDS,
    OFF_HOURS_TYPES,
    PAPER_TYPES,
    SOR_TYPES,
    Pricing,
)
from broker_sim.exchange.orders import Change, OrderState, Refusal, Route, Ticket
from broker_sim.exchange.routing import better, offer_of
from broker_sim.exchange.venue import Trading
from kis_core.market.events import Venue
from kis_core.market.ticks import is_on_tick
from kis_core.wire.account import OrderType


@dataclass(frozen=True, slots=True)
class Wish:
    """What a modify asks for. `shares` None: all that is left; no new condition: the old one."""

    order_type: OrderType
    limit_krw: int | None
    shares: int | None
    condition_krw: int | None


class Admission:
    """The door. It looks at the floor and the ledger, and changes nothing but `leaving` of an
    original."""

    def __init__(self, floor: Floor, dialect: Dialect, ledger: Ledger) -> None:
        self._floor = floor
        self._dialect: Dialect = dialect
        self._ledger = ledger

    def new_order(self, ticket: Ticket, number: int, now_ns: int) -> LiveOrder | Refusal:
        """Return the new order on its venue, or why not."""
        instrument = self._floor.instrument(ticket.symbol, now_ns)
        if instrument is None:
            return Refusal.UNKNOWN_ISSUE
        if instrument.halted:
            return Refusal.HALTED
        if ticket.shares <= 0:
            return Refusal.BAD_SHARES
        venue = self._venue(ticket, instrument, now_ns)
        if isinstance(venue, Refusal):
            return venue
        priced = self._priced(ticket, instrument, venue, now_ns)
        if isinstance(priced, Refusal):
            return priced
        limit_krw, condition_krw = priced
        ends_ns, expires_ns = self._floor.hours[venue].life(ticket.order_type)
        order = LiveOrder(
            number=number,
            original=None,
            change="new",
            symbol=ticket.symbol,
            side=ticket.side,
            order_type=ticket.order_type,
            limit_krw=limit_krw,
            worst_krw=_worst_krw(instrument, ticket.order_type, limit_krw),
            shares=ticket.shares,
            placed_ns=now_ns,
            venue=venue,
            route=ticket.route,
            condition_krw=condition_krw,
            ends_ns=ends_ns,
            expires_ns=expires_ns,
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
        route: Route | None,
        shares: int | None,
        number: int,
        now_ns: int,
    ) -> LiveOrder | Refusal:
        """Return the cancel as an order of its own, or why not."""
        free = self._changeable(original, route, shares, now_ns)
        if isinstance(free, Refusal):
            return free
        assert original is not None
        original.leaving += free
        return _change_of(original, "cancel", free, number, now_ns)

    def modify(
        self,
        original: LiveOrder | None,
        route: Route | None,
        wish: Wish,
        number: int,
        now_ns: int,
    ) -> LiveOrder | Refusal:
        """Return the modify as an order of its own, or why not. It stays on its venue."""
        free = self._changeable(original, route, wish.shares, now_ns)
        if isinstance(free, Refusal):
            return free
        assert original is not None
        symbol, side, venue = original.symbol, original.side, original.venue
        instrument = self._floor.day.instruments[symbol]
        if refusal := self._of_type(wish.order_type, instrument, venue, now_ns):
            return refusal
        stop = wish.order_type is OrderType.STOP_LIMIT
        kept_krw = original.condition_krw if stop else 0
        ticket = Ticket(
            symbol,
            side,
            free,
            wish.order_type,
            wish.limit_krw,
            original.route,
            wish.condition_krw or kept_krw,
        )
        priced = self._priced(ticket, instrument, venue, now_ns)
        if isinstance(priced, Refusal):
            return priced
        order = _change_of(original, "modify", free, number, now_ns)
        order.order_type = wish.order_type
        order.limit_krw, order.condition_krw = priced
        if not stop or order.condition_krw != original.condition_krw:
            order.triggered_ns = None
        order.worst_krw = _worst_krw(instrument, order.order_type, order.limit_krw)
        order.ends_ns, order.expires_ns = self._floor.hours[venue].life(order.order_type)
        if order.side == "BUY":
            order.hold_krw = self._ledger.hold_for_change_krw(original, order)
            if order.hold_krw > self._ledger.orderable_krw():
                return Refusal.NO_CASH
        original.leaving += free
        return order

    def at_exchange(
        self, order: LiveOrder, original: LiveOrder | None, now_ns: int
    ) -> Refusal | None:
        """Return why the exchange refuses what the broker took, None when it does not."""
        ends_ns = order.ends_ns if original is None else original.ends_ns
        if now_ns >= ends_ns or self._is_shut(order, now_ns):
            return Refusal.AFTER_CLOSE
        if original is not None and (not original.in_play or original.remaining == 0):
            return Refusal.NOTHING_LEFT
        if order.change == "cancel":
            return None
        instrument = self._floor.day.instruments[order.symbol]
        return self._of_type(order.order_type, instrument, order.venue, now_ns)

    def _venue(self, ticket: Ticket, instrument: Instrument, now_ns: int) -> Venue | Refusal:
        """Where an order goes; the reason when neither venue it may go to takes it."""
        order_type = ticket.order_type
        if self._dialect == "paper" and ticket.route != "KRX":
            return Refusal.VENUE_NOT_OFFERED
        if ticket.route != "SOR":
            refusal = self._of_type(order_type, instrument, ticket.route, now_ns)
            return refusal or ticket.route
        if order_type not in SOR_TYPES:
            return Refusal.BAD_TYPE
        refusal = self._of_type(order_type, instrument, "KRX", now_ns)
        if not instrument.nxt or self._of_type(order_type, instrument, "NXT", now_ns):
            return refusal or "KRX"
        if refusal:
            return "NXT"
        if self._floor.trading(ticket.symbol, "KRX", now_ns) is not Trading.CONTINUOUS:
            return "KRX"  # what an auction will bring is nobody's price yet
        krx, nxt = (
            offer_of(ticket.side, self._floor.book(ticket.symbol, venue, now_ns))
            for venue in ("KRX", "NXT")
        )
        return better(ticket.side, krx, nxt)

    def _of_type(
        self, order_type: OrderType, instrument: Instrument, venue: Venue, now_ns: int
    ) -> Refusal | None:
        """Why a venue does not take a type of order for an issue now; None when it does."""
        hours = self._floor.hours[venue]
        if self._dialect == "paper" and order_type not in PAPER_TYPES:
            return Refusal.BAD_TYPE
        if venue == "NXT" and not hours.plan.spans:
            return Refusal.VENUE_NOT_OFFERED
        if venue == "NXT" and not instrument.nxt:
            return Refusal.NOT_ON_VENUE
        if refusal := hours.refusal(order_type, now_ns):
            return refusal
        single = order_type is OrderType.OFF_HOURS_SINGLE
        if instrument.fund and (single or order_type in AFTER_TYPES):
            return Refusal.NOT_ON_VENUE
        if single and instrument.nxt:
            return Refusal.NOT_ON_VENUE
        match self._floor.interruptions.trading(instrument.symbol, venue, now_ns):
            case Trading.CLOSED:
                return Refusal.AFTER_CLOSE
            case Trading.HALTED:
                return Refusal.HALTED
            case Trading.AUCTION if order_type not in AUCTION_TYPES:
                return Refusal.TYPE_NOW
            case _:
                return None

    def _priced(
        self, ticket: Ticket, instrument: Instrument, venue: Venue, now_ns: int
    ) -> tuple[int, int] | Refusal:
        """The limit an order carries, 0 where it has none, and its condition, 0 likewise."""
        limit_krw = self._limit_krw(ticket, instrument, venue)
        if isinstance(limit_krw, Refusal):
            return limit_krw
        if ticket.order_type is not OrderType.STOP_LIMIT:
            return limit_krw, 0
        if not ticket.condition_krw:
            return Refusal.NO_CONDITION
        refusal = _off_grid(
            ticket.condition_krw, instrument, instrument.lower_krw, instrument.upper_krw
        )
        return refusal or (limit_krw, ticket.condition_krw)

    def _limit_krw(self, ticket: Ticket, instrument: Instrument, venue: Venue) -> int | Refusal:
        match KINDS[ticket.order_type].pricing:
            case Pricing.MARKET | Pricing.MIDDLE:
                return 0
            case Pricing.FIXED:
                before_open = ticket.order_type is OrderType.PRE_OPEN
                return instrument.base_krw if before_open else self._close_krw(instrument)
            case Pricing.OPPOSITE | Pricing.OWN as pricing:
                ask, bid = self._floor.boards[BoardName(venue)].display.best(ticket.symbol)
                opposite, own = (ask, bid) if ticket.side == "BUY" else (bid, ask)
                return (opposite if pricing is Pricing.OPPOSITE else own) or Refusal.TYPE_NOW
        lower_krw, upper_krw = instrument.lower_krw, instrument.upper_krw
        if ticket.order_type in OFF_HOURS_TYPES:
            lower_krw, upper_krw = band_krw(instrument, self._close_krw(instrument))
        return (
            _off_grid(ticket.limit_krw, instrument, lower_krw, upper_krw) or ticket.limit_krw or 0
        )

    def _close_krw(self, instrument: Instrument) -> int:
        last = self._floor.last.get(instrument.symbol)
        official = self._floor.closes.get(instrument.symbol)
        return official or (instrument.base_krw if last is None else last.price_krw)

    def _changeable(
        self, original: LiveOrder | None, route: Route | None, shares: int | None, now_ns: int
    ) -> int | Refusal:
        """How many shares a change may take out of an order."""
        if original is None or not original.in_play:
            return Refusal.NOTHING_LEFT
        free = original.remaining - original.leaving
        if free <= 0:
            return Refusal.NOTHING_LEFT
        if route not in (None, original.route):
            return Refusal.OTHER_VENUE
        if now_ns >= original.ends_ns or self._is_shut(original, now_ns):
            return Refusal.AFTER_CLOSE
        if shares is None:
            return free
        if shares <= 0 or shares > free:
            return Refusal.BAD_SHARES if shares <= 0 else Refusal.NOTHING_LEFT
        return shares

    def _is_shut(self, order: LiveOrder, now_ns: int) -> bool:
        """Whether an interruption closed an order's market for the day, cancels and all."""
        interruptions = self._floor.interruptions
        return interruptions.trading(order.symbol, order.venue, now_ns) is Trading.CLOSED


def _off_grid(
    price_krw: int | None, instrument: Instrument, lower_krw: int, upper_krw: int
) -> Refusal | None:
    if not price_krw or not is_on_tick(price_krw, "ETF" if instrument.fund else "STOCK"):
        return Refusal.OFF_TICK
    return None if lower_krw <= price_krw <= upper_krw else Refusal.OUTSIDE_LIMITS


def _worst_krw(instrument: Instrument, order_type: OrderType, limit_krw: int) -> int:
    """The most a share can cost: a conditional limit order ends up at the market's price."""
    if order_type is OrderType.CONDITIONAL_LIMIT:
        return instrument.upper_krw
    return limit_krw or instrument.upper_krw


def _change_of(
    original: LiveOrder, change: Change, shares: int, number: int, now_ns: int
) -> LiveOrder:
    return replace(
        original,
        number=number,
        original=original.number,
        change=change,
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
        unbound=False,
        leaving=0,
        hold_krw=0,
    )
