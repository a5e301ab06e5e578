"""The rounds: how often the broker is asked, and when the clock's own word is due.

A question that fails is an input too (`QueryFailed`): it changes no state, and is asked again on
the next round. Intervals are market time; between two questions lies a pause of the world's, so
that a fast clock does not become a fast asker.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError
from kis_core.wire.account import BuyingPower, OrderType, Side
from oms.core import records as r
from oms.core import timetable
from oms.core.broker import Broker
from oms.core.day import next_due_ns
from oms.core.order import AT_BROKER, UNKNOWN, Cancel, Modify, Order
from oms.inbox import Committed, Inbox
from oms.quotes import ASK_WITHIN_S
from oms.settings import RoundSettings

_STEP_S = 1.0  # market seconds between two looks at what is due
_DAY_END_STEP_S = 10.0
Look = Callable[[Iterable[str]], tuple[r.Quote, ...]]
"""The last quotes known of some symbols, however old."""


class Rounds:
    """Asks the broker for history, balance and buying power, and fires timers."""

    def __init__(
        self,
        broker: Broker,
        inbox: Inbox,
        clock: Clock,
        settings: RoundSettings,
        log: Any,
        look: Look = lambda _: (),
    ) -> None:
        self._broker = broker
        self._inbox = inbox
        self._clock = clock
        self._settings = settings
        self._log = log
        self._look = look
        self._doubt = asyncio.Event()

    def committed(self, news: Sequence[Committed]) -> None:
        """Ask for the history soon where something was told that it should confirm."""
        for item in news:
            match item.output:
                case r.ContradictionSeen(what=what):
                    self._log.error("Contradiction", what=what)
                    self._doubt.set()
                case r.OrderClosed(state="CANCELLED") | r.CancelSettled(answer="declined" | "done"):
                    self._doubt.set()
                case r.OrderAnswered(answer="unknown"):
                    self._doubt.set()
                case r.ModifySettled(answer="declined" | "unknown"):
                    self._doubt.set()

    async def ask_history(self) -> bool:
        """Ask for the day's orders once; whether a whole answer came."""
        asked_ns = self._clock.now_ns()
        date = self._clock.now().date().isoformat()

        async def ask() -> r.AnyInput:
            rows = tuple(await self._broker.history(date))
            at_ns = self._clock.now_ns()
            return r.HistoryRead(at_ns=at_ns, asked_ns=asked_ns, date=date, rows=rows)

        return await self._ask("history", ask)

    async def ask_balance(self) -> bool:
        """Ask for the balance once; whether a whole answer came."""
        asked_ns = self._clock.now_ns()

        async def ask() -> r.AnyInput:
            balance = await self._broker.balance()
            return r.BalanceRead(at_ns=self._clock.now_ns(), asked_ns=asked_ns, balance=balance)

        return await self._ask("balance", ask)

    async def ask_buying_power(self) -> bool:
        """Ask for the orderable cash once; whether an answer came."""
        asked_ns = self._clock.now_ns()

        async def ask() -> r.AnyInput:
            power = await self._broker.buying_power()
            return r.BuyingPowerRead(at_ns=self._clock.now_ns(), asked_ns=asked_ns, power=power)

        return await self._ask("buying_power", ask)

    def past_day(self) -> str | None:
        """Return the date of an earlier day whose executions are not confirmed yet."""
        past = self._inbox.book.past
        return past.date if past is not None else None

    async def ask_day_end(self, date: str) -> bool:
        """Ask for the executions of a day that is over, then the balance; whether both came."""
        asked_ns = self._clock.now_ns()

        async def ask() -> r.AnyInput:
            rows = tuple(await self._broker.history(date))
            balance = await self._broker.balance()
            at_ns = self._clock.now_ns()
            return r.DayEndRead(
                at_ns=at_ns, asked_ns=asked_ns, date=date, rows=rows, balance=balance
            )

        return await self._ask("day_end", ask)

    async def room(self, symbol: str, side: Side, limit_krw: int) -> BuyingPower | None:
        """Return what the broker lets open of a contract on a side; None without an answer."""
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                return await self._broker.buying_power(symbol, limit_krw, OrderType.LIMIT, side)
        except (TimeoutError, KisError) as error:
            self._log.warning("No answer about buying power", symbol=symbol, error=str(error))
            return None

    async def _ask(self, query: r.Query, ask: Callable[[], Awaitable[r.AnyInput]]) -> bool:
        try:
            heard = await ask()
        except KisError as error:
            self._log.warning("Query failed", query=query, error=str(error))
            self._inbox.put(
                r.QueryFailed(
                    at_ns=self._clock.now_ns(),
                    query=query,
                    error=type(error).__name__,
                    text=str(error)[:200],
                )
            )
            return False
        await self._inbox.ask(heard)
        return True

    async def keep_history(self) -> None:
        """Ask for the history as often as what is open deserves."""
        while True:
            await self._next_history()
            self._doubt.clear()
            await self.ask_history()
            await asyncio.sleep(self._settings.pause_s)

    async def _next_history(self) -> None:
        from_ns = self._clock.now_ns()
        while not self._doubt.is_set():
            if self._clock.now_ns() - from_ns >= self._history_every_s() * SECOND_NS:
                return
            await self._clock.sleep(_STEP_S)

    def _history_every_s(self) -> float:
        book, settings = self._inbox.book, self._settings
        open_orders = book.open_orders.values()
        if any(_is_in_doubt(order) for order in open_orders):
            return settings.history_unknown_s
        if any(o.state in AT_BROKER for o in open_orders):
            return settings.history_live_s if book.notices_live else settings.history_s
        return settings.history_idle_s

    async def keep_balance(self) -> None:
        """Ask for balance and orderable cash at their interval, less often where nothing trades."""
        while True:
            await self._clock.sleep(self._balance_every_s())
            await self.ask_balance()
            await self.ask_buying_power()
            await asyncio.sleep(self._settings.pause_s)

    def _balance_every_s(self) -> float:
        book, settings = self._inbox.book, self._settings
        trades = book.open_orders or timetable.takes_orders(book, self._clock.now_ns())
        return settings.balance_s if trades else max(settings.balance_s, settings.history_idle_s)

    async def keep_day_end(self) -> None:
        """Compare each day with the broker once it is over, and again until they agree."""
        while True:
            await self._clock.sleep(_DAY_END_STEP_S)
            date = timetable.day_to_reconcile(self._inbox.book, self._clock.now_ns())
            if date is not None:
                await self.ask_day_end(date)
                await asyncio.sleep(self._settings.pause_s)

    async def keep_time(self) -> None:
        """Fire the timer whenever something in the book is due."""
        while True:
            await self._clock.sleep(_STEP_S)
            now_ns = self._clock.now_ns()
            if next_due_ns(self._inbox.book, now_ns) <= now_ns:
                open_orders = self._inbox.book.open_orders.values()
                quotes = self._look({o.symbol for o in open_orders if o.chase is not None})
                await self._inbox.ask(r.TimerFired(at_ns=now_ns, quotes=quotes))


def _is_in_doubt(order: Order) -> bool:
    """Whether only the history can say how an order stands."""
    return (
        order.state is UNKNOWN
        or order.cancel in (Cancel.DECLINED, Cancel.UNKNOWN, Cancel.DONE)
        or order.modify in (Modify.ACCEPTED, Modify.DECLINED, Modify.UNKNOWN)
    )
