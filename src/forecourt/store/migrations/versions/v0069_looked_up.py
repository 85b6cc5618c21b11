"""What somebody reads out on the phone is found by an index: a part of a driver's name or address, a card's last four digits, a number."""

from alembic import op

revision = "0069"
down_revision = "0068"

_UPGRADE = """
CREATE INDEX drivers_called ON drivers USING gin (lower(email || chr(10) || (paper->>'name')) gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX drivers_addressed ON drivers (operator_id, lower(email));
CREATE INDEX stored_cards_ending ON stored_cards (operator_id, (paper->>'last4'));
CREATE INDEX charge_records_numbered ON charge_records (operator_id, transaction);
CREATE INDEX bookings_numbered ON bookings (operator_id, number);
CREATE INDEX evses_labelled ON evses (operator_id, lower(paper->>'label'));
CREATE INDEX payments_referred ON payments (operator_id, coalesce(paper #>> '{state,reference}', paper #>> '{state,pending,reference}'))
    WHERE coalesce(paper #>> '{state,reference}', paper #>> '{state,pending,reference}') IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
