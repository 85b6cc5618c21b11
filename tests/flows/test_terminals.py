"""Payment at a charger's own terminal: its hold is checked before a charge begins, and the invoice is captured from it."""

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

import pytest

from card_verdict import verdict
from forecourt.drivers import terminal_token
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.desk import Staff
from forecourt.flows.guests import offer_terminal, refuse_terminal, terminal_answered, terminal_held, terminal_lookup
from forecourt.flows.paying import apply_dispute, collect_payment, maintain_holds
from forecourt.kernel import ChargerId, Conflict, Money
from forecourt.ledger import WRITE_OFF, vat
from forecourt.payments import Captured, DisputeRecord, DisputeState, Expired, Held, Payment, Released, terminal_payment_id
from forecourt.stations import (
    CardPresented,
    ChargeCap,
    ChargerBooted,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    OrderResult,
    Outcome,
    Protocol,
    SettlementReported,
    StopCharge,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)
from in_process_provider import OwnBank
from power_world import deliver
from stores import both_stores

from .conftest import NOON, at

CP1 = ChargerId("CP1")
TAKEN, REFUSED = (OrderResult(one) for one in (Outcome.ACCEPTED, Outcome.REJECTED))


@pytest.fixture
def bank() -> OwnBank:
    return OwnBank(NOON)


@pytest.fixture
def place(forecourt):
    forecourt.free()
    with forecourt.transactions.begin() as store:
        for number in (1, 2):
            known = store.stations.charger(ChargerId(f"CP{number}"))
            store.stations.put_charger(replace(known, connected=True, protocol=Protocol.OCPP21, seen_at=at(-60)))
    for number in (1, 2):
        allow(forecourt, TAKEN, TAKEN, charger=f"CP{number}")
    return forecourt


def staff(place) -> Staff:
    return Staff(place.operator_id, "ops", NOON, place.ids)


def allow(place, *answers: OrderResult, charger: str = "CP1") -> None:
    with place.transactions.begin() as store:
        told = offer_terminal(store, staff(place), ChargerId(charger))
        assert [(one.name.partition("/")[2], one.value) for one in told[:2]] == [
            ("AuthorizeDirectPayment", "true"),
            ("SettlementByCSMS", "true"),
        ]
        terminal_answered(store, staff(place), ChargerId(charger), answers)


def asks(place, bank: OwnBank, reference: str, minute: float = 0, charger: str = "CP1") -> bool:
    """The charger asks about a payment at its terminal, as the gateway has it looked up."""
    bank.at = max(bank.at, at(minute))
    card = CardPresented(charger, place.operator_id, place.site_id, terminal_token(reference), at(minute), reference)
    with place.transactions.begin() as store:
        wanted = terminal_lookup(store, card)
    if wanted is None:
        return False
    found = bank.adopt(wanted)
    with place.transactions.begin() as store:
        return terminal_held(store, card, found, sha256(reference.encode()).digest(), at(minute), place.ids)


def taps(place, bank: OwnBank, minor: int = 3000, minute: float = 0, charger: str = "CP1", currency: str = "EUR") -> str:
    """The reference of a hold that the terminal has put up, and that we have said yes to."""
    bank.at = max(bank.at, at(minute))
    reference = bank.bank.tap(minor, currency).id
    assert asks(place, bank, reference, minute, charger)
    return reference


def payment(place, reference: str) -> Payment:
    with place.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
        return store.payments.payment(terminal_payment_id(place.operator_id, reference))


def begun(place, reference: str, minute: float = 1, charger: str = "CP1", **more: object) -> str:
    sample = MeterSample(at(minute), 1000)
    fact = TransactionStarted(at(minute), 1, f"T-{charger}-{minute}", terminal_token(reference), samples=(sample,), **more)
    place.says(charger, fact)
    return fact.transaction


def billed(place, bank: OwnBank, reference: str, minute: float):
    bank.at = at(minute)
    with place.transactions.begin() as store:
        (record,) = store.sessions.records_of(store.payments.payment(terminal_payment_id(place.operator_id, reference)).driver_id)
        made = rate_and_invoice(store, record.session_id, at(minute), place.ids)
        assert made is not None
        collect_payment(store, made.id, at(minute), place.ids)
    works(place, bank, minute)
    return made


