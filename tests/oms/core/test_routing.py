"""Which kind goes to which venue, when, and in which environment."""

from dataclasses import replace
from typing import Any

import pytest

from oms.core import records as r
from oms.core.order import NEVER_ARRIVED
from oms.core.records import Chase, Execution
from oms.core.routing import NoRoute, Route, route
from tests.oms.stories import SAMSUNG, Story, at, of, one, some_limits

E = Execution


def book_at(time: str, dialect: Any = "real", **limits: Any) -> Story:
    story = Story(some_limits(default_venue="KRX", **limits), "07:00")
    story.now_ns = at(time)
    story.tell(
        r.Started(
            at_ns=story.now_ns,
            oms_id="primary",
            environment="sim",
            version="test",
            limits=story.limits,
            limits_hash="x",
            dialect=dialect,
        )
    )
    story.balance()
    story.cash()
    return story


def routed(time: str, side: Any, asked: r.Asked, dialect: Any = "real", nxt: Any = True) -> Any:
    story = book_at(time, dialect)
    found = route(story.book, asked, side, story.now_ns, nxt)
    if isinstance(found, NoRoute):
        return found.status
    return found.venue, found.order_type.value


def asked(execution: Execution | None, limit: int | None, venue: Any = None) -> r.Asked:
    return r.Asked("ENTER", "i", "t", SAMSUNG, 10, limit, 60_000, execution=execution, venue=venue)


IOC, FOK = {"time_in_force": "IOC"}, {"time_in_force": "FOK"}
STOP = E("STOP_LIMIT", trigger_krw=70_000)
CLOSING, OPENING = E("AUCTION", session="CLOSING"), E("AUCTION", session="OPENING")


@pytest.mark.parametrize(
    ("execution", "limit", "real", "paper"),
    [
        (E("LIMIT"), 1, "00", "00"),
        (E("LIMIT", **IOC), 1, "11", "00"),  # on paper the OMS cancels what is left
        (E("LIMIT", **FOK), 1, "12", None),
        (E("LIMIT"), None, "01", "01"),
        (E("LIMIT", **IOC), None, "13", "01"),
        (E("LIMIT", **FOK), None, "14", None),
        (E("MARKETABLE", cap_bp=5), 1, "00", "00"),
        (E("MARKETABLE", cap_bp=5, **IOC), 1, "11", "00"),
        (E("BEST"), 1, "03", "03"),
        (E("BEST", **IOC), 1, "15", "03"),
        (E("BEST", **FOK), 1, "16", None),
        (E("TOP"), 1, "04", "04"),
        (E("MID"), 1, "21", None),
        (E("MID", **IOC), 1, "23", None),
        (E("MID", **FOK), 1, "24", None),
        (E("CHASE", chase=Chase(5, 3, 1, "CROSS")), 1, "00", "00"),
        (STOP, 1, "22", "00"),  # on paper the OMS holds it
    ],
)
def test_a_style_is_a_kind_of_the_broker_or_held_by_the_oms(
    execution: Execution, limit: int | None, real: str, paper: str | None
) -> None:
    want = asked(execution, limit)
    assert routed("10:00", "SELL", want) == ("KRX", real)
    told = routed("10:00", "SELL", want, "paper")
    assert told == (("KRX", paper) if paper else "REFUSED")


