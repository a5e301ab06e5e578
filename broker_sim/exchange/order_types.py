"""What each ORD_DVSN means: how an order is priced and how long it waits.

When and where a type is taken is the timetable's to say (`venue.Timetable`). Source: kis_api.md
§4.1, krx_market.md §3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kis_core.wire.account import OrderType


class Pricing(StrEnum):
    """Where an order's price comes from."""

    LIMIT = "limit"
    MARKET = "market"  # any price
    OPPOSITE = "opposite best"  # a limit at the other side's best quote, as it was when asked
    OWN = "own best"
    MIDDLE = "middle"  # between the best quotes, whatever they are; shown to nobody
    FIXED = "fixed"  # the base price before the open, the day's close after it


class Term(StrEnum):
    """What becomes of the shares that find nothing at once."""

    DAY = "day"
    IOC = "IOC"
    FOK = "FOK"


@dataclass(frozen=True, slots=True)
class Kind:
    """One order type."""

    pricing: Pricing
    term: Term = Term.DAY


_T = OrderType
KINDS: Mapping[OrderType, Kind] = {
    _T.LIMIT: Kind(Pricing.LIMIT),
    _T.MARKET: Kind(Pricing.MARKET),
    _T.CONDITIONAL_LIMIT: Kind(Pricing.LIMIT),
    _T.BEST_LIMIT: Kind(Pricing.OPPOSITE),
    _T.TOP_LIMIT: Kind(Pricing.OWN),
    _T.PRE_OPEN: Kind(Pricing.FIXED),
    _T.POST_CLOSE: Kind(Pricing.FIXED),
    _T.OFF_HOURS_SINGLE: Kind(Pricing.LIMIT),
    _T.LIMIT_IOC: Kind(Pricing.LIMIT, Term.IOC),
    _T.LIMIT_FOK: Kind(Pricing.LIMIT, Term.FOK),
    _T.MARKET_IOC: Kind(Pricing.MARKET, Term.IOC),
    _T.MARKET_FOK: Kind(Pricing.MARKET, Term.FOK),
    _T.BEST_IOC: Kind(Pricing.OPPOSITE, Term.IOC),
    _T.BEST_FOK: Kind(Pricing.OPPOSITE, Term.FOK),
    _T.MID: Kind(Pricing.MIDDLE),
    _T.STOP_LIMIT: Kind(Pricing.LIMIT),
    _T.MID_IOC: Kind(Pricing.MIDDLE, Term.IOC),
    _T.MID_FOK: Kind(Pricing.MIDDLE, Term.FOK),
    _T.GTP_LIMIT: Kind(Pricing.LIMIT),
    _T.GTP_BEST: Kind(Pricing.OPPOSITE),
    _T.GTP_TOP: Kind(Pricing.OWN),
    _T.AFTER_LIMIT: Kind(Pricing.LIMIT),
    _T.AFTER_LIMIT_IOC: Kind(Pricing.LIMIT, Term.IOC),
    _T.AFTER_LIMIT_FOK: Kind(Pricing.LIMIT, Term.FOK),
    _T.AFTER_BEST: Kind(Pricing.OPPOSITE),
    _T.AFTER_BEST_IOC: Kind(Pricing.OPPOSITE, Term.IOC),
    _T.AFTER_BEST_FOK: Kind(Pricing.OPPOSITE, Term.FOK),
    _T.AFTER_TOP: Kind(Pricing.OWN),
}

PAPER_TYPES = frozenset(map(OrderType, ("00", "01", "02", "03", "04", "06")))
SOR_TYPES = frozenset(map(OrderType, ("00", "01", "03", "04", "11", "12", "13", "14", "15", "16")))
OFF_HOURS_TYPES = frozenset((_T.PRE_OPEN, _T.POST_CLOSE, _T.OFF_HOURS_SINGLE))
GTP_TYPES = frozenset((_T.GTP_LIMIT, _T.GTP_BEST, _T.GTP_TOP))
AFTER_TYPES = frozenset(kind for kind in OrderType if "41" <= kind.value <= "47")
REGULAR_TYPES = frozenset(OrderType) - OFF_HOURS_TYPES - GTP_TYPES - AFTER_TYPES
AUCTION_TYPES = frozenset((_T.LIMIT, _T.MARKET, _T.GTP_LIMIT, _T.AFTER_LIMIT))
"""What an interruption's call auction collects."""
