"""The REST door: bytes on the socket, envelopes, and who is let in."""

import asyncio
import re
from typing import Any

import pytest

PRICE = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": "005930"}
PRICE_PATH = "/uapi/domestic-stock/v1/quotations/inquire-price"


async def raw_exchange(broker: Any, request: str) -> tuple[str, list[str], str]:
    """Return status line, header lines and body, as they came over the wire."""
    host, port = broker.served.rest_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    answer = (await reader.read(100_000)).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    return status, headers, body


@pytest.mark.anyio
async def test_only_kis_own_header_names_are_lower_case(broker: Any) -> None:
    headers = "".join(f"{k}: {v}\r\n" for k, v in broker.headers("FHKST01010100").items())
    status, lines, _ = await raw_exchange(
        broker,
        f"GET {PRICE_PATH}?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930 HTTP/1.1\r\n"
        f"Host: x\r\nConnection: close\r\n{headers}\r\n",
    )
    names = [line.partition(":")[0] for line in lines]
    assert status.endswith("200 OK")
    assert {name for name in names if name.islower()} == {"tr_id", "tr_cont", "gt_uid"}
    assert {"Content-Type", "Content-Length", "Date", "Server", "Connection"} <= set(names)
    assert "tr_id: FHKST01010100" in lines
    assert any(re.fullmatch(r"gt_uid: \w{32}", line) for line in lines)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "query"),
    [
        (PRICE_PATH, PRICE),
        ("/" + PRICE_PATH, PRICE),
        (PRICE_PATH.replace("/v1/", "//v1//"), PRICE),
        (PRICE_PATH, {key.lower(): value for key, value in PRICE.items()}),
        (PRICE_PATH, PRICE | {"FID_SOMETHING": "else"}),
    ],
    ids=["as documented", "doubled slash", "more of them", "lower-case keys", "an unknown key"],
)
async def test_a_call_is_known_however_it_is_spelled(
    broker: Any, path: str, query: dict[str, str]
) -> None:
    url = broker.served.rest_url + path
    reply = await broker.http.get(url, params=query, headers=broker.headers("FHKST01010100"))
    assert reply.json()["rt_cd"] == "0"
    assert reply.headers["tr_cont"] == ""


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"authorization": ""}, 500, "EGW00205"),
        ({"authorization": "Basic abc"}, 500, "EGW00205"),
        ({"authorization": "Bearer abc"}, 500, "EGW00121"),
        ({"appkey": "other"}, 500, "EGW00103"),
        ({"appsecret": "other"}, 500, "EGW00105"),
        ({"tr_id": "FHKST99999999"}, 200, "OPSQ0002"),
        ({"tr_id": ""}, 200, "OPSQ0002"),
    ],
)
async def test_a_stranger_is_told_why(
    broker: Any, changes: dict[str, str], status: int, code: str
) -> None:
    headers = broker.headers("FHKST01010100") | changes
    reply = await broker.http.get(PRICE_PATH, params=PRICE, headers=headers)
    assert (reply.status_code, reply.json()["msg_cd"]) == (status, code)
    assert set(reply.json()) == {"rt_cd", "msg_cd", "msg1"}


@pytest.mark.anyio
async def test_a_missing_key_is_named_even_where_it_may_be_blank(broker: Any) -> None:
    query = {**PRICE, "FID_INPUT_HOUR_1": "000000", "FID_PW_DATA_INCU_YN": "N"}
    reply = await broker.get("inquire-time-itemchartprice", "FHKST03010200", **query)
    assert reply.json()["rt_cd"] == "2"
    assert reply.json()["msg_cd"] == "OPSQ2001"
    assert reply.json()["msg1"] == "ERROR INPUT FIELD NOT FOUND [FID_ETC_CLS_CODE]"


@pytest.mark.anyio
async def test_a_value_longer_than_any_field_is_refused_and_named(broker: Any) -> None:
    reply = await broker.history(ODNO="9" * 5000)
    assert (reply.json()["rt_cd"], reply.json()["msg_cd"]) == ("2", "OPSQ2002")
    assert "[ODNO]" in reply.json()["msg1"]
    order = {"PDNO": "005930", "ORD_DVSN": "00", "ORD_QTY": "9" * 5000, "ORD_UNPR": "70000"}
    placed = await broker.post("order-cash", "TTTC0012U", **order)
    assert placed.json()["msg_cd"] == "OPSQ2002"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "names",
    [("appKey", "appSecret"), ("APPKEY", "APPSECRET"), ("AppKey", "AppSecret")],
)
async def test_header_names_are_known_in_any_case(broker: Any, names: tuple[str, str]) -> None:
    app_key, app_secret = names
    headers = {
        "Authorization": f"Bearer {broker.token}",
        app_key: "APPKEY",
        app_secret: "APPSECRET",
        "TR_ID": "FHKST01010100",
    }
    reply = await broker.http.get(PRICE_PATH, params=PRICE, headers=headers)
    assert reply.json()["rt_cd"] == "0"
    assert "tr_cont" in reply.headers


