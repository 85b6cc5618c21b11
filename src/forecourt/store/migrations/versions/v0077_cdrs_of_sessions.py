"""All CDRs of one Session are read together: the first, the credit CDR, and the one in its place."""

from alembic import op

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    op.execute("CREATE INDEX roaming_cdrs_of_session ON roaming_cdrs (session_id, made_at)")
