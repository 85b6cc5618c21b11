"""A booking's promised window beside the interval it is planned for; the rules of bookings, by site."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE bookings ADD COLUMN promised tstzrange")
    op.execute("UPDATE bookings SET promised = slot")
    op.execute("ALTER TABLE bookings ALTER COLUMN promised SET NOT NULL")
    # Whatever moves a booking, it stays inside what the driver was promised.
    op.execute("ALTER TABLE bookings ADD CONSTRAINT bookings_promise CHECK (slot <@ promised)")
    op.execute(
        """
        CREATE TABLE booking_rules (
            operator_id uuid NOT NULL,
            site_id     uuid NOT NULL,
            paper       jsonb NOT NULL,
            PRIMARY KEY (operator_id, site_id),
            CONSTRAINT booking_rules_site FOREIGN KEY (operator_id, site_id) REFERENCES sites
        )
        """
    )
