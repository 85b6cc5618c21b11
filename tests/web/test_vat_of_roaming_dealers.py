"""Partners that buy electricity to sell it on: from the accountant's word to bill, CDR, ledger, VAT report and DATEV."""

import json
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest

from forecourt.billing import Invoice
from forecourt.flows.billing import cdr_for_partner, check_bill, credit_invoice
from forecourt.flows.desk import operator_month
from forecourt.flows.ports import ChangedSince
from forecourt.jobs.invoice_view import view_of
from forecourt.kernel import Money
from forecourt.ledger import CHARTS, AccountKind
from forecourt.payments import PaymentProgress, PaymentStatus
from forecourt.web.queries.datev import revenue_shares
from forecourt.web.queries.vat_report import vat_report
from roaming_world import PARTNER, registered, vouch
from web.conftest import NOW

HOME = f"/console/roaming/{PARTNER}"
PAYER = {"name": "The New Motion B.V.", "address": "Laan 1, Amsterdam", "vat_number": "NL123456789B01"}
DEALER = {"country": "NL", "since": "2026-01-01"}


@pytest.fixture
def partner(scene, client):
    """A partner whose customers charge, described in the console."""
    with scene.transactions.begin() as store:
        store.roaming.put_partner(one := registered(scene.operator_id))
        vouch(store, one)
    client.sign_in("ops")
    assert client.submit(f"{HOME}/payer", **PAYER).status_code == 303
    return client


def billed(scene) -> Invoice:
    scene.charge(10, "04FACADE", NOW - timedelta(hours=6), 60, 7_200, end=True)
    scene._bill()
    with scene.transactions.begin() as store:
        return store.documents.document(store.roaming_charges.cdrs_of(PARTNER, ChangedSince())[0][0].document_id)


def report(scene):
    with scene.transactions.begin() as store:
        return vat_report(store, scene.operator_id, operator_month(store, scene.operator_id, NOW))


def test_a_foreign_dealer_is_billed_without_vat_and_bill_cdr_ledger_report_and_datev_state_why(scene, partner):
    assert partner.submit(f"{HOME}/tax", **DEALER).status_code == 303
    bill = billed(scene)
    net = bill.net
    assert (bill.tax, bill.gross) == (Money(0, "EUR"), net) and net.minor > 0
    assert (bill.content.parties.seller.vat_number, bill.content.parties.buyer.vat_number) == ("DE123456789", "NL123456789B01")
    shown = view_of(bill, PaymentProgress(PaymentStatus.ACCOUNT, net))
    assert (shown["relief"], shown["included"]) == ("Reverse charge: the buyer owes the VAT", "")
    with scene.transactions.begin() as store:
        assert check_bill(store, bill).check.agrees
        kept = store.roaming_charges.cdrs_of(PARTNER, ChangedSince())[0][0]
        told = json.loads(cdr_for_partner(store, kept, "2.2.1"), parse_float=Decimal)
        moved = {one.account.kind: one.minor for one in store.ledger.trial_balance(scene.operator_id)}
        book = [one for one in store.ledger.of_subject(bill.id) if one.txn.key.startswith("document/")]
        shares = revenue_shares(store, CHARTS["SKR03"], book)
    assert told["total_cost"] == {"excl_vat": net.amount, "incl_vat": net.amount}
    assert AccountKind.VAT not in moved or not moved[AccountKind.VAT]
    parts = [(CHARTS["SKR03"].number(account, rate), minor) for account, rates in shares[bill.id].items() for rate, minor in rates.items()]
    assert {number for number, _ in parts} == {"8339"} and sum(minor for _, minor in parts) == net.minor
    vat = report(scene)
    assert vat.agrees and [(row.rate, row.invoices.net, row.owed) for row in vat.rows] == [("reverse", net, Money(0, "EUR"))]
    assert [(one.buyer, one.net) for one in vat.buyers] == [("NL123456789B01 The New Motion B.V.", net)]
    page = partner.get(f"/console/ledger/vat?month={NOW:%Y-%m}").text
    assert "Reverse charge, abroad" in page and "NL123456789B01" in page and "It agrees with the ledger" in page
    assert "Reverse charge, abroad" in partner.get(f"/console/ledger/vat/lines?month={NOW:%Y-%m}&rate=reverse").text


def test_a_credit_note_is_reported_in_the_row_of_its_bill(scene, partner):
    partner.submit(f"{HOME}/tax", **DEALER)
    bill = billed(scene)
    with scene.transactions.begin() as store:
        note = credit_invoice(store, bill.id, "Wrong charge", NOW, scene.ids)
    assert (note.gross, note.tax) == (bill.net, Money(0, "EUR"))
    ((buyer,), (row,)) = report(scene).buyers, report(scene).rows
    assert (buyer.net, row.rate, row.credit_notes.net) == (Money(0, "EUR"), "reverse", -bill.net)


@pytest.mark.parametrize(
    ("tax", "rate"),
    [
        ({"country": "NL"}, "19"),
        ({"country": "NL", "since": f"{NOW + timedelta(days=1):%Y-%m-%d}"}, "19"),
        ({"country": "CH", "since": "2026-01-01"}, "outside"),
    ],
    ids=["no dealer", "a dealer from tomorrow on", "outside the Union"],
)
def test_the_vat_treatment_follows_the_day_of_supply_and_the_dealers_country(scene, partner, tax, rate):
    assert partner.submit(f"{HOME}/tax", **tax).status_code == 303
    billed(scene)
    assert [row.rate for row in report(scene).rows] == [rate] and report(scene).agrees


@pytest.mark.parametrize(("at_home", "rate"), [("", "19"), ("1", "reverse-home")])
def test_for_a_domestic_dealer_the_operator_chooses_who_owes_the_vat(scene, partner, at_home, rate):
    partner.submit(f"{HOME}/payer", **PAYER | {"vat_number": "DE987654321"})
    assert partner.submit(f"{HOME}/tax", country="DE", since="2026-01-01", at_home=at_home).status_code == 303
    billed(scene)
    assert [row.rate for row in report(scene).rows] == [rate]


@pytest.mark.parametrize(
    ("vat_number", "tax", "words"),
    [
        ("", DEALER, "has no VAT number of NL"),
        ("FR12345678901", DEALER, "has no VAT number of NL"),
        ("NL123456789B01", {"since": "2026-01-01"}, "Where is the partner established?"),
        ("NL123456789B01", {"country": "NLD"}, "is not a country code"),
        ("NL123456789B01", DEALER | {"since": "tomorrow"}, "is not a day"),
    ],
)
def test_dealer_status_without_the_required_vat_numbers_is_refused(scene, partner, vat_number, tax, words):
    partner.submit(f"{HOME}/payer", **PAYER | {"vat_number": vat_number})
    answer = partner.submit(f"{HOME}/tax", **tax)
    assert answer.status_code in (400, 409) and words in unescape(answer.text)


def test_the_vat_number_of_a_dealer_cannot_be_removed(scene, partner):
    partner.submit(f"{HOME}/tax", **DEALER)
    answer = partner.submit(f"{HOME}/payer", **PAYER | {"vat_number": ""})
    assert answer.status_code == 409 and "has no VAT number of NL" in unescape(answer.text)
