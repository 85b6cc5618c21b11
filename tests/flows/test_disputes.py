"""Cardholders dispute payments: stored with their state, posted to the cent; repeated or reordered reports change nothing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from forecourt.billing import Invoice
from forecourt.drivers import Token, TokenKind, token_uid
from forecourt.flows.answers import receive_payment_event
from forecourt.flows.billing import CreditRequest, credit_invoice, issue_account_statements, issue_credit_note
from forecourt.flows.desk import Staff, block_card
from forecourt.flows.paying import apply_dispute, clear, outstanding, payment_progress_of, poll_disputes, refund, set_block_rule
from forecourt.flows.paying.pay import look_up
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, Money, Span
from forecourt.ledger import AT_PROCESSOR, CLEARING, DISPUTED, FEES, WRITE_OFF, receivable, vat
from forecourt.payments import (
    BlockRule,
    Captured,
    ClearingLine,
    DisputeRecord,
    DisputeState,
    PaymentStatus,
    ProcessorEvent,
    ProcessorRecord,
    Refunding,
    tax_contained,
)
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, SITE, C, MoneyWorld, tariff
from stores import both_stores

from .test_money import END, bill_and_pay, held

FEE = Money(1500, "EUR")
VAT, DRIVER = vat(Decimal(19)), receivable(CARD_DRIVER)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


@pytest.fixture
def payment(world: MoneyWorld):  # type: ignore[no-untyped-def]
    held(world)
    made = bill_and_pay(world)
    with world.transactions.begin() as store:
        return store.payments.of_document(made.id)[0]


def told(payment, state: DisputeState, hours: int = 0) -> DisputeRecord:  # type: ignore[no-untyped-def]
    return DisputeRecord("dp_1", state, payment.captured, FEE, "fraudulent", END, END + timedelta(hours=hours), END + timedelta(days=7))


def says(world: MoneyWorld, payment, state: DisputeState, hours: int = 0):  # type: ignore[no-untyped-def]
    with world.transactions.begin() as store:
        return apply_dispute(store, payment, told(payment, state, hours), END + timedelta(hours=hours), world.ids)


def balances(world: MoneyWorld, *accounts) -> list[int]:  # type: ignore[no-untyped-def]
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store)
        return [store.ledger.balance(OPERATOR, account, "EUR") for account in accounts]


def tax_of(world: MoneyWorld, payment) -> int:  # type: ignore[no-untyped-def]
    """What of the payment is tax: it paid the whole of its invoice."""
    with world.transactions.begin() as store:
        invoice = store.documents.document(payment.document_id)
    assert invoice is not None and invoice.due == payment.captured
    return invoice.content.tax.minor


def test_a_disputed_amount_is_set_aside_and_returns_when_won_or_is_written_off_when_lost(world, payment) -> None:
    taken = payment.captured.minor
    says(world, payment, DisputeState.NEEDS_ANSWER)
    assert balances(world, CLEARING, DISPUTED, WRITE_OFF) == [0, taken, 0]
    says(world, payment, DisputeState.UNDER_REVIEW, 1)
    says(world, payment, DisputeState.WON, 2)
    assert balances(world, CLEARING, DISPUTED, WRITE_OFF, VAT) == [taken, 0, 0, -tax_of(world, payment)]
    says(world, payment, DisputeState.LOST, 3)  # the bank turned its verdict round
    assert balances(world, CLEARING, DISPUTED, WRITE_OFF, VAT) == [0, 0, taken - tax_of(world, payment), 0]
    says(world, payment, DisputeState.WON, 4)
    assert balances(world, CLEARING, DISPUTED, WRITE_OFF, VAT) == [taken, 0, 0, -tax_of(world, payment)]


def test_a_dispute_first_reported_as_lost_has_the_same_postings(world, payment) -> None:
    says(world, payment, DisputeState.LOST, 2)
    assert balances(world, CLEARING, DISPUTED, WRITE_OFF, VAT) == [0, 0, payment.captured.minor - tax_of(world, payment), 0]


def test_a_lost_dispute_does_not_correct_tax_that_a_credit_note_has_corrected(world, payment) -> None:
    """Credited and refunded, then disputed and lost all the same: the loss is whole, no tax was left in it."""
    with world.transactions.begin() as store:
        by = Staff(OPERATOR, "ops", END, world.ids)
        issue_credit_note(store, by, CreditRequest(payment.document_id, 0, "broken display"))
    world.deliver(END)
    says(world, payment, DisputeState.LOST, 2)
    assert balances(world, WRITE_OFF, VAT) == [payment.captured.minor, 0]


SEVEN = vat(Decimal(7))


def at_two_rates(transactions: Transactions):  # type: ignore[no-untyped-def]
    """A start of 0.50 at 7 %, and energy of 4.00 at 19 %: 0.54 and 4.76, paid."""
    two = tariff()
    two["elements"][1]["price_components"][0]["vat"] = 7
    world = MoneyWorld(transactions, two).build()
    held(world)
    made = bill_and_pay(world)
    with world.transactions.begin() as store:
        return world, made, store.payments.of_document(made.id)[0]


def credits_the_start(world: MoneyWorld, made: Invoice) -> None:
    place = next(place for place, line in enumerate(made.content.lines) if line.vat_percent == 7)
    with world.transactions.begin() as store:
        by = Staff(OPERATOR, "ops", END + timedelta(hours=3), world.ids)
        issue_credit_note(store, by, CreditRequest(made.id, 0, "broken display", lines=(place,)))
    world.deliver(END)


def test_a_lost_dispute_of_a_two_rate_invoice_corrects_only_tax_not_yet_credited(any_transactions: Transactions) -> None:
    """The start is credited: what is lost then is energy alone."""
    world, made, payment = at_two_rates(any_transactions)
    credits_the_start(world, made)
    assert balances(world, SEVEN, VAT) == [0, -76]
    says(world, payment, DisputeState.LOST, 4)
    assert balances(world, SEVEN, VAT) == [0, 0]


def test_a_credit_note_after_a_partly_lost_dispute_corrects_no_tax_twice(any_transactions: Transactions) -> None:
    """Of 3.00 that were lost each rate had its share. The driver has the start's 0.54 from the bank: 2.46 stay lost, of energy alone."""
    world, made, payment = at_two_rates(any_transactions)
    lost = replace(told(payment, DisputeState.LOST, 2), amount=Money(300, "EUR"))
    for _ in range(2):
        with world.transactions.begin() as store:
            apply_dispute(store, payment, lost, END + timedelta(hours=2), world.ids)
    assert balances(world, SEVEN, VAT) == [-4 + 2, -76 + 43]
    credits_the_start(world, made)
    assert balances(world, SEVEN, VAT, WRITE_OFF, DRIVER) == [0, -76 + 39, 246 - 39, 0]


