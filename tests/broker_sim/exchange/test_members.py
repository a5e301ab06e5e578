"""Exchange members behind a stock's volume."""

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from broker_sim.exchange.members import BOUGHT, FOREIGN, MEMBERS, SOLD, SPANS, MemberSplit

DATE = dt.date(2025, 9, 3)


def at_spans(volumes: dict[int, int]) -> NDArray[np.int64]:
    """Return a day's volumes, one for each half hour."""
    return np.array([volumes.get(span, 0) for span in range(SPANS)], dtype=np.int64)


@given(volumes=st.dictionaries(st.integers(16, 32), st.integers(0, 10**7), max_size=10))
def test_members_sold_and_bought_exactly_what_was_traded(volumes: dict[int, int]) -> None:
    shares = MemberSplit("005930", 1, DATE).shares(at_spans(volumes))
    assert shares.sum(axis=1).tolist() == [sum(volumes.values())] * 2
    assert (shares >= 0).all()


def test_the_busiest_change_through_the_day_and_from_stock_to_stock() -> None:
    split = MemberSplit("005930", 1, DATE)
    orders = {
        tuple(np.argsort(split.shares(at_spans({span: 10**6}))[SOLD])) for span in range(18, 31)
    }
    other = MemberSplit("000660", 1, DATE).shares(at_spans({18: 10**6}))
    assert len(orders) > 5
    assert not np.array_equal(other, split.shares(at_spans({18: 10**6})))


def test_some_members_are_foreign_and_trade_both_ways() -> None:
    shares = MemberSplit("005930", 1, DATE).shares(at_spans({18: 10**6, 20: 10**6}))
    assert 0 < FOREIGN.sum() < len(MEMBERS)
    assert shares[BOUGHT, FOREIGN].sum() > 0
    assert shares[SOLD, FOREIGN].sum() > 0
