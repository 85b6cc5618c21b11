"""Complaints about bills: stored, then settled by a credit note or declined with a reason, and the driver told."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.billing import Complaint, Invoice, close_credited, close_declined, open_complaint
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import site_of_document
from forecourt.flows.desk.notifying import NoticeDraft, notify
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Ids, NotFound
from forecourt.notices import NoticeContent, NoticeKind


def file_complaint(store: Store, invoice: Invoice, text: str, at: datetime, ids: Ids) -> Complaint:
    """Open a complaint. invoice: of the complaining driver. Its row is locked, so that a form sent twice is one complaint."""
    store.documents.lock(invoice.id)
    complaint = open_complaint(invoice, store.complaints.of_document(invoice.id), text, at, ids.new(at))
    store.complaints.put(complaint)
    return complaint


def decline_complaint(store: Store, by: Staff, complaint_id: UUID, answer: str) -> Complaint:
    """Decline a complaint; the driver gets the words. Raises NotFound, BadInput, and Conflict if someone else was first."""
    found = store.complaints.lock(complaint_id)
    if found is None or found.operator_id != by.operator_id:
        raise NotFound("complaint", "There is no such complaint.")
    declined = close_declined(found, answer, by.at)
    store.complaints.put(declined)
    content = NoticeContent(number=found.number, words=declined.answer)
    about, path = (found.operator_id, found.driver_id, NoticeKind.COMPLAINT_DECLINED), f"/receipts/{found.number}"
    site_id = site_of_document(store, found.document_id)
    notify(store, NoticeDraft(f"complaint/{found.id}", *about, content, path, site_id=site_id), by.at)
    note(store, by, "complaint.decline", found.id, f"about {found.number}")
    return declined


def settle_complaints(store: Store, credit: Invoice, corrects: Invoice) -> None:
    """The credit note settles the complaints about its bill; the driver is sent the note."""
    for one in store.complaints.of_document(corrects.id):
        if one.open:
            store.complaints.put(close_credited(one, credit))


def forget_complaints(store: Store, driver_id: DriverId, at: datetime) -> None:
    """Close the complaints of a driver who leaves, as nobody is left to be answered."""
    for one in store.complaints.of_driver(driver_id):
        store.complaints.put(replace(one, text="", answer="", over_at=one.over_at or at))
