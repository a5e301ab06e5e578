"""Revision 0002: the audit trail."""

from infra.postgres.migrations.script import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run("0002_audit_trail.sql")


def downgrade() -> None:
    run("0002_audit_trail.down.sql")
