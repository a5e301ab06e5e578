"""A contract account's day: its own hours, and the last trading day of what it holds."""

from datetime import date
from typing import Any

import pytest

from kis_core.clock import SECOND_NS, kst
from kis_core.market.instants import midnight_ns
from oms.core import records as r
from oms.core.day import next_due_ns
from oms.core.drift import evidence
from oms.core.limits import Limits
from tests.oms.core.test_terms import FUTURE, POINT, asked, contract_limits
from tests.oms.stories import SAMSUNG, Story, of, one, some_limits

USUAL, LAST, AFTER = date(2025, 11, 20), date(2025, 12, 11), date(2025, 12, 12)
CSAT, NEW_YEAR = date(2025, 11, 13), date(2025, 1, 2)
NEXT = "A01603"


def on(day: date, text: str, limits: Limits | None = None) -> Story:
    story = Story(limits or contract_limits(), "00:00")
    story.now_ns = instant(day, text)
    return story.ready()


def instant(day: date, text: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    return midnight_ns(day) + (hours * 60 + minutes) * 60 * SECOND_NS


def holding(
    day: date, text: str, symbol: str = FUTURE, *, short: bool = False, **limits: Any
) -> Story:
    story = on(day, text, contract_limits(**limits))
    order = one(asked(story, symbol, 560 * POINT, short=short), r.OrderPlanned)
    number = story.answer(order.order_id)
    story.notice(number, 1, 560 * POINT, symbol=symbol, side=order.side)
    assert story.allocation(symbol=symbol).shares == 1
    return story


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (USUAL, ["08:30", "08:45", "15:35", "15:45"]),
        (CSAT, ["09:30", "09:45", "16:35", "16:45"]),
        (NEW_YEAR, ["09:30", "09:45", "15:35", "15:45"]),
        (date(2025, 11, 22), [None] * 4),
    ],
    ids=["usual", "entrance exam", "first of the year", "a Saturday"],
)
def test_an_account_of_contracts_has_their_hours(day: date, hours: list[str | None]) -> None:
    book = on(day, "07:00").book
    edges = (book.intake_ns, book.open_ns, book.auction_ns, book.close_ns)
    assert [kst(at).strftime("%H:%M") if at else None for at in edges] == hours


def test_an_account_of_stocks_keeps_the_stocks_hours() -> None:
    book = on(USUAL, "07:00", some_limits()).book
    assert kst(book.close_ns or 0).strftime("%H:%M") == "15:30"
    assert book.close_of(SAMSUNG) == book.close_ns


@pytest.mark.parametrize(
    ("day", "text", "symbol", "flatten_s", "status"),
    [
        (USUAL, "15:33", FUTURE, 600, "APPROVED"),
        (USUAL, "15:35", FUTURE, 600, "REFUSED"),
        (LAST, "15:09", FUTURE, 600, "APPROVED"),
        (LAST, "15:10", FUTURE, 600, "REFUSED"),
        (LAST, "15:18", FUTURE, None, "APPROVED"),
        (LAST, "15:19", FUTURE, None, "REFUSED"),
        (LAST, "15:18", NEXT, 600, "APPROVED"),
        (AFTER, "10:00", FUTURE, 600, "REFUSED"),
        (AFTER, "10:00", NEXT, 600, "APPROVED"),
    ],
    ids=[
        "late on a usual day",
        "in the closing auction",
        "before the last day's flatten",
        "from it on",
        "no flatten",
        "no flatten, a minute before the end",
        "the next one",
        "expired",
        "the next one, after",
    ],
)
def test_an_entry_comes_no_later_than_its_contract_allows(
    day: date, text: str, symbol: str, flatten_s: int | None, status: str
) -> None:
    story = on(day, text, contract_limits(expiry_flatten_s=flatten_s))
    decided = one(asked(story, symbol, 560 * POINT), r.IntentDecided)
    assert decided.status == status, decided


def test_what_is_held_is_closed_before_its_last_day_ends() -> None:
    story = holding(LAST, "15:00", expiry_flatten_s=600)
    due_ns = instant(LAST, "15:10")
    assert next_due_ns(story.book, story.now_ns) <= due_ns
    story.now_ns = due_ns - SECOND_NS
    assert of(story.timer(), r.OrderPlanned) == []
    story.now_ns = due_ns
    outputs = story.timer()
    order = one(outputs, r.OrderPlanned)
    assert (order.side, order.shares, order.reason) == ("SELL", 1, "last trading day")
    assert of(story.wait(1).timer(), r.OrderPlanned) == []


