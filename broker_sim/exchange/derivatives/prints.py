"""The prints of one contract in one session, and the quotes that they happened at.

Drawn lazily, from the seed, the code and the session alone. A quote is a function of the second it
stands in; a print happens at the quote of its second, the opening and the closing one at the fair
price. So prints, quotes and candles never contradict each other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.derivatives.activity import Activity
from broker_sim.exchange.derivatives.contracts import Product
from broker_sim.exchange.derivatives.hours import Session
from kis_core.market.instants import MINUTE_NS, SECOND_NS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SETTLED_NS = 20 * SECOND_NS  # after a publication the levels have followed it
NIGHT_EVERY_NS = 5 * MINUTE_NS
SPREAD_MAX_H = 40.0
_EARLY = 0.3  # of the prints, drawn towards the open
_OPEN_SHARE = 0.35  # of volume that opens or closes a position for both sides


@dataclass(frozen=True, slots=True)
class Limits:
    """The prices a contract may trade at on a day, hundredths."""

    base_h: int
    lower_h: int
    upper_h: int


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """All prints of a session in time order, with their running sums. Hundredths, contracts."""

    at_ns: Ints
    price_h: Ints
    quantity: Ints
    aggressor: Ints  # 1 the buyer, -1 the seller, 0 an auction
    cum_quantity: Ints
    cum_value: Ints  # of price_h times quantity
    high_h: Ints
    low_h: Ints
    buy_quantity: Ints  # so far, with the buyer as aggressor
    sell_quantity: Ints
    buy_count: Ints
    sell_count: Ints
    open_interest: Ints  # change since the session began

    def __len__(self) -> int:
        return len(self.at_ns)

    def count_at(self, at_ns: int) -> int:
        """Return how many prints happened up to and including an instant."""
        return int(np.searchsorted(self.at_ns, at_ns, side="right"))


def times(draws: np.random.Generator, session: Session, usual: float) -> Ints:
    """Return when prints happen: about `usual` of them, the auctions' at both ends, and one of
    every contract soon after each publication of the index, so that no last price is left behind
    where its neighbours have gone."""
    every_ns = NIGHT_EVERY_NS if session.night else MINUTE_NS
    steady = np.arange(session.open_ns, session.closing_ns - every_ns, every_ns)
    steady = steady + SETTLED_NS + draws.integers(0, 5 * SECOND_NS, len(steady))
    count = int(draws.poisson(usual))
    share = draws.random(count)
    share = np.where(draws.random(count) < _EARLY, share**2, share)
    inside = session.open_ns + 1 + (share * (session.closing_ns - session.open_ns - 2)).astype(int)
    ends = [session.open_ns]
    if session.close_ns > session.closing_ns:
        ends.append(session.close_ns)
    return np.sort(np.concatenate([steady, inside, np.array(ends)])).astype(np.int64)


def quotes(middle: Floats, product: Product, spread: Floats, limits: Limits) -> tuple[Ints, Ints]:
    """Return best bids and asks around fair prices, 0 where a side is empty. All hundredths.

    `spread` is how far they are apart before they are on the tick.
    """
    half = np.minimum(spread, SPREAD_MAX_H) / 2.0
    bid, ask = floored(middle - half, product), raised(middle + half, product)
    ask = np.where(ask <= bid, raised(bid + 0.5, product), ask)
    bid, ask = np.maximum(bid, 0), np.maximum(ask, limits.lower_h)
    at_top, at_bottom = bid >= limits.upper_h, ask <= limits.lower_h
    ask = np.where(at_top, 0, np.minimum(ask, limits.upper_h))
    bid = np.where(at_bottom | (bid < limits.lower_h), 0, np.minimum(bid, limits.upper_h))
    return bid.astype(np.int64), ask.astype(np.int64)


def floored(price: Floats, product: Product) -> Floats:
    """Return the highest prices on the tick that are not above, hundredths."""
    tick = _ticks(price, product)
    down: Floats = np.floor(price / tick + 1e-9) * tick
    return down


def raised(price: Floats, product: Product) -> Floats:
    """Return the lowest prices on the tick that are not below, hundredths."""
    tick = _ticks(price, product)
    up: Floats = np.ceil(price / tick - 1e-9) * tick
    return up


def tape(
    draws: np.random.Generator,
    at_ns: Ints,
    session: Session,
    bid: Ints,
    ask: Ints,
    middle: Floats,
    fair_h: Ints,
    usual: Activity,
) -> Tape:
    """Return the tape of prints at instants, with the quotes and fair prices of their seconds.

    An option trades at the quote nearer to its fair price: last prices of a chain stay in the
    order of their strikes. A future trades at either.
    """
    count, size = len(at_ns), usual.size
    side = np.where(draws.random(count) < 0.5, 1, -1)
    if usual.spread_share:
        nearer = np.sign((middle - bid) - (ask - middle)).astype(np.int64)
        side = np.where(nearer != 0, nearer, side)
    auction = (at_ns <= session.open_ns) | (at_ns >= session.close_ns)
    side = np.where(ask == 0, -1, np.where(bid == 0, 1, side))
    price = np.where(auction, fair_h, np.where(side > 0, ask, bid))
    side = np.where(auction, 0, side)
    quantity = draws.geometric(1.0 / size, count) * np.where(auction, 5, 1)
    step = np.rint(quantity * draws.uniform(-_OPEN_SHARE, _OPEN_SHARE, count))
    bought, sold = (side > 0).astype(np.int64), (side < 0).astype(np.int64)
    return Tape(
        at_ns,
        price.astype(np.int64),
        quantity.astype(np.int64),
        side.astype(np.int64),
        np.cumsum(quantity),
        np.cumsum(price * quantity),
        np.maximum.accumulate(price),
        np.minimum.accumulate(price),
        np.cumsum(bought * quantity),
        np.cumsum(sold * quantity),
        np.cumsum(bought),
        np.cumsum(sold),
        np.cumsum(step).astype(np.int64),
    )


def _ticks(price: Floats, product: Product) -> Floats:
    starts = np.array([start for start, _ in product.bands[1:]], np.float64)
    sizes = np.array([tick for _, tick in product.bands], np.float64)
    found: Floats = sizes[np.searchsorted(starts, price, side="right")]
    return found