def credited(world: MoneyWorld, payment, hours: int = 3, seen: int = 0, **what: object):  # type: ignore[no-untyped-def]
    with world.transactions.begin() as store:
        by = Staff(OPERATOR, "ops", END + timedelta(hours=hours), world.ids)
        made = issue_credit_note(store, by, CreditRequest(payment.document_id, seen, "broken display", **what))  # type: ignore[arg-type]
    world.deliver(END + timedelta(hours=hours))
    return made


def test_a_credit_note_after_a_lost_dispute_reduces_the_loss_and_refunds_nothing(world, payment) -> None:
    says(world, payment, DisputeState.LOST, 2)
    made = credited(world, payment)
    assert (made.had, made.refunded.minor, made.by_hand.minor) == (payment.captured, 0, 0)
    assert balances(world, WRITE_OFF, VAT, DRIVER, CLEARING) == [0, 0, 0, 0]
    for _ in range(2):
        says(world, payment, DisputeState.LOST, 2)
    assert balances(world, WRITE_OFF, VAT, DRIVER, CLEARING) == [0, 0, 0, 0]


def test_a_credit_note_states_that_the_bank_has_returned_the_money_only_after_a_lost_dispute(world, payment) -> None:
    def told_of(note: Invoice) -> PaymentStatus:
        with world.transactions.begin() as store:
            return payment_progress_of(store, note).status

    assert told_of(credited(world, payment, 1, amount=Money(100, "EUR")).note) is PaymentStatus.CREDITED
    says(world, payment, DisputeState.LOST, 2)
    assert told_of(credited(world, payment, seen=1).note) is PaymentStatus.CREDITED_HAD


