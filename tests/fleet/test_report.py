"""The report compares the fleet's books with the truth and names every difference."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.findings import Findings
from fleet.report import Report, compare, hops
from fleet.report_page import page
from fleet.truth import BrokerOrder, Truth
from kis_core.clock import KST, ns
from kis_core.market.events import Bar

NINE = datetime(2025, 9, 3, 9, 0, tzinfo=KST)
AT = NINE.replace(tzinfo=None)
TRUTH = Truth(
    date="2025-09-03",
    bars={"005930": [Bar("005930", "KRX", ns(NINE), 70000, 70100, 69900, 70000, 10)]},
    names={"005930": "삼성전자"},
    orders={
        117: BrokerOrder("0000000117", "005930", "BUY", 10, 2, 10, 700_000, 98, (117,)),
        118: BrokerOrder("0000000118", "005930", "SELL", 10, 1, 10, 710_000, 1164, (118,)),
    },
    holdings={},
    last_krw={"005930": 71000},
    pnl_krw=710_000 - 700_000 - 98 - 1164,
    fills=3,
)


def order(order_id: str, broker_id: str, side: str) -> dict[str, Any]:
    return {
        "order_id": order_id, "broker_id": broker_id, "side": side, "sent_at": AT,
        "accepted_at": AT, "first_fill_at": AT, "state": "FILLED", "limit_krw": None,
        "intent_id": "kmp-1", "refusal_code": None, "refusal_text": None,
    }  # fmt: skip


def execution(order_id: str, shares: int, value: int, cost: int) -> dict[str, Any]:
    return {"order_id": order_id, "shares": shares, "value_krw": value, "cost_krw": cost}


TRIP: dict[str, Any] = {
    "symbol": "005930", "setup": "or_break", "entered_at": NINE.isoformat(),
    "exited_at": NINE.isoformat(), "shares": 10, "entry_krw": 70000.0, "exit_krw": 71000.0,
    "stop_krw": 69000, "exit_reason": "flatten_time", "costs_krw": 1262, "realised_krw": 8738,
    "r_net": 0.87, "mfe_r": 1.0, "mae_r": 0.1, "facts": {"score": 61},
}  # fmt: skip
FOUND = Findings(
    candles={"005930": [(AT, 70000, 70100, 69900, 70000, 10)]},
    candle_sources={"rest": 1},
    intents=[
        {"intent_id": "kmp-1", "status": "APPROVED", "received_at": AT, "decided_at": AT,
         "quote_at": AT, "trace": "[]", "message": ""},
        {"intent_id": "kmp-2", "status": "REFUSED", "received_at": AT, "decided_at": AT,
         "quote_at": None, "trace": '[{"control": "price collar"}]', "message": "no"},
    ],
    orders=[order("a", "0000000117", "BUY"), order("b", "118", "SELL")],
    executions=[
        execution("a", 4, 280_000, 39), execution("a", 6, 420_000, 59),
        execution("b", 10, 710_000, 1164),
    ],
    allocations={},
    trades=[{"symbol": "005930", "status": "CLOSED", "realised_pnl_krw": 8738}],
    gaps=[],
    audit_rows=12,
    audit_faults=0,
    funnel={
        "kmp": {
            "gates": [{"gate": "universe", "reached": 1, "passed": 1, "stopped": 0}],
            "stopped": {"trend": {"symbols": 1, "by_time": {"09:15": 1}}},
            "health": {"problems": []},
        }
    },
    explained=[TRIP],
)  # fmt: skip


def test_books_that_agree_have_no_mismatch() -> None:
    compared = compare(TRUTH, FOUND)
    assert compared.mismatches == ()
    assert (compared.fills_audit, compared.fills_at_broker) == (3, 3)
    assert compared.pnl_krw == compared.broker_pnl_krw == 8738


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"candles": {}}, "candles"),
        ({"candles": {"005930": [(AT, 70000, 70100, 69900, 70000, 11)]}}, "candles"),
        ({"executions": FOUND.executions[:2]}, "order b"),
        ({"executions": [*FOUND.executions, FOUND.executions[0]]}, "order a"),
        ({"orders": FOUND.orders[:1]}, "0000000118"),
        ({"allocations": {"005930": 10}}, "005930: 10 shares allocated"),
        ({"trades": []}, "P&L 0 KRW"),
        ({"audit_faults": 1}, "journal rows"),
    ],
    ids=[
        "a candle is missing", "a volume differs", "a fill is lost", "a fill is counted twice",
        "an order is not in the trail", "an allocation is left", "a won is missing",
        "a row was not understood",
    ],
)  # fmt: skip
def test_every_difference_is_named(changed: dict[str, Any], word: str) -> None:
    assert any(word in line for line in compare(TRUTH, replace(FOUND, **changed)).mismatches)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    report = Report(
        Path("run"),
        TRUTH,
        FOUND,
        compare(TRUTH, FOUND),
        hops(FOUND, [2.0, 5.0], 150.0),
        (),
        150.0,
        12.0,
    )
    html = page(report)
    outside_of_the_script = html.split("</script>", 1)[1]
    assert "삼성전자" in html
    assert "or_break" in html
    assert "refused: price collar" in html
    assert "src=" not in outside_of_the_script
    assert "href=" not in outside_of_the_script


@pytest.mark.parametrize(("lag_ms", "kept_up"), [(5.0, True), (800.0, False)])
def test_a_machine_that_falls_behind_the_market_is_told_so(lag_ms: float, kept_up: bool) -> None:
    measured = hops(FOUND, [lag_ms] * 100, 150.0)
    report = Report(Path("run"), TRUTH, FOUND, compare(TRUTH, FOUND), measured, (), 150.0, 12.0)
    assert report.kept_up is kept_up
    assert report.summary()["kept_up"] is kept_up
