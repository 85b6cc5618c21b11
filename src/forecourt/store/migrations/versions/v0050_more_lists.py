"""More lists are read a page at a time: their orders as indexes, and the price ladder in force found however many proposals came since."""

from alembic import op

revision = "0050"
down_revision = "0049"

_UPGRADE = """
CREATE INDEX roaming_charges_listed ON roaming_charges (partner_id, began_at, charge_id);
CREATE INDEX price_proposals_ladders ON price_proposals (site_id) WHERE state = 'APPROVED' AND paper->>'kind' = 'BY_OCCUPANCY';
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
