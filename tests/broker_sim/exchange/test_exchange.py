"""Stories of orders on a day of a few prints; the base is 10,000 KRW, the band 7,000 to 13,000."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from broker_sim.exchange.account import OpeningHolding
from broker_sim.exchange.exchange import Exchange, Phase
from broker_sim.exchange.happenings import (
    Accepted,
    Cancelled,
    Expired,
    Filled,
    Happening,
    Printed,
    Rejected,
)
from broker_sim.exchange.orders import Declined, OrderRow, OrderState, Placed, Refusal, Ticket
from kis_core.wire.account import OrderType, Side

Play = Callable[..., Exchange]
At = Callable[[str], int]
MS = 1_000_000
HELD = (OpeningHolding("005930", 100, 9_500.0),)


def ticket(
    side: Side, shares: int, limit_krw: int | None = None, kind: OrderType | None = None
) -> Ticket:
    chosen = kind or (OrderType.LIMIT if limit_krw else OrderType.MARKET)
    return Ticket("005930", side, shares, chosen, limit_krw)


def ours(happenings: Sequence[Happening]) -> list[Happening]:
    return [h for h in happenings if not isinstance(h, Printed)]


def placed(answer: Placed | Declined) -> str:
    assert isinstance(answer, Placed), answer
    return answer.odno


def row(exchange: Exchange, odno: str) -> OrderRow:
    found = exchange.order(odno)
    assert found is not None
    return found


def test_an_order_is_acknowledged_later_than_answered(play: Play, at: At) -> None:
    exchange = play()
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", 5, 9_900)))
    assert row(exchange, odno).state is OrderState.SENT
    assert ours(exchange.advance(at("09:00:10") + 19 * MS)) == []
    heard = ours(exchange.advance(at("09:00:10") + 20 * MS))
    assert heard == [
        Accepted(
            odno, None, "new", "005930", "BUY", OrderType.LIMIT, 5, 9_900, at("09:00:10") + 20 * MS
        )
    ]
    assert row(exchange, odno).state is OrderState.WORKING


def test_a_marketable_buy_takes_the_book_level_by_level(play: Play, at: At) -> None:
    exchange = play()
    exchange.advance(at("09:00:10"))
    asks = exchange.book("005930").asks
    wanted = asks[0][1] + 3
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", wanted, asks[1][0])))
    fills = [h for h in exchange.advance(at("09:00:11")) if isinstance(h, Filled)]
    assert [(f.price_krw, f.shares) for f in fills] == [asks[0], (asks[1][0], 3)]
    assert row(exchange, odno).state is OrderState.FILLED
    left = exchange.book("005930").asks
    assert left[0] == (asks[1][0], asks[1][1] - 3)


def test_a_resting_buy_waits_for_its_queue_and_fills_at_its_price(play: Play, at: At) -> None:
    exchange = play(
        (0.5, 10_000, 5_000, 0), (60, 9_990, 1, -1), (61, 9_980, 7, -1), (62, 9_970, 50, -1)
    )
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", 20, 9_990)))
    heard = ours(exchange.advance(at("09:02:00")))
    assert [(f.shares, f.price_krw) for f in heard if isinstance(f, Filled)] == [
        (7, 9_990),
        (13, 9_990),
    ]
    done = row(exchange, odno)
    assert (done.filled, done.filled_value_krw, done.remaining) == (20, 20 * 9_990, 0)


def test_our_fills_print_nothing(play: Play, at: At) -> None:
    exchange = play()
    exchange.advance(at("09:00:10"))
    exchange.place(at("09:00:10"), ticket("BUY", 500))
    heard = exchange.advance(at("15:40:00"))
    assert sum(isinstance(h, Printed) for h in heard) == 1
    assert exchange.quote("005930").cum_volume == 5_400


def test_the_opening_auction_fills_market_orders_first(play: Play, at: At) -> None:
    exchange = play((0.5, 10_000, 100, 0))
    limited = placed(exchange.place(at("08:40:00"), ticket("BUY", 80, 10_500)))
    market = placed(exchange.place(at("08:50:00"), ticket("BUY", 60)))
    unreached = placed(exchange.place(at("08:55:00"), ticket("BUY", 10, 9_900)))
    fills = [h for h in exchange.advance(at("09:00:01")) if isinstance(h, Filled)]
    assert [(f.odno, f.shares, f.price_krw) for f in fills] == [
        (market, 60, 10_000),
        (limited, 40, 10_000),
    ]
    assert row(exchange, unreached).state is OrderState.WORKING


def test_what_an_auction_leaves_of_a_better_price_trades_at_the_markets(play: Play, at: At) -> None:
    exchange = play((0.5, 10_000, 100, 0), (60, 10_050, 30, 1), (61, 10_060, 500, 1))
    odno = placed(exchange.place(at("08:40:00"), ticket("BUY", 150, 10_500)))
    fills = [h for h in exchange.advance(at("09:05:00")) if isinstance(h, Filled)]
    assert [(f.shares, f.price_krw) for f in fills] == [(100, 10_000), (30, 10_050), (20, 10_060)]
    assert row(exchange, odno).state is OrderState.FILLED


def test_the_closing_auction_comes_at_the_instant_of_the_close(play: Play, at: At) -> None:
    exchange = play((0.5, 10_000, 100, 0), (6.5 * 3600, 9_950, 1_000, 0), holdings=HELD)
    resting = placed(exchange.place(at("15:10:00"), ticket("SELL", 10, 10_300)))
    closing = placed(exchange.place(at("15:25:00"), ticket("SELL", 40)))
    heard = ours(exchange.advance(at("15:30:00")))
    assert [(f.odno, f.price_krw) for f in heard if isinstance(f, Filled)] == [(closing, 9_950)]
    assert [h.odno for h in exchange.advance(at("15:33:00")) if isinstance(h, Expired)] == [resting]
    assert row(exchange, resting).remaining == 10
    assert exchange.holdings()[0].sellable == 60


@pytest.mark.parametrize(
    ("kind", "limit_krw", "shares", "filled", "cancelled"),
    [
        (OrderType.LIMIT_IOC, "best", "more", "level", "rest"),
        (OrderType.LIMIT_FOK, "best", "more", 0, "all"),
        (OrderType.LIMIT_FOK, "best", 1, 1, 0),
        (OrderType.MARKET_FOK, None, 1, 1, 0),
    ],
    ids=["IOC takes what is there", "FOK takes all or nothing", "FOK that fits", "FOK at market"],
)
def test_immediate_orders_never_rest(
    play: Play,
    at: At,
    kind: OrderType,
    limit_krw: str | None,
    shares: int | str,
    filled: int | str,
    cancelled: int | str,
) -> None:
    exchange = play()
    exchange.advance(at("09:00:10"))
    price, displayed = exchange.book("005930").asks[0]
    number = {"more": displayed + 5, "level": displayed, "rest": 5, "all": displayed + 5}
    wanted = number.get(shares, shares) if isinstance(shares, str) else shares
    order = ticket("BUY", wanted, price if limit_krw else None, kind)
    odno = placed(exchange.place(at("09:00:10"), order))
    exchange.advance(at("09:00:11"))
    done = row(exchange, odno)
    assert done.remaining == 0
    assert done.filled == number.get(filled, filled)
    assert done.cancelled == number.get(cancelled, cancelled)


def test_a_market_order_may_exhaust_the_book_and_wait_first_in_line(play: Play, at: At) -> None:
    exchange = play(
        (0.5, 10_000, 100, 0), (60, 10_050, 30, 1), (61, 10_060, 100_000, 1), cash_krw=10**12
    )
    exchange.advance(at("09:00:10"))
    asks = exchange.book("005930").asks
    assert len(asks) == 10
    depth = sum(shares for _, shares in asks)
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", depth + 50)))
    exchange.advance(at("09:00:11"))
    assert row(exchange, odno).filled == depth
    assert exchange.book("005930").asks == ()
    fills = [h for h in exchange.advance(at("09:02:00")) if isinstance(h, Filled)]
    assert [(f.shares, f.price_krw) for f in fills] == [(30, 10_050), (20, 10_060)]


def test_best_and_top_limit_orders_are_priced_by_the_book(play: Play, at: At) -> None:
    exchange = play()
    exchange.advance(at("09:00:10"))
    book = exchange.book("005930")
    best = placed(exchange.place(at("09:00:10"), ticket("BUY", 1, None, OrderType.BEST_LIMIT)))
    top = placed(exchange.place(at("09:00:10"), ticket("BUY", 1, None, OrderType.TOP_LIMIT)))
    assert (row(exchange, best).limit_krw, row(exchange, top).limit_krw) == (
        book.asks[0][0],
        book.bids[0][0],
    )


def test_a_cancel_has_its_own_number_and_is_refused_twice(play: Play, at: At) -> None:
    exchange = play()
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", 5, 9_900)))
    cancel = placed(exchange.cancel(at("09:00:20"), odno.lstrip("0")))
    assert cancel != odno
    again = exchange.cancel(at("09:00:20"), odno)
    assert isinstance(again, Declined)
    assert again.reason is Refusal.NOTHING_LEFT
    heard = ours(exchange.advance(at("09:00:21")))
    done_ns = at("09:00:20") + 20 * MS
    assert [type(h) for h in heard] == [Accepted, Accepted, Cancelled]
    assert heard[-1] == Cancelled(
        cancel, odno, "005930", "BUY", OrderType.LIMIT, 5, 5, 9_900, done_ns
    )
    assert row(exchange, odno).state is OrderState.CANCELLED
    assert row(exchange, cancel).original == odno
    assert exchange.cash().reserved_krw == 0


def test_a_filled_order_cannot_be_cancelled(play: Play, at: At) -> None:
    exchange = play()
    exchange.advance(at("09:00:10"))
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", 5)))
    exchange.advance(at("09:00:11"))
    late = exchange.cancel(at("09:00:12"), odno)
    assert isinstance(late, Declined)
    assert late.reason is Refusal.NOTHING_LEFT


def test_a_cancel_that_crosses_a_fill_is_rejected_by_the_exchange(play: Play, at: At) -> None:
    exchange = play((0.5, 10_000, 5_000, 0), (60.010, 9_800, 400, -1))
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", 5, 9_900)))
    cancel = placed(exchange.cancel(at("09:01:00"), odno))
    heard = ours(exchange.advance(at("09:02:00")))
    assert [type(h) for h in heard] == [Accepted, Filled, Rejected]
    assert row(exchange, cancel).rejected == 5
    assert row(exchange, odno).state is OrderState.FILLED


def test_a_partial_cancel_leaves_the_rest_working(play: Play, at: At) -> None:
    exchange = play()
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", 5, 9_900)))
    exchange.cancel(at("09:00:20"), odno, 2)
    exchange.advance(at("09:00:21"))
    left = row(exchange, odno)
    assert (left.remaining, left.cancelled, left.state) == (3, 2, OrderState.WORKING)


def test_a_modify_moves_the_shares_to_a_new_number(play: Play, at: At) -> None:
    exchange = play((0.5, 10_000, 5_000, 0), (60, 9_900, 400, -1))
    odno = placed(exchange.place(at("09:00:10"), ticket("BUY", 5, 9_800)))
    changed = placed(exchange.modify(at("09:00:20"), odno, OrderType.LIMIT, 9_950))
    exchange.advance(at("09:00:21"))
    assert row(exchange, odno).state is OrderState.CANCELLED
    assert row(exchange, changed).original == odno
    fills = [h for h in exchange.advance(at("09:02:00")) if isinstance(h, Filled)]
    assert [(f.odno, f.original, f.shares, f.price_krw) for f in fills] == [
        (changed, odno, 5, 9_950)
    ]


@pytest.mark.parametrize(
    ("order", "when", "reason", "real", "paper"),
    [
        (ticket("BUY", 1, 9_905), "09:10:00", Refusal.OFF_TICK, "APBK0506", "40030000"),
        (ticket("BUY", 1, 13_010), "09:10:00", Refusal.OUTSIDE_LIMITS, "APBK0506", "40030000"),
        (ticket("BUY", 1, 6_990), "09:10:00", Refusal.OUTSIDE_LIMITS, "APBK0506", "40030000"),
        (ticket("BUY", 10_001, 10_000), "09:10:00", Refusal.NO_CASH, "APBK0952", "40250000"),
        (ticket("BUY", 7_693), "09:10:00", Refusal.NO_CASH, "APBK0952", "40250000"),
        (ticket("SELL", 101, 10_000), "09:10:00", Refusal.NOT_SELLABLE, "APBK0400", "40240000"),
        (ticket("BUY", 0, 10_000), "09:10:00", Refusal.BAD_SHARES, "APMP0001", "APMP0001"),
        (ticket("BUY", 1, 10_000), "08:29:59", Refusal.BEFORE_OPEN, "APBK0918", "40570000"),
        (ticket("BUY", 1, 10_000), "15:30:00", Refusal.AFTER_CLOSE, "APBK0918", "40580000"),
        (
            ticket("BUY", 1, None, OrderType.BEST_LIMIT),
            "08:40:00",
            Refusal.TYPE_NOW,
            "APBK1943",
            "APBK1943",
        ),
        (
            ticket("BUY", 1, 10_000, OrderType.AFTER_LIMIT),
            "09:10:00",
            Refusal.BAD_TYPE,
            "APMP0001",
            "90000000",
        ),
        (
            Ticket("999999", "BUY", 1, OrderType.MARKET),
            "09:10:00",
            Refusal.UNKNOWN_ISSUE,
            "APBK0656",
            "40070000",
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Refusal) else "",
)
@pytest.mark.parametrize("dialect", ["real", "paper"])
def test_the_broker_refuses(
    play: Play,
    at: At,
    order: Ticket,
    when: str,
    reason: Refusal,
    real: str,
    paper: str,
    dialect: str,
) -> None:
    exchange = play(dialect=dialect, holdings=HELD)
    answer = exchange.place(at(when), order)
    assert isinstance(answer, Declined)
    assert (answer.reason, answer.code) == (reason, real if dialect == "real" else paper)
    assert exchange.orders() == []


def test_paper_has_no_immediate_orders(play: Play, at: At) -> None:
    exchange = play(dialect="paper")
    answer = exchange.place(at("09:10:00"), ticket("BUY", 1, 10_000, OrderType.LIMIT_IOC))
    assert isinstance(answer, Declined)
    assert answer.code == "90000000"


def test_an_immediate_order_that_arrives_in_the_auction_is_rejected(play: Play, at: At) -> None:
    exchange = play()
    order = ticket("BUY", 1, 10_000, OrderType.LIMIT_IOC)
    odno = placed(exchange.place(at("15:20:00") - 5 * MS, order))
    heard = ours(exchange.advance(at("15:20:01")))
    assert [type(h) for h in heard] == [Rejected]
    assert row(exchange, odno).rejected == 1
    assert exchange.cash().reserved_krw == 0


def test_working_orders_hold_back_cash_and_shares(play: Play, at: At) -> None:
    exchange = play(holdings=HELD)
    exchange.place(at("09:00:10"), ticket("BUY", 100, 9_900))
    exchange.place(at("09:00:10"), ticket("SELL", 30, 10_500))
    cash = exchange.cash()
    assert cash.reserved_krw == 990_000 + 990_000 * 140 // 1_000_000
    assert cash.orderable_krw == 100_000_000 - cash.reserved_krw
    assert exchange.holdings()[0].sellable == 70


def test_proceeds_of_a_sale_buy_again_the_same_day(play: Play, at: At) -> None:
    exchange = play(cash_krw=0, holdings=HELD)
    exchange.advance(at("09:00:10"))
    assert isinstance(exchange.place(at("09:00:10"), ticket("BUY", 1, 9_900)), Declined)
    exchange.place(at("09:00:11"), ticket("SELL", 100))
    exchange.advance(at("09:00:12"))
    assert isinstance(exchange.place(at("09:00:13"), ticket("BUY", 50, 9_900)), Placed)


def test_money_adds_up_after_a_round_trip(play: Play, at: At) -> None:
    exchange = play()
    exchange.advance(at("09:00:10"))
    exchange.place(at("09:00:10"), ticket("BUY", 100))
    exchange.advance(at("09:00:11"))
    held = exchange.holdings()[0]
    bought = exchange.fills()
    value = sum(f.shares * f.price_krw for f in bought)
    assert (held.shares, held.cost_krw, held.average_krw) == (100, value, value / 100)
    exchange.place(at("09:00:12"), ticket("SELL", 100))
    exchange.advance(at("09:00:13"))
    sold = sum(f.shares * f.price_krw for f in exchange.fills() if f.side == "SELL")
    cash = exchange.cash()
    costs = value * 140 // 10**6 + sold * 140 // 10**6 + sold * 1_500 // 10**6
    assert cash.costs_krw == costs == sum(f.cost_krw for f in exchange.fills())
    assert cash.settled_krw == 100_000_000 - value + sold - costs
    assert (cash.deposit_krw, exchange.holdings()[0].shares) == (100_000_000, 0)


def test_buying_power_is_what_can_be_ordered(play: Play, at: At) -> None:
    exchange = play()
    power = exchange.buying_power("005930", OrderType.LIMIT, 9_900)
    more = ticket("BUY", power.shares + 1, 9_900)
    assert isinstance(exchange.place(at("09:00:10"), more), Declined)
    assert isinstance(exchange.place(at("09:00:10"), ticket("BUY", power.shares, 9_900)), Placed)
    assert exchange.buying_power("005930", OrderType.MARKET, None).price_krw == 13_000
    assert exchange.buying_power(None, OrderType.MARKET, None).shares == 0


def test_time_does_not_run_backwards_and_nothing_is_lost(play: Play, at: At) -> None:
    exchange = play()
    exchange.place(at("09:05:00"), ticket("BUY", 5, 9_900))
    exchange.place(at("09:01:00"), ticket("BUY", 5, 9_900))
    heard = exchange.advance(at("09:06:00"))
    assert [h.at_ns for h in heard] == sorted(h.at_ns for h in heard)
    assert [type(h) for h in heard] == [Printed, Printed, Accepted, Accepted]
    assert exchange.advance(at("09:02:00")) == []


@pytest.mark.parametrize(
    ("when", "phase"),
    [
        ("08:29:59", Phase.BEFORE),
        ("08:30:00", Phase.OPENING_AUCTION),
        ("09:00:00", Phase.CONTINUOUS),
        ("15:20:00", Phase.CLOSING_AUCTION),
        ("15:30:00", Phase.CLOSED),
    ],
)
def test_the_day_has_phases(play: Play, at: At, when: str, phase: Phase) -> None:
    assert play().phase(at(when)) is phase


def test_a_quote_before_the_first_print_knows_the_base_alone(play: Play, at: At) -> None:
    exchange = play()
    exchange.advance(at("08:40:00"))
    quote = exchange.quote("005930")
    assert (quote.last_krw, quote.open_krw, quote.cum_volume) == (10_000, None, 0)
    assert quote.book.in_auction
    assert quote.book.expected_krw == 10_000


def test_the_same_calls_at_the_same_times_give_the_same_bytes(play: Play, at: At) -> None:
    def told() -> bytes:
        exchange = play(holdings=HELD)
        exchange.advance(at("09:00:10"))
        odno = placed(exchange.place(at("09:00:11"), ticket("BUY", 5, 9_900)))
        exchange.place(at("09:00:12"), ticket("SELL", 60))
        exchange.modify(at("09:00:13"), odno, OrderType.LIMIT, 9_950)
        return msgspec.msgpack.encode(
            [exchange.advance(at("15:40:00")), exchange.orders(), exchange.fills()]
        )

    assert told() == told()
