"""Rankings: what they sort by, what they leave out, and how quick they are on a real day."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest

from broker_sim.days import read_day
from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.averages import Averages
from broker_sim.kis.calls import calls
from broker_sim.kis.desk import Asked
from broker_sim.kis.rankings import Rankings
from broker_sim.kis.screens import Screens
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.yearly import Yearly
from kis_core.market.instants import instant_ns
from kis_core.wire.tr_table import CALLS
from tests.broker_sim.kis import official

DATE = dt.date(2025, 9, 3)


async def ranked(broker: Any, name: str, **over: str) -> list[str]:
    answer = await official.ask(broker, f"domestic_stock.{name}", **over)
    assert answer.ok, answer.body
    rows = answer.rows("output")
    if rows and "data_rank" in rows[0]:
        assert [row["data_rank"] for row in rows] == [str(n + 1) for n in range(len(rows))]
    return [row.get("mksc_shrn_iscd") or row["stck_shrn_iscd"] for row in rows]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "over", "symbols"),
    [
        ("volume_rank", {}, ["005930", "247540"]),
        ("volume_rank", {"FID_BLNG_CLS_CODE": "1"}, ["005930", "247540"]),
        ("volume_rank", {"FID_INPUT_ISCD": "1001"}, ["247540"]),
        ("volume_rank", {"FID_VOL_CNT": "1000"}, ["005930"]),
        ("volume_rank", {"FID_INPUT_PRICE_1": "80000"}, ["247540"]),
        ("volume_rank", {"FID_INPUT_PRICE_2": "80000"}, ["005930"]),
        ("volume_rank", {"FID_DIV_CLS_CODE": "2"}, []),
        ("fluctuation", {"FID_PRC_CLS_CODE": "1"}, ["247540", "005930"]),
        (
            "fluctuation",
            {"FID_PRC_CLS_CODE": "1", "FID_RANK_SORT_CLS_CODE": "1"},
            ["005930", "247540"],
        ),
        ("fluctuation", {"FID_PRC_CLS_CODE": "1", "FID_RSFL_RATE1": "1"}, ["247540"]),
        ("market_cap", {}, ["005930", "000660"]),
        ("volume_power", {}, ["005930"]),
        ("capture_uplowprice", {"FID_DIV_CLS_CODE": "3"}, []),
        ("bulk_trans_num", {"FID_INPUT_PRICE_1": "1000000"}, ["005930"]),
        ("near_new_highlow", {"FID_INPUT_CNT_2": "1"}, ["247540", "000660", "005930"]),
        ("disparity", {"FID_HOUR_CLS_CODE": "20"}, ["247540", "005930", "000660"]),
        (
            "disparity",
            {"FID_HOUR_CLS_CODE": "20", "FID_RANK_SORT_CLS_CODE": "1"},
            ["000660", "005930", "247540"],
        ),
    ],
)
async def test_a_ranking_sorts_and_filters(
    broker: Any, name: str, over: dict[str, str], symbols: list[str]
) -> None:
    await broker.move("09:01:06")
    assert await ranked(broker, name, **over) == symbols


@pytest.mark.anyio
async def test_keys_may_be_lower_case(broker: Any) -> None:
    await broker.move("09:01:06")
    call = CALLS["domestic_stock.fluctuation"]
    query = {key: "0" for key in call.params} | {
        "fid_cond_mrkt_div_code": "J",
        "fid_input_iscd": "0000",
        "fid_rank_sort_cls_code": "1",
        "fid_prc_cls_code": "1",
    }
    reply = await broker.http.get(call.path, params=query, headers=broker.headers(call.tr_real[""]))
    assert [row["stck_shrn_iscd"] for row in reply.json()["output"]] == ["005930", "247540"]


@pytest.mark.anyio
async def test_a_missing_key_of_a_ranking_is_named(broker: Any) -> None:
    call = CALLS["domestic_stock.market_cap"]
    reply = await broker.http.get(
        call.path,
        params={"fid_cond_mrkt_div_code": "J"},
        headers=broker.headers(call.tr_real[""]),
    )
    assert reply.json()["msg_cd"] == "OPSQ2001"
    assert reply.json()["msg1"].startswith("ERROR INPUT FIELD NOT FOUND [FID_")


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest) -> Screens:
    """The screens of a whole real day at 10:30."""
    data: Path = request.getfixturevalue("kst_data")
    day = read_day(data / "bars_1m", DATE, 1)
    exchange = Exchange(day, AccountRules(10**9, 140), 1)
    exchange.advance(instant_ns(DATE, dt.time(10, 30)))
    return Screens(exchange, Tapes(day), Yearly(day))


RANKINGS = (
    "volume_rank",
    "fluctuation",
    "market_cap",
    "volume_power",
    "quote_balance",
    "disparity",
    "near_new_highlow",
    "bulk_trans_num",
)


@pytest.mark.parametrize("name", RANKINGS)
def test_a_real_days_ranking_has_thirty_rows_in_order_within_milliseconds(
    real: Screens, name: str
) -> None:
    call = next(c for c in calls("real").values() if c.name == f"domestic_stock.{name}")
    rankings = Rankings(real, Averages(real.day))
    fields = dict.fromkeys(call.required, "") | {"FID_INPUT_ISCD": "0000"}
    asked = Asked(call, "", fields, "", real.exchange.now_ns)
    answer = getattr(rankings, name)
    first = answer(asked)
    spent: list[float] = []
    for _ in range(5):
        begun = time.perf_counter()
        assert answer(asked) == first
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.02
    assert first.body.count(b'"prdy_ctrt"') == 30
