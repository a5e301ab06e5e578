"""Whom smart money buys: the edges, and what is not told."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from strategy_nulrimok.decision.flows import flows, reversal, verdict
from strategy_nulrimok.decision.research import FlowDay
from tests.strategy_nulrimok.decision.worlds import name_of, rules, sessions, side_by_side

RULES = rules().flow
ADV = 10**10
Smart = Sequence[int | None]


def test_intensity_is_five_days_of_value_over_a_day_of_value_traded() -> None:
    side = side_by_side([name_of("000010", smart_krw=[-7] * 36 + [10**9] * 5)], ADV)
    found = flows(side, RULES)
    assert found.intensity.tolist() == [0.5]
    # mean of 5: 10^9; mean of 20: (5 × 10^9 - 15 × 7) / 20
    assert found.accel_krw.tolist() == [10**9 - (5 * 10**9 - 105) / 20]


@pytest.mark.parametrize(
    ("smart", "persistence", "accel"),
    [
        ([5] * 10, 1.0, 0.0),
        ([5] * 19, 1.0, 0.0),
        ([0] * 15 + [5] * 5, 0.5, 3.75),
        ([5] * 9, np.nan, np.nan),
        ([5] * 10 + [None] + [5] * 9, np.nan, np.nan),
        ([5] * 9 + [None] + [5] * 10, 1.0, 0.0),
        ([5] * 19 + [None], np.nan, np.nan),
    ],
    ids=["ten rows", "nineteen", "twenty; a day of nothing is not bought", "nine",
         "a gap in the last ten", "a gap before them", "the last day not told"],
)  # fmt: skip
def test_what_is_not_told(smart: Smart, persistence: float, accel: float) -> None:
    found = flows(side_by_side([name_of("000010", smart_krw=smart)]), RULES)
    assert found.persistence[0] == pytest.approx(persistence, nan_ok=True)
    assert found.accel_krw[0] == pytest.approx(accel, nan_ok=True)
    assert (verdict(found, 0, 0.55) == "FLOW_UNKNOWN") == np.isnan(persistence)


def test_one_side_not_told_or_two_different_tellings_are_not_told() -> None:
    whole = name_of("000010")
    one_side = replace(whole, flows=(*whole.flows[:-1], FlowDay(whole.flows[-1].date, 5, None)))
    twice = replace(whole, flows=(*whole.flows, FlowDay(whole.flows[-1].date, 5, 5)))
    same = replace(whole, flows=(*whole.flows, whole.flows[-1]))
    found = [verdict(flows(side_by_side([one]), RULES), 0, 0.1) for one in (one_side, twice, same)]
    assert found == ["FLOW_UNKNOWN", "FLOW_UNKNOWN", "SECTOR_MEDIAN"]


@pytest.mark.parametrize(
    ("bought", "least", "passes"),
    [(6, 0.55, True), (5, 0.55, False), (6, 0.60, True), (5, 0.60, False), (5, 0.50, True)],
)
def test_persistence_reaches_its_least(bought: int, least: float, passes: bool) -> None:
    one = name_of("000010", smart_krw=[-1] * (10 - bought) + [1] * bought)
    found = flows(side_by_side([one]), RULES)
    assert (verdict(found, 0, least) != "FLOW_PERSISTENCE") is passes


def sector(count: int, first: int) -> list[Smart]:
    return [[0] * 20 + [first * (i + 1)] * 20 for i in range(count)]


@pytest.mark.parametrize(
    ("members", "passing"),
    [(4, [3]), (5, [3, 4]), (6, [4, 5])],
    ids=["of four the fourth", "of five two", "of six two"],
)
def test_a_score_must_exceed_the_upper_middle_of_its_sector(
    members: int, passing: list[int]
) -> None:
    names = [
        name_of(f"00001{i}", smart_krw=smart)
        for i, smart in enumerate(sector(members, first=10**8))
    ]
    found = flows(side_by_side(names), RULES)
    assert [i for i in range(members) if verdict(found, i, 0.55) is None] == passing


def test_three_members_have_no_z_and_the_market_s_median() -> None:
    small = [name_of(f"00001{i}", "Small", smart_krw=[10**8 * (i + 1)] * 20) for i in range(3)]
    big = [
        name_of(f"00002{i}", "Big", smart_krw=[-(10**8) * (i + 1)] * 14 + [1] * 6) for i in range(7)
    ]
    found = flows(side_by_side([*small, *big]), RULES)
    assert found.score[:3].tolist() == [0.7, 0.7, 0.7]  # .4 × 1 + .6 × .5
    assert found.median[0] == sorted(found.score.tolist())[5]
    assert [verdict(found, i, 0.55) for i in range(3)] == [None, None, None]
    assert found.median[3] == sorted(found.score[3:].tolist())[3]


@pytest.mark.parametrize(
    ("smart", "flag"),
    [
        ([-1, -1], True),
        ([-1, 0], False),
        ([1, -1], False),
        ([-1, None], None),
        ([None, -1], None),
        ([None, 1], False),
        ([-1, -1, 5], False),
    ],
)
def test_flow_reverses_where_both_sessions_sold(smart: Smart, flag: bool | None) -> None:
    dates = sessions(2)
    assert reversal(name_of("000010", smart_krw=smart), (dates[0], dates[1])) is flag


def test_without_names_there_is_nothing_to_say() -> None:
    assert len(flows(side_by_side([]), RULES).score) == 0
