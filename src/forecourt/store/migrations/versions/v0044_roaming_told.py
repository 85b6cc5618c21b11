"""What partners read last of sites, sockets and tariffs, so that each says since when it is as it is."""

from alembic import op

revision = "0044"
down_revision = "0043"

_UPGRADE = """
CREATE TABLE roaming_told (
    operator_id uuid NOT NULL,
    key         text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, key)
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
