"""What a reply says of an order: taken, refused before it could be taken, or unknown."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import ReplyError
from kis_core.wire.envelope import may_pass, order_verdict, read_envelope


def reply(rt_cd: str, code: str, text: str = "말") -> str:
    return json.dumps({"rt_cd": rt_cd, "msg_cd": code, "msg1": text})


@pytest.mark.parametrize(
    ("status", "rt_cd", "code", "verdict"),
    [
        (200, "0", "APBK0013", "taken"),
        (200, "0", "40600000", "taken"),
        (200, "1", "APBK0952", "refused"),
        (200, "7", "APBK0400", "refused"),
        (200, "1", "40030000", "refused"),
        (200, "1", "WHATEVER", "refused"),
        (500, "1", "EGW00201", "refused"),
        (500, "1", "EGW00215", "refused"),
        (500, "1", "EGW00123", "refused"),
        (500, "1", "EGW00205", "refused"),
        (500, "1", "EGW02006", "refused"),
        (500, "2", "OPSQ2001", "refused"),
        (500, "2", "OPSQ0002", "refused"),
        (500, "1", "EGW00301", "unknown"),
        (500, "1", "EGW00302", "unknown"),
        (200, "1", "EGW00302", "unknown"),
        (500, "1", "EGW00300", "unknown"),
        (500, "1", "EGW00002", "unknown"),
        (500, "1", "EGW00203", "unknown"),
        (500, "2", "OPSQ0011", "unknown"),
        (500, "2", "OPSQ2003", "unknown"),
        (200, "2", "OPSQ3001", "unknown"),
        (500, "1", "WHATEVER", "unknown"),
        (500, "1", "APBK0952", "unknown"),
        (500, "0", "APBK0013", "unknown"),
        (302, "0", "APBK0013", "unknown"),
        (200, "1", "", "unknown"),
    ],
)
def test_an_order_has_three_answers(status: int, rt_cd: str, code: str, verdict: str) -> None:
    assert order_verdict(read_envelope(status, reply(rt_cd, code))) == verdict


@pytest.mark.parametrize(
    ("code", "passes"),
    [("EGW00301", True), ("OPSQ0001", True), ("EGW00201", False), ("APBK0952", False)],
)
def test_trouble_of_the_servers_may_pass(code: str, passes: bool) -> None:
    assert may_pass(read_envelope(500, reply("1", code))) is passes


def test_the_token_office_speaks_otherwise() -> None:
    text = json.dumps({"error_code": "EGW00133", "error_description": "1분당 1회"})
    said = read_envelope(403, text)
    assert (said.ok, said.code, said.text) == (False, "EGW00133", "1분당 1회")


def test_padding_is_taken_off() -> None:
    said = read_envelope(200, reply("0", "MCA00000", "정상" + " " * 76))
    assert (said.ok, said.text) == (True, "정상")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>Bad Gateway</html>",
        "[]",
        "1",
        "{}",
        '{"rt_cd":"0"}',
        '{"rt_cd":"","msg_cd":"X"}',
        '{"rt_cd":0,"msg_cd":"X"}',
        '{"rt_cd":null,"msg_cd":null}',
        '{"rt_cd":"0","msg_cd":"MCA0',
        "[" * 100_000,
    ],
)
def test_rubbish_is_an_error(text: str) -> None:
    with pytest.raises(ReplyError):
        read_envelope(200, text)


@given(st.integers(100, 599), st.text())
def test_arbitrary_text_raises_nothing_else(status: int, text: str) -> None:
    with suppress(ReplyError):
        read_envelope(status, text)
