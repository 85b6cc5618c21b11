"""E-invoices pass the official rules, and each rule detects a planted error."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from forecourt.billing import (
    DocumentKind,
    Exemption,
    Invoice,
    Parties,
    Party,
    UsedBy,
    VatRelief,
    bill,
    bill_membership_month,
    bill_no_show,
    corrected_bill,
    credit,
    creditor_reference,
    discounted,
    einvoice_of,
    issue,
    missing_data,
    replacement_bill,
    supplementary_bill,
)
from forecourt.drivers import PayBy
from forecourt.jobs.invoice_cii import cii_xml
from forecourt.kernel import DocumentId, DriverId, Money
from forecourt.notices import LANGUAGES
from forecourt.offers import Discount, DiscountRule, EntitlementKind, Funder, FunderKind, Membership, MembershipTerm, PlanVersion
from forecourt.payments import DebtorAccount, MandateNumbering, PaymentProgress, PaymentStatus, create_mandate
from money_world import CARD_DRIVER, NOON, OPERATOR, PARTIES, PLACE, C, P, W, invoice, missed, record, tariff, version
from schematron import judge

SMALL = Exemption(VatRelief.EXEMPT, "Section 19 UStG")
REVERSED = Exemption(VatRelief.REVERSE_CHARGE)
OUTSIDE = Exemption(VatRelief.OUTSIDE)


def priced(vat: float | None = 19, **changes: Any) -> dict[str, Any]:
    """Energy, time, parking and a start at one rate."""
    rate = {} if vat is None else {"vat": vat}
    prices = (("FLAT", 0.35), ("ENERGY", 0.4321), ("TIME", 1.999), ("PARKING_TIME", 6))
    components = [{"type": kind, "price": price, "step_size": 300} | rate for kind, price in prices]
    return tariff(elements=[{"price_components": components}], **changes)


def two_rates(**changes: Any) -> dict[str, Any]:
    components = [{"type": "ENERGY", "price": 0.3333, "vat": 7, "step_size": 1}, {"type": "FLAT", "price": 1, "vat": 19, "step_size": 1}]
    return tariff(elements=[{"price_components": components}], **changes)


def half_taxed() -> dict[str, Any]:
    components = [{"type": "ENERGY", "price": 0.3, "step_size": 1}, {"type": "FLAT", "price": 1, "vat": 19, "step_size": 1}]
    return tariff(elements=[{"price_components": components}])


def made(source: dict[str, Any], **parties: Any) -> Invoice:
    charge = record((C, 47, 13_337), (W, 5, 0), (P, 33, 0))
    draft = bill(charge, version(source), PLACE, replace(PARTIES, **{"pays_by": PayBy.CARD, **parties}))
    return issue(draft, DocumentId(UUID(int=77)), 1, NOON + timedelta(hours=2))


def given_off(source: dict[str, Any], *discounts: tuple[int, str, int], **parties: Any) -> Invoice:
    """discounts: (minor units with tax, a partner's handle or nothing for the operator, VAT percent)."""
    lines = [
        Discount(
            "x",
            EntitlementKind.COUPON,
            "Welcome",
            Funder(FunderKind.PARTNER if who else FunderKind.OPERATOR, who or "us", who),
            Decimal(vat),
            Money(-minor, "EUR"),
            "so",
        )
        for minor, who, vat in discounts
    ]
    draft = bill(record((C, 47, 13_337), (P, 33, 0)), version(source), PLACE, replace(PARTIES, **parties))
    return issue(discounted(draft, lines), DocumentId(UUID(int=77)), 1, NOON + timedelta(hours=2))


def month_of_membership() -> Invoice:
    ids = (UUID(int=81), OPERATOR, CARD_DRIVER)
    plan = PlanVersion(
        UUID(int=70), OPERATOR, UUID(int=7), 1, "Plus", Money(990, "EUR"), Decimal(19), (DiscountRule(percent=Decimal(5)),), (), NOON
    )
    member = Membership(*ids, (MembershipTerm(0, UUID(int=7), UUID(int=70)),), "Europe/Berlin", NOON)
    draft = bill_membership_month(member, plan, member.period(0), PLACE, PARTIES)
    return issue(draft, DocumentId(UUID(int=77)), 1, NOON)


def test_an_e_invoice_line_is_named_as_on_the_printed_invoice() -> None:
    assert b"<ram:Name>Membership: Plus</ram:Name>" in cii_xml(KINDS["a month of a membership"])


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("FR12345678901", b"FR"),
        ("EL123456789", b"GR"),
        ("12345678", b"DE"),
        ("CHE-123.456.788", b"CH"),
        ("GB123456789", b"GB"),
        ("", b"DE"),
    ],
)
def test_the_country_of_a_company_is_that_of_its_vat_number(number: str, country: bytes) -> None:
    buyer = cii_xml(made(priced(), buyer=replace(PARTIES.buyer, vat_number=number))).partition(b"<ram:BuyerTradeParty>")[2]
    assert b"<ram:CountryID>" + country + b"</ram:CountryID>" in buyer.partition(b"</ram:BuyerTradeParty>")[0]


