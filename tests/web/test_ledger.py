"""The books in the console: what is owed by age, the journal, the DATEV batch."""

import csv
import io
import random
import re
import zipfile
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from forecourt.billing import document_number
from forecourt.drivers import PayBy
from forecourt.flows.billing import issue_account_statements
from forecourt.flows.desk import format_seal, seal_log
from forecourt.flows.paying import clear, mark_clearing_read, reconcile
from forecourt.kernel import DocumentId, DriverId, Money, PaymentId, Span
from forecourt.ledger import BANK, CLEARING, Account, AccountKind, Posting, Txn, receivable, revenue, vat
from forecourt.payments import ClearingLine, Dispute, DisputeState
from forecourt.web.frame.lists import csv_text
from forecourt.web.frame.remedies import remedy_link
from forecourt.web.queries.ledger_reports import debts_as_of, receivables
from forecourt.web.queries.overview import overview
from forecourt.web.queries.revenue import revenue_page
from forecourt.web.views.quote import PriceLine
from forecourt.wording import EN

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAYS = "start=2026-06-01&end=2026-06-30"


def test_receivables_sum_to_the_ledger_account(lived, client):
    with lived.transactions.begin() as store:
        owed = sum(one.minor for one in store.ledger.trial_balance(lived.operator_id) if one.account.name.startswith("DRIVER_RECEIVABLE"))
    rows = client.sign_in("ops").get("/console/ledger/receivables?form=csv").text.splitlines()[1:]
    assert owed > 0 and sum(round(float(row.split(",")[-1]) * 100) for row in rows) == owed
    assert "Aged receivables" in client.get("/console/ledger/receivables").text


def test_the_journal_has_every_posting_with_its_hash(lived, client):
    answer = client.sign_in("ops").get(f"/console/ledger/journal.csv?{DAYS}")
    with lived.transactions.begin() as store:
        postings = sum(len(one.txn.postings) for one in store.ledger.chain(lived.operator_id))
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 1 + postings and "REVENUE:energy" in answer.text


def test_an_entry_dated_outside_the_requested_days_is_not_in_their_journal(scene, client):
    account = receivable(DriverId(uuid4()))
    with scene.transactions.begin() as store:
        for key, days_ago in (("first", 5), ("dated-back", 40), ("last", 3)):
            moved(store, scene.operator_id, account, key, 1, days_ago)
    found = client.sign_in("ops").get(f"/console/ledger/journal.csv?{DAYS}").text
    kept = {row["key"].partition("/")[0] for row in csv.DictReader(io.StringIO(found))}
    assert {"first", "last"} <= kept and "dated-back" not in kept


def test_an_export_whose_end_lies_before_its_start_is_refused(lived, client):
    for path in ("journal.csv?", "datev?consultant=1001&client=1&chart=SKR04&"):
        answer = client.sign_in("ops").get(f"/console/ledger/{path}start=2026-06-30&end=2026-06-01")
        assert answer.status_code == 400 and "lies before" in answer.text


def test_the_datev_batch_can_be_downloaded(lived, client):
    answer = client.sign_in("ops").get(f"/console/ledger/datev?{DAYS}&consultant=1001&client=1&chart=SKR04")
    assert answer.content.startswith(b'"EXTF";700;21;') and b'"INV-2026-000003"' in answer.content
    assert 'filename="EXTF_Buchungsstapel_20260601_20260630_provisional.csv"' in answer.headers["content-disposition"]


def test_a_clearing_finding_is_listed_explained_by_staff_and_logged(lived, client):
    """From the first page to its payment; before the file was read nothing is said to fit."""
    ops = client.sign_in("ops")
    assert "Not read yet" in ops.get("/console/clearing").text
    line = ClearingLine("clr_9", PaymentId(uuid4()), Money(770, "EUR"), Money.zero("EUR"), NOON)
    with lived.transactions.begin() as store:
        clear(store, [line], NOON, lived.ids)
        mark_clearing_read(store, NOON, NOON)
        assert reconcile(store, NOON) == 1
    assert "1 finding in clearing." in ops.get("/console").text and "There is an open clearing finding." in ops.get("/console/ledger").text
    path = re.search(r'action="(/console/clearing/findings/[^"]+)"', ops.get("/console/clearing").text)[1]
    assert ops.submit(path, note=" ").status_code == 422 and ops.submit(path, note="Of the till.").status_code == 303
    shown = ops.get("/console/clearing").text
    assert "Everything matches" in shown and "Of the till." in shown and "ops@" in shown
    with lived.transactions.begin() as store:
        assert seal_log(store, lived.clock.now() + timedelta(hours=1))
        seal = store.log_seals.newest()
    log = ops.get("/console/audit").text
    assert "Sealed up to" in log and format_seal(seal) in log
    assert "Clearing finding explained" in log and 'href="/console/clearing">The processor&#39;s file</a>' in log
    assert "clr_9,PAYMENT" in ops.get(f"/console/clearing/rows.csv?{DAYS}").text


