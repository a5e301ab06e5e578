"""Program trading of a stock and of a market, through the day and by day. Pure.

A stock's figures are shares and won, a market's thousand shares and million won. Source:
kis_api.md §7.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.investors import split
from broker_sim.exchange.path import generator
from broker_sim.exchange.programs import BUY, SELL, SHAPE, program_day
from broker_sim.kis.daily_rows import bars_between, day_words, value_krw, with_before
from broker_sim.kis.desk import Asked
from broker_sim.kis.index_words import change_words
from broker_sim.kis.numbers import date_of, hhmmss
from broker_sim.kis.program_words import program_words
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import filled, price_words
from broker_sim.kis.tapes import MINUTE_NS
from kis_core.market.events import DailyBar
from kis_core.market.instants import midnight_ns

Ints = NDArray[np.int64]
ROWS = 30
MARKETS = {"K": "0001", "Q": "1001"}
MARKET_OF_PROGRAM = {"1": "0001", "4": "1001"}
CLOCK_ENDS_NS = 17 * 3600 * 1_000_000_000  # the running table goes on until 17:00
INVESTORS = (("9000", "외국인", 0.62), ("7050", "기관계", 0.33), ("8000", "개인", 0.05))
ALL_INVESTORS = ("9999", "전체")


def stock_words(shares: Ints, krw: Ints) -> Fields:
    """Return a stock's program trades so far. `shares` and `krw` are of shape (2, 2, 2)."""
    volume, value = shares.sum(axis=(0, 1)), krw.sum(axis=(0, 1))
    return {
        "whol_smtn_seln_vol": str(volume[SELL]),
        "whol_smtn_shnu_vol": str(volume[BUY]),
        "whol_smtn_ntby_qty": str(volume[BUY] - volume[SELL]),
        "whol_smtn_seln_tr_pbmn": str(value[SELL]),
        "whol_smtn_shnu_tr_pbmn": str(value[BUY]),
        "whol_smtn_ntby_tr_pbmn": str(value[BUY] - value[SELL]),
    }


