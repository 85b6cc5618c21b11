"""Browsers that asked to be told."""

from alembic import op

revision = "0027"
down_revision = "0025"

_UPGRADE = """
CREATE TABLE push_devices (
    operator_id uuid NOT NULL,
    device_id   uuid NOT NULL,
    driver_id   uuid NOT NULL,
    endpoint    text NOT NULL,
    made_at     timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, device_id),
    CONSTRAINT push_devices_endpoint UNIQUE (endpoint)
);
CREATE INDEX push_devices_of_driver ON push_devices (driver_id, made_at);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
