"""Bodies of Kiwoom's replies as values: the issue list, a book, minutes of a day. Pure.

Numbers are texts with a sign that only tells the direction. A row that cannot be read is an error
that names its code and its field. Sources: kiwoom_rest.md, section 3; the sample of ka10004.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from collector.sources.kiwoom.universe import Issue
from kis_core.clock import KST, ns
from kis_core.errors import ReplyError
from kis_core.market.events import Bar, Book, BookLevel, Market
from kis_core.market.instants import midnight_ns
from kis_core.market.symbols import is_symbol
from kis_core.wire.fields import Body, hour_ns, number_of, rows_of, said

MARKETS: Mapping[str, str] = {"0": "KOSPI", "10": "KOSDAQ", "8": "ETF"}
"""ka10099's `mrkt_tp`; ETFs stand in their own list as well as among KOSPI's."""
WARNINGS: Mapping[str, str | None] = {
    "0": None,
    "1": "ETF caution",
    "2": "liquidation",
    "3": "short-term overheated",
    "4": "investment risk",
    "5": "investment warning",
}
HALTED = "거래정지"
LEVELS = 10


def issue_list_fields(market: str) -> dict[str, str]:
    """Return what ka10099 is asked with."""
    return {"mrkt_tp": market}


def issues(bodies: Iterable[Body]) -> dict[str, Issue]:
    """Return the issues of ka10099's pages by symbol; rows of other things are left out."""
    found: dict[str, Issue] = {}
    for body in bodies:
        for row in rows_of(body, "list"):
            symbol = said(row, "code")
            if not symbol:
                raise ReplyError("ka10099: a row without code", str(row))
            if is_symbol(symbol):
                found.setdefault(symbol, _issue(symbol, row))
    return found


def _issue(symbol: str, row: Body) -> Issue:
    eligible = said(row, "nxtEnable")
    audit, warning = said(row, "auditInfo"), said(row, "orderWarning")
    return Issue(
        symbol=symbol,
        name=said(row, "name") or None,
        market=said(row, "marketName") or None,
        nxt=eligible == "Y" if eligible in ("Y", "N") else None,
        halted=audit == HALTED if audit else None,
        warning=WARNINGS.get(warning, f"orderWarning {warning}") if warning else None,
    )


def book_fields(item: str) -> dict[str, str]:
    """Return what ka10004 is asked with."""
    return {"stk_cd": item}


def book(body: Body, symbol: str, venue: Market, day: date, arrived_ns: int) -> Book:
    """Return ka10004's ten levels of each side."""
    at_ns = midnight_ns(day) + hour_ns(body, "bid_req_base_tm")
    sides = (_side(body, "sel"), _side(body, "buy"))
    return Book(symbol, venue, at_ns, arrived_ns, *sides, None, None, False)


def _side(body: Body, side: Literal["sel", "buy"]) -> tuple[BookLevel, ...]:
    levels: list[BookLevel] = []
    for level in range(1, LEVELS + 1):
        # Level 1 has a name of its own; all prices end in _bid, of whichever side.
        head = f"{side}_fpr" if level == 1 else f"{side}_{level}th_pre"
        price, shares = _magnitude(body, f"{head}_bid"), _magnitude(body, f"{head}_req")
        if price and shares is None:
            raise ReplyError(f"ka10004: {head}_req is empty beside a price", "")
        if price and shares is not None:
            levels.append((price, shares))
    return tuple(levels)


def minutes_fields(item: str) -> dict[str, str]:
    """Return what ka10080 is asked with: one-minute bars as they were printed, unadjusted."""
    return {"stk_cd": item, "tic_scope": "1", "upd_stkpc_tp": "0"}


def minutes(body: Body, symbol: str) -> list[Bar]:
    """Return KRX's one-minute bars of a ka10080 page, oldest first. Values are not told."""
    bars = []
    for row in rows_of(body, "stk_min_pole_chart_qry"):
        volume = _magnitude(row, "trde_qty")
        if volume is None:
            raise ReplyError(f"{symbol}: trde_qty is missing", str(row))
        bars.append(
            Bar(
                symbol,
                "KRX",
                _minute_ns(row),
                _price(row, "open_pric"),
                _price(row, "high_pric"),
                _price(row, "low_pric"),
                _price(row, "cur_prc"),
                volume,
            )
        )
    return sorted(bars, key=lambda bar: bar.start_ns)


def _minute_ns(row: Body) -> int:
    text = said(row, "cntr_tm")
    try:
        at = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=KST, second=0)
    except ValueError:
        why = f"cntr_tm {text[:40]!r}, expected YYYYMMDDHHMMSS"
        raise ReplyError(why, str(row)) from None
    return ns(at)


def _price(row: Body, name: str) -> int:
    price = _magnitude(row, name)
    if not price:
        raise ReplyError(f"{name} {said(row, name)[:40]!r}, expected a price", str(row))
    return price


def _magnitude(row: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number without its sign; None where the field is blank."""
    text = said(row, name)
    if not text:
        return None
    number = number_of(text)
    if number is None or number != int(number):
        raise ReplyError(f"{name} {text[:40]!r}, expected a whole number", str(row))
    return abs(int(number))
