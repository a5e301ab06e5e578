"""Indices over REST as lists, and what they say agrees with the stocks."""

from typing import Any

import pytest

from tests.broker_sim.kis import official

CHANGE = {
    "bstp_nmix_prpr": "3130.50",
    "bstp_nmix_prdy_vrss": "10.50",
    "prdy_vrss_sign": "2",
    "bstp_nmix_prdy_ctrt": "0.34",
}


async def rows(broker: Any, name: str, output: str = "output", **over: str) -> list[dict[str, str]]:
    answer = await official.ask(broker, f"domestic_stock.{name}", **over)
    assert answer.ok, answer.body
    found: list[dict[str, str]] = answer.rows(output)
    return found


@pytest.mark.anyio
async def test_minutes_of_an_index_come_newest_first_with_their_volume(broker: Any) -> None:
    await broker.move("09:03:10")
    found = await rows(broker, "inquire_index_timeprice")
    assert [row["bsop_hour"] for row in found] == ["090300", "090200", "090100"]
    assert {name: found[0][name] for name in CHANGE} == CHANGE
    # 1,060 shares in the first minute, a thousand in the second, 700 at 09:03:00 itself
    assert [row["acml_vol"] for row in found] == ["2", "2", "1"]
    assert [row["cntg_vol"] for row in found] == ["0", "1", "0"]


@pytest.mark.anyio
async def test_seconds_of_an_index_are_ten_apart_and_thirty_at_most(broker: Any) -> None:
    await broker.move("10:00:05")
    found = await rows(broker, "inquire_index_tickprice")
    assert len(found) == 30
    assert [row["stck_cntg_hour"] for row in found][:2] == ["100000", "095950"]


@pytest.mark.anyio
async def test_bars_of_an_index_hold_the_day_and_end_with_now(broker: Any) -> None:
    await broker.move("10:00:05")
    found = await rows(broker, "inquire_time_indexchartprice", "output2")
    assert (len(found), found[0]["stck_cntg_hour"]) == (61, "100000")
    assert sum(int(row["cntg_vol"]) for row in found) <= 3
    (snapshot,) = await rows(broker, "inquire_time_indexchartprice", "output1")
    assert (snapshot["prdy_nmix"], snapshot["bstp_cls_code"]) == ("3120.00", "0001")


@pytest.mark.anyio
async def test_days_of_an_index_begin_with_today_and_know_their_yesterday(broker: Any) -> None:
    await broker.move("10:00:05")
    found = await rows(broker, "inquire_index_daily_price", "output2")
    assert [row["stck_bsop_date"] for row in found] == [
        "20250903", "20250902", "20250901", "20250829",
    ]  # fmt: skip
    assert {name: found[0][name] for name in CHANGE} == CHANGE
    assert found[1]["bstp_nmix_prdy_vrss"] == "0.00"
    (head,) = await rows(broker, "inquire_index_daily_price", "output1")
    assert (head["ascn_issu_cnt"], head["down_issu_cnt"], head["stnr_issu_cnt"]) == ("0", "1", "1")
    assert head["dryy_bstp_nmix_hgpr"] == "3150.00"
    assert head["prdy_vol"] == "8"  # two KOSPI stocks of 4,000 shares


@pytest.mark.anyio
async def test_all_indices_of_a_market_are_those_the_day_knows(broker: Any) -> None:
    found = await rows(broker, "inquire_index_category_price", "output2", FID_MRKT_CLS_CODE="K")
    assert [row["bstp_cls_code"] for row in found] == ["0001"]
    assert (
        await rows(broker, "inquire_index_category_price", "output2", FID_MRKT_CLS_CODE="Q") == []
    )


@pytest.mark.anyio
async def test_an_index_is_expected_only_while_an_auction_is_on(opens: Any) -> None:
    async with opens("08:55:05") as broker:
        found = await rows(broker, "exp_index_trend")
        assert found[0]["stck_cntg_hour"] == "085500"
        total = await rows(broker, "exp_total_index", "output2")
        assert [row["bstp_cls_code"] for row in total] == ["0001"]
        await broker.move("09:00:05")
        assert await rows(broker, "exp_index_trend") == []
        assert await rows(broker, "exp_total_index", "output2") == []


@pytest.mark.anyio
async def test_an_index_needs_its_own_market_code(broker: Any) -> None:
    name = "domestic_stock.inquire_index_price"
    answer = await official.ask(broker, name, FID_COND_MRKT_DIV_CODE="J")
    assert answer.body.msg_cd == "OPSQ2001"
    unknown = await official.ask(broker, name, FID_INPUT_ISCD="0005")
    assert unknown.body.output["bstp_nmix_prpr"] == "0"
