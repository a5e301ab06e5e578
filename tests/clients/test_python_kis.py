"""python-kis as its makers left it, but for the host: what it sees is what the exchange did."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("env", ["real", "paper"])
def test_python_kis_lives_a_trading_day(
    simulator: Callable[..., Any], tell: Callable[..., dict[str, Any]], env: str
) -> None:
    real = simulator("real")
    paper = simulator("paper") if env == "paper" else None
    broker = paper or real
    seen = tell("python_kis_story.py", real, paper)
    state = broker.state()

    assert (seen["name"], seen["market"]) == ("삼성전자", "KRX")
    quote = seen["quote"]
    assert quote["limits"] == [48_400, 89_800]
    assert quote["previous"] == 69_100
    assert quote["low"] <= quote["price"] <= quote["high"]
    assert quote["volume"] > 0
    assert not quote["halt"]
    asks, bids = seen["book"]["asks"], seen["book"]["bids"]
    assert len(asks) == len(bids) == 10
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert bids[0][0] < asks[0][0]
    assert all(shares > 0 for _, shares in asks + bids)

    minutes = {row[0]: row[1:] for row in seen["minutes"]}
    assert minutes["09:00"][0] == quote["open"]
    assert len(minutes) >= 60
    assert sorted(minutes) == [row[0] for row in seen["minutes"]]
    assert max(row[1] for row in minutes.values()) == quote["high"]
    assert min(row[2] for row in minutes.values()) == quote["low"]
    days = dict(seen["days"])
    assert days["2025-09-02"] == 69_100
    assert len(days) > 100, "more than one page"

    assert seen["deposit"] == state["start_cash_krw"] == 100_000_000
    assert seen["orderable"] == 100_000_000 * 1_000_000 // (89_800 * 1_000_140)
    assert len(seen["ticks"]) == 3
    assert all(quote["limits"][0] < price < quote["limits"][1] for price, _ in seen["ticks"])
    ask, bid = seen["live_book"]
    assert bid < ask

    numbers = seen["numbers"]
    orders = {int(order["odno"]): order for order in state["orders"]}
    assert len(set(numbers)) == len(numbers)
    assert set(orders) == set(numbers), "nothing more reached the exchange"
    bought, waiting, *between, sold = numbers
    below, lower = seen["limits"]
    assert orders[waiting]["limit_krw"] == below
    assert orders[waiting]["state"] == "cancelled"
    if env == "real":
        assert [orders[n]["change"] for n in between] == ["modify", "cancel"]
        assert orders[between[0]]["limit_krw"] == lower
        assert [(row["number"], row["price"], row["qty"]) for row in seen["pending"]] == [
            (waiting, below, 2)
        ]
        assert [row[0] for row in seen["profits"]] == ["005930"]
    else:
        assert [orders[n]["change"] for n in between] == ["cancel"]
    listed = {row["number"]: row for row in seen["orders"]}
    assert listed[bought]["filled"] == 3
    assert (listed[sold]["filled"], listed[sold]["side"]) == (1, "sell")
    assert listed[waiting]["filled"] == 0
    assert seen["stocks"] == [["005930", 2, 2]]

    # python-kis tells the confirmation of a cancel or a modify as an execution, too.
    fills = [n for n in seen["notices"] if n["filled"] and n["number"] in (bought, sold)]
    assert sum(n["filled"] for n in fills if n["number"] == bought) == 3
    assert sum(n["filled"] for n in fills if n["number"] == sold) == 1
    told = [(int(f["odno"]), f["price_krw"], f["shares"]) for f in broker.fills()]
    assert sorted((n["number"], n["price"], n["filled"]) for n in fills) == sorted(told)
    assert {n["number"] for n in seen["notices"]} == set(numbers)
