"""Minutes of one symbol over REST, no more pages than needed, spread over the app keys."""

from collections.abc import Iterable, Sequence
from datetime import date

from collector.minute import Minutes
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
    """What a sweep asks KIS. Each app key has calls of its own; a question goes to the idlest."""

    def __init__(self, rests: Sequence[KisRest]) -> None:
        self._doors = [_Door(rest) for rest in rests]
        self._clock = rests[0].clock
        self._wide = True  # until KIS says that it does not offer it

    async def minutes(self, symbol: str, from_ns: int, until_ns: int) -> Minutes:
        """Return today's completed minutes that start from `from_ns` to before `until_ns`."""
        over_ns = self._clock.now_ns() // MINUTE_NS * MINUTE_NS
        last_ns = min(over_ns, until_ns) - MINUTE_NS  # the newest that is over
        with self._idlest() as door:
            if self._wide and last_ns - from_ns >= WIDE_MIN * MINUTE_NS:
                bars = await self._wide_chart(door, symbol, from_ns, last_ns)
                if bars:
                    return Minutes(tuple(bars), traded=True)
            return await door.narrow_chart(symbol, from_ns, last_ns)

    async def past_day(self, symbol: str, day: date, from_ns: int, until_ns: int) -> Minutes:
        """Return the minutes of a past day likewise. Raises NotOffered: paper has today alone."""
        span = (f"{kst(from_ns):%H%M%S}", f"{kst(until_ns - MINUTE_NS):%H%M%S}")
        with self._idlest() as door:
            bars = await door.quotes.minute_bars_on(symbol, day, *span)
        return Minutes(tuple(bars), traded=bool(bars))

    async def _wide_chart(
        self, door: "_Door", symbol: str, from_ns: int, last_ns: int
    ) -> list[Bar]:
        """Ask the chart of past days for today; the paper server lacks it."""
        span = (f"{kst(from_ns):%H%M%S}", f"{kst(last_ns):%H%M%S}")
        try:
            return await door.quotes.minute_bars_on(symbol, date_of(last_ns), *span)
        except NotOffered:
            self._wide = False
            return []

    def _idlest(self) -> "_Door":
        return min(self._doors, key=lambda door: (door.busy, door.asked))


class _Door:
    """One app key's REST. A context manager: busy while somebody is inside."""

    def __init__(self, rest: KisRest) -> None:
        self.quotes = KisQuotes(rest)
        self.busy = 0
        self.asked = 0
        self._rest = rest

    def __enter__(self) -> "_Door":
        self.busy += 1
        self.asked += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.busy -= 1

    async def narrow_chart(self, symbol: str, from_ns: int, last_ns: int) -> Minutes:
        """Return today's minutes from..last, page by page from the newest."""
        dialect = self._rest.endpoints.dialect
        today = date_of(last_ns)
        found: dict[int, MinuteRow] = {}
        traded = False
        while last_ns >= from_ns:
            asked = quote_requests.minutes_today(dialect, symbol, f"{kst(last_ns):%H%M%S}")
            rows = list(_of(today, replies.minute_rows(await self._rest.ask(asked))))
            traded = traded or bool(rows)
            page = [row for row in rows if row.start_ns <= last_ns]  # not the one that is made
            older = [row for row in page if row.start_ns not in found]
            found.update({row.start_ns: row for row in older})
            if len(page) < PAGE_ROWS or not older:
                break
            last_ns = min(row.start_ns for row in older) - MINUTE_NS
        bars = replies.bars(symbol, [found[start_ns] for start_ns in sorted(found)])
        return Minutes(tuple(bar for bar in bars if bar.start_ns >= from_ns), traded)


def _of(day: date, page: Iterable[MinuteRow]) -> Iterable[MinuteRow]:
    """Leave out rows of other days, which KIS shows where the day has none."""
    said = f"{day:%Y%m%d}"
    return (row for row in page if row.date == said)
