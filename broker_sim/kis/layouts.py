"""How wide real-time records are: KIS has appended columns twice. Pure.

legacy 46 trade and 59 book columns (documented), mid 46 and 62 (live frames of 2025 and 2026),
current 47 and 63 (since 2026-09-14: MARKET_CLS_CODE last). Sources: kis_api.md §13.8, §18;
krx_market.md §3.1.
"""

from datetime import date
from enum import StrEnum

MID_FROM = date(2025, 1, 1)
CURRENT_FROM = date(2026, 9, 14)
REGULAR_MARKET = "2"  # MARKET_CLS_CODE: 1 pre, 2 regular, 3 after, 5 close


class Layout(StrEnum):
    """Which columns a frame carries."""

    LEGACY = "legacy"
    MID = "mid"
    CURRENT = "current"

    @classmethod
    def of(cls, day: date) -> "Layout":
        """Return what KIS sent on a day."""
        if day >= CURRENT_FROM:
            return cls.CURRENT
        return cls.MID if day >= MID_FROM else cls.LEGACY
