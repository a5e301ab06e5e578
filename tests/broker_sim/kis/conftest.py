"""A tiny day, a broker that plays it on the loopback, and a client that speaks KIS to it."""

import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import numpy as np
import pytest
import structlog
from websockets.asyncio.client import ClientConnection, connect

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.day import FlowDay, Instrument, PrintTape
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from broker_sim.kis.tokens import Keys
from kis_core.clock import KST, SECOND_NS, TapeClock, ns
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel

DATE = dt.date(2025, 9, 3)
PAST = (dt.date(2025, 8, 29), dt.date(2025, 9, 1), dt.date(2025, 9, 2))
KEYS = Keys("APPKEY", "APPSECRET", "50001234", "01", "trader")

SAMSUNG, ECOPRO, QUIET = "005930", "247540", "000660"
STOCKS = {
    QUIET: Instrument(QUIET, "SK하이닉스", "KOSPI", "반도체", 260_000, 182_000, 338_000, 7_000_000),
    SAMSUNG: Instrument(
        SAMSUNG, "삼성전자", "KOSPI", "전기.전자", 70_000, 49_000, 91_000, 5_919_637_922, nxt=True
    ),
    ECOPRO: Instrument(ECOPRO, "에코프로비엠", "KOSDAQ", "", 100_000, 70_000, 130_000, None),
}
# (KST time, price, volume, aggressor, auction)
PRINTS = {
    SAMSUNG: (
        ("09:00:00", 70_000, 1000, 0, True),
        ("09:00:10", 70_100, 10, 1, False),
        ("09:00:20", 70_000, 20, -1, False),
        ("09:00:40", 69_900, 30, -1, False),
        ("09:01:05", 70_200, 500, 1, False),
        ("09:01:06", 70_300, 500, 1, False),
        ("09:03:00", 70_000, 700, -1, False),
        ("10:00:00", 69_500, 900, -1, False),
        ("15:30:00", 69_800, 2000, 0, True),
    ),
    ECOPRO: (
        ("09:00:00", 101_000, 50, 0, True),
        ("09:01:05", 101_500, 5, 1, False),
    ),
    QUIET: (),
}


def at(text: str) -> int:
    """Return the day's instant HH:MM[:SS], in nanoseconds."""
    return ns(dt.datetime.combine(DATE, dt.time.fromisoformat(text), KST))


class TinyDay:
    """Three stocks, a few prints, three sessions of the past with a full day of minutes each."""

    date = DATE
    seed = 1
    instruments: Mapping[str, Instrument] = STOCKS

    def prints(self, symbol: str) -> PrintTape:
        rows = PRINTS[symbol]
        columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
        times, prices, volumes, aggressors, auctions = columns
        return PrintTape(
            symbol,
            np.array([at(text) for text in times], np.int64),
            np.array(prices, np.int32),
            np.array(volumes, np.int32),
            np.array(aggressors, np.int8),
            np.array(auctions, np.bool_),
        )

    def past_dates(self) -> tuple[dt.date, ...]:
        return PAST

    def minute_bars(self, symbol: str, date: dt.date, until_ns: int | None = None) -> list[Bar]:
        if symbol not in STOCKS or date not in PAST:
            return []
        start = ns(dt.datetime.combine(date, dt.time(9, 0), KST))
        price = STOCKS[symbol].base_krw
        return [
            Bar(symbol, "KRX", start + m * 60 * SECOND_NS, price, price + 100, price, price, 10 + m)
            for m in (*range(380), 390)
        ]

    def daily_bars(self, symbol: str, first: dt.date, last: dt.date) -> list[DailyBar]:
        base = STOCKS[symbol].base_krw
        days = [DATE - dt.timedelta(days=back) for back in range(200, 0, -1)]
        return [
            DailyBar(symbol, day.isoformat(), base, base + 500, base - 500, base, 4_000)
            for day in days
            if day.weekday() < 5 and first <= day <= last
        ]

    def flows(self, symbol: str, first: dt.date, last: dt.date) -> list[FlowDay]:
        return []

    def day_flow(self, symbol: str) -> FlowDay | None:
        return None

    def index_days(self, code: str, first: dt.date, last: dt.date) -> list[IndexDay]:
        days = (day for day in PAST if first <= day <= last and code == "0001")
        return [
            IndexDay(code, d.isoformat(), *map(Decimal, (3100, 3150, 3090, 3120))) for d in days
        ]

    def index_level(self, code: str, at_ns: int) -> IndexLevel | None:
        if code != "0001":
            return None
        figures = map(Decimal, ("3130.5", "3125", "3140", "3110", "3120"))
        return IndexLevel(code, at_ns, at_ns, *figures)


