"""History from a folder of Parquet files, laid out as the data folder is (`daily/`, `masters/`).

`daily/krx_daily_flow_103.parquet` has bars and net shares; net KRW is shares times the close of the
day, and the source of those rows says so. Symbols that are not in it have bars from
`daily/krx_daily_adj_*.parquet` (a series of its own: the two are never mixed, their adjustments
differ). Value traded, market cap and listing come from `daily/krx_marcap_*.parquet`, the exchange's
own unadjusted file of the day, indices from `daily/index_daily.parquet`, and what a name is from
`masters/krx_listing_*.parquet`.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from kis_core.market.symbols import is_preferred
from strategy_nulrimok.research.backfill import SourceError
from strategy_nulrimok.research.rows import (
    KOSDAQ,
    KOSPI,
    DailyRow,
    FlowRow,
    IndexRow,
    ListingRow,
    Rows,
    Span,
)

NAME = "parquet"
DERIVED = "parquet:shares*close"
_INDICES = {KOSPI: "KOSPI", KOSDAQ: "KOSDAQ"}
_ADMINISTRATIVE, _SPAC = "관리종목", "스팩"
_BAR = ("symbol", "date", "open", "high", "low", "close", "volume")


class ParquetSource:
    """Rows of spans, read from files. Every file that is there is read once."""

    name = NAME
    at_once = 1

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise SourceError(f"{folder}: no such folder; expected one with daily/ and masters/")
        self._folder = folder

    def spans(self, symbols: Sequence[str], first: date, last: date) -> Iterator[Span]:
        """Yield what there is to read of some symbols."""
        for code in _INDICES:
            yield Span(NAME, "index", code, first, last)
        for symbol in symbols:
            yield Span(NAME, "daily", symbol, first, last)
            yield Span(NAME, "flow", symbol, first, last)
            yield Span(NAME, "listing", symbol, first, last)

    async def fetch(self, span: Span) -> Rows:
        """Return the rows of a span. Raises SourceError naming the file and what is wrong."""
        match span.dataset:
            case "index":
                return Rows(NAME, index=tuple(self._index(span)))
            case "daily":
                return Rows(NAME, daily=tuple(self._daily(span)))
            case "flow":
                return Rows(DERIVED, flows=tuple(self._flows(span)))
            case _:
                return Rows(NAME, listing=tuple(self._listing(span)))

    def _index(self, span: Span) -> Iterator[IndexRow]:
        frame = self._read(
            "daily/index_daily.parquet", "index", "date", "open", "high", "low", "close"
        )
        name = _INDICES[span.subject]
        for day, *points in (
            _within(frame.filter(pl.col("index") == name), span)
            .select("date", "open", "high", "low", "close")
            .iter_rows()
        ):
            yield IndexRow(span.subject, day, *(Decimal(f"{point:.2f}") for point in points))

    def _daily(self, span: Span) -> Iterator[DailyRow]:
        bars = self._flow_bars.get(span.subject)
        if bars is None:
            bars = self._adjusted.get(span.subject)
        if bars is None:
            return
        # A halted day has a row without volume, and prices that nobody paid.
        traded = _within(bars, span).filter(pl.col("volume") > 0)
        values = self._values(span.subject)
        for day, opened, high, low, close, volume in traded.select(*_BAR[1:]).iter_rows():
            yield DailyRow(span.subject, day, opened, high, low, close, volume, values.get(day))

    def _flows(self, span: Span) -> Iterator[FlowRow]:
        bars = self._flow_bars.get(span.subject)
        if bars is None:
            return
        chosen = ("date", "foreign_net_shares", "inst_net_shares", "close")
        for day, foreign, institution, close in _within(bars, span).select(*chosen).iter_rows():
            yield FlowRow(
                span.subject, day, foreign, institution,
                None if foreign is None else foreign * close,
                None if institution is None else institution * close,
            )  # fmt: skip

    def _listing(self, span: Span) -> Iterator[ListingRow]:
        symbol = span.subject
        days = self._caps.get(symbol)
        for row in () if days is None else _within(days, span).iter_rows(named=True):
            name = row["name"]
            yield ListingRow(
                symbol, row["date"], row["market"], name, row["market_cap"] or None,
                halted=row["volume"] == 0 and row["open"] == 0,
                spac=None if name is None else _SPAC in name,
                etf=False,  # the exchange's file of stocks has none
                preferred=is_preferred(symbol),
            )  # fmt: skip
        for day, masters in self._masters:
            entry = masters.get(symbol)
            if entry is not None and span.first <= day <= span.last:
                dept = entry["dept"] or ""
                yield ListingRow(
                    symbol, day, entry["market"], entry["name"],
                    administrative=dept.startswith(_ADMINISTRATIVE),
                    spac=_SPAC in entry["name"] or "SPAC" in dept,
                    etf=False, preferred=is_preferred(symbol),
                )  # fmt: skip

    def _values(self, symbol: str) -> dict[date, int]:
        days = self._caps.get(symbol)
        return {} if days is None else dict(days.select("date", "value").iter_rows())

    @cached_property
    def _indices(self) -> pl.DataFrame:
        file = "daily/index_daily.parquet"
        return self._read(file, "index", "date", "open", "high", "low", "close")

    @cached_property
    def newest(self) -> date:
        """The newest day the indices have."""
        newest = self._indices["date"].max()
        if not isinstance(newest, date):
            raise SourceError("daily/index_daily.parquet: no rows; expected days of KOSPI")
        return newest

    @cached_property
    def _flow_bars(self) -> dict[str, pl.DataFrame]:
        file = "daily/krx_daily_flow_103.parquet"
        return _by_symbol(self._read(file, *_BAR, "foreign_net_shares", "inst_net_shares"))

    @cached_property
    def _adjusted(self) -> dict[str, pl.DataFrame]:
        return self._joined("daily/krx_daily_adj_*.parquet", *_BAR)

    @cached_property
    def _caps(self) -> dict[str, pl.DataFrame]:
        columns = ("date", "symbol", "name", "market", "open", "volume", "value", "market_cap")
        return self._joined("daily/krx_marcap_*.parquet", *columns)

    @cached_property
    def _masters(self) -> list[tuple[date, dict[str, dict[str, Any]]]]:
        found = []
        for file in sorted(self._folder.glob("masters/krx_listing_*.parquet")):
            dated = re.search(r"_(\d{8})\.parquet$", file.name)
            if dated is None:
                raise SourceError(f"{file.name}: expected krx_listing_YYYYMMDD.parquet")
            path = file.relative_to(self._folder).as_posix()
            frame = self._read(path, "symbol", "name", "market", "dept")
            rows = {row["symbol"]: row for row in frame.iter_rows(named=True)}
            found.append((date.fromisoformat(dated[1]), rows))
        return found

    def _joined(self, pattern: str, *columns: str) -> dict[str, pl.DataFrame]:
        files = sorted(self._folder.glob(pattern))
        if not files:
            return {}
        paths = [file.relative_to(self._folder).as_posix() for file in files]
        return _by_symbol(pl.concat([self._read(path, *columns) for path in paths]))

    def _read(self, path: str, *columns: str) -> pl.DataFrame:
        """Return the columns of a file as plain values, or raise SourceError naming the file."""
        try:
            frame = pl.read_parquet(self._folder / path)
            return frame.select(columns).with_columns(pl.col(pl.Categorical).cast(pl.String))
        except FileNotFoundError:
            raise SourceError(f"{path}: not in {self._folder}") from None
        except (PolarsError, OSError) as error:
            said = " ".join(str(error).split())[:160]
            raise SourceError(f"{path}: expected columns {', '.join(columns)}: {said}") from None


def _within(frame: pl.DataFrame, span: Span) -> pl.DataFrame:
    return frame.filter(pl.col("date").is_between(span.first, span.last)).sort("date")


def _by_symbol(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): part for key, part in frame.partition_by("symbol", as_dict=True).items()}
