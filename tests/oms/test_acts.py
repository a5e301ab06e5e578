"""What operators do over HTTP, who may, and what of it stands in the journal afterwards."""

from typing import Any

import pytest

from oms.core import records as r
from oms.verify import verify
from oms_client.contract import AllocationView, EventPage, FillView, OrderView, TradeView
from oms_client.operating import DriftView, HaltView
from tests.oms.stories import HYNIX, SAMSUNG
from tests.oms.test_intake import holding, leave
from tests.oms.test_routes import KMP, KPR, OPERATOR, VIEWER, Served, enter, served
from tests.oms.waiting import until, while_time_passes

pytestmark = pytest.mark.anyio
__all__ = ["served"]  # the fixture
WHY = {"reason": "news", "actor": "kim"}


async def post(served: Served, path: str, body: Any, headers: Any = OPERATOR) -> Any:
    answer = await served.http.post(f"/api/v1{path}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def drifting(served: Served, shares: int = 5) -> None:
    """Two balances agree on shares that nobody bought."""
    served.house.broker.holdings = {SAMSUNG: shares}
    listings = served.desk.inbox.book.listings
    await while_time_passes(
        served.house.clock.move, lambda: SAMSUNG in listings and listings[SAMSUNG].frozen
    )


def acts(served: Served) -> list[r.OperatorActed]:
    rows = served.desk.inbox.journal.rows(direction="in")
    inputs = [r.decode_input(row.payload) for row in rows if row.kind == "operator_acted"]
    return [one for one in inputs if isinstance(one, r.OperatorActed)]


@pytest.mark.parametrize(
    ("halt", "message"),
    [
        ({"scope": "portfolio"}, "OMS in safe mode"),
        ({"scope": "strategy", "subject": "KMP"}, "Strategy KMP is paused"),
        ({"scope": "symbol", "subject": SAMSUNG}, f"{SAMSUNG} is halted by an operator"),
    ],
    ids=["portfolio", "strategy", "symbol"],
)
async def test_a_halt_stops_entries_is_listed_with_who_and_why_and_is_resumed(
    served: Served, halt: dict[str, Any], message: str
) -> None:
    (up,) = [HaltView.model_validate(h) for h in await post(served, "/halts", halt | WHY)]
    assert (up.scope, up.subject) == (halt["scope"], halt.get("subject"))
    assert (up.actor, up.reason) == ("operator:kim", "news")
    seen = (await served.http.get("/api/v1/halts", headers=KMP)).json()
    assert seen == [up.model_dump(mode="json")]
    told = await post(served, "/intents", enter("a"), KMP)
    assert told["message"] == message
    assert await post(served, "/halts/resume", halt | WHY) == []
    assert (await post(served, "/intents", enter("b"), KMP))["status"] == "APPROVED"
    assert [(act.actor, act.reason) for act in acts(served)] == [("operator:kim", "news")] * 2
    assert verify(served.house.folder / "primary.db").differences == ()


async def test_drift_is_listed_and_acknowledged(served: Served) -> None:
    await drifting(served)
    seen = DriftView.model_validate((await served.http.get("/api/v1/drift", headers=VIEWER)).json())
    (line,) = seen.drift
    assert (line.symbol, line.drift, line.frozen, line.acknowledged) == (SAMSUNG, 5, True, False)
    after = DriftView.model_validate(await post(served, f"/drift/{SAMSUNG}/acknowledge", WHY))
    assert (after.drift[0].frozen, after.drift[0].acknowledged) == (False, True)
    assert (await served.http.get("/api/v1/halts", headers=VIEWER)).json() == []


async def test_drift_is_given_to_a_strategy_which_can_then_sell_it(served: Served) -> None:
    await drifting(served)
    body = WHY | {"strategy_id": "KMP", "shares": 5, "stop_krw": 60_000, "price_krw": 69_000}
    after = DriftView.model_validate(await post(served, f"/drift/{SAMSUNG}/reassign", body))
    assert after.drift == ()
    held = (await served.http.get("/api/v1/allocations/KMP", headers=KMP)).json()[SAMSUNG]
    assert (held["shares"], held["cost_krw"], held["stop_krw"]) == (5, 345_000, 60_000)
    assert (await post(served, "/intents", leave("out"), KMP))["approved_shares"] == 5
    (act,) = acts(served)
    assert (act.actor, act.reason, act.strategy_id) == ("operator:kim", "news", "KMP")
    assert verify(served.house.folder / "primary.db").differences == ()


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        (f"/drift/{SAMSUNG}/acknowledge", {}, 404, "nothing is known of 005930"),
        ("/allocations/KMP/999999/stop", {"stop_krw": 1000}, 404, "nothing is known of 999999"),
        ("/halts", {"scope": "strategy", "subject": "GHOST"}, 404, "GHOST has no budget"),
        ("/halts", {"scope": "strategy"}, 422, "subject names"),
        ("/halts", {"scope": "portfolio", "subject": "KMP"}, 422, "subject names"),
        ("/halts", {"scope": "symbol", "subject": "KMP"}, 422, "six characters"),
        ("/halts", {"scope": "world"}, 422, "scope"),
        ("/halts", {"scope": "portfolio", "reason": ""}, 422, "reason"),
        ("/halts", {"scope": "portfolio", "actor": "a b"}, 422, "actor"),
    ],
)
async def test_an_act_that_cannot_be_says_why_and_is_not_journaled(
    served: Served, path: str, body: dict[str, Any], status: int, says: str
) -> None:
    answer = await served.http.post(f"/api/v1{path}", json=WHY | body, headers=OPERATOR)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]
    assert answer.json()["next"]
    assert acts(served) == []


