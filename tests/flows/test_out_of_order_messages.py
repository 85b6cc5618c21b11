"""OCPP 2.x: a charge whose messages arrive in any order is billed once, whole, to the holder of the card that began it."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from msgspec import structs

from flows.conftest import APP, CARD, NOON, Forecourt, at
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.charging import compare, copy_settings, rebuild
from forecourt.kernel import Money, SessionId, Span
from forecourt.reservations import Kept
from forecourt.sessions import ChargeRecord
from forecourt.stations import MeterSample, StopReason, TransactionEnded, TransactionStarted, TransactionUpdated
from forecourt.store import MemoryTransactions
from stores import both_stores

WHOLE = Money(250, "EUR")  # 0.50 and 4 kWh at 0.40, with 19 %
ANY = SessionId(UUID(int=0))
S = TransactionStarted(at(0), 1, "T1", samples=(MeterSample(at(0), 1000),), seq=0, offline=True)
U = TransactionUpdated(at(20), 1, "T1", token=CARD, samples=(MeterSample(at(20), 2500),), seq=1, offline=True)
MORE = TransactionUpdated(at(40), 1, "T1", samples=(MeterSample(at(40), 4000),), seq=2, offline=True)
E = TransactionEnded(at(60), "T1", 1, None, (MeterSample(at(60), 5000),), StopReason.DRIVER, seq=3, offline=True)


def told(forecourt: Forecourt, *facts: TransactionStarted | TransactionUpdated | TransactionEnded) -> None:
    for minute, fact in enumerate(facts, start=70):
        forecourt.hears("CP1", fact, minute)


def waiting(forecourt: Forecourt) -> list[str]:
    with forecourt.transactions.begin() as store:
        return [one.code for one in store.inbox.quarantined()]


def records(forecourt: Forecourt) -> list[ChargeRecord]:
    with forecourt.transactions.begin() as store:
        return list(store.sessions.records(forecourt.site_id))


def billed(forecourt: Forecourt) -> tuple[ChargeRecord, Money]:
    """The one charge record without its ids, and the sum of its bills, billed twice to show that it changes nothing."""
    (record,) = records(forecourt)
    for _ in range(2):
        with forecourt.transactions.begin() as store:
            rate_and_invoice(store, record.session_id, at(90), forecourt.ids)
    with forecourt.transactions.begin() as store:
        (bill,) = store.documents.of_session(record.session_id)
    return replace(record, session_id=ANY), bill.gross


def differences(forecourt: Forecourt) -> list[object]:
    with forecourt.transactions.begin() as kept, MemoryTransactions().begin() as again:
        copy_settings(kept, again, forecourt.site_id)
        rebuild(kept, again, forecourt.site_id, forecourt.ids)
        return list(compare(kept, again, forecourt.site_id))


@both_stores
@pytest.mark.parametrize("order", [(E, U, S), (U, E, S), (U, S, E)])
def test_a_charge_reported_out_of_order_has_the_same_bill_as_one_reported_in_order(forecourt, order) -> None:
    other = Forecourt(MemoryTransactions())
    with other.transactions.begin() as store:
        other.build(store)
    told(other, S, U, E)
    told(forecourt, *order)
    assert billed(forecourt) == billed(other)
    assert (records(forecourt)[0].energy_wh, waiting(forecourt), differences(forecourt)) == (4000, [], [])


@pytest.mark.parametrize("order", list(permutations((S, U, MORE, E))))
def test_in_any_order_of_messages_a_charge_belongs_to_its_card_and_costs_the_same(forecourt, order) -> None:
    told(forecourt, *order)
    record, gross = billed(forecourt)
    assert (record.token, record.driver_id, record.energy_wh, gross) == (CARD, forecourt.card_driver, 4000, WHOLE)
    assert (waiting(forecourt), differences(forecourt)) == ([], [])


def test_a_charge_whose_card_is_reported_after_its_end_fulfils_the_drivers_booking(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        kind = store.stations.evses(forecourt.site_id)[0].kind
        wish = ReserveRequest(forecourt.site_id, kind, forecourt.card_driver, Span(at(0), at(90)))
        booking = reserve(store, wish, at(-60), forecourt.ids)
    told(forecourt, S, E, U)
    with forecourt.transactions.begin() as store:
        kept = store.bookings.booking(booking.id)
    assert kept is not None and (records(forecourt)[0].booking_id, type(kept.state)) == (booking.id, Kept)


@pytest.mark.parametrize("token", ["04DEAD", ""])
def test_a_charge_whose_late_card_is_invalid_is_flagged_and_not_billed(forecourt, token) -> None:
    told(forecourt, S, E, structs.replace(U, token=token))
    assert (records(forecourt)[0].driver_id, waiting(forecourt)) == (None, ["nobody_to_bill"])
    assert differences(forecourt) == []


def test_a_charge_written_off_by_hand_stays_so_when_its_card_is_reported_late(forecourt) -> None:
    told(forecourt, S, E)
    with forecourt.transactions.begin() as store:
        (entry,) = store.inbox.quarantined()
        store.inbox.clear_quarantine(forecourt.operator_id, entry.id, at(75))
    told(forecourt, U)
    assert (records(forecourt)[0].driver_id, differences(forecourt)) == (None, [])


def test_a_second_card_reported_late_does_not_change_whose_charge_it_is(forecourt) -> None:
    told(forecourt, structs.replace(S, token=CARD), E, structs.replace(U, token=APP))
    assert records(forecourt)[0].token == CARD


def test_the_audit_log_names_out_of_order_messages_that_were_joined_to_a_charge(forecourt) -> None:
    told(forecourt, E, U, S)
    with forecourt.transactions.begin() as store:
        joined = [one for one in store.audit.recent() if one.action == "quarantine.join"]
    assert {(one.actor, one.subject, one.detail) for one in joined} == {
        ("system", "CP1", "Its start was received after it: T1, started 2026-06-01 12:00 UTC.")
    } and len(joined) == 2


@both_stores
def test_a_quarantined_message_resolved_by_hand_is_not_joined_to_a_charge_later(forecourt) -> None:
    """Nor does a rebuild join it."""
    told(forecourt, E)
    with forecourt.transactions.begin() as store:
        (entry,) = store.inbox.quarantined()
        store.inbox.clear_quarantine(forecourt.operator_id, entry.id, at(75))
    told(forecourt, S)
    assert (records(forecourt), differences(forecourt)) == ([], [])


def test_the_end_of_an_earlier_charge_with_the_same_transaction_id_does_not_end_the_new_one(forecourt) -> None:
    told(forecourt, E)
    later = TransactionStarted(at(61), 1, "T1", CARD, samples=(MeterSample(at(61), 5000),), seq=0, offline=True)
    told(forecourt, later)
    assert (records(forecourt), waiting(forecourt)) == ([], ["unknown_transaction"])


def test_an_ocpp_1_6_stop_before_its_start_is_not_joined_since_we_assign_the_transaction_id(forecourt) -> None:
    """A stop with that id before the start was a guess of the charger, or of another system."""
    told(forecourt, TransactionEnded(at(60), "T1", samples=E.samples), TransactionStarted(at(0), 1, "T1", CARD, samples=S.samples))
    assert (records(forecourt), waiting(forecourt)) == ([], ["unknown_transaction"])


def test_an_end_that_names_another_socket_is_not_joined(forecourt) -> None:
    told(forecourt, TransactionEnded(at(60), "T1", 2, samples=E.samples, seq=2), S)
    assert (records(forecourt), waiting(forecourt)) == ([], ["transaction_reused"])


def test_an_end_received_just_before_its_start_ends_the_charge_it_names(forecourt) -> None:
    """Another car charges there by then: its charge goes on."""
    now = TransactionStarted(at(65), 1, "T2", CARD, samples=(MeterSample(at(65), 5000),), seq=0, offline=True)
    told(forecourt, U, E, now, S)
    with forecourt.transactions.begin() as store:
        (running,) = store.sessions.open_at(forecourt.site_id)
    assert (running.transaction, billed(forecourt)[0].ended_at) == ("T2", NOON + timedelta(hours=1))
