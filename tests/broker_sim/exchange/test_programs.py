"""Program trades drawn from a day's prints."""

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.exchange.day import PrintTape
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.programs import BUY, SELL, program_day, program_path, united_programs

DATE = dt.date(2025, 9, 3)
PRINTS = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from((-1, 0, 1))),
    max_size=60,
)


def tape_of(rows: list[tuple[int, int, int]]) -> PrintTape:
    at = np.cumsum([row[0] for row in rows]) if rows else np.zeros(0)
    return PrintTape(
        "005930",
        at.astype(np.int64),
        np.full(len(rows), 70_000, dtype=np.int32),
        np.array([row[1] for row in rows], dtype=np.int32),
        np.array([row[2] for row in rows], dtype=np.int8),
        np.array([row[2] == 0 for row in rows], dtype=np.bool_),
    )


@given(rows=PRINTS, seed=st.integers(0, 99))
def test_programs_never_trade_more_than_was_traded(
    rows: list[tuple[int, int, int]], seed: int
) -> None:
    tape = tape_of(rows)
    path = program_path(tape, "KOSPI", seed, DATE)
    volume, value = path.at(tape.at_ns)
    traded = np.array([tape.volume[tape.at_ns <= at].sum() for at in tape.at_ns], dtype=np.int64)
    assert (volume.reshape(-1, 8).sum(axis=1) <= traded).all()
    assert (value == volume * 70_000).all()
    assert (np.diff(volume, axis=0) >= 0).all()


@given(rows=PRINTS, kept=st.integers(0, 60))
def test_prints_to_come_change_nothing_of_before(
    rows: list[tuple[int, int, int]], kept: int
) -> None:
    whole, part = (program_path(tape_of(r), "KOSPI", 3, DATE) for r in (rows, rows[:kept]))
    assert np.array_equal(part.volume, whole.volume[: len(part.volume)])


def test_the_same_seed_draws_the_same_programs_and_another_others(
    generated: GeneratedDay,
) -> None:
    tape = generated.prints("000100")
    first, again = (program_path(tape, "KOSPI", 3, DATE) for _ in range(2))
    other = program_path(tape, "KOSPI", 4, DATE)
    assert np.array_equal(first.volume, again.volume)
    assert first.volume[-1].tolist() != other.volume[-1].tolist()


def test_a_past_day_has_both_sides_and_less_than_its_volume(generated: GeneratedDay) -> None:
    last = DATE - dt.timedelta(days=1)
    for bar in generated.daily_bars("000100", last - dt.timedelta(days=20), last):
        shares, krw = program_day(bar, "KOSPI", 3)
        assert 0 < shares[:, :, BUY].sum() < bar.volume
        assert 0 < shares[:, :, SELL].sum() < bar.volume
        assert shares.sum() <= bar.volume
        assert (krw >= shares * bar.low_krw * 0.9).all()


@given(one=PRINTS, other=PRINTS)
def test_venues_together_are_the_sum_of_each(
    one: list[tuple[int, int, int]], other: list[tuple[int, int, int]]
) -> None:
    paths = [
        program_path(tape_of(rows), "KOSPI", 3, DATE, venue)
        for rows, venue in ((one, "KRX"), (other, "NXT"))
    ]
    both = united_programs(paths)
    instants = np.concatenate([path.at_ns for path in paths])
    for figures, parts in zip(
        both.at(instants), zip(*(path.at(instants) for path in paths), strict=True), strict=True
    ):
        assert np.array_equal(figures, sum(parts))
