"""Days on which the exchange calendar library is wrong, or must not become so.

Rows are added when the exchange announces a day, never removed; a row says who told us and when it
was written down. After a year's closures are settled and checked, `COVERED_THROUGH` moves on.
"""

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

COVERED_FROM = date(2011, 1, 1)
COVERED_THROUGH = date(2026, 12, 31)
"""The closures of 2027 are not settled: substitutes of 05-01 and 07-17, the election timetable."""


@dataclass(frozen=True, slots=True)
class Override:
    """One day. `opens` and `closes` (KST, regular session) are None on a closed day."""

    day: date
    state: Literal["closed", "session"]
    opens: time | None
    closes: time | None
    source: str
    entered_on: date


def _closed(day: date, source: str, entered_on: date) -> Override:
    return Override(day, "closed", None, None, source, entered_on)


def _session(day: date, opens: time, closes: time, source: str, entered_on: date) -> Override:
    return Override(day, "session", opens, closes, source, entered_on)


_CSAT = "KRX notice: university entrance exam, one hour later at both ends"
_ENTERED = date(2026, 11, 20)
_OPENS, _CLOSES = time(9), time(15, 30)
_CSAT_OPENS, _CSAT_CLOSES = time(10), time(16, 30)

OVERRIDES: tuple[Override, ...] = (
    _session(date(2021, 11, 18), _CSAT_OPENS, _CSAT_CLOSES, _CSAT, _ENTERED),
    _session(date(2022, 11, 17), _CSAT_OPENS, _CSAT_CLOSES, _CSAT, _ENTERED),
    _session(date(2023, 11, 16), _CSAT_OPENS, _CSAT_CLOSES, _CSAT, _ENTERED),
    _session(date(2024, 11, 14), _CSAT_OPENS, _CSAT_CLOSES, _CSAT, _ENTERED),
    _session(
        date(2025, 7, 17), _OPENS, _CLOSES, "Constitution Day is a holiday from 2026 on", _ENTERED
    ),
    _session(date(2025, 11, 13), _CSAT_OPENS, _CSAT_CLOSES, _CSAT, _ENTERED),
    _closed(date(2026, 6, 3), "local elections", _ENTERED),
    _closed(date(2026, 7, 17), "Constitution Day, a holiday again from 2026", _ENTERED),
    _session(date(2026, 11, 19), _CSAT_OPENS, _CSAT_CLOSES, _CSAT, _ENTERED),
)
