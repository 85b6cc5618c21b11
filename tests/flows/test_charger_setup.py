"""Chargers are added and retired: messages after the retirement are stored and start no charge."""

from dataclasses import replace
from uuid import UUID

import pytest

from flows.conftest import CARD, at
from forecourt.drivers import Driver, Token, TokenKind, token_uid
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.bookings.compensation import cause_of_broken_promise
from forecourt.flows.chargers import ChargerDetails, add_charger, list_unknown, retire_charger
from forecourt.flows.charging import compare, copy_settings, rebuild
from forecourt.flows.desk import Staff
from forecourt.flows.power import power_health
from forecourt.kernel import BadInput, ChargerId, Conflict, DriverId, NotFound, OperatorId, Span
from forecourt.reservations import Broken
from forecourt.stations import (
    Approval,
    ChargerBooted,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    Protocol,
    Reconnect,
    SocketDetails,
    TransactionStarted,
    Verdict,
)
from forecourt.store import MemoryTransactions
from power_world import deliver, plan
from stores import both_stores

SOCKETS = (SocketDetails("IEC_62196_T2", ("L1",), 230, 32),)


def staff(forecourt, minute: float = 10) -> Staff:
    return Staff(forecourt.operator_id, "ops", at(minute), forecourt.ids)


def retired(forecourt, minute: float = 10, charger: str = "CP1") -> None:
    with forecourt.transactions.begin() as store:
        retire_charger(store, staff(forecourt, minute), ChargerId(charger))


def added(forecourt, charger: str, by: Staff | None = None) -> None:
    with forecourt.transactions.begin() as store:
        add_charger(store, by or staff(forecourt), ChargerDetails(ChargerId(charger), forecourt.site_id, SOCKETS))


def test_a_retired_charger_is_disconnected_to_reconnect_as_retired(forecourt) -> None:
    retired(forecourt)
    assert [order for charger, order in deliver(forecourt, 11) if charger == "CP1"] == [Reconnect()]
    with forecourt.transactions.begin() as store:
        assert store.stations.charger(ChargerId("CP1")).approval is Approval.RETIRED


def test_a_start_at_a_retired_charger_is_refused_and_creates_no_charge(forecourt) -> None:
    retired(forecourt)
    assert forecourt.starts("CP1", 12).verdict is Verdict.INVALID
    with forecourt.transactions.begin() as store:
        assert [one.code for one in store.inbox.quarantined()] == ["retired_evse"]
        assert store.sessions.open_at(forecourt.site_id) == []


def test_a_charge_before_the_retirement_that_is_reported_late_is_billed_like_any_other(forecourt) -> None:
    retired(forecourt)
    begun = TransactionStarted(at(0), 1, "", CARD, (MeterSample(at(0), 1000),), offline=True)
    number = forecourt.hears("CP1", begun, 12).transaction
    forecourt.stops("CP1", number, 9, 1900)
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id)
    assert (record.energy_wh, record.driver_id) == (900, forecourt.card_driver)


def test_a_rebuild_from_the_inbox_restores_the_charges_of_a_retired_charger(forecourt) -> None:
    forecourt.free()
    number = forecourt.starts("CP1", 0).transaction
    forecourt.stops("CP1", number, 9, 1900)
    retired(forecourt)
    forecourt.says("CP1", ConnectorReported(at(11), 1, ConnectorState.AVAILABLE))
    with forecourt.transactions.begin() as kept, MemoryTransactions().begin() as again:
        copy_settings(kept, again, forecourt.site_id)
        rebuild(kept, again, forecourt.site_id, forecourt.ids)
        assert list(compare(kept, again, forecourt.site_id)) == []


def test_a_retired_socket_stays_unavailable_and_the_others_are_planned_as_before(forecourt) -> None:
    retired(forecourt)
    forecourt.says("CP1", ConnectorReported(at(11), 1, ConnectorState.AVAILABLE))
    with forecourt.transactions.begin() as store:
        assert store.stations.socket(forecourt.evse_id(1)).state is ConnectorState.UNAVAILABLE
    forecourt.starts("CP2", 12)
    assert plan(forecourt, 12) == {"B2": 32}


def test_a_charger_cannot_be_retired_while_a_car_charges_there(forecourt) -> None:
    forecourt.starts("CP1", 0)
    with pytest.raises(Conflict, match="A car is charging at CP1"):
        retired(forecourt)


