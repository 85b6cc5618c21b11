"""A credit note over more than its statement asks stands in part with the statements whose credits paid of that."""

from alembic import op

revision = "0075"
down_revision = "0074"

_UPGRADE = """
CREATE TABLE account_credit_parts (
    note_id      uuid NOT NULL,
    statement_id uuid NOT NULL REFERENCES account_statements (statement_id) DEFERRABLE INITIALLY DEFERRED,
    minor        bigint NOT NULL CHECK (minor > 0),
    PRIMARY KEY (note_id, statement_id)
);
CREATE INDEX account_credit_parts_of ON account_credit_parts (statement_id);
CREATE TRIGGER account_credit_parts_fixed BEFORE UPDATE OR DELETE ON account_credit_parts FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
