"""Nobody looks ahead: what comes after an instant changes no decision before it."""

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kis_core.market.instants import MINUTE_NS
from oms_client.contract import Enter
from tests.play.day import Play
from tests.play.fleet import DATES, thin
from tests.play.market import Bent, RealMarket

STRATEGIES = tuple(DATES)
CLOSE_MIN = 15 * 60 + 30
ENTERED_MIN = 11 * 60 + 15  # each has entered by now


@cache
def whole(name: str, market: RealMarket) -> Play[Any]:
    """A whole real day, which is not the same as what a bent one makes of it."""
    return thin(name).play(market, DATES[name]).run()


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_days_that_are_bent_have_decisions_to_change(name: str, market: RealMarket) -> None:
    played = whole(name, market)
    entered_ns = played.midnight + ENTERED_MIN * MINUTE_NS
    assert any(isinstance(intent, Enter) and at < entered_ns for at, intent in played.intents)
    early = played.midnight + 9 * 60 * MINUTE_NS
    bent = thin(name).play(Bent(market, early, 0.93, 2.0, -1.0), DATES[name]).run()
    assert bent.decisions() != played.decisions()


@pytest.mark.parametrize("name", STRATEGIES)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    minute=st.integers(8 * 60 + 30, CLOSE_MIN),
    price=st.sampled_from((0.75, 0.93, 0.99, 1.01, 1.08, 1.25)),
    shares=st.sampled_from((0.1, 1.0, 5.0)),
    flow=st.sampled_from((-3.0, 0.0, 2.0)),
)
@example(minute=ENTERED_MIN, price=1.08, shares=5.0, flow=-3.0)
def test_what_comes_after_an_instant_changes_no_decision_before_it(
    name: str, market: RealMarket, minute: int, price: float, shares: float, flow: float
) -> None:
    played = whole(name, market)
    at_ns = played.midnight + minute * MINUTE_NS
    bent = Bent(market, at_ns, price, shares, flow)
    other = thin(name).play(bent, DATES[name], last_min=minute - CLOSE_MIN).run()
    assert other.decisions(at_ns) == played.decisions(at_ns)
    assert other.outputs(at_ns) == played.outputs(at_ns)
