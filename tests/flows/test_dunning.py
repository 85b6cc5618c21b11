"""From a failed payment to the block and back: reminders, retries, transfers, credit notes and write-offs, on both stores."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest

from card_verdict import verdict
from forecourt.billing import Invoice
from forecourt.drivers import Token, TokenKind, token_uid
from forecourt.flows.billing import credit_invoice, decline_complaint, file_complaint
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment, outstanding, pay_now, record_transfer, refund, set_dunning_rules, write_off
from forecourt.flows.paying.pay import store_transition
from forecourt.flows.ports import Transactions
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.kernel import BadInput, Conflict, DriverId, Money, NotFound, PaymentId
from forecourt.ledger import BANK, WRITE_OFF, receivable, revenue, vat, verify_chain
from forecourt.payments import DunningCase, DunningLevel, DunningRules, Payer, Rejected, Unanswered, begin_charge
from forecourt.stations import Verdict
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, POOR_DRIVER, SITE, C, MoneyWorld, yes
from stores import both_stores

END = NOON + timedelta(hours=2)
DAY = timedelta(days=1)
FEE = Money(250, "EUR")
RULES = DunningRules((DunningLevel(0), DunningLevel(7, FEE), DunningLevel(14, FEE)), retry_days=(3, 10), blocks_from=3)


def no(item: object, at: object) -> Rejected:
    return Rejected("card_declined")


class Day:
    """The clock of the job."""

    def __init__(self) -> None:
        self.at = END

    def now(self):  # type: ignore[no-untyped-def]
        return self.at


class Debts:
    def __init__(self, transactions: Transactions) -> None:
        self.world = MoneyWorld(transactions).build()
        self.clock = Day()
        self.job = CalendarRuns(transactions, self.clock, self.world.ids)  # type: ignore[arg-type]
        with transactions.begin() as store:
            set_dunning_rules(store, self.staff(), RULES)
            store.drivers.put_token(Token(token_uid("CARDCY"), OPERATOR, POOR_DRIVER, TokenKind.RFID))

    def staff(self) -> Staff:
        return Staff(OPERATOR, "ops", self.clock.at, self.world.ids)

    def billed(self, driver: DriverId = POOR_DRIVER, number: int = 1, answer: object = no) -> Invoice:
        made = self.world.billed(self.world.ended((C, 60, 10_000), driver=driver, number=number), END)
        assert made is not None
        with self.world.transactions.begin() as store:
            collect_payment(store, made.id, END, self.world.ids)
        self.world.deliver(END, answer)
        return made

    def goes_on(self, days: int, answer: object = no) -> None:
        """The job of each day, and what the bank answers to what it asks."""
        for _ in range(days):
            self.clock.at += DAY
            while self.job.run_due_batches():
                pass
            self.world.deliver(self.clock.at, answer)

    def method(self, reference: str) -> None:
        with self.world.transactions.begin() as store:
            store.drivers.put_driver(replace(store.drivers.driver(POOR_DRIVER), payment_method=reference))

    def case(self, invoice: Invoice) -> DunningCase:
        with self.world.transactions.begin() as store:
            found = store.dunning.case(invoice.id)
        assert found is not None
        return found

    def verdict(self) -> Verdict:
        with self.world.transactions.begin() as store:
            return verdict(store, OPERATOR, "CARDCY", self.clock.at)

    def balances(self, *accounts: object) -> list[int]:
        with self.world.transactions.begin() as store:
            assert self.world.sum_is_zero(store)
            verify_chain(store.ledger.chain(OPERATOR))
            return [store.ledger.balance(OPERATOR, one, "EUR") for one in accounts]  # type: ignore[arg-type]


@pytest.fixture
def debts(any_transactions: Transactions) -> Debts:
    return Debts(any_transactions)


def test_a_failed_payment_is_dunned_and_retried_and_blocks_the_driver_until_paid(debts: Debts) -> None:
    invoice = debts.billed()
    assert debts.case(invoice).level == 1 and debts.verdict() is Verdict.ACCEPTED
    debts.goes_on(13)
    with debts.world.transactions.begin() as store:
        assert len(store.payments.of_document(invoice.id)) == 3  # the first, and a retry on the 3rd and the 10th day
    assert debts.case(invoice).level == 2 and debts.verdict() is Verdict.ACCEPTED
    debts.goes_on(1)
    assert debts.case(invoice).blocks and debts.verdict() is Verdict.NO_CREDIT
    owed = invoice.due + FEE + FEE
    assert debts.balances(receivable(POOR_DRIVER), revenue("dunning")) == [owed.minor, -500]
    with debts.world.transactions.begin() as store:
        asked = pay_now(store, POOR_DRIVER, invoice.id, debts.clock.at, debts.world.ids)
        assert asked.pending_amount == owed
    assert debts.verdict() is Verdict.NO_CREDIT
    debts.world.deliver(debts.clock.at, yes)
    assert debts.verdict() is Verdict.ACCEPTED and debts.case(invoice).outcome == "paid"
    assert debts.balances(receivable(POOR_DRIVER)) == [0]


def test_a_successful_payment_retry_closes_the_dunning_case(debts: Debts) -> None:
    invoice = debts.billed()
    debts.goes_on(3, yes)
    assert debts.case(invoice).outcome == "paid" and debts.balances(receivable(POOR_DRIVER), revenue("dunning")) == [0, 0]
    debts.goes_on(20)
    assert debts.case(invoice).level == 1


def test_dunning_pauses_while_the_result_of_a_payment_is_unknown(debts: Debts) -> None:
    invoice = debts.billed()
    debts.goes_on(3, lambda item, at: Unanswered("timeout"))
    with debts.world.transactions.begin() as store:
        before = store.payments.of_document(invoice.id)
        with pytest.raises(Conflict):
            pay_now(store, POOR_DRIVER, invoice.id, debts.clock.at, debts.world.ids)
    debts.goes_on(20, lambda item, at: Unanswered("timeout"))
    with debts.world.transactions.begin() as store:
        assert len(store.payments.of_document(invoice.id)) == len(before) == 2
    assert debts.case(invoice).level == 1
    debts.goes_on(1, yes)
    assert debts.case(invoice).outcome == "paid" and debts.balances(receivable(POOR_DRIVER)) == [0]


@both_stores
def test_dunning_pauses_while_a_complaint_is_open_and_then_goes_on_one_step_at_a_time(debts: Debts) -> None:
    invoice = debts.billed()
    with debts.world.transactions.begin() as store:
        made = file_complaint(store, invoice, "It broke off.", END, debts.world.ids)
    debts.goes_on(30)
    with debts.world.transactions.begin() as store:
        assert len(store.payments.of_document(invoice.id)) == 1
    assert debts.case(invoice).level == 1 and debts.verdict() is Verdict.ACCEPTED
    with debts.world.transactions.begin() as store:
        decline_complaint(store, debts.staff(), made.id, "The meter says 10 kWh.")
    debts.goes_on(1)
    assert debts.case(invoice).level == 2
    debts.goes_on(3)
    assert debts.case(invoice).level == 2, "a driver has the days between two levels, too"


def test_an_overdue_invoice_is_charged_to_a_newly_stored_card_before_the_first_reminder(debts: Debts) -> None:
    debts.method("")
    invoice = debts.billed()
    debts.goes_on(13)
    debts.method("pm_new")
    debts.goes_on(2)
    assert debts.case(invoice).level == 1
    with debts.world.transactions.begin() as store:
        assert len(store.payments.of_document(invoice.id)) == 1


def test_an_overdue_invoice_without_a_stored_card_is_dunned_at_once(debts: Debts) -> None:
    debts.method("")
    invoice = debts.billed()
    debts.goes_on(15)
    assert debts.case(invoice).level == 1 and debts.case(invoice).since == END + 14 * DAY


def test_a_bank_transfer_settles_the_debt_and_cannot_be_refunded_to_a_card(debts: Debts) -> None:
    invoice = debts.billed()
    debts.goes_on(14)
    with debts.world.transactions.begin() as store, pytest.raises(BadInput):
        record_transfer(store, debts.staff(), invoice.id, " ")
    with debts.world.transactions.begin() as store:
        payment = record_transfer(store, debts.staff(), invoice.id, "SEPA 4711")
    assert payment.taken == invoice.due + FEE + FEE and debts.verdict() is Verdict.ACCEPTED
    assert debts.balances(receivable(POOR_DRIVER), BANK) == [0, payment.taken.minor]
    with debts.world.transactions.begin() as store:
        with pytest.raises(Conflict):
            record_transfer(store, debts.staff(), invoice.id, "SEPA 4711")
        with pytest.raises(Conflict):
            refund(store, payment.id, payment.taken, "", debts.clock.at, debts.world.ids)
        assert any(one.action == "payment.transfer" for one in store.audit.recent())


def test_a_credit_note_cancels_the_reminder_fees(debts: Debts) -> None:
    invoice = debts.billed()
    debts.goes_on(14)
    with debts.world.transactions.begin() as store:
        credit_invoice(store, invoice.id, "the meter was wrong", debts.clock.at, debts.world.ids)
    assert debts.case(invoice).outcome == "credited" and debts.verdict() is Verdict.ACCEPTED
    assert debts.balances(receivable(POOR_DRIVER), revenue("dunning")) == [0, 0]


def test_a_written_off_debt_is_a_loss_and_is_not_collected_again(debts: Debts) -> None:
    invoice = debts.billed()
    debts.goes_on(14)
    with debts.world.transactions.begin() as store:
        gone = write_off(store, debts.staff(), invoice.id, "insolvent")
        assert not outstanding(store, invoice)
        with pytest.raises(Conflict):
            write_off(store, debts.staff(), invoice.id, "insolvent")
        with pytest.raises(Conflict):
            pay_now(store, POOR_DRIVER, invoice.id, debts.clock.at, debts.world.ids)
    tax = invoice.content.tax.minor
    assert debts.balances(receivable(POOR_DRIVER), WRITE_OFF, vat(Decimal(19))) == [0, gone.minor - tax, 0]
    assert debts.verdict() is Verdict.ACCEPTED


def given_up(debts: Debts) -> tuple[Invoice, Money]:
    invoice = debts.billed()
    debts.goes_on(14)
    with debts.world.transactions.begin() as store:
        return invoice, write_off(store, debts.staff(), invoice.id, "insolvent")


def comes(debts: Debts, invoice: Invoice, part: Money | None = None) -> None:
    with debts.world.transactions.begin() as store:
        record_transfer(store, debts.staff(), invoice.id, "SEPA 4712", part)


def test_a_partial_payment_of_an_open_debt_or_a_payment_of_zero_is_refused(debts: Debts) -> None:
    """An open debt is paid as a whole; a written-off one by any amount above zero."""
    open_debt = debts.billed()
    debts.goes_on(14)
    with pytest.raises(BadInput, match="owed"):
        comes(debts, open_debt, Money(1, "EUR"))
    with debts.world.transactions.begin() as store:
        write_off(store, debts.staff(), open_debt.id, "insolvent")
    with pytest.raises(BadInput, match="not part"):
        comes(debts, open_debt, Money(0, "EUR"))
    assert debts.balances(BANK) == [0]


def test_a_payment_after_a_write_off_pays_fees_first_and_its_share_of_tax_is_owed_again(debts: Debts) -> None:
    """Two reminders' fees of 2.50 bear no tax; of what else comes each cent bears its share, and all of it the whole tax."""
    invoice, gone = given_up(debts)
    fees, tax = 2 * FEE.minor, invoice.content.tax.minor
    accounts = (receivable(POOR_DRIVER), BANK, WRITE_OFF, vat(Decimal(19)))
    comes(debts, invoice, Money(fees, "EUR"))
    assert debts.balances(*accounts) == [0, fees, gone.minor - tax - fees, 0]
    comes(debts, invoice, Money(119, "EUR"))
    assert debts.balances(*accounts) == [0, fees + 119, gone.minor - tax - fees - 100, -19]
    with pytest.raises(BadInput, match="written off"):
        comes(debts, invoice, gone)
    assert debts.case(invoice).outcome == "written off"
    comes(debts, invoice)
    assert debts.balances(*accounts) == [0, gone.minor, 0, -tax] and debts.case(invoice).outcome == "paid"
    with pytest.raises(Conflict, match="is paid"):
        comes(debts, invoice)


