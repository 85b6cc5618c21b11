"""Prepaid balances: the operator's rules, drivers' automatic top-ups (the money itself is in the ledger); and stored cards."""

from alembic import op

revision = "0014"
down_revision = "0013"

_UPGRADE = """
CREATE TABLE wallet_rules (
    operator_id uuid PRIMARY KEY,
    paper       jsonb NOT NULL
);

CREATE TABLE auto_top_ups (
    operator_id uuid NOT NULL,
    driver_id   uuid NOT NULL REFERENCES drivers (driver_id) DEFERRABLE INITIALLY DEFERRED,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, driver_id),
    CONSTRAINT auto_top_ups_driver UNIQUE (driver_id)
);

CREATE TABLE stored_cards (
    operator_id uuid NOT NULL,
    driver_id   uuid NOT NULL REFERENCES drivers (driver_id) DEFERRABLE INITIALLY DEFERRED,
    card_id     uuid NOT NULL,
    added_at    timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, driver_id, card_id)
);
CREATE INDEX stored_cards_of_driver ON stored_cards (driver_id);

CREATE TABLE card_setups (
    operator_id uuid NOT NULL,
    setup_id    uuid NOT NULL,
    driver_id   uuid NOT NULL REFERENCES drivers (driver_id) DEFERRABLE INITIALLY DEFERRED,
    begun_at    timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, setup_id),
    CONSTRAINT card_setups_id UNIQUE (setup_id)
);

CREATE INDEX payments_top_ups ON payments (driver_id, made_at DESC) WHERE paper->>'top_up' IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
