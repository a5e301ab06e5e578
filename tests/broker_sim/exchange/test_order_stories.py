"""Stories of the order types that wait for something: a price, an auction, an evening."""

import datetime as dt
from collections.abc import Callable, Sequence

import pytest

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.happenings import Cancelled, Expired, Filled, Happening
from broker_sim.exchange.orders import Declined, OrderRow, OrderState, Placed, Refusal, Ticket
from kis_core.market.instants import SECOND_NS, instant_ns
from kis_core.wire.account import OrderType, Side

Play = Callable[..., Exchange]
At = Callable[[str], int]
HELD = (OpeningHolding("005930", 100, 9_500.0),)
OPENED = (0.5, 10_000, 5_000, 0)


def send(exchange: Exchange, at_ns: int, ticket: Ticket) -> str:
    answer = exchange.place(at_ns, ticket)
    assert isinstance(answer, Placed), answer
    return answer.odno


def row(exchange: Exchange, odno: str) -> OrderRow:
    found = exchange.order(odno)
    assert found is not None
    return found


def fills(happenings: Sequence[Happening]) -> list[tuple[int, int]]:
    return [(h.shares, h.price_krw) for h in happenings if isinstance(h, Filled)]


def stop(side: Side, condition_krw: int | None, limit_krw: int, shares: int = 5) -> Ticket:
    kind = OrderType.STOP_LIMIT
    return Ticket("005930", side, shares, kind, limit_krw, "KRX", condition_krw)


@pytest.mark.parametrize(
    ("ticket", "sets_off"),
    [
        (stop("BUY", 10_050, 10_100), 120),
        (stop("BUY", 10_040, 10_100), 120),
        (stop("BUY", 10_060, 10_100), None),
        (stop("SELL", 9_900, 9_800), 180),
        (stop("SELL", 9_890, 9_800), None),
    ],
    ids=["a buy at it", "a buy through it", "a buy above", "a sell at it", "a sell below"],
)
def test_a_stop_waits_for_a_print_at_or_through_its_condition(
    play: Play, at: At, ticket: Ticket, sets_off: int | None
) -> None:
    exchange = play(
        OPENED, (60, 10_000, 9, 1), (120, 10_050, 50, 1), (180, 9_900, 40, -1), holdings=HELD
    )
    odno = send(exchange, at("09:00:10"), ticket)
    exchange.advance(at("09:01:30"))
    waiting = row(exchange, odno)
    assert (waiting.state, waiting.triggered_ns, waiting.filled) == (OrderState.WORKING, None, 0)
    exchange.advance(at("15:40:00"))
    done = row(exchange, odno)
    if sets_off is None:
        assert (done.state, done.triggered_ns) == (OrderState.EXPIRED, None)
        assert exchange.cash().reserved_krw == 0
    else:
        triggered_ns = at("09:00:00") + sets_off * SECOND_NS
        assert (done.state, done.triggered_ns) == (OrderState.FILLED, triggered_ns)
        assert exchange.fills()[0].at_ns == triggered_ns


def test_prints_before_a_stop_came_do_not_set_it_off(play: Play, at: At) -> None:
    exchange = play(OPENED, (60, 10_050, 50, 1), (120, 10_000, 50, -1))
    odno = send(exchange, at("09:01:30"), stop("BUY", 10_050, 10_100))
    exchange.advance(at("10:00:00"))
    assert row(exchange, odno).triggered_ns is None


def test_a_modified_stop_keeps_its_condition_unless_given_another(play: Play, at: At) -> None:
    exchange = play(OPENED, (600, 10_050, 50, 1))
    first = send(exchange, at("09:00:10"), stop("BUY", 10_050, 10_100))
    kept = exchange.modify(at("09:00:20"), first, OrderType.STOP_LIMIT, 10_080)
    assert isinstance(kept, Placed)
    exchange.advance(at("09:00:30"))
    assert row(exchange, kept.odno).condition_krw == 10_050
    moved = exchange.modify(
        at("09:00:40"), kept.odno, OrderType.STOP_LIMIT, 10_080, condition_krw=10_070
    )
    assert isinstance(moved, Placed)
    exchange.advance(at("09:20:00"))
    done = row(exchange, moved.odno)
    assert (done.condition_krw, done.triggered_ns, done.remaining) == (10_070, None, 5)


@pytest.mark.parametrize(
    ("condition_krw", "reason"),
    [
        (None, Refusal.NO_CONDITION),
        (0, Refusal.NO_CONDITION),
        (10_055, Refusal.OFF_TICK),
        (13_010, Refusal.OUTSIDE_LIMITS),
    ],
)
def test_a_stop_needs_a_condition_that_can_be(
    play: Play, at: At, condition_krw: int | None, reason: Refusal
) -> None:
    answer = play().place(at("09:00:10"), stop("BUY", condition_krw, 10_100))
    assert isinstance(answer, Declined)
    assert answer.reason is reason


