"""One source at a time for each topic, and venues that do not mix."""

from collections.abc import Sequence

import msgspec
import pytest

from collector.relay import LineReader, Relay
from collector.slots import Topic, key_of, topic_of
from kis_core.clock import SystemClock
from kis_core.feed import Batch, Priority, RelayEvent, Want, Wants
from kis_core.market.events import Book, Market, SlotsGranted, Trade
from kis_core.market.instants import DAY_NS

KEY = ("H0STCNT0", "005930")
TOPIC: Topic = ("trade", "KRX", "005930")
BOOKS: Topic = ("book", "KRX", "005930")
NXT: Topic = ("trade", "NXT", "005930")


def trade(number: int, venue: Market = "KRX", at_ns: int = 1) -> Trade:
    return Trade(
        "005930", venue, at_ns, number, 70_000, 1, number, 1, 1, None, None, False, False, None
    )


def book(at_ns: int, arrived_ns: int) -> Book:
    return Book("005930", "KRX", at_ns, arrived_ns, (), (), None, None, False)


def begun(*wants: Want) -> tuple[Relay, LineReader]:
    relay = Relay(SystemClock(), 1000, linger_s=0)
    reader = relay.join("kmp", False)
    relay.want(reader, Wants(wants or (Want("005930", Priority.WATCH),)))
    return relay, reader


def heard(reader: LineReader) -> list[RelayEvent]:
    events: list[RelayEvent] = []
    while taken := reader.mailbox.take():
        events.extend(msgspec.msgpack.decode(taken, type=Batch).events)
    return events


def prints(reader: LineReader) -> list[int]:
    return [each.cum_volume for each in heard(reader) if isinstance(each, Trade)]


@pytest.mark.parametrize(
    ("tr_id", "topic"),
    [
        ("H0STCNT0", ("trade", "KRX", "005930")),
        ("H0STASP0", ("book", "KRX", "005930")),
        ("H0NXCNT0", ("trade", "NXT", "005930")),
        ("H0NXASP0", ("book", "NXT", "005930")),
        ("H0UNCNT0", ("trade", "UN", "005930")),
        ("H0UNASP0", ("book", "UN", "005930")),
    ],
)
def test_each_topic_of_a_stock_has_a_registration_of_its_own(tr_id: str, topic: Topic) -> None:
    kind, venue, symbol = topic
    assert key_of(kind, symbol, venue) == (tr_id, symbol)
    assert topic_of((tr_id, symbol)) == topic


def test_order_notices_are_no_topic() -> None:
    assert topic_of(("H0STCNI0", "me")) is None


def test_wants_of_an_older_reader_are_of_krx() -> None:
    old = msgspec.msgpack.encode({"type": "wants", "wants": [["005930", 3, ["trade"], 0]]})
    assert msgspec.msgpack.decode(old, type=Wants).wants == (Want("005930", Priority.WATCH),)


def test_a_reader_hears_the_venue_it_wants() -> None:
    relay, reader = begun(Want("005930", Priority.WATCH, venue="NXT"))
    other = relay.join("other", False)
    relay.want(other, Wants((Want("005930", Priority.WATCH),)))
    relay.trade(trade(10))
    relay.trade(trade(3, "NXT"))
    relay.trade(trade(13, "UN"))
    assert prints(reader) == [3]
    assert prints(other) == [10]


def test_another_source_serves_what_kis_has_no_place_for() -> None:
    relay, reader = begun()
    relay.slots((), ())
    relay.offer("kiwoom", (TOPIC, BOOKS))
    relay.trade(trade(1), "kiwoom")
    relay.book(book(1, 1), "kiwoom")
    events = heard(reader)
    assert [each.granted for each in events if isinstance(each, SlotsGranted)] == [(), ("005930",)]
    assert trade(1) in events
    relay.offer("kiwoom", ())
    assert [e.refused for e in heard(reader) if isinstance(e, SlotsGranted)] == [("005930",)]
    late = relay.join("late", False)
    relay.want(late, Wants((Want("005930", Priority.WATCH),)))
    assert prints(late) == []  # what nobody hears any more is not what is newest


