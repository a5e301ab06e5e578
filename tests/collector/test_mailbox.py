"""What waits for one reader."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collector.mailbox import BATCH_EVENTS_MAX, Mailbox
from kis_core.feed import Batch, NoticesState, RelayEvent
from kis_core.market.events import Gap, IndexLevel, Trade


def trade(symbol: str, number: int) -> Trade:
    return Trade(
        symbol, "KRX", number, number, 100, 1, number, number, 1, 101, 100, False, False, None
    )


def level(number: int) -> IndexLevel:
    pt = Decimal(number)
    return IndexLevel("0001", number, number, pt, pt, pt, pt, pt)


def put(mailbox: Mailbox, event: RelayEvent) -> None:
    about = getattr(event, "symbol", None) or getattr(event, "index", None)
    never = isinstance(event, Gap | NoticesState)
    mailbox.put(msgspec.Raw(msgspec.msgpack.encode(event)), None if never else (type(event), about))


def take(mailbox: Mailbox) -> Batch | None:
    taken = mailbox.take()
    return msgspec.msgpack.decode(taken, type=Batch) if taken else None


def drained(mailbox: Mailbox) -> list[RelayEvent]:
    events: list[RelayEvent] = []
    while batch := take(mailbox):
        events.extend(batch.events)
    return events


def test_a_reader_that_keeps_up_gets_everything_in_order() -> None:
    mailbox = Mailbox(10)
    sent = [trade("A", n) for n in range(25)]
    got: list[RelayEvent] = []
    for number, event in enumerate(sent):
        put(mailbox, event)
        if number % 7 == 6:
            batch = take(mailbox)
            assert batch is not None
            assert batch.conflated == 0
            assert batch.first_seq == len(got)
            got.extend(batch.events)
    got.extend(drained(mailbox))
    assert got == sent
    assert take(mailbox) is None


def test_a_slow_reader_is_left_with_the_newest_of_each_and_told() -> None:
    mailbox = Mailbox(10)
    for number in range(8):
        put(mailbox, trade("AB"[number % 2], number))
    put(mailbox, level(8))
    gap = Gap(None, 1, None, "line lost")
    put(mailbox, gap)
    put(mailbox, level(10))
    batch = take(mailbox)
    assert batch is not None
    assert batch.events == (trade("A", 6), trade("B", 7), gap, level(10))
    assert batch.conflated == 7
    assert not mailbox.overflowed
    put(mailbox, trade("A", 11))
    after = take(mailbox)
    assert after is not None
    assert (after.first_seq, after.conflated) == (4, 0)


def test_notices_never_give_way_so_the_reader_is_cut_off_instead() -> None:
    mailbox = Mailbox(10)
    for number in range(11):
        put(mailbox, NoticesState(number, number % 2 == 0))
    assert mailbox.overflowed
    put(mailbox, trade("A", 1))
    assert len(mailbox) == 11


def test_a_batch_is_of_bounded_size() -> None:
    mailbox = Mailbox(3 * BATCH_EVENTS_MAX)
    for number in range(BATCH_EVENTS_MAX + 1):
        put(mailbox, trade("A", number))
    first, second = take(mailbox), take(mailbox)
    assert first is not None
    assert second is not None
    assert (len(first.events), second.first_seq) == (BATCH_EVENTS_MAX, BATCH_EVENTS_MAX)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=300))
def test_the_newest_print_of_each_symbol_always_arrives(steps: list[tuple[str, bool]]) -> None:
    mailbox = Mailbox(12)
    newest: dict[str, Trade] = {}
    got: dict[str, Trade] = {}
    seq = conflated = 0
    for number, (symbol, takes) in enumerate(steps):
        newest[symbol] = trade(symbol, number)
        put(mailbox, newest[symbol])
        assert len(mailbox) <= 12
        if not takes and number < len(steps) - 1:
            continue
        while batch := take(mailbox):
            assert batch.first_seq == seq
            seq += len(batch.events)
            conflated += batch.conflated
            for event in batch.events:
                assert isinstance(event, Trade)
                assert event.at_ns > got.get(event.symbol, trade(event.symbol, -1)).at_ns
                got[event.symbol] = event
    assert got == newest
    assert seq + conflated == len(steps)
