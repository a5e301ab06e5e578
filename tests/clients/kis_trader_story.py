"""The same quarter of an hour with kis-trader. Prints what was seen as one line of JSON.

It checks whatever it reads, so that a field that is missing or blank ends the story. On paper it
keeps to one call a second by itself, and asks for less.

python kis_trader_story.py '{"hosts": {...}, "real": {...}, "paper": null | {...}}'
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from redirect import redirect

told = json.loads(sys.argv[1])
redirect(told["hosts"])

from kis_trader import KISClient  # noqa: E402
from kis_trader.errors import OrderRejectedError  # noqa: E402

SAMSUNG = "005930"


def wait_for(things: list[Any], count: int, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while len(things) < count and time.monotonic() < until:
        time.sleep(0.05)


def refused(ask: Callable[[], Any]) -> str | None:
    """Return the code with which an order is refused, None when it is not."""
    try:
        ask()
    except OrderRejectedError as error:
        return str(error.msg_cd)
    return None


def main() -> dict[str, Any]:
    env = "real" if told["paper"] is None else "paper"
    keys = told[env]
    day = date.fromisoformat(keys["date"])
    kis = KISClient(
        app_key=keys["app_key"],
        app_secret=keys["app_secret"],
        account=keys["account"],
        hts_id=keys["hts_id"],
        environment=env,
        token_cache_dir=tempfile.mkdtemp(),
    )
    seen: dict[str, Any] = {}
    stock, account = kis.domestic.stock(SAMSUNG), kis.account.domestic
    trades: list[Any] = []
    books: list[Any] = []
    notices: list[Any] = []
    with kis.realtime() as live:
        live.domestic.stock(SAMSUNG).trades(on=trades.append)
        live.domestic.stock(SAMSUNG).order_book(on=books.append)
        live.domestic.execution_notices.stock(keys["hts_id"], on=notices.append)
        quote, book = stock.quote(), stock.order_book()
        seen["quote"] = [int(quote.current_price), int(quote.previous_close), int(quote.volume)]
        seen["book"] = [
            [[int(level.price), level.quantity] for level in side]
            for side in (book.asks, book.bids)
        ]
        bars = stock.bars(start="20250303", end=f"{day:%Y%m%d}")
        seen["days"] = [[f"{bar.timestamp:%Y-%m-%d}", int(bar.close)] for bar in bars]
        if env == "real":
            seen |= beside(kis, stock)
        seen["deposit"] = int(account.balance().deposit)

        bought = stock.buy(quantity=3)
        below = int(quote.current_price) // 1000 * 1000 - 1000
        waiting = stock.buy(quantity=2, limit_price=below, client_order_id="waiting")
        if env == "real":
            seen["open"] = [
                [int(order.order_id), int(order.order_quantity)] for order in account.open_orders()
            ]
        time.sleep(0.3)
        changed = kis.orders.modify("waiting", limit_price=below - 1000)
        time.sleep(0.3)
        gone = kis.orders.cancel("waiting")
        time.sleep(0.3)
        seen["sold too many"] = refused(lambda: stock.sell(quantity=100))
        sold = stock.sell(quantity=1)
        wait_for(notices, 8)
        wait_for(trades, 3)
        wait_for(books, 1)
        seen["numbers"] = [int(o.order_id) for o in (bought, waiting, changed, gone, sold)]
        history = account.order_history(start=f"{day:%Y%m%d}", end=f"{day:%Y%m%d}")
        seen["orders"] = [
            [int(o.order_id), o.side, int(o.filled_quantity), int(o.unfilled_quantity)]
            for o in history.orders
        ]
        seen["stocks"] = [
            [held.symbol, int(held.quantity), int(held.sellable_quantity)]
            for held in account.positions()
        ]
    seen["trades"] = [[int(t.current_price), t.trade_volume] for t in trades]
    seen["live book"] = [int(books[-1].best_ask), int(books[-1].best_bid)]
    seen["notices"] = [
        [int(n.order_id), n.fill_status, int(n.filled_quantity), int(n.filled_price), n.rejected]
        for n in notices
    ]
    return seen


def beside(kis: Any, stock: Any) -> dict[str, Any]:
    """Return what the real host alone tells: rankings, flows, the index, derivatives."""
    market, board = kis.domestic.market, kis.domestic.option_board_futures()
    future = kis.domestic.futures(board[0].symbol)
    return {
        "minutes": len(stock.minute_bars_on("20250902")),
        "prints": len(stock.intraday_trades().points),
        "busiest": [row.symbol for row in kis.domestic.ranking.by_volume()],
        "estimates": len(stock.investor_estimate()),
        "open day": market.trading_calendar(base_date="20250903")[0].is_open,
        "index": str(kis.domestic.index("0001").quote().index_value),
        "future": [str(future.quote().current_price), len(future.order_book().asks)],
        "assets": int(kis.account.balance().domestic.deposit),
    }


if __name__ == "__main__":
    # In one piece and on a line of its own: the client's threads write to the same output.
    sys.stdout.write(f"\n{json.dumps(main(), ensure_ascii=False)}\n")
