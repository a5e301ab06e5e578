"""Exchange members (brokers) behind a stock's trades: today's five busiest, their days. Pure.

Figures move once a minute. Source: kis_api.md §6.7.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.members import (
    BOUGHT,
    FOREIGN,
    MEMBERS,
    OWN_NUMBER,
    SOLD,
    SPANS,
    MemberSplit,
)
from broker_sim.kis.daily_rows import bars_between, day_words, with_before
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import date_of, hhmmss, percent
from broker_sim.kis.rank_filters import of_market, whole
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, price_words, words
from broker_sim.kis.tapes import MINUTE_NS

Ints = NDArray[np.int64]
SHOWN = 5
ROWS = 30
ALL_FOREIGN = "99999"
_OWN = next(at for at, member in enumerate(MEMBERS) if member.number == OWN_NUMBER)
_SIDES = ((SOLD, "seln"), (BOUGHT, "shnu"))


def member_words(now: Ints, before: Ints, volume: int) -> Fields:
    """Return the five busiest members of each side, and what foreign ones did. Shares, %."""
    fields: Fields = {}
    for side, word in _SIDES:
        busiest = np.argsort(-now[side], kind="stable")[:SHOWN].tolist()
        for number, at in enumerate(busiest, 1):
            member, shares = MEMBERS[at], int(now[side, at])
            known = shares > 0
            fields[f"{word}_mbcr_no{number}"] = member.number if known else ""
            fields[f"{word}_mbcr_name{number}"] = member.name if known else ""
            fields[f"total_{word}_qty{number}"] = str(shares)
            fields[f"{word}_mbcr_rlim{number}"] = percent(shares, volume)
            fields[f"{word}_qty_icdc{number}"] = str(shares - int(before[side, at]))
            fields[f"{word}_mbcr_glob_yn_{number}"] = "Y" if member.foreign and known else "N"
        foreign, foreign_before = int(now[side, FOREIGN].sum()), int(before[side, FOREIGN].sum())
        fields[f"glob_total_{word}_qty"] = str(foreign)
        fields[f"glob_total_{word}_qty_icdc"] = str(foreign - foreign_before)
        fields[f"glob_{word}_rlim"] = percent(foreign, volume)
    fields["glob_ntby_qty"] = str(foreign_net(now))
    return fields


def foreign_net(shares: Ints) -> int:
    """Return what foreign members bought more than they sold."""
    return int(shares[BOUGHT, FOREIGN].sum() - shares[SOLD, FOREIGN].sum())


def members_now(screens: Screens, symbol: str, at_ns: int) -> Fields:
    """Return a stock's members as published at the last whole minute."""
    minute_ns = at_ns - at_ns % MINUTE_NS
    now, before = screens.members(symbol, minute_ns), screens.members(symbol, minute_ns - MINUTE_NS)
    return member_words(now, before, screens.tapes.sums(symbol).volume_at(minute_ns))


