"""The PDF of a document: complete, readable, and always with the same bytes."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from lxml import etree
from pypdf import PdfReader

from forecourt.billing import Invoice, UsedBy, credit, issue
from forecourt.drivers import Driver, PayBy
from forecourt.flows.billing import Recipient, correct_buyer
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment, record_transfer, take_mandate
from forecourt.flows.ports import Transactions
from forecourt.jobs.facturx_pdf import facturx
from forecourt.jobs.invoice_cii import cii_xml
from forecourt.jobs.invoice_pdf import InvoicePrinter, print_documents
from forecourt.jobs.invoice_wording import DocumentWording
from forecourt.kernel import DocumentId, Money, PaymentId
from forecourt.payments import (
    WALLET,
    Accepted,
    Payer,
    Payment,
    PaymentProgress,
    PaymentStatus,
    apply_answer,
    begin_charge,
    parse_debtor_account,
    payment_progress,
    settle_from_balance,
)
from forecourt.store import MemoryTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, PARTIES, MoneyWorld, invoice, tariff, yes

from .test_bill_emails import At


@pytest.fixture(scope="module")
def printer() -> InvoicePrinter:
    return InvoicePrinter()


def text_of(pdf: bytes) -> str:
    """Its words, blanks folded."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\u00a0", " ").split())


def in_language(language: str, **buyer: str) -> Invoice:
    made = invoice()
    parties = replace(PARTIES, language=language, buyer=replace(PARTIES.buyer, **buyer))
    return replace(made, content=replace(made.content, parties=parties))


def test_a_fleet_invoice_names_driver_card_and_cost_centre(printer: InvoicePrinter) -> None:
    made = invoice()
    used_by = UsedBy(CARD_DRIVER, "Vic", card="Van 7 …RD07", cost_centre="North 47")
    text = text_of(printer.files(replace(made, content=replace(made.content, parties=replace(PARTIES, used_by=used_by)))).pdf)
    assert "Driver Vic Van 7 …RD07 Cost centre North 47" in text and "Cost centre" not in text_of(printer.files(made).pdf)


def test_an_invoice_pdf_shows_parties_place_times_readings_prices_and_totals(printer: InvoicePrinter) -> None:
    text = text_of(printer.files(invoice()).pdf)
    for words in (
        "Invoice",
        "INV-2026-000001",
        "1 June 2026",
        "Test GmbH",
        "DE123456789",
        "Ada Driver",
        "Testplatz",
        "B1",
        "12:00 – 13:30",
        "5.000 kWh → 15.000 kWh",
        "60 min",
        "30 min",
        "10 kWh",
        "€0.40/kWh",
        "19 %",
        "€7.50",
        "€1.43",
        "€8.93",
        "Page 1 of 1",
    ):
        assert words in text, words
    for line in invoice().content.lines:
        assert DocumentWording(invoice()).because(line) in text


def test_a_foreign_address_ends_with_its_country_in_the_language_of_the_document(printer: InvoicePrinter) -> None:
    abroad, home = (
        text_of(printer.files(in_language("de", address="Gasse 1, 1010 Wien", country=country)).pdf) for country in ("AT", "DE")
    )
    assert "Gasse 1, 1010 Wien, Österreich" in abroad and "Deutschland" not in home


def test_equal_documents_give_identical_files(printer: InvoicePrinter) -> None:
    assert printer.files(invoice()) == InvoicePrinter().files(invoice())


def test_an_invoice_is_a_pdf_a_with_its_title(printer: InvoicePrinter) -> None:
    reader = PdfReader(io.BytesIO(printer.files(invoice()).pdf))
    assert reader.metadata is not None and reader.metadata.title == "Invoice INV-2026-000001"
    assert reader.xmp_metadata is not None
    assert b"pdfaid" in printer.files(invoice()).pdf


def test_an_invoice_pdf_embeds_its_e_invoice_as_factur_x_requires(printer: InvoicePrinter) -> None:
    files = printer.files(invoice())
    root = PdfReader(io.BytesIO(files.pdf)).trailer["/Root"]
    (attached,) = [one.get_object() for one in root["/AF"]]
    assert (attached["/UF"], attached["/AFRelationship"]) == ("factur-x.xml", "/Alternative")
    embedded = attached["/EF"]["/F"].get_object()
    assert embedded.get_data() == files.xml == cii_xml(invoice()) and embedded["/Subtype"] == "/text/xml"
    assert root["/Names"]["/EmbeddedFiles"]["/Names"][0] == "factur-x.xml"
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert (files.xml_sha256, files.pdf_sha256) == (sha256(files.xml).hexdigest(), sha256(files.pdf).hexdigest())


