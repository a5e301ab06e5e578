"""What leaves for the broker: orders, modifies and cancels, each once, each after it is durable.

Every send is a task of its own; its one answer comes back through the inbox. A courier never
repeats: an answer that got lost is `unknown`, and the history settles it.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from kis_core.clock import Clock
from kis_core.errors import KisError
from kis_core.wire.account import (
    Accepted,
    Declined,
    NewOrder,
    OrderChange,
    OrderType,
    Outcome,
    Unknown,
)
from oms.core.broker import Broker
from oms.core.records import (
    BrokerAnswered,
    CancelAnswered,
    CancelPlanned,
    ModifyAnswered,
    ModifyPlanned,
    OrderSent,
)
from oms.inbox import Committed, Inbox


class Courier:
    """Carries out what the book has decided to send."""

    def __init__(
        self, broker: Broker, inbox: Inbox, clock: Clock, tasks: asyncio.TaskGroup, log: Any
    ) -> None:
        self._broker = broker
        self._inbox = inbox
        self._clock = clock
        self._tasks = tasks
        self._log = log
        self._away: set[asyncio.Task[None]] = set()

    def committed(self, news: Sequence[Committed]) -> None:
        """Send what has just become durable."""
        for item in news:
            match item.output:
                case OrderSent(order_id=order_id):
                    self._start(self._place(order_id))
                case CancelPlanned() as cancel:
                    self._start(self._cancel(cancel))
                case ModifyPlanned() as modify:
                    self._start(self._modify(modify))

    def _start(self, errand: Any) -> None:
        task = self._tasks.create_task(errand)
        self._away.add(task)
        task.add_done_callback(self._away.discard)

    async def home(self, within_s: float) -> None:
        """Wait until every answer is back, at most `within_s` seconds of the world.

        An answer may send out a cancel that waited for it: that one is waited for too.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._away:
                    await asyncio.wait(set(self._away))
                    self._inbox.finish()

    def stop(self) -> None:
        """Wait no longer: what has no answer yet is unknown to the next start."""
        for task in self._away:
            task.cancel()

    async def _place(self, order_id: str) -> None:
        order = self._inbox.book.orders[order_id]
        order_type = OrderType(order.order_type)
        condition_krw = order.trigger_krw if order_type is OrderType.STOP_LIMIT else None
        new = NewOrder(
            order.symbol,
            order.side,
            order.shares,
            order_type,
            order.limit_krw,
            order.venue,
            condition_krw,
        )
        outcome = await _outcome(self._broker.place(new))
        at_ns = self._clock.now_ns()
        self._tell(f"{order.side} {order.symbol}", order_id, outcome)
        match outcome:
            case Accepted(broker_id, branch):
                answer = BrokerAnswered(
                    at_ns=at_ns,
                    order_id=order_id,
                    answer="accepted",
                    broker_id=broker_id,
                    branch=branch,
                )
            case Declined(code, text):
                answer = BrokerAnswered(
                    at_ns=at_ns, order_id=order_id, answer="declined", code=code, text=text
                )
            case Unknown(why):
                answer = BrokerAnswered(at_ns=at_ns, order_id=order_id, answer="unknown", text=why)
        self._inbox.put(answer)

    async def _cancel(self, cancel: CancelPlanned) -> None:
        order_id = cancel.order_id
        # KIS wants type 00 on every cancel, whatever type the order has.
        change = self._change(order_id, cancel.broker_id, OrderType.LIMIT, None)
        outcome = await _outcome(self._broker.change(change))
        at_ns = self._clock.now_ns()
        self._tell("cancel", order_id, outcome)
        match outcome:
            case Accepted(broker_id):
                answer = CancelAnswered(
                    at_ns=at_ns, order_id=order_id, answer="accepted", broker_id=broker_id
                )
            case Declined(code, text):
                answer = CancelAnswered(
                    at_ns=at_ns, order_id=order_id, answer="declined", code=code, text=text
                )
            case Unknown(why):
                answer = CancelAnswered(at_ns=at_ns, order_id=order_id, answer="unknown", text=why)
        self._inbox.put(answer)

    async def _modify(self, modify: ModifyPlanned) -> None:
        order_id, number = modify.order_id, modify.modify
        kind = OrderType(modify.order_type)
        change = self._change(order_id, modify.broker_id, kind, modify.limit_krw)
        outcome = await _outcome(self._broker.change(change))
        self._tell("modify", order_id, outcome)
        at_ns = self._clock.now_ns()
        match outcome:
            case Accepted(broker_id, branch):
                answer = ModifyAnswered(
                    at_ns=at_ns,
                    order_id=order_id,
                    modify=number,
                    answer="accepted",
                    broker_id=broker_id,
                    branch=branch,
                )
            case Declined(code, text):
                answer = ModifyAnswered(
                    at_ns=at_ns,
                    order_id=order_id,
                    modify=number,
                    answer="declined",
                    code=code,
                    text=text,
                )
            case Unknown(why):
                answer = ModifyAnswered(
                    at_ns=at_ns, order_id=order_id, modify=number, answer="unknown", text=why
                )
        self._inbox.put(answer)

    def _change(
        self, order_id: str, broker_id: str | None, kind: OrderType, limit_krw: int | None
    ) -> OrderChange:
        """Return the change of all that is left under one of an order's numbers."""
        order = self._inbox.book.orders[order_id]
        one = order.under(broker_id)
        return OrderChange(
            one.broker_id,
            one.branch,
            kind,
            limit_krw,
            venue=order.venue,
            condition_krw=order.trigger_krw if kind is OrderType.STOP_LIMIT else None,
            symbol=order.symbol,
            remaining=order.remaining,
        )

    def _tell(self, what: str, order_id: str, outcome: Outcome) -> None:
        match outcome:
            case Declined(code, text):
                self._log.warning(
                    "KIS order rejected", what=what, order=order_id, code=code, text=text
                )
            case Unknown(why):
                self._log.warning("Order outcome unknown", what=what, order=order_id, why=why)


async def _outcome(errand: Any) -> Outcome:
    try:
        outcome: Outcome = await errand
    except KisError as error:
        # The port promises not to raise; if it does, nobody knows whether the order left.
        return Unknown(f"{type(error).__name__}: {error}")
    return outcome
