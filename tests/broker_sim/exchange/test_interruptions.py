"""What stops the market: who may order meanwhile, and where the prints go."""

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.happenings import Expired, Printed
from broker_sim.exchange.interruptions import (
    CircuitBreaker,
    Delisting,
    Halt,
    Interruption,
    LimitLock,
    Sidecar,
    Vi,
)
from broker_sim.exchange.orders import Declined, OrderState, Placed, Refusal, Ticket
from broker_sim.exchange.venue import Trading
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns
from kis_core.wire.account import OrderType

Play = Callable[..., Exchange]
At = Callable[[str], int]
SAMSUNG = "005930"
HELD = (OpeningHolding(SAMSUNG, 100, 9_500.0),)
SYMBOL, KOSDAQ = "000270", "247540"
STEADY = ((0.5, 10_000, 5_000, 0), *((60.0 * n, 10_000 + n % 3 * 10, 100, 1) for n in range(1, 60)))


def order(side: str = "BUY", limit_krw: int | None = 10_000, **more: object) -> Ticket:
    kind = more.pop("kind", OrderType.LIMIT if limit_krw else OrderType.MARKET)
    return Ticket(SAMSUNG, side, int(str(more.pop("shares", 5))), kind, limit_krw, **more)


def reason(answer: Placed | Declined) -> Refusal | None:
    return answer.reason if isinstance(answer, Declined) else None


def between(exchange: Exchange, symbol: str, first_ns: int, end_ns: int) -> list[int]:
    at_ns = exchange.tape(symbol).at_ns
    return at_ns[(at_ns >= first_ns) & (at_ns < end_ns)].tolist()


def volume(exchange: Exchange, symbol: str = SAMSUNG) -> int:
    return int(exchange.tape(symbol).volume.sum())


# Volatility interruptions


def test_a_vi_withholds_prints_and_makes_them_one(play: Play, at: At) -> None:
    plain = play(*STEADY)
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), Vi(SAMSUNG))])
    (vi,) = exchange.interruptions
    assert 120 * SECOND_NS <= vi.end_ns - vi.start_ns <= 150 * SECOND_NS
    assert between(exchange, SAMSUNG, vi.start_ns, vi.end_ns) == []
    heard = [h for h in exchange.advance(at("15:40:00")) if isinstance(h, Printed)]
    (merged,) = [p for p in heard if p.auction and p.index]
    withheld = [p for p in STEADY if vi.start_ns <= at("09:00:00") + p[0] * 10**9 < vi.end_ns]
    assert (merged.at_ns, merged.volume) == (vi.end_ns, 100 * len(withheld))
    assert merged.price_krw == withheld[-1][1]
    assert volume(exchange) == volume(plain)
    assert exchange.quote(SAMSUNG).cum_volume == volume(plain)


def test_a_vi_takes_limit_and_market_orders_for_its_auction(play: Play, at: At) -> None:
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), Vi(SAMSUNG))], holdings=HELD)
    resting = exchange.place(at("09:09:30"), order(limit_krw=9_900))
    during = at("09:11:00")
    exchange.advance(during)
    assert exchange.trading(SAMSUNG) is Trading.AUCTION
    assert exchange.book(SAMSUNG).in_auction
    assert exchange.interruptions.vi(SAMSUNG, during) is not None
    assert reason(exchange.place(during, order(kind=OrderType.LIMIT_IOC))) is Refusal.TYPE_NOW
    assert reason(exchange.place(during, order(kind=OrderType.BEST_LIMIT))) is Refusal.TYPE_NOW
    bought = exchange.place(during, order(limit_krw=10_100))
    sold = exchange.place(during, order("SELL", None))
    assert isinstance(bought, Placed)
    assert isinstance(sold, Placed)
    assert isinstance(resting, Placed)
    exchange.advance(at("09:12:00") - 1)
    assert exchange.fills() == []
    exchange.advance(at("09:13:00"))
    (vi,) = exchange.interruptions
    assert {f.odno for f in exchange.fills()} == {bought.odno, sold.odno}
    assert {f.at_ns for f in exchange.fills()} == {vi.end_ns}
    assert len({f.price_krw for f in exchange.fills()}) == 1
    assert exchange.trading(SAMSUNG) is Trading.CONTINUOUS
    assert exchange.interruptions.vi(SAMSUNG, at("09:13:00")) is None


