"""Frames on a bad day: kept as they came, refused by name, and their neighbours delivered."""

import itertools
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from broker_sim.kis.layouts import Layout
from kis_core.wire.tr_table import BOOKS, TRADES
from tests.broker_sim.kis.faulty import ECOPRO, SAMSUNG, Heard, house, listen

pytestmark = pytest.mark.anyio

# One record a frame, as the legacy layout has them: the n-th trade is the n-th frame.
PRICES = [70_100, 70_000, 69_900, 70_200, 70_300]
REFUSED = (
    *("frame_cut", "frame_miscounted", "frame_garbage", "frame_doubled"),
    *("column_missing", "tr_swapped", "tr_unknown"),
)


listened = partial(house, slow_start=True)


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_frame_that_cannot_be_read_is_kept_and_its_neighbours_are_read(
    opens: Any, tmp_path: Path, kind: str
) -> None:
    fault = {"kind": kind, "tr_id": TRADES, "after": 1}
    async with listened(opens, tmp_path, fault, layout=Layout.LEGACY) as ours:
        heard = await listen(ours, lambda h: len(h.trades) == 4)
        assert [t.price_krw for t in heard.trades] == [PRICES[0], *PRICES[2:]]
        (error,) = heard.unreadable
        assert error.text  # kept, with what was wrong with it
        assert error.what
        assert len([text for text in heard.raw if not text.startswith("{")]) == 5
        assert heard.story == "up"  # a bad frame is no reason to leave
        # What was lost shows: the running volume goes on.
        gap = heard.trades[1].cum_volume - heard.trades[0].cum_volume
        assert gap == heard.trades[1].volume + 20


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_book_that_cannot_be_read_is_kept_and_the_next_is_read(
    opens: Any, tmp_path: Path, kind: str
) -> None:
    fault = {"kind": kind, "tr_id": BOOKS, "after": 1}
    async with listened(opens, tmp_path, fault, layout=Layout.LEGACY) as ours:
        heard = await listen(ours, lambda h: len(h.books) >= 3, (BOOKS, SAMSUNG))
        assert len(heard.unreadable) == 1


@pytest.mark.parametrize("layout", [Layout.LEGACY, Layout.MID, Layout.CURRENT])
async def test_an_extra_column_changes_nothing(opens: Any, tmp_path: Path, layout: Layout) -> None:
    fault = {"kind": "column_extra", "times": 99}
    async with listened(opens, tmp_path, fault, layout=layout) as ours:
        wanted = ((TRADES, SAMSUNG), (BOOKS, SAMSUNG))
        heard = await listen(ours, lambda h: len(h.trades) == 5 and len(h.books) > 3, *wanted)
        assert [t.price_krw for t in heard.trades] == PRICES
        assert heard.unreadable == []
        assert all(book.asks and book.bids for book in heard.books)


async def test_a_lost_frame_shows_in_the_running_volume(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "frame_lost", "after": 1}
    async with listened(opens, tmp_path, fault, layout=Layout.LEGACY) as ours:
        heard = await listen(ours, lambda h: len(h.trades) == 4)
        assert [t.price_krw for t in heard.trades] == [PRICES[0], *PRICES[2:]]
        missing = [
            later.cum_volume - earlier.cum_volume - later.volume
            for earlier, later in itertools.pairwise(heard.trades)
        ]
        assert missing == [20, 0, 0]


async def test_a_frame_that_is_not_text_costs_the_line_and_it_comes_back(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "frame_not_text", "after": 1}
    async with listened(opens, tmp_path, fault, layout=Layout.LEGACY, speed=20) as ours:
        heard = await listen(ours, lambda h: h.story == "up down up" and len(h.trades) >= 3)
        assert heard.trades[0].price_krw == PRICES[0]
        assert heard.trades[-1].price_krw in PRICES[2:]


async def test_a_clock_that_is_off_is_theirs_and_the_arrival_is_ours(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "clock_skew", "seconds": -2}
    async with listened(opens, tmp_path, fault) as ours:
        wanted = ((TRADES, SAMSUNG), (BOOKS, SAMSUNG))
        heard = await listen(ours, lambda h: len(h.trades) == 2 and bool(h.books), *wanted)
        seconds = [(t.at_ns // 10**9) % 60 for t in heard.trades]
        assert seconds == [8, 18]  # printed at 09:00:10 and 09:00:20
        assert all(t.arrived_ns >= t.at_ns for t in heard.trades)
        assert heard.trades[0].arrived_ns < heard.trades[1].arrived_ns
        assert heard.unreadable == []


async def test_a_fault_may_pick_one_symbol(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "frame_lost", "symbol": SAMSUNG, "times": 99}
    async with listened(opens, tmp_path, fault, start="09:00:58") as ours:
        wanted = ((TRADES, SAMSUNG), (TRADES, ECOPRO))
        heard: Heard = await listen(ours, lambda h: len(h.trades) == 1, *wanted)
        assert heard.trades[0].symbol == ECOPRO
