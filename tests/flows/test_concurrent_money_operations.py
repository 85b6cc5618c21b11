"""Two operations on the same money at the same instant end like one of the two sequential orders."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest

from forecourt.billing import Invoice
from forecourt.drivers import PayBy
from forecourt.flows.answers import apply_payment_answer, receive_payment_event
from forecourt.flows.billing import (
    CreditRequest,
    Recipient,
    bill_late_end,
    close_month,
    correct_buyer,
    correct_own_buyer,
    issue_credit_note,
    late_amount,
    process_late_ends,
)
from forecourt.flows.billing.late_ends import MONEY_MOVES
from forecourt.flows.desk import Staff
from forecourt.flows.paying import apply_dispute, collect_payment, mark_paid_back, record_transfer, refund, top_up, write_off
from forecourt.flows.paying.dunning import take_dunning_step
from forecourt.flows.paying.pay import release
from forecourt.flows.ports import LateEnd, QuarantineEntry, Store, StoreUnavailable
from forecourt.kernel import Money, Refused
from forecourt.payments import DisputeRecord, DisputeState, ProcessorEvent, ProcessorRecord
from forecourt.sessions import END_NOT_REPORTED
from forecourt.store import PostgresTransactions
from forecourt.store.memory import MemoryTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, OPERATOR, SITE, C, MoneyWorld, P

from .test_money import END, bill_and_pay, held
from .test_month_closing import in_berlin

Act = Callable[[Store], object]
LATER, JULY = END + timedelta(hours=1), datetime(2026, 7, 2, 12, tzinfo=UTC)


def by(world: MoneyWorld, at: datetime = LATER) -> Staff:
    return Staff(OPERATOR, "ada", at, world.ids)


def refunds(world: MoneyWorld) -> tuple[Act, Act]:
    """Two desks give one payment back."""
    held(world)
    made = bill_and_pay(world)

    def gives(store: Store) -> object:
        (payment,) = store.payments.of_document(made.id)
        return refund(store, payment.id, made.due, "x", LATER, world.ids)

    return gives, gives


def credit_and_refund(world: MoneyWorld) -> tuple[Act, Act]:
    """One credits a bill, another gives its payment back."""
    gives, _ = refunds(world)

    def credits_it(store: Store) -> object:
        (made,) = store.documents.recent(OPERATOR, 9)
        return issue_credit_note(store, by(world), CreditRequest(made.id, 0, "x"))

    return credits_it, gives


def capture_and_cancel(world: MoneyWorld) -> tuple[Act, Act]:
    """A terminal has taken what is held, and news of that comes while the hold is given back."""
    payment, zero = held(world), Money.zero("EUR")
    with world.transactions.begin() as store:
        assert receive_payment_event(store, ProcessorEvent("ev_1", "captured", payment.id, END), END, world.ids)
        (item,) = store.outbox.claim("payment", END, 9, 60.0)
    record = ProcessorRecord(payment.id, "captured", f"pay_{payment.id}/1", zero, Money(536, "EUR"), zero, END)
    return partial(apply_payment_answer, item=item, answer=record, at=END, ids=world.ids), partial(
        release, payment_id=payment.id, why="cancelled", at=END, ids=world.ids
    )


def top_ups(world: MoneyWorld) -> tuple[Act, Act]:
    """One press is sent twice, under its key."""
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), pay_by=PayBy.WALLET))
    one = partial(top_up, driver_id=CARD_DRIVER, amount=Money(3000, "EUR"), request_id=UUID(int=1), at=END, ids=world.ids)
    return one, one


def payback_and_close(world: MoneyWorld) -> tuple[Act, Act]:
    """A transfer back is booked on the last day of a month, late, while the month is closed."""
    made = world.billed(world.ended((C, 60, 10_000)), END)
    assert made is not None
    with world.transactions.begin() as store:
        record_transfer(store, by(world), made.id, "SEPA 1")
        issue_credit_note(store, by(world), CreditRequest(made.id, 0, "x"))
        (back,) = store.paybacks.waiting(OPERATOR)
    return (
        lambda store: mark_paid_back(store, by(world, datetime(2026, 6, 30, 12, tzinfo=UTC)), back.id, date(2026, 6, 30), "SEPA 2"),
        lambda store: close_month(store, by(world, JULY), date(2026, 6, 1)),
    )


def loss_and_transfer(world: MoneyWorld) -> tuple[Act, Act]:
    """One gives a debt up, another finds its transfer."""
    made = world.billed(world.ended((C, 60, 10_000)), END)
    assert made is not None
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), payment_method=""))
        take_dunning_step(store, made.id, END + timedelta(days=20), world.ids)
    return lambda store: write_off(store, by(world), made.id, "gone"), lambda store: record_transfer(store, by(world), made.id, "SEPA 1")


def late_ends(world: MoneyWorld) -> tuple[Act, Act]:
    """A charger has reported two ends late, and two members of staff bill one each."""
    record = world.ended((C, 60, 4_000))
    assert world.billed(record, END) is not None
    with world.transactions.begin() as store:
        about = (OPERATOR, SITE, record.charger_id, LATER, "late_end", "told late", str(record.session_id))
        ends = [LateEnd(record.ended_at + timedelta(minutes=1), 9_000 + more_wh) for more_wh in (1_000, 3_000)]
        entries = [QuarantineEntry(UUID(int=4000 + number), *about, late=end) for number, end in enumerate(ends)]
        for one in entries:
            store.inbox.quarantine(one)
        shown = [late_amount(store, one) for one in entries]
    first, second = (partial(bill_late_end, by=by(world), entry_id=one.id, shown=due) for one, due in zip(entries, shown, strict=True))
    return first, second


def late_end_and_credit(world: MoneyWorld) -> tuple[Act, Act]:
    """One member of staff bills a late reported end, another credits the bill."""
    bills, _ = late_ends(world)
    with world.transactions.begin() as store:
        (made,) = store.documents.recent(OPERATOR, 9)
    return bills, lambda store: issue_credit_note(store, by(world), CreditRequest(made.id, 0, "x"))


def earlier_end(world: MoneyWorld) -> tuple[Act, Act]:
    """A worker and a member of staff both credit the difference of an earlier end that was reported late."""
    record = world.ended((C, 30, 3_000), (P, 60, 0), notes=(END_NOT_REPORTED,))
    made = world.billed(record, END)
    assert made is not None
    with world.transactions.begin() as store:
        collect_payment(store, made.id, END, world.ids)
    world.deliver(END)
    with world.transactions.begin() as store:
        about = (OPERATOR, SITE, record.charger_id, LATER, "late_end", "told late", str(record.session_id))
        end = LateEnd(record.ended_at - timedelta(minutes=20), 8_000)
        entry = QuarantineEntry(UUID(int=4000), *about, late=end)
        store.inbox.quarantine(entry)
        shown = late_amount(store, entry)
    return (
        lambda store: process_late_ends(store, record.session_id, LATER, world.ids),
        partial(bill_late_end, by=by(world), entry_id=entry.id, shown=shown),
    )


def guests_bill(world: MoneyWorld) -> Invoice:
    """A bill paid by a guest."""
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), guest=True))
    held(world)
    return bill_and_pay(world)


def buyers(world: MoneyWorld) -> tuple[Act, Act]:
    """Two members of staff each reissue a guest's bill to a company."""
    made = guests_bill(world)

    def makes(name: str) -> Act:
        return lambda store: correct_buyer(store, by(world), made.id, Recipient(name, "Weg 1"), "x")

    return makes("Firma GmbH"), makes("Other GmbH")


