from collections.abc import Callable
from datetime import date, time

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.bars import (
    BarNews,
    LateBar,
    LateTrade,
    LongerBars,
    MinuteBars,
    MissedShares,
    aggregated,
    bucket_ns,
    day_of,
    merged,
)
from kis_core.market.events import Bar, Trade
from kis_core.market.instants import DAY_NS, MINUTE_NS, SECOND_NS, instant_ns, midnight_ns
from kis_core.market.sessions import minutes

DAY = date(2026, 1, 5)
NINE = instant_ns(DAY, time(9))


def at(text: str) -> int:
    return instant_ns(DAY, time.fromisoformat(text))


def bar(text: str, prices: tuple[int, int, int, int], volume: int, value: int | None) -> Bar:
    return Bar("005930", "KRX", at(text), *prices, volume, value)


def told(bars: MinuteBars, *trades: Trade) -> list[BarNews]:
    return [news for trade in trades for news in bars.on_trade(trade)]


def test_a_minute_is_complete_with_the_first_trade_of_a_later_one(tape) -> None:
    bars = MinuteBars()
    assert (
        told(
            bars,
            tape.trade(at("09:00:00"), 100, 5),
            tape.trade(at("09:00:30"), 103, 2),
            tape.trade(at("09:00:59.999"), 99, 3),
        )
        == []
    )
    (first,) = told(bars, tape.trade(at("09:03:01"), 101, 1))
    assert first == bar("09:00", (100, 103, 99, 99), 10, 100 * 5 + 103 * 2 + 99 * 3)


def test_a_minute_is_complete_when_a_timer_shows_its_end(tape) -> None:
    bars = MinuteBars()
    told(bars, tape.trade(at("09:00:10"), 100, 5))
    assert bars.on_timer(at("09:00:59.999")) == []
    assert bars.on_timer(at("09:01:00")) == [bar("09:00", (100, 100, 100, 100), 5, 500)]
    assert bars.on_timer(at("09:02:00")) == []  # nothing traded, so there is no bar


def test_the_closing_auction_has_a_bar_of_its_own(tape) -> None:
    bars = MinuteBars()
    news = told(bars, tape.trade(at("15:19:59"), 100, 5), tape.trade(at("15:30:00"), 102, 900))
    assert news == [bar("15:19", (100, 100, 100, 100), 5, 500)]
    closing = bar("15:30", (102, 102, 102, 102), 900, 91_800)
    assert bars.on_timer(at("15:31:00")) == [closing]


def test_trades_of_a_minute_that_is_over_are_reported(tape) -> None:
    bars = MinuteBars()
    early = tape.trade(at("09:00:59"), 100, 5)
    told(bars, tape.trade(at("09:01:00"), 101, 2))
    assert told(bars, early) == [LateTrade(early)]


def test_a_timer_ends_minutes_of_symbols_that_have_not_traded_yet(tape) -> None:
    bars = MinuteBars()
    assert bars.on_timer(at("09:05:00")) == []
    late = tape.trade(at("09:04:59"), 100, 5)
    assert told(bars, late) == [LateTrade(late)]


def test_grace_lets_the_last_trades_of_a_minute_arrive(tape) -> None:
    bars = MinuteBars(grace_ns=SECOND_NS)
    told(bars, tape.trade(at("09:00:10"), 100, 5))
    assert bars.on_timer(at("09:01:00.5")) == []
    assert told(bars, tape.trade(at("09:00:59"), 98, 5)) == []
    assert bars.on_timer(at("09:01:01")) == [bar("09:00", (100, 100, 98, 98), 10, 990)]


def test_trades_told_twice_count_once(tape) -> None:
    bars = MinuteBars()
    one, two, three = (tape.trade(at("09:00:10"), price, 5) for price in (100, 101, 102))
    assert told(bars, one, two, one, three, two, three) == []
    (done,) = bars.on_timer(at("09:01"))
    assert done == bar("09:00", (100, 102, 100, 102), 15, 1_515)
    assert told(bars, three) == []  # the newest trade again, after a reconnect


