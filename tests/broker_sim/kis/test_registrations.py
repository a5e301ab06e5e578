"""One session's registrations, without a socket: every message that can go wrong."""

import json
from typing import Any

import pytest

from broker_sim.kis.registrations import MAX_REGISTRATIONS, Registrations
from kis_core.environment import Dialect

TRADES = "H0STCNT0"


def session(dialect: Dialect = "real", in_use: bool = False) -> Registrations:
    return Registrations(dialect, "trader", lambda key: key == "good", lambda: in_use, "salt")


def message(tr_id: str = TRADES, tr_key: str = "005930", **header: Any) -> dict[str, Any]:
    head = {"approval_key": "good", "custtype": "P", "tr_type": "1"} | header
    return {"header": head, "body": {"input": {"tr_id": tr_id, "tr_key": tr_key}}}


def answer(of: Registrations, content: object) -> dict[str, Any]:
    heard = of.hear(content if isinstance(content, str) else json.dumps(content))
    assert heard.reply is not None
    reply: dict[str, Any] = json.loads(heard.reply)
    return reply


def without(path: str) -> dict[str, Any]:
    content = message()
    part: Any = content
    *parents, last = path.split(".")
    for parent in parents:
        part = part[parent]
    del part[last]
    return content


@pytest.mark.parametrize(
    ("content", "code", "rt_cd"),
    [
        ("{", "OPSP9999", "9"),
        ("[" * 5000, "OPSP9999", "9"),
        ("[1]", "OPSP9998", "9"),
        (without("header"), "OPSP9998", "9"),
        (without("header.approval_key"), "OPSP9996", "9"),
        (without("header.custtype"), "OPSP9997", "9"),
        (without("body"), "OPSP9992", "9"),
        (without("body.input"), "OPSP9991", "9"),
        (without("body.input.tr_key"), "OPSP9990", "9"),
        (without("body.input.tr_id"), "OPSP8991", "9"),
        (message(approval_key="bad"), "OPSP0011", "1"),
        (message(tr_type="0"), "OPSP8997", "9"),
        (message("H0STCNTX"), "OPSP8991", "9"),
        (message("H0STCNI9", "trader"), "OPSP8991", "9"),
        (message("H0STCNI0", "somebody"), "OPSP8992", "9"),
        (message(TRADES, "삼성"), "OPSP8992", "9"),
        (message(tr_type="2"), "OPSP0003", "1"),
        (message("H0GSCNI0", "trader"), "OPSP0000", "0"),
        (message("H0UPCNT0", "0001"), "OPSP0000", "0"),
        (message("H0STCNI0", "trader"), "OPSP0000", "0"),
    ],
)
def test_each_message_has_its_code(content: object, code: str, rt_cd: str) -> None:
    reply = answer(session(), content)
    assert (reply["body"]["msg_cd"], reply["body"]["rt_cd"]) == (code, rt_cd)
    assert {"tr_id", "tr_key", "encrypt"} == set(reply["header"])
    assert ("output" in reply["body"]) == (rt_cd == "0")


def test_text_that_is_not_json_names_no_tr() -> None:
    assert answer(session(), "pong")["header"]["tr_id"] == "(null)"


def test_a_pingpong_that_comes_back_is_ignored() -> None:
    heard = session().hear('{"header": {"tr_id": "PINGPONG", "datetime": "20250903090000"}}')
    assert heard.reply is None


def test_registering_twice_is_refused_and_changes_nothing() -> None:
    of = session()
    answer(of, message())
    before = dict(of.keys)
    assert answer(of, message())["body"]["msg_cd"] == "OPSP0002"
    assert of.keys == before


def test_the_limit_counts_all_trs_together() -> None:
    of = session()
    for number in range(MAX_REGISTRATIONS):
        tr_id = TRADES if number % 2 else "H0STASP0"
        assert answer(of, message(tr_id, f"{number:06d}"))["body"]["rt_cd"] == "0"
    assert answer(of, message("H0STCNI0", "trader"))["body"]["msg_cd"] == "OPSP0008"


@pytest.mark.parametrize("tr_id", ["H0UPCNT0", "H0NXCNT0", "H0STCNI0", "H0STPGM0"])
def test_paper_offers_little(tr_id: str) -> None:
    assert answer(session("paper"), message(tr_id, "trader"))["body"]["msg_cd"] == "OPSP8991"


def test_paper_has_notices_of_its_own() -> None:
    reply = answer(session("paper"), message("H0STCNI9", "trader"))
    assert (reply["body"]["rt_cd"], reply["header"]["encrypt"]) == ("0", "Y")


def test_an_app_key_in_use_is_refused_until_it_is_free() -> None:
    assert answer(session(in_use=True), message())["body"]["msg_cd"] == "OPSP8996"
    assert answer(session("paper", in_use=True), message())["body"]["msg_cd"] == "OPSP0000"


@pytest.mark.parametrize(
    ("tr_id", "good", "bad"),
    [
        ("H0UPCNT0", "0001", "005930"),
        ("H0NXCNT0", "005930", "trader"),
        ("H0IFCNT0", "A01612", "A0"),
        ("H0IFCNI0", "trader", "A01612"),
        ("H0MFCNI0", "trader", "005930"),
    ],
)
def test_every_tr_of_the_catalog_has_its_kind_of_key(tr_id: str, good: str, bad: str) -> None:
    assert answer(session(), message(tr_id, good))["body"]["msg_cd"] == "OPSP0000"
    assert answer(session(), message(tr_id, bad))["body"]["msg_cd"] == "OPSP8992"