def test_the_pdf_metadata_describes_the_embedded_e_invoice(printer: InvoicePrinter) -> None:
    files = printer.files(invoice())
    root = PdfReader(io.BytesIO(files.pdf)).trailer["/Root"]
    metadata = root["/Metadata"].get_object()
    assert "/Filter" not in metadata  # PDF/A: readable without a reader
    xmp = etree.fromstring(metadata.get_data())
    told = {one.tag.rpartition("}")[2]: one.text for one in xmp.iter() if "factur-x" in one.tag}
    assert told == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    described = {one.text for one in xmp.iter("{http://www.aiim.org/pdfa/ns/property#}name")}
    assert told.keys() <= described
    assert tuple(xmp.findtext(f".//{{http://www.aiim.org/pdfa/ns/id/}}{name}") for name in ("part", "conformance")) == ("3", "B")


def test_an_invoice_that_cannot_be_an_e_invoice_embeds_none(printer: InvoicePrinter) -> None:
    files = printer.files(invoice(tariff(currency="KWD")))
    assert files.xml == b"" and "/AF" not in PdfReader(io.BytesIO(files.pdf)).trailer["/Root"]


def test_a_pdf_of_unexpected_structure_is_refused() -> None:
    with pytest.raises(ValueError, match="builds its files differently"):
        facturx(b"%PDF-1.7\nsomething else\n%%EOF")


def test_a_german_invoice_has_german_words_numbers_and_dates(printer: InvoicePrinter) -> None:
    text = text_of(printer.files(in_language("de")).pdf)
    for words in ("Rechnung", "1. Juni 2026", "8,93 €", "10,000 kWh", "UST.-SATZ"):
        assert words in text, words


def test_the_reason_for_a_price_is_translated_into_the_language_of_the_document(printer: InvoicePrinter) -> None:
    made, because = in_language("de"), "Member price 'Night' with a contract, valid since 2 May 2026"
    text = text_of(printer.files(replace(made, content=replace(made.content, price_because=because))).pdf)
    assert "Warum dieser Preis: Mitgliederpreis „Night“, mit Vertrag, gültig seit 2. Mai 2026" in text


def test_a_document_in_an_unsupported_language_is_written_in_english(printer: InvoicePrinter) -> None:
    assert "Billed to".upper() in text_of(printer.files(in_language("eo")).pdf).upper()


def test_a_credit_note_states_its_invoice_and_the_reason(printer: InvoicePrinter) -> None:
    note = issue(credit(invoice(), "Wrong tariff"), DocumentId(UUID(int=900)), 7, NOON)
    text = text_of(printer.files(note, PaymentProgress(PaymentStatus.CREDITED, note.due)).pdf)
    for words in (
        "Credit note",
        "CRN-2026-000007",
        "INV-2026-000001",
        "Wrong tariff",
        "€8.93 of the invoice is credited",
        "Total credited to you €8.93",
    ):
        assert words in text, words


def test_a_reissued_invoice_names_the_first_one_and_its_date_in_pdf_and_e_invoice(printer: InvoicePrinter) -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), guest=True))
    made = world.billed(world.ended(), NOON)
    assert made is not None
    with world.transactions.begin() as store:
        record_transfer(store, Staff(OPERATOR, "ops", NOON, world.ids), made.id, "SEPA 1")
        later = Staff(OPERATOR, "ops", NOON + timedelta(days=1), world.ids)
        new = correct_buyer(store, later, made.id, Recipient("Firma GmbH", "Weg 7", "DE987654321"), "wrong name")
        (note,) = store.documents.credit_notes_of(made.id)
    assert print_documents(world.transactions, At(NOON + timedelta(days=2)), printer) == 3
    with world.transactions.begin() as store:
        files = [store.documents.files(one.id) for one in (new, note, made)]
    for kept, label in zip(files, ("Preceding invoice", "Corrects", ""), strict=True):
        assert kept is not None and (b'<qdt:DateTimeString format="102">20260601<' in kept.xml) is bool(label)
        assert not label or f"{label} {made.number} 1 June 2026" in text_of(kept.pdf)
    assert files[0] is not None and "Firma GmbH Weg 7 VAT number DE987654321" in text_of(files[0].pdf)


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_amounts_have_the_decimals_of_their_currency(printer: InvoicePrinter, currency: str) -> None:
    made = invoice(tariff(currency=currency))
    assert str(made.gross.amount) in text_of(printer.files(made).pdf).replace(",", "")


def test_markup_in_names_is_printed_as_text(printer: InvoicePrinter) -> None:
    wild = '#panic("x") *b* $a$ <c> "q" \\ \u202e'
    assert '#panic("x") *b* $a$ <c>' in text_of(printer.files(in_language("en", name=wild)).pdf)


def test_many_lines_run_over_numbered_pages(printer: InvoicePrinter) -> None:
    made = invoice()
    content = made.content
    lines = tuple(replace(content.lines[0], amount=part, net=part) for part in _parts(content.net))
    text = text_of(printer.files(replace(made, content=replace(content, lines=lines))).pdf)
    assert "Page 2 of 4" in text


def _parts(net: Money) -> list[Money]:
    return [Money(1, net.currency)] * 60 + [Money(net.minor - 60, net.currency)]


