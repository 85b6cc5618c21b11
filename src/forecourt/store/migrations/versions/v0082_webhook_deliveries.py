"""Calls to an operator's own system, listed by time.

Programs from before it would let apps write that may only read, and send a system events that it did not choose (OLDEST_PROGRAM).
"""

from alembic import op

revision = "0082"
down_revision = "0081"


def upgrade() -> None:
    op.execute("CREATE INDEX notices_to_systems ON notices (operator_id, made_at, notice_id) WHERE channel = 'hook'")
