"""Chaos: a few seeds hold, a seed plays the same every time, and what breaks a law is found."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from fleet.__main__ import app
from fleet.chaos.runs import play, summary
from fleet.chaos.story import POINTS, draw_story
from oms import recover
from oms.core import arbitration, fills
from oms.courier import Courier

SEEDS = (2, 5, 9, 27, 37)


def test_the_oms_keeps_its_laws_through_faults_and_kills() -> None:
    told = summary([play(seed) for seed in SEEDS])
    assert told["violations"] == []
    assert told["runs"] == len(SEEDS)
    assert told["faults"] > 100
    assert told["kills"] >= 5
    assert told["orders"] > 20


def test_a_seed_plays_the_same_run_every_time() -> None:
    one, other = play(5, log=True), play(5, log=True)
    assert one.log
    assert one == other


def test_stories_are_drawn_from_their_seeds_and_die_in_every_way() -> None:
    stories = [draw_story(seed) for seed in range(200)]
    assert stories == [draw_story(seed) for seed in range(200)]
    assert {death.point for story in stories for death in story.deaths} == set(POINTS)


def test_the_command_prints_one_object() -> None:
    done = CliRunner().invoke(app, ["chaos", "--runs", "1", "--seed", "3", "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == {"runs", "faults", "kills", "orders", "violations"}
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


def _lets_own_orders_meet(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(arbitration, "way_is_free", lambda *_: True)


@pytest.mark.parametrize(
    ("breaks", "invariant"),
    [
        (_sends_twice, "broker_orders_are_journaled_sends"),
        (_forgets_what_was_sent, "broker_orders_are_journaled_sends"),
        (_forgets_what_was_decided, "no_intent_is_executed_twice"),
        (_lets_own_orders_meet, "own_orders_stay_apart"),
    ],
    ids=["sends twice", "forgets what was sent", "decides twice", "trades with itself"],
)
def test_an_oms_that_breaks_a_law_is_found_out(
    breaks: Callable[[pytest.MonkeyPatch], None], invariant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks(monkeypatch)
    for seed in range(37, 57):
        found = play(seed).violations
        assert all(each.reproduce == f"kst chaos --seed {seed} --runs 1" for each in found)
        if invariant in {each.invariant for each in found}:
            return
    pytest.fail(f"{invariant} held in every run")