def test_a_datev_export_with_a_foreign_currency_asks_for_its_rate_and_names_omissions(lived, client):
    ops, query = client.sign_in("ops"), f"/console/ledger/datev?{DAYS}&consultant=1001&client=1&chart=SKR04"
    with lived.transactions.begin() as store:
        posting = Posting(receivable(lived.ada), CLEARING, Money(943, "CHF"))
        store.ledger.post(Txn("capture/chf", lived.operator_id, NOON, "in francs", uuid4(), (posting,)))
    asked = ops.get(query)
    assert "Some amounts in this period are not in euro." in asked.text and "CHF for one euro" in asked.text
    without, told = ops.get(f"{query}&decided=yes"), ops.get(f"{query}&decided=yes&rate-CHF=0,943")
    assert "_without_CHF_provisional" in without.headers["content-disposition"] and b"CHF" not in without.content.partition(b"\r\n")[2]
    assert b'9,43;"S";"CHF";0,943;10,00;"EUR"' in told.content and "without" not in told.headers["content-disposition"]
    assert ops.get(f"{query}&decided=yes&rate-CHF=x").status_code == 400


def test_a_month_is_closed_in_the_console_and_its_exports_are_final(lived, client):
    """Days of the operator's zone; what the processor tells later of June stands in July, and the VAT of both still agrees."""
    ops, journal, lived.clock.at = client.sign_in("ops"), f"/console/ledger/journal.csv?{DAYS}", datetime(2026, 7, 2, 0, 0, tzinfo=UTC)
    before = ops.get(journal)
    assert "provisional" in before.headers["content-disposition"] and "No month is closed yet" in ops.get("/console/ledger").text
    assert ops.submit("/console/ledger/months/2026-06/close").status_code == 303
    with lived.transactions.begin() as store:
        late = Txn("cleared/late", lived.operator_id, NOON, "late", uuid4(), (Posting(CLEARING, BANK, Money(7, "EUR")),))
        store.ledger.post(late)
    after = ops.get(journal)
    assert after.text == before.text and "provisional" not in after.headers["content-disposition"]
    assert "Closed up to June 2026" in ops.get("/console/ledger").text
    (row,) = csv.DictReader(io.StringIO(ops.get("/console/ledger/journal.csv?start=2026-07-01&end=2026-07-01").text))
    assert (row["at"], row["about"], row["key"]) == ("2026-07-01T00:00:00Z", "2026-06-15T12:00:00Z", "cleared/late")
    assert all("It differs" not in ops.get(f"/console/ledger/vat?month=2026-0{month}").text for month in (6, 7))


def test_datev_accounts_by_vat_rate_are_stored_and_used(lived, client):
    """Who looked before somebody changed them looks again; a rate without an account is refused as before."""
    ops, form = (
        client.sign_in("ops"),
        {"percent-0": "19", "tax-0": "", "revenue-0": "4400", "percent-1": "5,5", "tax-1": "3805", "seen": ""},
    )
    assert "is not an account" in ops.submit("/console/ledger/accounts", **{**form, "tax-1": "38x"}).text
    assert ops.submit("/console/ledger/accounts", **form).status_code == 303
    assert ops.submit("/console/ledger/accounts", **form).status_code == 409
    rows = [
        row.split(";") for row in ops.get(f"/console/ledger/datev?{DAYS}&consultant=1001&client=1&chart=SKR04").text.split("\r\n")[2:-1]
    ]
    with lived.transactions.begin() as store:
        net = -sum(one.minor for one in store.ledger.trial_balance(lived.operator_id) if one.account.kind is AccountKind.REVENUE)
    assert sum(int(row[0].replace(",", "")) * (1 if row[7] == "4400" else -1) for row in rows if "4400" in row[6:8]) == net
    assert not any("4200" in row[6:8] for row in rows)


