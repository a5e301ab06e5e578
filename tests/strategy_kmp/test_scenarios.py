"""The acceptance scenarios of KMP, told as days."""

from collections.abc import Callable

import pytest

from config.load import read_yaml
from kis_core.market.events import Gap, Timer
from oms_client.contract import (
    CancelOrders,
    Enter,
    Exit,
    Flatten,
    IntentStatus,
    OrderState,
)
from strategy_kmp.decision.phases import Done, WaitAcceptance, WatchBreak
from strategy_kmp.decision.program import Program
from strategy_kmp.decision.rules import Rules, Switches
from strategy_kmp.settings import DIRECTORY
from strategy_runtime.contract import AskMarketProgram, AskMinutes, AskQuote, ProgramNet
from strategy_runtime.decision.trading import Entering, InPosition, PendingExit
from tests.play.day import quote
from tests.strategy_kmp.stories import HIGH, LOW, SYMBOL, Story, opening

Tell = Callable[..., Story]


def test_1_a_full_day_from_scan_to_scratch(story: Tell) -> None:
    told = story()
    # A bar of 09:15 comes along with the answer, and would make another range and value of it.
    told.histories.opening[SYMBOL] = [*opening(), (555, 20_000, 20_000, 20_000, 20_000, 10**6)]
    told.ready()
    scan = told.name.scan
    assert scan is not None
    assert (scan.high_krw, scan.low_krw, scan.open_krw) == (HIGH, LOW, LOW)
    assert scan.value_krw == sum(row[4] * row[5] for row in opening())
    asked = [ask for ask in told.asks if isinstance(ask, AskMinutes) and "opening" in ask.ask_id]
    assert {ask.spans for ask in asked} == {(("2025-09-03", "09:00", "09:14"),)}
    assert isinstance(told.phase, WatchBreak)

    told.trade("09:20:00", HIGH + 10)  # one tick above is not above by more than one tick
    assert isinstance(told.phase, WatchBreak)
    told.trade("09:20:01", HIGH + 50)
    assert isinstance(told.phase, WaitAcceptance)
    told.trade("09:20:30", 10_150)
    told.trade("09:21:00", HIGH + 20)
    entry = told.intents[-1]
    assert isinstance(entry, Enter)
    assert isinstance(told.phase, Entering)
    assert entry.intent_id == "kmp-005930-20250903-breakout-1"
    assert entry.trigger_krw == HIGH + 10
    assert entry.stop_krw < entry.trigger_krw <= entry.limit_krw
    assert told.says("Armed entry at")

    told.bought(entry, shares=40)  # a part of it
    assert isinstance(told.phase, InPosition)
    assert told.phase.position.shares == 40
    told.closed(entry, OrderState.CANCELLED, filled=40)
    for minute in range(22, 29):
        told.trade(f"09:{minute}:10", HIGH + 60)  # a little better, and the prints buy
    assert isinstance(told.phase, InPosition)
    told.trade("09:29:05", HIGH + 60)  # eight minutes: below +0.5 R after costs
    assert isinstance(told.phase, PendingExit)
    leave = told.intents[-1]
    assert isinstance(leave, Exit)
    assert leave.reason == "stall_scratch"
    told.answer()
    told.sold(leave, 40, HIGH + 60)
    assert isinstance(told.phase, Done)
    (trip,) = told.trips
    assert (trip.shares, trip.exit_reason) == (40, "stall_scratch")
    assert trip.r_net is not None
    assert trip.r_net < 0.5