def test_a_stated_country_takes_precedence_over_that_of_the_vat_number() -> None:
    """BT-55: a company may be registered for tax in another country than its address; a number without prefix names none."""
    for number in ("DE123456789", "12-3456789", ""):
        firm = replace(PARTIES.buyer, country="US", vat_number=number)
        buyer = cii_xml(made(priced(), buyer=firm)).partition(b"<ram:BuyerTradeParty>")[2]
        assert b"<ram:CountryID>US</ram:CountryID>" in buyer.partition(b"</ram:BuyerTradeParty>")[0]


@pytest.mark.parametrize(("language", "word"), [("en", "Guest"), ("de", "Gast"), ("fr", "Client de passage"), ("es", "Cliente sin cuenta")])
def test_a_guest_is_named_as_guest_in_the_language_of_the_document(language: str, word: str) -> None:
    xml = cii_xml(made(priced(), language=language, buyer=Party("", email="me@example.org"))).decode()
    assert f"<ram:BuyerTradeParty><ram:Name>{word}</ram:Name>" in xml


def test_the_purchase_order_number_is_in_field_bt_13() -> None:
    told = b"<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>PO-4711 &lt;K&amp;S&gt;</ram:IssuerAssignedID>"
    assert told in cii_xml(KINDS["a firm with an order"]) and b"BuyerOrder" not in cii_xml(KINDS["a firm that is charged VAT"])


def test_a_cost_centre_is_stated_for_the_document_and_each_line() -> None:
    """BT-19 and BT-133: discounts are not lines, so that lines alone would leave them without a cost centre."""
    invoice = KINDS["a fleet's, with a cost centre"]
    xml = cii_xml(invoice).decode()
    told = "<ram:ReceivableSpecifiedTradeAccountingAccount><ram:ID>K&amp;S 47</ram:ID></ram:ReceivableSpecifiedTradeAccountingAccount>"
    lines, _, header = xml.partition("<ram:ApplicableHeaderTradeSettlement>")
    assert lines.count(told) == lines.count("<ram:IncludedSupplyChainTradeLineItem>") > 1 and header.count(told) == 1
    assert "AccountingAccount" not in cii_xml(KINDS["a fleet's, without a cost centre"]).decode()


