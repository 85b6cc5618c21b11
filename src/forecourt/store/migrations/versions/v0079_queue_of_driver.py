"""Places in queues by driver, so that who has missed a turn is told."""

from alembic import op

revision = "0079"
down_revision = "0078"


def upgrade() -> None:
    op.execute("CREATE INDEX queue_tickets_of_driver ON queue_tickets (driver_id, joined_at)")
