"""What chargers went through, and how sites served until that was changed.

Whoever is out of contact now has been since it was seen last; of the others history begins when they come in next.
"""

from alembic import op

revision = "0065"
down_revision = "0064"

_UPGRADE = """
CREATE TABLE charger_history (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    charger_id  text NOT NULL,
    number      integer NOT NULL,
    what        text NOT NULL,
    error       text NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL CHECK (until >= since),
    PRIMARY KEY (operator_id, site_id, charger_id, number, what, since)
);
CREATE INDEX charger_history_of_charger ON charger_history (charger_id, until);
CREATE INDEX charger_history_spent ON charger_history (until);
CREATE TABLE past_sites (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    until       timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, until)
);
CREATE INDEX past_sites_spent ON past_sites (until);
CREATE INDEX charge_records_broken ON charge_records (operator_id, ended_at)
    WHERE paper->>'reason' IN ('FAULT', 'POWER_LOSS', 'EMERGENCY', 'REBOOT');
UPDATE chargers SET paper = paper ||
    jsonb_build_object('contact', jsonb_build_object('since', paper->'seen_at', 'watched', paper->'seen_at'))
    WHERE approval = 'APPROVED' AND NOT coalesce((paper->>'connected')::boolean, false) AND paper->>'seen_at' IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
