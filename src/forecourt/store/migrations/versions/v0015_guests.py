"""Charges without an account: the codes printed at sockets, and visits. And payments that cardholders dispute."""

from alembic import op

revision = "0015"
down_revision = "0014"

_UPGRADE = """
CREATE TABLE evse_codes (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    evse_id     uuid NOT NULL,
    code        text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, evse_id),
    CONSTRAINT evse_codes_code UNIQUE (code)
);
CREATE INDEX evse_codes_of_site ON evse_codes (site_id);

CREATE TABLE guest_visits (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    visit_id    uuid NOT NULL,
    evse_id     uuid NOT NULL,
    driver_id   uuid NOT NULL,
    digest      text NOT NULL,
    made_at     timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, visit_id),
    CONSTRAINT guest_visits_digest UNIQUE (digest),
    CONSTRAINT guest_visits_driver UNIQUE (driver_id)
);

CREATE TABLE disputes (
    operator_id uuid NOT NULL,
    dispute_id  text NOT NULL,
    payment_id  uuid NOT NULL,
    open        boolean NOT NULL,
    opened_at   timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, dispute_id)
);
CREATE INDEX disputes_of_payment ON disputes (payment_id);
CREATE INDEX disputes_opened ON disputes (operator_id, opened_at DESC);

CREATE TABLE dispute_rules (
    operator_id uuid PRIMARY KEY,
    paper       jsonb NOT NULL
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
