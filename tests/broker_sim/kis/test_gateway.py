"""The gateway without a socket: whatever is written into the fields, an envelope comes back."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.calls import Call, calls
from broker_sim.kis.desk import Desk
from broker_sim.kis.gateway import Gateway, Request
from broker_sim.kis.screens import Screens
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.throttle import Throttle
from broker_sim.kis.tokens import Issued, Keys, TokenDesk
from broker_sim.kis.yearly import Yearly

KEYS = Keys("k", "s", "50001234", "01", "me")
ALL = sorted(calls("real").values(), key=lambda call: call.path)
PLAUSIBLE = (
    "005930", "247540", "999999", "J", "U", "0001", "D", "W", "Y", "N", "", "0", "1", "00", "01",
    "02", "11", "12", "22", "20250901", "20250903", "20250931", "00010101", "99991231",
    "0020250903", "000000", "090000", "153000",
    "996161", "70000", "-5", "1.5", "9" * 30, "KRX", "NXT", "ALL",
)  # fmt: skip


# So that most questions get past the first checks.
LIKELY = {
    "FID_COND_MRKT_DIV_CODE": st.sampled_from(("J", "J", "UN", "NX", "U", "V", "")),
    "FID_INPUT_ISCD": st.sampled_from(("005930", "000660", "0001", "0000", "999999", "KSP")),
    "FID_MRKT_CLS_CODE": st.sampled_from(("K", "Q", "K2", "0", "1")),
}


@st.composite
def asked(draw: st.DrawFn) -> tuple[Call, str, str, dict[str, str]]:
    call = draw(st.sampled_from(ALL))
    tr_id = draw(st.sampled_from(sorted(call.variants)))
    value = st.one_of(st.sampled_from(PLAUSIBLE), st.text(max_size=12))
    fields = {key: draw(LIKELY.get(key, value)) for key in call.required}
    if "CANO" in fields:
        fields |= {"CANO": "50001234", "ACNT_PRDT_CD": "01"}
    return call, tr_id, draw(st.sampled_from(("", "N", "M"))), fields


@settings(max_examples=800, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=asked())
def test_no_field_can_break_the_envelope(
    tiny_exchange: Exchange, one: tuple[Call, str, str, dict[str, str]]
) -> None:
    call, tr_id, tr_cont, fields = one
    tokens = TokenDesk(KEYS, 1)
    now_ns = tiny_exchange.now_ns
    token = tokens.issue("k", "s", now_ns)
    assert isinstance(token, Issued)
    desk = Desk(tiny_exchange, KEYS, "real")
    day = tiny_exchange.day
    screens = Screens(tiny_exchange, Tapes(day), Yearly(day))
    gateway = Gateway(desk, tokens, Throttle(1000), {"J": screens, "UN": screens})
    headers = {
        "authorization": f"Bearer {token.token}",
        "appkey": "k",
        "appsecret": "s",
        "tr_id": tr_id,
        "tr_cont": tr_cont,
    }
    get = call.method == "GET"
    body = b"" if get else json.dumps(fields).encode()
    request = Request(call.method, call.path, headers, fields if get else {}, body)
    reply = gateway.answer(request, now_ns)
    content = json.loads(reply.body)
    assert reply.status == 200
    assert content["rt_cd"] in ("0", "1", "2", "7")
    assert len(content["msg_cd"]) in (8,)
    assert isinstance(content["msg1"], str)
    assert reply.tr_cont in ("", "D", "F", "M")
