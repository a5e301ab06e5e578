"""The SQL the audit trail speaks, made from the tables' own columns. Pure.

Rows travel as one array a column, so that a batch is one statement a table whatever its size.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from oms.audit.tables import Row, columns


@cache
def insert(kind: type[Row]) -> str:
    """Return the statement that writes rows of a table; $1 oms_id, $2 environment, then arrays.

    History is inserted: a row that is there already is an error, never silently dropped. What
    stands is replaced.
    """
    types = columns(kind)
    # Arrays of jsonb cannot be sent as text: they travel as text and become jsonb on arrival.
    sent = {name: "text" if of == "jsonb" else of for name, of in types.items()}
    arrays = ", ".join(f"${place}::{of}[]" for place, of in enumerate(sent.values(), 3))
    chosen = ", ".join(f"{name}::jsonb" if types[name] == "jsonb" else name for name in types)
    statement = (
        f"INSERT INTO {kind.TABLE} (oms_id, environment, {', '.join(types)}) "
        f"SELECT $1, $2, {chosen} FROM unnest({arrays}) AS sent ({', '.join(types)})"
    )
    if kind.HISTORY:
        return statement
    moved = ", ".join(f"{name} = EXCLUDED.{name}" for name in types if name not in kind.KEY)
    key = ", ".join(("oms_id", *kind.KEY))
    return f"{statement} ON CONFLICT ({key}) DO UPDATE SET {moved}"


def arrays_of(kind: type[Row], rows: Sequence[Row]) -> list[list[Any]]:
    """Return the rows column by column, as `insert` takes them."""
    return [[getattr(row, name) for row in rows] for name in kind.__struct_fields__]


@cache
def select(kind: type[Row], where: str = "") -> str:
    """Return the statement that reads standing rows of one OMS ($1)."""
    condition = f" AND {where}" if where else ""
    return f"SELECT {', '.join(columns(kind))} FROM {kind.TABLE} WHERE oms_id = $1{condition}"


POSITION = "SELECT seq, environment FROM audit_position WHERE oms_id = $1"
POSITION_LOCKED = f"{POSITION} FOR UPDATE"
POSITION_MADE = (
    "INSERT INTO audit_position (oms_id, environment, seq, shipped_at, seen_at) "
    "VALUES ($1, $2, 0, $3, $3) ON CONFLICT DO NOTHING"
)
POSITION_MOVED = (
    "UPDATE audit_position SET seq = $2, shipped_at = $3, seen_at = $3 WHERE oms_id = $1"
)
POSITION_SEEN = "UPDATE audit_position SET seen_at = $2 WHERE oms_id = $1"
LAST_EVENT = "SELECT at_ns, kind, hash FROM oms_events WHERE oms_id = $1 ORDER BY seq DESC LIMIT 1"
# What jsonb refused was kept as one JSON string: the text inside it is the payload.
_PLAIN = "CASE jsonb_typeof(payload) WHEN 'string' THEN payload #>> '{}' ELSE payload::text END"
# Of rows older than the chain there is no text; what jsonb made of it stands in its place. `apart`:
# the two forms of one payload do not say the same, so one of them was changed.
LINKS = (
    "SELECT seq, turn, at_ns, direction, kind, "
    f"convert_to(COALESCE(payload_text, {_PLAIN}), 'UTF8') AS payload, prev_hash AS prev, hash, "
    "NOT CASE WHEN payload_text IS NULL OR hash IS NULL THEN payload_text IS NULL AND hash IS NULL "
    "WHEN jsonb_typeof(payload) = 'string' THEN payload #>> '{}' = payload_text "
    "WHEN pg_input_is_valid(payload_text, 'jsonb') THEN payload = payload_text::jsonb "
    "ELSE false END AS apart, at, environment "
    "FROM oms_events WHERE oms_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
)
# Rows older than the chain, told by their content; $3 are the payloads of the rows $2.
UNLIKE = (
    "SELECT seq FROM oms_events JOIN unnest($2::bigint[], $3::text[]) AS sent (seq, said) "
    f"USING (seq) WHERE oms_id = $1 AND NOT CASE WHEN {_PLAIN} = said THEN true "
    "WHEN pg_input_is_valid(said, 'jsonb') THEN payload = said::jsonb ELSE false END "
    "ORDER BY seq"
)
