"""Write kis_core/market/calendar_days.py: what the library `exchange_calendars` says of KRX.

    python scripts/make_calendar_days.py

Run it after the library or the cover of the calendar has changed, and read the difference.
"""

import sys
import warnings
from datetime import date, time, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kis_core.market.calendar import usual_hours  # noqa: E402
from kis_core.market.calendar_overrides import COVERED_FROM, COVERED_THROUGH  # noqa: E402

FILE = ROOT / "kis_core" / "market" / "calendar_days.py"
HEAD = '''"""What the library exchange_calendars says of KRX, as data.

scripts/make_calendar_days.py wrote it, because the library brings pandas along: a second and
100 MB in every process. A test holds the two equal.
Corrections do not belong here but into `calendar_overrides`.
"""

'''


def library_days(first: date, last: date) -> dict[date, tuple[time, time]]:
    """Return each session of the library with its opening and closing time, KST."""
    from exchange_calendars.exchange_calendar_xkrx import XKRXExchangeCalendar

    with warnings.catch_warnings():
        # The library calls what pandas 3 has deprecated; a strict process would stop on it here.
        warnings.simplefilter("ignore")
        schedule = XKRXExchangeCalendar(start=first, end=last).schedule
        opens = schedule["open"].dt.tz_convert("Asia/Seoul").dt.to_pydatetime()
        closes = schedule["close"].dt.tz_convert("Asia/Seoul").dt.to_pydatetime()
    return {o.date(): (o.time(), c.time()) for o, c in zip(opens, closes, strict=True)}


def text() -> str:
    """Return the module's text."""
    days = library_days(COVERED_FROM, COVERED_THROUGH)
    span = (COVERED_THROUGH - COVERED_FROM).days + 1
    weekdays = [COVERED_FROM + timedelta(n) for n in range(span)]
    closed: dict[int, list[str]] = {}
    for day in weekdays:
        if day.weekday() < 5 and day not in days:
            closed.setdefault(day.year, []).append(f"{day:%m-%d}")
    lines = [HEAD, "CLOSED_WEEKDAYS: dict[int, str] = {\n"]
    for year, dates in closed.items():
        rows = [" ".join(dates[n : n + 10]) for n in range(0, len(dates), 10)]
        joined = "\n".join(f'        "{row} "' for row in rows)
        lines.append(f"    {year}: (\n{joined}\n    ),\n")
    lines.append("}\n\nODD_HOURS: dict[str, tuple[str, str]] = {\n")
    for day, (opens, closes) in days.items():
        usual = usual_hours(day)
        if (opens, closes) != (usual.opens, usual.closes):
            lines.append(f'    "{day}": ("{opens:%H:%M}", "{closes:%H:%M}"),\n')
    lines.append("}\n")
    return "".join(lines)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
