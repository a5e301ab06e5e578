"""What is told of entries and of breaks that led to none: enough to judge the gates afterwards."""

from collections.abc import Callable

import pytest

from oms_client.contract import IntentStatus, OrderState
from strategy_kmp.decision.phases import Done, WaitAcceptance
from strategy_kmp.kmp import Kmp
from strategy_runtime.contract import Missed
from strategy_runtime.decision.trading import Entering, InPosition
from tests.strategy_kmp.stories import HIGH, LOW, OTHERS, SYMBOL, Story

Tell = Callable[..., Story]


def missed(told: Story, symbol: str = SYMBOL) -> list[tuple[str, str]]:
    return [(note.blocked_by, note.maturity) for note in told.missed if note.symbol == symbol]


def test_an_entry_tells_why_how_much_and_how_long_it_took(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.bought(entry)
    (entered,) = told.entered
    assert isinstance(told.phase, InPosition)
    assert (entered.trip_id, entered.signal_id) == ("KMP:005930:2025-09-03:1", entry.intent_id)
    assert (entered.setup, entered.adopted) == ("or_break_acceptance", False)
    assert (entered.shares, entered.stop_krw) == (entry.shares, entry.stop_krw)
    points = sum(factor.weight or 0 for factor in entered.factors)
    assert entered.strength == pytest.approx(points, abs=1e-3)
    assert {f.name for f in entered.factors} == {
        "surge", "rvol", "imbalance", "spread", "clean", "breadth", "trend",
    }  # fmt: skip
    assert all(gate.passed for gate in entered.filters)
    margins = {gate.name: gate.margin_pct for gate in entered.filters}
    assert margins["surge"] == pytest.approx(100 * (5.05 - 2.6) / 2.6, abs=5)
    assert margins["or_range"] == pytest.approx(100 * (0.07 - 2 * 200 / 20_200) / 0.07, abs=0.1)
    sizing = dict(entered.sizing)
    assert sizing["shares"] == entry.shares
    assert entry.trigger_krw is not None
    assert sizing["risk_per_share_krw"] == entry.trigger_krw - entry.stop_krw
    assert {"base_risk", "quality_mult", "time_mult", "program_mult", "bound_by"} <= sizing.keys()
    assert [stage for stage, _ in entered.latency_ms] == ["answered", "accepted", "filled"]
    assert told.trips == []


def test_the_facts_of_a_trip_have_each_name_once(story: Tell) -> None:
    told = story().ready()
    told.bought(told.armed())
    told.trade("09:21:30", LOW)
    told.sold(told.intents[-1], told.entered[0].shares, LOW)
    (trip,) = told.trips
    names = [name for name, _ in trip.facts]
    assert len(names) == len(set(names))
    assert trip.trip_id == told.entered[0].trip_id


def test_a_gate_that_holds_a_break_back_is_told_once_with_what_it_cost(story: Tell) -> None:
    told = story().ready().account(equity_krw=None)
    told.break_out().accept()
    told.trade("09:21:05", HIGH + 30)
    told.trade("09:22:10", HIGH + 30)
    assert missed(told) == [("equity_unknown", "late")]
    note: Missed = told.missed[0]
    assert (note.setup, note.price_krw) == ("or_break_acceptance", HIGH + 20)
    assert note.stop_krw is not None
    assert note.target_krw is not None
    trigger = HIGH + 10
    assert note.target_krw - trigger == trigger - note.stop_krw
    assert note.strength is not None
    assert 0 < note.strength <= 1
    told.account().trade("09:22:20", HIGH + 30)
    assert isinstance(told.phase, Entering)


@pytest.mark.parametrize(
    ("prints", "until", "gate", "maturity"),
    [
        ((), "09:25:01", "acceptance_timeout", "early"),
        ((10_150,), "09:25:01", "acceptance_timeout", "mid"),
        ((10_040,), "09:21:00", "retest_depth", "mid"),
    ],
    ids=["never came back", "never reclaimed", "came back too far"],
)
def test_how_far_a_break_came(
    story: Tell, prints: tuple[int, ...], until: str, gate: str, maturity: str
) -> None:
    told = story().ready().break_out()
    for price in prints:
        told.trade("09:20:30", price)
    told.until(until)
    assert isinstance(told.phase, Done)
    assert missed(told) == [(gate, maturity)]


def test_a_break_without_support_did_not_come_to_its_acceptance(story: Tell) -> None:
    told = story()
    switches = told.rules.switches.model_copy(update={"require_held_support": True})
    told.kmp = Kmp("KMP", told.rules.model_copy(update={"switches": switches}), told.kmp.sectors)
    told.ready().break_out().accept(to=10_060)
    assert missed(told)[0] == ("held_support", "mid")
    (support,) = [gate for gate in told.missed[0].filters if gate.name == "held_support"]
    assert not support.passed
    assert support.margin_pct is not None
    assert support.margin_pct < 0


def test_the_cutoff_stops_what_waits(story: Tell) -> None:
    told = story().ready().break_out("10:29:00")
    told.until("10:30:00")
    assert missed(told) == [("entry_cutoff", "early")]


def test_each_unfilled_entry_is_a_missed_one(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.answer()
    told.until("09:21:30")  # given up here
    told.closed(entry, OrderState.CANCELLED)
    told.trade("09:21:41", HIGH + 20)
    told.answer()
    told.closed(told.intents[-1], OrderState.EXPIRED)  # ended there
    assert isinstance(told.phase, WaitAcceptance)
    assert missed(told) == [("missed_fill", "late")] * 2
    assert [note.reason for note in told.missed] == ["expired", "expired"]
    assert told.entered == []


def test_a_refusal_s_words_are_kept(story: Tell) -> None:
    told = story().ready()
    told.armed()
    told.answer(IntentStatus.REFUSED, message="sector full")
    (note,) = told.missed
    assert (note.blocked_by, note.reason, note.maturity) == ("refused", "sector full", "late")


def test_a_full_sector_names_whose_positions_stand_in_the_way(story: Tell) -> None:
    told = story()
    told.kmp = Kmp("KMP", told.rules, dict.fromkeys(told.kmp.sectors, "One"))
    told.state = told.kmp.open(told.day)
    told.ready()
    for symbol in OTHERS:
        told.holds(10, 102_000, 10_100, symbol=symbol)
    told.break_out().accept()
    assert missed(told) == [("sector", "late")]
    assert told.missed[0].blocking == tuple(sorted(OTHERS))


def test_what_the_strict_values_would_have_stopped_is_told_once(story: Tell) -> None:
    told = story()
    for symbol in told.kmp.sectors:
        told.histories.opening[symbol] = [
            (540 + m, LOW, HIGH if m == 7 else LOW + 100, LOW, LOW + 100, 285) for m in range(15)
        ]
    told.ready()
    told.break_out().break_out("09:20:10")
    notes = [note for note in told.lenient if note.symbol == SYMBOL]
    assert [note.reason for note in notes].count("MIN_SURGE") == 1
    (surge,) = [note for note in notes if note.reason == "MIN_SURGE"]
    assert (surge.actual, surge.strict) == (told.name.scan and round(told.name.scan.surge, 4), 3.0)


def test_a_late_fill_of_an_order_given_up_is_still_explained_by_it(story: Tell) -> None:
    told = story().ready()
    entry = told.armed()
    told.answer()
    told.until("10:30:01")
    assert isinstance(told.phase, Done)
    told.filled(entry, 10, HIGH + 20)
    told.holds(10, 10 * (HIGH + 20), entry.stop_krw)
    (entered,) = told.entered
    assert (entered.adopted, entered.signal_id) == (False, entry.intent_id)
    assert isinstance(told.phase, InPosition)
    assert told.phase.position.entry_reason == "or_break_acceptance"
