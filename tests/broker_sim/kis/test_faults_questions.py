"""Questions on a bad day: asked again, or failed as their own type, and never half answered."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from broker_sim.exchange.orders import Placed, Ticket
from kis_core.clock import SECOND_NS
from kis_core.errors import KisError, RateLimited, Refused, ReplyError, Unreachable
from kis_core.wire.account import Accepted, OrderType
from kis_core.wire.tr_table import CALLS
from tests.broker_sim.kis.faulty import House, house, order

pytestmark = pytest.mark.anyio

DAY = "2025-09-03"
GOT_OVER = {
    "the reply is lost": {"kind": "reply_lost"},
    "the request is lost": {"kind": "request_lost"},
    "answered late": {"kind": "reply_late", "seconds": 2},
    "answered too late": {"kind": "reply_late", "seconds": 40},
    "arrives late": {"kind": "request_late", "seconds": 2},
    "time-out": {"kind": "reply_error", "code": "EGW00302"},
    "server error": {"kind": "server_error", "code": "EGW00002"},
    "HTML": {"kind": "server_error", "form": "html", "status": 502},
    "plain text": {"kind": "server_error", "form": "text"},
    "an HTML page that says 200": {"kind": "html_page"},
    "half the JSON": {"kind": "json_cut"},
    "half the body": {"kind": "body_cut"},
    "too many calls": {"kind": "throttled", "times": 3},
    "the token is revoked": {"kind": "token_revoked"},
    "the token is old": {"kind": "token_expired"},
}


@pytest.mark.parametrize("fault", GOT_OVER.values(), ids=GOT_OVER)
async def test_a_question_gets_over_what_passes(
    opens: Any, tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with house(opens, tmp_path, timeout_s=0.3) as ours:
        await ours.quotes.book("005930")  # there is a token
        await ours.clock.sleep(61 if "token" in fault["kind"] else 0)
        ours.goes_wrong({"call": "questions", **fault})
        assert (await ours.quotes.price("005930")).price_krw > 0
        assert set(ours.bitten) == {fault["kind"]}


FOR_GOOD = {
    "replies are lost": ({"kind": "reply_lost"}, Unreachable),
    "time-outs": ({"kind": "reply_error", "code": "EGW00302"}, Unreachable),
    "HTML": ({"kind": "server_error", "form": "html"}, ReplyError),
    "half the JSON": ({"kind": "json_cut"}, ReplyError),
    "too many calls": ({"kind": "throttled"}, RateLimited),
    "a refusal": ({"kind": "server_error", "code": "OPSQ2000"}, Refused),
    "no token for now": (
        {"kind": "server_error", "call": "tokens", "code": "EGW00002"},
        Unreachable,
    ),
    "no token for this key": (
        {"kind": "server_error", "call": "tokens", "code": "EGW00103", "status": 403},
        Refused,
    ),
    "a blank field": ({"kind": "field_blank", "field": "stck_prpr"}, KisError),
}


@pytest.mark.parametrize(("fault", "error"), FOR_GOOD.values(), ids=FOR_GOOD)
async def test_what_does_not_pass_fails_as_its_own_type(
    opens: Any, tmp_path: Path, fault: dict[str, Any], error: type[KisError]
) -> None:
    async with house(opens, tmp_path, {"call": "questions", "times": 99, **fault}) as ours:
        with pytest.raises(error):
            await ours.quotes.price("005930")


async def test_a_token_is_renewed_once_for_all_who_ask(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path) as ours:
        await ours.quotes.price("005930")
        await ours.clock.sleep(61)
        ours.goes_wrong({"kind": "token_revoked", "call": "questions"})
        # A fault that does nothing marks each issue of a token.
        ours.goes_wrong({"kind": "reply_late", "call": "tokens", "seconds": 0, "times": 99})
        await asyncio.gather(*(ours.quotes.price("005930") for _ in range(5)))
        assert ours.bitten == ["token_revoked", "reply_late"]


async def test_after_too_many_calls_the_next_one_waits_a_second(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, speed=20) as ours:
        await ours.quotes.price("005930")
        ours.goes_wrong({"kind": "throttled", "call": "questions", "times": 4})
        await asyncio.gather(*(ours.quotes.price("005930") for _ in range(2)))
        at_ns = [bite.at_ns for bite in ours.opened.served.faults.plan.bites]
        assert len(at_ns) == 4
        # Two that were on their way together are refused together; nobody calls for a second then.
        pauses = [b - a for a, b in itertools.pairwise(at_ns)]
        assert all(p < SECOND_NS // 2 or p >= SECOND_NS * 9 // 10 for p in pauses)
        assert max(pauses) >= SECOND_NS * 9 // 10


def place_three_pages(ours: House) -> None:
    """Place 35 orders: three pages on paper, 15 a page."""
    for shares in range(1, 36):
        ticket = Ticket("005930", "BUY", shares, OrderType.LIMIT, 50_000)
        assert isinstance(ours.opened.exchange.place(ours.clock.now_ns(), ticket), Placed)


PAGES = {
    "an error that passes": ({"kind": "page_failed"}, None),
    "an error for good": ({"kind": "page_failed", "times": 99}, Unreachable),
    "a refusal": ({"kind": "page_failed", "code": "OPSQ2000"}, Refused),
    "HTML for good": ({"kind": "page_failed", "form": "html", "times": 99}, ReplyError),
    "no rows": ({"kind": "page_empty"}, ReplyError),
    "no rows on the third": ({"kind": "page_empty", "page": 3}, ReplyError),
    "the same cursor again": ({"kind": "page_repeated"}, ReplyError),
    "the reply is lost": ({"kind": "reply_lost", "page": 2}, None),
    "half the JSON for good": ({"kind": "json_cut", "page": 3, "times": 99}, ReplyError),
}


@pytest.mark.parametrize(("fault", "error"), PAGES.values(), ids=PAGES)
async def test_pages_are_whole_or_none(
    opens: Any, tmp_path: Path, fault: dict[str, Any], error: type[KisError] | None
) -> None:
    fault = {"call": "inquire_daily_ccld", **fault}
    async with house(opens, tmp_path, fault, dialect="paper", cash_krw=10**9) as ours:
        place_three_pages(ours)
        if error is None:
            assert len(await ours.broker.history(DAY)) == 35
        else:
            with pytest.raises(error):
                await ours.broker.history(DAY)
        assert set(ours.bitten) == {fault["kind"]}


async def test_the_balance_fails_whole_with_its_second_page(opens: Any, tmp_path: Path) -> None:
    # One holding fits any page: the fault is put on the first, which is the whole balance here.
    fault = {"kind": "page_failed", "call": "inquire_balance", "page": 1, "times": 99}
    async with house(opens, tmp_path, fault) as ours:
        with pytest.raises(Unreachable):
            await ours.broker.balance()


async def test_the_history_shows_an_order_seconds_later_and_never_less_again(
    opens: Any, tmp_path: Path
) -> None:
    fault = {"kind": "history_late", "seconds": [20, 40]}
    async with house(opens, tmp_path, fault, start="09:00:45", speed=30) as ours:
        placed = await ours.broker.place(order(shares=3))
        assert isinstance(placed, Accepted)
        assert await ours.broker.history(DAY) == []  # absence proves nothing
        seen = []
        for _ in range(12):
            rows = await ours.broker.history(DAY)
            seen.append((len(rows), sum(row.filled for row in rows)))
            await ours.clock.sleep(4)
        assert seen == sorted(seen)
        assert seen[-1] == (1, 3)
        assert ours.at_exchange[0].filled == 3


async def test_the_balance_shows_a_fill_seconds_later(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "balance_stale", "seconds": 30}
    async with house(opens, tmp_path, fault, start="09:00:45", speed=30) as ours:
        assert isinstance(await ours.broker.place(order(shares=3)), Accepted)
        await ours.clock.sleep(5)
        assert ours.at_exchange[0].filled == 3
        stale = await ours.broker.balance()
        assert (stale.holdings, stale.settled_d2_krw) == ((), 10_000_000)
        await ours.clock.sleep(35)
        fresh = await ours.broker.balance()
        assert [line.shares for line in fresh.holdings] == [3]
        assert fresh.settled_d2_krw < 10_000_000


async def test_paper_delays_are_what_lists_lag_by_unless_told(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, {"kind": "history_late"}, speed=2) as ours:
        (fault,) = ours.opened.served.faults.plan.faults
        assert fault.seconds == (1.1, 5.3)
        await ours.broker.place(order())
        assert await ours.broker.history(DAY) == []
        await ours.clock.sleep(5.4)
        assert len(await ours.broker.history(DAY)) == 1


async def test_a_clock_that_is_off_changes_no_instant_of_ours(opens: Any, tmp_path: Path) -> None:
    fault = {"kind": "clock_skew", "seconds": -90}
    async with house(opens, tmp_path, fault, start="09:10:00") as ours:
        placed = await ours.broker.place(order())
        assert isinstance(placed, Accepted)
        assert placed.accepted_at[:4] == "0908"  # theirs
        (row,) = await ours.broker.history(DAY)
        assert row.ordered_at == placed.accepted_at
        quote = await ours.quotes.price("005930")
        assert abs(quote.at_ns - ours.clock.now_ns()) < 60 * SECOND_NS  # ours


async def test_a_list_that_does_not_lag_is_the_same_list(opens: Any) -> None:
    """Reserved orders are kept by whoever took them: a fault on other lists hides none."""
    async with opens("15:45:00") as broker:
        await broker.http.post("/sim/faults", content="faults: [{kind: history_late}]")
        path = "/uapi/domestic-stock/v1/trading/order-resv"
        body = {
            "CANO": "50001234",
            "ACNT_PRDT_CD": "01",
            "PDNO": "005930",
            "ORD_QTY": "1",
            "ORD_UNPR": "70000",
            "SLL_BUY_DVSN_CD": "02",
            "ORD_DVSN_CD": "00",
            "ORD_OBJT_CBLC_DVSN_CD": "10",
        }
        taken = await broker.http.post(path, json=body, headers=broker.headers("CTSC0008U"))
        assert taken.json()["rt_cd"] == "0"
        await broker.http.delete("/sim/faults")
        call = CALLS["domestic_stock.order_resv_ccnl"]
        query = dict.fromkeys(call.params, "") | {
            "CANO": "50001234",
            "ACNT_PRDT_CD": "01",
            "RSVN_ORD_ORD_DT": "20250903",
            "RSVN_ORD_END_DT": "20250903",
        }
        listed = await broker.http.get(
            call.path, params=query, headers=broker.headers(call.tr_real[""])
        )
        assert len(listed.json()["output"]) == 1
