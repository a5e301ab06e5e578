"""The house's own KIS client, whole, against the simulator: what one says the other understands."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from kis_core.broker import KisBroker
from kis_core.clock import KST, Clock, ScaledClock, ns, write_anchor
from kis_core.environment import Account, Credentials, Dialect, Endpoints, Environment, Secret
from kis_core.errors import NotOffered
from kis_core.market.events import Trade
from kis_core.net.budget import RateBudget
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.stream import Acked, KisStream, Raw
from kis_core.net.tokens import TokenCache
from kis_core.wire.account import (
    Accepted,
    Declined,
    NewOrder,
    NoticeKind,
    OrderChange,
    OrderNotice,
    OrderType,
)
from kis_core.wire.stream import rows
from kis_core.wire.stream.cipher import unseal
from kis_core.wire.tr_table import NOTICES

SAMSUNG, ECOPRO = "005930", "247540"
DAY = date(2025, 9, 3)
MIDNIGHT_NS = ns(datetime(2025, 9, 3, tzinfo=KST))


@dataclass
class House:
    """Everything a process of ours would hold."""

    rest: KisRest
    quotes: KisQuotes
    broker: KisBroker
    stream: KisStream
    clock: Clock


@contextlib.asynccontextmanager
async def house(
    opens: Any, folder: Path, start: str, dialect: Dialect = "real", speed: float = 60.0
) -> AsyncIterator[House]:
    """A simulator whose day runs, and our client pointed at it."""
    at = datetime.combine(DAY, datetime.strptime(start, "%H:%M:%S").time(), KST)  # noqa: DTZ007
    anchor = folder / "clock.json"
    write_anchor(anchor, ns(at), speed, running=True)
    clock = ScaledClock(anchor)
    limit = {"real": 18, "paper": 1}[dialect]
    async with opens(
        clock=clock,
        dialect=dialect,
        logged_in=False,
        calls_per_second=limit,
        throttle_window_s=3,
    ) as opened:
        served = opened.served
        endpoints = Endpoints(Environment.SIM, served.rest_url, served.ws_url, dialect)
        keys = Credentials(Environment.SIM, "APPKEY", Secret("APPSECRET"), "trader")
        tokens = TokenCache(endpoints, keys, clock, folder / "tokens")
        budget = RateBudget(endpoints, keys, clock, folder / "budget")
        async with KisRest(endpoints, keys, clock, tokens, budget) as rest:
            account = Account(Environment.SIM, "50001234")
            stream = KisStream(endpoints, keys, clock, tokens.approval_key)
            yield House(rest, KisQuotes(rest), KisBroker(rest, account), stream, clock)
        budget.close()


@pytest.mark.anyio
async def test_quotes_and_histories_are_read_whole(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, "15:40:00") as ours:
        quote = await ours.quotes.price(SAMSUNG)
        assert (quote.price_krw, quote.base_krw, quote.cum_volume) == (69_800, 70_000, 5660)
        assert (quote.upper_krw, quote.lower_krw, quote.tick_krw) == (91_000, 49_000, 100)
        assert (quote.halted, quote.market_name) == (False, "KOSPI")
        book = await ours.quotes.book(SAMSUNG)
        assert book.symbol == SAMSUNG
        today = await ours.quotes.minute_bars_today(SAMSUNG)
        assert [f"{(bar.start_ns - MIDNIGHT_NS) // 60_000_000_000}" for bar in today] == [
            "540",
            "541",
            "543",
            "600",
            "930",
        ]
        assert (today[1].open_krw, today[1].close_krw, today[1].volume) == (70_200, 70_300, 1000)
        past = await ours.quotes.minute_bars_on(SAMSUNG, date(2025, 9, 2), "090000", "153000")
        assert len(past) == 381
        assert [bar.volume for bar in past[:2]] == [10, 11]
        days = await ours.quotes.daily_bars(SAMSUNG, date(2025, 3, 1), date(2025, 9, 2))
        assert (days[-1].date, days[-1].close_krw) == ("2025-09-02", 70_000)
        assert len(days) > 100, "more than one page"
        level = await ours.quotes.index_level("0001")
        assert str(level.level_pt) == "3130.50"
        index = await ours.quotes.index_days("0001", date(2025, 8, 1), date(2025, 9, 2))
        assert [day.date for day in index] == ["2025-08-29", "2025-09-01", "2025-09-02"]


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["real", "paper"])
async def test_an_order_lives_from_its_placing_to_the_balance(
    opens: Any, tmp_path: Path, dialect: Dialect
) -> None:
    async with house(opens, tmp_path, "09:04:00", dialect) as ours:
        bought = await ours.broker.place(
            NewOrder(SAMSUNG, "BUY", 3, OrderType.MARKET, limit_krw=None)
        )
        resting = await ours.broker.place(NewOrder(SAMSUNG, "BUY", 5, OrderType.LIMIT, 60_000))
        off_tick = await ours.broker.place(NewOrder(SAMSUNG, "BUY", 5, OrderType.LIMIT, 60_050))
        assert isinstance(bought, Accepted)
        assert isinstance(resting, Accepted)
        assert isinstance(off_tick, Declined)
        change = OrderChange(resting.broker_id, resting.branch, OrderType.LIMIT)
        assert isinstance(await ours.broker.change(change), Accepted)
        assert isinstance(await ours.broker.change(change), Declined)
        first, second, cancel = await ours.broker.history(DAY.isoformat())
        assert int(first.broker_id) == int(bought.broker_id)
        assert (first.filled, first.remaining, first.shares) == (3, 0, 3)
        assert first.filled_value_krw // 3 in range(69_000, 71_001)
        assert (second.filled, second.remaining, second.cancelled) == (0, 0, 5)
        assert cancel.original_id is not None
        assert int(cancel.original_id) == int(resting.broker_id)
        balance = await ours.broker.balance()
        (line,) = balance.holdings
        assert (line.symbol, line.shares, line.bought_today) == (SAMSUNG, 3, 3)
        assert balance.deposit_krw == 10_000_000
        assert balance.settled_d2_krw == (
            10_000_000 - first.filled_value_krw - balance.costs_today_krw
        )
        power = await ours.broker.buying_power(SAMSUNG)
        assert power.cash_krw == balance.settled_d2_krw
        assert power.shares > 0


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["real", "paper"])
async def test_prints_and_notices_are_heard_and_read(
    opens: Any, tmp_path: Path, dialect: Dialect
) -> None:
    trades: list[Trade] = []
    books = 0
    notices: list[OrderNotice] = []
    keys: dict[str, tuple[str, str]] = {}
    tr_id = NOTICES[dialect]
    async with house(opens, tmp_path, "08:57:00", dialect) as ours:
        wanted = [(tr_id, "trader"), ("H0STCNT0", SAMSUNG), ("H0STASP0", SAMSUNG)]
        await ours.stream.set_wanted(wanted)
        placed = False
        async with asyncio.timeout(20), contextlib.aclosing(ours.stream.items()) as items:
            async for item in items:
                if isinstance(item, Acked) and item.key and item.iv:
                    keys[item.tr_id] = (item.key, item.iv)
                if not isinstance(item, Raw) or item.text.startswith("{"):
                    continue
                flag, of, _, payload = item.text.split("|", 3)
                if flag == "1":
                    notices += rows.notices(unseal(payload, *keys[of]))
                elif of == "H0STCNT0":
                    trades += rows.trades(item.text, item.arrived_ns, MIDNIGHT_NS)
                else:
                    books += len(rows.books(item.text, item.arrived_ns, MIDNIGHT_NS))
                if not placed and trades:
                    placed = True
                    await ours.broker.place(
                        NewOrder(SAMSUNG, "BUY", 1, OrderType.MARKET, limit_krw=None)
                    )
                if len(trades) >= 6 and any(n.kind is NoticeKind.FILLED for n in notices):
                    break
    assert [trade.price_krw for trade in trades[:4]] == [70_000, 70_100, 70_000, 69_900]
    assert [trade.aggressor for trade in trades[:4]] == [0, 1, -1, -1]
    assert trades[3].cum_volume == 1060
    assert trades[3].cum_value_krw == 70_000 * 1020 + 70_100 * 10 + 69_900 * 30
    assert trades[0].at_ns - MIDNIGHT_NS == 9 * 3600 * 1_000_000_000
    assert trades[0].vi_reference_krw == 70_000
    assert books > 0
    assert [notice.kind for notice in notices] == [NoticeKind.ACCEPTED, NoticeKind.FILLED]
    assert notices[1].shares == notices[1].order_shares == 1
    assert notices[1].account == "5000123401"


@pytest.mark.anyio
async def test_paper_lacks_past_minutes_and_still_tells_the_index(
    opens: Any, tmp_path: Path
) -> None:
    async with house(opens, tmp_path, "09:04:00", "paper") as ours:
        with pytest.raises(NotOffered):
            await ours.quotes.minute_bars_on(SAMSUNG, date(2025, 9, 2), "090000", "153000")
        level = await ours.quotes.index_level("0001")
        assert str(level.level_pt) == "3130.50"
        assert (await ours.quotes.price(ECOPRO)).price_krw == 101_500
