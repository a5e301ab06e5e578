"""A look around with finestock, and a few orders. Prints what was seen as one line of JSON.

It asks for both venues together unless it is told otherwise, and walks a day's minutes back until
the answers move no more.

python finestock_story.py '{"hosts": {...}, "real": {...}}'
"""

import asyncio
import json
import sys
import time
from typing import Any

from redirect import redirect

told = json.loads(sys.argv[1])
redirect(told["hosts"])

import finestock  # noqa: E402
from finestock.api_factory import APIFactory, APIProvider  # noqa: E402
from loguru import logger  # noqa: E402

SAMSUNG = "005930"
VENUES = finestock.QuoteExchange


def main() -> dict[str, Any]:
    logger.remove()
    keys = told["real"]
    day = keys["date"].replace("-", "")
    api = APIFactory.create_api(APIProvider.KIS, mode="live")
    api.set_oauth_info(keys["app_key"], keys["app_secret"])
    api.oauth()
    api.set_account_info(*keys["account"].split("-"))
    seen = quotes(api, day)
    seen["book"] = [[level.price, level.qty] for level in api.get_orderbook(SAMSUNG).buy]
    seen["deposit"] = api.get_balance().deposit
    seen["live"] = asyncio.run(trade(api, keys["hts_id"], seen))
    seen["holds"] = [[held.code, held.qty] for held in api.get_balance().hold]
    return seen


def quotes(api: Any, day: str) -> dict[str, Any]:
    past = "20250902"
    minutes = api.get_ohlcv_min(SAMSUNG, past, exchange=VENUES.KRX)
    return {
        "volumes": [
            int(api.get_price(SAMSUNG, exchange=venue).volume)
            for venue in (VENUES.KRX, VENUES.NXT, VENUES.UNIFIED)
        ],
        "minutes": [minutes[0].time, minutes[-1].time, len(minutes)],
        "days": [[bar.workday, bar.close] for bar in api.get_ohlcv(SAMSUNG, "20250801", day)],
        "closed": [
            f"{one.date:%m%d}"
            for one in api.get_holidays("20250929", "20251012")
            if not one.is_open
        ],
        "index": [bar.close for bar in api.get_index("0001", "20250901", day)],
    }


async def trade(api: Any, hts_id: str, seen: dict[str, Any]) -> dict[str, int]:
    """Return how many frames of each TR came while orders were placed and taken back."""
    kinds: dict[str, int] = {}
    await api.connect()
    await api.recv_price(SAMSUNG)
    await api.recv_orderbook(SAMSUNG)
    await api.recv_trade(hts_id)
    flags = finestock.ORDER_FLAG
    bought = await asyncio.to_thread(api.do_order, SAMSUNG, flags.BUY, 0, 3)
    waiting = await asyncio.to_thread(api.do_order, SAMSUNG, flags.BUY, 60_000, 2)
    order = waiting.order
    await asyncio.sleep(0.3)
    change = (order.order_num, SAMSUNG, 59_000, 2, order.krx_fwdg_ord_orgno)
    changed = await asyncio.to_thread(api.do_order_modify, *change)
    await asyncio.sleep(0.3)
    away = (changed.order_num, SAMSUNG, 2, changed.krx_fwdg_ord_orgno)
    gone = await asyncio.to_thread(api.do_order_cancel, *away)
    sold = await asyncio.to_thread(api.do_order, SAMSUNG, flags.SELL, 0, 1)
    orders = (bought.order, order, changed, gone, sold.order)
    seen["numbers"] = [int(one.order_num) for one in orders]
    until = time.monotonic() + 15.0
    while time.monotonic() < until and not enough(kinds):
        text = await asyncio.wait_for(api.ws.recv(), 15.0)
        if text[0] in "01":
            tr_id = text.split("|")[1]
            kinds[tr_id] = kinds.get(tr_id, 0) + 1
    await api.ws.close()
    return kinds


def enough(kinds: dict[str, int]) -> bool:
    wanted = {"H0STCNI0": 8, "H0STCNT0": 2, "H0STASP0": 2}
    return all(kinds.get(tr_id, 0) >= count for tr_id, count in wanted.items())


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(main(), ensure_ascii=False)}\n")
