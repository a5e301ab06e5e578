"""Order stories, told over REST: what is taken, filled, changed, refused, and listed."""

from typing import Any

import pytest

from broker_sim.exchange.account import OpeningHolding
from broker_sim.kis.calls import calls

SAMSUNG, ECOPRO = "005930", "247540"
HELD = (OpeningHolding(SAMSUNG, 100, 68_000.0),)


async def rows(broker: Any, **over: str) -> list[dict[str, str]]:
    content = (await broker.history(**over)).json()
    assert content["rt_cd"] == "0"
    listed: list[dict[str, str]] = content["output1"]
    return listed


@pytest.mark.anyio
async def test_an_accepted_order_answers_in_upper_case(broker: Any) -> None:
    answer = await broker.order("BUY", 1, 69_900)
    assert answer["msg_cd"] == "APBK0013"
    assert answer["output"] == {
        "KRX_FWDG_ORD_ORGNO": "06010",
        "ODNO": "0000001001",
        "ORD_TMD": "090005",
    }


@pytest.mark.anyio
async def test_a_resting_buy_fills_when_prints_reach_it(broker: Any) -> None:
    await broker.order("BUY", 4, 69_500)
    await broker.move("09:59:00")
    (row,) = await rows(broker)
    assert (row["tot_ccld_qty"], row["rmn_qty"], row["cncl_yn"]) == ("0", "4", "N")
    await broker.move("10:00:01")
    (row,) = await rows(broker)
    assert (row["tot_ccld_qty"], row["rmn_qty"]) in (("4", "0"), ("0", "4"))
    await broker.order("BUY", 4, 69_600)
    await broker.move("10:00:02")
    row = (await rows(broker))[-1]
    assert (row["tot_ccld_qty"], row["tot_ccld_amt"], row["avg_prvs"]) == ("4", "278400", "69600")


@pytest.mark.anyio
async def test_a_market_sell_turns_shares_into_money(opens: Any) -> None:
    async with opens("09:00:20", holdings=HELD) as broker:
        await broker.order("SELL", 10)
        await broker.move("09:00:21")
        (row,) = await rows(broker)
        assert row["tot_ccld_qty"] == "10"
        assert (row["sll_buy_dvsn_cd"], row["ord_dvsn_cd"], row["ord_unpr"]) == ("01", "01", "0")
        content = (await broker.balance()).json()
        (line,) = content["output1"]
        money = content["output2"][0]
        assert (line["hldg_qty"], line["thdt_sll_qty"]) == ("90", "10")
        assert line["pchs_avg_pric"] == "68000.0000"
        sold = int(row["tot_ccld_amt"])
        costs = int(money["thdt_tlex_amt"])
        assert costs > 0
        assert int(money["prvs_rcdl_excc_amt"]) == 10_000_000 + sold - costs
        assert int(money["tot_evlu_amt"]) == int(money["prvs_rcdl_excc_amt"]) + int(
            money["scts_evlu_amt"]
        )


@pytest.mark.anyio
async def test_a_modify_gets_a_number_of_its_own(broker: Any) -> None:
    await broker.order("BUY", 5, 69_000)
    await broker.move("09:00:06")
    answer = await broker.change("1001", "01", price=69_100)
    assert answer["output"]["ODNO"] == "0000001002"
    await broker.move("09:00:07")
    old, new = await rows(broker)
    assert (old["rmn_qty"], new["rmn_qty"]) == ("0", "5")
    assert (new["orgn_odno"], new["ord_unpr"]) == ("0000001001", "69100")


@pytest.mark.anyio
async def test_a_cancel_empties_the_order_and_cannot_be_repeated(broker: Any) -> None:
    await broker.order("BUY", 5, 69_000)
    await broker.move("09:00:06")
    assert (await broker.change("0000001001", "02", shares=1))["rt_cd"] == "0"
    await broker.move("09:00:07")
    order, cancel = await rows(broker)
    assert (order["rmn_qty"], order["cncl_cfrm_qty"], order["cncl_yn"]) == ("0", "5", "Y")
    assert (cancel["orgn_odno"], cancel["cncl_yn"]) == ("0000001001", "Y")
    again = await broker.change("0000001001", "02")
    assert again["rt_cd"] == "7"
    assert "output" not in again


