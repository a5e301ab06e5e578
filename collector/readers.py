"""What was collected, as polars frames: for notebooks and research.

`Market` reads PostgreSQL, `day_files` the Parquet day files through DuckDB. Rows come in ascending
order of time; "latest" are the newest. Nothing is cut off unless a limit is asked for, and then a
warning (`Cut`) says so. A frame's times are aware, in KST; with `aware=False` they are KST without
a zone; `in_kst` alone makes them so, and `kst_naive` alone what is asked with. Prices of stocks are
whole KRW; those of contracts, in points, are floats here. Examples: docs/readers.md.
"""

import asyncio
import threading
import warnings
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import asyncpg
import duckdb
import msgspec
import polars as pl

from collector import dayfile
from config.load import secret
from kis_core.postgres import asyncpg_url, to_kst_naive

Moment = datetime | date | str
"""An instant to ask with: aware in any zone, or naive, which is KST; a date; either as ISO text."""

_CONNECT_S = 10.0
_ZONE = "Asia/Seoul"
_MICROS = "%Y-%m-%d %H:%M:%S%.f"
_CANDLES = {"stock": "stock_candles", "futures": "futures_candles", "option": "option_candles"}
METRICS = (
    "iv", "delta", "gamma", "theta", "vega", "price", "volume", "open_interest",
    "own_iv", "own_delta", "own_gamma", "own_theta", "own_vega", "iv_difference",
)  # fmt: skip
_figures = msgspec.json.Decoder(dict[str, float | None]).decode
_TYPES: dict[str, Any] = {
    "int2": pl.Int64, "int4": pl.Int64, "int8": pl.Int64,
    "numeric": pl.Float64, "float4": pl.Float64, "float8": pl.Float64,
}  # fmt: skip
VIEWS = ("market_data", "trades", "quotes", "books")

_Place = Literal["real", "paper", "sim"]


class ReaderError(Exception):
    """A question that cannot be answered: says what was asked and what there is."""


class Cut(UserWarning):
    """A limit was asked for, and it cut something off."""


def kst_naive(at: Moment) -> datetime:
    """Return a moment as the database keeps it: KST without a zone."""
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at) if len(at) > 10 else date.fromisoformat(at)
        except ValueError:
            raise ReaderError(f"{at!r}: expected YYYY-MM-DD or YYYY-MM-DD HH:MM[:SS]") from None
    if not isinstance(at, datetime):
        return datetime(at.year, at.month, at.day)  # noqa: DTZ001 - the database's form
    return at if at.tzinfo is None else to_kst_naive(at)


def _until(at: Moment) -> datetime:
    """Return where a range ends: a date is in it to its end."""
    whole_day = (isinstance(at, str) and len(at) <= 10) or not isinstance(at, datetime | str)
    return kst_naive(at) + timedelta(days=1) if whole_day else kst_naive(at)


def in_kst(frame: pl.DataFrame, *, aware: bool) -> pl.DataFrame:
    """Return a frame whose zoneless times, KST all of them, carry their zone or do not."""
    if not aware:
        return frame
    return frame.with_columns(
        pl.col(name).dt.replace_time_zone(_ZONE)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime) and kind.time_zone is None
    )


def with_figures(frame: pl.DataFrame) -> pl.DataFrame:
    """Return signals with a column for each of their figures, by name, in place of `figures`."""
    rows = [_figures(text) for text in frame["figures"]]
    names = sorted({name for row in rows for name in row})
    columns = [pl.Series(name, [row.get(name) for row in rows], pl.Float64) for name in names]
    return frame.drop("figures").with_columns(columns)


