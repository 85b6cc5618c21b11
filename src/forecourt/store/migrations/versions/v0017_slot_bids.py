"""What a bookable slot is worth at a site by the hour."""

from alembic import op

revision = "0017"
down_revision = "0016"

_UPGRADE = """
CREATE TABLE slot_bids (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id),
    CONSTRAINT slot_bids_site UNIQUE (site_id)
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
