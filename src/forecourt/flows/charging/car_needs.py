"""A car states over the cable what it needs: its latest statement counts as far as its driver has stated nothing."""

from dataclasses import replace
from datetime import datetime

from forecourt.drivers import BatteryGoal, ChargingNeed
from forecourt.flows.bookings.availability import booking_of_stay
from forecourt.flows.ports.store import Store
from forecourt.sessions import Session
from forecourt.stations import CarNeedsReported, Message


def record_car_needs(store: Store, message: Message, fact: CarNeedsReported) -> bool:
    """True if the site's power should be shared anew. Statements made before a charge has a driver are ignored."""
    evse = store.stations.evse_at(message.charger_id, fact.evse_number)
    session = store.sessions.open_on(evse.id) if evse is not None else None
    if session is None or session.driver_id is None:
        return False
    before = store.drivers.need(session.driver_id, session.site_id)
    stated = before if before is not None and before.is_about(session.started_at) and not before.by_car else None
    blank = ChargingNeed(session.operator_id, session.site_id, session.driver_id, None, None, fact.at, by_car=True)
    need = _filled(stated or blank, session, fact, _booked_at_most(store, session, fact))
    if need in (stated, blank, before):
        return False
    store.drivers.put_need(need)
    return True


def _booked_at_most(store: Store, session: Session, fact: CarNeedsReported) -> datetime | None:
    """Time after a booking is somebody else's, so the departure is capped, as with a driver's statement."""
    booking = booking_of_stay(store, session)
    if booking is None or fact.departure is None or fact.at >= booking.window.end:
        return fact.departure
    return min(fact.departure, booking.window.end)


def _filled(need: ChargingNeed, session: Session, fact: CarNeedsReported, departure: datetime | None) -> ChargingNeed:
    if need.departure is None and departure is not None:
        need = replace(need, departure=departure)
    if need.energy_wh is not None or need.battery is not None:
        return need
    if fact.energy_wh is not None:
        return replace(need, energy_wh=session.meter.energy_wh + fact.energy_wh)
    goal = _goal(fact)
    return replace(need, energy_wh=session.meter.energy_wh + goal.missing_wh(fact.level_percent or 0), battery=goal) if goal else need


def _goal(fact: CarNeedsReported) -> BatteryGoal | None:
    target = fact.target_percent or 100
    if fact.capacity_wh is None or fact.level_percent is None or fact.level_percent >= target:
        return None
    return BatteryGoal(fact.capacity_wh, target, fact.level_percent)
