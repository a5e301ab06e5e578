"""Rankings of the off-hours single price: by volume, by change, by expected change. Pure.

Empty on days without such a session, and before its first auction. Source: kis_api.md §8.
"""

from collections.abc import Callable

from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import percent
from broker_sim.kis.off_hours_quotes import OffHours, off_hours, session_words
from broker_sim.kis.rank_filters import of_market, wanted
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, words

ROWS = 30
Ranked = tuple[Standing, OffHours]


class OffHoursRankings:
    """Answers that rank stocks by their off-hours session."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def overtime_volume(self, asked: Asked) -> Reply:
        """Rank by the session's volume."""
        traded = self._traded(asked)
        traded.sort(key=lambda row: -row[1].volume)
        rows = self._rows(asked, "output2", traded)
        sums = filled(asked.call.outputs["output1"].names, _sums(traded))
        return answered(QUOTED, {"output1": sums, "output2": rows})

    def overtime_fluctuation(self, asked: Asked) -> Reply:
        """Rank by the session's change, or list those at a limit or unchanged."""
        traded = self._traded(asked)
        kind = asked["FID_DIV_CLS_CODE"]
        chosen = [row for row in traded if _fits(row[1], kind)]
        chosen.sort(key=lambda row: _change(row) if kind in ("4", "5") else -_change(row))
        rows = self._rows(asked, "output2", chosen)
        counted = {
            f"ovtm_untp_{word}_issu_cnt": str(sum(_fits(session, kind) for _, session in traded))
            for word, kind in (
                ("uplm", "1"),
                ("ascn", "2"),
                ("stnr", "3"),
                ("lslm", "4"),
                ("down", "5"),
            )
        }
        sums = filled(asked.call.outputs["output1"].names, _sums(traded), counted)
        return answered(QUOTED, {"output1": sums, "output2": rows})

    def overtime_exp_trans_fluct(self, asked: Asked) -> Reply:
        """Rank by what the next auction is expected to change: nothing more than the last did."""
        key: Callable[[Ranked], float] = _change
        falling = asked["FID_RANK_SORT_CLS_CODE"] in ("3", "4")
        chosen = sorted(self._traded(asked), key=lambda row: key(row) * (1 if falling else -1))
        return answered(QUOTED, {"output": self._rows(asked, "output", chosen)})

    def _traded(self, asked: Asked) -> list[Ranked]:
        fits = wanted(asked, classes=False)
        found: list[Ranked] = []
        for standing in self._screens.standings():
            session = off_hours(self._screens, standing.symbol, asked.now_ns)
            if session is not None and session.printed and fits(standing):
                found.append((standing, session))
        return found

    def _rows(self, asked: Asked, output: str, ranked: list[Ranked]) -> list[Fields]:
        names = asked.call.outputs[output].names
        rows: list[Fields] = []
        for rank, (standing, session) in enumerate(ranked[:ROWS], 1):
            known = words(standing)
            own = {
                "data_rank": str(rank),
                "ovtm_vrss_acml_vol_rlim": percent(session.volume, standing.quote.cum_volume),
                "ovtm_untp_askp1": known["askp"],
                "ovtm_untp_bidp1": known["bidp"],
                "ovtm_untp_seln_rsqn": known["seln_rsqn"],
                "ovtm_untp_shnu_rsqn": known["shnu_rsqn"],
                "ovtm_untp_askp_rsqn": known["seln_rsqn"],
                "ovtm_untp_bidp_rsqn": known["shnu_rsqn"],
                "ovtm_untp_antc_vol": "0",
            }
            rows.append(filled(names, known, session_words(session), own))
        return rows


def _change(row: Ranked) -> float:
    session = row[1]
    return session.last_krw / session.instrument.base_krw - 1.0


def _fits(session: OffHours, kind: str) -> bool:
    """Whether a stock is at the upper limit, up, flat, at the lower limit, or down (1 to 5)."""
    base_krw = session.instrument.base_krw
    match kind:
        case "1":
            return session.last_krw == session.highest_krw
        case "2":
            return session.last_krw > base_krw
        case "3":
            return session.last_krw == base_krw
        case "4":
            return session.last_krw == session.lowest_krw
        case "5":
            return session.last_krw < base_krw
        case _:
            return True


def _sums(traded: list[Ranked]) -> Fields:
    fields: Fields = {}
    for word, code in (("exch", "0001"), ("kosdaq", "1001")):
        inside = [session for standing, session in traded if of_market(standing, code)]
        fields[f"ovtm_untp_{word}_vol"] = str(sum(session.volume for session in inside))
        fields[f"ovtm_untp_{word}_tr_pbmn"] = str(sum(session.value_krw for session in inside))
    fields["ovtm_untp_acml_vol"] = str(sum(session.volume for _, session in traded))
    fields["ovtm_untp_acml_tr_pbmn"] = str(sum(session.value_krw for _, session in traded))
    return fields
