"""The derivatives market: it follows its index, agrees with itself and tells nothing early."""

import datetime as dt
import math
from itertools import pairwise

import numpy as np
import pytest

from broker_sim.exchange.derivatives.candles import candles, day_candles, grouped
from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.market import Market, market_of
from broker_sim.exchange.derivatives.surface import CARRY, RATE
from broker_sim.exchange.generated_day import GeneratedDay
from kis_core.market.instants import DAY_NS, MINUTE_NS, SECOND_NS, instant_ns
from tests.broker_sim.indexed_day import IndexedDay
from tests.broker_sim.kis.conftest import DATE, TinyDay, at

FRONT, MONTH = "101W09", "202509"


@pytest.fixture(scope="module")
def market() -> Market:
    found = market_of(IndexedDay(), 7)
    assert found is not None
    return found


def chain(
    market: Market, kind: str, family: str = "KOSPI200", month: str = MONTH
) -> list[Contract]:
    return [
        contract
        for contract in market.contracts.values()
        if (contract.kind, contract.product.family, contract.month) == (kind, family, month)
    ]


def middle(market: Market, contract: Contract, at_ns: int, night: bool = False) -> float:
    return float(market.prices.fair(contract, np.array([at_ns]))[0])


def test_a_day_without_a_kospi200_has_no_derivatives() -> None:
    assert market_of(TinyDay(), 7) is None


def test_a_generated_day_has_derivatives_too() -> None:
    day = GeneratedDay(DATE, 3, 12)
    market = market_of(day, 3)
    assert market is not None
    level = day.index_level("2001", at("11:00:00"))
    assert level is not None
    quote = market.quote(market.front("2001").code, at("11:00:00"))
    assert quote.last_h / 100 == pytest.approx(float(level.level_pt), rel=0.005)


@pytest.mark.parametrize("clock", ["09:30:00", "11:11:11", "15:29:59"])
def test_futures_follow_the_index_with_carry(market: Market, clock: str) -> None:
    for contract in market.contracts.values():
        if contract.is_option:
            continue
        index = market.prices.index_pt(contract.product.underlying, at(clock))
        years = (contract.expiry - DATE).days / 365
        assert middle(market, contract, at(clock)) == pytest.approx(
            index * math.exp(CARRY * years), rel=0.004
        )
        quote = market.quote(contract.code, at(clock))
        assert quote.last_h % contract.product.tick_h(quote.last_h) == 0
        assert quote.bid_h < quote.ask_h


@pytest.mark.parametrize("family", ["KOSPI200", "MINI", "THURSDAY", "MONDAY"])
def test_quotes_of_calls_and_puts_keep_parity_within_their_spreads(
    market: Market, family: str
) -> None:
    now = at("10:30:00")
    month = next(
        c.month for c in market.contracts.values() if c.is_option and c.product.family == family
    )
    calls, puts = chain(market, "call", family, month), chain(market, "put", family, month)
    assert len(calls) == len(puts) > 30
    spot = middle(market, market.front("2001"), now) / math.exp(
        CARRY * (market.prices.end_ns(market.front("2001")) - now) / 1e9 / 86_400 / 365
    )
    for call, put in zip(calls, puts, strict=True):
        years = (market.prices.end_ns(call) - now) / 1e9 / 86_400 / 365
        parity = math.exp(-RATE * years) * (spot * math.exp(CARRY * years) - call.strike_h / 100)
        one, other = market.quote(call.code, now), market.quote(put.code, now)
        if not (one.bid_h and one.ask_h and other.bid_h and other.ask_h):
            continue
        assert (one.bid_h - other.ask_h) / 100 <= parity + 1e-6
        assert (one.ask_h - other.bid_h) / 100 >= parity - 1e-6


def test_calls_fall_and_puts_rise_with_the_strike(market: Market) -> None:
    now = at("13:00:00")
    for kind, step in (("call", -1), ("put", 1)):
        quotes = [market.quote(c.code, now) for c in chain(market, kind)]
        for figures in ([q.bid_h for q in quotes], [q.ask_h or 10**9 for q in quotes]):
            assert all((b - a) * step >= 0 for a, b in pairwise(figures))
        fair = [middle(market, c, now) for c in chain(market, kind)]
        assert all((b - a) * step > -1e-9 for a, b in pairwise(fair))


@pytest.mark.parametrize("clock", ["08:45:30", "09:05:00", "11:31:17", "14:02:40", "15:50:00"])
def test_last_prices_of_a_chain_stay_in_the_order_of_its_strikes(
    market: Market, clock: str
) -> None:
    for family in ("KOSPI200", "MINI", "THURSDAY", "MONDAY"):
        for kind, step in (("call", -1), ("put", 1)):
            nearest = [c for c in market.contracts.values() if c.product.family == family]
            sides = [c for c in nearest if c.kind == kind and c.rank == 0]
            lasts = [market.quote(c.code, at(clock)).last_h for c in sides]
            assert all((b - a) * step >= 0 for a, b in pairwise(lasts)), (family, kind)


