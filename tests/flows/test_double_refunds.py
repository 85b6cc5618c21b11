"""A refund by transfer that its payer also gets another way is barred from transfer files, and a double payment is reported."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from camt_file import Line, camt
from forecourt.flows.billing import (
    TransferRequest,
    barred_payouts,
    download_transfers,
    import_bank_statements,
    make_transfer_file,
    pending_transfers,
    retry_card_refund,
    withdraw_transfers,
)
from forecourt.flows.paying import BarReason, apply_dispute, barred_reasons, cancel_payback, collect_payment
from forecourt.flows.ports import OutboxItem, Transactions
from forecourt.kernel import BadInput, Conflict
from forecourt.ledger import BANK, CLEARING, DISPUTED
from forecourt.notices import NoticeKind
from forecourt.payments import Charge, DisputeRecord, DisputeState, ProcessorRecord
from forecourt.settlement import Mismatch, TransferFile, finding_id, parse_camt
from forecourt.store import MemoryTransactions
from money_world import CARD_DRIVER, OPERATOR, C, MoneyWorld
from stores import both_stores

from .test_failed_refunds import END, TODAY, Desk, eur

OURS, ADAS = "DE02120300000000202051", "NL91ABNA0417164300"


class Bank(Desk):
    """The desk with an account at a bank, and cardholders' banks that take money back."""

    files, lines, balance, told_at = 0, 0, 0, 0

    def open(self) -> "Bank":
        super().open()
        with self.transactions.begin() as store:
            store.stations.put_operator(replace(store.stations.operator(OPERATOR), bank=OURS))
        return self

    def bounced_payback(self, minor: int) -> UUID:
        self.credits(minor)
        self.delivers()
        self.bounces(minor)
        (owed,) = self.owed()
        return owed.id

    def disputes(self, state: DisputeState, minor: int, name: str = "dp_1") -> None:
        self.told_at += 1
        at = END + timedelta(seconds=self.told_at)
        record = DisputeRecord(name, state, eur(minor), eur(0), "fraudulent", END, at, None)
        payment_id = self.payment.id
        with self.transactions.begin() as store:
            payment = store.payments.lock(payment_id)
            assert payment is not None
            apply_dispute(store, payment, record, END, self.ids)

    def makes_file(self, *abouts: UUID) -> TransferFile:
        """Of these, or of all that is in no file."""
        self.files += 1
        with self.transactions.begin() as store:
            free = {
                due.about: due.fingerprint
                for due, file in pending_transfers(store, OPERATOR)
                if file is None and (not abouts or due.about in abouts)
            }
            wish = TransferRequest(UUID(int=self.files), TODAY, free, dict.fromkeys(free, ADAS))
            return make_transfer_file(store, self.by, wish)

    def bank_tells(self, minor: int, text: str) -> list[str]:
        """What the lines still wait for."""
        self.lines += 1
        content = camt(self.balance, [Line(TODAY, minor, text, f"l{self.lines}", came_back=minor > 0)], TODAY)
        self.balance += minor
        with self.transactions.begin() as store:
            import_bank_statements(store, self.by, parse_camt(content))
            return [one.note for one in store.bank.open(OPERATOR)]

    def barred(self) -> list[tuple[BarReason, int]]:
        with self.transactions.begin() as store:
            waiting = store.paybacks.waiting(OPERATOR)
            found = barred_reasons(store, waiting)
            return sorted((found[one.id], one.amount.minor) for one in waiting if one.id in found)

    def twice(self) -> int:
        """By the findings."""
        with self.transactions.begin() as store:
            found = [one.doubt for one in store.clearing.open_findings(OPERATOR) if one.doubt.kind is Mismatch.TWICE]
            return sum(one.reported.minor - one.booked.minor for one in found if one.reported and one.booked)

    def has_left(self) -> int:
        """What is left of the payment in the ledger: at the processor, at our bank, or disputed."""
        with self.transactions.begin() as store:
            assert self.sum_is_zero(store)
            return sum(store.ledger.balance(OPERATOR, one, "EUR") for one in (CLEARING, BANK, DISPUTED))


