"""Rankings of stocks by what they do now: 30 at most, on one page. Pure.

Source: kis_api.md §8. What a ranking needs and a played day does not have (earnings, dividends,
short sales, credit, watch lists) makes it empty: those are answered as calls without rows.
"""

from collections.abc import Callable, Sequence

from broker_sim.kis.averages import Averages
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import change_percent, hhmmss, percent
from broker_sim.kis.rank_filters import is_preferred, wanted, whole
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, words

ROWS = 30
TOP_VIEWED = 20
BULK_KRW = 100_000_000  # what makes a trade a large one, unless asked otherwise
Key = Callable[[Standing], float]


class Rankings:
    """Answers that rank stocks."""

    def __init__(self, screens: Screens, averages: Averages) -> None:
        self._screens = screens
        self._averages = averages

    def volume_rank(self, asked: Asked) -> Reply:
        """Rank by volume, its increase, its turnover, or the same of value."""
        average = self._averages
        keys: dict[str, Key] = {
            "1": lambda s: s.quote.cum_volume / max(1, s.yesterday_volume),
            "2": lambda s: s.turnover_ratio,
            "3": lambda s: s.quote.cum_value_krw,
            "4": lambda s: s.quote.cum_value_krw / s.worth_krw if s.worth_krw else 0.0,
        }
        key = keys.get(asked["FID_BLNG_CLS_CODE"], lambda s: s.quote.cum_volume)
        traded = wanted(asked)
        ranked = self._screens.ranked(lambda s: traded(s) and s.quote.cum_volume > 0, key)

        def own(standing: Standing) -> Fields:
            quote = standing.quote
            usual = average.volume(standing.symbol, standing)
            worth = percent(quote.cum_value_krw, standing.worth_krw)
            turnover = f"{standing.turnover_ratio * 100:.2f}"
            return {
                "avrg_vol": str(usual),
                "n_befr_clpr_vrss_prpr_rate": change_percent(quote.last_krw, quote.base_krw),
                "vol_inrt": percent(quote.cum_volume, standing.yesterday_volume),
                "nday_vol_tnrt": turnover,
                "avrg_tr_pbmn": str(usual * quote.last_krw),
                "tr_pbmn_tnrt": worth,
                "nday_tr_pbmn_tnrt": worth,
            }

        return self._rows(asked, ranked, own)

    def fluctuation(self, asked: Asked) -> Reply:
        """Rank by change from the base, from the open, or by the day's range."""
        sort = asked["FID_RANK_SORT_CLS_CODE"]
        by_extreme = asked["FID_PRC_CLS_CODE"] == "0"
        days = whole(asked["FID_INPUT_CNT_1"])
        key = _fluctuation_key(sort, by_extreme)
        low, high = _rate(asked["FID_RSFL_RATE1"]), _rate(asked["FID_RSFL_RATE2"])
        fits = wanted(asked)

        def inside(standing: Standing) -> bool:
            rate = standing.change_ratio * 100
            if (low is not None and rate < low) or (high is not None and rate > high):
                return False
            return fits(standing) and standing.quote.open_krw is not None

        ranked = self._screens.ranked(inside, key)
        return self._rows(asked, ranked, lambda s: self._fluctuation_words(s, days))

    def market_cap(self, asked: Asked) -> Reply:
        """Rank by what all shares are worth."""
        ranked = self._screens.ranked(wanted(asked), lambda s: s.worth_krw)
        whole_krw = sum(s.worth_krw for s in self._screens.standings())
        return self._rows(
            asked,
            [s for s in ranked if s.worth_krw],
            lambda s: {"mrkt_whol_avls_rlim": percent(s.worth_krw, whole_krw)},
        )

    def volume_power(self, asked: Asked) -> Reply:
        """Rank by trade strength."""
        fits = wanted(asked)
        ranked = self._screens.ranked(lambda s: fits(s) and s.sell_volume > 0, lambda s: s.strength)
        return self._rows(asked, ranked)

    def quote_balance(self, asked: Asked) -> Reply:
        """Rank by what waits in the book: net bid, net ask, or the ratios."""
        keys: dict[str, Key] = {
            "1": lambda s: s.asked - s.bid,
            "2": lambda s: s.bid / max(1, s.asked),
            "3": lambda s: s.asked / max(1, s.bid),
        }
        key = keys.get(asked["FID_RANK_SORT_CLS_CODE"], lambda s: s.bid - s.asked)
        fits = wanted(asked)
        ranked = self._screens.ranked(lambda s: fits(s) and s.asked + s.bid > 0, key)
        return self._rows(
            asked,
            ranked,
            lambda s: {
                "total_ntsl_bidp_rsqn": str(s.bid - s.asked),
                "shnu_rsqn_rate": percent(s.bid, s.asked),
                "seln_rsqn_rate": percent(s.asked, s.bid),
            },
        )

    def disparity(self, asked: Asked) -> Reply:
        """Rank by price over its moving average of 5, 10, 20, 60 or 120 days."""
        days = whole(asked["FID_HOUR_CLS_CODE"]) or 20
        lowest_first = asked["FID_RANK_SORT_CLS_CODE"] == "1"
        disparity = self._averages.disparity

        def key(standing: Standing) -> float:
            ratio = disparity(standing.symbol, days, standing.quote.last_krw) or 0.0
            return -ratio if lowest_first else ratio

        fits = wanted(asked, asked["FID_DIV_CLS_CODE"] in ("6", "7"))
        ranked = self._screens.ranked(
            lambda s: fits(s) and disparity(s.symbol, days, s.quote.last_krw) is not None, key
        )
        return self._rows(asked, ranked, lambda s: self._averages.disparities(s.symbol, s.quote))

    def near_new_highlow(self, asked: Asked) -> Reply:
        """Rank the stocks whose price is nearest to the highest, or lowest, of 250 days."""
        low_side = asked["FID_PRC_CLS_CODE"] == "1"
        gap_min, gap_max = _rate(asked["FID_INPUT_CNT_1"]), _rate(asked["FID_INPUT_CNT_2"])
        extremes = {s.symbol: self._extremes(s) for s in self._screens.standings()}

        def gap(standing: Standing) -> float:
            high_krw, low_krw = extremes[standing.symbol]
            last_krw = standing.quote.last_krw
            if low_side:
                return (last_krw - low_krw) / low_krw * 100
            return (high_krw - last_krw) / high_krw * 100

        fits = wanted(asked, classes=False)
        ranked = self._screens.ranked(
            lambda s: fits(s) and (gap_min or 0) <= gap(s) <= (gap_max or 100), lambda s: -gap(s)
        )
        return self._rows(asked, ranked, lambda s: _extreme_words(s, *extremes[s.symbol]))

    def bulk_trans_num(self, asked: Asked) -> Reply:
        """Rank by how many large trades buyers, or sellers, made."""
        selling = asked["FID_RANK_SORT_CLS_CODE"] == "1"
        least_krw = whole(asked["FID_INPUT_PRICE_1"]) or BULK_KRW
        counts = {s.symbol: self._bulk(s, least_krw) for s in self._screens.standings()}
        fits = wanted(_without_price(asked))
        side = 1 if selling else 0
        ranked = self._screens.ranked(
            lambda s: fits(s) and counts[s.symbol][side] > 0, lambda s: counts[s.symbol][side]
        )

        def own(standing: Standing) -> Fields:
            buys, sells, net = counts[standing.symbol]
            return {
                "shnu_cntg_csnu": str(buys),
                "seln_cntg_csnu": str(sells),
                "ntby_cnqn": str(net),
            }

        return self._rows(asked, ranked, own)

    def capture_uplowprice(self, asked: Asked) -> Reply:
        """List the stocks at a price limit, or within some percent of it."""
        lower = asked["FID_PRC_CLS_CODE"] == "1"
        nearness = {"6": 8, "5": 10, "1": 15, "2": 20, "3": 25}.get(asked["FID_DIV_CLS_CODE"])

        def gap(standing: Standing) -> float:
            quote = standing.quote
            limit_krw = quote.lower_krw if lower else quote.upper_krw
            return abs(limit_krw - quote.last_krw) / quote.base_krw * 100

        fits = wanted(asked, classes=False)

        def near(standing: Standing) -> bool:
            if not fits(standing) or not standing.quote.prints:
                return False
            return gap(standing) <= nearness if nearness else gap(standing) == 0

        ranked = self._screens.ranked(near, lambda s: -gap(s))
        return self._rows(
            asked,
            ranked,
            lambda s: {"seln_cnqn": str(s.sell_volume), "shnu_cnqn": str(s.buy_volume)},
        )

    def prefer_disparate_ratio(self, asked: Asked) -> Reply:
        """Rank common shares by how much dearer they are than their preferred ones."""
        fits = wanted(asked)
        preferred = {s.symbol[:-1]: s for s in self._screens.standings() if is_preferred(s)}
        ranked = self._screens.ranked(
            lambda s: fits(s) and not is_preferred(s) and s.symbol[:-1] in preferred,
            lambda s: s.quote.last_krw / preferred[s.symbol[:-1]].quote.last_krw,
        )
        return self._rows(asked, ranked, lambda s: _pair_words(s, preferred[s.symbol[:-1]]))

    def hts_top_view(self, asked: Asked) -> Reply:
        """List 20 stocks people look at: here those that trade most by value."""
        ranked = self._screens.ranked(lambda _: True, lambda s: s.quote.cum_value_krw)
        rows = [
            {
                "mrkt_div_cls_code": "J" if s.instrument.market == "KOSPI" else "Q",
                "mksc_shrn_iscd": s.symbol,
            }
            for s in ranked[:TOP_VIEWED]
        ]
        return answered(QUOTED, {"output1": rows})

    def _rows(
        self,
        asked: Asked,
        ranked: Sequence[Standing],
        own: Callable[[Standing], Fields] = lambda _: {},
    ) -> Reply:
        names = asked.call.outputs["output"].names
        rows = [
            filled(names, words(standing), own(standing), {"data_rank": str(rank)})
            for rank, standing in enumerate(ranked[:ROWS], 1)
        ]
        return answered(QUOTED, {"output": rows})

    def _fluctuation_words(self, standing: Standing, days: int) -> Fields:
        quote = standing.quote
        sums = self._screens.tapes.sums(standing.symbol)
        prices = sums.tape.price_krw[: quote.prints]
        past_krw = self._averages.close_before(standing.symbol, days) or quote.base_krw
        rising, falling = self._averages.streak(standing.symbol, quote)
        return {
            "hgpr_hour": hhmmss(int(sums.tape.at_ns[int(prices.argmax())])),
            "lwpr_hour": hhmmss(int(sums.tape.at_ns[int(prices.argmin())])),
            "acml_hgpr_date": self._screens.today,
            "acml_lwpr_date": self._screens.today,
            "dsgt_date_clpr_vrss_prpr_rate": change_percent(quote.last_krw, past_krw),
            "cnnt_ascn_dynu": str(rising),
            "cnnt_down_dynu": str(falling),
            "prd_rsfl": str(quote.last_krw - past_krw),
            "prd_rsfl_rate": change_percent(quote.last_krw, past_krw),
        }

    def _extremes(self, standing: Standing) -> tuple[int, int]:
        fields = self._screens.yearly.price_fields(standing.symbol, standing.quote)
        return int(fields["d250_hgpr"]), int(fields["d250_lwpr"])

    def _bulk(self, standing: Standing, least_krw: int) -> tuple[int, int, int]:
        tape = self._screens.tapes.sums(standing.symbol).tape
        printed = standing.quote.prints
        volume = tape.volume[:printed].astype("int64")
        large = volume * tape.price_krw[:printed] >= least_krw
        bought = large & (tape.aggressor[:printed] == 1)
        sold = large & (tape.aggressor[:printed] == -1)
        net = int(volume[bought].sum() - volume[sold].sum())
        return int(bought.sum()), int(sold.sum()), net