def test_what_the_limits_leave_open_is_settled_and_the_next_contract_is_left_alone() -> None:
    for symbol, flatten_s in ((FUTURE, None), (NEXT, 600)):
        story = holding(LAST, "15:00", symbol, expiry_flatten_s=flatten_s)
        for text in ("15:10", "15:19", "15:20"):
            story.now_ns = instant(LAST, text)
            assert of(story.timer(), r.OrderPlanned) == []


def test_an_entry_that_works_is_withdrawn_a_minute_before_its_contract_ends() -> None:
    story = on(LAST, "15:17")
    order = one(asked(story, FUTURE, 560 * POINT), r.OrderPlanned)
    story.answer(order.order_id)
    due_ns = instant(LAST, "15:19")
    assert next_due_ns(story.book, story.now_ns) == due_ns
    story.now_ns = due_ns
    assert one(story.timer(), r.CancelPlanned).order_id == order.order_id
    assert of(story.wait(1).timer(), r.CancelPlanned) == []


def test_after_its_end_no_exit_of_it_leaves_and_one_of_the_next_does() -> None:
    story = holding(LAST, "15:00")
    story.now_ns = instant(LAST, "15:20")
    outputs = story.ask("EXIT", symbol=FUTURE)
    assert one(outputs, r.IntentDecided).status == "DEFERRED"
    assert of(story.ask("FLATTEN", symbol=None), r.OrderPlanned) == []
    other = holding(LAST, "15:00", NEXT)
    other.now_ns = instant(LAST, "15:20")
    assert one(other.ask("EXIT", symbol=NEXT), r.OrderPlanned).side == "SELL"


def overnight(story: Story, final_krw: int | None) -> list[r.AnyOutput]:
    """The broker says after the close what it ended at, if anything; next day it holds none."""
    signed = story.allocation(symbol=FUTURE).signed
    story.now_ns = instant(LAST, "15:50")
    if final_krw is not None:
        story.balance(holdings={FUTURE: signed}, price_krw=final_krw)
    told: list[r.AnyOutput] = []
    for text in ("08:00", "08:01"):
        story.now_ns = instant(AFTER, text)
        told += story.timer() + story.balance(holdings={})
    return told


@pytest.mark.parametrize(
    ("short", "realised_krw"),
    [(False, 2 * POINT - 4_200), (True, -2 * POINT - 4_200)],
    ids=["long", "short"],
)
def test_what_was_held_to_its_end_is_settled_at_the_brokers_last_price(
    short: bool, realised_krw: int
) -> None:
    story = holding(LAST, "15:00", short=short)
    told = overnight(story, 562 * POINT)
    change = one(told, r.AllocationChanged)
    assert (change.shares, change.realised_krw, change.why) == (
        0,
        realised_krw,
        "settled at 140,500,000",
    )
    listing = story.book.listing(FUTURE)
    assert (listing.drift, listing.frozen, listing.allocated) == (0, False, 0)


def test_without_a_price_of_its_end_a_person_settles_it() -> None:
    story = holding(LAST, "15:00")
    assert of(overnight(story, None), r.AllocationChanged) == []
    listing = story.book.listing(FUTURE)
    assert (listing.drift, listing.frozen, listing.allocated) == (-1, True, 1)
    assert "it has expired" in evidence(story.book, listing)[0]
    outputs = story.operator(
        "reassign_drift", symbol=FUTURE, strategy_id="KMP", shares=1, price_krw=561 * POINT
    )
    change = one(outputs, r.AllocationChanged)
    assert (change.shares, change.cost_krw, change.realised_krw) == (0, 0, POINT - 4_200)
    assert not story.book.listing(FUTURE).frozen


def test_a_price_before_its_end_settles_nothing() -> None:
    story = holding(LAST, "15:00")
    story.balance(holdings={FUTURE: 1}, price_krw=561 * POINT)
    assert of(overnight(story, None), r.AllocationChanged) == []


def test_contracts_that_were_closed_elsewhere_before_their_end_shrink_as_ever() -> None:
    story = holding(USUAL, "10:00")
    for _ in range(2):
        told = story.wait(15).balance(holdings={})
    assert one(told, r.AllocationChanged).why == "the broker holds fewer"
