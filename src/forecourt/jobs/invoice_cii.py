"""The e-invoice of a document: EN 16931 in UN/CEFACT's Cross Industry Invoice syntax, as embedded in Factur-X and ZUGFeRD.

Equal documents give equal bytes. Elements are in the order the schema requires; names in brackets are the standard's.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from forecourt.billing import (
    SEPA,
    Allowance,
    DocumentKind,
    Draft,
    EInvoice,
    EInvoiceLine,
    Invoice,
    Party,
    VatCategory,
    VatKey,
    VatRelief,
    VatSum,
    buyer_country,
    creditor_reference,
    einvoice_of,
    has_country_prefix,
    missing_data,
    preceding_number,
)
from forecourt.drivers import PayBy
from forecourt.jobs.invoice_view import delivered_at
from forecourt.jobs.invoice_wording import DocumentWording
from forecourt.jobs.printing import party_name
from forecourt.kernel import Money
from forecourt.payments import Mandate, PaymentProgress, PaymentStatus

GUIDELINE = "urn:cen.eu:en16931:2017"
_SPACES = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)
# UNTDID 1001
_TYPES = {DocumentKind.INVOICE: "380", DocumentKind.CREDIT_NOTE: "381"}
_SELF_BILLED_TYPES = {DocumentKind.INVOICE: "389", DocumentKind.CREDIT_NOTE: "261"}
_UNITS = {"kWh": "KWH", "h": "HUR", "min": "MIN"}  # UN/ECE Recommendation 20
_EACH = "C62"
# UNTDID 4461: credit transfer, SEPA credit transfer, SEPA direct debit; bank card; direct debit for accounts; mutually defined; not
# defined.
_TRANSFER, _SEPA_TRANSFER, _SEPA_DEBIT = "30", "58", "59"
_MEANS = {PayBy.CARD: "48", PayBy.ACCOUNT: "49", PayBy.WALLET: "ZZZ", None: "1"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RELIEF_CODES = {VatRelief.REVERSE_CHARGE: "VATEX-EU-AE", VatRelief.OUTSIDE: "VATEX-EU-O"}


def cii_xml(
    invoice: Invoice, account: str = "", progress: PaymentProgress | None = None, preceding_issued_at: datetime | None = None
) -> bytes:
    """The XML of a document; empty for one that cannot be an e-invoice. account: the seller's IBAN, if it is paid by transfer. progress:
    how it is paid; with the mandate, if it is collected by direct debit with its month's statement. preceding_issued_at: when the bill that
    it credits, replaces or adds to was issued; None: not known."""
    einvoice = einvoice_of(invoice)
    if missing_data(invoice, einvoice):
        return b""
    wording = DocumentWording(invoice)
    return _document_xml(invoice, einvoice, wording, _settlement(invoice, einvoice, wording, account, progress, preceding_issued_at))


def _document_xml(invoice: Invoice, einvoice: EInvoice, wording: DocumentWording, settlement: str) -> bytes:
    body = (
        _group("rsm:ExchangedDocumentContext", _group("ram:GuidelineSpecifiedDocumentContextParameter", _text("ram:ID", GUIDELINE)))
        + _header(invoice, wording)
        + _group(
            "rsm:SupplyChainTradeTransaction",
            *(_line(number, line, wording, _cost_centre(invoice)) for number, line in enumerate(einvoice.lines, 1)),
            _agreement(invoice, einvoice, wording),
            _delivery(invoice, wording),
            settlement,
        )
    )
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<rsm:CrossIndustryInvoice {_SPACES}>{body}</rsm:CrossIndustryInvoice>\n'
    return xml.encode()


def _header(invoice: Invoice, wording: DocumentWording) -> str:
    notes = (wording.reason_text(invoice.content.reason), wording.self_billing)
    return _group(
        "rsm:ExchangedDocument",
        _text("ram:ID", invoice.number),
        _text("ram:TypeCode", (_SELF_BILLED_TYPES if invoice.content.settled_by else _TYPES)[invoice.kind]),
        _group("ram:IssueDateTime", _date(invoice.issued_at, wording)),
        *(_group("ram:IncludedNote", _text("ram:Content", one)) for one in notes if one),
    )


def _line(number: int, line: EInvoiceLine, wording: DocumentWording, booked_to: str) -> str:
    """booked_to: BT-133."""
    unit = _UNITS.get(line.unit, _EACH)
    source = line.source
    name = wording.line_name(source) if source else wording.label("ENERGY")
    return _group(
        "ram:IncludedSupplyChainTradeLineItem",
        _group("ram:AssociatedDocumentLineDocument", _text("ram:LineID", str(number))),
        _group("ram:SpecifiedTradeProduct", _text("ram:Name", name), _text("ram:Description", wording.because(source)) if source else ""),
        _group(
            "ram:SpecifiedLineTradeAgreement",
            _group("ram:NetPriceProductTradePrice", _text("ram:ChargeAmount", _plain(line.net_price))),
        ),
        _group("ram:SpecifiedLineTradeDelivery", f'<ram:BilledQuantity unitCode="{unit}">{_plain(line.quantity)}</ram:BilledQuantity>'),
        _group(
            "ram:SpecifiedLineTradeSettlement",
            _group("ram:ApplicableTradeTax", *_tax(line.vat)),
            _group("ram:SpecifiedTradeSettlementLineMonetarySummation", _text("ram:LineTotalAmount", _amount(line.net))),
            booked_to,
        ),
    )


def _agreement(invoice: Invoice, einvoice: EInvoice, wording: DocumentWording) -> str:
    parties = invoice.content.parties
    is_outside_vat = any(one.vat.category is VatCategory.OUTSIDE for one in einvoice.vat_sums)
    country = buyer_country(parties.buyer.country, parties.buyer.vat_number, parties.seller.country)
    return _group(
        "ram:ApplicableHeaderTradeAgreement",
        _group("ram:SellerTradeParty", *_party(parties.seller, wording, parties.seller.country, is_outside_vat, _seller_id(invoice))),
        _group("ram:BuyerTradeParty", *_party(parties.buyer, wording, country, is_outside_vat)),
        # BT-13
        _group("ram:BuyerOrderReferencedDocument", _text("ram:IssuerAssignedID", parties.buyer.order)) if parties.buyer.order else "",
    )


def _seller_id(invoice: Invoice) -> str:
    """The operator's, or the partner's whose self-billed document it is."""
    return str(invoice.driver_id if invoice.content.settled_by else invoice.operator_id)


def _party(party: Party, wording: DocumentWording, country: str, is_outside_vat: bool, own_id: str = "") -> Iterable[str]:
    """A document outside the scope of VAT must not contain a VAT identifier (BR-O-02): a seller's number is then only a tax number. A
    buyer has only a VAT number, which begins with its country. own_id: the seller's."""
    scheme = "FC" if is_outside_vat or not has_country_prefix(party.vat_number) else "VA"
    if own_id and scheme == "FC":  # a tax number alone does not identify a seller (BR-CO-26)
        yield _text("ram:ID", own_id)
    yield _text("ram:Name", party_name(party, wording))
    yield _group("ram:PostalTradeAddress", _text("ram:LineOne", party.address) if party.address else "", _text("ram:CountryID", country))
    if party.email:
        yield _group("ram:URIUniversalCommunication", f'<ram:URIID schemeID="EM">{_safe(party.email)}</ram:URIID>')
    if party.vat_number and (own_id or scheme == "VA"):
        number = _safe(party.vat_number.replace(" ", ""))
        yield _group("ram:SpecifiedTaxRegistration", f'<ram:ID schemeID="{scheme}">{number}</ram:ID>')