async def test_an_act_that_the_book_does_not_allow_is_a_conflict(served: Served) -> None:
    await holding(served)
    for path, more in (
        (f"/drift/{SAMSUNG}/acknowledge", {}),
        (f"/drift/{SAMSUNG}/reassign", {"strategy_id": "KMP", "shares": 1, "stop_krw": 1000}),
        (f"/allocations/KPR/{SAMSUNG}/stop", {"stop_krw": 60_000}),
        (f"/orders/{next(iter(served.desk.inbox.book.orders))}/cancel", {}),
    ):
        answer = await served.http.post(f"/api/v1{path}", json=WHY | more, headers=OPERATOR)
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"] == "urn:kst:oms:not-now"


@pytest.mark.parametrize("headers", [KMP, VIEWER], ids=["strategy", "viewer"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/halts", {"scope": "portfolio"}),
        ("/halts/resume", {"scope": "portfolio"}),
        (f"/drift/{SAMSUNG}/acknowledge", {}),
        (f"/drift/{SAMSUNG}/reassign", {"strategy_id": "KMP", "shares": 1}),
        (f"/allocations/KMP/{SAMSUNG}/stop", {"stop_krw": 60_000}),
        ("/admin/flatten-all", {}),
        ("/admin/resume-entries", {}),
        ("/admin/pause-strategy/KMP", {}),
        ("/admin/resume-strategy/KMP", {}),
        ("/risk/safe-mode", {"enabled": False}),
    ],
)
async def test_11_13_only_an_operator_acts(
    served: Served, path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    answer = await served.http.post(f"/api/v1{path}", json=WHY | body, headers=headers)
    assert answer.status_code == 403
    assert acts(served) == []


async def test_a_strategy_cancels_its_own_order_by_id_and_no_other(served: Served) -> None:
    await post(served, "/intents", enter("a"), KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    order_id = next(iter(served.desk.inbox.book.orders))
    path = f"/api/v1/orders/{order_id}"
    for headers, status in ((KPR, 403), (VIEWER, 403), (KMP, 200)):
        answer = await served.http.post(f"{path}/cancel", json=WHY, headers=headers)
        assert answer.status_code == status
    assert OrderView.model_validate(answer.json()).cancelling
    again = await served.http.post(f"{path}/cancel", json=WHY, headers=KMP)
    assert again.status_code == 200  # it is on its way already
    await until(lambda: served.house.broker.changed)
    assert len(served.house.broker.changed) == 1
    for headers, status in ((KPR, 403), (KMP, 200), (VIEWER, 200)):
        assert (await served.http.get(path, headers=headers)).status_code == status
    assert (await served.http.get("/api/v1/orders/none", headers=KMP)).status_code == 404


async def test_a_strategy_amends_its_own_order_by_id_and_no_other(served: Served) -> None:
    await post(served, "/intents", enter("a"), KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    order = next(iter(served.desk.inbox.book.orders.values()))
    path = f"/api/v1/orders/{order.order_id}/amend"
    body = WHY | {"limit_krw": 69_900}
    for headers, status in ((KPR, 403), (VIEWER, 403), (KMP, 200)):
        answer = await served.http.post(path, json=body, headers=headers)
        assert answer.status_code == status
    shown = OrderView.model_validate(answer.json())
    assert (shown.amending, shown.limit_krw, len(shown.broker_ids)) == (True, 70_000, 1)
    again = await served.http.post(path, json=body, headers=KMP)
    assert (again.status_code, again.json()["type"]) == (409, "urn:kst:oms:not-now")
    # Nobody hears notices here: the history says that it holds.
    await while_time_passes(served.house.clock.move, lambda: order.limit_krw == 69_900)
    (change,) = served.house.broker.changed
    assert (int(change.broker_id), change.limit_krw, change.shares) == (1, 69_900, None)
    looked = await served.http.get(f"/api/v1/orders/{order.order_id}", headers=KMP)
    shown = OrderView.model_validate(looked.json())
    assert (shown.broker_ids, shown.broker_id) == (("0000000001", "0000009001"), "0000009001")
    assert not shown.amending
    assert [(act.actor, act.limit_krw) for act in acts(served)] == [("KMP:kim", 69_900)]


@pytest.mark.parametrize(
    ("limit_krw", "status", "words"),
    [
        (70_100, 409, "approved for a limit of 70000"),
        (69_950, 409, "between two ticks"),
        (30_000, 409, "outside the day's limits"),
        (0, 422, "limit_krw"),
        (None, 422, "limit_krw"),
    ],
)
async def test_an_amend_that_cannot_be_done_changes_nothing_and_says_why(
    served: Served, limit_krw: int | None, status: int, words: str
) -> None:
    await post(served, "/intents", enter("a"), KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    order_id = next(iter(served.desk.inbox.book.orders))
    path, body = f"/api/v1/orders/{order_id}/amend", WHY | {"limit_krw": limit_krw}
    answer = await served.http.post(path, json=body, headers=OPERATOR)
    assert answer.status_code == status
    assert words in answer.text
    assert acts(served) == []
    missing = await served.http.post("/api/v1/orders/none/amend", json=body, headers=OPERATOR)
    assert missing.status_code == (404 if status == 409 else 422)


async def test_an_operator_moves_a_stop(served: Served) -> None:
    await holding(served)
    moved = await post(served, f"/allocations/KMP/{SAMSUNG}/stop", WHY | {"stop_krw": 69_000})
    assert AllocationView.model_validate(moved).stop_krw == 69_000


async def test_a_strategy_sees_nothing_of_anothers_holding(served: Served) -> None:
    await holding(served)
    for headers, shares in ((KMP, [10]), (KPR, []), (VIEWER, [10])):
        for path in ("/api/v1/positions", f"/api/v1/positions/{SAMSUNG}"):
            told = (await served.http.get(path, headers=headers)).json()
            position = told[SAMSUNG] if path.endswith("positions") else told
            assert [a["shares"] for a in position["allocations"]] == shares
        for path in ("/api/v1/fills", "/api/v1/trades", "/api/v1/orders"):
            rows = (await served.http.get(path, headers=headers)).json()
            assert len(rows) == len(shares), path
            named = await served.http.get(f"{path}?strategy_id=KMP", headers=headers)
            assert named.json() == rows, path
    assert (await served.http.get("/api/v1/drift", headers=KPR)).status_code == 403


async def test_fills_and_round_trips_of_the_day_are_shown_and_survive_a_restart(
    served: Served,
) -> None:
    await holding(served)
    await post(served, "/intents", leave("out"), KMP)
    await until(lambda: len(served.house.broker.placed) == 2)
    served.house.line.bring(served.house.fill_notice(2, 10, 71_000, "SELL"))
    await until(lambda: not served.desk.inbox.book.allocation("KMP", SAMSUNG).shares)
    fills = [
        FillView.model_validate(row)
        for row in (await served.http.get("/api/v1/fills", headers=KMP)).json()
    ]
    assert [(f.side, f.shares, f.value_krw) for f in fills] == [
        ("BUY", 10, 700_000),
        ("SELL", 10, 710_000),
    ]
    later = await served.http.get(f"/api/v1/fills?after={fills[0].seq}", headers=KMP)
    assert [row["seq"] for row in later.json()] == [fills[1].seq]
    (trade,) = (await served.http.get("/api/v1/trades", headers=KMP)).json()
    trip = TradeView.model_validate(trade)
    assert (trip.bought, trip.sold, trip.closed_at is not None) == (10, 10, True)
    assert trip.cost_krw == sum(fill.cost_krw for fill in fills)
    assert trip.realised_krw == 10_000 - trip.cost_krw
    anew = type(served.desk.executions).of(served.desk.inbox.journal)
    assert anew.trades(None, None) == [trip]
    assert anew.fills(None, None, 0) == fills
    other = await served.http.get(f"/api/v1/trades?symbol={HYNIX}", headers=KMP)
    assert other.json() == []


async def test_past_events_come_page_by_page_each_strategy_its_own(served: Served) -> None:
    await holding(served)
    after, kinds = 0, []
    while True:
        page = EventPage.model_validate(
            (await served.http.get(f"/api/v1/events?after={after}&rows=3", headers=KMP)).json()
        )
        kinds += [event.kind for event in page.events]
        if page.next_after == after:
            break
        after = page.next_after
    assert after == page.last_seq == served.desk.inbox.journal.last_seq
    assert [kind for kind in kinds if kind != "account_changed"] == [
        "intent_decided",
        "order_accepted",
        "order_filled",
        "allocation_changed",
        "order_closed",
    ]
    others = (await served.http.get("/api/v1/events?rows=1000", headers=KPR)).json()
    assert {event["kind"] for event in others["events"]} <= {"account_changed"}


async def test_every_refusal_says_what_it_is_and_what_to_do_next(served: Served) -> None:
    for method, path, headers, kind in (
        ("GET", "/api/v1/orders", {}, "no-token"),
        ("GET", "/api/v1/nothing", KMP, "not-found"),
        ("DELETE", "/api/v1/orders", KMP, "no-such-method"),
        ("GET", "/api/v1/drift", KMP, "not-yours"),
        ("GET", "/api/v1/fills?after=x", KMP, "malformed"),
    ):
        answer = await served.http.request(method, path, headers=headers)
        told = answer.json()
        assert told["type"] == f"urn:kst:oms:{kind}"
        assert (told["status"], told["instance"]) == (answer.status_code, path.split("?")[0])
        assert told["title"]
        assert told["detail"]
        assert told["next"]