def one_buyer(world: MoneyWorld) -> tuple[Act, Act]:
    """The guest sends the form twice."""
    made = guests_bill(world)
    sends = partial(correct_own_buyer, invoice=made, wanted=Recipient("Firma GmbH", "Weg 1"), at=LATER, ids=world.ids)
    return sends, sends


def buyer_and_credit(world: MoneyWorld) -> tuple[Act, Act]:
    """The guest corrects the buyer while a desk credits the bill."""
    corrects, _ = one_buyer(world)
    with world.transactions.begin() as store:
        (made,) = store.documents.recent(OPERATOR, 9)
    return corrects, lambda store: issue_credit_note(store, by(world), CreditRequest(made.id, 0, "x"))


def buyer_and_dispute(world: MoneyWorld) -> tuple[Act, Act]:
    """The guest corrects the buyer while the card's bank takes the payment back."""
    corrects, _ = one_buyer(world)
    with world.transactions.begin() as store:
        (payment,) = store.payments.of_driver(CARD_DRIVER, 9)
    record = DisputeRecord(
        "dp_1", DisputeState.NEEDS_ANSWER, payment.captured, Money(1500, "EUR"), "fraudulent", LATER, LATER, LATER + timedelta(days=9)
    )

    def disputes(store: Store) -> object:
        now = store.payments.lock(payment.id)
        assert now is not None
        return apply_dispute(store, now, record, LATER, world.ids)

    return corrects, disputes


def does(world: MoneyWorld, act: Act) -> str:
    while True:
        try:
            with world.transactions.begin() as store:
                act(store)
                return "done"
        except StoreUnavailable:  # the database chose it to give way: it is sent again
            continue
        except Refused as refusal:
            return refusal.code


def ends(world: MoneyWorld, said: list[str]) -> object:
    """The visible results once the processor has carried out its requests, without numbers and ids."""
    for minutes in range(1, 4):
        world.deliver(LATER + timedelta(minutes=minutes))
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store)
        payments = [one for driver in (CARD_DRIVER, ACCOUNT_DRIVER) for one in store.payments.of_driver(driver, 99)]
        return (
            sorted(said),
            sorted((one.state_name, one.taken.minor, one.returned.minor, one.method) for one in payments),
            sorted((str(one.account), one.minor) for one in store.ledger.trial_balance(OPERATOR)),
            sorted(one.txn.at for one in store.ledger.chain(OPERATOR)),
            len(store.documents.recent(OPERATOR, 99)),
            len(store.paybacks.waiting(OPERATOR)),
        )


def one_after_the_other(race: Callable[[MoneyWorld], tuple[Act, Act]], first: int) -> object:
    world = in_berlin(MoneyWorld(MemoryTransactions()))
    acts = race(world)
    return ends(world, [does(world, acts[first]), does(world, acts[1 - first])])


RACES = [
    refunds,
    credit_and_refund,
    capture_and_cancel,
    top_ups,
    payback_and_close,
    loss_and_transfer,
    late_ends,
    late_end_and_credit,
    earlier_end,
    buyers,
    one_buyer,
    buyer_and_credit,
    buyer_and_dispute,
]


@pytest.mark.parametrize("race", RACES, ids=lambda one: one.__name__)
def test_two_concurrent_money_operations_end_like_one_of_the_two_sequential_orders(
    race: Callable[[MoneyWorld], tuple[Act, Act]], transactions: PostgresTransactions
) -> None:
    allowed = [one_after_the_other(race, first) for first in (0, 1)]
    world, gate = in_berlin(MoneyWorld(transactions)), Barrier(2)
    acts = race(world)

    def at_once(act: Act) -> str:
        gate.wait()
        return does(world, act)

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(at_once, acts))
    # A worker that finds the other's payment under way tries again later.
    said = [does(world, act) if code == MONEY_MOVES else code for act, code in zip(acts, said, strict=True)]
    assert ends(world, said) in allowed
