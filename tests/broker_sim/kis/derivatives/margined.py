"""A futures account as the house's client sees it, and the simulator behind it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kis_core.clock import KST, ScaledClock, ns, write_anchor
from kis_core.contract_broker import KisContractBroker
from kis_core.environment import Account, Credentials, Dialect, Endpoints, Environment, Secret
from kis_core.market.derivative_sessions import SessionName
from kis_core.market.derivative_terms import Terms, terms_of
from kis_core.net.budget import RateBudget
from kis_core.net.derivatives import KisDerivatives
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache
from kis_core.wire.account import Accepted, Holding, NewOrder, OrderRow, OrderType, Side
from oms.core.broker import Broker
from tests.broker_sim.kis.conftest import DATE, KEYS
from tests.broker_sim.kis.derivatives.conftest import FRONT, FuturesBroker

CASH = 100_000_000
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET


def known(code: str) -> Terms:
    terms = terms_of(code)
    assert terms is not None
    return terms


@dataclass
class Margined:
    """The house's client of the account, and the simulator behind it."""

    sim: FuturesBroker
    broker: Broker
    night: KisContractBroker
    market: KisDerivatives

    async def order(
        self, side: Side, contracts: int, limit_krw: int | None = None, code: str = FRONT
    ) -> Accepted:
        kind = MARKET if limit_krw is None else LIMIT
        outcome = await self.broker.place(NewOrder(code, side, contracts, kind, limit_krw))
        assert isinstance(outcome, Accepted), outcome
        return outcome

    async def rows(self) -> list[OrderRow]:
        return list(await self.broker.history(DATE.isoformat()))

    async def held(self, code: str = FRONT) -> Holding:
        (found,) = [h for h in (await self.broker.balance()).holdings if h.symbol == code]
        return found

    async def best(self, code: str = FRONT, session: SessionName = "day") -> tuple[int, int]:
        """Return bid and ask, KRW per contract."""
        book = await self.market.book(code, session)
        return known(code).price_krw(book.bids[0].price), known(code).price_krw(book.asks[0].price)


@contextlib.asynccontextmanager
async def account(
    futures: Any,
    folder: Path,
    start: str = "10:00:00",
    dialect: Dialect = "real",
    timeout_s: float = 10.0,
    **more: Any,
) -> AsyncIterator[Margined]:
    anchor = folder / "clock.json"
    at = datetime.fromisoformat(f"{DATE}T{start}").replace(tzinfo=KST)
    write_anchor(anchor, ns(at), 200.0, running=True)  # paper allows one call a second
    clock = ScaledClock(anchor)
    async with futures(start, dialect=dialect, cash_krw=CASH, **more) as sim:
        endpoints = Endpoints(Environment.SIM, sim.served.rest_url, sim.served.ws_url, dialect)
        keys = Credentials(Environment.SIM, KEYS.app_key, Secret(KEYS.app_secret), KEYS.hts_id)
        tokens = TokenCache(endpoints, keys, clock, folder / "tokens")
        budget = RateBudget(endpoints, keys, clock, folder / "budget")
        await tokens.token()  # before the day moves on: the next is issued in a minute only
        who = Account(Environment.SIM, KEYS.account_no, "03")
        async with KisRest(endpoints, keys, clock, tokens, budget, timeout_s=timeout_s) as rest:
            day = KisContractBroker(rest, who)
            night = KisContractBroker(rest, who, session="night")
            yield Margined(sim, day, night, KisDerivatives(rest))
        budget.close()
