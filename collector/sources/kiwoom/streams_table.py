"""The ledger of streams in PostgreSQL: table stream_registrations."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date

import asyncpg

from collector.sources.kiwoom.registry import Row
from kis_core.environment import Environment

_CONNECT_S = 10.0
_COMMAND_S = 60.0
_COLUMNS = (
    "environment", "source", "trade_date", "line", "grp", "type", "item", "requested_at",
    "acknowledged_at", "first_message_at", "last_message_at", "messages", "refused",
)  # fmt: skip
_STAGE = """
CREATE TEMPORARY TABLE arrived_streams (LIKE stream_registrations) ON COMMIT DROP
"""
_NAMES = ", ".join(_COLUMNS)
_UPSERT = f"""
INSERT INTO stream_registrations AS known ({_NAMES}) SELECT {_NAMES} FROM arrived_streams
ON CONFLICT (environment, source, trade_date, line, grp, type, item) DO UPDATE SET
    requested_at = EXCLUDED.requested_at,
    acknowledged_at = EXCLUDED.acknowledged_at,
    first_message_at = LEAST(known.first_message_at, EXCLUDED.first_message_at),
    last_message_at = GREATEST(known.last_message_at, EXCLUDED.last_message_at),
    messages = GREATEST(known.messages, EXCLUDED.messages),
    refused = EXCLUDED.refused
"""


async def write_streams(
    url: str, environment: Environment, source: str, day: date, rows: Sequence[Row]
) -> None:
    """Write a day's ledger; writing it again changes what has changed.

    Raises OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError.
    """
    of = "sim" if environment is Environment.SIM else "real"
    connection = await asyncpg.connect(url, timeout=_CONNECT_S, command_timeout=_COMMAND_S)
    try:
        async with connection.transaction():
            await connection.execute(_STAGE)
            records = [(of, source, day, *astuple(row)) for row in rows]
            await connection.copy_records_to_table(
                "arrived_streams", records=records, columns=_COLUMNS
            )
            await connection.execute(_UPSERT)
    finally:
        await connection.close(timeout=5)
