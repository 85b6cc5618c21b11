"""Was the promised power delivered? 5 kWh in an hour of flow (5 kW, 21.7 A), from 13:00 to 14:05, at the third socket."""

from datetime import UTC, datetime, timedelta

import pytest

from forecourt.drivers import StatedNeeds
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import ReserveRequest, advance_bookings, compensation_coupon, reserve
from forecourt.flows.charging import state_need
from forecourt.flows.ports import PowerPlan, Setpoint
from forecourt.kernel import Span
from forecourt.notices import NoticeKind
from forecourt.reservations import Booking, Bound, PowerOutcome
from forecourt.stations import ChargingState, MeterSample, StopReason, TransactionEnded, TransactionUpdated
from stores import both_stores

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
COMES, ENDS = 60, 125


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


class Charge:
    """The charge that keeps a booking: what its charger was told, what its meter shows."""

    def __init__(self, forecourt, driver_id, comes: int = COMES) -> None:
        self._world, self._driver_id = forecourt, driver_id
        forecourt.free()
        with forecourt.transactions.begin() as store:
            asked = ReserveRequest(forecourt.site_id, "T2-7kW", driver_id, Span(at(COMES), at(ENDS)), 5000)
            self.id = reserve(store, asked, at(0), forecourt.ids).id
            advance_bookings(store, forecourt.site_id, at(55), forecourt.ids)
            state = store.bookings.booking(self.id).state
            assert isinstance(state, Bound)
            self._evse_id = state.evse_id
            self._charger = store.stations.evse(state.evse_id).charger_id
        self._number, self._wh = 0, 1000
        self._transaction = forecourt.starts(self._charger, comes, token="RIDER0", wh=self._wh).transaction

    def told(self, amps: int, start: int, end: int) -> None:
        """A plan every five minutes."""
        with self._world.transactions.begin() as store:
            for minute in range(start, end, 5):
                self._number += 1
                place = (self._world.operator_id, self._world.site_id, self._number, at(minute), "OPTIMAL")
                store.plans.put(PowerPlan(*place, (Setpoint(self._evse_id, amps, "", amps),)))

    def takes(self, minute: float, wh: int, state: ChargingState | None = None) -> None:
        self._wh += wh
        sample = MeterSample(at(minute), self._wh)
        said = TransactionUpdated(at(minute), 1, self._transaction, samples=(sample,), charging_state=state)
        self._world.says(self._charger, said)

    def ends(self, minute: float, wh: int = 0, reason: StopReason = StopReason.DRIVER) -> Booking:
        sample = MeterSample(at(minute), self._wh + wh)
        self._world.says(self._charger, TransactionEnded(at(minute), self._transaction, None, None, (sample,), reason))
        with self._world.transactions.begin() as store:
            return store.bookings.booking(self.id)

    def says_need(self, energy_wh: int) -> None:
        with self._world.transactions.begin() as store:
            state_need(store, self._driver_id, store.stations.evse(self._evse_id), StatedNeeds(energy_wh, at(ENDS)), at(COMES + 1))


@pytest.fixture
def charge(forecourt, crowd) -> Charge:
    return Charge(forecourt, crowd[0])


def test_promised_energy_counts_as_delivered_by_the_meter_at_the_end_of_the_booking(charge: Charge) -> None:
    charge.takes(125, 5020)
    assert charge.ends(180, 400).power_outcome == PowerOutcome(5000, 5020)


def test_energy_delivered_after_the_booked_time_does_not_count_towards_the_promised_energy(charge: Charge) -> None:
    charge.takes(125, 3000)
    outcome = charge.ends(180, 4000).power_outcome
    assert (outcome.owed_wh, outcome.got_wh, outcome.cause) == (5000, 3000, "power")


def test_a_power_promise_is_kept_if_the_car_draws_less_than_it_is_offered(charge: Charge) -> None:
    """Offered 22 A all the time; it draws half of that."""
    charge.told(22, 60, 125)
    for minute in range(65, 126, 5):
        charge.takes(minute, 210)
    outcome = charge.ends(125).power_outcome
    assert outcome.kept and outcome.left_wh > 2000


def test_a_power_promise_is_kept_if_the_car_is_full(charge: Charge) -> None:
    charge.takes(80, 1600)
    charge.takes(81, 10, ChargingState.SUSPENDED_EV)
    assert charge.ends(125).power_outcome.kept


def test_less_power_than_promised_is_compensated_with_half_of_the_quoted_price(forecourt, charge: Charge) -> None:
    """22 A until 13:20, then 6. The credit is half of the quoted price, off the next charge and not off this one."""
    charge.told(22, 60, 80)
    charge.takes(80, 1680)
    charge.told(6, 80, 125)
    charge.takes(125, 1035)
    booking = charge.ends(125)
    outcome = booking.power_outcome
    assert (outcome.got_wh, outcome.cause) == (2715, "power")
    assert outcome.credit.minor == (booking.quote.gross.minor + 1) // 2
    with forecourt.transactions.begin() as store:
        assert compensation_coupon(store, booking).cut.amount == outcome.credit
        (told,) = [one for one in store.notices.of_driver(booking.driver_id).rows if one.kind is NoticeKind.BOOKING_POWER]
        assert told.content.amount == outcome.credit
        rate_and_invoice(store, booking.state.session_id, at(130), forecourt.ids)
        assert store.coupons.claims_of(booking.driver_id)[0].used_by is None


@both_stores
def test_a_power_promise_is_not_kept_by_a_planned_limit_that_was_never_sent(charge: Charge, forecourt) -> None:
    """The plans had 22 A; the charger was never sent more than 8 A."""
    with forecourt.transactions.begin() as store:
        for number, minute in enumerate(range(60, 125, 5), start=1):
            place = (forecourt.operator_id, forecourt.site_id, number, at(minute), "OPTIMAL")
            store.plans.put(PowerPlan(*place, (Setpoint(charge._evse_id, 22, "", 8),)))
    charge.takes(125, 1900)
    assert charge.ends(125).power_outcome.cause == "power"


def test_a_charger_fault_breaks_the_power_promise_for_the_whole_booked_time(charge: Charge) -> None:
    charge.takes(80, 1600)
    outcome = charge.ends(80, reason=StopReason.FAULT).power_outcome
    assert (outcome.owed_wh, outcome.got_wh, outcome.cause) == (5000, 1600, "fault")


def test_a_driver_who_leaves_early_is_owed_the_energy_up_to_then(charge: Charge) -> None:
    charge.takes(95, 2500)
    assert charge.ends(95).power_outcome == PowerOutcome(2500, 2500)


def test_a_driver_who_arrives_late_is_owed_the_energy_of_the_remaining_time(forecourt, crowd) -> None:
    charge = Charge(forecourt, crowd[0], comes=70)
    charge.takes(125, 4170)
    assert charge.ends(125).power_outcome == PowerOutcome(4166, 4170)


def test_a_driver_who_states_a_lower_need_is_owed_that_energy(charge: Charge) -> None:
    charge.says_need(2000)
    charge.takes(100, 2000)
    assert charge.ends(125).power_outcome == PowerOutcome(2000, 2000)
