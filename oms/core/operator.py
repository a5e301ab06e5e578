"""What a person may do, and what it does to the book. Every act is journaled with who and why."""

from collections.abc import Iterator

from oms.core import exits, fills
from oms.core.book import Book
from oms.core.order import PLANNED
from oms.core.records import AnyOutput, Flag, FlagChanged, OperatorActed


def acted(book: Book, act: OperatorActed) -> Iterator[AnyOutput]:
    """Do what the operator said."""
    match act.action:
        case "safe_mode":
            yield _flag(act, "safe_mode", on=bool(act.enabled))
        case "regime":
            yield _flag(act, "regime", on=True, value=act.regime)
        case "pause_strategy":
            yield _flag(act, "paused", on=True, subject=act.strategy_id)
        case "resume_strategy":
            yield _flag(act, "paused", on=False, subject=act.strategy_id)
        case "resume_entries":
            yield _flag(act, "halt_entries", on=False)
            if book.flattening:
                yield _flag(act, "flattening", on=False)
        case "flatten_all":
            yield _flag(act, "halt_entries", on=True)
            yield _flag(act, "flattening", on=True)
            yield from exits.flatten_account(book, f"flatten: {act.reason}"[:50], act.at_ns)
        case "kill":
            yield _flag(act, "killed", on=bool(act.enabled))
            if act.enabled:
                yield from _withdraw_buys(book, act)
        case "reset_peak":
            yield _flag(act, "peak", on=True)
        case "cancel_order":
            order = book.open_orders.get(act.order_id or "")
            if order is None:
                return
            if order.state is PLANNED:
                yield from fills.closed(book, order, "CANCELLED", act.reason, act.at_ns)
            else:
                yield from exits.withdraw(order, act.reason, act.at_ns, act.actor)


def _withdraw_buys(book: Book, act: OperatorActed) -> Iterator[AnyOutput]:
    why = f"kill: {act.reason}"[:50]
    for order in list(book.open_orders.values()):
        if order.side != "BUY":
            continue
        if order.state is PLANNED:
            yield from fills.closed(book, order, "CANCELLED", why, act.at_ns)
        else:
            yield from exits.withdraw(order, why, act.at_ns, act.actor)


def _flag(
    act: OperatorActed,
    flag: Flag,
    *,
    on: bool,
    subject: str | None = None,
    value: str | None = None,
) -> FlagChanged:
    return FlagChanged(
        at_ns=act.at_ns,
        flag=flag,
        on=on,
        actor=act.actor,
        reason=act.reason,
        subject=subject,
        value=value,
    )
