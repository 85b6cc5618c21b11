"""A simulated hour at three sockets under 40 A: two cars that came first would take all of it, a third has booked 5 kWh."""

from dataclasses import replace

from forecourt.drivers import StatedNeeds
from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.flows.charging import state_need
from forecourt.kernel import Span
from forecourt.reservations import Booking
from power_world import at, deliver, limits, plan, safe_fallback

COMES, ENDS = 60, 125


class Hour:
    """Chargers obey as soon as they are told, cars draw all they are offered, meters tell every other minute."""

    def __init__(self, forecourt, crowd) -> None:
        self._world, self._crowd = forecourt, crowd
        self._told = {f"CP{number}": 0 for number in (1, 2, 3)}
        self._wh = dict.fromkeys(self._told, 1000.0)
        self._transactions: dict[str, str] = {}
        self._metered = 0
        forecourt.free()
        safe_fallback(forecourt)

    def book(self) -> Booking:
        with self._world.transactions.begin() as store:
            asked = ReserveRequest(self._world.site_id, "T2-7kW", self._crowd[0], Span(at(COMES), at(ENDS)), 5000)
            return reserve(store, asked, at(0), self._world.ids)

    def comes(self, number: int, rider: int, minute: int, leaves: int | None = None) -> None:
        self._transactions[f"CP{number}"] = self._world.starts(f"CP{number}", minute, token=f"RIDER{rider}").transaction
        with self._world.transactions.begin() as store:
            need = StatedNeeds(20_000, None if leaves is None else at(leaves))
            state_need(store, self._crowd[rider], store.stations.evse(self._world.evse_id(number)), need, at(minute))

    def play(self, first: int, last: int) -> None:
        for minute in range(first, last, 2):
            if (minute - first) % 4 == 0:
                plan(self._world, minute)
            self._told |= limits(deliver(self._world, minute + 0.1))
            for charger, transaction in self._transactions.items():
                amps = self._told[charger]
                self._wh[charger] += amps * 230 * 2 / 60
                self._world.meters(charger, transaction, minute + 1.9, int(self._wh[charger]), amps=amps)
            self._metered = minute + 2
            assert sum(self._told.values()) <= 40

    def ends(self, number: int, minute: int) -> None:
        """What it drew since it was last metered is in its last reading."""
        charger = f"CP{number}"
        self._wh[charger] += self._told[charger] * 230 * (minute - self._metered) / 60
        self._world.stops(charger, self._transactions.pop(charger), minute, int(self._wh[charger]))


def played(forecourt, crowd, promised: bool) -> tuple[Booking, int]:
    """The booking, and the energy that its car got. promised: the plan knows of it."""
    hour = Hour(forecourt, crowd)
    booking = hour.book()
    if not promised:
        with forecourt.transactions.begin() as store:
            store.bookings.put(replace(booking, power=None))
    for number in (1, 2):
        hour.comes(number, number, 50, 100)
    hour.play(50, COMES)
    with forecourt.transactions.begin() as store:
        advance_bookings(store, forecourt.site_id, at(COMES), forecourt.ids)
    hour.comes(3, 0, COMES)  # says nothing of leaving
    hour.play(COMES, ENDS - 1)
    hour.ends(3, ENDS)
    with forecourt.transactions.begin() as store:
        record = store.sessions.records_of(crowd[0])[0]
        return store.bookings.booking(booking.id), record.energy_wh


def test_a_simulated_car_gets_the_energy_promised_with_its_booking(forecourt, crowd) -> None:
    booking, energy_wh = played(forecourt, crowd, promised=True)
    assert energy_wh >= booking.power.energy_wh == 5000
    assert booking.power_outcome.kept and booking.power_outcome.credit is None


def test_a_simulated_car_without_promised_power_gets_too_little_energy(forecourt, crowd) -> None:
    _, energy_wh = played(forecourt, crowd, promised=False)
    assert energy_wh < 2500
