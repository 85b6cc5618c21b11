"""Self-billed documents: what a host supplies to the operator is invoiced by the operator, in the host's name and by prior agreement
(Directive 2006/112/EC, Article 224).

A statement has at most one invoice, over what was earned since the one before it. What is taken back of an earlier statement's invoice is
a credit note for that invoice, at its tax; what was never invoiced is taken back without tax.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from forecourt.billing import (
    DocumentKind,
    Draft,
    Exemption,
    Invoice,
    InvoiceLine,
    LineKind,
    Parties,
    Party,
    Place,
    VatRelief,
    business_language,
    check_sums,
    document_number,
    in_union,
    is_vat_number_of,
    standard_vat,
)
from forecourt.kernel import BadInput, DocumentId, DriverId, Money, Text
from forecourt.offers import Partner, PayeeVat, VatStatus
from forecourt.settlement.statements import Statement, signed_tax, site_of_line
from forecourt.tariffs import TaxLine


@dataclass(frozen=True, slots=True)
class SelfBillingTerms:
    """How what a partner supplies is taxed. percent: None = VAT does not apply. exemption: why no tax is charged."""

    percent: Decimal | None
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class SelfBilledItem:
    """A line of a self-billed document; net is positive. text: as on the statement."""

    text: str
    net: Money


def self_billing_obstacle(partner: Partner, buyer: Party, buyer_exempt: bool, day: date) -> Text | None:
    """What keeps the operator (buyer) from issuing the partner's invoices on a day; None: nothing. buyer_exempt: it deducts no tax."""
    vat = partner.vat
    if vat is None:
        return Text("The VAT status has not been entered.")
    if vat.agreed_on is None or vat.agreed_on > day:
        return Text("There is no agreement to self-billing.")
    if not partner.address or not buyer.name or not buyer.address:
        return Text("The name or address of one of the two parties is missing.")
    if (partner.country, partner.vat_number) != (vat.country, vat.number) and vat.status is not VatStatus.NOT_REGISTERED:
        return Text("The country or the VAT number has changed since the VAT status was entered.")
    if not in_union(buyer.country) or buyer_exempt:
        return Text("The operator is not a company in the European Union that deducts VAT.")
    return _tax_obstacle(vat, buyer)


def _tax_obstacle(vat: PayeeVat, buyer: Party) -> Text | None:
    at_home = vat.country == buyer.country
    if vat.status is VatStatus.REGISTERED and in_union(vat.country) and not is_vat_number_of(vat.number, vat.country):
        return Text("The VAT number does not have the format of its country.")
    if vat.status is VatStatus.SMALL_BUSINESS and not at_home:
        return Text("A small business of another country issues its own invoices.")
    if vat.status is VatStatus.REGISTERED and not at_home and not is_vat_number_of(buyer.vat_number, buyer.country):
        return Text("The operator's VAT number is missing.")
    if vat.status is VatStatus.REGISTERED and at_home and standard_vat(vat.country) is None:
        return Text("The standard VAT rate of the country is not known.")
    return None


def self_billing_terms(vat: PayeeVat, buyer_country: str) -> SelfBillingTerms:
    """At home the standard rate. From another country the operator owes the tax (Articles 44 and 196). Only if there is no obstacle."""
    if vat.status is VatStatus.NOT_REGISTERED:
        return SelfBillingTerms(None, Exemption(VatRelief.OUTSIDE))
    if vat.status is VatStatus.SMALL_BUSINESS:
        return SelfBillingTerms(Decimal(0), Exemption(VatRelief.EXEMPT, vat.rule))
    if vat.country == buyer_country:
        return SelfBillingTerms(standard_vat(vat.country))
    return SelfBillingTerms(Decimal(0), Exemption(VatRelief.REVERSE_CHARGE))


def take_back(history: Iterable[tuple[UUID, int]], minor: int) -> list[tuple[UUID | None, int]]:
    """Which statements gave what is now taken back, the latest first. history: what each gave (or took back, negative) of it, oldest first,
    by the statement's id. None: what none of them gave."""
    given: list[tuple[UUID, int]] = []
    for statement_id, amount in history:
        given = [*given, (statement_id, amount)] if amount > 0 else _lowered(given, -amount)[0]
    _, taken, rest = _lowered(given, minor)
    return [*taken, *([(None, rest)] if rest else [])]


def _lowered(given: Sequence[tuple[UUID, int]], minor: int) -> tuple[list[tuple[UUID, int]], list[tuple[UUID, int]], int]:
    """What is left after taking an amount from the latest, what was taken from which, and what nobody gave."""
    left, taken = list(given), []
    while minor and left:
        statement_id, amount = left.pop()
        part = min(amount, minor)
        taken.append((statement_id, part))
        minor -= part
        if amount > part:
            left.append((statement_id, amount - part))
    return left, taken, minor


