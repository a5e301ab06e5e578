"""Whatever is asked of the account, nothing appears and nothing vanishes."""

from collections import defaultdict
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.interruptions import (
    CircuitBreaker,
    Delisting,
    Halt,
    Interruption,
    LimitLock,
    Sidecar,
    Vi,
)
from broker_sim.exchange.orders import Placed, Ticket
from kis_core.market.costs import order_cost_krw
from kis_core.market.events import Venue
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from kis_core.market.ticks import ticks_above, ticks_below
from kis_core.wire.account import OrderType

CASH_KRW = 30_000_000
PPM = 140

calls = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "place", "cancel", "modify"]),
        st.integers(0, 5),  # which symbol
        st.sampled_from(["BUY", "BUY", "SELL"]),
        st.sampled_from(
            [
                OrderType.LIMIT,
                OrderType.LIMIT,
                OrderType.MARKET,
                OrderType.LIMIT_IOC,
                OrderType.MARKET_FOK,
                OrderType.BEST_LIMIT,
                OrderType.STOP_LIMIT,
                OrderType.CONDITIONAL_LIMIT,
                OrderType.MID,
                OrderType.BEST_IOC,
            ]
        ),
        st.sampled_from(["KRX", "KRX", "NXT", "SOR"]),
        st.integers(-4, 4),  # ticks from the last price
        st.integers(1, 60) | st.integers(500, 5_000),  # shares
        st.integers(0, 40_000),  # ms to the next call
        st.integers(0, 30),  # which order
    ),
    max_size=40,
)


def assert_sound(exchange: Exchange, held_before: dict[str, int]) -> None:
    cash, fills = exchange.cash(), exchange.fills()
    bought = sum(f.shares * f.price_krw for f in fills if f.side == "BUY")
    sold = sum(f.shares * f.price_krw for f in fills if f.side == "SELL")
    costs = sum(f.cost_krw for f in fills)
    assert cash.settled_krw == CASH_KRW - bought + sold - costs
    assert (cash.bought_krw, cash.sold_krw, cash.costs_krw) == (bought, sold, costs)
    assert cash.orderable_krw >= 0
    assert cash.reserved_krw >= 0
    signed = defaultdict(int, held_before)
    for fill in fills:
        signed[fill.symbol] += fill.shares if fill.side == "BUY" else -fill.shares
    for held in exchange.holdings():
        assert held.shares == signed[held.symbol] >= 0
        assert 0 <= held.sellable <= held.shares
    by_order = defaultdict(list)
    for fill in fills:
        by_order[fill.odno].append(fill)
    for order in exchange.orders():
        assert order.shares == order.filled + order.cancelled + order.rejected + order.remaining
        assert min(order.filled, order.cancelled, order.rejected, order.remaining) >= 0
        own = by_order[order.odno]
        assert order.filled == sum(f.shares for f in own)
        market = exchange.day.instruments[order.symbol].market
        value = sum(f.shares * f.price_krw for f in own)
        cost = order_cost_krw(order.side, value, market, exchange.day.date, PPM)
        assert order.cost_krw == sum(f.cost_krw for f in own) == cost
        conditional = order.order_type is OrderType.CONDITIONAL_LIMIT
        for fill in own if order.limit_krw and not conditional else ():
            worse = fill.price_krw > order.limit_krw
            assert fill.price_krw == order.limit_krw or worse == (order.side == "SELL")


KINDS: tuple[Callable[[str], Interruption], ...] = (
    Vi,
    lambda symbol: Vi(symbol, "dynamic", "NXT"),
    lambda symbol: Halt(symbol, 60, 30),
    Halt,
    lambda symbol: CircuitBreaker("KOSPI"),
    lambda symbol: CircuitBreaker(stage=3),
    lambda symbol: LimitLock(symbol, "upper", 120),
    lambda symbol: LimitLock(symbol, "lower"),
    Delisting,
    lambda symbol: Sidecar("BUY"),
)
interruptions = st.lists(
    st.tuples(st.integers(-5, 600), st.sampled_from(KINDS), st.integers(0, 5)), max_size=4
)


