"""Days to play, read from files: the one place of the simulator that opens Parquet.

A folder of minute bars (columns `symbol`, `ts`, `open`, `high`, `low`, `close`, `volume`) is
enough. What lies beside it is used when it is there: `../daily/krx_daily_flow_*.parquet`,
`../daily/index_daily.parquet`, `../masters/krx_listing_*.parquet`,
`../derivatives/kospi200_option_board_*.parquet`. A file that is not what it
should be is a DayError of one sentence; nothing is guessed.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from broker_sim.exchange.bars_day import BarsDay
from broker_sim.exchange.day import DayError as DayError
from broker_sim.exchange.day import Market
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.path import BarColumns
from broker_sim.exchange.tables import DailyTable, Listing, MinuteTable, Tables
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import IndexDay

_PAST_DAYS = 45  # calendar days of minute bars before the day: 20 sessions whatever the holidays
_PAST_DAYS_ALONE = 150  # where daily bars must be summed up from them
_PRICES = ("open", "high", "low", "close")
_INDEX_CODES = {"KOSPI": "0001", "KOSDAQ": "1001", "KOSPI200": "2001"}
_BAR_COLUMNS = ("symbol", "ts", *_PRICES, "volume")


GENERATED_DATE = dt.date(2025, 9, 3)
"""The date of a generated day when nobody asks for another."""


def open_day(bars: Path | None, date: dt.date | None, seed: int) -> BarsDay:
    """Return a day to play, with all of its past that a client may ask for. Raises DayError.

    `bars` is a folder of Parquet files or one of them; without a date the last one in it is
    played. Without `bars` the day is generated from the seed.
    """
    if bars is None:
        return GeneratedDay(date or GENERATED_DATE, seed)
    return read_day(bars, date, seed)


def read_day(bars: Path, date: dt.date | None, seed: int) -> BarsDay:
    """Return a day of real bars; the last one in the files without a date. Raises DayError."""
    files = [_BarFile(path) for path in _bar_paths(bars)]
    played = date or max(file.last for file in files)
    daily_path = _beside(bars, "daily", "krx_daily_flow_*.parquet")
    window = _PAST_DAYS if daily_path else _PAST_DAYS_ALONE
    first = played - dt.timedelta(days=window)
    wanted = [file for file in files if file.first <= played and file.last >= first]
    if not any(file.first <= played <= file.last for file in wanted):
        covered = f"{min(f.first for f in files)} to {max(f.last for f in files)}"
        raise DayError(f"{bars} has no bars of {played}: it covers {covered}")
    minutes = _minute_table((file.read(first, played) for file in wanted), str(bars))
    index_path = _beside(bars, "daily", "index_daily.parquet")
    listing_path = _beside(bars, "masters", "krx_listing_*.parquet")
    tables = Tables(
        minutes,
        _daily_tables(daily_path, minutes.symbols, played) if daily_path else {},
        _index_days(index_path, played) if index_path else {},
        _listing(listing_path, minutes.symbols) if listing_path else {},
    )
    return BarsDay(played, seed, tables, str(bars))


def implied_sigma(bars: Path | None, date: dt.date) -> float | None:
    """Return the volatility a year that KOSPI200 options at the money were really quoted at.

    From the option board of the session before, else of the date; None without either.
    """
    if bars is None:
        return None
    for day in (krx_calendar().previous(date), date):
        path = _beside(bars, "derivatives", f"kospi200_option_board_{day:%Y%m%d}.parquet")
        if path is not None:
            schema = _schema(path)
            _require(path, schema, ("atm_cls_name",), _is_text, "text")
            _require(path, schema, ("hts_ints_vltl",), _is_number, "a number of percent")
            at_the_money = _read(
                path, ("hts_ints_vltl",), filters=[("atm_cls_name", "=", "ATM")]
            ).column("hts_ints_vltl")
            known = [percent / 100 for percent in at_the_money.to_pylist() if percent]
            if known:
                return float(np.median(known))
    return None


def dates_in(bars: Path) -> list[dt.date]:
    """Return the dates that a folder of bars has, ascending. Raises DayError."""
    days = {day for path in _bar_paths(bars) for day in _BarFile(path).dates()}
    return sorted(days)


def _bar_paths(bars: Path) -> list[Path]:
    if bars.is_file():
        return [bars]
    if not bars.is_dir():
        raise DayError(f"{bars} is neither a folder nor a file; expected minute bars in Parquet")
    paths = sorted(bars.glob("*_1m_*.parquet"))
    if not paths:
        paths = sorted(p for p in bars.glob("*.parquet") if p.name != "coverage.parquet")
    if not paths:
        raise DayError(f"{bars} has no Parquet file; expected minute bars named *.parquet")
    return paths


def _beside(bars: Path, folder: str, pattern: str) -> Path | None:
    """The newest file of a kind in a neighbour of the bars' folder."""
    home = (bars.parent if bars.is_file() else bars).resolve().parent
    found = sorted((home / folder).glob(pattern))
    return found[-1] if found else None


