"""A day's market data file as one frame of plain columns, whoever wrote it.

Read are `market_data_YYYYMMDD.parquet` with the logger's names (`timestamp`, `symbol`, `venue`,
`real_type`, `fid_41` ...: text, prices signed by their direction) and with typed columns beside
them; a typed column goes before the text it was made from. Columns of the frame:

`arrived_ns`, `at_ns` (null where the file tells no event time), `kind` (trade or quote), `venue`,
`symbol`, `price`, `volume`, `cum_volume`, `ask`, `bid`, `ask_size`, `bid_size`, `in_auction`, and
`ask_2` to `bid_size_10` where the file has deeper levels. Money in KRW, sizes in shares, sorted by
arrival. An empty side is null. A cell that cannot be read is null and noted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from kis_core.market.instants import KST_OFFSET_NS, SECOND_NS, date_of, midnight_ns

TRADES = ("trade", "0B", "주식체결")
QUOTES = ("quote", "book", "0C", "0D", "주식우선호가", "주식호가잔량")
VENUES = ("KRX", "NXT", "UN")
DEPTH = 10

# Where a column may be found, the best first. A trade and 0C have the best prices in 27 and 28, a
# book in 41 and 51.
_ARRIVED = ("arrived_ns", "timestamp")
_AT = ("event_ns", "fid_21", "fid_20")
_KIND = ("kind", "real_type")
_ROW = "row in the file"
_NUMBERS: dict[str, tuple[str, ...]] = {
    "price": ("price_krw", "fid_10"),
    "volume": ("volume", "fid_15"),
    "cum_volume": ("cum_volume", "fid_13"),
    "ask": ("ask_krw_1", "fid_41", "fid_27"),
    "bid": ("bid_krw_1", "fid_51", "fid_28"),
    "ask_size": ("ask_shares_1", "fid_61"),
    "bid_size": ("bid_shares_1", "fid_71"),
}
_DEEPER = {  # column: its typed name and its first FID
    "ask": ("ask_krw", 41),
    "bid": ("bid_krw", 51),
    "ask_size": ("ask_shares", 61),
    "bid_size": ("bid_shares", 71),
}
_PRICES = ("price", "ask", "bid", *(f"{side}_{n}" for side in ("ask", "bid") for n in range(2, 11)))


class MarketFileError(ValueError):
    """A file that holds no market data one could read: which, where, and what was expected."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")


@dataclass(frozen=True, slots=True)
class MarketFrame:
    """A file's rows as told above, and what of it could not be read."""

    path: Path
    day: date
    rows: pl.DataFrame
    notes: tuple[str, ...]

    def quotes(self) -> pl.DataFrame:
        """Return the quotes alone."""
        return self.rows.filter(pl.col("kind") == "quote")


@dataclass(frozen=True, slots=True)
class Overview:
    """What a day's files hold, without their contents: to read them symbol by symbol."""

    day: date
    arrived_ns: pl.Series  # of every trade and quote, in order
    counts: dict[str, int]  # rows by symbol
    nameless: int  # rows without a symbol

    def batches(self, rows_max: int) -> list[list[str]]:
        """Return all symbols in batches of about so many rows, at least one symbol each."""
        found: list[list[str]] = []
        rows = rows_max
        for symbol, count in sorted(self.counts.items()):
            if rows + count > rows_max:
                found.append([])
                rows = 0
            found[-1].append(symbol)
            rows += count
        return found


def overview(paths: Sequence[Path]) -> Overview:
    """Look over the parts of one day's file; raises MarketFileError as `read_market_file`."""
    times, counts = [], pl.DataFrame(schema={"symbol": pl.String, "len": pl.UInt32})
    for path in paths:
        lazy, arrived, _ = _opened(path)
        kinds = [name for name in _KIND if name in lazy.collect_schema()]
        raw = _collected(path, lazy.select(arrived, "symbol", *kinds))
        known = pl.DataFrame([_instant(path, raw[arrived], None), _text(path, raw["symbol"])])
        known = known.filter(_kinds(path, raw).ne_missing(""))
        times.append(known.to_series(0).drop_nulls().rename("arrived_ns"))
        counts = pl.concat([counts, known.group_by("symbol").len()])
    all_times = pl.concat(times).sort()
    if all_times.is_empty():
        raise MarketFileError(paths[0], "holds no trades and no quotes")
    nameless = int(counts.filter(pl.col("symbol").is_null())["len"].sum())
    by_symbol = counts.drop_nulls().group_by("symbol").agg(pl.col("len").sum())
    return Overview(date_of(all_times[0]), all_times, dict(by_symbol.iter_rows()), nameless)


def read_market_files(paths: Sequence[Path], symbols: Collection[str] | None = None) -> MarketFrame:
    """Read the parts of one day's file as one; raises MarketFileError as `read_market_file`."""
    parts = [read_market_file(path, symbols) for path in paths]
    told = [part for part in parts if not part.rows.is_empty()] or parts[:1]
    rows = pl.concat([part.rows for part in told], how="diagonal")
    notes = tuple(note for part in parts for note in part.notes)
    return MarketFrame(
        parts[0].path, told[0].day, rows.sort("arrived_ns", maintain_order=True), notes
    )


