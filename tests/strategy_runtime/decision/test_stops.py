"""A stop that the OMS is asked to hold: refused, lost, overtaken, asked for until it is there."""

import pytest

from kis_core.market.instants import SECOND_NS
from oms_client.contract import Intent, IntentStatus, ModifyRisk
from strategy_runtime.decision import asking
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import Flat
from tests.strategy_runtime.decision.test_hearing import Day


def mind_stop(day: Day, after_s: int = 0) -> list[Intent]:
    day.now_ns += after_s * SECOND_NS
    before, out = len(day.intents), Outbox()
    asking.mind_stop(day.desk, day.trading, day.now_ns, out)
    day.turn(out)
    return day.intents[before:]


def raised(stop_krw: int = 9_950) -> Day:
    day, out = Day().held(), Outbox()
    asking.move_stop(day.desk, day.trading, stop_krw, "trail", out)
    day.turn(out)
    return day


@pytest.mark.parametrize("how", ["refused", "lost"])
def test_a_stop_that_the_oms_did_not_take_is_asked_for_until_it_does(how: str) -> None:
    day, pauses = raised(), []
    for _ in range(7):
        assert mind_stop(day, after_s=3_600) == []  # the answer is on its way
        if how == "lost":
            day.unanswered(final=False)
            assert mind_stop(day, after_s=3_600) == []  # the shell goes on asking
            day.unanswered(final=True)
        else:
            day.decided(IntentStatus.REFUSED).stream().hear(*day.oms.answers)
        move = day.trading.stop_move
        pauses.append((move.retry_ns - day.now_ns) // SECOND_NS)
        assert mind_stop(day, after_s=pauses[-1] - 1) == []
        (again,) = mind_stop(day, after_s=1)
        assert isinstance(again, ModifyRisk)
        assert (again.stop_krw, again.reason) == (9_950, "trail")
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    names = [intent.intent_id for intent in day.intents if isinstance(intent, ModifyRisk)]
    assert len(set(names)) == 8
    assert day.says("Stop not moved, will be asked for again")
    day.decided().stream()
    assert day.oms.stop_krw == 9_950
    assert mind_stop(day, after_s=3_600) == []


def test_shares_told_meanwhile_do_not_take_back_a_stop_that_is_asked_for() -> None:
    day = raised().decided(IntentStatus.REFUSED).stream()
    day.oms.correct(12, 10_000)
    day.stream()
    assert day.trading.position.guard_krw == 9_950
    (again,) = mind_stop(day, after_s=2)
    assert again.stop_krw == 9_950


def test_a_stop_that_somebody_raised_further_is_not_lowered_again() -> None:
    day = raised().decided(IntentStatus.REFUSED).stream()
    day.oms.stop_krw = 9_980
    day.oms.correct(12, 10_000)
    day.stream()
    assert day.trading.position.guard_krw == 9_980
    assert mind_stop(day, after_s=60) == []


def test_a_stop_of_what_is_sold_is_not_asked_for() -> None:
    day = raised().decided(IntentStatus.REFUSED).stream().leave().decided()
    day.oms.fill(day.oms.orders[0], 10, 10_000)
    day.stream()
    assert day.standing == Flat()
    assert mind_stop(day, after_s=60) == []
