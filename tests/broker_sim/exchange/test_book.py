"""The book: ten levels on the grid, the same for the same question."""

import pytest

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from kis_core.market.instants import MINUTE_NS
from kis_core.market.ticks import ticks_above, ticks_below


def opened(day: GeneratedDay, minutes: int, seed: int = 3) -> Exchange:
    exchange = Exchange(day, AccountRules(10**9, 140), seed)
    exchange.advance(exchange.venue.open_ns + minutes * MINUTE_NS)
    return exchange


@pytest.mark.parametrize("minutes", [-5, 1, 30, 385, 400])
def test_levels_are_a_tick_apart_and_never_crossed(generated: GeneratedDay, minutes: int) -> None:
    exchange = opened(generated, minutes)
    for symbol in generated.instruments:
        book = exchange.book(symbol)
        asks, bids = [p for p, _ in book.asks], [p for p, _ in book.bids]
        assert len(asks) == len(bids) == 10
        assert asks == [ticks_above(asks[0], n) if n else asks[0] for n in range(10)]
        assert bids == [ticks_below(bids[0], n) if n else bids[0] for n in range(10)]
        assert asks[0] == ticks_above(bids[0], 1)
        assert all(shares > 0 for _, shares in (*book.asks, *book.bids))


def test_asking_twice_changes_nothing(generated: GeneratedDay) -> None:
    one, other = opened(generated, 30), opened(generated, 30)
    for symbol in generated.instruments:
        assert one.book(symbol) == one.book(symbol) == other.book(symbol)


def test_another_seed_shows_other_sizes_at_the_same_prices(generated: GeneratedDay) -> None:
    symbol = next(iter(generated.instruments))
    one = opened(generated, 30).book(symbol)
    other = opened(generated, 30, seed=4).book(symbol)
    assert [p for p, _ in one.asks] == [p for p, _ in other.asks]
    assert one.asks != other.asks


def test_before_the_intake_there_is_no_book(generated: GeneratedDay) -> None:
    exchange = opened(generated, -31)
    book = exchange.book(next(iter(generated.instruments)))
    assert (book.asks, book.bids, book.in_auction) == ((), (), False)


def test_the_best_quotes_hold_the_last_print(generated: GeneratedDay) -> None:
    exchange = opened(generated, 100)
    for symbol in generated.instruments:
        book, last = exchange.book(symbol), exchange.last_krw(symbol)
        assert book.bids[0][0] <= last <= book.asks[0][0]
