"""Everything that makes up a month's VAT: the tax of documents at each rate, of debts written off, and of such debts paid after all."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from forecourt.billing import AccountStatement, DocumentKind, Invoice, tax_key
from forecourt.flows.desk import operator_zone, tax_countries
from forecourt.flows.paying import document_of
from forecourt.flows.ports import AccountEntries, DocumentSearch, Store
from forecourt.kernel import DocumentId, Money, OperatorId, PaymentId, Span, utc
from forecourt.ledger import AccountKind, ChainedTxn, apportion, vat
from forecourt.payments import TAX_CORRECTED_AT_ONCE
from forecourt.web.views.vat import LOST, VatLine

_DOCUMENTS = 500
_ENTRIES = 5000  # each query starts from all entries of the span
# Corrections of tax for debts written off, and their reversals.
_LOST = ("writeoff/", "revived/", "dispute/")


def vat_lines(store: Store, operator_id: OperatorId, month: Span) -> Iterator[VatLine]:
    """Documents by their day of issue, entries by their date, which are the same."""
    yield from _of_documents(store, operator_id, month)
    yield from _of_lost(store, operator_id, month)


def issued_within(store: Store, operator_id: OperatorId, month: Span) -> Iterator[Invoice]:
    """All of them, newest first, in batches."""
    wanted, last = DocumentSearch(since=month.start, until=month.end), None
    while batch := store.documents.search(operator_id, wanted, _DOCUMENTS, last):
        yield from batch
        last = batch[-1]


def entries_within(store: Store, operator_id: OperatorId, wanted: AccountEntries) -> Iterator[ChainedTxn]:
    """All of them, newest first."""
    before: int | None = None
    while batch := store.ledger.entries(operator_id, wanted, _ENTRIES, before):
        yield from batch
        before = batch[-1].position


def vat_accounts(store: Store, operator_id: OperatorId, month: Span) -> list[AccountEntries]:
    """For the month, one of every rate that ever moved."""
    return [AccountEntries(one.account.name, one.currency, month) for one in store.ledger.trial_balance(operator_id, AccountKind.VAT)]


def _of_documents(store: Store, operator_id: OperatorId, month: Span) -> Iterator[VatLine]:
    zone, countries = operator_zone(store, operator_id), tax_countries(store, operator_id)
    for one in issued_within(store, operator_id, month):
        is_note, delivery = one.kind is DocumentKind.CREDIT_NOTE, one.content.delivery
        supplied = delivery.ended_at if delivery and not is_note else one.issued_at
        country_and_month = (countries[one.content.site_id], f"{utc(supplied).astimezone(zone):%Y-%m}")
        for tax in one.content.taxes:
            net, due = (-tax.net, -tax.tax) if is_note else (tax.net, tax.tax)
            rate, recipient = tax_key(one.content, tax.vat_percent), one.content.parties.buyer
            buyer = f"{recipient.vat_number or recipient.country} {recipient.name}" if rate != vat(tax.vat_percent).part else ""
            yield VatLine(one.kind.value, *country_and_month, rate, one.issued_at, net, due, one.id, one.number, buyer=buyer)


def _of_lost(store: Store, operator_id: OperatorId, month: Span) -> Iterator[VatLine]:
    """An entry for documents of several countries is split between those, to the cent."""
    zone = operator_zone(store, operator_id)
    for wanted in vat_accounts(store, operator_id, month):
        for entry in entries_within(store, operator_id, wanted):
            txn, rate = entry.txn, wanted.name.partition(":")[2]
            if not txn.key.startswith(_LOST):
                continue
            minor = -sum(entry.minor for entry in txn.entries if entry.account.name == wanted.name)
            payable = _payable(store, txn.subject)
            for country, part in _parted(store, operator_id, payable, rate, minor):
                due, zero = Money(part, wanted.currency), Money.zero(wanted.currency)
                fields = (country, f"{utc(txn.at).astimezone(zone):%Y-%m}", rate, txn.at)
                yield VatLine(LOST, *fields, zero, due, txn.subject, payable.number if payable else "", entry.position)


def _payable(store: Store, subject: object) -> Invoice | AccountStatement | None:
    """What a write-off or a dispute's payment is about."""
    payment = store.payments.payment(PaymentId(subject))  # type: ignore[arg-type]
    document_id = payment.document_id if payment else DocumentId(subject)  # type: ignore[arg-type]
    return document_of(store, document_id) if document_id else None


def _parted(
    store: Store, operator_id: OperatorId, payable: Invoice | AccountStatement | None, rate: str, minor: int
) -> list[tuple[str, int]]:
    countries = tax_countries(store, operator_id)
    if isinstance(payable, Invoice):
        return [(countries[payable.content.site_id], minor)]
    taxes: Counter[str] = Counter()
    for document in filter(None, (store.documents.document(line.document_id) for line in (payable.lines if payable else ()))):
        sign, country = -1 if document.kind is DocumentKind.CREDIT_NOTE else 1, countries[document.content.site_id]
        if country in TAX_CORRECTED_AT_ONCE:
            taxes[country] += sign * sum(tax.tax.minor for tax in document.content.taxes if vat(tax.vat_percent).part == rate)
    if not taxes.total():
        return [(countries[None], minor)]
    return list(zip(taxes, apportion(minor, [Decimal(one) for one in taxes.values()]), strict=True))