class Market:
    """One connection to the database, to be asked from a notebook or a program.

    It lives on a thread of its own, so that it works inside a running event loop as well.
    """

    def __init__(self, url: str, environment: _Place, *, aware: bool) -> None:
        # Trading on paper sees the same market as trading for real; its signals are its own.
        self._environment = "sim" if environment == "sim" else "real"
        self._traded_in = environment
        self._aware = aware
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._connection: asyncpg.Connection[Any] = self._run(
                asyncpg.connect(asyncpg_url(url), timeout=_CONNECT_S)
            )
        except BaseException:
            self._stop()
            raise

    @classmethod
    @contextmanager
    def open(
        cls,
        url: str | None = None,
        environment: _Place = "real",
        *,
        aware: bool = True,
    ) -> "Iterator[Market]":
        """Connect to `url`, or to the secret DATABASE_URL. "sim" are the simulator's data;
        "paper" has the market of "real", and signals of its own.
        """
        market = cls(url or secret("DATABASE_URL"), environment, aware=aware)
        try:
            yield market
        finally:
            market.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._run(self._connection.close(timeout=5))
        self._stop()

    def candles(
        self,
        symbols: str | Sequence[str],
        start: Moment,
        end: Moment,
        *,
        kind: Literal["stock", "futures", "option"] = "stock",
        venue: str | None = None,
        session: str | None = None,
        limit: int | None = None,
    ) -> pl.DataFrame:
        """Return one-minute candles from `start` to before `end`; `ts` is the minute's start."""
        where, values = self._of_candles(symbols, kind, venue, session)
        where += f" AND ts >= ${len(values) + 1} AND ts < ${len(values) + 2}"
        values += [kst_naive(start), _until(end)]
        return self._ranged(f"SELECT * FROM {_CANDLES[kind]} WHERE {where}", values, limit)

    def latest_candles(
        self,
        symbols: str | Sequence[str],
        rows: int,
        *,
        kind: Literal["stock", "futures", "option"] = "stock",
        venue: str | None = None,
        session: str | None = None,
    ) -> pl.DataFrame:
        """Return the newest `rows` candles of each symbol, in ascending order."""
        each = []
        for symbol in [symbols] if isinstance(symbols, str) else symbols:
            where, values = self._of_candles(symbol, kind, venue, session)
            asked = f"SELECT * FROM {_CANDLES[kind]} WHERE {where}"
            each.append(self._newest(asked, values, rows))
        return pl.concat(each).sort("ts", maintain_order=True)

    def _of_candles(
        self, symbols: str | Sequence[str], kind: str, venue: str | None, session: str | None
    ) -> tuple[str, list[object]]:
        if kind not in _CANDLES:
            raise ReaderError(f"candles of {kind!r}: expected one of {', '.join(_CANDLES)}")
        wanted = [symbols] if isinstance(symbols, str) else list(symbols)
        where = "environment = $1::text::environment AND symbol = ANY($2::text[])"
        values: list[object] = [self._environment, wanted]
        if kind != "stock":  # the partition's key, too: it is looked for in one place
            where += " AND product = ANY($3::text[])"
            values.append(sorted({symbol[:3] for symbol in wanted}))
        if venue is not None:
            if kind != "stock":
                raise ReaderError(f"venue {venue!r}: contracts have one venue; ask by session")
            values.append(venue)
            where += f" AND venue = ${len(values)}"
        if session is not None:
            values.append(session)
            where += f" AND session = ${len(values)}"
        return where, values

    def matrices(
        self,
        board: str,
        metric: str,
        start: Moment,
        end: Moment,
        *,
        limit: int | None = None,
    ) -> pl.DataFrame:
        """Return option matrices of one metric: a row a minute, 42 values and their strikes.

        `board` is a maturity and an underlying, 202509_kospi200; METRICS names the metrics.
        """
        asked, values = self._of_matrix(board, metric)
        asked += " AND ts >= $4 AND ts < $5"
        return self._ranged(asked, [*values, kst_naive(start), _until(end)], limit)

    def latest_matrices(self, board: str, metric: str, rows: int = 1) -> pl.DataFrame:
        """Return the newest `rows` matrices of one metric, in ascending order."""
        # Looked for in the chain first: the view would rank every capture to find the newest.
        newest = self._newest(
            "SELECT DISTINCT ts FROM option_chains "
            "WHERE environment = $1::text::environment AND board = $2",
            [self._environment, board], rows,
        )  # fmt: skip
        asked, values = self._of_matrix(board, metric)
        if newest.is_empty():
            return self._frame(f"{asked} AND false", values)
        first = newest["ts"][0].replace(tzinfo=None)
        return self._frame(f"{asked} AND ts >= $4 ORDER BY ts", [*values, first])

    def _of_matrix(self, board: str, metric: str) -> tuple[str, list[object]]:
        if metric not in METRICS:
            raise ReaderError(f"metric {metric!r}: expected one of {', '.join(METRICS)}")
        asked = (
            "SELECT * FROM option_matrices WHERE environment = $1::text::environment "
            "AND board = $2 AND metric = $3"
        )
        return asked, [self._environment, board, metric]

    def chains(
        self, board: str, start: Moment, end: Moment, *, limit: int | None = None
    ) -> pl.DataFrame:
        """Return option chains as they were captured, an option a row, with its moneyness."""
        return self._ranged(
            "SELECT * FROM option_moneyness WHERE environment = $1::text::environment "
            "AND board = $2 AND ts >= $3 AND ts < $4",
            [self._environment, board, kst_naive(start), _until(end)], limit, "cp, strike",
        )  # fmt: skip

    def boards(self) -> pl.DataFrame:
        """Return which option boards there are, and from when to when."""
        return self._frame(
            "SELECT board, min(ts) AS first_ts, max(ts) AS last_ts FROM option_chains "
            "WHERE environment = $1::text::environment GROUP BY board ORDER BY board",
            [self._environment],
        )

    def gaps(
        self, start: Moment, end: Moment, *, source: str | None = None, limit: int | None = None
    ) -> pl.DataFrame:
        """Return the gaps that touch a range; `to_at` null: still open."""
        return self._ranged(
            "SELECT * FROM market_gaps WHERE environment = $1::text::environment "
            "AND from_at < $3 AND (to_at IS NULL OR to_at >= $2) "
            "AND ($4::text IS NULL OR source = $4::text)",
            [self._environment, kst_naive(start), _until(end), source], limit, key="from_at",
        )  # fmt: skip

    def findings(
        self, first: date | str, last: date | str, *, limit: int | None = None
    ) -> pl.DataFrame:
        """Return what was found wrong with the data of these trading dates, both included."""
        return self._ranged(
            "SELECT * FROM market_findings WHERE environment = $1::text::environment "
            "AND trade_date >= $2 AND trade_date <= $3",
            [self._environment, kst_naive(first).date(), kst_naive(last).date()],
            limit, "source, venue, symbol, kind", key="trade_date",
        )  # fmt: skip

    def signal_names(self) -> pl.DataFrame:
        """Return which signals there are, of which symbols, and from when to when."""
        return self._frame(
            "SELECT strategy_id, name, symbol, count(*) AS signals, min(ts) AS first_ts, "
            "max(ts) AS last_ts FROM signals WHERE environment = $1::text::environment "
            "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            [self._traded_in],
        )

    def signals(
        self,
        symbols: str | Sequence[str],
        start: Moment,
        end: Moment,
        *,
        strategy_id: str | None = None,
        name: str | None = None,
        limit: int | None = None,
    ) -> pl.DataFrame:
        """Return the signals of symbols from `start` to before `end`, each figure a column.

        `ts` is the end of the bar a signal was computed of. A figure that a row has not is null.
        """
        asked, values = self._of_signals(symbols, strategy_id, name)
        asked += " AND ts >= $5 AND ts < $6"
        then = "strategy_id, symbol, name"
        found = self._ranged(asked, [*values, kst_naive(start), _until(end)], limit, then)
        return with_figures(found)

    def latest_signals(
        self,
        symbols: str | Sequence[str],
        rows: int,
        *,
        strategy_id: str | None = None,
        name: str | None = None,
    ) -> pl.DataFrame:
        """Return the newest `rows` signals of each symbol, in ascending order."""
        each = [
            self._newest(*self._of_signals(symbol, strategy_id, name), rows)
            for symbol in ([symbols] if isinstance(symbols, str) else symbols)
        ]
        return with_figures(pl.concat(each).sort("ts", maintain_order=True))

    def _of_signals(
        self, symbols: str | Sequence[str], strategy_id: str | None, name: str | None
    ) -> tuple[str, list[object]]:
        wanted = [symbols] if isinstance(symbols, str) else list(symbols)
        asked = (
            "SELECT strategy_id, symbol, name, ts, signal, reason, recorded_at, figures "
            "FROM signals WHERE environment = $1::text::environment AND symbol = ANY($2::text[]) "
            "AND ($3::text IS NULL OR strategy_id = $3) AND ($4::text IS NULL OR name = $4)"
        )
        return asked, [self._traded_in, wanted, strategy_id, name]

    def _ranged(
        self,
        asked: str,
        values: Sequence[object],
        limit: int | None,
        then: str | None = None,
        key: str = "ts",
    ) -> pl.DataFrame:
        """Return all of it, or the newest `limit` rows and a warning if there were more."""
        order = f"{key}, {then}" if then else key
        if limit is None:
            return self._frame(f"{asked} ORDER BY {order}", values)
        found = self._newest(asked, values, limit + 1, key, order)
        if len(found) > limit:
            said = f"the newest {limit:,} rows; there are more (a larger limit, or none, gets them)"
            warnings.warn(said, Cut, stacklevel=3)
        return found.tail(limit)

    def _newest(
        self,
        asked: str,
        values: Sequence[object],
        rows: int,
        key: str = "ts",
        order: str | None = None,
    ) -> pl.DataFrame:
        if rows < 1:
            raise ReaderError(f"{rows} rows: expected 1 or more")
        newest = f"{asked} ORDER BY {key} DESC LIMIT {int(rows)}"
        return self._frame(f"SELECT * FROM ({newest}) AS newest ORDER BY {order or key}", values)

    def _frame(self, asked: str, values: Sequence[object]) -> pl.DataFrame:
        return in_kst(self._run(self._copied(asked, values)), aware=self._aware)

    async def _copied(self, asked: str, values: Sequence[object]) -> pl.DataFrame:
        columns = (await self._connection.prepare(asked)).get_attributes()
        text = BytesIO()
        await self._connection.copy_from_query(
            asked, *values, output=text, format="csv", header=False
        )
        text.seek(0)
        schema = {column.name: _TYPES.get(column.type.name, pl.String) for column in columns}
        if not text.getbuffer().nbytes:
            frame = pl.DataFrame(schema=schema)
        else:
            frame = pl.read_csv(text, has_header=False, schema=schema)
        made = {
            "timestamp": lambda name: pl.col(name).str.to_datetime(_MICROS, time_unit="us"),
            "date": lambda name: pl.col(name).str.to_date(),
            "bool": lambda name: pl.col(name) == "t",
        }
        return frame.with_columns(
            made[column.type.name](column.name) for column in columns if column.type.name in made
        )

    def _run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class DayFiles:
    """Day files as tables of DuckDB: market_data, and of it trades, quotes and books.

    Beside a day file's columns they have `trade_date`, `source` and `event_at`. Only these tables
    are to be asked, by SELECT, and only these files can be opened.
    """

    def __init__(self, paths: Sequence[Path], *, aware: bool) -> None:
        self._aware = aware
        self._database = duckdb.connect()
        files = [str(path.resolve()) for path in paths]
        self._database.execute(f"SET allowed_paths = {_listed(files)}")
        self._database.execute(
            f"CREATE VIEW market_data AS SELECT * EXCLUDE (filename), "
            "strptime(regexp_extract(filename, 'market_data_(\\d{8})', 1), '%Y%m%d')::date "
            "AS trade_date, regexp_extract(filename, '([^/]+)/[^/]+$', 1) AS source, "
            "make_timestamp((event_ns + 32400000000000) // 1000) AS event_at "
            f"FROM read_parquet({_listed(files)}, filename = true)"
        )
        for view, kind in zip(VIEWS[1:], ("trade", "quote", "book"), strict=True):
            self._database.execute(
                f"CREATE VIEW {view} AS SELECT * FROM market_data WHERE kind = '{kind}'"
            )
        # What may be asked is what is in this catalog: no variable of the caller, no other file.
        self._database.execute("SET python_enable_replacements = false")
        self._database.execute("SET enable_external_access = false")
        self._database.execute("SET lock_configuration = true")

    def sql(self, query: str, **values: object) -> pl.DataFrame:
        """Return the rows of a SELECT; `$name` in it stands for the value given by that name."""
        try:
            statements = self._database.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise ReaderError("expected one SELECT")
            found = self._database.sql(query, params=values or None).pl()
        except duckdb.Error as error:
            raise ReaderError(str(error)) from None
        return in_kst(found, aware=self._aware)

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()


def day_files(
    folder: Path | str = "data/days",
    first: date | str | None = None,
    last: date | str | None = None,
    *,
    source: str | None = None,
    aware: bool = True,
) -> DayFiles:
    """Return the day files of a folder, of these trading dates, as tables.

    Raises ReaderError when there are none.
    """
    since = kst_naive(first).date() if first else date.min
    until = kst_naive(last).date() if last else date.max
    paths = [
        path
        for path in dayfile.day_paths(Path(folder), source or "*")
        if since <= dayfile.day_of(path) <= until
    ]
    if not paths:
        raise ReaderError(f"no day files of these dates in {folder}")
    return DayFiles(paths, aware=aware)


def _listed(files: Sequence[str]) -> str:
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in files) + "]"
