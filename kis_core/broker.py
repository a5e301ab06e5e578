"""One account at KIS. Implements `oms.core.broker.Broker`; only the OMS may import it.

Placing and changing never raise for what happened on the wire: they answer accepted, declined or
unknown. The code UNREACHABLE on a declined order means that it provably never left this machine.
"""

from collections.abc import Sequence
from datetime import date as calendar_date

from kis_core.environment import Account, require_same
from kis_core.errors import OutcomeUnknown, Refused, ReplyError, Unreachable
from kis_core.net.rest import KisRest
from kis_core.wire import account_replies, account_requests
from kis_core.wire.account import (
    Balance,
    BuyingPower,
    Declined,
    NewOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
    Unknown,
)
from kis_core.wire.request import Request

NOT_SENT = "UNREACHABLE"


class KisBroker:
    """Orders and account queries of one account."""

    def __init__(self, rest: KisRest, account: Account) -> None:
        require_same(rest.endpoints, account)
        self._rest = rest
        self._account = account
        self._dialect = rest.endpoints.dialect

    async def place(self, order: NewOrder) -> Outcome:
        """Send one order, once."""
        try:
            request = account_requests.order(self._dialect, self._account, order)
        except Refused as refused:
            return Declined(refused.code, refused.text)
        return await self._send(request)

    async def change(self, change: OrderChange) -> Outcome:
        """Send one cancel or modify, once. Accepted carries the change's own order number."""
        try:
            request = account_requests.order_change(self._dialect, self._account, change)
        except Refused as refused:
            return Declined(refused.code, refused.text)
        return await self._send(request)

    async def _send(self, request: Request) -> Outcome:
        try:
            return account_replies.accepted(await self._rest.send(request))
        except Unreachable as error:
            return Declined(NOT_SENT, str(error))
        except Refused as refused:
            return Declined(refused.code, refused.text)
        except (OutcomeUnknown, ReplyError) as error:  # taken, but by which number?
            return Unknown(str(error))

    async def history(self, date: str) -> Sequence[OrderRow]:
        """Return all orders of a day (YYYY-MM-DD), all pages, oldest first."""
        day, today = calendar_date.fromisoformat(date), self._rest.clock.now().date()
        request = account_requests.order_history(self._dialect, self._account, day, today)
        return account_replies.order_rows(await self._rest.ask_all(request))

    async def balance(self) -> Balance:
        """Return the whole balance, all pages."""
        request = account_requests.balance(self._dialect, self._account)
        return account_replies.balance(await self._rest.ask_all(request))

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
    ) -> BuyingPower:
        """Return what can be bought; without a symbol, the amounts alone."""
        request = account_requests.buying_power(
            self._dialect, self._account, symbol, limit_krw, order_type
        )
        return account_replies.buying_power(await self._rest.ask(request))
