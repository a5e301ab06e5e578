"""Kiwoom's real-time types and the numbers (FIDs) their values stand under. Pure.

A value is always text. A price's sign only tells its direction against the previous close, and a
trade's quantity is signed by the side that traded, so a number is read as (value, sign). Empty is
None. Source: kiwoom_rest.md, section 5.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kis_core.errors import FrameError

Sign = Literal[1, -1, 0]
"""What stood before a number: plus, minus, nothing."""

TRADE, QUOTE, BOOK, MARKET_TIME, VI = "0B", "0C", "0D", "0s", "1h"
LEVELS = 10
ASK_PRICES, BID_PRICES = range(41, 51), range(51, 61)
ASK_SIZES, BID_SIZES = range(61, 71), range(71, 81)

_NUMBER = re.compile(r"([+-]?)(\d{1,18})", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,18}(\.\d*)?|\.\d+)", re.ASCII)
_HOUR = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d)", re.ASCII)
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Fid:
    """One number of Kiwoom's, the name we give it, and what it means."""

    fid: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class RealType:
    """One real-time type and the FIDs it is known to carry, in the order it carries them."""

    code: str
    name: str
    fids: tuple[str, ...]


class FidError(FrameError):
    """A value that cannot be read. Names its FID, its item and the text."""

    def __init__(self, fid: str, item: str, text: str, expected: str) -> None:
        known = FIDS.get(fid)
        named = f"FID {fid} ({known.name})" if known else f"FID {fid}"
        super().__init__(f"{named} of {item or '(no item)'}: expected {expected}", text)
        self.fid = fid
        self.item = item


_MEANINGS = """
10 price|last price, KRW, signed by direction against the previous close
11 change|change against the previous close
12 change_pct|change in %
13 cum_volume|shares traded today
14 cum_value|value traded today, million KRW
15 quantity|shares of this trade: + the buyer took, - the seller
16 open|open
17 high|high
18 low|low
20 trade_time|time of the trade, HHmmss
21 quote_time|time of the quote, HHmmss
23 expected_price|price an auction would make
24 expected_quantity|shares an auction would trade
25 change_sign|1 upper limit, 2 up, 3 flat, 4 lower limit, 5 down
26 volume_change|volume against the previous day, shares
27 best_ask|best ask price
28 best_bid|best bid price
29 value_change|value against the previous day, KRW
30 volume_ratio|volume against the previous day, %
31 turnover_ratio|turnover ratio
32 trading_cost|trading cost
121 total_ask_size|shares of all asks
122 total_ask_size_change|... and their change
125 total_bid_size|shares of all bids
126 total_bid_size_change|... and their change
128 net_bid_size|bids less asks, shares
129 bid_ratio|bids against asks, %
138 net_ask_size|asks less bids, shares
139 ask_ratio|asks against bids, %
200 expected_change|expected price against the previous close
201 expected_change_pct|... in %
214 remaining|time that remains, HHmmss
215 market_state|state of the market
216 investor_ticker|investor ticker
228 strength|execution strength, %
238 expected_change_sign|sign of the expected price's change
290 session|1 pre-hours, 2 regular, 3 post-hours; others unknown
291 expected_execution_price|expected execution, price
292 expected_execution_quantity|expected execution, shares
293 expected_execution_sign|expected execution, sign
294 expected_execution_change|expected execution, change
295 expected_execution_rate|expected execution, rate
299 volume_ratio_book|volume ratio
302 name|name of the issue
311 market_cap|market capitalisation, 100 million KRW
567 upper_limit_time|when the upper limit was hit
568 lower_limit_time|when the lower limit was hit
620 average_price|average price of the day
691 elw_distance|distance to an ELW's knock-out
732 cfd_cost|CFD cost
851 same_time_volume|volume against yesterday at this time
852 loan_cost|stock loan cost
1030 sell_volume|shares sold by who took
1031 buy_volume|shares bought by who took
1032 buy_ratio|buy ratio
1071 sell_count|trades the seller took
1072 buy_count|trades the buyer took
1221 vi_trigger_price|price that triggered the interruption
1223 vi_trigger_time|when it was triggered
1224 vi_release_time|when it was released
1225 vi_kind|static, dynamic or both
1236 vi_static_reference|reference of the static interruption
1237 vi_dynamic_reference|reference of the dynamic interruption
1238 vi_static_disparity|disparity to the static reference
1239 vi_dynamic_disparity|disparity to the dynamic reference
1279 vi_extra|not established
1313 trade_value|value of this trade, thousand KRW, signed as 15
1314 net_buy_volume|net buy volume
1315 trade_sell_quantity|shares sold of this trade
1316 trade_buy_quantity|shares bought of this trade
1489 vi_change_pct|change that triggered, %
1490 vi_count|interruptions today
1497 cfd_margin|CFD margin
1498 cfd_maintenance|CFD maintenance margin
1890 open_time|when the open was made
1891 high_time|when the high was made
1892 low_time|when the low was made
6064 krx_total_ask_size|KRX: shares of all asks
6065 krx_total_bid_size|KRX: shares of all bids
6086 nxt_total_ask_size|NXT: shares of all asks
6087 nxt_total_bid_size|NXT: shares of all bids
6102 krx_mid_price|KRX: the middle of bid and ask
6107 nxt_mid_price|NXT: the middle of bid and ask
9001 code|code of the issue
9008 market_class|market class
9068 vi_class|whether it was triggered or released
9069 vi_direction|direction
9075 pre_hours_class|pre-hours class
9081 exchange|exchange
"""

