"""What came by bank transfer, was credited, and has to go back by one."""

from alembic import op

revision = "0038"
down_revision = "0037"

_UPGRADE = """
CREATE TABLE paybacks (
    operator_id uuid NOT NULL,
    payback_id  uuid PRIMARY KEY,
    payment_id  uuid NOT NULL REFERENCES payments (payment_id) DEFERRABLE INITIALLY DEFERRED,
    note_id     uuid NOT NULL REFERENCES documents (document_id) DEFERRABLE INITIALLY DEFERRED,
    driver_id   uuid NOT NULL,
    owed_at     timestamptz NOT NULL,
    open        boolean NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX paybacks_of_operator ON paybacks (operator_id, open, owed_at DESC);
CREATE INDEX paybacks_of_payment ON paybacks (payment_id);
CREATE INDEX paybacks_of_note ON paybacks (note_id);
CREATE INDEX paybacks_of_driver ON paybacks (driver_id);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