def _delivery(invoice: Invoice, wording: DocumentWording) -> str:
    place, ended = invoice.content.place, delivered_at(invoice)
    return _group(
        "ram:ApplicableHeaderTradeDelivery",
        _group("ram:ShipToTradeParty", _text("ram:Name", place.site_name)) if place.site_name else "",
        _group("ram:ActualDeliverySupplyChainEvent", _group("ram:OccurrenceDateTime", _date(ended, wording))),
    )


def _settlement(
    invoice: Invoice,
    einvoice: EInvoice,
    wording: DocumentWording,
    account: str,
    progress: PaymentProgress | None,
    preceding_issued_at: datetime | None,
) -> str:
    """BG-19, if it is collected: the creditor (BT-90) and the mandate (BT-89). The debtor's account is omitted, because others read the
    bill as well."""
    content, mandate = invoice.content, progress.mandate if progress else None
    terms = _text("ram:Description", wording.terms(progress is not None and progress.status is PaymentStatus.CREDITED_HAD))
    return _group(
        "ram:ApplicableHeaderTradeSettlement",
        _text("ram:CreditorReferenceID", mandate.creditor_id) if mandate else "",
        _text("ram:PaymentReference", creditor_reference(invoice.number)) if _is_paid_alone(invoice) else "",
        _text("ram:InvoiceCurrencyCode", content.currency),
        _group("ram:SpecifiedTradeSettlementPaymentMeans", *_means(invoice, account, mandate)),
        *(_vat_sum(one, wording) for one in einvoice.vat_sums),
        _period(invoice, wording),
        *(_allowance(one, wording) for one in einvoice.allowances),
        _group("ram:SpecifiedTradePaymentTerms", terms, _text("ram:DirectDebitMandateID", mandate.number) if mandate else ""),
        _totals(einvoice, content.currency),
        _preceding(content, preceding_issued_at, wording),
        _cost_centre(invoice),  # BT-19
    )


def _preceding(content: Draft, issued_at: datetime | None, wording: DocumentWording) -> str:
    """BG-3: the bill that this document credits, replaces or adds to, by number (BT-25) and date (BT-26)."""
    number = preceding_number(content)
    dated = _group("ram:FormattedIssueDateTime", _date(issued_at, wording, "qdt")) if issued_at else ""
    return _group("ram:InvoiceReferencedDocument", _text("ram:IssuerAssignedID", number), dated) if number else ""


