"""Nulrimok's research in PostgreSQL: written idempotently, read as it was known at an instant.

COPY into a temporary table, then one INSERT of what is new (`tables`). Nothing is ever overwritten
and nothing is kept before it could be known: a row of a day that is not over yet (a partial bar)
is left out. Instants are naive KST in the database and aware everywhere else.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from kis_core.environment import Environment
from kis_core.market.calendar import CalendarError, TradingCalendar
from kis_core.market.events import DailyBar, IndexDay
from kis_core.postgres import asyncpg_url, from_kst_naive, to_kst_naive
from strategy_nulrimok.decision.research import FlowDay, FxDay, NameResearch, Research
from strategy_nulrimok.research.rows import (
    KOSPI,
    USD_KRW,
    Dataset,
    FxRow,
    Row,
    Rows,
    Span,
    available_at,
    copied_constant,
    fault,
    mended,
    read_at,
)
from strategy_nulrimok.research.tables import DAILY, FLOW, FX, INDEX, LISTING, OF_ROW, TABLES, Table

STATES_SESSIONS_MAX = 5
"""Older than so many sessions, a listing says nothing about halts and warnings of today."""
_KINDS = ("spac", "etf", "preferred")  # what a name is for good
_STATES = ("halted", "administrative", "liquidation")
_CONNECT_S = 10.0
_COMMAND_S = 120.0
_PROGRESS = """
INSERT INTO research_progress AS known
    (environment, source, dataset, subject, first_day, last_day, rows, done_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (environment, source, dataset, subject, first_day, last_day) DO UPDATE SET
    rows = EXCLUDED.rows, done_at = EXCLUDED.done_at
"""
_ARTIFACT = """
INSERT INTO research_artifacts
    (environment, strategy_id, trade_date, content_hash, schema_version, config_hash, data_as_of,
     made_at, content_text)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
"""


class ResearchMissing(LookupError):
    """The store knows nothing that a trade date could be researched from."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of rows: how many were new, not knowable yet, or not true."""

    new: int
    early: int
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """What research came to for a trade date. `content` is JSON; `content_hash` its SHA-256."""

    strategy_id: str
    trade_date: date
    schema_version: int
    config_hash: str
    data_as_of: date
    made_at: datetime
    content: str

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content.encode()).hexdigest()