@pytest.mark.anyio
async def test_part_of_an_order_can_be_cancelled(broker: Any) -> None:
    await broker.order("BUY", 5, 69_000)
    await broker.move("09:00:06")
    await broker.change("1001", "02", shares=2, every="N")
    await broker.move("09:00:07")
    assert (await rows(broker))[0]["rmn_qty"] == "3"


@pytest.mark.anyio
async def test_a_cancel_after_the_fill_is_refused(broker: Any) -> None:
    await broker.order("BUY", 1)
    await broker.move("09:00:06")
    assert (await broker.change("1001", "02"))["rt_cd"] == "7"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("dialect", "side", "order", "code"),
    [
        ("real", "BUY", {"shares": 1, "price": 69_950}, "APBK0506"),
        ("real", "BUY", {"shares": 1, "price": 69_900, "symbol": "999999"}, "APBK0656"),
        ("real", "BUY", {"shares": 1000, "price": 69_900}, "APBK0952"),
        ("real", "SELL", {"shares": 1, "price": 69_900}, "APBK0400"),
        ("paper", "BUY", {"shares": 1000, "price": 69_900}, "40250000"),
        ("paper", "SELL", {"shares": 1, "price": 69_900}, "40240000"),
        ("paper", "BUY", {"shares": 1, "price": 69_950}, "40030000"),
    ],
)
async def test_a_refusal_carries_the_hosts_own_code(
    opens: Any, dialect: str, side: str, order: dict[str, Any], code: str
) -> None:
    async with opens(dialect=dialect) as broker:
        answer = await broker.order(side, **order)
        assert answer["msg_cd"] == code
        assert answer["rt_cd"] == ("7" if dialect == "real" else "1")
        assert "output" not in answer


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("dialect", "start", "code"),
    [
        ("real", "08:00:00", "APBK0918"),
        ("real", "15:40:00", "APBK0918"),
        ("paper", "08:00:00", "40570000"),
        ("paper", "15:40:00", "40580000"),
    ],
)
async def test_orders_outside_the_session_are_refused(
    opens: Any, dialect: str, start: str, code: str
) -> None:
    async with opens(start, dialect=dialect) as broker:
        await broker.move(start)
        assert (await broker.order("BUY", 1, 69_900))["msg_cd"] == code


@pytest.mark.anyio
@pytest.mark.parametrize(
    "over",
    [
        {"ORD_QTY": "one"},
        {"ORD_QTY": ""},
        {"ORD_UNPR": "70000.5"},
        {"ORD_UNPR": "-1"},
        {"ORD_DVSN": "ZZ"},
        {"EXCG_ID_DVSN_CD": "NYSE"},
    ],
)
async def test_an_order_that_cannot_be_read_is_refused_and_named(
    broker: Any, over: dict[str, str]
) -> None:
    body = {"PDNO": SAMSUNG, "ORD_DVSN": "00", "ORD_QTY": "1", "ORD_UNPR": "70000"} | over
    answer = (await broker.post("order-cash", "TTTC0012U", **body)).json()
    assert answer["msg_cd"] == "APMP0001"
    assert next(iter(over)) in answer["msg1"]
    assert await rows(broker) == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [
        {"ORD_QTY": "2", "ORD_UNPR": "60000"},
        {"ORD_QTY": 2, "ORD_UNPR": 60000},
        {"ORD_QTY": 2.0, "ORD_UNPR": 60000.0},
        {"ORD_QTY": "2", "ORD_UNPR": "60000", "EXCG_ID_DVSN_CD": None, "CNDT_PRIC": None},
        {"ORD_QTY": "2", "ORD_UNPR": "60000", "EXCG_ID_DVSN_CD": "", "SLL_TYPE": "01"},
        {"ORD_QTY": "2", "ORD_UNPR": "60000", "ALGO_NO": "", "MINE": {"a": [1]}},
    ],
    ids=["as documented", "numbers", "floats", "nulls", "blanks", "unknown fields"],
)
async def test_an_order_is_read_as_its_client_writes_it(broker: Any, body: Any) -> None:
    reply = await broker.post("order-cash", "TTTC0012U", PDNO=SAMSUNG, ORD_DVSN="00", **body)
    assert reply.json()["rt_cd"] == "0"
    await broker.move("09:00:06")
    (row,) = await rows(broker)
    assert (row["ord_qty"], row["ord_unpr"], row["excg_id_dvsn_Cd"]) == ("2", "60000", "KRX")