def test_a_vi_on_krx_leaves_nxt_alone(generated: GeneratedDay) -> None:
    start_ns = instant_ns(generated.date, dt.time(10))
    rules = AccountRules(10**9, 140)
    plain = Exchange(generated, rules, 1)
    vi = Exchange(generated, rules, 1, [(start_ns, Vi(SYMBOL))])
    vi.advance(start_ns + MINUTE_NS)
    assert (vi.trading(SYMBOL), vi.trading(SYMBOL, "NXT")) == (
        Trading.AUCTION,
        Trading.CONTINUOUS,
    )
    assert np.array_equal(vi.tape(SYMBOL, "NXT").at_ns, plain.tape(SYMBOL, "NXT").at_ns)
    on_nxt = Exchange(generated, rules, 1, [(start_ns, Vi(SYMBOL, "dynamic", "NXT"))])
    on_nxt.advance(start_ns + MINUTE_NS)
    assert on_nxt.trading(SYMBOL, "NXT") is Trading.AUCTION
    assert np.array_equal(on_nxt.tape(SYMBOL).at_ns, plain.tape(SYMBOL).at_ns)
    assert on_nxt.tape(SYMBOL, "NXT").volume.sum() == plain.tape(SYMBOL, "NXT").volume.sum()
    assert [one.what.venue for one in on_nxt.interruptions.vis(start_ns, "NXT")] == ["NXT"]


def test_a_vi_in_the_closing_auction_puts_it_off_two_minutes(play: Play, at: At) -> None:
    closing = (6.5 * 3600, 10_050, 1_000, 0)
    exchange = play(*STEADY, closing, interruptions=[(at("15:25:00"), Vi(SAMSUNG))])
    odno = exchange.place(at("15:21:00"), order(limit_krw=10_100))
    exchange.advance(at("15:40:00"))
    (fill,) = exchange.fills()
    assert isinstance(odno, Placed)
    assert (fill.at_ns, fill.price_krw) == (at("15:32:00"), 10_050)
    assert exchange.close_krw(SAMSUNG) == 10_050


def test_a_vi_in_the_opening_auction_puts_the_open_off(play: Play, at: At) -> None:
    exchange = play(*STEADY, interruptions=[(at("08:59:30"), Vi(SAMSUNG))])
    odno = exchange.place(at("08:50:00"), order(limit_krw=10_100))
    assert isinstance(odno, Placed)
    assert exchange.advance(at("09:01:59")) != []  # our order's news, and no print
    assert exchange.quote(SAMSUNG).prints == 0
    assert exchange.trading(SAMSUNG) is Trading.AUCTION
    assert reason(exchange.place(at("09:01:00"), order(kind=OrderType.BEST_LIMIT)))
    exchange.advance(at("09:02:00"))
    (fill,) = exchange.fills()
    assert (fill.odno, fill.at_ns) == (odno.odno, at("09:02:00"))
    assert exchange.quote(SAMSUNG).open_krw == fill.price_krw
    assert exchange.quote(SAMSUNG).cum_volume == 5_200  # with the prints of 09:01 and 09:02


def test_a_vi_that_runs_into_the_closing_auction_joins_it(play: Play, at: At) -> None:
    late = ((379 * 60.0 + second, 10_000, 10, 1) for second in range(0, 60, 10))
    closing = (6.5 * 3600, 10_050, 1_000, 0)
    exchange = play(STEADY[0], *late, closing, interruptions=[(at("15:19:00"), Vi(SAMSUNG))])
    assert exchange.tape(SAMSUNG).volume.tolist() == [5_000, 1_060]
    assert exchange.tape(SAMSUNG).at_ns.tolist()[-1] == at("15:30:00")


def test_a_list_of_vis_says_what_set_them_off(play: Play, at: At) -> None:
    script = [(at("09:10:00"), Vi(SAMSUNG)), (at("09:30:00"), Vi(SAMSUNG, "dynamic"))]
    exchange = play(*STEADY, interruptions=script)
    exchange.advance(at("09:09:59"))
    assert exchange.vis() == []
    exchange.advance(at("09:31:00"))
    first, second = exchange.vis()
    assert (first.kind, first.price_krw, first.reference_krw) == ("static", 10_000, 10_000)
    assert (second.kind, second.price_krw, second.reference_krw) == ("dynamic", 10_020, 10_010)
    assert first.end_ns is not None
    assert second.end_ns is None


# Halts


