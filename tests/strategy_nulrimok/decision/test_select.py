"""The selection as a whole: what it cannot work with, and what it says instead."""

from dataclasses import replace

import pytest

from strategy_nulrimok.decision.research import FxDay, NameResearch, Research
from strategy_nulrimok.decision.select import ResearchError, select
from tests.strategy_nulrimok.decision.worlds import kospi_of, name_of, rules, sessions

DATES = sessions(60)


def research(*names: NameResearch) -> Research:
    kospi = kospi_of(range(2000, 2060), DATES)
    by_symbol = {name.symbol: name for name in names}
    return Research("2025-07-01", DATES[-1], kospi, by_symbol, None, DATES)


def test_a_market_of_nobody_has_nobody() -> None:
    found = select(research(), rules(), "cfg")
    assert (found.candidates, found.tradable, found.rejects, found.sectors) == ((), (), (), ())
    assert found.regime.unavailable == ("breadth", "fx")


def test_one_broken_name_costs_only_itself() -> None:
    rising = [name_of(f"00001{i}", closes_krw=[10_000 + i * d for d in range(60)],
                      smart_krw=[10**8 * i] * 41) for i in range(1, 8)]  # fmt: skip
    broken = replace(name_of("000020"), bars=(), flows=())
    halted = replace(name_of("000030"), flags=frozenset({"HALTED"}))
    alone = select(research(*rising), rules(), "cfg")
    among = select(research(broken, halted, *rising), rules(), "cfg")
    assert among.candidates == alone.candidates
    assert len(alone.candidates) == 3
    assert [(one.reason, one.symbols) for one in among.rejects if one.stage == "UNIVERSE"] == [
        ("BAR_MISSING", ("000020",)), ("HALTED", ("000030",)),
    ]  # fmt: skip
    assert (among.flow_reversal["000020"], among.flow_reversal["000030"]) == (None, False)


def test_active_are_the_best_and_the_rest_wait() -> None:
    rising = [name_of(f"00001{i}", closes_krw=[10_000 + i * d for d in range(60)],
                      smart_krw=[10**8 * i] * 41) for i in range(1, 8)]  # fmt: skip
    found = select(research(*rising), rules({"ranking": {"active_max": 2}}), "cfg")
    assert found.active_set + found.overflow == tuple(one.symbol for one in found.candidates)
    assert (len(found.active_set), len(found.overflow)) == (2, 1)
    assert set(found.tradable) <= set(found.active_set)


def test_what_was_as_of_is_the_newest_row_used() -> None:
    one = name_of("000010")
    told = replace(research(one), data_as_of="2026-01-01")
    assert select(told, rules(), "cfg").data_as_of == DATES[-1]
    assert select(replace(told, kospi=(), names={}), rules(), "cfg").data_as_of == ""


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (DATES[-40:], "40 sessions before 2025-07-01, 41 needed"),
        ((*DATES[-40:], "2025-07-01"), "40 sessions before"),
        ((*DATES[1:], DATES[0]), "does not ascend"),
    ],
    ids=["short", "the trade date does not count", "out of order"],
)
def test_a_calendar_that_does_not_serve_is_refused(calendar: tuple[str, ...], words: str) -> None:
    with pytest.raises(ResearchError, match=words):
        select(replace(research(), calendar=calendar), rules(), "cfg")


def test_a_rate_of_a_holiday_does_not_date_the_market() -> None:
    """A stock market that was shut the day before has a dollar's rate of that day all the same."""
    fx = tuple(FxDay(day, 1380.0 + i) for i, day in enumerate((*DATES[-9:], "2025-07-01")))
    told = replace(research(name_of("000010")), trade_date="2025-07-02", fx=fx)
    found = select(told, rules(), "cfg")
    assert found.data_as_of == DATES[-1]
    assert "fx" not in found.regime.unavailable
