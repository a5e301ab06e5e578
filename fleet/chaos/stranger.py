"""Another client of the same account: somebody at the HTS who trades what the OMS trades.

His orders never pass the OMS. Some are like one of ours in all their terms, and near it in time.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from broker_sim.exchange.orders import Declined, Placed, Ticket
from fleet.chaos.house import House
from fleet.chaos.story import Foreign
from kis_core.market import ticks
from kis_core.wire.account import OrderType

BP = 10_000
_WAIT_S = 60.0  # for an order of ours to follow


@dataclass
class Foreigners:
    """The order numbers that were given to the stranger, and what he did."""

    numbers: set[int] = field(default_factory=set)  # of his new orders
    trades: Counter[str] = field(default_factory=Counter)
    symbols: set[str] = field(default_factory=set)


async def trade_beside(house: House, who: Foreigners) -> None:
    """Do everything that the story has the stranger do, at its time."""
    async with asyncio.TaskGroup() as acting:
        for foreign in house.story.foreign:
            acting.create_task(_trade(house, foreign, who))


async def _trade(house: House, foreign: Foreign, who: Foreigners) -> None:
    await house.clock.sleep(foreign.at_s)
    now_ns = house.clock.now_ns()
    match foreign.trade:
        case "buy" | "sell":
            ticket = _ticket(house, foreign)
            if ticket is not None:
                _place(house, ticket, foreign, who)
        case "alike":
            await _follow(house, foreign, who)
        case "cancel" | "cancel ours":
            mine = foreign.trade == "cancel"
            working = [
                row.odno
                for row in house.exchange.orders()
                if row.change == "new" and row.remaining and (int(row.odno) in who.numbers) == mine
            ]
            if working:
                odno = working[foreign.pick % len(working)]
                if isinstance(house.exchange.cancel(now_ns, odno), Placed):
                    who.trades[foreign.trade] += 1


def _ticket(house: House, foreign: Foreign) -> Ticket | None:
    symbol = house.symbols[foreign.symbol]
    last_krw = house.exchange.last_krw(symbol)
    shares = max(1, foreign.krw // last_krw)
    limit_krw = max(1, ticks.round_down(last_krw * (BP + foreign.limit_bp) // BP))
    if foreign.trade == "buy":
        return Ticket(symbol, "BUY", shares, OrderType.LIMIT, limit_krw)
    held = {line.symbol: line.shares for line in house.exchange.holdings() if line.shares}
    if not held:
        return None
    symbol = symbol if symbol in held else sorted(held)[0]
    shares = min(held[symbol], max(1, foreign.krw // house.exchange.last_krw(symbol)))
    return Ticket(symbol, "SELL", shares, OrderType.MARKET)


async def _follow(house: House, foreign: Foreign, who: Foreigners) -> None:
    """Wait for the next order of ours, and place one like it."""
    left = house.left.orders
    seen, until_ns = len(left), house.clock.now_ns() + int(_WAIT_S * 1e9)
    while len(left) == seen:
        if house.clock.now_ns() > until_ns:
            return
        await house.clock.sleep(0.05)
    ours = left[-1]
    await house.clock.sleep(foreign.after_s)
    ticket = Ticket(ours.symbol, ours.side, ours.shares, ours.order_type, ours.limit_krw)
    _place(house, ticket, foreign, who)


def _place(house: House, ticket: Ticket, foreign: Foreign, who: Foreigners) -> int | None:
    placed = house.exchange.place(house.clock.now_ns(), ticket)
    if isinstance(placed, Declined):
        return None
    who.numbers.add(int(placed.odno))
    who.symbols.add(ticket.symbol)
    who.trades[foreign.trade] += 1
    return int(placed.odno)


def withdraw(house: House, who: Foreigners) -> None:
    """Cancel what he still has at the exchange: the run is to come to rest."""
    for row in house.exchange.orders():
        if int(row.odno) in who.numbers and row.remaining:
            house.exchange.cancel(house.clock.now_ns(), row.odno)
