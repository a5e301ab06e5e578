"""Two venues: NXT's own prints, book and sessions, and how SOR chooses."""

import datetime as dt
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.happenings import Accepted, Expired, Filled, Printed
from broker_sim.exchange.orders import Declined, OrderState, Placed, Refusal, Ticket
from broker_sim.exchange.routing import Offer, better, offer_of
from broker_sim.exchange.venue import Trading
from kis_core.market.events import Venue
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns
from kis_core.market.ticks import is_on_tick, tick_krw
from kis_core.wire.account import OrderType, Side

SYMBOL, KRX_ONLY = "000270", "000720"
When = Callable[[str], int]


@pytest.fixture
def when(generated: GeneratedDay) -> When:
    return lambda text: instant_ns(generated.date, dt.time.fromisoformat(text))


def opened(day: GeneratedDay, seed: int = 1, **rules: object) -> Exchange:
    return Exchange(day, AccountRules(**{"cash_krw": 10**10, "commission_ppm": 140, **rules}), seed)


def sent(exchange: Exchange, at_ns: int, ticket: Ticket) -> str:
    answer = exchange.place(at_ns, ticket)
    assert isinstance(answer, Placed), answer
    return answer.odno


def nxt_symbols(day: GeneratedDay) -> list[str]:
    return [symbol for symbol, instrument in day.instruments.items() if instrument.nxt]


