"""Which worker has claimed an item. Gateways from before do not know the ids of orders, and would refuse them (OLDEST_PROGRAM)."""

from alembic import op

revision = "0085"
down_revision = "0084"


def upgrade() -> None:
    op.execute("ALTER TABLE outbox ADD COLUMN claimed_by text NOT NULL DEFAULT ''")
