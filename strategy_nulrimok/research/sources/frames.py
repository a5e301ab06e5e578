"""What the libraries pykrx and FinanceDataReader have in common: pandas tables, and being optional.

Neither belongs to the fleet: both scrape web pages. They are imported when they are chosen.
"""

import asyncio
import importlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from strategy_nulrimok.research.backfill import SourceError
from strategy_nulrimok.research.rows import DailyRow, IndexRow

NO_NETWORK = (OSError, ValueError, KeyError, AttributeError, TypeError, IndexError)
"""What such a library raises when a page is not there, or is not what it was."""


def imported(module: str, package: str) -> Any:
    """Return a module, or raise SourceError saying how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SourceError(
            f"{package} is not installed ({error}): it is not part of the fleet;"
            f" .venv/bin/python -m pip install {package}"
        ) from None


async def asked(what: str, call: Callable[[], Any]) -> Any:
    """Return a table, asked in a thread. Raises SourceError, with what was asked."""
    try:
        return await asyncio.to_thread(call)
    except NO_NETWORK as error:
        said = " ".join(str(error).split())[:200]
        raise SourceError(f"{what}: {type(error).__name__}: {said}") from None


def rows(what: str, table: Any, *columns: str) -> Iterator[tuple[date, tuple[Any, ...]]]:
    """Yield the day and the values of some columns of each row; a missing value is None.

    Raises SourceError where the table lacks a column.
    """
    absent = [name for name in columns if name not in table.columns]
    if absent:
        there = ", ".join(str(name) for name in table.columns)
        raise SourceError(f"{what}: expected column {', '.join(absent)}, there are {there}")
    for at, *values in table[list(columns)].itertuples():
        yield at.date(), tuple(None if _is_blank(value) else value for value in values)


def traded(
    symbol: str,
    bars: Iterable[tuple[date, tuple[Any, ...]]],
    values_krw: Mapping[date, int | None],
) -> tuple[DailyRow, ...]:
    """Return days on which there was trade, of (day, (open, high, low, close, volume))."""
    return tuple(
        DailyRow(
            symbol, day, int(opened), int(high), int(low), int(close), int(volume),
            values_krw.get(day),
        )
        for day, (opened, high, low, close, volume) in bars
        if volume and None not in (opened, high, low, close)
    )  # fmt: skip


def points(code: str, days: Iterable[tuple[date, tuple[Any, ...]]]) -> tuple[IndexRow, ...]:
    """Return days of an index, of (day, (open, high, low, close)); without levels it is none."""
    return tuple(
        IndexRow(code, day, *(Decimal(f"{float(level):.2f}") for level in levels))
        for day, levels in days
        if None not in levels
    )


def whole(value: Any) -> int | None:
    """Return a count or an amount as int; None where there is none."""
    return None if value is None else int(value)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
