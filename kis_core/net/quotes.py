"""Market data of one stock over REST, as events. Page sizes, paging and TR ids end here.

All calls raise KisError: Unreachable, Refused (NotOffered where the paper server lacks the call
and nothing stands in for it), ReplyError. What comes back is whole: a page that fails fails the
call. Figures are of one venue, KRX where none is said.
"""

from datetime import date

from kis_core.clock import SECOND_NS
from kis_core.errors import ReplyError
from kis_core.market.events import Bar, Book, DailyBar, IndexDay, IndexLevel, Venue
from kis_core.market.instants import date_of, midnight_ns
from kis_core.net.day_pages import PAGES_MAX, days_back
from kis_core.net.indices import KisIndices
from kis_core.net.minute_charts import FIRST_MINUTE, MinuteCharts, hhmmss
from kis_core.net.rest import KisRest
from kis_core.wire.quotes import (
    market_requests,
    print_replies,
    quote_requests,
    replies,
    stock_replies,
)
from kis_core.wire.quotes.print_replies import MarketPrint, OvertimeDay, OvertimePrice
from kis_core.wire.quotes.quote_requests import AskedVenue, Period
from kis_core.wire.quotes.replies import PriceQuote
from kis_core.wire.quotes.stock_replies import Members, RecentDay, ShortSaleDay, Standing


