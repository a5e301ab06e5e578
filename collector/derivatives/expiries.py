"""Which option boards there are on a day: class, maturity, last day, and the name it is kept under.

Pure. A monthly's maturity is YYYYMM, a weekly's YYMMWW with the week of its month; a Monday's and a
Thursday's weekly share their maturities, and the mini its months, so the name says which.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from kis_core.market.calendar import TradingCalendar
from kis_core.market.derivative_terms import MONDAY, THURSDAY
from kis_core.wire.derivatives.derivative_quote_requests import Board

KINDS: dict[Board, str] = {
    "": "kospi200",
    "MKI": "kospi200mini",
    "WKM": "kospi200mon",
    "WKI": "kospi200thu",
    "KQI": "kosdaq150",
}
"""KIS's class of a board, and the underlying's part of the name of a board that is kept."""
_WEEKDAYS: dict[Board, int] = {"WKM": MONDAY, "WKI": THURSDAY}


class MaturityError(ValueError):
    """No maturity of a board of this class."""

    def __init__(self, kind: Board, maturity: str) -> None:
        form = "YYMMWW" if kind in _WEEKDAYS else "YYYYMM"
        super().__init__(f"maturity {maturity!r} of board {kind or 'K2I'!r}: expected {form}")


@dataclass(frozen=True, slots=True, order=True)
class BoardKey:
    """One board. `last_day` is the day its options are traded last."""

    last_day: date
    kind: Board
    maturity: str

    @property
    def name(self) -> str:
        """Return what it is kept under: 202509_kospi200, 2506w2_kospi200thu."""
        month = self.maturity
        if self.kind in _WEEKDAYS:
            month = f"{month[:4]}w{int(month[4:])}"
        return f"{month}_{KINDS[self.kind]}"


def board_key(kind: Board, maturity: str, calendar: TradingCalendar) -> BoardKey:
    """Return the board of a maturity, or raise MaturityError."""
    if len(maturity) != 6 or not (maturity.isascii() and maturity.isdecimal()):
        raise MaturityError(kind, maturity)
    weekday = _WEEKDAYS.get(kind)
    if weekday is None:
        year, month = int(maturity[:4]), int(maturity[4:])
        if not (2000 <= year <= 2100 and 1 <= month <= 12):
            raise MaturityError(kind, maturity)
        return BoardKey(month_end(year, month, calendar), kind, maturity)
    year, month, week = 2000 + int(maturity[:2]), int(maturity[2:4]), int(maturity[4:])
    if not (1 <= month <= 12 and 1 <= week <= 5):
        raise MaturityError(kind, maturity)
    first = date(year, month, 1)
    nominal = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (week - 1))
    if nominal.month != month:
        raise MaturityError(kind, maturity)
    return BoardKey(_on_or_before(nominal, calendar), kind, maturity)


def board_named(name: str, calendar: TradingCalendar) -> BoardKey:
    """Return the board that is kept under a name, or raise MaturityError."""
    maturity, _, words = name.partition("_")
    kind = next((kind for kind, said in KINDS.items() if said == words), None)
    if kind is None:
        raise MaturityError("", name)
    month, weekly, week = maturity.partition("w")
    key = board_key(kind, f"{month}{week:0>2}" if weekly else maturity, calendar)
    if key.name != name:
        raise MaturityError(kind, name)
    return key


def nearest(kind: Board, count: int, day: date, calendar: TradingCalendar) -> list[BoardKey]:
    """Return the nearest boards of a class that are alive on a day, nearest first.

    Of weeklies one is listed at a time, none of Thursday's in the week of a monthly expiry.
    """
    series = _weekly(kind, day, calendar) if kind in _WEEKDAYS else _monthly(kind, day, calendar)
    return list(islice(series, count))


def _monthly(kind: Board, day: date, calendar: TradingCalendar) -> Iterator[BoardKey]:
    year, month = day.year, day.month
    while True:
        last = month_end(year, month, calendar)
        if last >= day:
            yield BoardKey(last, kind, f"{year}{month:02d}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _weekly(kind: Board, day: date, calendar: TradingCalendar) -> Iterator[BoardKey]:
    nominal = day + timedelta(days=(_WEEKDAYS[kind] - day.weekday()) % 7)
    if _on_or_before(nominal, calendar) < day:  # it ended early, before a holiday
        nominal += timedelta(days=7)
    monthly = month_end(nominal.year, nominal.month, calendar)
    last = _on_or_before(nominal, calendar)
    if kind != "WKI" or last != monthly:
        yield BoardKey(last, kind, f"{nominal:%y%m}{(nominal.day + 6) // 7:02d}")


def month_end(year: int, month: int, calendar: TradingCalendar) -> date:
    """Return the day a contract month is traded last: its second Thursday, or the session before.

    Beyond the calendar every weekday counts as a session.
    """
    first = date(year, month, 1)
    return _on_or_before(first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 7), calendar)


def _on_or_before(day: date, calendar: TradingCalendar) -> date:
    if not calendar.covered_from <= day <= calendar.covered_through or calendar.is_session(day):
        return day
    return calendar.previous(day)
