"""The order of the candidates and what follows from it."""

import pytest

from strategy_nulrimok.decision.artifact import Tier
from strategy_nulrimok.decision.ranking import Standing, normalised, ranked, risk
from tests.strategy_nulrimok.decision.worlds import rules

RULES = rules().ranking


def field(count: int, without: int = 0) -> list[Standing]:
    """Candidates in falling order of everything; the best `without` have no AVWAP."""
    return [
        Standing(f"{i:06d}", 1 - i / 100, 100 - i, 1.0, None if i < without else 0.99)
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("tier", "count", "tradable"),
    [
        ("A", 1, 1), ("A", 3, 1), ("A", 6, 1), ("A", 7, 2), ("A", 10, 3), ("A", 19, 5),
        ("A", 20, 6), ("B", 1, 1), ("B", 9, 1), ("B", 10, 2), ("B", 15, 3), ("C", 14, 2),
        ("A", 0, 0),
    ],
)  # fmt: skip
def test_a_share_may_be_traded_at_least_one(tier: Tier, count: int, tradable: int) -> None:
    found = ranked(field(count), tier, RULES)
    assert [one.tradable for one in found] == [i < tradable for i in range(count)]


def test_whoever_has_no_average_is_passed_over() -> None:
    found = ranked(field(10, without=2), "A", RULES)
    assert {one.symbol for one in found if one.tradable} == {"000002", "000003", "000004"}
    assert len([one for one in ranked(field(3, without=3), "A", RULES) if one.tradable]) == 0


@pytest.mark.parametrize(
    ("count", "top", "following"),
    [(1, 1, 0), (2, 1, 0), (3, 1, 1), (5, 1, 2), (10, 2, 3), (15, 3, 5), (20, 4, 6)],
)
def test_risk_by_rank(count: int, top: int, following: int) -> None:
    found = [risk(place, count, RULES) for place in range(count)]
    rest = count - top - following
    assert found == [0.0075] * top + [0.005] * following + [0.0035] * rest


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], [0, 0.5, 1]),
        ([4, 4], [0.5, 0.5]),
        ([7], [0.5]),
        ([None, 2, 3], [0, 0, 1]),
        ([None, 2], [0, 0.5]),
        ([None], [0]),
        ([], []),
    ],
)
def test_between_the_least_and_the_most(values: list[float | None], expected: list[float]) -> None:
    assert normalised(values).tolist() == expected


def test_the_rank_is_the_weighted_sum() -> None:
    # .4 flow + .2 strength + .2 sector + .2 nearness, each but the sector from 0 to 1
    two = [Standing("000001", 0.9, 40, 0.3, 0.99), Standing("000002", 0.8, 90, 1.0, 0.95)]
    found = ranked(two, "A", RULES)
    assert [one.symbol for one in found] == ["000001", "000002"]
    assert [one.daily_rank for one in found] == pytest.approx([0.4 + 0 + 0.06 + 0.2, 0.2 + 0.2])


def test_equals_stand_in_order_of_symbol() -> None:
    same = [Standing(symbol, 0.5, 50, 1.0, 0.9) for symbol in ("000003", "000001", "000002")]
    assert [one.symbol for one in ranked(same, "B", RULES)] == ["000001", "000002", "000003"]
