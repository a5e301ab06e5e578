"""The one door of the OMS: an input and the book in, facts out.

`decide` only reads. It yields its outputs one by one, and whoever runs it applies each before
asking for the next, so that what follows sees what came before; `turn` is that. Given the same
journal and the same input, the outputs are the same to the byte: that is what `oms.verify` checks.
"""

from collections.abc import Iterator

from oms.core import (
    amendment,
    day,
    day_end,
    exits,
    fills,
    intents,
    operator,
    reconcile,
    slices,
    splits,
    triggers,
)
from oms.core import records as r
from oms.core.book import SECOND_NS, Book
from oms.core.order import SENT, Cancel, Modify

RULES = "5"
"""The version of all decisions together; `Started` carries it into the journal. Raise it with every
change after which a journal written before would be decided otherwise, and add a line here.

1  the first.
2  a cancel notice no longer ends an order: the history says what had filled.
3  others' orders are told again as they go on, a lost order is sought within a minute of its send
   and not once another was sent in its place, a flatten ends once the balance shows nothing.
4  a cancel that was declined or lost is asked for again later each time, and not forgotten.
5  an entry lock says until when, a full sector how much of it is taken and by whom: words alone.
"""


def turn(book: Book, heard: r.AnyInput) -> list[r.AnyOutput]:
    """Decide an input and change the book by what was decided."""
    outputs: list[r.AnyOutput] = []
    for output in decide(book, heard):
        book.apply(output)
        outputs.append(output)
    return outputs


def decide(book: Book, heard: r.AnyInput) -> Iterator[r.AnyOutput]:
    """Yield what follows from an input. Each output must be applied before the next is asked."""
    if not isinstance(heard, r.Started):
        yield from day.roll(book, heard.at_ns)
    match heard:
        case r.IntentReceived():
            yield from intents.received(book, heard)
        case r.BrokerAnswered():
            yield from fills.answered(book, heard)
        case r.NoticeHeard():
            yield from fills.noticed(book, heard)
        case r.QuoteSeen():
            yield from _quote(book, heard)
        case r.SliceDue():
            yield from slices.due(book, heard)
        case r.MarksTaken():
            yield r.MarksSet(at_ns=heard.at_ns, marks=heard.marks)
            yield from day.watch_loss(book, heard.at_ns)
        case r.BasePriceRead():
            yield from splits.base_read(book, heard)
        case r.TimerFired():
            yield from day.fired(book, heard.at_ns, heard.quotes)
        case r.Stopping():
            yield from day.stopping(book, heard.at_ns)
        case r.HistoryRead():
            yield from reconcile.history(book, heard)
        case r.BalanceRead():
            yield from reconcile.balance(book, heard)
            yield from day.watch_loss(book, heard.at_ns)
        case r.BuyingPowerRead():
            yield from reconcile.buying_power(book, heard)
        case r.DayEndRead():
            yield from day_end.read(book, heard)
            yield from day.watch_loss(book, heard.at_ns)
        case r.CancelAnswered():
            yield from fills.cancel_answered(book, heard)
        case r.ModifyAnswered():
            yield from amendment.answered(book, heard)
        case r.HeartbeatHeard():
            yield _heartbeat(heard)
        case r.OperatorActed():
            yield from operator.acted(book, heard)
        case r.QueryFailed():
            yield r.QueryCounted(
                at_ns=heard.at_ns, query=heard.query, error=heard.error, text=heard.text
            )
        case r.NoticesChanged():
            if heard.live != book.notices_live:
                yield r.NoticesSet(at_ns=heard.at_ns, live=heard.live)
        case r.LimitsRead():
            if heard.limits_hash != book.limits_hash:
                yield _limits(book, heard)
        case r.Started():
            yield from _started(book, heard)


def _started(book: Book, started: r.Started) -> Iterator[r.AnyOutput]:
    """Take over a journal, empty or not: starting and recovering are this one path.

    An order that left without an answer may be live: it is unknown from here on and looked up. One
    that was only planned never left, and follows when its way is free.
    """
    yield r.LimitsSet(
        at_ns=started.at_ns,
        oms_id=started.oms_id,
        environment=started.environment,
        limits=started.limits,
        limits_hash=started.limits_hash,
        version=started.version,
        dialect=started.dialect,
    )
    if book.notices_live:
        yield r.NoticesSet(at_ns=started.at_ns, live=False)
    for order in list(book.open_orders.values()):
        if order.state is SENT:
            yield from fills.lost(
                book, order, "restarted before an answer", started.at_ns, "restart"
            )
        if order.cancel is Cancel.SENT:
            yield r.CancelSettled(
                at_ns=started.at_ns, order_id=order.order_id, answer="unknown", text="restarted"
            )
        if order.modify is Modify.SENT:
            yield r.ModifySettled(
                at_ns=started.at_ns,
                order_id=order.order_id,
                modify=order.modifies,
                answer="unknown",
                text="restarted",
            )
    yield from day.roll(book, started.at_ns)


def _quote(book: Book, seen: r.QuoteSeen) -> Iterator[r.AnyOutput]:
    """A trade that says VI or halt keeps entries out for a while; one at a stop sells."""
    assert book.limits is not None
    quote, at_ns = seen.quote, seen.at_ns
    continuous = (
        book.open_ns is not None
        and book.auction_ns is not None
        and book.open_ns < quote.at_ns < book.auction_ns
    )
    if (quote.in_auction or quote.halted) and continuous:
        until_ns = at_ns + book.limits.vi_cooldown_s * SECOND_NS
        if until_ns > book.listing(quote.symbol).cooldown_until_ns + SECOND_NS:
            yield r.CooldownSet(at_ns=at_ns, symbol=quote.symbol, until_ns=until_ns)
    yield from exits.stop_reached(book, seen)
    yield from triggers.reached(book, seen)


def _limits(book: Book, read: r.LimitsRead) -> r.LimitsSet:
    """Swap the limits whole, between two intents."""
    return r.LimitsSet(
        at_ns=read.at_ns,
        oms_id=book.oms_id,
        environment=book.environment,
        limits=read.limits,
        limits_hash=read.limits_hash,
        version=book.version,
        reloaded=True,
        dialect=book.dialect,
    )


def _heartbeat(heard: r.HeartbeatHeard) -> r.HeartbeatTaken:
    return r.HeartbeatTaken(
        at_ns=heard.at_ns,
        strategy_id=heard.strategy_id,
        mode=heard.mode,
        symbols_hot=heard.symbols_hot,
        symbols_warm=heard.symbols_warm,
        symbols_cold=heard.symbols_cold,
        positions=heard.positions,
        last_error=heard.last_error,
        version=heard.version,
    )
