"""Days of a stock as rows, today's among them once it has traded. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from broker_sim.exchange.quote import Quote
from broker_sim.kis.numbers import change_percent, percent, sign
from broker_sim.kis.replies import Fields
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing
from kis_core.market.events import DailyBar, IndexDay

_DAYS_A_SESSION = 2.0  # calendar days looked back for each session wanted, holidays and all


def today_bar(screens: Screens, quote: Quote) -> DailyBar | None:
    """Return the day played as a bar so far, None before its first print."""
    if quote.open_krw is None or quote.high_krw is None or quote.low_krw is None:
        return None
    figures = (quote.open_krw, quote.high_krw, quote.low_krw, quote.last_krw)
    traded = (quote.cum_volume, quote.cum_value_krw)
    return DailyBar(quote.symbol, screens.day.date.isoformat(), *figures, *traded)


def bars_between(screens: Screens, standing: Standing, first: date, last: date) -> list[DailyBar]:
    """Return a stock's bars of some days, ascending, today's among them."""
    bars = list(screens.daily_bars(standing.symbol, first, last))
    today = today_bar(screens, standing.quote)
    if today is not None and first <= screens.day.date <= last:
        bars.append(today)
    return bars


def bars_back(screens: Screens, standing: Standing, rows: int) -> Iterator[tuple[DailyBar, int]]:
    """Yield the last bars of a stock with the close before each, newest first."""
    first = screens.day.date - timedelta(days=int(rows * _DAYS_A_SESSION) + 15)
    return with_before(bars_between(screens, standing, first, screens.day.date), rows)


def with_before(bars: Sequence[DailyBar], rows: int) -> Iterator[tuple[DailyBar, int]]:
    """Yield up to so many of the last bars with the close before each, newest first."""
    for at in range(len(bars) - 1, max(-1, len(bars) - 1 - rows), -1):
        yield bars[at], bars[at - 1].close_krw if at else bars[at].close_krw


def day_words(bar: DailyBar, before_krw: int) -> Fields:
    """Return a day in KIS's words."""
    change = {
        "prdy_vrss": str(bar.close_krw - before_krw),
        "prdy_vrss_sign": sign(bar.close_krw, before_krw),
        "prdy_ctrt": change_percent(bar.close_krw, before_krw),
    }
    return change | {
        "stck_bsop_date": bar.date.replace("-", ""),
        "stck_clpr": str(bar.close_krw),
        "stck_prpr": str(bar.close_krw),
        "stck_oprc": str(bar.open_krw),
        "stck_hgpr": str(bar.high_krw),
        "stck_lwpr": str(bar.low_krw),
        "acml_vol": str(bar.volume),
        "acml_tr_pbmn": str(value_krw(bar)),
    }


def value_krw(bar: DailyBar) -> int:
    """Return a day's traded value; where it is unknown, the close stands for the average."""
    return bar.value_krw if bar.value_krw is not None else bar.close_krw * bar.volume


def gathered(bars: Sequence[DailyBar], period: str) -> list[DailyBar]:
    """Return bars of weeks, months or years, each under its first trading day."""
    whole: list[DailyBar] = []
    for _, of_bucket in groupby(bars, lambda bar: _bucket(bar.date, period)):
        days = list(of_bucket)
        whole.append(
            DailyBar(
                days[0].symbol,
                days[0].date,
                days[0].open_krw,
                max(day.high_krw for day in days),
                min(day.low_krw for day in days),
                days[-1].close_krw,
                sum(day.volume for day in days),
                sum(value_krw(day) for day in days),
            )
        )
    return whole


def volume_ratio(volume: int, before: int) -> str:
    """Return a day's volume against the one before, %: the change."""
    return percent(volume - before, before)


def index_gathered(days: Sequence[IndexDay], period: str) -> list[IndexDay]:
    """Return an index's weeks or months, each under its first trading day."""
    whole: list[IndexDay] = []
    for _, of_bucket in groupby(days, lambda day: _bucket(day.date, period)):
        inside = list(of_bucket)
        whole.append(
            IndexDay(
                inside[0].index,
                inside[0].date,
                inside[0].open_pt,
                max(day.high_pt for day in inside),
                min(day.low_pt for day in inside),
                inside[-1].close_pt,
            )
        )
    return whole


def _bucket(text: str, period: str) -> tuple[int, ...]:
    """Return the week, month or year a date belongs to."""
    day = date.fromisoformat(text)
    match period:
        case "W":
            return day.isocalendar()[:2]
        case "M":
            return day.year, day.month
        case _:
            return (day.year,)
