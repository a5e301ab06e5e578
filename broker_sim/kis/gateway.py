"""The door of the REST side: who is asking, for what, how often; then the call itself.

Checks come in the gateway's order: route, app key, token, rate, TR id, fields, account. Nothing
here reads a clock or a socket: a request and the time go in, a reply comes out. Sources:
kis_api.md §2, §3, §15.1, §17, §18.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from broker_sim.kis.answers import answers, nothing_known
from broker_sim.kis.calls import Call, calls
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.replies import Reply, gateway_refused, plain, refused, token_refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.throttle import Throttle
from broker_sim.kis.tokens import Denied, TokenDesk

SECOND_NS = 1_000_000_000
VALUE_CHARS_MAX = 1_000  # of one field; the longest there is, a cursor, has 200
DERIVATIVES = "/uapi/domestic-futureoption/"
DERIVATIVES_PRODUCT = "03"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case, query keys upper case."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""
    world_ns: int = 0  # what the client's own clock shows, where it is not the day's

    def header(self, name: str) -> str:
        """Return a header's value, blank when it is not there."""
        return self.headers.get(name, "").strip()


class Gateway:
    """Answers requests of one dialect for one account."""

    def __init__(
        self, desk: Desk, tokens: TokenDesk, throttle: Throttle, feeds: Mapping[str, Screens]
    ) -> None:
        """`feeds`: the screens behind a market code."""
        self._desk = desk
        self._tokens = tokens
        self._throttle = throttle
        self._calls = calls(desk.dialect)
        self._answers = answers(desk, feeds)

    def answer(self, request: Request, now_ns: int) -> Reply:
        """Answer one request. The exchange has been played up to `now_ns`."""
        path = "/" + "/".join(part for part in request.path.split("/") if part)
        match path:
            case "/oauth2/tokenP":
                return self._issue(request, now_ns)
            case "/oauth2/revokeP":
                return self._revoke(request)
            case "/oauth2/Approval":
                return self._approve(request)
            case "/uapi/hashkey":
                return self._hash(request)
        call = self._calls.get(path)
        if call is None:
            return self._unknown_route(path)
        if call.method != request.method:
            return gateway_refused("EGW00101", "유효하지 않은 요청입니다.")
        if refusal := self._refusal(request, call, now_ns):
            return refusal
        fields = request.query
        if call.method == "POST":
            body = _object(request.body)
            if body is None:
                return refused("OPSQ9997", "JSON PARSING ERROR : invalid json format", "2")
            fields = body
        missing = next((key for key in call.required if key not in fields), None)
        if missing:
            return refused("OPSQ2001", f"ERROR INPUT FIELD NOT FOUND [{missing}]", "2")
        too_long = next((k for k, v in fields.items() if len(v) > VALUE_CHARS_MAX), None)
        if too_long is not None:
            return refused("OPSQ2002", f"ERROR : INPUT FIELD LENGTH [{too_long[:40]}]", "2")
        if "CANO" in call.required and not self._own(call, fields):
            return refused("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO", "2")
        tr_id = request.header("tr_id")
        tr_cont = request.header("tr_cont").upper()
        asked = Asked(call, call.variants[tr_id], fields, tr_cont, now_ns)
        return self._answers.get(call.name, nothing_known)(asked)

    def _unknown_route(self, path: str) -> Reply:
        if self._desk.dialect == "paper" and path.startswith("/uapi/"):
            return gateway_refused("EGW02006", "모의투자 TR 이 아닙니다.")
        return refused("EGW00203", "OPS라우팅 중 오류가 발생했습니다.", status=404)

    def _refusal(self, request: Request, call: Call, now_ns: int) -> Reply | None:
        denied = self._tokens.denied(request.header("appkey"), request.header("appsecret"))
        denied = denied or self._tokens.check(request.header("authorization"), now_ns)
        if denied:
            return gateway_refused(denied.code, denied.text)
        if not self._throttle.admit(now_ns):
            return gateway_refused("EGW00201", "초당 거래건수를 초과하였습니다.")
        tr_id = request.header("tr_id")
        if tr_id in call.variants:
            return None
        if self._desk.dialect == "paper" and (tr_id in call.elsewhere or not call.variants):
            return gateway_refused("EGW02006", "모의투자 TR 이 아닙니다.")
        if self._desk.dialect == "real" and tr_id in call.elsewhere:
            return gateway_refused("EGW02005", "실전투자 TR 이 아닙니다.")
        return refused("OPSQ0002", "없는 서비스 코드 입니다")

    def _own(self, call: Call, fields: Mapping[str, str]) -> bool:
        keys = self._desk.keys
        of_derivatives = call.path.startswith(DERIVATIVES)
        product = DERIVATIVES_PRODUCT if of_derivatives else keys.product
        return (fields["CANO"], fields.get("ACNT_PRDT_CD")) == (keys.account_no, product)

    def _issue(self, request: Request, now_ns: int) -> Reply:
        body = _object(request.body) or {}
        if body.get("grant_type") != "client_credentials":
            return token_refused("EGW00115", "grant_type이 유효하지 않습니다.")
        issued = self._tokens.issue(body.get("appkey", ""), body.get("appsecret", ""), now_ns)
        if isinstance(issued, Denied):
            return token_refused(issued.code, issued.text)
        left_s = (issued.expires_ns - now_ns) // SECOND_NS
        # A client compares this with its own clock. When a day of the past is played, the day's
        # tomorrow is long over for it, and it would ask for a token again and again.
        told_from_ns = max(now_ns, request.world_ns)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        expires = epoch + timedelta(seconds=told_from_ns // SECOND_NS + left_s, hours=9)
        return plain(
            {
                "access_token": issued.token,
                "access_token_token_expired": f"{expires:%Y-%m-%d %H:%M:%S}",
                "token_type": "Bearer",
                "expires_in": left_s,
            }
        )

    def _revoke(self, request: Request) -> Reply:
        body = _object(request.body) or {}
        if denied := self._tokens.denied(body.get("appkey", ""), body.get("appsecret", "")):
            return token_refused(denied.code, denied.text)
        if not self._tokens.revoke(body.get("token", "")):
            return token_refused("EGW00121", "유효하지 않은 token 입니다.")
        return plain({"code": 200, "message": "접근토큰 폐기에 성공하였습니다"})

    def _approve(self, request: Request) -> Reply:
        body = _object(request.body) or {}
        # The key is `secretkey` here, and only here.
        approved = self._tokens.approve(body.get("appkey", ""), body.get("secretkey", ""))
        if isinstance(approved, Denied):
            return token_refused(approved.code, approved.text)
        return plain({"approval_key": approved})

    def _hash(self, request: Request) -> Reply:
        headers = (request.header("appkey"), request.header("appsecret"))
        if denied := self._tokens.denied(*headers):
            return gateway_refused(denied.code, denied.text)
        if _object(request.body) is None:
            return gateway_refused("EGW00131", "유효하지 않은 hashkey입니다.")
        return plain({"BODY": msgspec.Raw(request.body), "HASH": sha256(request.body).hexdigest()})


def _object(body: bytes) -> dict[str, str] | None:
    """Return a JSON object with its values as text, or None. Numbers and nulls are let through."""
    try:
        content: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last: nested too deep
        return None
    if not isinstance(content, dict):
        return None
    return {str(key): "" if value is None else str(value) for key, value in content.items()}
