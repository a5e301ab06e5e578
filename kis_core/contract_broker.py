"""A futures and options account in contracts and KRW per contract. Only the OMS may import it.

Implements `oms.core.broker.Broker`: a share is a contract, and a price is points times the
multiplier, always a whole number of KRW. It turns into points here, and what no contract can have
(a price off the step, a type or a product not taken) is declined before it leaves. One of these
speaks of one session, the day's or the night's: their orders, lists and TR ids are apart.
"""

from collections.abc import Sequence
from datetime import date as calendar_date

from kis_core.derivatives_broker import KisDerivativesBroker
from kis_core.environment import Account
from kis_core.errors import Refused
from kis_core.market.derivative_sessions import SessionName
from kis_core.net.rest import KisRest
from kis_core.wire.account import (
    Balance,
    BuyingPower,
    Declined,
    NewOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
    Side,
)
from kis_core.wire.derivatives import per_contract


class KisContractBroker:
    """Orders and account queries of one futures and options account in one session."""

    def __init__(
        self,
        rest: KisRest,
        account: Account,
        *,
        session: SessionName = "day",
        old_tr_ids: bool = False,
    ) -> None:
        self._at_kis = KisDerivativesBroker(rest, account, old_tr_ids=old_tr_ids)
        self._session: SessionName = session

    async def place(self, order: NewOrder) -> Outcome:
        """Send one order, once."""
        try:
            new = per_contract.new_order(order, self._session)
        except Refused as refused:
            return Declined(refused.code, refused.text)
        return await self._at_kis.place(new)

    async def change(self, change: OrderChange) -> Outcome:
        """Send one cancel or modify, once. Accepted carries the change's own order number.

        It must say its symbol; on paper and at night also its `remaining`, unless it is a part.
        """
        try:
            wanted = per_contract.change(change, self._session)
        except Refused as refused:
            return Declined(refused.code, refused.text)
        return await self._at_kis.change(wanted)

    async def history(self, date: str) -> Sequence[OrderRow]:
        """Return all orders of the session that begins on a day (YYYY-MM-DD), oldest first."""
        day = calendar_date.fromisoformat(date)
        rows = await self._at_kis.history(day, self._session)
        return [per_contract.order_row(row) for row in rows]

    async def balance(self) -> Balance:
        """Return the whole balance, all pages. What is held short has negative shares."""
        return per_contract.balance(await self._at_kis.balance(self._session))

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
        side: Side = "BUY",
    ) -> BuyingPower:
        """Return what can be opened on a side; without a symbol, the amounts alone.

        The amounts are what may back new orders, cash and in all. Raises Refused for a symbol or a
        price that no order can have.
        """
        told = await self._at_kis.balance(self._session)
        opening = 0
        if symbol is not None:
            order = NewOrder(symbol, side, 1, order_type, limit_krw)
            asked = per_contract.new_order(order, self._session)
            opening = (await self._at_kis.orderable(asked)).opening
        return BuyingPower(told.orderable_cash_krw, told.orderable_krw, opening)