def works(place, bank: OwnBank, minute: float) -> None:
    """The clock's look at holds, and what it and the processor bring about."""
    bank.at = max(bank.at, at(minute))
    with place.transactions.begin() as store:
        maintain_holds(store, place.operator_id, bank.at, place.ids)
    bank.deliver(place.transactions, place.ids)
    with place.transactions.begin() as store:
        for item in store.outbox.claim("task", bank.at, 10, 60):
            if type(item.work).__name__ == "CollectPayment":
                collect_payment(store, item.work.document_id, bank.at, place.ids)
            store.outbox.done(item.id, bank.at, "done")
    bank.deliver(place.transactions, place.ids)


def to_look_at(place, code: str = "terminal_payment") -> list[str]:
    with place.transactions.begin() as store:
        return [one.text for one in store.inbox.quarantined(20) if one.code == code]


def stops(place, minute: float) -> list[str]:
    return [charger for charger, order in deliver(place, minute) if isinstance(order, StopCharge)]


def test_a_terminal_payment_captures_the_invoice_from_the_hold_and_releases_the_rest(place, bank) -> None:
    reference = taps(place, bank)
    transaction = begun(place, reference)
    place.stops("CP1", transaction, 121, 11_000)
    invoice = billed(place, bank, reference, 122)
    assert str(invoice.due) == "5.36 EUR"  # (0.50 + 10 x 0.40) + 19 %
    state = payment(place, reference).state
    assert isinstance(state, Captured) and state.amount == invoice.due
    assert bank.bank.totals().from_customers == {"EUR": 536} and bank.bank.totals().open_holds == 0
    assert to_look_at(place) == [] and stops(place, 123) == []


def test_a_terminal_payment_reference_is_valid_for_one_charge_at_its_charger(place, bank) -> None:
    reference = taps(place, bank)
    assert not asks(place, bank, reference, 0, "CP2")
    transaction = begun(place, reference)
    begun(place, reference, 2, "CP2")
    assert stops(place, 2) == ["CP2"]
    place.stops("CP1", transaction, 20, 3000)
    with place.transactions.begin() as store:
        assert verdict(store, place.operator_id, terminal_token(reference), at(21)) is Verdict.BLOCKED
    assert not asks(place, bank, reference, 22)


@pytest.mark.parametrize(
    ("minor", "currency", "why"),
    [(70, "EUR", "needs more than"), (3000, "USD", "the price is in EUR"), (0, "", "has no open, unused hold")],
)
def test_an_unknown_or_insufficient_terminal_hold_starts_nothing_and_is_shown_for_review(place, bank, minor, currency, why) -> None:
    reference = bank.bank.tap(minor, currency).id if minor else "pay_of_nobody"
    assert not asks(place, bank, reference)
    begun(place, reference)
    assert stops(place, 1) == ["CP1"]
    (text,) = to_look_at(place, "terminal_refused")
    assert why in text
    with place.transactions.begin() as store:
        assert not store.payments.open_holds(place.operator_id)


def test_a_charge_stops_when_its_terminal_hold_is_used_up_and_any_excess_is_shown_for_review(place, bank) -> None:
    reference = taps(place, bank, 500)
    transaction = begun(place, reference)
    place.meters("CP1", transaction, 75, 10_000, amps=32)
    assert stops(place, 75) == ["CP1"]
    place.stops("CP1", transaction, 95, 12_000)  # it came too late
    invoice = billed(place, bank, reference, 96)
    assert payment(place, reference).taken.minor == 500 < invoice.due.minor
    (text,) = to_look_at(place)
    assert f"{invoice.due - payment(place, reference).taken} of invoice {invoice.number} is not covered" in text


def test_an_increased_terminal_hold_is_used_once_the_processor_confirms_it(place, bank) -> None:
    reference = taps(place, bank, 500)
    transaction = begun(place, reference)
    for minute, really in ((5, False), (6, True)):
        if really:
            bank.bank.increase(reference, 2000)
        cap = ChargeCap(cost=bank.record(bank.bank.find(reference)).held.amount + (0 if really else 15))
        place.says("CP1", TransactionUpdated(at(minute), 1, transaction, cap=cap))
        works(place, bank, minute)
        assert payment(place, reference).state.amount.minor == (2000 if really else 500)
    place.meters("CP1", transaction, 90, 11_600, amps=32)
    assert stops(place, 90) == []
    place.stops("CP1", transaction, 91, 11_700)
    assert billed(place, bank, reference, 92).due == payment(place, reference).taken
    assert bank.bank.totals().open_holds == 0 and to_look_at(place) == []


