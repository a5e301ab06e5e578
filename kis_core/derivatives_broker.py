"""One futures and options account at KIS. Only the OMS may import it.

The same contract as `kis_core.broker`: placing and changing never raise for what happened on the
wire, they answer accepted, declined or unknown, and what is sent is sent once. Questions raise
KisError and never return a part.
"""

from collections.abc import Sequence
from datetime import date

from kis_core.environment import Account, require_same
from kis_core.market.derivative_sessions import SessionName
from kis_core.net.orders import send
from kis_core.net.rest import KisRest
from kis_core.wire.account import Outcome
from kis_core.wire.derivatives import derivative_account_replies as replies
from kis_core.wire.derivatives import derivative_account_requests as requests
from kis_core.wire.derivatives import derivative_statement_replies as statement_replies
from kis_core.wire.derivatives import derivative_statement_requests as statement_requests
from kis_core.wire.derivatives.derivative_account import (
    DerivativeBalance,
    DerivativeChange,
    DerivativeDeposit,
    DerivativeOrderRow,
    NewDerivativeOrder,
    Orderable,
)
from kis_core.wire.derivatives.derivative_account_requests import SettledAt
from kis_core.wire.derivatives.derivative_statements import (
    DerivativeFill,
    Fees,
    NightMargin,
    Settlement,
)
from kis_core.wire.request import Request, old_style

PRODUCT = "03"  # ACNT_PRDT_CD of futures and options


class KisDerivativesBroker:
    """Orders and account queries of one account, day and night.

    `old_tr_ids` speaks to hosts that know only the night's TR ids of before.
    """

    def __init__(self, rest: KisRest, account: Account, *, old_tr_ids: bool = False) -> None:
        require_same(rest.endpoints, account)
        if account.product != PRODUCT:
            raise ValueError(
                f"account product {account.product}: futures and options are {PRODUCT}"
            )
        self._rest = rest
        self._account = account
        self._dialect = rest.endpoints.dialect
        self._old_tr_ids = old_tr_ids

    async def place(self, order: NewDerivativeOrder) -> Outcome:
        """Send one order, once."""

        def request() -> Request:
            return self._styled(requests.order(self._dialect, self._account, order))

        return await send(self._rest, request, replies.accepted)

    async def change(self, change: DerivativeChange) -> Outcome:
        """Send one cancel or modify, once. Accepted carries the change's own order number."""

        def request() -> Request:
            return self._styled(requests.order_change(self._dialect, self._account, change))

        return await send(self._rest, request, replies.accepted)

    async def history(
        self, day: date, session: SessionName = "day"
    ) -> Sequence[DerivativeOrderRow]:
        """Return all orders of a session that begins on a day, all pages, oldest first."""
        request = requests.order_history(self._dialect, self._account, day, session)
        return replies.order_rows(await self._rest.ask_all(self._styled(request)))

    async def open_orders(
        self, day: date, session: SessionName = "day"
    ) -> Sequence[DerivativeOrderRow]:
        """Return the orders of a session of which something is left. KIS has no call for them."""
        return [row for row in await self.history(day, session) if row.is_open]

    async def balance(
        self, session: SessionName = "day", settled_at: SettledAt = "1"
    ) -> DerivativeBalance:
        """Return the whole balance, all pages."""
        request = requests.balance(self._dialect, self._account, session, settled_at)
        return replies.balance(await self._rest.ask_all(self._styled(request)))

    async def orderable(self, order: NewDerivativeOrder) -> Orderable:
        """Return how many contracts such an order may have; its own number is not looked at."""
        request = requests.orderable(self._dialect, self._account, order)
        return replies.orderable(await self._rest.ask(self._styled(request)))

    async def deposit(self) -> DerivativeDeposit:
        """Return what the account is worth. Real accounts only."""
        request = requests.deposit(self._dialect, self._account)
        return replies.deposit(await self._rest.ask(request))

    async def valuation(self, settled_at: SettledAt = "1") -> DerivativeBalance:
        """Return the balance as it is valued, all pages. Real accounts only."""
        request = statement_requests.valuation(self._dialect, self._account, settled_at)
        return replies.balance(await self._rest.ask_all(request))

    async def settlement(self, day: date) -> Settlement:
        """Return what a day came to, all pages. Real accounts only."""
        request = statement_requests.settlement(self._dialect, self._account, day)
        return statement_replies.settlement(await self._rest.ask_all(request))

    async def fees(self, first: date, last: date) -> Fees:
        """Return what a period's trading cost, all pages. Real accounts only."""
        request = statement_requests.fees(self._dialect, self._account, first, last)
        return statement_replies.fees(await self._rest.ask_all(request))

    async def fills(self, day: date) -> list[DerivativeFill]:
        """Return a day's fills, each by itself, all pages. Real accounts only."""
        request = statement_requests.fills(self._dialect, self._account, day)
        return statement_replies.fills(await self._rest.ask_all(request))

    async def night_margin(self) -> NightMargin:
        """Return what may be used at night. Real accounts only."""
        request = statement_requests.night_margin(self._dialect, self._account)
        return statement_replies.night_margin(await self._rest.ask(self._styled(request)))

    def _styled(self, request: Request) -> Request:
        return old_style(self._dialect, request) if self._old_tr_ids else request
