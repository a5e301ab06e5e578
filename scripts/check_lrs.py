"""Say how whole Nulrimok's research store is; exit code 1 where the day cannot be served.

    python -m scripts.check_lrs
    python -m scripts.check_lrs --date 2026-02-02 --json

It looks at the store as the research of that trade date would at 08:00: nothing that is known later
counts. Without --date, the next trade date. DATABASE_URL comes from the environment or .env.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import asyncpg

from config.load import DIRECTORY, ConfigError, secret
from kis_core.clock import SystemClock
from kis_core.market.calendar import CalendarError, krx_calendar
from kis_core.settings import load_sectors
from scripts.lrs_page import environment_of, lines, settings_of
from strategy_nulrimok.research.health import Health, as_json, health, next_trade_date
from strategy_nulrimok.research.store import ResearchStore


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    head, _, epilog = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m scripts.check_lrs",
        description=head,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--date", type=date.fromisoformat, help="trade date, YYYY-MM-DD")
    parser.add_argument("--days", type=int, default=450, help="calendar days back (450)")
    parser.add_argument(
        "--share", type=float, default=0.9, help="of the symbols that must be current (0.9)"
    )
    parser.add_argument("--environment", choices=("real", "sim"), help="as fleet.yaml says")
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(words)


async def looked(said: argparse.Namespace) -> Health:
    """Return the state of the store."""
    settings, calendar = settings_of(said.config), krx_calendar()
    environment = environment_of(settings, said.environment)
    trade_date = said.date or next_trade_date(calendar, SystemClock().now())
    if not calendar.is_session(trade_date):
        raise CalendarError(f"--date {trade_date} is not a session")
    sectors = load_sectors(said.config).sectors
    async with ResearchStore.open(secret("DATABASE_URL"), environment, calendar) as store:
        return await health(store, calendar, trade_date, said.days, sectors, said.share)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    said = arguments(words)
    try:
        found = asyncio.run(looked(said))
    except (ConfigError, CalendarError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        sys.stderr.write(f"the research store cannot be read: {error}\n")
        return 2
    page = json.dumps(as_json(found), ensure_ascii=False) if said.json else "\n".join(lines(found))
    sys.stdout.write(page + "\n")
    return 1 if found.why_not else 0


if __name__ == "__main__":
    sys.exit(main())