class ProgramQuotes:
    """Answers about program trading."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens
        self._days: dict[tuple[str, date], tuple[Ints, Ints, int, int]] = {}

    def program_trade_by_stock(self, asked: Asked) -> Reply:
        """Answer the last 30 program trades of today with the sums so far, newest first."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        instrument, path = self._screens.instruments[symbol], self._screens.programs(symbol)
        sums = self._screens.tapes.sums(symbol)
        passed = int(np.searchsorted(path.at_ns, asked.now_ns, side="right"))
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        for at in range(passed, max(0, passed - ROWS), -1):
            at_ns = int(path.at_ns[at - 1])
            printed = sums.count_at(at_ns)
            price_krw = int(sums.tape.price_krw[printed - 1])
            moved = _net(path.volume[at]) - _net(path.volume[at - 1])
            moved_krw = _net(path.value_krw[at]) - _net(path.value_krw[at - 1])
            own = {
                "bsop_hour": hhmmss(at_ns),
                "acml_vol": str(sums.cum_volume[printed - 1]),
                "whol_ntby_vol_icdc": str(moved),
                "whol_ntby_tr_pbmn_icdc": str(moved_krw),
            }
            rows.append(
                filled(
                    names,
                    price_words(price_krw, instrument.base_krw, instrument),
                    stock_words(path.volume[at], path.value_krw[at]),
                    own,
                )
            )
        return answered(QUOTED, {"output": rows})

    def program_trade_by_stock_daily(self, asked: Asked) -> Reply:
        """Answer the last 30 days up to a date (00YYYYMMDD or blank), newest first."""
        said = asked["FID_INPUT_DATE_1"]
        last = date_of(said[-8:]) if said.strip("0") else self._screens.day.date
        if last is None:
            return refused("OPSQ2001", "ERROR INVALID FID_INPUT_DATE_1", "2")
        symbol = asked["FID_INPUT_ISCD"].upper()
        first = last - timedelta(days=ROWS * 2 + 15)
        bars = bars_between(self._screens, self._screens.standing(symbol), first, last)
        names = asked.call.outputs["output"].names
        days = [
            (bar, before, self._of_day(bar, asked.now_ns))
            for bar, before in with_before(bars, ROWS + 1)
        ]
        rows: list[Fields] = []
        for place, (bar, before_krw, (shares, krw)) in enumerate(days[:ROWS]):
            earlier = days[place + 1][2] if place + 1 < len(days) else (shares, krw)
            own = {
                "whol_ntby_vol_icdc": str(_net(shares) - _net(earlier[0])),
                "whol_ntby_tr_pbmn_icdc2": str(_net(krw) - _net(earlier[1])),
            }
            rows.append(filled(names, day_words(bar, before_krw), stock_words(shares, krw), own))
        return answered(QUOTED, {"output": rows})

    def comp_program_trade_today(self, asked: Asked) -> Reply:
        """Answer a market's sums at each of the last 30 minutes, newest first."""
        code = MARKETS.get(asked["FID_MRKT_CLS_CODE"].upper())
        if code is None:
            return answered(QUOTED, {"output": []})
        minutes = self._minutes(asked.now_ns)
        volume, value = self._screens.programs_of(code, np.array(minutes, dtype=np.int64))
        traded, worth = self._screens.turnover.of(code, minutes)
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        for at in range(len(minutes) - 1, -1, -1):
            market = (int(traded[at]), int(worth[at]))
            known = program_words(volume[at], value[at], market)
            level = self._screens.day.index_level(code, minutes[at])
            index = change_words(level.level_pt, level.previous_close_pt) if level else {}
            rows.append(filled(names, known, index, {"bsop_hour": hhmmss(minutes[at])}))
        return answered(QUOTED, {"output": rows})

    def comp_program_trade_daily(self, asked: Asked) -> Reply:
        """Answer a market's days, newest first; no dates means the last 30 days."""
        code = MARKETS.get(asked["FID_MRKT_CLS_CODE"].upper())
        if code is None:
            return answered(QUOTED, {"output": []})
        today = self._screens.day.date
        last = date_of(asked["FID_INPUT_DATE_2"]) or today
        first = date_of(asked["FID_INPUT_DATE_1"]) or last - timedelta(days=ROWS * 2)
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        days = self._dates(code, first, min(last, today), asked.now_ns)
        self._read_days(code, days, asked.now_ns)
        for on in days:
            shares, krw, traded, worth = self._of_market(code, on, asked.now_ns)
            known = program_words(shares, krw, (traded, worth))
            rows.append(filled(names, known, {"stck_bsop_date": f"{on:%Y%m%d}"}))
        return answered(QUOTED, {"output": rows})

    def investor_program_trade_today(self, asked: Asked) -> Reply:
        """Answer who stood behind a market's program trades: shares and million won."""
        code = MARKET_OF_PROGRAM.get(asked["MRKT_DIV_CLS_CODE"])
        if code is None:
            return answered(QUOTED, {"output1": []})
        volume, value = self._screens.programs_of(code, np.array([asked.now_ns]))
        names = asked.call.outputs["output1"].names
        day = self._screens.day
        rng = generator(day.seed, day.date, f"program investors {code}")
        weights = np.array([usual for *_, usual in INVESTORS]) * rng.uniform(0.7, 1.3, (2, 3))
        shares, krw = volume[0].sum(axis=1), value[0].sum(axis=1)  # (basis, side)
        parted, parted_krw = _parted(shares, weights), _parted(krw, weights)
        rows = [
            filled(names, _investor_words(number, name, parted[at], parted_krw[at]))
            for at, (number, name, _) in enumerate(INVESTORS)
        ]
        rows.append(filled(names, _investor_words(*ALL_INVESTORS, shares, krw)))
        return answered(QUOTED, {"output1": rows})

    def _minutes(self, now_ns: int) -> list[int]:
        """Return the last 30 whole minutes since the open, ascending."""
        midnight = midnight_ns(self._screens.day.date)
        last_ns = min(now_ns - now_ns % MINUTE_NS, midnight + CLOCK_ENDS_NS)
        first_ns = max(self._screens.exchange.venue.open_ns, last_ns - (ROWS - 1) * MINUTE_NS)
        return list(range(first_ns, last_ns + 1, MINUTE_NS))

    def _of_day(self, bar: DailyBar, now_ns: int) -> tuple[Ints, Ints]:
        if bar.date == self._screens.day.date.isoformat():
            shares, krw = self._screens.programs(bar.symbol).at(np.array([now_ns]))
            return shares[0], krw[0]
        market = self._screens.instruments[bar.symbol].market
        return program_day(bar, market, self._screens.day.seed)

    def _dates(self, code: str, first: date, last: date, now_ns: int) -> list[date]:
        """Return up to 30 days on which the market traded, newest first."""
        dates: set[str] = set()
        for instrument in self._screens.turnover.issues(code)[:3]:
            bars = self._screens.day.daily_bars(instrument.symbol, first, last)
            dates.update(bar.date for bar in bars)
        today = self._screens.day.date
        if last == today and self._screens.turnover.at(code, now_ns)[0]:
            dates.add(today.isoformat())
        return [date.fromisoformat(text) for text in sorted(dates, reverse=True)[:ROWS]]

    def _of_market(self, code: str, on: date, now_ns: int) -> tuple[Ints, Ints, int, int]:
        if on == self._screens.day.date:
            shares, krw = self._screens.programs_of(code, np.array([now_ns]))
            return shares[0], krw[0], *self._screens.turnover.at(code, now_ns)
        return self._days[code, on]

    def _read_days(self, code: str, days: list[date], now_ns: int) -> None:
        """Sum up the past days of a market that were not asked for before."""
        wanted = [on for on in days if (code, on) not in self._days]
        wanted = [on for on in wanted if on != self._screens.day.date]
        if not wanted:
            return
        sums = {on: [np.zeros(SHAPE, dtype=np.int64) for _ in range(2)] for on in wanted}
        traded = {on: [0, 0] for on in wanted}
        for instrument in self._screens.turnover.issues(code):
            for bar in self._screens.day.daily_bars(instrument.symbol, min(wanted), max(wanted)):
                on = date.fromisoformat(bar.date)
                if on in sums:
                    shares, krw = self._of_day(bar, now_ns)
                    sums[on][0] += shares
                    sums[on][1] += krw
                    traded[on][0] += bar.volume
                    traded[on][1] += value_krw(bar)
        for on in wanted:
            self._days[code, on] = (sums[on][0], sums[on][1], traded[on][0], traded[on][1])


def _net(figures: Ints) -> int:
    by_side = figures.sum(axis=(0, 1))
    return int(by_side[BUY] - by_side[SELL])


def _parted(figures: Ints, weights: NDArray[np.float64]) -> Ints:
    """Return figures of shape (basis, side) parted among investors: (investor, basis, side)."""
    parts = [[split(int(figures[b, s]), weights[s]) for s in (SELL, BUY)] for b in (0, 1)]
    return np.moveaxis(np.array(parts), -1, 0)


def _investor_words(number: str, name: str, shares: Ints, krw: Ints) -> Fields:
    fields: Fields = {"invr_cls_code": number, "invr_cls_name": name}
    for word, bases in (("all", (0, 1)), ("arbt", (0,)), ("nabt", (1,))):
        volume = shares[list(bases)].sum(axis=0)
        amount = krw[list(bases)].sum(axis=0) // 1_000_000
        for measure, by_side in (("qty", volume), ("amt", amount)):
            fields[f"{word}_seln_{measure}"] = str(by_side[SELL])
            fields[f"{word}_shnu_{measure}"] = str(by_side[BUY])
            fields[f"{word}_ntby_{measure}"] = str(by_side[BUY] - by_side[SELL])
    return fields
