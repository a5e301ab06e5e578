"""Revision ${up_revision}: ${message}."""

from infra.postgres.migrations.script import run

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    run("${up_revision}_${message.replace(" ", "_")}.sql")


def downgrade() -> None:
    run("${up_revision}_${message.replace(" ", "_")}.down.sql")
