"""The store: idempotent, append-only, and as of an instant."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from kis_core.environment import Environment
from strategy_nulrimok.decision.research import FlowDay, FxDay
from strategy_nulrimok.research.rows import FxRow, IndexRow, ListingRow, Rows, Span
from strategy_nulrimok.research.store import Artifact, ResearchMissing, ResearchStore
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

MONDAY, TUESDAY, WEDNESDAY = "2025-09-01", "2025-09-02", "2025-09-03"
LATER = at("2025-09-10 09:00")


def index(day: str, close: str = "3150.25", code: str = "0001") -> IndexRow:
    level = Decimal(close)
    return IndexRow(code, date.fromisoformat(day), level, level + 1, level - 1, level)


async def closes(store: ResearchStore, trade_date: str, symbol: str = SAMSUNG) -> dict[str, int]:
    research = await store.read(date.fromisoformat(trade_date), 30, SECTORS)
    return {bar.date: bar.close_krw for bar in research.names[symbol].bars}


async def test_a_day_is_read_from_the_next_morning_on(store: ResearchStore) -> None:
    rows = Rows(
        "kis",
        daily=(daily(MONDAY, 100, value=77), daily(TUESDAY, 110), daily(MONDAY, 50, HYNIX)),
        flows=(flow(MONDAY), flow(TUESDAY, None)),
        index=(index(MONDAY), index(TUESDAY), index(MONDAY, "900", "1001")),
        fx=(FxRow("USD/KRW", date(2025, 9, 1), 1390.5),),
    )
    assert (await store.write(rows, LATER)).new == 9
    research = await store.read(date(2025, 9, 2), 30, SECTORS)
    samsung = research.names[SAMSUNG]
    assert (research.trade_date, research.data_as_of) == (TUESDAY, MONDAY)
    assert [(bar.date, bar.close_krw, bar.value_krw) for bar in samsung.bars] == [(MONDAY, 100, 77)]
    assert samsung.flows == (FlowDay(MONDAY, 7, -3),)
    assert [(day.index, day.date, day.close_pt) for day in research.kospi] == [
        ("0001", MONDAY, Decimal("3150.25"))
    ]
    assert research.fx == (FxDay(MONDAY, 1390.5),)
    assert research.calendar[-2:] == ("2025-08-29", MONDAY)
    assert (samsung.sector, samsung.market_cap_krw, samsung.flags) == (
        "Semiconductors", None, frozenset(),
    )  # fmt: skip
    wednesday = await store.read(date(2025, 9, 3), 30, SECTORS)
    assert wednesday.names[SAMSUNG].flows[-1] == FlowDay(TUESDAY, None, -3)
    assert [bar.close_krw for bar in wednesday.names[HYNIX].bars] == [50]


async def test_a_window_is_cut_at_its_first_day(store: ResearchStore) -> None:
    await store.write(Rows("kis", daily=(daily(MONDAY), daily(TUESDAY))), LATER)
    research = await store.read(date(2025, 9, 3), 1, SECTORS)
    assert [bar.date for bar in research.names[SAMSUNG].bars] == [TUESDAY]
    assert research.calendar == (TUESDAY,)


async def test_what_is_told_again_changes_nothing(store: ResearchStore) -> None:
    rows = Rows("kis", daily=(daily(MONDAY, value=7), daily(TUESDAY)), flows=(flow(MONDAY),))
    assert (await store.write(rows, LATER)).new == 3
    assert (await store.write(rows, LATER + timedelta(days=9))).new == 0
    untold = Rows("fdr", daily=(daily(MONDAY, value=None),))
    assert (await store.write(untold, LATER)).new == 0  # it takes nothing away
    assert (await store.counts())["research_daily"] == 2


async def test_a_correction_is_known_from_the_instant_it_was_told(store: ResearchStore) -> None:
    await store.write(Rows("kis", daily=(daily(MONDAY, 100, value=5),)), at(f"{MONDAY} 16:00"))
    await store.write(Rows("kis", daily=(daily(MONDAY, 20),)), at(f"{WEDNESDAY} 07:30"))
    await store.write(Rows("kis", daily=(daily(MONDAY, 30),)), at(f"{WEDNESDAY} 07:30"))
    await store.write(Rows("kis", daily=(daily(MONDAY, 40),)), at(f"{WEDNESDAY} 08:01"))
    assert await closes(store, TUESDAY) == {MONDAY: 100}
    assert await closes(store, WEDNESDAY) == {MONDAY: 30}
    assert await closes(store, "2025-09-04") == {MONDAY: 40}
    research = await store.read(date(2025, 9, 4), 30, SECTORS)
    assert research.names[SAMSUNG].bars[0].value_krw == 5


async def test_a_clock_that_stands_behind_loses_no_version(store: ResearchStore) -> None:
    await store.write(Rows("kis", daily=(daily(MONDAY, 100),)), LATER)
    await store.write(Rows("kis", daily=(daily(MONDAY, 20),)), LATER)
    assert (await store.write(Rows("kis", daily=(daily(MONDAY, 30),)), at(f"{MONDAY} 16:00"))).new
    assert await closes(store, TUESDAY) == {MONDAY: 100}
    assert (await closes(store, "2025-09-11")) == {MONDAY: 30}


@pytest.mark.parametrize(
    ("rows", "told", "kept"),
    [
        (Rows("kis", daily=(daily(MONDAY),)), f"{MONDAY} 15:39:59", False),
        (Rows("kis", daily=(daily(MONDAY),)), f"{MONDAY} 15:40", True),
        (Rows("kis", flows=(flow(MONDAY),)), f"{MONDAY} 15:40", True),
        (Rows("pykrx", flows=(flow(MONDAY),)), f"{MONDAY} 17:59", False),
        (Rows("pykrx", flows=(flow(MONDAY),)), f"{MONDAY} 18:00", True),
        (Rows("kis", index=(index(MONDAY),)), f"{MONDAY} 15:39", False),
        (Rows("fdr", fx=(FxRow("USD/KRW", date(2025, 9, 1), 1.0),)), f"{TUESDAY} 07:59", False),
        (Rows("fdr", fx=(FxRow("USD/KRW", date(2025, 9, 1), 1.0),)), f"{TUESDAY} 08:00", True),
        # The college entrance exam: the day opens and closes an hour late.
        (Rows("kis", daily=(daily("2025-11-13"),)), "2025-11-13 16:39", False),
        (Rows("kis", daily=(daily("2025-11-13"),)), "2025-11-13 16:40", True),
    ],
)
async def test_nothing_is_kept_before_it_can_be_known(
    store: ResearchStore, rows: Rows, told: str, kept: bool
) -> None:
    came = await store.write(rows, at(told))
    assert (came.new, came.early, came.refused) == (int(kept), int(not kept), ())


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (Rows("x", daily=(replace(daily(MONDAY), high_krw=90),)), "expected 0 < low <= open"),
        (Rows("x", daily=(replace(daily(MONDAY), volume=-1),)), "expected no negative number"),
        (Rows("x", daily=(replace(daily(MONDAY), symbol="5930"),)), "expected a code"),
        (Rows("x", daily=(daily("2025-09-06"),)), "2025-09-06 is not a session"),
        (Rows("x", daily=(daily("2031-09-01"),)), "outside what the calendar covers"),
        (Rows("x", flows=(replace(flow(MONDAY, None), foreign_net=None, institution_net=None,
                                  institution_net_krw=None),)), "a blank row"),
        (Rows("x", fx=(FxRow("USD/KRW", date(2025, 9, 1), 0.0),)), "expected > 0"),
        (Rows("x", fx=tuple(FxRow("USD/KRW", date(2025, 8, n), 1390.0) for n in range(1, 21))),
         "a copied quote"),
    ],
)  # fmt: skip
async def test_what_cannot_be_true_is_named_and_the_rest_goes_on(
    store: ResearchStore, rows: Rows, why: str
) -> None:
    came = await store.write(replace(rows, index=(index(MONDAY),)), LATER)
    assert came.new == 1
    assert len(came.refused) == 1
    assert why in came.refused[0]
    counts = await store.counts()
    assert {name for name, count in counts.items() if count} == {"research_index"}


async def test_adjustment_rounding_parts_no_bar_from_its_high(store: ResearchStore) -> None:
    row = replace(daily(MONDAY), high_krw=99, low_krw=95, close_krw=100)
    assert (await store.write(Rows("kis", daily=(row,)), LATER)).refused == ()
    bar = (await store.read(date(2025, 9, 2), 9, SECTORS)).names[SAMSUNG].bars[0]
    assert (bar.high_krw, bar.low_krw) == (100, 95)


async def test_an_empty_store_says_how_to_fill_it(store: ResearchStore) -> None:
    with pytest.raises(ResearchMissing, match=r"scripts\.lrs_backfill"):
        await store.read(date(2025, 9, 2), 30, SECTORS)


async def test_without_a_real_series_there_is_no_currency(store: ResearchStore) -> None:
    await store.write(Rows("kis", index=(index(MONDAY),)), LATER)
    assert (await store.read(date(2025, 9, 2), 30, SECTORS)).fx is None


async def test_a_listing_counts_from_the_morning_it_was_fetched(store: ResearchStore) -> None:
    def fetched(day: str, hour: int, **said: object) -> ListingRow:
        moment = at(f"{day} {hour:02}:50").replace(tzinfo=None)
        return ListingRow(SAMSUNG, moment.date(), fetched_at=moment, **said)  # type: ignore[arg-type]

    first = fetched(MONDAY, 7, market_cap_krw=500, spac=True, halted=True, warning="RISK")
    second = fetched(TUESDAY, 9, administrative=True, halted=False, etf=False)
    await store.write(Rows("kis", index=(index("2025-08-29"),), listing=(first, second)), LATER)

    async def flags(day: str) -> tuple[int | None, set[str]]:
        name = (await store.read(date.fromisoformat(day), 60, SECTORS)).names[SAMSUNG]
        return name.market_cap_krw, set(name.flags)

    assert await flags(MONDAY) == (500, {"SPAC", "HALTED", "RISK"})
    assert await flags(TUESDAY) == (500, {"SPAC", "HALTED", "RISK"})  # fetched after 08:00
    assert await flags(WEDNESDAY) == (500, {"SPAC", "ADMINISTRATIVE"})
    # A state of long ago is nobody's state any more; what a name is, it stays.
    assert await flags("2025-09-12") == (500, {"SPAC"})


@pytest.mark.parametrize(
    ("fetched", "known"),
    [
        ("2025-09-02 07:10", True),
        ("2025-09-02 08:59", True),  # before the open it is what was announced the evening before
        ("2025-09-02 09:00", False),
        ("2025-09-01 23:00", True),
        ("2025-09-03 00:10", False),
    ],
)
async def test_a_standing_fetched_before_the_open_is_known_at_eight(
    store: ResearchStore, fetched: str, known: bool
) -> None:
    moment = at(fetched).replace(tzinfo=None)
    row = ListingRow(SAMSUNG, moment.date(), market_cap_krw=7, fetched_at=moment)
    await store.write(Rows("kis", index=(index("2025-08-29"),), listing=(row,)), LATER)
    name = (await store.read(date(2025, 9, 2), 60, SECTORS)).names[SAMSUNG]
    assert name.market_cap_krw == (7 if known else None)


async def test_a_simulated_market_is_not_the_real_one(database: str, store: ResearchStore) -> None:
    await store.write(Rows("kis", daily=(daily(MONDAY),)), LATER)
    async with ResearchStore.open(database, Environment.SIM, CALENDAR) as simulated:
        with pytest.raises(ResearchMissing):
            await simulated.read(date(2025, 9, 2), 30, SECTORS)
    async with ResearchStore.open(database, Environment.REAL, CALENDAR) as real:
        assert (await real.read(date(2025, 9, 2), 30, SECTORS)).names[SAMSUNG].bars


async def test_rows_and_the_note_that_they_are_done_are_one(store: ResearchStore) -> None:
    span = Span("pykrx", "daily", SAMSUNG, date(2025, 9, 2), date(2025, 9, 1))  # backwards
    with pytest.raises(asyncpg.CheckViolationError):
        await store.write(Rows("pykrx", daily=(daily(MONDAY),)), LATER, [span])
    assert (await store.counts())["research_daily"] == 0
    whole = replace(span, first=date(2025, 9, 1))
    await store.write(Rows("pykrx", daily=(daily(MONDAY),)), LATER, [whole, whole])
    assert await store.done("pykrx") == {("daily", SAMSUNG): [(date(2025, 9, 1), date(2025, 9, 1))]}
    assert await store.done("kis") == {}


@pytest.mark.parametrize("change", ["UPDATE {} SET source = 'nobody'", "DELETE FROM {}"])
async def test_what_was_known_stays_known(database: str, store: ResearchStore, change: str) -> None:
    await store.write(Rows("kis", daily=(daily(MONDAY),), flows=(flow(MONDAY),)), LATER)
    connection = await asyncpg.connect(database)
    for table in ("research_daily", "research_flow"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(change.format(table))
    await connection.close()


async def test_an_artifact_comes_back_byte_for_byte(store: ResearchStore) -> None:
    made = at("2025-09-02 08:05")
    first = Artifact(
        "NULRIMOK", date(2025, 9, 2), 1, "rules-a", date(2025, 9, 1), made,
        '{"b": 1.0, "a": 1e-7, "z": "한글"}',
    )  # fmt: skip
    for _ in range(2):
        await store.write_artifact(first)
    await store.write_artifact(replace(first, config_hash="rules-b", content='{"c": 2}',
                                       made_at=made + timedelta(minutes=1)))  # fmt: skip
    newest = await store.artifact("NULRIMOK", date(2025, 9, 2))
    assert newest is not None
    assert newest.config_hash == "rules-b"
    again = await store.artifact("NULRIMOK", date(2025, 9, 2), "rules-a")
    assert again == first
    assert again.content_hash == first.content_hash
    assert await store.artifact("NULRIMOK", date(2025, 9, 3)) is None
    with pytest.raises(asyncpg.CheckViolationError):  # made of the day itself
        await store.write_artifact(replace(first, data_as_of=date(2025, 9, 2)))
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await store.write_artifact(replace(first, content="no JSON"))


async def test_instants_are_aware(store: ResearchStore) -> None:
    with pytest.raises(ValueError, match="naive datetime"):
        await store.write(Rows("kis"), datetime(2025, 9, 1))  # noqa: DTZ001 - that is the point
