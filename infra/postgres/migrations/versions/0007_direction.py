"""Revision 0007: direction."""

from infra.postgres.migrations.script import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run("0007_direction.sql")


def downgrade() -> None:
    run("0007_direction.down.sql")
