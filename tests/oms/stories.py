"""The fakes of the OMS's tests: a story told to the book, a broker that keeps orders, a line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import structlog

from kis_core.clock import SECOND_NS, kst
from kis_core.environment import Secret
from kis_core.errors import UnknownSymbol, Unreachable
from kis_core.feed import Batch, Heard, Wants
from kis_core.market.events import Book as OrderBook
from kis_core.market.events import Trade
from kis_core.market.instants import midnight_ns
from kis_core.wire.account import (
    Accepted,
    Balance,
    BuyingPower,
    Declined,
    Holding,
    NewOrder,
    NoticeKind,
    OrderChange,
    OrderNotice,
    OrderRow,
    OrderType,
    Outcome,
    Side,
    Unknown,
)
from kis_core.wire.quotes.replies import PriceQuote
from oms.access import Caller, Scope, Tokens
from oms.core import records as r
from oms.core.book import Book
from oms.core.decide import turn
from oms.core.limits import Budget, Limits
from oms.journal import Journal
from oms.running import Parts
from oms.settings import RoundSettings, limits_hash

DAY = date(2025, 11, 20)  # a Thursday with the usual hours
MIDNIGHT_NS = midnight_ns(DAY)
SAMSUNG, HYNIX, NAVER = "005930", "000660", "035420"
KOSDAQ150 = "106W12"
"""A future that may cost what the stocks of these stories do: 7 points are 70,000 KRW."""


def at(text: str) -> int:
    """Return the instant of HH:MM[:SS[.fff]] of the test's day, ns."""
    hours, minutes, *rest = text.split(":")
    seconds = float(rest[0]) if rest else 0.0
    return MIDNIGHT_NS + (int(hours) * 3600 + int(minutes) * 60) * SECOND_NS + int(seconds * 1e9)


def some_limits(**changes: Any) -> Limits:
    """Return limits that let an ordinary entry through, with changes."""
    values: dict[str, Any] = {
        "daily_loss_warn_pct": 0.03,
        "daily_loss_halt_pct": 0.05,
        "gross_pct_max": 0.9,
        "position_pct_max": 0.15,
        "positions_max": 15,
        "sector_pct_max": 0.3,
        "unknown_sector": "block",
        "regime_caps": {"CRISIS": 0.2, "WEAK": 0.5, "NORMAL": 0.8, "STRONG": 1.0},
        "regime_at_start": "NORMAL",
        "spread_bp_max": None,
        "vi_cooldown_s": 600,
        "collar_bp": 300,
        "quote_age_s_max": 30,
        "balance_age_s_max": 180,
        "order_value_krw_max": 100_000_000,
        "order_shares_max": 200_000,
        "commission_ppm": 140,
        "entry_life_s": {"LOW": 120, "NORMAL": 120, "HIGH": 10},
        "high_urgency_bp": 20,
        "unknown_settle_s": 10,
        "fill_settle_s": 5,
        "exit_retry_s": 5,
        "exit_retry_s_max": 60,
        "closing_cancel_s": 60,
        "budgets": {
            "KMP": Budget(8, 0.025, 0.5, 90),
            "KPR": Budget(5, 0.025, 0.5, 180),
        },
        "sectors": {SAMSUNG: "Semiconductors", HYNIX: "Semiconductors", NAVER: "Internet"},
    }
    return Limits(**(values | changes))


