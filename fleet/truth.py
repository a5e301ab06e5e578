"""What is true of a played day whatever the fleet believes: its bars and the broker's books."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from broker_sim.exchange.day import DaySource
from kis_core.market.events import Bar


@dataclass(frozen=True)
class BrokerOrder:
    """One order of the broker's list and its modifies, with the fills of all summed."""

    odno: str
    symbol: str
    side: str
    shares: int
    fills: int  # how many
    filled: int  # shares
    value_krw: int
    cost_krw: int
    numbers: tuple[int, ...]  # its own, and those of its modifies


@dataclass(frozen=True)
class Truth:
    """The day as it was put in, and the account as the broker holds it."""

    date: str
    bars: dict[str, list[Bar]]
    names: dict[str, str]
    orders: dict[int, BrokerOrder]  # by order number, as a number
    holdings: dict[str, int]
    last_krw: dict[str, int]
    pnl_krw: int
    fills: int


def family(number: int, rows: list[dict[str, Any]]) -> tuple[int, ...]:
    """Return an order's number and those its modifies gave it, in the order they were given."""
    found = [number]
    for row in rows:
        if row["change"] == "modify" and int(row["original"]) in found:
            found.append(int(row["odno"]))
    return tuple(found)


async def read_truth(ask_sim: Callable[[str], Awaitable[Any]], day: DaySource) -> Truth:
    """Ask the simulator's control door for its books and the day for its bars."""
    state = await ask_sim("/sim/state")
    fills: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for fill in (await ask_sim("/sim/fills"))["fills"]:
        fills[int(fill["odno"])].append(fill)
    orders = {}
    for row in state["orders"]:
        if row["change"] != "new":
            continue
        numbers = family(int(row["odno"]), state["orders"])
        own = [fill for number in numbers for fill in fills.get(number, [])]
        orders[int(row["odno"])] = BrokerOrder(
            row["odno"],
            row["symbol"],
            row["side"],
            row["shares"],
            len(own),
            sum(f["shares"] for f in own),
            sum(f["shares"] * f["price_krw"] for f in own),
            sum(f["cost_krw"] for f in own),
            numbers,
        )
    bars = {symbol: day.minute_bars(symbol, day.date) for symbol in day.instruments}
    return Truth(
        day.date.isoformat(),
        bars,
        {symbol: each.name for symbol, each in day.instruments.items()},
        orders,
        dict(state["holdings"]),
        {symbol: series[-1].close_krw for symbol, series in bars.items() if series},
        state["pnl_krw"],
        sum(len(each) for each in fills.values()),
    )
