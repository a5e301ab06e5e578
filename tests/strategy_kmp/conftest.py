"""Fixtures of KMP's tests. Real days are in days.py, made-up ones in stories.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strategy_kmp.decision.rules import Rules
from strategy_kmp.kmp import Kmp
from strategy_kmp.settings import load_kmp
from tests.strategy_kmp.days import Play, RealBars
from tests.strategy_kmp.stories import Story


@pytest.fixture(scope="session")
def rules() -> Rules:
    """KMP's rules as they are configured, permissive."""
    return load_kmp()[1]


@pytest.fixture(scope="session")
def kmp(rules: Rules) -> Kmp:
    """KMP over the configured universe."""
    return Kmp("KMP", rules, load_kmp()[2])


@pytest.fixture(scope="session")
def real_bars(kst_data: Path) -> RealBars:
    """The real bars."""
    return RealBars(kst_data)


@pytest.fixture
def play(real_bars: RealBars, kmp: Kmp) -> Callable[..., Play]:
    """Return a way to play a real date."""
    return lambda day, **more: Play(real_bars, kmp, day, **more)


@pytest.fixture
def story(rules: Rules) -> Callable[..., Story]:
    """Return a way to tell a made-up day."""

    def make(strict: bool = False, **more: Any) -> Story:
        switches = rules.strict if strict else rules.switches
        return Story(rules.model_copy(update={"switches": switches}), **more)

    return make
