"""The bars rebuilt from the prints are the bars, to the won and to the share."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker_sim.days import read_day
from broker_sim.exchange.day import PrintTape
from broker_sim.exchange.path import BarColumns, price_grid, walk
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.market.ticks import is_on_tick

DATE = dt.date(2025, 9, 3)
OPEN_NS = instant_ns(DATE, dt.time(9))
CLOSE_NS = instant_ns(DATE, dt.time(15, 30))


@st.composite
def bars(draw: st.DrawFn) -> BarColumns:
    """Any bars at all: off the grid, hardly traded, with minutes missing."""
    minutes = draw(st.lists(st.integers(0, 379) | st.just(390), min_size=1, max_size=12))
    rows = []
    for _ in range(len(set(minutes))):
        low = draw(st.integers(1, 900_000))
        high = low + draw(st.integers(0, 3_000) | st.just(0))
        opened, closed = draw(st.integers(low, high)), draw(st.integers(low, high))
        rows.append((opened, high, low, closed, draw(st.integers(0, 50) | st.integers(0, 10**7))))
    starts = np.array([OPEN_NS + at * MINUTE_NS for at in sorted(set(minutes))], dtype=np.int64)
    return BarColumns(
        starts, *(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    )


def rebuilt(tape: PrintTape) -> BarColumns:
    """The minute bars of a tape."""
    start = tape.at_ns - tape.at_ns % MINUTE_NS
    first = np.flatnonzero(np.diff(start, prepend=-1))
    last = np.append(first[1:], len(start)) - 1
    price = tape.price_krw.astype(np.int64)
    return BarColumns(
        start[first],
        price[first],
        np.maximum.reduceat(price, first),
        np.minimum.reduceat(price, first),
        price[last],
        np.add.reduceat(tape.volume.astype(np.int64), first),
    )


def assert_same(one: BarColumns, other: BarColumns) -> None:
    for name in BarColumns.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@settings(max_examples=150, deadline=None)
@given(bars(), st.integers(0, 5))
def test_prints_give_back_any_bars(given_bars: BarColumns, seed: int) -> None:
    tape = walk("005930", given_bars, DATE, seed, OPEN_NS, CLOSE_NS)
    assert_same(rebuilt(tape), given_bars)
    assert np.all(np.diff(tape.at_ns) >= 0)
    assert np.all(tape.volume >= 0)


@settings(max_examples=100, deadline=None)
@given(bars())
def test_prints_lie_on_the_grid_or_on_a_price_of_their_bar(given_bars: BarColumns) -> None:
    tape = walk("005930", given_bars, DATE, 1, OPEN_NS, CLOSE_NS)
    row = np.searchsorted(given_bars.start_ns, tape.at_ns, "right") - 1
    for at, price in zip(row.tolist(), tape.price_krw.tolist(), strict=True):
        own = {
            int(column[at])
            for column in (
                given_bars.open_krw,
                given_bars.high_krw,
                given_bars.low_krw,
                given_bars.close_krw,
            )
        }
        assert price in own or is_on_tick(price)


@settings(max_examples=60, deadline=None)
@given(bars())
def test_a_minute_with_shares_enough_prints_none_without_any(given_bars: BarColumns) -> None:
    tape = walk("005930", given_bars, DATE, 1, OPEN_NS, CLOSE_NS)
    row = np.searchsorted(given_bars.start_ns, tape.at_ns, "right") - 1
    rich = given_bars.volume[row] >= 4
    assert np.all(tape.volume[rich] > 0)


def test_a_real_day_of_all_symbols_comes_back_exactly(kst_data: Path) -> None:
    day = read_day(kst_data / "bars_1m", DATE, seed=3)
    assert len(day.instruments) == 103
    for symbol in day.instruments:
        known = day.minute_bars(symbol, DATE)
        again = rebuilt(day.prints(symbol))
        assert again.start_ns.tolist() == [bar.start_ns for bar in known], symbol
        for name in ("open_krw", "high_krw", "low_krw", "close_krw", "volume"):
            assert getattr(again, name).tolist() == [getattr(bar, name) for bar in known], symbol


def one_minute() -> BarColumns:
    columns = ([10_000], [10_200], [9_900], [10_100], [5_000])
    return BarColumns(
        np.array([OPEN_NS]), *(np.array(column, dtype=np.int64) for column in columns)
    )


def as_bytes(tape: PrintTape) -> bytes:
    columns = (tape.at_ns, tape.price_krw, tape.volume, tape.aggressor, tape.auction)
    return b"".join(column.tobytes() for column in columns)


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, other = (walk("005930", one_minute(), DATE, 9, OPEN_NS, CLOSE_NS) for _ in range(2))
    assert as_bytes(one) == as_bytes(other)


@pytest.mark.parametrize(
    ("symbol", "date", "seed"),
    [("005930", DATE, 2), ("000660", DATE, 1), ("005930", DATE + dt.timedelta(days=1), 1)],
    ids=["another seed", "another symbol", "another date"],
)
def test_another_draw_is_another_path_with_the_same_bars(
    symbol: str, date: dt.date, seed: int
) -> None:
    one = walk("005930", one_minute(), DATE, 1, OPEN_NS, CLOSE_NS)
    other = walk(symbol, one_minute(), date, seed, OPEN_NS, CLOSE_NS)
    assert as_bytes(one) != as_bytes(other)
    assert_same(rebuilt(one), rebuilt(other))


def test_the_day_begins_and_ends_with_an_auction() -> None:
    starts = np.array([OPEN_NS, OPEN_NS + MINUTE_NS, CLOSE_NS])
    flat = np.array([10_000] * 3, dtype=np.int64)
    many = np.array([9_000, 900, 4_000], dtype=np.int64)
    tape = walk(
        "005930", BarColumns(starts, flat, flat, flat, flat, many), DATE, 1, OPEN_NS, CLOSE_NS
    )
    assert np.flatnonzero(tape.auction).tolist() == [0, len(tape) - 1]
    assert tape.aggressor[[0, -1]].tolist() == [0, 0]
    assert set(tape.aggressor[1:-1].tolist()) <= {1, -1}
    assert tape.at_ns[0] - OPEN_NS < 1_000_000_000
    assert (tape.at_ns[-1], tape.volume[-1]) == (CLOSE_NS, 4_000)


def test_a_closing_auction_put_off_by_a_vi_is_one_print_too() -> None:
    starts = np.array([OPEN_NS, CLOSE_NS + 2 * MINUTE_NS])
    columns = [np.array([10_000, 10_000], dtype=np.int64)] * 5
    tape = walk("005930", BarColumns(starts, *columns), DATE, 1, OPEN_NS, CLOSE_NS)
    assert (tape.at_ns[-1], tape.volume[-1], bool(tape.auction[-1])) == (starts[-1], 10_000, True)


def test_a_day_without_bars_has_no_prints() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(walk("005930", BarColumns(*[none] * 6), DATE, 1, OPEN_NS, CLOSE_NS)) == 0


def test_the_grid_changes_steps_at_a_band() -> None:
    assert price_grid(19_985, 20_040).tolist() == [19_980, 19_990, 20_000, 20_050]
