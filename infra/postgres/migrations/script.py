"""Runs the SQL file that belongs to a revision."""

from pathlib import Path
from typing import Any

from alembic import op

VERSIONS = Path(__file__).resolve().parent / "versions"


def run(file: str) -> None:
    """Run every statement of a file in `versions`, inside the migration's transaction."""
    sql = (VERSIONS / file).read_text(encoding="utf-8")
    connection: Any = op.get_bind().connection.dbapi_connection
    # Through the driver: SQLAlchemy prepares what it is given, and only one statement at a time.
    connection.run_async(lambda driver: driver.execute(sql))