def test_nxt_trades_in_its_sessions_within_krx_limits(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    sessions = (("08:00", "08:50"), ("09:00:30", "15:20"), ("15:40", "20:00"))
    for symbol in nxt_symbols(generated):
        tape, instrument = exchange.tape(symbol, "NXT"), generated.instruments[symbol]
        inside = [
            (tape.at_ns >= when(first)) & (tape.at_ns < when(last)) for first, last in sessions
        ]
        assert np.all(inside[0] | inside[1] | inside[2])
        assert all(part.sum() > 50 for part in inside)
        assert int(tape.at_ns[inside[1]][0]) == when("09:00:30")
        assert tape.at_ns[tape.auction].tolist() == [when("15:40")]
        assert np.all(np.diff(tape.at_ns) >= 0)
        assert tape.price_krw.min() >= instrument.lower_krw
        assert tape.price_krw.max() <= instrument.upper_krw
        assert tape.volume.min() > 0
        assert all(map(is_on_tick, tape.price_krw.tolist()))


@pytest.mark.parametrize(
    ("date", "first", "last"),
    [
        (dt.date(2025, 11, 13), "10:00:30", "16:40"),
        (dt.date(2026, 1, 2), "10:00:30", "15:40"),
    ],
    ids=["exam day: all an hour later", "first session of the year: opens an hour later"],
)
def test_nxt_keeps_the_hours_of_days_that_are_not_usual(
    date: dt.date, first: str, last: str
) -> None:
    day = GeneratedDay(date, 7, 6)
    exchange = opened(day)
    tape = exchange.tape(SYMBOL, "NXT")
    evening_ns = instant_ns(date, dt.time.fromisoformat(last))
    assert int(tape.at_ns[0]) == instant_ns(date, dt.time.fromisoformat(first))
    assert tape.at_ns[tape.auction].tolist() == [evening_ns]
    early = instant_ns(date, dt.time(8, 10))
    base_krw = day.instruments[SYMBOL].base_krw
    answer = exchange.place(early, Ticket(SYMBOL, "BUY", 1, OrderType.LIMIT, base_krw, "NXT"))
    assert isinstance(answer, Declined)
    assert answer.reason is Refusal.BEFORE_OPEN


def test_nxt_follows_krx_within_two_ticks_on_a_third_to_half_of_its_volume(
    generated: GeneratedDay, when: When
) -> None:
    exchange = opened(generated)
    for symbol in nxt_symbols(generated):
        nxt, krx = exchange.tape(symbol, "NXT"), exchange.tape(symbol)
        main = (nxt.at_ns >= when("09:00:30")) & (nxt.at_ns < when("15:20"))
        near = np.searchsorted(krx.at_ns, nxt.at_ns[main], "right") - 1
        # The print it follows lies at most 0.9 s back, a few KRX prints at the busiest.
        lately = np.maximum(near - 4, 0)
        for row, (first, last) in zip(
            np.flatnonzero(main), zip(lately, near, strict=True), strict=True
        ):
            price = int(nxt.price_krw[row])
            span = krx.price_krw[first : last + 1]
            assert span.min() - 2 * tick_krw(price) <= price <= span.max() + 2 * tick_krw(price)
        assert 0.3 <= nxt.volume.sum() / krx.volume.sum() <= 0.6


def test_the_pre_market_comes_towards_the_opening_price(
    generated: GeneratedDay, when: When
) -> None:
    exchange = opened(generated)
    exchange.advance(when("08:50"))
    for symbol in nxt_symbols(generated):
        base = generated.instruments[symbol].base_krw
        opening = int(generated.prints(symbol).price_krw[0])
        pre = exchange.printed(symbol, "NXT", 0)
        assert abs(pre[0].price_krw - base) <= 3 * tick_krw(base)
        if abs(opening - base) > 5 * tick_krw(base):
            assert abs(pre[-1].price_krw - opening) < abs(base - opening)


def test_a_venue_is_the_same_for_a_seed_and_another_for_another(generated: GeneratedDay) -> None:
    one, same = opened(generated), opened(generated, seed=2)
    other = Exchange(GeneratedDay(generated.date, 8, 6), one.rules, 1)
    tapes = [exchange.tape(SYMBOL, "NXT") for exchange in (one, same, other)]
    assert np.array_equal(tapes[0].price_krw, tapes[1].price_krw)
    assert not np.array_equal(tapes[0].at_ns[:50], tapes[2].at_ns[:50])


def test_krx_prints_the_same_whatever_happens_on_nxt(generated: GeneratedDay, when: When) -> None:
    quiet, busy = opened(generated), opened(generated)
    alone = quiet.advance(when("20:00"))
    heard = []
    for minute in range(0, 12 * 60, 7):
        now_ns = when("08:00") + minute * MINUTE_NS
        heard += busy.advance(now_ns)
        price = busy.last_krw(SYMBOL)
        busy.place(now_ns, Ticket(SYMBOL, "BUY", 50, OrderType.LIMIT, price, "NXT"))
        busy.quote(SYMBOL, "NXT")
        busy.quote(SYMBOL, "UN")
    heard += busy.advance(when("20:00"))
    assert [h for h in heard if isinstance(h, Printed)] == alone
    assert {h.venue for h in heard if isinstance(h, Filled)} == {"NXT"}
    assert busy.day.minute_bars(SYMBOL, generated.date) == generated.minute_bars(
        SYMBOL, generated.date
    )


def test_an_order_on_nxt_fills_against_its_prints(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    exchange.advance(when("09:10"))
    bid_krw = exchange.book(SYMBOL, "NXT").bids[0][0]
    odno = sent(exchange, when("09:10"), Ticket(SYMBOL, "BUY", 1, OrderType.LIMIT, bid_krw, "NXT"))
    heard = exchange.advance(when("15:20"))
    accepted = next(h for h in heard if isinstance(h, Accepted))
    assert (accepted.venue, accepted.route) == ("NXT", "NXT")
    (fill,) = exchange.fills()
    assert (fill.odno, fill.venue, fill.price_krw) == (odno, "NXT", bid_krw)
    times = exchange.tape(SYMBOL, "NXT").at_ns.tolist()
    assert fill.at_ns in times
    row = exchange.order(odno)
    assert row is not None
    assert (row.venue, row.route) == ("NXT", "NXT")
    assert exchange.holdings()[0].shares == 1


def test_a_marketable_order_takes_nxt_book(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    exchange.advance(when("10:00"))
    ask_krw, shares = exchange.book(SYMBOL, "NXT").asks[0]
    krx = exchange.book(SYMBOL)
    sent(exchange, when("10:00"), Ticket(SYMBOL, "BUY", shares, OrderType.LIMIT, ask_krw, "NXT"))
    heard = exchange.advance(when("10:00") + 20_000_000)
    assert sum(h.shares for h in heard if isinstance(h, Filled)) > 0
    assert exchange.book(SYMBOL).asks == krx.asks or exchange.quote(SYMBOL).at_ns > when("10:00")


def test_an_order_of_the_morning_lives_into_nxt_evening(
    generated: GeneratedDay, when: When
) -> None:
    exchange = opened(generated)
    low_krw = generated.instruments[SYMBOL].lower_krw
    early = sent(exchange, when("08:01"), Ticket(SYMBOL, "BUY", 1, OrderType.LIMIT, low_krw, "NXT"))
    krx = sent(exchange, when("09:30"), Ticket(SYMBOL, "BUY", 1, OrderType.LIMIT, low_krw))
    heard = exchange.advance(when("19:59:59"))
    assert [(h.odno, h.at_ns) for h in heard if isinstance(h, Expired)] == [
        (krx, exchange.venue.expiry_ns)
    ]
    assert exchange.order(early).state is OrderState.WORKING  # type: ignore[union-attr]
    heard = exchange.advance(when("20:00"))
    assert [(h.odno, h.at_ns) for h in heard if isinstance(h, Expired)] == [(early, when("20:00"))]
    assert exchange.cash().reserved_krw == 0


def test_gtp_orders_die_when_the_pre_market_ends(reformed: GeneratedDay) -> None:
    exchange = opened(reformed)
    at_ns = instant_ns(reformed.date, dt.time(8, 20))
    exchange.advance(at_ns)
    low_krw = reformed.instruments[SYMBOL].lower_krw
    limit = sent(exchange, at_ns, Ticket(SYMBOL, "BUY", 1, OrderType.GTP_LIMIT, low_krw, "NXT"))
    best = sent(exchange, at_ns, Ticket(SYMBOL, "BUY", 1, OrderType.GTP_BEST, None, "NXT"))
    heard = exchange.advance(instant_ns(reformed.date, dt.time(9)))
    assert [h.odno for h in heard if isinstance(h, Filled)] == [best]
    assert [(h.odno, h.at_ns) for h in heard if isinstance(h, Expired)] == [
        (limit, instant_ns(reformed.date, dt.time(8, 50)))
    ]


@pytest.mark.parametrize(
    ("side", "krx", "nxt", "venue"),
    [
        ("BUY", (100, 5), (99, 1), "NXT"),
        ("BUY", (99, 1), (100, 5), "KRX"),
        ("SELL", (100, 5), (99, 9), "KRX"),
        ("SELL", (99, 5), (100, 1), "NXT"),
        ("BUY", (100, 5), (100, 6), "NXT"),
        ("BUY", (100, 5), (100, 5), "KRX"),
        ("SELL", (0, 0), (100, 1), "NXT"),
        ("SELL", (100, 1), (0, 0), "KRX"),
        ("BUY", (0, 0), (0, 0), "KRX"),
    ],
)
def test_sor_looks_at_the_price_then_at_the_size(
    side: Side, krx: tuple[int, int], nxt: tuple[int, int], venue: Venue
) -> None:
    assert better(side, Offer(*krx), Offer(*nxt)) == venue


def test_sor_goes_where_the_book_is_better(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated, holdings=(OpeningHolding(SYMBOL, 1_000, 90_000.0),))
    went: dict[str, set[str]] = {"BUY": set(), "SELL": set()}
    for minute in range(1, 360, 5):
        now_ns = when("09:01") + minute * MINUTE_NS
        exchange.advance(now_ns)
        side: Side = "BUY" if minute % 2 else "SELL"
        krx, nxt = (offer_of(side, exchange.book(SYMBOL, venue)) for venue in ("KRX", "NXT"))
        odno = sent(exchange, now_ns, Ticket(SYMBOL, side, 1, OrderType.MARKET_IOC, None, "SOR"))
        row = exchange.order(odno)
        assert row is not None
        assert row.route == "SOR"
        assert row.venue == better(side, krx, nxt)
        went[side].add(row.venue)
    exchange.advance(when("15:30"))
    assert went == {"BUY": {"KRX", "NXT"}, "SELL": {"KRX", "NXT"}}
    by_order = {fill.odno: fill.venue for fill in exchange.fills()}
    assert all(exchange.order(odno).venue == venue for odno, venue in by_order.items())  # type: ignore[union-attr]


def test_sor_sends_market_orders_to_krx_as_nxt_has_none(
    generated: GeneratedDay, when: When
) -> None:
    exchange = opened(generated)
    for minute in range(0, 300, 20):
        now_ns = when("09:10") + minute * MINUTE_NS
        odno = sent(exchange, now_ns, Ticket(SYMBOL, "BUY", 1, OrderType.MARKET, None, "SOR"))
        assert exchange.order(odno).venue == "KRX"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "symbol", "venue"),
    [
        ("08:05", SYMBOL, "NXT"),
        ("08:45", SYMBOL, "KRX"),
        ("08:55", SYMBOL, "KRX"),
        ("15:25", SYMBOL, "KRX"),
        ("15:45", SYMBOL, "NXT"),
        ("19:00", SYMBOL, "NXT"),
        ("10:00", KRX_ONLY, "KRX"),
    ],
)
def test_sor_takes_krx_unless_it_is_closed(
    generated: GeneratedDay, when: When, text: str, symbol: str, venue: Venue
) -> None:
    exchange = opened(generated)
    low_krw = generated.instruments[symbol].lower_krw
    odno = sent(exchange, when(text), Ticket(symbol, "BUY", 1, OrderType.LIMIT, low_krw, "SOR"))
    assert exchange.order(odno).venue == venue  # type: ignore[union-attr]


def test_a_change_must_name_the_route_of_its_order(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    low_krw = generated.instruments[SYMBOL].lower_krw
    ticket = Ticket(SYMBOL, "BUY", 5, OrderType.LIMIT, low_krw, "NXT")
    odno = sent(exchange, when("10:00"), ticket)
    exchange.advance(when("10:01"))
    for route in ("KRX", "SOR"):
        answer = exchange.cancel(when("10:01"), odno, route=route)
        assert isinstance(answer, Declined)
        assert answer.reason is Refusal.OTHER_VENUE
    moved = exchange.modify(when("10:01"), odno, OrderType.LIMIT, low_krw, 2, "NXT")
    assert isinstance(moved, Placed)
    assert isinstance(exchange.cancel(when("10:02"), odno), Placed)
    exchange.advance(when("10:03"))
    row = exchange.order(moved.odno)
    assert row is not None
    assert (row.venue, row.remaining) == ("NXT", 2)


def test_a_cancel_is_taken_between_nxt_sessions(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    low_krw = generated.instruments[SYMBOL].lower_krw
    odno = sent(exchange, when("08:10"), Ticket(SYMBOL, "BUY", 5, OrderType.LIMIT, low_krw, "NXT"))
    assert exchange.trading(SYMBOL, "NXT") is Trading.CONTINUOUS
    assert isinstance(exchange.cancel(when("08:55"), odno), Placed)
    assert exchange.trading(SYMBOL, "NXT") is Trading.CLOSED
    exchange.advance(when("08:56"))
    assert exchange.order(odno).state is OrderState.CANCELLED  # type: ignore[union-attr]


def test_the_united_feed_adds_both_venues(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    for text in ("08:30", "09:30", "15:00", "18:00"):
        exchange.advance(when(text))
        krx, nxt, both = (exchange.quote(SYMBOL, feed) for feed in ("KRX", "NXT", "UN"))
        assert both.cum_volume == krx.cum_volume + nxt.cum_volume
        assert both.cum_value_krw == krx.cum_value_krw + nxt.cum_value_krw
        assert both.prints == krx.prints + nxt.prints
        highs = [quote.high_krw for quote in (krx, nxt) if quote.high_krw]
        assert both.high_krw == max(highs)
        latest = max((krx, nxt), key=lambda quote: quote.at_ns if quote.prints else 0)
        assert both.last_krw == latest.last_krw
        if both.book.asks and both.book.bids:
            assert both.book.asks[0][0] > both.book.bids[0][0]
        assert list(both.book.asks) == sorted(both.book.asks)


def test_an_issue_nxt_does_not_trade_has_an_empty_quote_there(
    generated: GeneratedDay, when: When
) -> None:
    exchange = opened(generated)
    exchange.advance(when("10:00"))
    quote = exchange.quote(KRX_ONLY, "NXT")
    assert (quote.prints, quote.book.asks, quote.last_krw) == (0, (), quote.base_krw)
    assert exchange.quote(KRX_ONLY, "UN").cum_volume == exchange.quote(KRX_ONLY).cum_volume


def test_printed_gives_each_print_once(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    seen: list[Printed] = []
    last_ns = when("07:00")
    while last_ns < when("20:00"):
        now_ns = last_ns + 617 * SECOND_NS
        exchange.advance(now_ns)
        seen += exchange.printed(SYMBOL, "UN", last_ns, now_ns)
        last_ns = now_ns
    assert [p.index for p in seen] == list(range(len(exchange.tape(SYMBOL, "UN"))))


def test_the_same_calls_on_two_venues_give_the_same_bytes(
    generated: GeneratedDay, when: When
) -> None:
    def played() -> bytes:
        exchange = opened(generated)
        heard = []
        routes = ("KRX", "NXT", "SOR")
        for step in range(60):
            now_ns = when("08:00") + step * 11 * MINUTE_NS
            price = exchange.last_krw(SYMBOL)
            ticket = Ticket(SYMBOL, "BUY", 9, OrderType.LIMIT, price, routes[step % 3])
            exchange.place(now_ns, ticket)
            heard += exchange.advance(now_ns + SECOND_NS)
        return msgspec.json.encode(heard + list(exchange.advance(when("20:01"))))

    assert played() == played()


@pytest.mark.parametrize("step_min", [1, 7, 30])
def test_a_stop_that_rests_on_nxt_meets_each_later_print_once(
    generated: GeneratedDay, when: When, step_min: int
) -> None:
    def played(step_ns: int) -> list[tuple[int, int, int]]:
        exchange = opened(generated, cash_krw=10**14)
        now_ns = when("09:05")
        exchange.advance(now_ns)
        last_krw = exchange.quote(SYMBOL, "NXT").last_krw
        for ticks in (1, 2, 3, -1):
            price = last_krw + ticks * tick_krw(last_krw)
            ticket = Ticket(SYMBOL, "BUY", 10**8, OrderType.STOP_LIMIT, price, "NXT", price)
            sent(exchange, now_ns, ticket)
        while now_ns < when("15:20"):
            now_ns += step_ns
            exchange.advance(now_ns)
        return [(fill.at_ns, fill.shares, fill.price_krw) for fill in exchange.fills()]

    assert played(step_min * MINUTE_NS) == played(375 * MINUTE_NS) != []


def test_the_clock_may_run_on_into_the_night(generated: GeneratedDay, when: When) -> None:
    exchange = opened(generated)
    exchange.advance(when("20:00"))
    night_ns = when("20:00") + 10 * 60 * MINUTE_NS  # six in the morning
    assert list(exchange.advance(night_ns)) == []
    price = exchange.last_krw(SYMBOL)
    for route in ("KRX", "NXT", "SOR"):
        answer = exchange.place(night_ns, Ticket(SYMBOL, "BUY", 1, OrderType.LIMIT, price, route))
        assert isinstance(answer, Declined)
        assert answer.reason is Refusal.AFTER_CLOSE
    assert exchange.quote(SYMBOL, "UN").last_krw == int(exchange.tape(SYMBOL, "UN").price_krw[-1])
    assert exchange.trading(SYMBOL) is exchange.trading(SYMBOL, "NXT") is Trading.CLOSED
