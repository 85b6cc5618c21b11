"""Process the clearing file: store and book every row once, and reconcile it with the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.clearing_findings import store_doubt
from forecourt.flows.paying.pay import look_up
from forecourt.flows.ports.clearing import ClearingProgress
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Ids, Money, NotFound, OperatorId, PaymentId, instant_text, utc
from forecourt.payments import ClearingLine, Payment, RowKind
from forecourt.settlement import (
    PAYOUTS,
    Discrepancy,
    Mismatch,
    StoredRow,
    add_explanation,
    changed_row_discrepancy,
    clearing_txn,
    fee_txn,
    payment_discrepancies,
    payout_discrepancy,
    payout_txn,
    resolve_finding,
    row_discrepancy,
)

# How far back the file is read again, as rows arrive late; further while something is missing.
REREAD_PERIOD = timedelta(days=7)
RECONCILED_PERIOD = timedelta(days=90)
# Findings that no later reading resolves: a person does, or the code that raised them.
_STAYING = (Mismatch.CHANGED, Mismatch.TWICE)


def clearing_read_from(store: Store, at: datetime) -> datetime:
    """The instant from which to read the file now: some days before the last reading, whenever that was; once a day, from before anything
    missing; and from the instant a person asked for."""
    reading = store.clearing.progress()
    begins = [(reading.read_at if reading else at) - REREAD_PERIOD]
    if reading is None or utc(reading.read_at).date() < utc(at).date():
        missing = (one.doubt.since for one in store.clearing.open_findings() if one.doubt.kind is Mismatch.MISSING)
        begins += [max(since - timedelta(days=1), at - RECONCILED_PERIOD) for since in missing]
    begins += [reading.wanted] if reading and reading.wanted else []
    return min(begins)


def clear(store: Store, lines: Sequence[ClearingLine], at: datetime, ids: Ids) -> int:
    """Store and book new rows, and look up the payments of unexpected ones. Returns how many were new."""
    known, new_rows = dict(store.clearing.rows({line.id for line in lines})), 0
    for line in lines:
        stored = known.get(line.id)
        if stored is None:
            known[line.id] = row = _book_row(store, StoredRow(line, None, at))
            store.clearing.put_row(row)
            _look_up_if_unexpected(store, line, at, ids)
            new_rows += 1
        elif _money(stored.line) != _money(line):
            store_doubt(store, changed_row_discrepancy(stored, line), at)
        elif line.payout and not stored.line.payout:
            known[line.id] = row = replace(stored, line=line)
            store.clearing.put_row(row)
    return new_rows


def reconcile(store: Store, at: datetime) -> int:
    """Compare the last months, and older open findings, with the ledger. Returns how many findings are open."""
    since = min([at - RECONCILED_PERIOD, *(one.doubt.since for one in store.clearing.open_findings())])
    found = chain(_row_doubts(store, since, at), _payment_doubts(store, since, at), _payout_doubts(store, since, at))
    discrepancies = {one.subject: one for one in found}
    for discrepancy in discrepancies.values():
        store_doubt(store, discrepancy, at)
    for known in store.clearing.open_findings():
        if known.doubt.subject not in discrepancies and known.doubt.kind not in _STAYING:
            store.clearing.put_finding(resolve_finding(known, at))
    return len(store.clearing.open_findings())


def mark_clearing_read(store: Store, since: datetime, at: datetime) -> None:
    """Record that everything since that instant was read. A request made meanwhile is left for the next reading."""
    reading = store.clearing.progress()
    wanted = reading.wanted if reading else None
    store.clearing.put_progress(ClearingProgress(at, None if wanted is None or since <= wanted else wanted))


def explain_finding(store: Store, by: Staff, finding_id: UUID, text: str) -> None:
    """Explain a finding. Raises NotFound, BadInput without words, Conflict if someone else was first."""
    found = store.clearing.lock_finding(finding_id)
    if found is None or found.doubt.operator_id not in (None, by.operator_id):
        raise NotFound("finding", "There is no such finding.")
    store.clearing.put_finding(add_explanation(found, by.actor, text, by.at))
    note(store, by, "clearing.explain", found.doubt.payment_id or found.id, f"{found.doubt.kind.value.lower()} {found.doubt.subject}")


def reread_clearing(store: Store, by: Staff, since: datetime) -> None:
    """Have the next reading begin at that instant. Raises BadInput if it is in the future."""
    if since >= by.at:
        raise BadInput("since", "The file has no future days.", "Choose an earlier day.")
    reading = store.clearing.progress() or ClearingProgress(by.at)
    store.clearing.put_progress(replace(reading, wanted=min(since, reading.wanted or since)))
    note(store, by, "clearing.read", by.operator_id, f"from {instant_text(since)} on")


def _money(line: ClearingLine) -> tuple[object, ...]:
    return line.kind, line.payment_id, line.gross, line.fee


def _book_row(store: Store, row: StoredRow) -> StoredRow:
    """Book a row in its operator's ledger if that is known and possible; otherwise return it unchanged."""
    line, payment = row.line, _payment_of(store, row.line)
    if payment is not None:
        row = replace(row, operator_id=payment.operator_id)
        if line.gross.currency != payment.currency:
            return row
        if line.gross or line.fee:
            store.ledger.post(clearing_txn(payment, line))
        return replace(row, booked=True)
    operator_id = _only_operator(store)
    if line.kind is RowKind.FEE and operator_id is not None and line.net:
        store.ledger.post(fee_txn(operator_id, line))
        return replace(row, operator_id=operator_id, booked=True)
    if line.kind in PAYOUTS:
        return replace(row, operator_id=operator_id, booked=_paid_out(store, line, operator_id))
    return replace(row, operator_id=operator_id)


