"""A bill's page states how to pay it if it is unpaid, and the days a membership's month covers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forecourt.billing import printed_reference
from forecourt.drivers import Account, Role
from forecourt.flows.billing import CreditRequest, issue_account_statements, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.offers import join_plan
from forecourt.flows.paying import record_transfer
from forecourt.jobs.invoice_view import view_of
from forecourt.kernel import Span
from forecourt.payments import PaymentProgress, PaymentStatus

from .conftest import NOW
from .offers_scene import sign_in, with_offers
from .test_debts_browser import goes_on

JUNE = Span(datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC))


def on_account(lived):
    """A driver on account who charged, with the number of the bill, in a browser as "driver"."""
    with lived.transactions.begin() as store:
        bill = next(one for one in store.documents.recent(lived.operator_id) if one.content.parties.buyer.name == "Driver 1")
        account = Account(lived.ids.new(NOW), lived.operator_id, "d@x.example", Role.DRIVER, "", bill.driver_id)
        store.drivers.put_account(account)
        sign_in(store, "driver", account)
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), bank="DE89 3704 0044 0532 0130 00"))
    return bill


def test_a_bill_on_account_refers_to_the_statement_and_that_states_how_it_is_paid(lived, client):
    bill = on_account(lived)
    page = client.sign_in("driver").get(f"/receipts/{bill.number}").text
    assert "With the monthly statement" in page and "You do not need to pay anything before then." in page and "To be paid" not in page
    with lived.transactions.begin() as store:
        (statement,) = issue_account_statements(store, bill.driver_id, JUNE, JUNE.end + timedelta(hours=3), lived.ids)
    page = client.get(f"/receipts/{bill.number}").text
    assert f"It is collected with the statement {statement.number}." in page and "To be paid" in page
    told = client.get(f"/statements/{statement.number}").text.replace("\xa0", " ")
    assert f"by 15 July 2026, using {printed_reference('ACC-2026-000001')}" in told and "Bank account: DE89 3704" in told
    assert "Scan it with your bank" in told and 'class="qr"' in told
    lived.clock.at = JUNE.end + timedelta(days=30)
    goes_on(lived, 1)
    owed = client.get("/dues").text
    assert (
        f"{printed_reference(statement.number)} as the reference" in owed and 'class="qr"' in owed and "To this account: DE89 3704" in owed
    )
    by, over = Staff(lived.operator_id, "ada", lived.clock.at, lived.ids), Span(JUNE.start, lived.clock.at + timedelta(days=9))
    with lived.transactions.begin() as store:
        record_transfer(store, by, statement.id, "ours")
        note = issue_credit_note(store, by, CreditRequest(bill.id, 0, "wrong meter")).note
        assert issue_account_statements(store, bill.driver_id, over, over.end, lived.ids) == ()
    told = client.get(f"/statements/{statement.number}").text
    assert f"Credit note {note.number} reduces it by {euro(note)}" in told and "It will be transferred back." in told
    assert f"It is taken off the statement {statement.number}." in client.get(f"/receipts/{note.number}").text


def euro(note):
    return f"€{note.due.amount}"


def test_a_membership_month_has_the_same_last_day_on_the_page_and_in_the_pdf(scene, client):
    offered = with_offers(scene)
    with scene.transactions.begin() as store:
        join_plan(store, scene.ada, offered.plan.id, "", NOW, scene.ids)
        (fee,) = store.documents.of_driver(scene.ada)
    page = client.sign_in("ada").get(f"/receipts/{fee.number}").text
    assert "Mon 1 Jun 2026 to Tue 30 Jun 2026" in page
    assert view_of(fee, PaymentProgress(PaymentStatus.CARD, fee.due))["period"] == "1 June 2026 – 30 June 2026"
