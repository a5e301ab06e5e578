"""finestock as its makers left it, but for the host: what it sees is what the exchange did.

The real host alone: its paper half listens at the real host's socket.
"""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients


def test_finestock_lives_a_trading_day(
    simulator: Callable[..., Any], tell: Callable[..., dict[str, Any]]
) -> None:
    broker = simulator("real", layout="mid")
    seen = tell("finestock_story.py", broker)
    state = broker.state()

    assert len(seen["book"]) == 10
    assert seen["deposit"] == state["start_cash_krw"]
    bought, waiting, changed, gone, sold = seen["numbers"]
    orders = {int(order["odno"]): order for order in state["orders"]}
    assert set(orders) == set(seen["numbers"]), "nothing more reached the exchange"
    assert [orders[n]["change"] for n in (waiting, changed, gone)] == ["new", "modify", "cancel"]
    assert (orders[bought]["filled"], orders[sold]["filled"]) == (3, 1)
    assert orders[changed]["state"] == "cancelled"
    assert seen["holds"] == [["005930", 2]]
    assert set(seen["live"]) == {"H0STCNT0", "H0STASP0", "H0STCNI0"}
    assert seen["live"]["H0STCNI0"] == 8
    krx, nxt, both = seen["volumes"]
    assert 0 < nxt < both
    assert 0 < krx < both
    assert seen["minutes"] == ["090000", "153000", 381]
    assert dict(seen["days"])["20250902"] == 69_100
    assert seen["closed"] == ["1003", *(f"10{d:02}" for d in (4, 5, 6, 7, 8, 9, 11, 12))]
    assert len(seen["index"]) == 3
