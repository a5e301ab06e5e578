"""Nobody looks ahead: what comes after an instant changes no decision before it."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kis_core.market.instants import MINUTE_NS
from oms_client.contract import Enter
from tests.play.day import Play
from tests.play.fleet import Cast, cast
from tests.play.market import Bent, RealMarket

STRATEGIES = ("kmp", "kpr", "nulrimok")
DATES = {"kmp": "2025-07-01", "kpr": "2025-07-03", "nulrimok": "2025-12-10"}
CLOSE_MIN = 15 * 60 + 30


@cache
def market_of(folder: Path) -> RealMarket:
    return RealMarket(folder)


@cache
def cast_of(name: str) -> Cast:
    return cast(name)


@cache
def whole(name: str, folder: Path) -> Play[Any]:
    """A whole real day, which is not the same as what a bent one makes of it."""
    return cast_of(name).play(market_of(folder), DATES[name]).run()


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_days_that_are_bent_have_decisions_to_change(name: str, kst_data: Path) -> None:
    played = whole(name, kst_data)
    assert any(isinstance(intent, Enter) for _, intent in played.intents)
    early = played.midnight + 9 * 60 * MINUTE_NS
    bent = cast_of(name).play(Bent(market_of(kst_data), early, 0.93, 2.0, -1.0), DATES[name]).run()
    assert bent.decisions() != played.decisions()


@pytest.mark.parametrize("name", STRATEGIES)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    minute=st.integers(8 * 60 + 30, CLOSE_MIN),
    price=st.sampled_from((0.75, 0.93, 0.99, 1.01, 1.08, 1.25)),
    shares=st.sampled_from((0.1, 1.0, 5.0)),
    flow=st.sampled_from((-3.0, 0.0, 2.0)),
)
def test_what_comes_after_an_instant_changes_no_decision_before_it(
    name: str, kst_data: Path, minute: int, price: float, shares: float, flow: float
) -> None:
    played = whole(name, kst_data)
    at_ns = played.midnight + minute * MINUTE_NS
    bent = Bent(market_of(kst_data), at_ns, price, shares, flow)
    other = cast_of(name).play(bent, DATES[name], last_min=minute - CLOSE_MIN).run()
    assert other.decisions(at_ns) == played.decisions(at_ns)
    assert other.outputs(at_ns) == played.outputs(at_ns)
