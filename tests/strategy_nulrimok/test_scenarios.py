"""The acceptance scenarios of Nulrimok's day. Those of its exits are in test_exits.py."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from kis_core.clock import kst
from kis_core.market.events import Gap
from oms_client.contract import Exit
from strategy_nulrimok.decision.exits import times_held
from strategy_nulrimok.decision.setups import Armed
from strategy_nulrimok.nulrimok import Nulrimok
from strategy_runtime.contract import RESTARTED, AskMinutes, AskOwn, Listen
from strategy_runtime.restore import restore
from strategy_runtime.turns import FORMAT, Head, Record, output_of, turn_of
from tests.strategy_nulrimok.tales import (
    AVWAP,
    OTHER,
    SYMBOL,
    USUAL,
    Tale,
    artifact,
    candidate,
)

Tell = Callable[..., Tale]
BEFORE, FIRST, SECOND = "2025-10-02", "2025-10-10", "2025-10-13"
"""The day before Chuseok, and the two sessions after it: eight days without one lie between."""


def before_the_holidays(nulrimok: Nulrimok) -> Tale:
    """Buy on the eve of the holidays and close at a price that is held overnight."""
    chosen = artifact(nulrimok, candidate(atr30m_est_krw=120.0), day=BEFORE)
    told = Tale(nulrimok, chosen, day=BEFORE).start().bought()
    told.quiet("15:00", 10_100)
    told.prices[SYMBOL] = 10_100
    return told.until("15:41:00", 60)


def journal_of(told: Tale) -> list[Record]:
    """Return the day as the shell would have written it down."""
    rules = json.dumps(told.nulrimok.rules, sort_keys=True, ensure_ascii=False)
    head = Head(FORMAT, told.nulrimok.name, told.day, rules, told.ns("08:00:00"), None)
    turns = (
        turn_of(seq, event, output)
        for seq, (event, output) in enumerate(zip(told.told, told.outputs, strict=True))
    )
    return [head, *turns]


def died(told: Tale, at: str) -> Tale:
    """Let the process die, and another go on from its journal at an instant."""
    records = journal_of(told)
    records[0] = Head(*(getattr(records[0], n) for n in records[0].__struct_fields__[:-1]),
                      told.carried)  # fmt: skip
    restored = restore(told.nulrimok, told.day, records)
    assert restored.differences == 0
    last_ns = told.now_ns
    told.state, told.now_ns = restored.state, told.ns(at)
    told.tell(Gap(None, last_ns, told.now_ns, RESTARTED))
    for ask in restored.asks.values():
        answer = told.answer(ask)
        assert answer is not None
        told.tell(answer)
    told.tell(told.oms.books(told.now_ns))
    return told


def test_scenario_15_restart_at_11_with_one_open_position(nulrimok: Nulrimok) -> None:
    """Over a holiday weekend: the artifact is there, exits work, sessions are trading days."""
    eve = before_the_holidays(nulrimok)
    chosen = artifact(nulrimok, candidate(atr30m_est_krw=120.0), day=FIRST)
    told = eve.tomorrow(FIRST, chosen).start().quiet("10:30", 10_100)
    told.until("10:40:00")
    asked = len(told.asked_for(AskOwn))
    died(told, "11:00:20")
    assert told.state.artifact is not None
    assert len(told.asked_for(AskOwn)) == asked, "it is in the journal"
    held, position = told.name.held, told.name.trading.position
    assert held is not None
    assert position is not None
    assert times_held(told.state, told.name, held, position).sessions == 1
    assert held.bars > 4, "the eve's bars are not forgotten"
    told.write("11:00", 9_990, 9_990, 9_900, 9_920, 2 * USUAL)
    told.until("11:00:50")
    assert told.reasons == ["avwap_breakdown"]


def test_scenario_15_without_a_journal_the_database_s_artifact_is_asked_for(
    nulrimok: Nulrimok,
) -> None:
    eve = before_the_holidays(nulrimok)
    chosen = artifact(nulrimok, candidate(atr30m_est_krw=120.0), day=FIRST)
    told = eve.tomorrow(FIRST, chosen)
    told.carried = None
    told = Tale(nulrimok, chosen, day=FIRST, oms=eve.oms)  # nothing of the eve is left
    told.now_ns = told.ns("11:00:10")
    told.tell(told.oms.books(told.now_ns))
    told.until("11:00:15")
    assert told.state.artifact is not None
    held, position = told.name.held, told.name.trading.position
    assert held is not None
    assert position is not None
    assert held.avwap_krw == AVWAP, "learnt from today's selection"
    assert position.stop_krw == 9_890, "the stop that the OMS holds"
    assert times_held(told.state, told.name, held, position).sessions == 1
    told.bar("11:30", 9_990, 9_990, 9_900, 9_920, 2 * USUAL)
    assert told.reasons == ["avwap_breakdown"]


def test_scenario_15_two_sessions_later_is_two_sessions_and_not_eleven_days(
    nulrimok: Nulrimok,
) -> None:
    eve = before_the_holidays(nulrimok)
    first = eve.tomorrow(FIRST, artifact(nulrimok, candidate(), day=FIRST)).start()
    first.quiet("15:00", 10_050)
    assert first.reasons == [], "one session is not two, whatever the calendar week says"
    first.until("15:41:00", 60)
    second = first.tomorrow(SECOND, artifact(nulrimok, candidate(), day=SECOND)).start()
    second.quiet("09:30", 10_050)
    assert second.reasons == ["time_stop_multiday"]


# -- bars


def test_scenario_17_a_bar_with_missing_minutes_is_complete(tale: Tell) -> None:
    """Four of thirty minutes had a trade, the last one among them: that is the whole bar."""
    told = tale().bar("09:30", 10_150, 10_160, 10_100, 10_120, 4_000)
    half = told.name.half
    assert half is not None
    bar = half.bar
    assert (bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw) == (
        10_150, 10_160, 10_100, 10_120,
    )  # fmt: skip
    assert bar.volume == 4_000
    assert told.state.health.bars_skipped == 0


def test_scenario_17_a_last_minute_without_a_trade_is_waited_for_and_then_believed(
    tale: Tell,
) -> None:
    told = tale()
    told.rows[SYMBOL] = [(545, 10_100, 10_100, 10_100, 10_100, 500)]
    told.until("09:30:06")
    assert told.name.half is None, "its row may still be on its way"
    told.until("09:30:40")
    assert told.name.half is not None
    assert told.name.half.bar.volume == 500


def test_scenario_17_the_forming_bucket_is_never_used(tale: Tell) -> None:
    """Minutes of the next half hour are there already: no bar holds them."""
    told = tale()
    told.rows[SYMBOL] = [(569, 10_120, 10_120, 10_120, 10_120, 500)]
    told.rows[SYMBOL] += [(570, 9_000, 9_000, 9_000, 9_000, 10**6)]
    told.failing = lambda ask: "busy" if ask.ask_id.startswith("bars") else None
    told.until("09:32:00")
    told.failing = lambda ask: None
    told.until("09:32:20")
    half = told.name.half
    assert half is not None
    assert (half.bar.close_krw, half.bar.volume) == (10_120, 500)
    spans = [ask.spans for _, ask in told.asked_for(AskMinutes, SYMBOL) if len(ask.spans) == 1]
    assert all(span[0][1:] == ("09:00", "09:29") for span in spans)


def test_scenario_17_a_half_hour_without_any_trade_is_skipped_and_said(tale: Tell) -> None:
    told = tale().until("09:30:40")
    assert told.says("30m bar skipped")
    assert told.name.half is None
    assert told.state.health.bars_skipped == 1
    told.bar("10:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)
    assert isinstance(told.setup, Armed)


def test_scenario_17_the_bars_of_a_late_open_begin_with_it(nulrimok: Nulrimok) -> None:
    day = "2025-11-13"  # 10:00 to 16:30
    told = Tale(nulrimok, artifact(nulrimok, candidate(), day=day), day=day).start()
    told.until("10:29:00", 60)
    assert [ask for _, ask in told.asked_for(AskMinutes) if len(ask.spans) == 1] == []
    told.bar("10:30", 10_150, 10_160, 10_100, 10_120)
    told.bar("11:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)
    assert isinstance(told.setup, Armed)
    told.bar("11:30", 9_980, 10_060, 9_970, 10_050)
    assert told.entry.expires_at == kst(told.ns("16:10:00"))


def test_a_failed_answer_is_asked_again_and_looked_at_as_of_its_bar(tale: Tell) -> None:
    told = tale().bar("09:30", 10_150, 10_160, 10_100, 10_120)
    told.failing = lambda ask: "busy" if ask.ask_id.startswith("bars") else None
    told.bar("10:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)
    told.write("10:30", 9_980, 10_060, 9_970, 10_050).until("10:10:00")
    assert not isinstance(told.setup, Armed)
    told.failing = lambda ask: None
    told.until("10:10:20")
    assert isinstance(told.setup, Armed)
    assert told.state.health.bars_late == 1
    assert told.says("30m bar late")
    told.until("10:30:06")
    assert told.entries


def test_two_bars_at_once_are_looked_at_in_order(tale: Tell) -> None:
    """The bar that arms came too late to be alone: the next one confirms it all the same."""
    told = tale().bar("09:30", 10_150, 10_160, 10_100, 10_120)
    told.failing = lambda ask: "busy" if ask.ask_id.startswith("bars2") else None
    told.bar("10:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.entries
    assert told.name.judged == 3


def test_an_answer_to_a_question_of_the_bar_before_teaches_it_once(tale: Tell) -> None:
    told = tale().bar("09:30", 10_150, 10_160, 10_100, 10_120)
    held: list[Any] = []
    told.failing = lambda ask: (held.append(ask) or "never") if "bars2" in ask.ask_id else None
    told.bar("10:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)
    told.failing = lambda ask: None
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.name.judged == 3
    closes = list(told.name.closes)
    answer = told.answer(held[0])
    assert answer is not None
    told.tell(answer)
    assert told.name.closes == closes


# -- a whole day, folded again


def test_folding_the_kept_events_again_gives_the_same_steps(nulrimok: Nulrimok) -> None:
    eve = before_the_holidays(nulrimok)
    chosen = artifact(nulrimok, candidate(), candidate(OTHER), day=FIRST)
    told = eve.tomorrow(FIRST, chosen).start().quiet("15:00", 10_100).until("15:41:00", 60)
    for one in (eve, told):
        state = one.nulrimok.open(one.day, one.carried)
        for event, output in zip(one.told, one.outputs, strict=True):
            step = one.nulrimok.decide(state, event)
            assert output_of(step) == output
            state = step.state
        assert one.nulrimok.carried(state) == one.nulrimok.carried(one.state)


@pytest.mark.parametrize("at", ["08:30:00", "10:10:00", "10:31:00", "10:40:00", "15:12:00"])
def test_a_restart_at_any_time_loses_nothing(at: str, tale: Tell) -> None:
    told = tale()
    whole = tale().bought().quiet("15:00", 10_100).until("15:41:00", 60)
    told = tale()
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("09:30", lambda: told.bar("09:30", 10_150, 10_160, 10_100, 10_120)),
        ("10:00", lambda: told.bar("10:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)),
        ("10:30", lambda: told.bar("10:30", 9_980, 10_060, 9_970, 10_050)),
        ("10:35", lambda: told.print("10:35:00", AVWAP)),
        ("15:00", lambda: told.quiet("15:00", 10_100)),
        ("15:41", lambda: told.until("15:41:00", 60)),
    ]
    dead = False
    for until, step in steps:
        if not dead and until > at[:5]:
            told.until(at)
            died(told, at)
            dead = True
        step()
    assert [one.model_dump() for one in told.intents] == [one.model_dump() for one in whole.intents]
    assert told.nulrimok.carried(told.state) == whole.nulrimok.carried(whole.state)


def test_listening_follows_what_matters(tale: Tell, nulrimok: Nulrimok) -> None:
    far = candidate("035420", avwap_ref_krw=5_000.0, band_lower_krw=4_975.0, band_upper_krw=5_025.0)
    told = tale(chosen=artifact(nulrimok, far, candidate(OTHER), candidate()))

    def heard() -> dict[str, int]:
        assert isinstance(told.state.listen, Listen)
        return {hear.symbol: hear.priority for hear in told.state.listen.symbols}

    assert heard() == {"035420": 3, OTHER: 3, SYMBOL: 3}
    told.print("09:05:00", 10_040, OTHER)
    assert heard()[OTHER] == 2
    told.write("09:30", 9_980, 9_980, 9_980, 9_980, symbol=OTHER)
    told.armed().until("10:00:40")  # the others have no bars, and are not waited for long
    assert heard()[SYMBOL] == 1
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050).until("10:30:40")
    assert heard()[SYMBOL] == 0
    told.print("10:35:00", AVWAP)
    assert heard()[SYMBOL] == 0
    assert isinstance(told.exits, list)
    assert not any(isinstance(one, Exit) for one in told.intents)
