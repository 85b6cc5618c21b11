"""An accessible bay goes to drivers who need it, and to others only when all other bays are taken."""

from dataclasses import replace

import pytest

from forecourt.flows.bookings import (
    JoinQueue,
    ReserveRequest,
    advance_bookings,
    advance_queue,
    estimate_wait,
    estimate_wait_of_next,
    extend_stay,
    join_queue,
    next_after,
    pass_turn,
    reserve,
    set_bay_need,
)
from forecourt.flows.bookings.turns import may_start
from forecourt.kernel import BadInput, Conflict, Span
from forecourt.reservations import Bound, Inversions, inversions
from forecourt.stations import ANY_BAY, BayNeed, BayTraits, ConnectorReported, ConnectorState, Feature, Socket

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
        advance_bookings(store, place.site_id, at(minute), place.ids)
        live = store.bookings.live_at(place.site_id)
        return [one.state.evse_id.int - 100 for one in live if isinstance(one.state, Bound)]


def test_a_booking_without_needs_avoids_the_accessible_bay_and_one_that_needs_it_gets_it(place, crowd):
    book(place, crowd[0], 30, 90)
    book(place, crowd[1], 60, 120, WHEELCHAIR)
    assert bays(place, 25) == [2]
    assert bays(place, 55) == [1]


def test_the_accessible_bay_is_assigned_to_any_booking_when_all_others_are_taken(place, crowd):
    book(place, crowd[0], 30, 90)
    book(place, crowd[1], 30, 90)
    assert sorted(bays(place, 25)) == [1, 2]


def test_a_booking_that_needs_a_feature_no_bay_has_is_refused(place, crowd):
    with pytest.raises(BadInput, match="No bay of this kind"):
        book(place, crowd[0], 30, 90, BayNeed((Feature.ROOF,)))


def test_a_queued_driver_is_not_called_to_the_accessible_bay_booked_by_a_driver_who_needs_it(place, crowd):
    book(place, crowd[0], 30, 90, WHEELCHAIR)
    place.starts("CP2", 0)
    with place.transactions.begin() as store:
        waits = join_queue(store, JoinQueue(place.site_id, KIND, crowd[1]), at(1), place.ids)
        assert waits.called_to is None, "the accessible bay is promised soon"


@pytest.fixture
def full(place) -> dict[int, str]:
    """Both bays are in use; the transactions."""
    started = {number: place.starts(f"CP{number}", -30, f"RIDER{number + 6}").transaction or "" for number in (1, 2)}
    for number in (1, 2):
        place.says(f"CP{number}", ConnectorReported(at(-30), 1, ConnectorState.OCCUPIED))
    return started


def waits(place, driver, minute: float, need: BayNeed | None = None):
    with place.transactions.begin() as store:
        return join_queue(store, JoinQueue(place.site_id, KIND, driver, need), at(minute), place.ids)


def leaves(place, number: int, transaction: str, minute: int) -> None:
    place.stops(f"CP{number}", transaction, minute, 5000)
    place.says(f"CP{number}", ConnectorReported(at(minute), 1, ConnectorState.AVAILABLE))
    with place.transactions.begin() as store:
        advance_queue(store, place.site_id, at(minute), place.ids)


def now(place, ticket):
    with place.transactions.begin() as store:
        return store.queue.ticket(ticket.id)


def test_a_queued_driver_whom_the_free_bay_does_not_fit_is_skipped_and_keeps_the_place(place, crowd, full):
    wheelchair, other = waits(place, crowd[0], 0, WHEELCHAIR), waits(place, crowd[1], 1)
    leaves(place, 2, full[2], 5)
    assert now(place, other).called_to == place.evse_id(2)
    assert now(place, wheelchair).skipped_since("bay_unlike") == at(5)
    assert inversions([now(place, wheelchair), now(place, other)]) == Inversions(by_need=1)
    leaves(place, 1, full[1], 8)
    assert now(place, wheelchair).called_to == place.evse_id(1)


def test_of_two_free_bays_the_first_in_the_queue_gets_the_one_that_nobody_behind_needs(place, crowd, full):
    """The bay with one feature fits fewer needs than the bay with two, but it is the only one for the second driver."""
    with place.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(place.evse_id(2)), bay=BayTraits((Feature.ROOF, Feature.LIT))))
    first, second = waits(place, crowd[0], 0), waits(place, crowd[1], 1, WHEELCHAIR)
    place.stops("CP2", full[2], 5, 5000)
    place.says("CP2", ConnectorReported(at(5), 1, ConnectorState.AVAILABLE))
    leaves(place, 1, full[1], 5)
    assert (now(place, first).called_to, now(place, second).called_to) == (place.evse_id(2), place.evse_id(1))


