"""State transitions of a payment: what is allowed in each state, and the effect of answers."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.drivers import DebtStatus
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, PaymentId, SessionId
from forecourt.payments import (
    DEBIT,
    PAYER_PRESENT,
    Accepted,
    AtPayer,
    Capture,
    Captured,
    Charging,
    Declined,
    DunningCase,
    Expired,
    Held,
    Opened,
    Payer,
    Payment,
    PlaceHold,
    ProcessorEvent,
    ProcessorRecord,
    Rejected,
    Release,
    Released,
    Releasing,
    Transition,
    Unanswered,
    Unknown,
    Withdrawing,
    adopt_terminal_hold,
    apply_answer,
    apply_record,
    assign_to_session,
    begin_charge,
    begin_hold,
    capture,
    close_case,
    debt_status_of,
    hold_amount,
    is_news,
    lapse,
    pending_order,
    refund,
    release,
)
from money_world import CARD_DRIVER, EVSE, NOON, OPERATOR

PAYER = Payer(OPERATOR, CARD_DRIVER, "pm_1")
ID, DOCUMENT = PaymentId(UUID(int=60)), DocumentId(UUID(int=70))
LATER = NOON + timedelta(hours=1)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def yes(at: datetime = NOON) -> Accepted:
    return Accepted("pay_1", at, at + timedelta(days=7))


def asked() -> Transition:
    return begin_hold(PAYER, ID, EVSE, eur(2000), NOON)


def held() -> Payment:
    return apply_answer(asked().payment, asked().orders[0], yes(), NOON).payment


def captured(minor: int = 1500) -> Payment:
    taking = capture(held(), eur(minor), DOCUMENT, LATER)
    return apply_answer(taking.payment, taking.orders[0], yes(LATER), LATER).payment


def test_a_requested_hold_is_confirmed_and_booked() -> None:
    assert asked().orders == (PlaceHold(ID, OPERATOR, eur(2000), "pm_1", f"{ID}/1"),)
    moved = apply_answer(asked().payment, asked().orders[0], yes(), NOON)
    assert moved.payment.state == Held(eur(2000), "pay_1", NOON + timedelta(days=7), NOON)
    assert [txn.key for txn in moved.txns] == [f"hold/{ID}"]


def test_a_payer_without_a_stored_card_cannot_be_charged() -> None:
    with pytest.raises(Conflict):
        Payer(OPERATOR, CARD_DRIVER, "")


def test_a_capture_takes_at_most_the_hold_and_ends_it() -> None:
    with pytest.raises(BadInput):
        capture(held(), eur(2001), DOCUMENT, LATER)
    taking = capture(held(), eur(1500), DOCUMENT, LATER)
    assert taking.orders == (Capture(ID, OPERATOR, eur(1500), "pm_1", f"{ID}/2", "pay_1"),)
    done = apply_answer(taking.payment, taking.orders[0], yes(LATER), LATER)
    assert done.payment.state == Captured(eur(1500), "pay_1", LATER, eur(0))
    assert [txn.key for txn in done.txns] == [f"unhold/{ID}", f"capture/{ID}"]
    assert not done.payment.holding


def test_only_a_standing_hold_is_captured() -> None:
    for payment in (asked().payment, captured(), release(held(), "x", NOON).payment):
        with pytest.raises(Conflict):
            capture(payment, eur(1), DOCUMENT, LATER)
    with pytest.raises(Conflict):
        capture(held(), eur(1), DOCUMENT, NOON + timedelta(days=8))


def test_a_refused_hold_is_declined() -> None:
    assert apply_answer(asked().payment, asked().orders[0], Rejected("card_declined", "No."), NOON).payment.state == Declined(
        eur(2000), NOON, "card_declined", "No."
    )


def test_capturing_a_hold_expired_at_the_provider_marks_it_expired() -> None:
    taking = capture(held(), eur(100), DOCUMENT, LATER)
    done = apply_answer(taking.payment, taking.orders[0], Rejected("hold_expired"), LATER)
    assert done.payment.state == Expired(LATER)
    assert [txn.key for txn in done.txns] == [f"unhold/{ID}"]


def test_a_hold_is_captured_until_it_expires_and_not_from_then_on() -> None:
    end = NOON + timedelta(days=7)
    assert capture(held(), eur(100), DOCUMENT, end - timedelta(seconds=1)).orders
    with pytest.raises(Conflict) as refused:
        capture(held(), eur(100), DOCUMENT, end)
    assert refused.value.code == "hold_expired"


def test_a_hold_released_before_confirmation_is_released_once_confirmed() -> None:
    unwanted = release(asked().payment, "changed my mind", NOON)
    assert unwanted.orders == ()
    moved = apply_answer(unwanted.payment, asked().orders[0], yes(), NOON)
    assert isinstance(moved.payment.state, Releasing)
    assert moved.orders == (Release(ID, OPERATOR, eur(2000), "pm_1", f"{ID}/2", "pay_1"),)
    done = apply_answer(moved.payment, moved.orders[0], yes(LATER), LATER)
    assert done.payment.state == Released(LATER, "changed my mind")


def test_releasing_an_ended_hold_changes_nothing_and_a_captured_one_is_refused() -> None:
    gone = lapse(held(), LATER).payment
    assert release(gone, "x", LATER) == Transition(gone)
    with pytest.raises(Conflict):
        release(captured(), "x", LATER)


def test_an_unanswered_order_is_unknown_and_the_same_order_is_sent_again() -> None:
    first = asked().orders[0]
    silent = apply_answer(asked().payment, first, Unanswered("timeout"), NOON).payment
    assert isinstance(silent.state, Unknown) and silent.holding and silent.open
    assert pending_order(silent) == first
    again = apply_answer(silent, first, Unanswered("timeout"), LATER).payment
    assert isinstance(again.state, Unknown) and again.state.since == NOON
    assert isinstance(apply_answer(again, first, yes(), LATER).payment.state, Held)


def test_no_new_order_is_made_while_the_outcome_is_unknown() -> None:
    taking = capture(held(), eur(100), DOCUMENT, LATER)
    unknown = apply_answer(taking.payment, taking.orders[0], Unanswered("?"), LATER).payment
    with pytest.raises(Conflict):
        capture(unknown, eur(100), DOCUMENT, LATER)
    with pytest.raises(Conflict):
        release(unknown, "x", LATER)
    assert unknown.pending_amount == eur(100)


def test_a_late_answer_to_an_older_order_changes_nothing() -> None:
    after = captured()
    for answer in (yes(), Rejected("card_declined"), Unanswered("?")):
        assert apply_answer(after, asked().orders[0], answer, LATER) == Transition(after)


def test_a_late_answer_to_an_older_order_does_not_answer_the_pending_one() -> None:
    taking = capture(held(), eur(100), DOCUMENT, LATER).payment
    for answer in (yes(LATER), Rejected("hold_expired"), Unanswered("?")):
        assert apply_answer(taking, asked().orders[0], answer, LATER) == Transition(taking)


def test_refunds_never_exceed_what_was_taken() -> None:
    first = refund(captured(), eur(1000), "goodwill", LATER)
    done = apply_answer(first.payment, first.orders[0], yes(LATER), LATER).payment
    assert (done.taken, done.returned) == (eur(1500), eur(1000))
    with pytest.raises(BadInput):
        refund(done, eur(501), "more", LATER)
    with pytest.raises(Conflict):
        refund(first.payment, eur(1), "while another is on its way", LATER)


def test_a_refused_refund_leaves_the_payment_as_it_was() -> None:
    asked_back = refund(captured(), eur(10), "x", LATER)
    assert apply_answer(asked_back.payment, asked_back.orders[0], Rejected("refund_too_large"), LATER).payment.state == captured().state


def test_a_returned_refund_leaves_an_unknown_later_refund_to_be_looked_up() -> None:
    first = refund(captured(), eur(500), "x", LATER)
    given_back = apply_answer(first.payment, first.orders[0], yes(LATER), LATER).payment
    second = refund(given_back, eur(300), "x", LATER)
    unknown = apply_answer(second.payment, second.orders[0], Unanswered("?"), LATER).payment
    news = apply_record(unknown, record("captured", captured=eur(1500), refunded=eur(500), bounced=eur(200)), LATER)
    assert isinstance(news.payment.state, Unknown) and pending_order(news.payment) == second.orders[0]
    assert [txn.postings[0].amount for txn in news.txns] == [eur(200)] and news.payment.captured == eur(1500 - 500 + 200)
    done = apply_answer(news.payment, second.orders[0], yes(LATER), LATER).payment
    more = apply_record(done, record("captured", captured=eur(1500), refunded=eur(800), bounced=eur(350)), LATER)
    assert (done.captured, more.payment.captured) == (eur(1500 - 800 + 200), eur(1500 - 800 + 350))
    assert [txn.postings[0].amount for txn in more.txns] == [eur(150)]


def record(status: str, **changes: object) -> ProcessorRecord:
    zero = eur(0)
    made = ProcessorRecord(ID, status, "pay_1", zero, zero, zero, LATER, NOON + timedelta(days=7))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_providers_record_resolves_an_unknown_outcome() -> None:
    charge = begin_charge(PAYER, ID, DOCUMENT, None, eur(500), NOON)
    unknown = apply_answer(charge.payment, charge.orders[0], Unanswered("?"), NOON).payment
    assert isinstance(apply_record(unknown, record("captured", captured=eur(500)), LATER).payment.state, Captured)
    assert isinstance(apply_record(unknown, record("declined", code="card_declined"), LATER).payment.state, Declined)
    assert apply_record(unknown, record("requested"), LATER) == Transition(unknown)


def test_the_providers_record_shows_expired_holds_and_refunds_made_elsewhere() -> None:
    assert isinstance(apply_record(held(), record("expired"), LATER).payment.state, Expired)
    moved = apply_record(captured(), record("captured", captured=eur(1500), refunded=eur(200)), LATER)
    assert moved.payment.returned == eur(200)
    assert [txn.key for txn in moved.txns] == [f"refund/{ID}/200"]


def by_state() -> dict[str, Payment]:
    """A payment in each state that waits for the processor."""
    at_page = replace(held(), method=PAYER_PRESENT, state=AtPayer(eur(2000), NOON, "pay_1", "", "secret"))
    return {
        "hold": asked().payment,
        "capture": capture(held(), eur(1500), DOCUMENT, LATER).payment,
        "release": release(held(), "x", LATER).payment,
        "withdrawal": release(at_page, "x", LATER).payment,
        "charge": begin_charge(PAYER, ID, DOCUMENT, None, eur(500), NOON).payment,
        "refund": refund(captured(), eur(100), "x", LATER).payment,
    }


@pytest.mark.parametrize(
    ("waits", "status", "becomes", "code"),
    [
        ("hold", "declined", "Declined", "declined"),
        ("hold", "expired", "Declined", "hold_expired"),
        ("hold", "released", "Declined", "hold_released"),
        ("capture", "expired", "Expired", ""),
        ("capture", "released", "Expired", ""),
        ("release", "released", "Released", ""),
        ("release", "expired", "Expired", ""),
        ("withdrawal", "released", "Released", ""),
        ("withdrawal", "expired", "Expired", ""),
        ("charge", "declined", "Declined", "declined"),
    ],
)
def test_the_providers_record_ends_the_pending_order_and_an_ended_hold_is_unbooked(
    waits: str, status: str, becomes: str, code: str
) -> None:
    payment = by_state()[waits]
    for before in (payment, replace(payment, state=Unknown(payment.state, NOON, "?"))):  # type: ignore[arg-type]
        moved = apply_record(before, record(status), LATER)
        assert (moved.payment.state_name, getattr(moved.payment.state, "code", "")) == (becomes, code)
        assert moves(moved) == ([("unhold", 2000)] if waits in ("capture", "release") else []) and not moved.orders


@pytest.mark.parametrize("waits", by_state())
def test_a_record_that_decides_nothing_leaves_the_order_pending(waits: str) -> None:
    payment = by_state()[waits]
    assert apply_record(payment, record("requested", held=eur(9999)), LATER) == Transition(payment)
    if waits != "hold":
        assert apply_record(payment, record("held", held=eur(9999)), LATER) == Transition(payment)
        assert apply_answer(payment, pending_order(payment), Opened("pay_1", LATER), LATER) == Transition(payment)


@pytest.mark.parametrize(
    ("waits", "code", "becomes"),
    [
        ("capture", "card_declined", "Declined"),
        ("capture", "hold_released", "Expired"),
        ("release", "hold_expired", "Expired"),
        ("release", "gone", "Released"),
        ("withdrawal", "hold_expired", "Expired"),
        ("withdrawal", "gone", "Released"),
    ],
)
def test_a_rejected_order_ends_the_hold_by_its_error_code(waits: str, code: str, becomes: str) -> None:
    payment = by_state()[waits]
    moved = apply_answer(payment, pending_order(payment), Rejected(code), LATER)
    assert moved.payment.state_name == becomes and moves(moved) == ([] if waits == "withdrawal" else [("unhold", 2000)])


def test_a_released_hold_of_unknown_outcome_is_released_once_confirmed() -> None:
    silent = apply_answer(asked().payment, asked().orders[0], Unanswered("timeout"), NOON).payment
    moved = apply_answer(release(silent, "gone", NOON).payment, asked().orders[0], yes(LATER), LATER)
    assert isinstance(moved.payment.state, Releasing) and moved.payment.state.why == "gone"


def test_a_hold_captured_elsewhere_is_no_longer_held() -> None:
    moved = apply_record(held(), record("captured", captured=eur(700)), LATER)
    assert moves(moved) == [("unhold", 2000), ("capture", 700)]


def test_a_refund_to_a_card_reserves_nothing_of_a_prepaid_balance() -> None:
    giving = refund(captured(), eur(100), "x", LATER)
    done = apply_answer(giving.payment, giving.orders[0], yes(LATER), LATER)
    assert (moves(giving), moves(done)) == ([], [("refund", 100)])


@pytest.mark.parametrize(
    "changes",
    [{"status": "captured"}, {"held": eur(0)}, {"expires_at": None}, {"expires_at": LATER}],
)
def test_a_terminals_hold_is_adopted_only_if_it_is_active_and_unassigned(changes: dict[str, object]) -> None:
    standing_one = record("held", held=eur(3000))
    moved = adopt_terminal_hold(PAYER, EVSE, standing_one, LATER)
    assert moved.payment.state == Held(eur(3000), "pay_1", NOON + timedelta(days=7), LATER) and moves(moved) == [("hold", 3000)]
    with pytest.raises(Conflict):
        adopt_terminal_hold(PAYER, EVSE, replace(standing_one, **changes), LATER)  # type: ignore[arg-type]


def moves(moved: Transition) -> list[tuple[str, int]]:
    return [(txn.key.partition("/")[0], txn.postings[0].amount.minor) for txn in moved.txns]


def test_a_capture_at_the_provider_during_a_release_counts_as_captured() -> None:
    moved = apply_record(release(held(), "x", LATER).payment, record("captured", captured=eur(700)), LATER)
    assert moved.payment.state == Captured(eur(700), "pay_1", LATER, eur(0)) and not moved.orders
    assert moves(moved) == [("unhold", 2000), ("capture", 700)]


def test_a_capture_of_another_amount_at_the_provider_counts_with_that_amount() -> None:
    moved = apply_record(capture(held(), eur(1500), DOCUMENT, LATER).payment, record("captured", captured=eur(900)), LATER)
    assert moved.payment.taken == eur(900) and moves(moved) == [("unhold", 2000), ("capture", 900)]


def test_a_payer_on_the_payment_page_may_try_another_card_after_a_refusal() -> None:
    at_page, stored = replace(asked().payment, method=PAYER_PRESENT), asked().payment
    refused = record("declined", code="card_declined")
    assert apply_record(at_page, refused, LATER) == Transition(at_page)
    assert isinstance(apply_record(at_page, record("held"), LATER).payment.state, Held)
    assert isinstance(apply_record(stored, refused, LATER).payment.state, Declined)


def test_a_hold_increased_at_the_provider_is_increased_in_the_ledger() -> None:
    moved = apply_record(held(), record("held", held=eur(2500)), LATER)
    assert moved.payment.state == replace(held().state, amount=eur(2500)) and moves(moved) == [("hold", 500)]  # type: ignore[type-var]
    assert moved.txns[0].key == f"hold/{ID}/2500"
    assert apply_record(held(), record("held", held=eur(2000)), LATER) == Transition(held())
    assert apply_record(captured(), record("expired", held=eur(9999)), LATER) == Transition(captured())


def test_a_hold_made_on_the_payment_page_has_the_amount_and_expiry_of_the_record() -> None:
    at_page = begin_hold(Payer(OPERATOR, CARD_DRIVER, PAYER_PRESENT), ID, EVSE, eur(2000), NOON)
    opened = apply_answer(at_page.payment, at_page.orders[0], Opened("pay_1", NOON, "https://pay.example", "s"), NOON).payment
    assert opened.state == AtPayer(eur(2000), NOON, "pay_1", "https://pay.example", "s")
    moved = apply_record(opened, record("held", held=eur(1900)), LATER)
    assert moved.payment.state == Held(eur(1900), "pay_1", NOON + timedelta(days=7), LATER) and moves(moved) == [("hold", 1900)]
    refused = apply_record(opened, record("declined", code="insufficient_funds"), LATER).payment.state
    assert isinstance(refused, AtPayer) and refused.refusal == "insufficient_funds"
    assert [apply_record(opened, record(how), LATER).payment.state_name for how in ("released", "expired")] == ["Released", "Expired"]
    unwanted = apply_answer(release(at_page.payment, "gone", NOON).payment, at_page.orders[0], Opened("pay_1", NOON), NOON)
    assert isinstance(unwanted.payment.state, Withdrawing) and unwanted.orders[0].amount == eur(2000)  # type: ignore[union-attr]


def test_a_capture_reported_before_its_hold_is_booked() -> None:
    silent = apply_answer(asked().payment, asked().orders[0], Unanswered("timeout"), NOON).payment
    for payment in (asked().payment, silent, replace(asked().payment, method=PAYER_PRESENT)):
        moved = apply_record(payment, record("captured", captured=eur(700), refunded=eur(100)), LATER)
        assert (moved.payment.taken, moved.payment.returned) == (eur(700), eur(100))
        assert moves(moved) == [("capture", 700), ("refund", 100)]


def test_a_refund_is_complete_when_the_record_shows_it_beside_earlier_refunds() -> None:
    before = apply_record(captured(), record("captured", captured=eur(1500), refunded=eur(200)), LATER).payment
    giving = refund(before, eur(1000), "goodwill", LATER).payment
    for told, returned in ((200, 200), (1199, 200), (1200, 1200), (1300, 1300)):
        assert apply_record(giving, record("captured", captured=eur(1500), refunded=eur(told)), LATER).payment.returned == eur(returned)


def test_an_outdated_record_changes_nothing() -> None:
    assert apply_record(captured(), record("held"), LATER) == Transition(captured())


@pytest.mark.parametrize(("name", "news"), [("held", False), ("captured", False), ("refunded", True), ("expired", True)])
def test_only_an_event_with_news_causes_a_look_up(name: str, news: bool) -> None:
    assert is_news(captured(), ProcessorEvent("evt", name, ID, LATER)) is news


def test_a_hold_belongs_to_one_session() -> None:
    one = assign_to_session(held(), SessionId(UUID(int=1)))
    assert assign_to_session(one, SessionId(UUID(int=1))) == one
    with pytest.raises(Conflict):
        assign_to_session(one, SessionId(UUID(int=2)))


def test_a_hold_is_the_estimate_rounded_up_within_the_amount_of_the_tariff() -> None:
    assert hold_amount(eur(1234)) == eur(1300)
    assert hold_amount(eur(1234), Decimal(10)) == eur(1000) and hold_amount(eur(1234), Decimal(20)) == eur(1300)
    assert hold_amount(eur(0)) == eur(100)
    assert hold_amount(Money(1234, "JPY")) == Money(1234, "JPY")


def charge(number: int, minute: int, declined: bool, document: int = 70, currency: str = "EUR") -> Payment:
    ids = PaymentId(UUID(int=number)), DocumentId(UUID(int=document))
    made = begin_charge(PAYER, *ids, None, Money(500, currency), NOON + timedelta(minutes=minute))
    return apply_answer(made.payment, made.orders[0], Rejected("card_declined") if declined else yes(), LATER).payment


def test_a_declined_invoice_payment_blocks_the_driver_until_it_is_paid() -> None:
    declined = charge(1, 0, declined=True)
    assert debt_status_of([declined]).blocked and debt_status_of([declined]).owed == eur(500)
    assert not debt_status_of([charge(2, 5, declined=False), declined]).blocked
    assert debt_status_of([declined, charge(3, 6, declined=True, document=71)]).owed == eur(1000)
    assert not debt_status_of([]).blocked


def test_of_two_payments_of_one_instant_the_successful_one_counts() -> None:
    tied = [charge(1, 0, declined=True), charge(2, 0, declined=False)]
    assert debt_status_of(tied) == debt_status_of(tied[::-1]) == debt_status_of([])
    foreign = charge(3, 1, declined=True, document=71, currency="CHF")
    assert debt_status_of([charge(1, 0, declined=True), foreign]).owed == eur(500)


def test_a_dunning_case_alone_decides_the_debt_and_a_declined_debit_without_one_does_not_block() -> None:
    declined = charge(1, 0, declined=True)
    case = DunningCase(DOCUMENT, OPERATOR, CARD_DRIVER, "INV-2026-000001", eur(300), NOON)
    assert debt_status_of([declined], [case]) == DebtStatus(eur(300), blocked=False)
    assert (
        debt_status_of([declined], [close_case(case, "written off", LATER)])
        == debt_status_of([replace(declined, method=DEBIT)])
        == debt_status_of([])
    )


def test_a_declined_hold_owes_nothing() -> None:
    refused = apply_answer(asked().payment, asked().orders[0], Rejected("card_declined"), NOON).payment
    assert not debt_status_of([refused]).blocked


def test_a_charge_is_requested_at_once() -> None:
    assert isinstance(begin_charge(PAYER, ID, DOCUMENT, None, eur(500), NOON).payment.state, Charging)
    with pytest.raises(BadInput):
        begin_charge(PAYER, ID, DOCUMENT, None, eur(0), NOON)
