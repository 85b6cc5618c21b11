"""People without a driver, such as an operator's, are told something about their account, too."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.execute("ALTER TABLE notices ALTER COLUMN driver_id DROP NOT NULL")