def test_a_vat_rate_without_an_account_is_refused_with_a_link_to_set_it(lived, client):
    ops, tax = client.sign_in("ops"), Posting(receivable(lived.ada), vat(Decimal("5.5")), Money(10, "EUR"))
    with lived.transactions.begin() as store:
        store.ledger.post(Txn("odd/1", lived.operator_id, NOON, "odd", uuid4(), (Posting(tax.destination, tax.source, tax.amount),)))
    answer = ops.get(f"/console/ledger/datev?{DAYS}&consultant=1001&client=1&chart=SKR04")
    assert answer.status_code == 400 and "no number for VAT:5.5" in answer.text
    assert 'href="/console/ledger/accounts">Accounts by VAT rate</a>' in answer.text.partition('role="alert"')[2].partition("</div>")[0]


def test_a_bank_file_without_the_companys_iban_is_refused_with_a_link_to_enter_it(lived, client):
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), bank=""))
    day = lived.clock.now().date()
    answer = client.sign_in("ops").submit("/console/transfers", key=str(uuid4()), day=str(day))
    assert answer.status_code == 400 and 'href="/console/company">Company</a>' in answer.text.partition('role="alert"')[2]


@pytest.mark.parametrize("place", ["Company", "Ledger"])
def test_every_remedy_that_names_a_console_page_links_to_it(place):
    said = [
        text for path in Path("src/forecourt").rglob("*.py") for text in re.findall(rf'"[A-Z][^"]* under {place}\b[^"]*"', path.read_text())
    ]
    assert said and all(remedy_link(text)[0] for text in said)


def test_invalid_datev_settings_are_refused_with_an_explanation(lived, client):
    ops = client.sign_in("ops")
    assert ops.get(f"/console/ledger/datev?{DAYS}&consultant=5&client=1&chart=SKR04").status_code == 400
    assert ops.get(f"/console/ledger/datev?{DAYS}&consultant=1001&client=1&chart=SKR99").status_code == 400


def test_drivers_cannot_open_the_ledger(lived, client):
    assert client.sign_in("ada").get("/console/ledger/receivables").status_code in (302, 303, 403)


def moved(store, operator_id, account, key, minor, days_ago):
    """Put an amount on an account, or take one off it."""
    other, amount = (revenue("energy") if key != "capture" else CLEARING), Money(abs(minor), "EUR")
    posting = Posting(other, account, amount) if minor > 0 else Posting(account, other, amount)
    subject = uuid4()
    store.ledger.post(Txn(f"{key}/{subject}", operator_id, NOON - timedelta(days=days_ago), "test", subject, (posting,)))


def row_of(store, operator_id, account):
    name = account.part.partition("/")[0]
    return next(
        (one for one in receivables(store, operator_id, debts_as_of(store, operator_id, NOON)).found.rows if one.driver_id == name), None
    )


def test_a_statement_issued_today_is_not_overdue(scene):
    payer = receivable(DriverId(uuid4()))
    with scene.transactions.begin() as store:
        moved(store, scene.operator_id, payer, "statement", 50_000, 0)
        row = row_of(store, scene.operator_id, payer)
    assert [one.minor for one in row.ages] == [50_000, 0, 0, 0]


def test_a_debt_ages_from_its_due_date(scene):
    """Due after 14 days: what was issued 44 days ago is 30 days late, a day earlier it is 31."""
    on_time, late = receivable(DriverId(uuid4())), receivable(DriverId(uuid4()))
    with scene.transactions.begin() as store:
        moved(store, scene.operator_id, on_time, "document", 700, 44)
        moved(store, scene.operator_id, late, "document", 700, 45)
        rows = [row_of(store, scene.operator_id, one) for one in (on_time, late)]
    assert [[part.minor for part in row.ages[:2]] for row in rows] == [[700, 0], [0, 700]]


