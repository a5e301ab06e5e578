"""Backfilling span by span: resumable, one failure costs no other."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from kis_core.clock import TapeClock, ns
from strategy_nulrimok.research.backfill import Filled, Source, SourceError, fill
from strategy_nulrimok.research.rows import Rows, Span
from strategy_nulrimok.research.sources.parquet import ParquetSource
from strategy_nulrimok.research.store import ResearchStore
from tests.strategy_nulrimok.research.told import CALENDAR, HYNIX, SAMSUNG, at, daily, flow

pytestmark = pytest.mark.anyio
FIRST, LAST = date(2025, 8, 1), date(2025, 9, 12)
NOW = "2025-09-20 10:00"


class Told:
    """A source that keeps count; `broken` symbols have no answer, `until` is the last day told."""

    name = "told"
    at_once = 1

    def __init__(self, until: date = LAST) -> None:
        self.until = until
        self.broken: set[str] = set()
        self.asked: list[Span] = []

    def spans(self, symbols: Sequence[str], first: date, last: date) -> Iterable[Span]:
        return [
            Span("told", what, one, first, last) for one in symbols for what in ("daily", "flow")
        ]

    async def fetch(self, span: Span) -> Rows:
        self.asked.append(span)
        if span.subject in self.broken:
            raise SourceError(f"no page for {span.subject}")
        days = CALENDAR.sessions_between(span.first, min(span.last, self.until))
        if span.dataset == "daily":
            return Rows("told", daily=tuple(daily(str(day), 100, span.subject) for day in days))
        return Rows("told", flows=tuple(flow(str(day), 7, span.subject) for day in days))


async def filled(
    store: ResearchStore, source: Source, symbols: Sequence[str], now: str = NOW, *,
    again: bool = False, last: date = LAST,
) -> Filled:  # fmt: skip
    clock = TapeClock(ns(at(now)))
    return await fill(store, source, clock, CALENDAR, symbols, FIRST, last, again=again)


async def test_a_second_run_asks_nothing(store: ResearchStore) -> None:
    source = Told()
    first = await filled(store, source, [SAMSUNG, HYNIX])
    assert (first.asked, first.skipped, first.new) == (4, 0, 4 * 30)
    second = await filled(store, source, [SAMSUNG, HYNIX])
    assert (second.asked, second.skipped, second.new) == (0, 4, 0)
    third = await filled(store, source, [SAMSUNG, HYNIX], again=True)
    assert (third.asked, third.new) == (4, 0)


async def test_a_later_run_asks_for_what_came_since(store: ResearchStore) -> None:
    source = Told(date(2025, 9, 30))
    await filled(store, source, [SAMSUNG])
    source.asked.clear()
    await filled(store, source, [SAMSUNG], "2025-09-17 16:00", last=date(2025, 9, 30))
    first, newest = date(2025, 9, 15), date(2025, 9, 17)
    assert [(span.dataset, span.first, span.last) for span in source.asked] == [
        ("daily", first, newest), ("flow", first, newest),
    ]  # fmt: skip
    # The exchange's flows of that day are known at 18:00: asked for again, and nothing else.
    source.asked.clear()
    await filled(store, source, [SAMSUNG], "2025-09-17 19:00", last=date(2025, 9, 30))
    assert [(span.dataset, span.first, span.last) for span in source.asked] == [
        ("flow", newest, newest)
    ]


async def test_an_end_that_is_late_is_asked_for_again(store: ResearchStore) -> None:
    source = Told(date(2025, 9, 10))
    await filled(store, source, [SAMSUNG])
    source.until = LAST
    source.asked.clear()
    came = await filled(store, source, [SAMSUNG])
    assert {(span.first, span.last) for span in source.asked} == {(date(2025, 9, 11), LAST)}
    assert came.new == 4


async def test_one_failure_costs_no_other(store: ResearchStore) -> None:
    source = Told()
    source.broken = {HYNIX}
    came = await filled(store, source, [SAMSUNG, HYNIX, "035420"])
    assert came.errors == {
        "daily 000660": "no page for 000660", "flow 000660": "no page for 000660",
    }  # fmt: skip
    assert came.new == 4 * 30
    source.broken = set()
    assert (await filled(store, source, [SAMSUNG, HYNIX, "035420"])).asked == 2


async def test_a_source_without_any_answer_is_given_up_soon(store: ResearchStore) -> None:
    source = Told()
    symbols = [f"{number:06}" for number in range(5930, 6000)]
    source.broken = set(symbols)
    with pytest.raises(SourceError, match="told: no page for 005932"):
        await filled(store, source, symbols)
    assert len(source.asked) == 5


@pytest.mark.parametrize(
    ("file", "frame", "why"),
    [
        ("daily/index_daily.parquet", None, "daily/index_daily.parquet: not in"),
        ("daily/index_daily.parquet", pl.DataFrame({"date": [FIRST]}), "expected columns index"),
        ("daily/krx_daily_flow_103.parquet", None, "krx_daily_flow_103.parquet: not in"),
        ("masters/krx_listing_new.parquet", pl.DataFrame({"symbol": ["005930"]}),
         "expected krx_listing_YYYYMMDD.parquet"),
    ],
)  # fmt: skip
async def test_a_folder_that_is_not_laid_out_so_is_named(
    tmp_path: Path, file: str, frame: pl.DataFrame | None, why: str
) -> None:
    (tmp_path / "daily").mkdir()
    (tmp_path / "masters").mkdir()
    if frame is not None:
        frame.write_parquet(tmp_path / file)
    dataset, subject = ("index", "0001") if "index" in file else ("flow", SAMSUNG)
    if "listing" in file:
        dataset = "listing"
    with pytest.raises(SourceError, match=why):
        await ParquetSource(tmp_path).fetch(Span("parquet", dataset, subject, FIRST, LAST))  # type: ignore[arg-type]


async def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "daily").mkdir()
    (tmp_path / "daily" / "index_daily.parquet").write_text("no table")
    with pytest.raises(SourceError, match=r"daily/index_daily\.parquet: expected columns"):
        await ParquetSource(tmp_path).fetch(Span("parquet", "index", "0001", FIRST, LAST))


async def test_the_folder_gives_money_where_it_has_shares(kst_data: Path) -> None:
    source = ParquetSource(kst_data)
    day = date(2026, 1, 30)
    said = await source.fetch(Span("parquet", "flow", SAMSUNG, day, day))
    (row,) = said.flows
    (bar,) = (await source.fetch(Span("parquet", "daily", SAMSUNG, day, day))).daily
    assert said.source == "parquet:shares*close"
    assert row.foreign_net is not None
    assert row.foreign_net_krw == row.foreign_net * bar.close_krw
    assert bar.value_krw is not None
    assert abs(bar.value_krw / (bar.close_krw * bar.volume) - 1) < 0.05


async def test_symbols_beyond_the_folders_103_have_a_series_of_their_own(kst_data: Path) -> None:
    source = ParquetSource(kst_data)
    span = Span("parquet", "daily", "000020", date(2024, 12, 20), date(2025, 1, 10))
    days = (await source.fetch(span)).daily
    assert [row.as_of for row in days] == list(CALENDAR.sessions_between(span.first, span.last))
    assert (await source.fetch(Span("parquet", "flow", "000020", FIRST, LAST))).flows == ()


async def test_a_listing_says_what_a_name_is(kst_data: Path) -> None:
    span = Span("parquet", "listing", "005935", date(2026, 1, 30), date(2026, 3, 31))
    first, *_, last = (await ParquetSource(kst_data).fetch(span)).listing
    assert (first.as_of, first.preferred, first.etf, first.halted) == (
        date(2026, 1, 30), True, False, False,
    )  # fmt: skip
    assert first.market_cap_krw is not None
    assert (last.as_of, last.preferred) == (date(2026, 3, 20), True)
