"""The OMS's decisions on a futures account of the simulator: short, told, stopped, flat."""

from pathlib import Path

import msgspec
import pytest

from kis_core.clock import SECOND_NS
from kis_core.wire.account import Accepted, NewOrder, OrderType
from oms.contract_quotes import ContractQuotes
from oms.core import records as r
from oms.core.book import Book
from oms.core.decide import turn
from oms.core.limits import Budget
from oms.settings import limits_hash
from tests.broker_sim.kis.conftest import DATE, at
from tests.broker_sim.kis.derivatives.conftest import FRONT, open_futures
from tests.broker_sim.kis.derivatives.margined import CASH, Margined, account
from tests.oms.stories import some_limits

pytestmark = pytest.mark.anyio

LIMITS = some_limits(
    instruments="derivatives",
    margin_pct=0.09,
    commission_ppm=30,
    options_commission_ppm=1_400,
    gross_pct_max=20.0,
    position_pct_max=20.0,
    regime_caps={"NORMAL": 20.0},
    unknown_sector="allow",
    order_value_krw_max=10**9,
    budgets={"KMP": Budget(8, 0.05, 20.0, 90)},
)


class Trader:
    """A book, and the account that its orders go to: what a courier and the rounds would do."""

    def __init__(self, at_kis: Margined) -> None:
        self.book = Book()
        self.at_kis = at_kis
        self.now_ns = at("10:00:00")

    async def tell(self, heard: r.AnyInput) -> list[r.AnyOutput]:
        outputs = turn(self.book, heard)
        for output in outputs:
            if isinstance(output, r.OrderSent):
                await self._place(output.order_id)
        return outputs

    async def _place(self, order_id: str) -> None:
        order = self.book.orders[order_id]
        kind = OrderType(order.order_type)
        new = NewOrder(order.symbol, order.side, order.shares, kind, order.limit_krw)
        outcome = await self.at_kis.broker.place(new)
        assert isinstance(outcome, Accepted), outcome
        told = (outcome.broker_id, outcome.branch)
        turn(self.book, r.BrokerAnswered(at_ns=self.now_ns, order_id=order_id, answer="accepted",
                                         broker_id=told[0], branch=told[1]))  # fmt: skip

    async def look(self, text: str) -> None:
        """Let the market go on, and ask the account for everything."""
        await self.at_kis.sim.move(text)
        self.now_ns = now_ns = at(text)
        date = DATE.isoformat()
        rows = tuple(await self.at_kis.broker.history(date))
        balance = await self.at_kis.broker.balance()
        power = await self.at_kis.broker.buying_power()
        await self.tell(r.HistoryRead(at_ns=now_ns, asked_ns=now_ns, date=date, rows=rows))
        await self.tell(r.BalanceRead(at_ns=now_ns, asked_ns=now_ns, balance=balance))
        await self.tell(r.BuyingPowerRead(at_ns=now_ns, asked_ns=now_ns, power=power))

    async def quote(self) -> r.Quote:
        asked = ContractQuotes(self.at_kis.market)
        price, book = await asked.price(FRONT), await asked.book(FRONT)
        return r.Quote(
            symbol=FRONT,
            price_krw=price.price_krw,
            at_ns=self.now_ns,
            arrived_ns=self.now_ns,
            ask_krw=book.asks[0][0],
            bid_krw=book.bids[0][0],
            base_krw=price.base_krw,
            lower_krw=price.lower_krw,
            upper_krw=price.upper_krw,
        )


async def test_a_short_is_opened_agreed_upon_and_bought_back_at_its_stop(tmp_path: Path) -> None:
    async with account(open_futures, tmp_path) as ours:
        oms = Trader(ours)
        told = {"oms_id": "derivatives", "environment": "sim", "version": "test"}
        started = r.Started(
            at_ns=oms.now_ns, limits=LIMITS, limits_hash=limits_hash(LIMITS), **told
        )
        await oms.tell(started)
        await oms.look("10:00:01")
        quote = await oms.quote()
        assert quote.bid_krw is not None
        limit_krw = quote.bid_krw
        stop_krw = limit_krw + 2_500_000
        asked = r.Asked("ENTER", "i1", "test", FRONT, 1, limit_krw, stop_krw)
        entry = msgspec.structs.replace(asked, direction="SHORT")
        outputs = await oms.tell(
            r.IntentReceived(at_ns=oms.now_ns, strategy_id="KMP", asked=entry, quote=quote)
        )
        (decided,) = [o for o in outputs if isinstance(o, r.IntentDecided)]
        assert (decided.status, decided.approved_shares) == ("APPROVED", 1), decided
        await oms.look("10:00:10")
        held = oms.book.allocation("KMP", FRONT)
        assert (held.signed, held.stop_krw) == (-1, stop_krw)
        for text in ("10:00:20", "10:00:30"):
            await oms.look(text)
        listing = oms.book.listing(FRONT)
        assert (listing.broker_shares, listing.allocated, listing.drift) == (-1, -1, 0)
        assert not listing.frozen
        assert oms.book.equity_krw == (await ours.broker.balance()).total_krw
        assert oms.book.net_krw == -oms.book.gross_krw == -(listing.mark_krw or 0)

        seen = msgspec.structs.replace(await oms.quote(), price_krw=stop_krw)
        outputs = await oms.tell(r.QuoteSeen(at_ns=oms.now_ns + SECOND_NS, quote=seen))
        assert [type(o).__name__ for o in outputs][:2] == ["StopFired", "ExitWanted"]
        for text in ("10:00:40", "10:00:50", "10:01:00"):
            await oms.look(text)
        listing = oms.book.listing(FRONT)
        assert (listing.broker_shares, listing.allocated, listing.drift) == (0, 0, 0)
        rows = await ours.rows()
        assert [(row.side, row.filled) for row in rows] == [("SELL", 1), ("BUY", 1)]
        made = rows[0].filled_value_krw - rows[1].filled_value_krw
        balance = await ours.broker.balance()
        assert oms.book.equity_krw == CASH + made - balance.costs_today_krw
        kmp = oms.book.strategy("KMP")
        assert kmp.realised_today_krw == made - balance.costs_today_krw == -18_980