class ResearchStore:
    """One connection to the research tables."""

    def __init__(
        self,
        connection: "asyncpg.Connection[Any]",
        environment: Environment,
        calendar: TradingCalendar,
    ) -> None:
        self._connection = connection
        self._calendar = calendar
        # The market is one: trading on paper sees the same figures as trading for real.
        self._environment = "sim" if environment is Environment.SIM else "real"
        self._traded_in = environment.value  # an artifact is a strategy's, which trades in one
        self._turn = asyncio.Lock()  # a connection answers one question at a time

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, environment: Environment, calendar: TradingCalendar
    ) -> "AsyncIterator[ResearchStore]":
        """Connect. Raises OSError and asyncpg.PostgresError."""
        connection = await asyncpg.connect(
            asyncpg_url(url), timeout=_CONNECT_S, command_timeout=_COMMAND_S
        )
        try:
            for table in TABLES.values():
                await connection.execute(table.make_stage)
            yield cls(connection, environment, calendar)
        finally:
            await connection.close(timeout=5)

    # -- writing ------------------------------------------------------------------------------

    async def write(self, rows: Rows, now: datetime, done: Iterable[Span] = ()) -> Kept:
        """Keep what is new of the rows and note the spans as done: all of it or nothing.

        `now` is the instant (aware) at which they were told. Of two rows of one day the later one
        counts.
        """
        at = to_kst_naive(now)
        sorted_out = [
            (table, *self._sorted_out(told, rows.source, at))
            for table, told in (
                (DAILY, tuple(map(mended, rows.daily))),
                (FLOW, rows.flows),
                (INDEX, rows.index),
                (FX, _series(rows.fx)),
                (LISTING, rows.listing),
            )
        ]
        constant = copied_constant(rows.fx)
        refused = [*rows.refused, *([constant] if constant else [])]
        new = early = 0
        async with self._turn, self._connection.transaction():
            # One writer at a time: two who are told the same day must not both find it unknown.
            await self._connection.execute("SELECT pg_advisory_xact_lock(hashtext('research'))")
            for table, records, too_early, untrue in sorted_out:
                early += too_early
                refused += untrue
                new += await self._insert(table, records, rows.source, at)
            for span in done:
                await self._connection.execute(
                    _PROGRESS, self._environment, span.source, span.dataset, span.subject,
                    span.first, span.last, len(rows), at,
                )  # fmt: skip
        return Kept(new, early, tuple(refused))

    def _sorted_out(
        self, rows: Sequence[Row], source: str, at: datetime
    ) -> tuple[list[tuple[Any, ...]], int, list[str]]:
        """Return the records to write, how many came too early, and what is wrong with others."""
        records: dict[tuple[str, date], tuple[Any, ...]] = {}
        early, refused = 0, []
        for row in rows:
            table = OF_ROW[type(row)]
            subject: str = getattr(row, table.subject)
            wrong = fault(row)
            try:
                known_at = available_at(row, self._calendar, source)
            except CalendarError as error:
                wrong = wrong or str(error)
            if wrong:
                refused.append(f"{source}: {table.name} {subject} {row.as_of}: {wrong}")
            elif known_at > at:
                early += 1
            else:
                records[subject, row.as_of] = (subject, row.as_of, known_at, *table.values(row))
        return list(records.values()), early, refused

    async def _insert(
        self, table: Table[Any], records: list[tuple[Any, ...]], source: str, at: datetime
    ) -> int:
        if not records:
            return 0
        await self._connection.copy_records_to_table(
            table.stage, records=records, columns=table.columns
        )
        said = await self._connection.execute(table.insert, self._environment, source, at)
        await self._connection.execute(f"TRUNCATE {table.stage}")
        return int(said.rpartition(" ")[2])

    async def write_artifact(self, artifact: Artifact) -> None:
        """Keep an artifact; the same one again changes nothing."""
        async with self._turn:
            await self._connection.execute(
                _ARTIFACT, self._traded_in, artifact.strategy_id, artifact.trade_date,
                artifact.content_hash, artifact.schema_version, artifact.config_hash,
                artifact.data_as_of, to_kst_naive(artifact.made_at), artifact.content,
            )  # fmt: skip

    # -- reading ------------------------------------------------------------------------------

    async def artifact(
        self, strategy_id: str, trade_date: date, config_hash: str | None = None
    ) -> Artifact | None:
        """Return the newest artifact of a trade date (of one configuration, where named)."""
        async with self._turn:
            row = await self._connection.fetchrow(
                "SELECT schema_version, config_hash, data_as_of, made_at, content_text"
                " FROM research_artifacts WHERE environment = $1 AND strategy_id = $2"
                " AND trade_date = $3 AND ($4::text IS NULL OR config_hash = $4)"
                " ORDER BY made_at DESC, content_hash LIMIT 1",
                self._traded_in, strategy_id, trade_date, config_hash,
            )  # fmt: skip
        if row is None:
            return None
        version, rules, as_of, made_at, content = row
        made = from_kst_naive(made_at)
        return Artifact(strategy_id, trade_date, version, rules, as_of, made, content)

    async def read(self, trade_date: date, days: int, sectors: Mapping[str, str]) -> Research:
        """Return what was known at 08:00 KST of a trade date, `days` calendar days back.

        `sectors`: the label of each symbol that is wanted. A symbol of which nothing is known is
        there with empty histories. Raises ResearchMissing where nothing is known of anything, and
        CalendarError outside what the calendar covers.
        """
        first, at = trade_date - timedelta(days=days), read_at(trade_date)
        sessions = self._calendar.sessions_between(first, trade_date - timedelta(days=1))
        symbols = list(sectors)
        async with (
            self._turn,
            self._connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            bars = await self._known(DAILY, symbols, first, trade_date, at)
            flows = await self._known(FLOW, symbols, first, trade_date, at)
            # A listing is of the morning it was fetched on: the day itself is in question too.
            tomorrow = trade_date + timedelta(days=1)
            listing = await self._known(LISTING, symbols, first, tomorrow, at)
            levels = await self._known(INDEX, [KOSPI], first, trade_date, at)
            closes = await self._known(FX, [USD_KRW], first, trade_date, at)
        kospi = tuple(IndexDay(code, day.isoformat(), *points) for code, day, *points in levels)
        fx = tuple(FxDay(day.isoformat(), close) for _, day, close in closes)
        told = [row["as_of"] for row in (*bars, *flows)]
        dates: list[str] = [day.isoformat() for day in told]
        dates += [day.date for day in kospi] + [day.date for day in fx]
        if not dates:
            raise ResearchMissing(
                f"the research store knows nothing of the {days} days before {trade_date} 08:00:"
                " fill it with python -m scripts.lrs_backfill"
            )
        fresh_from = (
            sessions[-STATES_SESSIONS_MAX] if len(sessions) >= STATES_SESSIONS_MAX else first
        )
        return Research(
            trade_date.isoformat(),
            max(dates),
            kospi,
            _names(sectors, bars, flows, listing, fresh_from),
            fx or None,
            tuple(day.isoformat() for day in sessions),
        )

    async def _known(
        self, table: Table[Any], subjects: list[str], first: date, until: date, at: datetime
    ) -> list[Any]:
        """Ask within a turn."""
        found: list[Any] = await self._connection.fetch(
            table.known, self._environment, subjects, first, until, at
        )
        return found

    async def held(
        self, dataset: Dataset, subjects: Sequence[str], first: date, last: date, now: datetime
    ) -> dict[str, dict[date, Any]]:
        """Return the days known now of each subject, ascending, with the day's close (or None)."""
        table = TABLES[dataset]
        until = last + timedelta(days=1)
        async with self._turn:
            rows = await self._known(table, list(subjects), first, until, to_kst_naive(now))
        days: dict[str, dict[date, Any]] = {subject: {} for subject in subjects}
        for row in rows:
            days[row[table.subject]][row["as_of"]] = row.get("close")
        return days

    async def done(self, source: str) -> dict[tuple[Dataset, str], list[tuple[date, date]]]:
        """Return the spans of each dataset and subject that a source has answered."""
        async with self._turn:
            rows = await self._connection.fetch(
                "SELECT dataset, subject, first_day, last_day FROM research_progress"
                " WHERE environment = $1 AND source = $2 ORDER BY first_day, last_day",
                self._environment, source,
            )  # fmt: skip
        spans: dict[tuple[Dataset, str], list[tuple[date, date]]] = {}
        for dataset, subject, first, last in rows:
            spans.setdefault((dataset, subject), []).append((first, last))
        return spans

    async def counts(self) -> dict[str, int]:
        """Return how many rows, versions included, each table has."""
        counted = {}
        async with self._turn:
            for table in TABLES.values():
                counted[table.name] = await self._connection.fetchval(
                    f"SELECT count(*) FROM {table.name} WHERE environment = $1",
                    self._environment,
                )
        return counted


def _series(fx: tuple[FxRow, ...]) -> tuple[FxRow, ...]:
    return () if copied_constant(fx) else fx


def _names(
    sectors: Mapping[str, str],
    bars: Iterable[Any],
    flows: Iterable[Any],
    listing: Iterable[Any],
    fresh_from: date,
) -> dict[str, NameResearch]:
    """Return each symbol with its histories; `fresh_from`: since when states still count."""
    of_bars: dict[str, list[DailyBar]] = {symbol: [] for symbol in sectors}
    of_flows: dict[str, list[FlowDay]] = {symbol: [] for symbol in sectors}
    for symbol, day, *figures in bars:
        of_bars[symbol].append(DailyBar(symbol, day.isoformat(), *figures))
    for symbol, day, _, _, foreign_krw, institution_krw in flows:
        of_flows[symbol].append(FlowDay(day.isoformat(), foreign_krw, institution_krw))
    caps: dict[str, int] = {}
    kinds: dict[str, dict[str, bool]] = {}
    states: dict[str, frozenset[str]] = {}
    for row in listing:  # ascending: the newest word counts; what is not told takes nothing away
        symbol = row["symbol"]
        if row["market_cap_krw"] is not None:
            caps[symbol] = row["market_cap_krw"]
        told = {name.upper(): row[name] for name in _KINDS if row[name] is not None}
        kinds.setdefault(symbol, {}).update(told)
        states[symbol] = _states(row) if row["as_of"] >= fresh_from else frozenset()
    return {
        symbol: NameResearch(
            symbol,
            sector,
            tuple(of_bars[symbol]),
            tuple(of_flows[symbol]),
            caps.get(symbol),
            states.get(symbol, frozenset())
            | frozenset(name for name, is_one in kinds.get(symbol, {}).items() if is_one),
        )
        for symbol, sector in sectors.items()
    }


def _states(row: Any) -> frozenset[str]:
    told = {name.upper() for name in _STATES if row[name]}
    return frozenset(told | ({row["warning"]} & {"WARNING", "RISK"}))
