"""Bookings without an account; and drivers without one say so themselves."""

from alembic import op

revision = "0024"
down_revision = "0022"

_UPGRADE = """
CREATE TABLE guest_bookings (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    booking_id  uuid NOT NULL,
    driver_id   uuid NOT NULL,
    digest      text NOT NULL,
    email       text NOT NULL,
    step        text NOT NULL,
    made_at     timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, booking_id),
    CONSTRAINT guest_bookings_id UNIQUE (booking_id),
    CONSTRAINT guest_bookings_digest UNIQUE (digest),
    CONSTRAINT guest_bookings_driver UNIQUE (driver_id),
    CONSTRAINT guest_bookings_step CHECK (step IN ('paying', 'paid', 'over'))
);
CREATE INDEX guest_bookings_unpaid ON guest_bookings (operator_id, made_at) WHERE step = 'paying';
CREATE INDEX guest_bookings_paid_by ON guest_bookings (operator_id, email) WHERE step = 'paid';
CREATE INDEX guest_bookings_open ON guest_bookings (site_id, made_at) WHERE step IN ('paying', 'paid');

UPDATE drivers SET paper = paper || '{"guest": true}' WHERE driver_id IN (SELECT driver_id FROM guest_visits);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