def test_a_credit_note_after_a_lost_dispute_is_refunded_once_when_the_dispute_is_won_after_all(world, payment) -> None:
    says(world, payment, DisputeState.LOST, 2)
    credited(world, payment, amount=Money(200, "EUR"))
    for state, hours in ((DisputeState.UNDER_REVIEW, 4), (DisputeState.WON, 5), (DisputeState.WON, 5), (DisputeState.WON, 6)):
        says(world, payment, state, hours)
        world.deliver(END + timedelta(hours=hours))
    assert balances(world, WRITE_OFF, DRIVER, CLEARING, DISPUTED) == [0, 0, payment.captured.minor - 200, 0]
    says(world, payment, DisputeState.LOST, 7)  # turned round once more: what went back is lost as well
    assert balances(world, WRITE_OFF, DRIVER, CLEARING, VAT) == [payment.captured.minor - round(336 / 1.19 * 0.19), 0, -200, 0]


def test_a_record_of_a_won_dispute_and_another_refund_keeps_the_refund_that_the_win_starts(world, payment) -> None:
    says(world, payment, DisputeState.LOST, 2)
    credited(world, payment)
    later, zero = END + timedelta(hours=5), Money.zero("EUR")
    won = told(payment, DisputeState.WON, 5)
    record = ProcessorRecord(payment.id, "captured", "pay_1", zero, payment.taken, Money(1, "EUR"), later, disputes=(won,))
    with world.transactions.begin() as store:
        receive_payment_event(store, ProcessorEvent("evt_w", "disputed", payment.id, later), later, world.ids)
    world.deliver(later, lambda item, at: record)
    with world.transactions.begin() as store:
        state = store.payments.payment(payment.id).state
    assert isinstance(state, Refunding) and state.amount == payment.taken


def test_an_overpayment_is_not_refunded_automatically_when_a_dispute_is_won(world, payment) -> None:
    """Its invoice was credited without the money: nothing was set off, so it waits for a person as before."""
    with world.transactions.begin() as store:
        credit_invoice(store, payment.document_id, "wrong", END, world.ids)
    for state, hours in ((DisputeState.NEEDS_ANSWER, 1), (DisputeState.WON, 2)):
        says(world, payment, state, hours)
    assert world.deliver(END + timedelta(hours=2)) == 0
    assert balances(world, DRIVER) == [-payment.taken.minor]


def test_after_a_partly_lost_dispute_only_credits_beyond_the_lost_part_are_refunded(world, payment) -> None:
    """3.00 are lost. A credit note over 1.00 refunds nothing, one over 2.50 more refunds 0.50, and one over the rest all of it."""
    with world.transactions.begin() as store:
        lost = replace(told(payment, DisputeState.LOST, 2), amount=Money(300, "EUR"))
        apply_dispute(store, payment, lost, END + timedelta(hours=2), world.ids)
    gave = [credited(world, payment, 3 + seen, seen, amount=Money(minor, "EUR")) for seen, minor in enumerate((100, 250, 186))]
    assert [(one.had.minor, one.refunded.minor) for one in gave] == [(100, 0), (200, 50), (0, 186)]
    assert balances(world, WRITE_OFF, VAT, DRIVER, CLEARING) == [0, 0, 0, 0]


def test_no_credit_note_is_issued_while_a_dispute_is_open(world, payment) -> None:
    says(world, payment, DisputeState.UNDER_REVIEW)
    for what in ({}, {"amount": Money(100, "EUR")}):
        with pytest.raises(Conflict, match="has not decided yet") as refusal:
            credited(world, payment, **what)
        assert refusal.value.code == "payment_disputed"
    with world.transactions.begin() as store:
        assert store.documents.credit_notes_of(payment.document_id) == []


