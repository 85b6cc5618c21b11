"""Entries that a person posted, with who and why."""

from alembic import op

revision = "0055"
down_revision = "0054"

_UPGRADE = """
CREATE TABLE hand_entries (
    operator_id uuid NOT NULL,
    entry_id    uuid PRIMARY KEY,
    number      text NOT NULL,
    posted_at   timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    CONSTRAINT hand_entries_number UNIQUE (operator_id, number)
);
CREATE INDEX hand_entries_listed ON hand_entries (operator_id, posted_at, entry_id);
CREATE TRIGGER hand_entries_fixed BEFORE UPDATE OR DELETE ON hand_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER hand_entries_kept BEFORE TRUNCATE ON hand_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