_LADDERS = (
    (ASK_PRICES, "ask_price", "ask price"),
    (BID_PRICES, "bid_price", "bid price"),
    (ASK_SIZES, "ask_size", "ask, shares"),
    (BID_SIZES, "bid_size", "bid, shares"),
    (range(81, 91), "ask_size_change", "ask, change in shares"),
    (range(91, 101), "bid_size_change", "bid, change in shares"),
    (range(621, 631), "lp_ask_size", "liquidity provider's ask, shares"),
    (range(631, 641), "lp_bid_size", "liquidity provider's bid, shares"),
    (range(6044, 6054), "krx_ask_size", "KRX: ask, shares"),
    (range(6054, 6064), "krx_bid_size", "KRX: bid, shares"),
    (range(6066, 6076), "nxt_ask_size", "NXT: ask, shares"),
    (range(6076, 6086), "nxt_bid_size", "NXT: bid, shares"),
)
_MID_ORDERS = range(6100, 6116)


def _fids() -> dict[str, Fid]:
    known = {}
    for line in _MEANINGS.strip().splitlines():
        head, meaning = line.split("|")
        fid, name = head.split(" ")
        known[fid] = Fid(fid, name, meaning)
    for places, name, meaning in _LADDERS:
        for level, number in enumerate(places, 1):
            known[str(number)] = Fid(str(number), f"{name}_{level}", f"{meaning}, level {level}")
    for number in _MID_ORDERS:
        known.setdefault(str(number), Fid(str(number), f"mid_{number}", "mid-price order data"))
    return known


FIDS: Mapping[str, Fid] = _fids()


def _listed(*parts: int | range) -> tuple[str, ...]:
    """Return the FIDs of numbers and ranges, in order."""
    texts: list[str] = []
    for part in parts:
        texts.extend(str(number) for number in ([part] if isinstance(part, int) else part))
    return tuple(texts)


TYPES: Mapping[str, RealType] = {
    each.code: each
    for each in (
        RealType(
            TRADE,
            "trade",
            _listed(
                20, 10, 11, 12, 27, 28, 15, 13, 14, 16, 17, 18, 25, 26, 29, 30, 31, 32, 228, 311,
                290, 691, 567, 568, 851, 1890, 1891, 1892, 1030, 1031, 1032, 1071, 1072, 1313,
                1315, 1316, 1314, 1497, 1498, 620, 732, 852, 9081,
            ),
        ),
        RealType(QUOTE, "best quote", _listed(27, 28)),
        RealType(
            BOOK,
            "ten-level book",
            _listed(
                21, ASK_PRICES, ASK_SIZES, range(81, 91), BID_PRICES, BID_SIZES, range(91, 101),
                121, 122, 125, 126, 23, 24, 128, 129, 138, 139, 200, 201, 238, range(291, 296),
                range(621, 641), 13, 299, 215, 216, range(6044, 6088), _MID_ORDERS,
            ),
        ),
        RealType(MARKET_TIME, "market time", _listed(215, 20, 214)),
        RealType(
            VI,
            "volatility interruption",
            _listed(
                9001, 302, 13, 14, 9068, 9008, 9075, 1221, 1223, 1224, 1225, range(1236, 1240),
                1489, 1490, 9069, 1279,
            ),
        ),
    )
}  # fmt: skip


def number(fid: str, item: str, text: str) -> tuple[int, Sign] | None:
    """Return a whole number without its sign, and the sign; None where the text is empty."""
    text = text.strip()
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise FidError(fid, item, text, "a whole number, with a sign or without")
    return int(found[2]), sign_of(text)


def sign_of(text: str) -> Sign:
    """Return the sign a text begins with."""
    return 1 if text.startswith("+") else -1 if text.startswith("-") else 0


def price(fid: str, item: str, text: str) -> int | None:
    """Return a price in KRW without its sign; None where there is none: empty or 0."""
    read = number(fid, item, text)
    return None if read is None else read[0] or None


def count(fid: str, item: str, text: str) -> int | None:
    """Return a count without its sign; None where the text is empty."""
    read = number(fid, item, text)
    return None if read is None else read[0]


def decimal(fid: str, item: str, text: str) -> Decimal | None:
    """Return a number that may have decimals, with its sign; None where the text is empty."""
    text = text.strip()
    if not text:
        return None
    if not _DECIMAL.fullmatch(text):
        raise FidError(fid, item, text, "a number")
    return Decimal(text)


def hour_ns(fid: str, item: str, text: str) -> int | None:
    """Return an HHmmss time in nanoseconds since midnight; None where the text is empty."""
    text = text.strip()
    if not text:
        return None
    found = _HOUR.fullmatch(text)
    if found is None:
        raise FidError(fid, item, text, "a time, HHmmss")
    hour, minute, second = (int(part) for part in found.groups())
    return ((hour * 60 + minute) * 60 + second) * _SECOND_NS
