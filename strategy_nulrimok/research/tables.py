"""The research tables as statements: how rows arrive, and what of them is new.

Pure. A row that says what is known already is nothing new. One that says otherwise becomes a
further row, available from the instant it was recorded: before, nobody here knew it. A figure that
a source does not tell takes nothing away from what another one told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from strategy_nulrimok.research.rows import (
    DailyRow,
    Dataset,
    FlowRow,
    FxRow,
    IndexRow,
    ListingRow,
    Row,
)


@dataclass(frozen=True, slots=True)
class Table[R]:
    """One table: its name, whose days it keeps, and its figures in the order of `values`."""

    name: str
    subject: str
    figures: tuple[str, ...]
    values: Callable[[R], tuple[Any, ...]]

    @property
    def stage(self) -> str:
        """The temporary table rows arrive in."""
        return f"arrived_{self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a row as it arrives."""
        return (self.subject, "as_of", "available_at", *self.figures)

    @property
    def make_stage(self) -> str:
        """The statement that makes the temporary table."""
        names = ", ".join(self.columns)
        return (
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {self.stage} ON COMMIT DELETE ROWS "
            f"AS SELECT {names} FROM {self.name} WITH NO DATA"
        )

    @property
    def insert(self) -> str:
        """The statement that keeps what is new: $1 environment, $2 source, $3 now (naive KST)."""
        merged = [f"COALESCE(a.{name}, k.{name})" for name in self.figures]
        known = ", ".join(f"k.{name}" for name in self.figures)
        names = ", ".join(self.figures)
        return f"""
INSERT INTO {self.name}
    (environment, {self.subject}, as_of, available_at, {names}, source, recorded_at)
SELECT $1, a.{self.subject}, a.as_of, n.at, {", ".join(merged)}, $2, GREATEST($3::timestamp, n.at)
FROM {self.stage} a
LEFT JOIN LATERAL (
    SELECT * FROM {self.name} r
    WHERE r.environment = $1 AND r.{self.subject} = a.{self.subject} AND r.as_of = a.as_of
    ORDER BY r.available_at DESC LIMIT 1
) k ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN k.as_of IS NULL THEN a.available_at
        ELSE GREATEST(a.available_at, $3::timestamp, k.available_at + interval '1 microsecond')
        END AS at
) n
WHERE k.as_of IS NULL OR ({", ".join(merged)}) IS DISTINCT FROM ({known})
ON CONFLICT DO NOTHING
"""

    @property
    def known(self) -> str:
        """The newest version of each day as known at an instant.

        $1 environment, $2 subjects, $3 first day, $4 the day after the last, $5 the instant.
        """
        names = ", ".join((self.subject, "as_of", *self.figures))
        return (
            f"SELECT DISTINCT ON ({self.subject}, as_of) {names} FROM {self.name} "
            f"WHERE environment = $1 AND {self.subject} = ANY($2) AND as_of >= $3 AND as_of < $4 "
            f"AND available_at <= $5 ORDER BY {self.subject}, as_of, available_at DESC"
        )


DAILY: Table[DailyRow] = Table(
    "research_daily",
    "symbol",
    ("open", "high", "low", "close", "volume", "value_krw"),
    lambda row: (
        row.open_krw, row.high_krw, row.low_krw, row.close_krw, row.volume, row.value_krw
    ),
)  # fmt: skip
FLOW: Table[FlowRow] = Table(
    "research_flow",
    "symbol",
    ("foreign_net", "institution_net", "foreign_net_krw", "institution_net_krw"),
    lambda row: (
        row.foreign_net, row.institution_net, row.foreign_net_krw, row.institution_net_krw
    ),
)  # fmt: skip
INDEX: Table[IndexRow] = Table(
    "research_index",
    "index_code",
    ("open", "high", "low", "close"),
    lambda row: (row.open_pt, row.high_pt, row.low_pt, row.close_pt),
)
FX: Table[FxRow] = Table("research_fx", "pair", ("close",), lambda row: (row.close,))
LISTING: Table[ListingRow] = Table(
    "research_listing",
    "symbol",
    (
        "market", "name", "market_cap_krw", "halted", "administrative", "warning", "liquidation",
        "spac", "etf", "preferred",
    ),
    lambda row: (
        row.market, row.name, row.market_cap_krw, row.halted, row.administrative, row.warning,
        row.liquidation, row.spac, row.etf, row.preferred,
    ),
)  # fmt: skip
TABLES: Mapping[Dataset, Table[Any]] = {
    "daily": DAILY,
    "flow": FLOW,
    "index": INDEX,
    "fx": FX,
    "listing": LISTING,
}
OF_ROW: Mapping[type[Row], Table[Any]] = {
    DailyRow: DAILY,
    FlowRow: FLOW,
    IndexRow: INDEX,
    FxRow: FX,
    ListingRow: LISTING,
}
