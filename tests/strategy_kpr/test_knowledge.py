"""What KPR makes of what it knows: setups, pillars, pressure, size. Tables with every edge."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from kis_core.market.ticks import round_up, tick_krw
from kis_core.wire.quotes.flow_replies import Flow as Net
from kis_core.wire.quotes.flow_replies import InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import ProgramFlow, StockProgram
from strategy_kpr.decision.confidence import Colour
from strategy_kpr.decision.exits import trail_of
from strategy_kpr.decision.phases import levels
from strategy_kpr.decision.pillars import (
    Flow,
    Program,
    combined,
    daily_flow,
    investors,
    program_lean,
    verdict,
)
from strategy_kpr.decision.pressure import Prints, activity, expands, pressure, surges
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.setups import pullback
from strategy_kpr.decision.sizing import hour_mult, size
from strategy_kpr.decision.state import Extremes
from strategy_kpr.decision.times import times_of
from strategy_kpr.settings import load_kpr
from strategy_runtime.contract import Session, TradingDay
from strategy_runtime.decision.position import Position
from tests.strategy_kpr.stories import SYMBOL, TODAY, Story, ns

RULES = load_kpr()[1]


def bar(close: int, at: str = "10:00", volume: int = 1000, **more: int) -> Bar:
    known = {"open_krw": close, "high_krw": close, "low_krw": close} | more
    return Bar(
        SYMBOL, "KRX", ns(f"{at}:00"), known["open_krw"], known["high_krw"], known["low_krw"],
        close, volume,
    )  # fmt: skip


# -- setups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("close", "high", "age_min", "kind"),
    [
        (9_700, 10_000, 15, "panic"),  # 3 % to the won, 15 minutes to the second
        (9_701, 10_000, 15, None),
        (9_700, 10_000, 16, None),
        (9_800, 10_000, 60, "drift"),  # 2 % to the won, an hour to the second
        (9_801, 10_000, 60, None),
        (9_800, 10_000, 59, None),
        (9_700, 10_000, 0, "panic"),
        (9_700, 10_000, -1, None),  # heard meanwhile, while older minutes were asked for
        (9_700, 10_000, 300, "drift"),
    ],
)
def test_panic_and_drift_begin_where_they_begin(
    close: int, high: int, age_min: int, kind: str | None, rules: Rules
) -> None:
    last = bar(close)
    high_ns = last.start_ns + MINUTE_NS - age_min * MINUTE_NS
    vwap = close / (1 - 0.03)
    found = pullback(last, vwap, high, high_ns, close, rules.switches, rules.setup)
    assert (found.kind if found else None) == kind


def test_panic_wins_where_both_would_hold(rules: Rules) -> None:
    both = rules.setup.model_copy(update={"panic_age_min": 90})
    last = bar(9_700)
    found = pullback(
        last, 9_900.0, 10_000, last.start_ns - 60 * MINUTE_NS, 9_700, rules.switches, both
    )
    assert found is not None
    assert found.kind == "panic"


@pytest.mark.parametrize(
    ("vwap", "permissive", "strict"),
    [
        (10_000 / 9_850 * 9_700, True, False),  # 1.5 % below
        (10_000 / 9_851 * 9_700, False, False),
        (10_000 / 9_800 * 9_700, True, True),  # 2 %
        (10_000 / 9_500 * 9_700, True, True),  # 5 %
        (10_000 / 9_499 * 9_700, True, False),
        (10_000 / 9_400 * 9_700, True, False),  # 6 %
        (10_000 / 9_399 * 9_700, False, False),
    ],
)
def test_depth_has_its_edges(vwap: float, permissive: bool, strict: bool, rules: Rules) -> None:
    last = bar(9_700)
    for switches, there in ((rules.switches, permissive), (rules.strict, strict)):
        # A hair towards the middle: the edges belong to the band, and floats are not exact.
        inner = vwap * (1 + (1e-12 if vwap < 10_000 else -1e-12))
        found = pullback(last, inner, 10_500, last.start_ns, 9_700, switches, rules.setup)
        assert (found is not None) is there


def test_levels_of_a_low(rules: Rules) -> None:
    assert levels(9_690, rules.setup) == (9_720, 9_670)
    assert levels(10_000, rules.setup) == (10_030, 9_970)
    assert levels(100_000, rules.setup) == (100_300, 99_700)


@given(st.integers(min_value=1_000, max_value=1_500_000))
def test_a_stop_lies_under_its_low_and_a_reclaim_above_it(price: int) -> None:
    low = round_up(price)
    reclaim, stop = levels(low, RULES.setup)
    assert stop < low < reclaim
    assert stop % tick_krw(stop) == reclaim % tick_krw(reclaim) == 0
    assert stop >= low * (1 - RULES.setup.stop) - 1e-6  # never more risk than was meant
    assert reclaim >= low * (1 + RULES.setup.reclaim) - 1e-6


@given(st.lists(st.integers(min_value=100, max_value=20_000), min_size=1, max_size=30))
def test_extremes_are_those_of_all_that_was_seen(closes: list[int]) -> None:
    extremes = Extremes()
    for minute, close in enumerate(closes):
        extremes.on_bar(bar(close, f"10:{minute:02d}"))
    assert extremes.open_krw == closes[0]
    assert extremes.high_krw == max(closes)
    assert extremes.low_krw == min(closes)
    assert extremes.high_ns == ns(f"10:{closes.index(max(closes)):02d}:00")


# -- investors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("foreign", "institution", "flow"),
    [
        (1, 1, "STRONG"), (-1, -1, "DISTRIBUTE"), (1, -1, "CONFLICT"), (-1, 1, "CONFLICT"),
        (0, 1, "NEUTRAL"), (0, -1, "NEUTRAL"), (0, 0, "NEUTRAL"), (None, 1, "NEUTRAL"),
        (-1, None, "NEUTRAL"), (None, None, "UNAVAILABLE"),
    ],
)  # fmt: skip
def test_what_two_groups_say(foreign: int | None, institution: int | None, flow: Flow) -> None:
    assert verdict(foreign, institution) == flow


def _day(day: str, foreign: int | None, institution: int | None) -> InvestorDay:
    return InvestorDay(
        SYMBOL, day, 1, 0, None,
        None if foreign is None else Net(foreign, None),
        None if institution is None else Net(institution, None),
    )  # fmt: skip


def test_the_daily_flow_is_the_sum_of_its_sessions_and_of_no_other() -> None:
    sessions = ["2025-09-01", "2025-09-02"]
    days = [_day("2025-08-29", -900, -900), _day("2025-09-01", -10, 5), _day("2025-09-02", 20, 5)]
    today = _day("2025-09-03", -999, -999)
    assert daily_flow([*days, today], sessions) == "STRONG"
    assert daily_flow(days[:2], sessions) == "UNAVAILABLE"  # T-1 is not told yet
    blank = [days[1], _day("2025-09-02", 20, None)]
    assert daily_flow(blank, sessions) == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("daily", "estimate", "flow"),
    [
        ("STRONG", "UNAVAILABLE", "STRONG"),
        ("STRONG", "NEUTRAL", "STRONG"),
        ("STRONG", "DISTRIBUTE", "DISTRIBUTE"),
        ("STRONG", "CONFLICT", "CONFLICT"),
        ("DISTRIBUTE", "STRONG", "CONFLICT"),
        ("DISTRIBUTE", "NEUTRAL", "DISTRIBUTE"),
        ("CONFLICT", "STRONG", "STRONG"),
        ("UNAVAILABLE", "STRONG", "STRONG"),
        ("UNAVAILABLE", "NEUTRAL", "NEUTRAL"),
        ("UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"),
    ],
)
def test_today_s_flow_goes_before_last_week_s(daily: Flow, estimate: Flow, flow: Flow) -> None:
    assert combined(daily, estimate) == flow


@pytest.mark.parametrize(
    ("at", "estimate", "age_s", "stale"),
    [
        ("09:29:59", "UNAVAILABLE", None, False),
        ("09:30:00", "STRONG", 0.0, False),
        ("09:59:59", "STRONG", 1799.0, False),
        ("10:00:00", "DISTRIBUTE", 0.0, False),
        ("10:30:00", "DISTRIBUTE", 1800.0, False),
        ("10:30:01", "DISTRIBUTE", 1801.0, True),
    ],
)
def test_an_estimate_is_known_from_its_time_on_and_ages_from_there(
    at: str, estimate: Flow, age_s: float | None, stale: bool, rules: Rules
) -> None:
    told = (
        InvestorEstimate(SYMBOL, "09:30", 5, 5, 10),
        InvestorEstimate(SYMBOL, "10:00", -5, -5, -10),
    )
    found = investors("NEUTRAL", told, date(2025, 9, 3), ns(at), rules.flow)
    assert (found.estimate, found.age_s, found.stale) == (estimate, age_s, stale)


# -- programs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "volume", "age_s", "lean"),
    [
        (20, 1000, 0, "ACCUMULATE"),
        (19, 1000, 0, "NEUTRAL"),
        (-20, 1000, 0, "DISTRIBUTE"),
        (-19, 1000, 0, "NEUTRAL"),
        (-20, 1000, 120, "DISTRIBUTE"),
        (-20, 1000, 121, "STALE"),
        (None, 1000, 0, "UNAVAILABLE"),
        (5, 0, 0, "UNAVAILABLE"),
    ],
)
def test_programs_lean_by_their_share_of_what_trades(
    net: int | None, volume: int, age_s: int, lean: str, rules: Rules
) -> None:
    row = StockProgram(SYMBOL, 0, 1, volume, None, None, net, ProgramFlow(None, None, None), None)
    assert program_lean(Program(0, row), age_s * SECOND_NS, rules.flow) == lean


def test_no_programs_are_neutral_and_no_answer_is_unavailable(rules: Rules) -> None:
    assert program_lean(Program(0, None), 0, rules.flow) == "NEUTRAL"
    assert program_lean(None, 0, rules.flow) == "UNAVAILABLE"


# -- pressure -------------------------------------------------------------------------------------

_BEFORE = [bar(100, f"09:{minute:02d}", 1000) for minute in range(20)]


@pytest.mark.parametrize(
    ("bought", "sold", "volume", "lean"),
    [
        (115, 85, 1000, "ACCUMULATE"),  # 0.15
        (114, 86, 1000, "NEUTRAL"),
        (85, 115, 1500, "DISTRIBUTE"),  # and a surge
        (85, 115, 1499, "NEUTRAL"),  # no surge
        (86, 114, 1500, "NEUTRAL"),
    ],
)
def test_prints_press(bought: int, sold: int, volume: int, lean: str, rules: Rules) -> None:
    prints = [bought // 5] * 4 + [bought - bought // 5 * 4]
    prints += [-(sold // 5)] * 4 + [-(sold - sold // 5 * 4)]
    found = pressure(bar(100, volume=volume), _BEFORE, prints, rules.pressure)
    assert (found.lean, found.by) == (lean, "prints")


@pytest.mark.parametrize(
    ("place", "opened", "volume", "lean"),
    [
        (60, 50, 1000, "ACCUMULATE"),  # 0.6, closed up
        (59, 50, 1000, "NEUTRAL"),
        (60, 60, 1000, "NEUTRAL"),  # neither up nor a surge
        (60, 60, 1500, "ACCUMULATE"),
        (30, 50, 1500, "DISTRIBUTE"),  # 0.3 and a surge
        (30, 50, 1499, "NEUTRAL"),
        (31, 50, 1500, "NEUTRAL"),
    ],
)
def test_without_enough_prints_the_bar_speaks(
    place: int, opened: int, volume: int, lean: str, rules: Rules
) -> None:
    last = Bar(SYMBOL, "KRX", 0, 1000 + opened, 1100, 1000, 1000 + place, volume)
    found = pressure(last, _BEFORE, [1] * 9, rules.pressure)
    assert (found.lean, found.by) == (lean, "bar")


def test_a_bar_without_a_span_or_a_past_says_nothing(rules: Rules) -> None:
    assert pressure(bar(100, volume=9999), [], [], rules.pressure).lean == "NEUTRAL"
    assert not surges(bar(100, volume=9999), [], rules.pressure)
    assert activity([bar(100)] * 5, rules.pressure) == 0.0
    assert not expands([bar(100)], 2.0, rules.pressure)


def test_activity_and_expansion_are_real(rules: Rules) -> None:
    late = [bar(100, f"10:{minute:02d}", 3000) for minute in range(5)]
    assert activity([*_BEFORE, *late], rules.pressure) == 3.0
    wide = [bar(100, f"09:{m:02d}", high_krw=101, low_krw=100) for m in range(20)]
    assert expands([*wide, bar(100, high_krw=102, low_krw=100)], 2.0, rules.pressure)
    assert not expands([*wide, bar(100, high_krw=101, low_krw=100)], 2.0, rules.pressure)


def test_prints_belong_to_their_own_minute(story: Callable[..., Story]) -> None:
    told, prints = story(), Prints(3)
    for second, side in ((1, 1), (2, -1), (3, 0), (59, 1), (61, 1)):
        prints.on_trade(told.trade(SYMBOL, second * SECOND_NS, 100, 10, side))
    assert prints.taken(60 * SECOND_NS) == [-10, 10]  # three are kept, one is of the next minute
    assert prints.taken(120 * SECOND_NS) == [10]


# -- size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "mult"),
    [
        ("09:10", 0.8), ("09:29", 0.8), ("09:30", 1.0), ("10:29", 1.0), ("10:30", 0.8),
        ("11:19", 0.8), ("11:20", 0.8), ("13:09", 0.8), ("13:10", 0.9), ("13:59", 0.9),
        ("14:00", 0.65), ("14:29", 0.65),
    ],
)  # fmt: skip
def test_the_hour_scales_the_size(at: str, mult: float, rules: Rules) -> None:
    times = times_of(TODAY, rules)
    found = hour_mult(ns(f"{at}:00"), times, rules.size, rules.switches.tod_late_mult)
    assert found == mult


@pytest.mark.parametrize(
    ("colour", "hour", "stale", "shares"),
    [
        ("GREEN", 1.0, False, 100), ("YELLOW", 1.0, False, 65), ("RED", 1.0, False, 0),
        ("GREEN", 1.0, True, 85), ("GREEN", 0.8, False, 80), ("YELLOW", 0.8, True, 44),
    ],
)  # fmt: skip
def test_risk_is_scaled(
    colour: Colour, hour: float, stale: bool, shares: int, rules: Rules
) -> None:
    # 0.5 % of 10,000,000 is 50,000; 500 a share at risk
    found = size(10_000_000, 10_000, 9_500, colour, hour, stale, 1e12, _uncapped(rules))
    assert (found.shares, found.bound_by) == (shares, "risk")


def _uncapped(rules: Rules) -> Any:
    return rules.size.model_copy(update={"equity_cap": 0.999})


def test_what_binds_is_said(rules: Rules) -> None:
    capped = size(10_000_000, 10_000, 9_900, "GREEN", 1.0, False, 1e12, rules.size)
    assert (capped.shares, capped.uncapped, capped.bound_by) == (150, 500, "equity")
    thin = size(10_000_000, 10_000, 9_900, "GREEN", 1.0, False, 4_000_000, rules.size)
    assert (thin.shares, thin.bound_by) == (20, "liquidity")
    none = size(10_000_000, 10_000, 10_000, "GREEN", 1.0, False, 1e12, rules.size)
    assert (none.shares, none.bound_by) == (0, "stop")


@given(
    equity=st.integers(min_value=1_000_000, max_value=10**10),
    limit=st.integers(min_value=1_000, max_value=900_000),
    part=st.floats(min_value=0.001, max_value=0.05),
    value=st.floats(min_value=0, max_value=1e12),
)
def test_no_size_exceeds_its_risk_or_its_caps(
    equity: int, limit: int, part: float, value: float
) -> None:
    rules = RULES.size
    stop = int(limit * (1 - part))
    found = size(equity, limit, stop, "GREEN", 1.0, False, value, rules)
    assert found.shares * (limit - stop) <= rules.base_risk * equity + 1e-6
    assert found.shares * limit <= rules.equity_cap * equity + 1e-6
    assert found.shares * limit <= rules.liquidity_cap * value + 1e-6


# -- days of other hours --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opens", "closes", "setups", "late", "over", "flatten"),
    [
        ("09:00", "15:30", "09:10", "14:00", "14:30", "15:15"),
        ("10:00", "15:30", "10:10", "14:00", "14:30", "15:15"),  # the year's first session
        ("10:00", "16:30", "10:10", "15:00", "15:30", "16:15"),  # the entrance exam
    ],
)
def test_beginnings_go_with_the_open_and_ends_with_the_close(
    opens: str, closes: str, setups: str, late: str, over: str, flatten: str, rules: Rules
) -> None:
    whole = TODAY
    session = Session(whole.date, ns(f"{opens}:00"), ns(f"{closes}:00"))
    times = times_of(TradingDay(session, whole.past), rules)
    assert (times.setups_ns, times.late_ns, times.entries_over_ns, times.flatten_ns) == tuple(
        ns(f"{at}:00") for at in (setups, late, over, flatten)
    )
    assert times.lunch(ns("11:20:00"))
    assert not times.lunch(ns("13:10:00"))
    assert times.refreshed(ns("09:29:59")) is None
    assert times.refreshed(ns("10:00:00")) == ns("10:00:00")
    assert times.micro(ns("10:02:59"))
    assert not times.micro(ns("10:03:00"))


# -- the trail ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("close", "pressed", "trail"),
    [
        (10_117, False, None),  # below one R after costs of 0.178 %
        (10_118, False, 10_100.0),  # half of the best move
        (10_118, True, 10_140.0),  # seven tenths, where somebody distributes
    ],
)
def test_a_trail_begins_at_one_r_after_costs(
    close: int, pressed: bool, trail: float | None, rules: Rules
) -> None:
    position = Position(
        "t", 10, 10, 10_000.0, 9_900, 0.00178, 0, "panic_reclaim", "panic", 10_200.0, 10_000.0,
        9_900.0, 9_900,
    )  # fmt: skip
    assert trail_of(position, close, pressed, rules) == trail
