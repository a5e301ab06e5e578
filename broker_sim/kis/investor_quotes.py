"""Investors behind a stock's and a market's trades. Pure.

Of today's stocks nothing is told before 15:40, but for the estimates that appear five times a day
and the market's running sums. Source: kis_api.md §7.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import FlowDay
from broker_sim.exchange.investors import (
    BOUGHT,
    FOREIGN,
    INSTITUTION,
    SOLD,
    investor_day,
)
from broker_sim.kis.daily_rows import bars_between, day_words, value_krw, with_before
from broker_sim.kis.desk import Asked
from broker_sim.kis.index_words import day_words as index_day_words
from broker_sim.kis.investor_words import investor_words
from broker_sim.kis.numbers import date_of
from broker_sim.kis.rank_filters import of_market
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, words
from kis_core.market.events import DailyBar
from kis_core.market.instants import MINUTE_NS, midnight_ns

Ints = NDArray[np.int64]
ROWS = 30
TOLD_AFTER_NS = 10 * MINUTE_NS  # from the close
ESTIMATES = ("09:30", "10:00", "11:20", "13:20", "14:30")
NETS = {"1": (FOREIGN,), "2": (INSTITUTION,), "3": ()}  # FID_ETC_CLS_CODE; else all of them
MARKETS = {"KSP": "0001", "KSQ": "1001"}


class InvestorQuotes:
    """Answers about persons, foreigners and institutions."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens
        self._past: dict[tuple[str, date], Fields] = {}  # of stocks
        self._days: dict[str, dict[date, tuple[Ints, float]]] = {}  # of markets

    def inquire_investor(self, asked: Asked) -> Reply:
        """Answer the last 30 days, newest first; today's row is blank until it is known."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        first = self._screens.day.date - timedelta(days=ROWS * 2 + 15)
        names = asked.call.outputs["output"].names
        standing = self._screens.standing(symbol)
        bars = bars_between(self._screens, standing, first, self._screens.day.date)
        flows = self._flows(symbol, first)
        rows: list[Fields] = []
        for bar, before_krw in with_before(bars, ROWS):
            known = self._bar_words(bar, flows, asked.now_ns)
            rows.append(filled(names, day_words(bar, before_krw), known))
        return answered(QUOTED, {"output": rows})

    def investor_trade_by_stock_daily(self, asked: Asked) -> Reply:
        """Answer days up to a date with every group; of today only once it is known.

        All amounts are in million won, the day's value among them.
        """
        last = date_of(asked["FID_INPUT_DATE_1"])
        if last is None:
            return refused("OPSQ2001", "ERROR INVALID FID_INPUT_DATE_1", "2")
        if last >= self._screens.day.date and not self._told(asked.now_ns):
            return refused("OPSQ2001", "TIME LIMIT 00:00 ~ 15:40", "2")
        symbol = asked["FID_INPUT_ISCD"].upper()
        standing = self._screens.standing(symbol)
        first = last - timedelta(days=ROWS * 2 + 15)
        names = asked.call.outputs["output2"].names
        bars = bars_between(self._screens, standing, first, last)
        flows = self._flows(symbol, first)
        rows = [
            filled(
                names,
                day_words(bar, before_krw),
                self._bar_words(bar, flows, asked.now_ns),
                {"bold_yn": "N", "acml_tr_pbmn": str(value_krw(bar) // 1_000_000)},
            )
            for bar, before_krw in with_before(bars, ROWS)
        ]
        output1 = filled(asked.call.outputs["output1"].names, words(standing))
        return answered(QUOTED, {"output1": output1, "output2": rows})

    def investor_trend_estimate(self, asked: Asked) -> Reply:
        """Answer the estimates made so far today, the latest first."""
        symbol = asked["MKSC_SHRN_ISCD"].upper()
        if symbol not in self._screens.instruments:
            return answered(QUOTED, {"output2": []})
        passed = self._estimates(asked.now_ns)
        nets = _nets(self._screens.investors(symbol).at(np.array(passed, dtype=np.int64)))
        rows = [
            {
                "bsop_hour_gb": str(number + 1),
                "frgn_fake_ntby_qty": str(nets[number, FOREIGN]),
                "orgn_fake_ntby_qty": str(nets[number, INSTITUTION]),
                "sum_fake_ntby_qty": str(nets[number, FOREIGN] + nets[number, INSTITUTION]),
            }
            for number in reversed(range(len(passed)))
        ]
        return answered(QUOTED, {"output2": rows})

    def foreign_institution_total(self, asked: Asked) -> Reply:
        """Rank the stocks foreigners and institutions bought, or sold, as last estimated."""
        passed = self._estimates(asked.now_ns)
        if not passed:
            return answered(QUOTED, {"output": []})
        groups = NETS.get(asked["FID_ETC_CLS_CODE"], (FOREIGN, INSTITUTION))
        by_value = asked["FID_DIV_CLS_CODE"] == "1"
        direction = -1 if asked["FID_RANK_SORT_CLS_CODE"] == "1" else 1
        found: list[tuple[int, int, Standing, Ints]] = []
        for standing in self._screens.standings():
            if of_market(standing, asked["FID_INPUT_ISCD"]):
                shares = self._screens.investors(standing.symbol).at(np.array(passed[-1:]))[0]
                net = sum(int(shares[BOUGHT, group] - shares[SOLD, group]) for group in groups)
                worth = net * (standing.quote.last_krw if by_value else 1)
                if net * direction > 0:
                    found.append((worth * direction, net, standing, shares))
        found.sort(key=lambda row: -row[0])
        names = asked.call.outputs["output"].names
        day = self._screens.day
        rows = [
            filled(
                names,
                words(standing),
                investor_words(shares, standing.quote.last_krw, day.seed, day.date),
                {"ntby_qty": str(net)},
            )
            for _, net, standing, shares in found[:ROWS]
        ]
        return answered(QUOTED, {"output": rows})

    def inquire_investor_time_by_market(self, asked: Asked) -> Reply:
        """Answer a market's sums so far: thousand shares, million won. One row.

        Markets that this day does not hold (ETFs, derivatives) are answered with zeros.
        """
        names = asked.call.outputs["output"].names
        market = MARKETS.get(asked["FID_INPUT_ISCD"].upper())
        if market is None or asked["FID_INPUT_ISCD_2"] not in ("", market):
            return answered(QUOTED, {"output": [dict.fromkeys(names, "0")]})
        shares, average_krw = self._market_now(market, asked.now_ns)
        day = self._screens.day
        row = filled(names, investor_words(shares, average_krw, day.seed, day.date, 1_000))
        return answered(QUOTED, {"output": [row]})

    def inquire_investor_daily_by_market(self, asked: Asked) -> Reply:
        """Answer a market's days up to a date, newest first: thousand shares, million won."""
        last = date_of(asked["FID_INPUT_DATE_1"])
        market = MARKETS.get(asked["FID_INPUT_ISCD_1"].upper(), asked["FID_INPUT_ISCD"])
        if last is None:
            return refused("OPSQ2001", "ERROR INVALID FID_INPUT_DATE_1", "2")
        day = self._screens.day
        names = asked.call.outputs["output"].names
        first = last - timedelta(days=ROWS * 2 + 15)
        days = day.index_days(market, first, min(last, day.date - timedelta(days=1)))
        rows: list[Fields] = []
        level = day.index_level(market, asked.now_ns)
        if last >= day.date and level is not None and self._told(asked.now_ns):
            shares, average_krw = self._market_now(market, asked.now_ns)
            known = investor_words(shares, average_krw, day.seed, day.date, 1_000)
            today = (level.open_pt, level.high_pt, level.low_pt, level.level_pt)
            said = index_day_words(day.date.isoformat(), *today, level.previous_close_pt)
            rows.append(filled(names, said, known))
        places = range(len(days) - 1, max(-1, len(days) - 1 - ROWS), -1)
        sums = self._market_days(market, [date.fromisoformat(days[at].date) for at in places])
        for place in places:
            row, before = days[place], days[max(0, place - 1)]
            shares, average_krw = sums[date.fromisoformat(row.date)]
            points = (row.open_pt, row.high_pt, row.low_pt, row.close_pt)
            on = date.fromisoformat(row.date)
            known = investor_words(shares, average_krw, day.seed, on, 1_000)
            said = index_day_words(row.date, *points, before.close_pt)
            rows.append(filled(names, said, known))
        return answered(QUOTED, {"output": rows[:ROWS]})

    def _told(self, now_ns: int) -> bool:
        """Whether who traded today is known by now."""
        return now_ns >= self._screens.exchange.venue.close_ns + TOLD_AFTER_NS

    def _flows(self, symbol: str, first: date) -> Mapping[str, FlowDay]:
        flows = self._screens.day.flows(symbol, first, self._screens.day.date)
        return {flow.date: flow for flow in flows}

    def _bar_words(self, bar: DailyBar, flows: Mapping[str, FlowDay], now_ns: int) -> Fields:
        """Return who traded a day; nothing of today before it is known."""
        day = self._screens.day
        on = date.fromisoformat(bar.date)
        if on == day.date:
            if not self._told(now_ns):
                return {}
            shares = self._screens.investors(bar.symbol).at(np.array([now_ns]))[0]
            return investor_words(shares, _average_krw(bar), day.seed, on)
        known = self._past.get((bar.symbol, on))
        if known is None:
            shares = investor_day(bar.symbol, bar.volume, flows.get(bar.date), day.seed, on)
            known = investor_words(shares, _average_krw(bar), day.seed, on)
            self._past[bar.symbol, on] = known
        return known

    def _estimates(self, now_ns: int) -> list[int]:
        """Return the instants of the estimates made so far."""
        midnight = midnight_ns(self._screens.day.date)
        times = [midnight + (int(t[:2]) * 60 + int(t[3:])) * MINUTE_NS for t in ESTIMATES]
        return [at_ns for at_ns in times if at_ns <= now_ns]

    def _market_now(self, code: str, now_ns: int) -> tuple[Ints, float]:
        """Return shares of all stocks by side and group, and their average price, KRW."""
        now = np.array([now_ns])
        shares = np.zeros((2, 3), dtype=np.int64)
        for instrument in self._screens.turnover.issues(code):
            shares += self._screens.investors(instrument.symbol).at(now)[0]
        volume, value = self._screens.turnover.at(code, now_ns)
        return shares, value / volume if volume else 0.0

    def _market_days(self, code: str, days: Sequence[date]) -> dict[date, tuple[Ints, float]]:
        """Return shares of all stocks by side and group, and their average price, of past days."""
        known = self._days.setdefault(code, {})
        wanted = [on for on in days if on not in known]
        if not wanted:
            return known
        first, last = min(wanted), max(wanted)
        shares = {on: np.zeros((2, 3), dtype=np.int64) for on in wanted}
        traded = {on: [0, 0] for on in wanted}
        for instrument in self._screens.turnover.issues(code):
            flows = self._flows(instrument.symbol, first)
            for bar in self._screens.day.daily_bars(instrument.symbol, first, last):
                on, flow = date.fromisoformat(bar.date), flows.get(bar.date)
                if on in shares:
                    seed = self._screens.day.seed
                    shares[on] += investor_day(bar.symbol, bar.volume, flow, seed, on)
                    traded[on][0] += bar.volume
                    traded[on][1] += value_krw(bar)
        for on in wanted:
            volume, value = traded[on]
            known[on] = shares[on], value / volume if volume else 0.0
        return known


def _average_krw(bar: DailyBar) -> float:
    return value_krw(bar) / bar.volume if bar.volume else 0.0


def _nets(shares: Ints) -> Ints:
    nets: Ints = shares[:, BOUGHT] - shares[:, SOLD]
    return nets
