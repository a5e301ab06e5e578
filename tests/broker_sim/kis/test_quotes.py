"""Quotes and charts over REST: the day as it stands, never as it will be."""

from typing import Any

import pytest

from broker_sim.kis.calls import calls

J = {"FID_COND_MRKT_DIV_CODE": "J"}
SAMSUNG = {**J, "FID_INPUT_ISCD": "005930"}
TODAY = {"FID_PW_DATA_INCU_YN": "N", "FID_ETC_CLS_CODE": ""}
PAST = {"FID_PW_DATA_INCU_YN": "N", "FID_FAKE_TICK_INCU_YN": ""}


async def price(broker: Any, symbol: str = "005930") -> dict[str, str]:
    reply = await broker.get("inquire-price", "FHKST01010100", **J, FID_INPUT_ISCD=symbol)
    output: dict[str, str] = reply.json()["output"]
    return output


async def today(broker: Any, hour: str = "000000", **over: str) -> list[dict[str, str]]:
    query = {**SAMSUNG, **TODAY, "FID_INPUT_HOUR_1": hour, **over}
    reply = await broker.get("inquire-time-itemchartprice", "FHKST03010200", **query)
    rows: list[dict[str, str]] = reply.json()["output2"]
    return rows


async def past(broker: Any, day: str, hour: str, **over: str) -> list[dict[str, str]]:
    query = {**SAMSUNG, **PAST, "FID_INPUT_HOUR_1": hour, "FID_INPUT_DATE_1": day, **over}
    reply = await broker.get("inquire-time-dailychartprice", "FHKST03010230", **query)
    rows: list[dict[str, str]] = reply.json()["output2"]
    return rows


async def daily(broker: Any, first: str, last: str, period: str = "D") -> dict[str, Any]:
    dates = {"FID_INPUT_DATE_1": first, "FID_INPUT_DATE_2": last}
    query = {**SAMSUNG, **dates, "FID_PERIOD_DIV_CODE": period, "FID_ORG_ADJ_PRC": "0"}
    reply = await broker.get("inquire-daily-itemchartprice", "FHKST03010100", **query)
    content: dict[str, Any] = reply.json()
    return content


@pytest.mark.anyio
async def test_the_price_is_that_of_the_last_print(broker: Any) -> None:
    await broker.move("09:00:45")
    quote = await price(broker)
    expected = {
        "stck_prpr": "69900",
        "prdy_vrss": "-100",
        "prdy_vrss_sign": "5",
        "prdy_ctrt": "-0.14",
        "stck_oprc": "70000",
        "stck_hgpr": "70100",
        "stck_lwpr": "69900",
        "acml_vol": "1060",
        "acml_tr_pbmn": str(70_000 * 1020 + 70_100 * 10 + 69_900 * 30),
        "stck_mxpr": "91000",
        "stck_llam": "49000",
        "stck_sdpr": "70000",
        "aspr_unit": "100",
        "rprs_mrkt_kor_name": "KOSPI",
        "bstp_kor_isnm": "전기.전자",
        "hts_avls": str(5_919_637_922 * 69_900 // 100_000_000),
        "w52_hgpr": "70500",
        "w52_lwpr": "69500",
    }
    assert {name: quote[name] for name in expected} == expected


@pytest.mark.anyio
async def test_before_its_first_print_a_stock_stands_at_its_base(opens: Any) -> None:
    async with opens("08:30:00") as broker:
        quote = await price(broker)
        assert (quote["stck_prpr"], quote["stck_oprc"], quote["acml_vol"]) == ("70000", "0", "0")
        assert quote["prdy_vrss_sign"] == "3"


@pytest.mark.anyio
async def test_a_code_of_no_stock_is_answered_with_zeros(broker: Any) -> None:
    quote = await price(broker, "999999")
    assert (quote["stck_prpr"], quote["stck_shrn_iscd"]) == ("0", "999999")
    rows = await today(broker, FID_INPUT_ISCD="999999")
    assert rows == []


@pytest.mark.anyio
async def test_the_book_has_ten_levels_around_the_price(broker: Any) -> None:
    await broker.move("09:00:45")
    reply = await broker.get("inquire-asking-price-exp-ccn", "FHKST01010200", **SAMSUNG)
    book, expected = reply.json()["output1"], reply.json()["output2"]
    asks = [int(book[f"askp{n}"]) for n in range(1, 11)]
    bids = [int(book[f"bidp{n}"]) for n in range(1, 11)]
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert bids[0] < asks[0]
    total = sum(int(book[f"askp_rsqn{n}"]) for n in range(1, 11))
    assert book["total_askp_rsqn"] == str(total)
    assert book["new_mkop_cls_code"] == "20"
    assert (expected["stck_prpr"], expected["antc_cnpr"]) == ("69900", "0")


@pytest.mark.anyio
async def test_the_minute_that_forms_comes_first_and_moves(broker: Any) -> None:
    await broker.move("09:00:15")
    (row,) = await today(broker)
    assert (row["stck_cntg_hour"], row["stck_prpr"], row["cntg_vol"]) == ("090000", "70100", "1010")
    await broker.move("09:01:05")
    forming, done = await today(broker)
    assert (forming["stck_cntg_hour"], forming["cntg_vol"]) == ("090100", "500")
    assert {k: done[k] for k in ("stck_oprc", "stck_hgpr", "stck_lwpr", "stck_prpr")} == {
        "stck_oprc": "70000",
        "stck_hgpr": "70100",
        "stck_lwpr": "69900",
        "stck_prpr": "69900",
    }
    assert done["cntg_vol"] == "1060"


@pytest.mark.anyio
async def test_a_minute_without_a_print_repeats_the_one_before_while_it_forms(broker: Any) -> None:
    await broker.move("09:02:30")
    rows = await today(broker)
    assert [row["stck_cntg_hour"] for row in rows] == ["090200", "090100", "090000"]
    assert (rows[0]["stck_prpr"], rows[0]["cntg_vol"]) == ("70300", "1000")
    await broker.move("09:04:00")
    hours = [row["stck_cntg_hour"] for row in await today(broker)]
    assert hours == ["090400", "090300", "090100", "090000"], "a minute without a print is no row"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("hour", "newest"),
    [("000000", "100000"), ("235959", "100000"), ("090130", "090100"), ("085900", None)],
)
async def test_the_hour_says_where_to_begin(broker: Any, hour: str, newest: str | None) -> None:
    await broker.move("10:00:30")
    rows = await today(broker, hour)
    assert (rows[0]["stck_cntg_hour"] if rows else None) == newest


