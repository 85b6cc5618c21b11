"""What was paid for a statement beyond what it asks waits to be transferred back as well: no credit note promises that."""

from alembic import op

revision = "0070"
down_revision = "0069"

_UPGRADE = "ALTER TABLE paybacks DROP CONSTRAINT paybacks_note_id_fkey"


def upgrade() -> None:
    op.execute(_UPGRADE)
