"""The VAT of a month by rate: documents, credit notes, bad debts, and the ledger for comparison."""

import csv
import io
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest

from forecourt.billing import DocumentKind, LineKind, Numbering, account_statement, document_number, invoice_txn
from forecourt.flows.paying.payables import correctable_taxes
from forecourt.flows.ports import AccountEntries
from forecourt.kernel import DocumentId, Money, Span
from forecourt.ledger import AccountKind, Posting, Txn, receivable, vat
from forecourt.payments import write_off_reversal, write_off_txn
from forecourt.tariffs import TaxLine
from forecourt.web.frame.lists import PAGE_SIZE
from forecourt.web.queries.vat_lines import vat_lines
from forecourt.web.queries.vat_report import vat_report
from forecourt.web.queries.vat_report_lines import VatLineFilter, vat_lines_page
from forecourt.wording import EN

from .conftest import HARBOUR

JUNE = Span(datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC))  # in Berlin


def issued(store, lived, sequence, at, nets, kind=DocumentKind.INVOICE, **content_changes):
    """A document over a net for each rate, kept and booked."""
    model = store.documents.recent(lived.operator_id, 1)[0]
    taxes = tuple(
        TaxLine(rate, Money(net, "EUR"), Money(tax := round(net * (rate or 0) / 100), "EUR"), Money(net + tax, "EUR"))
        for rate, net in nets.items()
    )
    lines = tuple(
        replace(model.content.lines[0], what=LineKind.ENERGY, net=one.net, amount=one.net, vat_percent=one.vat_percent) for one in taxes
    )
    net, tax = Money(sum(one.net.minor for one in taxes), "EUR"), Money(sum(one.tax.minor for one in taxes), "EUR")
    content = replace(model.content, kind=kind, lines=lines, taxes=taxes, net=net, tax=tax, gross=net + tax, tax_included=False)
    content = replace(content, **content_changes)
    number = document_number("TST", 2026, sequence)
    made = replace(model, id=DocumentId(uuid4()), number=number, series="TST", year=2026, sequence=sequence, issued_at=at, content=content)
    store.documents.put(made)
    store.ledger.post(invoice_txn(made))
    return made


def moved(store, lived, kind):
    """What the ledger says moved on all accounts of a kind in June, as documents put it there."""
    txns = [one.txn for one in store.ledger.chain(lived.operator_id) if JUNE.contains(one.txn.at) and one.txn.key.startswith("document/")]
    return -sum(entry.minor for txn in txns for entry in txn.entries if entry.account.kind is kind)


@pytest.mark.parametrize("seed", range(25))
def test_the_vat_report_equals_the_movements_of_the_ledger(lived, seed):
    """The referee reads no documents: net is the movement of revenue, VAT that of its accounts, gross that of receivables."""
    chance = random.Random(seed)
    rates = [Decimal(19), Decimal(7), Decimal("5.5"), Decimal(0), None]
    with lived.transactions.begin() as store:
        for sequence in range(1, chance.randrange(2, 15)):
            at = JUNE.start + timedelta(hours=chance.randrange(-48, 24 * 32))
            nets = {rate: chance.randrange(1, 9_999) for rate in chance.sample(rates, chance.randrange(1, 4))}
            issued(store, lived, sequence, at, nets, chance.choice(list(DocumentKind)))
        (total,) = vat_report(store, lived.operator_id, JUNE).totals
        book = [moved(store, lived, kind) for kind in (AccountKind.REVENUE, AccountKind.VAT, AccountKind.DRIVER_RECEIVABLE)]
    parts = [(getattr(total.invoices, name) + getattr(total.credit_notes, name)).minor for name in ("net", "vat", "gross")]
    assert parts == [book[0], book[1], -book[2]] and total.booked.minor == book[1] and not total.difference


def test_more_documents_of_one_instant_than_a_page_holds_are_all_counted(lived):
    with lived.transactions.begin() as store:
        for sequence in range(1, 602):
            issued(store, lived, sequence, JUNE.start, {Decimal("5.5"): 1_000})
        report = vat_report(store, lived.operator_id, JUNE)
    assert [one.invoices.net.minor for one in report.rows if one.rate == "5.5"] == [601_000] and report.agrees


@pytest.mark.parametrize("seed", range(5))
def test_paging_through_the_lines_of_a_row_lists_each_once_newest_first(lived, seed):
    chance = random.Random(seed)
    with lived.transactions.begin() as store:
        for sequence in range(1, 40):
            at = JUNE.start + timedelta(hours=chance.randrange(0, 60))
            issued(store, lived, sequence, at, {Decimal(19): chance.randrange(1, 999), Decimal(7): 100}, chance.choice(list(DocumentKind)))
        wanted = VatLineFilter(rate="19", what="INVOICE")
        everything = sorted(
            (one for one in vat_lines(store, lived.operator_id, JUNE) if wanted.matches(one)), key=lambda one: (one.at, one.number)
        )
        pages = [vat_lines_page(store, lived.operator_id, JUNE, wanted, first, 7) for first in range(0, len(everything) + 7, 7)]
    assert [row.line for page in pages for row in page.rows] == everything[::-1]
    for page in pages:
        assert (page.net, page.vat, page.count) == (
            (Money(sum(one.net.minor for one in everything), "EUR"),),
            (Money(sum(one.vat.minor for one in everything), "EUR"),),
            len(everything),
        )