@pytest.mark.parametrize(
    ("time", "venue", "nxt", "execution", "limit", "expected"),
    [
        ("10:00", "NXT", True, E("LIMIT"), 1, ("NXT", "00")),
        ("10:00", "NXT", False, E("LIMIT"), 1, ("KRX", "00")),  # NXT does not trade it
        ("10:00", "SOR", True, E("LIMIT"), 1, ("SOR", "00")),
        ("10:00", "SOR", True, E("MID"), 1, ("KRX", "21")),  # SOR routes no mid-price order
        ("10:00", "BEST", True, E("LIMIT"), 1, ("SOR", "00")),  # both are open
        ("09:00:10", "BEST", True, E("LIMIT"), 1, ("KRX", "00")),  # NXT opens 30 s later
        ("08:10", "BEST", True, E("LIMIT"), 1, ("NXT", "00")),  # the pre-market
        ("08:40", "BEST", True, E("LIMIT"), 1, ("NXT", "00")),  # KRX only collects
        ("08:55", "BEST", True, E("LIMIT"), 1, ("KRX", "00")),  # NXT pauses
        ("15:25", "BEST", True, E("LIMIT"), 1, ("KRX", "00")),  # the closing auction is KRX's
        ("16:30", "BEST", True, E("LIMIT"), 1, ("NXT", "00")),
        ("08:10", "KRX", True, E("LIMIT"), 1, "DEFERRED"),
        ("08:10", "BEST", False, E("LIMIT"), 1, "DEFERRED"),
        ("20:30", "BEST", True, E("LIMIT"), 1, "DEFERRED"),
        ("10:00", "NXT", True, E("LIMIT"), None, ("NXT", "13")),  # no plain market order there
        ("16:30", "BEST", True, E("LIMIT"), None, ("NXT", "00")),  # limits alone in the evening
        ("10:00", "NXT", True, STOP, 1, ("NXT", "22")),
        ("10:00", "NXT", True, CLOSING, 1, "DEFERRED"),
        ("15:21", "NXT", True, CLOSING, 1, ("KRX", "00")),
        ("15:21", "KRX", True, CLOSING, None, ("KRX", "01")),
        ("15:31", "KRX", True, CLOSING, 1, "REFUSED"),
        ("08:45", "KRX", True, OPENING, 1, ("KRX", "00")),
        ("08:10", "KRX", True, OPENING, 1, "DEFERRED"),
        ("09:01", "KRX", True, OPENING, 1, "REFUSED"),
        ("15:22", "KRX", True, E("LIMIT", **IOC), 1, "DEFERRED"),  # an auction takes no IOC
        ("15:50", "KRX", True, E("AFTER", price="CLOSE"), None, ("KRX", "06")),
        ("08:35", "KRX", True, E("AFTER", price="CLOSE"), None, ("KRX", "05")),
        ("16:10", "KRX", True, E("AFTER"), 1, ("KRX", "07")),
        ("10:00", "KRX", True, E("AFTER"), 1, "DEFERRED"),
    ],
)
def test_a_sale_goes_where_its_kind_is_taken(
    time: str, venue: Any, nxt: bool, execution: Execution, limit: int | None, expected: Any
) -> None:
    assert routed(time, "SELL", asked(execution, limit, venue), nxt=nxt) == expected


def test_a_closed_venue_says_when_it_opens() -> None:
    story = book_at("08:10")
    found = route(story.book, asked(E("LIMIT"), 1), "SELL", story.now_ns, None)
    assert isinstance(found, NoRoute)
    assert found.retry_at_ns == at("08:30")


def test_an_entry_stays_on_krx_while_nobody_knows_whether_nxt_trades_it() -> None:
    assert routed("10:00", "BUY", asked(E("LIMIT"), 1, "NXT"), nxt=None) == ("KRX", "00")
    assert routed("10:00", "SELL", asked(E("LIMIT"), 1, "NXT"), nxt=None) == ("NXT", "00")


def test_there_is_no_nxt_on_paper() -> None:
    for venue in ("NXT", "SOR", "BEST"):
        assert routed("10:00", "SELL", asked(None, None, venue), "paper") == ("KRX", "01")


def entered(story: Story, **fields: Any) -> list[r.AnyOutput]:
    quote = story.quote(nxt=True, **fields.pop("quoted", {}))
    return story.enter(10, quote=quote, **fields)


def test_the_answer_says_what_left() -> None:
    story = book_at("10:00")
    answer = one(entered(story, execution=E("LIMIT", **IOC), venue="SOR"), r.IntentDecided)
    assert (answer.order_type, answer.venue, answer.time_in_force) == ("11", "SOR", "IOC")
    plain = book_at("10:00")
    answer = one(entered(plain), r.IntentDecided)
    assert (answer.order_type, answer.venue, answer.time_in_force) == ("00", "KRX", "DAY")


