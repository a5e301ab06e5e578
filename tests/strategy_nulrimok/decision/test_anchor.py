"""Where the cost basis begins: live runs, impulse days, and what acceptance is judged on."""

from collections.abc import Sequence
from math import nan, sqrt
from typing import Any

import pytest

from kis_core.market.events import DailyBar
from strategy_nulrimok.decision.anchor import (
    Anchored,
    anchored,
    atr30m_krw,
    impulse_day,
    is_accepted,
    proximity,
    run_start,
)
from tests.strategy_nulrimok.decision.worlds import rules, sessions

RULES = rules().anchor
DATES = sessions(60)
LAST = DATES[-41:]  # a window of 40 sessions and the one before


def signs(text: str) -> list[float]:
    """Read a run of days, oldest first: + bought, - sold, 0 neither, ? not told."""
    return [{"+": 1.0, "-": -1.0, "0": 0.0, "?": nan}[sign] for sign in text]


@pytest.mark.parametrize(
    ("days", "start"),
    [
        ("0+++++", 1),
        ("00++++", None),
        ("-+++++++", 1),
        ("+++++0+++++", 6),
        ("+++++-+++", 0),
        ("+++++-+-+", 0),
        ("+++++--", None),
        ("+++++--+", None),
        ("+++++-0-", 0),
        ("+++++0000", 0),
        ("+++++00000", None),
        ("+++++--+++++", 7),
        ("++++++--++++", None),
        ("++?+++", None),
        ("+++++?-", 0),
        ("+++++-?-", 0),
        ("--+++++-", 2),
        ("", None),
    ],
    ids=["five days", "four", "longer", "the newer of two", "a day off does not kill",
         "nor two apart", "two sold in a row do", "and stay dead", "a day between saves",
         "its last day is the fifth", "the sixth is too old", "a new run after the reversal",
         "the old run is not revived", "a day not told breaks it", "and kills nothing",
         "nor joins two sold days", "selling before it is no reversal", "nothing known"],
)  # fmt: skip
def test_the_newest_live_run(days: str, start: int | None) -> None:
    assert run_start(signs(days), RULES) == start


def bars(over: dict[int, dict[str, Any]], count: int = 60) -> list[DailyBar]:
    """Bars at 10,000 KRW of 1,000 shares, 9,900 to 10,100; `over` by days before the last."""
    found = []
    for i, day in enumerate(DATES[-count:]):
        one = {"open": 10_000, "high": 10_100, "low": 9_900, "close": 10_000, "volume": 1_000}
        one |= over.get(count - 1 - i, {})
        found.append(DailyBar("000010", day, *one.values()))
    return found


HIGH = {"close": 10_001, "volume": 2_001}


@pytest.mark.parametrize(
    ("over", "ago"),
    [
        ({3: HIGH}, 3),
        ({3: HIGH | {"volume": 2_000}}, None),
        ({3: HIGH | {"close": 10_000}}, None),
        ({9: HIGH, 3: HIGH | {"volume": 2_102}}, 3),
        ({9: HIGH, 3: HIGH | {"volume": 2_100}}, 9),
        ({39: HIGH}, 39),
        ({40: HIGH}, None),
        ({0: HIGH}, 0),
        # Were the day itself in its mean, 20 × 2,100 / (19,000 + 2,100) would be under 2.
        ({0: HIGH | {"volume": 2_100}}, 0),
    ],
    ids=["twice and a share", "twice is not more", "closed on the middle", "the newest of two",
         "the newer is not twice a mean that holds the older", "forty sessions back",
         "forty-one", "the session before", "the day is not in its own mean"],
)  # fmt: skip
def test_the_newest_impulse_day(over: dict[int, dict[str, Any]], ago: int | None) -> None:
    expected = None if ago is None else DATES[-1 - ago]
    assert impulse_day(bars(over), LAST[-40], RULES) == expected


def test_an_impulse_needs_twenty_days_before_it() -> None:
    assert impulse_day(bars({3: HIGH}, 24), LAST[-40], RULES) == DATES[-4]
    assert impulse_day(bars({3: HIGH}, 23), LAST[-40], RULES) is None


