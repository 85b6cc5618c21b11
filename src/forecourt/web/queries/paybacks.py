"""Refunds by transfer, open and done, as the operator sees them."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.flows.billing import ContainingFile, files_of_dues
from forecourt.flows.paying import BarReason, WaitingCredit, barred_reasons, credits_waiting, payable_paybacks
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import Money, OperatorId
from forecourt.payments import DEBIT, TRANSFER, Payback
from forecourt.web.queries.money_totals import total_by_currency

_MAX_CREDITS = 50


@dataclass(frozen=True, slots=True)
class PaybackRow:
    """stated: its number is a statement's. beyond: it was overpaid on the bill of that number; otherwise the number is a credit note's.
    invoice: the one the note corrects. came: the reference of the incoming transfer or direct debit. by_card: it was paid by a card that
    did not accept the refund. held: the file that is to pay it. bar: why it must not be transferred."""

    payback: Payback
    name: str
    email: str
    stated: bool
    beyond: bool
    invoice: str
    came: str
    by_card: bool
    held: ContainingFile | None
    bar: BarReason | None


@dataclass(frozen=True, slots=True)
class PaybackList:
    """sums: of all that is owed, without what payers receive another way. credits: the oldest credit notes on account that wait for a
    statement. credit_sums: of all of these."""

    zone: str
    sums: tuple[Money, ...]
    page: ListPage[PaybackRow]
    credits: tuple[WaitingCredit, ...]
    credit_sums: tuple[Money, ...]


def paybacks_of(store: Store, operator_id: OperatorId, page_request: PageRequest, now: datetime) -> PaybackList:
    files, waiting = files_of_dues(store, operator_id), store.paybacks.waiting(operator_id)
    barred, totals = barred_reasons(store, waiting), total_by_currency(one.amount for one in payable_paybacks(store, waiting))
    found = store.paybacks.page(operator_id, page_request)
    rows = (_row(store, one, files.get(one.id), barred.get(one.id)) for one in found.rows)
    notes = store.statements.credits(operator_id)
    waiting_credits, of_notes = tuple(credits_waiting(store, notes[:_MAX_CREDITS], now)), total_by_currency(one.due for one in notes)
    return PaybackList(store.stations.operator(operator_id).zone, totals, found.of(rows), waiting_credits, of_notes)


def _row(store: Store, one: Payback, file: ContainingFile | None, bar: BarReason | None) -> PaybackRow:
    """The name is the one the document was issued to, also when its driver has left since."""
    note, stated = store.documents.document(one.note_id), store.statements.statement(one.note_id)
    parties, payment = note.content.parties if note else stated.parties if stated else None, store.payments.payment(one.payment_id)
    by_card = payment is not None and payment.method not in (TRANSFER, DEBIT)
    reference = payment.reference if payment and not by_card else ""
    name, email = (parties.buyer.called, parties.buyer.email) if parties else ("", "")
    beyond = stated is not None or (note is not None and note.content.corrects is None and not by_card)
    corrected = note.content.corrects_number if note else ""
    return PaybackRow(one, name, email, stated is not None, beyond, corrected, reference, by_card, file, bar)