def test_an_option_is_never_worth_less_for_lasting_longer(market: Market) -> None:
    now = at("13:00:00")
    for kind in ("call", "put"):
        near = {c.strike_h: c for c in chain(market, kind)}
        for contract in chain(market, kind, month="202510"):
            if contract.strike_h in near and kind == "call":
                early = middle(market, near[contract.strike_h], now)
                assert middle(market, contract, now) > early - 0.01


@pytest.mark.parametrize("code", [FRONT, "105W09", "106W09", "201W09430", "301W09420", "209E7W430"])
def test_quote_prints_and_candles_tell_one_story(market: Market, code: str) -> None:
    contract = market.contracts[code]
    now = at("14:00:30")
    quote, tape = market.quote(code, now), market.tape(contract, night=False)
    count = tape.count_at(now)
    assert quote.prints == count > 20
    prices = tape.price_h[:count]
    assert (quote.open_h, quote.last_h) == (prices[0], prices[-1])
    assert (quote.high_h, quote.low_h) == (prices.max(), prices.min())
    assert quote.quantity == tape.quantity[:count].sum()
    worth = contract.product.multiplier_krw // 100 * int((prices * tape.quantity[:count]).sum())
    assert quote.value_krw == worth
    minutes = candles(market, contract, night=False, seconds=60, until_ns=now)
    assert minutes[0].open_h == quote.open_h
    assert minutes[-1].close_h == quote.last_h
    assert max(c.high_h for c in minutes) == quote.high_h
    assert sum(c.quantity for c in minutes) == quote.quantity
    assert sum(c.value_krw for c in minutes) == quote.value_krw
    limits = quote.limits
    assert limits.lower_h <= quote.low_h <= quote.high_h <= limits.upper_h
    ticks = [contract.product.tick_h(int(price)) for price in prices]
    assert all(int(p) % t == 0 for p, t in zip(prices, ticks, strict=True))


def test_a_print_happens_at_the_quote_of_its_second(market: Market) -> None:
    contract = market.contracts[FRONT]
    tape = market.tape(contract, night=False)
    bid, ask = market.best(contract, False, tape.at_ns)
    inside = tape.aggressor != 0
    expected = np.where(tape.aggressor > 0, ask, bid)
    assert (tape.price_h[inside] == expected[inside]).all()
    assert tape.aggressor[0] == tape.aggressor[-1] == 0
    assert tape.at_ns[0] == at("08:45:00")
    assert tape.at_ns[-1] == at("15:45:00")


def test_the_book_has_five_levels_around_the_best_and_is_the_same_when_asked_again(
    market: Market,
) -> None:
    for code in (FRONT, "201W09430"):
        book, quote = market.book(code, at("10:00:00")), market.quote(code, at("10:00:00"))
        assert (book.asks[0].price_h, book.bids[0].price_h) == (quote.ask_h, quote.bid_h)
        assert [len(book.asks), len(book.bids)] == [5, 5]
        tick = market.contracts[code].product.tick_h(quote.last_h)
        steps = {b.price_h - a.price_h for a, b in zip(book.asks, book.asks[1:], strict=False)}
        assert steps == {tick}
        assert market.book(code, at("10:00:00")) == book
    assert market.book(FRONT, at("08:40:00")).expected_h > 0
    assert market.book(FRONT, at("10:00:00")).expected_h == 0
    assert market.book(FRONT, at("16:00:00")).asks == ()


def test_the_worthless_have_no_bid_and_an_ask_of_a_tick(market: Market) -> None:
    far = max(chain(market, "call"), key=lambda contract: contract.strike_h)
    quote = market.quote(far.code, at("11:00:00"))
    assert (quote.bid_h, quote.ask_h, quote.limits.lower_h) == (0, 1, 1)


def test_another_afternoon_changes_nothing_of_the_morning() -> None:
    """What the index does after 11:00 shows in no print, quote or candle of before."""

    class Turned(IndexedDay):
        turn = 120

    one, other = market_of(IndexedDay(), 7), market_of(Turned(), 7)
    assert one is not None
    assert other is not None
    noon = at("11:00:59")
    for code in (FRONT, "106W09", "201W09430", "301W10410"):
        contract = one.contracts[code]
        here, there = one.tape(contract, night=False), other.tape(contract, night=False)
        count = here.count_at(noon)
        assert (here.price_h[:count] == there.price_h[:count]).all()
        assert (here.at_ns == there.at_ns).all()
        assert not (here.price_h[count:] == there.price_h[count:]).all()
        for clock in ("08:50:00", "09:00:03", "10:59:59"):
            assert one.quote(code, at(clock)) == other.quote(code, at(clock))
            assert one.book(code, at(clock)) == other.book(code, at(clock))


