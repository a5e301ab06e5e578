"""Fixtures of Nulrimok's tests. Made-up days are in tales.py."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from strategy_nulrimok.nulrimok import Nulrimok
from strategy_nulrimok.settings import load_nulrimok
from tests.strategy_nulrimok.tales import Tale, artifact, candidate

Tell = Callable[..., Tale]


@pytest.fixture(scope="session")
def nulrimok() -> Nulrimok:
    """Nulrimok as it is configured, permissive."""
    return load_nulrimok().nulrimok


@pytest.fixture
def tale(nulrimok: Nulrimok) -> Tell:
    """Return a way to begin a made-up day at 08:01; `candidate` keys change the one symbol's."""

    def make(
        *, strict: bool = False, chosen: Any = ..., account: Any = None, **changes: Any
    ) -> Tale:
        numbers = nulrimok.numbers
        switches = numbers.strict if strict else numbers.switches
        told = replace(nulrimok, numbers=numbers.model_copy(update={"switches": switches}))
        if chosen is ...:
            chosen = artifact(told, candidate(**changes))
        return Tale(told, chosen).start(**(account or {}))

    return make