def _paid_out(store: Store, line: ClearingLine, operator_id: OperatorId | None) -> bool:
    """Book a payout if possible, and return whether it is booked. If operators share an account, each is booked the total of its own rows
    once all are known; rows of no operator, such as the processor's own fees, are in no ledger."""
    if operator_id is not None:
        if line.net:
            store.ledger.post(payout_txn(operator_id, line))
        return True
    rows = [one for one in store.clearing.rows_of_payout(line.payout) if one.line.id != line.id] if line.payout else []
    whole = sum((one.line.net for one in rows), Money.zero(line.net.currency)) == -line.net
    if line.fee or not whole or any(one.operator_id and not one.booked for one in rows):
        return False
    for owner in sorted({one.operator_id for one in rows if one.operator_id}):
        net = sum((one.line.net for one in rows if one.operator_id == owner), Money.zero(line.net.currency))
        if net:
            store.ledger.post(payout_txn(owner, line, net))
    return True


def _payment_of(store: Store, line: ClearingLine) -> Payment | None:
    return store.payments.payment(line.payment_id) if line.payment_id and line.kind is RowKind.PAYMENT else None


def _only_operator(store: Store) -> OperatorId | None:
    """The operator of a row that names no payment; unknown if several share an account with the processor."""
    operators = store.stations.operators()
    return operators[0].id if len(operators) == 1 else None


def _look_up_if_unexpected(store: Store, line: ClearingLine, at: datetime, ids: Ids) -> None:
    """Have the payment's record read if a row suggests something unknown: a refund or dispute (perhaps made at the processor itself), a
    capture we do not know of, or anything about a disputed payment."""
    payment = _payment_of(store, line)
    if payment is not None and (line.gross != payment.taken or payment.returned or store.disputes.of_payment(payment.id)):
        look_up(store, payment, f"{payment.id}/row/{line.id}", at, ids)


def _row_doubts(store: Store, since: datetime, at: datetime) -> list[Discrepancy]:
    """Check unbooked rows, booking those whose payment is known by now."""
    discrepancies = []
    for row in store.clearing.waiting(since):
        placed = _book_row(store, row)
        if placed != row:
            store.clearing.put_row(placed)
        discrepancies.append(row_discrepancy(placed, _payment_of(store, row.line), at))
    return [one for one in discrepancies if one is not None]


def _payment_doubts(store: Store, since: datetime, at: datetime) -> list[Discrepancy]:
    subjects = {one.doubt.payment_id for one in store.clearing.open_findings() if one.doubt.payment_id}
    for operator in store.stations.operators():
        subjects |= {PaymentId(one) for one in store.ledger.uncleared(operator.id, since)}
    discrepancies = []
    for payment_id in subjects:
        txns = [one.txn for one in store.ledger.of_subject(payment_id)]
        waiting = [one.line for one in store.clearing.rows_of_payment(payment_id) if not one.booked]
        discrepancies += payment_discrepancies(txns, waiting, at) if txns else []
    return discrepancies


def _payout_doubts(store: Store, since: datetime, at: datetime) -> list[Discrepancy]:
    found = (payout_discrepancy(payout, rows, at) for payout, rows in store.clearing.mismatched_payouts(since))
    return [one for one in found if one is not None]
