"""Who goes first into a symbol: the lock's owner, unless a higher priority takes it over."""

from collections.abc import Callable
from typing import Any

import pytest

from kis_core.wire.account import NoticeKind
from oms.core import records as r
from oms.core.arbitration import priority
from oms.core.limits import Budget
from tests.oms.stories import SAMSUNG, Story, at, of, one

TEN = 10 * 3600


def budgets(**mine: Any) -> dict[str, Budget]:
    return {
        "KMP": Budget(8, 0.025, 0.5, 90, **({"priority": 1} | mine)),
        "KPR": Budget(8, 0.025, 0.5, 180),
        "PCIM": Budget(8, 0.025, 0.5, 60),
    }


@pytest.fixture
def ranked(story_of: Callable[..., Story]) -> Story:
    """KMP goes before KPR and PCIM, whenever it is."""
    return story_of(budgets=budgets())


def working(story: Story, strategy: str = "KPR") -> tuple[str, str]:
    order_id = str(one(story.enter(10, strategy), r.OrderPlanned).order_id)
    return order_id, story.answer(order_id)


def decided(outputs: list[r.AnyOutput]) -> tuple[str, str]:
    answer = one(outputs, r.IntentDecided)
    return answer.status, answer.message


def test_a_lower_priority_waits_for_the_lock_of_a_higher_one(ranked: Story) -> None:
    working(ranked, "KMP")
    assert decided(ranked.enter(5, "KPR")) == (
        "DEFERRED",
        "Entry locked by KMP until 09:31:30 (90s)",
    )


def test_equals_do_not_take_locks_from_each_other(ranked: Story) -> None:
    working(ranked, "KPR")
    assert decided(ranked.enter(5, "PCIM")) == (
        "DEFERRED",
        "Entry locked by KPR until 09:33:00 (180s)",
    )


def test_a_higher_priority_takes_the_lock_and_enters_once_the_lower_buy_is_gone(
    ranked: Story,
) -> None:
    order_id, number = working(ranked)
    outputs = ranked.enter(5, "KMP")
    status, message = decided(outputs)
    assert (status, "over from KPR" in message) == ("DEFERRED", True)
    assert one(outputs, r.CancelPlanned).order_id == order_id
    assert one(outputs, r.LockChanged).taken_from == "KPR"
    assert of(outputs, r.OrderPlanned) == []
    ranked.wait(1)
    assert decided(ranked.enter(5, "KMP")) == ("DEFERRED", "The buy of KPR is being withdrawn")
    ranked.notice("0000009001", 10, kind=NoticeKind.CANCELLED, original_id=number, change="cancel")
    assert decided(ranked.enter(5, "KMP"))[0] == "DEFERRED"  # how much of it filled is not known
    ranked.history(ranked.row(order_id, cancelled=10, remaining=0))
    assert decided(ranked.enter(5, "KMP"))[0] == "APPROVED"
    assert decided(ranked.enter(5, "KPR"))[1].startswith("Entry locked by KMP")


def test_an_entry_with_a_fill_keeps_its_lock(ranked: Story) -> None:
    _, number = working(ranked)
    ranked.notice(number, 1)
    outputs = ranked.enter(5, "KMP")
    assert decided(outputs)[1].startswith("Entry locked by KPR")
    assert of(outputs, r.CancelPlanned) == []


def test_a_lower_buy_that_filled_before_its_cancel_stays_its_strategys(ranked: Story) -> None:
    _, number = working(ranked)
    ranked.enter(5, "KMP")
    ranked.notice(number, 10)
    assert ranked.allocation("KPR").shares == 10
    assert decided(ranked.enter(5, "KMP"))[0] == "APPROVED"


def test_a_lower_buy_without_an_answer_is_withdrawn_once_it_has_a_number(ranked: Story) -> None:
    order_id = one(ranked.enter(10, "KPR"), r.OrderPlanned).order_id
    ranked.unknown(order_id)
    outputs = ranked.enter(5, "KMP")
    # its buy may be in the market: nothing of KMP leaves, nor is the lock taken
    assert [v.control for v in one(outputs, r.IntentDecided).trace] == ["entry_lock", "unsettled"]
    assert of(outputs, r.OrderPlanned) == []


def test_a_declined_cancel_of_a_lower_buy_is_asked_for_again(ranked: Story) -> None:
    order_id, _ = working(ranked)
    ranked.enter(5, "KMP")
    ranked.tell(r.CancelAnswered(at_ns=ranked.now_ns, order_id=order_id, answer="declined"))
    outputs = ranked.wait(3).history(ranked.row(order_id))
    assert one(outputs, r.CancelPlanned).order_id == order_id


def test_a_takeover_is_had_once_a_day_and_symbol_so_that_nobody_starves(ranked: Story) -> None:
    order_id, _ = working(ranked)
    ranked.enter(5, "KMP")
    ranked.wait(1).history(ranked.row(order_id, cancelled=10, remaining=0))
    ranked.wait(91)  # KMP does not come back, and its lock runs out
    again, _ = working(ranked)
    outputs = ranked.enter(5, "KMP")
    assert decided(outputs)[1].startswith("Entry locked by KPR")
    assert again in ranked.book.open_orders
    ranked.restart()
    assert ranked.book.listing(SAMSUNG).takers == {"KMP"}


def test_an_entry_that_would_not_pass_takes_no_lock(ranked: Story) -> None:
    working(ranked)
    ranked.operator("pause_strategy", strategy_id="KMP")
    outputs = ranked.enter(5, "KMP")
    assert of(outputs, r.LockChanged) == []
    assert of(outputs, r.CancelPlanned) == []


@pytest.mark.parametrize(
    ("clock", "rank"), [("09:09:59", 0), ("09:10", 1), ("09:59:59", 1), ("10:00", 0)]
)
def test_a_priority_has_its_hours(clock: str, rank: int) -> None:
    mine = budgets(priority_since_s=9 * 3600 + 600, priority_until_s=TEN)["KMP"]
    assert priority(mine, at(clock)) == rank


def test_outside_its_hours_a_strategy_waits_like_all_others(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(start="10:00", budgets=budgets(priority_until_s=TEN))
    working(story)
    assert decided(story.enter(5, "KMP"))[1].startswith("Entry locked by KPR")
