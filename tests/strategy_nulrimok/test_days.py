"""Real days through Nulrimok, over nights: what a trader would believe, and the same again."""

from collections.abc import Callable
from typing import Any

import pytest

from strategy_runtime.contract import RoundTrip
from tests.play.day import Play
from tests.play.fleet import cast, days_in_a_row
from tests.play.market import RealMarket

FIRST, LAST = "2025-09-30", "2025-10-16"  # Chuseok lies in it
Days = list[Play[Any]]
Run = Callable[..., Days]


@pytest.fixture(scope="module")
def run(market: RealMarket) -> Run:
    """Return a way to play the days, dying at the same minutes of each."""
    nulrimok = cast("nulrimok")
    dates = [day for day in market.days if FIRST <= day <= LAST]
    return lambda *dies: days_in_a_row(nulrimok, market, dates, lambda: dies)[0]


@pytest.fixture(scope="module")
def days(run: Run) -> Days:
    return run()


def trips_of(days: Days) -> list[RoundTrip]:
    return [trip for day in days for trip in day.strategy.trips(day.state)]


def test_positions_are_entered_held_over_nights_and_left(days: Days) -> None:
    trips = trips_of(days)
    assert trips
    assert any(trip.exited_ns - trip.entered_ns > 12 * 3_600 * 10**9 for trip in trips)
    for trip in trips:
        assert trip.entry_reason.startswith("avwap_")
        assert trip.r_net is not None
        assert -3 < trip.r_net < 10


def test_the_data_were_sound(days: Days) -> None:
    for day in days:
        health = day.strategy.funnel(day.state)["health"]
        assert health["problems"] == [], day.date
        assert health["bars_late"] == 0
        assert health["bars"] >= 12


def test_every_stage_of_the_funnel_passes_no_more_than_the_one_before(days: Days) -> None:
    for day in days:
        gates = day.strategy.funnel(day.state)["gates"]
        selected = [gate["passed"] for gate in gates[:6]]
        assert selected == sorted(selected, reverse=True)
        assert selected[0] == 103
        assert gates[-1]["gate"] == "closed"


def test_dying_in_the_middle_of_every_day_changes_nothing(days: Days, run: Run) -> None:
    """Killed at 10:15 and 14:45 each day: the same intents, at the same instants."""
    again = run(615, 885)
    for whole, cut in zip(days, again, strict=True):
        assert cut.decisions() == whole.decisions(), whole.date
        assert cut.strategy.carried(cut.state) == whole.strategy.carried(whole.state)
