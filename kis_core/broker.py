"""One stock account at KIS. Implements `oms.core.broker.Broker`; only the OMS may import it.

Placing and changing never raise for what happened on the wire: they answer accepted, declined or
unknown. The code UNREACHABLE on a declined order means that it provably never left this machine.
Questions raise KisError and never return a part. Orders on credit are not placed: the fleet owns
what it trades.
"""

from collections.abc import Sequence
from datetime import date as calendar_date

from kis_core.environment import Account, require_same
from kis_core.errors import ReplyError
from kis_core.net.orders import NOT_SENT, send
from kis_core.net.rest import KisRest
from kis_core.wire.account import (
    Balance,
    BuyingPower,
    NewOrder,
    OpenOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
    Sellable,
    Side,
)
from kis_core.wire.accounts import (
    account_replies,
    account_requests,
    reservations,
    statement_replies,
    statement_requests,
)
from kis_core.wire.accounts.reservations import (
    NewReservation,
    Reservation,
    ReservationOutcome,
    Reserved,
)
from kis_core.wire.accounts.statements import (
    Assets,
    DailyProfit,
    Margin,
    RealizedBalance,
    Right,
    TradeProfit,
)
from kis_core.wire.fields import Body
from kis_core.wire.request import Request, old_style

__all__ = ["NOT_SENT", "KisBroker"]


class KisBroker:
    """Orders and account queries of one account.

    `old_tr_ids` speaks to hosts that know only the TR ids from before there were venues.
    """

    def __init__(self, rest: KisRest, account: Account, *, old_tr_ids: bool = False) -> None:
        require_same(rest.endpoints, account)
        self._rest = rest
        self._account = account
        self._dialect = rest.endpoints.dialect
        self._old_tr_ids = old_tr_ids

    async def place(self, order: NewOrder) -> Outcome:
        """Send one order, once."""

        def request() -> Request:
            today = self._today()
            return self._styled(account_requests.order(self._dialect, self._account, order, today))

        return await send(self._rest, request, account_replies.accepted)

    async def change(self, change: OrderChange) -> Outcome:
        """Send one cancel or modify, once. Accepted carries the change's own order number."""

        def request() -> Request:
            today = self._today()
            return self._styled(
                account_requests.order_change(self._dialect, self._account, change, today)
            )

        return await send(self._rest, request, account_replies.accepted)

    async def history(self, date: str) -> Sequence[OrderRow]:
        """Return all orders of a day (YYYY-MM-DD), all pages, oldest first."""
        day = calendar_date.fromisoformat(date)
        request = account_requests.order_history(self._dialect, self._account, day, self._today())
        return account_replies.order_rows(await self._rest.ask_all(self._styled(request)))

    async def histories(
        self, first: calendar_date, last: calendar_date, symbol: str = ""
    ) -> Sequence[OrderRow]:
        """Return all orders of some days, both included, oldest first; "" is every symbol."""
        bodies: list[Body] = []
        for request in account_requests.order_histories(
            self._dialect, self._account, first, last, self._today(), symbol
        ):
            bodies += await self._rest.ask_all(self._styled(request))
        return account_replies.order_rows(bodies)

    async def open_orders(self) -> list[OpenOrder]:
        """Return the orders that can still be changed. On paper, from the day's history."""
        if self._dialect == "paper":
            return account_replies.open_of_history(await self.history(f"{self._today()}"))
        request = account_requests.open_orders(self._dialect, self._account)
        return account_replies.open_orders(await self._rest.ask_all(self._styled(request)))

    async def balance(self) -> Balance:
        """Return the whole balance, all pages."""
        request = account_requests.balance(self._dialect, self._account)
        return account_replies.balance(await self._rest.ask_all(request))

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
        side: Side = "BUY",
    ) -> BuyingPower:
        """Return what can be bought; without a symbol, the amounts alone.

        Stocks are opened by buying alone: raises ValueError for the other side.
        """
        if side != "BUY":
            raise ValueError("stocks are not opened by selling")
        request = account_requests.buying_power(
            self._dialect, self._account, symbol, limit_krw, order_type
        )
        return account_replies.buying_power(await self._rest.ask(request))

    async def sellable(self, symbol: str) -> Sellable:
        """Return what can be sold of a symbol. On paper, from the balance."""
        if self._dialect == "paper":
            return account_replies.sellable_of_balance(await self.balance(), symbol)
        request = account_requests.sellable(self._dialect, self._account, symbol)
        return account_replies.sellable(await self._rest.ask(request), symbol)

    async def reserve(self, order: NewReservation) -> ReservationOutcome:
        """Send one reservation, once. Not offered on paper."""

        def request() -> Request:
            return reservations.place(self._dialect, self._account, order)

        return await send(self._rest, request, reservations.reserved)

    async def change_reservation(
        self, told: Reservation, order: NewReservation | None = None
    ) -> ReservationOutcome:
        """Send one cancel of a reservation (no order), or put another order in its place."""

        def request() -> Request:
            if order is None:
                return reservations.cancel(self._dialect, self._account, told)
            return reservations.modify(self._dialect, self._account, told, order)

        return await send(self._rest, request, lambda body: _changed(body, told))

    async def reservations(self, first: calendar_date, last: calendar_date) -> list[Reservation]:
        """Return the reservations of some days, all pages, cancelled ones included."""
        request = reservations.listing(self._dialect, self._account, first, last)
        return reservations.reservations(await self._rest.ask_all(request))

    async def realized_balance(self) -> RealizedBalance:
        """Return the balance and what was realised today, all pages. Real accounts only."""
        request = statement_requests.realized_balance(self._dialect, self._account)
        return statement_replies.realized_balance(await self._rest.ask_all(request))

    async def daily_profit(self, first: calendar_date, last: calendar_date) -> DailyProfit:
        """Return a period's profit by day, all pages. Real accounts only."""
        request = statement_requests.daily_profit(self._dialect, self._account, first, last)
        return statement_replies.daily_profit(await self._rest.ask_all(request))

    async def trade_profit(
        self, first: calendar_date, last: calendar_date, symbol: str = ""
    ) -> TradeProfit:
        """Return a period's profit by symbol and day, all pages. Real accounts only."""
        request = statement_requests.trade_profit(self._dialect, self._account, first, last, symbol)
        return statement_replies.trade_profit(await self._rest.ask_all(request))

    async def assets(self) -> Assets:
        """Return all that the account holds, by class of asset. Real accounts only."""
        request = statement_requests.assets(self._dialect, self._account)
        return statement_replies.assets(await self._rest.ask(request))

    async def margin(self) -> Margin:
        """Return what stock orders may use. Real accounts only."""
        request = statement_requests.margin(self._dialect, self._account)
        return statement_replies.margin(await self._rest.ask(request))

    async def rights(self, first: calendar_date, last: calendar_date) -> list[Right]:
        """Return the corporate actions of a period, all pages. Real accounts only."""
        request = statement_requests.rights(self._dialect, self._account, first, last)
        return statement_replies.rights(await self._rest.ask_all(request))

    def _styled(self, request: Request) -> Request:
        return old_style(self._dialect, request) if self._old_tr_ids else request

    def _today(self) -> calendar_date:
        return self._rest.clock.now().date()


def _changed(body: Body, told: Reservation) -> Reserved:
    if not reservations.was_changed(body):
        raise ReplyError(f"reservation {told.sequence}: taken, but not carried out", str(body))
    return Reserved(told.sequence)
