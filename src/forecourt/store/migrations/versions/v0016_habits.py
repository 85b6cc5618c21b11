"""What cars do at the sockets of a kind, learned every night; and a rule more for bookings, which kept rules have at its usual value."""

from alembic import op

revision = "0016"
down_revision = "0015"

_UPGRADE = """
CREATE TABLE booking_habits (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    kind        text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, kind),
    CONSTRAINT booking_habits_site FOREIGN KEY (operator_id, site_id) REFERENCES sites (operator_id, site_id)
        DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX booking_habits_of_site ON booking_habits (site_id, kind);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
