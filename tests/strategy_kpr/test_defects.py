"""The defects known of KPR's forerunner, each by its number, and what is there in its place."""

from collections.abc import Callable
from datetime import time
from itertools import pairwise
from typing import Any

import pytest

from kis_core.clock import kst
from kis_core.market.events import SlotsGranted
from kis_core.market.instants import SECOND_NS
from oms_client.contract import (
    AllocationChanged,
    AllocationView,
    CancelOrders,
    Enter,
    Exit,
    Flatten,
    IntentStatus,
    OrderClosed,
    OrderFilled,
    OrderState,
    Reduce,
)
from strategy_kpr.decision.phases import Accepting, Detected, Done, Invalidated
from strategy_runtime.contract import (
    AskMinutes,
    AskQuote,
    BooksRead,
    Entered,
    IntentUnanswered,
    RoundTrip,
)
from tests.play.paper_oms import answered
from tests.strategy_kpr.stories import LOW, OTHERS, RECLAIM, STOP, SYMBOL, Story, level, ns

Tell = Callable[..., Story]


def _allocated(told: Story, shares: int, price: int, stop: int | None, seq: int = 1) -> None:
    told.tell(
        AllocationChanged(
            seq=seq, at=kst(told.now_ns), strategy_id="KPR", symbol=SYMBOL, shares=shares,
            cost_krw=shares * price, stop_krw=stop, realised_krw=0, why="fill",
        )
    )  # fmt: skip


def _closed(told: Story, entry: Enter, state: OrderState, filled: int = 0) -> None:
    told.tell(
        OrderClosed(
            seq=9, at=kst(told.now_ns), strategy_id="KPR", symbol=SYMBOL, order_id="o-1",
            intent_id=entry.intent_id, side="BUY", state=state, filled=filled,
            filled_value_krw=0, why=state.value.lower(),
        )
    )  # fmt: skip


def _books(told: Story, *held: AllocationView, **account: Any) -> None:
    told.tell(
        BooksRead(
            at=kst(told.now_ns), account=told.oms.account(**account), allocations=held, orders=()
        )
    )


def _held(shares: int = 10, stop: int | None = 9_600, entered: str = "09:31:00") -> AllocationView:
    return AllocationView(
        strategy_id="KPR", symbol=SYMBOL, shares=shares, cost_krw=shares * 9_750,
        average_krw=9_750.0, selling=0, stop_krw=stop, entered_at=kst(ns(entered)),
        realised_today_krw=0,
    )  # fmt: skip


def _clock(text: str) -> Any:
    return time.fromisoformat(text)


# -- P1: fills are told, never inferred -----------------------------------------------------------


def test_p1_an_order_is_no_position_and_a_late_fill_is_one(story: Tell) -> None:
    told = story()
    told.reply = lambda intent: [answered(intent, told.now_ns)]
    told.accepted()
    assert told.shown == "PENDING_ENTRY"
    entry = told.entries[0]
    _books(told)  # nothing is held yet: that says nothing about the order
    assert told.shown == "PENDING_ENTRY"
    _allocated(told, 10, 9_750, entry.stop_krw)
    assert told.shown == "IN_POSITION"
    (entered,) = [note for note in told.notes if isinstance(note, Entered)]
    assert not entered.adopted
    assert {"investors", "pressure", "program"} <= {factor.name for factor in entered.factors}
    assert {"spread", "sector", "risk_off"} <= {filter_.name for filter_ in entered.filters}
    assert dict(entered.sizing)["base_risk"] == 0.005


def test_p1_shares_that_come_after_an_order_s_end_are_adopted_and_managed(story: Tell) -> None:
    told = story()
    told.reply = lambda intent: [answered(intent, told.now_ns)]
    told.accepted()
    _closed(told, told.entries[0], OrderState.EXPIRED)
    assert told.shown == "ACCEPTING"
    _allocated(told, 10, 9_750, STOP)  # it was filled all the same
    assert told.shown == "IN_POSITION"
    (entered,) = [note for note in told.notes if isinstance(note, Entered)]
    assert entered.adopted
    told.print(told.trade(SYMBOL, ns("09:32:20"), STOP, 10))
    assert isinstance(told.intents[-1], Exit)


# -- P2: adoption is whole ------------------------------------------------------------------------


