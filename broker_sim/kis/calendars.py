"""Which days and hours the exchange trades: `chk-holiday` and `market-time`. Pure.

Source: kis_api.md §9. Business, trading, opening and settlement days are the exchange's sessions:
where a bank's day differs from them is not told.
"""

from datetime import date, timedelta

from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import date_of, hhmmss
from broker_sim.kis.pages import page_of
from broker_sim.kis.replies import QUOTED, Fields, Output, Reply, answered, refused
from kis_core.market.calendar import CalendarError, krx_calendar
from kis_core.market.instants import shifted

HOLIDAY_PAGE, HOLIDAY_DAYS = 25, 100
OPENS_SOONER_MIN, CLOSES_LATER_MIN = 15, 15  # futures, against stocks


def chk_holiday(asked: Asked) -> Reply:
    """List a hundred days from a date on, in pages."""
    first = date_of(asked["BASS_DT"])
    if first is None:
        return refused("OPSQ2001", "ERROR INVALID BASS_DT", "2")
    calendar = krx_calendar()
    days = (first + timedelta(days=number) for number in range(HOLIDAY_DAYS))
    rows = [
        _day(day, calendar.is_session(day))
        for day in days
        if calendar.covered_from <= day <= calendar.covered_through
    ]
    conditions = (asked["BASS_DT"],)
    page = page_of(rows, HOLIDAY_PAGE, asked.fields, asked.tr_cont, conditions, "")
    outputs: dict[str, Output] = {**page.cursor(), "output": page.rows}
    return answered(QUOTED, outputs, page.tr_cont)


def market_time(today: date, asked: Asked) -> Reply:
    """Answer five business days around today's, the third, and the futures' hours."""
    hours = krx_calendar().hours(today)
    places = enumerate((-2, -1, 0, 1, 2), 1)
    fields = {f"date{number}": session_text(today, place) for number, place in places}
    fields |= {
        "today": f"{today:%Y%m%d}",
        "time": hhmmss(asked.now_ns),
        "s_time": f"{shifted(hours.opens, -OPENS_SOONER_MIN):%H%M%S}",
        "e_time": f"{shifted(hours.closes, CLOSES_LATER_MIN):%H%M%S}",
    }
    return answered(QUOTED, {"output1": fields})


def session_text(day: date, sessions: int) -> str:
    """Return the session so many after a day as YYYYMMDD, blank where none is established."""
    try:
        return f"{krx_calendar().offset(day, sessions):%Y%m%d}"
    except CalendarError:
        return ""


def _day(day: date, open_: bool) -> Fields:
    said = "Y" if open_ else "N"
    return {
        "bass_dt": f"{day:%Y%m%d}",
        "wday_dvsn_cd": f"{day.isoweekday() % 7 + 1:02d}",
        "bzdy_yn": said,
        "tr_day_yn": said,
        "opnd_yn": said,
        "sttl_day_yn": said,
    }
