"""Monthly statements: one statement and one payment a payer, each document on exactly one, also after crashes and repeated runs."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from forecourt.billing import AccountStatement, Invoice
from forecourt.drivers import Account, Driver, GroupMember, PayBy, Role, Token, TokenKind
from forecourt.flows.billing import StatementRun, credit_invoice, set_payer
from forecourt.flows.desk import Staff, tax_countries
from forecourt.flows.paying import collect, collect_payment, outstanding, payment_progress_of
from forecourt.flows.paying.payables import correctable_taxes, corrected_taxes
from forecourt.flows.ports import AppliedCredit, DocumentSearch, PageRequest, Transactions
from forecourt.flows.prices import leave_group
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.jobs.invoice_view import view_of
from forecourt.kernel import BadInput, DriverId, Ids, Money, SiteId, TokenUid
from forecourt.ledger import CLEARING, Posting, Txn, receivable, verify_chain, wallet
from forecourt.payments import PaymentStatus, Rejected, tax_contained
from forecourt.store import PostgresTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, SITE, C, MoneyWorld, yes
from stores import both_stores

END = NOON + timedelta(hours=2)
JULY = datetime.fromisoformat("2026-07-01T04:00:00+02:00")
FLEET = DriverId(UUID(int=30))


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Month:
    def __init__(self, transactions: Transactions) -> None:
        self.world, self.clock = MoneyWorld(transactions).build(), Clock(JULY)
        self._number = 0

    def billed(self, driver: DriverId = ACCOUNT_DRIVER, at: datetime = END) -> Invoice:
        self._number += 1
        made = self.world.billed(self.world.ended((C, 60, 10_000), driver=driver, number=self._number), at)
        assert made is not None
        with self.world.transactions.begin() as store:
            collect_payment(store, made.id, at, self.world.ids)
        return made

    def runs(self, *kinds: object) -> None:
        job = CalendarRuns(self.world.transactions, self.clock, self.world.ids, kinds or (StatementRun(),))  # type: ignore[arg-type]
        while job.run_due_batches():
            pass

    def statement(self, payer: DriverId) -> AccountStatement:
        with self.world.transactions.begin() as store:
            return store.statements.of_driver(payer)[0]

    def owed(self, *drivers: DriverId) -> list[int]:
        with self.world.transactions.begin() as store:
            assert self.world.sum_is_zero(store)
            verify_chain(store.ledger.chain(OPERATOR))
            return [store.ledger.balance(OPERATOR, receivable(one), "EUR") for one in drivers]


@pytest.fixture
def month(any_transactions: Transactions) -> Month:
    return Month(any_transactions)


@both_stores
def test_a_month_on_account_is_one_statement_with_a_line_per_document_and_one_payment(month: Month) -> None:
    invoices = [month.billed() for _ in range(3)]
    month.billed(CARD_DRIVER)
    later = month.billed(at=JULY)
    month.runs()
    month.runs()
    with month.world.transactions.begin() as store:
        (statement,) = store.statements.page(OPERATOR).rows
        assert statement.number == "ACC-2026-000001" and statement.due == sum((one.due for one in invoices[1:]), invoices[0].due)
        assert [line.document_id for line in statement.lines] == [one.id for one in invoices]
        (payment,) = store.payments.of_document(statement.id)
        assert payment.pending_amount == statement.due
        assert store.statements.of_document(later.id) is None
        assert (
            all(not outstanding(store, one) for one in invoices) and collect(store, OPERATOR, JULY, month.world.ids) == 1
        )  # the later one
    month.world.deliver(JULY, yes)
    assert month.owed(ACCOUNT_DRIVER) == [0]


@both_stores
def test_credit_notes_are_deducted_from_the_statement_and_any_excess_is_refunded(month: Month) -> None:
    first, second = month.billed(), month.billed()
    with month.world.transactions.begin() as store:
        credit_invoice(store, first.id, "wrong meter", END, month.world.ids)
    month.runs()
    with month.world.transactions.begin() as store:
        (statement,) = store.statements.page(OPERATOR).rows
        assert len(statement.lines) == 3 and statement.due == second.due
        credit_invoice(store, second.id, "wrong meter", JULY, month.world.ids)
    month.world.deliver(JULY, yes)
    month.clock.at += timedelta(days=31)
    month.runs()
    third = month.billed(at=month.clock.at)
    month.clock.at += timedelta(days=31)
    month.runs()
    with month.world.transactions.begin() as store:
        new, old = store.statements.page(OPERATOR).rows
        assert [line.document_id for line in new.lines] == [third.id] and old == statement
        (paid,) = store.payments.of_document(old.id)
        assert paid.returning == second.due


@both_stores
def test_an_unpaid_statement_is_dunned_as_one_debt(month: Month) -> None:
    month.billed(), month.billed()
    month.runs()
    month.world.deliver(JULY, lambda item, at: Rejected("insufficient_funds"))
    with month.world.transactions.begin() as store:
        (case,) = store.dunning.of_driver(ACCOUNT_DRIVER)
        (statement,) = store.statements.page(OPERATOR).rows
    assert case.number == statement.number and case.owed == statement.due and case.level == 1


def test_the_tax_of_a_statement_is_that_of_its_documents_less_credit_notes(month: Month) -> None:
    invoices = [month.billed() for _ in range(3)]
    with month.world.transactions.begin() as store:
        credit_invoice(store, invoices[0].id, "broken display", END, month.world.ids)
    month.runs()
    with month.world.transactions.begin() as store:
        (statement,) = store.statements.page(OPERATOR).rows
        (tax,) = correctable_taxes(store, statement)
    assert (tax.gross, tax.tax) == (statement.due, invoices[1].content.tax + invoices[2].content.tax)


def test_writing_off_a_statement_corrects_only_the_tax_of_countries_that_allow_it_at_once(month: Month) -> None:
    """Of two equal bills one was charged in Berlin, the other in the Netherlands, where the law asks for more: half is corrected."""
    invoices, abroad = [month.billed() for _ in range(2)], SiteId(UUID(int=31))
    month.runs()
    with month.world.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(SITE), id=abroad, slug="abroad", country="NL"))
        there = replace(invoices[0].content, site_id=abroad)
        (statement,), documents = store.statements.page(OPERATOR).rows, {one.id: one for one in invoices}
        documents[invoices[0].id] = replace(invoices[0], content=there)
        taxes = corrected_taxes([AppliedCredit(one, one.due) for one in documents.values()], tax_countries(store, OPERATOR))
    (lost,) = [tax for account, tax in tax_contained(taxes, statement.due) if tax]
    assert lost == invoices[1].content.tax and sum(one.gross.minor for one in taxes) == statement.due.minor


def test_a_fleets_month_is_one_statement_that_its_payer_owes(month: Month) -> None:
    fleet(month)
    charged = [month.billed(), month.billed(FLEET)]
    month.runs()
    with month.world.transactions.begin() as store:
        (statement,) = store.statements.page(OPERATOR).rows
        assert statement.driver_id == FLEET and {line.driver for line in statement.lines} == {"Ben", "Fleet Ltd"}
    assert month.owed(ACCOUNT_DRIVER, FLEET) == [0, charged[0].due.minor + charged[1].due.minor]
    with month.world.transactions.begin() as store:
        credit_invoice(store, charged[0].id, "wrong meter", JULY, month.world.ids)
    month.clock.at += timedelta(days=31)
    month.runs()
    assert month.owed(ACCOUNT_DRIVER, FLEET) == [0, charged[1].due.minor], "its payer owes less"
    with month.world.transactions.begin() as store, pytest.raises(BadInput):
        set_payer(store, staff(month), "vans", "nobody@x.example")


def test_a_statement_run_killed_in_between_is_resumed_and_issues_one_statement_a_payer(transactions: PostgresTransactions) -> None:
    month = Month(transactions)
    drivers = [DriverId(UUID(int=2000 + number)) for number in range(60)]
    with transactions.begin() as store:
        for number, one in enumerate(drivers):
            store.drivers.put_driver(Driver(one, OPERATOR, f"D{number}", f"d{number}@x.example", "en", PayBy.ACCOUNT, "pm_x"))
    for one in drivers:
        month.billed(one)
    dying = Dying()
    for _ in range(50):
        try:
            month.runs(dying)
            break
        except Killed:
            continue
    with transactions.begin() as store:
        statements = store.statements.page(OPERATOR, PageRequest(limit=1000)).rows
        assert sorted(one.driver_id for one in statements) == drivers
        assert sorted(one.sequence for one in statements) == list(range(1, 61))
    assert dying.killed == 8


class Killed(BaseException):
    """As if the process had died before its commit."""


class Dying(StatementRun):
    """Dies at every thirteenth subject it works on, eight times."""

    def __init__(self) -> None:
        self.worked = self.killed = 0

    def work(self, store: object, run: object, subject: UUID, at: datetime, ids: Ids) -> None:
        super().work(store, run, subject, at, ids)  # type: ignore[arg-type]
        self.worked += 1
        if self.worked % 13 == 0 and self.killed < 8:
            self.killed += 1
            raise Killed


def staff(month: Month) -> Staff:
    return Staff(OPERATOR, "ops", month.clock.at, month.world.ids)


def fleet(month: Month, since: int = -24, until: int | None = None) -> None:
    """Ben is in it between two hours around noon."""
    with month.world.transactions.begin() as store:
        store.drivers.put_driver(Driver(FLEET, OPERATOR, "Fleet Ltd", "pay@fleet.example", "de", PayBy.ACCOUNT))
        store.drivers.put_account(Account(UUID(int=31), OPERATOR, "pay@fleet.example", Role.DRIVER, "", FLEET))
        ends = None if until is None else NOON + timedelta(hours=until)
        store.drivers.put_member(GroupMember(OPERATOR, "vans", ACCOUNT_DRIVER, NOON + timedelta(hours=since), ends))
    with month.world.transactions.begin() as store:
        set_payer(store, staff(month), "vans", "pay@fleet.example")


@both_stores
def test_an_invoice_that_a_fleet_pays_names_the_fleet_as_buyer_and_the_driver_who_charged(month: Month) -> None:
    """Otherwise the firm could not deduct the tax. A search for the driver finds it; the driver's own bills are unchanged."""
    alone = month.billed()
    fleet(month)
    billed = month.billed()
    parties = billed.content.parties
    assert (parties.buyer.name, parties.buyer.email, parties.user.name) == ("Fleet Ltd", "pay@fleet.example", "Ben")
    assert (alone.content.parties.buyer.name, alone.content.parties.used_by) == ("Ben", None)
    with month.world.transactions.begin() as store:
        assert len(store.documents.search(OPERATOR, DocumentSearch("ben"))) == 2
        assert len(store.documents.search(OPERATOR, DocumentSearch("fleet ltd"))) == 1
        printed = [view_of(one, payment_progress_of(store, one)) for one in (alone, billed)]
    assert [one["driver"] for one in printed] == [[], ["Ben", ""]] and printed[1]["buyer"]["name"] == "Fleet Ltd"


