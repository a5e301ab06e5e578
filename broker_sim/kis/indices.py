"""The indices: level now and daily chart. Pure.

Volume is in thousand shares and value in million won, of the stocks this day has; an index this
day does not know is answered with zeros. Source: kis_api.md §9.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from broker_sim.exchange.day import INDEX_OF_MARKET, Instrument
from broker_sim.exchange.exchange import Phase
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import date_of, sign, sign_of
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.tapes import Tapes
from kis_core.market.events import IndexLevel

CHART_ROWS = 50
NAMES = {"0001": "종합", "1001": "KOSDAQ", "2001": "KOSPI200"}
CENT = Decimal("0.01")
OPENED = (Phase.CONTINUOUS, Phase.CLOSING_AUCTION, Phase.CLOSED)


class Indices:
    """Answers about an index."""

    def __init__(self, desk: Desk, tapes: Tapes) -> None:
        self._desk = desk
        self._tapes = tapes

    def inquire_index_price(self, asked: Asked) -> Reply:
        """Answer the level, its day, and how many issues rose and fell."""
        fields = dict.fromkeys(asked.call.blank("output"), "0")
        code = asked["FID_INPUT_ISCD"]
        level = self._desk.day.index_level(code, asked.now_ns)
        if level is not None:
            fields.update(_level_fields(level))
            fields.update(self._breadth(code, asked.now_ns))
        return answered(QUOTED, {"output": fields})

    def inquire_daily_indexchartprice(self, asked: Asked) -> Reply:
        """Answer the level, and up to 50 days, newest first; today's row moves."""
        first, last = date_of(asked["FID_INPUT_DATE_1"]), date_of(asked["FID_INPUT_DATE_2"])
        if first is None or last is None:
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD", "2")
        code = asked["FID_INPUT_ISCD"]
        blank1 = dict.fromkeys(asked.call.blank("output1"), "0")
        blank2 = asked.call.blank("output2")
        level = self._desk.day.index_level(code, asked.now_ns)
        if level is None:
            return answered(QUOTED, {"output1": blank1, "output2": []})
        rows = [
            _chart_row(blank2, day.date, day.open_pt, day.high_pt, day.low_pt, day.close_pt)
            for day in self._desk.day.index_days(code, first, last)
        ]
        today = self._desk.day.date
        if first <= today <= last and self._desk.exchange.phase() in OPENED:
            day = (level.open_pt, level.high_pt, level.low_pt, level.level_pt)
            rows.append(_chart_row(blank2, today.isoformat(), *day))
        output1 = blank1 | self._snapshot(code, level, asked.now_ns)
        return answered(QUOTED, {"output1": output1, "output2": rows[-CHART_ROWS:][::-1]})

    def _snapshot(self, code: str, level: IndexLevel, now_ns: int) -> Fields:
        last = self._desk.day.date - timedelta(days=1)
        days = self._desk.day.index_days(code, last - timedelta(days=15), last)
        fields = _level_fields(level)
        traded = self._breadth(code, now_ns)
        wanted = (
            "prdy_vrss_sign",
            "bstp_nmix_prdy_ctrt",
            "bstp_nmix_prpr",
            "bstp_nmix_oprc",
            "bstp_nmix_hgpr",
            "bstp_nmix_lwpr",
            "bstp_nmix_prdy_vrss",
        )
        return {name: fields[name] for name in wanted} | {
            "prdy_nmix": _points(level.previous_close_pt),
            "acml_vol": traded["acml_vol"],
            "acml_tr_pbmn": traded["acml_tr_pbmn"],
            "hts_kor_isnm": NAMES.get(code, code),
            "bstp_cls_code": code,
            "futs_prdy_oprc": _points(days[-1].open_pt) if days else "0.00",
            "futs_prdy_hgpr": _points(days[-1].high_pt) if days else "0.00",
            "futs_prdy_lwpr": _points(days[-1].low_pt) if days else "0.00",
        }

    def _issues(self, code: str) -> Iterable[Instrument]:
        """Return the stocks of an index: its market's, or all of them for any other index."""
        for instrument in self._desk.day.instruments.values():
            if INDEX_OF_MARKET[instrument.market] == code or code not in ("0001", "1001"):
                yield instrument

    def _breadth(self, code: str, now_ns: int) -> Fields:
        counts: Counter[str] = Counter()
        volume = value_krw = 0
        for instrument in self._issues(code):
            last = self._desk.exchange.last_krw(instrument.symbol)
            limits = (instrument.lower_krw, instrument.upper_krw)
            counts[sign(last, instrument.base_krw, *limits)] += 1
            sums = self._tapes.sums(instrument.symbol)
            if printed := sums.count_at(now_ns):
                volume += int(sums.cum_volume[printed - 1])
                value_krw += int(sums.cum_value_krw[printed - 1])
        return {
            "acml_vol": str(volume // 1000),
            "acml_tr_pbmn": str(value_krw // 1_000_000),
            "ascn_issu_cnt": str(counts["2"] + counts["1"]),
            "uplm_issu_cnt": str(counts["1"]),
            "stnr_issu_cnt": str(counts["3"]),
            "down_issu_cnt": str(counts["5"] + counts["4"]),
            "lslm_issu_cnt": str(counts["4"]),
        }


def _points(level: Decimal) -> str:
    return str(level.quantize(CENT))


def _percent(part: Decimal, whole: Decimal) -> str:
    return str((part / whole * 100).quantize(CENT)) if whole else "0.00"


def _level_fields(level: IndexLevel) -> Fields:
    before = level.previous_close_pt
    change = level.level_pt - before
    fields = {
        "bstp_nmix_prpr": _points(level.level_pt),
        "bstp_nmix_prdy_vrss": _points(change),
        "prdy_vrss_sign": sign_of(change),
        "bstp_nmix_prdy_ctrt": _percent(change, before),
        "bstp_nmix_oprc": _points(level.open_pt),
        "prdy_nmix_vrss_nmix_oprc": _points(level.open_pt - before),
        "oprc_vrss_prpr_sign": sign_of(level.level_pt - level.open_pt),
        "bstp_nmix_oprc_prdy_ctrt": _percent(level.open_pt - before, before),
        "bstp_nmix_hgpr": _points(level.high_pt),
        "prdy_nmix_vrss_nmix_hgpr": _points(level.high_pt - before),
        "hgpr_vrss_prpr_sign": sign_of(level.level_pt - level.high_pt),
        "bstp_nmix_hgpr_prdy_ctrt": _percent(level.high_pt - before, before),
        "bstp_nmix_lwpr": _points(level.low_pt),
        "prdy_clpr_vrss_lwpr": _points(level.low_pt - before),
        "lwpr_vrss_prpr_sign": sign_of(level.level_pt - level.low_pt),
        "prdy_clpr_vrss_lwpr_rate": _percent(level.low_pt - before, before),
        "dryy_bstp_nmix_hgpr": _points(level.high_pt),
        "dryy_bstp_nmix_lwpr": _points(level.low_pt),
        "dryy_bstp_nmix_hgpr_date": "",
        "dryy_bstp_nmix_lwpr_date": "",
    }
    return fields


def _chart_row(
    blank: Fields, day: str, open_pt: Decimal, high_pt: Decimal, low_pt: Decimal, close_pt: Decimal
) -> Fields:
    return blank | {
        "stck_bsop_date": day.replace("-", ""),
        "bstp_nmix_prpr": _points(close_pt),
        "bstp_nmix_oprc": _points(open_pt),
        "bstp_nmix_hgpr": _points(high_pt),
        "bstp_nmix_lwpr": _points(low_pt),
        "acml_vol": "0",
        "acml_tr_pbmn": "0",
        "mod_yn": "N",
    }
