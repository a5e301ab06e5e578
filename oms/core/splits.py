"""Corporate actions: a split, a merge, a bonus issue or a capital reduction changes shares and
prices over night.

Nothing is applied by guess. A base price that lies further from the last price of the day before
than a day can go means that our stops may be on another scale: they are held, entries wait, and an
operator says what happened (`operator`, action `split`). A factor is new shares for one old share.
"""

from collections.abc import Iterator
from fractions import Fraction

from kis_core.market.ticks import stop_price_krw
from oms.core.book import Book
from oms.core.holdings import Allocation, Listing
from oms.core.records import (
    AllocationChanged,
    AnyOutput,
    BasePriceRead,
    BasePriceSet,
    DriftSeen,
    FlagChanged,
    OperatorActed,
    SplitApplied,
    StopSet,
)

TERM_MAX = 100
"""The greatest number in a factor that is suggested: 50:1 has happened, 1:100 hardly."""
LIKENESS = 0.05
"""How far prices may lie from a factor that the shares suggest."""


def base_read(book: Book, read: BasePriceRead) -> Iterator[AnyOutput]:
    """Take the day's base price, and hold the stops of a symbol whose scale it puts in doubt."""
    listing = book.listing(read.symbol)
    if listing.base_krw is not None or read.base_krw <= 0:
        return
    yield BasePriceSet(at_ns=read.at_ns, symbol=read.symbol, base_krw=read.base_krw)
    if listing.rescaled or not _is_far(book, listing, read.base_krw):
        return
    yield FlagChanged(
        at_ns=read.at_ns,
        flag="rescaled",
        on=True,
        actor="oms",
        reason=f"base price {read.base_krw:,} after a last price of {listing.close_krw:,}",
        subject=read.symbol,
    )


def holds_stops(book: Book, listing: Listing, price_krw: int) -> bool:
    """Whether a price cannot be compared with the stops of a symbol: it may be on another scale.

    Before the day's base price is known, a price further off than a day can go is in doubt too.
    """
    if listing.rescaled:
        return True
    return listing.base_krw is None and _is_far(book, listing, price_krw)


def is_unsure(book: Book, listing: Listing) -> bool:
    """Whether fewer shares at the broker may be a merge: the scale is in doubt or not known yet."""
    unknown = _jump(book) is not None and listing.close_krw is not None and listing.base_krw is None
    return listing.rescaled or unknown


def _jump(book: Book) -> float | None:
    """Return how far a base price may lie; None: not watched. An option may move by any factor."""
    if book.limits is None or book.on_margin:
        return None
    return book.limits.base_jump_pct_max


def _is_far(book: Book, listing: Listing, price_krw: int) -> bool:
    jump = _jump(book)
    if jump is None or listing.close_krw is None:
        return False
    return abs(price_krw - listing.close_krw) > jump * listing.close_krw


