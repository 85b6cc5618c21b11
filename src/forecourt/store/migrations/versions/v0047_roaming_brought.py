"""What partners have of sites and tariffs that are brought to them; and each partner's news in a lane of its own."""

from alembic import op

revision = "0047"
down_revision = "0046"

_UPGRADE = """
CREATE TABLE roaming_brought (
    operator_id uuid NOT NULL,
    partner_id  uuid NOT NULL REFERENCES roaming_partners (partner_id) DEFERRABLE INITIALLY DEFERRED,
    key         text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (partner_id, key)
);
UPDATE outbox SET lane = 'roaming/' || one.partner_id FROM (
    SELECT 'session/' || charge_id AS key, partner_id FROM roaming_charges
    UNION SELECT 'cdr/' || session_id, partner_id FROM roaming_cdrs
    UNION SELECT 'result/' || command_id, partner_id FROM roaming_commands
) AS one WHERE outbox.lane = 'roaming' AND outbox.done_at IS NULL AND outbox.key = one.key;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
