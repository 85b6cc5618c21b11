"""The money behind bookings of drivers with an account. Kept rules ask for none."""

from alembic import op

revision = "0030"
down_revision = "0028"

_UPGRADE = """
CREATE TABLE booking_deposits (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    booking_id  uuid NOT NULL,
    driver_id   uuid NOT NULL,
    step        text NOT NULL,
    made_at     timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, booking_id),
    CONSTRAINT booking_deposits_id UNIQUE (booking_id),
    CONSTRAINT booking_deposits_step CHECK (step IN ('paying', 'paid', 'over'))
);
CREATE INDEX booking_deposits_unpaid ON booking_deposits (operator_id, made_at) WHERE step = 'paying';
CREATE INDEX booking_deposits_open ON booking_deposits (site_id, made_at) WHERE step IN ('paying', 'paid');
CREATE INDEX booking_deposits_driver ON booking_deposits (driver_id, made_at) WHERE step IN ('paying', 'paid');
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
