"""The timetable: when a strategy's day ends, on which days, and what a restart makes up for."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from kis_core.clock import SECOND_NS, kst
from kis_core.market.instants import midnight_ns
from oms.core import records as r
from oms.core.day import next_due_ns, opened
from oms.core.limits import Budget
from oms.core.timetable import flatten_ns, timetable
from tests.oms.stories import HYNIX, NAVER, SAMSUNG, Story, at, of, one

DAY_NS = 86_400 * SECOND_NS
ENDS = {
    "KMP": Budget(8, 0.025, 0.5, 0, flatten_s=3600),  # 14:30 of a usual day
    "KPR": Budget(8, 0.025, 0.5, 0),
}


@pytest.fixture
def ending(story_of: Callable[..., Story]) -> Callable[..., Story]:
    def make(start: str = "14:00", **changes: Any) -> Story:
        return story_of(start, budgets=ENDS, day_end_s=120, **changes)

    return make


def seen(story: Story, what: str) -> tuple[str, ...]:
    """The states of one kind of duty."""
    return tuple(duty.state for duty in timetable(story.book, story.now_ns) if duty.what == what)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2025, 11, 20), "2025-11-20 14:30"),  # as usual
        (date(2025, 11, 13), "2025-11-13 15:30"),  # university entrance exam: an hour later
        (date(2026, 1, 2), "2026-01-02 14:30"),  # opens late, closes as usual
        (date(2025, 11, 22), None),  # a Saturday
        (date(2025, 12, 25), None),  # Christmas
        (date(2050, 1, 3), None),  # beyond the calendar
    ],
)
def test_the_end_of_a_strategys_day_keeps_its_distance_to_the_close(
    ending: Callable[..., Story], day: date, due: str | None
) -> None:
    book = ending().book
    book.apply(opened(day, midnight_ns(day)))
    due_ns = flatten_ns(book, "KMP")
    assert (None if due_ns is None else f"{kst(due_ns):%Y-%m-%d %H:%M}") == due
    assert flatten_ns(book, "KPR") is None


def test_at_its_end_the_day_positions_are_sold_and_nothing_else(
    ending: Callable[..., Story],
) -> None:
    story = ending()
    story.hold(10)
    story.hold(10, "KPR", HYNIX)
    swing = one(story.enter(5, symbol=NAVER, time_horizon="SWING"), r.OrderPlanned).order_id
    story.notice(story.answer(swing), 5, symbol=NAVER)
    assert next_due_ns(story.book, story.now_ns) == at("14:30")
    assert seen(story, "flatten") == ("ahead",)
    outputs = story.at("14:30").timer()
    assert one(outputs, r.StrategyFlattened).strategy_id == "KMP"
    sold = one(outputs, r.OrderPlanned)
    assert (sold.symbol, sold.side, sold.shares, sold.limit_krw) == (SAMSUNG, "SELL", 10, None)
    assert seen(story, "flatten") == ("done",)
    assert story.allocation("KMP", NAVER).exit_why is None
    assert of(story.wait(5).timer(), r.StrategyFlattened) == []


def test_its_working_buys_are_withdrawn_and_what_they_still_fill_is_sold(
    ending: Callable[..., Story],
) -> None:
    story = ending("14:29")
    buy = one(story.enter(10), r.OrderPlanned).order_id
    number = story.answer(buy)
    outputs = story.at("14:30").timer()
    assert one(outputs, r.CancelPlanned).order_id == buy
    outputs = story.wait(0.1).notice(number, 4)
    assert one(outputs, r.OrderPlanned).shares == 4


@pytest.mark.parametrize(
    ("back", "sells", "state"),
    [("14:50", 1, "done"), ("15:25", 1, "done"), ("15:40", 0, "missed")],
)
def test_an_end_that_passed_while_the_process_was_away_is_made_up_for_once(
    ending: Callable[..., Story], back: str, sells: int, state: str
) -> None:
    story = ending()
    story.hold(10)
    story.at(back).restart()
    if sells:
        assert next_due_ns(story.book, story.now_ns) == story.now_ns
    assert len(of(story.timer(), r.OrderPlanned)) == sells
    assert seen(story, "flatten") == (state,)
    story.wait(1).restart()
    assert of(story.timer(), r.OrderPlanned) == []
    assert of(story.timer(), r.StrategyFlattened) == []


def test_after_it_nothing_is_bought_for_the_day_and_still_for_longer(
    ending: Callable[..., Story],
) -> None:
    story = ending("14:30")
    story.timer()
    refused = one(story.enter(10), r.IntentDecided)
    assert (refused.status, refused.message) == ("REFUSED", "No entries this late in the session")
    assert one(story.enter(10, time_horizon="SWING"), r.IntentDecided).status == "APPROVED"
    assert one(story.enter(10, "KPR", symbol=HYNIX), r.IntentDecided).status == "APPROVED"


def test_the_next_day_has_an_end_of_its_own(ending: Callable[..., Story]) -> None:
    story = ending("14:30")
    story.timer()
    story.now_ns += DAY_NS
    assert len(of(story.timer(), r.StrategyFlattened)) == 1


def test_a_position_given_by_the_operator_is_nobodys_day_position(
    ending: Callable[..., Story],
) -> None:
    story = ending()
    for _ in range(2):
        story.wait(6).balance(holdings={HYNIX: 5})
    given = {"strategy_id": "KMP", "symbol": HYNIX, "shares": 5, "stop_krw": 60_000}
    assert of(story.operator("reassign_drift", **given), r.AllocationChanged)
    assert of(story.at("14:30").timer(), r.OrderPlanned) == []


def test_working_buys_make_the_closing_cancel_due_and_the_timer_fires_for_it(
    ending: Callable[..., Story],
) -> None:
    story = ending("15:10")
    story.timer()
    story.answer(
        one(story.enter(10, "KPR", symbol=HYNIX, expires_ns=at("15:30")), r.OrderPlanned).order_id
    )
    assert next_due_ns(story.book, story.now_ns) == at("15:19")
    assert seen(story, "closing_cancel") == ("ahead",)
    story.at("15:19:03")  # the timer looks once a second and may come late
    assert next_due_ns(story.book, story.now_ns) == story.now_ns
    assert seen(story, "closing_cancel") == ("due",)
    assert one(story.timer(), r.CancelPlanned).why == "closing"
    assert next_due_ns(story.book, story.now_ns) > story.now_ns


def test_a_day_that_is_over_makes_the_roll_due(story: Story) -> None:
    story.now_ns = at("00:00:07") + DAY_NS
    assert next_due_ns(story.book, story.now_ns) == story.now_ns
    assert one(story.timer(), r.DayOpened).date == "2025-11-21"
    assert next_due_ns(story.book, story.now_ns) > story.now_ns


FLAGS: list[tuple[r.Action, dict[str, Any], r.Flag, bool]] = [
    # the act, the flag it puts up, and whether it outlives the day
    ("safe_mode", {"enabled": True}, "safe_mode", True),
    ("halt_portfolio", {}, "safe_mode", True),
    ("kill", {"enabled": True}, "killed", True),
    ("pause_strategy", {"strategy_id": "KPR"}, "paused", True),
    ("halt_symbol", {"symbol": SAMSUNG}, "halted", True),
    ("flatten_all", {}, "flattening", False),
    ("flatten_all", {}, "halt_entries", False),
]


@pytest.mark.parametrize(("act", "fields", "flag", "stays"), FLAGS)
@pytest.mark.parametrize("back", ["2025-11-21", "2025-11-22", "2025-11-24", "2025-12-01"])
@pytest.mark.parametrize("restarts", [False, True])
def test_daily_flags_fall_at_the_roll_and_the_others_stay(
    ending: Callable[..., Story],
    act: r.Action,
    fields: dict[str, Any],
    flag: r.Flag,
    stays: bool,
    back: str,
    restarts: bool,
) -> None:
    """The next day, a Saturday, over the weekend, and eleven days on; alive or away meanwhile."""
    story = ending()
    story.hold(10)
    story.operator(act, **fields)
    story.at("15:50").restart()
    assert flag in {up for up, _ in story.book.flags}  # not before, and not by a restart
    story.at("23:59:59").timer()
    assert flag in {up for up, _ in story.book.flags}
    story.now_ns = midnight_ns(date.fromisoformat(back)) + SECOND_NS
    _ = story.restart() if restarts else story.timer()
    assert story.book.date == back
    assert (flag in {up for up, _ in story.book.flags}) is stays


def test_a_daily_loss_halts_until_the_roll_and_is_measured_anew(
    ending: Callable[..., Story],
) -> None:
    story = ending()
    story.wait(1).balance(94_000_000)
    assert story.book.halt_entries
    story.wait(1).balance(100_000_000)  # it came back: the halt is for the day all the same
    story.wait(1).restart()
    assert story.book.halt_entries
    story.now_ns = at("08:40") + DAY_NS
    story.restart()
    story.balance(94_000_000)
    assert not story.book.halt_entries
    assert story.book.daily_pnl_krw == 0