def read_market_file(path: Path, symbols: Collection[str] | None = None) -> MarketFrame:
    """Read a file, or only some symbols of it.

    Raises MarketFileError with the file, the column and what was expected. A file without a row
    that can be used is an error, too, unless `symbols` are named.
    """
    lazy, arrived, sources = _opened(path)
    schema = lazy.collect_schema()
    wanted = {arrived, "symbol", "venue", _ROW, *(c for found in sources.values() for c in found)}
    wanted |= {c for c in ("in_auction", *_KIND, *_AT) if c in schema}
    if symbols is not None:
        _text(path, pl.Series("symbol", dtype=schema["symbol"]))
        lazy = lazy.filter(pl.col("symbol").is_in(list(symbols)))
    raw = _collected(path, lazy.select(sorted(wanted)))
    if raw.is_empty() and symbols is None:
        raise MarketFileError(path, "holds no rows")
    frame = _canonical(path, raw, arrived, sources)
    if frame.rows.is_empty() and symbols is None:
        raise MarketFileError(path, "; ".join(frame.notes) or "holds no trades and no quotes")
    return frame


def _opened(path: Path) -> tuple[pl.LazyFrame, str, dict[str, list[str]]]:
    """Return the file, its column of arrivals, and where the others come from."""
    if not path.is_file():
        raise MarketFileError(path, "no such file")
    try:
        lazy = pl.scan_parquet(path, row_index_name=_ROW)
        schema = lazy.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise MarketFileError(path, f"not a Parquet file: {_first_line(error)}") from error
    for column in ("symbol", "venue"):
        _require(path, schema, column, (column,))
    arrived = _require(path, schema, "timestamp", _ARRIVED)
    _require(path, schema, "ask or price", (*_NUMBERS["ask"], *_NUMBERS["price"]))
    return lazy, arrived, _sources(schema)


def _collected(path: Path, lazy: pl.LazyFrame) -> pl.DataFrame:
    try:
        return lazy.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise MarketFileError(path, f"damaged: {_first_line(error)}") from error


def _require(path: Path, schema: pl.Schema, what: str, names: Sequence[str]) -> str:
    for name in names:
        if name in schema:
            return name
    others = f" (or {', '.join(n for n in names if n != what)})" if len(names) > 1 else ""
    raise MarketFileError(
        path,
        f"column {what}{others} is missing; it has {', '.join(c for c in schema if c != _ROW)}",
    )


def _sources(schema: pl.Schema) -> dict[str, list[str]]:
    """Return which columns each canonical one may be taken from, the best first."""
    names = dict(_NUMBERS)
    for side, (typed, first_fid) in _DEEPER.items():
        for n in range(2, DEPTH + 1):
            names[f"{side}_{n}"] = (f"{typed}_{n}", f"fid_{first_fid + n - 1}")
    return {to: found for to, all_ in names.items() if (found := [n for n in all_ if n in schema])}


def _canonical(
    path: Path, raw: pl.DataFrame, arrived: str, sources: dict[str, list[str]]
) -> MarketFrame:
    notes: list[str] = []
    columns = [
        _instant(path, raw[arrived], None).alias("arrived_ns"),
        _text(path, raw["symbol"]),
        _text(path, raw["venue"]),
        _kinds(path, raw).alias("kind"),
    ]
    for to in (*_NUMBERS, *(name for name in sources if name not in _NUMBERS)):
        read = [_number(path, raw[name], raw[_ROW], notes) for name in sources.get(to, [])]
        columns.append(_first_known(read, raw.height).alias(to))
    auction = raw["in_auction"] if "in_auction" in raw.columns else None
    if auction is None or auction.dtype != pl.Boolean:
        auction = pl.Series([None], dtype=pl.Boolean).new_from_index(0, raw.height)
    columns.append(auction.alias("in_auction"))
    frame = pl.DataFrame(columns)
    times = [_instant(path, raw[name], frame["arrived_ns"]) for name in _AT if name in raw.columns]
    frame = frame.with_columns(_first_known(times, raw.height).alias("at_ns"))
    frame = _sound_rows(frame.filter(pl.col("kind").ne_missing(pl.lit(""))), notes)
    # A level of 0 is how Kiwoom writes that there is none; its size of 0 goes with it.
    for size in [c for c in frame.columns if "_size" in c]:
        price = size.replace("_size", "")
        frame = frame.with_columns(
            pl.when(pl.col(price) == 0).then(None).otherwise(pl.col(size)).alias(size)
        )
    zero = [pl.when(pl.col(c) == 0).then(None).otherwise(pl.col(c)).alias(c)
            for c in _PRICES if c in frame.columns and c != "price"]  # fmt: skip
    frame = frame.with_columns(zero).sort("arrived_ns", maintain_order=True)
    day = date.min if frame.is_empty() else date_of(frame["arrived_ns"][0])
    return MarketFrame(path, day, frame, tuple(notes))