def test_a_halted_issue_takes_cancels_only_on_both_venues(play: Play, at: At) -> None:
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), Halt(SAMSUNG, lasts_s=600))])
    working = exchange.place(at("09:09:00"), order(limit_krw=9_500))
    during = at("09:15:00")
    exchange.advance(during)
    assert isinstance(working, Placed)
    assert exchange.trading(SAMSUNG) is exchange.trading(SAMSUNG, "NXT") is Trading.HALTED
    assert reason(exchange.place(during, order())) is Refusal.HALTED
    assert reason(exchange.place(during, order(route="NXT"))) is Refusal.HALTED
    moved = exchange.modify(during, working.odno, OrderType.LIMIT, 9_600)
    assert reason(moved) is Refusal.HALTED
    assert reason(exchange.cancel(during, working.odno)) is None
    assert exchange.interruptions.halt(SAMSUNG, during) is not None
    exchange.advance(at("09:21:00"))
    assert exchange.trading(SAMSUNG) is Trading.AUCTION
    assert exchange.interruptions.halt(SAMSUNG, at("09:21:00")) is None
    assert between(exchange, SAMSUNG, at("09:10:00"), at("09:30:00")) == []
    exchange.advance(at("09:30:00"))
    assert exchange.trading(SAMSUNG) is Trading.CONTINUOUS
    assert volume(exchange) == 5_000 + 59 * 100


def test_a_halt_for_the_day_loses_what_was_to_print(play: Play, at: At) -> None:
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), Halt(SAMSUNG))])
    odno = exchange.place(at("09:09:00"), order(limit_krw=9_500))
    heard = exchange.advance(at("20:00:00"))
    assert isinstance(odno, Placed)
    assert [h.odno for h in heard if isinstance(h, Expired)] == [odno.odno]
    assert volume(exchange) == 5_000 + 9 * 100
    nxt = exchange.tape(SAMSUNG, "NXT").at_ns
    assert nxt.max() < at("09:10:00")
    bars = exchange.day.minute_bars(SAMSUNG, exchange.day.date)
    assert sum(bar.volume for bar in bars) == volume(exchange)


# The whole market


def test_a_circuit_breaker_stops_its_market_for_half_an_hour(generated: GeneratedDay) -> None:
    day = GeneratedDay(generated.date, 7)
    start_ns = instant_ns(day.date, dt.time(10))
    rules = AccountRules(10**10, 140)
    exchange = Exchange(day, rules, 1, [(start_ns, CircuitBreaker("KOSPI"))])
    low = day.instruments[SYMBOL].lower_krw
    working = exchange.place(start_ns - SECOND_NS, Ticket(SYMBOL, "BUY", 1, OrderType.LIMIT, low))
    halted_ns = start_ns + 10 * MINUTE_NS
    exchange.advance(halted_ns)
    assert isinstance(working, Placed)
    assert exchange.trading(SYMBOL) is exchange.trading(SYMBOL, "NXT") is Trading.HALTED
    assert exchange.trading(KOSDAQ) is Trading.CONTINUOUS
    ticket = Ticket(SYMBOL, "BUY", 1, OrderType.LIMIT, low)
    assert reason(exchange.place(halted_ns, ticket)) is Refusal.HALTED
    assert reason(exchange.cancel(halted_ns, working.odno)) is None
    auction_ns = start_ns + 25 * MINUTE_NS
    exchange.advance(auction_ns)
    assert exchange.trading(SYMBOL) is Trading.AUCTION
    assert reason(exchange.place(auction_ns, ticket)) is None
    end_ns = start_ns + 30 * MINUTE_NS
    plain = Exchange(day, rules, 1)
    for symbol, instrument in day.instruments.items():
        inside = between(exchange, symbol, start_ns, end_ns)
        if instrument.market == "KOSPI":
            assert inside == []
            assert volume(exchange, symbol) == volume(plain, symbol)
            assert end_ns in exchange.tape(symbol).at_ns.tolist()
        else:
            assert inside == between(plain, symbol, start_ns, end_ns) != []


def test_stage_three_closes_the_day_cancels_and_all(play: Play, at: At) -> None:
    breaker = CircuitBreaker(stage=3)
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), breaker)])
    working = exchange.place(at("09:09:00"), order(limit_krw=9_500))
    during = at("09:15:00")
    exchange.advance(during)
    assert isinstance(working, Placed)
    assert exchange.trading(SAMSUNG) is Trading.CLOSED
    assert reason(exchange.place(during, order())) is Refusal.AFTER_CLOSE
    assert reason(exchange.cancel(during, working.odno)) is Refusal.AFTER_CLOSE
    heard = exchange.advance(at("20:00:00"))
    assert not [h for h in heard if isinstance(h, Printed)]
    assert [h.odno for h in heard if isinstance(h, Expired)] == [working.odno]


