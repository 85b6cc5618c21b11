"""Acceptance tests of sockets. Those that were seen to obey at once have shown that they keep a limit; others count as untested."""

from alembic import op

revision = "0022"
down_revision = "0021"

_UPGRADE = """
CREATE TABLE acceptance_tests (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    evse_id     uuid NOT NULL,
    test_id     uuid NOT NULL,
    ended_at    timestamptz,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, evse_id, test_id),
    CONSTRAINT acceptance_tests_id UNIQUE (test_id)
);
CREATE UNIQUE INDEX acceptance_tests_one_at_a_time ON acceptance_tests (evse_id) WHERE ended_at IS NULL;

UPDATE grants SET paper = jsonb_set(paper, '{obeys}', '"OBEYS"')
WHERE (paper->>'prompt')::boolean AND NOT paper ? 'obeys';
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