@pytest.mark.anyio
async def test_another_account_is_refused(broker: Any) -> None:
    reply = await broker.history(CANO="99999999")
    assert (reply.json()["rt_cd"], reply.json()["msg_cd"]) == ("2", "OPSQ2000")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "content",
    [b"CANO=1", b"", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"CANO":' * 5000],
    ids=["a form", "nothing", "a list", "null", "no text", "a deep list", "deep objects"],
)
async def test_an_order_that_is_not_json_is_refused(broker: Any, content: bytes) -> None:
    reply = await broker.http.post(
        "/uapi/domestic-stock/v1/trading/order-cash",
        content=content,
        headers=broker.headers("TTTC0012U"),
    )
    assert reply.json()["msg_cd"] == "OPSQ9997"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("dialect", "name", "tr_id", "code"),
    [
        ("paper", "quotations/inquire-time-dailychartprice", "FHKST03010230", "EGW02006"),
        ("paper", "quotations/inquire-index-price", "FHPUP02100000", "EGW02006"),
        ("paper", "trading/inquire-psbl-rvsecncl", "TTTC0084R", "EGW02006"),
        ("paper", "trading/inquire-balance", "TTTC8434R", "EGW02006"),
        ("paper", "quotations/volume-rank", "FHPST01710000", "EGW02006"),
        ("real", "trading/inquire-balance", "VTTC8434R", "EGW02005"),
    ],
)
async def test_each_host_refuses_the_calls_of_the_other(
    opens: Any, dialect: str, name: str, tr_id: str, code: str
) -> None:
    async with opens(dialect=dialect) as broker:
        path = f"/uapi/domestic-stock/v1/{name}"
        reply = await broker.http.get(path, headers=broker.headers(tr_id))
        assert (reply.status_code, reply.json()["msg_cd"]) == (500, code)


@pytest.mark.anyio
async def test_an_unknown_path_is_not_found(broker: Any) -> None:
    reply = await broker.http.get("/uapi/nowhere", headers=broker.headers("FHKST01010100"))
    assert (reply.status_code, reply.json()["msg_cd"]) == (404, "EGW00203")


@pytest.mark.anyio
async def test_the_hash_of_a_body_is_given_back_with_it(broker: Any) -> None:
    reply = await broker.http.post(
        "/uapi/hashkey", json={"CANO": "1", "N": 2}, headers=broker.headers("")
    )
    assert reply.json()["BODY"] == {"CANO": "1", "N": 2}
    assert re.fullmatch(r"[0-9a-f]{64}", reply.json()["HASH"])


@pytest.mark.anyio
async def test_a_body_longer_than_any_order_is_refused(broker: Any) -> None:
    reply = await broker.http.post("/oauth2/tokenP", content=b"x" * 100_000)
    assert reply.status_code == 413
    assert (await broker.http.get("/livez")).status_code == 200


@pytest.mark.anyio
async def test_calls_beyond_the_limit_are_refused_until_the_second_is_over(opens: Any) -> None:
    class Ticking:
        """A clock that moves a millisecond at every look, and further when told."""

        def __init__(self) -> None:
            self.now_at_ns = 1_756_857_605_000_000_000

        def now_ns(self) -> int:
            self.now_at_ns += 1_000_000
            return self.now_at_ns

    clock = Ticking()
    async with opens(clock=clock, calls_per_second=3, pump_s=60.0) as broker:
        replies = [await broker.get("inquire-price", "FHKST01010100", **PRICE) for _ in range(5)]
        assert [reply.status_code for reply in replies] == [200, 200, 200, 500, 500]
        assert replies[3].json() == {
            "rt_cd": "1",
            "msg_cd": "EGW00201",
            "msg1": "초당 거래건수를 초과하였습니다.",
        }
        clock.now_at_ns += 1_000_000_000
        again = await broker.get("inquire-price", "FHKST01010100", **PRICE)
        assert again.status_code == 200


@pytest.mark.anyio
async def test_a_held_clock_locks_nobody_out(opens: Any) -> None:
    async with opens(calls_per_second=3) as broker:
        for _ in range(10):
            reply = await broker.get("inquire-price", "FHKST01010100", **PRICE)
            assert reply.status_code == 200
        first = broker.token
        await broker.log_in()
        assert broker.token == first
