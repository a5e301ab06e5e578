"""Numbers and times as KIS writes them: text, signs apart, KST. Pure."""

from datetime import date
from decimal import Decimal

_KST_NS = 9 * 3600 * 1_000_000_000
_SECONDS = tuple(f"{s // 3600:02d}{s // 60 % 60:02d}{s % 60:02d}" for s in range(86_400))


def hhmmss(at_ns: int) -> str:
    """Return the KST time of an instant as HHMMSS."""
    return _SECONDS[(at_ns + _KST_NS) // 1_000_000_000 % 86_400]


def seconds_of(text: str) -> int | None:
    """Return the second of the day that HHMMSS names, or None when it names none."""
    if len(text) != 6 or not text.isdecimal():
        return None
    hours, minutes, seconds = int(text[:2]), int(text[2:4]), int(text[4:])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return hours * 3600 + minutes * 60 + seconds


def date_of(text: str) -> date | None:
    """Return the date that YYYYMMDD names, or None when it names none of these centuries."""
    if len(text) != 8 or not text.isdecimal() or not 1900 <= int(text[:4]) <= 2999:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def sign(price_krw: int, base_krw: int, lower_krw: int = 0, upper_krw: int = 0) -> str:
    """Return the direction code: 1 upper limit, 2 up, 3 flat, 4 lower limit, 5 down."""
    if price_krw == base_krw:
        return "3"
    if price_krw > base_krw:
        return "1" if price_krw == upper_krw else "2"
    return "4" if price_krw == lower_krw else "5"


def sign_of(change: Decimal) -> str:
    """Return the direction code of a change that knows no limits, as an index's."""
    return "3" if change == 0 else "2" if change > 0 else "5"


def percent(part: float, whole: float, digits: int = 2) -> str:
    """Return `part` as a percentage of `whole`; zero where there is no whole."""
    return f"{part / whole * 100:.{digits}f}" if whole else f"{0:.{digits}f}"


def change_percent(price: float, base: float) -> str:
    """Return the change from `base` in percent, two digits, minus where it fell."""
    return percent(price - base, base)
