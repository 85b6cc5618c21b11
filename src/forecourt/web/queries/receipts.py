"""Documents: a driver's receipts, and the operator's list. Only the owner and the issuing operator may see one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forecourt.billing import (
    DocumentKind,
    Invoice,
    InvoiceLine,
    LineKind,
    Parties,
    Party,
    buyer_country,
    corrected_buyer_number,
    creditable_amount,
    missing_data,
    replaced_number,
    supplemented_number,
)
from forecourt.flows.billing import buyer_refusal, buyer_replacement, first_document, is_guest_bill
from forecourt.flows.paying import amount_due, payment_progress_of
from forecourt.flows.ports import FIRST_PAGE, DocumentSearch, ListPage, PageRequest, Store
from forecourt.kernel import Conflict, DriverId, Money, NotFound, OperatorId, Text
from forecourt.payments import DEBIT, TRANSFER, WALLET, Payment, paid_so_far, unpromised_amount
from forecourt.tariffs import displayed_number
from forecourt.web.queries.prices import contribution_line, quantity_text, unit_price_text
from forecourt.web.views.quote import PriceLine
from forecourt.web.views.receipt import BuyerView, FilesView, ReceiptVat, ReceiptView
from forecourt.wording import LocalisedValue

LINE_LABELS = {
    LineKind.ENERGY: Text("Energy"),
    LineKind.CHARGING_TIME: Text("Charging time"),
    LineKind.IDLE_TIME: Text("Parked after charging"),
    LineKind.SESSION_FEE: Text("{fee}", fee=LocalisedValue("session_fee")),
    LineKind.RESERVATION: Text("Socket kept for your booking"),
    LineKind.NO_SHOW: Text("Booking not used"),
    LineKind.PRICE_LIMIT: Text("Price limit of the tariff"),
    LineKind.MEMBERSHIP: Text("Membership"),
    LineKind.DISCOUNT: Text("Discount"),
}
_PAYMENT_SOURCES = {WALLET: Text("your prepaid balance"), TRANSFER: Text("bank transfer"), DEBIT: Text("direct debit")}
_KINDS = {DocumentKind.INVOICE: Text("Invoice"), DocumentKind.CREDIT_NOTE: Text("Credit note")}


def receipts_of(store: Store, driver_id: DriverId, page_request: PageRequest = FIRST_PAGE) -> ListPage[ReceiptView]:
    return document_page(store, store.drivers.driver(driver_id).operator_id, DocumentSearch(driver_id=driver_id), page_request)


def document_by_number(store: Store, number: str, operator_id: OperatorId) -> Invoice:
    """A document of this operator."""
    invoice = store.documents.by_number(operator_id, number)
    if invoice is None:
        raise NotFound("document", "There is no document {number!r}.", number=number[:40])
    return invoice


def document_page(store: Store, operator_id: OperatorId, wanted: DocumentSearch, page_request: PageRequest) -> ListPage[ReceiptView]:
    """For a list: without how each was paid."""
    found = store.documents.page(operator_id, wanted, page_request)
    expect_paid_states(store, found.rows)
    return found.of(_row(store, invoice) for invoice in found.rows)


def document_file(store: Store, invoice: Invoice, ending: str) -> bytes:
    """The PDF or the e-invoice (ending "pdf", "xml") made when it was issued; just after that they may not exist yet."""
    found = store.documents.files(invoice.id)
    if found is None:
        raise Conflict("files_not_yet", "The document is being prepared.", "Try again in a few seconds.")
    if ending == "xml" and not found.xml:
        missing = "; ".join(one.text for one in missing_data(invoice))
        reason = missing or Text("it was issued before there were any")
        raise NotFound("einvoice", "{number} has no e-invoice: {why}.", number=invoice.number, why=reason)
    return found.xml if ending == "xml" else found.pdf


def files_view(store: Store, invoice: Invoice) -> FilesView:
    """What can be downloaded, with hashes that prove it unchanged; no hashes until the files are made."""
    found = store.documents.files(invoice.id)
    missing = "" if found and found.xml else "; ".join(one.text for one in missing_data(invoice))
    return FilesView(found.pdf_sha256 if found else "", found.xml_sha256 if found else "", missing)


def receipt_view(store: Store, invoice: Invoice) -> ReceiptView:
    row = _row(store, invoice)
    return replace(
        row,
        session_id=str(first_document(store, invoice).session_id or ""),
        how_to_pay=_how_to_pay(store, invoice, row.paid),
        paid_from=_paid_from(store, invoice),
        refunded=_refunded(store, invoice),
        refunded_by_transfer=_refunded_by_transfer(store, invoice),
        complaints=tuple(store.complaints.of_document(invoice.id)),
        replaced_by=replacement.number if (replacement := buyer_replacement(store, invoice)) else "",
    )


def buyer_view(store: Store, invoice: Invoice, guest_at: datetime | None = None) -> BuyerView | None:
    """The buyer of a guest's bill, and whether it can be made out to another; None for any other document. guest_at: when its guest asks;
    None: the operator does."""
    return BuyerView(located_buyer(invoice), buyer_refusal(store, invoice, guest_at)) if is_guest_bill(store, invoice) else None


def located_buyer(invoice: Invoice) -> Party:
    """The buyer with the country that the document states for it."""
    buyer = invoice.parties.buyer
    return replace(buyer, country=buyer_country(buyer.country, buyer.vat_number, invoice.parties.seller.country))


def guest_bill(store: Store, invoice: Invoice, now: datetime) -> dict[str, Any]:
    """What the page of a guest's bill shows."""
    views = {"receipt": receipt_view(store, invoice), "files": files_view(store, invoice)}
    return views | {"made_out": buyer_view(store, invoice, now)}


