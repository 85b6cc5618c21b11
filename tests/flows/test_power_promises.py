"""Power promised with a booking, kept by the plan. Three sockets under 40 A at 230 V, each with a minimum of 6 A."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from forecourt.drivers import StatedNeeds
from forecourt.flows.bookings import (
    ReserveRequest,
    advance_bookings,
    cancel_own_booking,
    change_booking,
    extend_stay,
    nearest_offers,
    reserve,
    slot_power,
)
from forecourt.flows.chargers import preview_limits
from forecourt.flows.charging import state_need
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Grant
from forecourt.flows.power import plan_power
from forecourt.flows.power.expectations import PlannerMemory
from forecourt.kernel import DriverId, EvseId, Span
from forecourt.planning import Problem, Solver
from forecourt.reservations import Booking, PowerPromise
from forecourt.stations import Evse, LimitEdit, Obedience

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KIND = "T2-7kW"


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def asked(forecourt, driver_id: DriverId, start: float, end: float, energy_wh: int, kind: str = KIND) -> ReserveRequest:
    return ReserveRequest(forecourt.site_id, kind, driver_id, Span(at(start), at(end)), energy_wh)


def book(forecourt, driver_id: DriverId, start: float = 60, end: float = 125, energy_wh: int = 60_000, **more) -> Booking:
    with forecourt.transactions.begin() as store:
        return reserve(store, asked(forecourt, driver_id, start, end, energy_wh, **more), at(0), forecourt.ids)


def kept(forecourt, booking: Booking) -> Booking:
    with forecourt.transactions.begin() as store:
        return store.bookings.booking(booking.id)


def test_a_booking_is_promised_the_power_left_after_the_minimum_of_all_other_sockets(forecourt, crowd) -> None:
    """28 A for an hour of flow, then 6 + (40 - 28 - 6 - 6); the third gets its minimum."""
    powers = [book(forecourt, driver_id).power for driver_id in crowd[:3]]
    assert powers == [PowerPromise(28 * 230, 6400, 300), PowerPromise(6 * 230, 1300, 300), PowerPromise(6 * 230, 1300, 300)]


def test_a_booking_is_promised_no_more_power_than_requested_and_the_rest_goes_to_the_next(forecourt, crowd) -> None:
    first, second = book(forecourt, crowd[0], energy_wh=3000), book(forecourt, crowd[1])
    assert (first.power, second.power) == (PowerPromise(3000, 3000, 300), PowerPromise(20 * 230, 4600, 300))
    assert kept(forecourt, first).power == first.power


def test_the_promised_power_of_a_cancelled_or_changed_booking_can_be_promised_again(forecourt, crowd) -> None:
    first, second = book(forecourt, crowd[0], 90, 155), book(forecourt, crowd[1], 90, 155)
    with forecourt.transactions.begin() as store:
        cancel_own_booking(store, crowd[0], first.id, at(1), forecourt.ids)
        changed = change_booking(store, second.id, asked(forecourt, crowd[1], 120, 185, 60_000), at(2), forecourt.ids)
    assert changed.power == PowerPromise(28 * 230, 6400, 300)


def test_bookings_of_different_socket_kinds_share_the_power_of_the_site(forecourt, crowd) -> None:
    with forecourt.transactions.begin() as store:
        other = Evse(
            EvseId(UUID(int=109)), forecourt.operator_id, forecourt.site_id, store.stations.evse(forecourt.evse_id(3)).charger_id, 2, "C1",
            "IEC_62196_T2", "T2-11kW", ("L1",), 230, 32,
        )  # fmt: skip
        site = store.stations.site(forecourt.site_id)
        row = replace(site.limits[0], weights=(*site.limits[0].weights, ("C1", 1.0)))
        store.stations.put_evse(other)
        store.stations.put_site(replace(site, limits=(row,)))
    assert book(forecourt, crowd[0]).power == PowerPromise(22 * 230, 5000, 300)
    assert book(forecourt, crowd[1], kind="T2-11kW").power == PowerPromise(6 * 230, 1300, 300)


def test_a_flexible_booking_is_promised_only_power_available_at_all_its_possible_times(forecourt, crowd) -> None:
    """3 kW are 14 A, from minute 180 on; the flexible one lies between 60 and 245, with 20 A; 14 A are left for a third."""
    book(forecourt, crowd[0], 180, 245, energy_wh=3000)
    with forecourt.transactions.begin() as store:
        flexible = replace(asked(forecourt, crowd[1], 120, 185, 60_000), flexible=timedelta(minutes=60))
        assert reserve(store, flexible, at(0), forecourt.ids).power == PowerPromise(20 * 230, 4600, 300)
        assert slot_power(store, forecourt.site_id, at(0)).most_w(KIND, Span(at(60), at(110)), 9999) == 14 * 230


def test_an_alternative_slot_shows_the_power_that_can_be_promised_then(forecourt, crowd) -> None:
    for driver_id in crowd[:3]:
        book(forecourt, driver_id)
    with forecourt.transactions.begin() as store:
        found = nearest_offers(store, asked(forecourt, crowd[3], 60, 125, 5000), at(0))
    assert {offer.power.energy_wh for offer in found if offer.power} == {5000}


def test_the_preview_of_a_lower_limit_counts_the_power_promises_it_breaks(forecourt, crowd) -> None:
    """28 A and 6 A are promised. Under 30 A the 28 do not fit beside two minimums of 6, the 6 do; under 17 not even three minimums."""
    made = [book(forecourt, driver_id) for driver_id in crowd[:2]]
    staff = Staff(forecourt.operator_id, "ops", at(1), forecourt.ids)
    with forecourt.transactions.begin() as store:
        lost = [
            preview_limits(store, staff, forecourt.site_id, LimitEdit({"supply": amps}, None)).promises_lost for amps in (40.0, 30.0, 17.0)
        ]
    assert lost == [0, 1, 2]
    assert all(one.power for one in made)


# The charge.


def proved(forecourt) -> None:
    """All sockets have been seen to keep a limit; a car begins with what its charger has been told for the case of silence."""
    with forecourt.transactions.begin() as store:
        for number in (1, 2, 3):
            evse_id = forecourt.evse_id(number)
            grant = store.plans.grant(evse_id) or Grant(evse_id, forecourt.operator_id, forecourt.site_id)
            store.plans.put_grant(replace(grant, obeys=Obedience.OBEYS, fallback_a=13))


class Seen:
    """The solver, with the problem it was last given."""

    def __init__(self) -> None:
        self._solver, self.took_ms, self.problem = Solver(), None, None

    def plan(self, problem: Problem):
        self.problem = problem
        return self._solver.plan(problem)


def plan(forecourt, minute: float, memory: PlannerMemory | None = None) -> tuple[dict[EvseId, int], Problem]:
    solver = Seen()
    with forecourt.transactions.begin() as store:
        paper = plan_power(store, forecourt.site_id, at(minute), forecourt.ids, solver, memory)
    return {one.evse_id: one.limit_a for one in paper.setpoints}, solver.problem


def arrive_booked(forecourt, crowd) -> Booking:
    """The booked car comes on time, two others are there already; all may take more than there is."""
    forecourt.free()
    proved(forecourt)
    booking = book(forecourt, crowd[0], 60, 125, energy_wh=5000)
    for number, rider in ((1, 1), (2, 2)):
        forecourt.starts(f"CP{number}", 50, token=f"RIDER{rider}")
        with forecourt.transactions.begin() as store:
            state_need(store, crowd[rider], store.stations.evse(forecourt.evse_id(number)), StatedNeeds(10_000, at(100)), at(51))
    with forecourt.transactions.begin() as store:
        advance_bookings(store, forecourt.site_id, at(55), forecourt.ids)
    forecourt.starts("CP3", 60, token="RIDER0")
    return booking


def test_the_plan_gives_a_booked_car_the_power_promised_with_its_booking(forecourt, crowd) -> None:
    """5 kWh in an hour of flow are 22 A; cars that leave sooner get the rest."""
    booking = arrive_booked(forecourt, crowd)
    amps, problem = plan(forecourt, 60)
    assert amps[forecourt.evse_id(3)] == 22
    assert sum(amps.values()) <= 40
    guarantee = next(one.guarantee for one in problem.sessions if one.guarantee)
    assert (guarantee.energy_wh, guarantee.power_w, guarantee.by) == (5000, 5000, at(120))
    with forecourt.transactions.begin() as store:
        because = {one.evse_id: one.because for one in store.plans.latest(forecourt.site_id).setpoints}
    assert "22 A of it promised with the booking" in because[forecourt.evse_id(3)]
    assert kept(forecourt, booking).power == booking.power


def test_a_booked_driver_who_states_a_lower_need_is_guaranteed_only_that(forecourt, crowd) -> None:
    arrive_booked(forecourt, crowd)
    with forecourt.transactions.begin() as store:
        state_need(store, crowd[0], store.stations.evse(forecourt.evse_id(3)), StatedNeeds(2000, at(125)), at(60))
    _, problem = plan(forecourt, 61)
    assert [one.guarantee.energy_wh for one in problem.sessions if one.guarantee] == [2000]


def test_a_plan_takes_the_expected_stays_of_coming_bookings_into_account(forecourt, crowd) -> None:
    forecourt.free()
    proved(forecourt)
    forecourt.starts("CP1", 0, token="RIDER1")
    _, before = plan(forecourt, 0)
    book(forecourt, crowd[0], 60, 125, energy_wh=5000)
    _, after = plan(forecourt, 1)
    assert before.expected_stays == ()
    assert [(one.start, one.end, one.need_wh, one.most_w) for one in after.expected_stays] == [(at(60), at(125), 5000, 5000)]


def test_an_extended_booking_is_promised_power_for_the_added_time_if_available(forecourt, crowd) -> None:
    booking = arrive_booked(forecourt, crowd)
    with forecourt.transactions.begin() as store:
        longer = extend_stay(store, crowd[0], booking.id, at(155), at(70))
    assert longer.power == PowerPromise(5000, 7500, 300)


def test_a_booking_extended_into_anothers_promised_power_keeps_its_earlier_promise(forecourt, crowd) -> None:
    booking = arrive_booked(forecourt, crowd)
    book(forecourt, crowd[3], 180, 245)
    with forecourt.transactions.begin() as store:
        longer = extend_stay(store, crowd[0], booking.id, at(200), at(70))
    assert longer.power == PowerPromise(5000, 5000, 300, until=at(125))


def test_amps_confirmed_free_go_first_to_the_car_with_promised_power(forecourt, crowd) -> None:
    """All have 6 A, not yet confirmed by one, which counts at 13 A. Of the 15 A free the third gets all that was promised to it."""
    arrive_booked(forecourt, crowd)
    amps, _ = plan(forecourt, 60)
    served, other = sorted((1, 2), key=lambda number: -amps[forecourt.evse_id(number)])  # two equal cars: either may be
    with forecourt.transactions.begin() as store:
        for number, counted_a in ((served, 6), (other, 13), (3, 6)):
            told = replace(store.plans.grant(forecourt.evse_id(number)), sent_a=6, confirmed_a=6, counted_a=counted_a)
            store.plans.put_grant(replace(told, verified=counted_a == 6, sent_at=at(64), confirmed_at=at(64)))
    amps, _ = plan(forecourt, 65)
    with forecourt.transactions.begin() as store:
        sent = [store.plans.grant(forecourt.evse_id(number)).sent_a for number in (served, 3)]
    assert (amps[forecourt.evse_id(served)], amps[forecourt.evse_id(3)]) == (18, 22)
    assert sent == [6, 21]
