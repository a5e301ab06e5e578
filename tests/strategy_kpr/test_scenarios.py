"""The acceptance scenarios of KPR, told as days."""

from collections.abc import Callable
from typing import Any

import pytest

from config.load import DIRECTORY, read_yaml
from kis_core.market.events import Gap, Timer
from oms_client.contract import Exit, Flatten, Intent, IntentStatus, ModifyRisk, Reduce
from strategy_kpr.decision.confidence import Colour, confidence
from strategy_kpr.decision.phases import Accepting, Detected, Done, Idle, Invalidated
from strategy_kpr.decision.pillars import Flow, Investors, ProgramLean
from strategy_kpr.decision.pressure import Lean
from strategy_kpr.decision.rules import Rules, Switches
from strategy_kpr.settings import load_kpr
from strategy_runtime.contract import AskQuote, RoundTrip
from tests.play.paper_oms import answered
from tests.strategy_kpr.stories import HIGH, LOW, OTHERS, RECLAIM, STOP, SYMBOL, Story, ns

Tell = Callable[..., Story]


# -- 5: the feed is silent ------------------------------------------------------------------------


def test_scenario_05_a_silent_feed_starts_nothing(story: Tell) -> None:
    told = story().reclaimed()
    told.heard = frozenset()  # the line says nothing more of anybody, and does not say so
    told.minute("09:30", 9_740, 9_750, 9_730, 9_740)
    told.minute("09:31", 9_740, 9_750, 9_730, 9_750)
    told.minute("09:32", 9_740, 9_750, 9_730, 9_750)
    assert told.entries == []


def test_scenario_05_a_silent_position_is_priced_over_rest_and_left(story: Tell) -> None:
    told = story().held()
    assert told.shown == "IN_POSITION"
    told.heard = frozenset()
    told.last[SYMBOL] = STOP
    told.oms.held[SYMBOL].stop_krw = 1  # the OMS's own stop would be first
    for second in range(0, 40, 5):
        told.second(ns("09:33:05") + second * 10**9)
    assert any(isinstance(a, AskQuote) and a.ask_id.startswith("price") for a in told.asks)
    assert told.says("Price feed silent")
    (leave,) = [intent for intent in told.intents if isinstance(intent, Exit)]
    assert leave.reason == "hard_stop"


def test_scenario_05_a_quote_without_a_price_sells_nothing(story: Tell) -> None:
    told = story().held()
    told.heard = frozenset()
    told.quotes[SYMBOL] = {"price_krw": 0}
    for second in range(0, 40, 5):
        told.second(ns("09:33:05") + second * 10**9)
    assert any(isinstance(a, AskQuote) and a.ask_id.startswith("price") for a in told.asks)
    assert told.shown == "IN_POSITION"
    assert told.name.heard.price_krw == 9_750


def test_scenario_05_no_entries_while_the_line_is_down(story: Tell) -> None:
    told = story().reclaimed()
    told.minute("09:30", 9_740, 9_750, 9_730, 9_740)
    told.tell(Gap(None, told.now_ns, None, "relay lost"))
    told.heard = frozenset()
    told.minute("09:31", 9_740, 9_750, 9_730, 9_750)
    told.second(ns("09:32:31"))
    assert told.entries == []
    assert "line_down" in {missed.blocked_by for missed in told.missed}
    assert told.says("Market data line down")


# -- 7: VWAP --------------------------------------------------------------------------------------


def test_scenario_07_vwap_is_the_exchange_s_from_cold_to_hot(story: Tell) -> None:
    told = story().begin()
    for minute in range(20):  # a bar's typical price is not what was paid
        told.minute(f"09:{minute:02d}", 10_000, 10_400, 9_990, 10_000)
    assert told.name.tier == "COLD"
    assert told.name.exact_ns == 0
    told.minute("09:20", 10_000, 10_000, 9_840, 9_840)
    told.flat("09:21", "09:24", 9_840)
    assert told.name.tier == "HOT"
    assert told.name.live
    assert told.name.heard.vwap.krw == told.vwap()


