"""Lines of the bank's own statements, and which entries of the ledger they are."""

from alembic import op

revision = "0057"
down_revision = "0056"

_UPGRADE = """
CREATE TABLE bank_accounts (
    operator_id uuid NOT NULL,
    account     text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, account)
);
CREATE TABLE bank_lines (
    operator_id uuid NOT NULL,
    line_id     uuid NOT NULL,
    account     text NOT NULL,
    day         date NOT NULL,
    minor       bigint NOT NULL,
    open        boolean NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, line_id)
);
CREATE INDEX bank_lines_listed ON bank_lines (operator_id, open, day, line_id);
CREATE TRIGGER bank_lines_kept BEFORE DELETE ON bank_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
