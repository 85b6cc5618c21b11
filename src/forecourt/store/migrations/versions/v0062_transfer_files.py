"""Payouts put into a file for the bank; and a partner's statement is owed again when its transfer comes back."""

from alembic import op

revision = "0062"
down_revision = "0061"

_UPGRADE = """
CREATE TABLE transfer_files (
    operator_id uuid NOT NULL,
    file_id     uuid NOT NULL,
    number      text NOT NULL,
    made_at     timestamptz NOT NULL,
    abouts      uuid[] NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (file_id),
    CONSTRAINT transfer_files_number UNIQUE (operator_id, number)
);
CREATE INDEX transfer_files_listed ON transfer_files (operator_id, made_at, file_id);
CREATE INDEX transfer_files_abouts ON transfer_files USING gin (abouts);
CREATE TRIGGER transfer_files_kept BEFORE DELETE ON transfer_files FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER statements_settled_fixed ON statements_settled;
CREATE TRIGGER statements_settled_fixed BEFORE UPDATE ON statements_settled FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP INDEX bank_lines_worded;
CREATE INDEX bank_lines_worded ON bank_lines (day)
    WHERE coalesce(paper #>> '{line,text}', '') || coalesce(paper #>> '{line,payer}', '') <> '';
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
