"""What is over is found by its age, and deleted from the oldest on."""

from alembic import op

revision = "0060"
down_revision = "0059"

_UPGRADE = """
CREATE INDEX outbox_spent ON outbox (done_at) WHERE lane <> 'payment' AND done_at IS NOT NULL;
CREATE INDEX plans_by_age ON plans (made_at);
CREATE INDEX webhook_events_at ON webhook_events (at);
CREATE INDEX sign_ins_expired ON sign_ins (expires_at);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
