"""Which programs may work on the schema stands in the row that each unit of work reads first."""

from alembic import op

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    op.execute("ALTER TABLE config_generation ADD COLUMN oldest_program text NOT NULL DEFAULT ''")
