"""Prints, days, flags and names of stocks over REST: the day as it stands."""

from typing import Any

import pytest

from broker_sim.exchange.interruptions import Vi
from tests.broker_sim.kis import official

SAMSUNG = {"FID_INPUT_ISCD": "005930"}


async def rows(broker: Any, name: str, output: str = "output", **over: str) -> list[dict[str, str]]:
    answer = await official.ask(broker, f"domestic_stock.{name}", **over)
    assert answer.ok, answer.body
    found: list[dict[str, str]] = answer.rows(output)
    return found


@pytest.mark.anyio
async def test_prints_come_newest_first_and_none_of_the_future(broker: Any) -> None:
    await broker.move("09:01:05")
    found = await rows(broker, "inquire_ccnl")
    assert [row["stck_cntg_hour"] for row in found] == [
        "090105", "090040", "090020", "090010", "090000",
    ]  # fmt: skip
    assert found[0] == {
        "stck_cntg_hour": "090105",
        "stck_prpr": "70200",
        "prdy_vrss": "200",
        "prdy_vrss_sign": "2",
        "cntg_vol": "500",
        "tday_rltv": "1020.00",  # 510 bought over 50 sold
        "prdy_ctrt": "0.29",
    }


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("hour", "newest"),
    [("", "090300"), ("090045", "090040"), ("235959", "090300"), ("085959", None)],
)
async def test_an_hour_says_from_where_prints_are_listed_backwards(
    broker: Any, hour: str, newest: str | None
) -> None:
    await broker.move("09:05:00")
    found = await rows(broker, "inquire_time_itemconclusion", "output2", FID_INPUT_HOUR_1=hour)
    assert (found[0]["stck_cntg_hour"] if found else None) == newest
    if hour == "090045":
        first = found[0]
        assert (first["askp"], first["bidp"], first["acml_vol"]) == ("70000", "69900", "1060")
        assert first["stck_prpr"] == first["stck_pbpr"] == "69900"
        assert int(first["cnqn"]) == 30


@pytest.mark.anyio
async def test_prices_and_sizes_add_up_to_the_volume(broker: Any) -> None:
    await broker.move("09:03:00")
    by_price = await rows(broker, "pbar_tratio", "output2", FID_INPUT_HOUR_1="")
    assert sum(int(row["cntg_vol"]) for row in by_price) == 2760
    assert by_price[0]["stck_prpr"] == "70000"
    assert by_price[0]["cntg_vol"] == str(1000 + 20 + 700)
    assert sum(float(row["acml_vol_rlim"]) for row in by_price) == pytest.approx(100, abs=0.05)
    by_size = await rows(broker, "tradprt_byamt")
    assert sum(int(row["acml_vol"]) for row in by_size) == 2760
    assert sum(int(row["shnu_cnqn_smtn"]) for row in by_size) == 1010
    assert sum(int(row["seln_cnqn_smtn"]) for row in by_size) == 750
    assert by_size[0]["prpr_name"] == "1천만원 미만"


@pytest.mark.anyio
async def test_days_are_thirty_with_todays_first_once_it_has_traded(opens: Any) -> None:
    async with opens("08:50:00") as broker:
        before = await rows(broker, "inquire_daily_price")
        assert (len(before), before[0]["stck_bsop_date"]) == (30, "20250902")
        await broker.move("09:01:05")
        today = (await rows(broker, "inquire_daily_price"))[0]
        assert today["stck_bsop_date"] == "20250903"
        assert (today["stck_clpr"], today["acml_vol"]) == ("70200", "1560")
        assert (today["prdy_vrss"], today["prdy_ctrt"]) == ("200", "0.29")
        assert today["prdy_vrss_vol_rate"] == "-61.00"  # against 4,000 yesterday
        weeks = await rows(broker, "inquire_daily_price", FID_PERIOD_DIV_CODE="W")
        assert weeks[0]["stck_bsop_date"] == "20250901"
        assert int(weeks[0]["acml_vol"]) == 2 * 4000 + 1560


@pytest.mark.anyio
async def test_what_aggressors_bought_and_sold_adds_up_to_each_day(broker: Any) -> None:
    await broker.move("09:03:00")
    found = await rows(broker, "inquire_daily_trade_volume", "output2")
    assert found[0] == {
        "stck_bsop_date": "20250903",
        "total_seln_qty": "750",
        "total_shnu_qty": "1010",
    }
    for row in found[1:]:
        assert int(row["total_seln_qty"]) + int(row["total_shnu_qty"]) == 4000


