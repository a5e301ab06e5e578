"""What is wrong with market data: each kind, and the two ways of finding it beside each other."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.faults import (
    WORDS,
    Finding,
    Known,
    Sessions,
    Thresholds,
    audible_ns,
    sessions_of,
    skew_of,
)
from collector.market_frame import read_market_file
from collector.quality import Quality, Quote
from collector.quality_frame import find
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Book, BookLevel, MarketStatus, Trade
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns
from kis_core.market.ticks import Limits, limits

MS = 1_000_000
NINE = 1_748_822_400 * SECOND_NS  # 2025-06-02 09:00 KST
OPEN = NINE + 10 * MINUTE_NS
CLOSE = NINE + 390 * MINUTE_NS
DAY = Sessions(
    krx=((NINE, CLOSE - 10 * MINUTE_NS),),
    nxt=((NINE + 30 * SECOND_NS, CLOSE - 10 * MINUTE_NS),),
    either=((NINE, CLOSE - 10 * MINUTE_NS),),
)
KNOWN = Known(DAY, limits={"005930": Limits(49_000, 91_000)}, grids={"069500": "ETF"})
CAPTURE = "dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet"
Event = Trade | Book | Quote


def trade(ms: int = 0, **changes: Any) -> Trade:
    """A print `ms` after ten past nine that arrived 100 ms into its second."""
    at = OPEN + ms * MS
    facts: dict[str, Any] = {
        "symbol": "005930", "venue": "KRX", "at_ns": at // SECOND_NS * SECOND_NS,
        "arrived_ns": at, "price_krw": 70_000, "volume": 10, "cum_volume": 1_000,
        "cum_value_krw": 0, "aggressor": 1, "ask_krw": 70_100, "bid_krw": 70_000,
        "in_auction": False, "halted": False, "vi_reference_krw": None,
    }  # fmt: skip
    return Trade(**(facts | changes))


def quote(ms: int = 0, **changes: Any) -> Quote:
    """A best bid and ask that arrived `ms` after ten past nine."""
    facts: dict[str, Any] = {
        "symbol": "005930", "venue": "KRX", "at_ns": None, "arrived_ns": OPEN + ms * MS,
        "ask_krw": 70_100, "ask_volume": 5, "bid_krw": 70_000, "bid_volume": 7,
    }  # fmt: skip
    return Quote(**(facts | changes))


def book(ms: int = 0, **changes: Any) -> Book:
    """A book of two levels a side that arrived `ms` after ten past nine."""
    at = OPEN + ms * MS
    facts: dict[str, Any] = {
        "symbol": "005930", "venue": "KRX", "at_ns": at // SECOND_NS * SECOND_NS,
        "arrived_ns": at, "asks": ((70_100, 5), (70_200, 6)), "bids": ((70_000, 7), (69_900, 8)),
        "expected_krw": None, "expected_volume": None, "in_auction": False,
    }  # fmt: skip
    return Book(**(facts | changes))


def live(events: list[Event], known: Known = KNOWN, end_ns: int | None = None) -> Quality:
    """The fold over events in the order of their arrival, its last silences counted."""
    quality = Quality(known)
    ordered = sorted(events, key=lambda e: e.arrived_ns)
    quality.take(ordered)
    quality.finish(ordered[-1].arrived_ns if end_ns is None else end_ns)
    return quality


def rows(events: list[Event]) -> pl.DataFrame:
    """The same events as a day's file would give them."""
    return pl.DataFrame(
        [_row(e) for e in sorted(events, key=lambda e: e.arrived_ns)],
        schema={
            name: pl.String if name in ("kind", "venue", "symbol") else pl.Int64
            for name in _row(quote())
        }
        | {"in_auction": pl.Boolean},
    )


