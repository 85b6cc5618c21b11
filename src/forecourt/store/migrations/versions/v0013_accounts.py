"""Those on account: monthly statements, which documents they collect, and who pays for a fleet."""

from alembic import op

revision = "0013"
down_revision = "0012"

_UPGRADE = """
CREATE TABLE account_statements (
    operator_id  uuid NOT NULL,
    statement_id uuid NOT NULL,
    driver_id    uuid NOT NULL,
    number       text NOT NULL,
    issued_at    timestamptz NOT NULL,
    paper        jsonb NOT NULL,
    PRIMARY KEY (operator_id, statement_id),
    CONSTRAINT account_statements_id UNIQUE (statement_id),
    CONSTRAINT account_statements_number UNIQUE (operator_id, number)
);
CREATE INDEX account_statements_issued ON account_statements (operator_id, issued_at DESC);
CREATE INDEX account_statements_of_driver ON account_statements (driver_id, issued_at DESC);
CREATE TRIGGER account_statements_fixed BEFORE UPDATE OR DELETE ON account_statements FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A document stands on one statement at most: the key is what keeps a killed or doubled run from collecting it twice.
CREATE TABLE account_statement_lines (
    document_id  uuid NOT NULL,
    statement_id uuid NOT NULL REFERENCES account_statements (statement_id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT account_statement_lines_document PRIMARY KEY (document_id)
);
CREATE INDEX account_statement_lines_of ON account_statement_lines (statement_id);
CREATE TRIGGER account_lines_fixed BEFORE UPDATE OR DELETE ON account_statement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE account_statement_pdfs (
    statement_id uuid PRIMARY KEY REFERENCES account_statements (statement_id) DEFERRABLE INITIALLY DEFERRED,
    sha256       text NOT NULL,
    pdf          bytea NOT NULL
);
ALTER TABLE account_statement_pdfs ALTER COLUMN pdf SET STORAGE EXTERNAL;
CREATE TRIGGER account_pdfs_fixed BEFORE UPDATE OR DELETE ON account_statement_pdfs FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE fleet_payers (
    operator_id uuid NOT NULL,
    group_name  text NOT NULL,
    driver_id   uuid NOT NULL REFERENCES drivers (driver_id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (operator_id, group_name)
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