def test_a_conditional_limit_becomes_a_market_order_in_the_closing_auction(
    play: Play, at: At
) -> None:
    exchange = play(OPENED, (60, 10_000, 90, -1), (6.5 * 3600, 10_100, 1_000, 0), holdings=HELD)
    buy = Ticket("005930", "BUY", 7, OrderType.CONDITIONAL_LIMIT, 9_500)
    sell = Ticket("005930", "SELL", 4, OrderType.CONDITIONAL_LIMIT, 10_900)
    bought, sold = (send(exchange, at("09:00:10"), ticket) for ticket in (buy, sell))
    assert exchange.cash().reserved_krw >= 7 * 13_000  # it may have to pay any price in the end
    assert fills(exchange.advance(at("15:29:59"))) == []
    assert sorted(fills(exchange.advance(at("15:30:00")))) == [(4, 10_100), (7, 10_100)]
    assert row(exchange, bought).limit_krw == 9_500
    assert row(exchange, sold).state is OrderState.FILLED


def test_a_mid_price_order_trades_between_the_quotes(play: Play, at: At) -> None:
    trades = ((60 + second, 10_000, 41, 1) for second in range(9))
    exchange = play(OPENED, *trades, cash_krw=10**10)
    ticket = Ticket("005930", "BUY", 15_000, OrderType.MID)
    odno = send(exchange, at("09:00:10"), ticket)
    exchange.advance(at("09:00:30"))
    asks, bids = exchange.book("005930").asks, exchange.book("005930").bids
    at_once = row(exchange, odno).filled
    heard = fills(exchange.advance(at("09:02:00")))
    assert heard == [(10, 9_995)] * 9  # a quarter of every print, half a tick inside
    assert bids[0][0] < 10_005 < asks[0][0]
    assert row(exchange, odno).filled == at_once + 90


@pytest.mark.parametrize("kind", [OrderType.MID_IOC, OrderType.MID_FOK])
def test_an_immediate_mid_price_order_never_rests(play: Play, at: At, kind: OrderType) -> None:
    exchange = play(OPENED, (60, 10_000, 400, 1), cash_krw=10**10)
    odno = send(exchange, at("09:00:10"), Ticket("005930", "BUY", 9_000, kind))
    heard = exchange.advance(at("09:00:11"))
    done = row(exchange, odno)
    assert done.remaining == 0
    assert done.filled + done.cancelled == 9_000
    assert [h.shares for h in heard if isinstance(h, Cancelled)] == [done.cancelled]
    assert done.filled == 0 or kind is OrderType.MID_IOC
    assert all(price == 10_005 for _, price in fills(heard))


@pytest.mark.parametrize(
    ("kind", "extra", "filled", "cancelled"),
    [
        (OrderType.BEST_IOC, 5, "level", 5),
        (OrderType.BEST_FOK, 5, 0, "all"),
        (OrderType.BEST_FOK, 0, "level", 0),
    ],
)
def test_best_orders_take_the_best_level_and_no_more(
    play: Play, at: At, kind: OrderType, extra: int, filled: int | str, cancelled: int | str
) -> None:
    exchange = play()
    exchange.advance(at("09:00:10"))
    price_krw, shares = exchange.book("005930").asks[0]
    odno = send(exchange, at("09:00:10"), Ticket("005930", "BUY", shares + extra, kind))
    exchange.advance(at("09:00:11"))
    done = row(exchange, odno)
    said = {"level": shares, "all": shares + extra}
    assert done.limit_krw == price_krw
    assert (done.filled, done.cancelled) == (
        said.get(filled, filled),
        said.get(cancelled, cancelled),
    )


@pytest.mark.parametrize(
    ("kind", "asked", "first", "last", "price_krw"),
    [
        (OrderType.PRE_OPEN, "08:31:00", "08:31:00", "08:40:00", 10_000),
        (OrderType.POST_CLOSE, "15:32:00", "15:40:00", "16:00:00", 10_100),
    ],
)
def test_off_hours_orders_trade_at_the_close_price_and_end_with_their_market(
    play: Play, at: At, kind: OrderType, asked: str, first: str, last: str, price_krw: int
) -> None:
    exchange = play(OPENED, (6.5 * 3600, 10_100, 200_000, 0))
    odno = send(exchange, at(asked), Ticket("005930", "BUY", 5_000, kind))
    heard = exchange.advance(at("20:00:00"))
    done = row(exchange, odno)
    assert 0 < done.filled < 5_000
    assert done.filled_value_krw == done.filled * price_krw
    assert all(at(first) <= fill.at_ns < at(last) for fill in exchange.fills())
    assert [h.at_ns for h in heard if isinstance(h, Expired)] == [at(last)]
    assert exchange.quote("005930").cum_volume == 205_000  # the regular session's alone


