"""A span of days comes whole, whatever the size of the pages it comes in."""

from dataclasses import dataclass
from datetime import date, timedelta

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import ReplyError
from kis_core.net.day_pages import days_back

FIRST = date(2025, 1, 1)
offsets = st.integers(0, 60)


@dataclass(frozen=True)
class Row:
    """A row of a day."""

    date: str


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


@given(st.sets(offsets), offsets, offsets, st.integers(1, 9))
def test_a_span_comes_whole_and_ascending(
    traded: set[int], first: int, last: int, per_page: int
) -> None:
    async def ask(until: date) -> list[Row]:
        fitting = [day(n) for n in sorted(traded, reverse=True) if day(n) <= until]
        return [Row(found.isoformat()) for found in fitting[:per_page]]

    async def whole() -> list[Row]:
        return await days_back(ask, day(first), day(last), per_page)

    expected = [day(n).isoformat() for n in sorted(traded) if first <= n <= last]
    assert [row.date for row in anyio.run(whole)] == expected


def test_a_server_that_repeats_itself_ends_the_paging() -> None:
    async def ask(until: date) -> list[Row]:
        return [Row("2025-01-02")]

    async def whole() -> list[Row]:
        return await days_back(ask, FIRST, day(30))

    assert anyio.run(whole) == [Row("2025-01-02")]


def test_a_span_that_does_not_end_is_an_error_and_never_a_part() -> None:
    async def ask(until: date) -> list[Row]:
        return [Row(until.isoformat())]

    async def whole() -> list[Row]:
        return await days_back(ask, FIRST, day(5_000))

    with pytest.raises(ReplyError, match="more than 100 pages"):
        anyio.run(whole)
