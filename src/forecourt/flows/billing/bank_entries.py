"""Ledger entries on the bank account, and the names by which a bank may refer to them."""

from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.flows.desk.operator_scope import operator_zone
from forecourt.flows.paying.payables import document_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, OperatorId, PaymentId, utc
from forecourt.ledger import BANK, MANUAL_KEY, ChainedTxn, Txn
from forecourt.settlement import BankMove, find_collections


def bank_moves(store: Store, operator_id: OperatorId, currency: str) -> list[BankMove]:
    """Entries on the bank account that match no line yet. A manual entry and its reversal cancel each other out."""
    waiting = [bank_move_of(one, operator_zone(store, operator_id)) for one in store.bank.unmatched(operator_id, currency)]
    by_hand: dict[UUID, int] = {}
    for one in waiting:
        if one.txn.key.startswith(f"{MANUAL_KEY}/"):
            by_hand[one.txn.subject] = by_hand.get(one.txn.subject, 0) + one.minor
    return [one for one in waiting if by_hand.get(one.txn.subject, one.minor)]


def bank_move_of(one: ChainedTxn, zone: ZoneInfo) -> BankMove:
    minor = sum(entry.minor for entry in one.txn.entries if entry.account == BANK)
    return BankMove(one.position, utc(one.txn.happened_at).astimezone(zone).date(), minor, one.txn)


def bank_names_of(store: Store, txn: Txn) -> tuple[str, ...]:
    """Names by which the bank may refer to an entry: a payout's id, a document's number, the reference a person gave."""
    kind, _, reference = txn.key.partition("/")
    if kind == "payout":
        return (reference, txn.text.removeprefix("Paid out by the processor "))
    if kind == "transfer" and (payment := store.payments.payment(PaymentId(txn.subject))):
        paid = document_of(store, payment.document_id) if payment.document_id else None
        return (payment.reference, *((paid.number,) if paid else ()))
    if kind in ("debit", "debit-back"):
        return tuple(f"{number}-{place:03d}" for number, place in find_collections(txn.text))
    if kind == "payback":
        return tuple(name for one in store.paybacks.of_note(DocumentId(txn.subject)) for name in (one.reference, one.number))
    if kind == "statement-paid" and (settlement := store.partners.settled(txn.subject)):
        return (settlement.reference, txn.text.partition(" ")[0])
    return (reference,) if kind == MANUAL_KEY else ()
