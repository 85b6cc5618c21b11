"""Charges whose end is never reported are closed soon, and billed only for the energy reported."""

import pytest

from flows.conftest import APP, Forecourt, at
from forecourt.drivers import Driver, PayBy
from forecourt.flows.answers import apply_order_result
from forecourt.flows.charging import accept, end_stale, has_stale, start_charge
from forecourt.kernel import Conflict
from forecourt.sessions import ChargeRecord
from forecourt.stations import (
    UNKNOWN_CHARGE,
    ChargerBooted,
    ChargingState,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    OrderResult,
    Outcome,
    Protocol,
    QueryCharge,
    StopReason,
    TransactionEnded,
)
from stores import both_stores

FREE, CAR_WAITS = (ConnectorState.AVAILABLE, None), (ConnectorState.OCCUPIED, ChargingState.EV_CONNECTED)
CHARGING = (ConnectorState.OCCUPIED, ChargingState.CHARGING)


def says_state(forecourt: Forecourt, state: tuple[ConnectorState, ChargingState | None], minute: float) -> None:
    forecourt.says("CP1", ConnectorReported(at(minute), 1, *state))


def boots(forecourt: Forecourt, minute: float) -> None:
    forecourt.says("CP1", ChargerBooted(at(minute), Protocol.OCPP16, "V", "M"))


def ended_by(forecourt: Forecourt, minute: float, heard_since: float = 0) -> list[ChargeRecord]:
    with forecourt.transactions.begin() as store:
        end_stale(store, forecourt.site_id, at(minute), forecourt.ids, at(heard_since))
    with forecourt.transactions.begin() as store:
        return list(store.sessions.records_of(forecourt.card_driver))


@pytest.fixture
def charging(forecourt: Forecourt) -> Forecourt:
    """A charge of 2.5 kWh by minute 20, at a charger that is connected."""
    begun = forecourt.starts("CP1", 0)
    says_state(forecourt, CHARGING, 0.1)
    forecourt.meters("CP1", begun.transaction, 20, 3500)
    return forecourt


def app_starts(forecourt: Forecourt, minute: float) -> None:
    with forecourt.transactions.begin() as store:
        store.drivers.put_driver(Driver(forecourt.app_driver, forecourt.operator_id, "App", "a@x.example", "en", PayBy.ACCOUNT))
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), at(minute), forecourt.ids)


def test_a_socket_that_has_been_free_for_half_an_hour_ends_its_charge(charging: Forecourt) -> None:
    says_state(charging, FREE, 25)
    assert ended_by(charging, 54) == []
    (lost,) = ended_by(charging, 55)
    assert (lost.ended_at, lost.energy_wh, lost.notes) == (at(25), 2500, ("end_not_reported",))


def test_a_status_processed_late_delays_the_closing_of_its_charge_by_as_much(charging: Forecourt) -> None:
    with charging.transactions.begin() as store:
        accept(store, [charging.message("CP1", ConnectorReported(at(25), 1, *FREE))])
    charging.apply(at(70))
    assert ended_by(charging, 99) == []
    (lost,) = ended_by(charging, 100)
    assert lost.ended_at == at(25)


def test_after_an_outage_stale_charges_are_closed_only_once_chargers_could_report(charging: Forecourt) -> None:
    says_state(charging, FREE, 25)
    assert ended_by(charging, 80, heard_since=60) == []
    (lost,) = ended_by(charging, 90, heard_since=60)
    assert lost.ended_at == at(25)


def test_no_stale_charge_is_closed_while_messages_of_its_charger_are_unprocessed(charging: Forecourt) -> None:
    says_state(charging, FREE, 25)
    with charging.transactions.begin() as store:
        (session,) = store.sessions.open_of(charging.card_driver)
        stop = TransactionEnded(at(25), session.transaction, None, None, (MeterSample(at(25), 4000),), StopReason.DRIVER)
        accept(store, [charging.message("CP1", stop)])
    assert ended_by(charging, 60) == []
    charging.apply(at(60))
    (ended,) = ended_by(charging, 60)
    assert (ended.energy_wh, ended.notes) == (3000, ())


@both_stores
def test_a_site_is_listed_as_having_a_stale_charge_exactly_when_one_can_be_closed(charging: Forecourt) -> None:
    says_state(charging, FREE, 25)
    with charging.transactions.begin() as store:
        assert [has_stale(store, charging.site_id, at(minute), at(0)) for minute in (54, 55)] == [False, True]
    assert len(ended_by(charging, 55)) == 1
    with charging.transactions.begin() as store:
        assert not has_stale(store, charging.site_id, at(56), at(0))


@pytest.mark.parametrize("any_transactions", ["postgres"], indirect=True)
def test_the_search_for_stale_charges_does_not_block_the_processing_of_messages(charging: Forecourt) -> None:
    with charging.transactions.begin() as store:
        assert not has_stale(store, charging.site_id, at(54), at(0))
        with charging.transactions.begin() as other:
            assert other.inbox.lock_site(charging.site_id)