@pytest.mark.anyio
async def test_the_second_price_call_carries_the_flags(broker: Any) -> None:
    await broker.move("09:00:45")
    (row,) = await rows(broker, "inquire_price_2")
    expected = {
        "stck_prpr": "69900",
        "prdy_vrss_vol_rate": "26.50",
        "prdy_vol": "4000",
        "stck_prdy_clpr": "70000",
        "oprc_vrss_prpr": "-100",
        "oprc_vrss_prpr_sign": "5",
        "hgpr_vrss_prpr": "-200",
        "prdy_clpr_vrss_hgpr_rate": "0.14",
        "trht_yn": "N",
        "vi_cls_code": "N",
        "mrkt_warn_cls_code": "00",
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.anyio
async def test_many_stocks_are_answered_in_the_order_asked(broker: Any) -> None:
    await broker.move("09:01:05")
    query = {
        "FID_COND_MRKT_DIV_CODE_1": "J",
        "FID_INPUT_ISCD_1": "247540",
        "FID_COND_MRKT_DIV_CODE_2": "J",
        "FID_INPUT_ISCD_2": "999999",
        "FID_COND_MRKT_DIV_CODE_3": "J",
        "FID_INPUT_ISCD_3": "005930",
    }
    reply = await broker.get("intstock-multprice", "FHKST11300006", **query)
    found = reply.json()["output"]
    assert [row["inter_shrn_iscd"] for row in found] == ["247540", "005930"]
    assert (found[1]["inter2_prpr"], found[1]["inter2_sdpr"]) == ("70200", "70000")
    assert found[1]["inter2_askp"] == "70200"
    assert found[0]["kospi_kosdaq_cls_name"] == "KOSDAQ"


@pytest.mark.anyio
async def test_names_are_found_by_code_and_a_miss_is_rt_cd_7(broker: Any) -> None:
    for name in ("search_info", "search_stock_info"):
        (row,) = await rows(broker, name, PDNO="005930")
        assert (row["pdno"], row["prdt_abrv_name"]) == ("00000A005930", "삼성전자")
        assert row["std_pdno"] == "KR7005930003"
        (again,) = await rows(broker, name, PDNO=row["pdno"])
        assert again == row
        miss = await official.ask(broker, f"domestic_stock.{name}", PDNO="123456")
        assert (miss.body.rt_cd, miss.status) == ("7", 200)


@pytest.mark.anyio
async def test_a_wrong_market_code_is_refused_and_each_venue_answers_for_itself(
    opens: Any,
) -> None:
    name = "domestic_stock.inquire_price"
    async with opens("08:45:00") as broker:
        wrong = await official.ask(broker, name, FID_COND_MRKT_DIV_CODE="Z")
        assert (wrong.body.rt_cd, wrong.body.msg_cd) == ("2", "OPSQ2001")
        assert wrong.body.msg1 == "ERROR : INPUT INVALID_CHECK_MRKT_DIV_CODE"
        for at in ("08:45:00", "10:00:30"):
            await broker.move(at)
            krx, nxt, both = [
                (await official.ask(broker, name, FID_COND_MRKT_DIV_CODE=code)).body.output
                for code in ("J", "NX", "UN")
            ]
            assert int(nxt["acml_vol"]) > 0
            assert int(both["acml_vol"]) == int(krx["acml_vol"]) + int(nxt["acml_vol"])
            assert both["acml_tr_pbmn"] == str(int(krx["acml_tr_pbmn"]) + int(nxt["acml_tr_pbmn"]))
            assert int(both["pgtr_ntby_qty"]) == (
                int(krx["pgtr_ntby_qty"]) + int(nxt["pgtr_ntby_qty"])
            )
        elsewhere = await official.ask(
            broker, name, FID_COND_MRKT_DIV_CODE="NX", FID_INPUT_ISCD="247540"
        )
        assert elsewhere.body.output["stck_prpr"] == "0"


@pytest.mark.anyio
async def test_lists_of_the_other_venue_are_its_own(opens: Any) -> None:
    async with opens("10:00:30") as broker:
        code = {"FID_COND_MRKT_DIV_CODE": "NX"}
        days = await rows(broker, "inquire_daily_price", **code)
        assert [row["stck_bsop_date"] for row in days] == ["20250903"]
        prints = await rows(broker, "inquire_time_itemconclusion", "output2", **code)
        minutes = await rows(
            broker, "inquire_time_itemchartprice", "output2", FID_PW_DATA_INCU_YN="Y", **code
        )
        (price,) = await rows(broker, "inquire_price", **code)
        assert prints[0]["stck_pbpr"] == minutes[0]["stck_prpr"] == price["stck_prpr"]
        assert {row["stck_bsop_date"] for row in minutes} == {"20250903"}
        ranked = await rows(broker, "volume_rank", FID_INPUT_ISCD="0000", **code)
        assert [row["mksc_shrn_iscd"] for row in ranked] == ["005930"]
        assert ranked[0]["acml_vol"] == price["acml_vol"]


@pytest.mark.anyio
async def test_a_volatility_interruption_is_listed_and_flagged(opens: Any) -> None:
    async with opens("09:02:00") as broker:
        broker.exchange.interrupt(broker.exchange.now_ns, Vi("005930"))
        await broker.move("09:02:30")
        (row,) = await rows(broker, "inquire_vi_status")
        expected = {
            "mksc_shrn_iscd": "005930",
            "vi_cls_code": "Y",
            "cntg_vi_hour": "090200",
            "vi_cncl_hour": "000000",
            "vi_kind_code": "1",
            "vi_prc": "70300",
            "vi_stnd_prc": "70000",
            "vi_dprt": "0.43",
            "vi_count": "1",
        }
        assert {name: row[name] for name in expected} == expected
        (price,) = await rows(broker, "inquire_price")
        (flags,) = await rows(broker, "inquire_price_2")
        assert price["vi_cls_code"] == flags["vi_cls_code"] == "Y"
        assert await rows(broker, "inquire_vi_status", FID_DIV_CLS_CODE="2") == []
        assert await rows(broker, "inquire_vi_status", FID_MRKT_CLS_CODE="Q") == []
        await broker.move("09:06:00")
        (row,) = await rows(broker, "inquire_vi_status")
        assert (row["vi_cls_code"], row["vi_cncl_hour"] > "090400") == ("N", True)
        (price,) = await rows(broker, "inquire_price")
        assert price["vi_cls_code"] == "N"


@pytest.mark.anyio
async def test_members_split_the_volume_of_the_last_whole_minute(broker: Any) -> None:
    await broker.move("09:01:30")
    (row,) = await rows(broker, "inquire_member")
    shown = [int(row[f"total_seln_qty{n}"]) for n in range(1, 6)]
    assert shown == sorted(shown, reverse=True)
    assert 0 < sum(shown) <= 1060  # what was traded by 09:01:00
    assert row["seln_mbcr_name1"]
    net = int(row["glob_total_shnu_qty"]) - int(row["glob_total_seln_qty"])
    assert int(row["glob_ntby_qty"]) == net
    trend = await rows(broker, "frgnmem_pchs_trend", FID_INPUT_ISCD_2="99999")
    assert [r["bsop_hour"] for r in trend] == ["090100", "090000"]
    assert trend[0]["glob_ntby_qty"] == row["glob_ntby_qty"]
    daily = await rows(broker, "inquire_member_daily")
    assert daily[0]["stck_bsop_date"] == "20250903"


@pytest.mark.anyio
async def test_an_auction_is_expected_to_bring_the_last_price(opens: Any) -> None:
    async with opens("08:55:00") as broker:
        found = await rows(broker, "exp_price_trend", "output2")
        assert found[0]["stck_cntg_hour"] == "085500"
        assert {row["stck_prpr"] for row in found} == {"70000"}
        ranked = await rows(broker, "exp_trans_updown", FID_MKOP_CLS_CODE="0")
        assert {row["stck_shrn_iscd"] for row in ranked} == {"000660", "005930", "247540"}
        assert await rows(broker, "exp_trans_updown", FID_MKOP_CLS_CODE="1") == []
        await broker.move("09:01:00")
        assert await rows(broker, "exp_closing_price") == []
        brought = await rows(broker, "exp_price_trend", "output2")
        assert [(r["stck_cntg_hour"], r["acml_vol"]) for r in brought] == [("090000", "1000")]
        await broker.move("15:25:00")
        closing = await rows(broker, "exp_closing_price", FID_INPUT_ISCD="0000")
        assert {row["stck_prpr"] for row in closing} >= {"69500"}


@pytest.mark.anyio
async def test_the_off_hours_session_appears_auction_by_auction(opens: Any) -> None:
    async with opens("15:00:00") as broker:
        name, stock = "inquire_time_overtimeconclusion", {"FID_INPUT_ISCD": "247540"}
        assert await rows(broker, name, "output2") == []  # what NXT trades has none
        assert await rows(broker, name, "output2", **stock) == []
        await broker.move("16:45:00")
        found = await rows(broker, name, "output2", **stock)
        assert found
        assert all("161000" <= row["stck_cntg_hour"] <= "164000" for row in found)
        (price,) = await rows(broker, "inquire_overtime_price", **stock)
        assert price["ovtm_untp_prpr"] == found[0]["stck_prpr"]
        assert price["ovtm_untp_vol"] == found[0]["acml_vol"]
        assert int(price["ovtm_untp_mxpr"]) <= 101_500 * 1.1
        (book,) = await rows(broker, "inquire_overtime_asking_price", **stock)
        assert book["ovtm_untp_askp4"] == "0"
        days = await rows(broker, "inquire_daily_overtimeprice", "output2", **stock)
        assert days[0]["ovtm_untp_prpr"] == price["ovtm_untp_prpr"]
        assert days[1]["ovtm_untp_vol"] == "0"
        ranked = await rows(broker, "overtime_volume", "output2")
        assert ranked[0]["stck_shrn_iscd"] == "247540"