@pytest.mark.parametrize("charger", ["CP1", "CP2"])
def test_the_id_of_a_retired_charger_cannot_be_used_again(forecourt, charger: str) -> None:
    retired(forecourt)
    with pytest.raises(BadInput) as refused:
        added(forecourt, charger)
    assert refused.value.code == "id"


def test_a_site_or_charger_of_another_operator_is_not_found(forecourt) -> None:
    rival = Staff(OperatorId(forecourt.ids.new(at(0))), "rival", at(1), forecourt.ids)
    with pytest.raises(NotFound):
        added(forecourt, "CP9", rival)
    with pytest.raises(NotFound), forecourt.transactions.begin() as store:
        retire_charger(store, rival, ChargerId("CP1"))


@both_stores
def test_a_socket_named_in_a_power_limit_but_not_yet_added_is_reported_until_it_is_added(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        (row, *others) = site.limits
        coming = replace(row, weights=(*row.weights, ("CP9", 1.0)))
        store.stations.put_site(replace(site, limits=(coming, *others)))
    forecourt.starts("CP1", 0)
    assert plan(forecourt, 1)["B1"] > 0
    assert absent(forecourt) == ("CP9",)
    added(forecourt, "CP9")
    assert plan(forecourt, 12)["B1"] > 0
    assert absent(forecourt) == ()


def absent(forecourt) -> tuple[str, ...]:
    with forecourt.transactions.begin() as store:
        return power_health(store, forecourt.site_id, at(12)).absent


def test_a_socket_that_is_in_no_power_limit_is_reported_until_one_covers_it(forecourt) -> None:
    def uncounted() -> tuple[str, ...]:
        with forecourt.transactions.begin() as store:
            return power_health(store, forecourt.site_id, at(12)).uncounted

    assert uncounted() == ()
    added(forecourt, "CP9")
    assert uncounted() == ("CP9",)
    with forecourt.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(forecourt.site_id), power_limit_w=40_000))
    assert uncounted() == ()


def test_when_a_charger_is_retired_its_bookings_move_to_other_sockets_or_are_cancelled_at_once(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        kind = store.stations.evse(forecourt.evse_id(1)).kind
        alike = sum(one.kind == kind for one in store.stations.evses(forecourt.site_id))
        drivers = [DriverId(UUID(int=300 + number)) for number in range(alike)]
        for one in drivers:
            store.drivers.put_driver(Driver(one, forecourt.operator_id, "A driver", f"{one}@example.org"))
            store.drivers.put_token(Token(token_uid(f"04{one.hex[-8:]}"), forecourt.operator_id, one, TokenKind.RFID))
            reserve(store, ReserveRequest(forecourt.site_id, kind, one, Span(at(120), at(180))), at(0), forecourt.ids)
    retired(forecourt, 10)
    with forecourt.transactions.begin() as store:
        states = [booking.state for one in drivers for booking in store.bookings.of_driver(one)]
    assert len(states) == alike > 1
    assert [state.cause for state in states if isinstance(state, Broken)] == ["maintenance"]


def test_a_retired_charger_is_not_the_cause_of_a_later_booking_that_was_not_kept(forecourt) -> None:
    forecourt.free()
    retired(forecourt)
    with forecourt.transactions.begin() as store:
        kind = store.stations.evse(forecourt.evse_id(2)).kind
        booking = reserve(
            store, ReserveRequest(forecourt.site_id, kind, forecourt.card_driver, Span(at(60), at(90))), at(11), forecourt.ids
        )
        assert cause_of_broken_promise(store, booking, at(12)) == "walk_in", "not a fault"


@both_stores
def test_unknown_chargers_beyond_the_maximum_are_not_listed(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        for name in ("NEW-1", "NEW-2", "NEW-3", "NEW-1"):
            boot = ChargerBooted(at(0), Protocol.OCPP16, "V", "M")
            assert list_unknown(store, ChargerId(name), boot, at(0), max_pending=2) is Approval.PENDING
        assert sorted(one.id for one in store.stations.chargers(approval=Approval.PENDING)) == ["NEW-1", "NEW-2"]


def test_the_details_of_an_unknown_charger_are_cut_to_a_hundred_characters(forecourt) -> None:
    boot = ChargerBooted(at(0), Protocol.OCPP16, *("x" * 100_000 for _ in range(4)))
    with forecourt.transactions.begin() as store:
        list_unknown(store, ChargerId("LOUD"), boot, at(0))
        loud = store.stations.charger(ChargerId("LOUD"))
    assert [len(one) for one in (loud.vendor, loud.model, loud.serial, loud.firmware)] == [100] * 4
