"""The audit trail's tables, kept in memory instead of a database."""

from collections.abc import Iterable
from typing import Any

from oms.audit.known import Known
from oms.audit.projection import Entry, Projection
from oms.audit.tables import Row
from tests.oms.audit.story import ACCOUNT


class Tables:
    """Rows as the database would keep them: `tables["orders"]`."""

    def __init__(self) -> None:
        self.known = Known()
        self._projection = Projection(ACCOUNT, self.known)
        self._kept: dict[str, dict[tuple[Any, ...], Row]] = {}

    def take(self, entries: Iterable[Entry]) -> "Tables":
        for entry in entries:
            self._projection.take(entry)
        for row in self._projection.drain():
            table = self._kept.setdefault(row.TABLE, {})
            assert not (row.HISTORY and row.key() in table), f"{row} is written twice"
            table[row.key()] = row
        return self

    def __getitem__(self, table: str) -> list[Any]:
        return list(self._kept.get(table, {}).values())
