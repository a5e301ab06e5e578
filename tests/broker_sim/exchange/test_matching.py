"""Price, then time; never more than the print or the book has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.live import LiveOrder
from broker_sim.exchange.matching import on_auction, on_print, take
from kis_core.wire.account import OrderType, Side


def order(number: int, side: Side, limit_krw: int, shares: int, queue: int = 0) -> LiveOrder:
    kind = OrderType.LIMIT if limit_krw else OrderType.MARKET
    made = LiveOrder(
        number, None, "new", "005930", side, kind, limit_krw, limit_krw or 13_000, shares, 0
    )
    made.queue_ahead = queue
    return made


def printed(price_krw: int, volume: int) -> Printed:
    return Printed("005930", 5, 0, price_krw, volume, -1, False, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def shown(executions: list) -> list[tuple[int, int, int]]:
    return [(e.order.number, e.shares, e.price_krw) for e in executions]


@pytest.mark.parametrize(
    ("resting", "price_krw", "volume", "filled"),
    [
        ([order(1, "BUY", 10_000, 50, queue=100)], 10_000, 80, []),
        ([order(1, "BUY", 10_000, 50, queue=100)], 10_000, 120, [(1, 20, 10_000)]),
        ([order(1, "BUY", 10_000, 50, queue=100)], 9_990, 30, [(1, 30, 10_000)]),
        ([order(1, "BUY", 10_000, 50, queue=100)], 10_010, 999, []),
        ([order(1, "SELL", 10_000, 50, queue=10)], 10_000, 20, [(1, 10, 10_000)]),
        ([order(1, "SELL", 10_000, 50)], 10_010, 20, [(1, 20, 10_000)]),
        (
            [order(1, "BUY", 10_000, 50), order(2, "BUY", 10_010, 50)],
            9_990,
            70,
            [(2, 50, 10_010), (1, 20, 10_000)],
        ),
        (
            [order(1, "BUY", 10_000, 50), order(2, "BUY", 10_000, 50)],
            9_990,
            70,
            [(1, 50, 10_000), (2, 20, 10_000)],
        ),
        (
            [order(1, "BUY", 10_000, 50), order(2, "BUY", 0, 50)],
            9_990,
            60,
            [(2, 50, 9_990), (1, 10, 10_000)],
        ),
    ],
    ids=[
        "the queue ahead takes the print",
        "what is left of the print after the queue",
        "a print through the level finds no queue",
        "a print above a bid is not for it",
        "a sell queues the same way",
        "a print through an ask fills at the ask",
        "better price first",
        "then earlier first",
        "an order without a price before all, at the print's",
    ],
)
def test_a_print_fills(
    resting: list[LiveOrder], price_krw: int, volume: int, filled: list[tuple[int, int, int]]
) -> None:
    assert shown(on_print(resting, printed(price_krw, volume))) == filled


def test_prints_wear_the_queue_down() -> None:
    resting = order(1, "BUY", 10_000, 50, queue=100)
    on_print([resting], printed(10_000, 80))
    assert resting.queue_ahead == 20
    assert shown(on_print([resting], printed(10_000, 80))) == [(1, 50, 10_000)]


def test_a_swept_remainder_trades_at_the_markets_price() -> None:
    resting = order(1, "BUY", 10_500, 50)
    resting.swept = True
    assert shown(on_print([resting], printed(10_100, 20))) == [(1, 20, 10_100)]


@pytest.mark.parametrize(
    ("waiting", "filled"),
    [
        ([order(1, "BUY", 10_100, 60), order(2, "BUY", 0, 60)], [(2, 60, 10_000), (1, 40, 10_000)]),
        (
            [order(1, "BUY", 10_050, 60), order(2, "BUY", 10_100, 60)],
            [(2, 60, 10_000), (1, 40, 10_000)],
        ),
        ([order(1, "BUY", 10_000, 60, queue=70)], [(1, 30, 10_000)]),
        ([order(1, "BUY", 9_990, 60)], []),
        (
            [order(1, "SELL", 9_900, 60), order(2, "BUY", 10_100, 60)],
            [(2, 60, 10_000), (1, 60, 10_000)],
        ),
    ],
    ids=[
        "market orders first",
        "then better prices",
        "at the auction's price the displayed queue is first",
        "a bid below it waits on",
        "each side has the whole volume",
    ],
)
def test_an_auction_fills_at_its_price(
    waiting: list[LiveOrder], filled: list[tuple[int, int, int]]
) -> None:
    assert shown(on_auction(waiting, printed(10_000, 100))) == filled


def test_an_incoming_order_takes_level_by_level() -> None:
    levels = [(10_010, 30), (10_020, 40), (10_030, 50)]
    assert shown(take(order(1, "BUY", 10_020, 100), levels)) == [(1, 30, 10_010), (1, 40, 10_020)]
    assert shown(take(order(1, "BUY", 0, 100), levels)) == [
        (1, 30, 10_010),
        (1, 40, 10_020),
        (1, 30, 10_030),
    ]
    assert take(order(1, "BUY", 10_000, 100), levels) == []


orders = st.lists(
    st.tuples(
        st.sampled_from(["BUY", "SELL"]),
        st.sampled_from([0, 9_980, 9_990, 10_000, 10_010, 10_020]),
        st.integers(1, 200),
        st.integers(0, 100),
    ),
    max_size=8,
)


@given(orders, st.sampled_from([9_990, 10_000, 10_010]), st.integers(0, 300), st.booleans())
def test_fills_exceed_neither_order_nor_print_nor_limit(
    rows: list[tuple[Side, int, int, int]], price_krw: int, volume: int, auction: bool
) -> None:
    resting = [
        order(number, side, limit, shares, queue if limit else 0)
        for number, (side, limit, shares, queue) in enumerate(rows, 1)
    ]
    executions = (on_auction if auction else on_print)(resting, printed(price_krw, volume))
    for side in ("BUY", "SELL"):
        assert sum(e.shares for e in executions if e.order.side == side) <= volume
    assert len({e.order.number for e in executions}) == len(executions)
    for execution in executions:
        assert 0 < execution.shares <= execution.order.shares
        assert execution.order.reaches(execution.price_krw)


@given(orders, st.integers(0, 300))
def test_no_order_is_filled_before_a_better_one(
    rows: list[tuple[Side, int, int, int]], volume: int
) -> None:
    resting = [
        order(number, side, limit, shares)
        for number, (side, limit, shares, _) in enumerate(rows, 1)
    ]
    filled = {e.order.number: e.shares for e in on_print(resting, printed(10_000, volume))}
    for side, sign in (("BUY", -1), ("SELL", 1)):
        ranked = sorted(
            (o for o in resting if o.side == side and o.reaches(10_000)),
            key=lambda o: (not o.at_market, sign * o.limit_krw, o.number),
        )
        short = False
        for each in ranked:
            assert not (short and each.number in filled)
            short = short or filled.get(each.number, 0) < each.shares
