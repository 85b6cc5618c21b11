"""The power promised with a booking; none with those made before."""

from alembic import op

revision = "0031"
down_revision = "0030"

_UPGRADE = """
ALTER TABLE bookings
    ADD COLUMN promised_w integer NOT NULL DEFAULT 0 CHECK (promised_w >= 0),
    ADD COLUMN promised_wh integer NOT NULL DEFAULT 0 CHECK (promised_wh >= 0),
    ADD CONSTRAINT bookings_power CHECK ((promised_w = 0) = (promised_wh = 0));
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