def _row(store: Store, invoice: Invoice) -> ReceiptView:
    content, delivery, buyer = invoice.content, invoice.content.delivery, invoice.content.parties.buyer
    used_by = content.parties.used_by
    return ReceiptView(
        number=invoice.number,
        issued_at=invoice.issued_at,
        zone=content.place.zone,
        kind=_KINDS[invoice.kind],
        site_name=content.place.site_name,
        seller=", ".join(filter(None, (content.parties.seller.name, content.parties.seller.address, content.parties.seller.vat_number))),
        buyer=buyer.called if buyer.is_guest else _buyer_text(content.parties),
        gross=invoice.gross,
        net=invoice.net,
        vat=tuple(
            ReceiptVat(Text("{percent}", percent=displayed_number(tax.vat_percent or Decimal(0))), tax.net, tax.tax)
            for tax in content.taxes
        ),
        lines=tuple(_line(line, invoice.currency) for line in content.lines),
        due=invoice.due,
        paid_by_others=tuple(contribution_line(one) for one in content.contributions),
        paid=paid_state(store, invoice),
        energy_wh=delivery.energy_wh if delivery else 0,
        started_at=delivery.started_at if delivery else None,
        ended_at=delivery.ended_at if delivery else None,
        session_id=str(invoice.session_id) if invoice.session_id else "",
        driver=content.parties.user.called,
        payer=buyer.name if used_by else "",
        cost_centre=used_by.cost_centre if used_by else "",
        price_because=content.price_because,
        supplements=supplemented_number(content.reason),
        replaces="" if corrected_buyer_number(content.reason) else replaced_number(content.reason),
        buyer_of=corrected_buyer_number(content.reason),
        period=content.period,
    )


def _buyer_text(parties: Parties) -> str:
    """The buyer's details in a line, with the country if it is another than the seller's."""
    buyer = parties.buyer
    details = ", ".join(filter(None, (buyer.name, buyer.address, buyer.vat_number, buyer.order)))
    if buyer.country in ("", parties.seller.country):
        return details
    return Text("{buyer}, {country}", buyer=details, country=LocalisedValue("country", buyer.country))


def own_document(store: Store, number: str, driver_id: DriverId) -> Invoice:
    """Somebody else's receipt does not exist."""
    invoice = store.documents.by_number(store.drivers.driver(driver_id).operator_id, number)
    if invoice is None or invoice.driver_id != driver_id:
        raise NotFound("receipt", "You have no such receipt.", "Your receipts are listed under Receipts.")
    return invoice


def readable_document(store: Store, number: str, driver_id: DriverId) -> Invoice:
    """Their own, or one of a driver in the fleet they pay for: made out to them, or on their statement."""
    invoice = store.documents.by_number(store.drivers.driver(driver_id).operator_id, number)
    used_by = invoice.content.parties.used_by if invoice else None
    stated = store.statements.of_document(invoice.id) if invoice and used_by is None else None
    statement = store.statements.statement(stated) if stated else None
    payer_id = used_by.payer_id if used_by else statement.driver_id if statement else None
    return invoice if invoice and payer_id == driver_id else own_document(store, number, driver_id)


