"""Past minutes as histories tell them, as the bars they are."""

from datetime import date

from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS, midnight_ns, minute_of_day
from strategy_runtime.contract import MinuteDay


def bars_of(symbol: str, day: MinuteDay) -> list[Bar]:
    """Return a day's minutes as bars."""
    midnight = midnight_ns(date.fromisoformat(day.date))
    return [
        Bar(symbol, "KRX", midnight + minute * MINUTE_NS, o, h, low, c, volume)
        for minute, o, h, low, c, volume in day.minutes
    ]


def clock_of(at_ns: int) -> str:
    """Return an instant's minute as HH:MM, as spans of minutes are asked for."""
    minute = minute_of_day(at_ns)
    return f"{minute // 60:02d}:{minute % 60:02d}"
