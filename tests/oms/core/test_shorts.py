"""What is asked of a position held short, in the words and on the side that are its own."""

from dataclasses import replace
from typing import Any

import pytest

from oms.core import operator
from oms.core import records as r
from tests.oms.core.test_terms import FUTURE, POINT, asked, contract_limits
from tests.oms.stories import Story, of, one

PRICE = 560 * POINT


@pytest.fixture
def short() -> Story:
    """KMP is short two."""
    story = Story(contract_limits(), symbol=FUTURE).ready()
    order = one(asked(story, FUTURE, PRICE, short=True, shares=2), r.OrderPlanned)
    story.notice(story.answer(order.order_id), 2, PRICE, side="SELL")
    assert story.allocation().signed == -2
    return story.wait(10)


def test_an_exit_buys_back_and_says_so(short: Story) -> None:
    outputs = short.ask("EXIT")
    assert one(outputs, r.IntentDecided).message == "buys back 2"
    assert one(outputs, r.OrderPlanned).side == "BUY"
    assert one(short.ask("REDUCE", shares=1), r.IntentDecided).message == "already buying back 2"


@pytest.mark.parametrize(
    ("side", "ends"), [("BUY", True), (None, True), ("SELL", False)], ids=["buys", "all", "sells"]
)
def test_cancelling_what_buys_back_ends_the_wish_to_be_out(
    short: Story, side: Any, ends: bool
) -> None:
    order = one(short.ask("EXIT"), r.OrderPlanned)
    short.answer(order.order_id)
    outputs = short.ask("CANCEL_ORDERS", side=side)
    assert bool(of(outputs, r.CancelPlanned)) == ends
    assert (short.allocation().exit_why is None) == ends


def test_an_operator_takes_as_his_own_what_nobody_sold(short: Story) -> None:
    for _ in range(2):
        short.wait(15).balance(holdings={FUTURE: -5})
    assert short.book.listing(FUTURE).drift == -3
    assert refusal(short) is None


def test_a_history_in_words_nobody_established_still_finds_a_lost_order(short: Story) -> None:
    order = one(short.ask("EXIT"), r.OrderPlanned)
    short.unknown(order.order_id)
    row = short.row(order.order_id, "0000000777", filled=2, value_krw=2 * PRICE)
    told = replace(row, order_type="조건부", limit_krw=0, ordered_at="093010")
    found = r.HistoryRead(at_ns=short.now_ns, asked_ns=short.now_ns, date=row.date, rows=(told,))
    assert one(short.tell(found), r.OrderFilled).broker_id == "0000000777"
    assert short.allocation().shares == 0


def refusal(story: Story) -> str | None:
    act = r.OperatorActed(
        at_ns=story.now_ns,
        actor="operator",
        action="acknowledge_drift",
        reason="x",
        symbol=FUTURE,
    )
    return operator.refusal(story.book, act)
