"""Disputed payments as the operator sees them, and the evidence for one."""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.paying import document_of
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import Money, NotFound, OperatorId, instant_text
from forecourt.payments import Dispute, DisputeState
from forecourt.web.frame.lists import csv_text
from forecourt.web.queries.statements import STATEMENT_COLUMNS, statement_rows

# Every file in a bundle has this date, so that the same evidence gives the same bytes.
_DAY = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """late: the deadline for an answer is past. number, page: of the invoice or statement paid; empty while there is none."""

    id: str
    state: str
    amount: Money
    fee: Money
    reason: str
    opened_at: datetime
    answer_by: datetime | None
    late: bool
    driver: str
    number: str
    page: str
    blocked: int


def disputes_of(store: Store, operator_id: OperatorId, now: datetime, page_request: PageRequest) -> ListPage[DisputeRow]:
    """Open ones first."""
    found = store.disputes.page(operator_id, page_request)
    return found.of(_row(store, one, now) for one in found.rows)


def disputes_about(store: Store, invoice: Invoice) -> tuple[Dispute, ...]:
    """Disputes of the payments for it, directly or by its monthly statement; without those that were won, which leave it paid."""
    stated = store.statements.of_document(invoice.id)
    payments = (one for paid in filter(None, (invoice.id, stated)) for one in store.payments.of_document(paid))
    found = (dispute for payment in payments for dispute in store.disputes.of_payment(payment.id))
    return tuple(one for one in found if one.state is not DisputeState.WON)


def own_dispute(store: Store, operator_id: OperatorId, dispute_id: str) -> Dispute:
    """Raises NotFound."""
    dispute = store.disputes.dispute(operator_id, dispute_id)
    if dispute is None:
        raise NotFound("dispute", f"There is no dispute {dispute_id[:40]!r}.")
    return dispute


def paid_for(store: Store, dispute: Dispute) -> Invoice | AccountStatement | None:
    """What the disputed payment was for; None for a top-up."""
    payment = store.payments.payment(dispute.payment_id)
    if payment is None or payment.document_id is None:
        return None
    return document_of(store, payment.document_id)


def evidence(store: Store, operator_id: OperatorId, dispute_id: str) -> bytes:
    """A zip of the evidence for the operator: the bill, the course of the charge, the meter readings, the payment. For a monthly statement,
    all of that for each bill, in a folder named by its number."""
    dispute = own_dispute(store, operator_id, dispute_id)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, body in _files(store, dispute):
            bundle.writestr(zipfile.ZipInfo(name, _DAY), body)
    return out.getvalue()


def _files(store: Store, dispute: Dispute) -> Iterator[tuple[str, bytes]]:
    paid = paid_for(store, dispute)
    invoice = paid if isinstance(paid, Invoice) else None
    yield "payment.json", json.dumps(_payment(store, dispute, invoice), indent=2, ensure_ascii=False).encode()
    if isinstance(paid, AccountStatement):
        pdf = store.statements.pdf(paid.id)
        if pdf is not None:
            yield f"{paid.number}.pdf", pdf
        yield f"{paid.number}.csv", csv_text([STATEMENT_COLUMNS, *statement_rows(store, paid)]).encode()
        for one in _invoices(store, paid):
            yield from _bill_files(store, one, f"{one.number}/")
    elif paid is not None:
        yield from _bill_files(store, paid, "")


def _invoices(store: Store, statement: AccountStatement) -> Sequence[Invoice]:
    found = (store.documents.document(line.document_id) for line in statement.lines)
    return [one for one in found if one is not None and one.kind is DocumentKind.INVOICE]


def _bill_files(store: Store, invoice: Invoice, folder: str) -> Iterator[tuple[str, bytes]]:
    files = store.documents.files(invoice.id)
    if files is not None:
        yield f"{folder}{invoice.number}.pdf", files.pdf
    record = store.sessions.record(invoice.session_id) if invoice.session_id else None
    if record is not None:
        phases = ((one.state.value, instant_text(one.start), instant_text(one.end), one.energy_wh) for one in record.phases)
        yield f"{folder}charge.csv", csv_text([("state", "start", "end", "energy_wh"), *phases]).encode()
        points = ((instant_text(one.at), one.energy_wh, one.state.value) for one in store.sessions.points(record.session_id))
        yield f"{folder}meter.csv", csv_text([("at", "energy_wh", "state"), *points]).encode()


def _payment(store: Store, dispute: Dispute, invoice: Invoice | None) -> dict[str, object]:
    payment = store.payments.payment(dispute.payment_id)
    delivery = invoice.content.delivery if invoice else None
    return {
        "dispute": {
            "id": dispute.id,
            "reason": dispute.reason,
            "amount": str(dispute.amount),
            "opened_at": instant_text(dispute.opened_at),
        },
        "payment": {
            "id": str(dispute.payment_id),
            "reference": payment.reference if payment else "",
            "taken": str(payment.taken) if payment else "",
        },
        "invoice": {"number": invoice.number, "issued_at": instant_text(invoice.issued_at), "total": str(invoice.gross)}
        if invoice
        else None,
        "charge": {
            "place": f"{invoice.content.place.site_name}, {invoice.content.place.address}, {invoice.content.place.evse_label}",
            "started_at": instant_text(delivery.started_at),
            "ended_at": instant_text(delivery.ended_at),
            "energy_wh": delivery.energy_wh,
            "meter_start_wh": delivery.meter_start_wh,
            "meter_stop_wh": delivery.meter_stop_wh,
            "price": invoice.content.price_because,
        }
        if invoice and delivery
        else None,
    }


def _row(store: Store, one: Dispute, now: datetime) -> DisputeRow:
    paid = paid_for(store, one)
    is_overdue = one.open and one.answer_by is not None and one.answer_by < now
    driver, number = store.drivers.driver(one.driver_id).name, paid.number if paid else ""
    page = f"/console/{'statements' if isinstance(paid, AccountStatement) else 'documents'}/{number}" if paid else ""
    return DisputeRow(
        one.id,
        one.state.value,
        one.amount,
        one.fee,
        one.reason,
        one.opened_at,
        one.answer_by,
        is_overdue,
        driver,
        number,
        page,
        len(one.blocked),
    )
