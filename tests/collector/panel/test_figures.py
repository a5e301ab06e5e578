"""How figures are written for a person."""

import pytest

from collector.panel import figures
from collector.panel.parts import Language

S = 1_000_000_000


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 KB"),
        (99_949, "99.9 KB"),
        (99_960, "100 KB"),
        (999_600, "1.0 MB"),
        (2_390_000, "2.4 MB"),
        (163_000_000, "163 MB"),
        (4_200_000_000_000_000, "4200 TB"),
    ],
)
def test_sizes_have_at_most_three_digits_and_a_unit(amount: int | None, text: str) -> None:
    assert figures.size(amount) == text


@pytest.mark.parametrize(
    ("per_s", "text"), [(0.0, "0.0"), (0.64, "0.6"), (99.94, "99.9"), (34_567.8, "34,568")]
)
def test_rates(per_s: float, text: str) -> None:
    assert figures.rate(per_s) == text


@pytest.mark.parametrize(
    ("seconds", "language", "text"),
    [
        (None, "ko", "–"),
        (0.44, "ko", "0.4초"),
        (0.44, "en", "0.4 s"),
        (59.9, "en", "59 s"),
        (61.0, "ko", "1분 1초"),
        (3_725.0, "en", "1 h 2 min"),
        (-3.0, "en", "0.0 s"),
    ],
    ids=["unknown", "short", "in English", "cut, not rounded", "minutes", "hours", "never less"],
)
def test_spans(seconds: float | None, language: Language, text: str) -> None:
    assert figures.span(seconds, language) == text


def test_ages_and_times_of_what_is_unknown_are_not_zero() -> None:
    assert figures.age(None, 5 * S, "en") == "–"
    assert figures.age(2 * S, 5 * S, "en") == "3.0 s"
    assert figures.clock_time(None) == "–"
    assert figures.clock_time(0) == "09:00:00"
    assert (figures.count(None), figures.count(0), figures.count(5_700_000)) == (
        "–", "0", "5,700,000",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([0.0, 0.0], "50.0,18.0 100.0,18.0"),
        ([1.0, 2.0], "50.0,11.0 100.0,4.0"),
        ([9.0, 1.0, 2.0, 1.0], "0.0,11.0 50.0,4.0 100.0,11.0"),
    ],
    ids=["nothing yet", "nothing came", "from the right", "the newest alone"],
)
def test_a_curve_grows_from_the_right_and_stands_on_zero(values: list[float], line: str) -> None:
    drawn = figures.spark(values, places=3, width=100, height=20)
    assert drawn.line == line
    assert drawn.area == (f"{line.split(',')[0]},20 {line} 100,20" if line else "")
