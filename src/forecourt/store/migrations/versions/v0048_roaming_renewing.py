"""A partner whose credentials we renew looks at us with the token we are about to give it."""

from alembic import op

revision = "0048"
down_revision = "0047"

_UPGRADE = """
ALTER TABLE roaming_partners ADD COLUMN renewing text;
ALTER TABLE roaming_partners ADD CONSTRAINT roaming_partners_renewing UNIQUE (renewing);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