class KisQuotes:
    """What can be asked of a stock, and of the level of an index."""

    def __init__(self, rest: KisRest) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._dialect = rest.endpoints.dialect
        self._charts = MinuteCharts(rest)
        self._indices = KisIndices(rest)

    async def price(self, symbol: str, venue: AskedVenue = "KRX") -> PriceQuote:
        """Return the current price and standing of a symbol. UnknownSymbol: there is none."""
        body = await self._rest.ask(quote_requests.price(self._dialect, symbol, venue))
        return replies.price_quote(body, symbol, self._clock.now_ns())

    async def standing(self, symbol: str) -> Standing:
        """Return the flags a symbol stands under; on paper those that its price tells."""
        if self._dialect == "paper":
            body = await self._rest.ask(quote_requests.price(self._dialect, symbol))
            return stock_replies.standing_of_price(body, symbol, self._clock.now_ns())
        body = await self._rest.ask(quote_requests.standing(self._dialect, symbol))
        return stock_replies.standing(body, symbol, self._clock.now_ns())

    async def is_on_nxt(self, symbol: str) -> bool:
        """Whether NXT trades a symbol now. Never on paper, which knows KRX alone."""
        if self._dialect == "paper":
            return False
        body = await self._rest.ask(market_requests.stock_info(self._dialect, symbol))
        told = stock_replies.stock_info(body, symbol)
        return told.nxt_tradable and not told.nxt_halted

    async def members(self, symbol: str, venue: AskedVenue = "KRX") -> Members:
        """Return the five members that sold and bought most today, and all foreign ones."""
        body = await self._rest.ask(quote_requests.members(self._dialect, symbol, venue))
        return stock_replies.members(body, symbol, self._clock.now_ns())

    async def book(self, symbol: str, venue: Venue = "KRX") -> Book:
        """Return the ten best levels of each side."""
        body = await self._rest.ask(quote_requests.book(self._dialect, symbol, venue))
        now_ns = self._clock.now_ns()
        return replies.book(body, symbol, _midnight_ns(now_ns), now_ns, venue)

    async def latest_prints(self, symbol: str, venue: AskedVenue = "KRX") -> list[MarketPrint]:
        """Return the latest trades, about thirty, newest first."""
        body = await self._rest.ask(quote_requests.prints(self._dialect, symbol, venue))
        return print_replies.prints(body, symbol, _midnight_ns(self._clock.now_ns()))

    async def prints_since(
        self, symbol: str, from_ns: int, venue: AskedVenue = "KRX"
    ) -> list[MarketPrint]:
        """Return today's trades from an instant on, ascending.

        KIS pages them by the second. Of a second with more trades than a page holds, those that
        do not fit are lost: the tape of the WebSocket has them.
        """
        day_ns = _midnight_ns(self._clock.now_ns())
        until_s = (self._clock.now_ns() - day_ns) // SECOND_NS
        found: dict[int, MarketPrint] = {}  # by what was traded so far: no two prints share it
        for _ in range(PAGES_MAX):
            asked = quote_requests.prints_before(
                self._dialect, symbol, hhmmss(until_s * SECOND_NS), venue
            )
            page = print_replies.prints_of_the_day(await self._rest.ask(asked), symbol, day_ns)
            new = {row.cum_volume: row for row in page if row.cum_volume not in found}
            found.update({key: row for key, row in new.items() if key is not None})
            oldest_ns = min((row.at_ns for row in page), default=0)
            if oldest_ns < from_ns or oldest_ns <= day_ns:
                break
            oldest_s = (oldest_ns - day_ns) // SECOND_NS
            # Older trades of the oldest second may follow; where none did, step over it.
            until_s = oldest_s if new and oldest_s < until_s else min(oldest_s, until_s) - 1
        else:
            raise ReplyError(f"{symbol}: more than {PAGES_MAX} pages of trades since {from_ns}", "")
        return [found[key] for key in sorted(found) if found[key].at_ns >= from_ns]

    async def overtime_price(self, symbol: str) -> OvertimePrice:
        """Return the price of the session after the close, 16:00–18:00."""
        if self._dialect == "paper":  # which has its trades alone, and the same in their head
            body = await self._rest.ask(quote_requests.overtime_prints(self._dialect, symbol))
            return print_replies.overtime_price_of_prints(body, symbol, self._clock.now_ns())
        body = await self._rest.ask(quote_requests.overtime_price(self._dialect, symbol))
        return print_replies.overtime_price(body, symbol, self._clock.now_ns())

    async def overtime_book(self, symbol: str) -> Book:
        """Return that session's book. Not offered on paper."""
        body = await self._rest.ask(quote_requests.overtime_book(self._dialect, symbol))
        now_ns = self._clock.now_ns()
        return print_replies.overtime_book(body, symbol, _midnight_ns(now_ns), now_ns)

    async def overtime_prints(self, symbol: str) -> list[MarketPrint]:
        """Return that session's latest trades, newest first."""
        body = await self._rest.ask(quote_requests.overtime_prints(self._dialect, symbol))
        return print_replies.overtime_prints(body, symbol, _midnight_ns(self._clock.now_ns()))

    async def overtime_days(self, symbol: str) -> list[OvertimeDay]:
        """Return that session on the last 30 days, ascending."""
        body = await self._rest.ask(quote_requests.overtime_days(self._dialect, symbol))
        return sorted(print_replies.overtime_days(body, symbol), key=lambda day: day.date)

    async def minute_bars_today(
        self, symbol: str, until_ns: int | None = None, venue: Venue = "KRX"
    ) -> list[Bar]:
        """Return today's completed minutes, ascending: those over by `until_ns` (None: by now)."""
        return await self._charts.today(symbol, until_ns, FIRST_MINUTE[venue], venue)

    async def minute_bars_on(
        self, symbol: str, day: date, from_hhmmss: str, to_hhmmss: str, venue: Venue = "KRX"
    ) -> list[Bar]:
        """Return the minutes of a day that start from..to, both included, ascending.

        KIS keeps a year of them. On paper today's alone are offered, by another call.
        """
        return await self._charts.on(symbol, day, from_hhmmss, to_hhmmss, venue)

    async def daily_bars(
        self,
        symbol: str,
        first: date,
        last: date,
        *,
        period: Period = "D",
        adjusted: bool = True,
        venue: AskedVenue = "KRX",
    ) -> list[DailyBar]:
        """Return the days (weeks, months, years) first..last, both included, ascending.

        `adjusted` prices follow splits and rights; raw ones are as they were traded. While the
        market is open, today's bar is what there is of it so far. A longer period has the date of
        its first session.
        """

        async def page_until(until: date) -> list[DailyBar]:
            asked = quote_requests.days(
                self._dialect, symbol, first, until, period=period, adjusted=adjusted, venue=venue
            )
            return replies.daily_bars(await self._rest.ask(asked), symbol)

        bars = await days_back(page_until, first, last, quote_requests.DAYS_PER_PAGE)
        # On a day without a trade (halted) KIS repeats a price: there was no bar.
        return [bar for bar in bars if bar.volume > 0]

    async def recent_days(
        self,
        symbol: str,
        *,
        period: Period = "D",
        adjusted: bool = True,
        venue: AskedVenue = "KRX",
    ) -> list[RecentDay]:
        """Return the last 30 days (weeks, months) with foreigners' holdings, ascending."""
        asked = quote_requests.recent_days(
            self._dialect, symbol, period=period, adjusted=adjusted, venue=venue
        )
        days = stock_replies.recent_days(await self._rest.ask(asked), symbol)
        return sorted(days, key=lambda day: day.date)

    async def short_sales(self, symbol: str, first: date, last: date) -> list[ShortSaleDay]:
        """Return the short sales of the days first..last, ascending. Not offered on paper."""

        async def page_until(until: date) -> list[ShortSaleDay]:
            asked = quote_requests.short_sales(self._dialect, symbol, first, until)
            return stock_replies.short_sales(await self._rest.ask(asked), symbol)

        return await days_back(page_until, first, last)

    async def index_level(self, code: str) -> IndexLevel:
        """Return the level of an index now. Codes: 0001 KOSPI, 1001 KOSDAQ."""
        return await self._indices.level(code)

    async def index_days(self, code: str, first: date, last: date) -> list[IndexDay]:
        """Return the index's days first..last, both included, ascending."""
        return await self._indices.days(code, first, last)


def _midnight_ns(at_ns: int) -> int:
    return midnight_ns(date_of(at_ns))
