"""Work deferred by other steps: each task in its own commit, but many bills of plain charges together."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from forecourt.flows.billing import credit_no_show, invoice_no_show, match_bank_lines, process_late_ends, rate_and_invoice
from forecourt.flows.desk import Staff
from forecourt.flows.offers import refund_compensation, renew_membership, settle_site_shares
from forecourt.flows.paying import collect_payment
from forecourt.flows.ports import (
    CollectPayment,
    CreditNoShow,
    ForgetUnused,
    InvoiceNoShow,
    InvoiceSession,
    MatchBankLines,
    OutboxItem,
    RenewMembership,
    RepayCredit,
    ShareInvoice,
    Store,
    StoreUnavailable,
)
from forecourt.flows.privacy import erase_unused_account
from forecourt.jobs.bill_batches import BillBatches
from forecourt.jobs.meter_verifier import OcmfVerifier
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import Refused

_log = structlog.get_logger("forecourt.jobs")

RETRY_AFTER = timedelta(hours=1)
MAX_RETRIES = 24 * 14


class Tasks:
    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports
        self._verifier = OcmfVerifier()
        self._bills = BillBatches(ports, self._verifier)

    def run_all(self, items: Sequence[OutboxItem]) -> None:
        done = self._bills.make(items)
        for item in items:
            if item.id not in done:
                self._run_task(item)

    def _run_task(self, item: OutboxItem) -> None:
        """One task, one commit. An error is stored with the item, which is retried later, and is shown to a person."""
        ports = self._ports
        at = ports.clock.now()
        try:
            with ports.transactions.begin() as store:
                if self._perform(store, item) or item.attempts >= MAX_RETRIES:
                    store.outbox.done(item.id, at, "done")
                else:
                    store.outbox.retry(item, at + RETRY_AFTER, "waits for a person")
        except Refused as error:
            _log.warning("task_refused", task=item.idempotency_key, code=error.code, text=str(error))
            self._retry_later(item, at, f"{error.code}: {error}")
        except (StoreUnavailable, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - a failing task must not hold up those behind it
            _log.error("task_failed", task=item.idempotency_key, error=f"{type(error).__name__}: {error}")
            self._retry_later(item, at, f"{type(error).__name__}: {error}")

    def _retry_later(self, item: OutboxItem, at: datetime, error: str) -> None:
        with self._ports.transactions.begin() as store:
            store.outbox.retry(item, at + timedelta(minutes=min(60, 2 ** min(item.attempts, 6))), error)

    def _perform(self, store: Store, item: OutboxItem) -> bool:
        """False: signed readings do not verify (yet): the operator may still enter the meter's key."""
        at, ids = self._ports.clock.now(), self._ports.ids
        match item.work:
            case InvoiceSession(session_id=session_id, late=is_late):
                if is_late:
                    process_late_ends(store, session_id, at, ids, self._verifier)
                record = store.sessions.record(session_id)
                signed = record is not None and not record.held and bool(record.signed)
                return rate_and_invoice(store, session_id, at, ids, self._verifier) is not None or not signed
            case InvoiceNoShow(booking_id=booking_id):
                invoice_no_show(store, booking_id, at, ids)
            case CreditNoShow(booking_id=booking_id):
                credit_no_show(store, booking_id, at, ids)
            case CollectPayment(document_id=document_id):
                collect_payment(store, document_id, at, ids)
            case ShareInvoice(document_id=document_id):
                settle_site_shares(store, document_id, at)
            case RenewMembership(membership_id=membership_id):
                renew_membership(store, membership_id, at, ids)
            case RepayCredit(claim_id=claim_id, driver_id=driver_id):
                refund_compensation(store, claim_id, driver_id, at, ids)
            case MatchBankLines(actor=actor):
                match_bank_lines(store, Staff(item.operator_id, actor, at, ids))
            case ForgetUnused(account_id=account_id):
                erase_unused_account(store, account_id, at, ids)
        return True
