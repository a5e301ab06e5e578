"""Records of real-time TRs from named values, as wide as KIS documents them. Pure.

Columns: kis_core.wire.tr_table. Where it knows several widths the widest is the documented one,
but for the off-hours book, whose published frame has a tenth level that the samples do not read.
"""

from collections.abc import Mapping

from kis_core.wire.tr_table import STREAMS

NARROWER = {"H0STOAA0": 54}


def columns(tr_id: str) -> tuple[str, ...]:
    """Return a TR's documented columns."""
    stream = STREAMS[tr_id]
    return stream.columns(NARROWER.get(tr_id, len(stream.layouts[-1])))


def record(tr_id: str, values: Mapping[str, object]) -> str:
    """Return one record: the documented columns in order, by their names in lower case."""
    return "^".join([str(values[column.lower()]) for column in columns(tr_id)])
