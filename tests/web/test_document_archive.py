"""All documents of a month in one file: each once, as it was issued, with lists that sum to the tax of the month."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

import pytest

from forecourt.billing import DocumentKind
from forecourt.flows.billing import CreditRequest, issue_account_statements, issue_credit_note, issue_partner_statements
from forecourt.flows.desk import Staff, operator_month
from forecourt.flows.offers import settle_site_shares
from forecourt.flows.ports import DocumentSearch, document_files
from forecourt.kernel import DriverId
from forecourt.web.queries import document_archive

from .conftest import NOW
from .offers_scene import with_offers

AT = "/console/ledger/months/2026-06/documents.zip"
JULY = datetime(2026, 7, 3, 9, tzinfo=UTC)


def archive(client):
    answer = client.get(AT)
    opened = zipfile.ZipFile(io.BytesIO(answer.content))
    assert answer.status_code == 200 and opened.testzip() is None
    return answer, opened


def listed(opened, name):
    return list(csv.DictReader(io.StringIO(opened.read(name).decode())))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(document_archive, "_BATCH", 3)


def test_the_archive_contains_each_document_once_and_its_list_sums_to_the_vat(lived, client):
    with lived.transactions.begin() as store:
        bill = store.documents.of_driver(lived.ada)[0]
        by = Staff(lived.operator_id, "ops", NOW, lived.ids)
        issue_credit_note(store, by, CreditRequest(bill.id, 0, "It broke off."))
        issued = store.documents.search(lived.operator_id, DocumentSearch())
        note = next(one for one in issued if one.kind is DocumentKind.CREDIT_NOTE)
        store.documents.put_files(note.id, document_files(b"%PDF-1.7 note"))
    ops = client.sign_in("ops")
    answer, opened = archive(ops)
    rows = listed(opened, "documents.csv")
    assert sorted(row["number"] for row in rows) == sorted(one.number for one in issued) and len(issued) > 3
    names = [row[ending] for row in rows for ending in ("pdf", "xml") if row[ending]]
    assert sorted(names) == sorted(set(opened.namelist()) - {"documents.csv", "statements.csv"})
    assert all(sha256(opened.read(row["pdf"])).hexdigest() == row["pdf_sha256"] for row in rows)
    assert f"credit-notes/{note.number}.pdf" in names and opened.read(f"invoices/{bill.number}.xml") == b"<a/>"
    (vat,) = csv.DictReader(io.StringIO(ops.get("/console/ledger/vat?month=2026-06&form=csv").text))
    assert sum(Decimal(row["tax"]) for row in rows) == Decimal(vat["vat_owed"])
    assert 'filename="documents-2026-06-provisional.zip"' in answer.headers["content-disposition"]


def test_a_document_without_files_yet_is_listed_without_them(lived, client):
    with lived.transactions.begin() as store:
        bill = store.documents.of_driver(lived.ada)[0]
        issue_credit_note(store, Staff(lived.operator_id, "ops", NOW, lived.ids), CreditRequest(bill.id, 0, "It broke off."))
    (note,) = (row for row in listed(archive(client.sign_in("ops"))[1], "documents.csv") if row["kind"] == "CREDIT_NOTE")
    assert (note["pdf"], note["xml"], note["corrects"]) == ("", "", bill.number) and Decimal(note["gross"]) < 0


def test_statements_over_the_month_are_in_the_archive_although_issued_later(lived, client):
    with_offers(lived)
    with lived.transactions.begin() as store:
        bill = next(one for one in store.documents.search(lived.operator_id, DocumentSearch()) if one.driver_id != lived.ada)
        store.stations.put_site(replace(store.stations.site(lived.site_id), host_shares=(("cafe-strom", Decimal(10)),)))
        settle_site_shares(store, bill.id, NOW)
        month = operator_month(store, lived.operator_id, NOW)
        (account,) = issue_account_statements(store, DriverId(bill.driver_id), month, JULY, lived.ids)
        (partner,) = issue_partner_statements(store, lived.operator_id, JULY, lived.ids)
        store.statements.put_pdf(account.id, b"%PDF-1.7 account", "")
    lived.clock.at = JULY
    _, opened = archive(client.sign_in("ops"))
    rows = {row["number"]: row for row in listed(opened, "statements.csv")}
    assert {*rows} == {account.number, partner.number} and opened.read(f"statements/{account.number}.pdf") == b"%PDF-1.7 account"
    assert (rows[account.number]["kind"], rows[partner.number]["kind"]) == ("MONTHLY", "PARTNER")
    assert Decimal(rows[account.number]["amount"]) == account.due.amount and Decimal(rows[partner.number]["amount"]) == -partner.owed.amount


def test_the_month_page_names_who_downloaded_the_archive_and_still_requires_the_journal(lived, client):
    ops, lived.clock.at = client.sign_in("ops"), JULY
    ops.submit("/console/ledger/months/2026-06/close")
    assert 'filename="documents-2026-06.zip"' in archive(ops)[0].headers["content-disposition"]
    page = ops.get("/console/ledger/months/2026-06").text
    assert "Documents archive, final" in page and "final and stay the same" in page and AT in page