@pytest.mark.parametrize("style", ["BEST", "TOP", "MID"])
def test_an_entry_without_a_price_needs_an_ask_within_its_limit(style: Any) -> None:
    dear = one(entered(book_at("10:00"), execution=E(style), limit_krw=69_900), r.IntentDecided)
    assert dear.status == "DEFERRED"
    blind = entered(book_at("10:00"), execution=E(style), quoted={"ask_krw": None})
    assert one(blind, r.IntentDecided).status == "DEFERRED"
    order = one(entered(book_at("10:00"), execution=E(style)), r.OrderPlanned)
    assert (order.limit_krw, order.unit_krw) == (None, 70_000)


def test_an_entry_of_a_named_kind_stands_until_its_sessions_entries_end() -> None:
    story = book_at("10:00")
    order_id = one(entered(story, execution=E("LIMIT")), r.OrderPlanned).order_id
    story.answer(order_id)
    story.wait(600).timer()
    assert of(story.at("15:18").timer(), r.CancelPlanned) == []
    assert one(story.at("15:19").timer(), r.CancelPlanned).order_id == order_id


def test_an_ioc_on_paper_is_cancelled_as_soon_as_it_has_a_number() -> None:
    story = book_at("10:00", "paper")
    order = one(entered(story, execution=E("LIMIT", **IOC)), r.OrderPlanned)
    assert (order.order_type, order.time_in_force) == ("00", "IOC")
    assert of(story.timer(), r.OrderClosed) == []
    story.wait(0.2).answer(order.order_id)
    assert of(story.told[-1][1], r.CancelPlanned)


@pytest.mark.parametrize("time", ["08:10", "08:40"])
def test_an_entry_in_the_pre_market_lives_until_shortly_before_its_end(time: str) -> None:
    story = book_at(time)
    story.tell(r.NoticesChanged(at_ns=story.now_ns, live=True))
    order = one(entered(story, execution=E("LIMIT"), venue="BEST"), r.OrderPlanned)
    assert (order.venue, order.cancel_at_ns, order.until_ns) == ("NXT", at("08:49"), at("20:00"))


def test_an_evening_entry_is_not_withdrawn_as_if_it_were_krxs() -> None:
    story = book_at("16:00")
    order = one(entered(story, execution=E("LIMIT"), venue="BEST"), r.OrderPlanned)
    assert order.venue == "NXT"
    story.answer(order.order_id)
    assert of(story.wait(5).timer(), r.CancelPlanned) == []
    row = story.row(order.order_id)
    story.wait(5).history(row)
    assert order.order_id in story.book.open_orders  # KRX's close is not its end
    cancel = one(story.at("19:59").timer(), r.CancelPlanned)
    assert cancel.order_id == order.order_id


@pytest.mark.parametrize(("time", "status"), [("08:10", "DEFERRED"), ("15:25", "REFUSED")])
def test_without_the_venues_word_an_entry_keeps_to_krxs_hours(time: str, status: str) -> None:
    plain = one(entered(book_at(time)), r.IntentDecided)
    assert plain.status == status
    named = one(entered(book_at(time), execution=E("LIMIT")), r.IntentDecided)
    assert named.status == status


def test_a_closing_auction_order_is_admitted_for_its_auction_and_lives_through_it() -> None:
    early = one(entered(book_at("15:10"), execution=CLOSING), r.IntentDecided)
    assert (early.status, early.retry_at_ns) == ("DEFERRED", at("15:20"))
    story = book_at("15:21")
    order = one(entered(story, execution=CLOSING), r.OrderPlanned)
    assert (order.auction, order.cancel_at_ns) == ("CLOSING", None)
    story.answer(order.order_id)
    assert of(story.wait(60).timer(), r.CancelPlanned) == []


def test_an_opening_auction_order_is_withdrawn_after_it_uncrossed() -> None:
    story = book_at("08:40")
    order = one(entered(story, execution=OPENING), r.OrderPlanned)
    story.answer(order.order_id)
    assert of(story.at("09:00:29").timer(), r.CancelPlanned) == []
    assert one(story.at("09:00:31").timer(), r.CancelPlanned).order_id == order.order_id


