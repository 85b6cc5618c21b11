"""Apps of others that act for a driver, and what drivers let them do. Of codes and tokens only digests are kept, in the paper."""

from alembic import op

revision = "0076"
down_revision = "0075"

_UPGRADE = """
CREATE TABLE apps (
    operator_id uuid NOT NULL REFERENCES operators DEFERRABLE INITIALLY DEFERRED,
    app_id      uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, app_id),
    CONSTRAINT apps_id UNIQUE (app_id)
);
CREATE TABLE app_grants (
    operator_id uuid NOT NULL,
    family      text PRIMARY KEY,
    app_id      uuid NOT NULL REFERENCES apps (app_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    account_id  uuid NOT NULL REFERENCES accounts (account_id) DEFERRABLE INITIALLY DEFERRED,
    since       timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX app_grants_of_account ON app_grants (account_id);
CREATE INDEX app_grants_of_app ON app_grants (app_id);
CREATE INDEX app_grants_expired ON app_grants (expires_at);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
