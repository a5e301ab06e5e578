"""mojito2 as its makers left it, but for the host: what it sees is what the exchange did."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("env", ["real", "paper"])
def test_mojito_lives_a_trading_day(
    simulator: Callable[..., Any], tell: Callable[..., dict[str, Any]], env: str
) -> None:
    real = simulator("real")
    paper = simulator("paper") if env == "paper" else None
    broker = paper or real
    seen = tell("mojito_story.py", real, paper)
    state = broker.state()

    assert (seen["quote"]["stck_mxpr"], seen["quote"]["stck_llam"]) == ("89800", "48400")
    days = dict(seen["days"])
    assert days["20250902"] == "69100"
    assert 48_400 < int(days["20250903"]) < 89_800, "today's bar is what there is of it so far"
    assert seen["recent"] == 30
    assert seen["deposit"] == str(state["start_cash_krw"])
    assert seen["orderable"] == str(100_000_000 * 1_000_000 // (89_800 * 1_000_140))

    bought, waiting, changed, _, sold = seen["numbers"]
    orders = {int(order["odno"]): order for order in state["orders"]}
    assert set(orders) == set(seen["numbers"]), "nothing more reached the exchange"
    assert [orders[n]["change"] for n in seen["numbers"]] == [
        "new",
        "new",
        "modify",
        "cancel",
        "new",
    ]
    refused = {"real": ("APBK0344", "APBK0400"), "paper": ("40330000", "40240000")}[env]
    assert seen["cancelled twice"] == [True, refused[0]]
    assert seen["sold too many"] == [True, refused[1]]
    assert seen["stocks"] == [["005930", "2", "2"]]
    assert (orders[bought]["filled"], orders[sold]["filled"]) == (3, 1)
    assert (orders[waiting]["filled"], orders[changed]["state"]) == (0, "cancelled")
    if env == "paper":
        return

    assert seen["open"] == [[waiting, "2"]]
    minutes = [row[0] for row in seen["minutes"]]
    assert (minutes[0], minutes[-1]) == ("093000", "090100"), "it asks no further back itself"
    assert len(minutes) == 30
    live = seen["live"]
    prices = [int(trade["주식현재가"]) for trade in live["체결"]]
    assert all(48_400 < price < 89_800 for price in prices)
    book = live["호가"][-1]
    assert int(book["매수호가01"]) < int(book["매도호가01"])
    notices = [
        (int(n["주문번호"]), n["체결여부"], int(n["체결수량"]), int(n["체결단가"]))
        for n in live["체잔"]
    ]
    fills = [(number, price, shares) for number, kind, shares, price in notices if kind == "2"]
    told = [(int(f["odno"]), f["price_krw"], f["shares"]) for f in broker.fills()]
    assert sorted(fills) == sorted(told)
    assert {number for number, *_ in notices} == set(seen["numbers"])