def stated(world: MoneyWorld, invoice: Invoice):  # type: ignore[no-untyped-def]
    at = END + timedelta(hours=1)
    with world.transactions.begin() as store:
        (statement,) = issue_account_statements(store, invoice.driver_id, Span(NOON, at), at, world.ids)
    world.deliver(at)
    with world.transactions.begin() as store:
        return store.payments.of_document(statement.id)[0]


@pytest.mark.parametrize("state", [DisputeState.UNDER_REVIEW, DisputeState.LOST])
def test_an_invoice_on_a_statement_in_dispute_or_lost_cannot_be_credited(world, state) -> None:
    made = world.billed(world.ended(driver=ACCOUNT_DRIVER), END)
    payment = stated(world, made)
    says(world, payment, state, 1)
    with pytest.raises(Conflict, match="has not decided yet" if state is DisputeState.UNDER_REVIEW else "monthly statement"):
        credited(world, replace(payment, document_id=made.id))
    says(world, payment, DisputeState.WON, 4)
    assert credited(world, replace(payment, document_id=made.id), 5).note.due == made.due


@pytest.mark.parametrize("credited_first", [True, False])
def test_after_a_partly_lost_statement_dispute_the_rest_is_creditable_and_no_tax_corrected_twice(world, credited_first) -> None:
    """In either order: of what the note has left, the part that is lost owes no tax."""
    bills = [
        world.billed(world.ended((C, 60, wh), driver=ACCOUNT_DRIVER, number=number), END) for number, wh in enumerate((10_000, 20_000))
    ]
    payment = stated(world, bills[0])
    lost = replace(told(payment, DisputeState.LOST, 2), amount=Money(300, "EUR"))

    def loses() -> None:
        with world.transactions.begin() as store:
            apply_dispute(store, payment, lost, END + timedelta(hours=2), world.ids)

    for act in (partial(credited, world, replace(payment, document_id=bills[1].id), 5), loses)[:: 1 if credited_first else -1]:
        act()
    tax = bills[0].content.taxes[0].tax - tax_contained(bills[0].content.taxes, Money(300, "EUR"))[0][1]
    assert balances(world, vat(Decimal(19)), WRITE_OFF) == [-tax.minor, 300 - (bills[0].content.taxes[0].tax - tax).minor]
    with pytest.raises(Conflict, match="all but"):
        credited(world, replace(payment, document_id=bills[0].id), 6)
    with world.transactions.begin() as store:
        left = bills[0].due - lost.amount
        by = Staff(OPERATOR, "ada", END + timedelta(hours=7), world.ids)
        issue_credit_note(store, by, CreditRequest(bills[0].id, 0, "wrong", amount=left))
    assert balances(world, vat(Decimal(19)), WRITE_OFF)[0] in (-1, 0, 1), "nothing of it was paid or is owed"


def test_a_bounced_refund_of_a_statement_payment_without_credit_note_leaves_it_paid(world) -> None:
    """Refunded at the processor without a credit note: nothing is owed once the payer's bank returns it."""
    payment = stated(world, world.billed(world.ended(driver=ACCOUNT_DRIVER), END))
    debtor, part, zero = receivable(ACCOUNT_DRIVER), Money(200, "EUR"), Money(0, "EUR")
    for hours, bounced, owes in ((2, zero, 200), (3, part, 0), (3, part, 0), (2, zero, 0)):
        at = END + timedelta(hours=hours)
        told_so = ProcessorRecord(payment.id, "captured", "pay", zero, payment.taken, part, at, bounced=bounced)
        with world.transactions.begin() as store:
            look_up(store, payment, f"look {hours} {bounced} {owes}", at, world.ids)
        world.deliver(at, lambda item, at, told_so=told_so: told_so)
        assert balances(world, debtor, CLEARING) == [owes, payment.taken.minor - owes]
    with world.transactions.begin() as store:
        assert store.paybacks.waiting(OPERATOR) == [] and outstanding(store, store.statements.statement(payment.document_id)) == zero


