"""Thirty real dates of 103 names: counts a trader would believe, and the speed."""

from pathlib import Path
from time import perf_counter

import pytest

from strategy_nulrimok.decision.artifact import Artifact, of_text, to_text
from strategy_nulrimok.decision.select import select
from tests.strategy_nulrimok.decision.worlds import real_days, real_research, rules


@pytest.fixture(scope="module")
def artifacts(kst_data: Path) -> list[Artifact]:
    days = real_days(kst_data)[-30:]
    return [select(real_research(kst_data, day), rules(), "cfg") for day in days]


def test_every_name_is_a_candidate_or_falls_once(artifacts: list[Artifact]) -> None:
    for one in artifacts:
        fallen = [symbol for gate in one.rejects for symbol in gate.symbols]
        passed = [each.symbol for each in one.candidates]
        assert sorted(fallen + passed) == sorted(one.flow_reversal)
        assert len(one.flow_reversal) == 103


def test_thirty_dates_give_counts_a_trader_would_believe(artifacts: list[Artifact]) -> None:
    assert len(artifacts) == 30
    for one in artifacts:
        assert one.regime.unavailable == ("fx",)
        assert 5 <= len(one.candidates) <= 30, one.trade_date
        assert 1 <= len(one.tradable) <= 9
        assert 30 <= one.reject_counts["FLOW"] <= 85
        assert 5 <= one.reject_counts["LEADER"] <= 25
        assert one.data_as_of < one.trade_date
        assert all(each.avwap_ref_krw is not None for each in one.candidates if each.tradable)
    assert {one.regime.tier for one in artifacts} == {"A", "B"}
    assert len({one.tradable[0] for one in artifacts}) >= 8  # not one favourite for ever


def test_each_is_read_back_as_it_was_written(artifacts: list[Artifact]) -> None:
    for one in artifacts:
        assert of_text(to_text(one), one.trade_date, "cfg") == one


def test_a_day_of_103_names_takes_well_under_a_second(kst_data: Path) -> None:
    research = real_research(kst_data, real_days(kst_data)[-1])
    took = []
    for _ in range(5):
        began = perf_counter()
        select(research, rules(), "cfg")
        took.append(perf_counter() - began)
    assert min(took) < 0.25
