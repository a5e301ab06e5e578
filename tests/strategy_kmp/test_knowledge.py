"""What is known before a break: trend, baselines, universe, market, slots, times."""

import random
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from msgspec.structs import replace

from kis_core.market.events import DailyBar
from kis_core.market.instants import MINUTE_NS, instant_ns
from strategy_kmp.decision.history import Baseline, Trend, baseline, spans, trend
from strategy_kmp.decision.market import Market
from strategy_kmp.decision.phases import Done
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.slots import wanted
from strategy_kmp.decision.times import times_of
from strategy_runtime.contract import MinuteDay, Session, TradingDay
from strategy_runtime.decision.listing import market_of, rejection
from strategy_runtime.decision.trading import InPosition
from tests.play.day import quote
from tests.strategy_kmp.stories import DAY, OTHERS, SYMBOL, TODAY, Story, level, rising

PREVIOUS = Session("2025-09-02", 0, 0)


def found(bars: list[DailyBar], rules: Rules) -> Trend | str:
    return trend(bars, PREVIOUS, DAY, rules.history, 20)


def test_a_rising_stock_has_a_trend_and_a_falling_one_has_none(rules: Rules) -> None:
    up, down = found(rising(SYMBOL), rules), found(rising(SYMBOL, step=-10), rules)
    assert isinstance(up, Trend)
    assert up.ok
    assert up.previous_close_krw == 10_000
    assert up.sma_fast_krw == pytest.approx(10_000 - 10 * 9.5)
    assert isinstance(down, Trend)
    assert not down.ok


def test_a_trend_does_not_depend_on_the_order_of_the_rows_nor_on_today_s(rules: Rules) -> None:
    bars = rising(SYMBOL)
    shuffled = [*bars, DailyBar(SYMBOL, DAY, 1, 1, 1, 1, 10)]
    random.Random(1).shuffle(shuffled)
    assert found(shuffled, rules) == found(bars, rules)


def test_turnover_is_that_of_the_newest_days(rules: Rules) -> None:
    bars = rising(SYMBOL, step=0)
    early = [DailyBar(b.symbol, b.date, 1, 1, 1, b.close_krw, 10**9) for b in bars[:-20]]
    known = found([*early, *bars[-20:]], rules)
    assert isinstance(known, Trend)
    assert known.turnover_krw == 10_000 * 1_000_000


@pytest.mark.parametrize(
    ("bars", "why"),
    [
        (rising(SYMBOL, days=59), "59 daily closes of 60"),
        (rising(SYMBOL)[:-1], "daily bars end on 2025-09-01"),
        ([], "0 daily closes"),
    ],
)
def test_too_little_history_is_no_trend(bars: list[DailyBar], why: str, rules: Rules) -> None:
    known = found(bars, rules)
    assert isinstance(known, str)
    assert known.startswith(why)


def late(session: Session) -> Session:
    """Return a session as if it opened an hour late."""
    return replace(session, open_ns=session.open_ns + 60 * MINUTE_NS)


def test_a_late_open_is_laid_over_the_others_by_its_own_open(rules: Rules) -> None:
    sessions = [late(each) if i % 2 else each for i, each in enumerate(TODAY.past[-20:])]
    days = [
        MinuteDay(
            s.date, tuple((60 * (10 if i % 2 else 9) + m, 1, 1, 1, 100, 7) for m in range(60))
        )
        for i, s in enumerate(sessions)
    ]
    known = baseline(SYMBOL, days, sessions, rules.history, rules.scan)
    assert isinstance(known, Baseline)
    assert known.value_krw == 15 * 700
    assert [known.volume(minute) for minute in (0, 59, 60)] == [7, 7, None]


def test_a_quiet_minute_counts_as_zero_and_a_halted_day_does_not_count(rules: Rules) -> None:
    sessions = TODAY.past[-20:]
    days = [
        MinuteDay(s.date, () if i < 5 else tuple((540 + m, 1, 1, 1, 100, 7) for m in (0, 1)))
        for i, s in enumerate(sessions)
    ]
    known = baseline(SYMBOL, days, sessions, rules.history, rules.scan)
    assert isinstance(known, Baseline)
    assert known.days == 15
    assert known.volume(0) == 7
    assert known.volume(30) is None
    few = baseline(SYMBOL, days[:8], sessions, rules.history, rules.scan)
    assert few == "3 days of minutes of 10"


def test_history_is_asked_from_each_day_s_own_open() -> None:
    sessions = [TODAY.past[-2], late(TODAY.past[-1])]
    assert spans(sessions, 2, 120) == (
        ("2025-09-01", "09:00", "10:59"),
        ("2025-09-02", "10:00", "11:59"),
    )


