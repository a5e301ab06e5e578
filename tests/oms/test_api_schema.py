"""Schemathesis on the published OpenAPI: whatever is sent, the OMS answers as it says it does.

In process, through ASGI, on a real journal and a fake broker: one event loop, which runs while a
request is answered. What was sent is journaled and verified at the end, so that no input, however
odd, may decide one way live and another way in a replay.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kis_core.feed import NoticesState
from oms import acts, intake, routes
from oms.core import records as r
from oms.porch import OPEN_PATHS
from oms.routes import Desk, make_app
from oms.running import running
from oms.verify import verify
from tests.oms.stories import DAY, HYNIX, SAMSUNG, TOKENS, House, some_limits, trade_of
from tests.oms.test_routes import KMP, KPR, OPERATOR, VIEWER, enter
from tests.oms.waiting import until

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
KNOWN = {
    "symbol": [SAMSUNG, HYNIX, "999999"],
    "shares": [1, 2, 5],
    "strategy_id": ["KMP", "KPR", "GHOST"],
    "order_id": [f"{DAY:%Y%m%d}-0001", f"{DAY:%Y%m%d}-0002"],
    "intent_id": ["kmp-1"],
}
"""Names that mean something here, beside those that schemathesis thinks up."""


@dataclass
class Door:
    """The app of a running OMS, asked from outside its event loop."""

    runner: asyncio.Runner
    house: House
    desk: Desk
    http: httpx.AsyncClient
    schema: Any

    def send(self, case: Any, headers: dict[str, str]) -> httpx.Response:
        """Return the answer to a case as it would come over a line."""
        case.headers.pop("Authorization", None)
        told = case.as_transport_kwargs(base_url="http://oms")
        told.pop("allow_redirects", None)
        told = {k: v for k, v in told.items() if k not in ("timeout", "stream", "verify", "cert")}
        ready = requests.Request(**told).prepare()
        body: Any = ready.body or b""
        kept = {k: v for k, v in ready.headers.items() if k.lower() != "authorization"}
        return self.ask(str(ready.method), str(ready.url), kept | headers, body)

    def ask(self, method: str, url: str, headers: Any, body: Any = b"") -> httpx.Response:
        request = httpx.Request(method, url, headers=headers, content=body)
        return self.runner.run(self.http.send(request))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    house = House(tmp_path_factory.mktemp("oms"), some_limits())
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def opened() -> tuple[Desk, httpx.AsyncClient]:
            desk = await stack.enter_async_context(running(house.parts()))
            await until(lambda: desk.health.serving)
            transport = httpx.ASGITransport(make_app(desk), raise_app_exceptions=False)
            http = httpx.AsyncClient(transport=transport, base_url="http://oms")
            await stack.enter_async_context(http)
            await http.post("/api/v1/intents", json=enter(), headers=KMP)
            await until(lambda: desk.inbox.book.by_broker)
            price = trade_of(SAMSUNG, 70_000, house.clock.now_ns())  # or its stop is unwatched
            house.line.bring(NoticesState(house.clock.now_ns(), True), price)
            house.line.bring(house.fill_notice(1, 6))
            await until(lambda: desk.inbox.book.allocation("KMP", SAMSUNG).shares)
            house.broker.holdings = {SAMSUNG: 6, HYNIX: 5}  # five that nobody bought
            told = await house.broker.balance()
            for _ in range(2):
                now_ns = house.clock.now_ns()
                await desk.inbox.ask(r.BalanceRead(at_ns=now_ns, asked_ns=now_ns, balance=told))
            assert desk.inbox.book.listing(HYNIX).drift == 5
            return desk, http

        desk, http = runner.run(opened())
        published = runner.run(http.get("/openapi.json", headers=VIEWER)).json()
        yield Door(runner, house, desk, http, schemathesis.openapi.from_dict(published))
        runner.run(stack.aclose())
    house.close()


def cases(operation: Any) -> Any:
    """Return cases that fit the operation's schema and cases that do not."""
    return operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(
        GenerationMode.NEGATIVE
    )