def test_a_bay_need_added_after_the_call_keeps_the_place_and_passes_the_unsuitable_bay_on(place, crowd, full):
    first, second = waits(place, crowd[0], 0), waits(place, crowd[1], 1)
    leaves(place, 2, full[2], 5)
    assert now(place, first).called_to == place.evse_id(2)
    asked = waits(place, crowd[0], 6, WHEELCHAIR)
    assert (asked.id, asked.stands_at, asked.called_to) == (first.id, first.stands_at, None)
    assert now(place, second).called_to == place.evse_id(2)
    assert waits(place, crowd[0], 7).need == WHEELCHAIR, "a card at a charger says nothing of the bay"


def test_a_bay_that_fits_no_queued_driver_may_be_used_by_a_newcomer(place, crowd, full):
    waits(place, crowd[0], 0, WHEELCHAIR)
    leaves(place, 2, full[2], 5)
    with place.transactions.begin() as store:
        evses = [store.stations.evse(place.evse_id(number)) for number in (1, 2)]
        assert [may_start(store, evse, crowd[2], at(6)) for evse in evses] == [False, True]


def test_a_driver_who_passes_a_turn_goes_behind_the_next_driver_whom_the_bay_fits(place, crowd, full):
    """Otherwise the same driver would be called to it again at once."""
    with place.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(place.evse_id(2)), bay=BayTraits((Feature.ROOF,))))
    first, roof = waits(place, crowd[0], 0, WHEELCHAIR), waits(place, crowd[1], 1, BayNeed((Feature.ROOF,)))
    third = waits(place, crowd[2], 2)
    leaves(place, 1, full[1], 5)
    with place.transactions.begin() as store:
        assert next_after(store, store.queue.ticket(first.id)).driver_id == crowd[2]
        pass_turn(store, crowd[0], first.id, at(6), place.ids)
    assert [now(place, one).called_to for one in (first, roof, third)] == [None, None, place.evse_id(1)]


def test_joining_the_queue_with_a_need_that_no_bay_meets_is_refused(place, crowd, full):
    with pytest.raises(BadInput, match="No bay of this kind"):
        waits(place, crowd[0], 0, BayNeed((Feature.LIT,)))


def test_the_estimated_wait_does_not_count_drivers_who_wait_for_other_bays(place, crowd, full):
    """The first bay is accessible, the second has a roof; a driver who needs one cannot use the other."""
    roof = BayNeed((Feature.ROOF,))
    with place.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(place.evse_id(2)), bay=BayTraits((Feature.ROOF,))))
    waits(place, crowd[0], 0, WHEELCHAIR)
    mine, third = waits(place, crowd[1], 1, roof), waits(place, crowd[2], 2)
    with place.transactions.begin() as store:
        assert [estimate_wait(store, one, at(3)).ahead for one in (mine, third)] == [0, 2]
        assert estimate_wait_of_next(store, place.site_id, KIND, at(3), roof).ahead == 3, "who needs nothing may have to take the roof"


def test_a_refused_extension_names_how_long_a_bay_with_the_needed_features_is_free(place, crowd):
    mine = book(place, place.card_driver, 5, 60, WHEELCHAIR)
    place.starts("CP1", 5)
    book(place, crowd[0], 90, 150, WHEELCHAIR)
    with place.transactions.begin() as store:
        with pytest.raises(Conflict) as refused:
            extend_stay(store, place.card_driver, mine.id, at(120), at(30))
        assert refused.value.remedy == "It is yours until 15:30.", "by the clock of the place; the plain bay is free for longer"
        assert extend_stay(store, place.card_driver, mine.id, at(90), at(30)).window.end == at(90)


def test_a_drivers_permanent_bay_need_applies_to_queueing_by_card_where_a_bay_meets_it(place, crowd, full):
    with place.transactions.begin() as store:
        set_bay_need(store, crowd[0], WHEELCHAIR)
        set_bay_need(store, crowd[1], BayNeed((Feature.ROOF,)))
    assert (waits(place, crowd[0], 0).need, waits(place, crowd[1], 1).need) == (WHEELCHAIR, ANY_BAY)
