"""Questions are asked again; an order is sent once and has three answers."""

import asyncio
from datetime import date
from typing import Any

import pytest

from kis_core.environment import Account, Environment
from kis_core.errors import (
    NotOffered,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ReplyError,
    Unreachable,
)
from kis_core.net.rest import KisRest
from kis_core.wire.account import NewOrder, OrderType
from kis_core.wire.accounts import account_requests
from kis_core.wire.quotes import quote_requests
from kis_core.wire.request import Request
from tests.kis_core.net.desk import Desk, House, Said, house_of

pytestmark = pytest.mark.anyio

ACCOUNT = Account(Environment.SIM, "12345678", "01")
PRICE = quote_requests.price("real", "005930")
ORDER = account_requests.order(
    "real", ACCOUNT, NewOrder("005930", "BUY", 10, OrderType.LIMIT, limit_krw=71_900)
)
OK: dict[str, Any] = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상", "output": {}}
TAKEN: dict[str, Any] = {
    "rt_cd": "0",
    "msg_cd": "APBK0013",
    "msg1": "주문 전송 완료",
    "output": {"KRX_FWDG_ORD_ORGNO": "06010", "ODNO": "7", "ORD_TMD": "100000"},
}


def refused(code: str, status: int = 500, rt_cd: str = "1") -> Said:
    return Said({"rt_cd": rt_cd, "msg_cd": code, "msg1": f"{code} 오류"}, status)


async def test_every_answer_is_heard_word_for_word_before_it_is_read(
    desk: Desk, house: House
) -> None:
    desk.says("inquire-price", Said("<html>busy</html>"), Said('{"rt_cd": "0",  "msg_cd": "M"}'))
    heard: list[tuple[str, str]] = []

    def hear(request: Request, text: str) -> None:
        heard.append((request.tr_id, text))

    async with KisRest(
        house.endpoints,
        house.credentials,
        house.clock,
        house.tokens(),
        house.budget(),
        backoff_s=0.01,
        heard=hear,
    ) as rest:
        await rest.ask(PRICE)
    assert heard == [
        ("FHKST01010100", "<html>busy</html>"),
        ("FHKST01010100", '{"rt_cd": "0",  "msg_cd": "M"}'),
    ]


async def test_a_question_carries_its_headers_and_keys(desk: Desk, house: House) -> None:
    desk.says("inquire-price", OK)
    async with house.rest() as rest:
        assert await rest.ask(PRICE) == OK
    (asked,) = desk.calls("inquire-price")
    assert asked.query == {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": "005930"}
    sent = {name: asked.headers[name] for name in ("tr_id", "tr_cont", "custtype", "appkey")}
    assert sent == {
        "tr_id": "FHKST01010100",
        "tr_cont": "",
        "custtype": "P",
        "appkey": "an-app-key",
    }
    assert asked.headers["authorization"] == "Bearer token-1"
    assert asked.headers["appsecret"] == "a-secret-of-many-characters"


@pytest.mark.parametrize(
    "trouble",
    [
        Said(cut=0),
        Said(OK, cut=60),
        Said(OK, cut=120),
        Said(raw=b"what?\r\n\r\n"),
        Said("<html>Bad Gateway</html>", 502),
        refused("EGW00302"),
        refused("OPSQ0011"),
    ],
    ids=["hung up", "cut head", "cut body", "not HTTP", "not JSON", "time-out", "no resources"],
)
async def test_a_question_is_asked_again_after_trouble(
    desk: Desk, house: House, trouble: Said
) -> None:
    desk.says("inquire-price", trouble, trouble, trouble, Said(OK))
    async with house.rest() as rest:
        assert await rest.ask(PRICE) == OK
    assert len(desk.calls("inquire-price")) == 4


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(Said(cut=0), Unreachable), (Said("<html>", 502), ReplyError)],
    ids=["hung up", "not JSON"],
)
async def test_three_times_is_enough(
    desk: Desk, house: House, trouble: Said, error: type[Exception]
) -> None:
    desk.says("inquire-price", trouble)
    async with house.rest() as rest:
        with pytest.raises(error):
            await rest.ask(PRICE)
    assert len(desk.calls("inquire-price")) == 4


