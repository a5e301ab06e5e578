"""Lists by day that KIS hands out page by page, newest first, from a date backwards."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Protocol

from kis_core.errors import ReplyError

PAGES_MAX = 100


class Dated(Protocol):
    """A row of a day."""

    @property
    def date(self) -> str:
        """Return the day, YYYY-MM-DD."""
        ...


async def days_back[Row: Dated](
    ask: Callable[[date], Awaitable[list[Row]]], first: date, last: date, rows_per_page: int = 1
) -> list[Row]:
    """Return the rows of first..last, both included, ascending, from as many pages as it takes.

    `ask` returns the page that ends with a date. A page of fewer rows than `rows_per_page`, or
    with nothing new in it, is the last.
    """
    found: dict[str, Row] = {}
    wanted = last
    for _ in range(PAGES_MAX):
        if wanted < first:
            break
        page = await ask(wanted)
        new = {row.date: row for row in page if row.date not in found}
        found.update(new)
        if not new or len(page) < rows_per_page:
            break
        wanted = date.fromisoformat(min(new)) - timedelta(days=1)
    else:
        raise ReplyError(f"{first} to {last}: more than {PAGES_MAX} pages", "")
    return [found[day] for day in sorted(found) if first.isoformat() <= day <= last.isoformat()]
