"""Futures and options over REST, as values. Page sizes, paging and market codes end here.

All calls raise KisError: Unreachable, Refused (NotOffered where the paper server lacks the call,
UnknownSymbol where KIS answers with nothing), ReplyError. What comes back is whole: a page that
fails fails the call. The market is taken from an index product's code; for a stock's or a bond's
it has to be said.
"""

from datetime import date, timedelta

from kis_core.clock import kst
from kis_core.market.derivative_sessions import SessionName, day_session, night_session
from kis_core.market.instants import MINUTE_NS, midnight_ns
from kis_core.net.rest import KisRest
from kis_core.wire.derivatives import derivative_quote_replies as replies
from kis_core.wire.derivatives import derivative_quote_requests as requests
from kis_core.wire.derivatives.derivative_quote_requests import Board, Market, Period, market_of
from kis_core.wire.derivatives.derivative_quotes import (
    BoardTop,
    DerivativeBar,
    DerivativeBook,
    DerivativeDay,
    DerivativePrice,
    ExpectedPrice,
    FutureQuote,
    MarginRate,
    Maturity,
    MinuteRow,
    OptionBoard,
)

_PAGES_MAX = 100


class KisDerivatives:
    """What can be asked of the futures and options market."""

    def __init__(self, rest: KisRest) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._dialect = rest.endpoints.dialect

    async def price(
        self, code: str, session: SessionName = "day", market: Market | None = None
    ) -> DerivativePrice:
        """Return the current price of a contract, an option's greeks with it.

        At night KIS's answer has been seen standing still while the socket ticked.
        """
        asked = requests.price(self._dialect, code, market or market_of(code, session))
        return replies.price(await self._rest.ask(asked), code, self._clock.now_ns())

    async def book(
        self, code: str, session: SessionName = "day", market: Market | None = None
    ) -> DerivativeBook:
        """Return the five best levels of each side."""
        asked = requests.book(self._dialect, code, market or market_of(code, session))
        body = await self._rest.ask(asked)
        now_ns = self._clock.now_ns()
        return replies.book(body, code, midnight_ns(kst(now_ns).date()), now_ns)

    async def minute_bars(
        self,
        code: str,
        day: date,
        session: SessionName = "day",
        market: Market | None = None,
        since_ns: int = 0,
    ) -> list[DerivativeBar]:
        """Return a session's completed minutes, ascending; `day` is the date it begins on.

        None where there was no such session. Minutes that began before `since_ns` are left out,
        and so are the calls for them. Not offered on paper.
        """
        place = market or market_of(code, session)
        held = day_session(day) if session == "day" else night_session(day)
        if held is None:
            return []
        start_ns = min(held.closes_ns, self._clock.now_ns() // MINUTE_NS * MINUTE_NS - MINUTE_NS)
        first_ns, found = midnight_ns(day), dict[int, MinuteRow]()
        for _ in range(_PAGES_MAX):
            if start_ns < max(held.opens_ns, since_ns):
                break
            hhmmss = _label(start_ns - first_ns)
            asked = requests.minutes(self._dialect, code, place, day, hhmmss)
            page = replies.minute_rows(await self._rest.ask(asked), code)
            own = [row for row in page if row.date == f"{day:%Y%m%d}"]
            new = {r.start_ns: r for r in own if r.start_ns <= start_ns and r.start_ns not in found}
            found.update(new)
            if not new or len(own) < len(page):  # nothing older, or already the session before
                break
            start_ns = min(new) - MINUTE_NS
        kept = [found[at_ns] for at_ns in sorted(found) if at_ns >= held.opens_ns]
        return [bar for bar in replies.bars(code, kept) if bar.start_ns >= since_ns]

    async def daily_bars(
        self,
        code: str,
        first: date,
        last: date,
        period: Period = "D",
        market: Market | None = None,
    ) -> list[DerivativeDay]:
        """Return the days first..last, both included, ascending; or weeks, months, years.

        Expired contracts can be asked for. A day without a trade is left out.
        """
        place = market or market_of(code)
        since = requests.bucket_start(first, period)
        found: dict[str, DerivativeDay] = {}
        for _ in range(_PAGES_MAX):
            asked = requests.days(self._dialect, code, place, since, last, period)
            page = replies.days(await self._rest.ask(asked), code)
            new = {bar.date: bar for bar in page if bar.date not in found}
            found.update(new)
            if not new or len(page) < requests.DAYS_PER_PAGE:
                break
            last = date.fromisoformat(min(new)) - timedelta(days=1)
            if last < since:
                break
        traded = [day for day in sorted(found) if found[day].volume > 0]
        return [found[day] for day in traded if period != "D" or day >= first.isoformat()]

    async def option_board(self, maturity: str, board: Board = "") -> OptionBoard:
        """Return the calls and puts of an expiry with their greeks. Not offered on paper."""
        asked = requests.option_board(self._dialect, maturity, board)
        return replies.option_board(await self._rest.ask(asked), maturity)

    async def futures_board(self, board: Board = "") -> list[FutureQuote]:
        """Return all futures of a family, nearest first. Not offered on paper."""
        asked = requests.futures_board(self._dialect, board)
        return replies.futures_board(await self._rest.ask(asked))

    async def maturities(self) -> list[Maturity]:
        """Return the expiries options are listed for. Not offered on paper."""
        return replies.maturities(await self._rest.ask(requests.maturities(self._dialect)))

    async def board_top(self, code: str) -> BoardTop:
        """Return a future beside what it is of. Not offered on paper."""
        asked = requests.board_top(self._dialect, code)
        return replies.board_top(await self._rest.ask(asked), code)

    async def expected_prices(self, code: str, market: Market | None = None) -> list[ExpectedPrice]:
        """Return the auction prices that were expected today. Not offered on paper."""
        asked = requests.expected_prices(self._dialect, code, market or market_of(code))
        return replies.expected_prices(await self._rest.ask(asked), code)

    async def margin_rates(self, day: date) -> list[MarginRate]:
        """Return a day's margin rates, all pages. Not offered on paper."""
        found: dict[str, MarginRate] = {}
        cursor = ""
        for _ in range(_PAGES_MAX):
            asked = requests.margin_rates(self._dialect, day, cursor)
            body = await self._rest.ask(asked)
            page = {rate.underlying: rate for rate in replies.margin_rates(body)}
            known = len(found)
            found.update(page)
            following = str(body.get("ctx_area_nk200") or "")
            if len(found) == known or not following.strip() or following == cursor:
                break
            cursor = following
        return list(found.values())


def _label(since_midnight_ns: int) -> str:
    """Return a time as a session's chart says it: hours go on past 23."""
    minutes = since_midnight_ns // MINUTE_NS
    return f"{minutes // 60:02d}{minutes % 60:02d}00"