def test_in_countries_with_stricter_bad_debt_rules_the_tax_of_a_lost_dispute_stays_owed(world, payment) -> None:
    with world.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(SITE), country="FR"))
    says(world, payment, DisputeState.LOST, 2)
    assert balances(world, WRITE_OFF, VAT) == [payment.captured.minor, -tax_of(world, payment)]


def test_repeated_and_reordered_dispute_reports_change_nothing(world, payment) -> None:
    for state, hours in ((DisputeState.NEEDS_ANSWER, 0), (DisputeState.LOST, 2), (DisputeState.UNDER_REVIEW, 1), (DisputeState.LOST, 2)):
        kept = says(world, payment, state, hours)
    assert kept.state is DisputeState.LOST
    assert balances(world, CLEARING, DISPUTED, WRITE_OFF, VAT) == [0, 0, payment.captured.minor - tax_of(world, payment), 0]


@both_stores
def test_a_dispute_outcome_without_a_webhook_is_found_within_a_day(world, payment) -> None:
    """A lost dispute moves no money at the processor, so its clearing file has no row of it."""
    says(world, payment, DisputeState.NEEDS_ANSWER)
    zero, later = Money.zero("EUR"), END + timedelta(days=1)
    with world.transactions.begin() as store:
        assert [poll_disputes(store, OPERATOR, at, world.ids) for at in (END, later, later + timedelta(minutes=1))] == [1, 1, 1]
    lost = told(payment, DisputeState.LOST, 20)
    record = ProcessorRecord(payment.id, "captured", "pay_1", zero, payment.taken, zero, later, disputes=(lost,))
    assert world.deliver(later, lambda item, at: record) == 1
    assert balances(world, DISPUTED, WRITE_OFF) == [0, payment.captured.minor - tax_of(world, payment)]
    with world.transactions.begin() as store:
        assert poll_disputes(store, OPERATOR, later + timedelta(days=1), world.ids) == 0


def test_a_webhook_received_three_times_queries_the_record_once(world, payment) -> None:
    event = ProcessorEvent("evt_d", "disputed", payment.id, END)
    with world.transactions.begin() as store:
        assert [receive_payment_event(store, event, END, world.ids) for _ in range(3)] == [True, False, False]
    zero = Money.zero("EUR")
    record = ProcessorRecord(
        payment.id, "captured", "pay_1", zero, payment.taken, zero, END, disputes=(told(payment, DisputeState.NEEDS_ANSWER),)
    )
    assert world.deliver(END, lambda item, at: record) == 1
    with world.transactions.begin() as store:
        (kept,) = store.disputes.of_payment(payment.id)
        assert kept.state is DisputeState.NEEDS_ANSWER and isinstance(store.payments.payment(payment.id).state, Captured)


def test_a_dispute_fee_is_posted_once_with_its_clearing_row(world, payment) -> None:
    says(world, payment, DisputeState.NEEDS_ANSWER)
    lines = [
        ClearingLine("c1", payment.id, payment.captured, Money(20, "EUR"), END),
        ClearingLine("c2", payment.id, -payment.captured, FEE, END),
    ]
    for _ in range(2):
        with world.transactions.begin() as store:
            clear(store, lines, END, world.ids)
    assert balances(world, FEES, AT_PROCESSOR, CLEARING) == [1520, -1520, 0]


def test_a_disputed_payment_cannot_be_refunded(world, payment) -> None:
    says(world, payment, DisputeState.NEEDS_ANSWER)
    with world.transactions.begin() as store, pytest.raises(Conflict) as refusal:
        refund(store, payment.id, Money(1, "EUR"), "goodwill", END, world.ids)
    assert refusal.value.code == "payment_disputed"
    with pytest.raises(Conflict), world.transactions.begin() as store:
        issue_credit_note(store, Staff(OPERATOR, "ops", END, world.ids), CreditRequest(payment.document_id, 0, "both"))
    says(world, payment, DisputeState.WON, 1)
    with world.transactions.begin() as store:
        refund(store, payment.id, Money(1, "EUR"), "goodwill", END, world.ids)


