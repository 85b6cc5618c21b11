"""Several webhooks of an operator, and each attempt to deliver an event.

An operator's one address becomes its first webhook, with the operator's id. Programs from before it would look for that address where it
is no more (OLDEST_PROGRAM).
"""

from alembic import op

revision = "0084"
down_revision = "0083"

_UPGRADE = """
CREATE TABLE webhooks (
    hook_id     uuid PRIMARY KEY,
    operator_id uuid NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX webhooks_of_operator ON webhooks (operator_id, hook_id);

INSERT INTO webhooks (hook_id, operator_id, paper)
SELECT operator_id, operator_id, paper || jsonb_build_object('id', operator_id) FROM notice_hooks WHERE paper->>'url' <> '';
DROP TABLE notice_hooks;

ALTER TABLE notices ADD COLUMN hook_id uuid;
CREATE INDEX notices_to_webhook ON notices (operator_id, coalesce(hook_id, operator_id), made_at, notice_id) WHERE channel = 'hook';

CREATE TABLE delivery_attempts (
    attempt_id  uuid PRIMARY KEY,
    operator_id uuid NOT NULL,
    notice_id   uuid NOT NULL,
    at          timestamptz NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX delivery_attempts_of_notice ON delivery_attempts (notice_id, at);
CREATE INDEX delivery_attempts_at ON delivery_attempts (at);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