async def test_silence_is_not_waited_for_forever(desk: Desk, house: House) -> None:
    desk.says("inquire-price", Said(hang=True), Said(OK))
    async with house.rest(timeout_s=0.1) as rest:
        assert await rest.ask(PRICE) == OK


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused("OPSQ2001", 200, "2"), Refused),
        (refused("APAC0081", 200), Refused),
        (refused("EGW00103", 403), Refused),
        (refused("EGW02006"), NotOffered),
        (refused("90000000", 200), NotOffered),
    ],
)
async def test_a_refused_question_is_not_repeated(
    desk: Desk, house: House, answer: Said, error: type[Refused]
) -> None:
    desk.says("inquire-price", answer)
    async with house.rest() as rest:
        with pytest.raises(error) as refusal:
            await rest.ask(PRICE)
    assert refusal.value.code == answer.body["msg_cd"]
    assert len(desk.calls("inquire-price")) == 1


@pytest.mark.parametrize("request_", [PRICE, ORDER], ids=["question", "order"])
async def test_an_old_token_is_replaced_once(desk: Desk, house: House, request_: Request) -> None:
    path = request_.call.path.rpartition("/")[2]
    desk.says(path, refused("EGW00123"), Said(TAKEN))
    async with house.rest() as rest:
        assert await (rest.send if request_.is_order else rest.ask)(request_) == TAKEN
    tokens = [asked.headers["authorization"] for asked in desk.calls(path)]
    assert tokens == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("request_", [PRICE, ORDER], ids=["question", "order"])
async def test_a_token_that_stays_refused_is_a_refusal(
    desk: Desk, house: House, request_: Request
) -> None:
    path = request_.call.path.rpartition("/")[2]
    desk.says(path, refused("EGW00123"))
    async with house.rest() as rest:
        with pytest.raises(Refused, match="EGW00123"):
            await (rest.send if request_.is_order else rest.ask)(request_)
    assert len(desk.calls(path)) == 2


@pytest.mark.parametrize("request_", [PRICE, ORDER], ids=["question", "order"])
async def test_too_many_calls_are_waited_out(desk: Desk, house: House, request_: Request) -> None:
    path = request_.call.path.rpartition("/")[2]
    desk.says(path, refused("EGW00201"), refused("EGW00215"), Said(TAKEN))
    began_ns = house.clock.now_ns()
    async with house.rest() as rest:
        assert await (rest.send if request_.is_order else rest.ask)(request_) == TAKEN
    assert house.clock.now_ns() - began_ns >= 2_000_000_000
    assert len(desk.calls(path)) == 3


@pytest.mark.parametrize("request_", [PRICE, ORDER], ids=["question", "order"])
async def test_one_trouble_after_the_other_is_got_over(
    desk: Desk, house: House, request_: Request
) -> None:
    path = request_.call.path.rpartition("/")[2]
    throttled = [refused("EGW00201")] * 4
    desk.says(path, *throttled, refused("EGW00123"), Said(TAKEN))
    async with house.rest() as rest:
        assert await (rest.send if request_.is_order else rest.ask)(request_) == TAKEN


@pytest.mark.parametrize("request_", [PRICE, ORDER], ids=["question", "order"])
async def test_too_many_calls_for_good_say_when_to_come_back(
    desk: Desk, house: House, request_: Request
) -> None:
    path = request_.call.path.rpartition("/")[2]
    desk.says(path, refused("EGW00201"))
    async with house.rest() as rest:
        with pytest.raises(RateLimited) as limited:
            await (rest.send if request_.is_order else rest.ask)(request_)
    assert limited.value.retry_after_s == 1.0
    assert len(desk.calls(path)) == 5


# --- orders


async def test_an_order_is_sent_with_its_body(desk: Desk, house: House) -> None:
    desk.says("order-cash", TAKEN)
    async with house.rest() as rest:
        assert await rest.send(ORDER) == TAKEN
    (asked,) = desk.calls("order-cash")
    assert (asked.method, asked.headers["tr_id"]) == ("POST", "TTTC0012U")
    assert asked.body == dict(ORDER.fields)
    assert asked.body["EXCG_ID_DVSN_CD"] == "KRX"
    assert all(isinstance(value, str) for value in asked.body.values())


@pytest.mark.parametrize(
    "answer",
    [
        Said(cut=0),
        Said(TAKEN, cut=60),
        Said(TAKEN, cut=200),
        Said(raw=b"what?\r\n\r\n"),
        Said("<html>Bad Gateway</html>", 502),
        Said("", 200),
        Said([], 200),
        Said({"output": {}}, 200),
        Said(TAKEN, 500),
        Said("", 302),
        Said(hang=True),
        refused("EGW00301"),
        refused("EGW00302"),
        refused("EGW00300"),
        refused("NEW00001"),
    ],
    ids=lambda said: str((said.status, said.cut, said.hang, str(said.body)[:30])),
)
async def test_an_order_without_a_certain_answer_is_unknown_and_never_sent_again(
    desk: Desk, house: House, answer: Said
) -> None:
    desk.says("order-cash", answer)
    async with house.rest(timeout_s=0.2) as rest:
        with pytest.raises(OutcomeUnknown):
            await rest.send(ORDER)
    assert len(desk.calls("order-cash")) == 1


