"""Counters become rates."""

from collector.panel.pulse import Key, Pulse

TRADES: Key = ("kis", "KRX", "trade")
BOOKS: Key = ("kis", "KRX", "book")


def test_a_rate_is_what_came_between_two_looks() -> None:
    pulse = Pulse()
    pulse.look(10.0, {TRADES: 1_000, BOOKS: 0})
    assert (pulse.rates, list(pulse.history)) == ({}, [])
    pulse.look(12.0, {TRADES: 1_300, BOOKS: 10})
    assert pulse.rates == {TRADES: 150.0, BOOKS: 5.0}
    assert list(pulse.history) == [155.0]


def test_a_counter_that_begins_anew_is_not_a_rate_below_zero() -> None:
    pulse = Pulse()
    pulse.look(0.0, {TRADES: 1_000})
    pulse.look(1.0, {TRADES: 40})
    assert pulse.rates == {TRADES: 40.0}


def test_a_counter_that_appears_counts_from_zero_and_one_that_goes_is_gone() -> None:
    pulse = Pulse()
    pulse.look(0.0, {TRADES: 5})
    pulse.look(1.0, {BOOKS: 7})
    assert pulse.rates == {BOOKS: 7.0}


def test_two_looks_at_one_moment_are_one() -> None:
    pulse = Pulse()
    pulse.look(1.0, {TRADES: 5})
    pulse.look(1.0, {TRADES: 9})
    pulse.look(2.0, {TRADES: 15})
    assert pulse.rates == {TRADES: 10.0}


def test_only_the_last_minutes_are_remembered() -> None:
    pulse = Pulse(seconds_max=3)
    for second in range(6):
        pulse.look(float(second), {TRADES: second * second})
    assert list(pulse.history) == [5.0, 7.0, 9.0]
