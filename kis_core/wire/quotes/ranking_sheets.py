"""What each ranking of KIS is asked with, and what it measures. Data (kis_api.md §8).

A measure is named as we name it, unit last, with KIS's field and what KIS counts it in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kis_core.wire.fields import HUNDRED_MILLION

Ranking = Literal[
    "volume",
    "volume_growth",
    "turnover",
    "value",
    "gainers",
    "losers",
    "market_cap",
    "strength",
    "bid_surplus",
    "ask_surplus",
    "near_high",
    "near_low",
    "disparity_high",
    "disparity_low",
    "short_sales",
    "large_buys",
    "large_sells",
    "expected_gainers",
    "expected_losers",
    "watched",
    "viewed",
]
"""What stocks are ranked by."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a ranking: KIS's field, and what one of it is worth in our unit."""

    field: str
    unit: int = 1
    whole: bool = True  # shares, KRW, pieces; else %


@dataclass(frozen=True, slots=True)
class RankingSheet:
    """One ranking: its call, the keys it is asked with, what it measures."""

    call: str
    said: Mapping[str, str]
    measures: Mapping[str, Measure]
    scope_keys: tuple[str, ...] = ("fid_input_iscd",)
    venue_keys: tuple[str, ...] = ("fid_cond_mrkt_div_code",)
    output: str = "output"


# "All of them": what the filters of nearly every ranking are left at.
_ALL = {"fid_div_cls_code": "0", "fid_trgt_cls_code": "0", "fid_trgt_exls_cls_code": "0"}


def _pct(field: str) -> Measure:
    return Measure(field, whole=False)


def _by_volume(order: str) -> RankingSheet:
    return RankingSheet(
        "domestic_stock.volume_rank",
        {
            "FID_DIV_CLS_CODE": "0",
            "FID_BLNG_CLS_CODE": order,
            "FID_TRGT_CLS_CODE": "1" * 9,  # of every margin class
            "FID_TRGT_EXLS_CLS_CODE": "0" * 10,  # nothing excluded
        },
        {
            "value_krw": Measure("acml_tr_pbmn"),
            "previous_volume": Measure("prdy_vol"),
            "listed_shares": Measure("lstn_stcn"),
            "volume_growth_pct": _pct("vol_inrt"),
            "turnover_pct": _pct("vol_tnrt"),
        },
        scope_keys=("FID_INPUT_ISCD",),
        venue_keys=("FID_COND_MRKT_DIV_CODE",),
    )


def _by_change(order: str) -> RankingSheet:
    return RankingSheet(
        "domestic_stock.fluctuation",
        {**_ALL, "fid_rank_sort_cls_code": order, "fid_prc_cls_code": "1", "fid_input_cnt_1": "0"},
        {
            "high_krw": Measure("stck_hgpr"),
            "low_krw": Measure("stck_lwpr"),
            "period_change_pct": _pct("prd_rsfl_rate"),
            "days_rising": Measure("cnnt_ascn_dynu"),
            "days_falling": Measure("cnnt_down_dynu"),
        },
    )


def _by_quotes(order: str) -> RankingSheet:
    return RankingSheet(
        "domestic_stock.quote_balance",
        {**_ALL, "fid_rank_sort_cls_code": order},
        {
            "asked_shares": Measure("total_askp_rsqn"),
            "bid_shares": Measure("total_bidp_rsqn"),
            "bid_pct": _pct("shnu_rsqn_rate"),
            "ask_pct": _pct("seln_rsqn_rate"),
        },
    )


def _by_nearness(order: str) -> RankingSheet:
    said = {
        **_ALL,
        "fid_prc_cls_code": order,
        "fid_input_cnt_1": "0",
        "fid_input_cnt_2": "100",
        "fid_aply_rang_vol": "0",
    }
    return RankingSheet(
        "domestic_stock.near_new_highlow",
        said,
        {
            "high_krw": Measure("new_hgpr"),
            "high_gap_pct": _pct("hprc_near_rate"),
            "low_krw": Measure("new_lwpr"),
            "low_gap_pct": _pct("lwpr_near_rate"),
        },
    )