class Story:
    """A day told to a book, step by step; time only moves forward."""

    def __init__(self, limits: Limits, start: str = "09:30", symbol: str = SAMSUNG) -> None:
        self.symbol = symbol  # what it is about where nothing else is said
        self.book = Book()
        self.now_ns = at(start)
        self.told: list[tuple[r.AnyInput, list[r.AnyOutput]]] = []
        self._intents = 0
        self._numbers = 100
        self.limits = limits

    def tell(self, heard: r.AnyInput) -> list[r.AnyOutput]:
        outputs = turn(self.book, heard)
        self.told.append((heard, outputs))
        return outputs

    def wait(self, seconds: float) -> "Story":
        self.now_ns += int(seconds * SECOND_NS)
        return self

    def at(self, text: str) -> "Story":
        assert at(text) >= self.now_ns
        self.now_ns = at(text)
        return self

    def start(self) -> list[r.AnyOutput]:
        return self.tell(
            r.Started(
                at_ns=self.now_ns,
                oms_id="primary",
                environment="sim",
                version="test",
                limits=self.limits,
                limits_hash=limits_hash(self.limits),
            )
        )

    def restart(self) -> list[r.AnyOutput]:
        """Fold what was told into a fresh book and take over, as a new process does."""
        book = Book()
        for _, outputs in self.told:
            for output in outputs:
                book.apply(output)
        self.book = book
        return self.start()

    def balance(
        self,
        equity_krw: int = 100_000_000,
        holdings: dict[str, int] | None = None,
        ago_s: float = 0,
        price_krw: int = 70_000,
        margin_call_krw: int | None = 0,
    ) -> list[r.AnyOutput]:
        lines = tuple(
            Holding(s, s, n, n, 70_000.0, n * 70_000, price_krw, n, 0)
            for s, n in (holdings or {}).items()
        )
        asked_ns = self.now_ns - int(ago_s * SECOND_NS)
        krw = (equity_krw,) * 4
        told = Balance(lines, *krw, 0, margin_krw=0, margin_call_krw=margin_call_krw)
        return self.tell(r.BalanceRead(at_ns=self.now_ns, asked_ns=asked_ns, balance=told))

    def cash(self, krw: int = 100_000_000) -> list[r.AnyOutput]:
        power = BuyingPower(krw, krw, 0)
        return self.tell(r.BuyingPowerRead(at_ns=self.now_ns, asked_ns=self.now_ns, power=power))

    def ready(self, equity_krw: int = 100_000_000) -> "Story":
        self.start()
        self.balance(equity_krw)
        self.cash(equity_krw)
        self.tell(r.NoticesChanged(at_ns=self.now_ns, live=True))
        return self

    def quote(self, symbol: str | None = None, price_krw: int = 70_000, **fields: Any) -> r.Quote:
        values: dict[str, Any] = {
            "at_ns": self.now_ns,
            "arrived_ns": self.now_ns,
            "ask_krw": price_krw,
            "bid_krw": price_krw - 100,
            "base_krw": 70_000,
            "market": "KOSPI",
        }
        return r.Quote(symbol=symbol or self.symbol, price_krw=price_krw, **(values | fields))

    def ask(
        self,
        intent_type: r.IntentType,
        strategy: str = "KMP",
        quote: Any = ...,
        power: BuyingPower | None = None,
        **fields: Any,
    ) -> list[r.AnyOutput]:
        self._intents += 1
        fields.setdefault("intent_id", f"i{self._intents}")
        fields.setdefault("symbol", self.symbol)
        asked = r.Asked(intent_type=intent_type, reason=fields.pop("reason", "test"), **fields)
        if quote is ...:
            buys = intent_type in ("ENTER", "SET_TARGET")
            quote = self.quote(asked.symbol) if buys else None
        return self.tell(
            r.IntentReceived(
                at_ns=self.now_ns, strategy_id=strategy, asked=asked, quote=quote, power=power
            )
        )

    def enter(self, shares: int = 10, strategy: str = "KMP", **fields: Any) -> list[r.AnyOutput]:
        values = {"limit_krw": 70_000, "stop_krw": 68_000, "shares": shares}
        return self.ask("ENTER", strategy, **(values | fields))

    def answer(self, order_id: str, broker_id: str | None = None) -> str:
        """The broker accepts; returns the order number it gave."""
        if broker_id is None:
            self._numbers += 1
            broker_id = f"{self._numbers:010d}"
        self.tell(
            r.BrokerAnswered(
                at_ns=self.now_ns,
                order_id=order_id,
                answer="accepted",
                broker_id=broker_id,
                branch="06010",
            )
        )
        return broker_id

    def declined(self, order_id: str, code: str = "APBK0952") -> list[r.AnyOutput]:
        return self.tell(
            r.BrokerAnswered(
                at_ns=self.now_ns, order_id=order_id, answer="declined", code=code, text="no"
            )
        )

    def unknown(self, order_id: str) -> list[r.AnyOutput]:
        return self.tell(
            r.BrokerAnswered(at_ns=self.now_ns, order_id=order_id, answer="unknown", text="lost")
        )

    def notice(
        self,
        broker_id: str,
        shares: int,
        price_krw: int = 70_000,
        side: str = "BUY",
        symbol: str | None = None,
        kind: NoticeKind = NoticeKind.FILLED,
        at_text: str = "093000",
        **fields: Any,
    ) -> list[r.AnyOutput]:
        notice = OrderNotice(
            kind=kind,
            account="1234567801",
            broker_id=broker_id,
            original_id=fields.get("original_id"),
            symbol=symbol or self.symbol,
            side=side,  # type: ignore[arg-type]
            shares=shares,
            price_krw=price_krw,
            order_shares=fields.get("order_shares", shares),
            change=fields.get("change", "new"),
            at=at_text,
        )
        return self.tell(r.NoticeHeard(at_ns=self.now_ns, arrived_ns=self.now_ns, notice=notice))

    def row(self, order_id: str, broker_id: str | None = None, **fields: Any) -> OrderRow:
        order = self.book.orders[order_id]
        filled = fields.get("filled", order.filled)
        cancelled = fields.get("cancelled", 0)
        rejected = fields.get("rejected", 0)
        return OrderRow(
            date=DAY.isoformat(),
            broker_id=broker_id or order.broker_id or "0",
            original_id=None,
            symbol=order.symbol,
            side=order.side,
            shares=order.shares,
            limit_krw=order.limit_krw or 0,
            order_type=str(order.order_type),
            ordered_at=fields.get("ordered_at", "093000"),
            filled=filled,
            filled_value_krw=fields.get("value_krw", filled * (order.limit_krw or 70_000)),
            cancelled=cancelled,
            rejected=rejected,
            remaining=fields.get("remaining", order.shares - filled - cancelled - rejected),
            is_cancel=False,
            branch="06010",
        )

    def history(self, *rows: OrderRow, ago_s: float = 0) -> list[r.AnyOutput]:
        return self.tell(
            r.HistoryRead(
                at_ns=self.now_ns,
                asked_ns=self.now_ns - int(ago_s * SECOND_NS),
                date=DAY.isoformat(),
                rows=rows,
            )
        )

    def timer(self) -> list[r.AnyOutput]:
        return self.tell(r.TimerFired(at_ns=self.now_ns))

    def trade(self, price_krw: int, symbol: str | None = None, **fields: Any) -> list[r.AnyOutput]:
        quote = self.quote(symbol, price_krw, **fields)
        return self.tell(r.QuoteSeen(at_ns=self.now_ns, quote=quote))

    def operator(self, action: r.Action, **fields: Any) -> list[r.AnyOutput]:
        return self.tell(
            r.OperatorActed(
                at_ns=self.now_ns, actor="operator", action=action, reason="test", **fields
            )
        )

    def hold(self, shares: int = 10, strategy: str = "KMP", symbol: str | None = None) -> str:
        """Enter and fill; returns the order's id."""
        symbol = symbol or self.symbol
        outputs = self.enter(shares, strategy, symbol=symbol)
        order_id = one(outputs, r.OrderPlanned).order_id
        self.notice(self.answer(order_id), shares, symbol=symbol)
        return order_id

    def allocation(self, strategy: str = "KMP", symbol: str | None = None) -> Any:
        return self.book.allocation(strategy, symbol or self.symbol)


