"""The rate limit slides, and stands aside while the clock is held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.kis.throttle import SECOND_NS, Throttle


def test_a_call_leaves_the_window_after_a_second() -> None:
    throttle = Throttle(2)
    admitted = [throttle.admit(at) for at in (0, 1, 2, SECOND_NS, SECOND_NS + 1, SECOND_NS + 2)]
    assert admitted == [True, True, False, True, True, False]


def test_calls_at_one_nanosecond_are_let_through() -> None:
    throttle = Throttle(2)
    assert all(throttle.admit(5) for _ in range(100))


@given(
    st.lists(st.integers(1, SECOND_NS), min_size=1, max_size=200),
    st.integers(1, 20),
    st.integers(1, 9),
)
def test_no_window_ever_holds_more_than_its_allowance(
    gaps: list[int], calls_per_second: int, window_s: int
) -> None:
    throttle = Throttle(calls_per_second, window_s)
    now, admitted = 0, []
    for gap in gaps:
        now += gap
        if throttle.admit(now):
            admitted.append(now)
    for start in admitted:
        inside = sum(start <= at < start + window_s * SECOND_NS for at in admitted)
        assert inside <= calls_per_second * window_s


@pytest.mark.parametrize("limits", [(0, 1), (1, 0)])
def test_a_throttle_that_lets_nothing_through_cannot_be_made(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Throttle(*limits)