def test_a_sidecar_is_told_and_no_more(play: Play, at: At) -> None:
    plain = play(*STEADY)
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), Sidecar("SELL"))])
    assert exchange.trading(SAMSUNG) is plain.trading(SAMSUNG)
    assert np.array_equal(exchange.tape(SAMSUNG).at_ns, plain.tape(SAMSUNG).at_ns)
    told = exchange.operations(SAMSUNG, "KRX", at("09:05:00"), at("09:30:00"))
    assert [(one.at_ns, one.code) for one in told] == [
        (at("09:10:00"), "387"),
        (at("09:15:00"), "388"),
    ]


# Locks and delistings


@pytest.mark.parametrize(
    ("side", "limit_krw", "stuck", "free"),
    [("upper", 13_000, "BUY", "SELL"), ("lower", 7_000, "SELL", "BUY")],
)
def test_at_a_locked_limit_one_side_queues_in_vain(
    play: Play, at: At, side: str, limit_krw: int, stuck: str, free: str
) -> None:
    lock = LimitLock(SAMSUNG, side, lasts_s=1_200)
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), lock)], holdings=HELD)
    exchange.advance(at("09:15:00"))
    book = exchange.book(SAMSUNG)
    empty, full = (book.asks, book.bids) if stuck == "BUY" else (book.bids, book.asks)
    assert empty == ()
    assert full[0][0] == exchange.quote(SAMSUNG).last_krw == limit_krw
    queued = exchange.place(at("09:15:00"), order(stuck, limit_krw))
    at_market = exchange.place(at("09:15:00"), order(stuck, None))
    taken = exchange.place(at("09:15:00"), order(free, limit_krw))
    exchange.advance(at("09:29:00"))
    assert isinstance(queued, Placed)
    assert isinstance(taken, Placed)
    assert isinstance(at_market, Placed)
    assert {(f.odno, f.price_krw) for f in exchange.fills()} == {(taken.odno, limit_krw)}
    assert exchange.order(queued.odno).state is OrderState.WORKING  # type: ignore[union-attr]
    assert volume(exchange) == 5_000 + 59 * 100
    exchange.advance(at("09:35:00"))
    assert exchange.book(SAMSUNG).asks
    assert exchange.book(SAMSUNG).bids
    assert exchange.quote(SAMSUNG).last_krw < 10_100
    exchange.advance(at("09:59:00"))
    later = [fill for fill in exchange.fills() if fill.odno == queued.odno]
    assert sum(fill.shares for fill in later) == 5  # at what the market pays by then
    assert all(10_000 <= fill.price_krw <= 10_020 for fill in later)


def test_a_delisted_issue_ceases_to_exist(play: Play, at: At) -> None:
    exchange = play(*STEADY, interruptions=[(at("09:10:00"), Delisting(SAMSUNG))], holdings=HELD)
    working = exchange.place(at("09:09:00"), order(limit_krw=9_500))
    heard = exchange.advance(at("09:10:00"))
    assert isinstance(working, Placed)
    assert [h.odno for h in heard if isinstance(h, Expired)] == [working.odno]
    assert exchange.instrument(SAMSUNG) is None
    assert reason(exchange.place(at("09:11:00"), order())) is Refusal.UNKNOWN_ISSUE
    assert (exchange.book(SAMSUNG).asks, exchange.book(SAMSUNG).bids) == ((), ())
    assert between(exchange, SAMSUNG, at("09:10:00"), at("20:00:00")) == []
    assert exchange.holdings()[0].shares == 100
    assert exchange.cash().reserved_krw == 0


def test_only_issues_that_exist_are_interrupted(play: Play, at: At) -> None:
    with pytest.raises(KeyError):
        play().interrupt(at("09:10:00"), Vi("999999"))


# Live, told, and sound

KINDS: tuple[Callable[[str], Interruption], ...] = (
    Vi,
    lambda symbol: Vi(symbol, "dynamic", "NXT"),
    lambda symbol: Halt(symbol, 300, 60),
    lambda symbol: CircuitBreaker("KOSPI"),
    lambda symbol: LimitLock(symbol, "upper", 600),
    Delisting,
    lambda symbol: Halt(symbol),
)