@settings(max_examples=80, deadline=None)
@given(calls, interruptions, st.booleans())
def test_cash_costs_and_shares_add_up(
    generated: GeneratedDay, script: list, stops: list, raced: bool
) -> None:
    symbols = list(generated.instruments)
    held = {symbols[0]: 300, symbols[1]: 40}
    opening = tuple(OpeningHolding(s, shares, 10_000.0) for s, shares in held.items())
    exchange = Exchange(generated, AccountRules(CASH_KRW, PPM, holdings=opening), 3)
    for seconds, what, which in stops:
        exchange.interrupt(exchange.venue.open_ns + seconds * SECOND_NS, what(symbols[which]))
    exchange.race_changes((lambda order: order.remaining // 2) if raced else None)
    now_ns = exchange.venue.open_ns - 2 * SECOND_NS
    heard = []
    for kind, which, side, order_type, route, ticks, shares, pause_ms, target in script:
        symbol = symbols[which]
        last_krw = exchange.last_krw(symbol)
        limit_krw = (ticks_above if ticks >= 0 else ticks_below)(last_krw, abs(ticks))
        orders = exchange.orders()
        if kind == "place":
            ticket = Ticket(symbol, side, shares, order_type, limit_krw, route, last_krw)
            exchange.place(now_ns, ticket)
        elif orders:
            odno = orders[target % len(orders)].odno
            if kind == "cancel":
                exchange.cancel(now_ns, odno, shares if shares % 2 else None)
            else:
                exchange.modify(now_ns, odno, order_type, limit_krw)
        now_ns += pause_ms * 1_000_000
        heard += exchange.advance(now_ns)
        assert_sound(exchange, held)
    heard += exchange.advance(exchange.hours("NXT").last_ns + MINUTE_NS)
    assert_sound(exchange, held)
    assert exchange.cash().reserved_krw == 0
    assert all(o.venue == o.route for o in exchange.orders() if o.route != "SOR")
    assert [h.at_ns for h in heard] == sorted(h.at_ns for h in heard)
    assert sum(isinstance(h, Printed) for h in heard) == sum(
        len(exchange.tape(symbol)) for symbol in symbols
    )


@pytest.mark.parametrize("venue", ["KRX", "NXT"])
@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20_000), st.integers(0, 3_000)), min_size=1, max_size=12))
def test_a_print_fills_no_more_than_it_has(
    generated: GeneratedDay, venue: Venue, wishes: list[tuple[int, int]]
) -> None:
    symbol = next(iter(generated.instruments))
    exchange = Exchange(generated, AccountRules(10**13, PPM, latency_ns=0), 3)
    now_ns = exchange.venue.open_ns + 5 * MINUTE_NS
    for shares, pause_ms in wishes:
        limit_krw = ticks_below(exchange.last_krw(symbol), 1)
        ticket = Ticket(symbol, "BUY", shares, OrderType.LIMIT, limit_krw, venue)
        answer = exchange.place(now_ns, ticket)
        assert isinstance(answer, Placed)
        now_ns += pause_ms * 1_000_000
    exchange.advance(exchange.venue.close_ns)
    tape = exchange.tape(symbol, venue)
    printed = defaultdict(int)
    for at_ns, volume in zip(tape.at_ns.tolist(), tape.volume.tolist(), strict=True):
        printed[at_ns] += volume
    filled = defaultdict(int)
    for fill in exchange.fills():
        filled[fill.at_ns] += fill.shares
    resting = {at_ns: shares for at_ns, shares in filled.items() if at_ns in printed}
    assert all(shares <= printed[at_ns] for at_ns, shares in resting.items())


wishes = st.lists(
    st.tuples(
        st.integers(0, 5),  # which symbol
        st.sampled_from(["BUY", "BUY", "SELL"]),
        st.sampled_from([OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.MID]),
        st.sampled_from(["KRX", "NXT", "SOR"]),
        st.integers(-6, 6),  # ticks from the last price to the limit
        st.integers(-4, 4),  # ticks from the last price to the condition
        st.integers(1, 40_000),  # shares
    ),
    min_size=1,
    max_size=12,
)


def moved(price_krw: int, ticks: int) -> int:
    return (ticks_above if ticks >= 0 else ticks_below)(price_krw, abs(ticks))


@settings(max_examples=40, deadline=None)
@given(wishes, st.integers(1, 90))
def test_a_day_in_one_go_is_the_day_step_by_step(
    generated: GeneratedDay, script: list, minutes: int
) -> None:
    symbols = list(generated.instruments)
    opening = tuple(OpeningHolding(symbol, 100_000, 10_000.0) for symbol in symbols)

    def played(step_ns: int) -> list[bytes]:
        exchange = Exchange(generated, AccountRules(10**12, PPM, holdings=opening), 3)
        now_ns = exchange.venue.open_ns + 2 * MINUTE_NS
        heard = list(exchange.advance(now_ns))
        for which, side, order_type, route, ticks, away, shares in script:
            last_krw = exchange.last_krw(symbols[which])
            limit_krw, condition_krw = moved(last_krw, ticks), moved(last_krw, away)
            exchange.place(
                now_ns,
                Ticket(symbols[which], side, shares, order_type, limit_krw, route, condition_krw),
            )
        end_ns = exchange.hours("NXT").last_ns
        while now_ns < end_ns:
            now_ns = min(now_ns + step_ns, end_ns)
            heard += exchange.advance(now_ns)
        return [msgspec.json.encode(happening) for happening in heard]

    assert played(10**18) == played(minutes * MINUTE_NS + 7_000_001)
