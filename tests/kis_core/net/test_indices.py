"""Indices are told in points, shares and KRW; paper's chart stands in where it can."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kis_core.clock import kst
from kis_core.errors import NotOffered
from kis_core.net.indices import KisIndices
from tests.kis_core.net.desk import Desk, House

pytestmark = pytest.mark.anyio

OK = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상"}
LEVELS = {
    "bstp_nmix_prpr": "4150.39",
    "bstp_nmix_oprc": "4110.00",
    "bstp_nmix_hgpr": "4155.50",
    "bstp_nmix_lwpr": "4100.10",
}


@pytest.fixture
async def indices(house: House) -> Any:
    async with house.rest() as rest:
        yield KisIndices(rest)


@pytest.fixture
async def paper(paper_house: House) -> Any:
    async with paper_house.rest() as rest:
        yield KisIndices(rest)


async def test_an_indexs_minutes_are_in_points_shares_and_krw(
    desk: Desk, indices: KisIndices
) -> None:
    rows = [
        LEVELS
        | {"stck_bsop_date": "20251112", "stck_cntg_hour": hour}
        | {"cntg_vol": "1234", "acml_tr_pbmn": "567890"}
        for hour in ("095900", "095800")
    ]
    desk.says("inquire-time-indexchartprice", {**OK, "output2": rows})
    first, second = await indices.minutes("0001", bar_s=60, past_too=True)
    assert f"{kst(first.start_ns):%H%M} {kst(second.start_ns):%H%M}" == "0958 0959"
    assert (first.open_pt, first.close_pt) == (Decimal("4110.00"), Decimal("4150.39"))
    assert (first.volume, first.cum_value_krw) == (1_234_000, 567_890_000_000)
    (asked,) = desk.calls("inquire-time-indexchartprice")
    assert asked.query == {
        "FID_COND_MRKT_DIV_CODE": "U",
        "FID_ETC_CLS_CODE": "0",
        "FID_INPUT_ISCD": "0001",
        "FID_INPUT_HOUR_1": "60",
        "FID_PW_DATA_INCU_YN": "Y",
    }


async def test_steps_and_prints_are_levels_of_today(desk: Desk, indices: KisIndices) -> None:
    row = {
        "bstp_nmix_prpr": "4150.39",
        "bstp_nmix_prdy_vrss": "10.50",
        "prdy_vrss_sign": "5",
        "bstp_nmix_prdy_ctrt": "-0.25",
        "acml_vol": "300",
        "acml_tr_pbmn": "7",
        "cntg_vol": "2",
    }
    desk.says("inquire-index-timeprice", {**OK, "output": [row | {"bsop_hour": "095900"}]})
    desk.says("inquire-index-tickprice", {**OK, "output": [row | {"stck_cntg_hour": "095959"}]})
    (step,) = await indices.steps("1001", 300)
    (made,) = await indices.prints("1001")
    assert f"{kst(step.at_ns):%Y%m%d %H%M%S}" == "20251112 095900"
    assert f"{kst(made.at_ns):%Y%m%d %H%M%S}" == "20251112 095959"
    assert (step.change_pt, step.change_pct) == (Decimal("-10.50"), Decimal("-0.25"))
    assert (step.volume, step.cum_volume, step.cum_value_krw) == (2_000, 300_000, 7_000_000)
    assert desk.calls("inquire-index-timeprice")[0].query["FID_INPUT_HOUR_1"] == "300"


SESSION = {"acml_vol": "812", "acml_tr_pbmn": "9"}


async def test_sessions_come_from_the_chart_on_paper_without_the_indicators(
    desk: Desk, indices: KisIndices, paper: KisIndices
) -> None:
    days = [LEVELS | SESSION | {"stck_bsop_date": f"2025111{n}"} for n in (1, 0)]
    real = [day | {"invt_new_psdg": "58.33", "d20_dsrt": "103.10"} for day in days]
    desk.says("inquire-index-daily-price", {**OK, "output1": {}, "output2": real})
    desk.says("inquire-daily-indexchartprice", {**OK, "output1": {}, "output2": days})
    last = date(2025, 11, 11)
    told, substitute = await indices.sessions("0001", last), await paper.sessions("0001", last)
    assert (
        [day.date for day in told]
        == [day.date for day in substitute]
        == [
            "2025-11-10",
            "2025-11-11",
        ]
    )
    assert (told[0].volume, told[0].value_krw) == (812_000, 9_000_000)
    assert (told[0].psychology_pct, told[0].disparity_20_pct) == (
        Decimal("58.33"),
        Decimal("103.10"),
    )
    assert (substitute[0].psychology_pct, substitute[0].close_pt) == (None, Decimal("4150.39"))
    (asked,) = desk.calls("inquire-daily-indexchartprice")
    assert asked.query["FID_INPUT_DATE_2"] == "20251111"
    assert desk.calls("inquire-index-daily-price")[0].query["FID_PERIOD_DIV_CODE"] == "D"


async def test_longer_periods_are_asked_for(desk: Desk, indices: KisIndices) -> None:
    desk.says("inquire-daily-indexchartprice", {**OK, "output2": []})
    await indices.days("0001", date(2020, 1, 1), date(2025, 1, 1), "M")
    (asked,) = desk.calls("inquire-daily-indexchartprice")
    assert asked.query["FID_PERIOD_DIV_CODE"] == "M"


@pytest.mark.parametrize(
    ("board", "code", "short"), [("KOSPI", "0001", "K"), ("KOSDAQ", "1001", "Q")]
)
async def test_sectors_of_a_board_are_read(
    desk: Desk, indices: KisIndices, board: Any, code: str, short: str
) -> None:
    row = {
        "bstp_cls_code": "0013",
        "hts_kor_isnm": "전기전자",
        "bstp_nmix_prpr": "51234.10",
        "bstp_nmix_prdy_vrss": "-1.10",
        "prdy_vrss_sign": "5",
        "acml_vol": "44",
        "acml_vol_rlim": "12.50",
    }
    desk.says("inquire-index-category-price", {**OK, "output1": {}, "output2": [row]})
    (sector,) = await indices.sectors(board)
    assert (sector.index, sector.name, sector.change_pt) == ("0013", "전기전자", Decimal("-1.10"))
    assert (sector.volume, sector.value_krw, sector.volume_share_pct) == (
        44_000,
        None,
        Decimal("12.50"),
    )
    (asked,) = desk.calls("inquire-index-category-price")
    assert (asked.query["FID_INPUT_ISCD"], asked.query["FID_MRKT_CLS_CODE"]) == (code, short)
    assert asked.query["FID_COND_SCR_DIV_CODE"] == "20214"


async def test_breadth_counts_issues(desk: Desk, indices: KisIndices) -> None:
    names = ("ascn", "uplm", "stnr", "down", "lslm")
    counts = {f"{name}_issu_cnt": str(n) for n, name in enumerate(names, 1)}
    desk.says("inquire-index-price", {**OK, "output": counts | {"acml_vol": "5"}})
    breadth = await indices.breadth("0001")
    assert (breadth.rising, breadth.at_upper_limit, breadth.unchanged) == (1, 2, 3)
    assert (breadth.falling, breadth.at_lower_limit, breadth.volume) == (4, 5, 5_000)


async def test_what_paper_cannot_tell_is_refused_at_once(desk: Desk, paper: KisIndices) -> None:
    for asking in (
        paper.minutes("0001"),
        paper.steps("0001"),
        paper.prints("0001"),
        paper.sectors("KOSPI"),
        paper.breadth("0001"),
    ):
        with pytest.raises(NotOffered, match="inquire_daily_indexchartprice"):
            await asking
    assert desk.asked == []