def of(outputs: list[r.AnyOutput], kind: type[Any]) -> list[Any]:
    """Return the outputs of one kind."""
    return [output for output in outputs if isinstance(output, kind)]


def one(outputs: list[r.AnyOutput], kind: type[Any]) -> Any:
    """Return the only output of a kind."""
    found = of(outputs, kind)
    assert len(found) == 1, f"{len(found)} {kind.__name__} in {outputs}"
    return found[0]


class FakeBroker:
    """A broker that keeps what it is sent, and answers as told.

    `outcomes` are taken in turn; without one, orders are accepted. `lost` orders are taken by the
    exchange, but the answer is `Unknown`. Nothing fills by itself.
    """

    def __init__(self) -> None:
        self.placed: list[NewOrder] = []
        self.changed: list[OrderChange] = []
        self.rows: dict[str, OrderRow] = {}
        self.outcomes: list[Outcome] = []
        self.lose_answers = False
        self.down = False
        self.before_place: Callable[[], Any] | None = None
        self.after_place: Callable[[], Any] | None = None
        self.holdings: dict[str, int] = {}
        self.equity_krw = 100_000_000
        self.asked: list[str] = []

    async def place(self, order: NewOrder) -> Outcome:
        if self.before_place:
            await self.before_place()
        self.placed.append(order)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Declined):
            return outcome
        number = f"{len(self.placed):010d}"
        self.rows[number] = OrderRow(
            DAY.isoformat(),
            number,
            None,
            order.symbol,
            order.side,
            order.shares,
            order.limit_krw or 0,
            str(order.order_type.value),
            "093000",
            0,
            0,
            0,
            0,
            order.shares,
            False,
            "06010",
        )
        if self.after_place:
            await self.after_place()
        if self.lose_answers or isinstance(outcome, Unknown):
            return outcome or Unknown("read timeout")
        return Accepted(number, "06010", "093000")

    async def change(self, change: OrderChange) -> Outcome:
        self.changed.append(change)
        number = f"{9000 + len(self.changed):010d}"
        if not change.is_cancel:
            old = self.rows[change.broker_id]
            self.rows[change.broker_id] = replace(
                old, cancelled=old.remaining, remaining=0, is_cancel=True
            )
            self.rows[number] = replace(
                old, broker_id=number, original_id=old.broker_id, limit_krw=change.limit_krw or 0
            )
        return Accepted(number, "06010", "093001")

    async def history(self, date: str) -> list[OrderRow]:
        self.asked.append("history")
        self._reachable()
        return list(self.rows.values())

    async def balance(self) -> Balance:
        self.asked.append("balance")
        self._reachable()
        lines = tuple(
            Holding(s, s, n, n, 70_000.0, n * 70_000, 70_000, n, 0)
            for s, n in self.holdings.items()
        )
        krw = self.equity_krw
        return Balance(lines, krw, krw, krw, krw, 0)

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
        side: Side = "BUY",
    ) -> BuyingPower:
        self._reachable()
        return BuyingPower(self.equity_krw, self.equity_krw, 0)

    def _reachable(self) -> None:
        if self.down:
            raise Unreachable("connection refused")


