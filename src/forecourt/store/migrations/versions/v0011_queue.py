"""Places in the queues of drivers who wait for a socket."""

from alembic import op

revision = "0011"
down_revision = "0007"

_UPGRADE = """
CREATE TABLE queue_tickets (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    ticket_id   uuid NOT NULL,
    kind        text NOT NULL,
    driver_id   uuid NOT NULL,
    joined_at   timestamptz NOT NULL,
    called_at   timestamptz,
    live        boolean NOT NULL,
    evse_id     uuid,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, ticket_id),
    CONSTRAINT queue_tickets_id UNIQUE (ticket_id),
    CONSTRAINT queue_tickets_site FOREIGN KEY (operator_id, site_id) REFERENCES sites,
    CONSTRAINT queue_tickets_held CHECK (evse_id IS NULL OR live),
    -- Checked at commit: in one step a place may be given up and the socket kept for the next.
    CONSTRAINT queue_tickets_driver EXCLUDE USING btree (driver_id WITH =) WHERE (live) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT queue_tickets_evse EXCLUDE USING btree (evse_id WITH =) WHERE (evse_id IS NOT NULL) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX queue_tickets_live ON queue_tickets (site_id) WHERE live;
CREATE INDEX queue_tickets_joined ON queue_tickets (site_id, joined_at);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
