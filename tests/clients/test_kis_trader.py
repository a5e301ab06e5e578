"""kis-trader as its makers left it, but for the host: what it sees is what the exchange did.

It reads frames of the current width alone, and notices of 26 columns on both hosts.
"""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("env", ["real", "paper"])
def test_kis_trader_lives_a_trading_day(
    simulator: Callable[..., Any], tell: Callable[..., dict[str, Any]], env: str
) -> None:
    broker = simulator(env, layout="current")
    real, paper = (broker, None) if env == "real" else (None, broker)
    seen = tell("kis_trader_story.py", real, paper)
    state = broker.state()

    price, previous, volume = seen["quote"]
    assert 48_400 < price < 89_800
    assert (previous, volume > 0) == (69_100, True)
    asks, bids = seen["book"]
    assert (len(asks), len(bids)) == (10, 10)
    assert bids[0][0] < asks[0][0]
    days = dict(seen["days"])
    assert days["2025-09-02"] == 69_100
    assert len(days) > 100, "more than one page"
    assert seen["deposit"] == state["start_cash_krw"]

    bought, waiting, changed, gone, sold = seen["numbers"]
    orders = {int(order["odno"]): order for order in state["orders"]}
    assert set(orders) == set(seen["numbers"]), "nothing more reached the exchange"
    assert [orders[n]["change"] for n in (changed, gone)] == ["modify", "cancel"]
    assert orders[changed]["state"] == "cancelled"
    assert seen["sold too many"] == {"real": "APBK0400", "paper": "40240000"}[env]
    listed = {number: rest for number, *rest in seen["orders"]}
    assert listed[bought] == ["buy", 3, 0]
    assert listed[sold] == ["sell", 1, 0]
    assert listed[waiting][1:] == [0, 0]
    assert seen["stocks"] == [["005930", 2, 2]]

    assert all(48_400 < price < 89_800 and shares > 0 for price, shares in seen["trades"])
    assert len(seen["trades"]) >= 3
    assert seen["live book"][1] < seen["live book"][0]
    told = [(int(f["odno"]), f["shares"], f["price_krw"]) for f in broker.fills()]
    fills = [(n, shares, price) for n, kind, shares, price, _ in seen["notices"] if kind == "2"]
    assert sorted(fills) == sorted(told)
    assert {number for number, *_ in seen["notices"]} == set(seen["numbers"])
    assert not any(rejected for *_, rejected in seen["notices"])
    if env == "paper":
        return

    assert seen["open"] == [[waiting, 2]]
    assert (seen["minutes"], seen["prints"], seen["estimates"]) == (381, 30, 2)
    assert len(seen["busiest"]) == 30
    assert seen["open day"]
    assert float(seen["index"]) == pytest.approx(3172.35, rel=0.03)  # the day before's close
    level, asked = seen["future"]
    assert float(level) == pytest.approx(430, rel=0.05)
    assert asked == 5
    assert seen["assets"] == state["start_cash_krw"]
