"""Fixtures of KPR's tests. Real days are played, made-up ones in stories.py."""

from collections.abc import Callable
from typing import Any

import pytest

from strategy_kpr.decision.rules import Rules
from strategy_kpr.kpr import Kpr
from strategy_kpr.settings import load_kpr
from tests.strategy_kpr.stories import Story, with_rules


@pytest.fixture(scope="session")
def rules() -> Rules:
    """KPR's rules as they are configured, permissive."""
    return load_kpr()[1]


@pytest.fixture(scope="session")
def kpr(rules: Rules) -> Kpr:
    """KPR over the configured universe."""
    return Kpr("KPR", rules, load_kpr()[2])


@pytest.fixture
def story(rules: Rules) -> Callable[..., Story]:
    """Return a way to tell a made-up day."""

    def make(
        strict: bool = False, universe: tuple[str, ...] | None = None, **sections: Any
    ) -> Story:
        known = with_rules(rules, **sections)
        if strict:
            known = known.model_copy(update={"switches": rules.strict})
        return Story(known, universe) if universe else Story(known)

    return make
