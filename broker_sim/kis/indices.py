"""The indices: level now and daily chart. Pure.

Volume is in thousand shares and value in million won, of the stocks this day has; an index this
day does not know is answered with zeros. Source: kis_api.md §9.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from broker_sim.exchange.exchange import Phase
from broker_sim.kis.daily_rows import index_gathered
from broker_sim.kis.desk import Asked
from broker_sim.kis.index_words import day_words, level_words, points
from broker_sim.kis.numbers import date_of, percent, sign
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import filled
from kis_core.market.events import IndexDay, IndexLevel

CHART_ROWS = 50
NAMES = {"0001": "종합", "1001": "KOSDAQ", "2001": "KOSPI200"}
OPENED = (Phase.CONTINUOUS, Phase.CLOSING_AUCTION, Phase.CLOSED)
MILLION_KRW = 1_000_000


class Indices:
    """Answers about an index."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_index_price(self, asked: Asked) -> Reply:
        """Answer the level, its day, and how many issues rose and fell."""
        names = asked.call.outputs["output"].names
        code = asked["FID_INPUT_ISCD"]
        level = self._screens.day.index_level(code, asked.now_ns)
        fields = dict.fromkeys(names, "0")
        if level is not None:
            known = self.snapshot(code, level, asked.now_ns) | self._waiting(code)
            fields.update((name, known[name]) for name in known.keys() & fields.keys())
        return answered(QUOTED, {"output": fields})

    def inquire_daily_indexchartprice(self, asked: Asked) -> Reply:
        """Answer the level, and up to 50 days, newest first; today's row moves."""
        first, last = date_of(asked["FID_INPUT_DATE_1"]), date_of(asked["FID_INPUT_DATE_2"])
        if first is None or last is None:
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD", "2")
        code = asked["FID_INPUT_ISCD"]
        blank1 = dict.fromkeys(asked.call.blank("output1"), "0")
        names = asked.call.outputs["output2"].names
        level = self._screens.day.index_level(code, asked.now_ns)
        if level is None:
            return answered(QUOTED, {"output1": blank1, "output2": []})
        days = self.days(code, level, first, last)
        rows = [
            filled(names, said, {"mod_yn": "N"})
            for said in self.rows(code, days, asked["FID_PERIOD_DIV_CODE"].upper(), asked.now_ns)
        ][:CHART_ROWS]
        known = self.snapshot(code, level, asked.now_ns)
        output1 = blank1 | filled(asked.call.outputs["output1"].names, known)
        return answered(QUOTED, {"output1": output1, "output2": rows})

    def days(self, code: str, level: IndexLevel, first: date, last: date) -> list[IndexDay]:
        """Return an index's days, ascending, today's among them once it is open."""
        days = list(self._screens.day.index_days(code, first, last))
        today = self._screens.day.date
        if first <= today <= last and self._screens.exchange.phase() in OPENED:
            figures = (level.open_pt, level.high_pt, level.low_pt, level.level_pt)
            days.append(IndexDay(code, today.isoformat(), *figures))
        return days

    def snapshot(self, code: str, level: IndexLevel, now_ns: int) -> Fields:
        """Return all that is said of an index now."""
        last = self._screens.day.date - timedelta(days=1)
        days = self._screens.day.index_days(code, last - timedelta(days=15), last)
        before = days[-1] if days else None
        return (
            level_words(level)
            | self.breadth(code)
            | self.traded(code, now_ns)
            | self._this_year(code, level)
            | self._yesterday(before)
            | {
                "hts_kor_isnm": NAMES.get(code, code),
                "bstp_cls_code": code,
                "futs_prdy_oprc": points(before.open_pt) if before else "0.00",
                "futs_prdy_hgpr": points(before.high_pt) if before else "0.00",
                "futs_prdy_lwpr": points(before.low_pt) if before else "0.00",
            }
        )

    def rows(self, code: str, days: Sequence[IndexDay], period: str, now_ns: int) -> list[Fields]:
        """Return days, weeks (W), months (M) or years (Y), newest first, with what was traded."""
        whole = index_gathered(days, period) if period in ("W", "M", "Y") else days
        traded = [self._traded_on(code, day.date, now_ns) for day in days]
        dates = [day.date for day in days]
        rows: list[Fields] = []
        before: Decimal | None = None
        for at, one in enumerate(whole):
            first = dates.index(one.date)
            end = dates.index(whole[at + 1].date) if at + 1 < len(whole) else len(dates)
            volume = sum(shares for shares, _ in traded[first:end])
            value = sum(krw for _, krw in traded[first:end])
            figures = (one.open_pt, one.high_pt, one.low_pt, one.close_pt)
            said = day_words(one.date, *figures, before or one.close_pt)
            before = one.close_pt
            rows.append(said | _traded_words(volume, value))
        return rows[::-1]

    def _traded_on(self, code: str, on: str, now_ns: int) -> tuple[int, int]:
        if on == self._screens.day.date.isoformat():
            return self._screens.turnover.at(code, now_ns)
        return self._screens.turnover.day(code, on)

    def traded(self, code: str, at_ns: int) -> Fields:
        """Return what an index's stocks traded by an instant of today."""
        return _traded_words(*self._screens.turnover.at(code, at_ns))

    def breadth(self, code: str) -> Fields:
        """Return how many of an index's stocks rose and fell, and what waits in their books."""
        counts: Counter[str] = Counter()
        for instrument in self._screens.turnover.issues(code):
            last = self._screens.exchange.last_krw(instrument.symbol)
            limits = (instrument.lower_krw, instrument.upper_krw)
            counts[sign(last, instrument.base_krw, *limits)] += 1
        return {
            "ascn_issu_cnt": str(counts["2"] + counts["1"]),
            "uplm_issu_cnt": str(counts["1"]),
            "stnr_issu_cnt": str(counts["3"]),
            "down_issu_cnt": str(counts["5"] + counts["4"]),
            "lslm_issu_cnt": str(counts["4"]),
        }

    def _waiting(self, code: str) -> Fields:
        """Return what waits in the books of an index's stocks."""
        inside = {instrument.symbol for instrument in self._screens.turnover.issues(code)}
        standings = [s for s in self._screens.standings() if s.symbol in inside]
        asked, bid = sum(s.asked for s in standings), sum(s.bid for s in standings)
        return {
            "total_askp_rsqn": str(asked // 1000),
            "total_bidp_rsqn": str(bid // 1000),
            "seln_rsqn_rate": percent(asked, asked + bid),
            "shnu_rsqn_rate": percent(bid, asked + bid),
            "ntby_rsqn": str((bid - asked) // 1000),
        }

    def _yesterday(self, before: IndexDay | None) -> Fields:
        """Return what the stocks of an index traded in the session before."""
        volume, value = self._screens.turnover.day(before.index, before.date) if before else (0, 0)
        return {"prdy_vol": str(volume // 1000), "prdy_tr_pbmn": str(value // MILLION_KRW)}

    def _this_year(self, code: str, level: IndexLevel) -> Fields:
        """Return the year's extremes, today included."""
        today = self._screens.day.date
        year = self._screens.day.index_days(code, date(today.year, 1, 1), today)
        highs = [(day.high_pt, day.date) for day in year] + [(level.high_pt, today.isoformat())]
        lows = [(day.low_pt, day.date) for day in year] + [(level.low_pt, today.isoformat())]
        high, low = max(highs), min(lows)
        return {
            "dryy_bstp_nmix_hgpr": points(high[0]),
            "dryy_bstp_nmix_hgpr_date": high[1].replace("-", ""),
            "dryy_bstp_nmix_lwpr": points(low[0]),
            "dryy_bstp_nmix_lwpr_date": low[1].replace("-", ""),
        }


def _traded_words(volume: int, value: int) -> Fields:
    return {"acml_vol": str(volume // 1000), "acml_tr_pbmn": str(value // MILLION_KRW)}
