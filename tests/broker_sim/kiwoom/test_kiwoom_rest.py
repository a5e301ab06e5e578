"""Kiwoom by REST: tokens, dispatch, limits, refusals, and the calls a collector makes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker_sim.kiwoom.limits import Rates
from broker_sim.kiwoom.tokens import draw_keys
from tests.broker_sim.kiwoom.conftest import (
    ECOPRO,
    MANNERS,
    QUIET,
    SAMSUNG,
    SEED,
    Broker,
    Opens,
)

pytestmark = pytest.mark.anyio

STOCKS, QUOTES, CHARTS = "/api/dostk/stkinfo", "/api/dostk/mrkcond", "/api/dostk/chart"
BASIC = ("ka10001", STOCKS, {"stk_cd": SAMSUNG})


def code_of(reply: httpx.Response) -> tuple[int, str]:
    """Return the return_code and the code in brackets."""
    body = reply.json()
    text = body["return_msg"]
    return body["return_code"], text.partition("[")[2].partition(":")[0]


async def test_a_token_opens_calls_until_it_ends_and_says_when(opens: Opens) -> None:
    async with opens(start="09:00:05", token_life_s=3600) as broker:
        broker.token = (told := await broker.issue())["token"]
        assert told["expires_dt"] == "20250903100005"
        assert (told["token_type"], told["return_code"]) == ("bearer", 0)
        assert (await broker.ask(*BASIC)).json()["return_code"] == 0
        await broker.move("10:00:04")
        assert (await broker.ask(*BASIC)).json()["return_code"] == 0
        await broker.move("10:00:05")
        assert code_of(await broker.ask(*BASIC)) == (3, "8005")


async def test_the_former_token_dies_when_another_is_issued(broker: Broker) -> None:
    former = broker.token
    await broker.move("09:00:07")
    broker.token = (await broker.issue())["token"]
    assert broker.token != former
    assert (await broker.ask(*BASIC)).json()["return_code"] == 0
    reply = await broker.ask(*BASIC, authorization=f"Bearer {former}")
    assert code_of(reply) == (3, "8005")


async def test_a_second_token_within_a_second_is_refused(broker: Broker) -> None:
    await broker.move("09:00:05.5")
    told = await broker.issue()
    assert told["return_code"] == 5
    assert "[1700:" in told["return_msg"]
    assert "token" not in told


async def test_a_revoked_token_opens_nothing(broker: Broker) -> None:
    keys = broker.options.keys
    body = {"appkey": keys.app_key, "secretkey": keys.secret_key, "token": broker.token}
    assert (await broker.http.post("/oauth2/revoke", json=body)).json()["return_code"] == 0
    assert code_of(await broker.ask(*BASIC)) == (3, "8005")
    assert code_of(await broker.http.post("/oauth2/revoke", json=body)) == (3, "8015")


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"grant_type": ""}, "8011"),
        ({"grant_type": "password"}, "8012"),
        ({"appkey": ""}, "8020"),
        ({"appkey": "nobody"}, "8001"),
        ({"secretkey": "guess"}, "8002"),
        ({"appkey": draw_keys(SEED, "paper").app_key}, "8030"),
    ],
)
async def test_a_token_is_refused_with_its_code(
    broker: Broker, over: dict[str, str], code: str
) -> None:
    told = await broker.issue(**over)
    assert told["return_code"] != 0
    assert f"[{code}:" in told["return_msg"]


async def test_a_token_of_the_other_host_is_told_from_one_of_nobody(
    broker: Broker, opens: Opens
) -> None:
    async with opens(manners=replace(MANNERS, dialect="paper")) as paper:
        reply = await broker.ask(*BASIC, authorization=f"Bearer {paper.token}")
    assert code_of(reply) == (3, "8031")
    assert code_of(await broker.ask(*BASIC, authorization="Bearer x")) == (3, "8005")
    assert code_of(await broker.ask(*BASIC, authorization="")) == (3, "8003")


async def test_a_token_belongs_to_the_address_it_was_given_to(broker: Broker) -> None:
    there = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    url = broker.served.rest_url
    async with httpx.AsyncClient(base_url=url, transport=there) as http:
        api_id, path, body = BASIC
        headers = {"api-id": api_id, "authorization": f"Bearer {broker.token}"}
        assert code_of(await http.post(path, json=body, headers=headers)) == (3, "8010")


@pytest.mark.parametrize(
    ("api_id", "path", "body", "code"),
    [
        ("", STOCKS, {"stk_cd": SAMSUNG}, "1501"),
        ("ka10001", CHARTS, {"stk_cd": SAMSUNG}, "1504"),
        ("ka99999", STOCKS, {"stk_cd": SAMSUNG}, "1505"),
        ("ka10001", STOCKS, {}, "1511"),
        ("ka10001", STOCKS, {"stk_cd": 5930}, "1512"),
        ("ka10001", STOCKS, {"stk_cd": "0" * 21}, "1513"),
        ("ka10001", STOCKS, [1], "1517"),
        ("ka10099", STOCKS, {"mrkt_tp": "7"}, "1901"),
        ("ka10001", STOCKS, {"stk_cd": "999999"}, "1902"),
        ("ka10004", QUOTES, {"stk_cd": f"{ECOPRO}_NX"}, "1903"),
        ("ka10080", CHARTS, {"stk_cd": SAMSUNG, "tic_scope": "2", "upd_stkpc_tp": "1"}, "1514"),
        ("ka10081", CHARTS, {"stk_cd": SAMSUNG, "base_dt": "today", "upd_stkpc_tp": "1"}, "1514"),
    ],
)
async def test_a_call_is_refused_with_its_code(
    broker: Broker, api_id: str, path: str, body: Any, code: str
) -> None:
    assert code_of(await broker.ask(api_id, path, body)) == (2, code)


async def test_what_is_no_json_is_refused_and_the_next_call_answered(broker: Broker) -> None:
    headers = {"api-id": "ka10001", "authorization": f"Bearer {broker.token}"}
    for body in (b"{", b"\xff\xfe", b"[" * 50_000):
        reply = await broker.http.post(STOCKS, content=body, headers=headers)
        assert code_of(reply) == (2, "1517")
    huge = await broker.http.post(STOCKS, content=b" " * 10_000_000, headers=headers)
    assert huge.status_code == 413
    assert (await broker.ask(*BASIC)).json()["return_code"] == 0


async def test_the_mock_host_knows_no_nxt(opens: Opens) -> None:
    async with opens(manners=replace(MANNERS, dialect="paper")) as broker:
        assert (await broker.ask(*BASIC)).json()["return_code"] == 0
        for item in (f"{SAMSUNG}_NX", f"{SAMSUNG}_AL"):
            reply = await broker.ask("ka10001", STOCKS, {"stk_cd": item})
            assert code_of(reply) == (20, "RC9000")


async def test_a_tr_has_one_call_a_second_and_two_at_once(opens: Opens) -> None:
    async with opens(rates=Rates(1, 2, 100)) as broker:
        codes = []
        for time in ("09:00:06", "09:00:06.1", "09:00:06.2", "09:00:07.1", "09:00:07.2"):
            await broker.move(time)
            codes.append((await broker.ask(*BASIC)).status_code)
        assert codes == [200, 200, 429, 200, 429]
        await broker.move("09:00:07.3")
        other = await broker.ask("ka10004", QUOTES, {"stk_cd": SAMSUNG})
        assert other.json()["return_code"] == 0  # TRs are independent
        refused = await broker.ask(*BASIC)
        assert code_of(refused) == (5, "1700")


async def test_all_trs_together_have_five_calls_a_second(opens: Opens) -> None:
    async with opens(rates=Rates(100, 100, 5)) as broker:
        codes = []
        for millisecond in range(1, 7):
            await broker.move(f"09:00:06.{millisecond:03d}")
            codes.append(code_of(await broker.ask(*BASIC)))
        assert codes == [(0, "")] * 5 + [(5, "1701")]


async def test_the_universe_comes_in_pages_with_nxt_and_padding(opens: Opens) -> None:
    async with opens(list_rows=1) as broker:
        rows: list[Mapping[str, str]] = []
        key = ""
        while True:
            reply = await broker.ask("ka10099", STOCKS, {"mrkt_tp": "0"}, key)
            rows += reply.json()["list"]
            key = reply.headers["next-key"]
            assert reply.headers["cont-yn"] == ("Y" if key else "N")
            if not key:
                break
        assert [(row["code"], row["nxtEnable"]) for row in rows] == [(QUIET, "N"), (SAMSUNG, "Y")]
        assert rows[1]["lastPrice"] == "00070000"
        assert rows[1]["listCount"] == "0000005919637922"
        kosdaq = (await broker.ask("ka10099", STOCKS, {"mrkt_tp": "10"})).json()["list"]
        assert [row["code"] for row in kosdaq] == [ECOPRO]
        assert (await broker.ask("ka10099", STOCKS, {"mrkt_tp": "3"})).json()["list"] == []
        one = (await broker.ask("ka10100", STOCKS, {"stk_cd": SAMSUNG})).json()
        assert rows[1].items() <= one.items()


async def test_prices_are_texts_signed_by_direction(broker: Broker) -> None:
    await broker.move("09:00:45")
    told = (await broker.ask(*BASIC)).json()
    prices = {"cur_prc": "-69900", "pred_pre": "-100", "flu_rt": "-0.14", "base_pric": "70000"}
    prices |= {"open_pric": "70000", "high_pric": "+70100", "low_pric": "-69900"}
    prices |= {"upl_pric": "+91000", "lst_pric": "-49000", "trde_qty": "1060"}
    assert prices.items() <= told.items()
    assert all(isinstance(value, str) for name, value in told.items() if name != "return_code")


async def test_a_book_has_the_fields_of_the_captured_one(broker: Broker, kst_data: Path) -> None:
    sample = json.loads((kst_data / "broker_samples/kiwoom_rest_ka10004.json").read_text())["body"]
    await broker.move("09:00:45")
    told = (await broker.ask("ka10004", QUOTES, {"stk_cd": SAMSUNG})).json()
    assert told.keys() == sample.keys()
    book = broker.exchange.book(SAMSUNG)
    assert told["sel_fpr_bid"].lstrip("+-") == str(book.asks[0][0])
    assert told["buy_10th_pre_req"] == str(book.bids[9][1])
    assert told["tot_sel_req"] == str(sum(shares for _, shares in book.asks))


async def test_many_quotes_keep_their_order_and_the_101st_empties_the_list(broker: Broker) -> None:
    codes = [SAMSUNG, "999999", ECOPRO, f"{SAMSUNG}_NX"]
    told = (await broker.ask("ka10095", STOCKS, {"stk_cd": "|".join(codes)})).json()
    rows = told["atn_stk_infr"]
    assert [row["stk_cd"] for row in rows] == [SAMSUNG, "", ECOPRO, f"{SAMSUNG}_NX"]
    assert set(rows[1].values()) == {""}
    full = (await broker.ask("ka10095", STOCKS, {"stk_cd": "|".join([SAMSUNG] * 100)})).json()
    assert len(full["atn_stk_infr"]) == 100
    over = (await broker.ask("ka10095", STOCKS, {"stk_cd": "|".join([SAMSUNG] * 101)})).json()
    assert over["return_code"] == 0
    assert "atn_stk_infr" not in over


async def test_minutes_come_newest_first_in_pages_of_900(broker: Broker) -> None:
    body = {"stk_cd": QUIET, "tic_scope": "1", "upd_stkpc_tp": "1"}
    first = await broker.ask("ka10080", CHARTS, body)
    rows = first.json()["stk_min_pole_chart_qry"]
    assert len(rows) == 900
    assert rows[0] == {
        "cur_prc": "260000",
        "trde_qty": "400",
        "cntr_tm": "20250902153000",
        "open_pric": "260000",
        "high_pric": "+260100",
        "low_pric": "260000",
        "pred_pre": "0",
        "pred_pre_sig": "3",
    }
    rest = await broker.ask("ka10080", CHARTS, body, first.headers["next-key"])
    rows += rest.json()["stk_min_pole_chart_qry"]
    assert rest.headers["cont-yn"] == "N"
    times = [row["cntr_tm"] for row in rows]
    assert times == sorted(set(times), reverse=True)
    assert len(times) == 3 * 381


async def test_minutes_of_five_hold_what_five_minutes_held(broker: Broker) -> None:
    five = {"stk_cd": QUIET, "tic_scope": "5", "upd_stkpc_tp": "1"}
    rows = (await broker.ask("ka10080", CHARTS, five)).json()["stk_min_pole_chart_qry"]
    first = rows[-1]
    assert first["cntr_tm"] == "20250829090000"
    assert first["trde_qty"] == str(sum(10 + minute for minute in range(5)))


async def test_nxt_has_no_minutes(broker: Broker) -> None:
    body = {"stk_cd": f"{SAMSUNG}_NX", "tic_scope": "1", "upd_stkpc_tp": "1"}
    told = (await broker.ask("ka10080", CHARTS, body)).json()
    assert (told["return_code"], told["stk_min_pole_chart_qry"]) == (0, [])


async def test_days_hold_the_one_played_once_it_has_printed(broker: Broker) -> None:
    await broker.move("09:00:45")
    body = {"stk_cd": SAMSUNG, "base_dt": "20250903", "upd_stkpc_tp": "1"}
    rows = (await broker.ask("ka10081", CHARTS, body)).json()["stk_dt_pole_chart_qry"]
    assert (rows[0]["dt"], rows[0]["cur_prc"], rows[0]["trde_qty"]) == ("20250903", "69900", "1060")
    assert (rows[1]["dt"], rows[1]["high_pric"]) == ("20250902", "70500")
    older = (await broker.ask("ka10081", CHARTS, body | {"base_dt": "20250901"})).json()
    assert older["stk_dt_pole_chart_qry"][0]["dt"] == "20250901"


async def test_the_simulators_pages_answer_this_machine_and_know_their_names(
    broker: Broker,
) -> None:
    assert (await broker.http.get("/livez")).json() == {"status": "ok"}
    assert (await broker.http.get("/sim/nothing")).status_code == 404
    assert (await broker.http.get("/sim/capture")).status_code == 404
    assert (await broker.http.get("/api/dostk/stkinfo")).status_code == 405