def test_p2_an_adopted_position_has_its_entry_its_stop_and_its_time(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:35", 9_760)
    _books(told, _held())
    position = told.name.trading.position
    assert position is not None
    assert (position.shares, position.entry_krw, position.stop_krw, position.entered_ns) == (
        10, 9_750.0, 9_600, ns("09:31:00"),
    )  # fmt: skip
    assert isinstance(told.phase, Done)
    told.reply = lambda intent: []
    told.flat("09:35", "10:17", 9_760)
    (leave,) = [intent for intent in told.intents if isinstance(intent, Exit)]
    assert leave.reason == "time_stop"


def test_p2_an_adopted_position_is_stopped(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:35", 9_760)
    _books(told, _held())
    told.reply = lambda intent: []
    told.minute("09:35", 9_760, 9_760, 9_600, 9_600)
    (leave,) = [intent for intent in told.intents if isinstance(intent, Exit)]
    assert leave.reason == "hard_stop"


def test_p2_a_position_in_what_is_not_looked_at_is_followed_all_the_same(story: Tell) -> None:
    told = story(listing={"turnover_min_krw": 10**12})
    told.deaf.add(SYMBOL)
    told.begin().flat("09:00", "09:35", 9_760)
    assert told.name.rejected == "LOW_ADTV"
    _books(told, _held())
    told.reply = lambda intent: []
    told.flat("09:35", "10:18", 9_760)
    (leave,) = [intent for intent in told.intents if isinstance(intent, Exit)]
    assert leave.reason == "time_stop"


def test_p2_a_stop_at_the_entry_says_that_half_was_sold(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:35", 9_900)
    _books(told, _held(stop=9_750))
    assert told.name.partial
    told.reply = lambda intent: []
    told.flat("09:35", "09:40", 9_990)
    assert told.intents == []  # no second half, and no target without a risk to count by
    told.minute("09:40", 9_990, 9_990, 9_860, 9_860)  # half of the best move is given back
    (leave,) = [intent for intent in told.intents if isinstance(intent, Exit)]
    assert leave.reason == "trailing_stop"


# -- P3: flat at the day's end --------------------------------------------------------------------


def test_p3_a_flatten_that_is_refused_is_asked_for_again(story: Tell) -> None:
    told = story(exits={"time_stop_min": 360}).held()
    told.reply = lambda intent: [
        answered(intent, told.now_ns, IntentStatus.REFUSED, message="not now")
    ]
    told.minute("09:33", 9_760, 9_760, 9_760, 9_760)
    for second in range(0, 241, 5):
        told.second(ns("15:15:00") + second * SECOND_NS)
    asked = [intent for intent in told.intents if isinstance(intent, Flatten)]
    assert len({intent.intent_id for intent in asked}) == len(asked) == 4  # 0, 30, 90, 210 s
    told.reply = None
    for second in range(0, 301, 5):
        told.second(ns("15:19:05") + second * SECOND_NS)
    for told_ in told.oms.on_trade(told.trade(SYMBOL, told.now_ns, 9_760, 100)):
        told.tell(told_)
    assert told.shown == "DONE"


def test_p3_a_winner_does_not_stay_overnight(story: Tell) -> None:
    told = story().held()
    price = 9_750 + 100  # above one R: no time stop
    told.flat("09:33", "10:30", price)
    assert told.shown == "IN_POSITION"
    told.second(ns("15:15:00"))
    assert isinstance(told.intents[-1], Flatten)


# -- P4: completed minutes, each once -------------------------------------------------------------


def test_p4_every_minute_of_a_polled_symbol_is_looked_at_once(story: Tell) -> None:
    told = story().begin()
    for minute in range(30):
        price = 10_000 + minute % 3 * 10
        told.minute(f"09:{minute:02d}", price, price, price, price)
    assert told.name.tier == "COLD"
    other = told.state.names[OTHERS[0]]
    spans = [
        ask.spans[0] for ask in told.asks if isinstance(ask, AskMinutes) and ask.symbol == OTHERS[0]
    ]
    assert spans[0][1] == "09:00"
    for (_, _, last), (_, first, _) in pairwise(spans):
        assert int(first[3:]) == int(last[3:]) + 1  # from the last one known on
    assert len(other.heard.bars) == (other.known_ns - ns("09:00:00")) // (60 * SECOND_NS)


def test_p4_the_forming_minute_is_never_asked_for(story: Tell) -> None:
    told = story().begin()
    at: list[tuple[int, str]] = []

    def asked(ask: Any) -> bool:
        if isinstance(ask, AskMinutes):
            at.append((told.now_ns, ask.spans[0][2]))
        return False

    told.failing = asked
    told.flat("09:00", "09:30", 10_000)
    assert at
    assert all(now_ns >= ns(f"{last}:00") + 62 * SECOND_NS for now_ns, last in at)


def test_p4_a_minute_the_broker_has_not_finished_is_asked_for_again(story: Tell) -> None:
    told = story().begin().flat("09:00", "09:09", 10_000)
    late = told.rows[SYMBOL].pop()  # the newest row is not there yet
    known = told.name.known_ns
    told.now_ns = ns("09:09:05")
    told.name.polled_ns = 0
    told.second(ns("09:09:05"))
    assert told.name.known_ns == ns("09:08:00") >= known
    told.rows[SYMBOL].append(late)
    told.flat("09:09", "09:14", 10_000)
    assert late[0] * 60 * SECOND_NS + ns("00:00:00") in told.name.heard.bars


# -- P5: the investor pillar is what it says ------------------------------------------------------


def test_p5_an_estimate_counts_from_its_own_time_and_ages_from_it(story: Tell) -> None:
    told = story()
    told.estimates = {"09:30": (100, 100), "10:00": (-100, -100)}  # 10:00 is told ahead of time
    told.accepted()
    entered = told.entries[0]
    assert entered.confidence == "GREEN"
    signal = told.name.trading.signal
    assert signal is not None
    factors = {factor.name: factor.value for factor in signal.factors}
    assert factors["investors_estimate"] == "STRONG"
    assert factors["estimate_age_s"] == 121.0  # at 09:32:01


def test_p5_the_daily_flow_is_of_the_sessions_before(story: Tell) -> None:
    told = story()
    told.nets[SYMBOL] = (None, None)
    told.begin()
    assert told.name.daily_flow == "UNAVAILABLE"
    assert told.state.names[OTHERS[0]].daily_flow == "STRONG"


# -- P6: programs ---------------------------------------------------------------------------------


def test_p6_with_programs_there_is_no_extra_close(story: Tell) -> None:
    told = story().reclaimed()
    assert isinstance(told.phase, Accepting)
    assert (told.phase.required, told.phase.adders) == (2, ())
    assert told.state.programs.answers > 0


def test_p6_without_programs_green_needs_the_prints(story: Tell) -> None:
    told = story()
    told.failing = lambda ask: ask.ask_id.startswith("program")
    told.accepted().minute("09:32", 9_750, 9_750, 9_740, 9_740)  # the prints sell
    assert told.entries[0].confidence == "YELLOW"


# -- P7: setups have an end -----------------------------------------------------------------------


def test_p7_a_setup_lives_thirty_minutes_and_its_low_is_spent(story: Tell) -> None:
    told = story().panic()
    for minute in range(29, 58):
        told.minute(f"09:{minute}", *[9_700] * 4, 40)
    assert isinstance(told.phase, Detected)
    told.minute("09:58", *[9_700] * 4, 40)
    assert told.says("Setup INVALIDATED")[-1].facts == (("why", "expired"),)
    for minute in range(59, 100):  # from 10:20 on it would be a drift, if its low were not spent
        told.minute(f"{9 + minute // 60:02d}:{minute % 60:02d}", *[9_700] * 4, 40)
    assert told.name.depth is not None
    assert told.name.depth > told.rules.switches.vwap_depth_min
    assert told.name.setups == 1
    assert "low_spent" in told.kpr.funnel(told.state)["stopped"]
    told.minute("10:40", 9_700, 9_700, LOW - 10, 9_690, 40)
    assert told.name.setups == 2


def test_p7_a_close_below_the_level_begins_the_count_anew(story: Tell) -> None:
    told = story().reclaimed()
    told.minute("09:30", 9_740, 9_750, 9_730, 9_740)
    told.minute("09:31", 9_740, 9_740, 9_700, RECLAIM - 10)
    assert isinstance(told.phase, Accepting)
    assert told.phase.closes == 0
    told.minute("09:32", 9_710, 9_750, 9_710, RECLAIM)  # to the won
    assert told.entries == []
    told.minute("09:33", 9_720, 9_750, 9_720, 9_740)
    assert len(told.entries) == 1


# -- P8: the gates it lacked ----------------------------------------------------------------------


def _spread(told: Story) -> None:
    told.spread = 50


def _vi(told: Story) -> None:
    told.in_auction = True
    told.print(told.trade(SYMBOL, told.now_ns, 9_740, 100))
    told.in_auction = False


def _index(told: Story) -> None:
    told.index = "3136.00"
    told.tell(level(told.now_ns, told.index))


def _silent_index(told: Story) -> None:
    told.index = None
    told.state.market.index = None


def _limit(told: Story) -> None:
    told.quotes[SYMBOL] = {"lower_krw": 9_600}
    told.tell(told.answer(_ask_quote()))


def _halt(told: Story) -> None:
    _deaf(told)
    told.quotes[SYMBOL] = {"halted": True}
    told.tell(told.answer(_ask_quote()))


def _deaf(told: Story) -> None:
    """Take the symbol's place on the line away."""
    told.deaf.add(SYMBOL)
    told.heard -= {SYMBOL}
    told.tell(SlotsGranted(told.now_ns, tuple(told.heard), (SYMBOL,)))


def _equity(told: Story) -> None:
    told.books(equity_krw=None)


def _halted_oms(told: Story) -> None:
    told.books(halt_entries=True)


def _ask_quote() -> Any:

    return AskQuote("exact-test", SYMBOL)


@pytest.mark.parametrize(
    ("make", "gate", "phrase"),
    [
        (_spread, "spread", "blocked by spread gate"),
        (_vi, "vi", "VI blocked"),
        (_index, "risk_off", "blocked by risk_off"),
        (_silent_index, "index_unknown", "blocked by index_unknown"),
        (_limit, "lower_limit", "blocked by lower_limit"),
        (_halt, "halted", "blocked by halted"),
        (_equity, "equity_unknown", "OMS equity=0"),
        (_halted_oms, "oms_halted", "halt_new_entries active"),
    ],
)
def test_p8_gates_stop_an_accepted_setup(
    make: Callable[[Story], None], gate: str, phrase: str, story: Tell
) -> None:
    told = story().reclaimed().minute("09:30", 9_740, 9_750, 9_730, 9_740)
    make(told)
    told.minute("09:31", 9_740, 9_750, 9_730, 9_750)
    told.minute("09:32", 9_740, 9_750, 9_730, 9_750)
    assert told.entries == []
    assert told.says(phrase)
    stopped = [each for each in told.missed if each.blocked_by == gate]
    assert len(stopped) == 1  # once per setup and gate
    assert stopped[0].maturity == "late"
    assert next(each for each in stopped[0].filters if not each.passed) is not None
    assert gate in told.kpr.funnel(told.state)["stopped"]


def test_p8_what_hardly_trades_or_has_no_standing_is_not_looked_at(story: Tell) -> None:
    told = story(listing={"turnover_min_krw": 10**12}).panic()
    assert told.name.rejected == "LOW_ADTV"
    assert told.name.setups == 0
    told = story()
    told.failing = lambda ask: ask.ask_id.startswith("quote")
    told.panic()
    assert not told.name.listed
    assert told.name.setups == 0


def test_p8_a_symbol_that_the_line_refuses_needs_a_fresh_standing(story: Tell) -> None:
    told = story()
    told.deaf.add(SYMBOL)
    told.accepted()
    assert told.name.tier == "HOT"
    assert not told.name.live
    assert told.entries == []  # one close more, since it is not heard
    told.minute("09:32", 9_750, 9_750, 9_740, 9_750)
    (entry,) = told.entries
    signal = told.name.trading.signal
    assert signal is not None
    assert dict(signal.facts)["adders"] == ("not_hot",)
    assert entry.max_spread_bp == told.rules.gates.spread_max_bp
    told = story()
    told.deaf.add(SYMBOL)
    told.accepted()
    told.quotes[SYMBOL] = {"vi_code": "1"}
    told.minute("09:32", 9_750, 9_750, 9_740, 9_750)
    assert told.entries == []
    assert "vi" in {missed.blocked_by for missed in told.missed}


# -- P9: nothing is dead --------------------------------------------------------------------------


def test_p9_a_setup_found_in_time_is_entered_late_and_smaller(story: Tell) -> None:
    told = story(windows={"setups_to": _clock("09:31"), "lunch_from": _clock("09:20")})
    told.accepted()
    assert len(told.entries) == 1
    assert dict(told.name.trading.signal.sizing)["hour_mult"] == 0.65  # type: ignore[union-attr]
    assert "TOD_LATE_MULT" in told.lenient
    strict = story(
        True, windows={"setups_to": _clock("09:29"), "lunch_from": _clock("09:20"),
                       "lunch_to": _clock("09:21")},
    ).reclaimed()  # fmt: skip
    assert strict.name.setups == 0  # found too late


def test_p9_the_late_and_stale_adders_follow_their_switches(story: Tell) -> None:
    windows = {
        "setups_to": _clock("09:30"), "lunch_from": _clock("09:20"), "lunch_to": _clock("09:21"),
    }  # fmt: skip
    for strict, adders in ((False, ()), (True, ("stale_flow", "late"))):
        told = story(strict, windows=windows, flow={"estimate_stale_s": 1, "estimate_delay_s": 0,
                     "estimate_times": (_clock("09:20"),)})  # fmt: skip
        told.estimates = {"09:20": (100, 100)}
        told.reclaimed()
        assert isinstance(told.phase, Accepting)
        assert told.phase.adders == adders
        assert told.phase.required == 2 + len(adders)
        would = {"STALE_FLOW_ACCEPT_ADDER", "LATE_ACCEPT_ADDER"}
        assert would.isdisjoint(told.lenient) if strict else would <= set(told.lenient)


def test_p9_a_falling_market_wants_one_close_more(story: Tell) -> None:
    told = story()
    told.index = "3177.00"  # 0.72 % down
    told.reclaimed()
    assert isinstance(told.phase, Accepting)
    assert told.phase.adders == ("unfavourable",)


def test_p9_lunch_is_blocked_where_the_switch_says_so(story: Tell) -> None:
    windows = {"lunch_from": _clock("09:25"), "lunch_to": _clock("10:00")}
    told = story(windows=windows).accepted()
    assert len(told.entries) == 1
    assert "LUNCH_BLOCK" in told.lenient
    assert story(True, windows=windows).accepted().name.setups == 0


# -- P10: stops are the OMS's, and flags are separate ---------------------------------------------


def test_p10_the_stop_goes_with_the_order_and_is_watched_by_every_print(story: Tell) -> None:
    told = story().held()
    assert told.entries[0].stop_krw == STOP
    assert told.oms.held[SYMBOL].stop_krw == STOP
    told.oms.held[SYMBOL].stop_krw = 1
    told.print(told.trade(SYMBOL, ns("09:33:20"), STOP, 10))
    (leave,) = [intent for intent in told.intents if isinstance(intent, Exit)]
    assert leave.reason == "hard_stop"


def test_p10_a_part_of_an_entry_is_no_part_of_a_target(story: Tell) -> None:
    told = story()
    told.reply = lambda intent: [answered(intent, told.now_ns)]
    told.accepted()
    entry = told.entries[0]
    value = 100 * 9_750
    told.tell(
        OrderFilled(
            seq=1, at=kst(told.now_ns), strategy_id="KPR", symbol=SYMBOL, order_id="o-1",
            intent_id=entry.intent_id, side="BUY", shares=100, value_krw=value, filled=100,
            filled_value_krw=value, cost_krw=136,
        )
    )  # fmt: skip
    _allocated(told, 100, 9_750, STOP)
    assert told.shown == "IN_POSITION"
    assert not told.name.partial
    told.flat("09:32", "09:34", 9_890)
    (reduce,) = [intent for intent in told.intents if isinstance(intent, Reduce)]
    assert reduce.shares == 50


def test_p10_a_half_that_was_not_sold_is_sold_to_the_same_rest(story: Tell) -> None:
    told = story().held()
    position = told.name.trading.position
    assert position is not None
    told.reply = lambda intent: [
        answered(intent, told.now_ns, IntentStatus.REFUSED, message="not now")
    ]
    told.flat("09:33", "09:35", 9_890)
    assert not told.name.partial
    told.reply = None
    told.flat("09:35", "09:38", 9_890)
    reduces = [intent for intent in told.intents if isinstance(intent, Reduce)]
    assert len(reduces) >= 2
    assert {intent.shares for intent in reduces} == {position.shares // 2}
    assert told.name.partial


# -- P11: the order's life is the OMS's -----------------------------------------------------------


def test_p11_an_order_expires_at_the_oms_and_the_setup_goes_on(story: Tell) -> None:
    told = story()
    told.oms.fill = False
    told.accepted()
    entry = told.entries[0]
    assert entry.expires_at == kst(ns("09:32:31"))
    told.minute("09:32", 9_750, 9_760, 9_740, 9_760)
    assert not [intent for intent in told.intents if isinstance(intent, CancelOrders)]
    assert told.says("Order timeout")
    assert [entry.intent_id[-1] for entry in told.entries] == ["1", "2"]  # on the next bar
    assert "missed_fill" in {missed.blocked_by for missed in told.missed}


def test_p11_while_the_first_order_s_end_is_unknown_there_is_no_second(story: Tell) -> None:
    told = story()
    told.reply = lambda intent: [
        IntentUnanswered(
            at=kst(told.now_ns), intent_id=intent.intent_id, symbol=SYMBOL, why="timeout",
            final=False,
        )
    ]  # fmt: skip
    told.accepted().flat("09:32", "09:36", 9_750)
    assert len(told.entries) == 1


@pytest.mark.parametrize(
    ("message", "asked"), [("sector limit", 3), ("symbol is frozen", 1)], ids=["three", "frozen"]
)
def test_p11_refusals_end_the_setup(message: str, asked: int, story: Tell) -> None:
    told = story()
    told.reply = lambda intent: [
        answered(intent, told.now_ns, IntentStatus.REFUSED, message=message)
    ]
    told.accepted().flat("09:32", "09:40", 9_750)
    assert len(told.entries) == asked
    assert told.says(f"Entry REJECTED ({asked}/3)")
    assert not isinstance(told.phase, Accepting)


def test_p11_a_deferred_entry_is_tried_on_a_later_bar(story: Tell) -> None:
    told = story()
    told.reply = lambda intent: [
        answered(intent, told.now_ns, IntentStatus.DEFERRED, message="entry lock",
                 retry_at=kst(ns("09:33:30")))
    ]  # fmt: skip
    told.accepted()
    assert isinstance(told.phase, Accepting)
    told.reply = None
    told.minute("09:32", 9_750, 9_750, 9_740, 9_750)
    assert len(told.entries) == 1  # not before
    told.minute("09:33", 9_750, 9_750, 9_740, 9_750)
    assert len(told.entries) == 2


def test_p11_a_touched_stop_takes_the_working_order_back(story: Tell) -> None:
    told = story()
    told.oms.fill = False
    told.reply = lambda intent: [answered(intent, told.now_ns)]
    told.accepted().minute("09:32", 9_750, 9_750, STOP, STOP)
    assert isinstance(told.phase, Invalidated)
    cancel = told.intents[-1]
    assert isinstance(cancel, CancelOrders)
    assert cancel.reason == "stop_breach"


# -- P12: a failed poll costs seconds -------------------------------------------------------------


def test_p12_a_failed_poll_is_tried_again_in_seconds(story: Tell) -> None:
    told = story().begin()
    fails = [2]
    asked: list[int] = []

    def failing(ask: Any) -> bool:
        if isinstance(ask, AskMinutes) and ask.symbol == SYMBOL:
            asked.append(told.now_ns)
            fails[0] -= 1
            return fails[0] >= 0
        return False

    told.failing = failing
    told.flat("09:00", "09:06", 10_000)
    assert asked[1] - asked[0] <= 10 * SECOND_NS
    assert asked[2] - asked[1] <= 10 * SECOND_NS
    assert asked[3] - asked[2] >= told.rules.tiers.cold_s * SECOND_NS
    assert told.name.known_ns >= ns("09:04:00")
    assert told.state.health.polls_failed == 2


def test_the_trip_says_how_it_came_about(story: Tell) -> None:
    told = story().held().minute("09:33", 9_750, 9_750, STOP - 10, STOP - 10)
    told.minute("09:34", 9_660, 9_660, 9_650, 9_650)
    (trip,) = [note for note in told.notes if isinstance(note, RoundTrip)]
    facts = dict(trip.facts)
    assert {"confidence", "signal_hash", "depth", "adders", "bound_by"} <= facts.keys()
    assert (trip.setup, trip.entry_reason) == ("panic", "panic_reclaim")


def test_an_unknown_index_lets_through_where_the_rules_say_so(story: Tell) -> None:
    told = story(market={"index_unknown": "allow_entries"})
    told.index = None
    told.accepted().minute("09:32", 9_750, 9_750, 9_740, 9_750)
    assert len(told.entries) == 1  # after one close more: unknown is not favourable


def test_the_market_turning_takes_a_working_order_back(story: Tell) -> None:
    told = story()
    told.oms.fill = False
    told.accepted()
    told.tell(level(told.now_ns, "3136.00"))
    told.second(ns("09:32:05"))
    (cancel,) = [intent for intent in told.intents if isinstance(intent, CancelOrders)]
    assert cancel.reason == "risk_off"
    assert told.shown == "ACCEPTING"