@pytest.fixture
def bank(any_transactions: Transactions) -> Bank:
    return Bank(any_transactions).open()


def test_a_refund_is_in_no_transfer_file_while_its_payment_is_disputed_or_lost(bank: Bank) -> None:
    due, _ = bank.invoice.due.minor, bank.bounced_payback(101)
    for state, bar in ((DisputeState.NEEDS_ANSWER, BarReason.DISPUTED), (DisputeState.LOST, BarReason.LOST)):
        bank.disputes(state, due)
        assert bank.barred() == [(bar, 101)]
        with pytest.raises(Conflict, match="must not be paid"):
            bank.makes_file()
    assert bank.books()[0] == 0 and bank.owed() == [], "nothing is owed to who has it"
    bank.disputes(DisputeState.WON, due)
    bank.delivers()
    assert bank.barred() == [] and [one.amount.minor for one in bank.makes_file().dues] == [101], "it was ours after all"


def test_after_a_partly_lost_dispute_the_rest_of_the_refund_may_be_transferred(bank: Bank) -> None:
    bank.bounced_payback(101)
    bank.disputes(DisputeState.LOST, 50)
    assert bank.barred() == [(BarReason.LOST, 50)] and [one.amount.minor for one in bank.owed()] == [51] and bank.books()[0] == -51
    file = bank.makes_file(*(one.id for one in bank.owed()))
    assert bank.bank_tells(-51, f"{file.number}-001") == [] and bank.twice() == 0 and bank.books()[0] == 0


def test_a_file_with_a_refund_lost_in_a_dispute_is_refused_and_a_double_payment_reported(bank: Bank) -> None:
    due, _, file = bank.invoice.due.minor, bank.bounced_payback(101), bank.makes_file()
    bank.disputes(DisputeState.LOST, due)
    with bank.transactions.begin() as store:
        assert barred_payouts(store, file) == list(file.dues)
        with pytest.raises(Conflict, match="must not be paid with PAY-2026-000001"):
            download_transfers(store, bank.by, file.number)
    assert bank.bank_tells(-101, f"{file.number}-001") == [] and bank.twice() == 101 and bank.has_left() == -101
    assert bank.bank_tells(101, f"{file.number}-001") == [] and bank.twice() == 0, "the bank sent it back"
    assert bank.barred() == [(BarReason.LOST, 101)]


def test_a_refund_transferred_twice_by_the_bank_is_posted_and_reported_until_returned(bank: Bank) -> None:
    file = bank.makes_file(bank.bounced_payback(101))
    assert bank.bank_tells(-101, f"{file.number}-001") == [] and bank.twice() == 0
    assert bank.bank_tells(-101, f"{file.number}-001") == [] and bank.twice() == 101 == bank.books()[0]
    assert bank.bank_tells(101, f"{file.number}-001") == [] and bank.twice() == 0 == bank.books()[0]
    assert bank.barred() == [(BarReason.REFUNDED, 101)] and bank.owed() == []


def test_a_refund_made_at_the_processor_bars_the_same_refund_in_an_earlier_transfer_file(bank: Bank) -> None:
    file = bank.makes_file(bank.bounced_payback(101))
    bank.refunded += 101
    bank.hears()
    bank.delivers()
    assert bank.barred() == [(BarReason.REFUNDED, 101)] and bank.owed() == []
    with bank.transactions.begin() as store:
        assert barred_payouts(store, file) == list(file.dues)
    assert bank.bank_tells(-101, f"{file.number}-001") == [] and bank.books()[0] == 101, "booked, for it happened"