def test_a_reversed_top_up_ages_from_its_reversal(scene):
    overdrawn = Account(AccountKind.DRIVER_RECEIVABLE, f"{uuid4()}/wallet")
    with scene.transactions.begin() as store:
        moved(store, scene.operator_id, overdrawn, "dispute", 2_000, 40)
        row = row_of(store, scene.operator_id, overdrawn)
    assert [one.minor for one in row.ages] == [0, 2_000, 0, 0]


def ages_by_paying_the_oldest(debts, paid):
    """The second way: what was paid eats the debts from the oldest on."""
    classes = [0, 0, 0, 0]
    for days_late, minor in debts:
        eaten = min(paid, minor)
        paid -= eaten
        classes[sum(days_late > end for end in (30, 60, 90))] += minor - eaten
    return classes, paid


@pytest.mark.parametrize("seed", range(40))
def test_age_columns_apply_payments_to_the_oldest_debts_and_sum_to_the_ledger(scene, seed):
    chance, account = random.Random(seed), receivable(DriverId(uuid4()))
    debts, paid = [], 0
    with scene.transactions.begin() as store:
        for days_ago in sorted((chance.randrange(200) for _ in range(chance.randrange(1, 12))), reverse=True):
            key = chance.choice(["document", "statement", "dunning", "capture"])
            minor = chance.randrange(1, 5_000)
            debts += [] if key == "capture" else [(days_ago - (0 if key == "dunning" else 14), minor)]
            paid += minor if key == "capture" else 0
            moved(store, scene.operator_id, account, key, -minor if key == "capture" else minor, days_ago)
        if paid > 1:
            moved(store, scene.operator_id, account, "refund", paid // 2, 0)
        row, balance = row_of(store, scene.operator_id, account), store.ledger.balance(scene.operator_id, account, "EUR")
    classes, credit = ages_by_paying_the_oldest(debts, paid - paid // 2)
    shown = [*(one.minor for one in row.ages), row.credit.minor] if row else [0, 0, 0, 0, 0]
    assert shown == [*classes, credit] and sum(classes) - credit == balance


def owed_by_the_journal(text):
    """The second way, by account: when each posting of the journal that is a debt fell due, in its order, and what was paid."""
    debts, paid = defaultdict(list), Counter()
    for row in csv.DictReader(io.StringIO(text)):
        minor, days = int(Decimal(row["amount"]) * 100), 0 if row["key"].startswith("dunning") else 14
        debts[row["debit_account"]] += [(datetime.fromisoformat(row["at"]) + timedelta(days=days), minor)]
        paid[row["credit_account"]] += minor
    return {name: (debts[name], paid[name]) for name in {*debts, *paid} if name.startswith("DRIVER_RECEIVABLE")}


@pytest.mark.parametrize("seed", range(6))
def test_receivables_of_a_past_day_equal_the_journal_up_to_it(scene, client, seed):
    """Whatever was posted since, into the middle of the ledger too; and the file adds up to the account in the trial balance."""
    chance, ops, drivers = random.Random(seed), client.sign_in("ops"), [receivable(DriverId(uuid4())) for _ in range(4)]
    with scene.transactions.begin() as store:
        for _ in range(60):
            key = chance.choice(["document", "document", "statement", "dunning", "capture"])
            minor, days_ago = chance.randrange(1, 5_000), chance.randrange(170)
            moved(store, scene.operator_id, chance.choice(drivers), key, -minor if key == "capture" else minor, days_ago)
    for day in (date(2026, 1, 10), date(2026, 4, 30), date(2026, 5, 30)):
        journal = owed_by_the_journal(ops.get(f"/console/ledger/journal.csv?start=2025-12-01&end={day}").text)
        end, wanted = datetime.combine(day + timedelta(days=1), time(0), ZoneInfo("Europe/Berlin")), Counter()
        for debts, paid in journal.values():
            classes, credit = ages_by_paying_the_oldest([((end - due) / timedelta(days=1), minor) for due, minor in debts], paid)
            wanted[*classes, credit] += any(classes) or credit > 0
        rows = csv.DictReader(io.StringIO(ops.get(f"/console/ledger/receivables?form=csv&day={day}").text))
        names = ("up_to_30_days", "up_to_60_days", "up_to_90_days", "older", "credit", "balance")
        found = [tuple(int(Decimal(row[name]) * 100) for name in names) for row in rows]
        assert Counter(one[:5] for one in found) == +wanted
        balances = csv.DictReader(io.StringIO(ops.get(f"/console/ledger/months/{day:%Y-%m}/balances?form=csv").text))
        closing = [int(Decimal(row["closing"]) * 100) for row in balances if row["account"] == "DRIVER_RECEIVABLE"]
        assert day != date(2026, 4, 30) or closing == [sum(one[5] for one in found)]


def test_receivables_of_a_closed_month_do_not_change_and_are_marked_final(scene, client):
    ops, account, scene.clock.at = client.sign_in("ops"), receivable(DriverId(uuid4())), datetime(2026, 7, 2, 12, tzinfo=UTC)
    with scene.transactions.begin() as store:
        moved(store, scene.operator_id, account, "document", 700, 20)
    path = "/console/ledger/receivables?day=2026-06-30"
    assert "receivables-2026-06-30-provisional.csv" in ops.get(f"{path}&form=csv").headers["content-disposition"]
    ops.submit("/console/ledger/months/2026-06/close")
    before = ops.get(f"{path}&form=csv")
    with scene.transactions.begin() as store:
        moved(store, scene.operator_id, account, "capture", -700, 1)
    after = ops.get(f"{path}&form=csv")
    assert after.text == before.text and '"receivables-2026-06-30.csv"' in after.headers["content-disposition"]
    assert "7.00" in ops.get(path).text and "Nothing is owed" in ops.get("/console/ledger/receivables").text
    assert path.replace("&", "&amp;") in ops.get("/console/ledger/months/2026-06").text


@pytest.mark.parametrize("day", ["2026-06-16", "soon", "2026-02-30"])
def test_receivables_of_a_future_day_are_refused(scene, client, day):
    answer = client.sign_in("ops").get(f"/console/ledger/receivables?day={day}")
    assert answer.status_code == 400 and "day to show" in answer.text


def test_days_of_the_ledger_begin_at_midnight_in_the_operators_zone(lived, client):
    """23:30 UTC of the 15th is the 16th in Berlin, and the 15th in Los Angeles."""
    at = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)
    account, subject = receivable(DriverId(uuid4())), uuid4()
    for zone, day in (("Europe/Berlin", "16"), ("America/Los_Angeles", "15")):
        with lived.transactions.begin() as store:
            store.stations.put_operator(replace(store.stations.operator(lived.operator_id), zone=zone))
            store.ledger.post(Txn("late", lived.operator_id, at, "late", subject, (Posting(revenue("energy"), account, Money(1, "EUR")),)))
        found = client.sign_in("ops").get(f"/console/ledger/journal.csv?start=2026-06-{day}&end=2026-06-{day}").text
        assert "late" in {row["key"] for row in csv.DictReader(io.StringIO(found))}


def documents_file(client):
    return list(csv.DictReader(io.StringIO(client.sign_in("ops").get("/console/documents?form=csv").text)))


def test_the_documents_csv_sums_to_the_ledger(lived, client):
    """Net to revenue, VAT to each rate's account, what is due to what the documents put on drivers' accounts."""
    rows = documents_file(client)
    with lived.transactions.begin() as store:
        posted = [one.txn for one in store.ledger.chain(lived.operator_id) if one.txn.key.startswith("document/")]
    entries = [entry for one in posted for entry in one.entries]

    def summed(column, rate=None):
        return sum((Decimal(row[column]) for row in rows if rate in (None, row["vat_percent"])), Decimal(0))

    def booked(kind):
        return sum(Decimal(entry.minor) for entry in entries if entry.account.kind is kind) / 100

    assert rows and summed("net") == -booked(AccountKind.REVENUE) and summed("vat") == -booked(AccountKind.VAT)
    assert summed("due") == booked(AccountKind.DRIVER_RECEIVABLE) and summed("gross") - summed("paid_by_partners") == summed("due")


def listed(client, query):
    return set(re.findall(r'href="/console/documents/((?:INV|CRN)-[0-9-]+)"', client.get(f"/console/documents?{query}").text))


def test_documents_are_filtered_by_kind_and_payment_state(lived, client):
    """Each state has the documents whose rows say so; a credited invoice leaves the others."""
    ops = client.sign_in("ops")
    with lived.transactions.begin() as store:
        first, second = (one.number for one in store.documents.of_driver(lived.ada)[:2])
    ops.submit(f"/console/documents/{first}/credit", how="whole", seen="0", amount="", reason="Wrong.")
    by_state = {row["number"]: row["paid"] for row in documents_file(client)}
    for state in ("paid", "open", "monthly", "credited"):
        assert listed(ops, f"state={state}") == {number for number, one in by_state.items() if one == state}
    assert listed(ops, "kind=credit-note") == {"CRN-2026-000001"} and "CRN-2026-000001" not in listed(ops, "kind=invoice")
    assert listed(ops, "kind=invoice&state=credited") == {first} and second in listed(ops, "kind=invoice&state=")


def test_a_document_is_overdue_from_its_due_day_on(lived, client):
    with lived.transactions.begin() as store:
        model = store.documents.of_driver(lived.ada)[0]
        parties = replace(model.content.parties, due_days=30, pays_by=PayBy.CARD)
        numbered = {"id": DocumentId(uuid4()), "number": document_number("INV", 2026, 9_003), "sequence": 9_003}
        store.documents.put(replace(model, content=replace(model.content, parties=parties), **numbered))
    for days, overdue in ((30, False), (31, True)):
        lived.clock.at = model.issued_at + timedelta(days=days, seconds=-1)
        ops = client.sign_in("ops")
        assert ("INV-2026-009003" in listed(ops, "state=overdue")) is overdue and "INV-2026-009003" in listed(ops, "state=open")


@pytest.mark.parametrize("query", ["kind=bill", "state=lost", "since=soon"])
def test_an_invalid_search_returns_no_documents_instead_of_all(lived, client, query):
    ops = client.sign_in("ops")
    for form in ("", "&form=csv"):
        answer = ops.get(f"/console/documents?{query}{form}")
        assert answer.status_code == 400 and "No search made" in answer.text and not listed(ops, query)
    answer = ops.get("/console/statements?state=monthly-ish")
    assert answer.status_code == 400 and "none of the choices" in answer.text


def test_statements_have_a_searchable_list_of_their_own(lived, client):
    """Which is searched in the same way."""
    with lived.transactions.begin() as store:
        driver = next(one.driver_id for one in store.documents.recent(lived.operator_id, 50) if one.driver_id != lived.ada)
        month = Span(lived.clock.now() - timedelta(days=1), lived.clock.now())
        (made,) = issue_account_statements(store, driver, month, lived.clock.now(), lived.ids)
    ops = client.sign_in("ops")
    answer = ops.get("/console/documents?kind=statement&state=open&q=acc&least=5", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/console/statements?q=acc&state=open"
    day = f"{made.issued_at:%Y-%m-%d}"
    for query, shown in (("q=acc&state=open", True), ("state=paid", False), ("state=overdue", False), (f"since={day}&until={day}", True)):
        assert (f"/console/statements/{made.number}" in ops.get(f"/console/statements?{query}").text) is shown
    lived.clock.at += timedelta(days=40)
    assert made.number in client.sign_in("ops").get("/console/statements?state=overdue").text


def test_more_documents_of_one_instant_than_a_page_holds_are_all_listed(lived, client):
    """1,200 documents of one second, as a month of memberships makes them: none is cut off, in the file or in the list."""
    with lived.transactions.begin() as store:
        before = len(store.documents.recent(lived.operator_id, 10_000))
        model = store.documents.recent(lived.operator_id, 1)[0]
        for sequence in range(5_001, 6_201):
            number = document_number(model.series, model.year, sequence)
            store.documents.put(replace(model, id=DocumentId(uuid4()), number=number, sequence=sequence))
        issued = store.documents.recent(lived.operator_id, 10_000)
        today = overview(store, lived.operator_id, model.issued_at)
        page = revenue_page(store, store.stations.site(lived.site_id), 7, model.issued_at)
    assert today.invoiced == (sum((one.gross for one in issued), Money.zero("EUR")),)
    assert page.net == sum((one.net for one in issued), Money.zero("EUR"))
    assert len({row["number"] for row in documents_file(client)}) == before + 1_200
    seen, path = set(), "/console/documents"
    while path:
        text = client.get(path).text
        seen |= set(re.findall(r'href="/console/documents/(INV-[0-9-]+)"', text))
        earlier = re.search(r'rel="next" href="([^"]+)"', text)
        path = earlier and unescape(earlier[1])
    assert len(seen) == before + 1_200


def test_csv_cells_that_begin_like_formulas_are_escaped():
    assert csv_text([["", "=1+1", "-x", "a", Decimal("-4.90")]]) == ",'=1+1,'-x,a,-4.90\r\n"


def test_a_credited_invoice_counts_as_credited_and_its_note_reduces_the_totals(lived, client):
    with lived.transactions.begin() as store:
        invoice, before = store.documents.of_driver(lived.ada)[0], overview(store, lived.operator_id, lived.clock.now())
    client.sign_in("ops").submit(f"/console/documents/{invoice.number}/credit", how="whole", seen="0", amount="", reason="Wrong.")
    with lived.transactions.begin() as store:
        today = overview(store, lived.operator_id, lived.clock.now())
    assert today == replace(before, invoiced=(before.invoiced[0] - invoice.gross,), alarms=today.alarms)
    states = {row["number"]: row["paid"] for row in documents_file(client)}
    assert states[invoice.number] == states["CRN-2026-000001"] == "credited"
    receipts = client.sign_in("ada").get("/receipts").text
    assert "Credit note, " in receipts and f"-{EN.money(invoice.gross)}" in receipts


def test_a_quote_states_whether_its_lines_include_vat():
    line, tax, net = PriceLine("Energy", "", "", Money(1190, "EUR"), ""), Money(190, "EUR"), Money(1000, "EUR")
    held, added = EN.tax_words(tax, [line], Money(1190, "EUR")), EN.tax_words(tax, [replace(line, amount=net)], Money(1190, "EUR"))
    assert (held, added) == ("VAT, included above", "VAT")


def test_the_receipt_of_a_membership_fee_states_its_period(lived, client):
    with lived.transactions.begin() as store:
        model = store.documents.of_driver(lived.ada)[0]
        month = replace(model.content, period=Span(NOON, NOON + timedelta(days=30)))
        store.documents.put(
            replace(model, id=DocumentId(uuid4()), number=document_number("INV", 2026, 9_001), sequence=9_001, content=month)
        )
    assert "Mon 15 Jun 2026 to Wed 15 Jul 2026" in client.sign_in("ada").get("/receipts/INV-2026-009001").text


def test_the_evidence_for_a_disputed_statement_contains_each_of_its_bills(lived, client):
    with lived.transactions.begin() as store:
        driver = next(one.driver_id for one in store.documents.recent(lived.operator_id, 50) if one.driver_id != lived.ada)
        store.drivers.put_driver(replace(store.drivers.driver(driver), payment_method="pm_x"))
        bill = store.documents.of_driver(driver)[0]
        place = replace(bill.content.place, evse_label="=HYPERLINK(1)")
        numbered = {"id": DocumentId(uuid4()), "number": document_number("INV", 2026, 9_002), "sequence": 9_002}
        store.documents.put(replace(bill, content=replace(bill.content, place=place), **numbered))
        store.documents.put_files(numbered["id"], store.documents.files(bill.id))
        month = Span(lived.clock.now() - timedelta(days=1), lived.clock.now())
        (stated,) = issue_account_statements(store, driver, month, lived.clock.now(), lived.ids)
        (payment,) = store.payments.of_document(stated.id)
        told = ("dp_9", lived.operator_id, payment.id, driver, stated.due, Money.zero("EUR"), "fraudulent", DisputeState.NEEDS_ANSWER)
        store.disputes.put(Dispute(*told, lived.clock.now(), lived.clock.now()))
    page = client.sign_in("ops").get("/console/disputes").text
    assert f'href="/console/statements/{stated.number}"' in page
    assert "The payment is disputed." in client.get(f"/console/documents/{bill.number}").text
    bundle = zipfile.ZipFile(io.BytesIO(client.get("/console/disputes/dp_9.zip").content))
    bills = [f"{line.number}/{name}" for line in stated.lines for name in (f"{line.number}.pdf", "charge.csv", "meter.csv")]
    assert bundle.namelist() == ["payment.json", f"{stated.number}.csv", *bills]
    assert ",'=HYPERLINK(1)," in bundle.read(f"{stated.number}.csv").decode(), "text, whoever opens it in a spreadsheet"