@pytest.mark.parametrize(
    ("symbol", "changes", "turnover", "code"),
    [
        ("005930", {}, 1e12, None),
        ("005935", {}, 1e12, "PREFERRED_SHARE"),
        ("00104K", {}, 1e12, "PREFERRED_SHARE"),
        ("005930", {"price_krw": 0}, 1e12, "NO_PRICE"),
        ("005930", {"market_name": "ETF"}, 1e12, "NOT_EQUITY"),
        ("005930", {"market_name": "코스닥"}, 1e12, None),
        ("005930", {"market_name": "KSQ150"}, 1e12, None),
        ("005930", {"market_name": ""}, 1e12, None),
        ("005930", {"halted": True}, 1e12, "HALTED"),
        ("005930", {"administrative": True}, 1e12, "ADMINISTRATIVE"),
        ("005930", {"liquidation": True}, 1e12, "LIQUIDATION"),
        ("005930", {"warning_code": "02"}, 1e12, "WARNED"),
        ("005930", {"market_cap_krw": 19 * 10**9}, 1e12, "LOW_MCAP"),
        ("005930", {"market_cap_krw": None}, 1e12, None),
        ("005930", {}, 2.9e9, "LOW_ADTV"),
    ],
)
def test_the_checks_of_the_start(
    symbol: str, changes: dict[str, Any], turnover: float, code: str | None, rules: Rules
) -> None:
    asked = quote(symbol, 10_000, 0, **changes)
    assert rejection(symbol, asked, turnover, rules.listing) == code


def test_the_market_name_decides_the_tax() -> None:
    names = {"KOSPI200": "KOSPI", "KSQ150": "KOSDAQ", "KOSDAQ": "KOSDAQ"}
    assert {n: market_of(quote(SYMBOL, 1, 0, market_name=n)) for n in names} == names


def test_chop_needs_three_thin_readings_and_a_narrow_index(rules: Rules) -> None:
    market = Market()
    narrow = level(1, low="3205.00")  # 3,205 to 3,210: 0.16 %
    readings = []
    for second in range(4):
        market.on_index(narrow)
        market.sample(second, [True], rules.market, rules.switches)
        readings.append(market.chop)
    assert readings == [False, False, True, True]
    market.sample(9, [True] * 3, rules.market, rules.switches)
    assert not market.chop
    assert market.regime_ok(rules.switches)


def test_before_the_first_sample_and_without_an_index_nothing_is_known(rules: Rules) -> None:
    market = Market()
    assert market.regime_ok(rules.switches) is None
    assert market.risk_off(0, rules.market) is None
    market.on_index(level(1))
    assert market.risk_off(1, rules.market) is False
    assert market.risk_off(1 + 61 * 10**9, rules.market) is None


@pytest.mark.parametrize(("points", "off"), [("3168.01", False), ("3168.00", True)])
def test_risk_off_begins_at_one_percent_down(points: str, off: bool, rules: Rules) -> None:
    market = Market()
    market.on_index(level(1, points))
    assert market.risk_off(1, rules.market) is off


def test_symbols_that_surged_and_are_not_heard_are_counted_apart(rules: Rules) -> None:
    market = Market()
    market.sample(1, [True, None, False, None], rules.market, rules.switches)
    assert (market.breadth, market.unheard) == (1, 2)


def test_what_is_held_is_heard_first_and_alone_once_entries_are_over(
    story: Callable[..., Story],
) -> None:
    told = story().ready()
    told.bought(told.armed())
    told.state.names[OTHERS[1]].phase = Done("x")
    hears = wanted(told.state, told.rules).symbols
    assert [(hear.symbol, hear.priority) for hear in hears] == [
        (SYMBOL, 0), (OTHERS[0], 2), (OTHERS[1], 3),
    ]  # fmt: skip
    told.state.now_ns = told.state.times.cutoff_ns
    assert isinstance(told.phase, InPosition)
    assert [hear.symbol for hear in wanted(told.state, told.rules).symbols] == [SYMBOL]


@pytest.mark.parametrize(
    ("opens", "closes", "entry", "cutoff", "flatten"),
    [
        ("09:00", "15:30", "09:16", "10:30", "14:30"),
        ("10:00", "15:30", "10:16", "11:30", "14:30"),
        ("10:00", "16:30", "10:16", "11:30", "15:30"),
    ],
    ids=["a normal day", "the year's first", "the exam's"],
)
def test_an_odd_day_moves_the_timetable(
    opens: str, closes: str, entry: str, cutoff: str, flatten: str, rules: Rules
) -> None:
    day = date(2025, 11, 13)
    at = {
        t: instant_ns(day, time.fromisoformat(t)) for t in (opens, closes, entry, cutoff, flatten)
    }
    times = times_of(TradingDay(Session(day.isoformat(), at[opens], at[closes]), ()), rules)
    assert (times.entry_ns, times.cutoff_ns, times.flatten_ns) == (
        at[entry], at[cutoff], at[flatten],
    )  # fmt: skip
