"""Sectors against one another."""

import pytest

from strategy_nulrimok.decision.artifact import SectorRank
from strategy_nulrimok.decision.flows import persistences
from strategy_nulrimok.decision.panel import Panel
from strategy_nulrimok.decision.sector_weights import sector_ranks
from tests.strategy_nulrimok.decision.worlds import name_of, rules, side_by_side

RULES = rules().sector
UP, FLAT = [10_000] * 59 + [10_100], [10_000] * 60


def ranks(side: Panel, least: float = 0.55) -> dict[str, SectorRank]:
    found = sector_ranks(side, persistences(side, 10), least, RULES)
    return {one.sector: one for one in found}


def test_the_best_three_weigh_most_and_the_rest_the_same() -> None:
    names = [name_of(f"00001{i}", "EDCBA"[i], UP, [10**8 * (i + 1)] * 20) for i in range(5)]
    found = ranks(side_by_side(names))
    assert [(one, found[one].weight) for one in found] == [
        ("A", 1.0), ("B", 0.8), ("C", 0.6), ("D", 0.3), ("E", 0.3),
    ]  # fmt: skip
    assert found["A"].flow_trend == 1.0  # 20 × 5 × 10^8 over 10^10
    assert found["A"].score == pytest.approx(0.45 * 2**0.5)  # the other components are equal


def test_equal_sectors_rank_by_name() -> None:
    names = [name_of(f"00001{i}", "BA"[i], UP, [10**8] * 20) for i in range(2)]
    found = ranks(side_by_side(names))
    assert [(one.score, one.weight) for one in found.values()] == [(0.0, 1.0), (0.0, 0.8)]


def test_flow_is_scaled_by_the_sector_s_own_value_traded() -> None:
    # Big's net buying is ten times Small's, and a hundredth of its trading.
    big, small = (
        name_of("000010", "Big", UP, [10**9] * 20),
        name_of("000020", "Small", UP, [10**8] * 20),
    )
    found = ranks(side_by_side([big, small], [10**12, 10**9]))
    assert (found["Big"].flow_trend, found["Small"].flow_trend) == (0.02, 2.0)
    assert found["Small"].weight > found["Big"].weight


def test_the_basket_is_the_fifteen_most_liquid() -> None:
    liquid = [name_of(f"0000{i:02d}", "Alpha", UP, [10**8] * 20) for i in range(15)]
    thin = [name_of(f"0001{i:02d}", "Alpha", FLAT, [-(10**8)] * 20) for i in range(5)]
    found = ranks(side_by_side([*liquid, *thin], [10**10] * 15 + [10**9] * 5))["Alpha"]
    assert (found.members, found.breadth, found.participation) == (15, 1.0, 1.0)


def test_a_sector_of_which_something_is_not_known_is_not_ranked() -> None:
    known = name_of("000010", "Known", UP, [1] * 20)
    untold = name_of("000020", "Untold", UP, [1] * 9)
    short = name_of("000030", "Short", UP[-19:], [1] * 20)
    found = ranks(side_by_side([known, untold, short]))
    assert (found["Untold"].participation, found["Untold"].score) == (None, None)
    assert (found["Short"].breadth, found["Short"].score) == (None, None)
    assert [found[one].weight for one in ("Known", "Untold", "Short")] == [1.0, 0.3, 0.3]


@pytest.mark.parametrize(("least", "share"), [(0.55, 0.5), (0.60, 0.5), (0.61, 0.0), (0.3, 1.0)])
def test_participation_counts_persistence_from_its_least_on(least: float, share: float) -> None:
    six, three = [-1] * 14 + [1] * 6, [-1] * 17 + [1] * 3
    names = [name_of("000010", smart_krw=six), name_of("000020", smart_krw=three)]
    assert ranks(side_by_side(names), least)["Alpha"].participation == share


def test_without_names_there_is_no_sector() -> None:
    assert ranks(side_by_side([])) == {}