def test_a_document_states_how_and_when_it_is_paid(printer: InvoicePrinter) -> None:
    made = invoice()
    asked = begin_charge(Payer(OPERATOR, CARD_DRIVER, "pm_1"), PaymentId(UUID(int=60)), made.id, None, made.gross, NOON)
    paid = apply_answer(asked.payment, asked.orders[0], Accepted("pay_1", NOON), NOON).payment
    ada = Driver(CARD_DRIVER, OPERATOR, "Ada", "", payment_method="")

    def told(payments: Sequence[Payment], payer: Driver = ada) -> str:
        return text_of(printer.files(made, payment_progress(made, payments, payer, 14)).pdf)

    assert "Paid on 1 June 2026 by card" in told([paid])
    prepaid = settle_from_balance(
        begin_charge(Payer(OPERATOR, CARD_DRIVER, WALLET), PaymentId(UUID(int=61)), made.id, None, made.gross, NOON), NOON
    )
    assert "by prepaid balance" in told([prepaid.payment])
    assert "will be on your monthly statement" in told([], replace(ada, pay_by=PayBy.ACCOUNT))
    assert "Please pay €8.93 by 15 June 2026" in told([], replace(ada, pay_by=PayBy.WALLET))


def test_files_are_made_and_stored_once_the_payment_is_settled(any_transactions: Transactions, printer: InvoicePrinter) -> None:
    world = MoneyWorld(any_transactions).build()
    made = world.billed(world.ended(), NOON)
    assert made is not None
    with world.transactions.begin() as store:
        collect_payment(store, made.id, NOON, world.ids)
    assert print_documents(any_transactions, At(NOON), printer) == 0
    world.deliver(NOON, yes)
    assert print_documents(any_transactions, At(NOON), printer) == 1
    assert print_documents(any_transactions, At(NOON + timedelta(days=9)), printer) == 0
    with world.transactions.begin() as store:
        kept = store.documents.files(made.id)
    assert kept is not None and "Paid on 1 June 2026" in text_of(kept.pdf)


def test_a_file_waits_at_most_a_minute_for_its_payment(any_transactions: Transactions, printer: InvoicePrinter) -> None:
    world = MoneyWorld(any_transactions).build()
    assert world.billed(world.ended(), NOON) is not None
    assert print_documents(any_transactions, At(NOON + timedelta(minutes=1)), printer) == 1


@pytest.mark.parametrize(("stored", "mandate", "named"), [("", False, True), ("pm_Ben", False, False), ("", True, False)])
def test_an_e_invoice_names_the_bank_account_only_where_no_payment_method_is_stored(
    printer: InvoicePrinter, stored: str, mandate: bool, named: bool
) -> None:
    """A payer with a mandate who is also asked for a transfer would pay twice."""
    world = MoneyWorld(MemoryTransactions()).build()
    with world.transactions.begin() as store:
        ours = {"bank": "DE89 3704 0044 0532 0130 00", "creditor_id": "DE98ZZZ09999999999"}
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), **ours))
        store.drivers.put_driver(replace(store.drivers.driver(ACCOUNT_DRIVER), payment_method=stored))
        if mandate:
            take_mandate(store, ACCOUNT_DRIVER, parse_debtor_account("Ben", "NL91ABNA0417164300"), NOON, world.ids)
    made = world.billed(world.ended(driver=ACCOUNT_DRIVER), NOON)
    assert made is not None and print_documents(world.transactions, At(NOON), printer) == 1
    with world.transactions.begin() as store:
        kept = store.documents.files(made.id)
    assert kept is not None and (b"<ram:IBANID>DE89370400440532013000</ram:IBANID>" in kept.xml) is named
    assert (b"DirectDebitMandateID>MND-2026-000001<" in kept.xml) is mandate


def test_a_document_that_cannot_be_printed_does_not_block_the_next(
    any_transactions: Transactions, printer: InvoicePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = MoneyWorld(any_transactions).build()
    bad, good = (world.billed(world.ended(number=number), NOON) for number in (1, 2))
    assert bad is not None and good is not None
    files = printer.files
    monkeypatch.setattr(
        printer, "files", lambda invoice, *more: files(replace(invoice, content=None) if invoice == bad else invoice, *more)
    )
    later = NOON + timedelta(minutes=1)
    assert [print_documents(any_transactions, At(later), printer) for _ in range(2)] == [2, 0]
    with world.transactions.begin() as store:
        assert store.documents.files(good.id) is not None and store.documents.files(bad.id) is None
    monkeypatch.undo()
    assert print_documents(any_transactions, At(later + timedelta(hours=1)), printer) == 1


def test_a_price_reason_that_cannot_be_translated_is_printed_as_stored(printer: InvoicePrinter) -> None:
    made = in_language("de")
    text = text_of(printer.files(replace(made, content=replace(made.content, price_because="Price 'DAY' for staff"))).pdf)
    assert "Warum dieser Preis: Price 'DAY' for staff" in text.replace("\u2019", "'").replace("\u2018", "'")
    assert "Warum dieser Preis" not in text_of(printer.files(made).pdf)
