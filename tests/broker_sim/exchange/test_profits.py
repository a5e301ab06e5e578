"""What trades earned agrees with the ledger, however they were split."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.orders import Placed, Ticket
from broker_sim.exchange.profits import day_profits
from kis_core.market.instants import instant_ns
from kis_core.wire.account import OrderType

DATE = dt.date(2025, 9, 3)
ORDERS = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from(("BUY", "SELL")), st.integers(1, 40)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25)
@given(orders=ORDERS)
def test_profits_and_costs_add_up_to_the_accounts_money(
    generated: GeneratedDay, orders: list[tuple[int, str, int]]
) -> None:
    rules = AccountRules(10**9, 140, holdings=(OpeningHolding("000100", 100, 50_000.0),))
    exchange = Exchange(generated, rules, 1)
    start = instant_ns(DATE, dt.time(9, 5))
    for minute, side, shares in sorted(orders):
        now = start + minute * 60_000_000_000
        ticket = Ticket("000100", "BUY" if side == "BUY" else "SELL", shares, OrderType.MARKET)
        assert isinstance(exchange.place(now, ticket), Placed) or side == "SELL"
    exchange.advance(instant_ns(DATE, dt.time(15, 40)))
    profits = day_profits(rules, exchange.fills(), generated.instruments)
    cash = exchange.cash()
    (holding,) = exchange.holdings()
    assert sum(p.bought_krw for p in profits) == cash.bought_krw
    assert sum(p.sold_krw for p in profits) == cash.sold_krw
    assert sum(p.fee_krw + p.tax_krw for p in profits) == cash.costs_krw
    assert all(p.tax_krw >= 0 and p.buy_fee_krw >= 0 and p.sell_fee_krw >= 0 for p in profits)
    for profit in profits:
        assert (profit.shares, profit.cost_krw) == (holding.shares, holding.cost_krw)
        spent = 100 * 50_000 + profit.bought_krw
        assert profit.sold_cost_krw + profit.cost_krw == spent
