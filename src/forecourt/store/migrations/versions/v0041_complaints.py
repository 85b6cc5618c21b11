"""What drivers say is wrong with a bill, and what was answered."""

from alembic import op

revision = "0041"
down_revision = "0040"

_UPGRADE = """
CREATE TABLE complaints (
    operator_id  uuid NOT NULL,
    complaint_id uuid PRIMARY KEY,
    document_id  uuid NOT NULL REFERENCES documents (document_id) DEFERRABLE INITIALLY DEFERRED,
    driver_id    uuid NOT NULL,
    said_at      timestamptz NOT NULL,
    open         boolean NOT NULL,
    paper        jsonb NOT NULL
);
CREATE INDEX complaints_of_operator ON complaints (operator_id, open, said_at DESC);
CREATE INDEX complaints_of_document ON complaints (document_id);
CREATE INDEX complaints_of_driver ON complaints (driver_id);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
