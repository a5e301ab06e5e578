"""How often a token may ask: bursts, refills, and one token's haste that is no other's."""

from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import SECOND_NS
from oms.access import Caller, Scope
from oms.allowance import Allowance

KMP, VIEWER = Caller("KMP", Scope.STRATEGY), Caller("viewer", Scope.VIEWER)


def test_a_burst_passes_and_the_next_one_is_told_how_long_to_wait() -> None:
    allowance = Allowance(per_s=2.0, burst=3)
    assert [allowance.wait_s(KMP, 0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert allowance.wait_s(KMP, SECOND_NS // 2) == 0.0
    assert allowance.refused == 1


def test_one_token_does_not_use_up_anothers() -> None:
    allowance = Allowance(per_s=1.0, burst=1)
    assert allowance.wait_s(KMP, 0) == 0.0
    assert allowance.wait_s(KMP, 0) > 0.0
    assert allowance.wait_s(VIEWER, 0) == 0.0


@given(st.lists(st.integers(0, 3 * SECOND_NS), max_size=200))
def test_never_more_than_the_burst_and_the_rate(steps: list[int]) -> None:
    allowance = Allowance(per_s=5.0, burst=4)
    now_ns, passed = 0, 0
    for step in steps:
        now_ns += step
        passed += allowance.wait_s(KMP, now_ns) == 0.0
    assert passed <= 4 + 5.0 * now_ns / SECOND_NS + 1e-6


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    allowance = Allowance(per_s=1.0, burst=1)
    assert allowance.wait_s(KMP, 10 * SECOND_NS) == 0.0
    assert allowance.wait_s(KMP, 0) > 0.0