def _cost_centre(invoice: Invoice) -> str:
    """The buyer's cost centre: a single charge has one, and so does each line; a document-level allowance has none."""
    used_by = invoice.content.parties.used_by
    cost_centre = used_by.cost_centre if used_by else ""
    return _group("ram:ReceivableSpecifiedTradeAccountingAccount", _text("ram:ID", cost_centre)) if cost_centre else ""


def _means(invoice: Invoice, account: str, mandate: Mandate | None) -> Iterable[str]:
    """account: the account for transfers (BT-84)."""
    if mandate:
        yield _text("ram:TypeCode", _SEPA_DEBIT)
        return
    transfer_code = _SEPA_TRANSFER if invoice.currency == "EUR" and account[:2] in SEPA else _TRANSFER
    yield _text("ram:TypeCode", transfer_code if account else _MEANS[invoice.content.parties.pays_by])
    if account:
        yield _group("ram:PayeePartyCreditorFinancialAccount", _text("ram:IBANID", account))


def _is_paid_alone(invoice: Invoice) -> bool:
    """Whether there is something to pay other than through the month's statement, which has a payment reference of its own (BT-83)."""
    stated = bool(invoice.content.settled_by) or invoice.content.parties.pays_by is PayBy.ACCOUNT
    return invoice.kind is DocumentKind.INVOICE and bool(invoice.due) and not stated


def _period(invoice: Invoice, wording: DocumentWording) -> str:
    delivery, period = invoice.content.delivery, invoice.content.period
    if delivery is not None:
        start, end = delivery.started_at, delivery.ended_at
    elif period is not None:
        start, end = period.start, period.end - timedelta(seconds=1)
    else:
        return ""
    return _group(
        "ram:BillingSpecifiedPeriod",
        _group("ram:StartDateTime", _date(start, wording)),
        _group("ram:EndDateTime", _date(end, wording)),
    )


def _vat_sum(vat_sum: VatSum, wording: DocumentWording) -> str:
    reason = wording.relief(vat_sum.exemption) if vat_sum.exemption else ""
    code = _RELIEF_CODES.get(vat_sum.exemption.relief, "") if vat_sum.exemption and _is_coded(vat_sum) else ""
    kind, category, *rate = _tax(vat_sum.vat)
    return _group(
        "ram:ApplicableTradeTax",
        _text("ram:CalculatedAmount", _amount(vat_sum.tax)),
        kind,
        _text("ram:ExemptionReason", reason) if reason else "",
        _text("ram:BasisAmount", _amount(vat_sum.basis)),
        category,
        _text("ram:ExemptionReasonCode", code) if code else "",
        *rate,
    )


def _is_coded(vat_sum: VatSum) -> bool:
    """Whether the exemption code applies to its own category only."""
    return vat_sum.vat.category in (VatCategory.REVERSE_CHARGE, VatCategory.OUTSIDE)


def _allowance(one: Allowance, wording: DocumentWording) -> str:
    return _group(
        "ram:SpecifiedTradeAllowanceCharge",
        _group("ram:ChargeIndicator", _text("udt:Indicator", "false")),
        _text("ram:ActualAmount", _amount(one.amount)),
        _text(
            "ram:Reason",
            f"{wording.label(one.source.what)}: {', '.join(filter(None, (one.source.title, wording.because(one.source))))}",
        ),
        _group("ram:CategoryTradeTax", *_tax(one.vat)),
    )


def _totals(einvoice: EInvoice, currency: str) -> str:
    return _group(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        _text("ram:LineTotalAmount", _amount(einvoice.line_total)),
        _text("ram:AllowanceTotalAmount", _amount(einvoice.allowance_total)) if einvoice.allowances else "",
        _text("ram:TaxBasisTotalAmount", _amount(einvoice.basis)),
        f'<ram:TaxTotalAmount currencyID="{currency}">{_amount(einvoice.tax)}</ram:TaxTotalAmount>',
        _text("ram:GrandTotalAmount", _amount(einvoice.gross)),
        _text("ram:TotalPrepaidAmount", _amount(einvoice.paid)) if einvoice.paid else "",
        _text("ram:DuePayableAmount", _amount(einvoice.due)),
    )


def _tax(vat: VatKey) -> list[str]:
    parts = [_text("ram:TypeCode", "VAT"), _text("ram:CategoryCode", vat.category.value)]
    return parts if vat.category is VatCategory.OUTSIDE else [*parts, _text("ram:RateApplicablePercent", _plain(vat.percent))]


def _date(instant: datetime, wording: DocumentWording, space: str = "udt") -> str:
    """The local date at the site. space: the prefix of its data type's namespace."""
    return f'<{space}:DateTimeString format="102">{instant.astimezone(wording.zone):%Y%m%d}</{space}:DateTimeString>'


def _amount(money: Money) -> str:
    return f"{money.amount:f}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _group(name: str, *parts: str) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


def _text(name: str, text: str) -> str:
    return f"<{name}>{_safe(text)}</{name}>"


def _safe(text: str) -> str:
    """Escaped, without characters that XML 1.0 cannot contain."""
    return escape(_NOT_XML.sub("\ufffd", text).strip() or "-")
