"""How figures are written for a person: counts, sizes, ages, times. Pure."""

from collections.abc import Sequence

import msgspec

from collector.panel.parts import Language
from kis_core.clock import SECOND_NS, kst

UNKNOWN = "–"
_UNITS = ("B", "KB", "MB", "GB", "TB")


def count(number: int | None) -> str:
    """Return a whole number with its thousands apart."""
    return UNKNOWN if number is None else f"{number:,}"


def size(amount: int | None) -> str:
    """Return bytes in the unit that leaves one to three digits before the point."""
    if amount is None:
        return UNKNOWN
    value = float(amount)
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" or value >= 99.95 else f"{value:.1f} {unit}"


def rate(per_s: float) -> str:
    """Return a rate: one decimal below a hundred, whole above."""
    return f"{per_s:.1f}" if per_s < 99.95 else f"{per_s:,.0f}"


def span(seconds: float | None, language: Language) -> str:
    """Return a span of time in its two largest units."""
    if seconds is None:
        return UNKNOWN
    s, m, h = ("초", "분", "시간") if language == "ko" else (" s", " min", " h")
    whole = int(max(0.0, seconds))
    if whole < 60:
        return f"{max(0.0, seconds):.1f}{s}" if seconds < 10 else f"{whole}{s}"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{m} {rest}{s}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}{h} {minutes}{m}"


def age(at_ns: int | None, now_ns: int, language: Language) -> str:
    """Return how long ago an instant was."""
    return UNKNOWN if at_ns is None else span((now_ns - at_ns) / SECOND_NS, language)


def clock_time(at_ns: int | None) -> str:
    """Return an instant as HH:MM:SS, KST."""
    return UNKNOWN if at_ns is None else f"{kst(at_ns):%H:%M:%S}"


class Spark(msgspec.Struct, frozen=True):
    """A little curve: points of its line, and of the area under it, for an SVG."""

    line: str
    area: str
    width: int
    height: int


def spark(values: Sequence[float], places: int, width: int = 600, height: int = 72) -> Spark:
    """Draw the newest values from the right; `places` is how many fill the whole width.

    Zero is the bottom line, so a curve that touches it says that nothing came.
    """
    shown = list(values)[-places:]
    top = max(shown, default=0.0) or 1.0
    step = width / max(1, places - 1)
    first = width - step * (len(shown) - 1)
    points = [
        f"{first + step * index:.1f},{height - 2 - value / top * (height - 6):.1f}"
        for index, value in enumerate(shown)
    ]
    if not points:
        return Spark("", "", width, height)
    area = " ".join([f"{first:.1f},{height}", *points, f"{width},{height}"])
    return Spark(" ".join(points), area, width, height)
