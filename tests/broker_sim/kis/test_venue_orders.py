"""Orders for NXT, SOR and stops, told over REST; and what their notices say of the venue."""

from typing import Any

import pytest

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.happenings import Accepted
from broker_sim.exchange.orders import Route
from broker_sim.kis.desk import REAL_MANNERS
from broker_sim.kis.layouts import Layout
from broker_sim.kis.notices import Notices
from broker_sim.kis.order_lists import TYPE_NAMES
from broker_sim.kis.tokens import Keys
from kis_core.market.events import Venue
from kis_core.wire.account import OrderType
from kis_core.wire.tr_table import STREAMS

SAMSUNG, ECOPRO = "005930", "247540"


async def send(broker: Any, tr_id: str = "TTTC0012U", **over: str) -> dict[str, Any]:
    body = {"PDNO": SAMSUNG, "ORD_DVSN": "00", "ORD_QTY": "3", "ORD_UNPR": "50000"} | over
    content: dict[str, Any] = (await broker.post("order-cash", tr_id, **body)).json()
    return content


async def rows(broker: Any, **over: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = (await broker.history(**over)).json()["output1"]
    return listed


async def open_rows(broker: Any) -> list[dict[str, str]]:
    query = {"CANO": "50001234", "ACNT_PRDT_CD": "01", "CTX_AREA_FK100": "", "CTX_AREA_NK100": ""}
    query |= {"INQR_DVSN_1": "0", "INQR_DVSN_2": "0"}
    reply = await broker.get("inquire-psbl-rvsecncl", "TTTC0084R", **query)
    listed: list[dict[str, str]] = reply.json()["output"]
    return listed


@pytest.mark.anyio
async def test_an_order_says_where_it_was_sent_and_where_it_went(opens: Any) -> None:
    async with opens("08:10:00") as broker:
        for venue in ("NXT", "SOR"):
            assert (await send(broker, EXCG_ID_DVSN_CD=venue))["rt_cd"] == "0"
        await broker.move("09:10:00")
        assert (await send(broker))["rt_cd"] == "0"
        await broker.move("09:10:01")
        listed = await rows(broker)
        assert [row["excg_id_dvsn_Cd"] for row in listed] == ["NXT", "SOR", "KRX"]
        waiting = await open_rows(broker)
        assert [(row["excg_id_dvsn_cd"], row["excg_id_dvsn_name"]) for row in waiting] == [
            ("KRX", "KRX"),
            ("SOR", "SOR-NXT"),
            ("NXT", "NXT"),
        ]
        for asked, count in (("ALL", 3), ("KRX", 1), ("NXT", 2), ("SOR", 1)):
            assert len(await rows(broker, EXCG_ID_DVSN_CD=asked)) == count
        await broker.move("15:40:00")  # KRX's order ended with its session, the others live on
        assert len(await open_rows(broker)) == 2


@pytest.mark.anyio
async def test_an_order_on_nxt_trades_before_krx_opens(opens: Any) -> None:
    async with opens("08:10:00") as broker:
        (ask, _), *_ = broker.exchange.book(SAMSUNG, "NXT").asks
        await send(broker, EXCG_ID_DVSN_CD="NXT", ORD_UNPR=str(ask), ORD_QTY="1")
        await broker.move("08:10:01")
        (row,) = await rows(broker)
        assert (row["tot_ccld_qty"], row["tot_ccld_amt"]) == ("1", str(ask))
        line = (await broker.balance()).json()["output1"][0]
        assert (line["pdno"], line["hldg_qty"]) == (SAMSUNG, "1")


@pytest.mark.parametrize(
    ("at", "over", "code"),
    [
        ("10:00:00", {"EXCG_ID_DVSN_CD": "NXT", "ORD_DVSN": "01", "ORD_UNPR": "0"}, "APMP0001"),
        ("16:00:00", {"EXCG_ID_DVSN_CD": "NXT", "ORD_DVSN": "03", "ORD_UNPR": "0"}, "APBK3013"),
        ("10:00:00", {"EXCG_ID_DVSN_CD": "NXT", "PDNO": ECOPRO}, "APBK0656"),
        ("08:55:00", {"EXCG_ID_DVSN_CD": "NXT"}, "APBK0918"),
        ("10:00:00", {"EXCG_ID_DVSN_CD": "SOR", "ORD_DVSN": "22"}, "APMP0001"),
        ("10:00:00", {"ORD_DVSN": "22"}, "APMP0001"),
        ("10:00:00", {"ORD_DVSN": "22", "CNDT_PRIC": "x"}, "APMP0001"),
        ("10:00:00", {"ORD_DVSN": "27"}, "APMP0001"),
        ("10:00:00", {"ORD_DVSN": "99"}, "APMP0001"),
        ("08:45:00", {"ORD_DVSN": "15", "ORD_UNPR": "0"}, "APBK1943"),
    ],
)
@pytest.mark.anyio
async def test_what_a_venue_refuses_is_refused_with_its_code(
    opens: Any, at: str, over: dict[str, str], code: str
) -> None:
    async with opens(at) as broker:
        answer = await send(broker, **over)
        assert (answer["rt_cd"], answer["msg_cd"]) == ("7", code)
        assert "output" not in answer
        assert await rows(broker) == []


@pytest.mark.parametrize(
    "over", [{"EXCG_ID_DVSN_CD": "NXT"}, {"EXCG_ID_DVSN_CD": "SOR"}, {"ORD_DVSN": "11"}]
)
@pytest.mark.anyio
async def test_paper_has_one_venue_and_six_types(opens: Any, over: dict[str, str]) -> None:
    async with opens("10:00:00", dialect="paper") as broker:
        answer = await send(broker, "VTTC0012U", **over)
        assert (answer["rt_cd"], answer["msg_cd"]) == ("1", "90000000")


@pytest.mark.anyio
async def test_a_change_names_the_venue_of_its_order_or_none(opens: Any) -> None:
    async with opens("10:00:00") as broker:
        await send(broker, EXCG_ID_DVSN_CD="NXT")
        await broker.move("10:00:01")
        body = {"KRX_FWDG_ORD_ORGNO": "", "ORGN_ODNO": "1001", "ORD_DVSN": "00", "ORD_QTY": "1"}
        body |= {"RVSE_CNCL_DVSN_CD": "02", "ORD_UNPR": "0", "QTY_ALL_ORD_YN": "N"}
        for venue, code in (("KRX", "APBK0344"), ("NXT", "APBK0013"), ("", "APBK0013")):
            reply = await broker.post("order-rvsecncl", "TTTC0013U", EXCG_ID_DVSN_CD=venue, **body)
            assert reply.json()["msg_cd"] == code


@pytest.mark.anyio
async def test_a_stop_shows_its_condition_and_when_it_was_met(opens: Any) -> None:
    async with opens("09:00:05") as broker:
        stop = {"ORD_DVSN": "22", "ORD_UNPR": "70400", "CNDT_PRIC": "70200"}
        assert (await send(broker, **stop))["rt_cd"] == "0"
        await broker.move("09:00:30")
        (row,) = await open_rows(broker)
        assert (row["stpm_cndt_pric"], row["stpm_efct_occr_yn"]) == ("70200", "N")
        (row,) = await rows(broker)
        assert (row["stpm_cndt_pric"], row["stpm_efct_occr_dtmd"]) == ("70200", "")
        await broker.move("09:01:05")
        (row,) = await rows(broker)
        assert (row["stpm_efct_occr_dtmd"], row["tot_ccld_qty"]) == ("20250903090105", "3")


def test_every_type_has_a_name() -> None:
    assert set(TYPE_NAMES) == set(OrderType)
    assert len(set(TYPE_NAMES.values())) == len(TYPE_NAMES)


def record(day: Any, **over: Any) -> dict[str, str]:
    keys = Keys("APPKEY", "APPSECRET", "50001234", "01", "trader")
    fields = {
        "odno": "0000001001",
        "original": None,
        "change": "new",
        "symbol": SAMSUNG,
        "side": "BUY",
        "order_type": OrderType.LIMIT,
        "shares": 3,
        "limit_krw": 50_000,
        "at_ns": day.now_ns,
    }
    notices = Notices(day.day, keys, "real", REAL_MANNERS, Layout.MID)
    text = notices.record(Accepted(**(fields | over)))
    values = text.split("^")
    return dict(zip(STREAMS["H0STCNI0"].columns(len(values)), values, strict=True))


@pytest.mark.parametrize(
    ("route", "venue", "code"),
    [("KRX", "KRX", "1"), ("NXT", "NXT", "2"), ("SOR", "KRX", "3"), ("SOR", "NXT", "4")],
)
def test_a_notice_says_which_exchange(
    tiny_exchange: Any, route: Route, venue: Venue, code: str
) -> None:
    told = record(tiny_exchange, route=route, venue=venue, condition_krw=50_500)
    assert told["ORD_EXG_GB"] == code
    assert told["ORD_COND_PRC"] == "000050500"


@pytest.mark.parametrize(
    ("kind", "condition"),
    [("00", "0"), ("11", "1"), ("12", "2"), ("15", "1"), ("16", "2"), ("23", "1"), ("46", "2")],
)
def test_a_notice_says_whether_an_order_waits(
    tiny_exchange: Any, kind: str, condition: str
) -> None:
    told = record(tiny_exchange, order_type=OrderType(kind))
    assert (told["ODER_KIND"], told["ODER_COND"]) == (kind, condition)


def test_the_tiny_day_has_an_issue_on_each_side(tiny_exchange: Any) -> None:
    instruments: dict[str, Instrument] = tiny_exchange.day.instruments
    assert (instruments[SAMSUNG].nxt, instruments[ECOPRO].nxt) == (True, False)