@pytest.mark.anyio
async def test_the_running_value_of_a_chart_is_that_of_the_prints(broker: Any) -> None:
    await broker.move("15:31:00")
    rows = await today(broker)
    assert rows[0]["stck_cntg_hour"] == "153000"
    assert rows[0]["acml_tr_pbmn"] == (await price(broker))["acml_tr_pbmn"]
    await broker.move("18:00:00")
    assert await today(broker) == rows


@pytest.mark.anyio
async def test_past_minutes_page_backwards_120_at_a_time(broker: Any) -> None:
    first = await past(broker, "20250902", "153000")
    assert len(first) == 120
    assert [row["stck_cntg_hour"] for row in first[:3]] == ["153000", "151900", "151800"]
    second = await past(broker, "20250902", "132000")
    assert second[0]["stck_cntg_hour"] == "132000"
    early = await past(broker, "20250902", "090100")
    assert [row["stck_cntg_hour"] for row in early] == ["090100", "090000"]
    assert early[0]["acml_tr_pbmn"] == str(70_000 * 21)


@pytest.mark.anyio
async def test_earlier_sessions_fill_the_page_when_asked(broker: Any) -> None:
    rows = await past(broker, "20250902", "090100", FID_PW_DATA_INCU_YN="Y")
    assert len(rows) == 120
    assert [r["stck_bsop_date"] for r in (rows[1], rows[2])] == ["20250902", "20250901"]
    assert rows[2]["stck_cntg_hour"] == "153000"


@pytest.mark.anyio
@pytest.mark.parametrize("day", ["20250831", "20250904", "20230101"])
async def test_a_day_without_a_session_has_no_rows(broker: Any, day: str) -> None:
    assert await past(broker, day, "153000") == []


@pytest.mark.anyio
async def test_the_daily_chart_is_newest_first_and_today_moves(broker: Any) -> None:
    content = await daily(broker, "20250801", "20250903")
    rows = content["output2"]
    assert [row["stck_bsop_date"] for row in rows[:2]] == ["20250903", "20250902"]
    assert (rows[0]["stck_clpr"], rows[0]["acml_vol"]) == ("70000", "1000")
    assert rows[-1]["stck_bsop_date"] == "20250801"
    await broker.move("09:01:10")
    rows = (await daily(broker, "20250903", "20250903"))["output2"]
    assert [(row["stck_clpr"], row["prdy_vrss"]) for row in rows] == [("70300", "300")]
    assert "itewhol_loan_rmnd_ratem name" in content["output1"]


