"""Revision 0008: wide market data."""

from infra.postgres.migrations.script import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run("0008_wide_market_data.sql")


def downgrade() -> None:
    run("0008_wide_market_data.down.sql")
