"""Revision 0005: chain."""

from infra.postgres.migrations.script import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("0005_chain.sql")


def downgrade() -> None:
    run("0005_chain.down.sql")
