"""Profit to the won: beside exact fractions, beside the simulator's account, over a year's end."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.ledger import Ledger
from broker_sim.exchange.live import LiveOrder
from kis_core.market.costs import TAX_KNOWN_ON, Market, order_cost_krw, sell_taxes_ppm
from kis_core.market.instants import midnight_ns
from kis_core.wire.account import OrderType
from oms.core import records as r
from oms.core.book import Book
from oms.core.decide import turn
from tests.oms.stories import DAY, SAMSUNG, Story, of, one, some_limits

PPM = 140
CASH = 10_000_000_000
FILLS = st.lists(
    st.tuples(st.integers(1, 400), st.integers(100, 2_000_000)), min_size=1, max_size=5
)
TRADES = st.lists(st.tuples(st.booleans(), FILLS), min_size=1, max_size=12)
MARKETS: st.SearchStrategy[Market] = st.sampled_from(["KOSPI", "KOSDAQ", "ETF"])


@dataclass
class Side:
    """The same trades told to the book and to the simulator's account."""

    market: Market
    story: Story = field(init=False)
    ledger: Ledger = field(init=False)
    held: int = 0
    exact: Fraction = Fraction(0)  # what the shares held cost, at the exact average
    realised: Fraction = Fraction(0)
    sells: int = 0
    _texts: int = 0

    def __post_init__(self) -> None:
        limits = some_limits(
            position_pct_max=1.0,
            gross_pct_max=2.0,
            sector_pct_max=2.0,
            order_value_krw_max=10**12,
            regime_caps={"NORMAL": 2.0},
            collar_bp=10**6,
            balance_age_s_max=10**6,
            commission_ppm=PPM,
        )
        self.story = Story(limits).ready(CASH * 1000)
        rules = AccountRules(cash_krw=CASH, commission_ppm=PPM)
        self.ledger = Ledger(rules, DAY, lambda _: self.market)

    def order(self, side: str, fills: list[tuple[int, int]]) -> None:
        """One order, filled bit by bit."""
        shares = sum(n for n, _ in fills)
        self._texts += 1
        order_id = f"{DAY:%Y%m%d}-{self._texts:04d}"
        self.story.book.apply(
            r.OrderPlanned(
                at_ns=self.story.now_ns,
                order_id=order_id,
                intent_id=None,
                strategy_id="KMP",
                symbol=SAMSUNG,
                side=side,  # type: ignore[arg-type]
                shares=shares,
                order_type="00",
                limit_krw=70_000,
                unit_krw=0,
                cancel_at_ns=None,
                stop_krw=1,
                market=self.market,
                reason="test",
            )
        )
        self.story.book.apply(r.OrderSent(at_ns=self.story.now_ns, order_id=order_id))
        number = self.story.answer(order_id)
        live = LiveOrder(
            number=self._texts,
            original=None,
            change="new",
            symbol=SAMSUNG,
            side=side,  # type: ignore[arg-type]
            order_type=OrderType.LIMIT,
            limit_krw=70_000,
            worst_krw=70_000,
            shares=shares,
            placed_ns=0,
        )
        value = 0
        for n, price in fills:
            before = order_cost_krw(side, value, self.market, DAY, PPM)  # type: ignore[arg-type]
            value += n * price
            cost = order_cost_krw(side, value, self.market, DAY, PPM) - before  # type: ignore[arg-type]
            self._texts += 1
            self.story.notice(number, n, price, side, at_text=f"{self._texts:06d}")
            self.ledger.fill(live, n, price)
            if side == "BUY":
                self.exact += n * price + cost
                self.held += n
            else:
                part = self.exact * n / self.held
                self.realised += n * price - cost - part
                self.exact -= part
                self.held -= n
                self.sells += 1


def played(market: Market, trades: list[tuple[bool, list[tuple[int, int]]]]) -> Side:
    side = Side(market)
    for buys, fills in trades:
        if buys or not side.held:
            side.order("BUY", fills)
            continue
        left, sold = side.held, []
        for n, price in fills:
            if left:
                sold.append((min(n, left), price))
                left -= sold[-1][0]
        side.order("SELL", sold)
    return side