class _BarFile:
    """One Parquet file of minute bars: its columns checked, its dates known from the footer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        schema = _schema(path)
        _require(path, schema, ("symbol",), _is_text, "text")
        _require(path, schema, ("ts",), _is_instant, "a timestamp with time zone Asia/Seoul")
        _require(path, schema, (*_PRICES, "volume"), pa.types.is_integer, "an integer")
        self._kind = schema.field("ts").type
        self.first, self.last = self._span()

    def read(self, first: dt.date, last: dt.date) -> pa.Table:
        """Return the rows of the dates from `first` to `last`."""
        since = pa.scalar(dt.datetime.combine(first, dt.time(), _KST), self._kind)
        end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), _KST)
        until = pa.scalar(end, self._kind)
        table = _read(self._path, _BAR_COLUMNS, filters=[("ts", ">=", since), ("ts", "<", until)])
        for name in _BAR_COLUMNS:
            if table.column(name).null_count:
                raise DayError(
                    f"{self._path} column {name!r} has empty cells; expected a value in every row"
                )
        return table

    def dates(self) -> Iterable[dt.date]:
        """Return the distinct dates."""
        days = pc.unique(pc.cast(_local(_read(self._path, ("ts",)).column("ts")), pa.date32()))
        return [day for day in days.to_pylist() if day is not None]

    def _span(self) -> tuple[dt.date, dt.date]:
        file = pq.ParquetFile(self._path)
        index = file.schema_arrow.get_field_index("ts")
        edges: list[dt.datetime] = []
        for group in range(file.num_row_groups):
            statistics = file.metadata.row_group(group).column(index).statistics
            if statistics is None or not statistics.has_min_max:
                dates = sorted(self.dates())
                return (dates[0], dates[-1]) if dates else _NEVER
            edges += (statistics.min, statistics.max)
        if not edges:
            return _NEVER
        return min(edges).astimezone(_KST).date(), max(edges).astimezone(_KST).date()


_KST = dt.timezone(dt.timedelta(hours=9))
_NEVER = (dt.date.max, dt.date.min)


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise DayError(f"{path} is not a Parquet file: {_one_line(error)}") from error


def _read(path: Path, columns: Sequence[str], filters: object = None) -> pa.Table:
    try:
        return pq.read_table(path, columns=list(columns), filters=filters)
    except (pa.ArrowException, OSError) as error:
        raise DayError(f"{path} cannot be read as Parquet: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _require(
    path: Path, schema: pa.Schema, names: Sequence[str], fits: Callable[[Any], bool], expected: str
) -> None:
    for name in names:
        index = schema.get_field_index(name)
        if index < 0:
            raise DayError(
                f"{path} lacks the column {name!r} ({expected}); it has {', '.join(schema.names)}"
            )
        kind = schema.field(index).type
        if not fits(kind):
            raise DayError(f"{path} column {name!r} is {kind}; expected {expected}")


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind)) and kind.tz is not None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _local(instants: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.local_timestamp(instants.cast(pa.timestamp("ns", tz="Asia/Seoul")))


def _codes(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """Distinct values and each row's place among them."""
    kind = pa.dictionary(pa.int32(), pa.string())
    if column.type != kind:
        column = column.cast(pa.string()).dictionary_encode()
    coded = column.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # no rows at all
        return [], np.zeros(0, dtype=np.int64)
    return coded.dictionary.to_pylist(), coded.indices.to_numpy()


def _ints(column: pa.ChunkedArray) -> NDArray[np.int64]:
    values: NDArray[np.int64] = column.to_numpy().astype(np.int64)
    return values


