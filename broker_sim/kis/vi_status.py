"""Volatility interruptions of the day: `inquire-vi-status`, the 30 newest. Pure. kis_api.md §9."""

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.volatility import ViRow
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import change_percent, hhmmss
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import filled

ROWS = 30
KINDS = {"static": "1", "dynamic": "2"}
MARKETS = {"K": "KOSPI", "Q": "KOSDAQ"}


class ViStatus:
    """Answers about volatility interruptions."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_vi_status(self, asked: Asked) -> Reply:
        """List those asked for, newest first."""
        names = asked.call.outputs["output"].names
        counts: dict[str, int] = {}
        rows: list[Fields] = []
        for one in self._screens.exchange.vis(asked.now_ns):
            counts[one.symbol] = counts.get(one.symbol, 0) + 1
            if self._asked_for(one, asked):
                instrument = self._screens.instruments[one.symbol]
                rows.append(filled(names, self._words(one, instrument, counts[one.symbol])))
        return answered(QUOTED, {"output": rows[::-1][:ROWS]})

    def _asked_for(self, one: ViRow, asked: Asked) -> bool:
        instrument = self._screens.instruments[one.symbol]
        up = one.price_krw >= one.reference_krw
        if asked["FID_DIV_CLS_CODE"] not in ("", "0", "1" if up else "2"):
            return False
        market = MARKETS.get(asked["FID_MRKT_CLS_CODE"].upper(), instrument.market)
        kind = asked["FID_RANK_SORT_CLS_CODE"]
        return (
            instrument.market == market
            and asked["FID_INPUT_ISCD"].upper() in ("", one.symbol)
            and asked["FID_INPUT_DATE_1"] in ("", self._screens.today)
            and kind in ("", "0", KINDS[one.kind])
        )

    def _words(self, one: ViRow, instrument: Instrument, count: int) -> Fields:
        static = one.kind == "static"
        gap = change_percent(one.price_krw, one.reference_krw)
        return {
            "hts_kor_isnm": instrument.name,
            "mksc_shrn_iscd": one.symbol,
            "vi_cls_code": "Y" if one.end_ns is None else "N",
            "bsop_date": self._screens.today,
            "cntg_vi_hour": hhmmss(one.start_ns),
            "vi_cncl_hour": hhmmss(one.end_ns) if one.end_ns is not None else "000000",
            "vi_kind_code": KINDS[one.kind],
            "vi_prc": str(one.price_krw),
            "vi_stnd_prc": str(one.reference_krw if static else 0),
            "vi_dprt": gap if static else "0.00",
            "vi_dmc_stnd_prc": str(0 if static else one.reference_krw),
            "vi_dmc_dprt": "0.00" if static else gap,
            "vi_count": str(count),
        }