@both_stores
@pytest.mark.parametrize(("rule", "blocked"), [(BlockRule.NEVER, [0, 0]), (BlockRule.OPENED, [1, 1]), (BlockRule.LOST, [0, 1])])
def test_charging_cards_are_blocked_by_the_operators_dispute_rule_and_unblocked_when_won(world, payment, rule, blocked) -> None:
    def count() -> int:
        with world.transactions.begin() as store:
            return sum(one.blocked for one in store.drivers.tokens_of(CARD_DRIVER))

    with world.transactions.begin() as store:
        set_block_rule(store, Staff(OPERATOR, "ops", END, world.ids), rule)
    says(world, payment, DisputeState.NEEDS_ANSWER)
    first = count()
    says(world, payment, DisputeState.LOST, 1)
    assert [first, count()] == blocked
    says(world, payment, DisputeState.WON, 2)
    assert count() == 0


def disputes(world: MoneyWorld, payment, name: str, state: DisputeState, hours: int) -> dict[str, bool]:  # type: ignore[no-untyped-def]
    """Which cards are blocked after a dispute's news."""
    with world.transactions.begin() as store:
        record = replace(told(payment, state, hours), id=name, amount=Money(1, "EUR"))
        apply_dispute(store, payment, record, END + timedelta(hours=hours), world.ids)
        return {one.uid: one.blocked for one in store.drivers.tokens_of(CARD_DRIVER)}


def with_cards(world: MoneyWorld) -> Staff:
    """Two cards beside the app; what is disputed blocks them."""
    by = Staff(OPERATOR, "ops", END, world.ids)
    with world.transactions.begin() as store:
        set_block_rule(store, by, BlockRule.OPENED)
        for uid in ("LOST", "OWN"):
            store.drivers.put_token(Token(token_uid(uid), OPERATOR, CARD_DRIVER, TokenKind.RFID))
    return by


def blocks(world: MoneyWorld, uid: str, *blocked: bool, payer=None) -> None:  # type: ignore[no-untyped-def]
    by = Staff(OPERATOR, "ops", END, world.ids)
    for one in blocked:
        with world.transactions.begin() as store:
            block_card(store, by, CARD_DRIVER, uid, one, payer)


@pytest.mark.parametrize("acts", [[], [True], [False, True]])
def test_a_charging_card_blocked_by_hand_stays_blocked_when_the_dispute_is_won(world, payment, acts) -> None:
    with_cards(world)
    if not acts:
        blocks(world, "LOST", True)
    assert all(disputes(world, payment, "dp_1", DisputeState.NEEDS_ANSWER, 0).values())
    blocks(world, "LOST", *acts)
    assert disputes(world, payment, "dp_1", DisputeState.WON, 1) == {"APPADA": False, "LOST": True, "OWN": False}


@both_stores
def test_a_card_stays_blocked_until_every_dispute_that_blocks_it_is_won(world, payment) -> None:
    with_cards(world)
    for hours, name in enumerate(("dp_1", "dp_2")):
        disputes(world, payment, name, DisputeState.NEEDS_ANSWER, hours)
    assert all(disputes(world, payment, "dp_1", DisputeState.WON, 2).values())
    assert not any(disputes(world, payment, "dp_2", DisputeState.WON, 3).values())


def test_a_fleet_payer_cannot_unblock_a_card_blocked_by_a_dispute_and_the_operator_can_for_good(world, payment) -> None:
    with_cards(world)
    disputes(world, payment, "dp_1", DisputeState.NEEDS_ANSWER, 0)
    blocks(world, "LOST", True, False, payer=ACCOUNT_DRIVER)
    blocks(world, "OWN", False)
    assert disputes(world, payment, "dp_1", DisputeState.LOST, 1) == {"APPADA": True, "LOST": True, "OWN": False}
