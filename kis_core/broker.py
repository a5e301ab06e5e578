"""One account at KIS (being filled in; implements oms.core.broker.Broker)."""

from collections.abc import Sequence

from kis_core.environment import Account
from kis_core.net.rest import KisRest
from kis_core.wire.account import (
    Balance,
    BuyingPower,
    NewOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
)


class KisBroker:
    """Orders and account queries of one account."""

    def __init__(self, rest: KisRest, account: Account) -> None:
        raise NotImplementedError

    async def place(self, order: NewOrder) -> Outcome:
        """Send one order, once."""
        raise NotImplementedError

    async def change(self, change: OrderChange) -> Outcome:
        """Send one cancel or modify, once."""
        raise NotImplementedError

    async def history(self, date: str) -> Sequence[OrderRow]:
        """Return all orders of a day (YYYY-MM-DD)."""
        raise NotImplementedError

    async def balance(self) -> Balance:
        """Return the whole balance."""
        raise NotImplementedError

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
    ) -> BuyingPower:
        """Return what can be bought; without a symbol, the amounts alone."""
        raise NotImplementedError
