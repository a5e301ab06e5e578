"""What must hold when everything has settled, whatever went wrong before.

Each returns sentences: what is not as it must be. Nothing here trusts the OMS's own sums where the
broker's books say the same thing.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from fleet.chaos.ledger import Holding, Ledger, terms_at_broker, terms_of
from fleet.chaos.operator import ACTOR
from kis_core.wire.account import Side
from oms.audit.known import Known
from oms.audit.projection import Projection
from oms.core import records as r
from oms.core.book import SECOND_NS, Book
from oms.core.chain import Walk
from oms.core.order import PLANNED, REJECTED, UNSETTLED, Cancel, Order
from oms.journal import JournalReader
from oms.verify import verify

ACCOUNT = "50001234"


def broker_orders_are_journaled_sends(ledger: Ledger) -> Iterator[str]:
    """What is at the exchange was journaled as sent, once each, and the two know each other."""
    sends = Counter(terms_of(ledger.orders[order_id]) for order_id in ledger.sent)
    others = ledger.strangers
    there = Counter(terms_at_broker(r) for n, r in ledger.at_broker.items() if n not in others)
    left = sends if ledger.left is None else Counter(terms_of(order) for order in ledger.left)
    for terms in sorted((left - sends).keys()):
        yield f"{terms} left {left[terms]} times, journaled as sent {sends[terms]} times"
    for terms in sorted((there - left).keys()):
        yield f"{terms} is {there[terms]} times at the exchange, left {left[terms]} times"
    for order_id, count in ledger.sent.items():
        if count > 1:
            yield f"{order_id} was journaled as sent {count} times"
    for number, row in ledger.at_broker.items():
        order = ledger.folded.by_broker.get(number)
        if order is None:
            if number not in others and number not in ledger.exchanged.values():
                what = f"{row.side} {row.shares} {row.symbol}"
                yield f"{what} under {number} belongs to no order of ours"
        elif terms_of(order) != terms_at_broker(row):
            what = f"{order.order_id} {terms_of(order)}"
            yield f"{what} claims {number}, which is {terms_at_broker(row)}"
    for number, order in ledger.folded.by_broker.items():
        if number not in ledger.at_broker and number not in ledger.modifies:
            yield f"{order.order_id} claims number {number}, which the exchange does not know"
    for order in ledger.orders.values():
        if order.order_id in ledger.sent and order.broker_id is None and order.state != REJECTED:
            yield f"{order.order_id} was sent, has no number and is {order.state}"
        if order.state in UNSETTLED:
            yield f"{order.order_id} is still {order.state}"


def foreign_orders_are_shown_and_not_adopted(ledger: Ledger) -> Iterator[str]:
    """What others placed is shown as theirs, as it stands; an order of ours takes none of it,
    unless the two could not be told apart."""
    for number in sorted(ledger.strangers | set(ledger.exchanged.values()) - {0}):
        row, order = ledger.at_broker[number], ledger.folded.by_broker.get(number)
        if order is not None:
            if number not in ledger.exchanged:
                yield f"{order.order_id} took {number} for its own, which somebody else placed"
            continue
        shown = ledger.folded.externals.get(number)
        if shown is None:
            yield f"{row.side} {row.shares} {row.symbol} under {number} is not shown as foreign"
        elif (shown.filled, shown.remaining) != (row.filled, row.remaining):
            told = f"{shown.filled} filled, {shown.remaining} remaining"
            yield f"{number} is shown with {told}; it has {row.filled}, {row.remaining}"
    for number in sorted(ledger.folded.externals.keys() - ledger.strangers):
        if number not in ledger.exchanged.values():
            yield f"{number} is shown as foreign and is our own"


def broker_modifies_are_journaled_sends(ledger: Ledger) -> Iterator[str]:
    """A modify leaves once for each journaled; the order it changed knows what it made."""
    planned = [out for out in ledger.outputs if isinstance(out, r.ModifyPlanned)]
    sends = Counter((int(out.broker_id), out.limit_krw) for out in planned)
    left = sends
    if ledger.changed is not None:
        changes = (change for change in ledger.changed if not change.is_cancel)
        left = Counter((int(change.broker_id), change.limit_krw or 0) for change in changes)
    there = Counter((int(row.original or 0), row.limit_krw) for row in ledger.modifies.values())
    for terms in sorted((left - sends).keys()):
        yield f"a modify of {terms} left {left[terms]} times, journaled {sends[terms]} times"
    for terms in sorted((there - left).keys()):
        yield f"a modify of {terms} is {there[terms]} times at the exchange, left {left[terms]}"
    times = Counter((out.order_id, out.modify) for out in planned)
    for name, count in times.items():
        if count > 1:
            yield f"modify {name} was journaled {count} times"
    for number in ledger.ours:
        order = ledger.folded.by_broker[number]
        family = ledger.family(number)
        held = {number, *(int(row.odno) for row in family if not row.rejected)}
        if set(order.numbers) != held:
            yield f"{order.order_id} goes by {sorted(order.numbers)} here, {sorted(held)} there"
        if order.is_open and order.amending:
            yield f"{order.order_id} is still being amended: {order.modify}"


def order_fills_are_the_brokers(ledger: Ledger) -> Iterator[str]:
    """Every order stands as the broker says: filled, its value, its cost, and whether it works."""
    for number in ledger.ours:
        order = ledger.folded.by_broker[number]
        rows = ledger.family(number)
        ours = (order.filled, order.filled_value_krw, order.cost_krw)
        theirs = (
            sum(row.filled for row in rows),
            sum(row.filled_value_krw for row in rows),
            sum(row.cost_krw for row in rows),
        )
        if ours != theirs:
            yield f"{order.order_id}: (shares, KRW, cost) {ours} here, {theirs} there"
        remaining = sum(row.remaining for row in rows)
        if order.is_open != (remaining > 0):
            yield f"{order.order_id} is {order.state} here, {remaining} remain there"


def no_intent_is_executed_twice(ledger: Ledger) -> Iterator[str]:
    """An intent has one answer for ever, and orders only from the turn that decided it."""
    decided = Counter[tuple[str, str]]()
    named: dict[tuple[str, str], set[str]] = {}
    planned: dict[tuple[str, str], list[str]] = {}
    for out in ledger.outputs:
        match out:
            case r.IntentDecided():
                decided[out.strategy_id, out.intent_id] += 1
                named[out.strategy_id, out.intent_id] = set(out.order_ids)
            case r.OrderPlanned(parent_id=None, intent_id=intent_id) if intent_id is not None:
                planned.setdefault((out.strategy_id, intent_id), []).append(out.order_id)
    for key, count in decided.items():
        if count > 1:
            yield f"{key} was decided {count} times"
    for key, order_ids in planned.items():
        if not set(order_ids) <= named.get(key, set()) or len(set(order_ids)) != len(order_ids):
            yield f"{key} planned {order_ids}, its answer named {sorted(named.get(key, set()))}"
    for key, answer in ledger.asked.answers.items():
        if key not in decided:
            yield f"{key} was answered {answer.status}, and the journal does not hold it"
    yield from ledger.asked.changed


def acts_are_done_once_and_signed(ledger: Ledger) -> Iterator[str]:
    """What the operator was told is done is journaled, once, with who and why; what he was not
    answered may be; nothing else is."""
    times = Counter(act.reason for act in ledger.acts)
    for reason, count in times.items():
        if count > 1 or reason not in ledger.done.sent:
            yield f"{reason!r} is journaled {count} times, sent {ledger.done.sent.count(reason)}"
    for reason in ledger.done.answered:
        if reason not in times:
            yield f"{reason!r} was answered, and the journal does not hold it"
    for act in ledger.acts:
        if act.actor != f"operator:{ACTOR}":
            yield f"{act.reason!r} is signed {act.actor!r}"


def no_entry_while_stopped(ledger: Ledger) -> Iterator[str]:
    """No buy is planned while a switch keeps it out, and none leaves while the kill switch is on.

    The flags are followed here by themselves, not through the book.
    """
    up: set[tuple[str, str | None]] = set()
    planned: dict[str, r.OrderPlanned] = {}
    account = ("safe_mode", "halt_entries", "flattening", "killed")
    for out in ledger.outputs:
        match out:
            case r.FlagChanged():
                (up.add if out.on else up.discard)((out.flag, out.subject))
            case r.DayOpened():
                up -= {("halt_entries", None), ("flattening", None)}
            case r.OrderPlanned(side="BUY"):
                planned[out.order_id] = out
                own = [("paused", out.strategy_id), ("frozen", out.symbol), ("halted", out.symbol)]
                if stops := up.intersection([*((flag, None) for flag in account), *own]):
                    yield f"{out.order_id} was planned in spite of {sorted(map(str, stops))}"
            case r.OrderSent(order_id=order_id) if order_id in planned and ("killed", None) in up:
                yield f"{order_id} left in spite of the kill switch"


def allocations_are_the_brokers_holdings(ledger: Ledger) -> Iterator[str]:
    """Strategies hold what their own orders made and the operator moved; with what nobody owns it
    is what the account holds."""
    own: Counter[Holding] = Counter()
    for number, row in ledger.ours.items():
        order = ledger.folded.by_broker[number]
        filled = sum(each.filled for each in ledger.family(number))
        own[order.strategy_id, row.symbol] += filled if row.side == "BUY" else -filled
    for key, (shares, _) in ledger.moved.items():
        own[key] += shares
    for allocation in ledger.folded.allocations():
        made = own[allocation.strategy_id, allocation.symbol]
        if allocation.strategy_id != r.UNALLOCATED and allocation.shares != made:
            name = f"{allocation.strategy_id} {allocation.symbol}"
            yield f"{name} is allocated {allocation.shares}, its orders made {made}"
    for symbol, listing in ledger.folded.listings.items():
        held = ledger.broker.holdings.get(symbol, 0)
        works = any(a.open_orders for a in listing.allocations.values())
        if works and ledger.strangers:
            continue  # while an order works, shares of others are not told from its fills
        if held != listing.allocated + listing.drift:
            yield f"{symbol}: {held} held, {listing.allocated} allocated, drift {listing.drift}"
        if listing.drift not in (0, listing.acknowledged):
            yield f"{symbol} drifts by {listing.drift}, and nobody resolved it"
        if listing.frozen:
            yield f"{symbol} is still frozen"


def every_position_has_its_stop(ledger: Ledger) -> Iterator[str]:
    """Whatever is held is watched, or on its way out."""
    for allocation in ledger.folded.allocations():
        if allocation.shares and allocation.stop_krw is None:
            what = f"{allocation.shares} {allocation.symbol}"
            yield f"{allocation.strategy_id} holds {what} without a stop"


def own_orders_stay_apart(ledger: Ledger) -> Iterator[str]:
    """No order left or moved to where it could trade with one of ours, but for an exit that had
    waited its time."""
    book = Book()
    for output in ledger.outputs:
        if isinstance(output, r.OrderSent | r.ModifyPlanned) and book.limits is not None:
            order = book.orders[output.order_id]
            limit_krw = output.limit_krw if isinstance(output, r.ModifyPlanned) else order.limit_krw
            wait_ns = (book.limits.crossing_wait_s or 0) * SECOND_NS
            patient = not order.opens and output.at_ns >= order.created_ns + wait_ns
            for other in book.open_orders.values():
                if (
                    other.symbol == order.symbol
                    and other.side != order.side
                    and other.state is not PLANNED
                    and other.cancel is not Cancel.DONE
                    and not patient
                    and _meet(order.side, limit_krw, other)
                ):
                    what = f"{order.order_id} left or moved"
                    yield f"{what} while {other.order_id} stood where they meet"
        book.apply(output)


def _meet(side: Side, limit_krw: int | None, other: Order) -> bool:
    buy, sell = limit_krw, other.limit_krw
    if side == "SELL":
        buy, sell = sell, buy
    return buy is None or sell is None or buy >= sell


def money_is_right_to_the_won(ledger: Ledger) -> Iterator[str]:
    """Cash moved by what all orders bought, sold and cost; ours by what was realised less what is
    held, but for the cost of shares that were given or taken."""
    moved = ledger.broker.cash_krw - ledger.broker.start_krw
    told = 0
    for number, row in ledger.at_broker.items():
        order = ledger.folded.by_broker.get(number)
        value, cost = row.filled_value_krw, row.cost_krw
        if order is not None:
            value, cost = order.filled_value_krw, order.cost_krw
        told += (value if row.side == "SELL" else -value) - cost
    if moved != told:
        yield f"cash moved by {moved:+,} KRW, the orders say {told:+,}"
    flow = 0
    for order in {id(o): o for o in ledger.folded.by_broker.values()}.values():
        if order.strategy_id != r.UNALLOCATED:
            value = order.filled_value_krw
            flow += (value if order.side == "SELL" else -value) - order.cost_krw
    held = sum(a.cost_krw for a in ledger.folded.allocations())
    given = sum(cost for _, cost in ledger.moved.values())
    realised = ledger.folded.realised_today_krw
    if flow != realised - held + given:
        yield (
            f"our orders moved {flow:+,} KRW, not {realised:+,} realised less {held:,} held "
            f"but for {given:+,} given"
        )


def the_journal_decides_the_same_again(ledger: Ledger) -> Iterator[str]:
    """The journal is whole; through the same decisions it gives the same outputs, and the book in
    memory."""
    reader, walk = JournalReader(ledger.path), Walk()
    try:
        while links := reader.links(walk.last_seq):
            for link in links:
                if not walk.step(link):
                    yield f"row {link.seq} does not fit its chain"
                    return
    finally:
        reader.close()
    for difference in verify(ledger.path).differences:
        yield f"turn {difference.number} ({difference.kind}): {difference.cause}"
    if ledger.book is not None:
        for name in ("orders", "open_orders", "results", "cash_krw", "realised_today_krw"):
            if getattr(ledger.book, name) != getattr(ledger.folded, name):
                yield f"{name} in memory is not what the journal says"


def the_audit_says_what_the_journal_says(ledger: Ledger) -> Iterator[str]:
    """The rows that PostgreSQL would hold tell of the same orders and allocations."""
    known = Known()
    projection = Projection(ACCOUNT, known)
    for row in ledger.rows:
        projection.take(row)
    for order_id, order in ledger.orders.items():
        row_ = known.orders.get(order_id)
        ours = (str(order.state), order.filled, order.filled_value_krw, order.cost_krw)
        audit = row_ and (row_.state, row_.filled, row_.filled_value_krw, row_.cost_krw)
        if audit != ours:
            yield f"{order_id} is {ours} in the journal, {audit} in the audit"
    for allocation in ledger.folded.allocations():
        kept = known.allocations.get((allocation.strategy_id, allocation.symbol))
        if allocation.shares != (kept.shares if kept else 0):
            name = f"{allocation.strategy_id} {allocation.symbol}"
            yield f"{name}: {allocation.shares} in the journal, {kept} in the audit"


def the_oms_does_not_fall_by_itself(ledger: Ledger) -> Iterator[str]:
    """It ends when it is killed or told to, never of what it heard."""
    yield from ledger.fell


INVARIANTS: tuple[Callable[[Ledger], Iterator[str]], ...] = (
    broker_orders_are_journaled_sends,
    foreign_orders_are_shown_and_not_adopted,
    broker_modifies_are_journaled_sends,
    order_fills_are_the_brokers,
    no_intent_is_executed_twice,
    acts_are_done_once_and_signed,
    no_entry_while_stopped,
    allocations_are_the_brokers_holdings,
    every_position_has_its_stop,
    own_orders_stay_apart,
    money_is_right_to_the_won,
    the_journal_decides_the_same_again,
    the_audit_says_what_the_journal_says,
    the_oms_does_not_fall_by_itself,
)
