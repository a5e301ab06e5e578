"""What a row of the audit trail is: one class a table, one field a column.

The columns `oms_id` and `environment`, which every table has, are added where rows are written.
Money is int KRW, sizes are int shares, times are KST without a zone. The schema itself is in
`infra/postgres/migrations`; a test holds the two together.
"""

from datetime import date, datetime
from typing import Any, ClassVar, NewType, get_args, get_type_hints

import msgspec

Json = NewType("Json", str)
"""JSON text; a jsonb column."""

_TYPES: dict[Any, str] = {
    int: "bigint",
    str: "text",
    bool: "boolean",
    float: "double precision",
    date: "date",
    datetime: "timestamp",
    bytes: "bytea",
    Json: "jsonb",
}


class Row(msgspec.Struct, kw_only=True):
    """A row of `TABLE`. One of a table with `HISTORY` is written once and never changed."""

    TABLE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]]
    HISTORY: ClassVar[bool] = True

    def key(self) -> tuple[Any, ...]:
        """Return what names the row within one OMS."""
        return tuple(getattr(self, name) for name in self.KEY)


def columns(kind: type[Row]) -> dict[str, str]:
    """Return the columns of a table and their PostgreSQL types."""
    hints = get_type_hints(kind)
    found: dict[str, str] = {}
    for field in kind.__struct_fields__:
        choices = [choice for choice in get_args(hints[field]) if choice is not type(None)]
        found[field] = _TYPES[choices[0] if choices else hints[field]]
    return found


class Happening(Row, kw_only=True):
    """Something happened, at a row of the journal. Written once and never changed."""

    KEY: ClassVar[tuple[str, ...]] = ("seq",)
    seq: int
    at: datetime


class Standing(Row, kw_only=True):
    """How something stands since a row of the journal. Written over and over."""

    HISTORY = False
    updated_at: datetime
    updated_seq: int
