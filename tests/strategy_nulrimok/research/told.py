"""What the tests tell the store, and a collector's histories that keep count of what is asked."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from kis_core.clock import KST, ns
from kis_core.errors import KisError
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import DailyBar, IndexDay
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay
from kis_core.wire.quotes.replies import PriceQuote
from strategy_nulrimok.research.rows import DailyRow, FlowRow

CALENDAR = krx_calendar()
SAMSUNG, HYNIX = "005930", "000660"
SECTORS = {SAMSUNG: "Semiconductors", HYNIX: "Semiconductors"}


def at(text: str) -> datetime:
    """Return an instant in KST, of YYYY-MM-DD HH:MM[:SS]."""
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def daily(day: str, close: int = 100, symbol: str = SAMSUNG, value: int | None = None) -> DailyRow:
    """Return a bar around a close."""
    as_of = date.fromisoformat(day)
    return DailyRow(symbol, as_of, close, close + 5, close - 5, close, 1_000, value)


def flow(day: str, krw: int | None = 7, symbol: str = SAMSUNG) -> FlowRow:
    """Return a day on which foreigners bought for so much."""
    return FlowRow(symbol, date.fromisoformat(day), 1, -1, krw, -3)


class Told:
    """Histories as the collector has them: a line of prices, 30 days of flows, KIS's habits.

    Today's bar is partial and today's flow row blank, as KIS tells them all day.
    """

    def __init__(self, today: str) -> None:
        self.today = date.fromisoformat(today)
        self.first: dict[str, date] = {}  # the listing day of a symbol, where it is a young one
        self.scale: dict[str, int] = {}
        self.failing: dict[str, list[KisError]] = {}  # by symbol, in order
        self.halted: set[tuple[str, date]] = set()
        self.asked: Counter[str] = Counter()
        self.spans: list[tuple[str, str, date, date]] = []
        self.before_answer: Callable[[], None] = lambda: None

    def _asked(self, what: str, subject: str, first: date, last: date) -> None:
        self.asked[what] += 1
        self.spans.append((what, subject, first, last))
        self.before_answer()
        if self.failing.get(subject):
            raise self.failing[subject].pop(0)

    async def daily_bars(self, symbol: str, first: date, last: date) -> Sequence[DailyBar]:
        self._asked("daily", symbol, first, last)
        days = self._sessions(max(first, self.first.get(symbol, first)), last)
        return [self._bar(symbol, day) for day in days if (symbol, day) not in self.halted]

    def _bar(self, symbol: str, day: date) -> DailyBar:
        close = (1_000 + day.toordinal() % 97) * self.scale.get(symbol, 1)
        return DailyBar(symbol, day.isoformat(), close, close + 9, close - 9, close, 50, close * 50)

    async def index_days(self, index: str, first: date, last: date) -> Sequence[IndexDay]:
        self._asked("index", index, first, last)
        level = Decimal("2500.25")
        days = self._sessions(first, last)
        return [IndexDay(index, d.isoformat(), level, level + 1, level - 1, level) for d in days]

    async def flows(self, symbol: str) -> Sequence[InvestorDay]:
        self._asked("flow", symbol, self.today, self.today)
        days = CALENDAR.sessions_between(CALENDAR.offset(self.today, -29), self.today)
        return [self._flow(symbol, day) for day in days]

    def _flow(self, symbol: str, day: date) -> InvestorDay:
        if day == self.today:
            return InvestorDay(symbol, day.isoformat(), 100, 1, None, None, None)
        foreign, institution = Flow(10, 1_000_000), Flow(-4, -400_000)
        return InvestorDay(symbol, day.isoformat(), 100, 1, None, foreign, institution)

    async def quote(self, symbol: str) -> PriceQuote:
        self._asked("quote", symbol, self.today, self.today)
        return PriceQuote(
            symbol, ns(datetime.combine(self.today, time(7, 50), KST)), 100, 100, 130, 70, None,
            None, None, 0, 0, 1, "KOSPI200", False, True, False, "02", "N", 5 * 10**12,
        )  # fmt: skip

    def _sessions(self, first: date, last: date) -> tuple[date, ...]:
        return CALENDAR.sessions_between(first, min(last, self.today))
