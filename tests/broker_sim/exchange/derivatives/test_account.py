"""The margin account: orders through a day and a night, money that is neither made nor lost."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker_sim.exchange.account import AccountRules, OpeningContracts
from broker_sim.exchange.day import DayError
from broker_sim.exchange.derivatives.admission import Wish
from broker_sim.exchange.derivatives.exchange import DerivativesExchange, Placed, derivatives_of
from broker_sim.exchange.derivatives.margin import fee_krw
from broker_sim.exchange.derivatives.market import market_of
from broker_sim.exchange.derivatives.orders import News, NewsKind, OrderRow, OrderType, Ticket
from broker_sim.exchange.orders import Declined, OrderState, Refusal
from kis_core.market.instants import DAY_NS, MINUTE_NS, SECOND_NS, instant_ns
from kis_core.wire.account import Side
from tests.broker_sim.indexed_day import IndexedDay
from tests.broker_sim.kis.conftest import at

FRONT, CALL, PUT, MINI = "101W09", "201W09430", "301W09430", "105W09"
CASH = 100_000_000
MARKET = market_of(IndexedDay(), 7)


def exchange(
    cash_krw: int = CASH, dialect: str = "real", clock: str = "10:00:00"
) -> DerivativesExchange:
    assert MARKET is not None
    rules = AccountRules(5_000_000, 140, dialect)  # type: ignore[arg-type]
    opened = DerivativesExchange(MARKET, rules, cash_krw)
    opened.advance(at(clock))
    return opened


def ordered(
    account: DerivativesExchange,
    side: Side,
    quantity: int,
    limit_h: int = 0,
    code: str = FRONT,
    order_type: OrderType | None = None,
    night: bool = False,
) -> Placed | Declined:
    kind = order_type or (OrderType.LIMIT if limit_h else OrderType.MARKET)
    return account.place(account.now_ns, Ticket(code, side, quantity, kind, limit_h, night))


def taken(outcome: Placed | Declined) -> int:
    assert isinstance(outcome, Placed), outcome
    return outcome.order.number


def reason(outcome: Placed | Declined) -> Refusal:
    assert isinstance(outcome, Declined), outcome
    return outcome.reason


def row(account: DerivativesExchange, number: int) -> OrderRow:
    return next(order for order in account.orders() if order.number == number)


def later(account: DerivativesExchange, seconds: float = 1.0) -> list[News]:
    return list(account.advance(account.now_ns + int(seconds * SECOND_NS)))


def test_a_future_moves_no_money_but_its_variation_and_its_fee() -> None:
    account = exchange()
    ask = account.book(FRONT).asks[0]
    taken(ordered(account, "BUY", 2))
    assert [news.kind for news in later(account)] == [NewsKind.ACCEPTED, NewsKind.FILLED]
    [position] = account.positions()
    assert (position.quantity, position.cost_krw) == (2, ask.price_h * 2 * 2_500)
    fee = fee_krw(position.contract, position.cost_krw)
    money = account.money()
    assert money.fees_krw == fee
    assert money.premium_krw == 0
    assert money.variation_krw == (position.mark_h - ask.price_h) * 2 * 2_500
    assert money.settled_krw == CASH + money.variation_krw - fee
    assert money.margin_krw == 2 * (position.mark_h * 2_500 * 81_000 // 1_000_000)
    later(account, 1800)
    moved = account.money()
    assert moved.variation_krw == (account.quote(FRONT).last_h - ask.price_h) * 2 * 2_500


def test_an_option_s_premium_is_paid_at_once_and_a_sold_one_needs_margin() -> None:
    account = exchange()
    paid = account.book(CALL).asks[0].price_h
    taken(ordered(account, "BUY", 3, code=CALL))
    later(account)
    assert account.money().premium_krw == -paid * 3 * 2_500
    assert account.money().margin_krw == 0
    got = account.book(PUT).bids[0].price_h
    taken(ordered(account, "SELL", 1, code=PUT))
    later(account)
    money = account.money()
    assert money.premium_krw == (got - paid * 3) * 2_500
    assert money.margin_krw > 10_000_000 // 4
    assert (
        money.options_worth_krw
        == (account.quote(CALL).last_h * 3 - account.quote(PUT).last_h) * 2_500
    )


def test_going_through_zero_realises_what_was_closed() -> None:
    account = exchange()
    bought = account.book(MINI).asks[0].price_h
    taken(ordered(account, "BUY", 2, code=MINI))
    later(account, 900)
    sold = account.book(MINI).bids[0].price_h
    taken(ordered(account, "SELL", 5, code=MINI))
    later(account)
    fills = account.fills()
    assert [(fill.closed, fill.quantity) for fill in fills] == [(0, 2), (2, 5)]
    [position] = account.positions()
    assert (position.quantity, position.realised_krw) == (-3, (sold - bought) * 2 * 500)
    assert position.cost_krw == sold * 3 * 500
    assert position.closable == 3


Step = tuple[str, Side, int, int, int]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([FRONT, MINI, CALL, PUT]),
            st.sampled_from(["BUY", "SELL"]),
            st.integers(1, 6),
            st.integers(-4, 4),
            st.integers(1, 600),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_account_is_worth_its_cash_and_what_its_fills_made(steps: list[Step]) -> None:
    """cash + sum of (mark - price) x contracts - fees, to the won, whatever was done."""
    account = exchange(cash_krw=2_000_000_000)
    for code, side, quantity, ticks, seconds in steps:
        book = account.book(code)
        best = book.asks[0] if side == "BUY" else book.bids[0]
        tick = MARKET.contracts[code].product.tick_h(best.price_h) if MARKET else 1
        ordered(account, side, quantity, best.price_h + ticks * tick, code)
        later(account, seconds)
    money = account.money()
    made = fees = 0
    held: dict[str, int] = {}
    for fill in account.fills():
        signed = fill.quantity if fill.side == "BUY" else -fill.quantity
        mark_h = account.quote(fill.contract.code).last_h
        made += fill.contract.product.value_krw(mark_h - fill.price_h, signed)
        fees += fill.fee_krw
        held[fill.contract.code] = held.get(fill.contract.code, 0) + signed
    assert money.worth_krw == 2_000_000_000 + made - fees
    assert money.fees_krw == fees == sum(order.fee_krw for order in account.orders())
    assert {p.contract.code: p.quantity for p in account.positions()} == held
    for order in account.orders():
        parts = order.filled + order.cancelled + order.rejected + order.remaining
        assert parts == order.quantity
        if order.limit_h and order.filled:
            average = order.value_h / order.filled
            assert average <= order.limit_h if order.side == "BUY" else average >= order.limit_h
    assert money.reserved_krw >= 0
    assert (money.reserved_krw > 0) <= any(order.remaining for order in account.orders())


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (("101S03", "BUY", 1, 42_900), Refusal.UNKNOWN_ISSUE),
        ((FRONT, "BUY", 0, 42_900), Refusal.BAD_SHARES),
        ((FRONT, "BUY", 1, 42_902), Refusal.OFF_TICK),
        ((CALL, "BUY", 1, 1_003), Refusal.OFF_TICK),
        ((FRONT, "BUY", 1, 46_300), Refusal.OUTSIDE_LIMITS),
        ((FRONT, "BUY", 12, 42_900), Refusal.NO_CASH),
        ((CALL, "BUY", 90, 480), Refusal.NO_CASH),
        ((PUT, "SELL", 60, 480), Refusal.NO_CASH),
    ],
)
def test_what_cannot_be_is_refused(wish: tuple[str, Side, int, int], why: Refusal) -> None:
    code, side, quantity, limit_h = wish
    account = exchange()
    assert reason(ordered(account, side, quantity, limit_h, code)) is why
    assert account.orders() == []


@pytest.mark.parametrize(
    ("clock", "night", "why"),
    [
        ("08:29:59", False, Refusal.BEFORE_OPEN),
        ("15:45:00", False, Refusal.AFTER_CLOSE),
        ("19:00:00", False, Refusal.AFTER_CLOSE),
        ("10:00:00", True, Refusal.BEFORE_OPEN),
        ("17:49:59", True, Refusal.BEFORE_OPEN),
    ],
)
def test_each_session_takes_its_own_orders(clock: str, night: bool, why: Refusal) -> None:
    account = exchange(clock=clock)
    assert reason(ordered(account, "BUY", 1, 42_850, night=night)) is why


def test_paper_knows_no_ioc_and_an_auction_no_best_price() -> None:
    ioc = OrderType.LIMIT_IOC
    assert reason(ordered(exchange(dialect="paper"), "BUY", 1, 42_900, order_type=ioc)) is (
        Refusal.BAD_TYPE
    )
    auction = exchange(clock="08:40:00")
    assert reason(ordered(auction, "BUY", 1, order_type=OrderType.BEST)) is Refusal.TYPE_NOW


def test_a_resting_order_waits_for_its_price_and_trades_at_it() -> None:
    account = exchange(clock="09:20:00")
    limit_h = account.book(FRONT).bids[0].price_h - 40
    number = taken(ordered(account, "BUY", 3, limit_h))
    assert [news.kind for news in later(account)] == [NewsKind.ACCEPTED]
    assert row(account, number).state is OrderState.WORKING
    assert account.money().reserved_krw > 0
    later(account, 6 * 3600)
    done = row(account, number)
    low_h = min(account.quote(FRONT).low_h, 10**9)
    assert (done.filled == 3) == (low_h < limit_h)
    assert done.value_h == done.filled * limit_h


def test_ioc_leaves_nothing_and_fok_takes_all_or_nothing() -> None:
    account = exchange(cash_krw=10**12)
    book = account.book(FRONT)
    first, total = book.asks[0], sum(level.quantity for level in book.asks)
    ioc = taken(
        ordered(account, "BUY", first.quantity + 5, first.price_h, order_type=OrderType.LIMIT_IOC)
    )
    kinds = [news.kind for news in later(account, 0.1)]
    assert kinds == [NewsKind.ACCEPTED, NewsKind.FILLED, NewsKind.CANCELLED]
    assert (row(account, ioc).filled, row(account, ioc).cancelled) == (first.quantity, 5)
    fok = taken(ordered(account, "BUY", total + 50, order_type=OrderType.MARKET_FOK))
    later(account, 0.1)
    assert (row(account, fok).filled, row(account, fok).state) == (0, OrderState.CANCELLED)
    # What was taken within the second is not there a second time.
    again = taken(ordered(account, "BUY", 1, first.price_h, order_type=OrderType.LIMIT_IOC))
    later(account, 0.1)
    assert row(account, again).filled == 0


def test_best_is_priced_when_it_arrives() -> None:
    account = exchange()
    number = taken(ordered(account, "SELL", 2, order_type=OrderType.BEST, code=MINI))
    bid_h = account.market.book(MINI, account.now_ns + 20_000_000).bids[0].price_h
    later(account)
    assert row(account, number).limit_h == bid_h
    assert row(account, number).filled == 2


def test_a_conditional_order_goes_to_market_in_the_closing_auction() -> None:
    account = exchange(clock="15:30:00")
    low_h = account.quote(FRONT).limits.lower_h
    number = taken(ordered(account, "BUY", 2, low_h, order_type=OrderType.CONDITIONAL))
    plain = taken(ordered(account, "BUY", 2, low_h))
    later(account, 16 * 60)
    assert row(account, number).filled == 2
    assert row(account, number).value_h == 2 * account.quote(FRONT).last_h
    assert row(account, plain).state is OrderState.EXPIRED


def test_a_market_order_of_the_opening_auction_trades_at_its_price() -> None:
    account = exchange(clock="08:40:00")
    number = taken(ordered(account, "SELL", 2))
    later(account, 5 * 60)
    assert row(account, number).value_h == 2 * account.quote(FRONT).open_h


def test_modify_and_cancel_are_orders_of_their_own() -> None:
    account = exchange()
    low_h = account.book(FRONT).bids[-1].price_h - 100
    first = taken(ordered(account, "BUY", 4, low_h))
    later(account)
    changed = taken(account.modify(account.now_ns, first, Wish(OrderType.LIMIT, low_h - 50, 3)))
    assert [news.kind for news in later(account)] == [NewsKind.ACCEPTED]
    assert (row(account, first).remaining, row(account, first).cancelled) == (1, 3)
    assert (row(account, changed).limit_h, row(account, changed).remaining) == (low_h - 50, 3)
    cancel = taken(account.cancel(account.now_ns, changed, None))
    assert [news.kind for news in later(account)] == [NewsKind.ACCEPTED, NewsKind.CANCELLED]
    assert len({first, changed, cancel}) == 3
    assert row(account, changed).state is OrderState.CANCELLED
    assert reason(account.cancel(account.now_ns, changed, None)) is Refusal.NOTHING_LEFT
    assert reason(account.cancel(account.now_ns, first, 2)) is Refusal.NOTHING_LEFT
    taken(account.cancel(account.now_ns, first, 1))
    later(account)
    assert account.money().reserved_krw == 0


def test_closing_needs_no_margin_even_when_there_is_none_left() -> None:
    account = exchange(cash_krw=9_000_000)
    taken(ordered(account, "BUY", 1))
    later(account)
    assert reason(ordered(account, "BUY", 1)) is Refusal.NO_CASH
    power = account.power(account.market.contracts[FRONT], "SELL", OrderType.MARKET, 0, False)
    assert power.closable == 1
    taken(ordered(account, "SELL", 1))
    # One position cannot be closed twice by two orders at once.
    assert (
        account.power(account.market.contracts[FRONT], "SELL", OrderType.MARKET, 0, False).closable
        == 0
    )
    later(account)
    assert account.positions()[0].quantity == 0


def test_the_night_trades_on_the_same_account_until_six() -> None:
    account = exchange(clock="15:44:00")
    account.advance(at("18:30:00"))
    number = taken(ordered(account, "BUY", 1, night=True))
    later(account)
    filled = row(account, number)
    assert (filled.filled, filled.night) == (1, True)
    assert account.positions()[0].mark_h == account.quote(FRONT, night=True).last_h
    low_h = account.market.limits(account.market.contracts[FRONT], True).lower_h
    rests = taken(ordered(account, "BUY", 1, low_h, night=True))
    account.advance(at("05:59:59") + DAY_NS)
    assert row(account, rests).state is OrderState.WORKING
    assert isinstance(account.cancel(account.now_ns, rests, 1), Declined)  # a day's cancel
    account.advance(at("06:00:00") + DAY_NS)
    assert row(account, rests).state is OrderState.EXPIRED


def story(step_ns: int) -> tuple[list[News], list[OrderRow]]:
    """The same orders at the same times, the clock looked at as often as is said."""
    account = exchange(clock="09:10:00")
    plan: dict[int, Callable[[], object]] = {
        at("09:11:00"): lambda: ordered(account, "BUY", 3, 42_950),
        at("09:12:30"): lambda: ordered(account, "SELL", 2, 540, CALL),
        at("09:20:00"): lambda: ordered(account, "SELL", 5, code=MINI),
    }
    told: list[News] = []
    now_ns = at("09:10:00")
    while now_ns < at("10:10:00"):
        now_ns += step_ns
        told += account.advance(now_ns)
        if now_ns in plan:
            plan[now_ns]()
    return told, account.orders()


def test_how_often_the_clock_is_looked_at_changes_nothing() -> None:
    assert story(MINUTE_NS // 2) == story(250_000_000)


def test_what_expires_is_settled_at_the_index_s_close() -> None:
    class ExpiryDay(IndexedDay):
        date = dt.date(2025, 9, 11)

    def clock(text: str) -> int:
        return instant_ns(ExpiryDay.date, dt.time.fromisoformat(text))

    account = derivatives_of(ExpiryDay(), AccountRules(CASH, 140), 7)
    assert account is not None
    account.advance(clock("15:10:00"))
    taken(ordered(account, "BUY", 1))
    taken(ordered(account, "BUY", 1, code="201W09427"))
    account.advance(clock("15:20:00"))
    assert reason(ordered(account, "SELL", 1)) is Refusal.AFTER_CLOSE
    account.advance(clock("15:40:00"))
    level = ExpiryDay().index_level("2001", clock("15:40:00"))
    assert level is not None
    close_h = int(level.level_pt * 100)
    marks = {p.contract.code: p.mark_h for p in account.positions()}
    assert marks == {FRONT: close_h, "201W09427": max(close_h - 42_750, 0)}


def test_the_account_has_as_much_as_the_stock_account_unless_told() -> None:
    rules = AccountRules(5_000_000, 140)
    same, own = derivatives_of(IndexedDay(), rules, 7), derivatives_of(IndexedDay(), rules, 7, 42)
    assert same is not None
    assert own is not None
    assert (same.money().cash_krw, own.money().cash_krw) == (5_000_000, 42)


def next_day(
    cash_krw: int, contracts: tuple[OpeningContracts, ...], clock: str
) -> DerivativesExchange:
    class Next(IndexedDay):
        date = dt.date(2025, 9, 4)

    rules = AccountRules(0, 140, contracts=contracts)
    opened = derivatives_of(Next(), rules, 7, cash_krw)
    assert opened is not None
    opened.advance(instant_ns(Next.date, dt.time.fromisoformat(clock)))
    return opened


@pytest.mark.parametrize("trade_again", [False, True], ids=["held on", "turned around"])
def test_a_night_s_settlement_moves_variation_into_cash(trade_again: bool) -> None:
    account = exchange()
    for side, quantity, code in (("BUY", 2, FRONT), ("SELL", 3, MINI), ("SELL", 1, CALL)):
        taken(ordered(account, side, quantity, code=code))
    later(account)
    account.advance(at("15:50:00"))
    evening = account.money()
    cash_krw, left = account.carried()
    assert cash_krw == evening.settled_krw
    assert {held.code: held.quantity for held in left} == {FRONT: 2, MINI: -3, CALL: -1}
    settled = {p.contract.code: p.mark_h for p in account.positions()}
    costs = {held.code: held.cost_h for held in left}
    assert (costs[FRONT], costs[MINI]) == (settled[FRONT] * 2, settled[MINI] * -3)
    assert costs[CALL] == -account.fills()[2].price_h  # an option keeps what it was sold at

    morning = next_day(cash_krw, left, "10:00:00")
    first = morning.money()
    assert (first.cash_krw, first.fees_krw, first.premium_krw) == (cash_krw, 0, 0)
    sizes = {FRONT: 2 * 2_500, MINI: -3 * 500}
    moved = sum((morning.quote(code).last_h - settled[code]) * size for code, size in sizes.items())
    assert first.variation_krw == first.renewed_krw == moved != 0
    assert first.margin_krw > 0
    if trade_again:
        taken(ordered(morning, "SELL", 5))
        later(morning)
    money = morning.money()
    today = sum(
        (morning.quote(f.contract.code).last_h - f.price_h)
        * f.contract.product.value_krw(1, f.quantity if f.side == "BUY" else -f.quantity)
        for f in morning.fills()
    )
    assert money.variation_krw - money.renewed_krw == today
    carried = sum(
        (morning.quote(code).last_h - settled[code]) * size for code, size in sizes.items()
    )
    assert money.renewed_krw == carried
    assert morning.positions()[0].carried == 2


def test_what_expired_is_not_carried_and_what_is_not_listed_cannot_be() -> None:
    class ExpiryDay(IndexedDay):
        date = dt.date(2025, 9, 11)

    account = derivatives_of(ExpiryDay(), AccountRules(CASH, 140), 7)
    assert account is not None
    account.advance(instant_ns(ExpiryDay.date, dt.time(15, 10)))
    taken(ordered(account, "BUY", 1))
    taken(ordered(account, "BUY", 1, code="201W09427"))
    account.advance(instant_ns(ExpiryDay.date, dt.time(15, 50)))
    cash_krw, left = account.carried()
    assert left == ()
    assert cash_krw == account.money().worth_krw
    with pytest.raises(DayError, match="101S03 is carried in, but not listed on 2025-09-04"):
        next_day(CASH, (OpeningContracts("101S03", 1, 43_000),), "10:00:00")
