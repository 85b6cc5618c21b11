"""A driver who arrives long before the booked time and is charging when it begins."""

from dataclasses import replace

import pytest

from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.flows.charging import assign_early_arrivals, free_until, start_charge, wait_for_another_car
from forecourt.flows.ports import InvoiceNoShow
from forecourt.kernel import Conflict, Span
from forecourt.reservations import Bound, Kept
from forecourt.stations import BayNeed, BayTraits, ConnectorReported, ConnectorState, Feature, Reserve

from .test_reservations import KIND, at, book, now, ordered_of


def looks(forecourt, minute: float) -> int:
    """As the clock does."""
    with forecourt.transactions.begin() as store:
        early = assign_early_arrivals(store, forecourt.site_id, at(minute), forecourt.ids)
    with forecourt.transactions.begin() as store:
        return early + advance_bookings(store, forecourt.site_id, at(minute), forecourt.ids)


def test_a_charge_begun_before_the_booked_time_fulfils_the_booking_without_a_second_bay(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver, 60, 120)
    transaction = forecourt.starts("CP1", 20).transaction
    assert looks(forecourt, 49) == 0
    assert looks(forecourt, 50) == 1 and looks(forecourt, 51) == 0
    kept = now(forecourt, booking)
    assert isinstance(kept.state, Kept) and [(one.code, one.what) for one in kept.notified] == [("bay", "B1")]
    assert ordered_of(forecourt, Reserve) == [] and looks(forecourt, 80) == 0
    forecourt.stops("CP1", transaction, 90, 9000)
    with forecourt.transactions.begin() as store:
        record = store.sessions.record(kept.state.session_id)
        assert record.booking_id == booking.id and store.bookings.live_at(forecourt.site_id) == []


def test_a_charge_at_a_bay_without_the_booked_features_does_not_fulfil_the_booking(forecourt, crowd) -> None:
    forecourt.free()
    book(forecourt, crowd[0], 60, 120)
    needs = BayNeed((Feature.ACCESSIBLE,))
    with forecourt.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(3)), bay=BayTraits((Feature.ACCESSIBLE,))))
        mine = ReserveRequest(forecourt.site_id, KIND, forecourt.card_driver, Span(at(60), at(120)), need=needs)
        booking = reserve(store, mine, at(0), forecourt.ids)
    forecourt.starts("CP1", 20)
    looks(forecourt, 50)
    assert now(forecourt, booking).state == Bound(forecourt.evse_id(3), at(50))


def test_a_bay_reserved_for_a_booking_is_open_to_its_own_driver(forecourt, crowd) -> None:
    forecourt.free()
    book(forecourt, forecourt.app_driver, 20, 80)
    for number in (1, 2):
        forecourt.starts(f"CP{number}", 0, f"RIDER{number}")
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(forecourt.evse_id(3))
        assert free_until(store, evse, at(1), forecourt.card_driver) == at(20)
        assert start_charge(store, forecourt.app_driver, evse, at(1), forecourt.ids).evse_id == evse.id


@pytest.mark.parametrize("full", [False, True])
def test_a_driver_with_two_bookings_in_a_row_who_stays_plugged_in_fulfils_both(forecourt, crowd, full) -> None:
    forecourt.free()
    first, second = book(forecourt, forecourt.card_driver, 5, 60), book(forecourt, forecourt.card_driver, 60, 120)
    transaction = forecourt.starts("CP1", 5).transaction
    for number in (2, 3) if full else ():
        forecourt.starts(f"CP{number}", 6, f"RIDER{number}")
    for minute in (51, 61, 77):
        looks(forecourt, minute)
    kept, longer = now(forecourt, second), now(forecourt, first)
    assert kept.state == Kept(longer.state.session_id, at(60)) and longer.window == Span(at(5), at(120))
    assert kept.notified[-1].what == "B1" and not [one for one in ordered_of(forecourt, Reserve) if full]
    with forecourt.transactions.begin() as store:
        assert store.coupons.claims_of(forecourt.card_driver) == []
    forecourt.stops("CP1", transaction, 100, 9000)
    with forecourt.transactions.begin() as store:
        assert store.sessions.record(longer.state.session_id).booking_id == first.id, "at the price it began with"
        assert not [item for item in store.outbox.open_items("task") if isinstance(item.work, InvoiceNoShow)]


def test_a_driver_who_expects_another_car_gets_a_second_bay_for_the_booking(forecourt, crowd) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver, 60, 120)
    forecourt.starts("CP1", 20)
    looks(forecourt, 50)
    assert isinstance(now(forecourt, booking).state, Kept)
    with forecourt.transactions.begin() as store:
        wait_for_another_car(store, forecourt.card_driver, booking.id, at(52))
        (here,) = store.sessions.open_of(forecourt.card_driver)
        assert here.booking_id is None, "which goes on as who came without a booking"
    looks(forecourt, 53)
    waiting = now(forecourt, booking)
    assert isinstance(waiting.state, Bound) and waiting.state.evse_id != forecourt.evse_id(1) and looks(forecourt, 54) == 0
    with forecourt.transactions.begin() as store, pytest.raises(Conflict, match="too late"):
        wait_for_another_car(store, forecourt.card_driver, booking.id, at(55))


def test_no_second_bay_is_reserved_if_all_are_booked_meanwhile(forecourt, crowd) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver, 60, 120)
    forecourt.starts("CP1", 20)
    looks(forecourt, 50)
    for driver_id in crowd[:2]:
        book(forecourt, driver_id, 60, 120)
    with forecourt.transactions.begin() as store, pytest.raises(Conflict, match="Every bay"):
        wait_for_another_car(store, forecourt.card_driver, booking.id, at(52))
    assert isinstance(now(forecourt, booking).state, Kept), "as it was"


@pytest.mark.parametrize(("plugged", "came"), [(62, 62), (40, 66), (None, 66)])
def test_a_driver_has_arrived_when_the_cable_is_plugged_in_even_if_the_charge_begins_later(forecourt, plugged, came) -> None:
    """A cable plugged in long before was another car's."""
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver, 60, 120)
    if plugged:
        forecourt.says("CP1", ConnectorReported(at(plugged), 1, ConnectorState.OCCUPIED))
    forecourt.starts("CP1", 66)
    assert now(forecourt, booking).state.arrived_at == at(came)
