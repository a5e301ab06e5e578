"""A trader's quarter of an hour with python-kis. Prints what he saw as one line of JSON.

python python_kis_story.py '{"hosts": {...}, "real": {...}, "paper": null | {...}}'
"""

import json
import sys
import time
from datetime import date
from typing import Any

from redirect import redirect

told = json.loads(sys.argv[1])
redirect(told["hosts"])

from pykis import KisAuth, PyKis  # noqa: E402

SAMSUNG = "005930"


def auth(keys: dict[str, str], virtual: bool) -> Any:
    return KisAuth(
        id=keys["hts_id"],
        account=keys["account"],
        appkey=keys["app_key"],
        secretkey=keys["app_secret"],
        virtual=virtual,
    )


def wait_for(things: list[Any], count: int, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while len(things) < count and time.monotonic() < until:
        time.sleep(0.05)


def order_row(order: Any) -> dict[str, Any]:
    return {
        "number": int(order.number),
        "side": order.type,
        "qty": int(order.qty),
        "filled": int(order.executed_qty),
        "price": None if order.unit_price is None else int(order.unit_price),
        "rejected": bool(order.rejected),
        "canceled": bool(getattr(order, "canceled", False)),
    }


def main() -> dict[str, Any]:
    on_paper = told["paper"] is not None
    keys = (auth(told["real"], False), *([auth(told["paper"], True)] if on_paper else []))
    kis = PyKis(*keys)
    day = date.fromisoformat(told["real"]["date"])
    seen: dict[str, Any] = {}

    stock = kis.stock(SAMSUNG)
    seen["name"], seen["market"] = stock.name, stock.market
    quote = stock.quote()
    seen["quote"] = {
        "price": int(quote.price),
        "open": int(quote.open),
        "high": int(quote.high),
        "low": int(quote.low),
        "previous": int(quote.prev_price),
        "volume": int(quote.volume),
        "limits": [int(quote.low_limit), int(quote.high_limit)],
        "halt": bool(quote.halt),
    }
    book = stock.orderbook()
    seen["book"] = {
        "asks": [[int(level.price), int(level.volume)] for level in book.asks],
        "bids": [[int(level.price), int(level.volume)] for level in book.bids],
    }
    minutes = stock.day_chart()
    seen["minutes"] = [
        [bar.time.strftime("%H:%M"), int(bar.open), int(bar.high), int(bar.low), int(bar.close),
         int(bar.volume)]
        for bar in minutes.bars
    ]  # fmt: skip
    days = stock.daily_chart(start=date(2025, 3, 3), end=day)
    seen["days"] = [[bar.time.strftime("%Y-%m-%d"), int(bar.close)] for bar in days.bars]

    account = kis.account()
    balance = account.balance()
    seen["deposit"] = int(balance.deposits["KRW"].amount)
    seen["orderable"] = int(account.orderable_amount("KRX", SAMSUNG).qty)

    ticks: list[Any] = []
    books: list[Any] = []
    notices: list[Any] = []
    kept = [
        stock.on("price", lambda _, event: ticks.append(event.response)),
        stock.on("orderbook", lambda _, event: books.append(event.response)),
        account.on("execution", lambda _, event: notices.append(event.response)),
    ]
    wait_for(ticks, 3, 60.0)
    wait_for(books, 1)
    seen["ticks"] = [[int(tick.price), int(tick.volume)] for tick in ticks[:3]]
    seen["live_book"] = [int(books[-1].asks[0].price), int(books[-1].bids[0].price)]

    bought = stock.buy(qty=3)
    wait_for(notices, 2)
    below = int(stock.quote().price) // 1000 * 1000 - 1000
    waiting = stock.buy(price=below, qty=2)
    pending = [order_row(o) for o in account.pending_orders()] if not on_paper else None
    # On paper python-kis changes no order: it says so itself.
    changed = waiting if on_paper else waiting.modify(price=below - 1000)
    time.sleep(0.3)
    gone = changed.cancel()
    time.sleep(0.3)
    sold = stock.sell(qty=1)
    wait_for(notices, 8 if on_paper else 9)
    orders = (bought, waiting, gone, sold) if on_paper else (bought, waiting, changed, gone, sold)
    seen["numbers"] = [int(o.number) for o in orders]
    seen["limits"] = [below, below - 1000]
    seen["pending"] = pending
    seen["orders"] = [order_row(o) for o in account.daily_orders(start=day)]
    if not on_paper:
        profits = account.profits(start=day)
        seen["profits"] = [[o.symbol, int(o.quantity), int(o.sell_price)] for o in profits.orders]
    after = account.balance()
    seen["stocks"] = [[s.symbol, int(s.qty), int(s.orderable)] for s in after.stocks]
    seen["notices"] = [
        {
            "number": int(n.order_number.number),
            "side": n.type,
            "price": None if n.price is None else int(n.price),
            "filled": int(n.executed_qty),
            "qty": int(n.qty),
            "accepted": bool(n.receipt),
            "canceled": bool(n.canceled),
        }
        for n in notices
    ]
    for ticket in kept:
        ticket.unsubscribe()
    return seen


if __name__ == "__main__":
    # In one piece and on a line of its own: the client's threads write to the same output.
    sys.stdout.write(f"\n{json.dumps(main(), ensure_ascii=False)}\n")
