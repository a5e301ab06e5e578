"""Items and types one may register, and what a suffix of a code means. Pure.

Source: kiwoom_rest.md §4.2, §5.
"""

from dataclasses import dataclass

from broker_sim.exchange.day import Feed

SUFFIXES: dict[str, Feed] = {"_NX": "NXT", "_AL": "UN"}

NAMES = {
    "00": "주문체결",
    "04": "잔고",
    "0A": "주식기세",
    "0B": "주식체결",
    "0C": "주식우선호가",
    "0D": "주식호가잔량",
    "0E": "주식시간외호가",
    "0F": "주식당일거래원",
    "0G": "ETF NAV",
    "0H": "주식예상체결",
    "0I": "국제금환산가격",
    "0J": "업종지수",
    "0U": "업종등락",
    "0g": "주식종목정보",
    "0m": "ELW 이론가",
    "0s": "장시작시간",
    "0u": "ELW 지표",
    "0w": "종목프로그램매매",
    "1h": "VI발동/해제",
}
"""Every real-time type there is, and its name in a REAL frame."""

OF_NO_ITEM = frozenset({"00", "04", "0s"})
"""Types that come whatever the item: of the account, of the market."""

Key = tuple[str, str]
"""(item, type): what is registered and counted."""


@dataclass(frozen=True, slots=True)
class Code:
    """A stock on a feed."""

    symbol: str
    feed: Feed


def code_of(item: str) -> Code:
    """Return what an item names. Whether there is such a stock, nobody has asked yet."""
    for suffix, feed in SUFFIXES.items():
        if item.endswith(suffix):
            return Code(item.removesuffix(suffix), feed)
    return Code(item, "KRX")