class MemberQuotes:
    """Answers about who traded through whom."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_member(self, asked: Asked) -> Reply:
        """Answer the five busiest members of each side today."""
        known = members_now(self._screens, asked["FID_INPUT_ISCD"].upper(), asked.now_ns)
        return answered(QUOTED, {"output": filled(asked.call.outputs["output"].names, known)})

    def inquire_member_daily(self, asked: Asked) -> Reply:
        """Answer what one member sold and bought each day, newest first."""
        first, last = date_of(asked["FID_INPUT_DATE_1"]), date_of(asked["FID_INPUT_DATE_2"])
        if first is None or last is None:
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD", "2")
        standing = self._screens.standing(asked["FID_INPUT_ISCD"].upper())
        asked_for = asked["FID_INPUT_ISCD_2"]
        chosen = np.array([asked_for in (member.number, ALL_FOREIGN) for member in MEMBERS])
        if asked_for == ALL_FOREIGN:
            chosen = FOREIGN
        if not chosen.any():
            return answered(QUOTED, {"output": []})
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        bars = bars_between(self._screens, standing, first, last)
        for bar, before_krw in with_before(bars, 100):
            on = date.fromisoformat(bar.date)
            shares = self._of_day(bar.symbol, on, bar.volume, asked.now_ns)[:, chosen].sum(axis=1)
            own = {
                "total_seln_qty": str(shares[SOLD]),
                "total_shnu_qty": str(shares[BOUGHT]),
                "ntby_qty": str(shares[BOUGHT] - shares[SOLD]),
            }
            rows.append(filled(names, day_words(bar, before_krw), own))
        return answered(QUOTED, {"output": rows})

    def frgnmem_pchs_trend(self, asked: Asked) -> Reply:
        """Answer the foreign members' running net buying by the minute, newest first."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        for minute_ns in self._minutes(asked.now_ns):
            now, before = self._pair(symbol, minute_ns)
            row = self._at(symbol, minute_ns) | {
                "frgn_seln_vol": str(now[SOLD, FOREIGN].sum()),
                "frgn_shnu_vol": str(now[BOUGHT, FOREIGN].sum()),
                "glob_ntby_qty": str(foreign_net(now)),
                "frgn_ntby_qty_icdc": str(foreign_net(now) - foreign_net(before)),
            }
            rows.append(filled(names, row))
        return answered(QUOTED, {"output": rows})

    def frgnmem_trade_trend(self, asked: Asked) -> Reply:
        """Answer what single members did minute by minute, newest first."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        wanted = asked["FID_INPUT_ISCD_2"]
        least = whole(asked["FID_VOL_CNT"])
        names = asked.call.outputs["output2"].names
        rows: list[Fields] = []
        for minute_ns in self._minutes(asked.now_ns):
            now, before = self._pair(symbol, minute_ns)
            for at, member in enumerate(MEMBERS):
                if wanted not in (ALL_FOREIGN, "", member.number):
                    continue
                moved = now[:, at] - before[:, at]
                if (net := int(moved[BOUGHT] - moved[SOLD])) and abs(net) >= least:
                    row = self._at(symbol, minute_ns) | {
                        "mbcr_name": member.name,
                        "hts_kor_isnm": self._screens.instruments[symbol].name,
                        "cntg_vol": str(net),
                        "acml_ntby_qty": str(now[BOUGHT, at] - now[SOLD, at]),
                        "glob_ntby_qty": str(foreign_net(now)),
                        "frgn_ntby_qty_icdc": str(foreign_net(now) - foreign_net(before)),
                    }
                    rows.append(filled(names, row))
            if len(rows) >= ROWS:
                break
        total = self._screens.members(symbol, asked.now_ns).sum(axis=1)
        sums = {"total_seln_qty": str(total[SOLD]), "total_shnu_qty": str(total[BOUGHT])}
        return answered(QUOTED, {"output1": [sums], "output2": rows[:ROWS]})

    def frgnmem_trade_estimate(self, asked: Asked) -> Reply:
        """Answer the stocks that foreign members bought, or sold, most."""
        market = {"1001": "0001", "2001": "1001"}.get(asked["FID_INPUT_ISCD"], "0000")
        selling = asked["FID_RANK_SORT_CLS_CODE_2"] == "1"
        by_shares = asked["FID_RANK_SORT_CLS_CODE"] == "1"
        found: list[tuple[float, Standing, Ints]] = []
        for standing in self._screens.standings():
            if of_market(standing, market):
                shares = self._screens.members(standing.symbol, asked.now_ns)
                net = foreign_net(shares) * (-1 if selling else 1)
                worth = net if by_shares else net * standing.quote.last_krw
                if net > 0:
                    found.append((worth, standing, shares))
        found.sort(key=lambda row: -row[0])
        names = asked.call.outputs["output"].names
        rows = [
            filled(
                names,
                words(standing),
                {
                    "glob_ntsl_qty": str(foreign_net(shares)),
                    "glob_total_seln_qty": str(shares[SOLD, FOREIGN].sum()),
                    "glob_total_shnu_qty": str(shares[BOUGHT, FOREIGN].sum()),
                },
            )
            for _, standing, shares in found[:ROWS]
        ]
        return answered(QUOTED, {"output": rows})

    def traded_by_company(self, asked: Asked) -> Reply:
        """Answer the stocks that KIS's own customers sold, or bought, most today."""
        side = BOUGHT if asked["FID_RANK_SORT_CLS_CODE"] == "1" else SOLD
        found = [
            (standing, self._screens.members(standing.symbol, asked.now_ns)[:, _OWN])
            for standing in self._screens.standings()
            if of_market(standing, asked["FID_INPUT_ISCD"])
        ]
        found.sort(key=lambda row: -int(row[1][side]))
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        for rank, (standing, shares) in enumerate(found[:ROWS], 1):
            if shares[side]:
                own = {
                    "data_rank": str(rank),
                    "seln_cnqn_smtn": str(shares[SOLD]),
                    "shnu_cnqn_smtn": str(shares[BOUGHT]),
                    "ntby_cnqn": str(shares[BOUGHT] - shares[SOLD]),
                }
                rows.append(filled(names, words(standing), own))
        return answered(QUOTED, {"output": rows})

    def _of_day(self, symbol: str, on: date, volume: int, now_ns: int) -> Ints:
        if on == self._screens.day.date:
            return self._screens.members(symbol, now_ns)
        volumes = np.zeros(SPANS, dtype=np.int64)
        volumes[0] = volume  # when in the day it was traded is not known any more
        return MemberSplit(symbol, self._screens.day.seed, on).shares(volumes)

    def _minutes(self, now_ns: int) -> range:
        """Return the last minutes published, newest first, none of before the open."""
        last_ns = min(now_ns, self._screens.exchange.venue.expiry_ns)
        last_ns -= last_ns % MINUTE_NS
        first_ns = max(self._screens.exchange.venue.open_ns, last_ns - (ROWS - 1) * MINUTE_NS)
        return range(last_ns, first_ns - 1, -MINUTE_NS)

    def _pair(self, symbol: str, minute_ns: int) -> tuple[Ints, Ints]:
        return (
            self._screens.members(symbol, minute_ns),
            self._screens.members(symbol, minute_ns - MINUTE_NS),
        )

    def _at(self, symbol: str, at_ns: int) -> Fields:
        """Return the price and the volume of an instant."""
        instrument, sums = self._screens.instruments[symbol], self._screens.tapes.sums(symbol)
        printed = sums.count_at(at_ns)
        price_krw = int(sums.tape.price_krw[printed - 1]) if printed else instrument.base_krw
        return price_words(price_krw, instrument.base_krw, instrument) | {
            "bsop_hour": hhmmss(at_ns),
            "acml_vol": str(sums.volume_at(at_ns)),
        }
