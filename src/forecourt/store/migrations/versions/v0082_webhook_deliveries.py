"""Calls to an operator's own system, listed by time."""

from alembic import op

revision = "0082"
down_revision = "0081"


def upgrade() -> None:
    op.execute("CREATE INDEX notices_to_systems ON notices (operator_id, made_at, notice_id) WHERE channel = 'hook'")
