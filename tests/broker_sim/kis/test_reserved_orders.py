"""Reserved orders: kept for the next session, never orders of the day played."""

from typing import Any

import pytest

from tests.broker_sim.kis import official

ORDER = {
    "PDNO": "005930",
    "ORD_QTY": "10",
    "ORD_UNPR": "70000",
    "SLL_BUY_DVSN_CD": "02",
    "ORD_DVSN_CD": "00",
    "ORD_OBJT_CBLC_DVSN_CD": "10",
}


async def reserve(broker: Any, **over: str) -> dict[str, Any]:
    reply = await broker.post("order-resv", "CTSC0008U", **(ORDER | over))
    content: dict[str, Any] = reply.json()
    return content


async def change(broker: Any, tr_id: str, number: str, **over: str) -> dict[str, Any]:
    fields = {"RSVN_ORD_SEQ": number, "RSVN_ORD_ORGNO": "", "RSVN_ORD_ORD_DT": ""}
    reply = await broker.post("order-resv-rvsecncl", tr_id, **(ORDER | fields | over))
    content: dict[str, Any] = reply.json()
    return content


async def listed(broker: Any, **over: str) -> list[dict[str, str]]:
    answer = await official.ask(broker, "domestic_stock.order_resv_ccnl", PDNO="", **over)
    assert answer.ok
    rows: list[dict[str, str]] = answer.rows("output")
    return rows


@pytest.mark.anyio
async def test_one_is_kept_listed_changed_and_cancelled(opens: Any) -> None:
    async with opens("15:45:00") as broker:
        taken = await reserve(broker)
        assert (taken["rt_cd"], taken["msg_cd"]) == ("0", "APBK2938")
        number = taken["output"]["RSVN_ORD_SEQ"]
        (row,) = await listed(broker)
        assert (row["rsvn_ord_seq"], row["pdno"], row["ord_rsvn_qty"]) == (number, "005930", "10")
        assert (row["rsvn_ord_ord_dt"], row["prcs_rslt"]) == ("20250904", "미처리")
        changed = await change(broker, "CTSC0013U", number, ORD_QTY="7", ORD_UNPR="69000")
        assert changed["output"] == {"NRML_PRCS_YN": "Y"}
        (row,) = await listed(broker)
        assert (row["ord_rsvn_qty"], row["ord_rsvn_unpr"]) == ("7", "69000")
        assert (await change(broker, "CTSC0009U", number))["msg_cd"] == "KIOK0430"
        (row,) = await listed(broker)
        assert (row["prcs_rslt"], row["cncl_rcit_tmd"]) == ("취소", "154500")
        assert await listed(broker, CNCL_YN="N") == []
        assert (await change(broker, "CTSC0009U", number))["rt_cd"] == "7"
        assert broker.exchange.orders() == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("at", "taken"),
    [
        ("07:29:59", True),
        ("07:30:00", False),
        ("12:00:00", False),
        ("15:39:59", False),
        ("15:40:00", True),
        ("23:39:59", True),
        ("23:40:00", False),
        ("00:05:00", False),
    ],
)
async def test_they_are_taken_in_the_evening_and_early_in_the_morning(
    opens: Any, at: str, taken: bool
) -> None:
    async with opens(at) as broker:
        reply = await reserve(broker)
        assert (reply["rt_cd"] == "0") is taken
        assert taken or reply["msg_cd"] == "APBK0918"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"PDNO": "123456"}, "APBK0656"),
        ({"ORD_QTY": "0"}, "APMP0001"),
        ({"ORD_QTY": "ten"}, "APMP0001"),
        ({"ORD_UNPR": "0"}, "APMP0001"),
        ({"SLL_BUY_DVSN_CD": "03"}, "APMP0001"),
        ({"ORD_DVSN_CD": "11"}, "APMP0001"),
        ({"ORD_OBJT_CBLC_DVSN_CD": "21"}, "APAC0081"),
    ],
)
async def test_what_cannot_be_read_is_refused(opens: Any, over: dict[str, str], code: str) -> None:
    async with opens("15:45:00") as broker:
        reply = await reserve(broker, **over)
        assert (reply["rt_cd"], reply["msg_cd"]) == ("7", code)
        assert await listed(broker) == []


@pytest.mark.anyio
async def test_a_market_order_needs_no_price(opens: Any) -> None:
    async with opens("15:45:00") as broker:
        assert (await reserve(broker, ORD_DVSN_CD="01", ORD_UNPR="0"))["rt_cd"] == "0"
        (row,) = await listed(broker)
        assert row["ord_dvsn_name"] == "시장가"


@pytest.mark.anyio
async def test_a_long_list_comes_in_pages(opens: Any) -> None:
    async with opens("15:45:00") as broker:
        for _ in range(45):
            await reserve(broker)
        pages = [
            answer
            async for answer in official.pages(broker, "domestic_stock.order_resv_ccnl", PDNO="")
        ]
        assert [answer.tr_cont for answer in pages] == ["F", "M", "D"]
        numbers = [row["rsvn_ord_seq"] for page in pages for row in page.rows("output")]
        assert len(set(numbers)) == 45
