"""Chaos: a few seeds hold, a seed plays the same every time, and what breaks a law is found."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from typer.testing import CliRunner

from broker_sim.exchange.fault_kinds import Kind as Fault
from fleet import postgres
from fleet.__main__ import app
from fleet.chaos.mishaps import mishaps
from fleet.chaos.runs import EVERY, Run, play, summary
from fleet.chaos.story import DUTIES, KINDS, POINTS, TRADES, draw_story
from fleet.chaos.trail import OutsideTrail
from oms import recover
from oms.core import arbitration, fills, reconcile, risk
from oms.courier import Courier
from oms.journal import Journal
from tests.postgres import TEMPLATE

SEEDS = (5, 27, 37)
SHIPPED = 160  # a seed whose line to PostgreSQL breaks in several ways
SYMBOLS = ("000100", "000270")


@pytest.fixture
def databases(postgres_template: str) -> Iterator[Sequence[str]]:
    """The URLs of two fresh, migrated databases: a seed's rows have one name in each."""
    names = ("chaos_one", "chaos_other")
    yield [
        asyncio.run(postgres.create_database(postgres_template, name, template=TEMPLATE))
        for name in names
    ]
    for name in names:
        asyncio.run(postgres.drop_database(postgres_template, name))


@pytest.fixture(scope="module")
def played() -> list[Run]:
    """The seeds, played once."""
    return [play(seed, log=True) for seed in SEEDS]


def test_the_oms_keeps_its_laws_through_faults_and_kills(played: list[Run]) -> None:
    told = summary(played)
    assert told["violations"] == []
    assert told["runs"] == len(SEEDS)
    assert told["faults"] > 100
    assert told["kills"] >= 5
    assert told["orders"] > 20


def test_the_summary_counts_what_befell_the_runs_by_kind(played: list[Run]) -> None:
    told = summary(played)
    assert set(told["kinds"]) == set(EVERY)
    assert sum(told["kinds"]["faults"].values()) == told["faults"]
    assert 0 < sum(told["kinds"]["kills"].values()) <= told["kills"]
    for of, kinds in EVERY.items():
        never = {entry.partition(": ")[2] for entry in told["dead"] if entry.startswith(f"{of}: ")}
        assert never == set(kinds) - set(told["kinds"][of])
    assert {"enter", "exit"} <= set(told["kinds"]["intents"])


def test_a_seed_plays_the_same_run_every_time(played: list[Run]) -> None:
    one, other = played[0], play(SEEDS[0], log=True)
    assert one.log
    assert one.state
    assert one == other


def test_the_audit_is_the_journal_however_often_the_database_is_lost(
    databases: Sequence[str],
) -> None:
    one, other = (play(SHIPPED, url=url) for url in databases)
    assert one.violations == []
    assert sum(one.hits["database"].values()) >= 3
    assert one == other


def test_a_row_that_never_reaches_the_database_is_found(
    databases: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = OutsideTrail._write

    async def lossy(self: Any, rows: Any) -> None:
        await whole(self, [row for row in rows if row.TABLE != "executions"])

    monkeypatch.setattr(OutsideTrail, "_write", lossy)
    found = {each.invariant for each in play(SHIPPED, url=databases[0]).violations}
    assert found == {"postgresql_is_the_journal"}


def test_stories_are_drawn_from_their_seeds_and_leave_nothing_out() -> None:
    stories = [draw_story(seed) for seed in range(200)]
    assert stories == [draw_story(seed) for seed in range(200)]
    assert {death.point for story in stories for death in story.deaths} == set(POINTS)
    assert {act.kind for story in stories for act in story.acts} == set(KINDS)
    assert {deed.duty for story in stories for deed in story.deeds} == set(DUTIES)
    assert {foreign.trade for story in stories for foreign in story.foreign} == set(TRADES)
    assert {story.host for story in stories} == {"real", "paper"}
    assert sum(story.breaks is not None for story in stories) == 20
    assert all(draw_story(seed, postgres=True).breaks for seed in range(20))


def test_every_kind_of_fault_is_among_those_of_some_seed() -> None:
    drawn = [mishaps(draw_story(seed), SYMBOLS) for seed in range(40)]
    assert {fault.kind for faults in drawn for fault in faults} == set(Fault)


def test_the_command_prints_one_object() -> None:
    done = CliRunner().invoke(app, ["chaos", "--runs", "1", "--seed", "3", "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout.splitlines()[-1])
    assert {"runs", "faults", "kills", "orders", "violations"} <= set(told)
    assert (told["runs"], told["violations"]) == (1, [])


def _sends_twice(patch: pytest.MonkeyPatch) -> None:
    once = Courier._place

    async def twice(self: Courier, order_id: str) -> None:
        await once(self, order_id)
        await once(self, order_id)

    patch.setattr(Courier, "_place", twice)


def _forgets_what_was_sent(patch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any) -> Any:
        return iter(())

    patch.setattr(fills, "lost", lost)


def _forgets_what_was_decided(patch: pytest.MonkeyPatch) -> None:
    whole = recover.folded

    def folded(*of: Any) -> Any:
        book = whole(*of)
        book.results.clear()
        return book

    patch.setattr(recover, "folded", folded)
    patch.setattr(Journal, "decided", lambda *_: None)


def _hides_others(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "_tells_news", lambda *_: False)


def _lets_a_drift_be(patch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any) -> Any:
        return iter(())

    patch.setattr(reconcile, "_drift", nothing)


def _lets_every_entry_through(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(risk, "evaluate", lambda entry: risk.APPROVED)


def _lets_own_orders_meet(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(arbitration, "way_is_free", lambda *_: True)


@pytest.mark.parametrize(
    ("breaks", "invariant", "first"),
    [
        (_sends_twice, "broker_orders_are_journaled_sends", 1),
        (_forgets_what_was_sent, "broker_orders_are_journaled_sends", 2),
        (_forgets_what_was_decided, "no_intent_is_executed_twice", 1),
        (_hides_others, "foreign_orders_are_shown_and_not_adopted", 1),
        (_lets_a_drift_be, "allocations_are_the_brokers_holdings", 2),
        (_lets_every_entry_through, "no_entry_while_stopped", 3),
        (_lets_own_orders_meet, "own_orders_stay_apart", 37),
    ],
    ids=[
        "sends twice",
        "forgets what was sent",
        "decides twice",
        "hides others",
        "no drift",
        "no controls",
        "trades with itself",
    ],
)
def test_an_oms_that_breaks_a_law_is_found_out(
    breaks: Callable[[pytest.MonkeyPatch], None],
    invariant: str,
    first: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    breaks(monkeypatch)
    for seed in range(first, first + 20):
        found = play(seed).violations
        assert all(each.reproduce == f"kst chaos --seed {seed} --runs 1" for each in found)
        if invariant in {each.invariant for each in found}:
            return
    pytest.fail(f"{invariant} held in every run")
