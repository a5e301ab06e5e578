"""Revision 0010: strategy_notes."""

from infra.postgres.migrations.script import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run("0010_strategy_notes.sql")


def downgrade() -> None:
    run("0010_strategy_notes.down.sql")
