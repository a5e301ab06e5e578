"""How positions end: every row of the exit table by bars made for it, and the stop before all."""

from collections.abc import Callable

import pytest

from kis_core.clock import kst
from oms_client.contract import CancelOrders, Exit, IntentStatus, ModifyRisk, OrderState, Reduce
from strategy_nulrimok.decision.artifact import Rejects, Stage
from strategy_nulrimok.decision.exit_rules import part_of
from strategy_runtime.contract import IntentUnanswered, Reduced
from strategy_runtime.decision.trading import StopMove
from tests.strategy_nulrimok.tales import AVWAP, SYMBOL, USUAL, Tale, artifact, candidate

Tell = Callable[..., Tale]
WIDE = 120.0  # an ATR that leaves the stop at 9,880, below where a breakdown begins
STOP = 9_890  # of it, on the tick


@pytest.fixture
def held(tale: Tell) -> Tale:
    """A position bought at 10,000 in the bar that ends at 11:00, stop at 9,890."""
    told = tale(atr30m_est_krw=WIDE).bought()
    assert told.entry.stop_krw == STOP
    assert told.name.held is not None
    return told


def closes(told: Tale, *steps: tuple[str, int]) -> Tale:
    """Let bars close; each is flat at its close."""
    for end, close in steps:
        told.prices[SYMBOL] = close
        told.bar(end, close, close, close, close)
    return told


def next_day(told: Tale, day: str, *, reversal: bool = False, there: bool = True) -> Tale:
    """Go on with a later day, whose selection has the symbol or another one."""
    one = candidate(SYMBOL if there else "000660", atr30m_est_krw=WIDE)
    chosen = artifact(told.nulrimok, one, day=day, reversal={SYMBOL: reversal})
    return told.until("15:41:00", 60).tomorrow(day, chosen).start()


def overnight(told: Tale, *, close: int = 10_100, day: str = "2025-09-04", **more: bool) -> Tale:
    """Close the day at a price that nothing sells at, and go on with the next."""
    ends = ("11:30", "12:00", "12:30", "13:00", "13:30", "14:00", "14:30", "15:00")
    left = [end for end in ends if told.ns(f"{end}:00") > told.now_ns]
    closes(told, *((end, close) for end in left)).until("15:12:00")
    assert told.exits == []
    return next_day(told, day, **more)


# -- the sequences; each ends at the instant its rule has spoken


def breaks_down(told: Tale) -> Tale:
    return told.bar("11:00", 9_990, 9_990, 9_900, 9_920, 2 * USUAL)


def fails_to_reclaim(told: Tale) -> Tale:
    closes(told, ("11:00", 9_920), ("11:30", 9_960), ("12:00", 9_950), ("12:30", 9_970))
    closes(told, ("13:00", 9_960))
    assert told.exits == []
    return closes(told, ("13:30", 9_960))


def reclaims_and_makes_a_lower_low(told: Tale) -> Tale:
    told.bar("11:00", 9_960, 9_960, 9_910, 9_920)
    closes(told, ("11:30", 10_010), ("12:00", 9_960), ("12:30", 9_960), ("13:00", 9_960))
    assert told.exits == []
    return told.bar("13:30", 9_960, 9_960, 9_905, 9_960)


def runs_and_falls_below_its_mean(told: Tale) -> Tale:
    closes(told, ("11:00", 10_010), ("11:30", 10_020))
    told.bar("12:00", 10_020, 10_110, 10_020, 10_100)
    assert told.name.held is not None
    assert told.name.held.kind == "MOMENTUM"
    later = overnight(told, close=10_200)
    return closes(later, ("09:30", 10_120))


def reverts_to_its_target(told: Tale) -> Tale:
    closes(told, ("11:00", 10_010), ("11:30", 10_020), ("12:00", 10_030))
    assert told.name.held is not None
    assert told.name.held.kind == "MEAN_REVERSION"
    return closes(told, ("12:30", 10_210))


def reverts_and_gives_back(told: Tale) -> Tale:
    reverts_to_its_target(told).print("12:31:00", 10_200)
    return told.print("13:31:00", 10_050)


def grinds_and_loses_the_avwap(told: Tale) -> Tale:
    closes(told, ("11:00", 10_100), ("11:30", 10_060), ("12:00", 10_060))
    assert told.name.held is not None
    assert told.name.held.kind == "FLOW_GRIND"
    closes(told, ("12:30", 9_990))
    assert told.exits == []
    return closes(told, ("13:00", 9_990))


def makes_no_progress_for_two_sessions(told: Tale) -> Tale:
    closes(told, ("11:00", 10_100), ("11:30", 10_060), ("12:00", 10_060))
    closes(told, ("12:30", 10_300))
    second = overnight(told, close=10_200)
    third = overnight(second, close=10_200, day="2025-09-05")
    return third.quiet("15:00", 10_200).until("15:10:20")


