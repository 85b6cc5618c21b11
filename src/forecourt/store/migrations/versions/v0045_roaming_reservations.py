"""Charges of partners' drivers are told by an id of their own, since a socket may be held before anybody charges."""

from alembic import op

revision = "0045"
down_revision = "0044"

_UPGRADE = """
ALTER TABLE roaming_charges
    ADD COLUMN charge_id      uuid,
    ADD COLUMN booking_id     uuid,
    ADD COLUMN reservation_id text,
    ADD COLUMN waits_at       uuid;
UPDATE roaming_charges SET charge_id = session_id, paper = paper || jsonb_build_object('id', session_id);
ALTER TABLE roaming_charges DROP CONSTRAINT roaming_charges_pkey, ADD PRIMARY KEY (charge_id);
ALTER TABLE roaming_charges ALTER COLUMN session_id DROP NOT NULL;
CREATE UNIQUE INDEX roaming_charges_of_session ON roaming_charges (session_id);
CREATE UNIQUE INDEX roaming_charges_of_booking ON roaming_charges (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX roaming_charges_reserved ON roaming_charges (partner_id, reservation_id, began_at) WHERE reservation_id IS NOT NULL;
CREATE INDEX roaming_charges_waiting ON roaming_charges (waits_at) WHERE waits_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
