"""Revision 0011: strategy_login."""

from infra.postgres.migrations.script import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run("0011_strategy_login.sql")


def downgrade() -> None:
    run("0011_strategy_login.down.sql")
