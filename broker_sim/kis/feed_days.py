"""The day as one feed has it: NXT's part of it alone, or both venues together. Pure.

NXT's prints of the day are its own, and it has no past here: no bars of it are known. Both
together have the past of KRX, which is what bars are of.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from broker_sim.exchange.day import Feed, FlowDay, Instrument, PrintTape
from broker_sim.exchange.exchange import Exchange
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel


class FeedDay:
    """A `DaySource` of one feed. What is of the market and not of a venue is the day's own."""

    def __init__(self, exchange: Exchange, feed: Feed) -> None:
        self._exchange = exchange
        self._day = exchange.day
        self._feed = feed
        self.date: date = exchange.day.date
        self.seed: int = exchange.day.seed

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return the issues that trade on the feed."""
        everything = self._day.instruments
        if self._feed != "NXT":
            return everything
        return {symbol: issue for symbol, issue in everything.items() if issue.nxt}

    def prints(self, symbol: str) -> PrintTape:
        """Return all prints of the day on the feed; KeyError for what does not trade there."""
        return self._exchange.tape(self.instruments[symbol].symbol, self._feed)

    def past_dates(self) -> Sequence[date]:
        """Return the sessions of the past that have minute bars."""
        return () if self._feed == "NXT" else self._day.past_dates()

    def minute_bars(self, symbol: str, date: date, until_ns: int | None = None) -> list[Bar]:
        """Return minute bars of a past session."""
        if self._feed == "NXT":
            return []
        return self._day.minute_bars(symbol, date, until_ns)

    def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        """Return daily bars of the past."""
        return [] if self._feed == "NXT" else self._day.daily_bars(symbol, first, last)

    def flows(self, symbol: str, first: date, last: date) -> list[FlowDay]:
        """Return investor flows of the past."""
        return [] if self._feed == "NXT" else self._day.flows(symbol, first, last)

    def day_flow(self, symbol: str) -> FlowDay | None:
        """Return the investor flow of the day, not to be told before its close."""
        return None if self._feed == "NXT" else self._day.day_flow(symbol)

    def index_days(self, code: str, first: date, last: date) -> list[IndexDay]:
        """Return daily index bars of the past."""
        return self._day.index_days(code, first, last)

    def index_level(self, code: str, at_ns: int) -> IndexLevel | None:
        """Return the index as published at an instant."""
        return self._day.index_level(code, at_ns)