def is_no_gain_at_the_close(told: Tale) -> Tale:
    return told.quiet("15:00", 10_010).until("15:10:20")


def gains_too_little_in_two_sessions(told: Tale) -> Tale:
    second = overnight(told, close=10_050)
    third = overnight(second, close=10_050, day="2025-09-05")
    return closes(third, ("09:30", 10_090))


def is_an_orphan_at_the_close(told: Tale) -> Tale:
    return overnight(told, there=False).quiet("15:00", 10_150).until("15:10:20")


def is_an_orphan_of_two_sessions(told: Tale) -> Tale:
    second = overnight(told, close=10_150)
    third = overnight(second, close=10_150, day="2025-09-05", there=False)
    return closes(third, ("09:30", 10_150))


def loses_its_smart_money(told: Tale) -> Tale:
    return overnight(told, reversal=True).print("09:00:03", 10_100).until("09:00:10")


def waits_for_its_limit_too_long(told: Tale) -> Tale:
    return loses_its_smart_money(told).until("09:00:50")


def touches_its_stop_in_a_bar(told: Tale) -> Tale:
    told.bar("11:00", 10_000, 10_010, 9_990, 10_010)
    return told.bar("11:30", 10_000, 10_010, STOP, 10_000)


def prints_at_its_stop(told: Tale) -> Tale:
    return told.print("10:40:00", STOP)


def is_told_a_price_at_its_stop(told: Tale) -> Tale:
    told.prices[SYMBOL] = STOP
    return told.until("10:36:00")


ROWS = [
    (prints_at_its_stop, "risk_stop"),
    (is_told_a_price_at_its_stop, "risk_stop"),
    (touches_its_stop_in_a_bar, "risk_stop"),
    (breaks_down, "avwap_breakdown"),
    (fails_to_reclaim, "failure_to_reclaim"),
    (reclaims_and_makes_a_lower_low, "failure_reclaim_lower_low"),
    (runs_and_falls_below_its_mean, "momentum_trail_stop"),
    (reverts_to_its_target, "mean_rev_partial"),
    (reverts_and_gives_back, "mean_rev_trail_remaining"),
    (grinds_and_loses_the_avwap, "flow_grind_avwap_failure"),
    (makes_no_progress_for_two_sessions, "failed_setup"),
    (is_no_gain_at_the_close, "time_stop_intraday"),
    (gains_too_little_in_two_sessions, "time_stop_multiday"),
    (is_an_orphan_at_the_close, "orphan_position_exit"),
    (is_an_orphan_of_two_sessions, "orphan_position_exit"),
    (loses_its_smart_money, "flow_reversal"),
    (waits_for_its_limit_too_long, "flow_reversal_reprice"),
]


@pytest.mark.parametrize(("sequence", "reason"), ROWS, ids=[row[0].__name__ for row in ROWS])
def test_scenario_16_every_exit_is_reached(
    sequence: Callable[[Tale], Tale], reason: str, held: Tale
) -> None:
    told = sequence(held)
    assert told.reasons[-1] == reason


def is_in_breakdown_for_long(told: Tale) -> Tale:
    closes(told, ("11:00", 9_920), ("11:30", 9_960), ("12:00", 9_950), ("12:30", 9_970))
    return closes(told, ("13:00", 9_960))


def grinds_and_is_below_the_avwap_once(told: Tale) -> Tale:
    return closes(told, ("11:00", 10_100), ("11:30", 10_060), ("12:00", 10_060), ("12:30", 9_990))


def is_two_sessions_old(told: Tale) -> Tale:
    second = overnight(told, close=10_050)
    return overnight(second, close=10_050, day="2025-09-05")


def is_two_sessions_old_and_an_orphan(told: Tale) -> Tale:
    second = overnight(told, close=10_150)
    return overnight(second, close=10_150, day="2025-09-05", there=False)


STOP_BEATS = [
    (lambda told: closes(told, ("11:00", 10_000)), "11:30", 9_920, "avwap_breakdown"),
    (is_in_breakdown_for_long, "13:30", 9_960, "failure_to_reclaim"),
    (grinds_and_is_below_the_avwap_once, "13:00", 9_990, "flow_grind_avwap_failure"),
    (is_two_sessions_old, "09:30", 10_050, "time_stop_multiday"),
    (is_two_sessions_old_and_an_orphan, "09:30", 10_150, "orphan_position_exit"),
]


