"""Nulrimok over ten real days in a row: a restart on each of them changes nothing it asks for."""

import random
from pathlib import Path

import pytest

from oms_client.contract import Enter
from strategy_runtime.contract import RoundTrip
from tests.play.day import Play
from tests.play.fleet import cast
from tests.play.market import RealMarket
from tests.play.paper_oms import PaperOms

FIRST, DAYS = "2025-12-10", 10


def lived(market: RealMarket, seed: int | None) -> tuple[list[Play[object]], PaperOms]:
    """Live through the days; with a seed, dying once a day at a random minute."""
    dice = random.Random(seed)
    nulrimok, oms = cast("nulrimok"), PaperOms("NULRIMOK")
    at = market.days.index(FIRST)
    carried: str | None = None
    plays: list[Play[object]] = []
    for date in market.days[at : at + DAYS]:
        play = nulrimok.play(market, date, oms=oms, carried=carried, timer_s=5)
        dies = () if seed is None else (dice.randrange(8 * 60 + 1, 15 * 60 + 30),)
        play.run(restarts=dies)
        carried = nulrimok.strategy.carried(play.state)
        plays.append(play)
    return plays, oms


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_days_with_a_restart_each_ask_for_what_ten_without_do(
    kst_data: Path, seed: int, undisturbed: tuple[list[Play[object]], PaperOms]
) -> None:
    plays, oms = undisturbed
    again, other = lived(RealMarket(kst_data), seed)
    for one, two in zip(plays, again, strict=True):
        assert two.decisions() == one.decisions(), one.date
    assert other.held == oms.held
    assert other.cash_krw == oms.cash_krw


def test_the_ten_days_have_entries_exits_and_nights_in_them(
    undisturbed: tuple[list[Play[object]], PaperOms],
) -> None:
    plays, _ = undisturbed
    entries = [i for play in plays for _, i in play.intents if isinstance(i, Enter)]
    trips = [note for play in plays for note in play.notes if isinstance(note, RoundTrip)]
    assert len(entries) >= 5
    assert len(trips) >= 3
    assert any(trip.exited_ns - trip.entered_ns > 12 * 3600 * 10**9 for trip in trips)


@pytest.fixture(scope="module")
def undisturbed(kst_data: Path) -> tuple[list[Play[object]], PaperOms]:
    return lived(RealMarket(kst_data), None)
