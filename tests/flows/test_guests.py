"""Charges without an account: price shown, hold by card, charge within the hold, the rest released."""

from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest

from card_verdict import verdict
from forecourt.billing import Invoice
from forecourt.drivers import GuestVisit
from forecourt.flows.answers import apply_order_result
from forecourt.flows.billing import credit_invoice, rate_and_invoice
from forecourt.flows.chargers import give_codes, new_code, socket_by_code
from forecourt.flows.charging import end_stale
from forecourt.flows.desk import Staff
from forecourt.flows.guests import check_open, open_visit, price_for_guest, stop_visit, visit_of
from forecourt.flows.paying import (
    abandon_payment,
    collect_payment,
    guest_returned,
    maintain_holds,
    payments_of,
    request_more_hold,
    session_of,
)
from forecourt.flows.ports import ChargerOrder
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.tasks import Tasks
from forecourt.kernel import Conflict, Money, NotFound
from forecourt.payments import AtPayer, Captured, Held, Payment, Released
from forecourt.stations import (
    ChargingState,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    OrderResult,
    Outcome,
    StartCharge,
    StopCharge,
    StopReason,
    TransactionEnded,
    Verdict,
)
from in_process_provider import OwnBank
from stores import both_stores

from .conftest import NOON, at

CHALLENGED = "4000002500003155"


@pytest.fixture
def bank() -> OwnBank:
    return OwnBank(NOON)


@pytest.fixture
def place(forecourt):
    forecourt.free()
    with forecourt.transactions.begin() as store:
        give_codes(store, Staff(forecourt.operator_id, "ops", NOON, forecourt.ids), forecourt.site_id)
    return forecourt


def code(place, number: int = 1) -> str:
    with place.transactions.begin() as store:
        found = store.guests.code_of(place.evse_id(number))
    assert found is not None
    return found.code


def scan(place, secret: str = "anna", minute: float = 0, number: int = 1) -> GuestVisit:
    with place.transactions.begin() as store:
        evse = socket_by_code(store, code_text := store.guests.code_of(place.evse_id(number)).code)
        seen = price_for_guest(store, evse, at(minute)).version.id
        return open_visit(store, code_text, sha256(secret.encode()).digest(), seen, at(minute), place.ids)


def payment(place, visit: GuestVisit) -> Payment:
    with place.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
        return payments_of(store, visit)[-1]


def orders(place, minute: float, outcome: Outcome = Outcome.ACCEPTED) -> list[object]:
    """The orders sent to chargers, each answered with this outcome."""
    asked = []
    with place.transactions.begin() as store:
        for item in store.outbox.claim("charger", at(minute), 10, 60):
            assert isinstance(item.work, ChargerOrder)
            apply_order_result(store, item, item.work, OrderResult(outcome), at(minute), place.ids)
            store.outbox.done(item.id, at(minute), outcome.value)
            asked.append(item.work.order)
    return [one for one in asked if isinstance(one, StartCharge | StopCharge)]


def paying(place, bank: OwnBank, secret: str = "anna") -> GuestVisit:
    visit = scan(place, secret)
    bank.deliver(place.transactions, place.ids)
    bank.pays(payment(place, visit).id)
    bank.deliver(place.transactions, place.ids)
    return visit


def charging(place, bank: OwnBank) -> tuple[GuestVisit, str]:
    """A guest has paid and the charge has begun. The charge's transaction."""
    visit = paying(place, bank)
    (start,) = orders(place, 0)
    assert isinstance(start, StartCharge)
    return visit, place.starts("CP1", 1, start.token).transaction


def billed(place, bank: OwnBank, visit: GuestVisit, minute: float) -> Invoice:
    bank.at = at(minute)
    with place.transactions.begin() as store:
        made = rate_and_invoice(store, session_of(store, visit), at(minute), place.ids)
        assert made is not None
        collect_payment(store, made.id, at(minute), place.ids)
    bank.deliver(place.transactions, place.ids)
    return made


