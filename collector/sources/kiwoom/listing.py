"""Today's universe: the sheet of symbols, and who says what can be traded where."""

import asyncio
from datetime import date
from pathlib import Path

from collector.sources.kiwoom import replies
from collector.sources.kiwoom.rest import KiwoomRest
from collector.sources.kiwoom.universe import (
    Issue,
    Sheet,
    Universe,
    UniverseError,
    combined,
    of_masters,
    read_sheet,
)
from kis_core.market.instruments import Instruments


async def of_kiwoom(rest: KiwoomRest) -> dict[str, Issue]:
    """Return the issues of all of Kiwoom's markets. Raises KisError."""
    found: dict[str, Issue] = {}
    for market in replies.MARKETS:
        fields = replies.issue_list_fields(market)
        bodies = [body async for body in rest.pages("ka10099", fields)]
        found = replies.issues(bodies) | found  # the first market that lists it says what it is
    return found


async def read_file(path: Path) -> Sheet:
    """Return the symbols of a file. Raises UniverseError."""
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise UniverseError(f"{path}: {error.strerror}") from None
    return await asyncio.to_thread(read_sheet, path.name, content)


async def todays(
    day: date, path: Path | None, rest: KiwoomRest | None, instruments: Instruments | None
) -> Universe:
    """Return the universe of a day: the sheet's symbols, with what a listing says of them.

    Raises UniverseError for a file, KisError for a listing that could not be had.
    """
    sheet = await read_file(path) if path else None
    if rest is not None:
        listing, source = await of_kiwoom(rest), "ka10099"
    elif instruments is not None:
        listing, source = of_masters(instruments), "masters"
    else:
        listing, source = {}, "sheet"
    if sheet is None and not listing:
        raise UniverseError("neither a file of symbols nor a listing")
    return combined(day, f"{path.name} + {source}" if path else source, sheet, listing)
