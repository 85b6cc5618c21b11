"""CDRs: a document about a charge of a partner's customer has one, sealed in the same commit and sent to the partner."""

from collections.abc import Sequence
from datetime import datetime

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.billing.roaming_details import charge_details, reservation_usage, usage_of
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.orders import enqueue_partner_message
from forecourt.flows.ports.outbox import PassCdr
from forecourt.flows.ports.roaming_charges import RoamingCdr, RoamingCharge
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.sessions import send_corrected_session
from forecourt.kernel import Conflict, DocumentId, Ids, NotFound
from forecourt.ocpi import Cdr, credit_cdr, ocpi_cdr
from forecourt.sessions import ChargeRecord


def make_cdrs(store: Store, invoices: Sequence[Invoice], at: datetime, ids: Ids) -> None:
    """Make the CDRs of documents about charges of partners' customers, or sockets reserved for them in vain. A failed start has none:
    nothing was used, and nothing is owed."""
    charges = store.roaming_charges.charges({one.session_id for one in invoices if one.session_id is not None})
    known = {one.session_id: one for one in charges}
    for invoice in invoices:
        charge = (
            known.get(invoice.session_id)
            if invoice.session_id
            else _reservation_of(store, invoice) or _charge_of_replacement(store, invoice)
        )
        cdr = _cdr(store, charge, invoice) if charge else None
        if charge is not None and cdr is not None:
            _store_cdr(store, charge, invoice, cdr, at, ids)


def make_corrected_cdr(store: Store, invoice: Invoice, record: ChargeRecord, at: datetime, ids: Ids) -> None:
    """Make the CDR of a bill that replaces a credited one, and update the Session. record: all that is now known of the charge. Raises
    Conflict if it is not a partner's charge."""
    charge = next(iter(store.roaming_charges.charges({record.session_id})), None)
    cdr = _charge_cdr(store, charge, invoice, record) if charge else None
    if charge is None or cdr is None:
        raise Conflict("late_no_cdr", f"{invoice.number} was not sent to a partner.", "Set it aside.")
    _store_cdr(store, charge, invoice, cdr, at, ids)
    send_corrected_session(store, charge, invoice.id, at, ids)


def _store_cdr(store: Store, charge: RoamingCharge, invoice: Invoice, cdr: Cdr, at: datetime, ids: Ids) -> None:
    store.roaming_charges.put_cdr(RoamingCdr(invoice.id, invoice.operator_id, charge.partner_id, charge.id, at, cdr))
    enqueue_partner_message(store, charge, PassCdr(invoice.id, charge.id), at, ids, invoice.id)


def requeue_cdr(store: Store, by: Staff, document_id: DocumentId) -> None:
    """Send a CDR again that the partner has not accepted. Raises Conflict if it has."""
    stored = store.roaming_charges.cdr(document_id)
    if stored is None or stored.operator_id != by.operator_id:
        raise NotFound("cdr", "There is no such CDR.")
    if stored.passing.accepted_at is not None:
        raise Conflict("cdr_taken", "The partner already has this CDR.", "Correct any error with a credit note.")
    enqueue_partner_message(store, stored, PassCdr(document_id, stored.session_id), by.at, by.ids, by.ids.new(by.at))
    note(store, by, "roaming.again", document_id, f"CDR for {stored.cdr.invoice_reference_id}")


def check_whole(store: Store, invoice: Invoice) -> None:
    """Before a partial credit: OCPI knows no partial credit of a CDR. Raises Conflict."""
    if store.roaming_charges.cdr(invoice.id) is not None:
        text = f"{invoice.number} is a CDR of a roaming partner, which cannot be credited in part."
        raise Conflict("cdr_whole", text, "Credit the whole invoice.")


def _cdr(store: Store, charge: RoamingCharge, invoice: Invoice) -> Cdr | None:
    if invoice.kind is DocumentKind.CREDIT_NOTE:
        first = store.roaming_charges.cdr(invoice.content.corrects) if invoice.content.corrects else None
        return credit_cdr(first.cdr, invoice) if first else None
    if charge.session_id is None:
        return _reservation_cdr(store, charge, invoice)
    record = store.sessions.record(charge.session_id)
    return _charge_cdr(store, charge, invoice, record) if record else None


def _charge_cdr(store: Store, charge: RoamingCharge, invoice: Invoice, record: ChargeRecord) -> Cdr | None:
    usage = usage_of(store, record, record.ended_at)
    if not usage.phases or record.tariff_version_id is None:
        return None
    details = charge_details(store, charge, record, store.prices.version(record.tariff_version_id))
    return ocpi_cdr(details, invoice, usage, record.signed, store.stations.evse(record.evse_id).meter_key)


def _reservation_of(store: Store, invoice: Invoice) -> RoamingCharge | None:
    """The partner's reservation that a fee is for; None for a booking of our own drivers, which does not concern partners."""
    return store.roaming_charges.charge_of_booking(invoice.booking_id) if invoice.booking_id else None


def _charge_of_replacement(store: Store, note: Invoice) -> RoamingCharge | None:
    """The charge of a credit note whose bill was a replacement, and therefore names no charge."""
    first = store.roaming_charges.cdr(note.content.corrects) if note.content.corrects else None
    return store.roaming_charges.charge(first.session_id) if first else None


def _reservation_cdr(store: Store, charge: RoamingCharge, invoice: Invoice) -> Cdr | None:
    booking = store.bookings.booking(invoice.booking_id) if invoice.booking_id else None
    if booking is None or booking.quote is None:
        return None
    details = charge_details(store, charge, booking, store.prices.version(booking.quote.tariff_version_id))
    return ocpi_cdr(details, invoice, reservation_usage(store, booking, invoice.issued_at))