async def test_an_order_to_a_closed_port_provably_never_left(desk: Desk, house: House) -> None:
    async with house.rest() as rest:
        server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        elsewhere = house_of(f"http://127.0.0.1:{port}", house.clock, house.directory / "x", "real")
        async with elsewhere.rest() as closed:
            closed._tokens = rest._tokens  # the token office is open, the order desk is not
            with pytest.raises(Unreachable, match="not sent: ConnectError"):
                await closed.send(ORDER)


async def test_an_order_without_a_token_provably_never_left(desk: Desk, house: House) -> None:
    desk.says("tokenP", Said({"error_code": "EGW00103", "error_description": ""}, 403))
    async with house.rest() as rest:
        with pytest.raises(Unreachable, match="not sent, no token"):
            await rest.send(ORDER)
    assert desk.calls("order-cash") == []


async def test_an_order_does_not_wait_minutes_for_a_token(desk: Desk, house: House) -> None:
    desk.says("tokenP", Said({"error_code": "EGW00133", "error_description": ""}, 403))
    async with house.rest(timeout_s=0.05) as rest:
        with pytest.raises(Unreachable, match="not sent: no token in time"):
            await rest.send(ORDER)
    assert desk.calls("order-cash") == []


async def test_a_refused_order_has_the_brokers_code(desk: Desk, house: House) -> None:
    desk.says("order-cash", refused("APBK0952", 200, "7"))
    async with house.rest() as rest:
        with pytest.raises(Refused) as refusal:
            await rest.send(ORDER)
    assert (refusal.value.code, refusal.value.text) == ("APBK0952", "APBK0952 오류")


async def test_a_question_is_not_sent_as_an_order(house: House) -> None:
    async with house.rest() as rest:
        with pytest.raises(AssertionError):
            await rest.send(PRICE)


# --- pages

HISTORY = account_requests.order_history("real", ACCOUNT, date(2025, 11, 12), date(2025, 11, 12))


def page(n: int, tr_cont: str, nk: str) -> Said:
    padded = {"ctx_area_fk100": "12345678^01".ljust(100), "ctx_area_nk100": nk.ljust(100)}
    return Said({**OK, **padded, "output1": [{"odno": str(n)}]}, tr_cont=tr_cont)


async def test_pages_are_turned_to_the_last(desk: Desk, house: House) -> None:
    desk.says("inquire-daily-ccld", page(1, "F", "a"), page(2, "M", "b"), page(3, "D", ""))
    async with house.rest() as rest:
        bodies = await rest.ask_all(HISTORY)
    assert [body["output1"][0]["odno"] for body in bodies] == ["1", "2", "3"]
    asked = desk.calls("inquire-daily-ccld")
    assert [a.headers["tr_cont"] for a in asked] == ["", "N", "N"]
    assert [a.query["CTX_AREA_NK100"].strip() for a in asked] == ["", "a", "b"]
    assert asked[1].query["CTX_AREA_FK100"] == "12345678^01".ljust(100)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused("EGW00103", 403), Refused),
        (Said(cut=0), Unreachable),
        (Said("<html>", 200), ReplyError),
        (page(2, "M", ""), ReplyError),
        (page(2, "M", "a"), ReplyError),
    ],
    ids=["refused", "hung up", "not JSON", "no cursor", "the same page again"],
)
async def test_one_page_that_fails_fails_the_query(
    desk: Desk, house: House, answer: Said, error: type[Exception]
) -> None:
    desk.says("inquire-daily-ccld", page(1, "F", "a"), answer)
    async with house.rest() as rest:
        with pytest.raises(error):
            await rest.ask_all(HISTORY)


async def test_pages_without_end_are_an_error(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kis_core.net.rest.PAGES_MAX", 3)
    desk.says("inquire-daily-ccld", *(page(n, "M", str(n)) for n in range(9)))
    async with house.rest() as rest:
        with pytest.raises(ReplyError, match="more than 3 pages"):
            await rest.ask_all(HISTORY)


async def test_no_rows_is_an_answer(desk: Desk, house: House) -> None:
    desk.says("inquire-daily-ccld", refused("KIOK0560", 200, "7"))
    async with house.rest() as rest:
        (body,) = await rest.ask_all(HISTORY)
    assert "output1" not in body
