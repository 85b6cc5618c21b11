"""Maintenance sets sockets unavailable at their chargers, and available again afterwards."""

from dataclasses import replace

from forecourt.flows.bookings import ReserveRequest, advance_bookings, pool_of, reserve
from forecourt.flows.chargers import send_availability
from forecourt.kernel import ChargerId, Span
from forecourt.reservations import Broken, free_sockets
from forecourt.stations import (
    ChargerBooted,
    ConnectorReported,
    ConnectorState,
    Maintenance,
    Outcome,
    ReportMeter,
    SetAvailability,
)
from power_world import at, deliver
from stores import both_stores

KIND = "T2-7kW"


def works(forecourt, first: float, last: float, *labels: str) -> None:
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        store.stations.put_site(replace(site, maintenance=(Maintenance(Span(at(first), at(last)), labels, "meters"),)))


def tick(forecourt, minute: float, outcome: Outcome = Outcome.ACCEPTED) -> list[tuple[str, object]]:
    """The orders sent to chargers at an instant, answered with this outcome."""
    with forecourt.transactions.begin() as store:
        send_availability(store, forecourt.site_id, at(minute), forecourt.ids)
    return [(charger, order) for charger, order in deliver(forecourt, minute, outcome) if isinstance(order, SetAvailability | ReportMeter)]


def says_it_is(forecourt, state: ConnectorState, minute: float, charger: str = "CP2") -> None:
    forecourt.says(charger, ConnectorReported(at(minute), 1, state))


def free(forecourt, at_minute: float, start: float, end: float) -> int:
    with forecourt.transactions.begin() as store:
        return free_sockets(pool_of(store, forecourt.site_id, KIND, at(at_minute)), Span(at(start), at(end)))


def test_a_socket_is_set_unavailable_from_the_start_to_the_end_of_its_maintenance(forecourt) -> None:
    works(forecourt, 10, 60, "B2")
    assert tick(forecourt, 9) == []
    assert tick(forecourt, 10) == [("CP2", SetAvailability(1, False))]
    assert tick(forecourt, 11) == [], "told once"
    assert tick(forecourt, 60) == [("CP2", SetAvailability(1, True)), ("CP2", ReportMeter(1, "STATUS"))]
    assert tick(forecourt, 61) == []


def test_maintenance_of_the_whole_site_sets_every_socket_unavailable(forecourt) -> None:
    works(forecourt, 0, 60)
    assert [charger for charger, _ in tick(forecourt, 0)] == ["CP1", "CP2", "CP3"]


@both_stores
def test_an_availability_change_is_sent_again_to_an_unreachable_charger(forecourt) -> None:
    works(forecourt, 0, 60, "B2")
    assert tick(forecourt, 0, Outcome.UNREACHABLE) == tick(forecourt, 1, Outcome.UNANSWERED) == tick(forecourt, 2)
    assert tick(forecourt, 3) == []


def test_an_offline_charger_is_sent_its_availability_once_back_online(forecourt) -> None:
    works(forecourt, 0, 60, "B2")
    for connected, told in ((False, 0), (True, 1)):
        with forecourt.transactions.begin() as store:
            store.stations.put_charger(replace(store.stations.charger(ChargerId("CP2")), connected=connected))
        assert len(tick(forecourt, 1)) == told


def test_a_charger_that_boots_during_maintenance_is_sent_its_availability_again(forecourt) -> None:
    works(forecourt, 0, 60, "B2")
    tick(forecourt, 0)
    forecourt.says("CP2", ChargerBooted(at(5), "ocpp1.6", "V", "M"))
    assert ("CP2", SetAvailability(1, False)) in deliver(forecourt, 5)


@both_stores
def test_bookings_after_maintenance_stay_while_the_sockets_report_unavailable(forecourt) -> None:
    forecourt.free()
    with forecourt.transactions.begin() as store:
        for driver in (forecourt.card_driver, forecourt.app_driver):
            reserve(store, ReserveRequest(forecourt.site_id, KIND, driver, Span(at(120), at(180))), at(-30), forecourt.ids)
    before = free(forecourt, 0, 120, 180)
    works(forecourt, 0, 60)
    tick(forecourt, 0)
    for number in (1, 2, 3):
        says_it_is(forecourt, ConnectorState.UNAVAILABLE, 1, f"CP{number}")
    for minute in (1, 30, 60.2):  # also when the work is over and nobody has been told yet
        assert free(forecourt, minute, 120, 180) == before
        with forecourt.transactions.begin() as store:
            advance_bookings(store, forecourt.site_id, at(minute), forecourt.ids)
            assert not any(isinstance(one.state, Broken) for one in store.bookings.of_driver(forecourt.card_driver))
    tick(forecourt, 60.5)
    assert free(forecourt, 60.6, 120, 180) == before, "until they say themselves that they are not"


def test_a_socket_still_unavailable_after_maintenance_is_out_of_order(forecourt) -> None:
    works(forecourt, 0, 60, "B2")
    tick(forecourt, 0)
    says_it_is(forecourt, ConnectorState.UNAVAILABLE, 1)
    before = free(forecourt, 30, 120, 180)
    tick(forecourt, 60)
    says_it_is(forecourt, ConnectorState.UNAVAILABLE, 61)
    assert free(forecourt, 62, 120, 180) == before - 1
