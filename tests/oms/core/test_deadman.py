"""The dead-man switch: one that says no longer that it lives is flattened if so chosen."""

from collections.abc import Callable
from typing import Literal

import pytest

from kis_core.clock import SECOND_NS
from oms.core import records as r
from oms.core.day import next_due_ns
from oms.core.limits import Budget
from tests.oms.core.test_controls import beat
from tests.oms.core.test_risk import told_by
from tests.oms.stories import HYNIX, SAMSUNG, Story, at, of, one

StoryOf = Callable[..., Story]


@pytest.fixture
def holding(story_of: StoryOf) -> Callable[[Literal["hold", "flatten"]], Story]:
    """KMP beats at 09:30, holds ten shares and buys five; KPR holds ten and needs no heartbeat."""

    def make(on_silence: Literal["hold", "flatten"]) -> Story:
        kmp = Budget(8, 0.025, 0.5, 0, heartbeat_s_max=180, on_silence=on_silence)
        story = story_of(budgets={"KMP": kmp, "KPR": Budget(8, 0.025, 0.5, 0)})
        beat(story)
        story.hold(10)
        story.hold(10, "KPR")
        quote = story.quote(HYNIX)
        expires_ns = at("15:00")
        planned = story.enter(5, symbol=HYNIX, quote=quote, expires_ns=expires_ns)
        story.answer(one(planned, r.OrderPlanned).order_id)
        return story

    return make


def test_it_is_flattened_at_the_second_its_heartbeat_is_too_old_and_nobody_else_is(
    holding: Callable[..., Story],
) -> None:
    story = holding("flatten")
    assert next_due_ns(story.book, story.now_ns) == at("09:33")
    assert story.at("09:32:59").timer() == []
    outputs = story.at("09:33").timer()
    sale = one(outputs, r.OrderPlanned)
    assert (sale.strategy_id, sale.symbol, sale.shares, sale.limit_krw) == (
        "KMP",
        SAMSUNG,
        10,
        None,
    )
    assert sale.reason == "no heartbeat"
    assert len(of(outputs, r.CancelPlanned)) == 1
    assert story.allocation("KPR").exit_why is None
    assert of(story.wait(1).timer(), r.OrderPlanned) == []


def test_where_it_shall_hold_nothing_is_sold_and_its_entries_wait(
    holding: Callable[..., Story],
) -> None:
    story = holding("hold")
    assert of(story.at("10:00").timer(), r.OrderPlanned) == []
    assert told_by(story.enter(1, symbol="035420"))["heartbeat"] == "defer"


def test_a_heartbeat_in_time_keeps_it_alive(holding: Callable[..., Story]) -> None:
    story = holding("flatten")
    beat(story.at("09:32"))
    assert of(story.at("09:34:59").timer(), r.OrderPlanned) == []
    assert one(story.at("09:35").timer(), r.OrderPlanned).strategy_id == "KMP"


def test_the_time_the_oms_itself_was_away_is_not_held_against_it(
    holding: Callable[..., Story],
) -> None:
    story = holding("flatten")
    story.at("11:00").restart()
    assert of(story.timer(), r.OrderPlanned) == []
    assert one(story.at("11:03").timer(), r.OrderPlanned).reason == "no heartbeat"


def test_changed_limits_do_not_restart_its_patience(holding: Callable[..., Story]) -> None:
    story = holding("flatten")
    story.at("09:32")
    limits = story.limits
    story.tell(r.LimitsRead(at_ns=story.now_ns, limits=limits, limits_hash="other"))
    assert one(story.at("09:33").timer(), r.OrderPlanned).strategy_id == "KMP"


def test_a_night_is_not_held_against_it_but_the_morning_is(holding: Callable[..., Story]) -> None:
    story = holding("flatten")
    beat(story.at("09:32"))
    beat(story.at("15:29"))
    story.now_ns = at("09:02:59") + 86_400 * SECOND_NS
    assert of(story.timer(), r.OrderPlanned) == []
    story.wait(1)
    assert one(story.timer(), r.OrderPlanned).strategy_id == "KMP"
