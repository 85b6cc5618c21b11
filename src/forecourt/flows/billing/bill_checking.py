"""Check a bill by recalculating it from what is stored, with the function that priced it."""

from dataclasses import dataclass

from forecourt.billing import (
    BillCheck,
    Draft,
    Invoice,
    bill,
    bill_no_show,
    compare,
    replaced_number,
    supplemented_number,
)
from forecourt.flows.billing.following_documents import buyer_chain
from forecourt.flows.ports.store import Store
from forecourt.sessions import ChargeRecord, MeterPoint
from forecourt.tariffs import TariffVersion, tariff_version


@dataclass(frozen=True, slots=True)
class CheckedBill:
    """The check and what it was made from. points: meter readings during the charge, by time. signer: the record whose signed readings
    prove it, also for a bill about a late end."""

    check: BillCheck
    record: ChargeRecord | None = None
    points: tuple[MeterPoint, ...] = ()
    signer: ChargeRecord | None = None


def check_bill(store: Store, invoice: Invoice) -> CheckedBill:
    """A credit note for a whole invoice is checked like that invoice; for a partial one only the sums are. Bills from before the net was
    derived from the gross are checked with the rounding of their time. One whose buyer was corrected is checked like the first."""
    content = invoice.content
    version = store.prices.version(content.tariff_version_id) if content.tariff_version_id else None
    whole = store.documents.document(content.corrects) if content.corrects else invoice
    first = list(buyer_chain(store, whole or invoice))[-1]
    record = store.sessions.record(first.session_id) if first.session_id else None
    reparsed = _reparse(version) if version else None
    is_whole, content_hash = whole is not None and whole.content.lines == content.lines, reparsed.content_hash if reparsed else ""
    check = compare(invoice, _recompute(store, first, reparsed, record) if reparsed and is_whole else None, content_hash)
    if reparsed and check.recomputed and not check.agrees:
        legacy_check = compare(invoice, _recompute(store, first, reparsed, record, legacy_rounding=True), content_hash)
        check = legacy_check if legacy_check.agrees else check
    points = tuple(store.sessions.points(record.session_id)) if record else ()
    return CheckedBill(check, record, points, record or _first_record(store, invoice))


def _first_record(store: Store, invoice: Invoice) -> ChargeRecord | None:
    """The record of the charge whose bill this one adds to, or replaces."""
    number = supplemented_number(invoice.content.reason) or replaced_number(invoice.content.reason)
    first = store.documents.by_number(invoice.operator_id, number) if number else None
    if first is None:
        return None
    return store.sessions.record(first.session_id) if first.session_id else _first_record(store, first)


def _reparse(stored_version: TariffVersion) -> TariffVersion:
    """The stored tariff, parsed and hashed again from its text."""
    return tariff_version(
        stored_version.source,
        stored_version.id,
        stored_version.operator_id,
        stored_version.site_id,
        stored_version.valid_from,
        stored_version.valid_to,
    )


def _recompute(
    store: Store, invoice: Invoice, version: TariffVersion, record: ChargeRecord | None, legacy_rounding: bool = False
) -> Draft | None:
    """apart: round like early bills."""
    content = invoice.content
    booking = store.bookings.booking(content.booking_id) if content.booking_id else None
    if record is not None:
        return bill(record, version, content.place, content.parties, booking, legacy_rounding)
    return bill_no_show(booking, version, content.place, content.parties, legacy_rounding) if booking and not invoice.session_id else None
