"""A host's VAT details, and self-billed invoices from a charge to their payment, on pages, over REST and in files."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from camt_file import Line, camt
from forecourt.flows.billing import CreditRequest, import_bank_statements, issue_credit_note, issue_partner_statements
from forecourt.flows.desk import Staff
from forecourt.flows.offers import settle_site_shares
from forecourt.jobs.invoice_pdf import InvoicePrinter
from forecourt.jobs.statement_pdf import StatementPrinter, print_partner_statements, statement_attachments
from forecourt.ledger import AccountKind
from forecourt.settlement import parse_camt
from schematron import judge

from .conftest import Scene
from .offers_scene import CAFE, with_offers

AT = f"/console/offers/partners/{CAFE}"
JULY, AUGUST = datetime(2026, 7, 1, 3, tzinfo=UTC), datetime(2026, 8, 1, 3, tzinfo=UTC)


def seen(page: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', page).group(1)


def agree(client, **fields: str):
    page = client.get(f"{AT}/vat").text
    return client.submit(f"{AT}/vat", seen=seen(page), **fields)


@pytest.fixture
def hosted(lived: Scene) -> Scene:
    """The café hosts the market, and a paid charge has earned it a share."""
    with_offers(lived)
    with lived.transactions.begin() as store:
        cafe = store.partners.partner(CAFE)
        details = {"address": "Weg 2, 10115 Berlin", "country": "DE", "vat_number": "DE999999999", "bank": "DE02120300000000202051"}
        store.partners.put_partner(replace(cafe, **details))
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("cafe-strom", Decimal("12.5")),)))
        bill = next(one for one in store.documents.of_driver(lived.ada) if one.content.site_id == lived.site_id)
        settle_site_shares(store, bill.id, lived.clock.at)
    return lived


def stated(scene: Scene, at: datetime = JULY):
    with scene.transactions.begin() as store:
        (statement,) = issue_partner_statements(store, scene.operator_id, at, scene.ids)
    print_partner_statements(scene.transactions, StatementPrinter(), InvoicePrinter())
    scene.clock.at = at + timedelta(hours=5)
    return statement


def balances(scene: Scene) -> dict[str, int]:
    with scene.transactions.begin() as store:
        found = store.ledger.trial_balance(scene.operator_id)
    return {one.account.name: one.minor for one in found if one.account.kind.value.startswith(("PARTNER", "INPUT"))}


def test_from_a_charge_to_a_paid_self_billed_invoice(hosted, client) -> None:
    ops = client.sign_in("ops")
    share = -balances(hosted)["PARTNER_PAYABLE:cafe-strom"]
    assert agree(ops, status="REGISTERED", agreed_on="2026-05-04").status_code == 303
    statement = stated(hosted)
    (invoice,) = statement.self_billed
    assert (invoice.net.minor, invoice.tax.minor) == (share, round(Decimal(share * 19) / 100)) and statement.owed == invoice.gross
    pdf, xml = (ops.get(f"/console/offers/statements/{invoice.number}.{ending}") for ending in ("pdf", "xml"))
    assert pdf.content.startswith(b"%PDF") and judge().failures(xml.content) == [] and "<ram:TypeCode>389</ram:TypeCode>" in xml.text
    assert f"{invoice.number}.xml" in ops.get(AT).text and f"{invoice.number}.pdf" in ops.get("/console/offers").text
    with hosted.transactions.begin() as store:
        by = Staff(hosted.operator_id, "ops", hosted.clock.at, hosted.ids)
        import_bank_statements(store, by, parse_camt(camt(0, [Line(JULY.date(), -invoice.gross.minor, statement.number)], JULY.date())))
        assert store.partners.settled(statement.id)
    left = balances(hosted)
    assert left == {"PARTNER_PAYABLE:cafe-strom": 0, "PARTNER_SHARE:cafe-strom": share, "INPUT_VAT:19": invoice.tax.minor}


def test_a_host_can_open_its_own_self_billed_documents_only(hosted, client) -> None:
    agree(client.sign_in("ops"), status="REGISTERED", agreed_on="2026-05-04")
    statement = stated(hosted)
    (invoice,) = statement.self_billed
    till = client.sign_in("till")
    for page in (till.get("/partners").text, till.get(f"/partners/statements/{statement.number}/lines").text):
        assert f"/partners/statements/{invoice.number}.pdf" in page and f"VAT €{invoice.tax.amount}" in page
    assert "issues them in your name" in till.get("/partners").text and "Registered for VAT" in till.get("/partners").text
    assert till.get(f"/partners/statements/{invoice.number}.xml").status_code == 200
    assert till.get("/partners/statements/SB-OTHER-2026-000001.pdf").status_code == 404
    (item,) = till.get("/api/v1/partner-statements").json()
    (document,) = item["self_billed"]
    assert (document["number"], document["kind"], document["vat"]["amount"]) == (invoice.number, "INVOICE", str(invoice.tax.amount))
    assert item["owed"]["amount"] == document["gross"]["amount"]
    assert [till.get(document[ending]).status_code for ending in ("pdf", "xml")] == [200, 200]


def test_the_search_box_finds_a_partner_statement_and_its_self_billed_invoice_by_number(hosted, client) -> None:
    agree(client.sign_in("ops"), status="REGISTERED", agreed_on="2026-05-04")
    statement, ops = stated(hosted), client.sign_in("ops")
    page = ops.get(AT).text
    for number in (statement.number, statement.self_billed[0].number):
        found = ops.get("/console/find", params={"q": number.lower()}, follow_redirects=False)
        assert found.headers["location"] == f"{AT}#{number}" and f'id="{number}"' in page
    (item,) = ops.get("/api/v1/find", params={"words": statement.self_billed[0].number}).json()
    assert (item["what"], item["text"]) == ("Self-billed invoice", f"{statement.partner.name}, €{statement.owed.amount}")
    assert "Nothing found" in ops.get("/console/find", params={"q": "SB-CAFE-STROM-2026-000009"}).text


def test_missing_details_are_shown_to_operator_and_host_and_the_statement_stays_net(hosted, client) -> None:
    statement, ops = stated(hosted), client.sign_in("ops")
    assert statement.self_billed == () and "The VAT status has not been entered." in ops.get(f"{AT}/vat").text
    agree(ops, status="REGISTERED")
    assert all("There is no agreement to self-billing." in ops.get(page).text for page in (AT, f"{AT}/vat"))
    assert "You issue them yourself." in client.sign_in("till").get("/partners").text


def test_the_host_is_emailed_the_statement_and_its_invoice(hosted, client) -> None:
    agree(client.sign_in("ops"), status="REGISTERED", agreed_on="2026-05-04")
    statement = stated(hosted)
    with hosted.transactions.begin() as store:
        names = [one.name for one in statement_attachments(store, statement)]
    assert names == [f"{statement.number}.pdf", f"{statement.self_billed[0].number}.pdf"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"status": "SMALL_BUSINESS"}, "The rule of the exemption is missing."),
        ({"agreed_on": "2026-05-04"}, "The VAT status is missing."),
        ({"status": "REGISTERED", "agreed_on": "2030-05-04"}, "This day has not come yet."),
        ({"status": "REGISTERED", "agreed_on": "soon"}, "is not a day"),
        ({"status": "RICH"}, "There is no such status."),
    ],
)
def test_invalid_vat_details_are_refused_and_the_entries_stay_in_the_form(hosted, client, fields: dict[str, str], named: str) -> None:
    answer = agree(client.sign_in("ops"), **fields)
    assert answer.status_code in (400, 422) and named in answer.text and f'value="{fields.get("agreed_on", "")}"' in answer.text
    assert agree(client, status="REGISTERED", agreed_on="2026-05-04").status_code == 303
    assert client.submit(f"{AT}/vat", seen="as it was").status_code == 409


def test_month_end_datev_and_archive_contain_the_input_vat(hosted, client) -> None:
    ops = client.sign_in("ops")
    agree(ops, status="REGISTERED", agreed_on="2026-05-04")
    (invoice,) = stated(hosted).self_billed
    assert f"1 self-billed document with €{invoice.tax.amount} input VAT." in ops.get("/console/ledger/months/2026-06").text
    opened = zipfile.ZipFile(io.BytesIO(ops.get("/console/ledger/months/2026-06/documents.zip").content))
    (row,) = csv.DictReader(io.TextIOWrapper(opened.open("self-billed.csv"), "utf-8-sig"))
    assert (row["number"], Decimal(row["tax"]), row["supplier"]) == (invoice.number, invoice.tax.amount, "Café Strom")
    assert opened.read(row["pdf"]).startswith(b"%PDF") and opened.read(row["xml"]).startswith(b"<?xml")
    assert invoice.number not in opened.read("documents.csv").decode()


def test_crediting_a_bill_puts_a_self_billed_credit_note_on_the_next_statement(hosted, client) -> None:
    ops = client.sign_in("ops")
    agree(ops, status="REGISTERED", agreed_on="2026-05-04")
    (invoice,) = stated(hosted).self_billed
    with hosted.transactions.begin() as store:
        bill = next(one for one in store.documents.of_driver(hosted.ada) if one.content.site_id == hosted.site_id)
        issue_credit_note(store, Staff(hosted.operator_id, "ops", hosted.clock.at, hosted.ids), CreditRequest(bill.id, 0, "It broke off."))
        settle_site_shares(store, bill.id, hosted.clock.at)
    statement = stated(hosted, AUGUST)
    (note,) = statement.self_billed
    assert (note.gross, note.content.corrects_number, statement.owed) == (invoice.gross, invoice.number, -invoice.gross)
    xml = ops.get(f"/console/offers/statements/{note.number}.xml")
    assert judge().failures(xml.content) == [] and "<ram:TypeCode>261</ram:TypeCode>" in xml.text and invoice.number in xml.text
    with hosted.transactions.begin() as store:
        tax = [one.minor for one in store.ledger.trial_balance(hosted.operator_id, AccountKind.INPUT_VAT)]
    assert tax == [0]
