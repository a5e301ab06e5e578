"""Minute charts over REST, page by page from their newest minute backwards."""

from datetime import date

from kis_core.clock import SECOND_NS, kst
from kis_core.market.events import Bar, Venue
from kis_core.market.instants import MINUTE_NS, date_of, midnight_ns
from kis_core.net.day_pages import PAGES_MAX
from kis_core.net.rest import KisRest
from kis_core.wire.quotes import quote_requests, replies
from kis_core.wire.quotes.replies import MinuteRow

FIRST_MINUTE: dict[Venue, str] = {"KRX": "090000", "NXT": "080000"}  # no venue trades before


class MinuteCharts:
    """Today's chart and those of past days. All raise KisError."""

    def __init__(self, rest: KisRest) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._dialect = rest.endpoints.dialect

    async def today(
        self, symbol: str, until_ns: int | None, from_hhmmss: str, venue: Venue
    ) -> list[Bar]:
        """Return today's minutes over by `until_ns` (None: by now), ascending.

        Those before `from_hhmmss` are there as far as they shared a page with later ones.
        """
        now_ns = self._clock.now_ns()
        until_ns = now_ns if until_ns is None else min(until_ns, now_ns)
        day_ns = midnight_ns(date_of(now_ns))
        found: dict[str, MinuteRow] = {}
        # The minute that is being made is never asked for: KIS shows it half done, and fills
        # minutes that are yet to come with the current price.
        start_ns = (until_ns - day_ns) // MINUTE_NS * MINUTE_NS - MINUTE_NS
        for _ in range(PAGES_MAX):
            if start_ns < 0:
                break
            asked = quote_requests.minutes_today(self._dialect, symbol, hhmmss(start_ns), venue)
            page = replies.minute_rows(await self._rest.ask(asked))
            asked_for = [row for row in page if row.start_ns <= day_ns + start_ns]
            older_ns = _gather(found, asked_for, f"{kst(now_ns):%Y%m%d}", venue)
            if older_ns is None or min(found) < from_hhmmss:
                break
            start_ns = older_ns - day_ns - MINUTE_NS
        return replies.bars(symbol, [found[start] for start in sorted(found)], venue)

    async def on(
        self, symbol: str, day: date, from_hhmmss: str, to_hhmmss: str, venue: Venue
    ) -> list[Bar]:
        """Return the minutes of a day that start from..to, both included, ascending."""
        now_ns = self._clock.now_ns()
        if self._dialect == "paper" and day == date_of(now_ns):  # the one day paper has
            until_ns = midnight_ns(day) + _since_midnight_ns(to_hhmmss) + MINUTE_NS
            bars = await self.today(symbol, until_ns, from_hhmmss, venue)
        else:
            bars = await self._past(symbol, day, from_hhmmss, to_hhmmss, venue)
        return [bar for bar in bars if from_hhmmss <= f"{kst(bar.start_ns):%H%M%S}" <= to_hhmmss]

    async def _past(
        self, symbol: str, day: date, from_hhmmss: str, to_hhmmss: str, venue: Venue
    ) -> list[Bar]:
        found: dict[str, MinuteRow] = {}
        until = to_hhmmss
        for _ in range(PAGES_MAX):
            asked = quote_requests.minutes_past(self._dialect, symbol, day, until, venue)
            page = replies.minute_rows(await self._rest.ask(asked))
            older_ns = _gather(found, page, f"{day:%Y%m%d}", venue)
            # One row before the first one wanted tells its value; then we have enough.
            if older_ns is None or min(found) < from_hhmmss:
                break
            until = f"{kst(older_ns - MINUTE_NS):%H%M%S}"
        return replies.bars(symbol, [found[start] for start in sorted(found)], venue)


def hhmmss(since_midnight_ns: int) -> str:
    """Return a time of day as KIS writes it."""
    seconds = since_midnight_ns // SECOND_NS
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"


def _gather(
    found: dict[str, MinuteRow], page: list[MinuteRow], day: str, venue: Venue
) -> int | None:
    """Add a page's rows of that day; return the oldest start where older ones may follow."""
    new = {row.hhmmss: row for row in page if row.date == day and row.hhmmss not in found}
    found.update(new)
    older_day = any(row.date != day for row in page)
    if not new or older_day or min(new) <= FIRST_MINUTE[venue]:
        return None
    return min(row.start_ns for row in new.values())


def _since_midnight_ns(text: str) -> int:
    return (int(text[:2]) * 3600 + int(text[2:4]) * 60 + int(text[4:])) * SECOND_NS
