"""What a site's past stays teach of the next ones, learned every night."""

from alembic import op

revision = "0025"
down_revision = "0024"

_UPGRADE = """
CREATE TABLE site_stays (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id),
    CONSTRAINT site_stays_site UNIQUE (site_id)
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
