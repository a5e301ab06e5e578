"""What must not be bought, though a setup was there: and what stops no longer."""

from collections.abc import Callable

from kis_core.clock import kst
from oms_client.contract import OrderState
from strategy_kpr.decision.gates import order_gates
from strategy_kpr.decision.phases import Accepting
from strategy_runtime.contract import AskQuote, BooksRead
from tests.strategy_kpr.stories import HIGH, LOW, STOP, SYMBOL, Story

Tell = Callable[..., Story]


def test_p2_what_was_bought_and_sold_before_the_journal_was_lost_is_not_bought_again(
    story: Tell,
) -> None:
    before = story().accepted()
    bought = before.oms.books(before.now_ns).orders
    assert bought is not None
    told = story().begin()
    done = bought[0].model_copy(update={"state": OrderState.FILLED, "filled": 10})
    told.tell(
        BooksRead(at=kst(told.now_ns), account=told.oms.account(), allocations=(), orders=(done,))
    )
    told.flat("09:00", "09:20", 10_000).minute("09:20", 10_000, HIGH, 10_000, 10_000)
    told.flat("09:21", "09:28", 9_840).minute("09:28", 9_840, 9_840, LOW, 9_700)
    assert told.name.setups == 0


def test_p8_a_print_after_a_halt_says_that_it_is_over(story: Tell) -> None:
    told = story().reclaimed().minute("09:30", 9_740, 9_750, 9_730, 9_740)
    told.quotes[SYMBOL] = {"halted": True}
    told.tell(told.answer(AskQuote("exact-test", SYMBOL)))
    told.quotes.clear()
    told.minute("09:31", 9_740, 9_750, 9_730, 9_750)
    assert len(told.entries) == 1


def test_p8_what_fell_to_its_stop_since_its_minute_is_not_bought(story: Tell) -> None:
    told = story().reclaimed().minute("09:30", 9_740, 9_750, 9_730, 9_740)
    assert isinstance(told.phase, Accepting)
    for price, gate in ((STOP + 10, None), (STOP, "stop_touched")):
        told.print(told.trade(SYMBOL, told.now_ns, price, 10))
        verdict = order_gates(
            told.state, told.name, told.phase.setup, 9_740, told.now_ns, told.rules
        )
        assert verdict.gate == gate