@pytest.mark.anyio
@pytest.mark.parametrize("branch", ["", "06010", "00950", None])
@pytest.mark.parametrize("shares", ["0", "1", "3", "", None, 0, 3.0])
async def test_all_of_an_order_is_changed_whatever_quantity_and_branch_are_said(
    broker: Any, branch: str | None, shares: Any
) -> None:
    await broker.order("BUY", 3, 60_000)
    await broker.move("09:00:06")
    said = {
        "KRX_FWDG_ORD_ORGNO": branch,
        "ORD_DVSN": "00",
        "ORD_QTY": shares,
        "QTY_ALL_ORD_YN": "Y",
    }
    modify = said | {"ORGN_ODNO": "1001", "RVSE_CNCL_DVSN_CD": "01", "ORD_UNPR": "59000"}
    modified = (await broker.post("order-rvsecncl", "TTTC0013U", **modify)).json()
    await broker.move("09:00:07")
    number = modified["output"]["ODNO"]
    assert int(number) == 1002
    cancel = said | {"ORGN_ODNO": number, "RVSE_CNCL_DVSN_CD": "02", "ORD_UNPR": "0"}
    assert (await broker.post("order-rvsecncl", "TTTC0013U", **cancel)).json()["rt_cd"] == "0"
    await broker.move("09:00:08")
    again = (await broker.post("order-rvsecncl", "TTTC0013U", **cancel)).json()
    assert (again["rt_cd"], again["msg_cd"]) == ("7", "APBK0344")
    left = {row["odno"]: (row["ord_qty"], row["rmn_qty"]) for row in await rows(broker)}
    assert left["0000001001"] == left["0000001002"] == ("3", "0")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("dialect", "tr_id"),
    [
        ("real", "TTTC0012U"),
        ("real", "TTTC0802U"),
        ("paper", "VTTC0012U"),
        ("paper", "VTTC0802U"),
    ],
)
async def test_old_and_new_tr_ids_both_place(opens: Any, dialect: str, tr_id: str) -> None:
    async with opens(dialect=dialect) as broker:
        body = {"PDNO": SAMSUNG, "ORD_DVSN": "00", "ORD_QTY": 1, "ORD_UNPR": 70_000}
        answer = (await broker.post("order-cash", tr_id, **body, SLL_TYPE=None)).json()
        assert answer["rt_cd"] == "0"
        if dialect == "paper":
            assert answer["msg_cd"] == "40600000"
            assert answer["output"]["ODNO"] == "1001"
            assert answer["output"]["KRX_FWDG_ORD_ORGNO"] == "00950"


@pytest.mark.anyio
@pytest.mark.parametrize(("dialect", "size"), [("real", 100), ("paper", 15)])
async def test_the_history_comes_in_pages(opens: Any, dialect: str, size: int) -> None:
    async with opens(dialect=dialect, cash_krw=100_000_000) as broker:
        for _ in range(2 * size + 1):
            await broker.order("BUY", 1, 50_000)
        seen: list[str] = []
        flags: list[str] = []
        over: dict[str, str] = {}
        while True:
            reply = await broker.history(**over)
            content = reply.json()
            seen += [row["odno"] for row in content["output1"]]
            flags.append(reply.headers["tr_cont"])
            assert len(content["ctx_area_fk100"]) == len(content["ctx_area_nk100"]) == 100
            if flags[-1] not in ("F", "M"):
                break
            over = {
                "tr_cont": "N",
                "ctx_area_fk100": content["ctx_area_fk100"],
                "ctx_area_nk100": content["ctx_area_nk100"],
            }
        assert flags == ["F", "M", "D"]
        assert seen == sorted(set(seen))
        assert len(seen) == 2 * size + 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("over", "numbers"),
    [
        ({}, [1001, 1002, 1003]),
        ({"INQR_DVSN": "00"}, [1003, 1002, 1001]),
        ({"CCLD_DVSN": "01"}, [1002]),
        ({"CCLD_DVSN": "02"}, [1001, 1003]),
        ({"SLL_BUY_DVSN_CD": "01"}, [1003]),
        ({"PDNO": ECOPRO}, []),
        ({"ODNO": "1001"}, [1001]),
        ({"ODNO": "0000001001"}, [1001]),
        ({"INQR_STRT_DT": "20250904", "INQR_END_DT": "20250904"}, []),
    ],
)
async def test_the_history_answers_what_was_asked(
    opens: Any, over: dict[str, str], numbers: list[int]
) -> None:
    async with opens(holdings=HELD) as broker:
        await broker.order("BUY", 1, 50_000)
        await broker.order("BUY", 1)
        await broker.order("SELL", 1, 90_000)
        await broker.move("09:00:06")
        assert [int(row["odno"]) for row in await rows(broker, **over)] == numbers