@dataclass
class Broker:
    """A broker that is up, and KIS spoken to it."""

    served: Served
    exchange: Exchange
    clock: TapeClock
    options: Options
    http: httpx.AsyncClient
    token: str = ""

    async def move(self, text: str) -> None:
        """Let the day pass up to a time."""
        await self.clock.move_to(at(text))
        self.served.pump.catch_up()

    def tr(self, real: str) -> str:
        """Return the TR id of this broker's dialect."""
        return real if self.options.dialect == "real" or real[0] != "T" else "V" + real[1:]

    async def log_in(self) -> None:
        body = {"grant_type": "client_credentials", "appkey": "APPKEY", "appsecret": "APPSECRET"}
        reply = await self.http.post("/oauth2/tokenP", json=body)
        self.token = reply.json()["access_token"]

    def headers(self, tr_id: str, **more: str) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self.token}",
            "appkey": "APPKEY",
            "appsecret": "APPSECRET",
            "tr_id": tr_id,
            **more,
        }

    async def get(self, name: str, tr_id: str, **query: str) -> httpx.Response:
        """Ask a quotation, or an account's list when the name says so."""
        more = {"tr_cont": query.pop("tr_cont")} if "tr_cont" in query else {}
        folder = "trading" if "CANO" in query else "quotations"
        path = f"/uapi/domestic-stock/v1/{folder}/{name}"
        return await self.http.get(path, params=query, headers=self.headers(tr_id, **more))

    async def post(self, name: str, tr_id: str, **body: Any) -> httpx.Response:
        path = f"/uapi/domestic-stock/v1/trading/{name}"
        body = {"CANO": "50001234", "ACNT_PRDT_CD": "01", **body}
        return await self.http.post(path, json=body, headers=self.headers(tr_id))

    async def order(
        self, side: str, shares: int, price: int = 0, symbol: str = SAMSUNG, dvsn: str = ""
    ) -> dict[str, Any]:
        """Place an order: a market order unless it has a price."""
        tr_id = self.tr("TTTC0012U" if side == "BUY" else "TTTC0011U")
        reply = await self.post(
            "order-cash",
            tr_id,
            PDNO=symbol,
            ORD_DVSN=dvsn or ("00" if price else "01"),
            ORD_QTY=str(shares),
            ORD_UNPR=str(price),
        )
        content: dict[str, Any] = reply.json()
        return content

    async def change(
        self, odno: str, kind: str, price: int = 0, shares: int = 0, every: str = "Y"
    ) -> dict[str, Any]:
        """Modify (01) or cancel (02) an order."""
        reply = await self.post(
            "order-rvsecncl",
            self.tr("TTTC0013U"),
            KRX_FWDG_ORD_ORGNO="",
            ORGN_ODNO=odno,
            ORD_DVSN="00",
            RVSE_CNCL_DVSN_CD=kind,
            ORD_QTY=str(shares),
            ORD_UNPR=str(price),
            QTY_ALL_ORD_YN=every,
        )
        content: dict[str, Any] = reply.json()
        return content

    async def history(self, **over: str) -> httpx.Response:
        today = f"{DATE:%Y%m%d}"
        query = {
            "CANO": "50001234",
            "ACNT_PRDT_CD": "01",
            "INQR_STRT_DT": today,
            "INQR_END_DT": today,
            "SLL_BUY_DVSN_CD": "00",
            "INQR_DVSN": "01",
            "INQR_DVSN_3": "00",
            "INQR_DVSN_1": "",
            "PDNO": "",
            "ORD_GNO_BRNO": "",
            "ODNO": "",
            "CCLD_DVSN": "00",
            "CTX_AREA_FK100": "",
            "CTX_AREA_NK100": "",
        }
        return await self.get("inquire-daily-ccld", self.tr("TTTC0081R"), **(query | over))

    async def balance(self, **over: str) -> httpx.Response:
        query = {
            "CANO": "50001234",
            "ACNT_PRDT_CD": "01",
            "AFHR_FLPR_YN": "N",
            "OFL_YN": "",
            "INQR_DVSN": "02",
            "UNPR_DVSN": "01",
            "FUND_STTL_ICLD_YN": "N",
            "FNCG_AMT_AUTO_RDPT_YN": "N",
            "PRCS_DVSN": "00",
            "CTX_AREA_FK100": "",
            "CTX_AREA_NK100": "",
        }
        return await self.get("inquire-balance", self.tr("TTTC8434R"), **(query | over))

    async def approval(self) -> str:
        body = {"grant_type": "client_credentials", "appkey": "APPKEY", "secretkey": "APPSECRET"}
        reply = await self.http.post("/oauth2/Approval", json=body)
        key: str = reply.json()["approval_key"]
        return key

    @contextlib.asynccontextmanager
    async def socket(self, path: str = "/tryitout") -> AsyncIterator["Line"]:
        """Open a WebSocket session with an approval key of its own."""
        approval = await self.approval()
        async with connect(self.served.ws_url + path, ping_interval=None) as connection:
            yield Line(connection, approval)


