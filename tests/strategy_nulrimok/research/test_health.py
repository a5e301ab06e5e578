"""How whole the store is, and whether a day can be served from it."""

from datetime import date
from decimal import Decimal

import pytest

from strategy_nulrimok.research.health import Health, as_json, health, next_trade_date, readiness
from strategy_nulrimok.research.rows import IndexRow, Rows
from strategy_nulrimok.research.store import ResearchStore
from tests.strategy_nulrimok.research.told import (
    CALENDAR,
    HYNIX,
    SAMSUNG,
    SECTORS,
    at,
    daily,
    flow,
)

pytestmark = pytest.mark.anyio
TRADE_DATE = date(2025, 9, 3)
SESSIONS = CALENDAR.sessions_between(date(2025, 6, 2), date(2025, 9, 2))
HOLE = SESSIONS[20:23]


async def looked(
    store: ResearchStore, index_to: int = len(SESSIONS), share_min: float = 1.0,
    hynix_to: int = len(SESSIONS),
) -> Health:  # fmt: skip
    level = Decimal(3_000)
    index = tuple(IndexRow("0001", day, level, level, level, level) for day in SESSIONS[:index_to])
    bars = [daily(str(day)) for day in SESSIONS if day not in HOLE]
    bars += [daily(str(day), symbol=HYNIX) for day in SESSIONS[:hynix_to]]
    flows = [flow(str(day), 1, symbol) for day in SESSIONS for symbol in SECTORS]
    rows = Rows("kis", daily=tuple(bars), flows=tuple(flows), index=index)
    await store.write(rows, at("2025-09-02 19:00"))
    return await health(store, CALENDAR, TRADE_DATE, 93, SECTORS, share_min)


async def test_a_planted_hole_is_found_and_named(store: ResearchStore) -> None:
    found = await looked(store)
    assert [(name, one.subject, one.holes) for name, one in found.gaps] == [
        ("daily", SAMSUNG, ((HOLE[0], HOLE[-1]),))
    ]
    told = as_json(found)
    (gap,) = told["gaps"]
    assert (gap["expected"], gap["there"]) == (len(SESSIONS), len(SESSIONS) - 3)
    assert gap["holes"] == [[str(HOLE[0]), str(HOLE[-1])]]
    assert (told["servable"], told["regime"], told["current"]) == (True, "PARTIAL", 2)


@pytest.mark.parametrize(
    ("index_to", "hynix_to", "share_min", "why"),
    [
        (49, 99, 1.0, "KOSPI has 49 days: expected 50 at least"),
        (len(SESSIONS) - 1, 99, 1.0, "KOSPI ends on 2025-09-01: expected the last session"),
        (99, len(SESSIONS) - 1, 1.0, "1 of 2 symbols have bars and flows up to 2025-09-02"),
        (99, len(SESSIONS) - 1, 0.5, None),
    ],
)
async def test_what_stands_in_the_way_of_a_day_is_said(
    store: ResearchStore, index_to: int, hynix_to: int, share_min: float, why: str | None
) -> None:
    found = await looked(store, index_to, share_min, hynix_to)
    assert len(found.why_not) == (why is not None)
    assert why is None or found.why_not[0].startswith(why)


async def test_an_empty_store_serves_nothing(store: ResearchStore) -> None:
    found = await health(store, CALENDAR, TRADE_DATE, 93, SECTORS, 0.5)
    assert (found.regime, len(found.why_not)) == ("MISSING", 1)
    assert as_json(found)["servable"] is False


@pytest.mark.parametrize(
    ("bars", "is_so"), [(280, "READY"), (279, "PARTIAL"), (50, "PARTIAL"), (49, "MISSING")]
)
def test_a_regime_needs_so_many_days(bars: int, is_so: str) -> None:
    assert readiness(bars) == is_so


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2025-09-03 07:00", date(2025, 9, 3)),
        ("2025-09-03 15:39", date(2025, 9, 3)),
        ("2025-09-03 16:00", date(2025, 9, 4)),
        ("2025-09-06 10:00", date(2025, 9, 8)),
    ],
)
def test_the_next_trade_date_comes_with_the_close(now: str, day: date) -> None:
    assert next_trade_date(CALENDAR, at(now)) == day
