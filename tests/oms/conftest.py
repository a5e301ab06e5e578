"""Fixtures of the OMS's tests. The fakes behind them are in stories.py."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oms.core.limits import Limits
from tests.oms.stories import SAMSUNG, House, Story, some_limits


@pytest.fixture
def limits() -> Limits:
    return some_limits()


@pytest.fixture
def story(limits: Limits) -> Story:
    """A book with equity, cash and a live session at 09:30."""
    return Story(limits).ready()


@pytest.fixture
def story_of() -> Callable[..., Story]:
    """Make a story under changed limits."""

    def make(
        start: str = "09:30",
        equity_krw: int = 100_000_000,
        symbol: str = SAMSUNG,
        **changes: Any,
    ) -> Story:
        return Story(some_limits(**changes), start, symbol).ready(equity_krw)

    return make


@pytest.fixture
def blank() -> Callable[..., Story]:
    """Make a story in which nothing was told yet."""

    def make(start: str = "09:30", **changes: Any) -> Story:
        return Story(some_limits(**changes), start)

    return make


@pytest.fixture
def house(tmp_path: Path, limits: Limits) -> Iterator[House]:
    made = House(tmp_path, limits)
    yield made
    made.close()
