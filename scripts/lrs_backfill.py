"""Fill Nulrimok's research store with the past.

    python -m scripts.lrs_backfill parquet --folder ../shared/data
    python -m scripts.lrs_backfill kis --days 600
    python -m scripts.lrs_backfill fdr --days 600 --symbols 005930,000660 --json

Sources: kis (through the running collector), parquet (a folder), pykrx and fdr (libraries that are
not part of the fleet). A run that is stopped goes on where it was; what is there is not fetched
again. At the end it says what is missing. Exit code 1 where something could not be had, 2 where
nothing could be started. DATABASE_URL (and RELAY_TOKEN of kis) come from the environment or .env.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from config.load import DIRECTORY, ConfigError, secret
from kis_core.clock import Clock, SystemClock
from kis_core.feed import Feed
from kis_core.market.calendar import CalendarError, krx_calendar
from kis_core.market.sectors import SectorError
from kis_core.settings import ServiceSettings, load_sectors
from scripts.lrs_page import StandardError, environment_of, lines, progress_bar, settings_of
from strategy_nulrimok.research.backfill import Filled, Source, SourceError, fill
from strategy_nulrimok.research.health import as_json, health
from strategy_nulrimok.research.refresh import refresh
from strategy_nulrimok.research.sources.fdr import FdrSource
from strategy_nulrimok.research.sources.parquet import ParquetSource
from strategy_nulrimok.research.sources.pykrx import PykrxSource
from strategy_nulrimok.research.store import ResearchStore

SHARE_MIN = 0.9  # of the symbols that a day needs to be served, for the report at the end


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed."""

    source: str
    folder: Path | None
    first: date
    last: date
    sectors: Mapping[str, str]
    again: bool
    deadline_s: float


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    head, _, epilog = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m scripts.lrs_backfill",
        description=head,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", choices=("kis", "parquet", "pykrx", "fdr"))
    parser.add_argument("--folder", type=Path, help="of Parquet files: daily/ and masters/ in it")
    parser.add_argument("--days", type=int, default=600, help="calendar days back (600)")
    parser.add_argument("--first", type=date.fromisoformat, help="YYYY-MM-DD, instead of --days")
    parser.add_argument("--last", type=date.fromisoformat, help="YYYY-MM-DD; the last session")
    parser.add_argument("--symbols", help="comma-separated; without, all of sectors.yaml")
    parser.add_argument("--again", action="store_true", help="ask what was answered before, too")
    parser.add_argument("--deadline-s", type=float, default=3600, help="of kis, seconds (3600)")
    parser.add_argument("--environment", choices=("real", "sim"), help="as fleet.yaml says")
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(words)


def wanted_of(said: argparse.Namespace, source: Source | None, clock: Clock) -> Wanted:
    """Return what is meant by it. Raises ConfigError."""
    calendar = krx_calendar()
    newest = source.newest if isinstance(source, ParquetSource) else clock.now().date()
    last: date = min(said.last or newest, newest)
    first: date = said.first or last - timedelta(days=said.days)
    if first > last:
        raise ConfigError(f"--first {first} is after --last {last}")
    for day in (first, last):
        if not calendar.covered_from <= day <= calendar.covered_through:
            raise ConfigError(f"{day} is outside what the calendar covers")
    known = load_sectors(said.config)
    chosen = known.sectors if said.symbols is None else said.symbols.split(",")
    try:
        sectors = known.covering(chosen)
    except SectorError as error:
        raise ConfigError(f"sectors.yaml: {error}") from None
    return Wanted(said.source, said.folder, first, last, sectors, said.again, said.deadline_s)


def source_of(said: argparse.Namespace, clock: Clock) -> Source | None:
    """Return who tells the past; None: the collector. Raises SourceError."""
    match said.source:
        case "kis":
            return None
        case "parquet":
            if said.folder is None:
                raise SourceError("parquet: say --folder DIR")
            return ParquetSource(said.folder)
        case "pykrx":
            return PykrxSource()
        case _:
            return FdrSource(clock)


async def filled(
    wanted: Wanted, source: Source | None, store: ResearchStore, settings: ServiceSettings,
    clock: Clock,
) -> Filled:  # fmt: skip
    """Ask the source and keep what it says."""
    calendar, symbols = krx_calendar(), list(wanted.sectors)
    with progress_bar() as progress:
        if source is not None:
            return await fill(
                store, source, clock, calendar, symbols, wanted.first, wanted.last, progress,
                again=wanted.again,
            )  # fmt: skip
        token = secret("RELAY_TOKEN")
        async with Feed.open(settings.relay_url, token, "lrs_backfill", clock) as feed:
            came = await refresh(
                store, feed, clock, calendar, symbols,
                sessions=max(1, calendar.session_count(wanted.first, wanted.last)),
                deadline_s=wanted.deadline_s, log=StandardError(), progress=progress,
            )  # fmt: skip
        return Filled(came.asked, 0, came.new, dict(came.errors), came.refused)


async def run(said: argparse.Namespace) -> dict[str, Any]:
    """Do it and return what came of it, as JSON values beside the lines to print."""
    settings = settings_of(said.config)
    clock = settings.make_clock() if said.source == "kis" else SystemClock()
    source, calendar = source_of(said, clock), krx_calendar()
    wanted = wanted_of(said, source, clock)
    environment = environment_of(settings, said.environment)
    async with ResearchStore.open(secret("DATABASE_URL"), environment, calendar) as store:
        came = await filled(wanted, source, store, settings, clock)
        trade_date = calendar.next(wanted.last)
        days = (trade_date - wanted.first).days
        found = await health(store, calendar, trade_date, days, wanted.sectors, SHARE_MIN)
    told = {
        "source": wanted.source,
        "asked": came.asked,
        "done_before": came.skipped,
        "new_rows": came.new,
        "errors": came.errors,
        "refused": list(came.refused),
    }
    page = [
        f"{wanted.source}: {came.asked} asked, {came.skipped} done before, {came.new:,} new rows,"
        f" {len(came.errors)} errors, {len(came.refused)} rows refused",
        *(f"  error {what}: {why}" for what, why in list(came.errors.items())[:10]),
        *(f"  refused {why}" for why in came.refused[:10]),
        *lines(found),
    ]
    return {"told": told | {"health": as_json(found)}, "page": page, "failed": bool(came.errors)}


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    said = arguments(words)
    try:
        came = asyncio.run(run(said))
    except (ConfigError, SourceError, CalendarError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        sys.stderr.write(f"the research store cannot be written: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the same command goes on from here\n")
        return 130
    page = json.dumps(came["told"], ensure_ascii=False) if said.json else "\n".join(came["page"])
    sys.stdout.write(page + "\n")
    return 1 if came["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
