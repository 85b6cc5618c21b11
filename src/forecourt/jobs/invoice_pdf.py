"""The files of a document: made once, stored with their SHA-256, the same bytes for ever."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from forecourt.billing import Invoice, iban_of
from forecourt.flows.billing import preceding_document
from forecourt.flows.desk import notify_document
from forecourt.flows.paying import mandate_of, payment_progress_of
from forecourt.flows.ports import DocumentFiles, Store, Transactions, document_files
from forecourt.jobs.facturx_pdf import FILE_NAME, facturx
from forecourt.jobs.invoice_cii import cii_xml
from forecourt.jobs.invoice_view import view_of
from forecourt.jobs.printing import Typesetter
from forecourt.kernel import Clock, DriverId
from forecourt.payments import Payment, PaymentProgress, PaymentStatus

# A card payment is usually settled within seconds; after this long the file states how it will be paid.
WAITS_FOR_PAYMENT = timedelta(minutes=1)
# A document that could not be printed is retried after this long.
TRIED_AGAIN = timedelta(hours=1)
BATCH = 20

_log = structlog.get_logger("forecourt.jobs")


class InvoicePrinter:
    """Turns documents into PDF/A-3b with the e-invoice attached, using the fonts inside typst: every machine makes the same bytes."""

    def __init__(self) -> None:
        self._typesetter = Typesetter("invoice.typ")

    def files(
        self, invoice: Invoice, progress: PaymentProgress | None = None, account: str = "", preceding_issued_at: datetime | None = None
    ) -> DocumentFiles:
        """The files of a document, dated at its issue: equal arguments give equal bytes. progress None: it is charged to a card. account:
        the seller's IBAN, if it is paid by transfer. preceding_issued_at: when the bill that it credits, replaces or adds to was issued.

        If it cannot be an e-invoice (see `billing.missing_data`), the PDF carries none.
        """
        xml = cii_xml(invoice, account, progress, preceding_issued_at)
        view = view_of(invoice, progress or PaymentProgress(PaymentStatus.CARD, invoice.due), preceding_issued_at)
        view |= {"xml": xml.decode(), "xml_name": FILE_NAME}
        pdf = self._typesetter.pdf(view, invoice.issued_at)
        return document_files(facturx(pdf) if xml else pdf, xml)


def print_documents(transactions: Transactions, clock: Clock, printer: InvoicePrinter) -> int:
    """Make and store the files that are missing and due, in one commit. Returns how many.

    Other workers print other documents meanwhile. One that cannot be printed does not block those behind it: it is retried later.
    """
    at = clock.now()
    with transactions.begin() as store:
        unprinted = store.documents.without_files(at, BATCH)
        store.drivers.prefetch({one.driver_id for one in unprinted})
        known = [(invoice, store.payments.of_document(invoice.id)) for invoice in unprinted]
        waiting = [invoice for invoice, payments in known if _due(store, invoice, payments, at)]
        for invoice in waiting:
            _print(store, invoice, printer, at)
    return len(waiting)


def _print(store: Store, invoice: Invoice, printer: InvoicePrinter, at: datetime) -> None:
    try:
        progress = _with_mandate(store, invoice, payment_progress_of(store, invoice), at)
        preceding = preceding_document(store, invoice)
        files = printer.files(invoice, progress, _account(store, invoice, progress), preceding.issued_at if preceding else None)
    except Exception as error:  # noqa: BLE001 - a failing layout concerns this document only
        _log.error("not_printed", document=invoice.number, error=f"{type(error).__name__}: {error}")
        store.documents.retry_files_at(invoice.id, at + TRIED_AGAIN)
        return
    store.documents.put_files(invoice.id, files)
    notify_document(store, invoice, at)


def _with_mandate(store: Store, invoice: Invoice, progress: PaymentProgress, at: datetime) -> PaymentProgress:
    """With the mandate for collecting the statement that it is on, if its payer has given one."""
    stated = progress.status is PaymentStatus.ACCOUNT and invoice.currency == "EUR"
    return replace(progress, mandate=mandate_of(store, _payer(invoice), at)) if stated else progress


def _payer(invoice: Invoice) -> DriverId:
    used_by = invoice.content.parties.used_by
    return used_by.payer_id if used_by else invoice.driver_id


def _account(store: Store, invoice: Invoice, progress: PaymentProgress) -> str:
    """The account for paying a bill, or its statement, by transfer, if no stored means of payment can be charged."""
    if (
        progress.status not in (PaymentStatus.DUE, PaymentStatus.ACCOUNT)
        or progress.mandate
        or store.drivers.driver(_payer(invoice)).payment_method
    ):
        return ""
    return iban_of(store.stations.operator(invoice.operator_id).bank)


def _due(store: Store, invoice: Invoice, payments: Sequence[Payment], at: datetime) -> bool:
    if not invoice.due or at - invoice.issued_at >= WAITS_FOR_PAYMENT:
        return True
    if payments:
        return not any(payment.open for payment in payments)
    return invoice.content.parties.on_account(store.drivers.driver(invoice.driver_id).pay_by)
