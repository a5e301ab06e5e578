"""Today's minutes of one symbol over REST, no more pages than needed."""

from datetime import date

from kis_core.clock import kst
from kis_core.errors import NotOffered
from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS, date_of
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.wire.quotes import quote_requests, replies
from kis_core.wire.quotes.replies import MinuteRow

PAGE_ROWS = 30
WIDE_MIN = 90  # from here on the chart of past days, with its 120 rows a page, is cheaper


class Charts:
    """What a sweep asks KIS."""

    def __init__(self, rest: KisRest, quotes: KisQuotes) -> None:
        self._rest = rest
        self._quotes = quotes
        self._clock = rest.clock
        self._wide = True  # until KIS says that it does not offer it

    async def minutes_since(self, symbol: str, from_ns: int) -> list[Bar]:
        """Return today's completed minutes that start at `from_ns` or later, ascending."""
        now_ns = self._clock.now_ns()
        last_ns = now_ns // MINUTE_NS * MINUTE_NS - MINUTE_NS  # the newest that is over
        if self._wide and last_ns - from_ns >= WIDE_MIN * MINUTE_NS:
            bars = await self._wide_chart(symbol, from_ns, last_ns)
            if bars:
                return bars
        return await self._narrow_chart(symbol, from_ns, last_ns)

    async def _wide_chart(self, symbol: str, from_ns: int, last_ns: int) -> list[Bar]:
        """Ask the chart of past days for today; the paper server lacks it."""
        span = (f"{kst(from_ns):%H%M%S}", f"{kst(last_ns):%H%M%S}")
        try:
            return await self._quotes.minute_bars_on(symbol, date_of(last_ns), *span)
        except NotOffered:
            self._wide = False
            return []

    async def _narrow_chart(self, symbol: str, from_ns: int, last_ns: int) -> list[Bar]:
        dialect = self._rest.endpoints.dialect
        today = date_of(last_ns)
        found: dict[int, MinuteRow] = {}
        while last_ns >= from_ns:
            asked = quote_requests.minutes_today(dialect, symbol, f"{kst(last_ns):%H%M%S}")
            page = _of_today(replies.minute_rows(await self._rest.ask(asked)), today, last_ns)
            older = [row for row in page if row.start_ns not in found]
            found.update({row.start_ns: row for row in older})
            if len(page) < PAGE_ROWS or not older:
                break
            last_ns = min(row.start_ns for row in older) - MINUTE_NS
        bars = replies.bars(symbol, [found[start_ns] for start_ns in sorted(found)])
        return [bar for bar in bars if bar.start_ns >= from_ns]


def _of_today(page: list[MinuteRow], today: date, last_ns: int) -> list[MinuteRow]:
    """Leave out rows of other days, and of the minute that is being made."""
    said = f"{today:%Y%m%d}"
    return [row for row in page if row.date == said and row.start_ns <= last_ns]
