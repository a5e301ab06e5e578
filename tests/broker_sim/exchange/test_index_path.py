"""The index through the day ends where the official figures say, and never ahead of time."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.exchange.index_path import Constituent, IndexPath, bent, shape
from broker_sim.exchange.path import BarColumns
from kis_core.market.events import IndexDay
from kis_core.market.instants import MINUTE_NS

START_NS = 10**18 - 10**18 % MINUTE_NS


def day(opened: int, high: int, low: int, closed: int) -> IndexDay:
    return IndexDay(
        "0001", "2025-09-03", *(Decimal(level) / 100 for level in (opened, high, low, closed))
    )


@given(
    st.lists(st.floats(0.9, 1.1), min_size=5, max_size=60),
    st.tuples(*(st.integers(250_000, 350_000) for _ in range(2))),
    st.tuples(*(st.integers(0, 9_000) for _ in range(2))),
)
def test_open_high_low_close_are_the_days(
    worth: list[float], ends: tuple[int, int], reach: tuple[int, int]
) -> None:
    official = day(ends[0], max(ends) + reach[0], min(ends) - reach[1], ends[1])
    levels = bent(np.array(worth), official)
    path = IndexPath("0001", range(START_NS, START_NS + len(levels)), levels, 3_000.0)
    last = path.at(START_NS + len(levels))
    assert (last.open_pt, last.high_pt, last.low_pt, last.level_pt) == (
        official.open_pt,
        official.high_pt,
        official.low_pt,
        official.close_pt,
    )


def bars(*closes: int) -> BarColumns:
    columns = [np.array(closes, dtype=np.int64)] * 5
    return BarColumns(START_NS + MINUTE_NS * np.arange(len(closes)), *columns)


def test_the_shape_weighs_the_stocks_and_waits_for_the_minutes_end() -> None:
    minutes = [START_NS, START_NS + MINUTE_NS]
    stocks = [Constituent(100, 3.0, bars(110, 120)), Constituent(100, 1.0, bars(100))]
    at_ns, worth = shape(stocks, minutes, close_ns=START_NS + MINUTE_NS)
    assert at_ns == [START_NS, START_NS + MINUTE_NS, START_NS + MINUTE_NS]
    assert worth.tolist() == pytest.approx([1.075, 1.075, 1.15])


def test_before_the_open_all_figures_are_the_previous_close() -> None:
    path = IndexPath("0001", [START_NS], np.array([3_010.0]), 3_000.0)
    early = path.at(START_NS - 1)
    levels = {early.level_pt, early.open_pt, early.high_pt, early.low_pt, early.previous_close_pt}
    assert levels == {Decimal("3000.00")}
