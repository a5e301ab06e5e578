"""What price an order carries: side-aware, on the tick, within caps and limit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.ticks import is_on_tick, ticks_between
from kis_core.wire.account import OrderType, Side
from oms.core.prices import order_krw, reach_krw
from oms.core.records import Chase, Execution, Quote
from oms.core.terms import STOCK
from tests.oms.stories import SAMSUNG, some_limits


@pytest.mark.parametrize(
    ("side", "near", "cap_bp", "cap_ticks", "limit", "price"),
    [
        ("BUY", 70_000, 20, None, None, 70_100),  # 70,140 down
        ("SELL", 70_000, 20, None, None, 69_900),  # 69,860 up
        ("BUY", 70_000, 20, 0, None, 70_000),  # the tighter of the two
        ("BUY", 70_000, 5, 3, None, 70_000),
        ("SELL", 70_000, 100, 2, None, 69_800),
        ("BUY", 70_000, 100, None, 70_200, 70_200),  # never past the limit
        ("SELL", 70_000, 100, None, 69_800, 69_800),
        ("BUY", 70_000, 100, 9, 69_950, 69_900),  # a limit between two ticks: down
        ("SELL", 70_000, 100, 9, 70_050, 70_100),  # up
        ("BUY", 70_050, None, 1, None, 70_100),  # from between two ticks
        ("SELL", 70_050, None, 1, None, 70_000),
        ("BUY", 49_950, None, 2, None, 50_100),  # steps change at the band's edge
        ("SELL", 50_100, None, 2, None, 49_950),
        ("SELL", 2, 1_000, 100, None, 2),
    ],
)
def test_a_price_reaches_as_far_as_its_tightest_bound(
    side: Side, near: int, cap_bp: int | None, cap_ticks: int | None, limit: int | None, price: int
) -> None:
    assert reach_krw(side, near, cap_bp, cap_ticks, limit, STOCK) == price


PRICES = st.integers(1, 2_000_000)
CAPS = st.one_of(st.none(), st.integers(0, 1_000))


@given(
    side=st.sampled_from(["BUY", "SELL"]),
    near=st.integers(100, 2_000_000),
    cap_bp=CAPS,
    cap_ticks=st.one_of(st.none(), st.integers(0, 100)),
    limit=PRICES,
)
def test_no_price_is_worse_than_its_limit_or_its_caps(
    side: Side, near: int, cap_bp: int | None, cap_ticks: int | None, limit: int
) -> None:
    price = reach_krw(side, near, cap_bp, cap_ticks, limit, STOCK)
    assert is_on_tick(price)
    if side == "BUY":
        assert price <= limit
        assert cap_bp is None or price * 10_000 <= near * (10_000 + cap_bp)
        assert cap_ticks is None or ticks_between(near, price) <= cap_ticks
    else:
        assert price >= limit
        assert cap_bp is None or price * 10_000 >= near * (10_000 - cap_bp)
        assert cap_ticks is None or ticks_between(price, near) <= cap_ticks


QUOTE = Quote(SAMSUNG, 70_000, 1, 1, ask_krw=70_100, bid_krw=69_900)
FOLLOW = Chase(5, 3, 1, "CROSS")


@pytest.mark.parametrize(
    ("side", "execution", "limit", "quote", "price"),
    [
        ("BUY", Execution("LIMIT"), 70_050, QUOTE, 70_000),
        ("SELL", Execution("LIMIT"), 70_050, QUOTE, 70_100),
        ("BUY", Execution("MARKETABLE", cap_ticks=1), 71_000, QUOTE, 70_200),
        ("BUY", Execution("MARKETABLE", cap_ticks=1), 70_000, QUOTE, 70_000),
        ("SELL", Execution("MARKETABLE", cap_ticks=1), None, QUOTE, 69_800),
        ("SELL", Execution("MARKETABLE", cap_ticks=1), None, None, 67_900),  # from the mark
        ("BUY", Execution("CHASE", chase=FOLLOW), 71_000, QUOTE, 69_900),  # its own side's best
        ("SELL", Execution("CHASE", chase=FOLLOW), None, QUOTE, 70_100),
        ("BUY", Execution("TWAP", over_s=60, slices=2), 71_000, QUOTE, 70_200),  # 20 bp beyond
        ("SELL", Execution("LIMIT"), None, QUOTE, 69_300),  # a sale that needs a limit: 100 bp
    ],
)
def test_each_style_has_its_price(
    side: Side, execution: Execution, limit: int | None, quote: Any, price: int
) -> None:
    told = order_krw(side, OrderType.LIMIT, limit, execution, quote, 68_000, some_limits(), STOCK)
    assert told == price


@pytest.mark.parametrize("order_type", ["01", "03", "04", "13", "16", "21", "45"])
def test_some_kinds_carry_no_price(order_type: str) -> None:
    kind = OrderType(order_type)
    assert (
        order_krw("BUY", kind, 70_000, Execution("BEST"), QUOTE, None, some_limits(), STOCK) is None
    )


def test_a_sale_that_needs_a_price_and_knows_none_says_so() -> None:
    with pytest.raises(ValueError, match="no price"):
        order_krw(
            "SELL", OrderType.LIMIT, None, Execution("LIMIT"), None, None, some_limits(), STOCK
        )