@pytest.mark.parametrize(("since", "until", "payer"), [(-1, 1, FLEET), (1, None, ACCOUNT_DRIVER), (-2, -1, ACCOUNT_DRIVER)])
def test_a_fleet_pays_only_charges_that_began_while_the_driver_belonged_to_it(
    month: Month, since: int, until: int | None, payer: DriverId
) -> None:
    """By when the charge began, in hours around noon; not by where the driver is when the month ends."""
    fleet(month, since, until)
    billed = month.billed()
    month.runs()
    with month.world.transactions.begin() as store:
        (statement,) = store.statements.page(OPERATOR).rows
    assert (statement.driver_id, statement.due) == (payer, billed.due)
    assert month.owed(payer) == [billed.due.minor]


@both_stores
def test_an_invoice_made_out_to_a_fleet_stays_on_its_statement_after_the_groups_payer_changes(month: Month) -> None:
    fleet(month)
    month.billed()
    with month.world.transactions.begin() as store:
        set_payer(store, staff(month), "vans", "")
    own = month.billed()
    month.runs()
    assert [month.statement(one).due for one in (FLEET, ACCOUNT_DRIVER)] == [own.due, own.due]


@pytest.mark.parametrize("pay_by", [PayBy.CARD, PayBy.WALLET])
def test_a_driver_who_leaves_a_fleet_pays_nothing_for_charges_begun_before_leaving(month: Month, pay_by: PayBy) -> None:
    """With open bills and a charge not billed yet: the firm pays for both, and the driver's own balance stays as it was."""
    fleet(month)
    waiting, running = month.billed(), month.world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=50)
    with month.world.transactions.begin() as store:
        ben = store.drivers.driver(ACCOUNT_DRIVER)
        store.drivers.put_account(Account(UUID(int=32), OPERATOR, "ben@x.example", Role.DRIVER, "", ben.id))
        leave_group(store, Staff(OPERATOR, "ops", NOON + timedelta(hours=1), month.world.ids), "ben@x.example", "vans")
        store.drivers.put_driver(replace(ben, pay_by=pay_by))
        on_balance = Posting(wallet(ben.id), CLEARING, Money(50_00, "EUR"))
        store.ledger.post(Txn("load", OPERATOR, NOON, "Top-up", ben.id, (on_balance,)))
    late = month.world.billed(running, END)
    assert late is not None and late.content.parties.pays_by is PayBy.ACCOUNT
    with month.world.transactions.begin() as store:
        assert not any(collect_payment(store, one.id, END, month.world.ids) for one in (waiting, late))
        assert not {waiting.id, late.id} & set(store.dunning.due(OPERATOR, JULY, 0, None, 9))
        assert payment_progress_of(store, late).status is PaymentStatus.ACCOUNT
    month.runs()
    assert [line.document_id for line in month.statement(FLEET).lines] == [waiting.id, late.id]
    assert month.owed(ACCOUNT_DRIVER, FLEET) == [0, waiting.due.minor + late.due.minor]


def test_each_statement_line_names_the_socket_and_the_card_with_a_masked_number(any_transactions: Transactions) -> None:
    """Later names change nothing: a statement stays as it was issued."""
    month, uid = Month(any_transactions), TokenUid("04A1B2C3")
    with month.world.transactions.begin() as store:
        store.drivers.put_token(Token(uid, OPERATOR, ACCOUNT_DRIVER, TokenKind.RFID, label="Van 7"))
        store.drivers.put_token(Token(TokenUid("APP77"), OPERATOR, ACCOUNT_DRIVER, TokenKind.APP))
    for number, shown in enumerate((uid, TokenUid("APP77"), None), start=71):
        month.world.billed(month.world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=number, token=shown), END)
    month.runs()
    with month.world.transactions.begin() as store:
        store.drivers.put_token(Token(uid, OPERATOR, ACCOUNT_DRIVER, TokenKind.RFID, label="Van 8"))
    assert [(line.socket, line.card) for line in month.statement(ACCOUNT_DRIVER).lines] == [
        ("B1", "Van 7 …B2C3"),
        ("B1", "App"),
        ("B1", ""),
    ]