def test_a_written_off_debt_reduces_the_vat_owed_and_is_listed(lived):
    with lived.transactions.begin() as store:
        made = issued(store, lived, 1, JUNE.start, {Decimal("5.5"): 10_000})
        store.ledger.post(write_off_txn(made, made.content.taxes, made.due, JUNE.start + timedelta(days=1)))
        report = vat_report(store, lived.operator_id, JUNE)
    row = next(one for one in report.rows if one.rate == "5.5")
    assert [one.minor for one in (row.invoices.vat, row.written_off, row.owed, row.booked)] == [550, -550, 0, 0] and report.agrees


def test_a_ledger_entry_without_a_document_shows_as_a_difference(lived, client):
    with lived.transactions.begin() as store:
        posting = Posting(vat(Decimal(19)), receivable(lived.ada), Money(77, "EUR"))
        store.ledger.post(Txn("by-hand", lived.operator_id, JUNE.start + timedelta(days=1), "by hand", uuid4(), (posting,)))
        report = vat_report(store, lived.operator_id, JUNE)
    assert [one.difference.minor for one in report.rows if one.rate == "19"] == [77] and not report.agrees
    assert "It differs from the ledger." in client.sign_in("ops").get("/console/ledger/vat?month=2026-06").text


def test_the_month_begins_at_midnight_in_the_operators_zone(lived, client):
    """22:30 UTC of the 31st of May is June in Berlin, and May in Los Angeles."""
    with lived.transactions.begin() as store:
        issued(store, lived, 1, datetime(2026, 5, 31, 22, 30, tzinfo=UTC), {Decimal("5.5"): 10_000})
    for zone, month in (("Europe/Berlin", "2026-06"), ("America/Los_Angeles", "2026-05")):
        with lived.transactions.begin() as store:
            store.stations.put_operator(replace(store.stations.operator(lived.operator_id), zone=zone))
        text = client.sign_in("ops").get(f"/console/ledger/vat?form=csv&month={month}").text
        (row,) = (one for one in csv.DictReader(io.StringIO(text)) if one["vat_percent"] == "5.5")
        assert (row["invoices_net"], row["vat_owed"], row["difference"]) == ("100.00", "5.50", "0.00")


def test_the_current_month_is_shown_and_agrees_with_the_ledger(lived, client):
    shown = client.sign_in("ops").get("/console/ledger/vat").text
    assert "VAT for June 2026" in shown and "It agrees with the ledger." in shown


@pytest.mark.parametrize("month", ["june", "2026-13", "1999-12", "2026-06-01"])
def test_an_invalid_month_is_refused(lived, client, month):
    assert client.sign_in("ops").get(f"/console/ledger/vat?month={month}").status_code == 400


def test_rows_distinguish_countries_with_the_same_rate_and_charges_of_an_earlier_month(lived, client):
    """Dutch and Spanish VAT are both 21 %; a charge of May known in June is May's in a German return, its credit note June's."""
    with lived.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(HARBOUR), country="NL"))
        may = replace(store.documents.recent(lived.operator_id, 1)[0].content.delivery, ended_at=JUNE.start - timedelta(days=9))
        at = JUNE.start + timedelta(days=3)
        issued(store, lived, 1, at, {Decimal(21): 1_000}, delivery=None)
        issued(store, lived, 2, at, {Decimal(21): 2_000}, site_id=HARBOUR, delivery=may)
        issued(store, lived, 3, at, {Decimal(21): 400}, DocumentKind.CREDIT_NOTE, site_id=HARBOUR, delivery=may)
        report = vat_report(store, lived.operator_id, JUNE)
    parts = [(one.country, one.delivered, one.invoices.net.minor, one.credit_notes.vat.minor) for one in report.parts if one.rate == "21"]
    assert parts == [("DE", "2026-06", 1_000, 0), ("NL", "2026-05", 2_000, 0), ("NL", "2026-06", 0, -84)]
    assert sum(one.invoices.gross.minor + one.credit_notes.gross.minor for one in report.parts) == sum(
        one.invoices.gross.minor + one.credit_notes.gross.minor for one in report.totals
    )
    assert "NL, 2026-05, 21 %" in client.sign_in("ops").get("/console/ledger/vat?month=2026-06").text
    text = client.get("/console/ledger/vat?form=parts&month=2026-06").text
    assert [one["invoices_vat"] for one in csv.DictReader(io.StringIO(text)) if one["month_of_delivery"] == "2026-05"] == ["4.20"]


