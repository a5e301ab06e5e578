from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.windows import Window


@given(st.lists(st.text("abc", max_size=2)), st.integers(1, 9))
def test_a_window_combines_the_newest_values_in_their_order(values: list[str], size: int) -> None:
    window = Window[str](size, add)
    for count, value in enumerate(values, 1):
        window.add(value)
        newest = values[max(0, count - size) : count]
        assert window.total() == "".join(newest)
        assert len(window) == len(newest)


def test_an_empty_window_has_no_total() -> None:
    assert Window[int](3, add).total() is None


def test_a_value_that_left_leaves_no_rounding_error_behind() -> None:
    window = Window[float](2, add)
    for value in (1e16, 1.0, 2.0):
        window.add(value)
    assert window.total() == 3.0


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0 values"):
        Window[int](0, add)


def test_each_value_is_combined_about_twice_in_its_life() -> None:
    combined = 0

    def counted(one: int, other: int) -> int:
        nonlocal combined
        combined += 1
        return one + other

    window = Window[int](50, counted)
    for value in range(5_000):
        window.add(value)
    assert combined <= 2 * 5_000
