"""What a broker is, as the OMS says it. `kis_core.broker.KisBroker` fits; so do tests' fakes."""

from collections.abc import Sequence
from typing import Protocol

from kis_core.wire.account import (
    Balance,
    BuyingPower,
    NewOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
    Side,
)


class Broker(Protocol):
    """One account at one broker.

    The two that send never raise for what happened on the wire: they answer accepted, declined or
    unknown. The three that ask raise `KisError` (Unreachable, Refused, ReplyError) when they do
    not have the whole answer; a partial one is never returned.
    """

    async def place(self, order: NewOrder) -> Outcome:
        """Send one order, once."""
        ...

    async def change(self, change: OrderChange) -> Outcome:
        """Send one cancel or modify, once. Accepted carries the change's own order number."""
        ...

    async def history(self, date: str) -> Sequence[OrderRow]:
        """Return all orders of a day (YYYY-MM-DD), all pages."""
        ...

    async def balance(self) -> Balance:
        """Return the whole balance, all pages."""
        ...

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
        side: Side = "BUY",
    ) -> BuyingPower:
        """Return what can be opened on a side; without a symbol, the amounts alone."""
        ...
