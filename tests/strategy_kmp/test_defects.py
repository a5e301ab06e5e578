"""The defects known of KMP's forerunner, each by its number, and what is there in its place."""

from collections.abc import Callable

import pytest

from kis_core.clock import kst
from kis_core.market.events import Gap, Timer
from oms_client.contract import (
    AllocationView,
    CancelOrders,
    Enter,
    Exit,
    Flatten,
    IntentStatus,
    ModifyRisk,
    OrderState,
)
from strategy_kmp.decision.phases import Done, WaitAcceptance, WatchBreak
from strategy_runtime.contract import (
    RESTARTED,
    BooksRead,
    IntentUnanswered,
    OmsLine,
)
from strategy_runtime.decision.trading import Entering, InPosition, PendingExit
from tests.play.paper_oms import account_view
from tests.strategy_kmp.stories import HIGH, LOW, OTHERS, SYMBOL, Story, opening, rising

Tell = Callable[..., Story]


def test_k1_hearing_a_vi_reference_is_no_vi(story: Tell) -> None:
    told = story().ready()
    told.trade("09:19:00", LOW + 150, vi_reference_krw=10_050)
    told.trade("09:19:30", LOW + 150, vi_reference_krw=10_060)
    told.break_out().accept()
    assert isinstance(told.phase, Entering)


def test_k1_the_opening_auction_s_print_is_no_vi(story: Tell) -> None:
    told = story().ready()
    told.trade("09:16:30", LOW + 150, arrived_ns=told.ns("09:16:30"), in_auction=False)
    heard = told.name.heard
    assert not heard.on_auction(
        True, told.ns("09:00:20"), (told.ns("09:01:00"), told.ns("15:20:00")), 720
    )
    assert heard.vi_until_ns == 0


def test_k2_a_breakout_three_percent_above_the_reference_is_taken(story: Tell) -> None:
    told = story().ready()
    told.trade("09:17:00", LOW + 150, vi_reference_krw=int(HIGH / 1.03))
    told.break_out().accept()
    assert isinstance(told.phase, Entering)


