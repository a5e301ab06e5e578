"""Indices over REST: their levels, days, minutes, sectors and breadth.

Codes are KIS's: 0001 KOSPI, 1001 KOSDAQ, 2001 KOSPI200. All calls raise KisError. Paper has the
daily chart alone, which stands in where it can.
"""

from datetime import date, timedelta

from kis_core.market.events import IndexDay, IndexLevel
from kis_core.market.instants import date_of, midnight_ns
from kis_core.net.day_pages import days_back
from kis_core.net.rest import KisRest
from kis_core.wire.quotes import index_replies, market_requests, quote_requests, replies
from kis_core.wire.quotes.index_replies import Breadth, IndexBar, IndexPrint, IndexSession, Sector
from kis_core.wire.quotes.market_requests import Board
from kis_core.wire.quotes.quote_requests import INDEX_DAYS_PER_PAGE, Period

# How far back a page of the daily chart reaches, in days of the calendar.
_PAGE_DAYS = {"D": 100, "W": 380, "M": 1_600, "Y": 18_300}


class KisIndices:
    """What can be asked of an index."""

    def __init__(self, rest: KisRest) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._dialect = rest.endpoints.dialect

    async def level(self, code: str) -> IndexLevel:
        """Return the level of an index now, in points."""
        if self._dialect == "paper":  # which has no index price, but the same in a chart's head
            today = self._clock.now().date()
            asked = quote_requests.index_days(self._dialect, code, today, today)
            body = await self._rest.ask(asked)
            return replies.index_level_of_chart(body, code, self._clock.now_ns())
        body = await self._rest.ask(quote_requests.index_price(self._dialect, code))
        return replies.index_level(body, code, self._clock.now_ns())

    async def days(
        self, code: str, first: date, last: date, period: Period = "D"
    ) -> list[IndexDay]:
        """Return the index's days (weeks …) first..last, both included, ascending, in points."""

        async def page_until(until: date) -> list[IndexDay]:
            asked = quote_requests.index_days(self._dialect, code, first, until, period)
            return replies.index_days(await self._rest.ask(asked), code)

        return await days_back(page_until, first, last, INDEX_DAYS_PER_PAGE)

    async def sessions(self, code: str, last: date, period: Period = "D") -> list[IndexSession]:
        """Return the newest days (weeks, months) up to one with what was traded, ascending.

        As many as one answer holds. On paper from the daily chart, without its two indicators.
        """
        if self._dialect == "paper":
            first = last - timedelta(days=_PAGE_DAYS[period])
            asked = quote_requests.index_days(self._dialect, code, first, last, period)
        else:
            asked = market_requests.index_sessions(self._dialect, code, last, period)
        read = index_replies.sessions(await self._rest.ask(asked), code)
        return sorted(read, key=lambda session: session.date)

    async def minutes(
        self, code: str, *, bar_s: int = 60, past_too: bool = False
    ) -> list[IndexBar]:
        """Return the newest bars of so many seconds, 102 at most, ascending. Not on paper.

        The newest is being made. `past_too` goes on into the days before.
        """
        asked = market_requests.index_minutes(self._dialect, code, bar_s, past_too)
        bars = index_replies.bars(await self._rest.ask(asked), code)
        return sorted(bars, key=lambda bar: bar.start_ns)

    async def steps(self, code: str, step_s: int = 60) -> list[IndexPrint]:
        """Return today's level every 60, 300 or 600 seconds, ascending. Not on paper."""
        body = await self._rest.ask(market_requests.index_steps(self._dialect, code, step_s))
        return sorted(index_replies.steps(body, code, self._midnight_ns()), key=_at)

    async def prints(self, code: str) -> list[IndexPrint]:
        """Return the latest levels as they were told, ascending. Not on paper."""
        body = await self._rest.ask(market_requests.index_prints(self._dialect, code))
        return sorted(index_replies.prints(body, code, self._midnight_ns()), key=_at)

    async def sectors(self, board: Board) -> list[Sector]:
        """Return every sector index of a board now. Not on paper."""
        body = await self._rest.ask(market_requests.sectors(self._dialect, board))
        return index_replies.sectors(body)

    async def breadth(self, code: str) -> Breadth:
        """Return how many of an index's issues rise and fall. Not on paper."""
        body = await self._rest.ask(quote_requests.index_price(self._dialect, code))
        return index_replies.breadth(body, code, self._clock.now_ns())

    def _midnight_ns(self) -> int:
        return midnight_ns(date_of(self._clock.now_ns()))


def _at(row: IndexPrint) -> int:
    return row.at_ns
