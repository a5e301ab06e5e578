"""Records of real-time TRs from named values. Pure. Columns: kis_core.wire.tr_table."""

from collections.abc import Mapping

from kis_core.wire.tr_table import STREAMS


def record(tr_id: str, values: Mapping[str, object]) -> str:
    """Return one record: the documented columns in order, by their names in lower case."""
    columns = STREAMS[tr_id].layouts[-1]
    return "^".join([str(values[column.lower()]) for column in columns])