@settings(max_examples=80, deadline=None)
@given(MARKETS, TRADES)
def test_cost_and_profit_are_the_exact_ones_to_a_won_a_sale(
    market: Market, trades: list[tuple[bool, list[tuple[int, int]]]]
) -> None:
    side = played(market, trades)
    held = side.story.allocation()
    assert held.shares == side.held
    # a sale takes its part of the cost in whole won, cut: the rest stays with what is held
    assert 0 <= held.cost_krw - side.exact <= side.sells
    assert 0 <= held.realised_today_krw - side.realised <= side.sells
    assert held.cost_krw - held.realised_today_krw == side.exact - side.realised  # nothing is lost


@settings(max_examples=80, deadline=None)
@given(MARKETS, TRADES)
def test_profit_and_cost_make_the_simulators_cash_to_the_won(
    market: Market, trades: list[tuple[bool, list[tuple[int, int]]]]
) -> None:
    side = played(market, trades)
    held = side.story.allocation()
    assert CASH + held.realised_today_krw - held.cost_krw == side.ledger.cash().settled_krw
    if side.held:
        side.order("SELL", [(side.held, 50_000)])
    assert held.cost_krw == 0
    assert CASH + held.realised_today_krw == side.ledger.cash().settled_krw


@pytest.mark.parametrize(("market", "tax"), [("KOSPI", 1_500), ("KOSDAQ", 1_500), ("ETF", 0)])
def test_the_tax_is_the_markets(market: Market, tax: int) -> None:
    side = Side(market)
    side.order("BUY", [(10, 100_000)])
    side.order("SELL", [(10, 100_000)])
    assert side.story.allocation().realised_today_krw == -(2 * 140 + tax)


def test_unrealised_is_value_less_cost_before_what_a_sale_would_cost(story: Story) -> None:
    story.hold(10)
    mark = r.Mark(SAMSUNG, 71_000, story.now_ns + 1)
    story.wait(1).tell(r.MarksTaken(at_ns=story.now_ns, marks=(mark,)))
    assert story.book.unrealised_krw == 10 * 71_000 - (700_000 + 98)


def sold_on(day: dt.date) -> tuple[list[r.AnyOutput], Book]:
    """A story moved to another day: ten shares bought at 70,000 are sold at 71,000."""
    story = Story(some_limits()).ready()
    story.hold(10)
    story.now_ns = midnight_ns(day) + 10 * 3600 * 10**9
    turn(story.book, r.TimerFired(at_ns=story.now_ns))
    order_id = one(story.ask("EXIT"), r.OrderPlanned).order_id
    number = story.answer(order_id)
    return story.notice(number, 10, 71_000, "SELL"), story.book


def test_a_sale_that_settles_next_year_bears_next_years_tax() -> None:
    """Sold on 29 December 2025, settled on 2 January 2026: 0.20 % and not 0.15 %."""
    outputs, _ = sold_on(dt.date(2025, 12, 29))
    assert sell_taxes_ppm("KOSPI", dt.date(2025, 12, 29)) == (500, 1_500)
    cost = 710_000 * 140 // 10**6 + 710_000 * 500 // 10**6 + 710_000 * 1_500 // 10**6
    assert one(outputs, r.OrderFilled).cost_krw == cost
    outputs, _ = sold_on(dt.date(2025, 12, 26))
    assert one(outputs, r.OrderFilled).cost_krw == 99 + 1_065


def test_a_sale_whose_tax_nobody_knows_yet_is_booked_at_the_last_known_rates_and_told() -> None:
    outputs, book = sold_on(dt.date(2026, 12, 30))
    assert one(outputs, r.OrderFilled).cost_krw == 99 + 355 + 1_065
    assert f"booked at the rates of {TAX_KNOWN_ON}" in of(outputs, r.ContradictionSeen)[0].what
    assert (book.realised_today_krw, book.contradictions) == (10_000 - 98 - 1_519, 1)


def test_realised_and_unrealised_count_from_the_days_start(
    story_of: Callable[..., Story],
) -> None:
    story = story_of()
    story.hold(10)
    story.now_ns += 24 * 3600 * 10**9
    story.timer()
    assert story.book.strategy("KMP").daily_pnl_krw == 0
    number = story.answer(one(story.ask("EXIT"), r.OrderPlanned).order_id)
    story.notice(number, 10, 69_000, "SELL")
    assert story.book.strategy("KMP").daily_pnl_krw == -10_000 - (96 + 1_035)
