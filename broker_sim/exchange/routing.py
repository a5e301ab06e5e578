"""SOR: which venue an order goes to. Price first, then size, KRX where nothing tells them apart.

Source: krx_market.md §2.4.
"""

from typing import NamedTuple

from kis_core.market.events import Book, Venue
from kis_core.wire.account import Side


class Offer(NamedTuple):
    """One venue's best on the side an order looks at; `price_krw` 0 where there is nothing."""

    price_krw: int
    shares: int


def offer_of(side: Side, book: Book) -> Offer:
    """Return the best that a book holds for an order of a side."""
    levels = book.asks if side == "BUY" else book.bids
    return Offer(*levels[0]) if levels else Offer(0, 0)


def better(side: Side, krx: Offer, nxt: Offer) -> Venue:
    """Return the venue with the better price for an order of a side, then the bigger size."""
    if not nxt.price_krw:
        return "KRX"
    if not krx.price_krw:
        return "NXT"
    if nxt.price_krw != krx.price_krw:
        cheaper = nxt.price_krw < krx.price_krw
        return "NXT" if cheaper == (side == "BUY") else "KRX"
    return "NXT" if nxt.shares > krx.shares else "KRX"