def _sound_rows(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    sound = {
        "no arrival time": pl.col("arrived_ns").is_not_null(),
        "no symbol": pl.col("symbol").is_not_null() & (pl.col("symbol") != ""),
        f"a venue other than {', '.join(VENUES)}": pl.col("venue").is_in(VENUES),
        "no kind": pl.col("kind").is_not_null(),
        "a trade without price, size or sum": (pl.col("kind") != "trade")
        | pl.all_horizontal(pl.col("price", "volume", "cum_volume").is_not_null()),
    }
    for why, holds in sound.items():
        kept = frame.filter(holds.fill_null(value=False))
        if kept.height < frame.height:
            notes.append(f"{frame.height - kept.height} rows left out: {why}")
        frame = kept
    return frame


def _kinds(path: Path, raw: pl.DataFrame) -> pl.Series:
    """Return trade, quote, or "" for what is neither; null where the file does not say."""
    found = next((name for name in _KIND if name in raw.columns), None)
    if found is None:
        return pl.Series("kind", ["quote"], dtype=pl.String).new_from_index(0, raw.height)
    named = dict.fromkeys(TRADES, "trade") | dict.fromkeys(QUOTES, "quote")
    text = _text(path, raw[found])
    kinds = text.replace_strict(named, default="", return_dtype=pl.String)
    return kinds.zip_with(text.is_not_null(), pl.select(pl.lit(None, pl.String)).to_series())


def _text(path: Path, column: pl.Series) -> pl.Series:
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    raise MarketFileError(path, f"column {column.name} is {column.dtype}, text is expected")


def _number(path: Path, column: pl.Series, rows: pl.Series, notes: list[str]) -> pl.Series:
    """Return whole numbers; the sign of a text tells a direction only, and is taken off."""
    if column.dtype.is_integer() or column.dtype == pl.Null:
        return column.cast(pl.Int64)
    if column.dtype.is_float():
        read = column.fill_nan(None).cast(pl.Int64, strict=False)
        wrong = column.is_not_null() & column.is_not_nan() & (read.cast(pl.Float64) != column)
        wrong = wrong | (column.is_not_null() & column.is_not_nan() & read.is_null())
    elif column.dtype == pl.String:
        text = column.str.strip_chars()
        read = text.str.strip_chars_start("+-").cast(pl.Int64, strict=False)
        wrong = text.is_not_null() & (text != "") & read.is_null()
    else:
        what = f"column {column.name} is {column.dtype}, whole numbers or their text are expected"
        raise MarketFileError(path, what)
    wrong = wrong.fill_null(value=False)
    if wrong.any():
        row = wrong.arg_true()[0]
        notes.append(
            f"column {column.name}: {wrong.sum()} cells are no whole number, "
            f"first {column[row]!r} in row {rows[row] + 1}"
        )
        read = read.set(wrong, None)
    return read


def _instant(path: Path, column: pl.Series, arrived: pl.Series | None) -> pl.Series:
    """Return nanoseconds since the epoch: KST without a zone, HHMMSS on the day of `arrived`."""
    kind = column.dtype
    if kind.is_integer():
        return column.cast(pl.Int64)
    if isinstance(kind, pl.Datetime):
        ns = column.dt.cast_time_unit("ns").to_physical()
        return ns if kind.time_zone else ns - KST_OFFSET_NS
    if kind == pl.Null:
        return column.cast(pl.Int64)
    if kind != pl.String:
        what = f"column {column.name} is {kind}, a time or its text is expected"
        raise MarketFileError(path, what)
    if arrived is None:
        ns = column.str.to_datetime("%+", time_unit="ns", strict=False).to_physical()
        naive = column.str.to_datetime(
            "%Y-%m-%dT%H:%M:%S%.f", time_unit="ns", strict=False
        ).to_physical()
        return _first_known([naive - KST_OFFSET_NS, ns], column.len())
    clock = pl.DataFrame({"t": column, "arrived": arrived}).select(
        pl.col("t").str.strip_chars().str.extract(r"^(\d{2})\d{4}$").cast(pl.Int64).alias("h"),
        pl.col("t").str.strip_chars().str.extract(r"^\d{2}(\d{2})\d{2}$").cast(pl.Int64).alias("m"),
        pl.col("t").str.strip_chars().str.extract(r"^\d{4}(\d{2})$").cast(pl.Int64).alias("s"),
        "arrived",
    )
    known = arrived.drop_nulls()
    midnight = midnight_ns(date_of(known[0])) if known.len() else 0
    return clock.select(
        midnight + ((pl.col("h") * 60 + pl.col("m")) * 60 + pl.col("s")) * SECOND_NS
    ).to_series()


def _first_known(read: list[pl.Series], height: int) -> pl.Series:
    if not read:
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, height)
    known = read[0]
    for other in read[1:]:
        known = known.zip_with(known.is_not_null(), other)
    return known


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