def test_an_invoice_whose_terminal_hold_has_expired_stays_owed_and_is_shown_for_review(place, bank) -> None:
    reference = taps(place, bank)
    transaction = begun(place, reference)
    place.stops("CP1", transaction, 2 * 24 * 60 + 5, 11_000)
    invoice = billed(place, bank, reference, 2 * 24 * 60 + 6)
    assert isinstance(payment(place, reference).state, Expired)
    (text,) = to_look_at(place)
    assert f"{invoice.due} of invoice {invoice.number}" in text and bank.bank.totals().from_customers in ({}, {"EUR": 0})


@pytest.mark.parametrize("when", ["before the bill", "after the bill"])
@pytest.mark.parametrize(("minor", "words"), [(536, ""), (600, "more than invoice"), (400, "is not covered")])
def test_a_capture_by_the_terminal_itself_is_counted_once_and_a_difference_shown_for_review(place, bank, when, minor, words) -> None:
    reference = taps(place, bank)
    transaction = begun(place, reference)
    place.stops("CP1", transaction, 121, 11_000)
    bank.at = at(121)
    bank.bank.capture(reference, minor)
    told = SettlementReported(at(121), reference, "Settled", str(minor / 100), transaction)
    if when == "before the bill":
        place.says("CP1", told)
        works(place, bank, 121)
    invoice = billed(place, bank, reference, 122)
    if when == "after the bill":
        place.says("CP1", told)
        works(place, bank, 123)
    with place.transactions.begin() as store:
        (paid,) = store.payments.of_document(invoice.id)
        assert isinstance(paid.state, Captured) and paid.taken.minor == minor
    assert bank.bank.totals().from_customers == {"EUR": minor}
    said, *differs = sorted(to_look_at(place), key=lambda text: "It should have left that" not in text)
    assert "has charged" in said and [words in one for one in differs] == [True] * bool(words)


def test_a_dispute_lost_before_the_invoice_has_its_tax_corrected_with_the_invoice(place, bank) -> None:
    reference = taps(place, bank)
    transaction = begun(place, reference)
    place.stops("CP1", transaction, 121, 11_000)
    bank.at = at(121)
    bank.bank.capture(reference, 536)
    place.says("CP1", SettlementReported(at(121), reference, "Settled", "5.36", transaction))
    works(place, bank, 121)
    amount, zero = Money(536, "EUR"), Money(0, "EUR")
    record = DisputeRecord("dp_1", DisputeState.LOST, amount, zero, "fraudulent", at(121), at(121), None)
    with place.transactions.begin() as store:
        paid = store.payments.lock(terminal_payment_id(place.operator_id, reference))
        apply_dispute(store, paid, record, at(121), place.ids)
    invoice = billed(place, bank, reference, 122)
    with place.transactions.begin() as store:
        lost, tax = (store.ledger.balance(place.operator_id, one, "EUR") for one in (WRITE_OFF, vat(Decimal(19))))
    assert invoice.due == amount and (lost, tax) == (invoice.content.net.minor, 0)


def test_a_cancelled_terminal_payment_is_released_and_cannot_start_a_charge_later(place, bank) -> None:
    reference = taps(place, bank)
    place.says("CP1", SettlementReported(at(2), reference, "Canceled", "0"))
    works(place, bank, 2)
    assert isinstance(payment(place, reference).state, Released) and bank.bank.totals().open_holds == 0
    transaction = begun(place, reference, 3)
    assert stops(place, 3) == ["CP1"] and to_look_at(place) == []
    place.stops("CP1", transaction, 4, 1000)
    assert taps(place, bank, minute=4)  # the socket is free for the next


