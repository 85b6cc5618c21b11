"""A refund that is rejected or returned days later: the amount is owed to the payer until it is paid another way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.flows.answers import receive_payment_event
from forecourt.flows.billing import (
    Credited,
    CreditRequest,
    TransferRequest,
    issue_credit_note,
    make_transfer_file,
    pending_transfers,
    retry_card_refund,
)
from forecourt.flows.desk import Staff
from forecourt.flows.paying import apply_dispute, clear, mark_paid_back, mark_payback_returned, payable_paybacks, reconcile
from forecourt.flows.paying.pay import store_transition
from forecourt.flows.ports import OutboxItem, Transactions
from forecourt.kernel import BadInput, Conflict, Money, PaymentId
from forecourt.ledger import BANK, CLEARING, receivable
from forecourt.notices import NoticeKind
from forecourt.payments import (
    Answer,
    ClearingLine,
    DisputeRecord,
    DisputeState,
    Payback,
    Payment,
    ProcessorEvent,
    ProcessorRecord,
    QueryPayment,
    Refund,
    Rejected,
    Unanswered,
    paid_by_transfer,
)
from forecourt.store import MemoryTransactions
from money_world import CARD_DRIVER, OPERATOR, MoneyWorld, yes
from stores import both_stores

from .test_money import END, bill_and_pay, held

TODAY = END.date()


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


class Desk(MoneyWorld):
    """A paid charge at a processor who remembers what it was asked: refused: says no to refunds; silent: does them and does not answer;
    away: does nothing."""

    refunded, bounced, told = 0, 0, 0
    refused = silent = away = False

    def open(self) -> "Desk":
        self.build()
        held(self)
        self.invoice = bill_and_pay(self)
        return self

    @property
    def by(self) -> Staff:
        return Staff(OPERATOR, "ops", END, self.ids)

    @property
    def payment(self) -> Payment:
        with self.transactions.begin() as store:
            return next(one for one in store.payments.of_document(self.invoice.id) if one.taken)

    def answer(self, item: OutboxItem, at) -> Answer | ProcessorRecord:  # type: ignore[no-untyped-def]
        if isinstance(item.work, QueryPayment):
            taken, zero = self.payment.taken, eur(0)
            back = eur(self.refunded)
            return ProcessorRecord(self.payment.id, "captured", "pay", zero, taken, back, END, bounced=eur(self.bounced))
        if self.away:
            return Unanswered("connection refused")
        if not isinstance(item.work, Refund) or self.refused:
            return Rejected("charge_closed")
        if self.refunded < item.work.already.minor + item.work.amount.minor:
            self.refunded += item.work.amount.minor
        return Unanswered("timeout") if self.silent else yes(item, at)

    def credits(self, minor: int, seen: int = 0) -> Credited:
        with self.transactions.begin() as store:
            return issue_credit_note(store, self.by, CreditRequest(self.invoice.id, seen, "broken display", amount=eur(minor)))

    def delivers(self, hours: int = 0) -> None:
        while self.deliver(END + timedelta(hours=hours), self.answer):
            pass

    def hears(self, times: int = 1) -> None:
        """News of a refund that failed, and the record behind it."""
        self.told += 1
        event = ProcessorEvent(f"evt_{self.told}", "refund_failed", self.payment.id, END)
        for _ in range(times):
            with self.transactions.begin() as store:
                receive_payment_event(store, event, END, self.ids)

    def bounces(self, minor: int) -> None:
        self.bounced += minor
        self.hears(2)
        self.delivers()

    def owed(self) -> list[Payback]:
        with self.transactions.begin() as store:
            return payable_paybacks(store, store.paybacks.waiting(OPERATOR))

    def books(self) -> tuple[int, int, int]:
        """What the driver owes us, what the processor does, and what is at the bank."""
        with self.transactions.begin() as store:
            assert self.sum_is_zero(store)
            return tuple(store.ledger.balance(OPERATOR, one, "EUR") for one in (receivable(CARD_DRIVER), CLEARING, BANK))  # type: ignore[return-value]


@pytest.fixture
def desk(any_transactions: Transactions) -> Desk:
    return Desk(any_transactions).open()


def test_a_refund_returned_by_the_payers_bank_is_owed_once_and_paid_by_transfer(desk: Desk) -> None:
    due, note = desk.invoice.due.minor, desk.credits(101).note
    desk.delivers()
    desk.bounces(101)
    desk.hears(3)
    desk.delivers()
    (owed,) = desk.owed()
    assert (owed.amount, owed.note_id) == (eur(101), note.id) and desk.books() == (-101, due, 0)
    with desk.transactions.begin() as store:
        told = [one.content for one in store.notices.of_driver(CARD_DRIVER).rows if one.kind is NoticeKind.REFUND_MISSED]
    assert [(one.number, one.amount) for one in told] == [(note.number, eur(101))]
    with desk.transactions.begin() as store:
        mark_paid_back(store, desk.by, owed.id, TODAY, "SEPA 7")
    assert desk.books() == (0, due, -101)
    rest = desk.credits(due - 101, seen=1)
    desk.delivers()
    assert rest.refunded == eur(due - 101) and desk.books() == (0, 101, -101)


def test_a_rejected_refund_is_owed_like_a_returned_one(desk: Desk) -> None:
    desk.refused = True
    note = desk.credits(101).note
    desk.delivers()
    assert [(one.amount, one.note_id) for one in desk.owed()] == [(eur(101), note.id)] and desk.books()[0] == -101


def test_a_refund_can_be_retried_on_the_card_after_every_rejection(desk: Desk) -> None:
    due = desk.invoice.due.minor
    desk.credits(101)
    desk.delivers()
    desk.bounces(101)
    for desk.refused in (True, True, False):
        (owed,) = desk.owed()
        with desk.transactions.begin() as store:
            retry_card_refund(store, desk.by, owed.id)
        assert desk.owed() == [] and desk.books()[0] == -101
        desk.delivers()
    assert desk.owed() == [] and desk.books() == (0, due - 101, 0)
    desk.bounces(101)
    assert [one.amount for one in desk.owed()] == [eur(101)] and desk.books() == (-101, due, 0)


def test_returned_refunds_are_owed_per_credit_note_up_to_its_amount(desk: Desk) -> None:
    notes = []
    for seen, minor in enumerate((100, 250, 70)):
        notes.append(desk.credits(minor, seen).note.id)
        desk.delivers()
    desk.bounces(250)
    assert [(one.note_id, one.amount.minor) for one in desk.owed()] == [(notes[1], 250)]
    desk.bounces(170)
    owed = {(one.note_id, one.amount.minor) for one in desk.owed()}
    assert owed == {(notes[1], 250), (notes[2], 70), (notes[0], 100)}


@pytest.mark.parametrize("refused", [False, True])
def test_a_refund_returned_while_another_is_pending_is_owed(desk: Desk, refused: bool) -> None:
    due = desk.invoice.due.minor
    desk.credits(300)
    desk.delivers()
    desk.away = True
    desk.credits(200, seen=1)
    desk.bounces(300)
    assert [one.amount.minor for one in desk.owed()] == [300] and desk.payment.state_name == "Unknown"
    desk.away, desk.refused = False, refused
    desk.delivers(hours=1)
    assert sorted(one.amount.minor for one in desk.owed()) == ([200, 300] if refused else [300])
    assert desk.books() == ((-500, due, 0) if refused else (-300, due - 200, 0))


def test_a_returned_refund_without_a_credit_note_makes_the_invoice_paid_again(desk: Desk) -> None:
    """Somebody refunded at the processor, without a credit note."""
    due = desk.invoice.due.minor
    desk.refunded = 400
    desk.hears()
    desk.delivers()
    assert desk.books() == (400, due - 400, 0)
    desk.bounces(400)
    assert desk.owed() == [] and desk.books() == (0, due, 0)


def test_a_credit_note_with_a_pending_refund_is_not_owed_for_another_returned_refund(desk: Desk) -> None:
    desk.refunded = 400
    desk.hears()
    desk.delivers()
    desk.away = True
    desk.credits(100)
    desk.bounces(400)
    assert desk.owed() == []


def test_a_returned_refund_of_a_double_payment_made_at_the_processor_is_owed(desk: Desk) -> None:
    with desk.transactions.begin() as store:
        store_transition(
            store, paid_by_transfer(desk.invoice, desk.invoice.due, "SEPA 1", PaymentId(desk.ids.new(END)), END), END, desk.ids
        )
    desk.refunded = 400
    desk.hears()
    desk.delivers()
    desk.bounces(400)
    assert [(one.number, one.amount.minor) for one in desk.owed()] == [(desk.invoice.number, 400)]


def test_an_amount_lost_in_a_dispute_is_not_also_owed_as_a_returned_refund(desk: Desk) -> None:
    desk.credits(101)
    desk.delivers()
    rest, payment = desk.invoice.due - eur(101), desk.payment
    lost = DisputeRecord("dp_1", DisputeState.LOST, rest, eur(0), "fraudulent", END, END, END + timedelta(days=7))
    with desk.transactions.begin() as store:
        apply_dispute(store, payment, lost, END, desk.ids)
    desk.bounces(101)
    assert desk.owed() == [] and desk.books()[0] == 0


@both_stores
def test_a_refund_repeated_at_the_processor_settles_the_owed_refund(desk: Desk) -> None:
    desk.credits(300)
    desk.delivers()
    desk.bounces(300)
    for more, waits in ((100, [200]), (250, [])):
        desk.refunded += more
        desk.hears()
        desk.delivers()
        assert [one.amount.minor for one in desk.owed()] == waits
    assert desk.books()[0] == 50


@both_stores
def test_a_returned_refund_is_also_found_in_the_clearing_file_and_leaves_no_difference(desk: Desk) -> None:
    due, payment = desk.invoice.due.minor, desk.payment
    desk.credits(due)
    desk.delivers()
    rows = [ClearingLine(f"txn_{place}", payment.id, eur(minor), eur(0), END) for place, minor in enumerate((due, -due, due))]
    for desk.bounced, told in ((0, rows[:2]), (due, rows[2:])):
        with desk.transactions.begin() as store:
            clear(store, told, END, desk.ids)
        desk.delivers()
    with desk.transactions.begin() as store:
        assert reconcile(store, END + timedelta(days=9)) == 0
    assert desk.books()[:2] == (-due, 0) and [one.amount.minor for one in desk.owed()] == [due]


def test_an_owed_refund_is_not_retried_on_the_card_while_a_transfer_pays_it(desk: Desk) -> None:
    desk.credits(101)
    desk.delivers()
    desk.bounces(101)
    (owed,) = desk.owed()
    with desk.transactions.begin() as store:
        mark_paid_back(store, desk.by, owed.id, TODAY, "SEPA 7")
        with pytest.raises(Conflict, match="was already refunded"):
            retry_card_refund(store, desk.by, owed.id)
        mark_payback_returned(store, desk.by, owed.id, "R 7")
        company = store.stations.operator(OPERATOR)
        store.stations.put_operator(replace(company, bank="IBAN DE89370400440532013000"))
        (due, _), *_ = pending_transfers(store, OPERATOR)
        iban = "DE02120300000000202051"
        make_transfer_file(store, desk.by, TransferRequest(owed.id, TODAY, {owed.id: due.fingerprint}, {owed.id: iban}))
        with pytest.raises(Conflict, match="in file"):
            retry_card_refund(store, desk.by, owed.id)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["credit", "deliver", "deliver", "bounce", "hear", "refund there", "to the card", "transfer", "comes back", "mood"]
        ),
        st.integers(0, 999),
    ),
    max_size=30,
)


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_in_any_order_of_refunds_and_returns_no_amount_is_lost_or_paid_back_twice(steps: list[tuple[str, int]]) -> None:
    """Recounted from what the processor and the bank did: what is there is what was paid and has not gone, and who is owed is listed."""
    desk = Desk(MemoryTransactions()).open()
    credited = by_bank = 0
    due, notes = desk.invoice.due.minor, 0
    for name, number in steps:
        try:
            match name:
                case "credit":
                    desk.credits(1 + number % 250, notes)
                    credited, notes = credited + 1 + number % 250, notes + 1
                case "deliver":
                    desk.deliver(END + timedelta(hours=number), desk.answer)
                case "bounce" if desk.refunded > desk.bounced:
                    desk.bounced += 1 + number % (desk.refunded - desk.bounced)
                case "hear":
                    desk.hears(1 + number % 3)
                case "refund there" if desk.refunded - desk.bounced < due:
                    desk.refunded += 1 + number % (due - desk.refunded + desk.bounced)
                case "mood":
                    desk.refused, desk.silent, desk.away = number % 3 == 0, number % 2 == 0, number % 5 == 0
                case "to the card" | "transfer" if owed := desk.owed():
                    with desk.transactions.begin() as store:
                        chosen = owed[number % len(owed)]
                        if name == "transfer":
                            mark_paid_back(store, desk.by, chosen.id, TODAY, "SEPA")
                            by_bank += chosen.amount.minor
                        else:
                            retry_card_refund(store, desk.by, chosen.id)
                case "comes back":
                    with desk.transactions.begin() as store:
                        gone = [one for one in store.paybacks.page(OPERATOR).rows if not one.open]
                        if gone:
                            mark_payback_returned(store, desk.by, gone[number % len(gone)].id, "R")
                            by_bank -= gone[number % len(gone)].amount.minor
        except (Conflict, BadInput):
            pass
    desk.refused = desk.silent = desk.away = False
    desk.hears()
    desk.delivers(hours=2000)
    desk.hears()
    desk.delivers(hours=2001)
    there = due - desk.refunded + desk.bounced
    has = due - credited - (there - by_bank)
    assert desk.books() == (has, there, -by_bank)
    assert sum(one.amount.minor for one in desk.owed()) == max(0, -has)
