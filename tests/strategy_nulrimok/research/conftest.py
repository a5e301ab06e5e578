"""A research store in a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from kis_core.environment import Environment
from strategy_nulrimok.research.store import ResearchStore
from tests.strategy_nulrimok.research.told import CALENDAR


@pytest.fixture
async def store(database: str) -> AsyncIterator[ResearchStore]:
    """The store, opened with no more rights than a service has."""
    url = f"{database}{'&' if '?' in database else '?'}role=trading_strategist"
    async with ResearchStore.open(url, Environment.PAPER, CALENDAR) as opened:
        yield opened
