"""Lines of the bank's statements that are still to be looked at are found by an index of them alone."""

from alembic import op

revision = "0059"
down_revision = "0058"

_UPGRADE = """
ALTER TABLE bank_lines ADD COLUMN asked integer NOT NULL DEFAULT 0;
CREATE INDEX bank_lines_asked ON bank_lines (operator_id, day, line_id) WHERE asked > 0;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
