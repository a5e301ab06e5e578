"""Charts of futures and options: by seconds of a session, and by days, weeks, months, years. Pure.

102 rows of a session, newest first, paged backwards by date and hour; a night's hours count on
past midnight, 24 to 30, under the date it began. 100 rows of days. Source: kis_api.md §10.3, §11.
"""

from datetime import date, timedelta
from typing import cast

from broker_sim.exchange.derivatives.candles import (
    Candle,
    DayCandle,
    Span,
    candles,
    day_candles,
    grouped,
)
from broker_sim.exchange.derivatives.contracts import KOSPI200, Contract
from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.kis.derivative_figures import figures, index_figures
from broker_sim.kis.derivative_points import chart_hour, instant_of, points
from broker_sim.kis.derivative_quotes import found_contract
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import date_of
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused

SECOND_ROWS, DAY_ROWS = 102, 100
WIDTHS_S = {"30": 30, "60": 60, "3600": 3600}
_LONGEST = timedelta(days=366)
_A_WHILE = timedelta(days=15)
THOUSAND = 1_000


class DerivativeCharts:
    """Answers with candles of one contract."""

    def __init__(self, exchange: DerivativesExchange) -> None:
        self._exchange = exchange
        self._market = exchange.market

    def inquire_time_fuopchartprice(self, asked: Asked) -> Reply:
        """Answer a session's candles up to an hour; without one, up to now."""
        found = found_contract(self._exchange, asked)
        if isinstance(found, Reply):
            return found
        contract, night = found
        width_s = WIDTHS_S.get(asked["FID_HOUR_CLS_CODE"].lstrip("0"))
        day = date_of(asked["FID_INPUT_DATE_1"]) or self._market.date
        if width_s is None:
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD [FID_HOUR_CLS_CODE]", "2")
        if contract is None:
            return answered(QUOTED, {"output1": {}, "output2": []})
        rows: list[Fields] = []
        if day == self._market.date or (night and day == self._market.date + timedelta(days=1)):
            until_ns = self._until(asked, day, night)
            found_rows = candles(self._market, contract, night, width_s, asked.now_ns)
            blank = asked.call.blank("output2")
            rows = [self._row(blank, c) for c in found_rows if c.start_ns <= until_ns]
        newest = rows[-SECOND_ROWS:][::-1]
        output1 = self._snapshot(asked.call.blank("output1"), contract, night, asked.now_ns)
        return answered(QUOTED, {"output1": output1, "output2": newest})

    def inquire_daily_fuopchartprice(self, asked: Asked) -> Reply:
        """Answer up to 100 days, weeks, months or years, newest first; today's row moves.

        A span that began before the first date is left out.
        """
        found = found_contract(self._exchange, asked)
        if isinstance(found, Reply):
            return found
        contract, night = found
        first, last = date_of(asked["FID_INPUT_DATE_1"]), date_of(asked["FID_INPUT_DATE_2"])
        span = asked["FID_PERIOD_DIV_CODE"].upper()
        if first is None or last is None or span not in ("D", "W", "M", "Y"):
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD", "2")
        if contract is None:
            return answered(QUOTED, {"output1": {}, "output2": []})
        rows = self._days(contract, night, first, last, cast(Span, span), asked.now_ns)
        blank = asked.call.blank("output2")
        newest = [_day_row(blank, row) for row in rows[-DAY_ROWS:][::-1]]
        output1 = self._snapshot(asked.call.blank("output1"), contract, night, asked.now_ns)
        return answered(QUOTED, {"output1": output1, "output2": newest})

    def _until(self, asked: Asked, day: date, night: bool) -> int:
        """Return the latest start of a candle that is asked for; now for no hour or a future one.

        After midnight a client may name the night by the day it ends on and the plain hour.
        """
        text = asked["FID_INPUT_HOUR_1"]
        begun = self._market.date
        named_ns = instant_of(text, begun, night) if text not in ("", "000000") else None
        return asked.now_ns if named_ns is None else min(named_ns, asked.now_ns)

    def _days(
        self, contract: Contract, night: bool, first: date, last: date, span: Span, now_ns: int
    ) -> list[DayCandle]:
        if night:  # nobody kept the nights before
            today = self._market.date
            quote = self._exchange.quote(contract.code, night)
            if not quote.prints or not first <= today <= last:
                return []
            prices = (quote.open_h, quote.high_h, quote.low_h, quote.last_h)
            return [DayCandle(today, *prices, quote.quantity, quote.value_krw)]
        earlier = first if span == "D" else first - _LONGEST
        days = day_candles(self._market, contract, earlier, last, now_ns)
        return [row for row in grouped(days, span) if row.date >= first]

    def _row(self, blank: Fields, candle: Candle) -> Fields:
        return blank | {
            "stck_bsop_date": f"{self._market.date:%Y%m%d}",
            "stck_cntg_hour": chart_hour(candle.start_ns, self._market.date),
            "futs_prpr": points(candle.close_h),
            "futs_oprc": points(candle.open_h),
            "futs_hgpr": points(candle.high_h),
            "futs_lwpr": points(candle.low_h),
            "cntg_vol": str(candle.quantity),
            "acml_tr_pbmn": str(candle.value_krw // THOUSAND),
        }

    def _snapshot(self, blank: Fields, contract: Contract, night: bool, now_ns: int) -> Fields:
        quote = self._exchange.quote(contract.code, night)
        told = figures(self._market, quote, now_ns)
        yesterday = self._market.date - timedelta(days=1)
        past = day_candles(self._market, contract, yesterday - _A_WHILE, yesterday, now_ns)
        before = past[-1] if past else None
        index = index_figures(self._market, KOSPI200, now_ns)
        level = self._market.prices.index(KOSPI200, now_ns)
        known = {
            "futs_prdy_vrss": told["vrss"],
            "prdy_vrss_sign": told["sign"],
            "futs_prdy_ctrt": told["ctrt"],
            "futs_prdy_clpr": told["sdpr"],
            "acml_vol": told["vol"],
            "acml_tr_pbmn": told["pbmn"],
            "hts_kor_isnm": contract.name,
            "futs_prpr": told["prpr"],
            "futs_shrn_iscd": contract.code,
            "prdy_vol": told["prdy_vol"],
            "futs_mxpr": told["mxpr"],
            "futs_llam": told["llam"],
            "futs_oprc": told["oprc"],
            "futs_hgpr": told["hgpr"],
            "futs_lwpr": told["lwpr"],
            "futs_prdy_oprc": points(before.open_h) if before else "",
            "futs_prdy_hgpr": points(before.high_h) if before else "",
            "futs_prdy_lwpr": points(before.low_h) if before else "",
            "futs_askp": told["askp"],
            "futs_bidp": told["bidp"],
            "basis": told["thpr_basis"],
            "kospi200_nmix": index["bstp_nmix_prpr"],
            "kospi200_prdy_vrss": index["bstp_nmix_prdy_vrss"],
            "kospi200_prdy_ctrt": index["bstp_nmix_prdy_ctrt"],
            "kospi200_prdy_vrss_sign": index["prdy_vrss_sign"],
            "hts_otst_stpl_qty": told["otst"],
            "otst_stpl_qty_icdc": told["otst_icdc"],
            "tday_rltv": told["cttr"],
            "hts_thpr": told["thpr"],
            "dprt": told["dprt"],
            "prdy_nmix": f"{level.previous_close_pt:.2f}" if level else "",
        }
        return {name: known.get(name, "") for name in blank}


def _day_row(blank: Fields, row: DayCandle) -> Fields:
    return blank | {
        "stck_bsop_date": f"{row.date:%Y%m%d}",
        "futs_prpr": points(row.close_h),
        "futs_oprc": points(row.open_h),
        "futs_hgpr": points(row.high_h),
        "futs_lwpr": points(row.low_h),
        "acml_vol": str(row.quantity),
        "acml_tr_pbmn": str(row.value_krw // THOUSAND),
        "mod_yn": "N",
    }
