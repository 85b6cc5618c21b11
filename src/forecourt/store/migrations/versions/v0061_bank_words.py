"""Lines of the bank that still have their words are found by their age."""

from alembic import op

revision = "0061"
down_revision = "0060"

_UPGRADE = """
CREATE INDEX bank_lines_worded ON bank_lines (day) WHERE paper #>> '{line,text}' <> '';
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
