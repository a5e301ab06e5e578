"""Texts and numbers as Arrow columns. Pure.

Texts that say nothing are null. A column in which nothing was said costs next to nothing.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from collector.day_schema import SCHEMA
from kis_core.market.instants import KST_OFFSET_NS, SECOND_NS

NUMBER = r"^[ +-]*[0-9]{0,18}$"
_NULL = pa.scalar(None, pa.int64())
_SECONDS_A_DAY = 86_400


def texts(said: Sequence[str | None]) -> pa.Array:
    """Return texts as they are; an empty one is kept."""
    if said.count(None) == len(said):
        return pa.nulls(len(said), pa.string())
    return pa.array(said, pa.string())


def numbers(said: pa.Array) -> pa.Array:
    """Return the magnitudes of signed texts as int64, null where there is none.

    Raises pyarrow.ArrowInvalid where one is not a number.
    """
    if said.null_count == len(said):
        return pa.nulls(len(said), pa.int64())
    bare = pc.utf8_ltrim(said, "+- ")
    return pc.cast(pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare), pa.int64())


def not_zero(magnitudes: pa.Array) -> pa.Array:
    """Return them with null for 0: a price of 0 is a level that is not there."""
    if magnitudes.null_count == len(magnitudes):
        return magnitudes
    return pc.if_else(pc.equal(magnitudes, 0), _NULL, magnitudes)


def signs(said: pa.Array) -> pa.Array:
    """Return +1 or -1 after the sign of each text, 0 without one, null without a text."""
    if said.null_count == len(said):
        return pa.nulls(len(said), pa.int8())
    bare = pc.utf8_ltrim_whitespace(said)
    sign = pc.if_else(
        pc.starts_with(bare, "-"),
        pa.scalar(-1, pa.int8()),
        pc.cast(pc.starts_with(bare, "+"), pa.int8()),
    )
    return pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.int8()), sign)


def of_day(hhmmss: pa.Array, day_ns: int) -> pa.Array:
    """Return times of a day (HHMMSS, as numbers) as instants; null for what is no time."""
    if hhmmss.null_count == len(hhmmss):
        return hhmmss
    said = pc.fill_null(hhmmss, 240_000).to_numpy()
    seconds = said // 10_000 * 3_600 + said // 100 % 100 * 60 + said % 100
    wrong = (seconds >= _SECONDS_A_DAY) | (said // 100 % 100 > 59) | (said % 100 > 59)
    return pa.array(day_ns + seconds * SECOND_NS, pa.int64(), mask=wrong)


def naive(arrived_ns: pa.Array) -> pa.Array:
    """Return instants as KST without a zone, cut to microseconds."""
    micros = (arrived_ns.to_numpy() + KST_OFFSET_NS) // 1_000
    return pa.array(micros, pa.int64()).cast(pa.timestamp("us"))


def batch(rows: int, columns: dict[str, Any]) -> pa.RecordBatch:
    """Return a batch of the day file's columns; those not given are null."""
    arrays = [
        columns[field.name] if field.name in columns else pa.nulls(rows, field.type)
        for field in SCHEMA
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
