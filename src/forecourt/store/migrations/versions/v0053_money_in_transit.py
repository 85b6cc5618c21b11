"""What the processor had cleared and not paid out stood at the bank: it goes to the processor's balance, by an entry of its own.

Of a payout that its rows do not come to nobody knows what was missing: it stays at the bank as it was, and its finding tells. A returned
payout was a row of another kind, and one that a person made where several operators use one account was booked for nobody; both wait now.
"""

from datetime import datetime
from uuid import uuid5

from alembic import op
from sqlalchemy import text

from forecourt.kernel import Money, OperatorId
from forecourt.ledger import AT_PROCESSOR, BANK, GENESIS_DIGEST, Posting, Txn, chain_after, redate_closed
from forecourt.store.codec import Codec, json_bytes

revision = "0053"
down_revision = "0050"

_TURNED = """
UPDATE clearing_rows SET kind = 'RETURNED', paper = jsonb_set(paper, '{line,kind}', '"RETURNED"')
    WHERE kind = 'OTHER' AND NOT booked AND paper#>>'{line,words}' ~ '^payout_(cancel|failure)';
UPDATE clearing_rows SET booked = false, paper = jsonb_set(paper, '{booked}', 'false')
    WHERE kind = 'PAYOUT' AND payout = '' AND operator_id IS NULL;
"""
# Booked rows that no payout has taken along, payouts that name none, and what an even payout took along unbooked.
_AT_PROCESSOR = """
WITH payouts AS (
    SELECT p.payout, p.operator_id, p.currency, p.net_minor, coalesce(sum(r.net_minor), 0) AS rows
    FROM clearing_rows p LEFT JOIN clearing_rows r ON r.payout = p.payout AND r.row_id <> p.row_id AND r.currency = p.currency
    WHERE p.kind = 'PAYOUT' AND p.payout <> '' GROUP BY p.row_id),
parts AS (
    SELECT operator_id, currency, net_minor AS minor FROM clearing_rows r
    WHERE booked AND kind IN ('PAYMENT', 'FEE') AND NOT EXISTS (SELECT FROM payouts p WHERE p.payout = r.payout AND p.currency = r.currency)
    UNION ALL SELECT operator_id, currency, net_minor FROM clearing_rows WHERE kind = 'PAYOUT' AND payout = ''
    UNION ALL SELECT p.operator_id, p.currency, -r.net_minor FROM payouts p JOIN clearing_rows r USING (payout, currency)
    WHERE p.net_minor = -p.rows AND r.kind <> 'PAYOUT' AND NOT r.booked)
SELECT operator_id, currency, sum(minor)::bigint, (SELECT max((paper->>'seen_at')::timestamptz) FROM clearing_rows)
FROM parts WHERE operator_id IS NOT NULL GROUP BY operator_id, currency HAVING sum(minor) <> 0 ORDER BY operator_id, currency
"""
_HEAD = """INSERT INTO ledger_books (operator_id, position, digest) VALUES (:operator, 0, :start)
ON CONFLICT (operator_id) DO UPDATE SET position = ledger_books.position RETURNING position, digest, open_from"""
_TXN = "INSERT INTO ledger_txns VALUES (:operator, :position, :key, :at, :subject, :previous, :digest, :paper)"
_ENTRY = "INSERT INTO ledger_entries VALUES (:operator, :position, :line, :account, :currency, :minor)"
_MOVED = "UPDATE ledger_books SET position = :position, digest = :digest WHERE operator_id = :operator"


def upgrade() -> None:
    op.execute(_TURNED)
    for operator_id, currency, minor, at in op.get_bind().execute(text(_AT_PROCESSOR)).all():
        _book(OperatorId(operator_id), Money(abs(minor), currency), minor > 0, at)


def _book(operator_id: OperatorId, amount: Money, owed: bool, at: datetime) -> None:
    run = op.get_bind().execute
    key, sides = f"payout/carried/{amount.currency}", (BANK, AT_PROCESSOR) if owed else (AT_PROCESSOR, BANK)
    said = "Cleared and not paid out yet: carried over"
    txn = Txn(key, operator_id, at, said, uuid5(operator_id, key), (Posting(*sides, amount),))
    position, digest, open_from = run(text(_HEAD), {"operator": operator_id, "start": GENESIS_DIGEST}).one()
    posted = chain_after(position, digest, redate_closed(txn, open_from))
    where = {"operator": operator_id, "position": posted.position}
    sealed = {"previous": posted.previous, "digest": posted.digest, "paper": json_bytes(Codec[Txn](Txn).pack(posted.txn)).decode()}
    run(text(_TXN), {**where, "key": key, "at": posted.txn.at, "subject": txn.subject, **sealed})
    for line, entry in enumerate(posted.txn.entries):
        run(text(_ENTRY), {**where, "line": line, "account": entry.account.name, "currency": entry.currency, "minor": entry.minor})
    run(text(_MOVED), {**where, "digest": posted.digest})
