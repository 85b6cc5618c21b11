"""Who waits for a time that is full."""

from alembic import op

revision = "0063"
down_revision = "0062"

_UPGRADE = """
CREATE TABLE slot_waits (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    wait_id     uuid NOT NULL,
    driver_id   uuid NOT NULL,
    asked_at    timestamptz NOT NULL,
    live        boolean NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, wait_id),
    CONSTRAINT slot_waits_id UNIQUE (wait_id),
    CONSTRAINT slot_waits_site FOREIGN KEY (operator_id, site_id) REFERENCES sites DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX slot_waits_live ON slot_waits (site_id) WHERE live;
CREATE INDEX slot_waits_driver ON slot_waits (driver_id) WHERE live;
CREATE INDEX slot_waits_spent ON slot_waits (asked_at) WHERE NOT live;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
