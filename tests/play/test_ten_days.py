"""Nulrimok over ten real days in a row: a restart on each of them changes nothing it asks for."""

import random
from typing import Any

import pytest

from oms_client.contract import Enter
from strategy_runtime.contract import RoundTrip
from tests.play.day import Play
from tests.play.fleet import Cast, cast, days_in_a_row
from tests.play.market import RealMarket
from tests.play.paper_oms import PaperOms

FIRST, DAYS = "2025-12-10", 10

pytestmark = pytest.mark.story


Lived = tuple[list[Play[Any]], PaperOms]


@pytest.fixture(scope="module")
def nulrimok() -> Cast:
    return cast("nulrimok")


def lived(of: Cast, market: RealMarket, seed: int | None) -> Lived:
    """Live through the days; with a seed, dying once a day at a random minute."""
    at = market.days.index(FIRST)
    dates = market.days[at : at + DAYS]
    if seed is None:
        return days_in_a_row(of, market, dates)
    dice = random.Random(seed)
    return days_in_a_row(of, market, dates, lambda: (dice.randrange(8 * 60 + 1, 15 * 60 + 30),))


@pytest.fixture(scope="module")
def undisturbed(nulrimok: Cast, market: RealMarket) -> Lived:
    return lived(nulrimok, market, None)


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_days_with_a_restart_each_ask_for_what_ten_without_do(
    nulrimok: Cast, market: RealMarket, seed: int, undisturbed: Lived
) -> None:
    plays, oms = undisturbed
    again, other = lived(nulrimok, market, seed)
    for one, two in zip(plays, again, strict=True):
        assert two.decisions() == one.decisions(), one.date
    assert other.held == oms.held
    assert other.cash_krw == oms.cash_krw


def test_the_ten_days_have_entries_exits_and_nights_in_them(
    undisturbed: Lived,
) -> None:
    plays, _ = undisturbed
    entries = [i for play in plays for _, i in play.intents if isinstance(i, Enter)]
    trips = [note for play in plays for note in play.notes if isinstance(note, RoundTrip)]
    assert len(entries) >= 5
    assert len(trips) >= 3
    assert any(trip.exited_ns - trip.entered_ns > 12 * 3600 * 10**9 for trip in trips)
