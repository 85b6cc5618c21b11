"""Messages of OCPP 2.x in an unusual order are billed correctly, or set aside for review."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as changed

from flows.conftest import CARD
from forecourt.flows.ports import Grant
from forecourt.stations import MeterSample, StopReason, TransactionEnded, TransactionStarted, TransactionUpdated
from power_world import at


def begins(transaction: str, minute: float, wh: int, evse: int = 1, offline: bool = False) -> TransactionStarted:
    return TransactionStarted(at(minute), evse, transaction, CARD, samples=(MeterSample(at(minute), wh),), offline=offline, seq=0)


def reads(transaction: str, minute: float, wh: int, evse: int | None = None, amps: int = 1) -> TransactionUpdated:
    sample = MeterSample(at(minute), wh, current_ma=1000 * amps)
    return TransactionUpdated(at(minute), evse, transaction, samples=(sample,), seq=1)


def ends(transaction: str, minute: float, wh: int, evse: int | None = None) -> TransactionEnded:
    return TransactionEnded(at(minute), transaction, evse, None, (MeterSample(at(minute), wh),), StopReason.DRIVER, seq=9)


def billed(forecourt) -> dict[str, tuple[int, bool, tuple[str, ...]]]:
    with forecourt.transactions.begin() as store:
        return {one.transaction: (one.energy_wh, one.held, one.notes) for one in store.sessions.records(forecourt.site_id)}


def to_look_at(forecourt) -> list[str]:
    with forecourt.transactions.begin() as store:
        return [one.code for one in store.inbox.quarantined()]


def grant(forecourt) -> Grant | None:
    with forecourt.transactions.begin() as store:
        return store.plans.grant(forecourt.evse_id(1))


def test_a_charge_reported_late_from_the_offline_queue_does_not_affect_the_running_one(forecourt) -> None:
    """Reported while the next charge runs at that socket: it continues with its power, and both are billed completely."""
    forecourt.says("CP1", begins("T2", 60, 2000))
    forecourt.says("CP1", reads("T2", 65, 2100))
    with forecourt.transactions.begin() as store:
        kept = store.sessions.open_on(forecourt.evse_id(1)).id
        told = Grant(forecourt.evse_id(1), forecourt.operator_id, forecourt.site_id, session_id=kept)
        store.plans.put_grant(replace(told, confirmed_a=16, confirmed_at=at(-10), counted_a=16))
    before = grant(forecourt)
    for late in (begins("T1", 0, 1000, offline=True), reads("T1", 20, 1500, amps=30), ends("T1", 30, 1800)):
        forecourt.hears("CP1", late, 66)
    assert grant(forecourt) == before
    forecourt.says("CP1", reads("T2", 75, 3000))
    forecourt.says("CP1", ends("T2", 85, 4000))
    assert billed(forecourt) == {"T1": (800, False, ()), "T2": (2000, False, ())} and to_look_at(forecourt) == []


def test_a_new_charge_with_an_earlier_time_than_the_running_one_is_not_treated_as_an_offline_one(forecourt) -> None:
    """It is not marked as offline, so the charge before it has ended without a report."""
    forecourt.says("CP1", begins("T1", 60, 1000))
    forecourt.hears("CP1", begins("T2", 30, 1500), 90)
    with forecourt.transactions.begin() as store:
        assert [one.transaction for one in store.sessions.open_at(forecourt.site_id)] == ["T2"]
    assert billed(forecourt)["T1"][2] == ("end_not_reported",)


def test_a_transaction_id_reused_at_another_socket_is_set_aside_and_changes_no_charge(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(1)), id=forecourt.evse_id(9), number=2, label="B9"))
    forecourt.says("CP1", begins("T1", 0, 1000, evse=1))
    for strange in (begins("T1", 5, 1100, evse=2), reads("T1", 10, 1200, evse=2), ends("T1", 15, 1300, evse=2)):
        forecourt.says("CP1", strange)
    forecourt.says("CP1", ends("T1", 30, 1800, evse=1))
    assert billed(forecourt) == {"T1": (800, False, ())} and to_look_at(forecourt) == ["transaction_reused"] * 3


@pytest.mark.parametrize("later_s", [1, 45, 900])
@pytest.mark.parametrize("again", [(0,), (1,), (2,), (0, 1, 2)])
def test_a_transaction_event_repeated_with_the_same_sequence_number_and_a_new_time_changes_nothing(
    forecourt, again: tuple[int, ...], later_s: int
) -> None:
    """Some chargers set the time of sending in repeated messages."""
    for place, fact in enumerate((begins("T1", 0, 1000), reads("T1", 20, 2500), ends("T1", 40, 4000))):
        forecourt.says("CP1", fact)
        if place in again:
            forecourt.says("CP1", changed(fact, at=fact.at + timedelta(seconds=later_s)))
    assert billed(forecourt) == {"T1": (3000, False, ())} and to_look_at(forecourt) == []
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id)
        assert (record.started_at, record.ended_at) == (at(0), at(40))
