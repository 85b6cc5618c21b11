"""The one accessible bay is given to who needs it, and to others only when all else is taken."""

from dataclasses import replace

import pytest

from forecourt.flows.bookings import ReserveRequest, join_queue, keep_bookings, reserve
from forecourt.flows.bookings.queueing import JoinQueue
from forecourt.kernel import BadInput, Span
from forecourt.reservations import Bound
from forecourt.stations import ANY_BAY, BayNeed, BayTraits, ConnectorState, Feature, Socket

from .conftest import KIND, at

WHEELCHAIR = BayNeed((Feature.ACCESSIBLE,))


@pytest.fixture
def place(forecourt):
    """Of three bays the first by its label is accessible, and the third is history."""
    forecourt.free()
    with forecourt.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(1)), bay=BayTraits((Feature.ACCESSIBLE,))))
        store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(3)), retired_at=at(-90)))
        store.stations.put_socket(Socket(forecourt.evse_id(3), ConnectorState.UNAVAILABLE, at=at(-90)))
    return forecourt


def book(place, driver, start: int, end: int, need: BayNeed = ANY_BAY):
    with place.transactions.begin() as store:
        return reserve(store, ReserveRequest(place.site_id, KIND, driver, Span(at(start), at(end)), need=need), at(0), place.ids)


def bays(place, minute: int) -> list[int]:
    with place.transactions.begin() as store:
        keep_bookings(store, place.site_id, at(minute), place.ids)
        live = store.bookings.live_at(place.site_id)
        return [one.state.evse_id.int - 100 for one in live if isinstance(one.state, Bound)]


def test_who_needs_nothing_is_put_elsewhere_and_who_needs_it_gets_it(place, crowd):
    book(place, crowd[0], 30, 90)
    book(place, crowd[1], 60, 120, WHEELCHAIR)
    assert bays(place, 25) == [2]
    assert bays(place, 55) == [1]


def test_where_all_else_is_taken_the_accessible_bay_is_for_everybody(place, crowd):
    book(place, crowd[0], 30, 90)
    book(place, crowd[1], 30, 90)
    assert sorted(bays(place, 25)) == [1, 2]


def test_what_no_bay_is_like_is_refused_at_once(place, crowd):
    with pytest.raises(BadInput, match="No bay of this kind"):
        book(place, crowd[0], 30, 90, BayNeed((Feature.ROOF,)))


def test_a_turn_in_the_queue_is_given_beside_the_bay_that_somebody_needs(place, crowd):
    book(place, crowd[0], 30, 90, WHEELCHAIR)
    place.starts("CP2", 0)
    with place.transactions.begin() as store:
        waits = join_queue(store, JoinQueue(place.site_id, KIND, crowd[1]), at(1), place.ids)
        assert waits.called_to is None, "the accessible bay is promised soon"
