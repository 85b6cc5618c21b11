"""The month-end steps in the console: the state of each follows from the data, and changes as the work is done."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from camt_file import Line, camt
from forecourt.billing import Complaint, accrual_txns
from forecourt.flows.billing import StatementRun, issue_partner_statements, settle_statement
from forecourt.flows.desk import Staff, operator_month
from forecourt.flows.offers import accept_gift
from forecourt.flows.paying import mark_clearing_read
from forecourt.flows.ports import PartnerDelivery, QuarantineEntry, Run
from forecourt.kernel import Money, PaymentId
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, Posting, Txn, vat
from forecourt.payments import Charging, Payment
from forecourt.settlement import partner_share, payable
from forecourt.web.queries.earnings import monthly_earnings
from forecourt.web.queries.month_end import StepState, month_end
from roaming_world import PARTNER, registered

from .clearing_scene import owed_back
from .conftest import NOW
from .offers_scene import with_offers
from .roaming_scene import roamed
from .test_bank_statements import send

JUNE = NOW.date().replace(day=1)
MONTH = "/console/ledger/months/2026-06"
JULY = datetime(2026, 7, 2, 0, 0, tzinfo=UTC)
CHARGES, DOUBTS, COMPLAINTS = "Every charge is billed", "Doubtful messages are reviewed", "Complaints are answered"
PAYBACKS, PARTNERS, CDRS = "Refunds by transfer are paid", "Hosts and partners have their statements", "Roaming partners have their CDRs"
ACCOUNTS, PAYMENTS, CLEARED = "Monthly statements are issued", "Every payment has an answer", "The card processor's file matches the ledger"
BANKED, TAX = "Bank statements match the ledger", "Tax on documents and in the ledger agree"


def steps(scene, at=JULY):
    with scene.transactions.begin() as store:
        return {one.title: one for one in month_end(store, scene.operator_id, JUNE, at).steps}


def test_a_month_worked_through_step_by_step_is_closed_and_exported(lived, client):
    """After the month is closed, its exports are final and the page lists who downloaded them."""
    ops, lived.clock.at = client.sign_in("ops"), JULY
    shown = ops.get(MONTH)
    assert 'href="/console/earnings?month=2026-06"' in shown.text and ops.get("/console/earnings?month=2026-06").status_code == 200
    assert shown.status_code == 200 and 'href="/console/ledger/months/2026-06"' in ops.get("/console/ledger").text
    assert "pill-withheld" in shown.text and "pill-charging" in shown.text
    ops.get("/console/ledger/journal.csv?start=2026-06-01&end=2026-06-30")
    assert "Journal, provisional" in ops.get(MONTH).text
    closed = ops.submit(f"{MONTH}/close")
    assert (closed.status_code, closed.headers["location"]) == (303, MONTH)
    assert "final and stay the same" in ops.get(MONTH).text
    ops.get("/console/ledger/datev?start=2026-06-01&end=2026-06-30&consultant=1001&client=1&chart=SKR04")
    after = ops.get(MONTH).text
    assert "DATEV batch, final" in after and "by ops@" in after and "final and stay the same" not in after
    assert "Books exported" in ops.get("/console/audit").text


def test_the_current_month_cannot_be_closed_and_an_invalid_month_is_refused(lived, client):
    ops = client.sign_in("ops")
    assert "From the 2nd of the next month" in ops.get(MONTH).text and "Next month" not in ops.get(MONTH).text
    assert ops.get("/console/ledger/months/2026-13").status_code == 400


def test_a_charge_without_a_bill_opens_the_step_of_charges(lived, client):
    assert steps(lived)[CHARGES].state is StepState.DONE
    with lived.transactions.begin() as store:
        known = store.sessions.records_of(lived.ada)[0]
        store.sessions.end(replace(known, session_id=UUID(int=5), transaction="77"))
    step = steps(lived)[CHARGES]
    assert step.state is StepState.OPEN and step.text.startswith("1 that ended")
    listed = client.sign_in("ops").get(step.links[0][0]).text
    assert len(re.findall(r"/console/sessions/[0-9a-f-]{36}", listed)) == 1 and str(UUID(int=5)) in listed


def doubt(store, scene, at):
    store.inbox.quarantine(QuarantineEntry(UUID(int=6), scene.operator_id, scene.site_id, None, at, "test", "A test."))


def complaint(store, scene, at):
    bill = store.documents.of_driver(scene.ada)[0]
    store.complaints.put(Complaint(UUID(int=7), scene.operator_id, scene.ada, bill.id, bill.number, at, "It broke off."))


def payback(store, scene, at):
    bill = store.documents.of_driver(scene.ada)[0]
    owed_back(store, UUID(int=8), bill, bill.due, at)


@pytest.mark.parametrize(("title", "happens"), [(DOUBTS, doubt), (COMPLAINTS, complaint), (PAYBACKS, payback)])
@pytest.mark.parametrize(("at", "counts"), [(NOW, True), (JULY - timedelta(hours=1), False)])
def test_open_items_of_the_month_open_their_step_and_later_ones_do_not(lived, title, happens, at, counts):
    before = steps(lived)[title]
    with lived.transactions.begin() as store:
        happens(store, lived, at)
    after = steps(lived)[title]
    assert (after.state is StepState.OPEN and after != before) if counts else after == before


def test_a_payment_without_an_answer_opens_the_step_of_payments(lived):
    assert steps(lived)[PAYMENTS].state is StepState.DONE
    with lived.transactions.begin() as store:
        asked = Charging(Money(500, "EUR"), NOW)
        store.payments.put(Payment(PaymentId(UUID(int=9)), lived.operator_id, lived.ada, "pm_ada", "EUR", NOW, asked))
    step = steps(lived)[PAYMENTS]
    assert step.state is StepState.OPEN and step.links[0][0] == f"/console/payments/{UUID(int=9)}"


def test_vat_without_a_document_opens_the_step_of_tax(lived):
    assert steps(lived)[TAX].state is StepState.DONE
    with lived.transactions.begin() as store:
        moved = Posting(vat(Decimal(19)), CLEARING, Money(1, "EUR"))
        store.ledger.post(Txn("odd", lived.operator_id, NOW, "odd", UUID(int=3), (moved,)))
    assert steps(lived)[TAX].state is StepState.OPEN


def test_partners_without_a_statement_are_named_and_unpaid_statements_may_wait(scene):
    assert PARTNERS not in steps(scene)
    offered = with_offers(scene)
    with scene.transactions.begin() as store:
        app = store.drivers.tokens_of(scene.ada)[0].uid
    scene.charge(6, app, NOW - timedelta(hours=3), 90, 7_200, end=True)
    scene._bill()
    with scene.transactions.begin() as store:
        accept_gift(store, offered.till, store.partners.vouchers_of(scene.ada)[0].code, NOW)
    assert "Café" in steps(scene)[PARTNERS].text
    with scene.transactions.begin() as store:
        (statement,) = issue_partner_statements(store, scene.operator_id, JULY, scene.ids)
    assert steps(scene)[PARTNERS].state is StepState.CARRIED
    with scene.transactions.begin() as store:
        settle_statement(store, Staff(scene.operator_id, "ops", JULY, scene.ids), statement.id, "SEPA 1")
    assert steps(scene)[PARTNERS].state is StepState.DONE


def test_an_amount_owed_to_a_host_without_a_partner_is_named(scene):
    with scene.transactions.begin() as store:
        share = Posting(payable("garage"), partner_share("garage"), Money(202, "EUR"))
        store.ledger.post(Txn("share", scene.operator_id, NOW, "share", UUID(int=3), (share,)))
    step = steps(scene)[PARTNERS]
    assert step.state is StepState.CARRIED and "no partner has that short name: garage €2.02." in step.text


def test_card_payments_open_the_step_of_clearing_until_the_processors_file_is_read(scene):
    assert steps(scene)[CLEARED].state is StepState.NOTHING
    with scene.transactions.begin() as store:
        taken = Posting(AT_PROCESSOR, CLEARING, Money(1757, "EUR"))
        store.ledger.post(Txn("taken", scene.operator_id, NOW, "taken", UUID(int=3), (taken,)))
    step = steps(scene)[CLEARED]
    assert step.state is StepState.LATER and "€17.57 charged to cards" in step.text
    assert steps(scene, JULY + timedelta(days=6))[CLEARED].state is StepState.OPEN


def test_an_unaccepted_cdr_opens_its_step_and_links_to_the_partner(scene):
    partner = registered(scene.operator_id)
    untaken = roamed(scene, partner)
    step = steps(scene)[CDRS]
    assert step.state is StepState.OPEN and step.links == ((f"/console/roaming/{PARTNER}", f"{partner.name}: 1"),)
    with scene.transactions.begin() as store:
        store.roaming_charges.put_cdr(replace(store.roaming_charges.cdr(untaken), passing=PartnerDelivery(NOW)))
    assert steps(scene)[CDRS].state is StepState.DONE


def test_a_statement_run_with_failures_opens_its_step(scene):
    run = Run(UUID(int=1), scene.operator_id, StatementRun.name, "2026-06", JULY, 3, done=2, failed=1, finished_at=JULY)
    assert steps(scene)[ACCOUNTS].state is StepState.NOTHING
    with scene.transactions.begin() as store:
        store.job_runs.put(run)
    step = steps(scene)[ACCOUNTS]
    assert step.state is StepState.OPEN and step.text.startswith("1 statement could not")
    with scene.transactions.begin() as store:
        store.job_runs.put(replace(run, done=3, failed=0))
    assert steps(scene)[ACCOUNTS].state is StepState.DONE


def test_the_clearing_step_is_done_once_rows_up_to_five_days_late_were_read(scene):
    """Rows of the month arrive up to five days late; only then is the file known to be complete."""
    month_ends = datetime(2026, 7, 1, tzinfo=UTC)
    read = {}
    for days in (1, 4, 5):
        with scene.transactions.begin() as store:
            mark_clearing_read(store, NOW, month_ends + timedelta(days=days))
        read[days] = steps(scene, month_ends + timedelta(days=days))[CLEARED].state
    assert read == {1: StepState.LATER, 4: StepState.LATER, 5: StepState.DONE}
    with scene.transactions.begin() as store:
        mark_clearing_read(store, NOW, month_ends)
    assert steps(scene, month_ends + timedelta(days=9))[CLEARED].state is StepState.OPEN


def test_the_bank_step_is_done_once_statements_reach_the_last_day_and_are_posted(lived, client):
    ops = client.sign_in("ops")
    with lived.transactions.begin() as store:
        booked = store.ledger.balance(lived.operator_id, BANK, "EUR")
    assert steps(lived)[BANKED].state is StepState.NOTHING
    send(ops, camt(booked, [Line(NOW.date(), -800, "Rent")], NOW.date()))
    assert "Statements are missing" in steps(lived)[BANKED].text
    last = JUNE.replace(day=30)
    send(ops, camt(booked - 800, [], last))
    step = steps(lived)[BANKED]
    assert step.state is StepState.OPEN and "1 line" in step.text


def addressed(client, path):
    """The months and days in the links and forms of a page."""
    found = re.findall(r'(?:href|action|value)="([^"]*)"', client.get(path).text)
    return {one for text in found for one in re.findall(r"20\d\d-\d\d(?:-\d\d)?", text)}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"])
def test_links_of_a_months_pages_name_that_month_in_every_time_zone(lived, client, zone):
    """East of Greenwich, June begins on 31 May of UTC: no link, form or file may take that for its name."""
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), zone=zone))
    ops, lived.clock.at = client.sign_in("ops"), datetime(2026, 7, 3, 15, tzinfo=UTC)
    assert addressed(ops, MONTH) == {"2026-05", "2026-06", "2026-07", "2026-06-01", "2026-06-30"}
    assert f'action="{MONTH}/close"' in ops.get(MONTH).text and "Jul" in ops.get(f"{MONTH[:-2]}07").text
    assert addressed(ops, "/console/ledger") >= {"2026-06", "2026-07"} and f'action="{MONTH}/close"' in ops.get("/console/ledger").text
    assert addressed(ops, "/console/ledger/vat?month=2026-06") == {"2026-05", "2026-06", "2026-07"}
    for report, name in (("ledger/vat", "vat"), ("earnings", "earnings")):
        file = ops.get(f"/console/{report}?month=2026-06&form=csv")
        assert f"{name}-2026-06" in file.headers["content-disposition"] and "2026-05" not in file.text
    for report in ("earnings", "availability", "chargers/CP-01/history"):
        assert re.findall(r'value="([^"]*)" selected', ops.get(f"/console/{report}?month=2026-06").text)[0] == "2026-06"
    assert "availability-2026-06" in ops.get("/console/availability?month=2026-06&form=csv").headers["content-disposition"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles"])
def test_the_statement_run_shown_is_that_of_the_month_in_every_time_zone(scene, zone):
    run = Run(UUID(int=1), scene.operator_id, StatementRun.name, "2026-06", JULY, 1, done=1, failed=0, finished_at=JULY)
    with scene.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(scene.operator_id), zone=zone))
        store.job_runs.put(run)
    assert steps(scene)[ACCOUNTS].state is StepState.DONE


def test_an_accrual_links_to_its_document_and_counts_in_the_earnings_of_its_site(lived, client):
    with lived.transactions.begin() as store:
        document, month = store.documents.recent(lived.operator_id, 1)[0], operator_month(store, lived.operator_id, JUNE)
        before = monthly_earnings(store, lived.operator_id, month)[1][0]
        store.ledger.post_all(list(accrual_txns(document, month, "2026-06")))
        after = monthly_earnings(store, lived.operator_id, month)[1][0]
        entry = next(one for one in store.ledger.of_subject(document.id) if one.txn.key.startswith("accrual/"))
    assert after.net == before.net + document.net and after.vat == before.vat
    ops, at = client.sign_in("ops"), "/console/ledger/entries"
    assert "ACCRUED_REVENUE" in ops.get(f"{MONTH}/balances").text
    assert f'href="{at}/{entry.position}"' in ops.get(f"{at}?account=ACCRUED_REVENUE&currency={document.currency}&month=2026-06").text
    page = ops.get(f"{at}/{entry.position}").text
    assert "Accrued revenue of 2026-06" in page and document.number in page
    refused = ops.submit("/console/ledger/by-hand", **{"account-0": "ACCRUED_REVENUE", "debit-0": "1"})
    assert refused.status_code == 400