def test_an_unused_terminal_hold_is_not_released_while_the_charger_is_offline(place, bank) -> None:
    reference = taps(place, bank)
    away(place, 1)
    works(place, bank, 60)
    assert isinstance(payment(place, reference).state, Held)
    fact = TransactionStarted(at(2), 1, "T-OFF", terminal_token(reference), samples=(MeterSample(at(2), 1000),), offline=True)
    place.hears("CP1", fact, 61)
    place.stops("CP1", "T-OFF", 122, 11_000)
    invoice = billed(place, bank, reference, 123)
    assert payment(place, reference).taken == invoice.due and stops(place, 123) == []


def test_an_unused_terminal_hold_is_released_after_a_quarter_of_an_hour(place, bank) -> None:
    reference = taps(place, bank)
    works(place, bank, 15)
    assert isinstance(payment(place, reference).state, Released)
    begun(place, reference, 16)
    assert stops(place, 16) == ["CP1"]


def test_a_charge_begun_offline_with_an_unchecked_terminal_payment_is_stopped_and_not_collected(place, bank) -> None:
    reference = bank.bank.tap(3000, "EUR").id
    fact = TransactionStarted(at(1), 1, "T-OFF", terminal_token(reference), samples=(MeterSample(at(1), 1000),), offline=True)
    place.hears("CP1", fact, 30)
    assert stops(place, 30) == ["CP1"]
    place.stops("CP1", "T-OFF", 31, 3000)
    assert payment(place, reference) is None and bank.bank.get(reference).reference == ""


def test_a_reboot_during_a_terminal_charge_does_not_affect_its_payment(place, bank) -> None:
    reference = taps(place, bank)
    transaction = begun(place, reference)
    place.says("CP1", ChargerBooted(at(10), Protocol.OCPP21, "V", "M", "S", "F"))
    place.stops("CP1", transaction, 121, 11_000)
    invoice = billed(place, bank, reference, 122)
    assert payment(place, reference).taken == invoice.due


def away(place, minute: float) -> None:
    with place.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), connected=False, seen_at=at(minute)))


@pytest.mark.parametrize("answers", [(REFUSED,), (TAKEN, REFUSED), (), (TAKEN,), (TAKEN, OrderResult(Outcome.ACCEPTED, "RebootRequired"))])
def test_a_terminal_is_enabled_only_if_the_charger_confirms_every_setting(place, bank, answers) -> None:
    allow(place, *answers)
    reference = bank.bank.tap(3000, "EUR").id
    assert not asks(place, bank, reference) and bank.bank.get(reference).reference == ""


def test_a_disabled_terminal_starts_no_more_charges_and_the_running_one_is_billed(place, bank) -> None:
    reference = taps(place, bank)
    transaction = begun(place, reference)
    with place.transactions.begin() as store:
        refuse_terminal(store, staff(place), CP1)
    place.stops("CP1", transaction, 20, 3000)
    assert payment(place, reference).taken.minor == 0 and billed(place, bank, reference, 21).due == payment(place, reference).taken
    assert not asks(place, bank, bank.bank.tap(3000, "EUR").id, 22)


def test_a_terminal_payment_at_a_faulted_socket_is_refused(place, bank) -> None:
    place.says("CP1", ConnectorReported(at(-1), 1, ConnectorState.FAULTED))
    assert not asks(place, bank, bank.bank.tap(3000, "EUR").id)
    with place.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), connected=False))
        with pytest.raises(Conflict, match="is offline"):
            offer_terminal(store, staff(place), CP1)


@both_stores
def test_a_terminal_capture_reported_after_the_hold_expired_still_pays_the_invoice(place, bank) -> None:
    reference = taps(place, bank)
    place.stops("CP1", begun(place, reference), 121, 11_000)
    bank.at = at(121)
    bank.bank.capture(reference, 600)
    late, bank.events[:] = list(bank.events), []
    invoice = billed(place, bank, reference, 3 * 24 * 60)
    assert isinstance(payment(place, reference).state, Expired)
    bank.events[:] = late
    works(place, bank, 3 * 24 * 60 + 1)
    with place.transactions.begin() as store:
        (paid,) = store.payments.of_document(invoice.id)
        assert paid.taken.minor == 600 and store.ledger.sum_minor("EUR") == 0
    assert "0.64 EUR more than invoice" in to_look_at(place)[0] + to_look_at(place)[1]
