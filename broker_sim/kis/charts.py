"""Charts of a stock: minutes of today, minutes of past days, and days. Pure.

All newest first. The first row of today's minutes is the minute that is forming. Source:
kis_api.md §6.5, §18.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.quote import Quote
from broker_sim.kis.daily_rows import gathered, value_krw
from broker_sim.kis.desk import Asked
from broker_sim.kis.minute_rows import DayRows, MinuteRows, page
from broker_sim.kis.numbers import change_percent, date_of, percent, seconds_of, sign
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.screens import Screens
from kis_core.market.events import DailyBar

TODAY_ROWS, PAST_ROWS, DAILY_ROWS = 30, 120, 100
MIDNIGHT = 24 * 3600
PAST_KEPT = timedelta(days=366)
HUNDRED_MILLION_KRW = 100_000_000


class Charts:
    """Answers about one stock's past."""

    def __init__(self, screens: Screens, minutes: MinuteRows) -> None:
        self._screens = screens
        self._minutes = minutes

    def inquire_time_itemchartprice(self, asked: Asked) -> Reply:
        """Answer up to 30 minutes of today, from the hour asked for backwards."""
        instrument = self._instrument(asked)
        # 000000 means the latest, and so does an hour that has not come.
        until = seconds_of(asked["FID_INPUT_HOUR_1"]) or MIDNIGHT
        return self._minute_chart(asked, instrument, self._screens.day.date, until, TODAY_ROWS)

    def inquire_time_dailychartprice(self, asked: Asked) -> Reply:
        """Answer up to 120 minutes of a day of the past year, from the hour backwards."""
        instrument = self._instrument(asked)
        on = date_of(asked["FID_INPUT_DATE_1"])
        if on is None:
            return refused("OPSQ2001", "ERROR INVALID FID_INPUT_DATE_1", "2")
        until = seconds_of(asked["FID_INPUT_HOUR_1"]) or MIDNIGHT
        kept = self._screens.day.date - PAST_KEPT <= on <= self._screens.day.date
        return self._minute_chart(asked, instrument, on if kept else None, until, PAST_ROWS)

    def inquire_daily_itemchartprice(self, asked: Asked) -> Reply:
        """Answer up to 100 days, weeks, months or years; today's row moves with the market."""
        instrument = self._instrument(asked)
        first, last = date_of(asked["FID_INPUT_DATE_1"]), date_of(asked["FID_INPUT_DATE_2"])
        period = asked["FID_PERIOD_DIV_CODE"].upper()
        if first is None or last is None or period not in ("D", "W", "M", "Y"):
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD", "2")
        blank1, blank2 = asked.call.blank("output1"), asked.call.blank("output2")
        quote = self._screens.quote(instrument.symbol)
        known = self._days(instrument, quote, first, last)
        bars = [bar for bar in known if bar.date >= first.isoformat()]
        before_krw = known[-len(bars) - 1].close_krw if len(known) > len(bars) else None
        if period != "D":
            bars = gathered(bars, period)
        rows = _daily_rows(bars, before_krw, blank2)[-DAILY_ROWS:]
        output1 = blank1 | self._daily_snapshot(instrument, quote)
        return answered(QUOTED, {"output1": output1, "output2": rows[::-1]})

    def _instrument(self, asked: Asked) -> Instrument:
        return self._screens.instruments[asked["FID_INPUT_ISCD"].upper()]

    def _minute_chart(
        self,
        asked: Asked,
        instrument: Instrument,
        on: date | None,
        until: int,
        size: int,
    ) -> Reply:
        rows: list[bytes] = []
        if on is not None:
            rows = _until(self._day_rows(instrument.symbol, on, asked.now_ns), until)[-size:]
            if asked["FID_PW_DATA_INCU_YN"].upper() == "Y":
                rows = self._filled_up(rows, size, instrument.symbol, on)
        output1 = self._minute_snapshot(instrument)
        return answered(QUOTED, {"output1": output1, "output2": page(rows)})

    def _filled_up(self, rows: list[bytes], size: int, symbol: str, on: date) -> list[bytes]:
        """Return the rows with those of the sessions before in front, up to `size`."""
        for session in reversed(self._screens.day.past_dates()):
            if len(rows) >= size:
                break
            if session < on:
                before = self._day_rows(symbol, session, 0).rows
                rows = [*before[len(rows) - size :], *rows]
        return rows

    def _day_rows(self, symbol: str, on: date, now_ns: int) -> DayRows:
        if on == self._screens.day.date:
            return self._minutes.today(symbol, now_ns)
        if self._screens.feed == "NXT":  # nobody has its past
            return DayRows((), ())
        return self._minutes.past(symbol, on)

    def _minute_snapshot(self, instrument: Instrument) -> Fields:
        quote = self._screens.quote(instrument.symbol)
        return _change_fields(instrument, quote)

    def _daily_snapshot(self, instrument: Instrument, quote: Quote) -> Fields:
        yesterday = self._screens.yearly.yesterday(instrument.symbol)
        shares = instrument.listed_shares or 0
        before = yesterday.volume if yesterday else 0
        ask_krw = quote.book.asks[0][0] if quote.book.asks else 0
        bid_krw = quote.book.bids[0][0] if quote.book.bids else 0
        return _change_fields(instrument, quote) | {
            "stck_shrn_iscd": instrument.symbol,
            "prdy_vol": str(before),
            "stck_mxpr": str(quote.upper_krw),
            "stck_llam": str(quote.lower_krw),
            "stck_oprc": str(quote.open_krw or 0),
            "stck_hgpr": str(quote.high_krw or 0),
            "stck_lwpr": str(quote.low_krw or 0),
            "stck_prdy_oprc": str(yesterday.open_krw if yesterday else 0),
            "stck_prdy_hgpr": str(yesterday.high_krw if yesterday else 0),
            "stck_prdy_lwpr": str(yesterday.low_krw if yesterday else 0),
            "askp": str(ask_krw),
            "bidp": str(bid_krw),
            "prdy_vrss_vol": str(quote.cum_volume - before),
            "vol_tnrt": percent(quote.cum_volume, shares),
            "stck_fcam": "5000",
            "lstn_stcn": str(shares),
            "cpfn": str(shares * 5000 // HUNDRED_MILLION_KRW),
            "hts_avls": str(shares * quote.last_krw // HUNDRED_MILLION_KRW),
            "per": "0.00",
            "eps": "0.00",
            "pbr": "0.00",
            "itewhol_loan_rmnd_ratem": "0.00",
            # KIS really sends this key, blank and all; validating clients ask for it.
            "itewhol_loan_rmnd_ratem name": "0.00",
        }

    def _days(
        self, instrument: Instrument, quote: Quote, first: date, last: date
    ) -> list[DailyBar]:
        """Return bars from a little before `first`, so that the first row knows its yesterday."""
        today = self._screens.day.date
        before = first - timedelta(days=15)
        bars = self._screens.daily_bars(instrument.symbol, before, last)
        if first <= today <= last and quote.open_krw is not None:
            assert quote.high_krw is not None
            assert quote.low_krw is not None
            figures = (quote.open_krw, quote.high_krw, quote.low_krw, quote.last_krw)
            bars = [
                *bars,
                DailyBar(
                    instrument.symbol,
                    today.isoformat(),
                    *figures,
                    quote.cum_volume,
                    quote.cum_value_krw,
                ),
            ]
        return list(bars)


def _change_fields(instrument: Instrument, quote: Quote) -> Fields:
    last, base = quote.last_krw, quote.base_krw
    return {
        "prdy_vrss": str(last - base),
        "prdy_vrss_sign": sign(last, base, quote.lower_krw, quote.upper_krw),
        "prdy_ctrt": change_percent(last, base),
        "stck_prdy_clpr": str(base),
        "acml_vol": str(quote.cum_volume),
        "acml_tr_pbmn": str(quote.cum_value_krw),
        "hts_kor_isnm": instrument.name,
        "stck_prpr": str(last),
    }


def _until(day: DayRows, until: int) -> list[bytes]:
    return [row for second, row in zip(day.seconds, day.rows, strict=True) if second <= until]


def _daily_rows(bars: Sequence[DailyBar], before_krw: int | None, blank: Fields) -> list[Fields]:
    """Return rows, each with its change from the close before it (`before_krw`: the first's)."""
    rows: list[Fields] = []
    for bar in bars:
        base_krw = before_krw if before_krw is not None else bar.close_krw
        before_krw = bar.close_krw
        rows.append(
            blank
            | {
                "stck_bsop_date": bar.date.replace("-", ""),
                "stck_clpr": str(bar.close_krw),
                "stck_oprc": str(bar.open_krw),
                "stck_hgpr": str(bar.high_krw),
                "stck_lwpr": str(bar.low_krw),
                "acml_vol": str(bar.volume),
                "acml_tr_pbmn": str(value_krw(bar)),
                "flng_cls_code": "00",
                "prtt_rate": "0.00",
                "mod_yn": "N",
                "prdy_vrss_sign": sign(bar.close_krw, base_krw),
                "prdy_vrss": str(bar.close_krw - base_krw),
            }
        )
    return rows