def operations(door: Door) -> list[Any]:
    found = [result.ok() for result in door.schema.get_all_operations()]
    assert len(found) > 30
    return found


def with_known_names(case: Any, data: Any) -> None:
    """Put names that mean something here into most cases."""
    places = [case.path_parameters, case.body if isinstance(case.body, dict) else {}]
    for place in places:
        for name in set(place) & set(KNOWN):
            if data.draw(st.integers(0, 3)):
                place[name] = data.draw(st.sampled_from(KNOWN[name]))


def asked_with_tokens(door: Door, operation: Any) -> None:
    may = OPERATOR if "operators" in operation.definition.raw["tags"] else KMP

    @FEW
    @given(cases(operation), st.sampled_from([may, may, may, KPR, OPERATOR, VIEWER]), st.data())
    def ask(case: Any, token: dict[str, str], data: Any) -> None:
        with_known_names(case, data)
        answer = door.send(case, token)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            told = answer.json()
            assert {"type", "title", "status", "detail", "next"} <= set(told)
            assert told["status"] == answer.status_code

    ask()


def test_10_5_05_what_names_another_strategy_or_its_order_is_closed_to_a_strategy(
    door: Door,
) -> None:
    order_id = next(iter(door.desk.inbox.book.orders))
    book = door.desk.inbox.book
    assert book.orders[order_id].strategy_id == "KMP"
    execution = {"style": "TWAP", "over_s": 3_600, "slices": 2}
    sliced = {"intent_type": "REDUCE", "intent_id": "twap-1", "symbol": SAMSUNG, "shares": 2}
    body = json.dumps(sliced | {"reason": "test", "execution": execution}).encode()
    door.ask("POST", "http://oms/api/v1/intents", KMP | {"Content-Type": "application/json"}, body)
    (parent_id,) = (name for name, one in book.parents.items() if one.strategy_id == "KMP")
    told = 0
    for operation in operations(door):
        raw = operation.definition.raw
        names = {one["name"] for one in raw.get("parameters", ())}
        if not names & {"strategy_id", "order_id", "parent_id"}:
            continue
        told += 1
        known = {
            "strategy_id": "KMP",
            "order_id": order_id,
            "parent_id": parent_id,
            "symbol": SAMSUNG,
            "intent_id": "kmp-1",
        }
        path = operation.path.format(**known)
        query = "" if "{strategy_id}" in operation.path else "?strategy_id=KMP"
        body = json.dumps(least(door, raw)).encode()
        headers = KPR | {"Content-Type": "application/json"}
        answer = door.ask(operation.method.upper(), f"http://oms{path}{query}", headers, body)
        if operation.method == "get" and answer.status_code == 200:
            assert "KMP" not in answer.text, path  # a list of one's own
        else:
            assert answer.status_code == 403, f"{path}: {answer.text}"
    assert told >= 10


def test_whatever_is_asked_with_a_token_the_answer_is_as_published(door: Door) -> None:
    for operation in operations(door):
        asked_with_tokens(door, operation)
    assert verify(door.house.folder / "primary.db").differences == ()


def test_every_route_is_published_and_says_whether_it_needs_a_token(door: Door) -> None:
    paths = door.schema.raw_schema["paths"]
    routers = (intake.router, routes.router, acts.router, routes.open_router)
    served = {one.path for each in routers for one in each.routes if isinstance(one, APIRoute)}
    assert served == set(paths)
    for path, operations in paths.items():
        for operation in operations.values():
            assert operation["security"] == ([] if path in OPEN_PATHS else [{"token": []}]), path
    for path in OPEN_PATHS:
        assert door.ask("GET", f"http://oms{path}", {}).status_code == 200


