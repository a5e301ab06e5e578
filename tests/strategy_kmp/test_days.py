"""Real days through the pure decision: they are quick, explained, and the same after a restart."""

import random
from collections.abc import Callable
from datetime import time
from time import perf_counter

import pytest

from oms_client.contract import Enter, Exit
from strategy_kmp.decision.phases import WatchBreak
from strategy_kmp.decision.state import State
from strategy_kmp.kmp import Kmp
from strategy_runtime.contract import Step
from strategy_runtime.restore import restore
from strategy_runtime.turns import Head, Record, event_of, output_of, packed, unpacked
from tests.play.day import Play
from tests.play.fleet import cast
from tests.play.hash_seeds import digests_of
from tests.play.market import RealMarket

Played = Play[State]
PlayOf = Callable[..., Played]
BUSY_DAY = "2025-07-03"
CLOSE_MIN = 15 * 60 + 30
TRADED = ("2025-06-30", "2025-07-01")


@pytest.fixture(scope="module")
def play(market: RealMarket) -> PlayOf:
    """Return a way to play a real date."""
    kmp = cast("kmp")
    return lambda day, first=time(8, 58), **more: kmp.play(market, day, first=first, **more)


def test_a_real_day_takes_seconds_and_its_funnel_explains_it(play: PlayOf) -> None:
    day = play("2025-09-03")
    began = perf_counter()
    day.run()
    assert perf_counter() - began < 10
    shown = day.strategy.funnel(day.state)
    gates = {gate["gate"]: gate for gate in shown["gates"]}
    assert gates["universe"]["passed"] == 103
    assert gates["history"]["passed"] == 103
    passed = [gate["passed"] for gate in shown["gates"]]
    assert passed == sorted(passed, reverse=True)
    ended = [symbol for symbols in shown["ended_at"].values() for symbol in symbols]
    assert len(ended) == len(set(ended)) == 103 - shown["round_trips"]
    assert shown["health"]["problems"] == []
    assert day.state.desk.trips == []  # two breaks, none accepted


def test_days_of_the_summer_trade_and_every_trip_is_explained(
    play: PlayOf, recorded: Played
) -> None:
    days = [recorded, *(play(day).run() for day in TRADED)]
    assert all(day.state.desk.trips for day in days)
    trips = [trip for day in days for trip in day.state.desk.trips]
    assert len(trips) >= 5
    for trip in trips:
        assert trip.exit_reason
        assert trip.costs_krw > 0
        assert trip.mae_krw <= 0 <= trip.mfe_krw
        assert {"quality", "bound_by", "surge", "signal_to_fill_s"} <= dict(trip.facts).keys()


@pytest.fixture(scope="module")
def recorded(play: PlayOf) -> Played:
    return play(BUSY_DAY).run()


@pytest.fixture(scope="module")
def journal(recorded: Played) -> list[Record]:
    """What the shell would have written, through its bytes and back."""
    return [unpacked(packed(record)) for record in recorded.records]


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_at_any_turn_asks_the_same(
    recorded: Played, journal: list[Record], kmp: Kmp, seed: int
) -> None:
    cut = random.Random(seed).randrange(1, len(journal))
    again = Kmp.of(kmp.rules)  # another process, from the journal's own head
    restored = restore(again, recorded.day, journal[:cut])
    assert restored.differences == 0
    assert not restored.rules_changed
    state: State = restored.state
    for record in journal[cut:]:
        assert not isinstance(record, Head)
        step: Step[State] = again.decide(state, event_of(record))
        state = step.state
        assert output_of(step) == record.output
    assert state.desk.trips == recorded.state.desk.trips
    assert state.desk.trips


@pytest.mark.parametrize("at", [time(9, 14), time(9, 22), time(9, 50)])
def test_a_start_without_a_journal_sees_the_same_opening_ranges(
    recorded: Played, play: PlayOf, at: time
) -> None:
    late = play(BUSY_DAY, first=at, last_min=10 * 60 - CLOSE_MIN).run()
    ranges = {
        symbol: name.scan and (name.scan.high_krw, name.scan.low_krw, name.scan.surge)
        for symbol, name in late.state.names.items()
    }
    assert ranges == {
        symbol: name.scan and (name.scan.high_krw, name.scan.low_krw, name.scan.surge)
        for symbol, name in recorded.state.names.items()
    }


def test_every_position_of_the_day_was_left_and_named(recorded: Played) -> None:
    entries = [intent for intent in recorded.oms.intents if isinstance(intent, Enter)]
    exits = [intent for intent in recorded.oms.intents if isinstance(intent, Exit)]
    assert len({intent.intent_id for intent in recorded.oms.intents}) == len(recorded.oms.intents)
    assert len(exits) == len(recorded.state.desk.trips) <= len(entries)
    assert not recorded.oms.held
    assert not any(isinstance(name.phase, WatchBreak) for name in recorded.state.names.values())


def test_what_is_decided_does_not_depend_on_how_python_orders_sets() -> None:
    script = (
        "from strategy_kmp.settings import load_kmp\n"
        "from tests.strategy_kmp.stories import Story\n"
        "universe = tuple(f'{n:06d}' for n in range(10, 300, 10)) + ('005930', '000660')\n"
        "told = Story(load_kmp()[1], universe).ready()\n"
        "told.bought(told.armed())\n"
        "told.until('09:31:00')\n"
    )
    assert len(digests_of(script)) == 1