def _by_disparity(order: str) -> RankingSheet:
    return RankingSheet(
        "domestic_stock.disparity",
        {**_ALL, "fid_rank_sort_cls_code": order, "fid_hour_cls_code": "20"},
        {f"disparity_{days}_pct": _pct(f"d{days}_dsrt") for days in (5, 10, 20, 60, 120)},
    )


def _by_large_trades(order: str) -> RankingSheet:
    return RankingSheet(
        "domestic_stock.bulk_trans_num",
        {**_ALL, "fid_rank_sort_cls_code": order},
        {
            "buys": Measure("shnu_cntg_csnu"),
            "sells": Measure("seln_cntg_csnu"),
            "net_shares": Measure("ntby_cnqn"),
        },
    )


def _by_expectation(order: str) -> RankingSheet:
    said = {
        "fid_rank_sort_cls_code": order,
        "fid_div_cls_code": "0",
        "fid_blng_cls_code": "0",
        "fid_mkop_cls_code": "0",  # before the opening
    }
    return RankingSheet(
        "domestic_stock.exp_trans_updown",
        said,
        {
            "base_krw": Measure("stck_sdpr"),
            "expected_volume": Measure("cntg_vol"),
            "expected_value_krw": Measure("antc_tr_pbmn"),
        },
    )


RANKINGS: Mapping[Ranking, RankingSheet] = {
    "volume": _by_volume("0"),
    "volume_growth": _by_volume("1"),
    "turnover": _by_volume("2"),
    "value": _by_volume("3"),
    "gainers": _by_change("0"),
    "losers": _by_change("1"),
    "market_cap": RankingSheet(
        "domestic_stock.market_cap",
        _ALL,
        {
            "market_cap_krw": Measure("stck_avls", HUNDRED_MILLION),
            "market_share_pct": _pct("mrkt_whol_avls_rlim"),
            "listed_shares": Measure("lstn_stcn"),
        },
    ),
    "strength": RankingSheet(
        "domestic_stock.volume_power",
        _ALL,
        {
            "strength_pct": _pct("tday_rltv"),
            "sold_shares": Measure("seln_cnqn_smtn"),
            "bought_shares": Measure("shnu_cnqn_smtn"),
        },
    ),
    "bid_surplus": _by_quotes("0"),
    "ask_surplus": _by_quotes("1"),
    "near_high": _by_nearness("0"),
    "near_low": _by_nearness("1"),
    "disparity_high": _by_disparity("0"),
    "disparity_low": _by_disparity("1"),
    "short_sales": RankingSheet(
        "domestic_stock.short_sale",
        {"FID_PERIOD_DIV_CODE": "D", "FID_INPUT_CNT_1": "0"},
        {
            "value_krw": Measure("acml_tr_pbmn"),
            "shorted_shares": Measure("ssts_cntg_qty"),
            "shorted_volume_pct": _pct("ssts_vol_rlim"),
            "shorted_krw": Measure("ssts_tr_pbmn"),
            "shorted_value_pct": _pct("ssts_tr_pbmn_rlim"),
        },
        scope_keys=("FID_INPUT_ISCD",),
        venue_keys=("FID_COND_MRKT_DIV_CODE",),
    ),
    "large_buys": _by_large_trades("0"),
    "large_sells": _by_large_trades("1"),
    "expected_gainers": _by_expectation("0"),
    "expected_losers": _by_expectation("3"),
    "watched": RankingSheet(
        "domestic_stock.top_interest_stock",
        {**_ALL, "fid_input_iscd_2": "000000", "fid_input_cnt_1": "1"},
        {"value_krw": Measure("acml_tr_pbmn"), "watchers": Measure("inter_issu_reg_csnu")},
    ),
    "viewed": RankingSheet(
        "domestic_stock.hts_top_view", {}, {}, scope_keys=(), venue_keys=(), output="output1"
    ),
}
