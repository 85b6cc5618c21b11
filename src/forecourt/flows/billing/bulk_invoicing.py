"""Bill many charges in one commit: calculate the cost of each first, then number, post and store them all at once.

Only for plain charges, whose bills need no locks but their drivers': these are locked together, in a fixed order, before the locks of
number and ledger, to avoid deadlocks. All other charges are billed one by one, by `rate_and_invoice`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from forecourt.billing import Draft, Invoice, discounted, invoice_txn, issue, series_of
from forecourt.drivers import PayBy
from forecourt.flows.billing.invoicing import draft_of, share_without_payment
from forecourt.flows.billing.roaming_cdrs import make_cdrs
from forecourt.flows.billing.signed_values import MeterVerifier, signed_fault
from forecourt.flows.desk.orders import enqueue_task
from forecourt.flows.ports.outbox import CollectPayment
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.entitlement_use import earned_offers
from forecourt.kernel import DocumentId, DriverId, Ids, SessionId
from forecourt.sessions import ChargeRecord


def invoice_together(
    store: Store, session_ids: Collection[SessionId], at: datetime, ids: Ids, verifier: MeterVerifier | None = None
) -> set[SessionId]:
    """Bill the plain ones among these charges in the caller's commit, and return their ids.

    A plain charge has ended without doubts; its driver has no balance to pay it from, no entitlement to apply, and earns no
    voucher by it. The others are left as they are.
    """
    records = _plain(store, session_ids, verifier)
    drafts = [draft_of(store, record, store.drivers.driver(driver_id)) for record, driver_id in records]
    if not drafts:
        return set()
    drafts_of_series = _of_one_series([discounted(draft, ()) for draft in drafts], at)
    issued = _issue_all(store, drafts_of_series, at, ids)
    store.documents.put_all(issued)
    store.ledger.post_all([txn for one in issued if (txn := invoice_txn(one)) is not None])
    _request_payments(store, issued, at, ids)
    make_cdrs(store, issued, at, ids)
    return {one.session_id for one in issued if one.session_id is not None}


def _plain(store: Store, session_ids: Collection[SessionId], verifier: MeterVerifier | None) -> list[tuple[ChargeRecord, DriverId]]:
    store.sessions.prefetch_records(session_ids)
    records = [record for one in session_ids if (record := store.sessions.record(one)) and record.tariff_version_id and not record.held]
    known = [(record, record.driver_id) for record in records if record.driver_id is not None]
    driver_ids = {driver_id for _, driver_id in known}
    store.entitlements.lock_drivers(driver_ids)
    store.drivers.prefetch(driver_ids)
    entitled = store.entitlements.maybe_entitled(driver_ids)
    return [
        (record, driver_id)
        for record, driver_id in known
        if driver_id not in entitled
        and store.drivers.driver(driver_id).pay_by is not PayBy.WALLET
        and not earned_offers(store, record)
        and not signed_fault(store, record, verifier)
    ]


def _of_one_series(drafts: Sequence[Draft], at: datetime) -> list[Draft]:
    """The drafts that share the first one's operator, series and year."""

    def numbering(draft: Draft) -> tuple[object, ...]:
        return draft.operator_id, *series_of(draft, at)

    return [draft for draft in drafts if numbering(draft) == numbering(drafts[0])]


def _issue_all(store: Store, drafts: Sequence[Draft], at: datetime, ids: Ids) -> list[Invoice]:
    """Number the drafts without a gap. Bills issued meanwhile by others become visible once the number's row is locked."""
    operator_id, (series, year) = drafts[0].operator_id, series_of(drafts[0], at)
    store.documents.next_number(operator_id, series, year, 0)
    billed = store.documents.billed({one.session_id for one in drafts if one.session_id is not None})
    unbilled = [one for one in drafts if one.session_id not in billed]
    first = store.documents.next_number(operator_id, series, year, len(unbilled))
    return [issue(one, DocumentId(ids.new(at)), number, at) for number, one in enumerate(unbilled, first)]


def _request_payments(store: Store, issued: Sequence[Invoice], at: datetime, ids: Ids) -> None:
    """Have payments taken by separate tasks. Drivers on account pay by their statement; now only their holds are settled."""
    holders = store.payments.drivers_with_holds({one.driver_id for one in issued})
    for invoice in issued:
        if invoice.content.parties.pays_by is not PayBy.ACCOUNT or invoice.driver_id in holders:
            enqueue_task(store, invoice.content, CollectPayment(invoice.id), at, ids, f"pay/{invoice.id}")
        share_without_payment(store, invoice, at, ids)