def looks_like(listing: Listing) -> Fraction | None:
    """Return the simple factor that the broker's shares and the base price agree on, if any."""
    before, now = listing.allocated + listing.acknowledged, listing.broker_shares
    if not before or not now or now == before:
        return None
    if not listing.base_krw or not listing.close_krw:
        return None
    prices = listing.close_krw / listing.base_krw
    for denominator in range(1, TERM_MAX + 1):
        numerator = -(-now * denominator // before)
        if numerator > TERM_MAX or before * numerator // denominator != now:
            continue
        factor = Fraction(numerator, denominator)
        # a price that hardly moved is no split, however few shares came
        if abs(prices / factor - 1) <= min(LIKENESS, abs(prices - 1) / 2):
            return factor
    return None


def refusal(book: Book, act: OperatorActed) -> str | None:
    """Return why a split cannot be applied to this book, None where it can."""
    listing = book.listing(act.symbol or "")
    if book.on_margin:
        return "contracts are not split: the exchange changes what one stands for"
    if act.numerator < 1 or act.denominator < 1:
        return f"{act.numerator} for {act.denominator} is no split"
    if any(a.open_orders for a in listing.allocations.values()):
        return f"orders of {listing.symbol} work: cancel them first"
    if not listing.allocated and not listing.acknowledged:
        return f"nobody holds {listing.symbol}"
    if act.scale == "prices" or act.force:
        return None
    if listing.broker_shares is None:
        return "the broker has not been heard yet"
    made = sum(shares_after(listing, _factor(act)).values())
    if made != listing.broker_shares:
        return (
            f"{act.numerator} for {act.denominator} makes {made:,} shares of {listing.symbol}, "
            f"the broker has {listing.broker_shares:,} (force applies it all the same)"
        )
    return None


def applied(book: Book, act: OperatorActed) -> Iterator[AnyOutput]:
    """Scale what is held, its stops and its last price, as an operator said.

    What the shares cost stays what it was. A strategy left without a share loses its cost and
    realises nothing: the cash for fractions is the account's, and shows in its equity.
    """
    listing, factor = book.listing(act.symbol or ""), _factor(act)
    prices = act.scale != "shares"
    shares = shares_after(listing, factor if act.scale != "prices" else Fraction(1))
    yield SplitApplied(
        at_ns=act.at_ns,
        symbol=listing.symbol,
        numerator=act.numerator,
        denominator=act.denominator,
        scale=act.scale,
        mark_krw=_mark(listing, factor) if prices else listing.mark_krw,
        acknowledged=shares[None],
        actor=act.actor,
        reason=act.reason,
    )
    why = f"split {act.numerator}:{act.denominator} ({act.scale}) by {act.actor}: {act.reason}"
    for held in list(listing.allocations.values()):
        if held.shares:
            yield from _scaled(held, shares[held.strategy_id], factor if prices else None, why, act)
    drift = listing.broker_shares - listing.allocated if listing.broker_shares is not None else 0
    if drift != listing.drift:
        yield DriftSeen(
            at_ns=act.at_ns,
            symbol=listing.symbol,
            broker_shares=listing.allocated + drift,
            allocated=listing.allocated,
            drift=drift,
        )
    if listing.rescaled and prices:
        yield _down(act, "rescaled")
    if listing.frozen and drift in (0, listing.acknowledged):
        yield _down(act, "frozen")


def _scaled(
    held: Allocation, shares: int, factor: Fraction | None, why: str, act: OperatorActed
) -> Iterator[AnyOutput]:
    stop = held.stop_krw
    if stop is not None and factor is not None:
        stop = stop_price_krw(-(-stop * factor.denominator // factor.numerator))
    delta = shares - held.shares
    if delta:
        yield AllocationChanged(
            at_ns=act.at_ns,
            strategy_id=held.strategy_id,
            symbol=held.symbol,
            shares=shares,
            cost_krw=held.cost_krw if shares else 0,
            stop_krw=stop if shares else None,
            realised_krw=0,
            why=why,
            delta=delta,
            direction=held.direction,
        )
    elif stop != held.stop_krw:
        yield StopSet(
            at_ns=act.at_ns,
            strategy_id=held.strategy_id,
            symbol=held.symbol,
            stop_krw=stop,
            why=why,
        )


def _factor(act: OperatorActed) -> Fraction:
    return Fraction(act.numerator, act.denominator)


def shares_after(listing: Listing, factor: Fraction) -> dict[str | None, int]:
    """Return what everybody holds after a split; None stands for the operator's own shares.

    The account's fraction is paid in cash. Whole shares go by the largest remainder, then by name,
    so that the parts add up to what the account has.
    """
    held: dict[str | None, int] = {
        a.strategy_id: a.shares for a in listing.allocations.values() if a.shares
    }
    held[None] = max(0, listing.acknowledged)
    whole = {name: int(n * factor) for name, n in held.items()}
    left = int(sum(held.values()) * factor) - sum(whole.values())
    rest = sorted(held, key=lambda name: (whole[name] - held[name] * factor, name or "~"))
    for name in rest[:left]:
        whole[name] += 1
    return whole


def _mark(listing: Listing, factor: Fraction) -> int | None:
    """Return the last price on the new scale; it may be there already."""
    mark = listing.mark_krw
    if mark is None:
        return None
    scaled = max(1, int(mark / factor))
    close = listing.close_krw
    near = listing.base_krw or (int(close / factor) if close is not None else None)
    if near is None:
        return scaled
    return min((scaled, mark), key=lambda price: max(price / near, near / price))


def _down(act: OperatorActed, flag: str) -> FlagChanged:
    return FlagChanged(
        at_ns=act.at_ns,
        flag="rescaled" if flag == "rescaled" else "frozen",
        on=False,
        actor=act.actor,
        reason=act.reason,
        subject=act.symbol,
    )