def _narrow(column: pa.ChunkedArray, where: str, name: str) -> NDArray[Any]:
    try:
        values: NDArray[Any] = column.cast(pa.int32()).to_numpy()
    except pa.ArrowInvalid as error:
        raise DayError(
            f"{where} column {name!r} holds more than 2,147,483,647: {_one_line(error)}"
        ) from error
    return values


def _minute_table(parts: Iterable[pa.Table], where: str) -> MinuteTable:
    """Join the files' rows; each is turned into narrow columns before the next is read."""
    names: list[list[str]] = []
    codes: list[NDArray[np.int64]] = []
    columns: list[list[NDArray[Any]]] = []
    for part in parts:
        known, code = _codes(part.column("symbol"))
        starts = part.column("ts").cast(pa.timestamp("ns", tz="Asia/Seoul")).cast(pa.int64())
        figures = [_narrow(part.column(name), where, name) for name in (*_PRICES, "volume")]
        names.append(known)
        codes.append(code)
        columns.append([starts.to_numpy(), *figures])
    symbols = sorted({name for known in names for name in known})
    place = {name: at for at, name in enumerate(symbols)}
    joined = [
        np.array([place[name] for name in known], dtype=np.int16)[code]
        for known, code in zip(names, codes, strict=True)
        if known
    ]
    bars = BarColumns(*(np.concatenate(column) for column in zip(*columns, strict=True)))
    return MinuteTable(symbols, np.concatenate(joined), bars, where)


def _daily_tables(path: Path, symbols: list[str], until: dt.date) -> dict[str, DailyTable]:
    schema = _schema(path)
    flows = ("foreign_net_shares", "inst_net_shares")
    _require(path, schema, ("symbol",), _is_text, "text")
    _require(path, schema, ("date",), pa.types.is_date, "a date")
    _require(path, schema, (*_PRICES, "volume"), pa.types.is_integer, "an integer")
    with_flows = all(name in schema.names for name in flows)
    columns = ("symbol", "date", *_PRICES, "volume", *(flows if with_flows else ()))
    table = _read(path, columns, filters=[("date", "<=", until)])
    names, code = _codes(table.column("symbol"))
    days = _ints(table.column("date").cast(pa.date32()).cast(pa.int32()))
    order = np.lexsort((days, code))
    code = code[order]
    ordinal = days[order] + dt.date(1970, 1, 1).toordinal()
    figures = [_ints(table.column(name))[order] for name in columns[2:]]
    tables = {}
    for place, name in enumerate(names):
        if name not in symbols:
            continue
        rows = slice(*np.searchsorted(code, (place, place + 1)))
        tables[name] = DailyTable(ordinal[rows], *(figure[rows] for figure in figures))
    return tables


def _index_days(path: Path, until: dt.date) -> dict[str, list[IndexDay]]:
    schema = _schema(path)
    _require(path, schema, ("index",), _is_text, "text")
    _require(path, schema, ("date",), pa.types.is_date, "a date")
    _require(path, schema, _PRICES, _is_number, "a number of points")
    table = _read(path, ("index", "date", *_PRICES), filters=[("date", "<=", until)])
    days: dict[str, list[IndexDay]] = {code: [] for code in _INDEX_CODES.values()}
    for row in table.sort_by("date").to_pylist():
        code = _INDEX_CODES.get(row["index"])
        if code is not None:
            levels = (Decimal(f"{row[name]:.2f}") for name in _PRICES)
            days[code].append(IndexDay(code, row["date"].isoformat(), *levels))
    return {code: rows for code, rows in days.items() if rows}


def _listing(path: Path, symbols: list[str]) -> dict[str, Listing]:
    schema = _schema(path)
    _require(path, schema, ("symbol", "name", "market"), _is_text, "text")
    extra = [n for n in ("theme_sector", "krx_sector", "industry") if n in schema.names]
    shares = ["shares"] if "shares" in schema.names else []
    table = _read(
        path, ("symbol", "name", "market", *extra, *shares), filters=[("symbol", "in", symbols)]
    )
    known: dict[str, Listing] = {}
    for row in table.to_pylist():
        market: Market = "KOSDAQ" if str(row["market"]).startswith("KOSDAQ") else "KOSPI"
        sector = next((row[name] for name in extra if row[name]), "")
        known[row["symbol"]] = Listing(row["name"], market, sector, row.get("shares"))
    return known
