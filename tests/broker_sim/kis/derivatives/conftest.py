"""A broker on a day with a KOSPI200, and a client that speaks of futures and options to it."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
import structlog

from broker_sim.exchange.account import AccountRules, OpeningContracts
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, serve
from kis_core.clock import TapeClock
from kis_core.market.instants import DAY_NS
from kis_core.wire.tr_table import CALLS
from tests.broker_sim.indexed_day import IndexedDay
from tests.broker_sim.kis.conftest import DATE, KEYS, Broker, at

FRONT, CALL, PUT = "101W09", "201W09430", "301W09430"


class FuturesBroker(Broker):
    """Asks by the names of the catalog, with every documented key."""

    async def ask(self, name: str, tr_id: str = "", **said: str) -> dict[str, Any]:
        """Return the body of a call; keys that are not said are blank."""
        call = CALLS[f"domestic_futureoption.{name}"]
        ids = call.tr_real if self.options.dialect == "real" else call.tr_paper
        fields = dict.fromkeys(call.params, "") | dict(call.fixed)
        if "CANO" in fields:
            fields |= {"CANO": KEYS.account_no, "ACNT_PRDT_CD": "03"}
        more = {"tr_cont": said.pop("tr_cont")} if "tr_cont" in said else {}
        headers = self.headers(
            tr_id or next(iter(ids.values()), next(iter(call.tr_real.values()))), **more
        )
        fields |= said
        if call.method == "POST":
            self.reply = await self.http.post(call.path, json=fields, headers=headers)
        else:
            self.reply = await self.http.get(call.path, params=fields, headers=headers)
        content: dict[str, Any] = self.reply.json()
        return content

    async def after_midnight(self, text: str) -> None:
        """Let the night pass up to a time of the next day."""
        await self.clock.move_to(at(text) + DAY_NS)
        self.served.pump.catch_up()

    async def futures_order(
        self,
        side: str,
        quantity: int,
        price: str = "0",
        code: str = FRONT,
        kind: str = "",
        **more: str,
    ) -> dict[str, Any]:
        """Place an order: at the market unless it has a price or a kind."""
        night = more.pop("tr_id", "")
        return await self.ask(
            "order",
            night,
            ORD_PRCS_DVSN_CD="02",
            SLL_BUY_DVSN_CD="02" if side == "BUY" else "01",
            SHTN_PDNO=code,
            ORD_QTY=str(quantity),
            UNIT_PRICE=price,
            ORD_DVSN_CD=kind or ("01" if price != "0" else "02"),
            **more,
        )

    async def futures_change(self, odno: str, kind: str, **said: str) -> dict[str, Any]:
        """Modify (01) or cancel (02) all that is left, by quantity 0."""
        tr_id = said.pop("tr_id", "")
        usual = {"ORD_QTY": "0", "UNIT_PRICE": "0", "RMN_QTY_YN": "Y", "ORD_DVSN_CD": "01"}
        told = {"ORD_PRCS_DVSN_CD": "02", "RVSE_CNCL_DVSN_CD": kind, "ORGN_ODNO": odno}
        return await self.ask("order_rvsecncl", tr_id, **(usual | told | said))

    async def listed(self, **said: str) -> dict[str, Any]:
        """Return the day's list of orders, oldest first."""
        today = f"{DATE:%Y%m%d}"
        usual = {"STRT_ORD_DT": today, "END_ORD_DT": today, "SLL_BUY_DVSN_CD": "00"}
        return await self.ask("inquire_ccnl", **(usual | {"SORT_SQN": "AS"} | said))


Opens = Callable[..., contextlib.AbstractAsyncContextManager[FuturesBroker]]


@contextlib.asynccontextmanager
async def open_futures(
    start: str = "10:00:00",
    dialect: Any = "real",
    cash_krw: int = 100_000_000,
    contracts: tuple[OpeningContracts, ...] = (),
    **options: Any,
) -> AsyncIterator[FuturesBroker]:
    rules = AccountRules(1_000_000, 140, dialect, contracts=contracts)
    exchange = Exchange(IndexedDay(), rules, 1)
    clock = TapeClock(at(start))
    chosen = Options(KEYS, dialect, 1, Layout.MID, 1000, pump_s=0.002, margin_cash_krw=cash_krw)
    log = structlog.make_filtering_bound_logger(50)(structlog.PrintLogger(), [], {})
    async with (
        serve(exchange, clock, replace(chosen, **options), log) as served,
        httpx.AsyncClient(base_url=served.rest_url) as http,
    ):
        broker = FuturesBroker(served, exchange, clock, chosen, http)
        await broker.log_in()
        yield broker


@pytest.fixture
def futures() -> Opens:
    """How a test opens a broker of its own: `async with futures(dialect="paper") as broker`."""
    return open_futures
