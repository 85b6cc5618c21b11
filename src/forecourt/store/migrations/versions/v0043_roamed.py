"""Charges of partners' drivers, their CDRs, and what partners ask for."""

from alembic import op

revision = "0043"
down_revision = "0042"

_UPGRADE = """
CREATE TABLE roaming_charges (
    operator_id uuid NOT NULL,
    session_id  uuid PRIMARY KEY,
    partner_id  uuid NOT NULL,
    began_at    timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX roaming_charges_of_partner ON roaming_charges (partner_id, changed_at);
CREATE TABLE roaming_cdrs (
    operator_id uuid NOT NULL,
    document_id uuid PRIMARY KEY REFERENCES documents (document_id) DEFERRABLE INITIALLY DEFERRED,
    partner_id  uuid NOT NULL,
    session_id  uuid NOT NULL,
    made_at     timestamptz NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX roaming_cdrs_of_partner ON roaming_cdrs (partner_id, made_at);
CREATE TABLE roaming_commands (
    operator_id uuid NOT NULL,
    command_id  uuid PRIMARY KEY,
    partner_id  uuid NOT NULL,
    evse_id     uuid,
    shown       text,
    asked_at    timestamptz NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX roaming_commands_of_socket ON roaming_commands (evse_id, asked_at);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
