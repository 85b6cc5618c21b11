"""Disputes of two payments and credit notes in any order: the ledger agrees with the documents, and nothing is refunded twice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from forecourt.flows.billing import CreditRequest, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.paying import apply_dispute, barred_reasons, record_transfer
from forecourt.flows.paying.pay import store_transition
from forecourt.flows.ports import Store
from forecourt.kernel import Money, PaymentId, Refused
from forecourt.ledger import BANK, CLEARING, DISPUTED, WRITE_OFF, receivable, vat
from forecourt.payments import TRANSFER, DisputeRecord, DisputeState, Payer, Refunding, begin_charge
from forecourt.store import MemoryTransactions
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, C, MoneyWorld

END, FIRST = NOON + timedelta(hours=2), 300  # of the invoice's 5.36 are paid first, by card


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@dataclass
class Case:
    """One invoice, 3.00 of it paid by card and the rest by card, by transfer or not at all."""

    rest_by: str
    disputed: tuple[int, int]
    world: MoneyWorld = field(default_factory=lambda: MoneyWorld(MemoryTransactions()).build())
    hours: int = 0

    def __post_init__(self) -> None:
        self.invoice = self.world.billed(self.world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER), END)
        rest = self.invoice.due.minor - FIRST
        self.cards = [PaymentId(UUID(int=number)) for number in range(2 if self.rest_by == "card" else 1)]
        with self.world.transactions.begin() as store:
            payer = Payer(OPERATOR, ACCOUNT_DRIVER, "pm_card")
            for card, minor in zip(self.cards, (FIRST, rest), strict=False):
                store_transition(store, begin_charge(payer, card, self.invoice.id, None, eur(minor), END), END, self.world.ids)
        self.world.deliver(END)
        if self.rest_by == "transfer":
            with self.world.transactions.begin() as store:
                record_transfer(store, self.staff(), self.invoice.id, "SEPA 1")

    def staff(self) -> Staff:
        return Staff(OPERATOR, "ops", END + timedelta(hours=self.hours), self.world.ids)

    def happens(self, what: str, number: int, delivers: bool) -> None:
        self.hours += 1
        before = self.reads(self.given)
        try:
            with self.world.transactions.begin() as store:
                if what == "credit":
                    amount = eur(number) if number else None
                    issue_credit_note(store, self.staff(), CreditRequest(self.invoice.id, len(self.notes(store)), "wrong", amount=amount))
                else:
                    self._told(store, what, number % len(self.cards))
        except Refused as refusal:
            event(refusal.code)
        if self.reads(self.given) > before:
            event("goes back")
            assert self.reads(self.kept) >= self.reads(self.owed), "more goes back than the driver has paid too much"
        if delivers:
            self.world.deliver(self.staff().at)

    def _told(self, store: Store, state: str, number: int) -> None:
        payment = store.payments.lock(self.cards[number])
        amount = min(payment.taken, eur(self.disputed[number]))
        at = self.staff().at
        record = DisputeRecord(f"dp_{number}", DisputeState(state), amount, eur(0), "fraudulent", END + timedelta(minutes=number), at)
        apply_dispute(store, payment, record, at, self.world.ids)

    # The papers, read one by one.

    def notes(self, store: Store):  # type: ignore[no-untyped-def]
        return store.documents.credit_notes_of(self.invoice.id)

    def reads(self, of: Callable[[Store], int]) -> int:
        with self.world.transactions.begin() as store:
            return of(store)

    def owed(self, store: Store) -> int:
        return self.invoice.due.minor - sum(one.due.minor for one in self.notes(store))

    def given(self, store: Store) -> int:
        """What went back, is on its way, or may be transferred."""
        payments = store.payments.of_document(self.invoice.id)
        going = sum(one.state.amount.minor for one in payments if isinstance(one.state, Refunding))
        waiting = [back for one in payments for back in store.paybacks.of_payment(one.id)]
        barred = barred_reasons(store, waiting)
        return sum(one.returned.minor for one in payments) + going + sum(one.amount.minor for one in waiting if one.id not in barred)

    def kept(self, store: Store) -> int:
        taken = sum(one.taken.minor for one in store.payments.of_document(self.invoice.id))
        return taken - self.given(store) - self.at_bank(store, *(one for one in DisputeState if one is not DisputeState.WON))

    def at_bank(self, store: Store, *states: DisputeState) -> int:
        known = [one for card in self.cards for one in store.disputes.of_payment(card)]
        return sum(one.amount.minor for one in known if one.state in states)

    def check(self) -> None:
        self.world.deliver(END + timedelta(days=9))
        with self.world.transactions.begin() as store:
            payments = store.payments.of_document(self.invoice.id)
            by_card = sum(one.taken.minor for one in payments if one.method != TRANSFER)
            by_bank = sum(one.taken.minor for one in payments if one.method == TRANSFER)
            back = sum(one.returned.minor for one in payments)
            lost, parked = self.at_bank(store, DisputeState.LOST), self.at_bank(store, DisputeState.NEEDS_ANSWER, DisputeState.UNDER_REVIEW)
            owed, tax = self.owed(store), self.invoice.content.tax.minor - sum(one.content.tax.minor for one in self.notes(store))
            too_much = by_card + by_bank - back - owed
            waits = sum(one.amount.minor for one in store.paybacks.waiting(OPERATOR))
            assert self.given(store) - back == max(0, min(waits, too_much - lost - parked)), "what may be transferred"
            set_off = min(lost, max(0, too_much))
            uncollectable = min(lost - set_off, owed)
            corrected = int((Decimal(tax * uncollectable) / max(owed, 1)).quantize(Decimal(1), ROUND_HALF_UP))
            expected = {
                receivable(ACCOUNT_DRIVER): owed - by_card - by_bank + back + set_off,
                vat(Decimal(19)): corrected - tax,
                WRITE_OFF: lost - set_off - corrected,
                DISPUTED: parked,
                CLEARING: by_card - back - parked - lost,
                BANK: by_bank,
            }
            assert {one: store.ledger.balance(OPERATOR, one, "EUR") for one in expected} == expected
            assert self.world.sum_is_zero(store)
            event(f"set off: {set_off > 0}, a loss: {lost > set_off}, tax corrected: {corrected > 0}")


STEPS = st.tuples(
    st.sampled_from(["credit", "credit", "NEEDS_ANSWER", "UNDER_REVIEW", "WON", "LOST", "LOST"]),
    st.sampled_from([0, 1, 100, 236, 300]),
    st.booleans(),
)


@settings(max_examples=60)
@given(st.sampled_from(["card", "transfer", "nobody"]), st.tuples(*[st.sampled_from([100, 1000])] * 2), st.lists(STEPS, max_size=7))
@example("card", (1000, 1000), [("LOST", 0, True), ("credit", 0, True), ("LOST", 1, True), ("WON", 0, False), ("WON", 1, True)])
@example("card", (1000, 1000), [("LOST", 0, True), ("credit", 100, True), ("LOST", 1, True)])
@example("transfer", (100, 1000), [("credit", 236, False), ("LOST", 0, True), ("credit", 100, True), ("credit", 0, True), ("WON", 0, True)])
def test_the_ledger_agrees_with_documents_and_disputes_in_any_order(
    rest_by: str, disputed: tuple[int, int], steps: list[tuple[str, int, bool]]
) -> None:
    case = Case(rest_by, disputed)
    for step in steps:
        case.happens(*step)
    case.check()
