"""Long lists are read a page at a time, each operator's by itself: their orders as indexes."""

from alembic import op

revision = "0049"
down_revision = "0048"

_UPGRADE = """
CREATE INDEX audit_log_listed ON audit_log (operator_id, at, entry_id);
DROP INDEX quarantine_open;
CREATE INDEX quarantine_listed ON quarantine (operator_id, at, entry_id) WHERE NOT cleared;
CREATE INDEX charge_records_listed ON charge_records (operator_id, ended_at, session_id);
DROP INDEX complaints_of_operator;
CREATE INDEX complaints_listed ON complaints (operator_id, open, said_at, complaint_id);
DROP INDEX paybacks_of_operator;
CREATE INDEX paybacks_listed ON paybacks (operator_id, open, owed_at, payback_id);
DROP INDEX disputes_opened;
CREATE INDEX disputes_listed ON disputes (operator_id, open, opened_at, dispute_id);
CREATE INDEX dunning_cases_listed ON dunning_cases (operator_id, open, since, document_id);
DROP INDEX notices_made;
CREATE INDEX notices_listed ON notices (operator_id, (state IN ('waiting', 'failed')), made_at, notice_id);
DROP INDEX notices_stuck;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