def _fluctuation_key(sort: str, by_extreme: bool) -> Key:
    match sort:
        case "1" if by_extreme:
            return lambda s: -s.quote.last_krw / (s.quote.high_krw or s.quote.base_krw)
        case "1":
            return lambda s: -s.change_ratio
        case "2":
            return lambda s: s.quote.last_krw / (s.quote.open_krw or s.quote.base_krw)
        case "3":
            return lambda s: -s.quote.last_krw / (s.quote.open_krw or s.quote.base_krw)
        case "4":
            return lambda s: ((s.quote.high_krw or 0) - (s.quote.low_krw or 0)) / s.quote.base_krw
        case _ if by_extreme:
            return lambda s: s.quote.last_krw / (s.quote.low_krw or s.quote.base_krw)
        case _:
            return lambda s: s.change_ratio


def _rate(text: str) -> float | None:
    """Return a percentage, None where none is said; 0 says none, too."""
    try:
        return float(text) or None
    except ValueError:
        return None


def _without_price(asked: Asked) -> Asked:
    """Return the question without FID_INPUT_PRICE_1, which means another thing there."""
    fields = {**asked.fields, "FID_INPUT_PRICE_1": ""}
    return Asked(asked.call, asked.variant, fields, asked.tr_cont, asked.now_ns)


def _extreme_words(standing: Standing, high_krw: int, low_krw: int) -> Fields:
    last_krw = standing.quote.last_krw
    return {
        "new_hgpr": str(high_krw),
        "hprc_near_rate": percent(high_krw - last_krw, high_krw),
        "new_lwpr": str(low_krw),
        "lwpr_near_rate": percent(last_krw - low_krw, low_krw),
    }


def _pair_words(common: Standing, preferred: Standing) -> Fields:
    other = words(preferred)
    common_krw, preferred_krw = common.quote.last_krw, preferred.quote.last_krw
    return {
        "prst_iscd": preferred.symbol,
        "prst_kor_isnm": preferred.instrument.name,
        "prst_prpr": other["stck_prpr"],
        "prst_prdy_vrss": other["prdy_vrss"],
        "prst_prdy_vrss_sign": other["prdy_vrss_sign"],
        "prst_acml_vol": other["acml_vol"],
        "prst_prdy_ctrt": other["prdy_ctrt"],
        "diff_prpr": str(common_krw - preferred_krw),
        "dprt": percent(common_krw - preferred_krw, common_krw),
    }
