"""Short codes and names of contracts, as the master file writes them.

The form follows the year of expiry, not the day played: what expires from 2026 on has an `A01612`
code even while a 2025 contract beside it has a `101W12` one. A weekly carries a running number in
place of year and month; its two anchors are rows of real masters, and it fits every weekly code
known to us. Sources: kis_api.md §10.1, krx_market.md §8.3, the master of May 2025.
"""

import datetime as dt
from functools import cache

from broker_sim.exchange.derivatives.contracts import Kind, Product
from broker_sim.exchange.derivatives.expiries import MONDAY, THURSDAY, is_monthly

NEW_FORM_FROM = 2026
_CLASSES: dict[Kind, tuple[str, str]] = {
    "future": ("1", "A"),
    "call": ("2", "B"),
    "put": ("3", "C"),
}
_OLD_YEARS = "0123456789ABCDEFGHJKLMNPQRSTVW"  # 2025 is the last of them
_SERIES = "0123456789ABCDEFGHJKLMNPQRSTVWXYZ"
_ANCHORS = {MONDAY: (dt.date(2025, 5, 19), 94), THURSDAY: (dt.date(2025, 5, 22), 100 + 3 * 33 + 28)}
"""Weekday → a nominal day and its running number: 2AF94W… is 2505W3, 209DVW… is 2505W4."""
_TWO_DIGITS = 100  # 00 … 99, then A0 … ZZ


def year_character(year: int) -> str:
    """Return the one character a code has for a year."""
    return str(year % 10) if year >= NEW_FORM_FROM else _OLD_YEARS[year - 2025 + 29]


def dated_code(product: Product, kind: Kind, year: int, month: int, strike_h: int) -> str:
    """Return the code of a monthly contract."""
    head = _CLASSES[kind][year >= NEW_FORM_FROM]
    tail = strike_code(strike_h) if kind != "future" else ""
    return f"{head}{product.digits}{year_character(year)}{month:02d}{tail}"


def weekly_code(product: Product, kind: Kind, nominal: dt.date, strike_h: int) -> str:
    """Return the code of a weekly contract, by the Monday or Thursday it is named after."""
    head = _CLASSES[kind][nominal.year >= NEW_FORM_FROM]
    return f"{head}{product.digits}{series(nominal)}W{strike_code(strike_h)}"


def strike_code(strike_h: int) -> str:
    """Return the three characters of a strike on the 2.5-point grid."""
    if strike_h < 100_000:
        return f"{strike_h // 100:03d}"
    step = (strike_h - 100_000) // 250
    return f"{chr(ord('A') + step // 99)}{step % 99 + 1:02d}"


@cache
def series(nominal: dt.date) -> str:
    """Return the running number of a weekly series: 00 … 99, then a letter and a character."""
    anchor, number = _ANCHORS[nominal.weekday()]
    step = 7 if nominal >= anchor else -7
    day = anchor
    while day != nominal:
        day += dt.timedelta(days=step)
        if day.weekday() == MONDAY or not is_monthly(day):
            number += 1 if step > 0 else -1
    if number < _TWO_DIGITS:
        return f"{number:02d}"
    letter, second = divmod(number - _TWO_DIGITS, len(_SERIES))
    return _SERIES[10 + letter] + _SERIES[second]


def month_of(nominal: dt.date) -> str:
    """Return a weekly's YYMMWW."""
    return f"{nominal:%y%m}{(nominal.day - 1) // 7 + 1:02d}"


def name_of(product: Product, kind: Kind, month: str, strike_h: int, wide: bool) -> str:
    """Return a contract's name. `wide`: its month has strikes of four figures."""
    stem = product.names[1 if kind == "put" else 0]
    if product.family in ("THURSDAY", "MONDAY"):
        month = f"{month[:4]}W{int(month[4:])}"
    if kind == "future":
        return f"{stem} {month}"
    strike = f"{strike_h / 100:,.1f}"
    return f"{stem} {month} {strike:>7}" if wide else f"{stem} {month} {strike}"