def test_while_kis_is_registered_the_other_source_is_not_heard() -> None:
    relay, reader = begun()
    relay.slots((KEY,), (KEY,))
    relay.offer("kiwoom", (TOPIC,))
    for number in (1, 2, 3):
        relay.trade(trade(number), "kiwoom")
        relay.trade(trade(number))
    assert prints(reader) == [1, 2, 3]


@pytest.mark.parametrize(
    ("by_kis", "by_kiwoom"),
    [((1, 2, 3), (3, 4, 5)), ((1, 2, 3), (1, 2, 3, 4, 5)), ((1, 2, 3), (4, 5))],
    ids=["overlaps", "is behind", "goes on"],
)
def test_when_kis_falls_silent_the_other_goes_on_and_nothing_doubles(
    by_kis: Sequence[int], by_kiwoom: Sequence[int]
) -> None:
    relay, reader = begun()
    relay.slots((KEY,), (KEY,))
    relay.offer("kiwoom", (TOPIC,))
    for number in by_kis:
        relay.trade(trade(number))
    relay.slots((), ())
    for number in by_kiwoom:
        relay.trade(trade(number), "kiwoom")
    relay.trade(trade(4))  # the last words of KIS's registration
    assert prints(reader) == [1, 2, 3, 4, 5]


def test_when_kis_comes_back_it_goes_on_and_nothing_goes_back() -> None:
    relay, reader = begun()
    relay.offer("kiwoom", (TOPIC, BOOKS))
    relay.slots((), ())
    relay.trade(trade(7), "kiwoom")
    relay.book(book(50, 1), "kiwoom")
    book_key = key_of("book", "005930")
    relay.slots((KEY, book_key), (KEY, book_key))
    for number in (6, 7, 8, 8, 9):  # what KIS itself tells twice is told twice
        relay.trade(trade(number))
    relay.trade(trade(10), "kiwoom")
    assert prints(reader) == [7, 8, 8, 9]
    relay.want(reader, Wants((Want("005930", Priority.WATCH, ("book",)),)))
    heard(reader)
    for at_ns in (49, 50, 51):
        relay.book(book(at_ns, 2))
    assert [each.at_ns for each in heard(reader) if isinstance(each, Book)] == [50, 51]


def test_a_new_day_begins_again_whoever_tells_it() -> None:
    relay, reader = begun()
    relay.slots((KEY,), (KEY,))
    relay.trade(trade(900))
    relay.slots((), ())
    relay.offer("kiwoom", (TOPIC,))
    relay.trade(trade(5, at_ns=DAY_NS), "kiwoom")
    assert prints(reader) == [900, 5]


def test_a_line_that_was_lost_and_is_back_repeats_what_kis_repeats() -> None:
    relay, reader = begun()
    relay.slots((KEY,), (KEY,))
    relay.trade(trade(5))
    relay.slots((), (KEY,))
    relay.slots((KEY,), (KEY,))
    relay.trade(trade(5))  # an expected price: nothing was traded
    assert prints(reader) == [5, 5]


def test_a_symbol_of_two_venues_stands_as_the_worse_of_them() -> None:
    relay, reader = begun(
        Want("005930", Priority.WATCH), Want("005930", Priority.WATCH, venue="NXT")
    )
    relay.slots((KEY,), (KEY,))
    relay.offer("kiwoom", (NXT,))
    told = [e for e in heard(reader) if isinstance(e, SlotsGranted)]
    assert [e.granted for e in told] == [(), (), ("005930",)]
    assert [e.refused for e in told] == [("005930",), ("005930",), ()]
    assert [[name in why for name in ("KRX trade", "NXT trade")] for e in told
            for _, why in e.reasons] == [[True, True], [False, True]]  # fmt: skip
