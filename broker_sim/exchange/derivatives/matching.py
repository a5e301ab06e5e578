"""How our orders trade: against the book when they come, against quotes and prints when they rest.

A resting order joins behind what its price displays; a print at its price first consumes that
queue, a print through it or an opposite quote that reaches it finds nothing left before it. Every
function returns executions and leaves the orders' own figures, but for the queue, to the caller.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from broker_sim.exchange.derivatives.books import Book, Level
from broker_sim.exchange.derivatives.orders import LiveOrder
from kis_core.wire.account import Side

SIDES: tuple[Side, Side] = ("BUY", "SELL")


class Execution(NamedTuple):
    """Contracts of an order traded at a price."""

    order: LiveOrder
    quantity: int
    price_h: int


def opposite(book: Book, side: Side) -> Sequence[Level]:
    """Return the levels that an order of a side takes from, best first."""
    return book.asks if side == "BUY" else book.bids


def own(book: Book, side: Side) -> Sequence[Level]:
    """Return the levels that an order of a side joins."""
    return book.bids if side == "BUY" else book.asks


def take(order: LiveOrder, levels: Sequence[Level]) -> list[Execution]:
    """Return what an incoming order takes, best level first."""
    executions, left = [], order.remaining
    for level in levels:
        if left == 0 or not order.reaches(level.price_h):
            break
        quantity = min(left, level.quantity)
        if quantity:
            executions.append(Execution(order, quantity, level.price_h))
            left -= quantity
    return executions


def on_print(orders: Iterable[LiveOrder], price_h: int, printed: int) -> list[Execution]:
    """Return what a print in continuous trading fills of resting orders, at their own prices."""
    executions = []
    for side in SIDES:
        left = printed
        for order in by_priority(orders, side):
            if not order.reaches(price_h):
                break
            within = left
            if order.limit_h == price_h:
                consumed = min(order.queue_ahead, printed)
                order.queue_ahead -= consumed
                within = min(left, printed - consumed)
            else:
                order.queue_ahead = 0
            quantity = min(order.remaining, within)
            if quantity:
                executions.append(Execution(order, quantity, order.limit_h or price_h))
                left -= quantity
    return executions


def on_auction(orders: Iterable[LiveOrder], price_h: int, printed: int) -> list[Execution]:
    """Return what an auction's print fills, all at its price; what is displayed there is first."""
    executions = []
    for side in SIDES:
        left = printed
        for order in by_priority(orders, side):
            if not order.reaches(price_h):
                break
            if order.limit_h == price_h:
                consumed = min(order.queue_ahead, left)
                order.queue_ahead -= consumed
                left -= consumed
            quantity = min(order.remaining, left)
            if quantity:
                executions.append(Execution(order, quantity, price_h))
                left -= quantity
    return executions


def on_quotes(orders: Iterable[LiveOrder], book: Book) -> list[Execution]:
    """Return what opposite quotes that reach resting orders fill, at the orders' own prices."""
    executions = []
    for side in SIDES:
        levels = [[level.price_h, level.quantity] for level in opposite(book, side)]
        for order in by_priority(orders, side):
            left = order.remaining
            for level in levels:
                if left == 0 or not order.reaches(level[0]):
                    break
                quantity = min(left, level[1])
                if quantity:
                    price_h = order.limit_h or level[0]
                    executions.append(Execution(order, quantity, price_h))
                    level[1] -= quantity
                    left -= quantity
    return executions


def by_priority(orders: Iterable[LiveOrder], side: Side) -> list[LiveOrder]:
    """Return one side's orders: at the market first, then better prices, then time."""
    sign = -1 if side == "BUY" else 1
    return sorted(
        (order for order in orders if order.side == side and order.remaining),
        key=lambda order: (order.limit_h != 0, sign * order.limit_h, order.number),
    )


def total(executions: Iterable[Execution]) -> int:
    """Return the contracts of all executions."""
    return sum(execution.quantity for execution in executions)
