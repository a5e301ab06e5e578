"""How much a contract is traded on a usual day: prints, sizes, spread, open interest.

The nearest expiry and the strikes at the money take nearly all of it. Figures are of the order
seen on real boards and frames of 2025 and 2026, not measurements of a day.
"""

import datetime as dt
import math
import zlib
from dataclasses import dataclass

from broker_sim.exchange.derivatives.contracts import Contract

_FUTURES = {  # family → prints a day of the nearest, mean size
    "KOSPI200": (24_000.0, 5.0),
    "MINI": (20_000.0, 3.0),
    "KOSDAQ150": (6_000.0, 4.0),
}
_OPTIONS = {  # family → prints a day at the money, mean size
    "KOSPI200": (3_000.0, 6.0),
    "MINI": (400.0, 3.0),
    "THURSDAY": (3_000.0, 6.0),
    "MONDAY": (2_500.0, 6.0),
}
_BY_RANK_FUTURES = (1.0, 0.06, 0.01, 0.004)
_BY_RANK_OPTIONS = (1.0, 0.2, 0.06, 0.03, 0.02)
STEADY_PRINTS = 410  # of every contract by day, one a minute
_LIVELY = 1_000.0  # prints a day from which sizes are the usual ones
_SPREAD_SHARE = 0.003  # of an option's price, for each expiry further out
_NIGHT = 0.3
_TURNOVER = 0.6  # open interest, as a share of a day's volume …
_KEPT = 40.0  # … and contracts that never move


@dataclass(frozen=True, slots=True)
class Activity:
    """A usual day of one contract."""

    prints: float  # beside those that every contract has, see `prints.times`
    night_prints: float
    size: float  # contracts a print
    spread_h: float  # between the best quotes, hundredths …
    spread_share: float  # … and more by this share of the price
    quantity: int  # contracts a day
    night_quantity: int
    open_interest: int

    def quantity_on(self, code: str, date: dt.date) -> int:
        """Return the contracts traded on a past day, around the usual number."""
        luck = zlib.crc32(f"{code} {date}".encode()) % 1_000
        return self.quantity * (700 + 6 * luck // 10) // 1_000


def activity_of(contract: Contract, previous: float, sigma: float) -> Activity:
    """Return a contract's usual day; `previous` is its index at the last close."""
    family = contract.product.family
    if contract.is_option:
        prints, size = _OPTIONS[family]
        share = _BY_RANK_OPTIONS[min(contract.rank, len(_BY_RANK_OPTIONS) - 1)]
        away = math.log(contract.strike_h / 100.0 / previous) / (max(sigma, 0.05) * 0.15)
        # Out of the money trades further out than in the money.
        away *= 0.8 if away * contract.sign > 0 else 1.8
        prints *= share * math.exp(-away * away / 2.0)
        size = 1.0 + (size - 1.0) * min(prints / _LIVELY, 1.0)
        spread_h, spread_share = 0.0, _SPREAD_SHARE * (1.0 + contract.rank)
    else:
        prints, size = _FUTURES[family]
        prints *= _BY_RANK_FUTURES[min(contract.rank, len(_BY_RANK_FUTURES) - 1)]
        size = 1.0 + (size - 1.0) * min(prints / _LIVELY, 1.0)
        spread_h = float(contract.product.tick_h(0) * contract.rank)  # the nearest has one tick
        spread_share = 0.0
    luck = 0.8 + 0.4 * (zlib.crc32(contract.code.encode()) % 1_000) / 1_000
    quantity = (prints + STEADY_PRINTS) * size * luck
    return Activity(
        prints,
        prints * _NIGHT,
        size,
        spread_h,
        spread_share,
        int(quantity),
        int(quantity * _NIGHT),
        int(quantity * _TURNOVER * luck + _KEPT * size),
    )