def test_k3_a_flatten_that_ends_unfilled_is_asked_for_again(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.bought(entry)
    told.trade("09:22:00", HIGH + 400)
    told.until("14:30:00")
    for at in ("14:30:10", "14:30:30", "14:31:10"):
        flatten = told.intents[-1]
        assert isinstance(flatten, Flatten)
        told.answer()
        told.closed(flatten, OrderState.CANCELLED, "SELL")
        told.until(at)
    assert len({i.intent_id for i in told.intents if isinstance(i, Flatten)}) == 4


def test_k3_an_exit_that_takes_long_is_shouted_about_and_left_working(story: Tell) -> None:
    told = story().ready()
    told.bought(told.armed())
    told.trade("09:21:30", LOW)
    assert isinstance(told.phase, PendingExit)
    told.answer()
    asked = len(told.intents)
    told.until("09:24:00")
    assert len(told.says("Exit outlives its time")) == 2
    assert len(told.intents) == asked


@pytest.mark.parametrize("at", ["10:31:00", "14:31:00"], ids=["after cutoff", "after flatten time"])
def test_k4_shares_that_come_after_all_was_over_are_adopted(story: Tell, at: str) -> None:
    told = story().ready()
    entry = told.armed()
    told.answer()
    told.until(at)
    assert isinstance(told.phase, Done)
    told.filled(entry, 10, HIGH + 20)
    told.holds(10, 10 * (HIGH + 20), entry.stop_krw)
    assert isinstance(told.phase, InPosition)
    if at > "14:30":
        told.until("14:31:01")
        assert isinstance(told.intents[-1], Flatten)


def test_k5_an_adopted_position_keeps_its_stop_and_its_time(story: Tell) -> None:
    told = story()
    entered = kst(told.ns("09:21:00"))
    held = AllocationView(
        strategy_id="KMP", symbol=SYMBOL, shares=10, cost_krw=102_000, average_krw=10_200.0,
        selling=0, stop_krw=10_050, entered_at=entered, realised_today_krw=0,
    )  # fmt: skip
    told.histories.last[SYMBOL] = 10_300
    told.tell(Timer(told.ns("09:25:00")))
    now = kst(told.ns("09:25:00"))
    told.tell(BooksRead(at=now, account=account_view(), allocations=(held,), orders=()))
    assert isinstance(told.phase, InPosition)
    position = told.phase.position
    assert (position.stop_krw, position.entered_ns) == (10_050, told.ns("09:21:00"))
    told.trade("09:26:00", 10_300)  # no stall scratch at once: R is measured from a real stop
    assert isinstance(told.phase, InPosition)


def test_k5_an_adopted_position_without_a_stop_is_given_one(story: Tell) -> None:
    told = story().ready()
    told.holds(10, 102_000, None)
    assert isinstance(told.phase, InPosition)
    moved = told.intents[-1]
    assert isinstance(moved, ModifyRisk)
    assert moved.stop_krw == told.phase.position.stop_krw < 10_200


def test_k5_a_stop_that_never_arrived_is_asked_for_again(story: Tell) -> None:
    told = story().ready()
    told.trade("09:16:01", 10_200)
    told.holds(10, 102_000, None)
    moved = told.intents[-1]
    assert isinstance(moved, ModifyRisk)
    told.tell(
        IntentUnanswered(
            at=kst(told.state.now_ns), intent_id=moved.intent_id, symbol=SYMBOL, why="x", final=True
        )
    )
    told.until("09:17:00")
    again = told.intents[-1]
    assert isinstance(again, ModifyRisk)
    assert again.intent_id != moved.intent_id
    assert again.stop_krw == moved.stop_krw


def test_k5_a_start_at_ten_still_locks_the_range_of_the_opening(story: Tell) -> None:
    told = story()
    told.account()
    told.tell(Timer(told.ns("10:05:00")))
    told.until("10:05:05")
    assert isinstance(told.phase, WatchBreak)
    assert told.name.scan is not None
    assert (told.name.scan.high_krw, told.name.scan.low_krw) == (HIGH, LOW)


def test_k6_an_outflow_is_reachable_and_makes_entries_smaller(story: Tell) -> None:
    sizes = []
    for nets in ((100, 200), (100, -50)):
        told = story()
        told.histories.program = dict.fromkeys(("KOSPI", "KOSDAQ"), nets[0])
        told.ready("09:18:30")
        told.histories.program = dict.fromkeys(("KOSPI", "KOSDAQ"), nets[1])
        told.armed()
        assert told.name.plan is not None
        sizes.append(told.name.plan.program_mult)
    assert sizes == [told.rules.program.inflow_mult, told.rules.program.outflow_mult]


def test_k7_late_answers_see_the_same_window_and_their_lateness_is_kept(story: Tell) -> None:
    told = story()
    told.histories.silent.add("opening")
    told.account()
    told.until("09:15:03")
    late = [ask for ask in told.asks if ask.ask_id.startswith("opening")]
    told.histories.silent.clear()
    told.until("09:19:00")
    assert told.says("Scan complete. 0 candidates")
    assert told.stopped("opening_bars")
    for ask in late:
        answer = told.histories.answer(ask, told.ns("09:19:01"))
        assert answer is not None
        told.tell(answer)
    assert isinstance(told.phase, WatchBreak)
    assert told.state.health.late_symbols[SYMBOL] == 241.0


def test_k8_the_baseline_is_what_really_traded(story: Tell) -> None:
    told = story().ready()
    baseline = told.name.baseline
    assert baseline is not None
    assert baseline.value_krw == 15 * 100 * 10_000
    assert baseline.volume(30) == 100


def test_k9_the_stop_that_sizes_is_the_stop_that_exits(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.bought(entry)
    plan = told.name.plan
    assert plan is not None
    assert isinstance(told.phase, InPosition)
    assert entry.stop_krw == plan.stop_krw == told.phase.position.stop_krw
    told.trade("09:21:30", entry.stop_krw)
    leave = told.intents[-1]
    assert isinstance(leave, Exit)
    assert leave.reason == "hard_stop"


def test_k10_breadth_counts_symbols_without_a_trend(story: Tell) -> None:
    told = story()
    told.histories.daily[OTHERS[0]] = rising(OTHERS[0], step=-10)
    told.ready()
    told.until("09:20:01")
    assert told.state.names[OTHERS[0]].trend is not None
    assert not told.state.names[OTHERS[0]].trend.ok  # type: ignore[union-attr]
    assert told.state.market.breadth == 1
    assert OTHERS[0] in {hear.symbol for hear in told.state.listen.symbols}  # type: ignore[union-attr]


def test_k10_breadth_is_sampled_four_times_a_minute(story: Tell) -> None:
    told = story().ready("09:20:00")
    before = told.state.market.samples
    told.until("09:25:00")
    assert told.state.market.samples - before == 20


def test_k11_no_more_symbols_are_followed_than_have_a_place(story: Tell) -> None:
    universe = tuple(f"{n:06d}" for n in range(10, 1000, 10))
    told = story(universe=universe)
    for rank, symbol in enumerate(universe):
        told.histories.opening[symbol] = opening(500 + rank)
    told.account().until("09:15:05")
    followed = [n for n in told.state.names.values() if isinstance(n.phase, WatchBreak)]
    assert len(followed) == told.rules.slots.symbols_max
    assert {n.symbol for n in followed} == set(universe[-39:])  # the most valuable openings
    assert told.state.listen is not None
    assert len(told.state.listen.symbols) == told.rules.slots.symbols_max
    assert told.stopped("top", universe[0])


def test_k12_a_deep_retest_is_a_failed_break(story: Tell) -> None:
    told = story().ready()
    told.break_out().trade("09:20:30", int(HIGH * (1 - told.rules.entry.retest_depth_max)) - 10)
    assert isinstance(told.phase, Done)
    assert told.stopped("retest_depth")


@pytest.mark.parametrize("strict", [False, True], ids=["permissive", "conservative"])
def test_k13_gate_and_bonus_read_breadth_from_the_same_number(story: Tell, strict: bool) -> None:
    told = story(strict=strict).ready()
    told.until("09:20:01")
    market, switches = told.state.market, told.rules.switches
    assert market.breadth is not None
    assert market.breadth_ok(switches) is (market.breadth >= switches.regime_breadth_min)


def test_k14_books_read_while_an_exit_works_change_nothing(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.bought(entry)
    told.trade("09:21:30", entry.stop_krw)
    told.answer()
    working = told.phase
    now = kst(told.state.now_ns)
    for allocations in ((), None):
        told.tell(BooksRead(at=now, account=account_view(), allocations=allocations, orders=()))
        assert told.phase == working


def test_x3_an_order_that_vanishes_is_no_fill_and_silence_is_no_exit(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.answer()
    told.closed(entry, OrderState.CANCELLED)
    assert isinstance(told.phase, WaitAcceptance)
    assert not told.name.holds


def test_x7_every_attempt_has_a_name_of_its_own(story: Tell) -> None:
    told = story().ready()
    told.armed()
    told.answer(IntentStatus.DEFERRED, message="entry lock")
    assert told.says("Entry DEFERRED")
    assert isinstance(told.phase, WaitAcceptance)
    told.trade("09:21:03", HIGH + 20)  # not before it rests
    assert told.name.trading.attempts == 1
    told.trade("09:21:06", HIGH + 20)
    names = [intent.intent_id for intent in told.intents if isinstance(intent, Enter)]
    assert names == [f"kmp-{SYMBOL}-20250903-breakout-{n}" for n in (1, 2)]


def test_x14_without_equity_there_is_no_entry(story: Tell) -> None:
    told = story().ready().account(equity_krw=None)
    told.break_out().accept()
    assert not told.intents
    assert told.stopped("equity_unknown")
    told.account().trade("09:21:10", HIGH + 20)
    assert isinstance(told.phase, Entering)


def test_a_refused_entry_ends_the_search(story: Tell) -> None:
    told = story().ready()
    told.armed()
    told.answer(IntentStatus.REFUSED, message="sector")
    assert isinstance(told.phase, Done)
    assert told.says("Entry rejected")


def test_an_unanswered_entry_is_neither_refused_nor_forgotten(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.tell(
        IntentUnanswered(
            at=kst(told.state.now_ns), intent_id=entry.intent_id, symbol=SYMBOL, why="timeout",
            final=False,
        )
    )  # fmt: skip
    assert told.says("Entry submission failed")
    assert isinstance(told.phase, Entering)
    told.until("09:21:35")
    told.trade("09:21:40", HIGH + 20)
    assert told.name.trading.attempts == 1  # the first may be in the market
    told.answer(IntentStatus.REFUSED, entry, message="expired")
    told.trade("09:21:45", HIGH + 20)
    assert told.name.trading.attempts == 2


def test_after_a_restart_an_order_is_not_given_up_before_the_oms_has_spoken(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.answer()
    told.tell(Gap(None, told.ns("09:21:02"), told.ns("09:25:00"), RESTARTED))
    told.until("09:25:10")
    assert isinstance(told.phase, Entering)
    held = AllocationView(
        strategy_id="KMP", symbol=SYMBOL, shares=entry.shares, cost_krw=entry.shares * HIGH,
        average_krw=float(HIGH), selling=0, stop_krw=entry.stop_krw, entered_at=None,
        realised_today_krw=0,
    )  # fmt: skip
    now = kst(told.state.now_ns)
    told.tell(BooksRead(at=now, account=account_view(), allocations=(held,), orders=()))
    assert isinstance(told.phase, InPosition)
    assert told.phase.position.entry_reason == "or_break_acceptance"
    assert not told.says("Missed fill")


def test_an_away_oms_stops_entries_and_no_position_is_forgotten(story: Tell) -> None:
    told = story().ready()
    told.bought(told.armed())
    told.tell(OmsLine(at=kst(told.state.now_ns), up=False, why="away"))
    assert isinstance(told.phase, InPosition)
    told.break_out("09:21:20", OTHERS[1])
    told.trade("09:21:30", 10_150, OTHERS[1])
    told.trade("09:21:40", HIGH + 20, OTHERS[1])
    assert told.stopped("oms_away", OTHERS[1])
    told.trade("09:21:50", LOW)
    assert isinstance(told.intents[-1], Exit)


def test_an_unknown_index_stops_entries_as_configured(story: Tell) -> None:
    for policy, armed in (("stop_entries", False), ("allow_entries", True)):
        told = story()
        market = told.rules.market.model_copy(update={"index_unknown": policy})
        told.rules = told.rules.model_copy(update={"market": market})
        told.kmp = type(told.kmp)("KMP", told.rules, told.kmp.sectors)
        told.state = told.kmp.open(told.day)
        told.ready()
        told.index = None
        told.histories.failing.add("index")
        told.break_out("09:22:00").accept("09:22:10", "09:22:20")
        assert isinstance(told.phase, Entering) is armed
        assert told.stopped("index_unknown") is not armed


def test_risk_off_sells_what_is_held_and_takes_entries_back(story: Tell) -> None:
    told = story().ready()
    told.bought(told.armed())
    told.index = "3168.00"  # 1 % down
    told.until("09:21:20")
    leave = told.intents[-1]
    assert isinstance(leave, Exit)
    assert leave.reason == "risk_off"
    told.break_out("09:21:30", OTHERS[1])
    assert told.stopped("risk_off", OTHERS[1])


def test_a_working_entry_is_taken_back_when_the_regime_turns(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.answer()
    told.leader = None
    told.state.market.breadth = 0
    told.until("09:21:02")
    assert isinstance(told.intents[-1], CancelOrders)
    told.closed(entry, OrderState.CANCELLED)
    assert isinstance(told.phase, WaitAcceptance)


def test_working_buys_are_cancelled_before_an_exit(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.bought(entry, shares=10)
    told.trade("09:21:10", LOW)
    cancel, leave = told.intents[-2:]
    assert isinstance(cancel, CancelOrders)
    assert isinstance(leave, Exit)


def test_the_oms_s_own_stop_ends_the_position(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.bought(entry)
    told.stop_fired(entry.stop_krw, entry.stop_krw - 10)
    assert isinstance(told.phase, PendingExit)
    told.holds(0, realised=-5_000)
    (trip,) = told.trips
    assert trip.exit_reason == "oms_stop"


def test_a_gap_fills_its_minutes_from_history(story: Tell) -> None:
    told = story().ready()
    told.break_out("09:20:00")
    told.trade("09:20:10", HIGH + 50)
    sums = told._sums[SYMBOL]
    sums[0] += 5_000  # shares that went by unheard
    told.tell(Gap(None, told.ns("09:20:20"), told.ns("09:22:00"), "relay lost"))
    told.trade("09:22:30", HIGH + 50)
    assert told.name.rvol(told.ns("09:22:59"), told.state.times.open_ns) is None
    told.until("09:23:10")
    assert any(ask.ask_id.startswith("hole") for ask in told.asks)
    assert told.name.heard.hole is None