@pytest.mark.parametrize(
    ("before", "end", "close", "other"), STOP_BEATS, ids=[row[3] for row in STOP_BEATS]
)
@pytest.mark.parametrize("touched", [False, True], ids=["not touched", "touched"])
def test_scenario_16_the_stop_beats_everything(
    touched: bool,
    before: Callable[[Tale], Tale],
    end: str,
    close: int,
    other: str,
    held: Tale,
) -> None:
    """One bar that ends a position for a reason of its own; with its low at the stop, for that."""
    told = before(held)
    assert told.exits == []
    told.bar(end, close, close, STOP if touched else close, close, 2 * USUAL)
    assert told.reasons == ["risk_stop" if touched else other]


def test_a_low_before_the_entry_was_nobody_s_loss(held: Tale) -> None:
    """The bar of the entry begins before it: only its close counts."""
    held.bar("11:00", STOP - 10, 10_010, STOP - 10, 10_010)
    assert held.exits == []


# -- how the rows leave room for one another


def test_a_night_that_was_taken_is_not_undone_by_a_small_loss(held: Tale) -> None:
    """No gain at the close ends the day of the entry; after it the sessions' rule has its time."""
    later = overnight(held)
    later.quiet("15:00", 9_990).until("15:15:00")
    assert later.name.closing_judged
    assert later.exits == []
    third = next_day(later, "2025-09-05")
    assert closes(third, ("09:30", 9_990)).reasons == ["time_stop_multiday"]


def test_a_new_high_on_the_last_afternoon_is_progress(held: Tale) -> None:
    closes(held, ("11:00", 10_100), ("11:30", 10_060), ("12:00", 10_060), ("12:30", 10_300))
    second = overnight(held, close=10_200)
    third = overnight(second, close=10_200, day="2025-09-05")
    third.quiet("14:30", 10_200)
    closes(third, ("15:00", 10_310)).until("15:15:00")
    assert third.name.closing_judged
    assert third.exits == []


@pytest.mark.parametrize(
    ("stage", "reason", "sold"),
    [("FLOW", "FLOW_UNKNOWN", []), ("UNIVERSE", "BAR_MISSING", []),
     ("FLOW", "FLOW_PERSISTENCE", ["orphan_position_exit"])],
)  # fmt: skip
def test_what_could_not_be_judged_is_no_orphan(
    stage: Stage, reason: str, sold: list[str], held: Tale
) -> None:
    closes(held, ("11:00", 10_100), ("15:00", 10_100)).until("15:41:00", 60)
    chosen = artifact(
        held.nulrimok, candidate("000660"), day="2025-09-04",
        rejects=(Rejects(stage, reason, 1, (SYMBOL,)),),
    )  # fmt: skip
    later = held.tomorrow("2025-09-04", chosen).start().quiet("15:00", 10_150).until("15:15:00")
    assert later.name.closing_judged
    assert later.reasons == sold


# -- the part


def test_seventy_percent_are_sold_and_the_stop_follows_the_rest(held: Tale) -> None:
    told = reverts_to_its_target(held)
    part = told.exits[-1]
    assert isinstance(part, Reduce)
    assert part.shares == int(told.entry.shares * 0.7)
    told.print("12:31:00", 10_210)
    [note] = [note for note in told.notes if isinstance(note, Reduced)]
    assert (note.shares, note.left) == (part.shares, told.entry.shares - part.shares)
    stop = told.intents[-1]
    assert isinstance(stop, ModifyRisk)
    assert stop.stop_krw == 10_060  # half an ATR above the entry; the mean of closes lies lower
    assert told.name.held is not None
    assert told.name.held.partial


def test_the_trail_rises_with_the_mean_of_closes_and_never_falls(held: Tale) -> None:
    told = reverts_to_its_target(held).print("12:31:00", 10_210)
    closes(told, ("13:00", 10_220), ("13:30", 10_240), ("14:00", 10_260))
    stops = [one.stop_krw for one in told.intents if isinstance(one, ModifyRisk)]
    assert stops == sorted(stops)
    assert stops[-1] > 10_060
    assert told.oms.held[SYMBOL].stop_krw == stops[-1]


def test_a_stop_that_never_arrived_is_asked_for_again(held: Tale) -> None:
    told = reverts_to_its_target(held).print("12:31:00", 10_210)
    moved = told.intents[-1]
    assert isinstance(moved, ModifyRisk)
    told.name.trading.stop_move = StopMove(moved.intent_id, moved.stop_krw, moved.reason)
    told.tell(
        IntentUnanswered(
            at=kst(told.now_ns), intent_id=moved.intent_id, symbol=SYMBOL, why="x", final=True
        )
    )
    told.until("12:33:00")
    again = told.intents[-1]
    assert isinstance(again, ModifyRisk)
    assert (again.stop_krw, again.intent_id != moved.intent_id) == (moved.stop_krw, True)


def test_a_part_that_ended_short_is_sold_to_its_end() -> None:
    from strategy_nulrimok.settings import load_nulrimok

    rules = load_nulrimok().nulrimok.numbers.exits
    assert part_of(100, None, rules) == 70
    assert part_of(60, 30, rules) == 30  # 40 of the 70 were sold
    assert part_of(1, None, rules) == 0
    assert part_of(30, 30, rules) == 0


