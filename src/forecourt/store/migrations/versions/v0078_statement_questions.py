"""What partners ask about lines of their statements. Programs from before do not know the kind of what corrects one (OLDEST_PROGRAM)."""

from alembic import op

revision = "0078"
down_revision = "0077"

_UPGRADE = """
CREATE TABLE statement_questions (
    operator_id  uuid NOT NULL,
    question_id  uuid PRIMARY KEY,
    partner_id   uuid NOT NULL,
    statement_id uuid NOT NULL REFERENCES partner_statements (statement_id) DEFERRABLE INITIALLY DEFERRED,
    said_at      timestamptz NOT NULL,
    open         boolean NOT NULL,
    paper        jsonb NOT NULL
);
CREATE INDEX statement_questions_waiting ON statement_questions (operator_id, said_at) WHERE open;
CREATE INDEX statement_questions_of_statement ON statement_questions (statement_id);
CREATE INDEX statement_questions_of_partner ON statement_questions (partner_id);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
