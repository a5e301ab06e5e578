"""Market data over REST, paging hidden (being filled in; signatures are settled)."""

from datetime import date

from kis_core.market.events import Bar, Book, DailyBar, IndexDay, IndexLevel
from kis_core.net.rest import KisRest
from kis_core.wire.replies import PriceQuote


class KisQuotes:
    """What can be asked of the market. All raise KisError (Unreachable, Refused, ReplyError)."""

    def __init__(self, rest: KisRest) -> None:
        raise NotImplementedError

    async def price(self, symbol: str) -> PriceQuote:
        """Return the current price."""
        raise NotImplementedError

    async def book(self, symbol: str) -> Book:
        """Return the ten best levels of each side."""
        raise NotImplementedError

    async def minute_bars_today(self, symbol: str, until_ns: int | None = None) -> list[Bar]:
        """Return today's completed minutes, ascending, those over by `until_ns` (None: now)."""
        raise NotImplementedError

    async def minute_bars_on(
        self, symbol: str, day: date, from_hhmmss: str, to_hhmmss: str
    ) -> list[Bar]:
        """Return the minutes of a past day that start from..to, both included, ascending."""
        raise NotImplementedError

    async def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        """Return the days first..last, both included, ascending, adjusted prices."""
        raise NotImplementedError

    async def index_level(self, code: str) -> IndexLevel:
        """Return the level of an index now. Codes: 0001 KOSPI, 1001 KOSDAQ."""
        raise NotImplementedError

    async def index_days(self, code: str, first: date, last: date) -> list[IndexDay]:
        """Return the index's days first..last, both included, ascending."""
        raise NotImplementedError
