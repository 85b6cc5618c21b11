"""What energy costs a site, and the peak its month should not exceed."""

from alembic import op

revision = "0021"
down_revision = "0020"

_UPGRADE = """
CREATE TABLE energy_costs (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id),
    CONSTRAINT energy_costs_site UNIQUE (site_id)
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
