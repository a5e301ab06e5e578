"""Revision 0006: direction."""

from infra.postgres.migrations.script import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run("0006_direction.sql")


def downgrade() -> None:
    run("0006_direction.down.sql")