class FakeLine:
    """A relay that brings what the test puts in."""

    def __init__(self) -> None:
        self.batches: asyncio.Queue[Batch] = asyncio.Queue()
        self.wanted: list[Wants] = []

    async def want(self, wants: Wants) -> None:
        self.wanted.append(wants)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        while True:
            yield await self.batches.get()

    def bring(self, *events: Any) -> None:
        self.batches.put_nowait(Batch(0, events))


class FakeAsked:
    """Quotes over REST for the symbols it knows."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.prices = {SAMSUNG: 70_000, HYNIX: 70_000, NAVER: 70_000}
        self.calls = 0
        self.answers = True  # False: the line to the broker is down
        self.on_nxt = {SAMSUNG}
        self._now_ns = now_ns

    async def price(self, symbol: str, venue: str = "KRX") -> PriceQuote:
        self.calls += 1
        await asyncio.sleep(0)
        price = self.prices.get(symbol)
        if price is None:
            raise UnknownSymbol(symbol) if self.answers else Unreachable("away")
        return PriceQuote(
            symbol,
            self._now_ns(),
            price,
            price,
            price + 20_000,
            price - 20_000,
            None,
            None,
            None,
            0,
            0,
            100,
            "KOSPI200",
            False,
            False,
            False,
            "00",
            "N",
            None,
        )

    async def is_on_nxt(self, symbol: str) -> bool:
        return symbol in self.on_nxt

    async def book(self, symbol: str, venue: str = "KRX") -> OrderBook:
        price, now_ns = self.prices[symbol], self._now_ns()
        asks, bids = ((price, 10),), ((price - 100, 10),)
        return OrderBook(symbol, "KRX", now_ns, now_ns, asks, bids, None, None, False)


class SettableClock:
    """Shows what it was set to; sleeping lets others run and moves it on."""

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        self._now_ns += 1000  # two things never happen at once
        return self._now_ns

    def now(self) -> Any:
        return kst(self._now_ns)

    def move(self, seconds: float) -> None:
        self._now_ns += int(seconds * SECOND_NS)

    async def sleep(self, seconds: float) -> None:
        until_ns = self._now_ns + int(seconds * SECOND_NS)
        await self.sleep_until(until_ns)

    async def sleep_until(self, at_ns: int) -> None:
        while self._now_ns < at_ns:  # noqa: ASYNC110 - the test moves the clock
            await asyncio.sleep(0.001)


def trade_of(symbol: str, price_krw: int, at_ns: int, **fields: Any) -> Trade:
    """Return a print of one share."""
    values: dict[str, Any] = {
        "symbol": symbol,
        "venue": "KRX",
        "at_ns": at_ns,
        "arrived_ns": at_ns,
        "price_krw": price_krw,
        "volume": 1,
        "cum_volume": 1,
        "cum_value_krw": price_krw,
        "aggressor": 1,
        "ask_krw": price_krw,
        "bid_krw": price_krw - 100,
        "in_auction": False,
        "halted": False,
        "vi_reference_krw": None,
    }
    return Trade(**(values | fields))


TOKENS = {
    Caller("KMP", Scope.STRATEGY): Secret("token-kmp"),
    Caller("KPR", Scope.STRATEGY): Secret("token-kpr"),
    Caller("PCIM", Scope.STRATEGY, sets_regime=True): Secret("token-pcim"),
    Caller("operator", Scope.OPERATOR): Secret("token-operator"),
    Caller("viewer", Scope.VIEWER): Secret("token-viewer"),
}


class House:
    """All parts of an OMS but its process: real journal, real inbox, fake world."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self.clock = SettableClock(at("09:30"))
        self.broker = FakeBroker()
        self.line = FakeLine()
        self.asked = FakeAsked(self.clock.now_ns)
        self._open: list[Journal] = []

    def parts(self) -> Parts:
        """Open the journal anew, as a process does that starts."""
        for journal in self._open:
            journal.close()
        journal = Journal.open(self.folder / "primary.db")
        self._open = [journal]
        self.line = FakeLine()
        return Parts(
            oms_id="primary",
            environment="sim",
            limits=self.limits,
            rounds=RoundSettings(
                history_s=5,
                history_live_s=20,
                history_unknown_s=3,
                history_idle_s=60,
                balance_s=15,
                marks_s=5,
                pause_s=0.005,
            ),
            journal=journal,
            broker=self.broker,
            line=self.line,
            asked=self.asked,
            tokens=Tokens(TOKENS),
            clock=self.clock,
            log=structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50)),
        )

    def close(self) -> None:
        for journal in self._open:
            journal.close()

    def fill_notice(
        self, number: int, shares: int, price_krw: int = 70_000, side: str = "BUY"
    ) -> Heard:
        order = self.broker.placed[number - 1]
        return Heard(
            self.clock.now_ns(),
            OrderNotice(
                NoticeKind.FILLED,
                "1234567801",
                f"{number:010d}",
                None,
                order.symbol,
                side,  # type: ignore[arg-type]
                shares,
                price_krw,
                order.shares,
                "new",
                "093001",
            ),
        )