def test_scenario_07_vwap_is_the_exchange_s_after_falling_back_to_cold(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:05", 10_000)
    told.flat("09:05", "09:12", 9_840).flat("09:12", "09:30", 9_990)
    assert told.name.tier == "COLD"
    assert not told.name.live
    exact_ns = told.name.exact_ns
    assert told.name.tier_ns <= exact_ns < ns("09:30:00")
    assert told.name.heard.vwap.krw == pytest.approx(told.vwap(), rel=1e-4)


def test_scenario_07_no_setup_is_believed_on_a_vwap_of_bars(story: Tell) -> None:
    for points, setups in ((9_780, 0), (9_950, 1)):
        told = story()
        told.deaf.add(SYMBOL)  # polled: its VWAP is of bars between two quotes
        told.begin().flat("09:00", "09:20", 10_000).minute("09:20", 10_000, HIGH, 10_000, 10_000)
        told.flat("09:21", "09:28", 9_840)
        told.quotes[SYMBOL] = {"cum_volume": 1_000, "cum_value_krw": 1_000 * points}
        told.minute("09:28", 9_840, 9_840, LOW, 9_700)
        assert told.name.setups == setups


def test_scenario_07_a_quote_that_never_comes_is_said_to_be_what_stops(story: Tell) -> None:
    told = story()
    told.deaf.add(SYMBOL)
    told.begin().flat("09:00", "09:20", 10_000).minute("09:20", 10_000, HIGH, 10_000, 10_000)
    told.flat("09:21", "09:28", 9_840)
    told.failing = lambda ask: ask.ask_id.startswith("exact")
    told.minute("09:28", 9_840, 9_840, LOW, 9_700).flat("09:29", "09:32", 9_700)
    assert told.name.setups == 0
    assert told.says("blocked by quote_missing")
    assert told.kpr.funnel(told.state)["stopped"]["quote_missing"]["symbols"] == 1


def test_scenario_07_a_quote_without_sums_is_no_exact_vwap(story: Tell) -> None:
    told = story()
    told.deaf.add(SYMBOL)
    told.begin().flat("09:00", "09:20", 10_000).minute("09:20", 10_000, HIGH, 10_000, 10_000)
    told.quotes[SYMBOL] = {"cum_value_krw": 0}
    told.flat("09:21", "09:28", 9_840).minute("09:28", 9_840, 9_840, LOW, 9_700)
    assert told.name.setups == 0
    told.quotes.clear()
    told.flat("09:29", "09:31", 9_700)
    assert told.name.setups == 1


def test_scenario_07_vwap_high_and_low_are_there_after_a_restart(story: Tell) -> None:
    told = story().panic()
    before = (told.name.extremes, told.phase)
    for minute in (29, 30, 31):  # nobody of us hears these
        told.oms.fill = False
        row = (569 - 29 + minute, 9_700, 9_710, 9_700, 9_700, 10_000)
        told.rows[SYMBOL].append(row)
        told.sums[SYMBOL][0] += 10_000
        told.sums[SYMBOL][1] += 10_000 * 9_702
    told.restart("09:32")
    assert told.name.extremes == before[0]
    assert told.phase == before[1]
    told.books()
    told.second(ns("09:32:03"))
    assert told.name.heard.vwap.krw == told.vwap()
    told.second(ns("09:32:04"))
    assert told.name.known_ns == ns("09:32:00")
    assert [bar.close_krw for bar in told.name.recent(3)] == [9_700] * 3
    assert isinstance(told.phase, Detected)
    told.minute("09:32", 9_700, 9_740, 9_700, 9_730)
    assert isinstance(told.phase, Accepting)
    assert told.name.heard.vwap.krw == told.vwap()


def test_scenario_07_a_start_in_mid_morning_knows_the_whole_day(story: Tell) -> None:
    told = story()
    whole = story().panic()
    told.rows, told.sums, told.last = whole.rows, whole.sums, whole.last
    told.now_ns = ns("09:29:01")
    told.books()
    for second in range(4, 20):
        told.second(ns("09:29:00") + second * 10**9)
    extremes = told.name.extremes
    assert (extremes.open_krw, extremes.high_krw, extremes.low_krw) == (10_000, HIGH, LOW)
    assert extremes.high_ns == ns("09:20:00")
    assert told.name.heard.vwap.krw == told.vwap()
    assert isinstance(told.phase, Detected)  # the newest minute showed it


# -- 8: setups ------------------------------------------------------------------------------------


def test_scenario_08_a_touched_stop_ends_a_setup_and_the_next_has_another_hash(
    story: Tell,
) -> None:
    told = story().panic()
    assert isinstance(told.phase, Detected)
    first = told.phase.setup
    assert (first.kind, first.low_krw, first.reclaim_krw, first.stop_krw) == (
        "panic", LOW, RECLAIM, STOP,
    )  # fmt: skip
    told.minute("09:29", 9_690, 9_690, STOP, 9_680)  # to the won
    assert isinstance(told.phase, Invalidated)
    assert told.says("Setup INVALIDATED")
    told.minute("09:30", 9_680, 9_680, 9_640, 9_650)
    assert isinstance(told.phase, Detected)
    second = told.phase.setup
    assert (first.hash, second.hash) == ("0929_9690", "0931_9640")
    told.minute("09:31", 9_650, 9_680, 9_650, 9_680)
    for minute in (32, 33):
        told.minute(f"09:{minute}", 9_680, 9_690, 9_680, 9_690)
    (entry,) = told.entries
    assert entry.signal_hash == "0931_9640"
    assert entry.reason == "panic_reclaim"


def test_scenario_08_a_stop_that_is_not_touched_moves_with_a_new_low(story: Tell) -> None:
    told = story().panic().minute("09:29", 9_690, 9_690, STOP + 10, 9_690)
    assert isinstance(told.phase, Detected)
    assert told.phase.setup.low_krw == STOP + 10
    assert told.phase.setup.hash == f"0929_{STOP + 10}"
    assert told.says("Setup low refreshed")


def test_scenario_08_a_high_before_the_new_low_reclaims_nothing(story: Tell) -> None:
    told = story().panic().minute("09:29", 9_700, 9_750, 9_680, 9_680)
    assert isinstance(told.phase, Detected)
    assert told.phase.setup.low_krw == 9_680
    told.minute("09:30", 9_680, 9_720, 9_680, 9_710)
    assert isinstance(told.phase, Accepting)


def test_scenario_08_a_slow_fall_is_a_drift(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:55", 10_000)
    told.flat("09:55", "10:00", 9_840)  # HOT: 1.6 % below the open; the high is an hour old soon
    told.minute("10:00", 9_840, 9_840, 9_780, 9_790)
    assert isinstance(told.phase, Detected)
    assert told.phase.setup.kind == "drift"
    assert told.phase.setup.reason == "drift_reclaim"


def test_scenario_08_the_funnel_tells_what_fell_too_little_from_what_did_not(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:30", 10_000).flat("09:30", "09:35", 9_830)
    assert told.name.setups == 0
    assert told.kpr.funnel(told.state)["stopped"]["no_fall"]["symbols"] == 1


def test_scenario_08_after_a_trade_there_is_no_more(story: Tell) -> None:
    told = story().held().minute("09:33", 9_750, 9_750, STOP - 10, STOP - 10)
    told.minute("09:34", 9_660, 9_660, 9_650, 9_650)
    assert isinstance(told.phase, Done)
    told.flat("09:35", "09:40", 9_600)
    assert told.name.setups == 1


# -- 9: confidence --------------------------------------------------------------------------------

_GREEN, _YELLOW, _RED = "GREEN", "YELLOW", "RED"


def _investors(verdict: Flow, *, stale: bool = False) -> Investors:
    return Investors(verdict, verdict, "UNAVAILABLE", None, stale)


@pytest.mark.parametrize(
    ("flow", "lean", "program", "colour"),
    [
        # three pillars: two of three are enough
        ("STRONG", "ACCUMULATE", "ACCUMULATE", _GREEN),
        ("STRONG", "ACCUMULATE", "NEUTRAL", _GREEN),
        ("STRONG", "NEUTRAL", "ACCUMULATE", _GREEN),
        ("NEUTRAL", "ACCUMULATE", "ACCUMULATE", _GREEN),
        ("UNAVAILABLE", "ACCUMULATE", "ACCUMULATE", _GREEN),
        ("STRONG", "NEUTRAL", "NEUTRAL", _YELLOW),
        ("NEUTRAL", "NEUTRAL", "NEUTRAL", _YELLOW),
        ("UNAVAILABLE", "NEUTRAL", "ACCUMULATE", _YELLOW),
        # a stale program is a third pillar that is not positive
        ("STRONG", "ACCUMULATE", "STALE", _GREEN),
        ("STRONG", "NEUTRAL", "STALE", _YELLOW),
        # without programs both of two
        ("STRONG", "ACCUMULATE", "UNAVAILABLE", _GREEN),
        ("STRONG", "NEUTRAL", "UNAVAILABLE", _YELLOW),
        ("NEUTRAL", "ACCUMULATE", "UNAVAILABLE", _YELLOW),
        ("UNAVAILABLE", "ACCUMULATE", "UNAVAILABLE", _YELLOW),
        # whoever distributes
        ("DISTRIBUTE", "ACCUMULATE", "ACCUMULATE", _RED),
        ("STRONG", "DISTRIBUTE", "ACCUMULATE", _RED),
        ("STRONG", "ACCUMULATE", "DISTRIBUTE", _RED),
        ("CONFLICT", "DISTRIBUTE", "UNAVAILABLE", _RED),
        ("CONFLICT", "ACCUMULATE", "ACCUMULATE", _YELLOW),
    ],
)
def test_scenario_09_confidence(
    flow: Flow, lean: Lean, program: ProgramLean, colour: Colour, rules: Rules
) -> None:
    found = confidence(_investors(flow), lean, program, rules.confidence, conflict_is_red=False)
    assert found == colour


@pytest.mark.parametrize(("red", "colour"), [(True, _RED), (False, _YELLOW)])
def test_scenario_09_a_conflict_is_red_where_the_switch_says_so(
    red: bool, colour: Colour, rules: Rules
) -> None:
    found = confidence(
        _investors("CONFLICT"), "ACCUMULATE", "ACCUMULATE", rules.confidence, conflict_is_red=red
    )
    assert found == colour


def test_scenario_09_stale_is_not_unavailable(rules: Rules) -> None:
    def colour(investors: Investors) -> Colour:
        return confidence(
            investors, "ACCUMULATE", "ACCUMULATE", rules.confidence, conflict_is_red=False
        )

    assert colour(_investors("STRONG", stale=True)) == _YELLOW
    assert colour(_investors("UNAVAILABLE")) == _GREEN  # the other two agree
    assert colour(_investors("DISTRIBUTE", stale=True)) == _RED


def test_scenario_09_a_red_setup_is_invalidated_and_the_reason_noted(story: Tell) -> None:
    told = story()
    told.program = -0.05
    told.accepted()
    assert isinstance(told.phase, Invalidated | Idle | Detected)
    assert told.entries == []
    (missed,) = [each for each in told.missed if each.blocked_by == "confidence"]
    assert missed.maturity == "late"
    assert "program DISTRIBUTE" in missed.reason
    assert missed.stop_krw == STOP
    assert missed.target_krw is not None
    assert missed.target_krw > missed.price_krw


def test_scenario_09_paper_offers_no_programs_and_is_two_pillar(story: Tell) -> None:
    told = story()
    told.failing = lambda ask: ask.ask_id.startswith("program")
    told.reclaimed()
    assert isinstance(told.phase, Accepting)
    assert told.phase.adders == ("program_unavailable",)
    assert told.phase.required == 3
    asked = [ask for ask in told.asks if ask.ask_id.startswith("program")]
    assert len(asked) == told.rules.flow.program_retry.tries_max  # and then it is left alone


# -- 10: exits ------------------------------------------------------------------------------------


def _r(entry: int, stop: int, multiple: float) -> int:
    """A price at so many R after costs, rounded up to ten."""
    cost = entry * 0.00178  # 2 × 0.014 % and 0.15 %
    return int(-(-(entry + cost + multiple * (entry - stop)) // 10) * 10)


def test_scenario_10_half_at_the_partial_target_then_the_trail_from_the_entry(
    story: Tell,
) -> None:
    told = story().held()
    entry = told.name.trading.position
    assert entry is not None
    shares, price = entry.shares, _r(9_750, STOP, 1.5)
    told.minute("09:33", 9_750, price, 9_750, price - 10)
    assert told.shown == "IN_POSITION"
    told.minute("09:34", price - 10, price, price - 10, price)
    (reduce,) = [intent for intent in told.intents if isinstance(intent, Reduce)]
    assert (reduce.shares, reduce.reason) == (shares // 2, "partial_target")
    told.minute("09:35", price, price, price, price)
    position = told.name.trading.position
    assert position is not None
    assert position.shares == shares - shares // 2
    assert told.name.partial
    assert position.trail_krw >= 9_750
    (moved,) = [intent for intent in told.intents if isinstance(intent, ModifyRisk)]
    assert (moved.stop_krw, moved.reason) == (9_750, "partial_target")
    assert told.oms.held[SYMBOL].stop_krw == 9_750
    told.minute("09:36", price, price, 9_740, 9_740)
    (trip,) = [note for note in told.notes if isinstance(note, RoundTrip)]
    assert trip.exit_reason in ("trailing_stop", "oms_stop")
    assert trip.realised_krw > 0


def test_scenario_10_a_stop_that_the_oms_refuses_is_asked_for_until_it_holds(story: Tell) -> None:
    told = story().held()
    price, refused = _r(9_750, STOP, 1.5), []

    def reply(intent: Intent) -> list[Any]:
        if isinstance(intent, ModifyRisk) and len(refused) < 2:
            refused.append(intent.intent_id)
            return [answered(intent, told.now_ns, IntentStatus.REFUSED)]
        return told.oms.submit(intent, told.now_ns)

    told.reply = reply
    told.minute("09:33", 9_750, price, 9_750, price).flat("09:34", "09:37", price)
    moved = [intent for intent in told.intents if isinstance(intent, ModifyRisk)]
    assert [intent.stop_krw for intent in moved] == [9_750] * 3
    assert len({intent.intent_id for intent in moved}) == 3
    assert told.oms.held[SYMBOL].stop_krw == 9_750


@pytest.mark.parametrize(
    ("daily_range", "full"), [(0.04, 2.5), (0.02, 2.0), (0.01, 1.5)], ids=["wild", "usual", "calm"]
)
def test_scenario_10_the_full_target_follows_the_daily_range(
    story: Tell, daily_range: float, full: float
) -> None:
    told = story()
    told.daily_range = daily_range
    told.held()
    below, at = _r(9_750, STOP, full) - 10, _r(9_750, STOP, full)
    told.minute("09:33", 9_750, _r(9_750, STOP, 1.5), 9_750, _r(9_750, STOP, 1.5))
    told.minute("09:34", below, below, below, below)
    if full > 1.5:
        assert told.shown == "IN_POSITION"
        told.minute("09:35", at, at, at, at)
    told.minute("09:36", at, at, at, at).minute("09:37", at, at, at, at)
    (trip,) = [note for note in told.notes if isinstance(note, RoundTrip)]
    assert trip.exit_reason == "full_target"


def test_scenario_10_forty_five_minutes_below_one_r_are_enough(story: Tell) -> None:
    told = story().held().flat("09:33", "10:17", 9_770)
    assert told.shown == "IN_POSITION"
    told.flat("10:17", "10:19", 9_770)
    (leave,) = [intent for intent in told.intents if isinstance(intent, Exit)]
    assert leave.reason == "time_stop"
    assert told.says("Exit time_stop, qty=")


def test_scenario_10_everything_is_flat_by_the_flatten_time(story: Tell) -> None:
    told = story(exits={"time_stop_min": 360}).held().flat("09:33", "09:40", 9_800)
    told.heard = frozenset()  # nothing more is heard: the day's end does not need a price
    told.failing = lambda ask: ask.ask_id.startswith(("price", "exact"))
    told.reply = lambda intent: []
    told.second(ns("15:14:59"))
    assert not [intent for intent in told.intents if isinstance(intent, Flatten)]
    told.second(ns("15:15:00"))
    (flatten,) = [intent for intent in told.intents if isinstance(intent, Flatten)]
    assert flatten.reason == "flatten_time"


# -- 11: the OMS is away --------------------------------------------------------------------------


def test_scenario_11_an_away_oms_blocks_entries_and_wipes_nothing(story: Tell) -> None:
    told = story().reclaimed()
    told.minute("09:30", 9_740, 9_750, 9_730, 9_740)
    told.away()
    told.minute("09:31", 9_740, 9_750, 9_730, 9_750)
    assert told.entries == []
    assert told.says("Drift detected: OMS away")
    assert told.says("drift monitor active")
    assert "drift" in {missed.blocked_by for missed in told.missed}
    assert isinstance(told.phase, Accepting)
    told.back()
    assert told.says("Drift cleared after reconciliation")
    told.minute("09:32", 9_740, 9_750, 9_730, 9_750)
    assert len(told.entries) == 1


def test_scenario_11_a_held_position_outlives_the_outage(story: Tell) -> None:
    told = story().held()
    before = told.name.trading.position
    told.away()
    told.minute("09:33", 9_750, 9_760, 9_750, 9_760)
    after = told.name.trading.position
    assert before is not None
    assert after is not None
    assert (after.shares, after.entry_krw, after.stop_krw) == (
        before.shares, before.entry_krw, before.stop_krw,
    )  # fmt: skip
    told.minute("09:34", 9_750, 9_750, STOP, STOP)
    assert isinstance(told.intents[-1], Exit)  # exits are asked for all the same
    told.back()
    assert told.state.drift is None


def test_scenario_11_books_unread_after_a_restart_block_until_they_are_read(story: Tell) -> None:
    told = story().accepted()
    told.oms.fill = False
    told.restart("09:33")
    told.tell(Timer(ns("09:33:01")))
    assert told.state.drift == "books unread"
    assert told.shown == "PENDING_ENTRY"  # what became of it is the OMS's to say
    told.books()
    assert told.state.drift is None


# -- 23: conservative mode ------------------------------------------------------------------------


def test_scenario_23_every_switch_is_stricter_in_conservative_mode(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSERVATIVE_MODE", "true")
    _, strict, _ = load_kpr()
    for key in Switches.model_fields:
        assert getattr(strict.switches, key) != getattr(rules.switches, key), key
        assert getattr(strict.switches, key) == getattr(rules.strict, key), key
    written = read_yaml(DIRECTORY / "conservative.yaml")["kpr"]["switches"]
    assert set(written) == set(Switches.model_fields)


def test_scenario_23_what_only_the_strict_values_stop_is_counted(story: Tell) -> None:
    told = story()
    told.nets[SYMBOL] = (100, -100)
    told.accepted()
    assert told.lenient == ["CONFLICT_SIGNAL"]
    assert told.entries[0].confidence == "YELLOW"
    strict = story(strict=True)
    strict.nets[SYMBOL] = (100, -100)
    strict.accepted()
    assert strict.entries == []
    assert strict.lenient == []


def test_two_of_a_sector_are_enough(story: Tell) -> None:
    told = story()
    told.reclaimed()
    for other in OTHERS:
        trading: Any = told.state.desk.symbols[other]
        trading.sector = told.name.trading.sector
        trading.entries_open["kpr-x"] = None
    told.minute("09:30", 9_740, 9_750, 9_730, 9_740)
    told.minute("09:31", 9_740, 9_750, 9_730, 9_750)
    assert told.entries == []
    (missed,) = [each for each in told.missed if each.blocked_by == "sector"]
    assert set(missed.blocking) == set(OTHERS)
