"""Real days through the pure decision: explained, complete, and the same after a restart."""

import json
from collections.abc import Callable

import pytest

from kis_core.market.instants import minute_of_day
from oms_client.contract import Enter
from strategy_kpr.decision.state import State
from strategy_kpr.kpr import Kpr
from strategy_runtime.contract import Entered, RoundTrip
from strategy_runtime.restore import restore
from tests.play.day import Play
from tests.play.fleet import cast
from tests.play.hash_seeds import digests_of
from tests.play.market import RealMarket

DAY = "2025-07-03"  # eight trades of eighteen symbols with setups
SETUPS = (
    "000720", "001040", "006260", "009540", "010120", "012450", "015760", "034020", "034730",
    "041510", "064350", "079550", "267250", "267260", "298040", "329180", "352820", "377300",
)  # fmt: skip
Played = Play[State]


@pytest.fixture(scope="module")
def whole(market: RealMarket) -> Played:
    """The day of the configured universe."""
    return cast("kpr").play(market, DAY).run()


@pytest.fixture(scope="module")
def play(market: RealMarket) -> Callable[[], Played]:
    """Return a way to play the day of those with setups."""
    few = cast("kpr", SETUPS)
    return lambda: few.play(market, DAY)


def test_the_funnel_explains_the_day(whole: Played) -> None:
    shown = whole.strategy.funnel(whole.state)
    passed = [gate["passed"] for gate in shown["gates"]]
    assert passed == sorted(passed, reverse=True)
    assert passed[:3] == [58, 58, 58]
    assert 3 <= shown["round_trips"] <= 10
    assert shown["health"]["problems"] == []
    assert shown["health"]["polls_failed"] == 0
    assert shown["would_block"]
    assert json.loads(json.dumps(shown)) == shown


def test_every_trade_is_explained_and_nothing_is_held_at_the_end(whole: Played) -> None:
    trips = [note for note in whole.notes if isinstance(note, RoundTrip)]
    entered = [note for note in whole.notes if isinstance(note, Entered)]
    assert len(trips) == len(entered) == whole.strategy.funnel(whole.state)["round_trips"]
    assert not whole.oms.held
    for trip in trips:
        assert trip.exit_reason
        assert trip.costs_krw > 0
        assert trip.mae_krw <= 0 <= trip.mfe_krw
        assert trip.setup in ("panic", "drift")
    for note in entered:
        assert note.factors
        assert all(filter_.passed for filter_ in note.filters)
        assert dict(note.sizing)["bound_by"] in ("risk", "liquidity", "equity")
        assert dict(note.latency_ms)["filled"] is not None


def test_every_minute_of_the_real_day_was_looked_at_once(whole: Played, market: RealMarket) -> None:
    until = minute_of_day(whole.day.session.open_ns) + 5 * 60 + 25  # 14:25: all tiers are there
    for symbol, name in whole.state.names.items():
        real = [row for row in market.minutes(symbol, DAY) if row[0] < until]
        seen = [
            (minute_of_day(bar.start_ns), bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw)
            for bar in name.heard.bars.values()
            if minute_of_day(bar.start_ns) < until
        ]
        assert seen == [row[:5] for row in real], symbol
        assert name.extremes.high_krw is not None
        assert name.extremes.high_krw >= max(row[2] for row in real)
    looked = whole.state.health.minutes_looked_at
    assert looked >= sum(
        sum(row[0] < until for row in market.minutes(symbol, DAY)) for symbol in whole.state.names
    )
    assert looked == sum(
        sum(bar.start_ns < name.looked_ns for bar in name.heard.bars.values())
        for name in whole.state.names.values()
    )


def test_limits_and_stops_are_on_the_grid_and_in_order(whole: Played) -> None:
    entries = [intent for _, intent in whole.intents if isinstance(intent, Enter)]
    assert entries
    assert len({intent.intent_id for _, intent in whole.intents}) == len(whole.intents)
    for entry in entries:
        assert entry.stop_krw < entry.limit_krw
        assert entry.signal_hash
        assert entry.reason in ("panic_reclaim", "drift_reclaim")


def test_the_journal_folds_into_the_same_steps(play: Callable[[], Played]) -> None:
    whole = play().run()
    restored = restore(Kpr.of(whole.strategy.rules), whole.day, whole.records)
    assert restored.differences == 0
    assert not restored.rules_changed
    assert whole.state.desk.trips
    state: State = restored.state
    for symbol, name in whole.state.names.items():
        again = state.names[symbol]
        assert again.heard.vwap.krw == name.heard.vwap.krw
        assert (again.extremes, again.phase, again.tier) == (name.extremes, name.phase, name.tier)
    assert state.desk.trips == whole.state.desk.trips


def test_restarts_in_the_middle_end_flat_too(play: Callable[[], Played]) -> None:
    day = play().run(restarts=(9 * 60 + 47, 10 * 60 + 30, 13 * 60 + 5))
    shown = day.strategy.funnel(day.state)
    assert not day.oms.held
    assert shown["health"]["problems"] == []
    assert shown["round_trips"] >= 3


def test_what_is_decided_does_not_depend_on_how_python_orders_sets() -> None:
    script = (
        "from strategy_kpr.settings import load_kpr\n"
        "from tests.strategy_kpr.stories import Story\n"
        "universe = tuple(f'{n:06d}' for n in range(10, 300, 10)) + ('005930', '000660')\n"
        "told = Story(load_kpr()[1], universe).held()\n"
        "told.restart('09:35')\n"
    )
    assert len(digests_of(script)) == 1
