"""Passwords that a charger was told over its link, and has not come with yet."""

from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.execute("ALTER TABLE charger_secrets ADD COLUMN offered text[] NOT NULL DEFAULT '{}'")
