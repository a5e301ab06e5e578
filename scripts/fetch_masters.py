"""Fetch KIS's master files and say what they hold.

    python scripts/fetch_masters.py [--config DIR] [--json]

Files go to `masters` in the data folder; one that cannot be had leaves the last good one in force.
Exit code 1 when there is no stock master at all.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.load import DIRECTORY, ConfigError, load  # noqa: E402  the path must be set first
from kis_core.clock import SystemClock  # noqa: E402
from kis_core.net.masters import FetchedTable, MasterStore, fetch_instruments  # noqa: E402
from kis_core.settings import MastersSettings  # noqa: E402


async def fetched(settings: MastersSettings) -> FetchedTable:
    """Return the table of what the host gives, or of what is kept."""
    async with MasterStore(
        settings.url, settings.directory, SystemClock(), timeout_s=settings.timeout_s
    ) as store:
        return await fetch_instruments(store)


def summary(table: FetchedTable) -> dict[str, Any]:
    """Return what a person wants to know of a table."""
    instruments = table.instruments
    front = instruments.front_future()
    return {
        "as_of": None if instruments.as_of is None else instruments.as_of.isoformat(),
        "listed": dict(Counter(each.market for each in instruments.listed().values())),
        "contracts": len(instruments.contracts()),
        "front_future": None if front is None else front.code,
        "bad_lines": [str(bad) for bad in table.bad],
        "troubles": dict(table.troubles),
    }


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of masters.yaml")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    try:
        said = summary(asyncio.run(fetched(load(MastersSettings, "masters", words.config))))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    lines = [f"{key}: {value}" for key, value in said.items()]
    sys.stdout.write(
        (json.dumps(said, ensure_ascii=False) if words.json else "\n".join(lines)) + "\n"
    )
    return 0 if said["listed"] else 1


if __name__ == "__main__":
    sys.exit(main())