@pytest.mark.anyio
async def test_no_more_than_100_days_at_once(broker: Any) -> None:
    rows = (await daily(broker, "20240101", "20250902"))["output2"]
    assert len(rows) == 100
    assert rows[0]["stck_bsop_date"] == "20250902"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("period", "first_days"),
    [("W", ["20250901", "20250825"]), ("M", ["20250901", "20250801"]), ("Y", ["20250801"])],
)
async def test_longer_periods_stand_under_their_first_day(
    broker: Any, period: str, first_days: list[str]
) -> None:
    rows = (await daily(broker, "20250801", "20250903", period))["output2"]
    dates = [row["stck_bsop_date"] for row in rows]
    assert dates[: len(first_days)] == first_days
    assert rows[0]["stck_clpr"] == "70000"


@pytest.mark.anyio
@pytest.mark.parametrize("over", [("2025-08-01", "20250903"), ("20250801", "20251399")])
async def test_a_date_that_is_none_is_refused(broker: Any, over: tuple[str, str]) -> None:
    assert (await daily(broker, *over))["msg_cd"] == "OPSQ2001"


@pytest.mark.anyio
async def test_an_index_tells_its_level_and_its_breadth(broker: Any) -> None:
    await broker.move("09:00:45")
    u = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": "0001"}
    output = (await broker.get("inquire-index-price", "FHPUP02100000", **u)).json()["output"]
    assert (output["bstp_nmix_prpr"], output["bstp_nmix_prdy_vrss"]) == ("3130.50", "10.50")
    assert (output["prdy_vrss_sign"], output["bstp_nmix_prdy_ctrt"]) == ("2", "0.34")
    assert (output["down_issu_cnt"], output["stnr_issu_cnt"]) == ("1", "1")
    assert output["acml_vol"] == "1", "thousand shares"
    dates = {"FID_INPUT_DATE_1": "20250801", "FID_INPUT_DATE_2": "20250903"}
    chart = await broker.get(
        "inquire-daily-indexchartprice", "FHKUP03500100", **u, **dates, FID_PERIOD_DIV_CODE="D"
    )
    rows = chart.json()["output2"]
    assert [row["stck_bsop_date"] for row in rows] == [
        "20250903",
        "20250902",
        "20250901",
        "20250829",
    ]
    assert rows[0]["bstp_nmix_prpr"] == "3130.50"
    unknown = {**u, "FID_INPUT_ISCD": "9999"}
    reply = await broker.get("inquire-index-price", "FHPUP02100000", **unknown)
    assert reply.json()["output"]["bstp_nmix_prpr"] == "0"


@pytest.mark.anyio
async def test_every_documented_quote_field_is_there_as_text(broker: Any) -> None:
    await broker.move("09:00:45")
    dates = {"FID_INPUT_DATE_1": "20250801", "FID_INPUT_DATE_2": "20250903"}
    period = {"FID_PERIOD_DIV_CODE": "D"}
    index = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": "0001"}
    hour = {"FID_INPUT_HOUR_1": "153000"}
    extra = {"itewhol_loan_rmnd_ratem name", "bstp_nmix_prdy_vrss"}
    asked = {
        "inquire-price": SAMSUNG,
        "inquire-asking-price-exp-ccn": SAMSUNG,
        "inquire-time-itemchartprice": {**SAMSUNG, **TODAY, **hour},
        "inquire-time-dailychartprice": {
            **SAMSUNG,
            **PAST,
            **hour,
            "FID_INPUT_DATE_1": "20250902",
        },
        "inquire-daily-itemchartprice": {**SAMSUNG, **dates, **period, "FID_ORG_ADJ_PRC": "0"},
        "inquire-index-price": index,
        "inquire-daily-indexchartprice": {**index, **dates, **period},
    }
    stocks = "/uapi/domestic-stock/v1/quotations/"
    table = {
        path.removeprefix(stocks): call
        for path, call in calls("real").items()
        if path.startswith(stocks)
    }
    for name, query in asked.items():
        call = table[name]
        content = (await broker.get(name, next(iter(call.variants)), **query)).json()
        assert content["msg_cd"] == "MCA00000"
        for output, shape in call.outputs.items():
            record = content[output][0] if isinstance(content[output], list) else content[output]
            assert set(record) - extra == set(shape.names) - extra, f"{name} {output}"
            assert all(isinstance(value, str) for value in record.values())
