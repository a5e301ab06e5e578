"""What is held and reserved, with every sum over it kept by difference.

Gross exposure, per sector, per strategy, per symbol, how many symbols are occupied: a risk control
reads a number instead of adding one up. Only the book's `apply` calls what changes them.
"""

from collections.abc import Iterator

from oms.core.holdings import Allocation, Listing, Strategy
from oms.core.limits import Limits
from oms.core.words import UNALLOCATED


class Exposure:
    """Listings, their allocations, the strategies, and the sums over them. KRW, shares."""

    def __init__(self) -> None:
        self.limits: Limits | None = None
        self.listings: dict[str, Listing] = {}
        self.strategies: dict[str, Strategy] = {}
        self.gross_krw = 0
        self.short_krw = 0  # of that, what is held or being opened short
        self.sector_krw: dict[str, int] = {}
        self.occupied = 0  # symbols held or being bought
        self.revalued_krw = 0  # what marks changed since the balance
        self.unpriced = 0  # symbols of unknown exposure: shares nobody owns, without a price

    def listing(self, symbol: str) -> Listing:
        """Return what is known of a symbol; a blank one, not kept, if nothing is."""
        found = self.listings.get(symbol)
        return found if found is not None else Listing(symbol, self._sector(symbol))

    def allocation(self, strategy_id: str, symbol: str) -> Allocation:
        """Return a strategy's part of a symbol; a blank one, not kept, if it has none."""
        listing = self.listings.get(symbol)
        found = listing.allocations.get(strategy_id) if listing else None
        return found if found is not None else Allocation(strategy_id, symbol)

    def allocations(self) -> Iterator[Allocation]:
        """Return all allocations, those of zero shares included."""
        for listing in self.listings.values():
            yield from listing.allocations.values()

    def strategy(self, strategy_id: str) -> Strategy:
        """Return a strategy's sums; blank ones, not kept, if it never did anything."""
        found = self.strategies.get(strategy_id)
        return found if found is not None else Strategy(strategy_id)

    @property
    def on_margin(self) -> bool:
        """Whether the account trades contracts: held either way, and for a part of their price."""
        return self.limits is not None and self.limits.instruments == "derivatives"

    @property
    def cash_fee_ppm(self) -> int:
        """The commission on top of what a share takes of the cash; a contract's is part of it."""
        return 0 if self.limits is None or self.on_margin else self.limits.commission_ppm

    @property
    def unrealised_krw(self) -> int:
        """What the shares held are worth at their marks, less what they cost."""
        return sum(a.gain_krw for a in self.allocations() if a.shares)

    @property
    def net_krw(self) -> int:
        """What is held long less what is held short."""
        return self.gross_krw - 2 * self.short_krw

    def holders(self, sector: str) -> list[tuple[str, int]]:
        """Return who holds and reserves how much of a sector, KRW, the most first.

        What nobody owns is told under UNALLOCATED. Together they are its `sector_krw`.
        """
        found: dict[str, int] = {}
        for listing in self.listings.values():
            if listing.sector != sector:
                continue
            nobodys = listing.exposure_krw
            for allocation in listing.allocations.values():
                nobodys -= allocation.exposure_krw
                who = allocation.strategy_id
                found[who] = found.get(who, 0) + allocation.exposure_krw
            found[UNALLOCATED] = found.get(UNALLOCATED, 0) + nobodys
        held = [(who, krw) for who, krw in found.items() if krw]
        return sorted(held, key=lambda one: (-one[1], one[0]))

    # sums

    def _sector(self, symbol: str) -> str | None:
        return self.limits.sectors.get(symbol) if self.limits else None

    def _list(self, symbol: str) -> Listing:
        listing = self.listings.get(symbol)
        if listing is None:
            listing = self.listings[symbol] = Listing(symbol, self._sector(symbol))
        return listing

    def _strategy(self, strategy_id: str) -> Strategy:
        strategy = self.strategies.get(strategy_id)
        if strategy is None:
            strategy = self.strategies[strategy_id] = Strategy(strategy_id)
        return strategy

    def _hold(self, symbol: str, strategy_id: str) -> tuple[Listing, Allocation]:
        listing = self._list(symbol)
        allocation = listing.allocations.get(strategy_id)
        if allocation is None:
            allocation = Allocation(strategy_id, symbol)
            listing.allocations[strategy_id] = allocation
            self._strategy(strategy_id)
        return listing, allocation

    def _mark(self, listing: Listing, price_krw: int, at_ns: int) -> None:
        if listing.mark_krw is not None and listing.broker_shares and not listing.rescaled:
            self.revalued_krw += listing.broker_shares * (price_krw - listing.mark_krw)
        listing.mark_krw, listing.mark_ns = price_krw, at_ns
        self._revalue(listing)

    def _recount(self, listing: Listing, allocation: Allocation) -> None:
        """Take the sums over an allocation's open orders anew: there are one or two."""
        selling = buying = reserved = 0
        for order in allocation.open_orders.values():
            if not order.opens:
                selling += order.remaining
            else:
                buying += order.remaining
                reserved += order.remaining * order.unit_krw
        for parent in allocation.parents.values():
            left = parent.left
            if not parent.opens:
                selling += left
            else:
                buying += left
                reserved += left * parent.unit_krw
        allocation.selling, allocation.buying = selling, buying
        allocation.reserved_krw = reserved
        self._revalue(listing)

    def _revalue(self, listing: Listing) -> None:
        """Bring exposures to the mark, and every sum above them by the difference."""
        mark = listing.mark_krw
        total = abs(listing.unallocated) * (mark or 0)
        short = total if listing.unallocated < 0 else 0
        occupied = listing.unallocated != 0
        unpriced = occupied and mark is None
        if unpriced != listing.unpriced:
            listing.unpriced = unpriced
            self.unpriced += 1 if unpriced else -1
        for allocation in listing.allocations.values():
            value = allocation.cost_krw if mark is None else allocation.shares * mark
            exposure = value + allocation.reserved_krw
            strategy = self._strategy(allocation.strategy_id)
            is_short = allocation.direction == "SHORT"
            gain = allocation.cost_krw - value if is_short else value - allocation.cost_krw
            strategy.gain_krw += gain - allocation.gain_krw
            allocation.gain_krw = gain
            strategy.exposure_krw += exposure - allocation.exposure_krw
            named = allocation.shares > 0 or allocation.buying > 0
            if named != allocation.named:
                allocation.named = named
                strategy.names += 1 if named else -1
            allocation.value_krw, allocation.exposure_krw = value, exposure
            total += exposure
            if is_short:
                short += exposure
            occupied = occupied or named
        difference = total - listing.exposure_krw
        listing.exposure_krw = total
        self.gross_krw += difference
        self.short_krw += short - listing.short_krw
        listing.short_krw = short
        self._move_sector(listing.sector, difference)
        if occupied != listing.occupied:
            listing.occupied = occupied
            self.occupied += 1 if occupied else -1

    def _move_sector(self, sector: str | None, krw: int) -> None:
        if sector is not None and krw:
            self.sector_krw[sector] = self.sector_krw.get(sector, 0) + krw
