"""Rate an ended charge or an unused booking and issue its document, with number, ledger entry and payment request, in one commit."""

from datetime import datetime, timedelta

from forecourt.billing import (
    Draft,
    Invoice,
    Place,
    bill,
    bill_no_show,
    credit,
    discounted,
    invoice_txn,
    issue,
    rating_of,
    series_of,
)
from forecourt.drivers import Driver
from forecourt.flows.billing.parties import parties, supplied_on
from forecourt.flows.billing.roaming_cdrs import make_cdrs
from forecourt.flows.billing.signed_values import MeterVerifier, signed_is_sound
from forecourt.flows.desk.orders import enqueue_task
from forecourt.flows.paying.dunning import close_case_as_credited
from forecourt.flows.paying.lost_disputes import check_creditable, settle_credited
from forecourt.flows.paying.wallet import lock_funds, pay_invoice
from forecourt.flows.ports.outbox import CollectPayment, ShareInvoice
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.entitlement_use import earned_offers, issue_earned_vouchers, lock_use, record_use, return_use
from forecourt.flows.prices.entitlements import discounts_for, lock_entitlements
from forecourt.kernel import BookingId, Conflict, DocumentId, EvseId, Ids, NotFound, SessionId, Span
from forecourt.reservations import Booking
from forecourt.sessions import ChargeRecord
from forecourt.stations import Site
from forecourt.tariffs import Rating, TariffVersion


def rate_and_invoice(store: Store, session_id: SessionId, at: datetime, ids: Ids, verifier: MeterVerifier | None = None) -> Invoice | None:
    """The invoice of an ended charge, or the existing one. None for a record that awaits review by a person.

    Raises NotFound while the charge has not ended.
    """
    record = store.sessions.record(session_id)
    if record is None:
        raise NotFound("record", "This charge has not ended.")
    if record.held or record.driver_id is None or record.tariff_version_id is None:
        return None
    if issued := store.documents.of_session(session_id):
        return issued[0]
    if not signed_is_sound(store, record, verifier):
        return None
    return _discount_and_keep(store, record, draft_of(store, record, store.drivers.driver(record.driver_id)), at, ids)


def draft_of(store: Store, record: ChargeRecord, driver: Driver) -> Draft:
    """What a charge costs before discounts. The record has a driver and a price."""
    version, booking, site = _sold(store, record)
    supplied = supplied_on(record.ended_at, site)
    between = parties(store, site.operator_id, driver, supplied, record.started_at, record.token)
    return bill(record, version, _place(store, site, record.evse_id), between, booking)


def rated(store: Store, record: ChargeRecord) -> tuple[Rating, Span]:
    """The basis for offers: the charge's rating and its time span, which is at least a second."""
    version, booking, site = _sold(store, record)
    charge = Span(record.started_at, max(record.ended_at, record.started_at + timedelta(seconds=1)))
    return rating_of(record, version, site.zone, booking), charge


def _sold(store: Store, record: ChargeRecord) -> tuple[TariffVersion, Booking | None, Site]:
    """The price, booking and site of a charge."""
    assert record.tariff_version_id is not None  # noqa: S101 - narrows the type; the caller has asked
    booking = store.bookings.booking(record.booking_id) if record.booking_id else None
    return store.prices.version(record.tariff_version_id), booking, store.stations.site(record.site_id)


def _discount_and_keep(store: Store, record: ChargeRecord, draft: Draft, at: datetime, ids: Ids) -> Invoice:
    """Lock and apply the driver's entitlements, and record what is used up and earned, in the commit that issues the invoice."""
    rating, charge = rated(store, record)
    offers = earned_offers(store, record)
    lock_entitlements(store, draft.driver_id, offers)
    applied = discounts_for(store, draft.driver_id, record.site_id, rating, charge)
    invoice = issue_document(store, discounted(draft, applied.discounts), at, ids)
    record_use(store, invoice, applied, charge.start, at)
    issue_earned_vouchers(store, invoice, record, offers, at, ids)
    return invoice