def works(place, bank: OwnBank, minute: float) -> None:
    """What workers and couriers of payments have to do is done."""
    bank.at = at(minute)
    tasks = Tasks(WorkerPorts(place.transactions, SimpleNamespace(now=lambda: at(minute)), place.ids, None, None, None))
    for _ in range(3):
        bank.later(seconds=20)
        with place.transactions.begin() as store:
            due = store.outbox.claim("task", at(minute), 100, 60)
        tasks.run_all(due)
        bank.deliver(place.transactions, place.ids)


def test_a_guest_scans_pays_charges_and_receives_a_receipt(place, bank) -> None:
    visit, transaction = charging(place, bank)
    place.meters("CP1", transaction, 30, 4000)
    with place.transactions.begin() as store:
        stop_visit(store, visit, at(31), place.ids)
        stop_visit(store, visit, at(31.1), place.ids)
    assert [type(one) for one in orders(place, 31)] == [StopCharge]
    place.stops("CP1", transaction, 32, 4100)
    invoice = billed(place, bank, visit, 32)
    state = payment(place, visit).state
    assert isinstance(state, Captured) and state.amount == invoice.due
    totals = bank.bank.totals()
    assert totals.from_customers == {"EUR": invoice.due.minor} and totals.open_holds == 0


@both_stores
def test_a_guest_is_refunded_automatically_what_was_billed_beyond_a_late_reported_end(place, bank) -> None:
    visit, transaction = charging(place, bank)
    place.meters("CP1", transaction, 30, 4000)
    place.says("CP1", ConnectorReported(at(31), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EV))
    place.free(90)
    with place.transactions.begin() as store:
        assert end_stale(store, place.site_id, at(121), place.ids, at(0)) == 1
    works(place, bank, 122)
    sample = MeterSample(at(41), 4100)
    place.hears("CP1", TransactionEnded(at(41), transaction, None, None, (sample,), StopReason.DRIVER), 130)
    works(place, bank, 130)
    with place.transactions.begin() as store:
        first, *_ = store.documents.of_session(session_of(store, visit))
        (note,) = store.documents.credit_notes_of(first.id)
        assert store.inbox.quarantined() == []
    left = first.due - note.due
    assert left == Money(326, "EUR"), "0.50, 3.1 kWh at 0.40 and 10 minutes at 0.10, with 19 %"
    state = payment(place, visit).state
    assert isinstance(state, Captured) and (state.amount, state.refunded) == (first.due, note.due)


def test_no_guest_charge_starts_before_the_card_authentication_is_passed_and_the_hold_placed(place, bank) -> None:
    visit = scan(place)
    bank.deliver(place.transactions, place.ids)
    bank.pays(payment(place, visit).id, CHALLENGED)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, AtPayer) and orders(place, 0) == []
    bank.says(payment(place, visit).id, passed=True)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, Held) and len(orders(place, 0)) == 1


@pytest.mark.parametrize(("late_s", "passed", "code"), [(1, False, "authentication_failed"), (400, True, "authentication_timeout")])
def test_a_failed_or_late_card_authentication_holds_nothing_and_another_card_can_be_used(place, bank, late_s, passed, code) -> None:
    visit = scan(place)
    bank.deliver(place.transactions, place.ids)
    bank.pays(payment(place, visit).id, CHALLENGED)
    bank.later(seconds=late_s)
    bank.says(payment(place, visit).id, passed)
    bank.deliver(place.transactions, place.ids)
    state = payment(place, visit).state
    assert isinstance(state, AtPayer) and state.refusal == code and orders(place, 8) == []
    bank.pays(payment(place, visit).id)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, Held)


def test_a_guest_payment_left_unfinished_is_abandoned_and_nothing_stays_held(place, bank) -> None:
    visit = scan(place)
    bank.deliver(place.transactions, place.ids)
    bank.pays(payment(place, visit).id, CHALLENGED)
    bank.later(minutes=16)
    with place.transactions.begin() as store:
        maintain_holds(store, place.operator_id, bank.at, place.ids)
    bank.deliver(place.transactions, place.ids)
    assert payment(place, visit).state == Released(bank.at, "abandoned")
    assert bank.bank.totals().open_holds == 0


