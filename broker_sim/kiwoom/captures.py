"""A capture read from Parquet: rows in the order they arrived, as REAL frames. Opens one file.

Columns: `timestamp` (KST, no zone), `real_type`, `raw_code` (an item, suffix and all), and any
`fid_N`. A FID that a row leaves empty is not in its frame; FID 21 (20 of a trade) is taken from
the timestamp where the capture has none. Duplicates stay, and so does a silence.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from broker_sim.kis.numbers import hhmmss
from broker_sim.kiwoom.elements import Values, element, frame
from broker_sim.kiwoom.items import NAMES, Key
from kis_core.market.instants import KST_OFFSET_NS, date_of

TYPES = {name: kind for kind, name in NAMES.items()} | {kind: kind for kind in NAMES}
_TIME_FIDS = {"0B": "20", "0D": "21", "0H": "20"}
_COLUMNS = ("timestamp", "real_type", "raw_code")


class CaptureError(Exception):
    """A capture that cannot be played. One sentence: the file, the place, what was expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """Rows in arrival order. `at_ns` may repeat; where it runs back, the row waits for nobody."""

    at_ns: Sequence[int]
    keys: Sequence[Key]
    fids: Sequence[str]
    columns: Sequence[Sequence[Any]]  # one a FID, None where a row leaves it empty

    def __len__(self) -> int:
        return len(self.at_ns)

    @property
    def date(self) -> dt.date:
        """Return the day of its first row."""
        return date_of(self.at_ns[0])

    def streams(self) -> frozenset[Key]:
        """Return every (item, type) it holds."""
        return frozenset(self.keys)

    def values(self, row: int) -> Values:
        """Return the FIDs of a row as they were captured."""
        kind = self.keys[row][1]
        values: Values = {}
        time_fid = _TIME_FIDS.get(kind)
        if time_fid is not None and time_fid not in self.fids:
            values[time_fid] = hhmmss(self.at_ns[row])
        for fid, column in zip(self.fids, self.columns, strict=True):
            value = column[row]
            if value is not None:
                values[fid] = str(value)
        return values

    def payload(self, row: int) -> bytes:
        """Return a row as a REAL frame."""
        item, kind = self.keys[row]
        return frame([element(kind, item, self.values(row))])


def read_capture(path: Path) -> Capture:
    """Read a capture. Raises CaptureError."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise CaptureError(f"{path}: cannot be read as Parquet: {error}") from error
    for name in _COLUMNS:
        if name not in table.column_names:
            raise CaptureError(f"{path}: no column {name}; a capture has {', '.join(_COLUMNS)}")
    if not table.num_rows:
        raise CaptureError(f"{path}: no rows to play")
    kinds = _kinds(table, path)
    fids = [name for name in table.column_names if name.startswith("fid_")]
    fids = [name for name in fids if table[name].null_count < table.num_rows]
    items: list[str] = table["raw_code"].to_pylist()
    return Capture(
        _instants(table, path),
        list(zip(items, kinds, strict=True)),
        [name.removeprefix("fid_") for name in fids],
        [table[name].to_pylist() for name in fids],
    )


def _kinds(table: pa.Table, path: Path) -> list[str]:
    names: list[str | None] = table["real_type"].to_pylist()
    kinds = [TYPES.get(name or "") for name in names]
    for row, kind in enumerate(kinds):
        if kind is None:
            raise CaptureError(
                f"{path}: row {row}, real_type: {names[row]!r}, expected a type or its name"
            )
    return [kind for kind in kinds if kind is not None]


def _instants(table: pa.Table, path: Path) -> list[int]:
    column = table["timestamp"]
    if not pa.types.is_timestamp(column.type) or column.null_count:
        raise CaptureError(f"{path}: timestamp: {column.type}, expected instants, none empty")
    offset_ns = 0 if column.type.tz else KST_OFFSET_NS  # without a zone it is KST
    naive: list[int] = (
        column.cast(pa.timestamp("ns", tz=column.type.tz)).cast(pa.int64()).to_pylist()
    )
    return [at_ns - offset_ns for at_ns in naive]
