"""Revision 0001: time in Seoul, append-only rows, roles."""

from infra.postgres.migrations.script import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run("0001_time_and_roles.sql")


def downgrade() -> None:
    run("0001_time_and_roles.down.sql")