def test_of_two_guests_paying_at_one_socket_one_charges_and_the_others_hold_is_released(place, bank) -> None:
    anna, bert = scan(place, "anna"), scan(place, "bert")
    bank.deliver(place.transactions, place.ids)
    for visit in (anna, bert):
        bank.pays(payment(place, visit).id)
    bank.deliver(place.transactions, place.ids)
    states = [payment(place, visit).state for visit in (anna, bert)]
    assert [type(one) for one in states] == [Held, Released]
    assert len(orders(place, 0)) == 1 and bank.bank.totals().open_holds == 1


def test_a_guest_payment_made_while_it_was_being_abandoned_is_released(place, bank) -> None:
    visit = scan(place)
    bank.deliver(place.transactions, place.ids)
    bank.pays(payment(place, visit).id)
    with place.transactions.begin() as store:
        abandon_payment(store, visit, at(0), place.ids)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, Released) and bank.bank.totals().open_holds == 0 and orders(place, 0) == []


def test_a_guests_charge_is_stopped_before_it_costs_more_than_is_held(place, bank) -> None:
    visit, transaction = charging(place, bank)
    held = payment(place, visit).state.amount
    wh, minute, asked = 1000 + 600 * 7360 // 60, 600, []
    place.meters("CP1", transaction, minute, wh, amps=32)
    while not asked:
        minute, wh = minute + 1, wh + 7360 // 60
        if minute % 10 == 0:
            place.meters("CP1", transaction, minute, wh, amps=32)
        with place.transactions.begin() as store:
            maintain_holds(store, place.operator_id, at(minute), place.ids)
        asked = orders(place, minute)
    assert [type(one) for one in asked] == [StopCharge]
    place.stops("CP1", transaction, minute + 2, wh + 2 * 7360 // 60)
    invoice = billed(place, bank, visit, minute + 2)
    assert held - Money(400, "EUR") < invoice.due <= held
    assert payment(place, visit).state.amount == invoice.due


def test_a_second_hold_continues_a_guests_charge_and_both_holds_pay_it(place, bank) -> None:
    visit, transaction = charging(place, bank)
    first = payment(place, visit).state.amount
    with place.transactions.begin() as store:
        more = request_more_hold(store, visit, at(5), place.ids)
        assert request_more_hold(store, visit, at(5), place.ids).id == more.id
    bank.at = at(5)
    bank.deliver(place.transactions, place.ids)
    bank.pays(more.id)
    bank.deliver(place.transactions, place.ids)
    place.meters("CP1", transaction, 700, 83_000, amps=32)
    assert orders(place, 700) == []
    place.stops("CP1", transaction, 701, 83_000)
    invoice = billed(place, bank, visit, 701)
    assert invoice.due > first and bank.bank.totals().from_customers == {"EUR": invoice.due.minor}
    assert bank.bank.totals().open_holds == 0


@pytest.mark.parametrize("asked_for", [True, False])
def test_an_unpaid_second_hold_does_not_delay_the_bill(place, bank, asked_for) -> None:
    visit, transaction = charging(place, bank)
    with place.transactions.begin() as store:
        request_more_hold(store, visit, at(5), place.ids)
    bank.at = at(5) if asked_for else bank.at
    bank.deliver(place.transactions, place.ids)
    place.stops("CP1", transaction, 20, 3000)
    invoice = billed(place, bank, visit, 20)
    with place.transactions.begin() as store:
        first, second = payments_of(store, visit)
    assert first.taken == invoice.due and isinstance(second.state, Released)


def test_a_guests_bill_credited_before_payment_captures_nothing_and_releases_the_hold(place, bank) -> None:
    visit, transaction = charging(place, bank)
    place.stops("CP1", transaction, 20, 3000)
    with place.transactions.begin() as store:
        made = rate_and_invoice(store, session_of(store, visit), at(20), place.ids)
        assert made is not None
        credit_invoice(store, made.id, "a wrong meter", at(21), place.ids)
        collect_payment(store, made.id, at(22), place.ids)
        with pytest.raises(Conflict, match="Nothing"):
            request_more_hold(store, visit, at(22), place.ids)
    bank.at = at(22)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, Released) and bank.bank.totals().open_holds == 0


