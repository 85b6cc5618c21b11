"""How much a whole site may draw, as others tell it."""

from alembic import op

revision = "0074"
down_revision = "0073"

_UPGRADE = """
CREATE TABLE site_allowances (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id),
    CONSTRAINT site_allowances_site UNIQUE (site_id)
);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