def test_2_an_unfilled_entry_goes_back_to_waiting(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.answer()
    assert told.state.desk.sector_count(told.name.sector) == 1
    told.until("09:21:29")
    assert isinstance(told.phase, Entering)
    told.until("09:21:30")
    assert isinstance(told.phase, WaitAcceptance)
    assert told.state.desk.sector_count(told.name.sector) == 0
    assert told.says("Missed fill")
    assert isinstance(told.intents[-1], CancelOrders)
    # Until the first order is known to be over there is no second one.
    told.trade("09:21:40", HIGH + 20)
    assert told.name.trading.attempts == 1
    told.closed(entry, OrderState.CANCELLED)
    told.trade("09:21:41", HIGH + 20)
    again = told.intents[-1]
    assert isinstance(again, Enter)
    assert again.intent_id == "kmp-005930-20250903-breakout-2"


def test_2_an_entry_unfilled_after_the_window_is_done(story: Tell) -> None:
    told = story().ready()
    told.break_out("09:20:00").accept(high="09:24:50")
    told.answer()
    told.until("09:25:21")
    assert isinstance(told.phase, Done)
    assert told.says("Acceptance timeout")


def test_3_a_fill_after_the_cutoff_is_adopted_protected_and_flattened(story: Tell) -> None:
    told = story().ready()
    told.break_out("10:29:00").accept("10:29:20", "10:29:40")
    entry = told.intents[-1]
    assert isinstance(entry, Enter)
    told.answer()
    told.until("10:30:00")
    assert isinstance(told.phase, Done)
    assert told.says("gate entry_cutoff")
    told.filled(entry, 30, HIGH + 20)  # the notice was late
    told.holds(30, 30 * (HIGH + 20), entry.stop_krw)
    assert isinstance(told.phase, InPosition)
    assert told.phase.position.stop_krw == entry.stop_krw
    told.trade("10:31:00", HIGH + 300)  # far enough to be held
    told.until("14:30:00")
    assert told.says("Flatten time reached")
    asked = []
    for at in ("14:30:30", "14:30:59", "14:31:40", "14:32:40"):
        flatten = told.intents[-1]
        assert isinstance(flatten, Flatten)
        asked.append(flatten.intent_id)
        told.answer(IntentStatus.REFUSED, message="not now")
        assert isinstance(told.phase, InPosition)
        told.until(at)
        assert isinstance(told.phase, PendingExit)
    assert len(set(asked)) == 4
    told.answer()
    told.sold(told.intents[-1], 30, HIGH)
    assert isinstance(told.phase, Done)


def test_4_the_first_vi_reference_blocks_nothing_and_the_auction_code_does(story: Tell) -> None:
    told = story().ready()
    told.trade("09:17:00", LOW + 150, vi_reference_krw=10_000)
    assert told.name.heard.vi_until_ns == 0
    told.trade("09:18:00", LOW + 150, vi_reference_krw=10_000, in_auction=True)
    assert told.says("VI seen")
    vi = told.rules.vi
    blocked_ns = (vi.auction_s + vi.cooldown_s) * 10**9
    assert vi.auction_s == 120
    assert told.name.heard.vi_until_ns == told.ns("09:18:00") + blocked_ns
    told.trade("09:20:00", HIGH + 50)
    told.accept()
    assert isinstance(told.phase, Done)
    assert told.says("VI blocked")


def test_4_after_the_cooldown_the_same_symbol_may_be_entered(story: Tell) -> None:
    told = story().ready()
    told.trade("09:18:00", LOW + 150, in_auction=True)
    told.break_out("09:29:30")
    told.accept("09:29:40", "09:30:00")  # to the second: 2 minutes and the cool-down
    assert isinstance(told.phase, Entering)


@pytest.mark.parametrize(
    ("reference", "armed"), [(10_000, True), (9_300, False)], ids=["far below", "at the wall"]
)
def test_4_the_wall_stands_at_ten_percent(story: Tell, reference: int, armed: bool) -> None:
    told = story().ready()
    told.trade("09:17:00", LOW + 150, vi_reference_krw=reference)
    told.break_out().accept()
    assert isinstance(told.phase, Entering) is armed


def test_5_a_silent_feed_stops_entries_and_exits_go_by_rest(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.bought(entry)
    told.histories.quotes[SYMBOL] = quote(SYMBOL, entry.stop_krw, told.ns("09:21:35"))
    told.until("09:21:20")
    assert isinstance(told.phase, InPosition)
    told.until("09:21:30")
    assert told.says("Price feed silent")
    assert any(isinstance(ask, AskQuote) and "price" in ask.ask_id for ask in told.asks)
    leave = told.intents[-1]
    assert isinstance(leave, Exit)
    assert leave.reason == "hard_stop"


def test_5_no_entries_while_the_line_is_down(story: Tell) -> None:
    told = story().ready()
    told.tell(Gap(None, told.ns("09:19:00"), None, "relay lost"))
    told.break_out()
    assert isinstance(told.phase, WatchBreak)
    assert told.stopped("feed_gap")
    told.tell(Gap(None, told.ns("09:19:00"), told.ns("09:20:10"), "relay lost"))
    told.break_out("09:20:20")
    assert isinstance(told.phase, WaitAcceptance)


def test_5_a_print_that_is_too_old_starts_nothing(story: Tell) -> None:
    told = story().ready()
    told.until("09:20:40")
    told.trade("09:20:10", HIGH + 50, arrived_ns=told.ns("09:20:40"))
    assert isinstance(told.phase, WatchBreak)
    assert told.stopped("price_stale")


def test_6_program_cumulative_falls_from_100_to_minus_50_ewma_negative_outflow_reachable(
    story: Tell,
) -> None:
    told = story()
    program, rules = told.state.program, told.rules.program
    told.histories.program = {"KOSPI": 100, "KOSDAQ": 100}
    told.until("09:00:30")
    assert program.last_krw == {"KOSPI": 100, "KOSDAQ": 100}
    assert program.lean == "mixed"  # one reading is no change
    told.histories.program["KOSPI"] = -50
    told.until("09:01:30")
    assert program.ewma_krw["KOSPI"] == pytest.approx(-150 * 0.35)
    assert program.lean == "mixed"  # the other market has not moved
    told.histories.program["KOSDAQ"] = -50
    told.until("09:02:30")
    assert program.ewma_krw["KOSPI"] == pytest.approx(-150 * 0.35 * 0.65)
    assert program.ewma_krw["KOSDAQ"] == pytest.approx(-150 * 0.35)
    assert program.lean == "outflow"
    assert program.mult(rules) == rules.outflow_mult


def test_6_each_market_is_asked_for_every_minute_of_the_session_and_no_longer(story: Tell) -> None:
    told = story().until("08:59:59")
    assert not program_asks(told)
    told.until("09:10:00")
    asked = [ask for ask in program_asks(told) if ask.market == "KOSPI"]
    assert [ask.ask_id for ask in asked] == [
        f"program-KOSPI-{told.ns(f'09:{minute:02d}:00') // 10**9}" for minute in range(11)
    ]
    assert len(program_asks(told)) == 2 * len(asked)
    told.tell(Timer(told.ns("15:29:59")))
    last = len(program_asks(told))
    told.until("15:32:00")
    assert len(program_asks(told)) == last


def test_6_a_question_without_an_answer_is_not_asked_twice(story: Tell) -> None:
    told = story()
    told.histories.silent.add("program")
    told.until("09:05:00")
    assert len(program_asks(told)) == 2


def test_6_failures_are_counted_make_the_lean_unknown_and_block_nothing(story: Tell) -> None:
    told = story()
    for minute in range(3):
        told.until(f"09:0{minute}:30")
        told.histories.program = {"KOSPI": -minute - 1, "KOSDAQ": -minute - 1}
    told.until("09:03:30")
    assert told.state.program.lean == "outflow"
    told.histories.failing.add("program")
    told.until("09:05:30")
    assert told.state.program.lean == "mixed"
    health = told.kmp.funnel(told.state)["health"]
    assert health["program_failures"] == {"KOSPI": 2, "KOSDAQ": 2}
    assert health["failed"]["program KOSPI"] == "away"
    assert len(program_asks(told)) == 12  # every minute, all the same
    told.histories.failing.clear()
    told.until("09:06:30")
    assert told.state.program.lean == "outflow"  # what was known before still counts
    assert isinstance(story_without_program(story()).phase, Entering)


def test_6_a_broker_without_program_trading_is_asked_again_only_now_and_then(story: Tell) -> None:
    told = story()
    told.histories.refusing.add("program")
    told.until("09:09:59")
    assert len(program_asks(told)) == 2
    told.until("09:10:00")
    assert len(program_asks(told)) == 4
    assert told.state.program.lean == "mixed"


def test_6_a_reading_told_twice_is_no_change(rules: Rules) -> None:
    program = Program()
    for at_ns, net in ((1, 100), (2, -50), (2, -50), (1, 100)):
        program.on_net(ProgramNet("KOSPI", at_ns, net), rules.program)
    assert program.ewma_krw["KOSPI"] == pytest.approx(-150 * rules.program.ewma_weight)


def program_asks(told: Story) -> list[AskMarketProgram]:
    return [ask for ask in told.asks if isinstance(ask, AskMarketProgram)]


def story_without_program(told: Story) -> Story:
    told.histories.failing.add("program")
    told.ready().armed()
    return told


def test_23_every_switch_is_stricter_in_conservative_mode(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strategy_kmp.settings import load_kmp

    monkeypatch.setenv("CONSERVATIVE_MODE", "true")
    _, strict, _ = load_kmp()
    for key in Switches.model_fields:
        assert getattr(strict.switches, key) != getattr(rules.switches, key), key
        assert getattr(strict.switches, key) == getattr(rules.strict, key), key
    written = read_yaml(DIRECTORY / "conservative.yaml")["kmp"]["switches"]
    assert set(written) == set(Switches.model_fields)


def test_what_strict_switches_would_have_stopped_is_told_once_and_summed_up(story: Tell) -> None:
    told = story().ready()
    told.armed()
    found = [(note.symbol, note.reason) for note in told.lenient]
    assert found
    assert len(found) == len(set(found))
    totals = told.kmp.funnel(told.state)["would_block"]
    assert sum(totals.values()) == len(found)
    assert all(told.says(f"WOULD_BLOCK_{reason} (actual=") for reason in totals)