def test_crediting_a_written_off_invoice_corrects_its_tax_once(debts: Debts) -> None:
    invoice, _ = given_up(debts)
    comes(debts, invoice, Money(300, "EUR"))
    with debts.world.transactions.begin() as store:
        credit_invoice(store, invoice.id, "the meter was wrong", debts.clock.at, debts.world.ids)
    assert debts.balances(receivable(POOR_DRIVER), WRITE_OFF, vat(Decimal(19)), revenue("dunning")) == [-300, 0, 0, 0]


@pytest.mark.parametrize("seed", range(8))
def test_a_written_off_debt_paid_in_full_in_any_parts_leaves_no_loss(debts: Debts, seed: int) -> None:
    chance, (invoice, gone) = Random(seed), given_up(debts)
    left = gone.minor
    while left:
        part = min(left, chance.randrange(1, 1 + gone.minor // 3))
        comes(debts, invoice, Money(part, "EUR"))
        left -= part
    assert debts.balances(receivable(POOR_DRIVER), BANK, WRITE_OFF, vat(Decimal(19))) == [0, gone.minor, 0, -invoice.content.tax.minor]


def test_in_countries_with_stricter_bad_debt_rules_the_tax_of_a_write_off_stays_owed(debts: Debts) -> None:
    invoice = debts.billed()
    debts.goes_on(14)
    with debts.world.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(SITE), country="FR"))
        gone = write_off(store, debts.staff(), invoice.id, "insolvent")
    assert debts.balances(WRITE_OFF, vat(Decimal(19))) == [gone.minor, -invoice.content.tax.minor]


