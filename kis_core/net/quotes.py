"""Market data over REST, as events. Page sizes, paging and TR ids end here.

All calls raise KisError: Unreachable, Refused (NotOffered where the paper server lacks the call),
ReplyError. What comes back is whole: a page that fails fails the call.
"""

from datetime import date, timedelta

from kis_core.clock import SECOND_NS, kst, second_of_day
from kis_core.market.events import Bar, Book, DailyBar, IndexDay, IndexLevel
from kis_core.net.rest import KisRest
from kis_core.wire import quote_requests, replies
from kis_core.wire.replies import MinuteRow, PriceQuote

_MINUTE_NS = 60 * SECOND_NS
_FIRST_MINUTE = "090000"  # KRX trades in no minute before
_PAGES_MAX = 100  # 100 × 100 days, or far more minutes than a day has


class KisQuotes:
    """What can be asked of the market."""

    def __init__(self, rest: KisRest) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._dialect = rest.endpoints.dialect

    async def price(self, symbol: str) -> PriceQuote:
        """Return the current price and standing of a symbol."""
        body = await self._rest.ask(quote_requests.price(self._dialect, symbol))
        return replies.price_quote(body, symbol, self._clock.now_ns())

    async def book(self, symbol: str) -> Book:
        """Return the ten best levels of each side."""
        body = await self._rest.ask(quote_requests.book(self._dialect, symbol))
        now_ns = self._clock.now_ns()
        return replies.book(body, symbol, _midnight_ns(now_ns), now_ns)

    async def minute_bars_today(self, symbol: str, until_ns: int | None = None) -> list[Bar]:
        """Return today's completed minutes, ascending: those over by `until_ns` (None: by now)."""
        now_ns = self._clock.now_ns()
        until_ns = now_ns if until_ns is None else min(until_ns, now_ns)
        midnight_ns = _midnight_ns(now_ns)
        found: dict[str, MinuteRow] = {}
        # The minute that is being made is never asked for: KIS shows it half done, and fills
        # minutes that are yet to come with the current price.
        start_ns = (until_ns - midnight_ns) // _MINUTE_NS * _MINUTE_NS - _MINUTE_NS
        for _ in range(_PAGES_MAX):
            if start_ns < 0:
                break
            asked = quote_requests.minutes_today(self._dialect, symbol, _hhmmss(start_ns))
            page = replies.minute_rows(await self._rest.ask(asked))
            asked_for = [row for row in page if row.start_ns <= midnight_ns + start_ns]
            older_ns = _gather(found, asked_for, f"{kst(now_ns):%Y%m%d}")
            if older_ns is None:
                break
            start_ns = older_ns - midnight_ns - _MINUTE_NS
        return replies.bars(symbol, [found[hhmmss] for hhmmss in sorted(found)])

    async def minute_bars_on(
        self, symbol: str, day: date, from_hhmmss: str, to_hhmmss: str
    ) -> list[Bar]:
        """Return the minutes of a past day that start from..to, both included, ascending.

        Not offered on paper. KIS keeps a year of them.
        """
        found: dict[str, MinuteRow] = {}
        hhmmss = to_hhmmss
        for _ in range(_PAGES_MAX):
            asked = quote_requests.minutes_past(self._dialect, symbol, day, hhmmss)
            page = replies.minute_rows(await self._rest.ask(asked))
            older_ns = _gather(found, page, f"{day:%Y%m%d}")
            # One row before the first one wanted tells its value; then we have enough.
            if older_ns is None or min(found) < from_hhmmss:
                break
            hhmmss = f"{kst(older_ns - _MINUTE_NS):%H%M%S}"
        bars = replies.bars(symbol, [found[start] for start in sorted(found)])
        return [bar for bar in bars if from_hhmmss <= f"{kst(bar.start_ns):%H%M%S}" <= to_hhmmss]

    async def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        """Return the days first..last, both included, ascending, adjusted prices.

        While the market is open, today's bar is what there is of it so far.
        """
        found: dict[str, DailyBar] = {}
        for _ in range(_PAGES_MAX):
            asked = quote_requests.days(self._dialect, symbol, first, last)
            page = replies.daily_bars(await self._rest.ask(asked), symbol)
            found.update({bar.date: bar for bar in page})
            if len(page) < quote_requests.DAYS_PER_PAGE or (last := _day_before(page)) < first:
                break
        # On a day without a trade (halted) KIS repeats a price: there was no bar.
        traded = [day for day in sorted(found) if found[day].volume > 0]
        return [found[day] for day in traded if day >= first.isoformat()]

    async def index_level(self, code: str) -> IndexLevel:
        """Return the level of an index now. Codes: 0001 KOSPI, 1001 KOSDAQ."""
        if self._dialect == "paper":  # which has no index price, but the same in a chart's head
            today = self._clock.now().date()
            asked = quote_requests.index_days(self._dialect, code, today, today)
            body = await self._rest.ask(asked)
            return replies.index_level_of_chart(body, code, self._clock.now_ns())
        body = await self._rest.ask(quote_requests.index_price(self._dialect, code))
        return replies.index_level(body, code, self._clock.now_ns())

    async def index_days(self, code: str, first: date, last: date) -> list[IndexDay]:
        """Return the index's days first..last, both included, ascending."""
        found: dict[str, IndexDay] = {}
        for _ in range(_PAGES_MAX):
            asked = quote_requests.index_days(self._dialect, code, first, last)
            page = replies.index_days(await self._rest.ask(asked), code)
            found.update({day.date: day for day in page})
            if (
                len(page) < quote_requests.INDEX_DAYS_PER_PAGE
                or (last := _day_before(page)) < first
            ):
                break
        return [found[day] for day in sorted(found) if day >= first.isoformat()]


def _gather(found: dict[str, MinuteRow], page: list[MinuteRow], day: str) -> int | None:
    """Add a page's rows of that day; return the oldest start where older ones may follow."""
    new = {row.hhmmss: row for row in page if row.date == day and row.hhmmss not in found}
    found.update(new)
    older_day = any(row.date != day for row in page)
    if not new or older_day or min(new) <= _FIRST_MINUTE:
        return None
    return min(row.start_ns for row in new.values())


def _day_before(page: list[DailyBar] | list[IndexDay]) -> date:
    return date.fromisoformat(min(row.date for row in page)) - timedelta(days=1)


def _midnight_ns(at_ns: int) -> int:
    return at_ns - second_of_day(at_ns) * SECOND_NS - at_ns % SECOND_NS


def _hhmmss(since_midnight_ns: int) -> str:
    seconds = since_midnight_ns // SECOND_NS
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"