def test_10_5_01_without_or_with_a_wrong_token_nothing_but_401_or_403(door: Door) -> None:
    """Whoever reached the port could trade, flatten, lift halts and give shares away."""
    seq = door.desk.inbox.journal.last_seq
    right = {token.reveal() for token in TOKENS.values()}
    wrong = st.one_of(
        st.none(),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
        .filter(lambda text: text not in right)
        .map("Bearer {}".format),
        st.sampled_from(sorted(right)).map("Basic {}".format),
        st.sampled_from(sorted(right)).map(lambda text: f"Bearer {text}x"),
    )
    for operation in operations(door):
        if operation.path in OPEN_PATHS:
            continue

        @settings(FEW, max_examples=6)
        @given(cases(operation), wrong)
        def ask(case: Any, token: str | None) -> None:
            answer = door.send(case, {} if token is None else {"Authorization": token})
            assert answer.status_code in (401, 403), answer.text

        ask()
    hidden = ("/", "/docs", "/docs/oauth2-redirect", "/openapi.json", "/health", "/metrics")
    for path in (*hidden, "/api/v1/health", "/api/v1/stream", "/api/v1/nothing", "/livez/"):
        for method in ("GET", "POST", "DELETE", "OPTIONS", "HEAD"):
            assert door.ask(method, f"http://oms{path}", {}).status_code == 401
    kinds = {row.kind for row in door.desk.inbox.journal.rows(after=seq)}
    assert kinds.isdisjoint({"intent_received", "operator_acted", "heartbeat_heard"})


def test_10_5_05_a_strategy_cannot_act_for_another_whatever_it_sends(door: Door) -> None:
    """Who asked was said in the body, by whoever asked."""
    book = door.desk.inbox.book
    before = (book.allocation("KMP", SAMSUNG).shares, book.allocation("KMP", SAMSUNG).stop_krw)
    seq = door.desk.inbox.journal.last_seq
    for operation in operations(door):
        if operation.method.upper() != "POST":
            continue

        @settings(FEW, max_examples=10)
        @given(operation.as_strategy(GenerationMode.POSITIVE), st.data())
        def ask(case: Any, data: Any) -> None:
            with_known_names(case, data)
            door.send(case, KPR)

        ask()
    for row in door.desk.inbox.journal.rows(after=seq, direction="out"):
        owner = getattr(row.output, "strategy_id", "KPR")
        assert owner == "KPR", row.payload
    acted = [
        r.decode_input(row.payload)
        for row in door.desk.inbox.journal.rows(after=seq, direction="in")
        if row.kind == "operator_acted"
    ]
    assert acted == []
    assert before == (
        book.allocation("KMP", SAMSUNG).shares,
        book.allocation("KMP", SAMSUNG).stop_krw,
    )


def least(door: Door, operation: dict[str, Any]) -> dict[str, Any]:
    """Return the smallest body an operation takes."""
    if "requestBody" not in operation:
        return {}
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    shape = door.schema.raw_schema["components"]["schemas"][reference.rpartition("/")[2]]
    values = {"reason": "theft", "stop_krw": 1, "limit_krw": 1}
    return {name: values[name] for name in shape.get("required", ())}


def test_the_regime_is_set_by_the_operator_and_by_whom_the_configuration_names(door: Door) -> None:
    book, url = door.desk.inbox.book, "http://oms/api/v1/risk/regime"
    body = json.dumps({"regime": "WEAK", "reason": "test"}).encode()
    plain = {"Content-Type": "application/json"}
    strong = body.replace(b"WEAK", b"STRONG")
    assert door.ask("POST", url, plain | OPERATOR, strong).status_code == 200
    for who in (KMP, KPR, VIEWER):
        assert door.ask("POST", url, plain | who, body).status_code == 403
    assert book.regime == "STRONG"
    pcim = {"Authorization": "Bearer token-pcim"}
    assert door.ask("POST", url, plain | pcim, body).status_code == 200
    assert book.regime == "WEAK"