def test_a_debt_of_another_driver_or_operator_is_not_found(debts: Debts) -> None:
    invoice = debts.billed()
    with debts.world.transactions.begin() as store, pytest.raises(NotFound):
        pay_now(store, ACCOUNT_DRIVER, invoice.id, debts.clock.at, debts.world.ids)
    with debts.world.transactions.begin() as store, pytest.raises(NotFound):
        stranger = Staff(type(OPERATOR)(int=77), "ops", END, debts.world.ids)  # type: ignore[call-arg]
        record_transfer(store, stranger, invoice.id, "x")


def test_a_partly_paid_debt_leaves_the_rest_owed_and_the_case_open(debts: Debts) -> None:
    invoice = debts.billed()
    part = begin_charge(Payer(OPERATOR, POOR_DRIVER, "pm_1"), PaymentId(UUID(int=99)), invoice.id, None, Money(1, "EUR"), END)
    with debts.world.transactions.begin() as store:
        store_transition(store, part, END, debts.world.ids)
    debts.world.deliver(END, yes)
    assert debts.case(invoice).open and debts.balances(receivable(POOR_DRIVER)) == [invoice.due.minor - 1]
    with debts.world.transactions.begin() as store:
        assert outstanding(store, invoice) == invoice.due - Money(1, "EUR")
