"""Habits learned every night from a site's charges, and how bookings and walk-ins use them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.drivers import StatedNeeds
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.charging import free_until, state_need
from forecourt.flows.desk import begin_run, work_batch
from forecourt.flows.power import HABITS, learn_habits
from forecourt.kernel import Conflict, SessionId, Span
from forecourt.reservations import Habits

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KIND = "T2-7kW"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def mornings(forecourt) -> None:
    """For four weeks all three sockets were taken from eight to eleven, UTC."""
    forecourt.free(-30 * 24 * 60)
    transaction = forecourt.starts("CP1", -20 * 24 * 60).transaction
    forecourt.stops("CP1", transaction, -20 * 24 * 60 + 60, 5000)
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id)
        for number in range(84):
            begins = NOON - DAY * (number // 3) - 4 * HOUR
            times = {"started_at": begins, "ended_at": begins + 3 * HOUR + MINUTE * (number % 3)}
            phases = (replace(record.phases[0], start=begins, end=times["ended_at"], energy_wh=record.energy_wh),)
            names = {"session_id": SessionId(UUID(int=5000 + number)), "transaction": f"M{number}"}
            store.sessions.end(replace(record, evse_id=forecourt.evse_id(1 + number % 3), phases=phases, **names, **times))


def learned(forecourt) -> Habits:
    with forecourt.transactions.begin() as store:
        return store.bookings.habits(forecourt.site_id, KIND)


def test_the_habits_of_each_site_are_learned_once_every_night(forecourt, mornings) -> None:
    kind = HABITS
    with forecourt.transactions.begin() as store:
        run_id = begin_run(store, kind, forecourt.operator_id, NOON, forecourt.ids)
        assert work_batch(store, kind, run_id, NOON, forecourt.ids, 50).done == 1
    with forecourt.transactions.begin() as store:
        assert begin_run(store, kind, forecourt.operator_id, NOON + HOUR, forecourt.ids) is None
    habits = learned(forecourt)
    assert len(habits.stays) == 85 and set(habits.stays) == {3600, 10800, 10860, 10920} and habits.zone == "Europe/Berlin"
    assert habits.busy_at(NOON + DAY - 2 * HOUR) == 100 and habits.busy_at(NOON + DAY + 4 * HOUR) == 0


def test_no_booking_is_made_in_always_full_hours_and_a_flexible_one_is_moved_away(forecourt, crowd, mornings) -> None:
    nine = NOON + DAY - 3 * HOUR
    with forecourt.transactions.begin() as store:
        learn_habits(store, forecourt.site_id, NOON)
        with pytest.raises(Conflict) as refused:
            reserve(store, ReserveRequest(forecourt.site_id, KIND, crowd[0], Span(nine, nine + HOUR)), NOON, forecourt.ids)
        wanted = Span(nine - 70 * MINUTE, nine - 10 * MINUTE)
        booking = reserve(store, ReserveRequest(forecourt.site_id, KIND, crowd[0], wanted, flexible=30 * MINUTE), NOON, forecourt.ids)
    assert refused.value.code == "slot_taken"
    assert (booking.window.start, booking.promised.end) == (wanted.start - 30 * MINUTE, wanted.end + 30 * MINUTE)


def test_a_walk_in_is_refused_where_cars_usually_stay_into_a_booked_time(forecourt, crowd, mornings) -> None:
    with forecourt.transactions.begin() as store:
        learn_habits(store, forecourt.site_id, NOON)
        for driver_id in crowd[:3]:
            window = Span(NOON + 2 * HOUR, NOON + 3 * HOUR)
            reserve(store, ReserveRequest(forecourt.site_id, KIND, driver_id, window), NOON - HOUR, forecourt.ids)
        evse = store.stations.evse(forecourt.evse_id(1))
        assert free_until(store, evse, NOON, crowd[5]) is None
        state_need(store, crowd[5], evse, StatedNeeds(None, NOON + 3 * HOUR), NOON)
        assert free_until(store, evse, NOON, crowd[5]) is None
        assert free_until(store, evse, NOON + 8 * HOUR) == NOON + 12 * HOUR


def test_late_departures_are_learned_from_booked_ends_and_from_stated_departures(forecourt, mornings) -> None:
    with forecourt.transactions.begin() as store:
        (record, *_) = store.sessions.records(forecourt.site_id)
        said = replace(record, session_id=SessionId(UUID(int=6000)), transaction="said", stated_departure=record.ended_at - 5 * MINUTE)
        store.sessions.end(said)
        learn_habits(store, forecourt.site_id, NOON)
    assert learned(forecourt).late == (300,)
