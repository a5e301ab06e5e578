"""Who is heard and who is polled, and how often."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from kis_core.market.events import Gap, SlotsGranted
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from strategy_kpr.decision.polls import interval_s
from strategy_kpr.decision.tiers import classify, distance, due
from strategy_runtime.contract import AskEstimates, AskMinutes, AskProgram
from tests.strategy_kpr.stories import OTHERS, SYMBOL, Story, ns

Tell = Callable[..., Story]


def _listed(told: Story) -> dict[str, int]:
    assert told.state.listen is not None
    return {hear.symbol: hear.priority for hear in told.state.listen.symbols}


def test_a_symbol_rises_at_once_and_falls_after_some_stable_minutes(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:05", 10_000).flat("09:05", "09:09", 9_840)
    assert told.name.tier == "HOT"
    told.flat("09:09", "09:12", 9_990)
    assert told.name.tier == "HOT"  # a lower tier is due, not long enough
    told.minute("09:12", 9_850, 9_850, 9_840, 9_840)  # and due no more
    told.flat("09:13", "09:17", 9_990)
    assert told.name.tier == "HOT"
    told.flat("09:17", "09:20", 9_990)
    assert told.name.tier != "HOT"
    assert SYMBOL not in _listed(told)


def test_a_setup_goes_before_what_is_only_hot_and_a_position_before_both(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:05", 10_000).flat("09:05", "09:09", 9_840)
    assert _listed(told) == {SYMBOL: 2}
    told = story().panic()
    assert _listed(told) == {SYMBOL: 1}
    told = story().accepted()
    assert _listed(told) == {SYMBOL: 0}  # an order works
    told = story().held()
    assert _listed(told) == {SYMBOL: 0}
    told.second(ns("14:30:00"))
    told.second(ns("14:30:05"))
    assert _listed(told) == {SYMBOL: 0}  # after the entries only what is held


def _hot(told: Story, symbol: str, depth: float, busy: float = 1.0) -> None:
    name: Any = told.state.names[symbol]
    heard = name.heard
    heard.vwap.on_sums(told.now_ns, 1_000, 10_000_000)
    heard.on_quote(round(10_000 * (1 - depth)), told.now_ns)
    name.extremes.open_krw = 10_000
    name.busy = busy


def test_hot_is_cut_by_distance_to_the_band_and_then_by_activity(story: Tell) -> None:
    universe = tuple(f"{n:06d}" for n in range(10, 70, 10))
    told = story(universe=(SYMBOL, *universe), tiers={"hot_max": 3, "warm_max": 2})
    told.begin()
    told.second(ns("09:30:00"))
    inside, busy, near, far, farther, quiet = universe
    _hot(told, inside, 0.03, busy=1.0)
    _hot(told, busy, 0.03, busy=5.0)
    _hot(told, quiet, 0.03, busy=0.5)
    _hot(told, near, 0.055)
    _hot(told, far, 0.08)
    _hot(told, farther, 0.10)
    told.state.now_ns += 10 * MINUTE_NS
    classify(told.state, told.rules)
    tiers = {symbol: told.state.names[symbol].tier for symbol in universe}
    assert tiers == {
        busy: "HOT", inside: "HOT", quiet: "HOT", near: "WARM", far: "WARM", farther: "COLD",
    }  # fmt: skip


def test_positions_and_active_setups_are_never_evicted(story: Tell) -> None:
    universe = tuple(f"{n:06d}" for n in range(10, 60, 10))
    told = story(universe=(SYMBOL, *universe), tiers={"hot_max": 1}).held()
    for symbol in universe:
        _hot(told, symbol, 0.03, busy=99.0)
    told.state.names[universe[2]].trading.entries_open["kpr-x"] = None  # may still be filled
    classify(told.state, told.rules)
    hot = {name.symbol for name in told.state.names.values() if name.tier == "HOT"}
    assert hot == {SYMBOL, universe[2]}  # though there is one place


def test_distance_to_the_band(story: Tell) -> None:
    tiers = story().rules.tiers
    assert [round(distance(depth, tiers), 4) for depth in (0.02, 0.03, 0.05, 0.01, 0.06)] == [
        0, 0, 0, 0.01, 0.01,
    ]  # fmt: skip
    assert distance(None, tiers) == 1.0


def test_an_unknown_price_is_cold(story: Tell) -> None:
    told = story().begin()
    assert due(told.name, told.rules) == "COLD"


# -- polls ----------------------------------------------------------------------------------------


def _polls(told: Story, symbol: str = SYMBOL) -> list[tuple[int, str, str]]:
    at: list[tuple[int, str, str]] = []

    def asked(ask: Any) -> bool:
        if isinstance(ask, AskMinutes) and ask.symbol == symbol:
            ((_, first, last),) = ask.spans
            at.append((told.now_ns, first, last))
        return False

    told.failing = asked
    return at


def test_cold_symbols_are_polled_every_three_minutes(story: Tell) -> None:
    told = story().begin()
    polls = _polls(told)
    told.flat("09:00", "09:20", 10_000)
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(polls)]
    assert gaps
    assert min(gaps) >= 180 * SECOND_NS
    assert max(gaps) <= 190 * SECOND_NS


def test_warm_symbols_are_polled_with_each_minute(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:04", 10_000)
    told.flat("09:04", "09:08", 9_920)  # 0.8 % below the open
    assert told.name.tier == "WARM"
    polls = _polls(told)
    told.flat("09:08", "09:20", 9_920)
    assert [last for _, _, last in polls] == [f"09:{minute:02d}" for minute in range(8, 20)]


def test_a_symbol_without_a_place_on_the_line_is_polled_like_warm(story: Tell) -> None:
    told = story()
    told.deaf.add(SYMBOL)
    told.begin().flat("09:00", "09:04", 10_000).flat("09:04", "09:10", 9_840)
    assert told.name.tier == "HOT"
    polls = _polls(told)
    told.flat("09:10", "09:20", 9_840)
    assert len(polls) == 10
    assert "slots refused" in told.kpr.funnel(told.state)["health"]["problems"]


def test_a_hole_in_what_is_heard_is_filled_before_later_minutes_count(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:05", 10_000).flat("09:05", "09:12", 9_840)
    assert told.name.live
    polls = _polls(told)
    heard, told.heard = told.heard, frozenset()
    told.tell(Gap(None, told.now_ns, None, "relay lost"))
    told.minute("09:12", 9_840, 9_850, 9_830, 9_840)  # nobody hears it
    told.heard = heard
    told.tell(Gap(None, told.now_ns - MINUTE_NS, told.now_ns, "relay back"))
    told.flat("09:13", "09:16", 9_840)
    assert any(first <= "09:12" <= last for _, first, last in polls)
    bars = told.name.recent(4)
    assert [each.start_ns for each in bars] == [ns(f"09:{m}:00") for m in (12, 13, 14, 15)]
    assert bars[0].high_krw == 9_850
    assert [each.volume for each in bars] == [10_000] * 4


def test_minutes_that_a_line_lost_without_a_word_are_looked_at_after_all(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:05", 10_000).flat("09:05", "09:12", 9_840)
    heard, told.heard = told.heard, frozenset()
    told.minute("09:12", 9_840, 9_850, 9_830, 9_840)  # nobody hears it, and nobody says so
    told.minute("09:13", 9_840, 9_860, 9_820, 9_840)
    told.heard = heard
    looked = told.state.health.minutes_looked_at
    told.flat("09:14", "09:17", 9_840)
    bars = told.name.recent(5)
    assert [each.start_ns for each in bars] == [ns(f"09:{m}:00") for m in (12, 13, 14, 15, 16)]
    assert (bars[0].high_krw, bars[1].low_krw) == (9_850, 9_820)
    assert told.name.extremes.low_krw == 9_820
    mine = len(told.name.heard.bars) - 12
    others = told.state.health.minutes_looked_at - looked - mine
    assert others >= 0
    assert told.name.looked_ns == ns("09:17:00")


def test_a_straggler_of_a_lost_place_is_no_feed(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:05", 10_000).flat("09:05", "09:10", 9_840)
    assert told.name.live
    told.heard = frozenset()
    told.tell(SlotsGranted(told.now_ns, (), (SYMBOL,)))
    assert not told.name.live
    told.heard = frozenset((SYMBOL,))
    told.print(told.trade(SYMBOL, told.now_ns, 9_840, 10))
    assert not told.name.live


# -- what only hot symbols ask --------------------------------------------------------------------


def test_programs_and_estimates_are_asked_for_hot_symbols_alone(story: Tell) -> None:
    told = story()
    told.estimates = {"09:30": (1, 1)}
    told.panic().flat("09:29", "09:40", 9_700)
    asked = {ask.symbol for ask in told.asks if isinstance(ask, AskProgram | AskEstimates)}
    assert asked == {SYMBOL}
    assert told.state.names[OTHERS[0]].tier == "COLD"
    estimates = [ask for ask in told.asks if isinstance(ask, AskEstimates)]
    assert len(estimates) == 1  # what has been told is not asked for again


def test_an_estimate_that_is_late_is_asked_for_again_until_it_is_there(story: Tell) -> None:
    told = story().panic().flat("09:29", "09:36", 9_700)
    asked = [ask for ask in told.asks if isinstance(ask, AskEstimates)]
    assert 4 <= len(asked) <= 6  # from 09:31 on, once a minute
    told.estimates = {"09:30": (5, 5)}
    told.flat("09:36", "09:42", 9_700)
    later = [ask for ask in told.asks if isinstance(ask, AskEstimates)]
    assert len(later) == len(asked) + 1
    assert told.name.estimate_ns == ns("09:30:00")


def test_polls_are_quicker_while_estimates_are_fresh(story: Tell) -> None:
    told = story()
    times, tiers, name = told.state.times, told.rules.tiers, told.name
    paces = []
    for tier in ("HOT", "WARM", "COLD"):
        name.tier = tier  # type: ignore[assignment]
        paces.append([interval_s(name, ns(at), times, tiers) for at in ("09:29:59", "09:30:00")])
    assert paces == [[30, 15], [30, 15], [180, 180]]


def test_a_source_that_never_answered_rests_and_one_that_did_is_only_busy(story: Tell) -> None:
    told = story()
    told.failing = lambda ask: isinstance(ask, AskProgram)
    told.panic()
    assert told.state.programs.rest_ns - told.now_ns > 300 * SECOND_NS
    told = story().panic()
    told.failing = lambda ask: isinstance(ask, AskProgram)
    told.flat("09:29", "09:34", 9_700)
    assert told.state.programs.failures or told.state.programs.rest_ns
    assert told.state.programs.rest_ns - told.now_ns <= 20 * SECOND_NS
    told.failing = lambda ask: False
    told.flat("09:34", "09:36", 9_700)
    assert told.name.program is not None
    assert told.now_ns - told.name.program.at_ns <= 60 * SECOND_NS
