"""Indices as lists: by the second, the minute and the day, all at once, and expected. Pure.

A level is published at whole minutes, volume at whole seconds. Rows are newest first. Source:
kis_api.md §9.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from broker_sim.exchange.exchange import Phase
from broker_sim.kis.daily_rows import index_gathered
from broker_sim.kis.desk import Asked
from broker_sim.kis.expected import auction_instants
from broker_sim.kis.index_words import CENT, change_words, points
from broker_sim.kis.indices import MILLION_KRW, NAMES, Indices
from broker_sim.kis.numbers import date_of, hhmmss, percent
from broker_sim.kis.rank_filters import whole
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import filled
from kis_core.market.events import IndexDay
from kis_core.market.instants import MINUTE_NS, SECOND_NS

LIST_ROWS, CHART_ROWS, DAY_ROWS = 30, 102, 100
TICK_NS = 10 * SECOND_NS  # how often the list by the second has a row
MARKETS = {"K": ("0001",), "Q": ("1001",), "K2": ("2001",)}


class IndexLists:
    """Answers that list levels of indices."""

    def __init__(self, screens: Screens, indices: Indices) -> None:
        self._screens = screens
        self._indices = indices

    def inquire_index_tickprice(self, asked: Asked) -> Reply:
        """Answer the last levels, one each ten seconds."""
        return self._running(asked, TICK_NS, LIST_ROWS)

    def inquire_index_timeprice(self, asked: Asked) -> Reply:
        """Answer levels of the day, one each so many seconds (60, 300, 600)."""
        seconds = whole(asked["FID_INPUT_HOUR_1"]) or 60
        return self._running(asked, seconds * SECOND_NS, CHART_ROWS)

    def inquire_time_indexchartprice(self, asked: Asked) -> Reply:
        """Answer bars of today of so many seconds; Y goes on into the days before as days."""
        code = asked["FID_INPUT_ISCD"]
        blank1 = dict.fromkeys(asked.call.blank("output1"), "0")
        level = self._screens.day.index_level(code, asked.now_ns)
        if level is None:
            return answered(QUOTED, {"output1": blank1, "output2": []})
        seconds = whole(asked["FID_INPUT_HOUR_1"]) or 60
        names = asked.call.outputs["output2"].names
        rows = [filled(names, row) for row in self._bars(code, seconds * SECOND_NS, asked.now_ns)]
        known = self._indices.snapshot(code, level, asked.now_ns)
        output1 = blank1 | filled(asked.call.outputs["output1"].names, known)
        return answered(QUOTED, {"output1": output1, "output2": rows[:CHART_ROWS]})

    def inquire_index_daily_price(self, asked: Asked) -> Reply:
        """Answer the level, and 100 days, weeks or months up to a date."""
        last = date_of(asked["FID_INPUT_DATE_1"])
        period = asked["FID_PERIOD_DIV_CODE"].upper()
        if last is None or period not in ("D", "W", "M"):
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD", "2")
        code = asked["FID_INPUT_ISCD"]
        blank1 = dict.fromkeys(asked.call.blank("output1"), "0")
        level = self._screens.day.index_level(code, asked.now_ns)
        if level is None:
            return answered(QUOTED, {"output1": blank1, "output2": []})
        span = {"D": 1, "W": 7, "M": 31}[period] * DAY_ROWS * 2
        days = self._indices.days(code, level, last - timedelta(days=span), last)
        said = self._indices.rows(code, days, period, asked.now_ns)[:DAY_ROWS]
        whole = index_gathered(days, period) if period != "D" else days
        disparities = _disparities(whole)
        names = asked.call.outputs["output2"].names
        rows: list[Fields] = []
        for row, day in zip(said, reversed(whole), strict=False):
            own = {
                "acml_vol_rlim": "0.00",
                "d20_dsrt": disparities.get(day.date, "0.00"),
                "invt_new_psdg": _mood(whole, day.date),
            }
            rows.append(filled(names, row, own))
        output1 = blank1 | filled(
            asked.call.outputs["output1"].names, self._indices.snapshot(code, level, asked.now_ns)
        )
        return answered(QUOTED, {"output1": output1, "output2": rows})

    def inquire_index_category_price(self, asked: Asked) -> Reply:
        """Answer an index, and every index of its market that this day knows."""
        code = asked["FID_INPUT_ISCD"]
        output1 = dict.fromkeys(asked.call.blank("output1"), "0")
        level = self._screens.day.index_level(code, asked.now_ns)
        if level is not None:
            known = self._indices.snapshot(code, level, asked.now_ns)
            output1 |= filled(asked.call.outputs["output1"].names, known)
        rows: list[Fields] = []
        for each in MARKETS.get(asked["FID_MRKT_CLS_CODE"].upper(), ()):
            level = self._screens.day.index_level(each, asked.now_ns)
            if level is not None:
                shares = {"acml_vol_rlim": "100.00", "acml_tr_pbmn_rlim": "100.00"}
                known = self._indices.snapshot(each, level, asked.now_ns) | shares
                rows.append(filled(asked.call.outputs["output2"].names, known))
        return answered(QUOTED, {"output1": output1, "output2": rows})

    def exp_index_trend(self, asked: Asked) -> Reply:
        """Answer what the index is expected to be, through the auction that is on."""
        code = "0001" if asked["FID_INPUT_ISCD"] == "0000" else asked["FID_INPUT_ISCD"]
        step_ns = (whole(asked["FID_INPUT_HOUR_1"]) or 10) * SECOND_NS
        phase = _asked_phase(asked["FID_MKOP_CLS_CODE"])
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        if phase is self._screens.exchange.phase():
            for at_ns in auction_instants(self._screens, asked.now_ns, step_ns)[:LIST_ROWS]:
                if (level := self._screens.day.index_level(code, at_ns)) is not None:
                    row = change_words(level.level_pt, level.previous_close_pt)
                    row |= self._indices.traded(code, at_ns)
                    rows.append(filled(names, row, {"stck_cntg_hour": hhmmss(at_ns)}))
        return answered(QUOTED, {"output": rows})

    def exp_total_index(self, asked: Asked) -> Reply:
        """Answer what each index is expected to be, while an auction is on."""
        output1 = dict.fromkeys(asked.call.blank("output1"), "0")
        rows: list[Fields] = []
        if _asked_phase(asked["FID_MKOP_CLS_CODE"]) is self._screens.exchange.phase():
            codes = MARKETS.get(asked["FID_MRKT_CLS_CODE"].upper(), tuple(NAMES))
            for code in codes:
                level = self._screens.day.index_level(code, asked.now_ns)
                if level is not None:
                    known = self._indices.snapshot(code, level, asked.now_ns)
                    known["nmix_sdpr"] = points(level.previous_close_pt)
                    rows.append(filled(asked.call.outputs["output2"].names, known))
            if rows:
                first = {name: rows[0].get(name, "0") for name in output1}
                output1 |= first | {"prdy_ctrt": rows[0]["bstp_nmix_prdy_ctrt"]}
        return answered(QUOTED, {"output1": output1, "output2": rows})

    def _running(self, asked: Asked, step_ns: int, rows_max: int) -> Reply:
        code = asked["FID_INPUT_ISCD"]
        names = asked.call.outputs["output"].names
        instants = self._instants(asked.now_ns, step_ns)[-rows_max - 1 :]
        volume, value = self._screens.turnover.of(code, instants)
        rows: list[Fields] = []
        for at in range(len(instants) - 1, 0, -1):
            level = self._screens.day.index_level(code, instants[at])
            if level is None:
                break
            own = {
                "bsop_hour": hhmmss(instants[at]),
                "stck_cntg_hour": hhmmss(instants[at]),
                "acml_vol": str(volume[at] // 1000),
                "acml_tr_pbmn": str(value[at] // MILLION_KRW),
                "cntg_vol": str(volume[at] // 1000 - volume[at - 1] // 1000),
            }
            said = change_words(level.level_pt, level.previous_close_pt)
            rows.append(filled(names, said, own))
        return answered(QUOTED, {"output": rows})

    def _instants(self, now_ns: int, step_ns: int) -> list[int]:
        """Return every so many seconds from the open until now, the open itself first."""
        venue = self._screens.exchange.venue
        return list(range(venue.open_ns, min(now_ns, venue.expiry_ns) + 1, step_ns))

    def _bars(self, code: str, step_ns: int, now_ns: int) -> list[Fields]:
        """Return bars of today, each under its beginning, newest first."""
        starts = self._instants(now_ns, step_ns)[-CHART_ROWS:]
        ends = [min(start + step_ns, now_ns) for start in starts]
        volume, value = self._screens.turnover.of(code, ends)
        before, _ = self._screens.turnover.of(code, starts)
        rows: list[Fields] = []
        for at in range(len(starts) - 1, -1, -1):
            levels = self._levels(code, starts[at], ends[at])
            if levels:
                rows.append(
                    {
                        "stck_bsop_date": self._screens.today,
                        "stck_cntg_hour": hhmmss(starts[at]),
                        "bstp_nmix_prpr": points(levels[-1]),
                        "bstp_nmix_oprc": points(levels[0]),
                        "bstp_nmix_hgpr": points(max(levels)),
                        "bstp_nmix_lwpr": points(min(levels)),
                        "cntg_vol": str((volume[at] - before[at]) // 1000),
                        "acml_tr_pbmn": str(value[at] // MILLION_KRW),
                    }
                )
        return rows

    def _levels(self, code: str, start_ns: int, end_ns: int) -> list[Decimal]:
        instants = [*range(start_ns, end_ns, MINUTE_NS), end_ns]
        levels = (self._screens.day.index_level(code, at_ns) for at_ns in instants)
        return [level.level_pt for level in levels if level is not None]


def _asked_phase(said: str) -> Phase:
    return Phase.CLOSING_AUCTION if said == "2" else Phase.OPENING_AUCTION


def _disparities(days: list[IndexDay]) -> dict[str, str]:
    """Return each day's close over its average of 20 days, %."""
    closes = [day.close_pt for day in days]
    return {
        days[at].date: str((closes[at] * 20 / sum(closes[at - 19 : at + 1]) * 100).quantize(CENT))
        for at in range(19, len(days))
    }


def _mood(days: list[IndexDay], on: str) -> str:
    """Return on how many of the ten days up to one the index rose (투자심리도), %."""
    upto = [day.close_pt for day in days if day.date <= on][-11:]
    if len(upto) < 11:
        return "0.00"
    return percent(sum(later > sooner for sooner, later in pairwise(upto)), 10)
