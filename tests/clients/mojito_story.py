"""The same quarter of an hour with mojito2. Prints what was seen as one line of JSON.

python mojito_story.py '{"hosts": {...}, "real": {...}, "paper": null | {...}}'
"""

import json
import os
import sys
import tempfile
import time
from datetime import date
from queue import Empty
from typing import Any

from redirect import redirect

told = json.loads(sys.argv[1])
redirect(told["hosts"])

import mojito  # noqa: E402

SAMSUNG = "005930"
PAUSE_S = 1.1  # the paper host takes one call a second, and mojito keeps no count of its own


def main() -> dict[str, Any]:
    on_paper = told["paper"] is not None
    keys = told["paper"] or told["real"]
    day = date.fromisoformat(keys["date"])
    seen: dict[str, Any] = {}

    def ask(call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if on_paper:
            time.sleep(PAUSE_S)
        answer: dict[str, Any] = call(*args, **kwargs)
        return answer

    os.chdir(tempfile.mkdtemp())  # it keeps its token in the folder it runs in
    broker = mojito.KoreaInvestment(
        keys["app_key"], keys["app_secret"], keys["account"], mock=on_paper
    )
    price = ask(broker.fetch_price, SAMSUNG)["output"]
    seen["quote"] = {key: price[key] for key in ("stck_prpr", "stck_mxpr", "stck_llam")}
    seen["days"] = [
        [row["stck_bsop_date"], row["stck_clpr"]]
        for row in ask(broker.fetch_ohlcv, SAMSUNG, end_day=f"{day:%Y%m%d}")["output2"]
    ]
    seen["recent"] = len(ask(broker.fetch_ohlcv_recent30, SAMSUNG)["output"])
    if not on_paper:  # its minutes come in as many calls as there are half hours, unpaced
        minutes = broker.fetch_today_1m_ohlcv(SAMSUNG, "093000")["output2"]
        seen["minutes"] = [[row["stck_cntg_hour"], row["stck_prpr"]] for row in minutes]
    seen["deposit"] = ask(broker.fetch_balance)["output2"][0]["dnca_tot_amt"]
    power = ask(broker.check_buy_order, SAMSUNG, 0, "01")
    seen["orderable"] = power["output"]["nrcvb_buy_qty"]

    live = None
    if not on_paper:  # its socket knows the real host's address alone
        live = mojito.KoreaInvestmentWS(
            keys["app_key"],
            keys["app_secret"],
            ["H0STCNT0", "H0STASP0"],
            [SAMSUNG],
            user_id=keys["hts_id"],
        )
        live.start()
        time.sleep(1.5)
    bought = ask(broker.create_market_buy_order, SAMSUNG, 3)
    below = int(price["stck_prpr"]) // 1000 * 1000 - 1000
    waiting = ask(broker.create_limit_buy_order, SAMSUNG, below, 2)
    branch, number = waiting["output"]["KRX_FWDG_ORD_ORGNO"], waiting["output"]["ODNO"]
    if not on_paper:
        asked = {
            "CTX_AREA_FK100": "",
            "CTX_AREA_NK100": "",
            "INQR_DVSN_1": "0",
            "INQR_DVSN_2": "0",
        }
        seen["open"] = [
            [int(row["odno"]), row["psbl_qty"]] for row in broker.fetch_open_order(asked)["output"]
        ]
    time.sleep(0.2)
    changed = ask(broker.modify_order, branch, number, "00", below - 1000, 2, True)
    time.sleep(0.2)
    gone = ask(broker.cancel_order, branch, changed["output"]["ODNO"], 2, True)
    time.sleep(0.2)
    again = ask(broker.cancel_order, branch, changed["output"]["ODNO"], 2, True)
    seen["cancelled twice"] = [again["rt_cd"] != "0", again["msg_cd"]]
    sold = ask(broker.create_market_sell_order, SAMSUNG, 1)
    too_many = ask(broker.create_market_sell_order, SAMSUNG, 100)
    seen["sold too many"] = [too_many["rt_cd"] != "0", too_many["msg_cd"]]
    seen["numbers"] = [int(o["output"]["ODNO"]) for o in (bought, waiting, changed, gone, sold)]
    time.sleep(0.3)
    seen["stocks"] = [
        [row["pdno"], row["hldg_qty"], row["ord_psbl_qty"]]
        for row in ask(broker.fetch_balance)["output1"]
    ]
    if live is not None:
        seen["live"] = heard(live)
        live.terminate()
    return seen


def heard(live: Any) -> dict[str, list[Any]]:
    """Return what came over the socket, by mojito's own name of its kind."""
    kinds: dict[str, list[Any]] = {}
    until = time.monotonic() + 8.0
    while time.monotonic() < until:
        try:
            kind, told_ = live.queue.get(timeout=0.2)
        except Empty:
            continue
        kinds.setdefault(kind, []).append(told_)
        if len(kinds.get("체잔", ())) >= 8 and len(kinds.get("체결", ())) >= 3:
            break
    return kinds


if __name__ == "__main__":
    # In one piece and on a line of its own: the client's threads write to the same output.
    sys.stdout.write(f"\n{json.dumps(main(), ensure_ascii=False)}\n")
