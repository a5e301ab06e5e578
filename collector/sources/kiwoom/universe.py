"""The symbols to be logged: from a sheet, or from a listing, with the facts of the day. Pure.

A sheet's row that is no symbol, or one that was there before, is reported with its number and
left out; the others stand. Codes are text and may hold letters. A number in a spreadsheet has lost
its leading zeros to the spreadsheet and gets them back; a text that has lost them is a fault.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from collector.sources.kiwoom.events import BOTH_SUFFIX, NXT_SUFFIX
from kis_core.market.instruments import Instruments
from kis_core.market.symbols import is_symbol

COLUMNS = ("symbol", "종목코드", "코드")
"""Names of the column that holds the codes, in lower case; without one it is the first."""
ROWS_MAX = 20_000
_DIGITS = 6


class UniverseError(ValueError):
    """A file that holds no symbols. Names the file, and what was expected."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was left out, and why. Rows are numbered as the sheet shows them, from 1."""

    row: int
    text: str
    why: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.text!r}: {self.why}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file of symbols holds."""

    symbols: tuple[str, ...]
    faults: tuple[Fault, ...]


class Issue(msgspec.Struct, frozen=True):
    """One symbol on one day. None: nobody has said."""

    symbol: str
    name: str | None = None
    market: str | None = None
    nxt: bool | None = None  # tradable on NXT
    halted: bool | None = None
    warning: str | None = None  # as the source puts it


class Universe(msgspec.Struct, frozen=True):
    """The symbols of a day, in the order in which they are asked for."""

    date: str  # YYYY-MM-DD
    source: str
    issues: tuple[Issue, ...]
    faults: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()  # in the sheet, and in no listing of the day

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols alone."""
        return tuple(issue.symbol for issue in self.issues)

    @property
    def on_nxt(self) -> frozenset[str]:
        """The symbols known to be tradable on NXT."""
        return frozenset(issue.symbol for issue in self.issues if issue.nxt)


def read_sheet(name: str, content: bytes) -> Sheet:
    """Return the symbols of an .xlsx or a .csv file. Raises UniverseError."""
    ending = name.lower().rpartition(".")[2]
    if ending == "xlsx":
        rows = _xlsx_rows(name, content)
    elif ending == "csv":
        rows = _csv_rows(name, content)
    else:
        raise UniverseError(f"{name}: expected a name that ends in .xlsx or .csv")
    filled = [(number, row) for number, row in rows if any(_text(cell) for cell in row)]
    if not filled:
        raise UniverseError(f"{name}: no rows, expected a column of codes")
    column, first = _column(filled[0][1])
    return _symbols(name, column, filled[first:])


def _xlsx_rows(name: str, content: bytes) -> Sequence[tuple[int, Sequence[Any]]]:
    import openpyxl  # most universes are no workbook

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            (number, row)
            for number, row in enumerate(sheet.iter_rows(max_row=ROWS_MAX, values_only=True), 1)
        ]
        book.close()
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parts do
        why = f"{type(error).__name__}: {error}"
        raise UniverseError(f"{name}: not a spreadsheet ({why[:200]})") from None
    return rows


def _csv_rows(name: str, content: bytes) -> Sequence[tuple[int, Sequence[Any]]]:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UniverseError(f"{name}: neither UTF-8 nor CP949")
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        return [(reader.line_num, row) for row in reader][:ROWS_MAX]
    except csv.Error as error:
        raise UniverseError(f"{name}: not a CSV file: {error}") from None


def _column(head: Sequence[Any]) -> tuple[int, int]:
    """Return which column holds the codes, and how many rows are its head."""
    names = [_text(cell).lower() for cell in head]
    for wanted in COLUMNS:
        if wanted in names:
            return names.index(wanted), 1
    return 0, 0 if _code(head[0] if head else None) else 1


def _symbols(name: str, column: int, rows: Iterable[tuple[int, Sequence[Any]]]) -> Sheet:
    first: dict[str, int] = {}
    faults: list[Fault] = []
    for number, row in rows:
        cell = row[column] if column < len(row) else None
        if not _text(cell):
            faults.append(Fault(number, "", "empty"))
            continue
        symbol = _code(cell)
        if symbol is None:
            why = "expected six characters, a digit first, or Q and six digits"
            faults.append(Fault(number, _text(cell)[:40], why))
        elif symbol in first:
            faults.append(Fault(number, symbol, f"stands in row {first[symbol]} already"))
        else:
            first[symbol] = number
    if not first:
        raise UniverseError(f"{name}: not one symbol in {len(faults)} rows")
    return Sheet(tuple(first), tuple(faults))


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _code(cell: Any) -> str | None:
    """Return a cell's symbol, None where it has none."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int):
        text = str(cell).zfill(_DIGITS) if cell > 0 else ""
    else:
        text = _text(cell).upper().removesuffix(NXT_SUFFIX).removesuffix(BOTH_SUFFIX)
        text = text.removeprefix("A") if len(text) == _DIGITS + 1 else text
    return text if is_symbol(text) else None


def of_masters(instruments: Instruments) -> dict[str, Issue]:
    """Return the issues of the master files, by symbol."""
    return {
        symbol: Issue(
            symbol,
            listed.name,
            listed.market,
            listed.nxt,
            listed.halted,
            listed.warning if listed.warning != "NONE" else None,
        )
        for symbol, listed in instruments.listed().items()
    }


def combined(day: date, source: str, sheet: Sheet | None, listing: Mapping[str, Issue]) -> Universe:
    """Return the day's universe: a sheet's symbols with a listing's facts, or the whole listing.

    A symbol of the sheet that the listing does not know is kept, with nothing known of it, and
    named in `unlisted`; with no listing at all nobody can say so.
    """
    if sheet is None:
        return Universe(day.isoformat(), source, tuple(listing.values()))
    issues = tuple(listing.get(symbol) or Issue(symbol) for symbol in sheet.symbols)
    missing = tuple(s for s in sheet.symbols if s not in listing) if listing else ()
    faults = tuple(str(fault) for fault in sheet.faults)
    return Universe(day.isoformat(), source, issues, faults, missing)


def to_snapshot(universe: Universe) -> bytes:
    """Return a universe as it is kept for the day: JSON, one issue a line."""
    head = {
        "date": universe.date,
        "source": universe.source,
        "faults": universe.faults,
        "unlisted": universe.unlisted,
    }
    lines = [json.dumps(head, ensure_ascii=False)]
    lines += [msgspec.json.encode(issue).decode() for issue in universe.issues]
    return ("\n".join(lines) + "\n").encode()


def from_snapshot(name: str, content: bytes) -> Universe:
    """Return the universe of a snapshot, or raise UniverseError."""
    head, *lines = content.splitlines() or [b""]
    try:
        said = json.loads(head)
        return Universe(
            said["date"],
            said["source"],
            tuple(msgspec.json.decode(line, type=Issue) for line in lines),
            tuple(said["faults"]),
            tuple(said["unlisted"]),
        )
    except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
        raise UniverseError(f"{name}: not a snapshot of a universe: {error}") from None
