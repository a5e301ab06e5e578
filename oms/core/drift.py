"""What may explain a drift: evidence that lies in the book, told and never acted upon."""

from oms.core import splits
from oms.core.book import Book
from oms.core.holdings import Listing
from oms.core.order import UNSETTLED


def evidence(book: Book, listing: Listing) -> tuple[str, ...]:
    """Return, in sentences, what speaks for a cause of a symbol's drift, the strongest first."""
    found: list[str] = []
    factor = splits.looks_like(listing)
    if factor is not None:
        found.append(f"looks like a split {factor.denominator}:{factor.numerator}")
    if listing.rescaled:
        found.append(f"its stops are held: {book.flags['rescaled', listing.symbol].reason}")
    elif splits.is_unsure(book, listing):
        found.append("waits for the day's base price: it may be a merge")
    if listing.drift and book.has_ended(listing.symbol, book.balance_ns or 0):
        found.append("it has expired, and the broker did not say at what: settle it at a price")
    signed = 0
    for number, row in sorted(book.externals.items()):
        if row.symbol == listing.symbol and row.filled:
            signed += row.filled if row.side == "BUY" else -row.filled
            found.append(f"external order {number}: {row.side} {row.filled} filled")
    if signed and signed == listing.drift:
        found.append("external orders explain all of it")
    for number, notices in sorted(book.unclaimed.items()):
        if number not in book.externals and any(n.symbol == listing.symbol for n in notices):
            found.append(f"a notice of order {number}, which is not known here: a fill told late")
    for order in book.open_orders.values():
        if order.symbol == listing.symbol and order.state in UNSETTLED:
            found.append(f"{order.order_id} has no certain answer yet")
    return tuple(found) or (
        "nothing seen: a transfer, a corporate action, or an order of another day",
    )