def test_trades_that_overtake_each_other_are_put_in_order(tape) -> None:
    bars = MinuteBars()
    one, two, three = (tape.trade(at("09:00:10"), price, 5) for price in (100, 101, 102))
    news = told(bars, two, three, one)
    assert news == [MissedShares("005930", "KRX", None, two.at_ns, 5)]
    (done,) = bars.on_timer(at("09:01"))
    assert (done.open_krw, done.close_krw, done.volume) == (100, 102, 15)
    assert done.value_krw is None  # for a moment shares were missing; the exchange's sum is unsure


def test_shares_the_exchange_counted_unheard_are_reported(tape) -> None:
    bars = MinuteBars()
    first = tape.trade(at("09:00:10"), 100, 5)
    tape.trade(at("09:00:20"), 150, 7)  # never heard
    second = tape.trade(at("09:01:30"), 101, 2)
    third = tape.trade(at("09:02:30"), 101, 1)
    heard = told(bars, first, second, third)
    assert heard == [
        bar("09:00", (100, 100, 100, 100), 5, 500),
        MissedShares("005930", "KRX", first.at_ns, second.at_ns, 7),
        bar("09:01", (101, 101, 101, 101), 2, None),
    ]


def test_joining_in_the_middle_of_a_day_is_reported_as_well(tape) -> None:
    tape.trade(at("09:00:10"), 100, 5)
    second = tape.trade(at("11:00:10"), 101, 2)
    assert told(MinuteBars(), second) == [MissedShares("005930", "KRX", None, second.at_ns, 5)]


def test_a_new_day_starts_from_nothing(new_tape) -> None:
    bars = MinuteBars()
    yesterday, today = new_tape(), new_tape()
    last = yesterday.trade(at("15:30:00"), 100, 500)
    first = today.trade(at("09:00:00") + DAY_NS, 90, 20)
    assert told(bars, last, first) == [bar("15:30", (100, 100, 100, 100), 500, 50_000)]
    assert told(bars, last) == [LateTrade(last)]
    (done,) = bars.on_timer(first.at_ns + MINUTE_NS)
    assert (done.volume, done.value_krw) == (20, 1_800)


def test_symbols_do_not_close_each_others_minutes(new_tape) -> None:
    bars = MinuteBars()
    one, other = new_tape("005930"), new_tape("000660")
    assert told(bars, one.trade(at("09:00:10"), 100, 5), other.trade(at("09:01:10"), 7, 1)) == []
    done = bars.on_timer(at("09:02"))
    assert [(b.symbol, b.start_ns) for b in done] == [
        ("005930", at("09:00")),
        ("000660", at("09:01")),
    ]


