"""With a command's answer is kept what was asked, so that a key that comes again with something else is not answered with the first."""

from alembic import op

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    op.execute("ALTER TABLE commands ADD COLUMN asked text NOT NULL DEFAULT ''")
