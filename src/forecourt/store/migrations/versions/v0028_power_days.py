"""How a site's power was shared, day by day."""

from alembic import op

revision = "0028"
down_revision = "0027"

_UPGRADE = """
CREATE TABLE power_days (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    day         date NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, day)
);
CREATE INDEX power_days_of_site ON power_days (site_id, day);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
