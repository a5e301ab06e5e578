"""Fixtures of KMP's tests. Real days are played, made-up ones in stories.py."""

from collections.abc import Callable
from typing import Any

import pytest

from strategy_kmp.decision.rules import Rules
from strategy_kmp.kmp import Kmp
from strategy_kmp.settings import load_kmp
from tests.strategy_kmp.stories import Story


@pytest.fixture(scope="session")
def rules() -> Rules:
    """KMP's rules as they are configured, permissive."""
    return load_kmp()[1]


@pytest.fixture(scope="session")
def kmp(rules: Rules) -> Kmp:
    """KMP over the configured universe."""
    return Kmp("KMP", rules, load_kmp()[2])


@pytest.fixture
def story(rules: Rules) -> Callable[..., Story]:
    """Return a way to tell a made-up day."""

    def make(strict: bool = False, **more: Any) -> Story:
        switches = rules.strict if strict else rules.switches
        return Story(rules.model_copy(update={"switches": switches}), **more)

    return make
