"""Partner statements as PDF: every use and the balance, in the partner's language, always with the same bytes."""

import io
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from pypdf import PdfReader

from forecourt.billing import printed_reference
from forecourt.flows.billing import issue_statement_now
from forecourt.flows.offers import accept_gift
from forecourt.jobs import WorkerPorts
from forecourt.jobs.invoice_pdf import InvoicePrinter
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.jobs.statement_pdf import StatementPrinter, print_partner_statements
from forecourt.jobs.statement_view import statement_view
from forecourt.notices import NoDelivery, NoticeKind
from forecourt.offers import OfferKind
from forecourt.store import MemoryTransactions
from mail_server import Letterbox
from money_world import CARD_DRIVER, NOON, OPERATOR
from offer_world import CAFE, OfferWorld, eur

AFTER = NOON + timedelta(days=1)


class Noon:
    def now(self):
        return AFTER


@pytest.fixture(scope="module")
def printer():
    return StatementPrinter()


def text_of(pdf: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\u00a0", " ").split())


@pytest.fixture
def stated():
    """The café pays 3.57 for parking, and is owed 3.20 for each of two coffees."""
    world = OfferWorld(MemoryTransactions())
    till = world.cafe()
    world.take(world.voucher(world.parking_offer()))
    world.coffee_offer()
    world.charge(20_000, parked_min=45)
    world.charge(21_000, begin=NOON + timedelta(hours=3))
    with world.transactions.begin() as store:
        coffees = [one.code for one in store.partners.vouchers_of(CARD_DRIVER) if one.document_id]
    for hours, code in enumerate(coffees, start=6):
        with world.transactions.begin() as store:
            accept_gift(store, till, code, NOON + timedelta(hours=hours))
    with world.transactions.begin() as store:
        (statement,) = issue_statement_now(store, world.staff(AFTER), CAFE)
    return world, statement


def test_a_partner_statement_lists_every_use_and_the_lines_sum_to_the_balance(stated, printer):
    _, statement = stated
    assert [line.owed for line in sorted(statement.lines, key=lambda line: line.at)] == [eur(-357), eur(320), eur(320)]
    assert sum((line.owed for line in statement.lines), eur(0)) == statement.owed == eur(283)
    text = text_of(printer.pdf(statement))
    for words in (statement.number, "Test GmbH", "Café Strom", "30 free minutes", "INV-2026-000001", "3,57", "3,20", "6,40", "2,83"):
        assert words in text, (words, text)
    assert all(f"…{line.code}" in text for line in statement.lines)


def test_a_partner_statement_is_emailed_once_in_the_partners_language_with_its_pdf(stated, printer):
    world, statement = stated
    box = Letterbox()
    print_partner_statements(world.transactions, printer, InvoicePrinter())
    with world.transactions.begin() as store:
        items = list(store.outbox.claim("notice", AFTER, 100, 60))
        waiting = {one.id for one in store.notices.page(OPERATOR).rows if one.kind is NoticeKind.PARTNER_STATEMENT}
    post = NoticeCourier(
        WorkerPorts(world.transactions, Noon(), world.world.ids, None, None, None, 60.0, box, NoDelivery(), "https://c.example")
    )
    for item in items:
        if item.work.notice_id in waiting:
            post.deliver(item)
    (letter,) = box.letters
    (file,) = letter.attachments
    assert (letter.to, letter.subject, file.name) == ("cafe@x.example", f"Monatsabrechnung {statement.number}", f"{statement.number}.pdf")
    assert "2,83" in letter.text and "https://c.example/partners" in letter.text and file.body.startswith(b"%PDF")


def test_a_printed_partner_statement_equals_the_ledger(stated):
    world, statement = stated
    to_cafe, by_cafe = 640, 357
    view = statement_view(statement)
    assert (view["to"], view["by"], view["balance"]) == tuple(
        f"{minor / 100:.2f}".replace(".", ",") + "\u00a0€" for minor in (640, 357, 283)
    )
    assert world.owes() == (0, to_cafe - by_cafe) and world.balance_is_zero()


def test_a_partner_who_owes_gets_the_bank_account_and_reference_to_pay(stated):
    _, statement = stated
    owing = replace(statement, lines=tuple(one for one in statement.lines if one.owed.minor < 0), owed=eur(-357))
    bank = "DE89 3704 0044 0532 0130 00"
    told = f"Bankverbindung: {bank}. Verwendungszweck: {printed_reference(owing.number)}."
    assert statement_view(owing, bank)["payment"].endswith(told)
    assert statement_view(owing, bank)["code"] and not statement_view(statement, bank)["code"]
    assert "DE89" not in statement_view(statement, "DE89 3704")["payment"]


def test_the_tax_note_of_a_hosts_statement_differs_from_that_of_vouchers(stated):
    """With vouchers neither side supplies the other; a host supplies its site, and its share contains no tax."""
    _, statement = stated
    share = replace(statement.lines[0], kind=OfferKind.HOSTING, text="15 % of the net at Market, 2 documents", owed=statement.owed)
    sold = statement.lines
    total = sum((one.owed for one in sold), share.owed)
    changed = (replace(statement, lines=lines, owed=owed) for lines, owed in (((share, *sold), total), ((share,), share.owed)))
    vouchers, both, hosted = map(statement_view, (statement, *changed))
    assert "keine Umsatzsteuer" not in vouchers["note"] and vouchers["note"] in both["note"] and "keine Umsatzsteuer" in both["note"]
    assert vouchers["note"] not in hosted["note"] and "keine Umsatzsteuer" in hosted["note"]
    assert "," in vouchers["lines"][0]["used"] and "," not in hosted["lines"][0]["used"]


def test_a_statement_pdf_is_made_once_and_stored_with_its_hash(stated, printer):
    world, statement = stated
    assert (
        print_partner_statements(world.transactions, printer, InvoicePrinter()) == 1
        and print_partner_statements(world.transactions, printer, InvoicePrinter()) == 0
    )
    with world.transactions.begin() as store:
        kept = store.partners.pdf(statement.id)
        assert store.partners.statements(OPERATOR) == [statement]
    assert sha256(kept).digest() == sha256(printer.pdf(statement)).digest()