PRINTS = st.lists(
    st.tuples(st.integers(0, 20 * MINUTE_NS), st.integers(1, 900), st.integers(1, 50)), max_size=60
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@given(prints=PRINTS, timed=st.booleans())
def test_bars_equal_those_made_at_once(
    prints: list[tuple[int, int, int]], timed: bool, new_tape
) -> None:
    tape, bars = new_tape(), MinuteBars()
    made: list[BarNews] = []
    for offset, price, volume in prints:
        if timed:
            made += bars.on_timer(NINE + offset)
        made += bars.on_trade(tape.trade(NINE + offset, price, volume))
    made += bars.on_timer(NINE + DAY_NS // 2)
    at_once: dict[int, list[tuple[int, int]]] = {}
    for offset, price, volume in prints:
        at_once.setdefault(offset // MINUTE_NS, []).append((price, volume))
    assert made == [
        Bar(
            symbol="005930",
            venue="KRX",
            start_ns=NINE + minute * MINUTE_NS,
            open_krw=rows[0][0],
            high_krw=max(price for price, _ in rows),
            low_krw=min(price for price, _ in rows),
            close_krw=rows[-1][0],
            volume=sum(volume for _, volume in rows),
            value_krw=sum(price * volume for price, volume in rows),
        )
        for minute, rows in at_once.items()
    ]


@given(prints=PRINTS, random=st.randoms(use_true_random=False))
def test_the_order_of_arrival_within_a_minute_does_not_matter(
    prints: list[tuple[int, int, int]], random, new_tape
) -> None:
    tape = new_tape()
    trades = [tape.trade(NINE + offset // 20, price, volume) for offset, price, volume in prints]
    shuffled = list(trades)
    random.shuffle(shuffled)
    straight, mixed = MinuteBars(), MinuteBars()
    told(straight, *trades)
    told(mixed, *shuffled, *shuffled[:3])
    end = NINE + 2 * MINUTE_NS

    def without_value(bars: MinuteBars) -> list[tuple[int, ...]]:
        return [
            (b.start_ns, b.open_krw, b.high_krw, b.low_krw, b.close_krw, b.volume)
            for b in bars.on_timer(end)
        ]

    assert without_value(mixed) == without_value(straight)


# -- longer bars ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "minutes_long", "start", "end_minutes"),
    [
        ("09:00", 5, "09:00", 5),
        ("09:04:59", 5, "09:00", 5),
        ("15:30", 5, "15:30", 5),
        ("09:20", 30, "09:00", 30),
        ("09:00", 7, "08:59", 7),
        ("09:06", 7, "09:06", 7),
        ("10:00", 45, "09:45", 45),
        ("10:00", 90, "09:00", 90),
        ("23:59", 7, "23:55", 5),
        ("23:59", 1_440, "00:00", 1_440),
    ],
)
def test_longer_bars_start_at_the_minute_of_the_day_rounded_down(
    instant: str, minutes_long: int, start: str, end_minutes: int
) -> None:
    begins, ends = bucket_ns(at(instant), minutes_long)
    assert (begins, ends - begins) == (at(start), end_minutes * MINUTE_NS)


def flat(text: str, price: int = 100) -> Bar:
    return bar(text, (price, price, price, price), 10, price * 10)


def test_a_longer_bar_is_complete_with_its_last_minute() -> None:
    five = LongerBars(5)
    parts = [flat(f"09:0{minute}", 100 + minute) for minute in range(5)]
    assert [news for part in parts[:-1] for news in five.on_bar(part)] == []
    (done,) = five.on_bar(parts[-1])
    assert done == Bar("005930", "KRX", at("09:00"), 100, 104, 100, 104, 50, 5_100, 5)


def test_a_longer_bar_without_its_last_minute_ends_with_the_next_one() -> None:
    five = LongerBars(5)
    assert five.on_bar(flat("09:01")) == []
    done = five.on_bar(flat("09:07", 200))
    assert done == [Bar("005930", "KRX", at("09:00"), 100, 100, 100, 100, 10, 1_000, 5)]


def test_a_longer_bar_ends_by_the_timer_and_what_comes_after_is_reported() -> None:
    five = LongerBars(5)
    five.on_bar(flat("09:01"))
    assert five.on_timer(at("09:04:59")) == []
    (done,) = five.on_timer(at("09:05"))
    assert done.start_ns == at("09:00")
    late = flat("09:03")
    assert five.on_bar(late) == (LateBar(late),)
    assert five.on_timer(at("09:10")) == []


def test_a_minute_told_twice_is_reported_and_not_added() -> None:
    five = LongerBars(5)
    five.on_bar(flat("09:01"))
    assert five.on_bar(flat("09:01")) == (LateBar(flat("09:01")),)
    (done,) = five.on_timer(at("09:05"))
    assert done.volume == 10


def test_an_unknown_value_stays_unknown_in_the_longer_bar() -> None:
    parts = [flat("09:01"), bar("09:02", (1, 1, 1, 1), 1, None)]
    assert merged(parts, 5).value_krw is None


def test_longer_bars_are_made_of_minutes_only() -> None:
    with pytest.raises(ValueError, match="a bar of 5 minutes"):
        LongerBars(15).on_bar(merged([flat("09:01")], 5))
    with pytest.raises(ValueError, match="bars of 0 minutes"):
        LongerBars(0)


@given(st.lists(st.integers(0, 1_439), unique=True, max_size=80).map(sorted), st.integers(1, 400))
def test_longer_bars_step_by_step_equal_those_made_at_once(
    traded: list[int], minutes_long: int
) -> None:
    midnight = midnight_ns(DAY)
    bars = [
        Bar("005930", "KRX", midnight + m * MINUTE_NS, 100 + m, 110 + m, 90 + m, 105 + m, 1 + m)
        for m in traded
    ]
    longer = LongerBars(minutes_long)
    made: list[Bar | LateBar] = []
    for part in bars:
        made += longer.on_timer(part.start_ns)
        made += longer.on_bar(part)
    made += longer.on_timer(midnight + DAY_NS)
    assert made == aggregated(bars, minutes_long)


# -- real days -----------------------------------------------------------------------------------


def test_prints_made_from_real_bars_make_the_same_bars_again(month_of, new_tape) -> None:
    month = month_of("2026-01")
    rebuilt = 0
    for symbol, day, rows in month.stock_days():
        if symbol not in ("005930", "196170") or rows.stop - rows.start < 100:
            continue
        tape, bars = new_tape(symbol), MinuteBars()
        expected = month.bars(rows)
        made: list[BarNews] = []
        for whole in expected:
            prices = [whole.open_krw, whole.high_krw, whole.low_krw, whole.close_krw]
            shares = [whole.volume - 3, 1, 1, 1] if whole.volume > 3 else [whole.volume, 0, 0, 0]
            for second, (price, volume) in enumerate(zip(prices, shares, strict=True)):
                if volume:
                    trade = tape.trade(whole.start_ns + second * SECOND_NS, price, volume)
                    made += bars.on_trade(trade)
        made += bars.on_timer(instant_ns(day, time(16)))
        assert len(made) == len(expected)
        for one, other in zip(made, expected, strict=True):
            assert isinstance(one, Bar)
            if other.volume > 3:
                assert (one.start_ns, one.high_krw, one.low_krw, one.volume) == (
                    other.start_ns,
                    other.high_krw,
                    other.low_krw,
                    other.volume,
                )
                assert (one.open_krw, one.close_krw) == (other.open_krw, other.close_krw)
        rebuilt += 1
    assert rebuilt == 2 * 21


def test_the_last_bar_of_a_complete_day_closes_at_the_official_close(month_of, kst_data) -> None:
    coverage = pq.read_table(kst_data / "bars_1m" / "coverage.parquet").to_pylist()
    official = {(row["symbol"], row["date"]): row for row in coverage if row["complete"]}
    month = month_of("2025-12")
    unequal = []
    checked = 0
    for symbol, day, rows in month.stock_days():
        if (symbol, day) not in official:
            continue
        row = official[symbol, day]
        last = Bar(symbol, "KRX", int(month.start_ns[rows][-1]), 0, 0, 0, 0, 0)
        assert last.start_ns == minutes(day)[-1]
        if month.close[rows][-1] != row["daily_close"]:
            unequal.append(symbol)
        checked += 1
    assert checked > 2_000
    assert set(unequal) <= {"011790"}  # scaled for a later rights issue, and rounded


def test_a_day_made_of_its_minutes_has_the_days_prices(month_of: Callable, kst_data) -> None:
    names = ["symbol", "date", "open", "high", "low", "close"]
    daily = pq.read_table(kst_data / "daily" / "krx_daily_flow_103.parquet", columns=names)
    official = {(row["symbol"], row["date"]): row for row in daily.to_pylist()}
    month = month_of("2026-01")
    checked = 0
    for symbol, day, rows in month.stock_days():
        if symbol not in ("005930", "000660", "196170"):
            continue
        whole = day_of(month.bars(rows))
        row = official[symbol, day]
        assert (whole.symbol, whole.date) == (symbol, day.isoformat())
        assert (whole.open_krw, whole.high_krw, whole.low_krw) == (
            row["open"],
            row["high"],
            row["low"],
        )
        assert whole.volume == int(np.sum(month.volume[rows]))
        checked += 1
    assert checked == 3 * 21
