"""Credits for broken promises that can no longer be used on a next charge are credited against earlier bills and paid back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.billing import CREDIT_REPAID, DocumentKind, Invoice, creditable_amount, creditable_up_to
from forecourt.flows.billing.credit_notes import CreditRequest, issue_credit_note
from forecourt.flows.bookings import is_compensation
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying import outstanding, refundable
from forecourt.flows.ports.outbox import OutboxItem, RepayCredit
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Ids, Money, OperatorId
from forecourt.offers import Claim, record_spending

# How many of a driver's latest bills are searched for one that can be credited.
_MAX_BILLS = 200


def queue_compensation_refunds(store: Store, by: Staff) -> None:
    """After a site has closed: if it was the operator's last, a task for each credit that waits for a next charge."""
    if _has_open_sites(store, by.operator_id):
        return
    for one in store.coupons.open_claims(by.operator_id):
        work, key = RepayCredit(one.id, one.driver_id), f"repay/{one.id}"
        store.outbox.put(OutboxItem(by.ids.new(by.at), by.operator_id, None, "task", key, work, by.at, key))


def refund_compensation(store: Store, claim_id: UUID, driver_id: DriverId, at: datetime, ids: Ids) -> Money | None:
    """Credit this much of the newest paid bills, and return the money the way it came. Returns the amount returned; None if the credit can
    still be used, has ended, or is not for a broken promise. The log names what no bill could cover.

    Raises Conflict while the payment of such a bill, or a refund, is under way or disputed."""
    bills = [bill for one in store.documents.of_driver(driver_id, _MAX_BILLS) if (bill := store.documents.lock(one.id)) is not None]
    store.entitlements.lock_driver(driver_id)
    claim = next((one for one in store.coupons.claims_of(driver_id) if one.id == claim_id), None)
    coupon = store.coupons.lock(claim.coupon_id) if claim else None
    if claim is None or coupon is None or claim.used_by is not None or not is_compensation(coupon) or coupon.cut.amount is None:
        return None
    if _has_open_sites(store, claim.operator_id) or coupon.validity.end <= at:
        return None
    by, wanted = Staff(claim.operator_id, "system", at, ids), coupon.cut.amount
    remaining = wanted
    for bill, available in _open_bills(store, bills, wanted.currency):
        if not remaining:
            break
        earlier = store.documents.credit_notes_of(bill.id)
        part = creditable_up_to(bill, earlier, min(remaining, available))
        if not part:
            continue
        note = issue_credit_note(store, by, CreditRequest(bill.id, len(earlier), CREDIT_REPAID, amount=part)).note
        claim, remaining = replace(claim, used_by=note.id), remaining - part
    _log_outcome(store, by, claim, (wanted - remaining, remaining))
    return wanted - remaining


def _log_outcome(store: Store, by: Staff, claim: Claim, refunded_and_left: tuple[Money, Money]) -> None:
    """Log the outcome. refunded_and_left: what was returned, and what was not."""
    refunded, remaining = refunded_and_left
    coupon = store.coupons.coupon(claim.coupon_id)
    if refunded and coupon is not None:
        store.coupons.put_claim(claim)
        store.coupons.put(record_spending(coupon, refunded))
    if coupon is not None:
        note(
            store, by, "credit.repaid" if refunded else "credit.left", claim.driver_id, f"{coupon.title}: {refunded} back, {remaining} left"
        )


def _open_bills(store: Store, bills: list[Invoice], currency: str) -> Iterator[tuple[Invoice, Money]]:
    """Paid bills, newest first, each with the amount that can be returned. Not those on a statement, which only lower the next one."""
    for bill in bills:
        if bill.kind is not DocumentKind.INVOICE or bill.currency != currency or bill.content.contributions:
            continue
        if store.statements.of_document(bill.id) is not None or outstanding(store, bill).minor > 0:
            continue
        payments = store.payments.of_document(bill.id)
        available = min(creditable_amount(bill, store.documents.credit_notes_of(bill.id)), refundable(store, payments, currency))
        if available.minor > 0:
            yield bill, available


def _has_open_sites(store: Store, operator_id: OperatorId) -> bool:
    return any(one.closed_at is None for one in store.stations.sites(operator_id))