BUSINESS = replace(PARTIES.buyer, vat_number="FR12345678901", country="FR", address="1 rue X, 75001 Paris")
FLEET = UsedBy(DriverId(UUID(int=9)), "Vic", card="Van 7 …RD07")
ABROAD = replace(PARTIES.buyer, country="CH", address="Weg 3, Bern")
FREE = tariff(elements=[{"price_components": [{"type": "TIME", "price": 1, "vat": 19, "step_size": 1}], "restrictions": {"min_kwh": 900}}])
KINDS: dict[str, Invoice] = {
    "standard": made(priced()),
    "tax included": made(priced(tax_included="YES")),
    "zero rate": made(priced(0)),
    "small business": made(priced(0), exemption=SMALL),
    "reverse charge": made(priced(0), exemption=REVERSED, buyer=BUSINESS),
    "reverse charge, prices with tax, two rates": made(two_rates(tax_included="YES"), exemption=REVERSED, buyer=BUSINESS),
    "reverse charge, greatest price": made(priced(max_price={"after_taxes": 3}), exemption=REVERSED, buyer=BUSINESS),
    "outside VAT, a dealer abroad": made(priced(tax_included="YES"), exemption=OUTSIDE, buyer=ABROAD),
    "a firm that is charged VAT": made(priced(), buyer=BUSINESS),
    "a firm with a number of no country": made(priced(), buyer=replace(BUSINESS, vat_number="12345678")),
    "a guest": made(priced(), buyer=Party("", email="me@example.org")),
    "a fleet's, with a cost centre": given_off(priced(), (250, "", 19), used_by=replace(FLEET, cost_centre="K&S 47")),
    "a fleet's, without a cost centre": made(priced(), used_by=FLEET),
    "a firm with an order": made(priced(), buyer=replace(BUSINESS, order="PO-4711 <K&S>")),
    "outside VAT, a firm": made(priced(None), buyer=BUSINESS),
    "outside VAT": made(priced(None, tax_included="N/A")),
    "outside VAT, no number": made(priced(None), seller=replace(PARTIES.seller, vat_number="")),
    "made out anew to a firm": issue(corrected_bill(made(priced()), BUSINESS), DocumentId(UUID(int=80)), 1, NOON + timedelta(days=1)),
    "two rates": made(two_rates()),
    "two rates, tax included": made(two_rates(tax_included="YES")),
    "half taxed": made(half_taxed()),
    "greatest price": made(priced(max_price={"before_taxes": 2})),
    "greatest price, two rates, tax included": made(two_rates(tax_included="YES", max_price={"after_taxes": 3})),
    "least price": made(priced(min_price={"after_taxes": 50})),
    "limits that contradict the rate": made(priced(min_price={"before_taxes": 30, "after_taxes": 60})),
    "nothing priced": made(FREE),
    "the operator's discount": given_off(priced(), (250, "", 19)),
    "a partner pays a part": given_off(priced(tax_included="YES"), (250, "cafe", 19), (1, "", 19)),
    "two rates, shared": given_off(two_rates(), (99, "cafe", 7), (33, "", 7), (119, "", 19)),
    "nothing left to pay": given_off(two_rates(), (119, "cafe", 19), (476, "", 7)),
    "a month of a membership": month_of_membership(),
    "yen": made(priced(10, currency="JPY")),
    "on account": made(priced(), pays_by=PayBy.ACCOUNT),
    "from a prepaid balance": made(priced(), pays_by=PayBy.WALLET),
    "a firm abroad": made(priced(), buyer=replace(PARTIES.buyer, country="US", vat_number="12-3456789")),
    "a number whose letters are no country's": made(priced(), buyer=replace(PARTIES.buyer, country="AU", vat_number="ABN 12345678901")),
    "a firm in Northern Ireland": made(priced(), buyer=replace(PARTIES.buyer, country="GB", vat_number="XI123456789")),
    "wild names": made(priced(), buyer=replace(PARTIES.buyer, name='<b>&"\x00\x0b\ud7ff ]]>', address="\u202e")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_invoice_passes_the_official_en_16931_rules(kind: str) -> None:
    assert judge().failures(cii_xml(KINDS[kind])) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_credit_note_passes_the_official_rules_and_names_its_invoice(kind: str) -> None:
    note = issue(credit(KINDS[kind], "Wrong tariff"), DocumentId(UUID(int=78)), 2, NOON + timedelta(days=1))
    xml = cii_xml(note)
    assert note.kind is DocumentKind.CREDIT_NOTE and b"<ram:TypeCode>381</ram:TypeCode>" in xml
    assert b"<ram:IssuerAssignedID>INV-2026-000001</ram:IssuerAssignedID>" in xml
    assert judge().failures(xml) == []


FIRST = made(priced())
MORE = bill(record((C, 47, 23_337), (W, 5, 0), (P, 33, 0)), version(priced()), PLACE, FIRST.parties)
FOLLOWING = {
    "credits it": credit(FIRST, "Wrong tariff"),
    "has another buyer": corrected_bill(FIRST, BUSINESS),
    "replaces it": replacement_bill(MORE, FIRST),
    "adds to it": supplementary_bill(MORE, FIRST, ()),
}


@pytest.mark.parametrize("what", FOLLOWING)
def test_a_following_document_names_the_preceding_invoice_and_its_local_issue_date(what: str) -> None:
    """BG-3 with BT-25 and BT-26. Half past midnight in Berlin is the day before in UTC."""
    document = issue(FOLLOWING[what], DocumentId(UUID(int=78)), 2, NOON + timedelta(days=9))
    xml = cii_xml(document, preceding_issued_at=NOON.replace(hour=22, minute=30))
    day = '<ram:FormattedIssueDateTime><qdt:DateTimeString format="102">20260602</qdt:DateTimeString></ram:FormattedIssueDateTime>'
    number = "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>INV-2026-000001</ram:IssuerAssignedID>"
    assert f"{number}{day}</ram:InvoiceReferencedDocument>".encode() in xml and judge().failures(xml) == []
    assert f"{number}</ram:InvoiceReferencedDocument>".encode() in cii_xml(document), "by its number alone where the day is not known"


def test_a_first_invoice_names_no_preceding_one_and_the_rules_require_its_number_where_named() -> None:
    """BR-55."""
    assert b"InvoiceReferencedDocument" not in cii_xml(FIRST)
    xml = cii_xml(KINDS["made out anew to a firm"])
    without = re.sub(rb"(<ram:InvoiceReferencedDocument>).*(</ram:InvoiceReferencedDocument>)", rb"\1\2", xml)
    assert any("BR-55" in failure for failure in judge().failures(without))


@pytest.mark.parametrize("language", LANGUAGES)
def test_e_invoices_in_every_language_pass_the_official_rules(language: str) -> None:
    assert judge().failures(cii_xml(made(two_rates(max_price={"before_taxes": 2}), language=language))) == []


def test_a_no_show_invoice_passes_the_official_rules() -> None:
    draft = bill_no_show(missed(), version(), PLACE, PARTIES)
    assert draft is not None
    assert judge().failures(cii_xml(issue(draft, DocumentId(UUID(int=79)), 3, NOON))) == []


@pytest.mark.parametrize(
    ("tag", "rule"),
    [
        ("ram:GrandTotalAmount", "BR-CO-15"),
        ("ram:DuePayableAmount", "BR-CO-16"),
        ("ram:TaxBasisTotalAmount", "BR-CO-13"),
        ("ram:LineTotalAmount>(?=[^<]*</ram:LineTotalAmount><ram:TaxBasis)", "BR-CO-10"),
    ],
)
def test_the_official_rules_detect_a_wrong_total(tag: str, rule: str) -> None:
    """Otherwise the tests above would prove nothing."""
    pattern = tag if ">" in tag else f"{tag}>"
    xml = re.sub(rf"(<{pattern})[\d.]+", r"\g<1>9999.99", cii_xml(KINDS["standard"]).decode(), count=1)
    assert any(rule in failure for failure in judge().failures(xml.encode()))


def test_an_invoice_has_a_payment_reference_unless_a_statement_collects_it() -> None:
    told = f"<ram:PaymentReference>{creditor_reference('INV-2026-000001')}</ram:PaymentReference>".encode()
    assert told in cii_xml(made(priced())) and told in cii_xml(made(priced(), pays_by=None))
    note = issue(credit(KINDS["standard"], "Wrong tariff"), DocumentId(UUID(int=78)), 2, NOON + timedelta(days=1))
    for none in (KINDS["on account"], KINDS["nothing priced"], note):
        assert b"PaymentReference" not in cii_xml(none)


IBAN = "DE89370400440532013000"


@pytest.mark.parametrize(
    ("document", "account", "code"),
    [
        (KINDS["on account"], IBAN, "58"),
        (made(priced(), pays_by=None), IBAN, "58"),
        (made(priced(currency="USD")), IBAN, "30"),
        (made(priced()), "TR330006100519786457841326", "30"),
    ],
)
def test_an_invoice_paid_by_transfer_names_the_bank_account_and_passes_the_rules(document: Invoice, account: str, code: str) -> None:
    xml = cii_xml(document, account)
    means = f"<ram:TypeCode>{code}</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{account}</ram:IBANID>"
    assert means.encode() in xml and judge().failures(xml) == []
    without = xml.replace(f"<ram:IBANID>{account}</ram:IBANID>".encode(), b"")
    assert any("BR-61" in failure for failure in judge().failures(without)), "the judge asks for the account"


def test_an_invoice_collected_by_direct_debit_names_the_mandate_and_no_transfer() -> None:
    """BG-19; the payer's account is not stated."""
    by = create_mandate(
        OPERATOR, CARD_DRIVER, "DE98ZZZ09999999999", DebtorAccount("Ben", IBAN), MandateNumbering(UUID(int=5), 1, NOON.date(), NOON)
    )
    document = KINDS["on account"]
    xml = cii_xml(document, progress=PaymentProgress(PaymentStatus.ACCOUNT, document.due, mandate=by))
    assert b"<ram:TypeCode>59</ram:TypeCode></ram:Spec" in xml and IBAN.encode() not in xml and judge().failures(xml) == []
    for told in ("CreditorReferenceID>DE98ZZZ09999999999<", "DirectDebitMandateID>MND-2026-000001<"):
        assert told.encode() in xml


def test_a_credit_note_states_that_the_bank_has_already_returned_the_money() -> None:
    note = issue(credit(KINDS["standard"], "Wrong tariff"), DocumentId(UUID(int=78)), 2, NOON)
    assert b"is not refunded again" in cii_xml(note, progress=PaymentProgress(PaymentStatus.CREDITED_HAD, note.due))
    assert b"is not refunded again" not in cii_xml(note)


def test_equal_documents_give_identical_xml() -> None:
    assert cii_xml(made(priced())) == cii_xml(made(priced()))


def test_unit_prices_keep_all_their_decimals() -> None:
    assert b"<ram:ChargeAmount>0.4321</ram:ChargeAmount>" in cii_xml(KINDS["standard"])


@pytest.mark.parametrize(
    ("parties", "missing"),
    [
        (replace(PARTIES, seller=replace(PARTIES.seller, vat_number="")), "VAT number"),
        (replace(PARTIES, seller=replace(PARTIES.seller, country="")), "country"),
        (replace(PARTIES, buyer=replace(PARTIES.buyer, name="", vat_number="FR12345678901")), "buyer has no name"),
        (replace(PARTIES, exemption=REVERSED), "buyer has no VAT number"),
    ],
)
def test_with_missing_seller_details_no_e_invoice_is_made_and_they_are_named(parties: Parties, missing: str) -> None:
    one = invoice(priced(0 if parties.exemption else 19))
    none_of_it(replace(one, content=replace(one.content, parties=parties)), missing)


def test_currencies_with_three_decimals_have_no_e_invoice() -> None:
    """The standard knows two decimals at most (BR-DEC)."""
    none_of_it(invoice(priced(currency="KWD")), "two decimals")


def none_of_it(document: Invoice, missing: str) -> None:
    assert missing in missing_data(document, einvoice_of(document))[0].text and cii_xml(document) == b""
