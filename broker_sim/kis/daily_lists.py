"""Days of a stock as lists: prices, aggressors' volume, short sales. Pure.

`FID_ORG_ADJ_PRC` is 0 for raw and 1 for adjusted prices here, the other way round than in the
daily chart; this day's past is adjusted, whichever is asked. Nothing is known of short sales.
Source: kis_api.md §6.5, §6.7.
"""

from datetime import date, timedelta
from itertools import pairwise

from broker_sim.exchange.investors import BOUGHT, SOLD, sides_day
from broker_sim.kis.daily_rows import (
    bars_between,
    day_words,
    gathered,
    volume_ratio,
    with_before,
)
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import date_of
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered, refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, words

ROWS = 30
DAYS_IN = {"D": 1, "W": 7, "M": 31}


class DailyLists:
    """Answers about one stock's days."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_daily_price(self, asked: Asked) -> Reply:
        """Answer the last 30 days, weeks or months, newest first."""
        period = asked["FID_PERIOD_DIV_CODE"].upper()
        if period not in DAYS_IN:
            return refused("OPSQ2001", "ERROR INVALID FID_PERIOD_DIV_CODE", "2")
        standing = self._screens.standing(asked["FID_INPUT_ISCD"].upper())
        today = self._screens.day.date
        first = today - timedelta(days=int((ROWS + 1) * DAYS_IN[period] * 1.6) + 15)
        bars = bars_between(self._screens, standing, first, today)
        if period != "D":
            bars = gathered(bars, period)
        foreign = self._foreign(standing, first)
        names = asked.call.outputs["output"].names
        before_volume = {bar.date: before.volume for before, bar in pairwise(bars)}
        rows: list[Fields] = []
        for bar, before_krw in with_before(bars, ROWS):
            own = {
                "prdy_vrss_vol_rate": volume_ratio(bar.volume, before_volume.get(bar.date, 0)),
                "hts_frgn_ehrt": "0.00",
                "frgn_ntby_qty": str(foreign.get(bar.date, 0)),
                "flng_cls_code": "00",
                "acml_prtt_rate": "0.00",
            }
            rows.append(filled(names, day_words(bar, before_krw), own))
        return answered(QUOTED, {"output": rows})

    def inquire_daily_trade_volume(self, asked: Asked) -> Reply:
        """Answer what aggressors sold and bought each day, newest first."""
        first, last = date_of(asked["FID_INPUT_DATE_1"]), date_of(asked["FID_INPUT_DATE_2"])
        if first is None or last is None:
            return refused("OPSQ2001", "ERROR INVALID INPUT FIELD", "2")
        standing = self._screens.standing(asked["FID_INPUT_ISCD"].upper())
        rows: list[Fields] = []
        sold = bought = 0
        for bar in reversed(bars_between(self._screens, standing, first, last)):
            sides = sides_day(
                bar.symbol, bar.volume, self._screens.day.seed, date.fromisoformat(bar.date)
            ).tolist()
            if bar.date == self._screens.day.date.isoformat():
                sides = [standing.sell_volume, standing.buy_volume]
            sold, bought = sold + sides[SOLD], bought + sides[BOUGHT]
            row = {
                "stck_bsop_date": bar.date.replace("-", ""),
                "total_seln_qty": str(sides[SOLD]),
                "total_shnu_qty": str(sides[BOUGHT]),
            }
            rows.append(filled(asked.call.outputs["output2"].names, row))
        output1 = {"shnu_cnqn_smtn": str(bought), "seln_cnqn_smtn": str(sold)}
        return answered(QUOTED, {"output1": output1, "output2": rows[:100]})

    def daily_short_sale(self, asked: Asked) -> Reply:
        """Answer the price; nothing is known of short sales."""
        standing = self._screens.standing(asked["FID_INPUT_ISCD"].upper())
        output1 = filled(asked.call.outputs["output1"].names, words(standing))
        return answered(QUOTED, {"output1": output1, "output2": []})

    def _foreign(self, standing: Standing, first: date) -> dict[str, int]:
        flows = self._screens.day.flows(standing.symbol, first, self._screens.day.date)
        return {flow.date: flow.foreign_shares for flow in flows}