def limit_items(items: Sequence[SelfBilledItem], most: Money) -> tuple[SelfBilledItem, ...]:
    """The items up to a total, the last one cut: a credit note gives back no more tax than its invoice has left."""
    kept, left = [], most
    for one in items:
        part = min(one.net, left)
        left -= part
        if part:
            kept.append(replace(one, net=part))
    return tuple(kept)


def self_billed_series(handle: str) -> str:
    """The number range of a partner's self-billed documents."""
    return f"SB-{handle.upper()}"


def self_billed_invoice(
    statement: Statement, partner: Partner, terms: SelfBillingTerms, items: Sequence[SelfBilledItem], sequence: int
) -> Invoice:
    """The invoice of a partner's supplies on a statement. sequence: from `next_number` of its series, in the same commit."""
    buyer, seller = statement.operator, statement.partner
    if partner.vat is not None and partner.vat.status is VatStatus.NOT_REGISTERED:
        seller = replace(seller, vat_number="")
    parties = Parties(seller, buyer, business_language(seller.country), terms.exemption, due_days=partner.pay_within_days)
    net = _net(items)
    draft = _draft(
        statement, parties, DocumentKind.INVOICE, items, TaxLine(terms.percent, net, _tax(net, terms.percent), _gross(net, terms))
    )
    return _numbered(statement, draft, sequence)


def self_billed_credit(statement: Statement, invoice: Invoice, credited: Money, items: Sequence[SelfBilledItem], sequence: int) -> Invoice:
    """A credit note for items of an earlier statement's invoice, between its parties and at its tax. credited: net of its earlier notes.

    Its tax is what the invoice loses by it, so that notes for the whole invoice give back exactly its tax. Raises BadInput beyond that.
    """
    percent, net = invoice.content.taxes[0].vat_percent, _net(items)
    left = invoice.net - credited
    if net.minor > left.minor:
        raise BadInput("self_billed_credit", f"{invoice.number} has {left} left to credit, not {net}.")
    tax = _tax(left, percent) - _tax(left - net, percent)
    draft = _draft(statement, invoice.parties, DocumentKind.CREDIT_NOTE, items, TaxLine(percent, net, tax, net + tax))
    return _numbered(statement, replace(draft, corrects=invoice.id, corrects_number=invoice.number), sequence)


def with_documents(statement: Statement, documents: Sequence[Invoice]) -> Statement:
    """The statement with its self-billed documents, whose tax it settles too."""
    owed = sum((signed_tax(one) for one in documents), statement.owed - statement.tax)
    return replace(statement, self_billed=tuple(documents), owed=owed)


def _draft(statement: Statement, parties: Parties, kind: DocumentKind, items: Sequence[SelfBilledItem], tax: TaxLine) -> Draft:
    sites = dict.fromkeys(site for one in items if (site := site_of_line(one.text)))
    return Draft(
        kind=kind,
        operator_id=statement.operator_id,
        site_id=None,
        driver_id=DriverId(statement.partner_id),
        parties=parties,
        place=Place(", ".join(sites), "", statement.zone),
        currency=statement.owed.currency,
        lines=tuple(_line(one, tax.vat_percent) for one in items),
        taxes=(tax,),
        net=tax.net,
        tax=tax.tax,
        gross=tax.gross,
        tax_included=False,
        tariff_version_id=None,
        tariff_hash="",
        period=statement.month,
        settled_by=statement.number,
    )


def _line(item: SelfBilledItem, percent: Decimal | None) -> InvoiceLine:
    amount = item.net.amount
    return InvoiceLine(LineKind.HOST_SHARE, Decimal(1), "", amount, amount, item.net, item.net, percent, item.text)


def _numbered(statement: Statement, draft: Draft, sequence: int) -> Invoice:
    series = self_billed_series(statement.handle)
    document_id = DocumentId(uuid5(statement.id, f"{series}/{sequence}"))
    number = document_number(series, statement.year, sequence)
    document = Invoice(document_id, number, series, statement.year, sequence, statement.issued_at, draft)
    check_sums(document)
    return document


def _net(items: Sequence[SelfBilledItem]) -> Money:
    return sum((one.net for one in items[1:]), items[0].net)


def _tax(net: Money, percent: Decimal | None) -> Money:
    return Money.of(net.amount * (percent or Decimal(0)) / 100, net.currency)


def _gross(net: Money, terms: SelfBillingTerms) -> Money:
    return net + _tax(net, terms.percent)
