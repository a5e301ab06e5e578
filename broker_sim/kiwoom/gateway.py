"""The door of the REST side: which TR, at which path, with whose token, how often; then the call.

Pure: a request and the time go in, a reply comes out. Sources: kiwoom_rest.md §2, §3, §4.4, §4.5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from broker_sim.exchange.exchange import Exchange
from broker_sim.kiwoom.calls import CALLS, Asked
from broker_sim.kiwoom.charts import Charts
from broker_sim.kiwoom.dialogue import NOT_IN_MOCK
from broker_sim.kiwoom.items import SUFFIXES
from broker_sim.kiwoom.limits import Limits
from broker_sim.kiwoom.lists import Lists
from broker_sim.kiwoom.mishaps import Mishaps
from broker_sim.kiwoom.quotes import Quotes
from broker_sim.kiwoom.replies import (
    INPUT,
    NOT_SERVED,
    TOO_MANY,
    Refusal,
    Reply,
    answered,
    page,
    refused,
)
from broker_sim.kiwoom.tokens import SECOND_NS, TokenDesk
from kis_core.environment import Dialect

NO_API_ID = Refusal("1501", "API ID가 존재하지 않습니다", INPUT)
WRONG_URL = Refusal("1504", "해당 URI에서는 지원하는 API ID가 아닙니다", INPUT)
UNKNOWN_API = Refusal("1505", "해당 API ID는 존재하지 않습니다", INPUT)
NOT_JSON = Refusal("1517", "입력 값 형식이 올바르지 않습니다. JSON 객체가 아닙니다", INPUT)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case; `host` is where it came from."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    host: str = ""
    world_ns: int = 0  # what the client's own clock shows, where it is not the day's

    def header(self, name: str) -> str:
        """Return a header's value, blank when it is not there."""
        return self.headers.get(name, "").strip()


class Gateway:
    """Answers requests of one host for one app key."""

    def __init__(
        self,
        exchange: Exchange,
        tokens: TokenDesk,
        limits: Limits,
        lists: Lists,
        mishaps: Mishaps,
        dialect: Dialect,
    ) -> None:
        self._tokens = tokens
        self._limits = limits
        self._mishaps = mishaps
        self._dialect: Dialect = dialect
        quotes = Quotes(exchange)
        charts = Charts(exchange, quotes)
        self._answers: dict[str, Callable[[Asked], Reply]] = {
            "ka10001": quotes.ka10001,
            "ka10004": quotes.ka10004,
            "ka10080": charts.ka10080,
            "ka10081": charts.ka10081,
            "ka10095": quotes.ka10095,
            "ka10099": lists.ka10099,
            "ka10100": lists.ka10100,
        }

    def answer(self, request: Request, now_ns: int) -> Reply:
        """Answer one request. The exchange has been played up to `now_ns`."""
        path = "/" + "/".join(part for part in request.path.split("/") if part)
        if request.method != "POST":
            return page({"return_code": 1, "return_msg": "POST only"}, 405)
        match path:
            case "/oauth2/token":
                return self._issue(request, now_ns)
            case "/oauth2/revoke":
                return self._revoke(request)
        api_id = request.header("api-id")
        if refusal := self._refusal(request, api_id, path, now_ns):
            return refused(refusal)
        fields = _object(request.body)
        if fields is None:
            return refused(NOT_JSON)
        if refusal := self._unfit(api_id, fields):
            return refused(refusal)
        next_key = request.header("next-key") if request.header("cont-yn").upper() == "Y" else ""
        texts = {name: value for name, value in fields.items() if isinstance(value, str)}
        return self._answers[api_id](Asked(texts, next_key, now_ns))

    def _refusal(self, request: Request, api_id: str, path: str, now_ns: int) -> Refusal | None:
        if not api_id:
            return NO_API_ID
        call = CALLS.get(api_id)
        if call is None:
            return UNKNOWN_API
        if call.path != path:
            return WRONG_URL
        scheme, _, token = request.header("authorization").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        if refusal := self._tokens.check(token, request.host, now_ns):
            return refusal
        if self._mishaps.bite("throttled"):
            text = f"허용된 요청 개수를 초과하였습니다. API ID={api_id}"
            return Refusal("1700", text, TOO_MANY)
        return self._limits.refusal(api_id, now_ns)

    def _unfit(self, api_id: str, fields: Mapping[str, Any]) -> Refusal | None:
        """Return what is wrong with a call's fields."""
        for name, longest in CALLS[api_id].fields.items():
            value = fields.get(name)
            if value is None or value == "":
                return Refusal("1511", f"필수 입력 값에 값이 존재하지 않습니다. {name}", INPUT)
            if not isinstance(value, str):
                return Refusal("1512", f"입력 값의 형식이 올바르지 않습니다. {name}", INPUT)
            if len(value) > longest:
                return Refusal("1513", f"입력 값의 길이가 초과하였습니다. {name}", INPUT)
        codes = str(fields.get("stk_cd", "")).split("|")
        if self._dialect == "paper" and any(c.endswith(tuple(SUFFIXES)) for c in codes):
            return Refusal("RC9000", NOT_IN_MOCK, NOT_SERVED)
        return None

    def _issue(self, request: Request, now_ns: int) -> Reply:
        body = _object(request.body)
        if body is None:
            return refused(NOT_JSON)
        names = ("grant_type", "appkey", "secretkey")
        words = [str(body.get(name) or "") for name in names]
        issued = self._tokens.issue(words[0], words[1], words[2], request.host, now_ns)
        if isinstance(issued, Refusal):
            return refused(issued)
        # A client compares this with its own clock. When a day of the past is played, the day's
        # tomorrow is long over for it, and it would ask for a token again and again.
        left_s = (issued.expires_ns - now_ns) // SECOND_NS
        told_from_s = max(now_ns, request.world_ns) // SECOND_NS
        ends = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=told_from_s + left_s, hours=9)
        fields = {"expires_dt": f"{ends:%Y%m%d%H%M%S}", "token_type": "bearer"}
        return answered({**fields, "token": issued.token})

    def _revoke(self, request: Request) -> Reply:
        body = _object(request.body)
        if body is None:
            return refused(NOT_JSON)
        keys = (str(body.get("appkey") or ""), str(body.get("secretkey") or ""))
        if refusal := self._tokens.denied(*keys):
            return refused(refusal)
        if refusal := self._tokens.revoke(str(body.get("token") or "")):
            return refused(refusal)
        return answered({})


def _object(body: bytes) -> dict[str, Any] | None:
    """Return a JSON object, or None where there is none."""
    try:
        content: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
