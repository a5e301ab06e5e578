"""Revision 0004: views."""

from infra.postgres.migrations.script import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run("0004_views.sql")


def downgrade() -> None:
    run("0004_views.down.sql")
