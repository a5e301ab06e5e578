"""How our orders trade: against the displayed book when they come, against prints when they rest.

Price, then time. A resting order joins behind what its level displays; prints at its price first
consume that queue, prints through its price find nothing left before it. Mid-price orders meet a
part of each print between the quotes. What one print fills never exceeds the print's shares, what
one book fills never exceeds the book. Every function returns executions and leaves the orders' own
figures to the caller, except for the queue.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.live import LiveOrder
from kis_core.market.events import BookLevel
from kis_core.wire.account import Side

_SIDES: tuple[Side, Side] = ("BUY", "SELL")
_MIDDLE_PART = 4  # one share in so many of a print finds its way to orders between the quotes


class Execution(NamedTuple):
    """Shares of an order traded at a price."""

    order: LiveOrder
    shares: int
    price_krw: int


def take(order: LiveOrder, levels: Sequence[BookLevel]) -> list[Execution]:
    """Return what an incoming order takes from the opposite side, best level first."""
    executions = []
    left = order.remaining
    for price_krw, displayed in levels:
        if left == 0 or not order.reaches(price_krw):
            break
        shares = min(left, displayed)
        if shares:
            executions.append(Execution(order, shares, price_krw))
            left -= shares
    return executions


def on_print(orders: Sequence[LiveOrder], printed: Printed) -> list[Execution]:
    """Return what a print in continuous trading fills of resting orders."""
    executions = []
    for side in _SIDES:
        left = printed.volume
        for order in _by_priority(orders, side):
            if not order.reaches(printed.price_krw):
                break
            if order.at_market or order.limit_krw == printed.price_krw:
                consumed = min(order.queue_ahead, printed.volume)
                order.queue_ahead -= consumed
                within = min(left, printed.volume - consumed)
            else:
                order.queue_ahead = 0
                within = left
            shares = min(order.remaining, within)
            if shares:
                executions.append(Execution(order, shares, _resting_price(order, printed)))
                left -= shares
        if printed.ask_krw and printed.bid_krw:
            middle_krw = (printed.ask_krw + printed.bid_krw) // 2
            within = min(left, printed.volume // _MIDDLE_PART)
            executions += _between(orders, side, within, middle_krw)
    return executions


def on_auction(orders: Iterable[LiveOrder], printed: Printed) -> list[Execution]:
    """Return what an auction's print fills: market orders, then better prices, then time.

    All at the auction's price. At exactly that price the displayed queue comes first. What is left
    of an order with a better price leads the queue, and trades on at the market's price.
    """
    executions = []
    for side in _SIDES:
        left = printed.volume
        for order in _by_priority(orders, side):
            if not order.reaches(printed.price_krw):
                break
            within = left
            if order.limit_krw == printed.price_krw and not order.at_market:
                consumed = min(order.queue_ahead, left)
                order.queue_ahead -= consumed
                within = left - consumed
            else:
                order.queue_ahead, order.swept = 0, True
            shares = min(order.remaining, within)
            if shares:
                executions.append(Execution(order, shares, printed.price_krw))
                left -= shares
    return executions


def _between(
    orders: Iterable[LiveOrder], side: Side, within: int, middle_krw: int
) -> list[Execution]:
    """What mid-price orders of a side get of a print: by time, between the quotes."""
    executions = []
    for order in orders:
        if order.side == side and order.at_middle and within and order.remaining:
            shares = min(order.remaining, within)
            executions.append(Execution(order, shares, middle_krw))
            within -= shares
    return executions


def _by_priority(orders: Iterable[LiveOrder], side: Side) -> list[LiveOrder]:
    sign = -1 if side == "BUY" else 1
    return sorted(
        (o for o in orders if o.side == side and o.remaining and not o.at_middle),
        key=lambda o: (not o.at_market, 0 if o.at_market else sign * o.limit_krw, o.number),
    )


def _resting_price(order: LiveOrder, printed: Printed) -> int:
    """A resting order trades at its own price; one without a price, or that swept the book and
    found more than it displayed, at the market's."""
    return printed.price_krw if order.at_market or order.swept else order.limit_krw
