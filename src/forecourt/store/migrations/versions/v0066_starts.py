"""What was started from the app is found by the app's token: it counts in a fleet's limit before its charge is told of."""

from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    op.execute("""CREATE INDEX outbox_starts ON outbox ((paper #>> '{order,token}'), seq)
        WHERE lane = 'charger' AND paper #>> '{order,kind}' = 'StartCharge'""")
