"""Which stocks a ranking looks at: market, share class, price, volume, flags. Pure.

Keys are the same in nearly all rankings; blank and 0 leave nothing out. Source: kis_api.md §8.
"""

from collections.abc import Callable

from broker_sim.exchange.day import INDEX_OF_MARKET
from broker_sim.kis.desk import Asked
from broker_sim.kis.standings import Standing

PREFERRED_BIT, HALTED_BIT = 4, 5  # of FID_TRGT_EXLS_CLS_CODE
_COMMON = frozenset(("1", "6"))
_PREFERRED = frozenset(("2", "7"))
LOWEST_KEYS = ("FID_INPUT_PRICE_1", "FID_APLY_RANG_PRC_1")
HIGHEST_KEYS = ("FID_INPUT_PRICE_2", "FID_APLY_RANG_PRC_2")
VOLUME_KEYS = ("FID_VOL_CNT", "FID_APLY_RANG_VOL", "FID_INPUT_VOL_1")


def of_market(standing: Standing, code: str) -> bool:
    """Whether a stock belongs to 0001 KOSPI or 1001 KOSDAQ; every stock to any other code."""
    return code not in ("0001", "1001") or INDEX_OF_MARKET[standing.instrument.market] == code


def is_preferred(standing: Standing) -> bool:
    """Whether a code is a preferred share's: those end in anything but 0."""
    return not standing.symbol.endswith("0")


def wanted(asked: Asked, classes: bool = True) -> Callable[[Standing], bool]:
    """Return what says whether a stock is asked for.

    `classes`: whether FID_DIV_CLS_CODE says common or preferred; flags of administration and
    warnings, which it says elsewhere, no stock of a played day has.
    """
    low, high = _first(asked, *LOWEST_KEYS), _first(asked, *HIGHEST_KEYS)
    volume_min = _first(asked, *VOLUME_KEYS)
    left_out = asked["FID_TRGT_EXLS_CLS_CODE"]
    kind = asked["FID_DIV_CLS_CODE"] if classes else "0"
    market = asked["FID_INPUT_ISCD"]

    def fits(standing: Standing) -> bool:
        price_krw = standing.quote.last_krw
        if not of_market(standing, market):
            return False
        if (low and price_krw < low) or (high and price_krw > high):
            return False
        if standing.quote.cum_volume < volume_min:
            return False
        preferred = is_preferred(standing)
        if (preferred and kind in _COMMON) or (not preferred and kind in _PREFERRED):
            return False
        if preferred and _bit(left_out, PREFERRED_BIT):
            return False
        return not (standing.instrument.halted and _bit(left_out, HALTED_BIT))

    return fits


def whole(text: str) -> int:
    """Return a whole number, 0 where the text is none."""
    return int(text) if text.isdecimal() else 0


def _first(asked: Asked, *keys: str) -> int:
    return next((number for key in keys if (number := whole(asked[key]))), 0)


def _bit(bits: str, place: int) -> bool:
    return len(bits) > place and bits[place] == "1"