def test_a_withdrawn_file_that_the_bank_pays_after_a_card_refund_is_posted_and_reported(bank: Bank) -> None:
    """It used to make the whole bank statement unreadable."""
    due, owed = bank.invoice.due.minor, bank.bounced_payback(101)
    file = bank.makes_file(owed)
    with bank.transactions.begin() as store:
        withdraw_transfers(store, bank.by, file.number, "not sent")
        retry_card_refund(store, bank.by, owed)
    bank.delivers()
    bank.disputes(DisputeState.LOST, due - 101)
    assert bank.bank_tells(-101, f"{file.number}-001") == [] and bank.twice() == 101 == -bank.has_left()


def test_a_transfer_can_be_cancelled_after_a_card_refund_and_is_owed_again_if_that_fails(bank: Bank) -> None:
    owed = bank.bounced_payback(101)
    with bank.transactions.begin() as store, pytest.raises(Conflict, match="has not been refunded yet"):
        cancel_payback(store, bank.by, owed)
    bank.refunded += 101
    bank.hears()
    bank.delivers()
    with bank.transactions.begin() as store, pytest.raises(Conflict, match="another way"):
        retry_card_refund(store, bank.by, owed)
    with bank.transactions.begin() as store:
        cancel_payback(store, bank.by, owed)
        told = [one.content.amount for one in store.notices.of_driver(CARD_DRIVER).rows if one.kind is NoticeKind.PAYBACK_OFF]
    assert bank.barred() == [] and told == [eur(101)], "a letter had announced the transfer"
    bank.bounces(101)
    assert [one.amount.minor for one in bank.owed()] == [101]


@both_stores
def test_a_payment_both_refunded_and_lost_in_a_dispute_is_reported_as_paid_twice(bank: Bank) -> None:
    due = bank.invoice.due.minor
    bank.credits(101)
    bank.delivers()
    bank.disputes(DisputeState.LOST, due)
    assert bank.twice() == 101 == -bank.has_left()
    bank.disputes(DisputeState.WON, due)
    assert bank.twice() == 0


KINDS = [
    "credit",
    "credit",
    "deliver",
    "bounce",
    "refund there",
    "disputed",
    "lost",
    "won",
    "file",
    "file",
    "withdraw",
    "paid",
    "paid",
    "sent back",
]
STEPS = st.lists(st.tuples(st.sampled_from([*KINDS, "mood", "to the card", "drop"]), st.integers(0, 999)), min_size=10, max_size=30)


