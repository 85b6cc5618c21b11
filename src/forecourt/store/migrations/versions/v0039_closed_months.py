"""From when on an operator's book is open: nothing is dated before."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.execute("ALTER TABLE ledger_books ADD COLUMN open_from timestamptz")