def test_a_guests_token_can_start_only_one_charge(place, bank) -> None:
    visit = paying(place, bank)
    (start,) = orders(place, 0)
    transaction = place.starts("CP1", 1, start.token).transaction
    place.starts("CP2", 2, start.token)  # a clone of it, elsewhere
    assert [type(one) for one in orders(place, 2)] == [StopCharge]
    place.stops("CP1", transaction, 20, 3000)
    with place.transactions.begin() as store:
        assert verdict(store, place.operator_id, start.token, at(21)) is Verdict.BLOCKED
        assert len(store.sessions.records_of(visit.driver_id)) == 1


def test_the_hold_is_released_if_the_charger_rejects_the_start(place, bank) -> None:
    visit = paying(place, bank)
    orders(place, 0, Outcome.REJECTED)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, Released) and bank.bank.totals().open_holds == 0


def test_a_payment_result_that_was_lost_is_found_when_the_guest_returns_to_the_page(place, bank) -> None:
    visit = scan(place)
    bank.deliver(place.transactions, place.ids)
    bank.pays(payment(place, visit).id)
    bank.events.clear()
    with place.transactions.begin() as store:
        guest_returned(store, visit, at(0), place.ids)
        guest_returned(store, visit, at(0), place.ids)
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, Held)


def test_a_guest_is_billed_at_the_price_that_was_shown(place, bank) -> None:
    with place.transactions.begin() as store, pytest.raises(Conflict) as refusal:
        open_visit(store, store.guests.code_of(place.evse_id(1)).code, b"1", place.evse_id(9), NOON, place.ids)
    assert refusal.value.code == "price_changed"
    visit, _ = charging(place, bank)
    with place.transactions.begin() as store:
        session = store.sessions.session(session_of(store, visit))
    assert session.tariff_version_id == visit.tariff_version_id and "shown before paying" in session.price_because


@pytest.mark.parametrize(
    ("state", "code"), [(ConnectorState.FAULTED, "socket_out_of_use"), (ConnectorState.UNAVAILABLE, "socket_out_of_use")]
)
def test_no_guest_charge_is_sold_at_a_socket_that_cannot_start(place, state, code) -> None:
    place.says("CP1", ConnectorReported(at(-1), 1, state))
    with place.transactions.begin() as store, pytest.raises(Conflict) as refusal:
        check_open(store, store.stations.evse(place.evse_id(1)), NOON)
    assert refusal.value.code == code


def test_no_guest_charge_is_sold_at_a_socket_in_use(place) -> None:
    place.starts("CP1", -5)
    with place.transactions.begin() as store, pytest.raises(Conflict) as refusal:
        check_open(store, store.stations.evse(place.evse_id(1)), NOON)
    assert refusal.value.code == "socket_busy"


def test_a_guests_visit_opens_only_by_its_link_and_a_form_sent_twice_creates_one(place) -> None:
    first, again = scan(place, "anna"), scan(place, "anna", 1)
    assert first == again
    with place.transactions.begin() as store:
        assert visit_of(store, sha256(b"anna").digest()) == first
        with pytest.raises(NotFound):
            visit_of(store, sha256(b"berta").digest())


def test_a_new_qr_code_invalidates_the_printed_one(place) -> None:
    old = code(place)
    with place.transactions.begin() as store:
        by = Staff(place.operator_id, "ops", at(1), place.ids)
        fresh = new_code(store, by, place.evse_id(1))
        assert give_codes(store, by, place.site_id) == 0
    with place.transactions.begin() as store:
        assert socket_by_code(store, f" {fresh.code[:5].lower()}-{fresh.code[5:]}").id == place.evse_id(1)
        with pytest.raises(NotFound):
            socket_by_code(store, old)


def test_a_guests_unused_start_authorisation_ends_with_the_hold(place, bank) -> None:
    visit = paying(place, bank)
    (start,) = orders(place, 0)
    bank.at = NOON + timedelta(minutes=15)
    with place.transactions.begin() as store:
        maintain_holds(store, place.operator_id, bank.at, place.ids)
        assert verdict(store, place.operator_id, start.token, bank.at) is Verdict.EXPIRED
    bank.deliver(place.transactions, place.ids)
    assert isinstance(payment(place, visit).state, Released)
