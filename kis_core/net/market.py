"""The market as a whole over REST: many symbols at once, rankings, halts, days, what there is.

All calls raise KisError. On paper our own calendar and single prices stand in where they can.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

from kis_core.errors import NotOffered, UnknownSymbol
from kis_core.market.calendar import CalendarError, TradingCalendar, krx_calendar
from kis_core.market.events import Venue
from kis_core.net.rest import KisRest
from kis_core.wire.quotes import (
    market_replies,
    market_requests,
    quote_requests,
    replies,
    stock_replies,
)
from kis_core.wire.quotes.market_replies import MarketDay, MarketHours, Ranked, Snapshot, ViEvent
from kis_core.wire.quotes.market_requests import SNAPSHOTS_PER_CALL, Board, Scope
from kis_core.wire.quotes.quote_requests import AskedVenue
from kis_core.wire.quotes.ranking_sheets import Ranking
from kis_core.wire.quotes.stock_replies import ProductInfo, StockInfo
from kis_core.wire.tr_table import NOT_OFFERED


class KisMarket:
    """What can be asked of the market."""

    def __init__(self, rest: KisRest, calendar: TradingCalendar | None = None) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._dialect = rest.endpoints.dialect
        self._calendar = calendar or krx_calendar()

    async def snapshots(
        self, symbols: Sequence[str], venue: AskedVenue = "KRX"
    ) -> dict[str, Snapshot]:
        """Return the prices of many symbols, by symbol: thirty a call, on paper one by one.

        A symbol KIS does not know is left out.
        """
        wanted = list(dict.fromkeys(symbols))
        if self._dialect == "paper":
            return await self._prices(wanted, venue)
        found: dict[str, Snapshot] = {}
        for start in range(0, len(wanted), SNAPSHOTS_PER_CALL):
            batch = wanted[start : start + SNAPSHOTS_PER_CALL]
            body = await self._rest.ask(market_requests.snapshots(self._dialect, batch, venue))
            for row in market_replies.snapshots(body, self._clock.now_ns()):
                found[row.symbol] = row
        return {symbol: found[symbol] for symbol in wanted if symbol in found}

    async def _prices(self, symbols: list[str], venue: AskedVenue) -> dict[str, Snapshot]:
        found = {}
        for symbol in symbols:
            body = await self._rest.ask(quote_requests.price(self._dialect, symbol, venue))
            with suppress(UnknownSymbol):
                quote = replies.price_quote(body, symbol, self._clock.now_ns())
                found[symbol] = market_replies.snapshot_of_price(quote)
        return found

    async def ranking(
        self, kind: Ranking, scope: Scope = "ALL", venue: Venue = "KRX"
    ) -> list[Ranked]:
        """Return the stocks that rank first by something, thirty at most. Not on paper.

        ValueError: KIS ranks by this among all symbols alone.
        """
        body = await self._rest.ask(market_requests.ranking(self._dialect, kind, scope, venue))
        return market_replies.ranked(body, kind)

    async def vi_events(
        self, day: date | None = None, *, symbol: str = "", board: Board | None = None
    ) -> list[ViEvent]:
        """Return the newest volatility interruptions, thirty at most, newest first.

        Not on paper, where a symbol's price tells of its own alone.
        """
        asked = market_requests.vi_status(self._dialect, day, symbol, board)
        return market_replies.vi_events(await self._rest.ask(asked))

    async def stock_info(self, symbol: str) -> StockInfo:
        """Return what a stock, ETF, ETN or ELW is. Not on paper."""
        body = await self._rest.ask(market_requests.stock_info(self._dialect, symbol))
        return stock_replies.stock_info(body, symbol)

    async def product_info(self, symbol: str, type_code: str = "300") -> ProductInfo:
        """Return the names of a product: 300 stocks, 301 derivatives, 302 bonds. Not on paper.

        Refused: KIS knows no such product of that type.
        """
        body = await self._rest.ask(market_requests.product_info(self._dialect, symbol, type_code))
        return stock_replies.product_info(body, symbol)

    async def market_days(self, first: date, last: date) -> list[MarketDay]:
        """Return the days first..last, both included, ascending, and whether the market opens.

        KIS wants this asked once a day at most. On paper our own calendar answers.
        """
        if self._dialect == "paper":
            return self._own_days(first, last)
        found: list[MarketDay] = []
        async for body in self._rest.pages(market_requests.market_days(self._dialect, first)):
            page = market_replies.market_days(body)
            found.extend(page)
            if page and page[-1].date >= last.isoformat():
                break
        return [day for day in found if first.isoformat() <= day.date <= last.isoformat()]

    def _own_days(self, first: date, last: date) -> list[MarketDay]:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        try:
            return [
                MarketDay(day.isoformat(), self._calendar.is_session(day), None, None, None)
                for day in days
            ]
        except CalendarError as error:
            raise NotOffered(NOT_OFFERED, f"chk_holiday is not offered on paper: {error}") from None

    async def market_hours(self) -> MarketHours:
        """Return the business days around today and the derivatives' hours. Not on paper."""
        body = await self._rest.ask(market_requests.market_time(self._dialect))
        return market_replies.market_hours(body)