def test_ten_minute_auctions_trade_until_six(generated: GeneratedDay) -> None:
    symbol = "000720"
    day = generated.date
    exchange = Exchange(generated, AccountRules(10**10, 140), 1)
    now_ns = instant_ns(day, dt.time(16, 5))
    exchange.advance(now_ns)
    tape = exchange.day.tape(symbol, "KRX off hours")
    singles = tape.at_ns >= instant_ns(day, dt.time(16))
    assert {n // 10**9 % 600 for n in tape.at_ns[singles].tolist()} == {0}
    assert 6 <= singles.sum() <= 12
    top = int(tape.price_krw[singles].max())
    ticket = Ticket(symbol, "BUY", 10**5, OrderType.OFF_HOURS_SINGLE, top)
    odno = send(exchange, now_ns, ticket)
    heard = exchange.advance(instant_ns(day, dt.time(18, 1)))
    assert row(exchange, odno).filled == int(tape.volume[singles].sum())
    ended = [h.at_ns for h in heard if isinstance(h, Expired)]
    assert ended == [instant_ns(day, dt.time(18)) + SECOND_NS]
    far = Ticket(
        symbol, "BUY", 1, OrderType.OFF_HOURS_SINGLE, generated.instruments[symbol].upper_krw
    )
    other = Exchange(generated, AccountRules(10**10, 140), 1)
    declined = other.place(now_ns, far)
    assert isinstance(declined, Declined)
    assert declined.reason is Refusal.OUTSIDE_LIMITS


def test_the_after_market_is_a_market_of_its_own(reformed: GeneratedDay) -> None:
    day, symbol = reformed.date, "000270"
    exchange = Exchange(reformed, AccountRules(10**10, 140), 1)
    low_krw = reformed.instruments[symbol].lower_krw
    regular = Ticket(symbol, "BUY", 1, OrderType.LIMIT, low_krw)
    carried = send(exchange, instant_ns(day, dt.time(15)), regular)
    heard = exchange.advance(instant_ns(day, dt.time(15, 59, 59)))
    assert [h.odno for h in heard if isinstance(h, Expired)] == [carried]
    close_krw = exchange.last_krw(symbol)
    assert exchange.close_krw(symbol) == close_krw
    evening_ns = instant_ns(day, dt.time(17))
    exchange.advance(evening_ns)
    ask_krw = exchange.book(symbol).asks[0][0]
    odno = send(exchange, evening_ns, Ticket(symbol, "BUY", 3, OrderType.AFTER_LIMIT, ask_krw))
    rests = Ticket(symbol, "BUY", 2, OrderType.AFTER_LIMIT, low_krw)
    resting = send(exchange, evening_ns, rests)
    heard = exchange.advance(instant_ns(day, dt.time(20, 0, 1)))
    assert row(exchange, odno).filled == 3
    assert [(h.odno, h.at_ns) for h in heard if isinstance(h, Expired)] == [
        (resting, instant_ns(day, dt.time(20)))
    ]
    after = exchange.printed(symbol, "KRX", instant_ns(day, dt.time(15, 59)))
    assert len({p.price_krw for p in after}) > 1
    assert all(
        instant_ns(day, dt.time(16)) <= p.at_ns < instant_ns(day, dt.time(20)) for p in after
    )
    assert exchange.close_krw(symbol) == close_krw
    assert exchange.holdings()[0].last_krw == close_krw
    assert exchange.quote(symbol).last_krw == after[-1].price_krw
    bars = exchange.day.minute_bars(symbol, day)
    assert bars == reformed.minute_bars(symbol, day)
    assert bars[-1].close_krw == close_krw


def test_etfs_are_in_the_regular_market_alone(play: Play, at: At) -> None:
    exchange = play(OPENED, name="KODEX 200")
    instrument = exchange.instrument("005930")
    assert instrument is not None
    assert (instrument.fund, instrument.nxt) == (True, False)
    assert len(exchange.tape("005930", "NXT")) == 0
    answer = exchange.place(
        at("09:10:00"), Ticket("005930", "BUY", 1, OrderType.LIMIT, 10_000, "NXT")
    )
    assert isinstance(answer, Declined)
    assert answer.reason is Refusal.NOT_ON_VENUE
    # Its tick is five KRW at any price from 2,000 on.
    assert isinstance(
        exchange.place(at("09:10:00"), Ticket("005930", "BUY", 1, OrderType.LIMIT, 9_995)), Placed
    )


def test_a_race_fills_what_a_cancel_was_to_take(play: Play, at: At) -> None:
    exchange = play()
    exchange.race_changes(lambda order: order.shares // 2)
    odno = send(exchange, at("09:00:10"), Ticket("005930", "BUY", 10, OrderType.LIMIT, 9_500))
    exchange.advance(at("09:00:20"))
    cancel = exchange.cancel(at("09:00:20"), odno)
    assert isinstance(cancel, Placed)
    heard = exchange.advance(at("09:00:21"))
    assert fills(heard) == [(5, 9_500)]
    assert [h.shares for h in heard if isinstance(h, Cancelled)] == [5]
    done = row(exchange, odno)
    assert (done.filled, done.cancelled, done.remaining) == (5, 5, 0)