@pytest.mark.parametrize(
    ("kind", "venue", "fits"), [("11", "KRX", True), ("00", "KRX", False), ("11", "NXT", False)]
)
def test_the_history_gives_a_lost_order_its_number_by_kind_and_venue(
    kind: str, venue: str, fits: bool
) -> None:
    story = book_at("10:00")
    order = one(entered(story, execution=E("LIMIT", **IOC)), r.OrderPlanned)
    story.unknown(order.order_id)
    row = replace(
        story.row(order.order_id, "0000000777", ordered_at="100001"), order_type=kind, venue=venue
    )
    story.wait(3).history(row)
    assert (story.book.orders[order.order_id].broker_id == "0000000777") is fits


def test_a_reduce_that_nxt_refuses_goes_to_krx() -> None:
    story = book_at("10:00")
    story.hold(10)
    sold = one(story.ask("REDUCE", shares=4, limit_krw=70_000, venue="NXT"), r.OrderPlanned)
    assert sold.venue == "NXT"
    again = one(story.declined(sold.order_id, "APBK1234"), r.OrderPlanned)
    assert (again.venue, again.order_type, again.limit_krw, again.shares) == (
        "KRX",
        "00",
        70_000,
        4,
    )


@pytest.mark.parametrize(
    ("fields", "sent", "again"),
    [
        ({"execution": E("LIMIT", **IOC), "limit_krw": 70_000}, "11", ("11", "IOC")),
        ({"execution": E("MID")}, "21", ("21", "DAY")),
        ({}, "13", ("01", "DAY")),  # NXT has no plain market order
    ],
)
def test_what_nxt_refuses_is_of_the_same_kind_on_krx(
    fields: dict[str, Any], sent: str, again: tuple[str, str]
) -> None:
    story = book_at("10:00")
    story.hold(10)
    first = one(story.ask("REDUCE", shares=4, venue="NXT", **fields), r.OrderPlanned)
    assert (first.venue, first.order_type) == ("NXT", sent)
    second = one(story.declined(first.order_id, "APBK1234"), r.OrderPlanned)
    assert (second.order_type, second.time_in_force) == again


def test_a_sale_that_may_still_turn_up_on_nxt_is_not_sold_again() -> None:
    story = book_at("10:00")
    story.hold(10)
    fields = {"shares": 4, "limit_krw": 70_000, "venue": "NXT"}
    lost = one(story.wait(1).ask("REDUCE", **fields), r.OrderPlanned)
    story.unknown(lost.order_id)
    outputs = story.wait(11).history() + story.wait(11).history()
    assert one(outputs, r.OrderClosed).code == NEVER_ARRIVED
    assert of(outputs, r.OrderPlanned) == []


@pytest.mark.parametrize("on_nxt", [False, True])
def test_a_stop_fires_on_nxts_prints_only_if_the_limits_say_so(on_nxt: bool) -> None:
    story = book_at("10:00", stops_on_nxt=on_nxt)
    story.hold(10)
    story.at("16:00")
    outputs = story.trade(67_000, venue="NXT")
    assert bool(of(outputs, r.StopFired)) is on_nxt
    if on_nxt:
        order = one(outputs, r.OrderPlanned)
        assert (order.venue, order.order_type, order.limit_krw) == ("NXT", "00", 66_400)
        assert order.cancel_at_ns == at("19:59")
        assert one(outputs, r.StopFired).order_id == order.order_id


def test_a_stop_that_nxt_does_not_fill_waits_for_krx_in_the_end() -> None:
    story = book_at("10:00", stops_on_nxt=True)
    story.hold(10)
    order = one(story.at("16:00").trade(67_000, venue="NXT"), r.OrderPlanned)
    for _ in range(2):
        story.declined(order.order_id)
        order = one(story.wait(61).timer(), r.OrderPlanned)
    story.declined(order.order_id)
    assert of(story.wait(600).timer(), r.OrderPlanned) == []
    assert story.allocation().exit_why is not None


def test_a_route_is_a_value() -> None:
    found = route(book_at("10:00").book, asked(E("LIMIT"), 1), "BUY", at("10:00"), None)
    assert found == Route("KRX", found.order_type)  # type: ignore[union-attr]