@dataclass
class Line:
    """One WebSocket session, from the client's side."""

    connection: ClientConnection
    approval: str

    def message(self, tr_id: str, tr_key: str, tr_type: str = "1") -> dict[str, Any]:
        header = {"approval_key": self.approval, "custtype": "P", "tr_type": tr_type}
        return {"header": header, "body": {"input": {"tr_id": tr_id, "tr_key": tr_key}}}

    async def register(self, tr_id: str, tr_key: str, tr_type: str = "1") -> dict[str, Any]:
        """Register (1) or unregister (2) and return the answer."""
        await self.connection.send(json.dumps(self.message(tr_id, tr_key, tr_type)))
        content: dict[str, Any] = json.loads(await self.connection.recv())
        return content

    async def frame(self) -> tuple[str, str, int, str]:
        """Return the next data frame: flag, TR id, count, payload."""
        text = str(await self.connection.recv())
        flag, tr_id, count, payload = text.split("|", 3)
        return flag, tr_id, int(count), payload


@pytest.fixture
def tiny_exchange() -> Exchange:
    """The exchange of the tiny day at 09:00:45."""
    exchange = Exchange(TinyDay(), AccountRules(10_000_000, 140), 1)
    exchange.advance(at("09:00:45"))
    return exchange


Opens = Callable[..., contextlib.AbstractAsyncContextManager[Broker]]


@contextlib.asynccontextmanager
async def open_broker(
    start: str = "09:00:05",
    dialect: Any = "real",
    clock: Any = None,
    cash_krw: int = 10_000_000,
    holdings: tuple[OpeningHolding, ...] = (),
    logged_in: bool = True,
    world: Any = None,
    **options: Any,
) -> AsyncIterator[Broker]:
    exchange = Exchange(TinyDay(), AccountRules(cash_krw, 140, dialect, holdings=holdings), 1)
    clock = clock or TapeClock(at(start))
    chosen = replace(Options(KEYS, dialect, 1, Layout.MID, 1000, pump_s=0.002), **options)
    log = structlog.make_filtering_bound_logger(50)(structlog.PrintLogger(), [], {})
    async with (
        serve(exchange, clock, chosen, log, world or clock) as served,
        httpx.AsyncClient(base_url=served.rest_url) as http,
    ):
        broker = Broker(served, exchange, clock, chosen, http)
        if logged_in:
            await broker.log_in()
        yield broker


@pytest.fixture
def opens() -> Opens:
    """How a test opens a broker of its own: `async with opens(dialect="paper") as broker`."""
    return open_broker


@pytest.fixture
async def broker(anyio_backend: str) -> AsyncIterator[Broker]:
    """A broker of the real dialect at 09:00:05, logged in to."""
    async with open_broker() as opened:
        yield opened
