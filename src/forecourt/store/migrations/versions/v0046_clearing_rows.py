"""Every row of the processor's clearing file, what does not fit between it and the book, and how far it was read."""

from alembic import op

revision = "0046"
down_revision = "0045"

_UPGRADE = """
CREATE TABLE clearing_rows (
    row_id      text PRIMARY KEY,
    operator_id uuid,
    payment_id  uuid,
    payout      text NOT NULL,
    kind        text NOT NULL,
    currency    text NOT NULL,
    net_minor   bigint NOT NULL,
    at          timestamptz NOT NULL,
    booked      boolean NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX clearing_rows_at ON clearing_rows (at, row_id COLLATE "C");
CREATE INDEX clearing_rows_waiting ON clearing_rows (at) WHERE NOT booked;
CREATE INDEX clearing_rows_of_payment ON clearing_rows (payment_id);
CREATE INDEX clearing_rows_of_payout ON clearing_rows (payout) WHERE payout <> '';

CREATE TABLE clearing_findings (
    finding_id  uuid PRIMARY KEY,
    operator_id uuid,
    payment_id  uuid,
    open        boolean NOT NULL,
    found_at    timestamptz NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX clearing_findings_recent ON clearing_findings (open, found_at DESC);
CREATE INDEX clearing_findings_of_payment ON clearing_findings (payment_id);

CREATE TABLE clearing_reading (
    only_row boolean PRIMARY KEY CHECK (only_row),
    paper    jsonb NOT NULL
);

-- The last months of a book are found by their day; it is appended to in that order.
CREATE INDEX ledger_txns_at ON ledger_txns USING brin (at);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
