import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.imbalance import Imbalance, Sign, TickRule
from kis_core.market.instants import SECOND_NS

FLOW = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([1, -1, 0]), st.integers(1, 10**9)), max_size=80
)


@given(FLOW, st.integers(0, 500))
def test_an_imbalance_step_by_step_equals_one_made_at_once(
    flow: list[tuple[int, Sign, int]], asked: int
) -> None:
    imbalance = Imbalance(90)
    for second, sign, value in flow:
        imbalance.add(second * SECOND_NS + 7, sign, value)
    now = max([asked, *(second for second, _, _ in flow)])
    # a value too late for the window as it stood is out of it for good, as windows only move on
    within = [(sign, value) for second, sign, value in flow if now - 90 < second <= now]
    bought = sum(value for sign, value in within if sign > 0)
    sold = sum(value for sign, value in within if sign < 0)
    expected = (bought - sold) / (bought + sold) if bought + sold else None
    assert imbalance.at(asked * SECOND_NS) == expected


def test_auctions_have_no_side(tape) -> None:
    imbalance = Imbalance()
    imbalance.on_trade(tape.trade(0, 100, 10, aggressor=0))
    assert imbalance.at(0) is None
    imbalance.on_trade(tape.trade(0, 100, 30, aggressor=1))
    imbalance.on_trade(tape.trade(0, 100, 10, aggressor=-1))
    assert imbalance.at(0) == 0.5


@pytest.mark.parametrize(("second", "known"), [(0, True), (89, True), (90, False), (500, False)])
def test_what_was_traded_is_forgotten_after_the_window(second: int, known: bool) -> None:
    imbalance = Imbalance(90)
    imbalance.add(0, 1, 100)
    assert (imbalance.at(second * SECOND_NS) is not None) is known


def test_the_tick_rule_follows_the_price_and_inherits_when_it_stands() -> None:
    rule = TickRule()
    assert [rule.sign(price) for price in (100, 100, 101, 101, 99, 99, 100)] == [
        0,
        0,
        1,
        1,
        -1,
        -1,
        1,
    ]


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0 s"):
        Imbalance(0)