def test_the_same_seed_is_the_same_market_and_another_is_not(market: Market) -> None:
    again, other = market_of(IndexedDay(), 7), market_of(IndexedDay(), 8)
    assert again is not None
    assert other is not None
    now = at("12:00:00")
    assert again.quote("201W09430", now) == market.quote("201W09430", now)
    assert other.quote("201W09430", now) != market.quote("201W09430", now)


def test_before_the_open_the_base_is_shown_and_nothing_was_traded(market: Market) -> None:
    quote = market.quote(FRONT, at("08:20:00"))
    assert (quote.last_h, quote.quantity, quote.open_h) == (quote.limits.base_h, 0, 0)
    assert quote.limits.base_h == 42_835  # 428.15 with eight days of carry, on the tick


def test_limits_are_eight_percent_and_an_option_s_come_from_the_index_s(market: Market) -> None:
    limits = market.limits(market.contracts[FRONT], night=False)
    assert limits.upper_h == pytest.approx(limits.base_h * 1.08, abs=5)
    assert limits.lower_h == pytest.approx(limits.base_h * 0.92, abs=5)
    call = market.limits(market.contracts["201W09430"], night=False)
    assert call.lower_h < call.base_h < call.upper_h
    assert call.upper_h == pytest.approx((428.15 * 1.08 - 430) * 100, rel=0.05)


def test_the_night_goes_on_from_the_day_s_close(market: Market) -> None:
    night_open, later = at("18:00:00"), at("18:00:00") + 7 * 3600 * SECOND_NS
    day = market.quote(FRONT, at("15:45:00"))
    for code in (FRONT, "201W09430"):
        closed = market.quote(code, at("17:00:00"))
        opened, quote = market.quote(code, night_open, True), market.quote(code, later, True)
        assert opened.limits.base_h == closed.last_h
        assert opened.open_interest - opened.open_interest_change == closed.open_interest
        assert abs(opened.last_h - closed.last_h) <= max(closed.last_h // 100, 10)
        assert quote.prints > 5
        assert market.quote(code, later).last_h == closed.last_h  # the day's quote stands still
    assert market.quote(FRONT, later, True).last_h != day.last_h
    ended = market.quote(FRONT, at("18:00:00") + DAY_NS, True)
    assert ended.at_ns == at("06:00:00") + DAY_NS
    bars = candles(market, market.contracts[FRONT], True, 60, later)
    assert bars[0].start_ns == night_open
    assert bars[-1].start_ns // MINUTE_NS * MINUTE_NS == bars[-1].start_ns


def test_days_follow_the_index_and_gather_into_weeks_and_months(market: Market) -> None:
    contract = market.contracts["101W12"]
    first, last = DATE - dt.timedelta(days=60), DATE
    days = day_candles(market, contract, first, last, at("11:00:00"))
    assert days[-1].date == DATE
    assert days[-1].close_h == market.quote("101W12", at("11:00:00")).last_h
    assert all(
        d.low_h <= min(d.open_h, d.close_h) <= max(d.open_h, d.close_h) <= d.high_h for d in days
    )
    index = {row.date: float(row.close_pt) for row in market.prices.index_days("2001", first, last)}
    for day in days[:-1]:
        close = index[day.date.isoformat()]
        assert day.close_h / 100 == pytest.approx(close, rel=0.01)
        assert day.close_h / 100 > close
    for span, fewest in (("W", 8), ("M", 2), ("Y", 1)):
        rows = grouped(days, span)  # type: ignore[arg-type]
        assert len(rows) >= fewest
        assert sum(row.quantity for row in rows) == sum(day.quantity for day in days)
        assert rows[0].open_h == days[0].open_h
        assert rows[-1].close_h == days[-1].close_h


def test_an_expiring_contract_ends_at_1520_with_nothing_left_but_what_it_pays() -> None:
    class ExpiryDay(IndexedDay):
        date = dt.date(2025, 9, 11)

    market = market_of(ExpiryDay(), 7)
    assert market is not None
    end_ns = instant_ns(dt.date(2025, 9, 11), dt.time(15, 20))
    contract = market.contracts[FRONT]
    assert contract.expiry == dt.date(2025, 9, 11)
    assert market.tape(contract, night=False).at_ns[-1] < end_ns
    assert market.quote(FRONT, end_ns).ask_h == 0
    assert market.session(contract, night=True) is None
    spot = middle(market, contract, end_ns)
    for option in chain(market, "call"):
        paid = max(spot - option.strike_h / 100, 0.0)
        assert middle(market, option, end_ns) == pytest.approx(paid, abs=1e-6)
