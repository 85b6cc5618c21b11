"""Debts: dunning rules and cases; and the runs of long jobs with their progress."""

from alembic import op

revision = "0012"
down_revision = "0011"

_UPGRADE = """
CREATE TABLE dunning_rules (
    operator_id uuid PRIMARY KEY,
    paper       jsonb NOT NULL
);

CREATE TABLE dunning_cases (
    operator_id uuid NOT NULL,
    document_id uuid NOT NULL,
    driver_id   uuid NOT NULL,
    since       timestamptz NOT NULL,
    open        boolean NOT NULL,
    next_at     timestamptz,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, document_id),
    CONSTRAINT dunning_cases_document UNIQUE (document_id)
);
CREATE INDEX dunning_cases_of_driver ON dunning_cases (driver_id);
CREATE INDEX dunning_cases_due ON dunning_cases (operator_id, next_at) WHERE next_at IS NOT NULL;

CREATE TABLE job_runs (
    operator_id uuid NOT NULL,
    run_id      uuid NOT NULL,
    kind        text NOT NULL,
    period      text NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, run_id),
    CONSTRAINT job_runs_period UNIQUE (operator_id, kind, period)
);
CREATE INDEX job_runs_recent ON job_runs (operator_id, started_at DESC);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
