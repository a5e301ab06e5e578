"""The WebSocket door: registrations, frames, notices, and clients that behave badly."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broker_sim.kis import sockets
from broker_sim.kis.layouts import Layout
from kis_core.wire.stream.cipher import unseal
from kis_core.wire.tr_table import STREAMS

TRADES, BOOKS, REAL, PAPER = "H0STCNT0", "H0STASP0", "H0STCNI0", "H0STCNI9"
SAMSUNG, ECOPRO = "005930", "247540"


async def silence(line: Any, seconds: float = 0.05) -> bool:
    """Whether nothing comes for a while."""
    try:
        await asyncio.wait_for(line.connection.recv(), seconds)
    except TimeoutError:
        return True
    return False


async def gone(served: sockets.Sockets) -> None:
    """Wait until no session is left."""
    for _ in range(400):
        if not served.count:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("a session is still open after two seconds")


async def read_to_the_end(connection: ClientConnection) -> None:
    while True:
        await connection.recv()


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["", "/tryitout", "/tryitout/H0STCNT0"])
async def test_any_path_is_taken_and_a_registration_brings_iv_and_key(
    broker: Any, path: str
) -> None:
    async with broker.socket(path) as line:
        answer = await line.register(TRADES, SAMSUNG)
        assert answer["header"] == {"tr_id": TRADES, "tr_key": SAMSUNG, "encrypt": "N"}
        assert answer["body"]["rt_cd"] == "0"
        assert answer["body"]["msg_cd"] == "OPSP0000"
        assert answer["body"]["msg1"] == "SUBSCRIBE SUCCESS"
        assert (len(answer["body"]["output"]["iv"]), len(answer["body"]["output"]["key"])) == (
            16,
            32,
        )


@pytest.mark.anyio
async def test_a_print_comes_with_all_its_columns(broker: Any) -> None:
    async with broker.socket() as line:
        await line.register(TRADES, SAMSUNG)
        await broker.move("09:00:45")
        flag, tr_id, count, payload = await line.frame()
        assert (flag, tr_id, count) == ("0", TRADES, 3)
        values = payload.split("^")
        assert len(values) == 3 * 46
        columns = STREAMS[TRADES].columns(46)
        third = dict(zip(columns, values[92:], strict=True))
        expected = {
            "MKSC_SHRN_ISCD": SAMSUNG,
            "STCK_CNTG_HOUR": "090040",
            "STCK_PRPR": "69900",
            "PRDY_VRSS_SIGN": "5",
            "PRDY_VRSS": "-100",
            "PRDY_CTRT": "-0.14",
            "STCK_OPRC": "70000",
            "STCK_HGPR": "70100",
            "STCK_LWPR": "69900",
            "CNTG_VOL": "30",
            "ACML_VOL": "1060",
            "ACML_TR_PBMN": str(70_000 * 1020 + 70_100 * 10 + 69_900 * 30),
            "SELN_CNTG_CSNU": "2",
            "SHNU_CNTG_CSNU": "1",
            "NTBY_CNTG_CSNU": "-1",
            "CTTR": "20.00",
            "CCLD_DVSN": "5",
            "PRDY_VOL_VRSS_ACML_VOL_RATE": "26.50",
            "OPRC_HOUR": "090000",
            "HGPR_HOUR": "090010",
            "LWPR_HOUR": "090040",
            "BSOP_DATE": "20250903",
            "NEW_MKOP_CLS_CODE": "20",
            "TRHT_YN": "N",
            "PRDY_SMNS_HOUR_ACML_VOL": "10",
            "HOUR_CLS_CODE": "0",
            "VI_STND_PRC": "70000",
        }
        assert {name: third[name] for name in expected} == expected
        value, volume = int(third["ACML_TR_PBMN"]), int(third["ACML_VOL"])
        assert third["WGHN_AVRG_STCK_PRC"] == f"{value / volume:.2f}"
        assert int(third["BIDP1"]) < int(third["ASKP1"])
        assert int(third["TOTAL_ASKP_RSQN"]) >= int(third["ASKP_RSQN1"]) > 0


@pytest.mark.anyio
async def test_registering_late_still_knows_the_day_so_far(broker: Any) -> None:
    await broker.move("10:00:00")
    async with broker.socket() as line:
        await line.register(TRADES, SAMSUNG)
        await broker.move("15:30:00")
        _, _, _, payload = await line.frame()
        record = dict(zip(STREAMS[TRADES].columns(46), payload.split("^"), strict=True))
        assert (record["HGPR_HOUR"], record["LWPR_HOUR"]) == ("090106", "100000")
        assert (record["OPRC_HOUR"], record["CCLD_DVSN"]) == ("090000", "3")
        assert record["NEW_MKOP_CLS_CODE"] == "21"


@pytest.mark.anyio
async def test_prints_of_two_symbols_never_share_a_frame(broker: Any) -> None:
    async with broker.socket() as line:
        await line.register(TRADES, SAMSUNG)
        await line.register(TRADES, ECOPRO)
        await broker.move("09:01:10")
        seen = []
        for _ in range(3):
            _, _, count, payload = await line.frame()
            codes = set(payload.split("^")[:: len(payload.split("^")) // count])
            assert len(codes) == 1
            seen.append((codes.pop(), count))
        assert sum(count for code, count in seen if code == SAMSUNG) == 5
        assert sum(count for code, count in seen if code == ECOPRO) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("layout", "trade", "book"),
    [(Layout.LEGACY, 46, 59), (Layout.MID, 46, 62), (Layout.CURRENT, 47, 63)],
)
async def test_the_layout_sets_the_width(opens: Any, layout: Layout, trade: int, book: int) -> None:
    async with opens(layout=layout) as broker, broker.socket() as line:
        await line.register(TRADES, SAMSUNG)
        await line.register(BOOKS, SAMSUNG)
        await broker.move("09:00:20")
        widths = {}
        counts = set()
        for _ in range(3 if layout is Layout.LEGACY else 2):
            _, tr_id, count, payload = await line.frame()
            widths[tr_id] = len(payload.split("^")) // count
            if tr_id == TRADES:
                counts.add(count)
        assert widths == {TRADES: trade, BOOKS: book}
        assert counts == ({1} if layout is Layout.LEGACY else {2})


@pytest.mark.anyio
async def test_a_book_agrees_with_the_rest_book(broker: Any) -> None:
    async with broker.socket() as line:
        await line.register(BOOKS, SAMSUNG)
        await line.frame()  # the book of the moment it was registered
        await broker.move("09:00:10")
        _, _, count, payload = await line.frame()
        record = dict(zip(STREAMS[BOOKS].columns(62), payload.split("^"), strict=True))
        query = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": SAMSUNG}
        reply = await broker.get("inquire-asking-price-exp-ccn", "FHKST01010200", **query)
        asked = reply.json()["output1"]
        assert count == 1
        for name in ("ASKP1", "BIDP10", "ASKP_RSQN3", "TOTAL_BIDP_RSQN"):
            assert record[name] == asked[name.lower()]
        assert (record["ANTC_CNPR"], record["ANTC_CNTG_VRSS"]) == ("0", "-70000")
        assert (record["ANTC_CNTG_VRSS_SIGN"], record["ANTC_CNTG_PRDY_CTRT"]) == ("5", "-100.00")
        assert (record["ACML_VOL"], record["HOUR_CLS_CODE"]) == ("1010", "0")


@pytest.mark.anyio
async def test_a_book_of_an_auction_says_so(opens: Any) -> None:
    async with opens("08:20:00") as broker, broker.socket() as line:
        await line.register(BOOKS, SAMSUNG)
        await line.frame()
        await broker.move("08:40:00")
        _, _, _, payload = await line.frame()
        record = dict(zip(STREAMS[BOOKS].columns(62), payload.split("^"), strict=True))
        assert (record["HOUR_CLS_CODE"], record["ANTC_CNPR"]) == ("B", "70000")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("dialect", "layout", "tr_id", "width"),
    [
        ("real", Layout.LEGACY, REAL, 23),
        ("real", Layout.MID, REAL, 26),
        ("real", Layout.CURRENT, REAL, 26),
        ("paper", Layout.LEGACY, PAPER, 23),
        ("paper", Layout.MID, PAPER, 23),
        ("paper", Layout.CURRENT, PAPER, 26),
    ],
)
async def test_an_order_is_told_sealed_taken_then_filled(
    opens: Any, dialect: str, layout: Layout, tr_id: str, width: int
) -> None:
    async with opens(dialect=dialect, layout=layout) as broker, broker.socket() as line:
        answer = await line.register(tr_id, "trader")
        assert answer["header"]["encrypt"] == "Y"
        chain = answer["body"]["output"]
        await broker.order("BUY", 3)
        await broker.move("09:00:06")
        columns = STREAMS[tr_id].columns(width)
        told = []
        for _ in range(2):
            flag, heard, count, payload = await line.frame()
            assert (flag, heard, count) == ("1", tr_id, 1)
            values = unseal(payload, chain["key"], chain["iv"]).split("^")
            assert len(values) == width
            told.append(dict(zip(columns, values, strict=True)))
        taken, filled = told
        assert taken["ODER_NO"] == filled["ODER_NO"] == "0000001001"
        assert taken["ACNT_NO"] == "5000123401"
        assert (taken["CNTG_YN"], taken["ACPT_YN"], taken["RFUS_YN"]) == ("1", "1", "0")
        assert (filled["CNTG_YN"], filled["SELN_BYOV_CLS"], filled["ODER_KIND"]) == (
            "2",
            "02",
            "01",
        )
        assert (int(filled["CNTG_QTY"]), int(filled["ODER_QTY"])) == (3, 3)
        assert int(filled["CNTG_UNPR"]) > 0
        assert filled["STCK_SHRN_ISCD"] == SAMSUNG


@pytest.mark.anyio
async def test_a_cancel_is_told_under_its_own_number_taken_and_confirmed(broker: Any) -> None:
    async with broker.socket() as line:
        chain = (await line.register(REAL, "trader"))["body"]["output"]
        await broker.order("BUY", 3, 60_000)
        await broker.move("09:00:06")
        await broker.change("1001", "02")
        await broker.move("09:00:07")
        records = []
        for _ in range(3):
            _, _, _, payload = await line.frame()
            values = unseal(payload, chain["key"], chain["iv"]).split("^")
            records.append(dict(zip(STREAMS[REAL].columns(26), values, strict=True)))
        _, taken, confirmed = records
        for record in (taken, confirmed):
            assert (record["ODER_NO"], record["OODER_NO"]) == ("0000001002", "0000001001")
            assert record["RCTF_CLS"] == "2"
        assert (taken["ACPT_YN"], confirmed["ACPT_YN"]) == ("1", "2")
        assert int(confirmed["CNTG_QTY"]) == 3


@pytest.mark.anyio
async def test_the_41st_registration_is_the_last(broker: Any) -> None:
    async with broker.socket() as line:
        for number in range(41):
            answer = await line.register(TRADES, f"{number:06d}")
            assert answer["body"]["msg_cd"] == "OPSP0000"
        answer = await line.register(BOOKS, SAMSUNG)
        assert (answer["body"]["msg_cd"], answer["body"]["rt_cd"]) == ("OPSP0008", "1")
        assert "output" not in answer["body"]
        await line.register(TRADES, "000000", "2")
        assert (await line.register(BOOKS, SAMSUNG))["body"]["msg_cd"] == "OPSP0000"


@pytest.mark.anyio
async def test_nothing_follows_an_unregistration(broker: Any) -> None:
    async with broker.socket() as line:
        await line.register(TRADES, SAMSUNG)
        answer = await line.register(TRADES, SAMSUNG, "2")
        assert answer["body"]["msg1"] == "UNSUBSCRIBE SUCCESS"
        await broker.move("10:00:01")
        assert await silence(line)


@pytest.mark.anyio
async def test_a_registration_made_again_is_sealed_anew(broker: Any) -> None:
    async with broker.socket() as line:
        first = await line.register(REAL, "trader")
        await line.register(REAL, "trader", "2")
        second = await line.register(REAL, "trader")
        assert first["body"]["output"] != second["body"]["output"]


@pytest.mark.anyio
@pytest.mark.parametrize(("dialect", "code"), [("real", "OPSP8996"), ("paper", "OPSP0000")])
async def test_the_real_host_knows_one_session_an_app_key(
    opens: Any, dialect: str, code: str
) -> None:
    async with opens(dialect=dialect) as broker, broker.socket() as line:
        await line.register(TRADES, SAMSUNG)
        async with broker.socket() as other:
            assert (await other.register(TRADES, SAMSUNG))["body"]["msg_cd"] == code
        await line.connection.close()
        async with broker.socket() as later:
            assert (await later.register(TRADES, SAMSUNG))["body"]["msg_cd"] == "OPSP0000"


@pytest.mark.anyio
async def test_pingpong_has_no_body_and_any_answer_will_do(
    broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first sleep began at 10 s; a broker opened now would begin at a hundredth of one.
    monkeypatch.setattr(sockets, "PINGPONG_S", 0.01)
    chore = asyncio.create_task(broker.served.sockets.keep_alive())
    async with broker.socket() as line:
        text = str(await line.connection.recv())
        chore.cancel()
        message = json.loads(text)
        assert set(message) == {"header"}
        assert message["header"]["tr_id"] == "PINGPONG"
        assert message["header"]["datetime"] == "20250903090005"
        assert len(text.encode()) <= 125
        await line.connection.send(json.dumps(message))
        await line.connection.pong(text)
        await line.connection.send(text)
        assert (await line.register(TRADES, SAMSUNG))["body"]["rt_cd"] == "0"


@pytest.mark.anyio
async def test_garbage_and_killed_clients_are_survived(broker: Any) -> None:
    async with broker.socket() as line:
        for garbage in ("", "{", "[]", "pong", '{"header":1}', b"\xff\xfe"):
            await line.connection.send(garbage)
            assert json.loads(await line.connection.recv())["body"]["rt_cd"] == "9"
        assert (await line.register(TRADES, SAMSUNG))["body"]["rt_cd"] == "0"
        line.connection.transport.abort()
    await broker.move("09:00:45")
    async with broker.socket() as line:
        assert (await line.register(TRADES, SAMSUNG))["body"]["rt_cd"] == "0"
    async with connect(broker.served.ws_url) as connection:
        assert await connection.ping()


@pytest.mark.anyio
async def test_a_client_that_does_not_read_is_cut_off_and_the_market_goes_on(opens: Any) -> None:
    async with opens(unread_bytes_max=65_536) as broker:
        approval = await broker.approval()
        deaf = await connect(broker.served.ws_url, max_queue=1)
        header = {"approval_key": approval, "custtype": "P", "tr_type": "1"}
        given = {"tr_id": TRADES, "tr_key": SAMSUNG}
        await deaf.send(json.dumps({"header": header, "body": {"input": given}}))
        assert json.loads(await deaf.recv())["body"]["rt_cd"] == "0"
        deaf.transport.pause_reading()
        served = broker.served.sockets
        (session,) = served.listeners(TRADES)[SAMSUNG]
        for _ in range(200):
            session.waiting.append(b"x" * 60_000)
            served.write_out()
            if served.dropped:
                break
        assert served.dropped == 1
        await gone(served)
        assert served.listeners(TRADES) == {}
        await broker.move("10:00:01")
        assert broker.served.pump.prints > 0
        deaf.transport.resume_reading()
        with pytest.raises(ConnectionClosed):
            await read_to_the_end(deaf)
