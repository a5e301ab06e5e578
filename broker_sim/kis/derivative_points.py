"""Points and contracts as KIS writes them: text, signs apart. Pure.

Prices inside are whole hundredths of a point; outside they have two decimals.
"""

from datetime import date

from broker_sim.exchange.derivatives.prints import Limits
from kis_core.market.instants import SECOND_NS, midnight_ns


def points(price_h: int) -> str:
    """Return hundredths as points with two decimals."""
    sign = "-" if price_h < 0 else ""
    return f"{sign}{abs(price_h) // 100}.{abs(price_h) % 100:02d}"


def hundredths(text: str) -> int | None:
    """Return points as hundredths; None when it is no price or finer than a hundredth."""
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if not whole.isdecimal() or not whole.isascii() or len(fraction) > 2 or len(whole) > 6:
        return None
    if fraction and not (fraction.isdecimal() and fraction.isascii()):
        return None
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def direction(price_h: int, limits: Limits) -> str:
    """Return the direction code against the base: 1 upper limit, 2 up, 3 flat, 4, 5 down."""
    if price_h == limits.base_h:
        return "3"
    if price_h > limits.base_h:
        return "1" if price_h >= limits.upper_h else "2"
    return "4" if price_h <= limits.lower_h else "5"


def percent(part: float, whole: float) -> str:
    """Return `part` as a percentage of `whole` with two decimals; zero without a whole."""
    return f"{part / whole * 100:.2f}" if whole else "0.00"


def chart_hour(at_ns: int, session_date: date) -> str:
    """Return HHMMSS of a session that began on a date; after midnight hours count on, 24 to 30."""
    seconds = (at_ns - midnight_ns(session_date)) // SECOND_NS
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"


def instant_of(text: str, session_date: date, night: bool) -> int | None:
    """Return the instant that HHMMSS of a chart names, hours up to 30; None when it names none."""
    if len(text) != 6 or not text.isdecimal():
        return None
    hours, minutes, seconds = int(text[:2]), int(text[2:4]), int(text[4:])
    if hours > 30 or minutes > 59 or seconds > 59:
        return None
    if night and hours < 12:
        hours += 24
    return midnight_ns(session_date) + (hours * 3600 + minutes * 60 + seconds) * SECOND_NS