def invoice_no_show(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> Invoice | None:
    """The invoice for a booking that was missed, or cancelled too late to be free; None if the tariff has no such fee,
    or no price was promised."""
    listed = store.bookings.booking(booking_id)
    if listed is not None:
        store.bookings.lock_fee(listed.site_id, booking_id)  # a charger may be reporting right now that the driver came
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.quote is None or booking.given_up_at is None:
        return None
    if issued := store.documents.of_booking(booking_id):
        return issued[0]
    site = store.stations.site(booking.site_id)
    version = store.prices.version(booking.quote.tariff_version_id)
    supplied = supplied_on(booking.given_up_at, site, energy=False)
    between = parties(store, site.operator_id, store.drivers.driver(booking.driver_id), supplied, booking.given_up_at)
    draft = bill_no_show(booking, version, _place(store, site, None), between)
    return issue_document(store, draft, at, ids) if draft else None


def credit_invoice(store: Store, document_id: DocumentId, reason: str, at: datetime, ids: Ids) -> Invoice:
    """Credit an invoice in full, and reverse what it used up and earned of offers.

    Raises Conflict for a second one.
    """
    invoice = store.documents.lock(document_id)
    if invoice is None:
        raise NotFound("document", "There is no such document.")
    if store.documents.credit_notes_of(document_id):
        raise Conflict("credited_already", f"{invoice.number} has been credited.", "Issue a new invoice instead.")
    check_creditable(store, invoice, invoice.due)
    lock_use(store, invoice)
    note = issue_document(store, credit(invoice, reason), at, ids)
    return_use(store, invoice, note, at)
    close_case_as_credited(store, invoice, at)
    settle_credited(store, invoice, at)
    return note


def issue_document(store: Store, draft: Draft, at: datetime, ids: Ids) -> Invoice:
    """Number, store and post a draft, and request its payment. The number's row stays locked until the caller commits.

    Raises Conflict if another unit of work has billed the same thing meanwhile; the rollback returns the number.
    """
    from_balance = draft.corrects is None and lock_funds(store, draft.driver_id, draft.session_id, draft.booking_id)
    series, year = series_of(draft, at)
    sequence = store.documents.next_number(draft.operator_id, series, year)
    if draft.corrects is None and _billed(store, draft):
        raise Conflict("billed_already", "This was billed a moment ago.", "Try again to see the invoice.")
    invoice = issue(draft, DocumentId(ids.new(at)), sequence, at)
    store.documents.put(invoice)
    txn = invoice_txn(invoice)
    if txn is not None:
        store.ledger.post(txn)
    if from_balance:
        pay_invoice(store, invoice, at, ids)
    enqueue_task(store, draft, CollectPayment(invoice.id), at, ids, f"pay/{invoice.id}")
    share_without_payment(store, invoice, at, ids)
    make_cdrs(store, [invoice], at, ids)
    return invoice


def share_without_payment(store: Store, invoice: Invoice, at: datetime, ids: Ids) -> None:
    """Book partners' shares of a document that no payment will trigger: an invoice with nothing to pay, or a credit note, which
    reverses shares."""
    draft = invoice.content
    if draft.net and (draft.corrects is not None or not draft.due):
        enqueue_task(store, draft, ShareInvoice(invoice.id), at, ids, f"share/{invoice.id}")


def _billed(store: Store, draft: Draft) -> bool:
    """Called once the number is locked, when documents issued by other units of work are visible."""
    if draft.session_id is not None:
        return bool(store.documents.of_session(draft.session_id))
    return draft.booking_id is not None and bool(store.documents.of_booking(draft.booking_id))


def _place(store: Store, site: Site, evse_id: EvseId | None) -> Place:
    label = store.stations.evse(evse_id).label if evse_id else ""
    return Place(site.name, site.address, site.zone, label)
