"""The noise band knows the past alone, and says when that is too little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.noise_band import DAYS_MIN, Band, band, moves, sigma

MOVES = st.dictionaries(st.integers(0, 30), st.floats(0, 0.2), max_size=31)


def test_a_move_is_the_distance_from_the_days_open() -> None:
    assert moves({0: 101.0, 5: 99.0}, 100.0) == {0: pytest.approx(0.01), 5: pytest.approx(0.01)}
    with pytest.raises(ValueError, match="expected a price above 0"):
        moves({0: 1.0}, 0.0)


def test_sigma_is_the_mean_of_the_same_slot_on_the_days_before() -> None:
    days = [{0: 0.01, 1: 0.04}, {0: 0.02, 1: 0.05}, {0: 0.03, 1: 0.06}, {0: 0.04, 1: 0.07}]
    assert sigma(days, 0, 4) == pytest.approx(0.025)
    assert sigma(days, 1, 3) == pytest.approx(0.06)  # the last three


def test_a_slot_without_a_trade_stands_where_the_price_was() -> None:
    days = [{0: 0.01}, {0: 0.02, 4: 0.5}, {0: 0.03}]
    assert sigma(days, 3, 3) == pytest.approx(0.02)


def test_part4_13_missing_history_is_unknown_and_never_filled_from_later_days() -> None:
    days: list[dict[int, float]] = [{}, {}, {0: 0.01}, {0: 0.02}, {0: 0.03}]
    told = [sigma(days[:today], 0, 5) for today in range(len(days) + 1)]
    assert told == [None, None, None, None, None, pytest.approx(0.02)]
    assert sigma([{7: 0.01}] * 5, 3, 5) is None  # a later slot of a day is later, too


@given(st.lists(MOVES, max_size=20), st.lists(MOVES, max_size=20), st.integers(0, 30))
def test_what_comes_later_changes_nothing(
    past: list[dict[int, float]], later: list[dict[int, float]], slot: int
) -> None:
    known = [sigma(past[:today], slot, 5) for today in range(len(past))]
    assert [sigma((past + later)[:today], slot, 5) for today in range(len(past))] == known


@given(st.lists(MOVES, min_size=1, max_size=20), st.integers(0, 30), st.integers(1, 15))
def test_sigma_lies_among_the_moves_it_is_made_of(
    days: list[dict[int, float]], slot: int, last: int
) -> None:
    found = sigma(days, slot, last)
    if found is not None:
        told = [move for day in days[-last:] for move in day.values()]
        assert min(told) - 1e-12 <= found <= max(told) + 1e-12
        assert sum(1 for day in days[-last:] if day) >= DAYS_MIN


def test_the_band_stands_around_the_open_and_the_close_before() -> None:
    assert band(100.0, 98.0, 0.01) == Band(pytest.approx(101.0), pytest.approx(97.02))
    assert band(98.0, 100.0, 0.01, k=2.0) == Band(pytest.approx(102.0), pytest.approx(96.04))
