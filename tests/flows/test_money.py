"""From an ended charge to its payment: each step happens once, whatever is repeated, lost or refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.answers import receive_payment_event
from forecourt.flows.billing import credit_invoice, invoice_no_show, rate_and_invoice
from forecourt.flows.offers import settle_shares
from forecourt.flows.paying import clear, collect, collect_payment, maintain_holds, refund
from forecourt.flows.paying.pay import hold, release
from forecourt.flows.ports import CollectPayment, InvoiceSession, Store, Transactions
from forecourt.kernel import BadInput, ChargerId, Conflict, Money, NotFound
from forecourt.ledger import CLEARING, FEES, held_on_card, receivable, verify_chain
from forecourt.payments import (
    Capture,
    ClearingLine,
    Declined,
    Expired,
    Held,
    Payment,
    ProcessorEvent,
    ProcessorRecord,
    QueryPayment,
    Rejected,
    Released,
    Unanswered,
    Unknown,
    assign_to_session,
)
from forecourt.reservations import Quote
from forecourt.settlement import ShareRule
from forecourt.stations import Approval, Charger
from money_world import (
    ACCOUNT_DRIVER,
    CARD_DRIVER,
    NOON,
    OPERATOR,
    POOR_DRIVER,
    C,
    MoneyWorld,
    missed,
    version,
    yes,
)
from stores import both_stores

END = NOON + timedelta(hours=2)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def within(world: MoneyWorld, work: Callable[[Store], object]) -> object:
    with world.transactions.begin() as store:
        return work(store)


def held(world: MoneyWorld, at: datetime = NOON - timedelta(minutes=1), answer: object = yes) -> Payment:
    """A hold for the driver with a card, before the charge."""
    driver, evse = world.driver(CARD_DRIVER), world.evse()
    with world.transactions.begin() as store:
        asked = hold(store, driver, evse, at, world.ids)
    world.deliver(at, answer)
    with world.transactions.begin() as store:
        kept = store.payments.payment(asked.id)
    assert kept is not None
    return kept


def bill_and_pay(world: MoneyWorld, answer: object = yes, **changes: object) -> Invoice:
    made = world.billed(world.ended((C, 60, 10_000), **changes), END)
    assert made is not None
    within(world, lambda store: collect_payment(store, made.id, END, world.ids))
    world.deliver(END, answer)
    return made


def payments(world: MoneyWorld, invoice: Invoice) -> list[Payment]:
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store)
        return list(store.payments.of_document(invoice.id))


def owed(world: MoneyWorld, driver_id: object = CARD_DRIVER) -> int:
    with world.transactions.begin() as store:
        return store.ledger.balance(OPERATOR, receivable(driver_id), "EUR")  # type: ignore[arg-type]


def test_an_ended_charge_gets_one_invoice_and_one_collection_however_often_it_is_billed(world: MoneyWorld) -> None:
    made = world.ended()
    first, second = world.billed(made, END), world.billed(made, END + timedelta(days=1))
    assert first == second and first is not None and first.number == "INV-2026-000001"
    with world.transactions.begin() as store:
        assert [item.work for item in store.outbox.open_items("task")] == [CollectPayment(first.id)]
        assert [kept.txn.key for kept in store.ledger.of_subject(first.id)] == [f"document/{first.id}"]


def test_a_charge_that_has_not_ended_cannot_be_billed(world: MoneyWorld) -> None:
    with pytest.raises(NotFound):
        world.billed(replace(world.ended(), session_id=InvoiceSession(world.ids.new(NOON)).session_id), END)  # type: ignore[arg-type]


def test_a_charge_record_held_for_review_is_not_billed(world: MoneyWorld) -> None:
    assert world.billed(world.ended(held=True, notes=("clock",)), END) is None


def test_a_rolled_back_invoice_leaves_no_gap_in_the_invoice_numbers(world: MoneyWorld) -> None:
    made = world.ended()
    with pytest.raises(ZeroDivisionError), world.transactions.begin() as store:
        rate_and_invoice(store, made.session_id, END, world.ids)
        raise ZeroDivisionError
    issued = world.billed(made, END)
    assert issued is not None and issued.sequence == 1


def test_a_hold_is_captured_for_the_invoice_total_and_the_rest_is_released(world: MoneyWorld) -> None:
    before = held(world)
    assert isinstance(before.state, Held)
    invoice = bill_and_pay(world)
    (payment,) = payments(world, invoice)
    assert payment.id == before.id and payment.taken == invoice.gross and not payment.holding
    assert owed(world) == 0


def test_the_part_of_an_invoice_above_the_hold_is_collected_by_a_second_payment(world: MoneyWorld) -> None:
    small = held(world)
    assert isinstance(small.state, Held)
    within(world, lambda store: store.payments.put(replace(small, state=replace(small.state, amount=Money(200, "EUR")))))
    invoice = bill_and_pay(world)
    assert sorted(payment.taken.minor for payment in payments(world, invoice)) == [200, invoice.gross.minor - 200]
    assert owed(world) == 0


def test_an_unanswered_payment_keeps_its_amount_when_the_hold_fails_and_more_is_due(world: MoneyWorld) -> None:
    """The hold fails meanwhile, so more is due: that is a further payment; the amount of the first one stays."""
    small = held(world)
    assert isinstance(small.state, Held)
    within(world, lambda store: store.payments.put(replace(small, state=replace(small.state, amount=Money(200, "EUR")))))
    invoice = bill_and_pay(
        world, answer=lambda item, at: Rejected("hold_expired") if isinstance(item.work, Capture) else Unanswered("timeout")
    )
    within(world, lambda store: collect_payment(store, invoice.id, END, world.ids))
    world.deliver(END + timedelta(hours=1))
    assert sorted(payment.taken.minor for payment in payments(world, invoice)) == [0, 200, invoice.gross.minor - 200]
    assert owed(world) == 0


def test_collecting_a_paid_invoice_again_takes_nothing(world: MoneyWorld) -> None:
    held(world)
    invoice = bill_and_pay(world)
    for _ in range(3):
        assert within(world, lambda store: collect_payment(store, invoice.id, END, world.ids)) == ()
    assert world.deliver(END) == 0


def test_an_invoice_whose_hold_is_unanswered_is_collected_only_after_the_answer_and_from_that_hold(world: MoneyWorld) -> None:
    waiting = held(world, answer=lambda item, at: Unanswered("timeout"))
    assert isinstance(waiting.state, Unknown)
    invoice = bill_and_pay(world, answer=lambda item, at: Unanswered("timeout"))
    assert payments(world, invoice) == []
    later = END + timedelta(minutes=20)
    world.deliver(later)
    within(world, lambda store: collect_payment(store, invoice.id, later, world.ids))
    world.deliver(later)
    (payment,) = payments(world, invoice)
    assert payment.id == waiting.id and payment.taken == invoice.gross


def test_an_unanswered_capture_is_always_sent_again_with_the_same_idempotency_key(world: MoneyWorld) -> None:
    held(world)
    seen: list[str] = []

    def silent(item: object, at: datetime) -> Unanswered:
        seen.append(item.work.key)  # type: ignore[attr-defined]
        return Unanswered("timeout")

    invoice = bill_and_pay(world, answer=silent)
    for minutes in (20, 40, 60):
        within(world, lambda store: collect_payment(store, invoice.id, END, world.ids))
        world.deliver(END + timedelta(minutes=minutes), silent)
    assert len(seen) == 4 and len(set(seen)) == 1
    world.deliver(END + timedelta(minutes=90))
    assert [payment.taken for payment in payments(world, invoice)] == [invoice.gross]


def test_an_invoice_whose_hold_has_expired_is_collected_by_a_new_payment(world: MoneyWorld) -> None:
    held(world)
    invoice = bill_and_pay(world, answer=lambda item, at: Rejected("hold_expired"))
    (expired,) = payments(world, invoice)
    assert isinstance(expired.state, Expired)
    with world.transactions.begin() as store:  # the refusal asked for the next step
        assert CollectPayment(invoice.id) in [item.work for item in store.outbox.open_items("task")]
        collect_payment(store, invoice.id, END, world.ids)
    world.deliver(END)
    assert [payment.taken.minor for payment in payments(world, invoice)] == [0, invoice.gross.minor]


def test_a_declined_card_leaves_a_debt_that_is_collected_again_only_on_demand(world: MoneyWorld) -> None:
    invoice = bill_and_pay(world, answer=lambda item, at: Rejected("card_declined"), driver=POOR_DRIVER)
    assert [type(payment.state) for payment in payments(world, invoice)] == [Declined]
    within(world, lambda store: collect_payment(store, invoice.id, END, world.ids))
    assert len(payments(world, invoice)) == 1
    assert owed(world, POOR_DRIVER) == invoice.gross.minor
    with world.transactions.begin() as store:
        standing = store.payments.debt_status(POOR_DRIVER)
        assert standing.owed == invoice.gross and not standing.blocked  # reminded of, and blocked by the last reminder alone
        assert collect(store, OPERATOR, END, world.ids) == 0
        assert collect(store, OPERATOR, END, world.ids, again=True) == 1
    world.deliver(END)
    with world.transactions.begin() as store:
        assert store.payments.debt_status(POOR_DRIVER).owed is None


@both_stores
def test_a_driver_with_a_monthly_account_pays_once_at_the_collection_run(world: MoneyWorld) -> None:
    invoice = bill_and_pay(world, driver=ACCOUNT_DRIVER)
    assert payments(world, invoice) == [] and owed(world, ACCOUNT_DRIVER) == invoice.gross.minor
    for _ in range(3):
        within(world, lambda store: collect(store, OPERATOR, END, world.ids))
    assert world.deliver(END) == 1
    assert [payment.taken for payment in payments(world, invoice)] == [invoice.gross]
    assert owed(world, ACCOUNT_DRIVER) == 0


def test_an_invoice_of_zero_takes_no_payment_and_releases_the_hold(world: MoneyWorld) -> None:
    before = held(world)
    free = {"price_components": [{"type": "ENERGY", "price": 0, "vat": 19, "step_size": 1}]}
    no_price = version({"country_code": "DE", "party_id": "F", "id": "0", "currency": "EUR", "tax_included": "NO", "elements": [free]}, 8)
    within(world, lambda store: store.prices.put_version(replace(no_price, site_id=None)))
    invoice = bill_and_pay(world, tariff_version_id=no_price.id)
    assert invoice.gross == Money.zero("EUR") and payments(world, invoice) == []
    with world.transactions.begin() as store:
        kept = store.payments.payment(before.id)
    assert kept is not None and isinstance(kept.state, Released)


def test_a_hold_without_a_charge_is_released_after_a_quarter_of_an_hour(world: MoneyWorld) -> None:
    before = held(world)
    later = NOON + timedelta(minutes=15)
    assert within(world, lambda store: maintain_holds(store, OPERATOR, NOON, world.ids)) == 0
    assert within(world, lambda store: maintain_holds(store, OPERATOR, later, world.ids)) == 1
    world.deliver(later)
    with world.transactions.begin() as store:
        kept = store.payments.payment(before.id)
        assert kept is not None and isinstance(kept.state, Released) and not store.payments.open_holds(OPERATOR)


def test_a_hold_released_twice_after_a_refused_start_is_released_once(world: MoneyWorld) -> None:
    before = held(world)
    within(world, lambda store: release(store, before.id, "charger said rejected", NOON, world.ids))
    within(world, lambda store: release(store, before.id, "charger said rejected", NOON, world.ids))
    assert world.deliver(NOON) == 1


def test_a_repeated_request_for_a_hold_returns_the_first_hold(world: MoneyWorld) -> None:
    assert held(world).id == held(world).id


def test_a_processor_event_is_handled_once_and_queries_the_payment_only_if_the_state_is_new(world: MoneyWorld) -> None:
    before = held(world)
    late = ProcessorEvent("evt_1", "held", before.id, NOON)
    expired = ProcessorEvent("evt_2", "expired", before.id, NOON)
    with world.transactions.begin() as store:
        assert receive_payment_event(store, late, NOON, world.ids) and not store.outbox.open_items("payment")
        assert receive_payment_event(store, expired, NOON, world.ids)
        assert not receive_payment_event(store, expired, NOON, world.ids)
        assert [type(item.work) for item in store.outbox.open_items("payment")] == [QueryPayment]
    zero = Money.zero("EUR")
    gone = ProcessorRecord(before.id, "expired", "pay_1", zero, zero, zero, NOON)
    world.deliver(NOON, lambda item, at: gone)
    with world.transactions.begin() as store:
        kept = store.payments.payment(before.id)
    assert kept is not None and isinstance(kept.state, Expired)


def test_a_processor_event_of_an_unknown_payment_changes_nothing(world: MoneyWorld) -> None:
    event = ProcessorEvent("evt_9", "captured", QueryPayment(world.ids.new(NOON), OPERATOR, "").payment_id, NOON)  # type: ignore[arg-type]
    assert within(world, lambda store: receive_payment_event(store, event, NOON, world.ids)) is True


def test_a_payment_without_answer_is_queried_at_the_processor_once_and_its_hold_found(world: MoneyWorld) -> None:
    """The webhook was lost as well: the periodic check queries the payment."""
    held(world, answer=lambda item, at: Unanswered("timeout"))
    for later in (NOON + timedelta(minutes=15), NOON + timedelta(minutes=75)):
        within(world, lambda store, at=later: maintain_holds(store, OPERATOR, at, world.ids))
    with world.transactions.begin() as store:
        assert sum(isinstance(item.work, QueryPayment) for item in store.outbox.open_items("payment")) == 1
    zero = Money.zero("EUR")

    def answer(item: object, at: datetime) -> object:
        work = item.work  # type: ignore[attr-defined]
        if isinstance(work, QueryPayment):
            return ProcessorRecord(work.payment_id, "held", "pay_1", Money(2000, "EUR"), zero, zero, NOON, at + timedelta(days=7))
        return Unanswered("timeout")

    world.deliver(later, answer)
    with world.transactions.begin() as store:
        (kept,) = store.payments.open_holds(OPERATOR)
    assert isinstance(kept.state, Held)


def test_a_refund_of_more_than_was_paid_is_refused(world: MoneyWorld) -> None:
    held(world)
    invoice = bill_and_pay(world)
    (payment,) = payments(world, invoice)
    within(world, lambda store: refund(store, payment.id, Money(100, "EUR"), "goodwill", END, world.ids))
    world.deliver(END)
    with pytest.raises(BadInput):
        within(world, lambda store: refund(store, payment.id, invoice.gross, "all of it", END, world.ids))
    assert owed(world) == 100  # what went back is owed until a credit note says otherwise
    assert within(world, lambda store: collect_payment(store, invoice.id, END, world.ids)) == ()


def test_a_credit_note_for_the_whole_invoice_is_issued_once_and_stops_the_collection(world: MoneyWorld) -> None:
    invoice = bill_and_pay(world, driver=ACCOUNT_DRIVER)
    note = within(world, lambda store: credit_invoice(store, invoice.id, "wrong tariff", END, world.ids))
    assert isinstance(note, Invoice) and note.kind is DocumentKind.CREDIT_NOTE and note.number == "CRN-2026-000001"
    with pytest.raises(Conflict):
        within(world, lambda store: credit_invoice(store, invoice.id, "again", END, world.ids))
    assert owed(world, ACCOUNT_DRIVER) == 0
    assert within(world, lambda store: collect(store, OPERATOR, END, world.ids)) == 0


def test_a_no_show_is_billed_once_at_the_price_quoted_for_the_booking(world: MoneyWorld) -> None:
    booking = missed(quote=Quote(version().id, 10_000, Money(500, "EUR")))
    within(world, lambda store: store.bookings.put(booking))
    first = within(world, lambda store: invoice_no_show(store, booking.id, END, world.ids))
    again = within(world, lambda store: invoice_no_show(store, booking.id, END, world.ids))
    assert isinstance(first, Invoice) and first == again and first.net == Money(500, "EUR")


def test_revenue_shares_and_card_clearing_are_posted_once_when_repeated(world: MoneyWorld) -> None:
    held(world)
    invoice = bill_and_pay(world)
    (payment,) = payments(world, invoice)
    line = ClearingLine("clr_1", payment.id, payment.taken, Money(20, "EUR"), END)
    stranger = replace(line, id="clr_2", payment_id=QueryPayment(world.ids.new(NOON), OPERATOR, "").payment_id)  # type: ignore[arg-type]
    for _ in range(2):
        within(world, lambda store: settle_shares(store, invoice, [ShareRule("host", Decimal(10))], END))
        within(world, lambda store: clear(store, [line, stranger], END, world.ids))
    with world.transactions.begin() as store:
        assert store.ledger.balance(OPERATOR, CLEARING, "EUR") == 0
        assert store.ledger.balance(OPERATOR, FEES, "EUR") == 20
        assert world.sum_is_zero(store)
        assert verify_chain(store.ledger.chain(OPERATOR)) == 6


def test_twelve_charges_are_invoiced_with_gapless_numbers_and_all_paid(world: MoneyWorld) -> None:
    for number in range(1, 13):
        driver = CARD_DRIVER if number % 2 else ACCOUNT_DRIVER
        bill_and_pay(world, number=number, driver=driver)
    within(world, lambda store: collect(store, OPERATOR, END, world.ids))
    world.deliver(END)
    with world.transactions.begin() as store:
        documents = store.documents.recent(OPERATOR, 100)
        assert sorted(document.sequence for document in documents) == list(range(1, 13))
        assert store.payments.unpaid(OPERATOR) == [] and not store.payments.open_holds(OPERATOR)
    assert owed(world) == owed(world, ACCOUNT_DRIVER) == 0


def test_a_driver_without_a_card_or_a_site_without_a_price_gets_no_hold(world: MoneyWorld) -> None:
    driver, evse = world.driver(CARD_DRIVER), world.evse()
    with pytest.raises(Conflict, match="card"):
        within(world, lambda store: hold(store, replace(driver, payment_method=""), evse, NOON, world.ids))
    with pytest.raises(Conflict, match="price"):
        within(world, lambda store: hold(store, driver, evse, NOON - timedelta(days=300), world.ids))


def test_a_hold_is_released_at_once_if_its_charge_cannot_be_started(world: MoneyWorld) -> None:
    """The charger was refused meanwhile."""
    within(world, lambda store: store.stations.put_charger(Charger(ChargerId("CP1"), Approval.REFUSED)))
    before = held(world)
    world.deliver(NOON)
    with world.transactions.begin() as store:
        kept = store.payments.payment(before.id)
    assert kept is not None and isinstance(kept.state, Released)


def test_an_invoice_credited_before_it_was_paid_is_not_taken_from_the_card(world: MoneyWorld) -> None:
    invoice = world.billed(world.ended(), END)
    assert invoice is not None
    within(world, lambda store: credit_invoice(store, invoice.id, "wrong tariff", END, world.ids))
    assert within(world, lambda store: collect_payment(store, invoice.id, END, world.ids)) == ()
    assert payments(world, invoice) == [] and owed(world) == 0


def test_a_hold_expires_at_its_expiry_instant_and_leaves_the_ledger(world: MoneyWorld) -> None:
    before, charge = held(world), world.ended()
    assert isinstance(before.state, Held)
    # A charge's own goes back by its bill alone.
    within(world, lambda store: store.payments.put(assign_to_session(before, charge.session_id)))
    for at, state in ((before.state.expires_at - timedelta(seconds=1), "Held"), (before.state.expires_at, "Expired")):
        within(world, lambda store, at=at: maintain_holds(store, OPERATOR, at, world.ids))  # type: ignore[misc]
        with world.transactions.begin() as store:
            now = store.payments.payment(before.id)
            assert now is not None and now.state_name == state
            assert (store.ledger.balance(OPERATOR, held_on_card(CARD_DRIVER), "EUR") == 0) is (state == "Expired")
