"""H0IFCNI0, H0IFCNI9, H0MFCNI0, H0EUCNI0: what happened to our futures and options orders. Pure.

22 columns by day, the first 19 of them at night. ODER_KIND2 is L for whatever is not a fill and 0
for a fill; CNTG_YN tells the same as in a stock's notice. Source: kis_api.md §13.8.
"""

from broker_sim.exchange.derivatives.orders import FOK, IOC, News, NewsKind
from broker_sim.kis.derivative_frames import record
from broker_sim.kis.derivative_orders import SIDE_CODES, odno
from broker_sim.kis.derivative_points import points
from broker_sim.kis.desk import Desk
from broker_sim.kis.notices import CHANGES, CONFIRMED, LAPSED, TAKEN
from broker_sim.kis.numbers import hhmmss

BY_DAY = {"real": "H0IFCNI0", "paper": "H0IFCNI9"}
NIGHT_FUTURES, NIGHT_OPTIONS = "H0MFCNI0", "H0EUCNI0"
NOTICES = (*BY_DAY.values(), NIGHT_FUTURES, NIGHT_OPTIONS)


def notice(desk: Desk, news: News) -> tuple[str, str]:
    """Return the TR and the decrypted record of one piece of news."""
    tr_id = BY_DAY[desk.dialect]
    if news.night:
        tr_id = NIGHT_OPTIONS if news.contract.is_option else NIGHT_FUTURES
    filled = news.kind is NewsKind.FILLED
    values = {
        "CUST_ID": desk.keys.hts_id,
        "ACNT_NO": f"{desk.keys.account_no}03",
        "ODER_NO": odno(news.number),
        "OODER_NO": odno(news.original) if news.original is not None else odno(0),
        "SELN_BYOV_CLS": SIDE_CODES[news.side],
        "RCTF_CLS": "0" if filled else CHANGES[news.change],
        "ODER_KIND2": "0" if filled else "L",
        "STCK_SHRN_ISCD": news.contract.code,
        "CNTG_QTY": str(news.quantity),
        "CNTG_UNPR": points(news.price_h),
        "STCK_CNTG_HOUR": hhmmss(news.at_ns),
        "RFUS_YN": "1" if news.kind is NewsKind.REJECTED else "0",
        "CNTG_YN": "2" if filled else "1",
        "ACPT_YN": _state(news),
        "BRNC_NO": desk.manners.branch,
        "ODER_QTY": str(news.order_quantity),
        "ACNT_NAME": desk.keys.owner,
        "CNTG_ISNM": news.contract.name,
        "ODER_COND": "3" if news.order_type in IOC else "4" if news.order_type in FOK else "0",
        "ORD_GRP": "0",
        "ORD_GRPSEQ": "0",
        "ORDER_PRC": points(news.limit_h),
    }
    return tr_id, record(tr_id, values)


def _state(news: News) -> str:
    """Return ACPT_YN: taken, confirmed, or what an IOC or FOK left over."""
    match news.kind:
        case NewsKind.FILLED:
            return CONFIRMED
        case NewsKind.CANCELLED:
            return CONFIRMED if news.change == "cancel" else LAPSED
        case NewsKind.ACCEPTED if news.change == "modify":
            return CONFIRMED
        case _:
            return TAKEN
