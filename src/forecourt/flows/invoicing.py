"""Rate an ended charge, or a promise not kept, and issue its document: number, ledger and the wish to be paid, in one commit."""

from datetime import datetime

from forecourt.billing import (
    Draft,
    Exemption,
    Invoice,
    Parties,
    Party,
    Place,
    VatRelief,
    bill,
    bill_no_show,
    credit,
    entries,
    issue,
    series_of,
)
from forecourt.drivers import Driver
from forecourt.flows.orders import task
from forecourt.flows.papers import AskPayment
from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, Conflict, DocumentId, EvseId, Ids, NotFound, SessionId
from forecourt.reservations import Missed
from forecourt.stations import Operator, Site


def rate_and_invoice(store: Store, session_id: SessionId, at: datetime, ids: Ids) -> Invoice | None:
    """The invoice of an ended charge; the one that is there if there is one. None for a record that waits for a person.

    Raises NotFound while the charge has not ended.
    """
    record = store.sessions.record(session_id)
    if record is None:
        raise NotFound("record", "This charge has not ended.")
    if record.held or record.driver_id is None or record.tariff_version_id is None:
        return None
    if issued := store.documents.of_session(session_id):
        return issued[0]
    version = store.prices.version(record.tariff_version_id)
    booking = store.bookings.booking(record.booking_id) if record.booking_id else None
    site = store.stations.site(record.site_id)
    draft = bill(
        record, version, _place(store, site, record.evse_id), _parties(store, site, store.drivers.driver(record.driver_id)), booking
    )
    return keep(store, draft, at, ids)


def invoice_no_show(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> Invoice | None:
    """The invoice of the fee for a missed booking; None where the tariff has none, or the price was never promised."""
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.quote is None or not isinstance(booking.state, Missed):
        return None
    if issued := store.documents.of_booking(booking_id):
        return issued[0]
    site = store.stations.site(booking.site_id)
    version = store.prices.version(booking.quote.tariff_version_id)
    parties = _parties(store, site, store.drivers.driver(booking.driver_id))
    draft = bill_no_show(booking, version, _place(store, site, None), parties)
    return keep(store, draft, at, ids) if draft else None


def credit_invoice(store: Store, document_id: DocumentId, reason: str, at: datetime, ids: Ids) -> Invoice:
    """Take an invoice back by a credit note over the whole of it. Raises Conflict for a second one."""
    invoice = store.documents.lock(document_id)
    if invoice is None:
        raise NotFound("document", "There is no such document.")
    if store.documents.correcting(document_id):
        raise Conflict("credited_already", f"{invoice.number} has been credited.", "Issue a new invoice instead.")
    return keep(store, credit(invoice, reason), at, ids)


def keep(store: Store, draft: Draft, at: datetime, ids: Ids) -> Invoice:
    """Number and keep a draft, post it, and ask for its money. The number's row stays locked until the caller commits.

    Raises Conflict where another unit of work has billed the same thing meanwhile; the number goes back with this one.
    """
    series, year = series_of(draft, at)
    sequence = store.documents.next_number(draft.operator_id, series, year)
    if draft.corrects is None and _billed(store, draft):
        raise Conflict("billed_already", "This has been billed a moment ago.", "Try again to see the invoice.")
    invoice = issue(draft, DocumentId(ids.new(at)), sequence, at)
    store.documents.put(invoice)
    txn = entries(invoice)
    if txn is not None:
        store.ledger.post(txn)
    task(store, draft, AskPayment(invoice.id), at, ids, f"pay/{invoice.id}")
    return invoice


def _billed(store: Store, draft: Draft) -> bool:
    """Asked after the number is locked: what another unit of work issued before is visible now."""
    if draft.session_id is not None:
        return bool(store.documents.of_session(draft.session_id))
    return draft.booking_id is not None and bool(store.documents.of_booking(draft.booking_id))


def _place(store: Store, site: Site, evse_id: EvseId | None) -> Place:
    label = store.stations.evse(evse_id).label if evse_id else ""
    return Place(site.name, site.address, site.zone, label)


def _parties(store: Store, site: Site, driver: Driver) -> Parties:
    operator = store.stations.operator(site.operator_id)
    exemption = Exemption(VatRelief.EXEMPT, operator.vat_exemption) if operator.vat_exemption else None
    buyer = Party(driver.name, driver.address, email=driver.email)
    return Parties(_seller(operator), buyer, driver.language, exemption, driver.pay_by)


def _seller(operator: Operator) -> Party:
    return Party(operator.legal_name, operator.address, operator.country, operator.vat_number)
