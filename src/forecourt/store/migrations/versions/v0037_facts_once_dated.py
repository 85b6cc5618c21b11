"""When something happened stands in the fact alone: nobody ever asked for it by the column, and each message paid for it."""

from alembic import op

revision = "0037"
down_revision = "0034"


def upgrade() -> None:
    op.execute("ALTER TABLE facts DROP COLUMN occurred_at")
