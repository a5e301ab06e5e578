"""Prints of a stock as lists: the newest, an hour's, by price, by size. Pure.

Source: kis_api.md §6.4, §6.7. `inquire-ccnl` gives the 30 newest, `inquire-time-itemconclusion`
30 from an hour backwards, both newest first.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import hhmmss, percent, seconds_of
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import filled, price_words, words
from broker_sim.kis.tapes import Sums
from kis_core.market.instants import SECOND_NS, midnight_ns
from kis_core.market.ticks import ticks_above, ticks_below

ROWS = 30
LEVELS = 30  # of pbar-tratio
SIZES_KRW = (10_000_000, 30_000_000, 50_000_000, 100_000_000)
SIZE_NAMES = ("1천만원 미만", "3천만원 미만", "5천만원 미만", "1억원 미만", "1억원 이상")


class Prints:
    """Answers about what was traded, print by print."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_ccnl(self, asked: Asked) -> Reply:
        """Answer the newest prints."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        sums = self._screens.tapes.sums(symbol)
        newest = _newest(sums.count_at(asked.now_ns))
        names = asked.call.outputs["output"].names
        rows = [filled(names, self._print(symbol, sums, index)) for index in newest]
        return answered(QUOTED, {"output": rows})

    def inquire_time_itemconclusion(self, asked: Asked) -> Reply:
        """Answer the prints from an hour backwards; no hour, or a future one, means now."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        sums = self._screens.tapes.sums(symbol)
        until_ns = self._until_ns(asked)
        names = asked.call.outputs["output2"].names
        rows = [
            filled(names, self._print(symbol, sums, index), self._quotes(symbol, sums, index))
            for index in _newest(sums.count_at(until_ns))
        ]
        # The sheet spells the price stck_pbpr, the server stck_prpr: there are clients of both.
        rows = [row | {"stck_prpr": row["stck_pbpr"]} for row in rows]
        now = words(self._screens.standing(symbol))
        output1 = filled(asked.call.outputs["output1"].names, now)
        return answered(QUOTED, {"output1": output1, "output2": rows})

    def pbar_tratio(self, asked: Asked) -> Reply:
        """Answer how much was traded at each price, the busiest first."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        tape = self._screens.tapes.sums(symbol).tape
        printed = int(np.searchsorted(tape.at_ns, self._until_ns(asked), side="right"))
        prices, place = np.unique(tape.price_krw[:printed], return_inverse=True)
        shares = np.bincount(place, weights=tape.volume[:printed], minlength=len(prices))
        total = float(shares.sum())
        names = asked.call.outputs["output2"].names
        rows: list[Fields] = []
        for rank, level in enumerate(np.argsort(-shares, kind="stable")[:LEVELS].tolist(), 1):
            row = {
                "data_rank": str(rank),
                "stck_prpr": str(prices[level]),
                "cntg_vol": str(int(shares[level])),
                "acml_vol_rlim": percent(float(shares[level]), total),
            }
            rows.append(filled(names, row))
        now = words(self._screens.standing(symbol))
        output1 = filled(asked.call.outputs["output1"].names, now)
        return answered(QUOTED, {"output1": output1, "output2": rows})

    def tradprt_byamt(self, asked: Asked) -> Reply:
        """Answer buying and selling by the worth of a print, smallest first."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        tape = self._screens.tapes.sums(symbol).tape
        printed = int(np.searchsorted(tape.at_ns, asked.now_ns, side="right"))
        volume = tape.volume[:printed].astype(np.int64)
        value = volume * tape.price_krw[:printed]
        size = np.searchsorted(np.array(SIZES_KRW), value, side="right")
        bought, sold = tape.aggressor[:printed] == 1, tape.aggressor[:printed] == -1
        names = asked.call.outputs["output"].names
        rows = [
            filled(names, _by_size(name, volume, value, size == place, bought, sold))
            for place, name in enumerate(SIZE_NAMES)
        ]
        return answered(QUOTED, {"output": rows})

    def _until_ns(self, asked: Asked) -> int:
        second = seconds_of(asked["FID_INPUT_HOUR_1"])
        if not second:
            return asked.now_ns
        hour_ns = midnight_ns(self._screens.day.date) + (second + 1) * SECOND_NS - 1
        return min(hour_ns, asked.now_ns)

    def _print(self, symbol: str, sums: Sums, index: int) -> Fields:
        instrument = self._screens.instruments[symbol]
        tape = sums.tape
        sold = int(sums.cum_sell_volume[index])
        strength = int(sums.cum_buy_volume[index]) / sold * 100 if sold else 0.0
        price_krw = int(tape.price_krw[index])
        return price_words(price_krw, instrument.base_krw, instrument) | {
            "stck_cntg_hour": hhmmss(int(tape.at_ns[index])),
            "stck_pbpr": str(price_krw),
            "cntg_vol": str(tape.volume[index]),
            "cnqn": str(tape.volume[index]),
            "acml_vol": str(sums.cum_volume[index]),
            "tday_rltv": f"{strength:.2f}",
        }

    def _quotes(self, symbol: str, sums: Sums, index: int) -> Fields:
        """Return the best quotes after a print: a tick apart, the aggressor's at the price."""
        instrument = self._screens.instruments[symbol]
        price_krw = int(sums.tape.price_krw[index])
        if sums.tape.aggressor[index] == 1:
            ask_krw, bid_krw = price_krw, ticks_below(price_krw, 1)
        else:
            ask_krw, bid_krw = ticks_above(price_krw, 1), price_krw
        return {
            "askp": str(ask_krw if ask_krw <= instrument.upper_krw else 0),
            "bidp": str(bid_krw if bid_krw >= instrument.lower_krw else 0),
        }


def _newest(printed: int) -> Iterable[int]:
    return range(printed - 1, max(-1, printed - 1 - ROWS), -1)


def _by_size(
    name: str,
    volume: NDArray[np.int64],
    value: NDArray[np.int64],
    inside: NDArray[np.bool_],
    bought: NDArray[np.bool_],
    sold: NDArray[np.bool_],
) -> Fields:
    shares = int(volume[inside].sum())
    buys, sells = int(volume[inside & bought].sum()), int(volume[inside & sold].sum())
    buy_count, sell_count = int((inside & bought).sum()), int((inside & sold).sum())
    all_buys, all_sells = int(volume[bought].sum()), int(volume[sold].sum())
    return {
        "prpr_name": name,
        "smtn_avrg_prpr": str(int(value[inside].sum()) // shares if shares else 0),
        "acml_vol": str(shares),
        "whol_ntby_qty_rate": percent(buys - sells, shares),
        "ntby_cntg_csnu": str(buy_count - sell_count),
        "seln_cnqn_smtn": str(sells),
        "whol_seln_vol_rate": percent(sells, all_sells),
        "seln_cntg_csnu": str(sell_count),
        "shnu_cnqn_smtn": str(buys),
        "whol_shun_vol_rate": percent(buys, all_buys),
        "shnu_cntg_csnu": str(buy_count),
    }
