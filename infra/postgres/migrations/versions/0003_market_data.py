"""Revision 0003: candles and gaps."""

from infra.postgres.migrations.script import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("0003_market_data.sql")


def downgrade() -> None:
    run("0003_market_data.down.sql")