@pytest.mark.parametrize("kind", KINDS, ids=["vi", "nxt vi", "halt", "cb", "lock", "gone", "out"])
def test_an_interruption_may_come_live_and_leaves_the_past_alone(
    generated: GeneratedDay, kind: Callable[[str], Interruption]
) -> None:
    rules = AccountRules(10**9, 140)
    start_ns = instant_ns(generated.date, dt.time(11, 7, 3))
    scripted = Exchange(generated, rules, 1, [(start_ns, kind(SYMBOL))])
    live = Exchange(generated, rules, 1)
    before = list(live.advance(start_ns - SECOND_NS))
    ticket = Ticket(SYMBOL, "BUY", 10**4, OrderType.LIMIT, live.last_krw(SYMBOL), "NXT")
    for exchange in (scripted, live):
        exchange.place(start_ns - SECOND_NS, ticket)
    assert live.interrupt(start_ns, kind(SYMBOL)) == next(iter(scripted.interruptions))
    end_ns = instant_ns(generated.date, dt.time(20, 1))
    heard = [*before, *live.advance(end_ns)]
    assert msgspec.json.encode(heard) == msgspec.json.encode(list(scripted.advance(end_ns)))


def test_an_interruption_in_the_past_begins_now(generated: GeneratedDay) -> None:
    exchange = Exchange(generated, AccountRules(10**9, 140), 1)
    now_ns = instant_ns(generated.date, dt.time(11))
    heard = list(exchange.advance(now_ns))
    timed = exchange.interrupt(now_ns - MINUTE_NS, Vi(SYMBOL))
    assert timed.start_ns == now_ns + 1
    heard += exchange.advance(exchange.venue.expiry_ns)
    prints = [h for h in heard if isinstance(h, Printed) and h.symbol == SYMBOL]
    assert [p.index for p in prints] == list(range(len(prints)))
    assert prints[-1].cum_volume == int(generated.prints(SYMBOL).volume.sum())


def test_a_venue_announces_its_sessions_and_interruptions(play: Play, at: At) -> None:
    script: Sequence[tuple[int, Interruption]] = [
        (at("10:00:00"), CircuitBreaker()),
        (at("11:00:00"), Halt(SAMSUNG, 60, 60, "조회공시")),
        (at("13:00:00"), Vi(SAMSUNG)),
    ]
    exchange = play(*STEADY, interruptions=script)
    told = exchange.operations(SAMSUNG, "KRX", at("08:00:00"), at("20:00:00"))
    codes = [one.code for one in told if one.code]
    assert codes == [
        *("110", "130", "139", "112", "174", "175", "185", "164"),
        *("121", "129", "140", "146", "149", "150", "159"),
    ]
    halted = [one for one in told if one.halted]
    assert [(one.code, one.reason) for one in halted] == [
        ("174", "서킷브레이크"),
        ("164", "조회공시"),
    ]
    assert [one.at_ns for one in told if one.in_vi] == [at("13:00:00")]
    nxt = exchange.operations(SAMSUNG, "NXT", at("07:00:00"), at("09:30:00"))
    assert [(one.at_ns, one.code) for one in nxt] == [
        (at("08:00:00"), "112"),
        (at("08:50:00"), "129"),
        (at("09:00:30"), "112"),
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 350 * 60), st.sampled_from(KINDS[:5]), st.integers(0, 5)),
        max_size=4,
    )
)
def test_interruptions_that_end_lose_no_share(
    generated: GeneratedDay, script: list[tuple[int, Callable[[str], Interruption], int]]
) -> None:
    symbols = list(generated.instruments)
    plain = Exchange(generated, AccountRules(10**9, 140), 3)
    open_ns = plain.venue.open_ns
    exchange = Exchange(
        generated,
        AccountRules(10**9, 140),
        3,
        [(open_ns + second * SECOND_NS, kind(symbols[n])) for second, kind, n in script],
    )
    heard = [h for h in exchange.advance(exchange.venue.expiry_ns) if isinstance(h, Printed)]
    assert [p.at_ns for p in heard] == sorted(p.at_ns for p in heard)
    for symbol in symbols:
        tape, whole = exchange.tape(symbol), plain.tape(symbol)
        assert int(tape.volume.sum()) == int(whole.volume.sum())
        own = [p for p in heard if p.symbol == symbol]
        assert own[-1].cum_volume == int(whole.volume.sum())
        bars = exchange.day.minute_bars(symbol, generated.date)
        assert sum(bar.volume for bar in bars) == own[-1].cum_volume
        for one in exchange.interruptions.of(symbol):
            if isinstance(one.what, Vi | Halt | CircuitBreaker):
                inside = (tape.at_ns >= one.start_ns) & (tape.at_ns < one.end_ns)
                assert not inside.any()
