"""Second factors of accounts. The secret is in the paper, sealed with the installation's key."""

from alembic import op

revision = "0034"
down_revision = "0033"

_UPGRADE = """
CREATE TABLE second_factors (
    account_id uuid PRIMARY KEY REFERENCES accounts (account_id) DEFERRABLE INITIALLY DEFERRED,
    paper      jsonb NOT NULL
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