# -- asking


def test_a_refused_exit_is_asked_for_again_until_nothing_is_held(held: Tale) -> None:
    done = held.oms._done
    refused = 3

    def no(intent: object, now_ns: int) -> tuple[IntentStatus, list[object]]:
        nonlocal refused
        if isinstance(intent, Exit) and refused:
            refused -= 1
            return IntentStatus.REFUSED, []
        return done(intent, now_ns)  # type: ignore[arg-type]

    held.oms._done = no  # type: ignore[method-assign,assignment]
    told = breaks_down(held)
    told.until("11:05:00")
    assert told.reasons == ["avwap_breakdown"] * 4
    assert len({one.intent_id for one in told.exits}) == 4
    told.print("11:05:30", 9_930)
    assert not told.state.held
    assert told.trips[0].exit_reason == "avwap_breakdown"


def test_an_exit_decided_late_in_the_day_goes_on_the_next_morning(held: Tale) -> None:
    told = held.quiet("15:00", 10_010)
    told.prices[SYMBOL] = 10_010
    told.until("15:10:20")  # asked for, and nobody buys
    assert told.reasons == ["time_stop_intraday"]
    later = next_day(told, "2025-09-04")
    assert later.exits == []
    later.until("09:00:02", 1)
    assert later.reasons[-1] == "time_stop_intraday"


def test_the_reversal_leaves_at_a_limit_and_then_at_the_market(held: Tale) -> None:
    told = waits_for_its_limit_too_long(held)
    first, second = told.exits
    cancel = told.intents[-2]
    assert isinstance(cancel, CancelOrders)
    assert cancel.side == "SELL"
    assert isinstance(first, Exit)
    assert isinstance(second, Exit)
    assert first.limit_krw == 10_070  # 0.3 % below the last price, up to the tick
    assert second.limit_krw is None
    told.print("09:01:00", 10_100)
    assert not told.state.held
    assert told.says("Flow reversal exits executed")


def test_a_reversal_without_any_price_leaves_at_the_market_when_the_window_ends(
    held: Tale,
) -> None:
    later = overnight(held, reversal=True)
    later.prices[SYMBOL] = None
    later.until("09:00:59")
    assert later.exits == []
    later.until("09:01:00")
    [exit_] = later.exits
    assert isinstance(exit_, Exit)
    assert (exit_.reason, exit_.limit_krw) == ("flow_reversal", None)


def test_a_reversal_that_nobody_could_judge_because_the_oms_was_away_is_said(held: Tale) -> None:
    closes(held, ("11:00", 10_100), ("15:00", 10_100)).until("15:41:00", 60)
    chosen = artifact(held.nulrimok, candidate(), day="2025-09-04", reversal={SYMBOL: True})
    later = held.tomorrow("2025-09-04", chosen).until("09:03:00")
    [said] = later.says("Flow reversal not judged")
    assert dict(said.facts)["why"] == "the OMS has not said what is held"
    later.tell(later.oms.books(later.now_ns))
    problems = later.nulrimok.funnel(later.state)["health"]["problems"]
    assert "flow reversal not judged" in problems


def test_a_stop_that_the_oms_fires_ends_the_position_once(held: Tale) -> None:
    held.until("10:40:00")
    held.oms.held[SYMBOL].stop_krw = 9_950  # an operator has raised it
    held.print("10:41:00", 9_950).print("10:41:05", 9_950)
    assert held.exits == []
    assert not held.state.held
    assert held.trips[0].exit_reason == "oms_stop"


def test_what_was_sold_is_not_entered_again_that_day(held: Tale) -> None:
    prints_at_its_stop(held).print("10:40:05", STOP)
    held.bar("11:00", 9_990, 10_000, 9_960, 9_970, USUAL // 2)
    held.bar("11:30", 9_990, 10_060, 9_970, 10_050, USUAL // 2)
    assert len(held.entries) == 1


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.REJECTED])
def test_an_exit_that_ends_unfilled_is_asked_for_again(state: OrderState, held: Tale) -> None:
    told = breaks_down(held)
    sell = told.oms.sells.pop(SYMBOL)
    told.tell(told.oms._closed(sell, SYMBOL, "SELL", state, 0, 0, told.now_ns))
    told.until("11:01:00")
    assert len(told.exits) == 2


def test_after_costs_is_what_counts_as_a_gain(held: Tale) -> None:
    """10,017 is above the entry and still a loss: commission both ways and the tax."""
    held.quiet("15:00", 10_010)
    held.prices[SYMBOL] = AVWAP + 17
    held.until("15:11:00")
    assert held.reasons == ["time_stop_intraday"]