def expect_paid_states(store: Store, invoices: Sequence[Invoice]) -> None:
    """Preload everything, before `paid_state` is called for each."""
    store.drivers.prefetch({one.driver_id for one in invoices})
    store.prefetch_documents([one.id for one in invoices])


def paid_state(store: Store, invoice: Invoice) -> str:
    """paid, open, monthly (a statement will collect it), or credited: a credit note, or fully reversed by credit notes."""
    if invoice.kind is DocumentKind.CREDIT_NOTE:
        return "credited"
    if not invoice.due:
        return "paid"
    creditable = creditable_amount(invoice, store.documents.credit_notes_of(invoice.id))
    if not creditable:
        return "credited"
    statement = store.statements.statement(stated) if (stated := store.statements.of_document(invoice.id)) else None
    paid = paid_so_far(store.payments.of_document(statement.id if statement else invoice.id), invoice.currency)
    if paid.minor >= (amount_due(store, statement) if statement else creditable).minor:
        return "paid"
    monthly = invoice.content.parties.on_account(store.drivers.driver(invoice.driver_id).pay_by)
    return "monthly" if monthly and not statement else "open"


def _how_to_pay(store: Store, invoice: Invoice, state: str) -> str:
    """For an unpaid document: what to do, and by when; or the statement that collects it."""
    stated = store.statements.of_document(invoice.id)
    statement = store.statements.statement(stated) if stated else None
    if statement and invoice.kind is DocumentKind.CREDIT_NOTE:
        return Text("It is taken off the statement {number}.", number=statement.number)
    if state not in ("open", "monthly"):
        return ""
    if stated:
        return Text("It is collected with the statement {number}.", number=statement.number if statement else "")
    if state == "monthly" and invoice.content.parties.used_by:  # the document addresses the buyer, this page the driver
        return Text("It is on the monthly statement of {payer}.", payer=invoice.content.parties.buyer.name)
    return Text(
        "{how}", how=LocalisedValue("payment_progress", payment_progress_of(store, invoice), invoice.content.place.zone, invoice.number)
    )


def _paid_from(store: Store, invoice: Invoice) -> tuple[tuple[str, Money], ...]:
    """How much came from where, less refunds."""
    paid = store.payments.of_document(invoice.id)
    return _by_source((one, unpromised_amount(one, (back for back in store.paybacks.of_payment(one.id) if not back.open))) for one in paid)


def _refunded(store: Store, invoice: Invoice) -> tuple[tuple[str, Money], ...]:
    """Where credit notes were refunded automatically."""
    return _by_source((one, one.returned) for one in store.payments.of_document(invoice.id))


def _by_source(amounts: Iterable[tuple[Payment, Money]]) -> tuple[tuple[str, Money], ...]:
    totals: dict[str, Money] = {}
    for payment, amount in amounts:
        if amount:
            source = _PAYMENT_SOURCES.get(payment.method, Text("card"))
            totals[source] = totals[source] + amount if source in totals else amount
    return tuple(totals.items())


def _refunded_by_transfer(store: Store, invoice: Invoice) -> tuple[tuple[Money, date | None], ...]:
    """Refunds by transfer of a credit note, or of an invoice's credit notes; and of overpayments."""
    notes = [invoice, *store.documents.credit_notes_of(invoice.id)]
    return tuple((one.amount, one.paid_on) for made in notes for one in store.paybacks.of_note(made.id))


def _line(line: InvoiceLine, currency: str) -> PriceLine:
    reason = Text("{why}", why=LocalisedValue("because", line.because, currency)) if line.because else ""
    if not line.unit:
        label = Text("{what}: {title}", what=LINE_LABELS[line.what], title=line.title) if line.title else LINE_LABELS[line.what]
        return PriceLine(label, "", "", line.amount, reason)
    price = unit_price_text(line.unit_price, currency, line.unit)
    return PriceLine(LINE_LABELS[line.what], quantity_text(line.quantity, line.unit), price, line.amount, reason, line.quantity, line.unit)