@pytest.mark.parametrize("state", [FREE, CAR_WAITS])
def test_a_charge_missing_after_a_reboot_is_closed_at_the_time_of_its_last_reading(charging: Forecourt, state) -> None:
    boots(charging, 30)
    says_state(charging, state, 30.1)
    assert ended_by(charging, 35) == []
    (lost,) = ended_by(charging, 35.1)
    assert (lost.ended_at, lost.energy_wh, lost.notes) == (at(20), 2500, ("end_not_reported",))


def test_a_new_charge_may_start_at_once_where_the_charger_lost_the_last_one_in_a_reboot(charging: Forecourt) -> None:
    with pytest.raises(Conflict, match="already in use"):
        app_starts(charging, 29)
    boots(charging, 30)
    says_state(charging, CAR_WAITS, 30.1)
    app_starts(charging, 30.5)
    charging.starts("CP1", 31, token=APP, wh=3500)
    (lost,) = ended_by(charging, 31)
    assert (lost.ended_at, lost.energy_wh) == (at(20), 2500)


@both_stores
@pytest.mark.parametrize("goes_on", ["it charges", "a reading", "another boot, and no word yet"])
def test_a_charge_that_continues_after_a_reboot_is_not_closed(charging: Forecourt, goes_on: str) -> None:
    with charging.transactions.begin() as store:
        (session,) = store.sessions.open_of(charging.card_driver)
    boots(charging, 30)
    says_state(charging, CAR_WAITS, 30.1)
    match goes_on:
        case "it charges":
            says_state(charging, CHARGING, 30.2)
        case "a reading":
            charging.meters("CP1", session.transaction, 31, 3600)
        case "another boot, and no word yet":
            boots(charging, 33)
    assert ended_by(charging, 37) == []
    with pytest.raises(Conflict, match="already in use"):
        app_starts(charging, 37)


def test_a_connected_car_without_power_does_not_close_a_charge_without_a_reboot(charging: Forecourt) -> None:
    """The status of the next car may overtake the queued end of this one."""
    says_state(charging, CAR_WAITS, 30)
    assert ended_by(charging, 90) == []


def test_a_queued_stop_sent_soon_after_a_reboot_ends_the_charge_with_its_own_reading(charging: Forecourt) -> None:
    with charging.transactions.begin() as store:
        (session,) = store.sessions.open_of(charging.card_driver)
    boots(charging, 30)
    says_state(charging, FREE, 30.1)
    ended = TransactionEnded(at(28), session.transaction, None, None, (MeterSample(at(28), 4000),), StopReason.DRIVER)
    charging.hears("CP1", ended, 32)
    (record,) = ended_by(charging, 40)
    assert (record.ended_at, record.energy_wh, record.notes) == (at(28), 3000, ())


def says_of_charges(forecourt: Forecourt, result: OrderResult, minute: float) -> list[str]:
    """A charger of OCPP 2.0.1 comes up, and answers so to each order; the transactions it was asked about."""
    forecourt.says("CP1", ChargerBooted(at(minute), Protocol.OCPP201, "V", "M"))
    forecourt.says("CP1", ConnectorReported(at(minute), 1, ConnectorState.OCCUPIED))
    asked = []
    while True:
        with forecourt.transactions.begin() as store:
            items = store.outbox.claim("charger", at(minute), 50, 60)
            for item in items:
                asked += [item.work.order.transaction] if isinstance(item.work.order, QueryCharge) else []
                apply_order_result(store, item, item.work, result, at(minute), forecourt.ids)
                store.outbox.done(item.id, at(minute), result.outcome.value)
        if not items:
            return asked


def test_a_charge_unknown_to_an_ocpp_2_charger_when_queried_is_closed(charging: Forecourt) -> None:
    with charging.transactions.begin() as store:
        (session,) = store.sessions.open_of(charging.card_driver)
    assert says_of_charges(charging, OrderResult(Outcome.REJECTED, UNKNOWN_CHARGE), 30) == [session.transaction]
    app_starts(charging, 30.5)
    assert ended_by(charging, 34.9) == []
    (lost,) = ended_by(charging, 35)
    assert (lost.ended_at, lost.notes) == (at(20), ("end_not_reported",))


@pytest.mark.parametrize(
    "result", [OrderResult(Outcome.ACCEPTED), OrderResult(Outcome.REJECTED, "InternalError"), OrderResult(Outcome.UNANSWERED)]
)
def test_a_transaction_query_with_any_other_answer_does_not_close_the_charge(charging: Forecourt, result: OrderResult) -> None:
    says_of_charges(charging, result, 30)
    assert ended_by(charging, 90) == []
