"""Pricing: what an operator allows at a site, and the proposals made within it."""

from alembic import op

revision = "0007"
down_revision = "0006"

_UPGRADE = """
CREATE TABLE price_rules (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id),
    CONSTRAINT price_rules_site UNIQUE (site_id)
);

CREATE TABLE price_proposals (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    proposal_id uuid NOT NULL,
    made_at     timestamptz NOT NULL,
    state       text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, proposal_id),
    CONSTRAINT price_proposals_id UNIQUE (proposal_id)
);
CREATE INDEX price_proposals_of_site ON price_proposals (site_id, made_at DESC);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
