"""Revision 0009: research."""

from infra.postgres.migrations.script import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run("0009_research.sql")


def downgrade() -> None:
    run("0009_research.down.sql")