@pytest.mark.parametrize("seed", range(12))
def test_the_report_by_country_sums_to_the_vat_accounts_including_lost_debts(lived, seed):
    """The referee sums entries. Debts of one country, of a statement over two, some paid after all; Dutch tax is not corrected at once."""
    chance = random.Random(seed)
    rates = [Decimal(19), Decimal("5.5"), None]
    with lived.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(HARBOUR), country=chance.choice(["AT", "NL"])))
        for sequence in range(1, 9):
            at = JUNE.start + timedelta(hours=chance.randrange(24 * 20))
            nets = {rate: chance.randrange(100, 9_999) for rate in chance.sample(rates, 2)}
            made = issued(store, lived, sequence, at, nets, site_id=chance.choice([lived.site_id, HARBOUR]))
            if sequence % 3 == 0:
                made = stated(store, [made, issued(store, lived, 90 + sequence, at, nets, site_id=HARBOUR)])
            if sequence % 2:
                store.ledger.post(write_off_txn(made, correctable_taxes(store, made), made.due, at))
            if sequence % 4 == 1:
                about = [one.txn for one in store.ledger.of_subject(made.id)]
                store.ledger.post(write_off_reversal(made, about, Money(made.due.minor // 3 + 1, "EUR"), at))
        report = vat_report(store, lived.operator_id, JUNE)
        shown = vat_lines_page(store, lived.operator_id, JUNE, VatLineFilter(), 0, 5)
        booked = -sum(
            entry.minor
            for one in store.ledger.chain(lived.operator_id)
            if JUNE.contains(one.txn.at)
            for entry in one.txn.entries
            if entry.account.kind is AccountKind.VAT
        )
    assert report.agrees and sum(part.owed.minor for part in report.parts) == booked == shown.vat[0].minor
    assert any(part.written_off for part in report.parts) and not any(part.written_off for part in report.parts if part.country == "NL")


def stated(store, documents):
    """A month's statement over them."""
    first = documents[0]
    numbering = Numbering(DocumentId(uuid4()), 2026, first.sequence, first.issued_at)
    made = account_statement(first.content.parties, first.driver_id, JUNE, "Europe/Berlin", documents, numbering)
    store.statements.put(made)
    return made


def test_a_row_links_to_its_lines_and_they_to_entries_documents_and_charges(lived, client):
    """Row, line, entry, document: each by the link of the one before; the lines of a row sum to it."""
    ops = client.sign_in("ops")
    report = ops.get("/console/ledger/vat?month=2026-06").text
    lines = ops.get(unescape(re.search(r'href="(/console/ledger/vat/lines[^"]+INVOICE)"', report)[1])).text
    with lived.transactions.begin() as store:
        (row,) = vat_report(store, lived.operator_id, JUNE).rows
    assert EN.money(row.invoices.vat) in lines
    entry = ops.get(re.search(r'href="(/console/ledger/entries/[0-9]+)"', lines)[1]).text
    assert ops.get(re.search(r'href="(/console/documents/[^"]+)"', entry)[1]).status_code == 200
    assert ops.get(re.search(r'href="(/console/sessions/[^"]+)"', entry)[1]).status_code == 200


def test_an_account_of_the_trial_balance_lists_its_entries_in_pages(lived, client):
    ops, seen, owed = client.sign_in("ops"), [], AccountEntries("DRIVER_RECEIVABLE", "EUR")
    with lived.transactions.begin() as store:
        for minor in range(1, PAGE_SIZE + 5):
            posting = Posting(vat(Decimal(19)), receivable(lived.ada), Money(minor, "EUR"))
            store.ledger.post(Txn(f"by-hand/{minor}", lived.operator_id, JUNE.start, "by hand", uuid4(), (posting,)))
    path = unescape(re.search(r'href="(/console/ledger/entries[?]account=DRIVER_RECEIVABLE&[^"]+)"', ops.get("/console/ledger").text)[1])
    while path:
        shown = ops.get(path).text
        seen += [int(one) for one in re.findall(r'href="/console/ledger/entries/([0-9]+)"', shown)]
        earlier = re.search(r'href="([^"]+before=[0-9]+)"', shown)
        path = earlier and unescape(earlier[1])
    with lived.transactions.begin() as store:
        book = [one for one in store.ledger.chain(lived.operator_id) if any(map(owed.means, (entry.account for entry in one.txn.entries)))]
    assert seen == [one.position for one in book][::-1] and len(seen) > PAGE_SIZE
    assert ops.get("/console/ledger/entries?account=CASH&currency=EUR").status_code == 404
    assert ops.get("/console/ledger/entries/999999").status_code == 404