@pytest.mark.anyio
async def test_open_orders_are_those_that_can_still_be_changed(broker: Any) -> None:
    await broker.order("BUY", 3, 50_000)
    await broker.order("BUY", 1)
    await broker.order("BUY", 2, 50_100)
    await broker.move("09:00:06")
    await broker.change("1003", "02")
    await broker.move("09:00:07")
    query = {
        "CANO": "50001234",
        "ACNT_PRDT_CD": "01",
        "CTX_AREA_FK100": "",
        "CTX_AREA_NK100": "",
        "INQR_DVSN_1": "0",
        "INQR_DVSN_2": "0",
    }
    for tr_id in ("TTTC0084R", "TTTC8036R"):
        reply = await broker.get("inquire-psbl-rvsecncl", tr_id, **query)
        (row,) = reply.json()["output"]
        assert (row["odno"], row["psbl_qty"], row["ord_unpr"]) == ("0000001001", "3", "50000")
        assert reply.headers["tr_cont"] == "D"


@pytest.mark.anyio
async def test_buying_power_of_a_market_order_is_reckoned_at_the_upper_limit(broker: Any) -> None:
    query = {
        "CANO": "50001234",
        "ACNT_PRDT_CD": "01",
        "CMA_EVLU_AMT_ICLD_YN": "N",
        "OVRS_ICLD_YN": "N",
    }

    async def power(symbol: str, price: str, dvsn: str) -> dict[str, str]:
        more = {"PDNO": symbol, "ORD_UNPR": price, "ORD_DVSN": dvsn}
        reply = await broker.get("inquire-psbl-order", "TTTC8908R", **query, **more)
        output: dict[str, str] = reply.json()["output"]
        return output

    market = await power(SAMSUNG, "", "01")
    limit = await power(SAMSUNG, "70000", "00")
    amounts = await power("", "", "01")
    assert market["psbl_qty_calc_unpr"] == "91000"
    assert limit["psbl_qty_calc_unpr"] == "70000"
    assert 0 < int(market["nrcvb_buy_qty"]) < int(limit["nrcvb_buy_qty"])
    assert (amounts["ord_psbl_cash"], amounts["nrcvb_buy_qty"]) == ("10000000", "0")


@pytest.mark.anyio
async def test_an_empty_list_is_a_success_that_says_so(broker: Any) -> None:
    for reply in (await broker.history(), await broker.balance()):
        content = reply.json()
        assert (content["rt_cd"], content["msg_cd"]) == ("0", "KIOK0560")
        assert content["output1"] == []
        assert len(content["msg1"].encode("euc-kr")) == 80
        assert reply.headers["tr_cont"] == "D"


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["real", "paper"])
async def test_every_documented_account_field_is_there_as_text(opens: Any, dialect: str) -> None:
    table = {call.name: call for call in calls(dialect).values()}
    misspelt = {"cnc_cfrm_qty"}  # as the sheet has it; both spellings are sent
    async with opens(dialect=dialect, holdings=HELD) as broker:
        await broker.order("BUY", 1)
        await broker.move("09:00:06")
        history, balance = (await broker.history()).json(), (await broker.balance()).json()
        for call, output, record in (
            ("inquire_daily_ccld", "output1", history["output1"][0]),
            ("inquire_daily_ccld", "output2", history["output2"]),
            ("inquire_balance", "output1", balance["output1"][0]),
            ("inquire_balance", "output2", balance["output2"][0]),
        ):
            assert (
                set(record) - misspelt
                == set(table[f"domestic_stock.{call}"].outputs[output].names) - misspelt
            )
            assert all(isinstance(value, str) for value in record.values())


@pytest.mark.anyio
async def test_the_balance_pages_like_the_history(opens: Any) -> None:
    """Three stocks never fill a page, so the cursor is read past them."""
    async with opens(holdings=HELD) as broker:
        reply = await broker.balance(tr_cont="N", CTX_AREA_NK100="1".ljust(100))
        assert reply.json()["output1"] == []
        assert reply.headers["tr_cont"] == "D"
