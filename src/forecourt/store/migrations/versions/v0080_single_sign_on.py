"""How an operator's people sign in by their company's identity provider. Our secret there is in the paper, sealed.

Programs from before let in by passwords that open nothing any more (OLDEST_PROGRAM)."""

from alembic import op

revision = "0080"
down_revision = "0079"

_UPGRADE = """
CREATE TABLE single_sign_on (
    operator_id uuid PRIMARY KEY REFERENCES operators DEFERRABLE INITIALLY DEFERRED,
    paper       jsonb NOT NULL
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