@pytest.mark.parametrize(
    ("over", "accepted"),
    [
        ({1: {"low": 10_100}, 0: {"low": 10_500, "high": 10_900}}, True),
        ({1: {"low": 10_101}, 0: {"low": 10_500, "high": 10_900}}, False),
        ({1: {"high": 9_900}, 0: {"low": 9_000, "high": 9_200}}, True),
        ({1: {"high": 9_899}, 0: {"low": 9_000, "high": 9_200}}, False),
        ({1: {"volume": 0}, 0: {"low": 10_500, "high": 10_900}}, False),
    ],
    ids=["comes down within 1 %", "a won short of it", "comes up within 1 %", "a won short",
         "a day without a trade proves nothing"],
)  # fmt: skip
def test_acceptance_is_a_later_bar_near_the_price(
    over: dict[int, dict[str, Any]], accepted: bool
) -> None:
    # The anchor day, two before the last, lies on the price itself and does not count.
    assert is_accepted(bars(over), DATES[-3], 10_000.0, RULES) is accepted


def test_the_anchor_s_own_day_is_never_enough() -> None:
    assert not is_accepted(bars({}), DATES[-1], 10_000.0, RULES)


def anchor(over: dict[int, dict[str, Any]], days: str) -> Anchored | None:
    return anchored(bars(over), signs(days.rjust(41, "0")), LAST, RULES)


FAR = {"open": 12_000, "high": 12_100, "low": 11_900, "close": 12_050}


def test_the_newest_accepted_anchor_else_the_newest() -> None:
    # A run of six days, and an impulse after it on the last day: nothing later has accepted that.
    found = anchor({0: HIGH}, "++++++")
    assert found is not None
    assert (found.kind, found.date, found.accepted) == ("FLOW_RUN", DATES[-6], True)
    # Prices have left the run's average behind too: the newest stays, not accepted.
    far = anchor(
        {5: {"volume": 10**6}, **dict.fromkeys(range(1, 5), FAR), 0: FAR | {"volume": 110_000}},
        "++++++",
    )
    assert far is not None
    assert (far.kind, far.date, far.accepted) == ("IMPULSE", DATES[-1], False)
    # The impulse is accepted by a later bar: newest, so it is the one.
    newer = anchor({2: HIGH}, "++++++")
    assert newer is not None
    assert (newer.kind, newer.date, newer.accepted) == ("IMPULSE", DATES[-3], True)


def test_an_anchor_lies_within_the_window() -> None:
    whole = anchor({}, "+" * 40)
    assert whole is not None
    assert whole.date == DATES[-40]
    assert anchor({}, "+" * 41) is None  # it began before the window
    assert anchor({}, "++++") is None


def test_the_average_runs_from_the_anchor_to_the_session_before() -> None:
    found = anchor({4: {"volume": 3_000, "high": 10_300, "low": 9_800, "close": 10_200}}, "+++++")
    assert found is not None
    # (10,100 × 3 + 10,000 × 4) / 7
    assert found.avwap_krw == pytest.approx(70_300 / 7)


@pytest.mark.parametrize(("close", "near"), [(10_000, 1.0), (10_100, 0.99), (9_900, 0.99)])
def test_proximity_falls_to_both_sides(close: int, near: float) -> None:
    assert proximity(close, 10_000.0) == pytest.approx(near)


@pytest.mark.parametrize(
    ("history", "daily"),
    [
        (bars({}), 200),
        (bars({5: {"high": 10_240}}), 200 + 140 / 14),
        (bars({14: {"high": 10_240}}), 200),
        (bars({5: {"open": 0, "high": 0, "low": 0, "volume": 0}}), 200),
        (bars({})[-1:], None),
    ],
    ids=["level", "one wider day of fourteen", "the fifteenth back", "a halted day is no range",
         "one day"],
)  # fmt: skip
def test_the_range_of_thirty_minutes(history: Sequence[DailyBar], daily: float | None) -> None:
    expected = None if daily is None else pytest.approx(daily / sqrt(13))
    assert atr30m_krw(history, RULES) == expected