def _row(event: Event) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("price", "volume", "cum_volume", "ask", "ask_size"))
    row |= dict.fromkeys(("bid", "bid_size", "ask_2", "ask_size_2", "bid_2", "bid_size_2"))
    row |= {"symbol": event.symbol, "venue": event.venue, "arrived_ns": event.arrived_ns}
    row |= {"at_ns": event.at_ns, "in_auction": event.in_auction, "kind": "quote"}
    match event:
        case Trade():
            row |= {"kind": "trade", "price": event.price_krw, "volume": event.volume}
            row |= {"cum_volume": event.cum_volume}
        case Quote():
            row |= {"ask": event.ask_krw, "ask_size": event.ask_volume, "bid": event.bid_krw}
            row |= {"bid_size": event.bid_volume, "cum_volume": event.cum_volume}
        case Book():
            for side, levels in (("ask", event.asks), ("bid", event.bids)):
                for n, (price, size) in enumerate(levels, start=1):
                    end = "" if n == 1 else f"_{n}"
                    row |= {f"{side}{end}": price, f"{side}_size{end}": size}
    return row


def kinds(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return sorted((f.kind, f.symbol, f.count) for f in findings)


EACH_KIND: dict[str, tuple[list[Event], list[tuple[str, int]]]] = {
    "nothing wrong": ([trade(), trade(900, cum_volume=1_010), quote(950), book(960)], []),
    "a print told twice": ([trade(), trade(700)], [("duplicate", 1)]),
    "the same quote in the same microsecond": ([quote(), quote()], [("duplicate", 1)]),
    "the same quote at once": ([quote(), quote(20)], [("repeated", 1)]),
    "the same quote after the pace of the broker": ([quote(), quote(200)], []),
    "the same book at once": ([book(), book(30)], [("repeated", 1)]),
    "a book whose second level moved": (
        [book(), book(30, asks=((70_100, 5), (70_200, 7)))],
        [],
    ),
    "a print of an earlier second": (
        [trade(), trade(100, at_ns=OPEN - SECOND_NS, cum_volume=1_010)],
        [("out_of_order", 1)],
    ),
    "a book of half a second before": ([book(), book(100, at_ns=OPEN - 500 * MS)], []),
    "prints of one second": ([trade(), trade(400, cum_volume=1_010)], []),
    "a crossed book": ([quote(ask_krw=70_000, bid_krw=70_100)], [("crossed", 1)]),
    "a locked book": ([book(asks=((70_000, 5),))], [("crossed", 1)]),
    "an auction's book": ([book(asks=((70_000, 5),), in_auction=True)], []),
    "before the open": ([quote(-601_000, ask_krw=70_000)], []),
    "an opening auction put off": ([quote(-590_000, ask_krw=70_000)], []),
    "both venues as one": ([quote(ask_krw=70_000, venue="UN")], []),
    "a print above the limit": (
        [trade(price_krw=91_100)],
        [("outside_limits", 1)],
    ),
    "a bid at the limit": ([quote(bid_krw=91_000, ask_krw=None, ask_volume=None)], []),
    "a deep bid below the limit": (
        [book(bids=((70_000, 7), (48_950, 1)))],
        [("outside_limits", 1)],
    ),
    "limits unknown": ([trade(symbol="000660", price_krw=1)], []),
    "a print between two ticks": ([trade(price_krw=70_050)], []),
    "a print nowhere": ([trade(price_krw=70_010)], [("off_grid", 1)]),
    "a bid between two ticks": ([quote(bid_krw=70_050)], [("off_grid", 1)]),
    "a deep ask off the grid": ([book(asks=((70_100, 5), (70_250, 6)))], [("off_grid", 1)]),
    "an ETF's finer grid": ([quote(symbol="069500", bid_krw=40_005, ask_krw=40_010)], []),
    "an event of the future": ([trade(at_ns=OPEN + 2 * SECOND_NS)], [("ahead", 1)]),
    "an event that took long": ([trade(at_ns=OPEN - 5 * SECOND_NS)], [("late", 1)]),
    "a lag within the resolution": ([book(at_ns=OPEN - 4 * SECOND_NS)], []),
    "a missing print": ([trade(), trade(900, cum_volume=1_030)], [("volume_jump", 1)]),
    "a sum that rose too little": ([trade(), trade(900, cum_volume=1_004)], [("volume_short", 1)]),
    "a sum that fell": ([trade(), trade(900, cum_volume=900)], [("volume_fell", 1)]),
    "a sum that fell and came back": (
        [trade(), trade(900, cum_volume=900), trade(1_900, cum_volume=1_010)],
        [("volume_fell", 1)],
    ),
    "a quote's sum that fell": (
        [quote(cum_volume=9), quote(900, cum_volume=8)],
        [("volume_fell", 1)],
    ),
    "a print of nothing": ([trade(volume=0)], [("bad_size", 1)]),
    "a negative size": ([quote(bid_volume=-3)], [("bad_size", 1)]),
    "a deep size of zero": ([book(bids=((70_000, 7), (69_900, 0)))], [("bad_size", 1)]),
    "an empty side": ([quote(ask_krw=None, ask_volume=None), book(400, bids=())], []),
    "a hole in the line": ([quote(), quote(11_000)], [("gap", 1)]),
    "a hole while nobody trades": ([quote(-1_200_000), quote(-609_000)], []),
    "a line that is quiet for ten seconds": ([quote(), quote(10_000)], []),
}


@pytest.mark.parametrize(("events", "expected"), EACH_KIND.values(), ids=EACH_KIND.keys())
def test_each_kind_is_found_both_ways(events: list[Event], expected: list[tuple[str, int]]) -> None:
    quality = live(events)
    assert sorted((f.kind, f.count) for f in quality.findings) == sorted(expected)
    assert quality.findings == list(find(rows(events), KNOWN).findings)


def test_every_kind_has_a_word_in_both_languages_and_a_case_here() -> None:
    tested = {kind for _, found in EACH_KIND.values() for kind, _ in found} | {"stalled"}
    assert tested == set(WORDS)
    assert all(korean and english for korean, english in WORDS.values())


def test_a_finding_tells_when_how_often_and_the_first_example() -> None:
    events: list[Event] = [
        trade(), trade(900, cum_volume=1_030), trade(1_900, cum_volume=1_400)
    ]  # fmt: skip
    [found] = live(events).findings
    assert found == Finding(
        "volume_jump", "KRX", "005930", 2, OPEN + 900 * MS, OPEN + 1_900 * MS,
        "cumulative 1,030 after 1,000, print 10",
    )  # fmt: skip


QUICK = replace(
    KNOWN,
    thresholds=Thresholds(stall_ns=20 * SECOND_NS, sibling_events=5, stall_alone_ns=60 * SECOND_NS),
)


def every(ms: int, until: int, first: int = 0, **changes: Any) -> list[Event]:
    """A quote each `ms`, up to `until`."""
    return [quote(at, **changes) for at in range(first, until + 1, ms)]


STALLS: dict[str, tuple[list[Event], list[tuple[str, str]]]] = {
    "its sibling goes on": ([quote(venue="NXT"), *every(4_000, 24_000)], [("NXT", "005930")]),
    "its sibling says little": (
        [quote(venue="NXT"), *every(5_000, 24_000, 15_000), *every(4_000, 24_000, symbol="000660")],
        [],
    ),
    "quiet for long, others trade": (
        [quote(venue="NXT"), *every(4_000, 64_000, symbol="000660")],
        [("NXT", "005930")],
    ),
    "the line itself was deaf": (
        [quote(venue="NXT"), *every(4_000, 8_000), *every(4_000, 44_000, 40_000)],
        [("*", "*")],
    ),
    "it speaks again": (
        [quote(venue="NXT"), *every(4_000, 28_000), quote(29_000, venue="NXT")],
        [("NXT", "005930")],
    ),
}


@pytest.mark.parametrize(("events", "expected"), STALLS.values(), ids=STALLS.keys())
def test_a_silent_stream_is_stalled_only_while_others_are_heard(
    events: list[Event], expected: list[tuple[str, str]]
) -> None:
    quality = live(events, QUICK)
    found = [(f.venue, f.symbol) for f in quality.findings if f.kind in ("stalled", "gap")]
    assert found == expected
    assert quality.findings == list(find(rows(events), QUICK).findings)


def test_who_is_stalled_now_is_known_before_he_speaks_again() -> None:
    quality = Quality(QUICK)
    quality.take([quote(venue="NXT"), *every(4_000, 24_000)])
    now_ns = OPEN + 25 * SECOND_NS
    assert [(s.venue, s.symbol) for s in quality.silent(now_ns)] == [("NXT", "005930")]
    assert quality.findings == []  # a silence is counted when it is over
    quality.finish(now_ns)
    assert [f.kind for f in quality.findings] == ["stalled"]


def test_an_interruption_of_one_issue_may_cross_its_book() -> None:
    def status(vi: str) -> MarketStatus:
        return MarketStatus(
            "005930", "KRX", OPEN, None, None, None, None, None, None, None, vi, None, None
        )

    quality = Quality(KNOWN)
    quality.take([quote(), status("Y"), quote(300, ask_krw=69_900), status("N")])
    assert quality.findings == []
    quality.take([quote(600, ask_krw=69_900)])
    assert kinds(quality.findings) == [("crossed", "005930", 1)]


def test_limits_may_become_known_in_the_middle_of_a_day() -> None:
    quality = Quality(KNOWN)
    odd = trade(symbol="000660", price_krw=150_000)
    quality.take([odd])
    quality.limit("000660", limits(100_000))
    quality.take([trade(500, symbol="000660", price_krw=150_000, cum_volume=1_010)])
    assert kinds(quality.findings) == [("outside_limits", "000660", 1)]


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Prints, quotes and books of a few symbols, sound and odd ones, a few seconds apart."""
    events: list[Event] = []
    ms = 0
    for _ in range(draw(st.integers(1, 40))):
        ms += draw(st.sampled_from([0, 10, 40, 200, 900, 12_000]))
        who = {
            "symbol": draw(st.sampled_from(["005930", "000660", "069500"])),
            "venue": draw(st.sampled_from(["KRX", "NXT", "UN"])),
        }
        at_ns = OPEN + ms * MS + draw(st.sampled_from([0, -1, -6, 3])) * SECOND_NS
        price = draw(st.sampled_from([70_000, 70_050, 70_010, 95_000, 30]))
        size = draw(st.sampled_from([1, 10, 0]))
        cum = draw(st.integers(0, 30))
        match draw(st.sampled_from("tqb")):
            case "t":
                facts = {"price_krw": price, "volume": size, "cum_volume": cum, "at_ns": at_ns}
                events.append(trade(ms, **who, **facts))
            case "q":
                facts = {"bid_krw": price, "bid_volume": size, "cum_volume": cum or None}
                events.append(quote(ms, **who, **facts, in_auction=draw(st.none() | st.booleans())))
            case _:
                asks: tuple[BookLevel, ...] = ((70_100, 5), (price, size))
                events.append(book(ms, **who, asks=asks, at_ns=at_ns))
    return events


@settings(max_examples=30)  # each makes a frame, and a plan for it
@given(events=streams())
def test_the_fold_and_the_frame_agree_on_whatever_comes(events: list[Event]) -> None:
    quality, day = live(events), find(rows(events), KNOWN)
    assert quality.findings == list(day.findings)
    assert (quality.holes, quality.skew) == (list(day.holes), day.skew)


@settings(max_examples=50)
@given(events=streams(), data=st.data())
def test_where_independent_symbols_stand_among_each_other_does_not_matter(
    events: list[Event], data: st.DataObject
) -> None:
    at_once = [msgspec.structs.replace(e, arrived_ns=OPEN) for e in events]
    by_symbol = {s: [e for e in at_once if e.symbol == s] for s in {e.symbol for e in at_once}}
    order = data.draw(st.permutations([e.symbol for e in at_once]))
    turns = {s: iter(own) for s, own in by_symbol.items()}
    shuffled: list[Event] = [next(turns[s]) for s in order]
    assert live(shuffled).findings == live(at_once).findings


@settings(max_examples=50)
@given(events=streams(), data=st.data())
def test_counts_add_up_over_symbols(events: list[Event], data: st.DataObject) -> None:
    mine = data.draw(st.sampled_from(["005930", "000660", "069500"]))
    own = [e for e in events if e.symbol == mine]
    rest = [e for e in events if e.symbol != mine]
    parts = [f for part in (own, rest) if part for f in live(part).findings if f.kind != "gap"]
    whole = [f for f in live(events).findings if f.kind != "gap"]
    assert sorted(parts, key=lambda f: f.key) == sorted(whole, key=lambda f: f.key)


@settings(max_examples=50)
@given(events=streams(), cut=st.integers(0, 40))
def test_batches_may_be_cut_anywhere(events: list[Event], cut: int) -> None:
    ordered = sorted(events, key=lambda e: e.arrived_ns)
    quality = Quality(KNOWN)
    quality.take(ordered[:cut])
    quality.take(ordered[cut:])
    quality.finish(ordered[-1].arrived_ns)
    assert quality.findings == live(events).findings


def test_memory_is_bounded_by_the_number_of_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.quality.STREAMS_MAX", 3)
    quality = live([quote(n, symbol=f"{n:06d}", bid_krw=70_050) for n in range(10)])
    assert (len(quality.streams), len(quality.findings), quality.unfollowed) == (3, 3, 7)


def test_the_drift_of_a_clock_shows_through_the_resolution_of_a_second() -> None:
    # One clock runs away by 60 ms an hour; lags are spread over the second that is cut off.
    events: list[Event] = [
        trade(at_ns=(arrived - 80 * MS - minute * MS) // SECOND_NS * SECOND_NS,
              arrived_ns=arrived, cum_volume=1_000 + 10 * n)
        for n, (minute, arrived) in enumerate(
            (minute, OPEN + minute * MINUTE_NS + step * 983 * MS)
            for minute in range(60) for step in range(60)
        )
    ]  # fmt: skip
    skew = live(events).skew
    assert skew is not None
    assert skew.minutes == 60
    assert 80 <= skew.least_ms <= 100
    assert skew.drift_ms_per_hour == pytest.approx(60, abs=10)
    assert find(rows(events), KNOWN).skew == skew


def test_two_minutes_make_no_drift() -> None:
    assert skew_of([]) is None
    two = skew_of([(0, 5 * MS), (MINUTE_NS, 7 * MS)])
    assert two is not None
    assert (two.median_ms, two.drift_ms_per_hour) == (6, None)


@pytest.mark.parametrize(
    ("holes", "expected"),
    [([], 30), ([(5, 15)], 25), ([(0, 5), (35, 60)], 20), ([(15, 25)], 20), ([(0, 60)], 0)],
    ids=["none", "over the start", "around it", "within", "over all of it"],
)
def test_silence_counts_only_where_something_could_be_heard(
    holes: list[tuple[int, int]], expected: int
) -> None:
    spans = ((0, 30), (40, 100))
    assert audible_ns(spans, holes, 10, 50) == expected


def test_sessions_leave_the_auctions_out(calendar: TradingCalendar) -> None:
    day = sessions_of(date(2025, 6, 2), calendar)
    assert day.krx == ((NINE, CLOSE - 10 * MINUTE_NS),)
    assert len(day.nxt) == 3  # before, main, after
    eight, twenty = (instant_ns(date(2025, 6, 2), t) for t in _times("08:00", "20:00"))
    assert (day.either[0][0], day.either[-1][1]) == (eight, twenty)
    assert sessions_of(date(2025, 6, 7), calendar) == Sessions()


def _times(*texts: str) -> list[Any]:
    from datetime import time

    return [time.fromisoformat(text) for text in texts]


def test_the_real_capture_has_its_duplicates_and_its_hole(kst_data: Path) -> None:
    capture = read_market_file(kst_data / CAPTURE)
    assert (capture.day, capture.rows.height, capture.notes) == (date(2025, 9, 9), 78_858, ())
    known = Known(sessions_of(capture.day))
    found = find(capture.rows, known)
    counts: dict[str, int] = {}
    for finding in found.findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + finding.count
    assert counts == {"duplicate": 182, "repeated": 491, "gap": 1}
    plain = pl.read_parquet(kst_data / CAPTURE)
    assert counts["duplicate"] == plain.height - plain.unique().height
    [(from_ns, to_ns)] = found.holes
    assert (to_ns - from_ns) / SECOND_NS == pytest.approx(256.428, abs=0.001)
    columns = ("ask", "ask_size", "bid", "bid_size", "cum_volume", "in_auction")
    events = [
        Quote(*row) for row in capture.rows.select(
            "symbol", "venue", "at_ns", "arrived_ns", *columns
        ).iter_rows()
    ]  # fmt: skip
    quality = Quality(known)
    quality.take(events)
    quality.finish(events[-1].arrived_ns)
    assert quality.findings == list(found.findings)
    assert quality.holes == list(found.holes)
    assert len(quality.streams) == found.streams.height == 398 + 390
