"""Self-billed documents: e-invoices of types 389 and 261 that pass the official rules, with the mention the law requires."""

import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from forecourt.billing import Invoice
from forecourt.jobs.invoice_pdf import InvoicePrinter
from forecourt.kernel import Money
from forecourt.offers import OfferKind, Partner, VatStatus
from forecourt.settlement import SelfBilledItem, self_billed_credit, self_billed_invoice, self_billing_terms
from schematron import judge
from statement_parts import US, host, stated, used

KINDS = {
    "at home": host(),
    "abroad": host(country="NL", number="NL123456789B01"),
    "from outside the Union": host(country="CH", number="CHE-123.456.789"),
    "small": host(VatStatus.SMALL_BUSINESS, number="12/345/67890"),
    "not registered": host(VatStatus.NOT_REGISTERED, number=""),
}
ITEMS = [
    SelfBilledItem("12.5 % of the net at Harbour, 2 documents", Money(1234, "EUR")),
    SelfBilledItem("Correction of STM-2026-000001, line 2", Money(51, "EUR")),
]


@pytest.fixture(scope="module")
def printer() -> InvoicePrinter:
    return InvoicePrinter()


def documents(partner: Partner, *items: SelfBilledItem) -> tuple[Invoice, Invoice]:
    assert partner.vat is not None
    statement = stated(used(OfferKind.HOSTING, 1285), partner=partner)
    invoice = self_billed_invoice(statement, partner, self_billing_terms(partner.vat, "DE"), items or ITEMS, 1)
    return invoice, self_billed_credit(statement, invoice, Money(0, "EUR"), [replace(ITEMS[0], net=Money(333, "EUR"))], 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("account", ["", "DE02120300000000202051"])
def test_self_billed_invoices_and_credit_notes_pass_the_official_rules(kind: str, account: str, printer: InvoicePrinter) -> None:
    for document, code in zip(documents(KINDS[kind]), ("389", "261"), strict=True):
        xml = printer.files(document, account=account).xml.decode()
        assert judge().failures(xml.encode()) == []
        assert f"<ram:TypeCode>{code}</ram:TypeCode>" in xml


def test_the_site_host_is_the_seller_and_its_bank_account_is_paid(printer: InvoicePrinter) -> None:
    document, note = documents(host())
    xml = printer.files(document, account="DE02120300000000202051").xml.decode()
    seller, _, buyer = xml.partition("<ram:BuyerTradeParty>")
    assert '<ram:ID schemeID="VA">DE999999999</ram:ID>' in seller and '<ram:ID schemeID="VA">DE123456789</ram:ID>' in buyer
    assert "<ram:TypeCode>58</ram:TypeCode>" in xml and "<ram:IBANID>DE02120300000000202051</ram:IBANID>" in xml
    assert "<ram:Content>Gutschrift</ram:Content>" in xml and "PaymentReference" not in xml
    assert re.search(r"<ram:CalculatedAmount>2\.44</ram:CalculatedAmount>.*<ram:BasisAmount>12\.85</ram:BasisAmount>", xml)
    assert (
        f"<ram:IssuerAssignedID>{document.number}</ram:IssuerAssignedID>"
        in printer.files(note, preceding_issued_at=document.issued_at).xml.decode()
    )


@pytest.mark.parametrize(
    ("country", "number", "words"),
    [
        ("DE", "DE999999999", ("Gutschrift", "12,5 % vom Netto bei Harbour, 2 Belege", "2,44", "15,29", "STM-2026-000003")),
        ("AT", "ATU12345678", ("Korrektur von STM-2026-000001, Zeile 2", "Steuerschuldnerschaft des Leistungsempfängers")),
        ("NL", "NL123456789B01", ("Factuur uitgereikt door afnemer", "Btw verlegd", "12,85")),
        ("FR", "FR12345678901", ("Autofacturation", "Autoliquidation")),
        ("ES", "ESB12345678", ("Facturación por el destinatario", "Inversión del sujeto pasivo")),
        ("IE", "IE1234567A", ("Self-billed invoice", "Self-billing", "Reverse charge")),
    ],
)  # fmt: skip
def test_the_pdf_states_self_billing_in_the_language_of_the_host(
    country: str, number: str, words: tuple[str, ...], printer: InvoicePrinter
) -> None:
    document, _ = documents(host(country=country, number=number))
    pages = PdfReader(BytesIO(printer.files(document).pdf)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())
    assert [one for one in (*words, document.number, "Test GmbH", "Café") if one not in text] == []


def test_a_small_business_host_states_its_exemption_and_no_tax(printer: InvoicePrinter) -> None:
    document, _ = documents(KINDS["small"])
    xml = printer.files(document).xml.decode()
    assert "Section 19 UStG" in xml and '<ram:ID schemeID="FC">12/345/67890</ram:ID>' in xml
    assert document.tax == Money(0, "EUR") and document.content.taxes[0].vat_percent == Decimal(0) and US.name in xml