class Story(Bank):
    """What banks and the processor do by themselves, within what they have."""

    made: tuple[TransferFile, ...] = ()
    notes = 0
    at_banks: dict[str, tuple[DisputeState, int]]
    sent: set[str]
    off: set[str]

    def step(self, name: str, number: int) -> None:
        match name:
            case "credit":
                self.credits(1 + number % 250, self.notes)
                self.notes += 1
                if number % 5 != 1:
                    self.delivers()
            case "deliver":
                self.delivers()
            case "mood":
                self.refused = number % 2 == 0
            case "bounce" if self.refunded > self.bounced:
                self.bounces(self.bounced + 1 + number % (self.refunded - self.bounced) - self.bounced)
            case "refund there" if self.at_processor() > 0:
                self.refunded += 1 + number % self.at_processor()
                self.hears()
                self.delivers()
            case "disputed" | "lost" | "won":
                self.cardholder(DisputeState.NEEDS_ANSWER if name == "disputed" else DisputeState(name.upper()), number)
            case "file":
                self.checks_file()
            case "withdraw" | "paid" | "sent back" if self.made:
                self.files_move(name, self.made[number % len(self.made)], number)
            case "to the card" | "drop":
                with self.transactions.begin() as store:
                    waiting = store.paybacks.waiting(OPERATOR)
                    if waiting:
                        chosen = waiting[number % len(waiting)]
                        (retry_card_refund if name == "to the card" else cancel_payback)(store, self.by, chosen.id)
                        self.off |= {chosen.number} if name == "drop" else set()

    def at_processor(self) -> int:
        returning = self.payment.returning.minor
        with self.transactions.begin() as store:
            return store.ledger.balance(OPERATOR, CLEARING, "EUR") - returning

    def cardholder(self, state: DisputeState, number: int) -> None:
        name = f"dp_{number % 2}"
        left = max(0, self.payment.taken.minor - self.taken_back())
        minor = self.at_banks[name][1] if name in self.at_banks else min(1 + number % 600, left)
        if minor:
            self.at_banks[name] = (state, minor)
            self.disputes(state, minor, name)

    def taken_back(self) -> int:
        return sum(minor for _, minor in self.at_banks.values())

    def checks_file(self) -> None:
        """However banks decide, what files are to pay is there."""
        file = self.makes_file(*(one.id for one in self.owed()))
        self.made += (file,)
        with self.transactions.begin() as store:
            leaving = sum(due.amount.minor for due, held in pending_transfers(store, OPERATOR) if held)
            ours = sum(store.ledger.balance(OPERATOR, one, "EUR") for one in (CLEARING, BANK))
        assert ours - self.payment.returning.minor - leaving >= 0
        event("a file is made")

    def files_move(self, name: str, file: TransferFile, number: int) -> None:
        place = number % len(file.dues)
        minor, text = file.dues[place].amount.minor, f"{file.number}-{place + 1:03d}"
        if name == "withdraw":
            with self.transactions.begin() as store:
                withdraw_transfers(store, self.by, file.number, "not sent")
        elif (text in self.sent) == (name == "sent back"):
            self.sent ^= {text}
            waits = self.bank_tells(minor if name == "sent back" else -minor, text)
            for_a_person = {f"{one} paid by {text}" for one in self.off}
            booked = "what the bank did is booked, unless another file has paid it, too, or it was taken off the list meanwhile"
            assert all("was already refunded on" in one or one in for_a_person for one in waits), booked

    def open(self) -> "Story":
        super().open()
        self.at_banks, self.sent, self.off = {}, set[str](), set[str]()
        return self


OFF_AND_PAID = [*[("credit", 0)] * 4, *((name, 0) for name in ("file", "refund there", "paid", "sent back", "drop", "paid"))]


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, refused=st.booleans())
@example(steps=OFF_AND_PAID, refused=True)
def test_no_payer_gets_back_more_than_was_paid_without_a_finding_in_any_order_of_events(
    steps: list[tuple[str, int]], refused: bool
) -> None:
    """By the ledger: processor, bank and disputed amounts together are negative by exactly the amount refunded twice."""
    story = Story(MemoryTransactions()).open()
    story.refused = refused
    for name, number in steps:
        try:
            story.step(name, number)
        except (Conflict, BadInput) as refused:
            event(refused.code)
        assert story.twice() == max(0, -story.has_left()), name
    if story.twice():
        event("paid twice")


def test_a_payment_first_seen_with_a_lost_dispute_is_not_reported_as_paid_twice() -> None:
    """Otherwise the operator would reclaim an amount that nobody received twice."""
    world = MoneyWorld(MemoryTransactions()).build()
    invoice = world.billed(world.ended((C, 60, 10_000)), END)
    assert invoice is not None
    with world.transactions.begin() as store:
        collect_payment(store, invoice.id, END, world.ids)

    def record(item: OutboxItem, at: datetime) -> ProcessorRecord:
        order = item.work
        assert isinstance(order, Charge)
        lost = DisputeRecord("dp_1", DisputeState.LOST, order.amount, eur(0), "fraudulent", END, END)
        return ProcessorRecord(order.payment_id, "captured", "pay_1", eur(0), order.amount, eur(0), at, disputes=(lost,))

    assert world.deliver(END, answer=record) == 1
    with world.transactions.begin() as store:
        (payment,) = store.payments.of_document(invoice.id)
        assert payment.taken == invoice.due and store.clearing.lock_finding(finding_id(f"{invoice.id}/twice")) is None
