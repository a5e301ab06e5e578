"""Candles from prints, and which minutes were heard whole."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.candles import (
    GRACE_NS,
    LAG_NS,
    MINUTE_NS,
    Doubted,
    Outcome,
    Settled,
    TickCandles,
    Window,
)
from kis_core.clock import SECOND_NS
from kis_core.market.events import Bar, Trade

OPEN = 1_748_822_400 * SECOND_NS  # 2025-06-02 09:00 KST
WINDOW = Window(OPEN, OPEN + 30 * MINUTE_NS)


def at(minute: int, second: int = 0) -> int:
    return OPEN + minute * MINUTE_NS + second * SECOND_NS


class Tape:
    """Prints with a running total, as the exchange counts them."""

    def __init__(self) -> None:
        self.total: dict[str, int] = {}
        self.value: dict[str, int] = {}

    def trade(self, symbol: str, at_ns: int, price: int = 100, volume: int = 1) -> Trade:
        self.total[symbol] = self.total.get(symbol, 0) + volume
        self.value[symbol] = self.value.get(symbol, 0) + price * volume
        return Trade(
            symbol, "KRX", at_ns, at_ns, price, volume, self.total[symbol], self.value[symbol],
            1, None, None, False, False, None,
        )  # fmt: skip


def listening(*symbols: str, since: int = OPEN - MINUTE_NS) -> TickCandles:
    candles = TickCandles(WINDOW, ("A", "B", "C"), since)
    for symbol in symbols:
        candles.listen(symbol, since)
    return candles


def settled(outcomes: Sequence[Outcome]) -> dict[int, tuple[list[str], list[str]]]:
    return {
        (o.start_ns - OPEN) // MINUTE_NS: ([b.symbol for b in o.bars], list(o.quiet))
        for o in outcomes
        if isinstance(o, Settled)
    }


def test_a_minute_heard_whole_becomes_a_candle() -> None:
    candles, tape = listening("A", "B"), Tape()
    said: list[Outcome] = []
    for price, volume, second in [(100, 5, 0), (103, 2, 10), (99, 1, 30), (101, 4, 59)]:
        said += candles.print(tape.trade("A", at(0, second), price, volume))
    assert said == []
    said = candles.print(tape.trade("A", at(1) + LAG_NS, 102, 7))
    bar = Bar("A", "KRX", OPEN, 100, 103, 99, 101, 12, None)
    assert said == [Settled(OPEN, (bar,), ("B",))]
    said = candles.print(tape.trade("B", at(2) + LAG_NS, 50, 1))
    bar = Bar("A", "KRX", at(1), 102, 102, 102, 102, 7, 714)
    assert said == [Settled(at(1), (bar,), ("B",))]


def test_the_lines_own_time_closes_a_minute_and_the_clock_a_quiet_one() -> None:
    candles, tape = listening("A"), Tape()
    candles.print(tape.trade("A", at(0, 59)))
    assert candles.print(tape.trade("A", at(1) + LAG_NS - 1)) == []
    assert candles.tick(at(1) + GRACE_NS - 1) == []
    assert settled(candles.tick(at(1) + GRACE_NS)) == {0: (["A"], [])}
    assert settled(candles.tick(at(3) + GRACE_NS)) == {1: (["A"], []), 2: ([], ["A"])}


def test_prints_of_two_symbols_may_overtake_one_another_a_little() -> None:
    candles, tape = listening("A", "B"), Tape()
    candles.print(tape.trade("A", at(1, 1)))
    candles.print(tape.trade("B", at(0, 59), 70))
    candles.print(tape.trade("A", at(0, 58), 80))  # A's own prints, too
    said = candles.print(tape.trade("A", at(1, 2)))
    assert settled(said) == {0: (["B", "A"], [])} or settled(said) == {0: (["A", "B"], [])}


@pytest.mark.parametrize(
    ("since", "whole"),
    [(at(0), {0, 1, 2}), (at(0) + 1, {1, 2}), (at(1, 30), {2})],
    ids=["from the first instant", "an instant late", "in the middle of the next"],
)
def test_a_minute_counts_only_when_its_registration_stood_before_it(
    since: int, whole: set[int]
) -> None:
    candles, tape = TickCandles(WINDOW, ("A",), OPEN - MINUTE_NS), Tape()
    candles.listen("A", since)
    said: list[Outcome] = []
    for minute in range(3):
        said += candles.print(tape.trade("A", at(minute, 45)))
    said += candles.tick(at(3) + GRACE_NS)
    assert {minute for minute, (bars, _) in settled(said).items() if bars} == whole


def test_a_lost_line_leaves_its_minute_open_to_rest() -> None:
    candles, tape = listening("A"), Tape()
    candles.print(tape.trade("A", at(0, 10)))
    candles.deafen("A")
    candles.listen("A", at(0, 40))
    candles.print(tape.trade("A", at(0, 50)))
    said = candles.print(tape.trade("A", at(1, 50)))
    said += candles.tick(at(2) + GRACE_NS)
    assert settled(said) == {1: (["A"], [])}


def test_a_jump_in_the_days_volume_puts_the_minutes_between_in_doubt() -> None:
    candles, tape = listening("A"), Tape()
    candles.print(tape.trade("A", at(0, 50)))
    candles.tick(at(1) + GRACE_NS)
    tape.trade("A", at(1, 10))  # traded, never heard
    said = candles.print(tape.trade("A", at(2, 10)))
    doubts = [outcome for outcome in said if isinstance(outcome, Doubted)]
    assert [(d.first_ns, d.last_ns) for d in doubts] == [(at(0), at(2))]
    assert candles.tick(at(3) + GRACE_NS) == []
    candles.print(tape.trade("A", at(3, 1)))
    assert settled(candles.tick(at(4) + GRACE_NS)) == {3: (["A"], [])}


def test_a_print_after_its_minute_closed_puts_it_in_doubt() -> None:
    candles, tape = listening("A"), Tape()
    candles.tick(at(1) + GRACE_NS)
    (doubt,) = candles.print(tape.trade("A", at(0, 59)))
    assert doubt == Doubted("A", at(0), at(0), "a print after its minute closed")


def test_what_is_told_twice_or_did_not_trade_changes_nothing() -> None:
    candles, tape = listening("A"), Tape()
    first = tape.trade("A", at(0, 1), 100, 5)
    candles.print(first)
    assert candles.print(first) == []
    expected = Trade(
        "A", "KRX", at(0, 2), 0, 130, 900, 5, 500, 0, None, None, True, False, None
    )  # an auction's expected price: the day's volume stands still
    assert candles.print(expected) == []
    (minute,) = candles.tick(at(1) + GRACE_NS)
    assert isinstance(minute, Settled)
    assert [(b.high_krw, b.volume) for b in minute.bars] == [(100, 5)]


def test_what_is_outside_the_session_or_the_universe_is_not_counted() -> None:
    candles, tape = listening("A"), Tape()
    candles.listen("X", OPEN - MINUTE_NS)
    candles.print(tape.trade("A", OPEN - 1))
    candles.print(tape.trade("X", at(0, 1)))
    said = [*candles.tick(at(40)), *candles.print(tape.trade("A", WINDOW.end_ns))]
    assert max(settled(said)) == WINDOW.count - 1
    assert all(bars == [] and quiet == ["A"] for bars, quiet in settled(said).values())


prints = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 40), st.integers(90, 110), st.integers(1, 9)),
    min_size=1,
    max_size=120,
)


@given(prints)
def test_candles_equal_plain_counting(steps: list[tuple[str, int, int, int]]) -> None:
    candles, tape = listening("A", "B", "C"), Tape()
    plain: dict[tuple[str, int], list[tuple[int, int]]] = {}
    now = OPEN
    said: list[Outcome] = []
    for symbol, step_s, price, volume in steps:
        now += step_s * SECOND_NS
        if now >= WINDOW.end_ns:
            break
        said += candles.print(tape.trade(symbol, now, price, volume))
        plain.setdefault((symbol, now // MINUTE_NS * MINUTE_NS), []).append((price, volume))
    said += candles.tick(WINDOW.end_ns + GRACE_NS)
    got = {(b.symbol, b.start_ns): b for o in said if isinstance(o, Settled) for b in o.bars}
    assert not any(isinstance(outcome, Doubted) for outcome in said)
    assert got.keys() == plain.keys()
    for key, bar in got.items():
        prices = [price for price, _ in plain[key]]
        assert (bar.open_krw, bar.close_krw) == (prices[0], prices[-1])
        assert (bar.high_krw, bar.low_krw) == (max(prices), min(prices))
        assert bar.volume == sum(volume for _, volume in plain[key])
