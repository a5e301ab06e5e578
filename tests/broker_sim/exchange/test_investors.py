"""Who traded: drawn from the prints, and the day's own nets met at the close."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.days import read_day
from broker_sim.exchange.day import FlowDay, PrintTape
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.investors import (
    BOUGHT,
    FOREIGN,
    INSTITUTION,
    PERSON,
    SOLD,
    institutions,
    investor_day,
    investor_path,
    sides_day,
    split,
    united_investors,
)

DATE = dt.date(2025, 9, 3)


def tape_of(volumes: list[int]) -> PrintTape:
    count = len(volumes)
    return PrintTape(
        "005930",
        np.arange(count, dtype=np.int64),
        np.full(count, 70_000, dtype=np.int32),
        np.array(volumes, dtype=np.int32),
        np.ones(count, dtype=np.int8),
        np.zeros(count, dtype=np.bool_),
    )


@given(
    volumes=st.lists(st.integers(1, 10**6), max_size=60),
    foreign=st.integers(-(10**7), 10**7),
    institution=st.integers(-(10**7), 10**7),
    seed=st.integers(0, 9),
)
def test_everything_traded_was_bought_and_sold_by_somebody(
    volumes: list[int], foreign: int, institution: int, seed: int
) -> None:
    tape = tape_of(volumes)
    path = investor_path(tape, FlowDay("2025-09-03", foreign, institution), seed, DATE)
    shares = path.at(tape.at_ns)
    traded = np.cumsum(tape.volume.astype(np.int64))
    assert (shares.sum(axis=2) == traded[:, None]).all()
    assert (shares >= 0).all()


@given(volume=st.integers(0, 10**9), data=st.data())
def test_the_nets_of_the_day_are_met_at_its_close(volume: int, data: st.DataObject) -> None:
    foreign = data.draw(st.integers(-(volume // 2), volume // 2))
    institution = data.draw(st.integers(-(volume // 2), volume // 2))
    shares = investor_day("005930", volume, FlowDay("2025-09-03", foreign, institution), 1, DATE)
    net = shares[BOUGHT] - shares[SOLD]
    assert net[FOREIGN] == foreign
    assert net[INSTITUTION] == institution
    assert net[PERSON] == -foreign - institution
    assert shares.sum(axis=1).tolist() == [volume, volume]


@given(total=st.integers(0, 10**12), weights=st.lists(st.floats(0.01, 100), min_size=1))
def test_parts_add_up_to_the_whole(total: int, weights: list[float]) -> None:
    parts = split(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()


def test_kinds_of_institutions_add_up_to_all_of_them() -> None:
    kinds = institutions(np.array([1_234_567, 7_654_321]), 1, DATE)
    assert kinds.sum(axis=1).tolist() == [1_234_567, 7_654_321]
    assert (kinds > 0).all()


def test_sides_of_a_past_day_add_up_to_its_volume() -> None:
    assert sides_day("005930", 12_345, 1, DATE).sum() == 12_345


def test_the_flow_of_the_day_itself_is_known_and_is_no_history(generated: GeneratedDay) -> None:
    flow = generated.day_flow("000100")
    assert flow is not None
    assert flow.date == "2025-09-03"
    assert generated.flows("000100", DATE, DATE) == []


@pytest.mark.parametrize("symbol", ["005930", "000660"])
def test_a_real_day_ends_at_its_real_flow(kst_data: Path, symbol: str) -> None:
    day = read_day(kst_data / "bars_1m", DATE, 1)
    tape, flow = day.prints(symbol), day.day_flow(symbol)
    assert flow is not None
    last = investor_path(tape, flow, 1, DATE).shares[-1]
    net = last[BOUGHT] - last[SOLD]
    assert net[FOREIGN] == flow.foreign_shares
    assert net[INSTITUTION] == flow.institution_shares


def test_investors_of_venues_together_are_the_sum_of_each() -> None:
    paths = [
        investor_path(tape_of(volumes), None, 1, DATE, venue)
        for volumes, venue in (([5, 50, 500], "KRX"), ([7, 70], "NXT"))
    ]
    instants = np.arange(4)
    both = united_investors(paths).at(instants)
    assert np.array_equal(both, paths[0].at(instants) + paths[1].at(instants))
