"""What people are told, what they chose not to hear, and where operators' own systems hear of it."""

from alembic import op

revision = "0020"
down_revision = "0019"

_UPGRADE = """
CREATE TABLE notices (
    operator_id uuid NOT NULL,
    notice_id   uuid NOT NULL,
    driver_id   uuid NOT NULL,
    channel     text NOT NULL,
    state       text NOT NULL,
    made_at     timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, notice_id),
    CONSTRAINT notices_id UNIQUE (notice_id)
);
CREATE INDEX notices_made ON notices (operator_id, made_at DESC);
CREATE INDEX notices_stuck ON notices (operator_id, made_at DESC) WHERE state IN ('waiting', 'failed');
CREATE INDEX notices_of_driver ON notices (driver_id, made_at DESC);

CREATE TABLE notice_choices (
    operator_id uuid NOT NULL,
    driver_id   uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, driver_id)
);

CREATE TABLE notice_hooks (
    operator_id uuid PRIMARY KEY,
    paper       jsonb NOT NULL
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
